"""Lists as the portal makes them: filter, order, select and pages of 50 over tables that need not be in memory.

A table knows its rows by number and computes a value only when somebody looks at it, so 100,000 rows cost nothing at
the start, and a page by number is a slice. A filter over other fields is one scan, remembered until the table changes.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from .faults import RestFault
from .phpform import php_int

PAGE = 50
"""Rows of a page (contract, section 3)."""

ZONE = timezone(timedelta(hours=2))
"""The portal's time zone."""

REMEMBERED = 16
"""Filtered lists that a table remembers, the last used ones."""

INTEGERS = frozenset(
    {"integer", "user", "crm_category", "crm_company", "crm_contact", "crm_lead", "crm_quote", "location"}
)
"""Types of fields whose values are whole numbers."""

REFERENCES = INTEGERS - {"integer", "crm_category"}
"""Types of fields that name another row, in which 0 means none."""

DATES = frozenset({"date", "datetime"})
"""Types of fields whose values are moments, kept as seconds since the epoch."""


@dataclass(frozen=True)
class Field:
    """One field of a table.

    Args:
        type: as the documentation's `.fields` methods name it.
        title: its name for people.
        make: the value in row N of the generated company, in the kept form of its type; None leaves it empty.
        read_only: a value sent for it is ignored.
        immutable: a value is taken when a row is added, not when it is updated.
        status_type: ENTITY_ID of the directory that a `crm_status` chooses from.
        multiple: the value is a list.
        required: it must be given when a row is added.
    """

    type: str
    title: str
    make: Callable[[int], Any] | None = None
    read_only: bool = False
    immutable: bool = False
    status_type: str | None = None
    multiple: bool = False
    required: bool = False

    def keep(self, value: Any) -> Any:
        """Turn a value that a client sent into the form that the table keeps; None: it is empty."""
        if self.multiple:
            return [self.read(item) for item in flatten(value)]
        if self.type == "char":
            # A flag is Y for yes; a portal makes no more of 1, true or y than of any other text.
            return "Y" if value == "Y" else "N"
        kept = self.read(value)
        return None if kept == 0 and self.type in REFERENCES else kept

    def read(self, value: Any) -> Any:
        """Turn one value that a client filters by into the form that the table keeps; None: it is empty."""
        if value is None:
            return None
        if self.type in INTEGERS:
            return None if value == "" else php_int(value)
        if self.type == "double":
            return _double(value)
        if self.type in DATES:
            return moment(value)
        if isinstance(value, list | dict):
            return None
        if isinstance(value, bool):
            return "1" if value else ""
        return str(value)


def _double(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if abs(number) < 1e300 else None


def moment(value: Any) -> int | None:
    """Read a date or date-time in ISO 8601; a date alone is midnight in the portal's zone. None: it is none."""
    try:
        read = datetime.fromisoformat(str(value).strip())
        return int((read if read.tzinfo else read.replace(tzinfo=ZONE)).timestamp())
    except (ValueError, OverflowError):
        return None


def iso(seconds: float) -> str:
    """Write a moment as the portal does: `2025-01-31T10:00:00+02:00`."""
    return datetime.fromtimestamp(int(seconds), ZONE).isoformat()


def flatten(value: Any) -> list[Any]:
    """Return the values of a parameter that may be one value, a list or (from `ID[]=$result[…]`) a list of lists."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [inner for item in value for inner in flatten(item)]
    return [value]


class Table:
    """Rows by number: those of the generated company, computed when read, and what was written since.

    Args:
        count: rows of the generated company; their numbers are 1 to count.
        fields: by name; `key` is added by itself.
        key: the name of the field that holds the number.
    """

    def __init__(self, count: int, fields: Mapping[str, Field], *, key: str = "ID") -> None:
        self.key = key
        self.fields: dict[str, Field] = {
            key: Field("integer", "ID", lambda number: number, read_only=True),
            **fields,
        }
        self.ids = array("q", range(1, count + 1))
        self._generated = count
        self._last = count
        self._written: dict[int, dict[str, Any]] = {}
        self._found: OrderedDict[str, array[int]] = OrderedDict()

    @property
    def last(self) -> int:
        """The highest number ever given to a row."""
        return self._last

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, number: int) -> bool:
        at = bisect_left(self.ids, number)
        return at < len(self.ids) and self.ids[at] == number

    def value(self, number: int, name: str) -> Any:
        """Return the kept value of one field of a row that exists."""
        written = self._written.get(number)
        if written is not None and name in written:
            return written[name]
        make = self.fields[name].make
        if name == self.key:
            return number
        return make(number) if make and number <= self._generated else ([] if self.fields[name].multiple else None)

    def row(self, number: int, names: Iterable[str] | None = None) -> dict[str, Any]:
        """Return the kept values of a row that exists, of all fields or the named ones."""
        return {name: self.value(number, name) for name in (self.fields if names is None else names)}

    def reader(self, name: str) -> Callable[[int], Any]:
        """Return a function from number to kept value, for scans: quicker than `value`."""
        make, written = self.fields[name].make, self._written
        if not make or self._last > self._generated:
            return lambda number: self.value(number, name)
        if not written:
            return make
        return lambda number: self.value(number, name) if number in written else make(number)

    def add(self, values: Mapping[str, Any]) -> int:
        """Write a new row of kept values and return its number."""
        self._last += 1
        self._written[self._last] = dict(values)
        self.ids.append(self._last)
        self._found.clear()
        return self._last

    def update(self, number: int, values: Mapping[str, Any]) -> None:
        """Write kept values into a row that exists."""
        self._written.setdefault(number, {}).update(values)
        self._found.clear()

    def delete(self, number: int) -> None:
        """Remove a row that exists."""
        del self.ids[bisect_left(self.ids, number)]
        self._written.pop(number, None)
        self._found.clear()

    def find(self, query: Query) -> Found:
        """Return one page of the rows that a query asks for."""
        low, high, rest = self._bounds(query.where)
        name, descending = query.order[0] if query.order else (self.key, False)
        if name == self.key and (listed := self._listed(rest)) is not None:
            matches = self._matcher(rest)
            inside = range(low, high)
            numbers = [n for n in listed if n in self and bisect_left(self.ids, n) in inside and matches(n)]
            return self._cut(numbers[::-1] if descending else numbers, query)
        if name != self.key:
            return self._cut(self._sorted(query, low, high, rest), query)
        if not rest:
            return self._cut(_Window(self.ids, low, high, descending), query)
        if query.counts:
            return self._cut(self._matching(query, low, high, rest, descending), query)
        # Without counting nobody needs more than the page, so the scan ends with it.
        matches = self._matcher(rest)
        page: list[int] = []
        for number in _Window(self.ids, low, high, descending):
            if matches(number):
                page.append(number)
                if len(page) == PAGE:
                    break
        return Found(page, 0, None)

    def find_all(self, query: Query) -> list[int]:
        """Return all rows that a query asks for, of a table so small that its method knows no pages."""
        found: list[int] = []
        page = self.find(query)
        while page.numbers:
            found += page.numbers
            page = self.find(Query(query.where, query.order, len(found)))
        return found

    def _cut(self, numbers: Sequence[int], query: Query) -> Found:
        start = query.start if query.counts else 0
        page = list(numbers[start : start + PAGE])
        if not query.counts:
            return Found(page, 0, None)
        total = len(numbers)
        return Found(page, total, start + PAGE if start + PAGE < total else None)

    def _bounds(self, where: tuple[Condition | Group, ...]) -> tuple[int, int, tuple[Condition | Group, ...]]:
        """Take the conditions on the number out of a filter: what is left, and which part of `ids` it applies to."""
        low, high = 0, len(self.ids)
        rest: list[Condition | Group] = []
        for part in where:
            if isinstance(part, Group) or part.name != self.key or part.operator not in _BISECT:
                rest.append(part)
                continue
            value = part.values[0]
            if len(part.values) != 1 or not isinstance(value, int):
                rest.append(part)
                continue
            if part.operator in {">", "="}:
                side = bisect_right if part.operator == ">" else bisect_left
                low = max(low, side(self.ids, value))
            if part.operator == ">=":
                low = max(low, bisect_left(self.ids, value))
            if part.operator == "<":
                high = min(high, bisect_left(self.ids, value))
            if part.operator in {"<=", "="}:
                high = min(high, bisect_right(self.ids, value))
        return low, max(low, high), tuple(rest)

    def _listed(self, where: tuple[Condition | Group, ...]) -> list[int] | None:
        """Return the numbers, sorted, to which a condition such as `ID: [5, 7]` restricts a filter, if there is one."""
        for part in where:
            if isinstance(part, Condition) and part.name == self.key and part.operator in {"=", "@"}:
                return sorted({value for value in part.values if isinstance(value, int)})
        return None

    def _matcher(self, where: tuple[Condition | Group, ...]) -> Callable[[int], bool]:
        tests = [part.test(self) for part in where]
        if len(tests) == 1:
            return tests[0]
        return lambda number: all(test(number) for test in tests)

    def _matching(
        self, query: Query, low: int, high: int, rest: tuple[Condition | Group, ...], descending: bool
    ) -> Sequence[int]:
        def scan() -> Iterable[int]:
            return filter(self._matcher(rest), self.ids[low:high])

        found = self._remembered(f"{query.where}", scan)
        return _Window(found, 0, len(found), descending)

    def _sorted(self, query: Query, low: int, high: int, rest: tuple[Condition | Group, ...]) -> Sequence[int]:
        def scan() -> Iterable[int]:
            numbers = list(self._matching(query, low, high, rest, False) if rest else self.ids[low:high])
            # The sort is stable, so the least important field goes first.
            for name, descending in reversed(query.order):
                read, text = self.reader(name), self.fields[name].type
                numbers.sort(key=lambda number: _sortable(read(number), text), reverse=descending)
            return numbers

        return self._remembered(f"{query.where}{query.order}", scan)

    def _remembered(self, key: str, scan: Callable[[], Iterable[int]]) -> array[int]:
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = array("q", scan())
            if len(self._found) > REMEMBERED:
                self._found.popitem(last=False)
        self._found.move_to_end(key)
        return found


def _sortable(value: Any, type_: str) -> tuple[bool, Any]:
    """Return a sort key under which empty values come first, as in the portal's database."""
    if value is None:
        return False, 0
    if isinstance(value, list):
        return True, str(value)
    if type_ in INTEGERS or type_ in DATES or type_ == "double":
        return True, value
    return True, str(value).casefold()


class _Window(Sequence[int]):
    """A part of sorted numbers, forwards or backwards, without a copy."""

    def __init__(self, numbers: array[int], low: int, high: int, descending: bool) -> None:
        span = range(low, high)
        self._numbers, self._span = numbers, span[::-1] if descending else span

    def __len__(self) -> int:
        return len(self._span)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self._numbers[index] for index in self._span[at]]
        return self._numbers[self._span[at]]


@dataclass(frozen=True)
class Found:
    """One page: the numbers of its rows, how many rows there are in all, and the start of the next page if any."""

    numbers: list[int]
    total: int
    next: int | None


_OPERATORS = ("!=%", "!%=", ">=", "<=", "!@", "!%", "!=", "=%", "%=", ">", "<", "@", "%", "=", "!")
"""Prefixes of a filter's keys (documentation of crm.item.list and user.get), longest first."""

_SAME = {"": "=", "!=": "!", "%=": "=%", "!%=": "!=%"}
_BISECT = frozenset({"=", ">", ">=", "<", "<="})


@dataclass(frozen=True)
class Condition:
    """One condition of a filter; several values mean any of them."""

    name: str
    operator: str
    values: tuple[Any, ...]

    def test(self, table: Table) -> Callable[[int], bool]:
        """Return the function that tells whether a row meets the condition."""
        read, kind = table.reader(self.name), table.fields[self.name]
        negative = self.operator.startswith("!")
        plain = self.operator.removeprefix("!") or "="
        if plain in {"%", "=%"}:
            patterns = [_like(str(value), plain == "%") for value in self.values if value is not None]
            check: Callable[[Any], bool] = lambda value: any(p.search(_text(value)) for p in patterns)  # noqa: E731
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

    def test(self, table: Table) -> Callable[[int], bool]:
        """Return the function that tells whether a row meets the group."""
        tests = [part.test(table) for part in self.parts]
        join = any if self.any else all
        return lambda number: join(test(number) for test in tests)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _equal(value: Any) -> Any:
    """Return what equality compares: text without case; an empty text and 0 are the same as no value, as in PHP."""
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
    """What a list method was asked for, in the names of the table."""

    where: tuple[Condition | Group, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    """Pairs of a field and whether it is descending; the number decides in the end."""
    start: int = 0

    @property
    def counts(self) -> bool:
        """Whether the rows are counted: `start=-1` says not to (contract, section 3)."""
        return self.start != -1


@dataclass(frozen=True)
class Dialect:
    """How a family of list methods reads its parameters.

    Args:
        rename: from the client's name of a field to the table's; None: there is no such field.
        strict: an unknown field is an error `INVALID_ARG_VALUE` (crm.item.list); otherwise it is ignored.
        read: turns one value of a filter into the form that the table keeps.
    """

    rename: Callable[[str], str | None]
    strict: bool = False
    read: Callable[[Field, Any], Any] = Field.read

    def where(self, given: Any, table: Table) -> tuple[Condition | Group, ...]:
        """Read a filter."""
        return self._group(given, table).parts

    def _group(self, given: Any, table: Table) -> Group:
        if isinstance(given, list):
            given = dict(enumerate(given))
        parts: list[Condition | Group] = []
        either = False
        for key, value in given.items():
            name = str(key)
            if name.casefold() == "logic":
                either = str(value).upper() == "OR"
            elif name.isdigit() and isinstance(value, dict | list):
                parts.append(self._group(value, table))
            elif condition := self._condition(name, value, table):
                parts.append(condition)
        return Group((Group(tuple(parts), True),) if either else tuple(parts), False)

    def _condition(self, key: str, value: Any, table: Table) -> Condition | None:
        operator = next((o for o in _OPERATORS if key.startswith(o)), "")
        shown = key[len(operator) :]
        name = self.rename(shown)
        if name is None or name not in table.fields:
            if self.strict:
                raise RestFault("INVALID_ARG_VALUE", f"Invalid filter: field '{shown}' is not allowed in filter")
            return None
        operator = _SAME.get(operator, operator)
        kind = table.fields[name]
        if operator.endswith("%"):
            return Condition(name, operator, tuple(_text(item) for item in flatten(value)))
        return Condition(name, operator, tuple(self.read(kind, item) for item in flatten(value)))

    def order(self, given: Any, table: Table) -> tuple[tuple[str, bool], ...]:
        """Read an order, a mapping of field to ASC or DESC."""
        pairs: list[tuple[str, bool]] = []
        for shown, direction in given.items() if isinstance(given, dict) else ():
            name = self.rename(str(shown))
            if name is None or name not in table.fields:
                if self.strict:
                    raise RestFault("INVALID_ARG_VALUE", f"Invalid order: field '{shown}' is not allowed in order")
                continue
            if str(direction).upper() not in {"ASC", "DESC"} and self.strict:
                raise RestFault(
                    "INVALID_ARG_VALUE",
                    "Invalid order: allowed sort directions are `ASC, DESC`. "
                    f"But got '{direction}' for field '{shown}'",
                )
            pairs.append((name, str(direction).upper() == "DESC"))
        return tuple(pairs)

    def select(self, given: Any, table: Table) -> list[str]:
        """Read a select: names, `*` for all fields but custom and multiple ones, `UF_*` for custom ones.

        Nothing given means both. The number is always among them.
        """
        wanted = [str(item) for item in flatten(given) if item not in (None, "")] or ["*", "UF_*"]
        chosen: dict[str, None] = {table.key: None}
        for shown in wanted:
            if shown in {"*", "UF_*"}:
                custom = shown == "UF_*"
                for name, kind in table.fields.items():
                    if name.startswith("UF_") == custom and not kind.multiple:
                        chosen[name] = None
            elif (found := self.rename(shown)) and found in table.fields:
                chosen[found] = None
        return list(chosen)


def start_of(params: Mapping[str, Any]) -> int:
    """Return the offset that a list is asked for: -1 for not counting, never otherwise negative.

    A number too large is an empty page, text is read as PHP reads it (`"50x"` is 50, `"x"` is 0).
    """
    given = next((value for name, value in params.items() if name.lower() == "start"), 0)
    start = php_int(given)
    return start if start >= -1 else 0
