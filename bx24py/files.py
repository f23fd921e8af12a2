"""Files among the parameters of a call.

Megabytes of base64 are not carried through the library: it would encode them in one go, and the page would stand still.
In their place it gets a short mark, for which the loader's subclass of XMLHttpRequest puts the content into the
request. Small contents, and pages without the loader, do without.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Protocol, runtime_checkable
from weakref import WeakValueDictionary

INLINE = 64 * 1024
"""Bytes up to which a content is sent as the text that it is."""

_numbers = count(1)


@runtime_checkable
class Blob(Protocol):
    """A browser's `Blob`: what `canvas.toBlob` or a recording gives, for example."""

    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def type(self) -> str:
        """Its media type, such as `image/png`; empty when not known."""


@dataclass(frozen=True, slots=True)
class File:
    """A content with a name, as a parameter of a call: it arrives as `[name, base64]` (contract, section 4, number 8).

    ```python
    fields = {"UF_CRM_PLAN": {"fileData": File("plan.csv", content)}}
    await bx24.call_method("crm.deal.update", {"id": 5, "fields": fields})
    ```

    Attributes:
        name: the file's name.
        content: its bytes, or a browser's `Blob`.
    """

    name: str
    content: bytes | bytearray | memoryview | Blob


class Content(str):
    """The mark that stands for a content in encoded parameters. It holds the content.

    Attributes:
        source: the bytes, or the browser's Blob.
    """

    source: bytes | Blob

    def __new__(cls, source: bytes | Blob) -> Content:
        """Make a mark of its own for a content."""
        text = f"{_prefix()}{next(_numbers):08x}"
        mark = super().__new__(cls, text)
        mark.source = source
        _contents[text] = mark  # a key is held, so it is not the mark itself
        return mark


_contents: WeakValueDictionary[str, Content] = WeakValueDictionary()


@cache
def _prefix() -> str:
    """Give what all marks of this page begin with, made when it is needed: no text holds it by chance."""
    return f"bx24pyfile{os.urandom(8).hex()}"


def contents_in(text: str) -> list[Content]:
    """Give the contents whose marks are in encoded parameters, written as JSON."""
    if not _contents or _prefix() not in text:
        return []
    marks = re.findall(_prefix() + "[0-9a-f]{8}", text)
    found = (_contents.get(mark) for mark in dict.fromkeys(marks))
    return [content for content in found if content is not None]
