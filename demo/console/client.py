"""The console's client: bx24py's own, with progress of long calls below the cell that makes them.

It is put in the place of `bx24py.bx24`, so that `from bx24py import bx24` gives it too: app.py imports this before
anything else that uses the client.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sized
from functools import wraps
from typing import Any

from work import Work, asking

import bx24py
from bx24py import Batch, BatchRun, Pending, RowStream

Options = dict[str, Any]
"""The arguments of a call by name."""


class BX24(bx24py.BX24):
    """bx24py's client; its long calls show their progress below the running cell.

    All arguments are those of bx24py.BX24, which also checks them.
    """

    @wraps(bx24py.BX24.call_list)
    def call_list(self, *arguments: Any, **options: Any) -> Pending[list[Any]]:  # type: ignore[override]
        """Show how many rows there are."""
        work = Work(_method(arguments, options), "rows")
        _beside(options, "on_progress", lambda got, total: _rows(work, got, total))
        rows = super().call_list(*arguments, **options)
        work.begin()
        rows.add_done_callback(work.end)
        return rows

    @wraps(bx24py.BX24.fetch_list)
    def fetch_list(self, *arguments: Any, **options: Any) -> RowStream:  # type: ignore[override]
        """Show how many rows have been worked on."""
        work = Work(_method(arguments, options), "rows")
        _beside(options, "on_progress", lambda _, total: _rows(work, work.done, total))
        return Rows(super().fetch_list(*arguments, **options), work)

    @wraps(bx24py.BX24.call_batch)
    def call_batch(self, *arguments: Any, **options: Any) -> BatchRun[Any]:  # type: ignore[override]
        """Show how many commands are answered."""
        calls = arguments[0] if arguments else options.get("calls")
        work = Work("batch", "calls", len(calls) if isinstance(calls, Sized) else None)
        _beside(options, "on_result", lambda *_: _answered(work))
        run: BatchRun[Any] = super().call_batch(*arguments, **options)
        work.begin()
        run.add_done_callback(work.end)
        return run

    @wraps(bx24py.BX24.batch)
    def batch(self, *arguments: Any, **options: Any) -> Batch:  # type: ignore[override]
        """Show how many commands are answered."""
        work = Work("batch", "calls")
        _beside(options, "on_result", lambda *_: _answered(work))
        batch = super().batch(*arguments, **options)
        send = batch.run

        def run() -> BatchRun[Any]:
            started = send()
            work.total = len(batch)
            work.begin()
            started.add_done_callback(work.end)
            return started

        batch.run = run  # type: ignore[method-assign]
        return batch

    @wraps(bx24py.BX24.on_write)
    def on_write(self, function: Callable[[bx24py.Write], Any]) -> Callable[[], None]:  # type: ignore[override]
        """Let no clock run while a person is asked."""
        if not callable(function):
            return super().on_write(function)  # it says so

        @wraps(function)
        async def ask(write: bx24py.Write) -> object:
            with asking():
                answer = function(write)
                return await answer if hasattr(answer, "__await__") else answer

        return super().on_write(ask)


class Rows(RowStream):
    """The rows of a list, which tell how far the loop has come."""

    def __init__(self, rows: RowStream, work: Work) -> None:
        self._rows_of_list = rows
        self._work = work
        self._begun = False

    async def __anext__(self) -> Any:
        """Return the next row."""
        if not self._begun:
            self._begun = True
            self._work.begin()
            task = asyncio.current_task()
            if task is not None:
                task.add_done_callback(self._work.end)  # the loop may have been left
        try:
            row = await self._rows_of_list.__anext__()
        except BaseException:
            self._work.end()
            raise
        self._work.done += 1
        self._work.changed()
        return row

    async def aclose(self) -> None:
        """End it."""
        self._work.end()
        await self._rows_of_list.aclose()

    def __del__(self) -> None:
        self._work.end()


def _method(arguments: tuple[Any, ...], options: Options) -> str:
    return str(arguments[0] if arguments else options.get("method"))


def _beside(options: Options, name: str, own: Callable[..., object]) -> None:
    """Have an own function called beside the caller's, if that is one."""
    theirs = options.get(name)
    if theirs is not None and not callable(theirs):
        return  # the call says so

    def both(*told: Any) -> None:
        own(*told)
        if theirs is not None:
            theirs(*told)

    options[name] = both


def _rows(work: Work, done: int, total: int | None) -> None:
    work.done, work.total = done, total
    work.requests += 1
    work.changed()


def _answered(work: Work) -> None:
    work.done += 1
    work.requests = -(-work.done // 50)
    work.changed()


bx24py.bx24 = bx24 = BX24()
