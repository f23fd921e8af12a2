"""Python values as parameters of a REST call.

BX24.js leaves out `null` and writes booleans as words that PHP misreads (contract, section 4, number 8), so every value
is put into a form that arrives as meant before the library sees it.
"""

from __future__ import annotations

import base64
import math
import re
import sys
from collections.abc import Mapping, Set
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from . import bridge as _bridge
from .files import INLINE, Content, File
from .macros import Reference

if TYPE_CHECKING:
    from decimal import Decimal

# The largest whole number that JavaScript holds exactly; larger ones are sent as the text that they are.
_JS_MAX_INT = 2**53 - 1

_METHOD = re.compile(r"[A-Za-z0-9_.:-]+")


@runtime_checkable
class _OpenFile(Protocol):
    def read(self) -> bytes | str: ...


def check_method(method: object, path: str = "method") -> str:
    """Return the name of a REST method, or raise TypeError or ValueError naming the parameter."""
    if not isinstance(method, str):
        raise TypeError(f"{path}: the name of a REST method is needed, not {type(method).__name__}")
    if not _METHOD.fullmatch(method):
        raise ValueError(f"{path}: {method!r} is not the name of a REST method, such as 'user.current'")
    return method


def encode(params: object, path: str = "params", *, batch: object = None) -> dict[str, Any]:
    """Copy parameters into what can be sent: dicts, lists, texts and numbers.

    None becomes "" (clears a field), True and False 1 and 0, dates ISO 8601 to the second, Decimal, UUID and Enum their
    text or value, bytes base64, a file `[name, base64]`, tuples and sets lists. A file is a `File`, an open file, a
    browser's File, or an input element of type file: of one that takes several a list. An empty mapping inside another
    value becomes an empty list, which arrives as an empty value; as a parameter of its own it is left out, as BX24.js
    does, because methods that want a mapping there (`filter`, `order`) refuse an empty text.

    Args:
        params: the mapping that the caller gave, or None for no parameters; it is not changed.
        path: how messages call it.
        batch: the batch builder whose references may stand in the values.

    Raises:
        TypeError: a value that cannot be sent; the message names its path.
        ValueError: a number that is not finite, a text with half a character, a structure that contains itself, or a
            reference to another batch.
    """
    if params is None:
        return {}
    if not isinstance(params, Mapping):
        raise TypeError(f"{path}: a mapping is needed, not {type(params).__name__}")
    encoded = _Encoder(batch).mapping(params, path)
    empty = [key for key, value in params.items() if isinstance(value, Mapping) and not value]
    for key in empty:
        del encoded[str(key)]
    return encoded


class _Encoder:
    def __init__(self, batch: object) -> None:
        self._batch = batch
        self._open: set[int] = set()

    def mapping(self, value: Mapping[Any, Any], path: str) -> dict[str, Any]:
        self._enter(value, path)
        encoded: dict[str, Any] = {}
        for key, item in value.items():
            if isinstance(key, bool) or not isinstance(key, str | int):
                raise TypeError(f"{path}: a key must be a text or a whole number, not {type(key).__name__}")
            encoded[self._text(str(key), path)] = self.value(item, f"{path}[{key!r}]")
        self._open.discard(id(value))
        return encoded

    def value(self, value: Any, path: str) -> Any:
        match value:
            case None:
                return ""
            case bool():
                return int(value)
            case Enum():
                return self.value(value.value, path)
            case str():
                return self._text(value, path)
            case int():
                return int(value) if abs(value) <= _JS_MAX_INT else str(int(value))
            case float():
                return self._finite(value, value, path)
            case bytes() | bytearray() | memoryview():
                return _content(value)
            case File():
                return self._named(value, path)
            case Reference():
                if self._batch is None or not value.belongs_to(self._batch):
                    raise ValueError(f"{path}: {value} belongs to a command of another batch")
                return str(value)
            case Mapping():
                return self.mapping(value, path) or []
            case list() | tuple() | Set():
                return self._list(value, path)
            case _OpenFile():
                return self._open_file(value, path)
        if _is(value, "decimal", "Decimal"):
            return self._finite(value, format(value, "f"), path)
        if _is(value, "datetime", "datetime"):
            return value.isoformat(timespec="seconds")
        if _is(value, "datetime", "date"):
            return value.isoformat()
        if _is(value, "uuid", "UUID"):
            return str(value)
        found = _bridge.page_files(value)
        if found is not None:
            return self._page_files(found, path)
        raise TypeError(f"{path}: a value of type {type(value).__name__} cannot be sent to the portal")

    def _list(self, value: list[Any] | tuple[Any, ...] | Set[Any], path: str) -> list[Any]:
        self._enter(value, path)
        encoded = [self.value(item, f"{path}[{index}]") for index, item in enumerate(value)]
        self._open.discard(id(value))
        return encoded

    def _enter(self, value: object, path: str) -> None:
        if id(value) in self._open:
            raise ValueError(f"{path}: the value contains itself")
        self._open.add(id(value))

    @staticmethod
    def _text(value: str, path: str) -> str:
        if isinstance(value, Content):  # of parameters that have been encoded before
            return value
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError(f"{path}: the text contains half of a character (a lone surrogate)") from None
        return str(value)

    @staticmethod
    def _finite(value: float | Decimal, encoded: Any, path: str) -> Any:
        if not math.isfinite(value):
            raise ValueError(f"{path}: {value} is not a finite number")
        return encoded

    def _named(self, file: File, path: str) -> list[str]:
        name, content = file.name, file.content
        if not isinstance(name, str):
            raise TypeError(f"{path}: a file's name must be a text, not {type(name).__name__}")
        if not name:
            raise ValueError(f"{path}: a file needs a name")
        if isinstance(content, bytes | bytearray | memoryview):
            return [self._text(name, path), _content(content)]
        found = _bridge.page_files(content)
        if found is None or found.many or not found.files:
            raise TypeError(f"{path}: a file's content must be bytes or a Blob, not {type(content).__name__}")
        return [self._text(name, path), Content(found.files[0][1])]

    @staticmethod
    def _page_files(found: _bridge.PageFiles, path: str) -> Any:
        encoded = [Content(blob) if name is None else [name, Content(blob)] for name, blob in found.files]
        if found.many:
            return encoded
        if not encoded:
            raise ValueError(f"{path}: no file has been chosen")
        return encoded[0]

    @staticmethod
    def _open_file(file: Any, path: str) -> list[str]:
        """A file is `[name, base64]` (contract, section 4, number 8). Its reading position stays where it was."""
        seekable = getattr(file, "seekable", lambda: False)()
        position = file.tell() if seekable else None
        content = file.read()
        if position is not None:
            file.seek(position)
        if not isinstance(content, bytes):
            raise TypeError(f"{path}: the file must be opened in binary mode, open(name, 'rb')")
        name = getattr(file, "name", None)
        return [
            PurePath(name).name if isinstance(name, str) else "file",
            _content(content),
        ]


def _is(value: object, module: str, name: str) -> bool:
    """Tell whether a value is of a class, without importing it: who has such a value has done that, slow as it is."""
    imported = sys.modules.get(module)
    return imported is not None and isinstance(value, getattr(imported, name))


def _content(content: bytes | bytearray | memoryview) -> str:
    """Give bytes as base64, or what stands for it."""
    plain = bytes(content)  # a view need not be in one piece
    return base64.b64encode(plain).decode("ascii") if len(plain) <= INLINE else Content(plain)
