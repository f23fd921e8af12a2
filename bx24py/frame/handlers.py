"""Functions of the application that handle events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ..calls.call import check_function
from ..monitor import log

Handler = Callable[[Any], object]
"""Gets the event's data. An `async def` runs as a task; other return values are ignored."""

_running: set[asyncio.Future[Any]] = set()  # the event loop keeps only weak references to tasks


def check_handler(handler: object) -> None:
    """Raise TypeError if the handler is not callable."""
    check_function(handler, "handler")


def check_name(name: object, path: str) -> None:
    """Raise TypeError or ValueError for an invalid name, naming the parameter."""
    if not isinstance(name, str):
        raise TypeError(f"{path}: must be a str, not {type(name).__name__}")
    if not name.strip():
        raise ValueError(f"{path}: must not be empty")


def run(handler: Handler, value: Any, what: str) -> None:
    """Call a handler. Log what it raises, now or as a task: nobody else could catch it."""
    try:
        result = handler(value)
        if not hasattr(result, "__await__"):
            return
        task = asyncio.ensure_future(result)
    except Exception:
        log.exception("a handler of %s failed", what)
        return
    _running.add(task)
    task.add_done_callback(lambda ended: _ended(ended, what))


def _ended(task: asyncio.Future[Any], what: str) -> None:
    _running.discard(task)
    error = None if task.cancelled() else task.exception()
    if error is not None:
        log.error("a handler of %s failed", what, exc_info=error)
