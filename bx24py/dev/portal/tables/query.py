"""A list request: conditions, groups of them, an order and a start; and testing a row against them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bx24py.dev.portal.tables.fields import DATES, INTEGERS, Field


class Source(Protocol):
    """What conditions read values from: a `Table`."""

    @property
    def key(self) -> str:
        """The name of the number field."""

    @property
    def fields(self) -> Mapping[str, Field]:
        """The fields by name."""

    def reader(self, name: str) -> Callable[[int], Any]:
        """Return a function from a row's number to a field's stored value."""


@dataclass(frozen=True)
class Condition:
    """One condition of a filter; several values mean any of them."""

    name: str
    operator: str
    values: tuple[Any, ...]

    def test(self, table: Source) -> Callable[[int], bool]:
        """Return a function that tests a row against the condition."""
        read, kind = table.reader(self.name), table.fields[self.name]
        negative = self.operator.startswith("!")
        plain = self.operator.removeprefix("!") or "="
        if plain in {"%", "=%"}:
            patterns = [_like(str(value), plain == "%") for value in self.values if value is not None]
            check: Callable[[Any], bool] = lambda value: any(p.search(as_text(value)) for p in patterns)  # noqa: E731
        elif plain in {"=", "@"}:
            wanted = {_equal(value) for value in self.values}
            check = lambda value: _equal(value) in wanted  # noqa: E731
        else:
            check = _compare(plain, self.values[0] if self.values else None, kind.type)
        if kind.multiple:
            return lambda number: any(map(check, read(number) or [None])) is not negative
        return lambda number: check(read(number)) is not negative


@dataclass(frozen=True)
class Group:
    """Conditions joined with AND, or with OR (`logic` of crm.item.list)."""

    parts: tuple[Condition | Group, ...]
    any: bool

    def test(self, table: Source) -> Callable[[int], bool]:
        """Return a function that tests a row against the group."""
        tests = [part.test(table) for part in self.parts]
        join = any if self.any else all
        return lambda number: join(test(number) for test in tests)


def as_text(value: Any) -> str:
    """Return the text that `%` searches: empty for no value."""
    return "" if value is None else str(value)


def _equal(value: Any) -> Any:
    """Return the value for equality: case-insensitive text; an empty str and 0 equal no value, as in PHP."""
    if value in ("", 0):
        return None
    return value.casefold() if isinstance(value, str) else value


def _like(value: str, anywhere: bool) -> re.Pattern[str]:
    if anywhere:
        return re.compile(re.escape(value), re.IGNORECASE)
    inner = "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in value)
    return re.compile(rf"\A{inner}\Z", re.IGNORECASE | re.DOTALL)


def _compare(operator: str, than: Any, type_: str) -> Callable[[Any], bool]:
    if than is None:
        return lambda _: False
    number = type_ in INTEGERS or type_ in DATES or type_ == "double"
    limit = than if number else str(than).casefold()

    def key(value: Any) -> Any:
        return value if number else str(value).casefold()

    checks: dict[str, Callable[[Any], bool]] = {
        ">": lambda value: value is not None and key(value) > limit,
        ">=": lambda value: value is not None and key(value) >= limit,
        "<": lambda value: value is not None and key(value) < limit,
        "<=": lambda value: value is not None and key(value) <= limit,
    }
    return checks[operator]


@dataclass
class Query:
    """A request to a list method, in the names of the table."""

    where: tuple[Condition | Group, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    """Pairs of a field and whether it is descending; ties are sorted by number."""
    start: int = 0

    @property
    def counts(self) -> bool:
        """Whether the rows are counted: a negative `start` says not to (contract, section 3)."""
        return self.start >= 0
