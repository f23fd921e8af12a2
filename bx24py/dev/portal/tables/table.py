"""Tables that need not be in memory.

A table has numbered rows and computes values on demand, so 100,000 rows cost nothing at the start, and a page by number
is a slice. A filter on other fields is one scan, cached until the table changes.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from bx24py.dev.portal.tables.fields import DATES, INTEGERS, Field
from bx24py.dev.portal.tables.paging import CLASSIC, Found, Pager
from bx24py.dev.portal.tables.query import Condition, Group, Query

REMEMBERED = 16
"""How many filtered lists a table caches, the last used ones."""

_BISECT = frozenset({"=", ">", ">=", "<", "<="})


class Table:
    """Numbered rows: those of the generated company, computed on demand, and later changes.

    Args:
        count: rows of the generated company; their numbers are 1 to count.
        fields: by name; `key` is added.
        key: the name of the number field.
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
    def generated(self) -> int:
        """How many rows were generated."""
        return self._generated

    @property
    def last(self) -> int:
        """The highest row number ever used."""
        return self._last

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, number: int) -> bool:
        at = bisect_left(self.ids, number)
        return at < len(self.ids) and self.ids[at] == number

    def value(self, number: int, name: str) -> Any:
        """Return one field's stored value in an existing row."""
        written = self._written.get(number)
        if written is not None and name in written:
            return written[name]
        make = self.fields[name].make
        if name == self.key:
            return number
        return make(number) if make and number <= self._generated else ([] if self.fields[name].multiple else None)

    def row(self, number: int, names: Iterable[str] | None = None) -> dict[str, Any]:
        """Return the stored values of an existing row, of all fields or the named ones."""
        return {name: self.value(number, name) for name in (self.fields if names is None else names)}

    def reader(self, name: str) -> Callable[[int], Any]:
        """Return a function from number to stored value, for pages and scans: faster than `value`."""
        make, written = self.fields[name].make, self._written
        if not make:
            empty: Any = [] if self.fields[name].multiple else None
            return lambda number: written[number].get(name, empty) if number in written else empty
        if not written:
            return make
        return lambda number: self.value(number, name) if number in written else make(number)

    def add(self, values: Mapping[str, Any]) -> int:
        """Add a row of stored values and return its number."""
        self._last += 1
        self._written[self._last] = dict(values)
        self.ids.append(self._last)
        self._found.clear()
        return self._last

    def skip(self) -> int:
        """Return a number that no row will have."""
        self._last += 1
        return self._last

    def update(self, number: int, values: Mapping[str, Any]) -> None:
        """Update stored values of an existing row."""
        self._written.setdefault(number, {}).update(values)
        self._found.clear()

    def delete(self, number: int) -> None:
        """Remove an existing row."""
        del self.ids[bisect_left(self.ids, number)]
        self._written.pop(number, None)
        self._found.clear()

    def changes(self) -> dict[str, Any]:
        """Return what was written since the table was generated, in a form that JSON can hold."""
        gone = sorted(set(range(1, self._generated + 1)).difference(self.ids))
        written = {str(number): values for number, values in self._written.items()}
        return {"generated": self._generated, "last": self._last, "gone": gone, "written": written}

    def redo(self, changes: Mapping[str, Any]) -> None:
        """Write what `changes` of a table with as many generated rows returned."""
        self._last = changes["last"]
        self._written = {int(number): dict(values) for number, values in changes["written"].items()}
        numbers = set(range(1, self._generated + 1)).difference(changes["gone"]).union(self._written)
        self.ids = array("q", sorted(numbers))
        self._found.clear()

    def find(self, query: Query, pager: Pager = CLASSIC) -> Found:
        """Return one page of a query's rows."""
        if query.counts:
            return pager.page(self.found(query), query.start)
        low, high, rest = self._bounds(query.where)
        name, descending = query.order[0] if query.order else (self.key, False)
        if name != self.key or not rest or self._listed(rest) is not None:
            return pager.page(self.found(query), query.start)
        # Without a count, the scan can end with the page.
        scan = filter(self._matcher(rest), _Window(self.ids, low, high, descending))
        return pager.page(list(islice(scan, pager.size)), query.start)

    def found(self, query: Query) -> Sequence[int]:
        """Return the numbers of all rows of a query, in order."""
        low, high, rest = self._bounds(query.where)
        name, descending = query.order[0] if query.order else (self.key, False)
        if name != self.key:
            return self._sorted(query, low, high, rest)
        if (listed := self._listed(rest)) is not None:
            matches, inside = self._matcher(rest), range(low, high)
            numbers = [n for n in listed if n in self and bisect_left(self.ids, n) in inside and matches(n)]
            return numbers[::-1] if descending else numbers
        return self._matching(query, low, high, rest, descending) if rest else _Window(self.ids, low, high, descending)

    def _bounds(self, where: tuple[Condition | Group, ...]) -> tuple[int, int, tuple[Condition | Group, ...]]:
        """Extract the conditions on the number from a filter: return the part of `ids`, and the other conditions."""
        low, high = 0, len(self.ids)
        rest: list[Condition | Group] = []
        for part in where:
            if isinstance(part, Group) or part.name != self.key or part.operator not in _BISECT:
                rest.append(part)
                continue
            value = part.values[0] if len(part.values) == 1 else None
            if not isinstance(value, int):
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
        """Return the sorted numbers of a condition such as `ID: [5, 7]`, if there is one."""
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
    """Return a sort key that puts empty values first, as in the portal's database."""
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
