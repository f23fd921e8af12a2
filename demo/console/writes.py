"""What a cell changes in the portal: asked about first, collected in a dry run, listed with its results, and logged."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextvars import ContextVar
from copy import copy
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from cells import Run, Runner, current
from failures import without_tokens
from js import write_menu
from page_text import page_text
from pyodide.ffi import create_proxy, to_js

from bx24py import BX24, BX24Error, File, Result, Write, WriteRefusedError
from bx24py.page import csv_file, save_file

Do = Callable[..., Awaitable[Any]]

_MACRO = re.compile(r"\$(result|total|next|error|time)\b", re.IGNORECASE)

_REFERENCE_V3 = re.compile(r'"\$ref(Array)?": ')
"""Such a name is quoted where it is shown; within a text, the quote at its end has a backslash before it."""

_PLAIN_NAME = re.compile(r"[\w<>=!%@~*+-]+")
"""A name that is not taken for anything else where it is shown; any other is quoted."""

_unasked: ContextVar[list[Row] | None] = ContextVar("_unasked", default=None)
"""Whose writes nobody is asked about: rows that the user sends again; none for what the console itself writes."""


def of_console(function: Do) -> Do:
    """Return a function whose own writes are not asked about."""

    async def do(*args: Any) -> Any:
        _unasked.set([])
        return await function(*args)

    return do


class Row:
    """One command that writes.

    Attributes:
        v3: whether it goes to REST 3.0.
        state: `dry`, `sent`, `ok`, `failed` or `unknown`.
        detail: the text of the error.
    """

    def __init__(
        self, cell: str, method: str, params: Mapping[str, object], state: str, *, in_batch: bool, v3: bool
    ) -> None:
        self.time = datetime.now()
        self.cell = cell
        self.method = method
        self.params = params
        self.v3 = v3
        self.state = state
        self.detail = ""
        self.in_batch = in_batch
        self._text: str | None = None

    @property
    def called(self) -> str:
        """Its method, and which REST has it."""
        return named(self.method, v3=self.v3)

    @property
    def text(self) -> str:
        """Its parameters."""
        if self._text is None:
            self._text = readable(self.params)
        return self._text

    def end(self, result: Result) -> None:
        """Note what became of it."""
        error = result.error
        self.state = "ok" if error is None else "unknown" if error.maybe_executed else "failed"
        self.detail = "" if error is None else str(error)


class Table:
    """The changes of one run, as a table under the cell."""

    def __init__(self, number: int, run: Run, kind: str) -> None:
        self.number = number
        self.rows: list[Row] = []
        self._shown = write_menu.table(run.output, number, kind)

    def changed(self) -> None:
        """Let the page draw it again, soon."""
        self._shown.changed()


class Guard:
    """Asks before a cell changes anything, and keeps what it changed.

    Args:
        runner: runs the cells.
        bx24: their client.
    """

    def __init__(self, runner: Runner, bx24: BX24) -> None:
        self.rows: list[Row] = []
        self._runner = runner
        self._bx24 = bx24
        self._silent = False
        self._allowed: WeakSet[Run] = WeakSet()
        self._tables: dict[int, Table] = {}
        self._of_runs: WeakKeyDictionary[Run, dict[str, Table]] = WeakKeyDictionary()
        self._count = 0
        bx24.on_write(self.ask)
        done = {"rows": self.page_of_rows, "again": self.again, "save": self.save_log, "closed": self.closed}
        write_menu.connect(to_js({name: create_proxy(function) for name, function in done.items()}))

    async def ask(self, write: Write) -> str | None:
        """Decide about a write: what `on_write` is given."""
        again = _unasked.get()
        if again is not None:
            write.on_end(lambda results: self._ended(again, results))
            return None
        run = current.get() or self._runner.run_now  # a callback of the page has no run of its own
        if run is None:
            raise WriteRefusedError(page_text("no_cell_run"))
        if run.given_up.done():
            raise WriteRefusedError(page_text("cell_was_stopped"))
        if write_menu.dry:
            self._collect(run, write, "dry")
            return "skip"
        if not self._silent and (current.get() is None or run not in self._allowed):
            await self._confirm(run, write)
        writing = {id(command) for command in write.writes}
        rows = iter(self._collect(run, write, "sent"))
        places = [next(rows) if id(command) in writing else None for command in write.commands]
        write.on_end(lambda results: self._ended(places, results))
        return None

    async def _confirm(self, run: Run, write: Write) -> None:
        commands: dict[str, list[Mapping[str, object]]] = {}
        for method, params in write.commands:
            commands.setdefault(method, []).append(params)
        writing = {method for method, _ in write.writes}

        def more(method: str, start: int, count: int) -> str:
            return json.dumps([readable(params) for params in commands[method][start : start + count]])

        groups = [
            {
                "method": method,
                "name": named(method, v3=write.v3),
                "count": len(given),
                "writes": method in writing,
            }
            for method, given in commands.items()
        ]
        proxy = create_proxy(more)
        try:
            answer = await write_menu.ask(run.cell, json.dumps(groups), proxy)
        finally:  # also when the cell is stopped
            write_menu.close()
            proxy.destroy()
        self._silent = bool(answer.silent)
        if answer.all:
            self._allowed.add(run)
        if not answer.run:
            raise WriteRefusedError(str(answer.reason))

    def _collect(self, run: Run, write: Write, state: str) -> list[Row]:
        tables = self._of_runs.setdefault(run, {})
        table = tables.get(state)
        if table is None or table.number not in self._tables:
            self._count += 1
            table = tables[state] = self._tables[self._count] = Table(self._count, run, state)
        cell = str(run.cell.element.getAttribute("aria-label"))
        in_batch = len(write.commands) > 1
        rows = [Row(cell, method, params, state, in_batch=in_batch, v3=write.v3) for method, params in write.writes]
        table.rows += rows
        if state == "sent":
            self.rows += rows
            write_menu.logged()
        table.changed()
        return rows

    def _ended(self, rows: list[Any], results: list[Result]) -> None:
        for row, result in zip(rows, results, strict=False):
            if row is not None:
                row.end(result)
        for table in self._tables.values():
            table.changed()

    def page_of_rows(self, number: int, start: int, count: int) -> str:
        """Return rows of a table and how many there are of each state, as JSON."""
        rows = self._tables[number].rows
        counts: dict[str, int] = {}
        for row in rows:
            counts[row.state] = counts.get(row.state, 0) + 1
        counts["again"] = sum(row.state == "failed" and _may_go_again(row) for row in rows)
        counts["unsure"] = sum(row.state == "unknown" and _may_go_again(row) for row in rows)
        shown = [[row.called, row.text, row.state, row.detail] for row in rows[start : start + count]]
        return json.dumps({"counts": counts, "rows": shown})

    async def again(self, number: int, state: str) -> None:
        """Send the commands of a table that failed, or whose outcome is unknown, once more."""
        rows = [row for row in self._tables[number].rows if row.state == state and _may_go_again(row)]
        for row in rows:
            place = next(place for place, logged in enumerate(self.rows) if logged is row)
            self.rows[place] = copy(row)  # the log keeps what became of it the first time
            self.rows.append(row)
            row.time, row.state = datetime.now(), "sent"
        self._tables[number].changed()
        # A batch of REST 3.0 fails as a whole: alone, each of its commands gets its own answer.
        batch = [row for row in rows if row.in_batch and not row.v3]
        alone = [row for row in rows if row.v3 or not row.in_batch]
        await asyncio.gather(self._send(batch), *(self._send([row]) for row in alone))

    async def _send(self, rows: list[Row]) -> None:
        _unasked.set(rows)
        try:
            if len(rows) == 1 and rows[0].v3:
                await self._bx24.v3.call_method(rows[0].method, rows[0].params)
            elif len(rows) == 1 and not rows[0].in_batch:
                await self._bx24.call_method(rows[0].method, rows[0].params)
            elif rows:
                await self._bx24.call_batch([[row.method, row.params] for row in rows])
        except BX24Error as error:
            for row in rows:
                if row.state == "sent":  # it failed before anybody was asked
                    row.end(Result(row.method, error=error))

    def closed(self, number: int) -> None:
        """Forget a table that is not shown any more; the log keeps its rows."""
        self._tables.pop(number, None)

    def save_log(self) -> None:
        """Let the browser save what was sent in this session."""
        head = ["time", "cell", "method", "parameters", "outcome", "error"]
        rows = (
            [row.time.isoformat(" ", "seconds"), row.cell, row.called, row.text, row.state, row.detail]
            for row in self.rows
        )
        save_file("changes.csv", csv_file([head, *rows]), "text/csv")


def _may_go_again(row: Row) -> bool:
    """Whether a command can be sent without the batch that it was in: it needs no result of another one."""
    reference = _REFERENCE_V3 if row.v3 else _MACRO
    return not row.in_batch or not reference.search(row.text)


def named(method: str, *, v3: bool) -> str:
    """Return a method as it is shown."""
    return f"{method} (REST 3.0)" if v3 else method


def readable(params: Mapping[str, object]) -> str:
    """Return parameters as text on one line, such as `id: 5, fields.TITLE: "New"`."""
    return without_tokens(", ".join(f"{path}: {value}" for path, value in _parts(params, "")))


def _parts(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict | list) and value:
        for name, item in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(value, list):
                inner = f"{path}[{name}]"
            else:
                inner = str(name) if _PLAIN_NAME.fullmatch(str(name)) else _quoted(str(name))
                inner = f"{path}.{inner}" if path else inner
            yield from _parts(item, inner)
    elif isinstance(value, File):
        yield path, f"{_quoted(value.name)} ({_size(value.content)})"
    elif isinstance(value, str | int | float | None) or value in ({}, []):
        yield path, _quoted(value)
    else:
        yield path, f"({_size(value)})"


def _quoted(value: object) -> str:
    return _visible(json.dumps(value, ensure_ascii=False))


def _visible(text: str) -> str:
    """Escape what cannot be seen, or changes the order of what is seen."""
    return text if text.isprintable() else "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in text)


def _size(content: Any) -> str:
    size = len(content) if isinstance(content, bytes) else int(content.size)
    return f"{size:,} bytes" if size < 10_000 else f"{size / 1024:,.0f} KB"
