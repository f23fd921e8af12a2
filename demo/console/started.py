"""What cells started: tasks and calls. They are stopped with the cell, and their errors are shown under it."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from contextvars import Context
from typing import Any

from run import Run, current

from bx24py.calls import pending

_MOMENT = 0.05
"""Seconds in which a cell that waits for something failed takes its error."""


def run_of(started: Any) -> Run | None:
    """Return the run that a task, a call or a callback belongs to."""
    context: Context | None = started.get_context() if hasattr(started, "get_context") else None
    return None if context is None else context.get(current)


def of_run(run: Run) -> list[asyncio.Future[Any]]:
    """Return the tasks and the calls of a run that have not ended."""
    everything: set[asyncio.Future[Any]] = {*asyncio.all_tasks(), *pending.started()}
    return [each for each in everything if run_of(each) is run and not each.done()]


def watch(last: Callable[[], Run | None]) -> None:
    """Show the error of each task, call and callback that a cell starts, unless the cell takes it.

    Args:
        last: gives the run to which a call belongs that a callback of the page starts.
    """
    loop = asyncio.get_running_loop()
    create = loop.create_task

    @functools.wraps(create)
    def create_task(*args: Any, **options: Any) -> asyncio.Task[Any]:
        task = create(*args, **options)
        note(task, run_of(task))
        return task

    def note(future: asyncio.Future[Any], run: Run | None) -> None:
        if run is not None:
            future.add_done_callback(functools.partial(_ended, run))

    loop.create_task = create_task  # type: ignore[method-assign]
    pending.watch(lambda call: note(call, run_of(call) or last()))
    loop.set_exception_handler(_unhandled)
    # SystemExit or KeyboardInterrupt of a task would go on into the page, as an error that nobody deals with.
    loop._system_exit_handler = lambda _code: None  # type: ignore[attr-defined]
    loop._keyboard_interrupt_handler = lambda: None  # type: ignore[attr-defined]


def _ended(run: Run, future: asyncio.Future[Any]) -> None:
    if future.cancelled() or not _is_unread(future):
        return
    if run.ended:
        asyncio.get_running_loop().call_later(_MOMENT, show, run, future)
    else:
        run.failed.append(future)  # the cell may wait for it yet


def show(run: Run, future: asyncio.Future[Any]) -> None:
    """Show the error of something that has failed, unless somebody has taken it."""
    if _is_unread(future):
        error = future.exception()
        if error is not None:
            run.fail(error)


def _is_unread(future: asyncio.Future[Any]) -> bool:
    return bool(future._log_traceback)  # nothing else tells it


def _unhandled(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Deal with an error that the event loop found: of a callback, or of a future that nobody has any more."""
    error = context.get("exception")
    sources = (context.get(name) for name in ("task", "future", "handle"))
    run = next((run for source in sources if source is not None and (run := run_of(source))), None) or current.get()
    if run is None or error is None:
        loop.default_exception_handler(context)
    else:
        run.fail(error)
