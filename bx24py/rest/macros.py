"""References of one command of a batch to the result of an earlier one: `$result[key][field]`.

The portal replaces such a text in a parameter's value, and `$total[key]`, `$next[key]`, `$error[key]` and `$time[key]`;
as the whole value it may stand for a list (contract, section 3, batch). It does so with any text that goes through a
batch, also with one that a user has typed. So a reference put into a text is a mark there, which nobody can type,
until the text is encoded.
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

# What a portal may take for a macro: it does not look at the case, and at the beginning not at what is between the
# word and the brackets.
_LIKE_MACRO = re.compile(rf"\$(?:{_WORDS})\[|\A\$(?:{_WORDS}).*\[[^\]]+\]", re.IGNORECASE | re.DOTALL)

ALONE = "the portal would replace it; a text that only looks like a macro must be sent alone, with call_method"
"""What messages say of a text that cannot go through a batch."""

_numbers = count(1)


class Scope:
    """The commands of one batch, as the references to them know it."""

    __slots__ = ("mark",)

    def __init__(self) -> None:
        self.mark = f"{_secret()}{next(_numbers):08x}"


class Reference:
    """A value that will exist once an earlier command of the same batch has been executed.

    `user["UF_DEPARTMENT"]` refers to a field of the result, `rows[0]["ID"]` to one of its first row. Used as a
    parameter's value it stands for whatever is there, lists included; `f"Deal {deal['TITLE']}"` puts it into a text.
    """

    __slots__ = ("_path", "_scope")

    __iter__ = None  # having __getitem__ alone would make an endless loop of `list(reference)`

    def __init__(self, scope: Scope, path: str) -> None:
        self._scope = scope
        self._path = path

    def __getitem__(self, field: str | int) -> Reference:
        """Refer to a field of this value, or to an element by its number.

        Raises:
            TypeError: the field is neither str nor int.
            ValueError: the field is empty or contains a square bracket, which no macro can express.
        """
        if isinstance(field, bool) or not isinstance(field, str | int):
            raise TypeError(f"field: must be str or int, not {type(field).__name__}")
        text = str(field)
        if not text or "[" in text or "]" in text:
            raise ValueError(f"field: {text!r} cannot be part of a $result macro")
        return Reference(self._scope, f"{self._path}[{text}]")

    def __str__(self) -> str:
        """Give what stands for the reference in a text, until it becomes a parameter of the same batch."""
        return f"$result<{self._scope.mark}>{self._path}"

    def __repr__(self) -> str:
        return f"<Reference {macro_of(self)}>"

    def belongs_to(self, scope: Scope | None) -> bool:
        """Tell whether this is a reference to a command of the given batch."""
        return self._scope is scope


def macro_of(reference: Reference) -> str:
    """Give the text that the portal replaces by what the reference stands for."""
    return f"$result{reference._path}"


def written(text: str, scope: Scope | None) -> str:
    """Give a text as it is sent, with macros for the references that were put into it.

    Args:
        text: a value of the caller's.
        scope: the batch whose references it may contain, and in which all else that looks like a macro is a user's
            text; None outside a batch builder.

    Raises:
        ValueError: a reference to another batch, or a user's text that the portal would replace.
    """
    if "$" not in text:
        return text
    marks = _marks()
    if any(scope is None or mark[1] != scope.mark for mark in marks.finditer(text)):
        raise ValueError("the text contains a reference to a command of another batch")
    if scope is not None and looks_like_macro(marks.sub("?[?]", text)):
        raise ValueError(f"{text!r:.60}: {ALONE}")
    return marks.sub(lambda mark: f"$result{mark[2]}", text)


def looks_like_macro(value: Any) -> bool:
    """Tell whether encoded parameters contain a text that the portal may replace in a batch."""
    if isinstance(value, str):
        return "$" in value and _LIKE_MACRO.search(value) is not None
    if isinstance(value, dict):
        return any(map(looks_like_macro, value.values()))
    return isinstance(value, list) and any(map(looks_like_macro, value))


def macros_in(value: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """Give the path, the beginning and the key of every macro anywhere in encoded parameters.

    Raises:
        ValueError: a text that the portal may take for a macro, but is not of this form.
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
    """Copy encoded parameters with another key in every macro."""
    return _replace(value, lambda match: f"${match[1]}[{name(match[2])}]{match[3]}")


def resolve(value: Any, data: Callable[[str, str], Any]) -> Any:
    """Copy encoded parameters with every macro replaced by what the portal would put there.

    `data(word, key)` gives what the answer says of a command. What is not there becomes an empty text, as in the
    portal; so do false and null, and true is 1.
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
    """Give a value of an answer in the form in which it is sent."""
    if value is None or value is False:
        return ""
    if isinstance(value, int):
        return int(value) if abs(value) < 2**53 else str(value)  # JavaScript does not hold all larger ones
    if isinstance(value, dict):
        return {key: _as_sent(item) for key, item in value.items()}
    return [_as_sent(item) for item in value] if isinstance(value, list) else value


def _as_text(value: Any) -> str:
    """Write a value into a text as PHP does."""
    if isinstance(value, dict | list):
        return "Array"
    if not isinstance(value, float):
        return str(value)
    mantissa, _, exponent = format(value, ".14G").partition("E")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent):+d}" if exponent else mantissa


@cache
def _secret() -> str:
    """Give what all marks of this page begin with, made when it is needed: no text has it by chance."""
    return os.urandom(8).hex()


@cache
def _marks() -> re.Pattern[str]:
    return re.compile(rf"\$result<({_secret()}[0-9a-f]{{8}})>((?:\[[^\[\]]+\])+)")
