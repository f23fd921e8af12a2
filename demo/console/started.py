"""What cells started: tasks and calls. They are stopped with the cell, and their errors are shown under it."""

from __future__ import annotations

import asyncio
import functools
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


def watch_tasks() -> None:
    """Show the error of each task and callback that a cell starts, unless the cell takes it."""
    loop = asyncio.get_running_loop()
    create = loop.create_task

    @functools.wraps(create)
    def create_task(*args: Any, **options: Any) -> asyncio.Task[Any]:
        task = create(*args, **options)
        if run_of(task) is not None:
            task.add_done_callback(_ended)
        return task

    loop.create_task = create_task  # type: ignore[method-assign]
    loop.set_exception_handler(_unhandled)
    # SystemExit or KeyboardInterrupt of a task would go on into the page, as an error that nobody deals with.
    loop._system_exit_handler = lambda _code: None  # type: ignore[attr-defined]
    loop._keyboard_interrupt_handler = lambda: None  # type: ignore[attr-defined]


def watch_calls(run: Run) -> None:
    """Show the errors of the calls that a run, which has ended, did not wait for."""
    for call in pending.started():
        if run_of(call) is run and call not in run.watched:
            run.watched.add(call)
            call.add_done_callback(_ended)


def _ended(future: asyncio.Future[Any]) -> None:
    run = run_of(future)
    if run is None:
        return
    if run.ended and isinstance(future, asyncio.Task):
        watch_calls(run)  # the task may have started some
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
    return bool(future._log_traceback)  # type: ignore[attr-defined]  nothing else tells it


def _unhandled(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Deal with an error that the event loop found: of a callback, or of a future that nobody has any more."""
    error = context.get("exception")
    sources = (context.get(name) for name in ("task", "future", "handle"))
    run = next((run for source in sources if source is not None and (run := run_of(source))), None) or current.get()
    if run is None or error is None:
        loop.default_exception_handler(context)
    else:
        run.fail(error)
