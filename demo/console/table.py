"""Rows for table.js: read, sorted and searched in slices, and handed over in pages of text."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator, Mapping
from typing import Any

import exports
from chart import Chart, Groups
from plain import SHORT, is_empty, is_nested, number, order_key, short, text, whole
from slices import Progress, slices

from bx24py import Result

_RUN = 2000
"""How many rows are sorted at once."""
_SAMPLE = 1000
"""Rows by which the kind of a column is told."""


def is_frame(value: Any) -> bool:
    """Whether a value is a data frame, such as those of pandas."""
    if isinstance(value, type) or not hasattr(type(value), "__len__"):
        return False
    return all(hasattr(value, name) for name in ("columns", "itertuples", "to_dict"))


def is_rows(value: Any) -> bool:
    """Whether a value is shown as a table."""
    if isinstance(value, list | tuple):
        types = set(map(type, value))
        return bool(types) and (all(issubclass(one, dict) for one in types) or types == {Result})
    if isinstance(value, Mapping):
        return len(value) > 0 and set(map(type, value.values())) == {Result}
    return is_frame(value)


class Table:
    """The rows of a list, of Results or of a data frame.

    The table keeps which rows there were when it was shown; a row itself is not copied.
    """

    def __init__(self, value: Any) -> None:
        self._frame = value if is_frame(value) else None
        self._source: list[Any] = []
        if self._frame is None:
            self._source = list(value.items() if isinstance(value, Mapping) else value)
        self.count = len(value)
        self._rows: list[Any] = []
        self._keys: list[Any] = []
        self._chosen: list[int] = []
        self._order: list[int] | range = range(0)
        self._view: list[int] | range = range(0)
        self._sorted_by: tuple[int, bool] | None = None
        self._words = ""
        self._turn = 0

    async def prepare(self, progress: Progress | None = None) -> str:
        """Read the rows; return the columns as JSON: a name, whether it has numbers, whether it suits as labels."""
        if self._frame is not None:
            await self._read_frame(self._frame, progress)
        else:
            await self._read(progress)
        self._frame, self._source = None, []
        self._order = self._view = range(len(self._rows))
        self._chosen = list(range(len(self._keys)))
        return json.dumps([self._column(position) for position in range(len(self._keys))])

    async def _read(self, progress: Progress | None) -> None:
        names: dict[Any, None] = {}
        async for part in slices(self.count, progress):
            for place in part:
                row = self._source[place]
                if not isinstance(row, dict):
                    row = _of_result(*row) if isinstance(row, tuple) else _of_result(place + 1, row)
                self._rows.append(row)
                if not row.keys() <= names.keys():
                    names.update(dict.fromkeys(row))
        self._keys = self._names = list(names)

    async def _read_frame(self, frame: Any, progress: Progress | None) -> None:
        numbered = type(getattr(frame, "index", None)).__name__ in ("RangeIndex", "NoneType")
        names = [] if numbered else [getattr(frame.index, "name", None) or "index"]
        rows: Iterator[Any] = iter(frame.itertuples(index=not numbered, name=None))
        async for part in slices(self.count, progress):
            self._rows.extend(dict(enumerate(row)) for _, row in zip(part, rows, strict=False))
        self._names = [*names, *frame.columns]
        self._keys = list(range(len(self._names)))

    def _column(self, position: int) -> dict[str, Any]:
        key = self._keys[position]
        values = [row[key] for row in self._rows[:_SAMPLE] if not is_empty(row.get(key))]
        numeric = bool(values) and all(not isinstance(value, bool) and number(value) is not None for value in values)
        distinct = len({text(value) for value in values})
        labels = bool(values) and not any(map(is_nested, values)) and distinct <= max(2, len(values) // 2)
        return {"name": text(self._names[position]), "numeric": numeric, "labels": labels}

    def choose(self, positions: str) -> None:
        """Set which columns are copied, saved and searched: positions as JSON."""
        self._chosen = json.loads(positions)

    def page(self, start: int, stop: int) -> str:
        """Return rows of the present view as JSON: a number and, for each column, a text, or `[text, more]`."""
        keys = [self._keys[position] for position in self._chosen]
        return json.dumps([[row, *(_cell(self._rows[row].get(key)) for key in keys)] for row in self._view[start:stop]])

    def whole(self, row: int, column: int) -> str:
        """Return all of a value."""
        return whole(self._rows[row].get(self._keys[column]))

    async def arrange(
        self, column: int | None, descending: bool, words: str, progress: Progress | None = None
    ) -> int | None:
        """Sort by a column, or as the rows came; find those with a text.

        Return how many there are; None if asked anew meanwhile.
        """
        self._turn += 1
        turn = self._turn
        by = None if column is None else (column, descending)
        order = self._order
        if by != self._sorted_by:
            found = range(len(self._rows)) if by is None else await self._sorted(*by, turn, progress)
            if found is None:
                return None
            order = found
        view = order
        if words:
            found = await self._searched(order, words.casefold(), turn, progress)
            if found is None:
                return None
            view = found
        self._order, self._view, self._sorted_by = order, view, by
        return len(view)

    async def _sorted(
        self, column: int, descending: bool, turn: int, progress: Progress | None
    ) -> list[int] | range | None:
        key = self._keys[column]
        runs: list[list[Any]] = []
        empty: list[int] = []
        run: list[Any] = []
        async for part in slices(len(self._rows), lambda done: progress(done / 2) if progress else None):
            if turn != self._turn:
                return None
            for row in part:
                value = self._rows[row].get(key)
                if is_empty(value):
                    empty.append(row)
                else:
                    run.append((*order_key(value), -row if descending else row))
            if len(run) >= _RUN:
                run.sort(reverse=descending)
                runs.append(run)
                run = []
        run.sort(reverse=descending)
        merged = heapq.merge(*runs, run, reverse=descending)
        order: list[int] = []
        async for part in slices(
            len(self._rows) - len(empty), lambda done: progress((1 + done) / 2) if progress else None
        ):
            if turn != self._turn:
                return None
            order.extend(abs(entry[2]) for _, entry in zip(part, merged, strict=False))
        return order + empty

    async def _searched(
        self, order: list[int] | range, words: str, turn: int, progress: Progress | None
    ) -> list[int] | None:
        keys = [self._keys[position] for position in self._chosen]
        found = []
        async for part in slices(len(order), progress):
            if turn != self._turn:
                return None
            for row in order[part.start : part.stop]:
                values = self._rows[row]
                if any(words in text(values.get(key)).casefold() for key in keys):
                    found.append(row)
        return found

    async def chart(self, label: int, values: int | None, kind: str, progress: Progress | None = None) -> Any:
        """Return the description of a chart of the rows in view: sums of a column, or counts, for each label."""
        groups = Groups()
        async for part in slices(len(self._view), progress):
            for row in self._view[part.start : part.stop]:
                value = 1 if values is None else number(self._rows[row].get(self._keys[values]))
                groups.add(self._rows[row].get(self._keys[label]), value)
        title = text(self._names[label])
        return Chart(groups, kind, title, None if values is None else text(self._names[values])).described()

    async def tabbed(self, progress: Progress | None = None) -> str:
        """Return the rows in view as text with tabs, for the clipboard."""
        return await exports.tabbed(*self._taken(), progress)

    async def csv(self, progress: Progress | None = None) -> str:
        """Return the rows in view as a CSV file that Excel reads."""
        return await exports.csv_text(*self._taken(), progress)

    async def xlsx(self, progress: Progress | None = None) -> Any:
        """Return the rows in view as an XLSX file."""
        return await exports.xlsx(*self._taken(), progress)

    def _taken(self) -> tuple[list[str], list[Any], list[dict[Any, Any]], Any]:
        keys = [self._keys[position] for position in self._chosen]
        return [text(self._names[position]) for position in self._chosen], keys, self._rows, self._view


def _cell(value: Any) -> Any:
    if isinstance(value, str) and len(value) <= SHORT and "\n" not in value:
        return value
    shown = short(value)
    return [shown, 1] if is_nested(value) or shown != text(value) else shown


def _of_result(key: Any, result: Result) -> dict[Any, Any]:
    """Return the row of a Result: its data, or why it failed."""
    row = {"#": key, "method": result.method}
    if result.error is not None:
        return row | {"error": f"{type(result.error).__name__}: {result.error}"}
    return row | (result.data if isinstance(result.data, dict) else {"data": result.data})
