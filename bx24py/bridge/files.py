"""Files among the parameters of a call.

Megabytes of base64 do not go through the library: it would encode them in one go and freeze the page. It gets a short
mark instead, which the loader's subclass of XMLHttpRequest replaces with the content in the request. Small contents,
and pages without the loader, need no marks.
"""

from __future__ import annotations

import base64
import os
import re
from functools import cache
from itertools import count
from typing import Any, NamedTuple, Protocol, runtime_checkable
from weakref import WeakValueDictionary

from .values import is_of_page

try:
    import js
except ImportError:  # plain CPython
    js = None  # type: ignore[assignment]

INLINE = 64 * 1024
"""Contents up to this many bytes are sent as plain base64, without a mark."""

_numbers = count(1)


@runtime_checkable
class Blob(Protocol):
    """A browser's `Blob`, such as `canvas.toBlob` or a recording returns."""

    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def type(self) -> str:
        """Its media type, such as `image/png`; empty if unknown."""


class PageFiles(NamedTuple):
    """The files in a JavaScript value.

    Attributes:
        many: whether it is a list, or an input element that accepts several.
        files: each file's name (None for a Blob without one) and content.
    """

    many: bool
    files: list[tuple[str | None, Blob]]


def page_files(value: object) -> PageFiles | None:
    """Return the files in a JavaScript value; None if it is not about files."""
    if not is_of_page(value):
        return None
    page: Any = value
    kind = js.Object.prototype.toString.call(page)
    if kind in ("[object File]", "[object Blob]"):
        return PageFiles(False, [(str(page.name) if kind == "[object File]" else None, page)])
    if kind == "[object HTMLInputElement]" and page.type == "file":
        listed, many = page.files, bool(page.multiple)
    elif kind == "[object FileList]":
        listed, many = page, True
    else:
        return None
    files = (listed.item(index) for index in range(listed.length))
    return PageFiles(many, [(str(file.name), file) for file in files])


class Encoded(str):
    """A content in encoded parameters.

    Attributes:
        source: the bytes, or the browser's Blob.
    """

    source: bytes | Blob

    @classmethod
    def inline(cls, source: bytes) -> Encoded:
        """Return bytes as base64."""
        text = cls(base64.b64encode(source).decode("ascii"))
        text.source = source
        return text


class Content(Encoded):
    """The mark that stands for a content in encoded parameters; it keeps the content alive."""

    def __new__(cls, source: bytes | Blob) -> Content:
        """Return a new mark for a content."""
        text = f"{_prefix()}{next(_numbers):08x}"
        mark = super().__new__(cls, text)
        mark.source = source
        _contents[text] = mark  # keys are kept alive, so the key is not the mark itself
        return mark


_contents: WeakValueDictionary[str, Content] = WeakValueDictionary()


@cache
def _prefix() -> str:
    """Return the random prefix of all marks of this page, created on first use."""
    return f"bx24pyfile{os.urandom(8).hex()}"


def contents_in(text: str) -> list[Content]:
    """Return the contents whose marks are in encoded parameters, given as JSON."""
    if not _contents or _prefix() not in text:
        return []
    marks = re.findall(_prefix() + "[0-9a-f]{8}", text)
    found = (_contents.get(mark) for mark in dict.fromkeys(marks))
    return [content for content in found if content is not None]


def content_size(text: str) -> int:
    """Return about how many bytes encoded parameters take, written as JSON, with their contents as base64."""
    sources: list[Any] = [content.source for content in contents_in(text)]
    return len(text) + sum(len(one) if isinstance(one, bytes) else int(one.size) for one in sources) * 4 // 3


def on_page(content: Content) -> Any:
    """Return a content as a JavaScript value."""
    source: Any = content.source
    if not isinstance(source, bytes):
        return source
    array = js.Uint8Array.new(len(source))
    array.assign(source)
    return array


async def as_base64(content: Content) -> str:
    """Read a content and return it as base64."""
    source: Any = content.source
    if not isinstance(source, bytes):
        source = (await source.arrayBuffer()).to_bytes()
    return base64.b64encode(source).decode("ascii")
