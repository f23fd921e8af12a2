"""Shows the progress of long calls below the running cell: what client.py and client_v3.py put around bx24py's own.

Each function takes one of the client's functions and calls it with the arguments it is given.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sized
from typing import TYPE_CHECKING, Any, TypeVar

from work import Work

from bx24py import Batch, BatchRun, Pending, RowStream

if TYPE_CHECKING:
    from bx24py import BatchV3

Options = dict[str, Any]
"""The arguments of a call by name."""

Call = Callable[..., Any]

B = TypeVar("B", Batch, "BatchV3")


def call_list(call: Call, arguments: tuple[Any, ...], options: Options) -> Pending[list[Any]]:
    """Show how many rows there are."""
    work = Work(_method(arguments, options), "rows")
    _beside(options, "on_progress", lambda got, total: _rows(work, got, total))
    rows: Pending[list[Any]] = call(*arguments, **options)
    work.begin()
    rows.add_done_callback(work.end)
    return rows


def fetch_list(call: Call, arguments: tuple[Any, ...], options: Options) -> RowStream:
    """Show how many rows have been worked on."""
    work = Work(_method(arguments, options), "rows")
    _beside(options, "on_progress", lambda _, total: _rows(work, work.done, total))
    return Rows(call(*arguments, **options), work)


def call_batch(call: Call, arguments: tuple[Any, ...], options: Options) -> BatchRun[Any]:
    """Show how many commands are answered."""
    calls = arguments[0] if arguments else options.get("calls")
    work = Work("batch", "calls", len(calls) if isinstance(calls, Sized) else None)
    _beside(options, "on_result", lambda *_: _answered(work))
    run: BatchRun[Any] = call(*arguments, **options)
    work.begin()
    run.add_done_callback(work.end)
    return run


def batch(call: Callable[..., B], arguments: tuple[Any, ...], options: Options) -> B:
    """Show how many commands are answered."""
    work = Work("batch", "calls")
    _beside(options, "on_result", lambda *_: _answered(work))
    made = call(*arguments, **options)
    send = made.run

    def run() -> BatchRun[Any]:
        started = send()
        work.total = len(made)
        work.begin()
        started.add_done_callback(work.end)
        return started

    made.run = run  # type: ignore[method-assign]
    return made


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
