"""Functions of the application that are called when something happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ..monitor import log

Handler = Callable[[Any], object]
"""Gets what happened. An `async def` is run as a task of its own; what else it returns is dropped."""

_running: set[asyncio.Future[Any]] = set()  # the event loop itself holds its tasks weakly


def check_handler(handler: object) -> None:
    """Raise TypeError for what cannot be called."""
    if not callable(handler):
        raise TypeError(f"handler: a function is needed, not {type(handler).__name__}")


def check_name(name: object, path: str) -> None:
    """Raise TypeError or ValueError for what is no name, naming the parameter."""
    if not isinstance(name, str):
        raise TypeError(f"{path}: a text is needed, not {type(name).__name__}")
    if not name.strip():
        raise ValueError(f"{path}: must not be empty")


def run(handler: Handler, value: Any, what: str) -> None:
    """Call a handler. What it raises, now or as a task, goes into the log: nobody else could take it."""
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
