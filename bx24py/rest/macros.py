"""References from one command of a batch to the result of an earlier one: `$result[key][field]`.

The portal replaces such macros in a parameter's value, as well as `$total[key]`, `$next[key]`, `$error[key]` and
`$time[key]`; as the whole value a macro may stand for a list (contract, section 3, batch). It does so in any text sent
in a batch, even if a user typed it. So a reference formatted into a str becomes a mark that nobody can type, until the
str is encoded.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from typing import Any

_WORDS = "result|total|next|error|time"
_MACRO = re.compile(rf"\$({_WORDS})\[([^\[\]]+)\]((?:\[[^\[\]]+\])*)")
_FIELD = re.compile(r"\[([^\[\]]+)\]")

# What a portal may take for a macro: it ignores case, and at the beginning also what is between the word and the
# brackets.
_LIKE_MACRO = re.compile(rf"\$(?:{_WORDS})\[|\A\$(?:{_WORDS}).*\[[^\]]+\]", re.IGNORECASE | re.DOTALL)

ALONE = "the portal would replace it; send text that only looks like a macro alone, with call_method"
"""What messages say about a str that cannot be sent in a batch."""

_numbers = count(1)


class Scope:
    """The batch that a reference belongs to."""

    __slots__ = ("mark",)

    def __init__(self) -> None:
        self.mark = f"{_secret()}{next(_numbers):08x}"


class Reference:
    """A value that will exist once an earlier command of the same batch is executed.

    `user["UF_DEPARTMENT"]` refers to a field of the result, `rows[0]["ID"]` to one of its first row. As a parameter's
    value it stands for whatever is there, even a list; `f"Deal {deal['TITLE']}"` formats it into a str.
    """

    __slots__ = ("_path", "_scope")

    __iter__ = None  # with __getitem__ alone, `list(reference)` would never end

    def __init__(self, scope: Scope, path: str) -> None:
        self._scope = scope
        self._path = path

    def __getitem__(self, field: str | int) -> Reference:
        """Refer to a field of this value, or to an element by index.

        Raises:
            TypeError: the field is not a str or int.
            ValueError: the field is empty or contains a square bracket, which a macro cannot express.
        """
        if isinstance(field, bool) or not isinstance(field, str | int):
            raise TypeError(f"field: must be a str or an int, not {type(field).__name__}")
        text = str(field)
        if not text or "[" in text or "]" in text:
            raise ValueError(f"field: {text!r} cannot be part of a $result macro")
        return Reference(self._scope, f"{self._path}[{text}]")

    def __str__(self) -> str:
        """Return the mark that stands for the reference in a str, until that is encoded for the same batch."""
        return f"$result<{self._scope.mark}>{self._path}"

    def __repr__(self) -> str:
        return f"<Reference {macro_of(self)}>"

    def belongs_to(self, scope: Scope | None) -> bool:
        """Return whether this refers to a command of the given batch."""
        return self._scope is scope


def macro_of(reference: Reference) -> str:
    """Return the macro that the portal replaces with the referenced value."""
    return f"$result{reference._path}"


def written(text: str, scope: Scope | None) -> str:
    """Return a str as sent, with macros for the references formatted into it.

    Args:
        text: the caller's value.
        scope: the batch whose references it may contain; all else that looks like a macro is a user's text. None
            outside a batch builder.

    Raises:
        ValueError: a reference to another batch, or user text that the portal would replace.
    """
    if "$" not in text:
        return text
    marks = _marks()
    if any(scope is None or mark[1] != scope.mark for mark in marks.finditer(text)):
        raise ValueError("contains a reference to a command of another batch")
    if scope is not None and looks_like_macro(marks.sub("?[?]", text)):
        raise ValueError(f"{text!r:.60}: {ALONE}")
    return marks.sub(lambda mark: f"$result{mark[2]}", text)


def looks_like_macro(value: Any) -> bool:
    """Return whether encoded parameters contain text that the portal may replace in a batch."""
    if isinstance(value, str):
        return "$" in value and _LIKE_MACRO.search(value) is not None
    if isinstance(value, dict):
        return any(map(looks_like_macro, value.values()))
    return isinstance(value, list) and any(map(looks_like_macro, value))


def macros_in(value: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """Yield the path, the beginning and the key of every macro in encoded parameters.

    Raises:
        ValueError: text that the portal may take for a macro, but is not of this form.
    """
    if isinstance(value, str):
        if "$" not in value:
            return
        for match in _MACRO.finditer(value):
            yield path, f"${match[1]}[{match[2]}]", match[2]
        rest = _MACRO.sub("?", value)
        if "]" in rest and looks_like_macro(rest):
            raise ValueError(f"{path}: {value!r:.60} is not of the form $result[key][field], but {ALONE}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from macros_in(item, f"{path}[{key!r}]")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from macros_in(item, f"{path}[{index}]")


def rename(value: Any, name: Callable[[str], str]) -> Any:
    """Copy encoded parameters with the key in every macro renamed."""
    return _replace(value, lambda match: f"${match[1]}[{name(match[2])}]{match[3]}")


def resolve(value: Any, data: Callable[[str, str], Any]) -> Any:
    """Copy encoded parameters with every macro replaced as the portal would.

    `data(word, key)` returns a command's part of the answer. What is missing becomes an empty str, as in the portal;
    so do false and null, and true becomes 1.
    """

    def look_up(match: re.Match[str]) -> Any:
        found = data(match[1], match[2])
        for field in _FIELD.findall(match[3]):
            if isinstance(found, dict):
                found = found.get(field)
            elif isinstance(found, list) and field.isdecimal() and int(field) < len(found):
                found = found[int(field)]
            else:
                found = None
        return _as_sent(found)

    return _replace(value, look_up)


def _replace(value: Any, new: Callable[[re.Match[str]], Any]) -> Any:
    if isinstance(value, str):
        if "$" not in value:
            return value
        whole = _MACRO.fullmatch(value)
        return new(whole) if whole else _MACRO.sub(lambda match: _as_text(new(match)), value)
    if isinstance(value, dict):
        return {key: _replace(item, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_replace(item, new) for item in value]
    return value


def _as_sent(value: Any) -> Any:
    """Return a value from an answer as it is sent."""
    if value is None or value is False:
        return ""
    if isinstance(value, int):
        return int(value) if abs(value) < 2**53 else str(value)  # JavaScript cannot hold all larger ones exactly
    if isinstance(value, dict):
        return {key: _as_sent(item) for key, item in value.items()}
    return [_as_sent(item) for item in value] if isinstance(value, list) else value


def _as_text(value: Any) -> str:
    """Convert a value to str as PHP does."""
    if isinstance(value, dict | list):
        return "Array"
    if not isinstance(value, float):
        return str(value)
    mantissa, _, exponent = format(value, ".14G").partition("E")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent):+d}" if exponent else mantissa


@cache
def _secret() -> str:
    """Return the random prefix of all marks of this page, created on first use."""
    return os.urandom(8).hex()


@cache
def _marks() -> re.Pattern[str]:
    return re.compile(rf"\$result<({_secret()}[0-9a-f]{{8}})>((?:\[[^\[\]]+\])+)")
