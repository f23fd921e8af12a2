"""Python values as parameters of a REST call.

BX24.js drops `null` and writes booleans as words that PHP misreads (contract, section 4, number 8), so every value is
first converted to a form that arrives as intended.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence, Set, ValuesView
from enum import Enum
from operator import index
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from .. import bridge as _bridge
from ..bridge import Content, Encoded
from ..bridge.files import INLINE
from .files import File
from .macros import Reference, Scope, macro_of, written

if TYPE_CHECKING:
    from decimal import Decimal

# The largest int that JavaScript holds exactly; larger ones are sent as text.
_JS_MAX_INT = 2**53 - 1

# PHP drops a variable nested deeper (`max_input_nesting_level`).
_MAX_DEPTH = 64

# The portal looks for the token in these; in BX24.js a parameter would override its own.
_TOKENS = ("auth", "access_token")

Params = Mapping[str, object] | Sequence[object]
"""Parameters by name, or a list of positional ones."""

_METHOD = re.compile(r"[A-Za-z0-9_.:-]+")


@runtime_checkable
class _OpenFile(Protocol):
    def read(self) -> bytes | str: ...


def check_method(method: object, path: str = "method") -> str:
    """Return the REST method name, or raise TypeError or ValueError naming the parameter."""
    if not isinstance(method, str):
        raise TypeError(f"{path}: must be the name of a REST method, not {type(method).__name__}")
    if not _METHOD.fullmatch(method):
        raise ValueError(f"{path}: must be the name of a REST method, such as 'user.current', not {method!r}")
    return method


def encode(params: object, path: str = "params", *, method: str = "", scope: Scope | None = None) -> dict[str, Any]:
    """Copy parameters into what can be sent: dicts, lists, strs and numbers.

    None becomes "" (clears a field), True and False 1 and 0, dates ISO 8601 to the second, Decimal and UUID a str, an
    Enum its value, bytes base64, a file `[name, base64]`, and tuples, sets, ranges, views and iterators lists. A file
    is a `File`, an open file, a browser's File, or a file input element, which becomes a list if it accepts several.
    JavaScript, numpy and pandas values become their Python equivalents; NaT and NA count as None.

    A form cannot express an empty list or mapping: inside another value it arrives as an empty str, and so does an
    empty list at the top level. An empty mapping at the top level is left out, as in BX24.js, because methods that
    expect a mapping there (`filter`, `order`) reject anything else. With positional parameters, of `task.*` methods or
    in a list, it keeps its place as `name[]=`, as the documentation of `task.item.list` does.

    Args:
        params: the caller's object, never changed: a mapping, a list of positional parameters (0, 1, 2, ...), or
            None for no parameters.
        path: its name in messages.
        method: the REST method they are for.
        scope: the batch whose references the values may contain; None outside a batch builder.

    Raises:
        TypeError: a value cannot be sent; the message names its path.
        ValueError: a number that is not finite, a str with a lone surrogate, a structure that contains itself, a name
            that PHP would change or that is the token's, a reference to another batch, or in a batch builder a str
            that the portal would take for a macro.
    """
    return {} if params is None else Encoder(scope).params(params, path, method)


class Encoder:
    """Encodes the parameters of one call, as a form."""

    nothing: Any = ""
    """What None is sent as."""

    most = _JS_MAX_INT
    """The largest int that is sent as a number; a larger one is sent as text."""

    too_deep = "which PHP drops"

    def __init__(self, scope: Scope | None) -> None:
        self._scope = scope
        self._open: set[int] = set()
        self._depth = 0
        # Iterators are read last, so that an invalid value elsewhere leaves them unread.
        self._unread: list[tuple[Iterator[Any], list[Any], str, int]] = []

    def params(self, params: object, path: str, method: str) -> dict[str, Any]:
        """Encode all parameters of a call."""
        found = _bridge.page_value(params)
        by_position = method.lower().startswith("task.")
        if isinstance(found, list | tuple):
            found, by_position = dict(enumerate(found)), True
        if not isinstance(found, Mapping):
            raise TypeError(f"{path}: must be a mapping, or a list of positional parameters, not {_type(params)}")
        encoded = self.mapping(found, path)
        for name, item in zip(list(encoded), found.values(), strict=True):
            plain = _bridge.page_value(item)
            if isinstance(plain, Mapping) and not plain:
                if by_position:
                    encoded[name] = [""]
                else:
                    del encoded[name]
        self.read_iterators()
        return encoded

    def read_iterators(self) -> None:
        """Fill the lists that iterators stand for."""
        for iterator, items, where, depth in self._unread:  # reading one may find others
            self._depth = depth
            items += [self.value(item, f"{where}[{index}]") for index, item in enumerate(iterator)]

    # What differs in JSON

    def flag(self, value: bool) -> Any:
        """Encode True or False."""
        return int(value)

    def no_mapping(self) -> Any:
        """Encode an empty mapping inside another value."""
        return []

    def reference(self, value: Reference, path: str) -> Any:
        """Encode a reference to another command of the batch."""
        if not value.belongs_to(self._scope):
            raise ValueError(f"{path}: {value!r} belongs to a command of another batch")
        return macro_of(value)

    def check_name(self, name: str, path: str, *, top: bool) -> None:
        """Reject a name that PHP would change or drop, and the token's.

        PHP's rules for names of input variables: brackets nest, NUL ends the name, `[]` and a space in brackets count
        up, and at the top level dots and spaces become `_`.
        """
        if not name or (not top and name in " \t\n\v\f\r"):
            raise ValueError(f"{path}: an empty name does not reach the portal")
        for character in "[]\0" + (". " if top else ""):
            if character in name:
                raise ValueError(f"{path}: must not contain {character!r}: PHP would change the name")
        check_token_name(name, path, top=top)

    # Values

    def mapping(self, value: Mapping[Any, Any], path: str) -> dict[str, Any]:
        """Encode a mapping."""
        self._enter(value, path)
        top = self._depth == 1
        encoded: dict[str, Any] = {}
        for key, item in value.items():
            name = self._text(_name(key, path), path)
            here = f"{path}[{key!r}]"
            self.check_name(name, here, top=top)
            if name in encoded:
                raise ValueError(f"{here}: duplicate key: the portal sees the same name, as for 1 and '1'")
            encoded[name] = self.value(item, here)
        self._leave(value)
        return encoded

    def value(self, value: Any, path: str) -> Any:
        """Encode a value."""
        match value:
            case None:
                return self.nothing
            case bool():
                return self.flag(value)
            case Enum():
                return self.value(value.value, path)
            case str():
                return self._text(value, path)
            case int():
                return int(value) if abs(value) <= self.most else str(int(value))
            case float():
                return self._finite(value, float(value), path)
            case bytes() | bytearray() | memoryview():
                return _content(value)
            case File():
                return self._named(value, path)
            case Reference():
                return self.reference(value, path)
        found = _bridge.page_files(value)
        if found is not None:
            return self._page_files(found, path)
        plain: Any = _bridge.page_value(value)
        if plain is not value:
            return self.value(plain, path)
        if hasattr(type(value), "__await__") or _type(value) == "Promise":
            raise TypeError(f"{path}: must be awaited first")
        if _bridge.page_type(value):
            raise TypeError(f"{path}: a JavaScript value of type {_type(value)} cannot be sent to the portal")
        match value:
            case Mapping():
                return self.mapping(value, path) or self.no_mapping()
            case Sequence() | Set() | ValuesView():
                return self._list(value, path)
            case _OpenFile():
                return self._open_file(value, path)
            case Iterator():
                return self._later(value, path)
        if _is(value, "decimal", "Decimal"):
            return self._finite(value, format(value, "f"), path)
        if _is(value, "datetime", "datetime"):
            return self.nothing if _missing(value) else value.isoformat(timespec="seconds")
        if _is(value, "datetime", "date"):
            return value.isoformat()
        if _is(value, "uuid", "UUID"):
            return str(value)
        return self._foreign(value, path)

    def _foreign(self, value: Any, path: str) -> Any:
        """Encode values of numpy, pandas and the like, recognised by their methods, without importing anything."""
        if not isinstance(value, type | complex):
            kind = getattr(getattr(value, "dtype", None), "kind", "")
            times = kind in ("M", "m")  # in numpy, whose tolist() and item() return nanoseconds as an int
            if callable(getattr(value, "tolist", None)):
                items = list(value) if times and getattr(value, "ndim", False) else value.tolist()
                if isinstance(items, list):
                    return self._list(items, path)
            if callable(getattr(value, "item", None)):
                item = value.item()
                if times and isinstance(item, int):
                    item = value.astype(f"{'datetime' if kind == 'M' else 'timedelta'}64[us]").item()
                if type(item) is not type(value) and not (times and isinstance(item, int)):
                    return self.value(item, path)
            elif hasattr(type(value), "__index__"):
                return self.value(index(value), path)
            elif _missing(value):
                return self.nothing
        raise TypeError(f"{path}: a value of type {_type(value)} cannot be sent to the portal")

    def _later(self, iterator: Iterator[Any], path: str) -> list[Any]:
        """Return a list to fill from an iterator later; one that occurs several times is read once."""
        for known, items, _, _ in self._unread:
            if known is iterator:
                return items
        if getattr(iterator, "gi_frame", iterator) is None:
            raise ValueError(f"{path}: the generator has already been read")
        found: list[Any] = []
        self._unread.append((iterator, found, path, self._depth + 1))
        return found

    def _list(self, value: Collection[Any], path: str) -> list[Any]:
        self._enter(value, path)
        encoded = [self.value(item, f"{path}[{index}]") for index, item in enumerate(value)]
        self._leave(value)
        return encoded

    def _enter(self, value: object, path: str) -> None:
        if id(value) in self._open:
            raise ValueError(f"{path}: contains itself")
        if self._depth == _MAX_DEPTH:
            raise ValueError(f"{path}: nested more than {_MAX_DEPTH} levels deep, {self.too_deep}")
        self._open.add(id(value))
        self._depth += 1

    def _leave(self, value: object) -> None:
        self._open.discard(id(value))
        self._depth -= 1

    def _text(self, value: str, path: str) -> str:
        if isinstance(value, Encoded):  # in parameters that are already encoded
            return value
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError(f"{path}: contains half a character (a lone surrogate)") from None
        try:
            return written(str(value), self._scope)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None

    @staticmethod
    def _finite(value: float | Decimal, encoded: Any, path: str) -> Any:
        if not math.isfinite(value):
            raise ValueError(f"{path}: must be a finite number, not {value}; use None for a missing one")
        return encoded

    def _named(self, file: File, path: str) -> list[str]:
        name, content = file.name, file.content
        if not isinstance(name, str):
            raise TypeError(f"{path}: a file's name must be a str, not {type(name).__name__}")
        if not name:
            raise ValueError(f"{path}: a file's name must not be empty")
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
            raise ValueError(f"{path}: no file is chosen")
        return encoded[0]

    @staticmethod
    def _open_file(file: Any, path: str) -> list[str]:
        """Return `[name, base64]` (contract, section 4, number 8). The file's position does not change."""
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


def _name(key: object, path: str) -> str:
    """Return a key as str."""
    if isinstance(key, Enum):
        key = key.value
    if isinstance(key, bool) or not (isinstance(key, str) or hasattr(type(key), "__index__")):
        raise TypeError(f"{path}: a key must be a str or an int, not {_type(key)}")
    return key if isinstance(key, str) else str(index(key))  # type: ignore[arg-type]


def check_token_name(name: str, path: str, *, top: bool) -> None:
    """Reject the token's name."""
    if top and name in _TOKENS:
        raise ValueError(f"{path}: {name!r} is the access token's name; bx24py sends the token by itself")


def _missing(value: Any) -> bool:
    """Recognise pandas' NaT and NA: NaT does not equal itself, and comparisons with NA are not bool."""
    unequal = value != value
    return unequal is value or unequal is True


def _type(value: object) -> str:
    return _bridge.page_type(value) or type(value).__name__


def _is(value: object, module: str, name: str) -> bool:
    """Return whether a value is of a class without a slow import: whoever has such a value has imported it."""
    imported = sys.modules.get(module)
    return imported is not None and isinstance(value, getattr(imported, name))


def _content(content: bytes | bytearray | memoryview) -> str:
    """Return bytes as base64, or the mark for it."""
    plain = bytes(content)  # a memoryview need not be contiguous
    return Encoded.inline(plain) if len(plain) <= INLINE else Content(plain)
