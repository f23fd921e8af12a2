"""References of one command of a batch to the result of an earlier one: `$result[key][field]`.

The portal replaces such a text in a parameter's value; as the whole value it may stand for a list
(contract, section 3, batch).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

_MACRO = re.compile(r"\$result\[([^\[\]]+)\]((?:\[[^\[\]]+\])*)")
_FIELD = re.compile(r"\[([^\[\]]+)\]")


class Reference:
    """A value that will exist once an earlier command of the same batch has been executed.

    `user["UF_DEPARTMENT"]` refers to a field of the result, `rows[0]["ID"]` to one of its first row. Used as a
    parameter's value it stands for whatever is there, lists included; `f"Deal {deal['TITLE']}"` puts it into a text.
    """

    __slots__ = ("_macro", "_owner")

    __iter__ = None  # having __getitem__ alone would make an endless loop of `list(reference)`

    def __init__(self, owner: object, macro: str) -> None:
        self._owner = owner
        self._macro = macro

    def __getitem__(self, field: str | int) -> Reference:
        """Refer to a field of this value, or to an element by its number.

        Raises:
            TypeError: the field is neither text nor a number.
            ValueError: the field is empty or contains a square bracket, which no macro can express.
        """
        if isinstance(field, bool) or not isinstance(field, str | int):
            raise TypeError(f"field: a text or a number is needed, not {type(field).__name__}")
        text = str(field)
        if not text or "[" in text or "]" in text:
            raise ValueError(f"field: {text!r} cannot be part of a $result macro")
        return Reference(self._owner, f"{self._macro}[{text}]")

    def __str__(self) -> str:
        return self._macro

    def __repr__(self) -> str:
        return f"<Reference {self._macro}>"

    def belongs_to(self, owner: object) -> bool:
        """Tell whether this is a reference to a command of the given batch."""
        return self._owner is owner


def keys_in(value: Any) -> Iterator[str]:
    """Give the key of every macro anywhere in encoded parameters."""
    if isinstance(value, str):
        if "$result" in value:
            yield from (match[1] for match in _MACRO.finditer(value))
    elif isinstance(value, dict):
        for item in value.values():
            yield from keys_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from keys_in(item)


def rename(value: Any, name: Callable[[str], str]) -> Any:
    """Copy encoded parameters with another key in every macro."""
    return _replace(value, lambda match: f"$result[{name(match[1])}]{match[2]}")


def resolve(value: Any, data: Callable[[str], Any]) -> Any:
    """Copy encoded parameters with every macro replaced by what the portal would put there.

    `data(key)` gives the result of a command. What is not there becomes an empty text, as in the portal.
    """

    def look_up(match: re.Match[str]) -> Any:
        found = data(match[1])
        for field in _FIELD.findall(match[2]):
            if isinstance(found, dict):
                found = found.get(field)
            elif isinstance(found, list) and field.isdigit() and int(field) < len(found):
                found = found[int(field)]
            else:
                found = None
        return "" if found is None else found

    return _replace(value, look_up)


def _replace(value: Any, new: Callable[[re.Match[str]], Any]) -> Any:
    if isinstance(value, str):
        if "$result" not in value:
            return value
        whole = _MACRO.fullmatch(value)
        return new(whole) if whole else _MACRO.sub(lambda match: str(new(match)), value)
    if isinstance(value, dict):
        return {key: _replace(item, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_replace(item, new) for item in value]
    return value
