"""What a cell waits for, shown below it by progress.js: each Work is a line, a wait or a question the one below."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pyodide.ffi import to_js
from run import current

if TYPE_CHECKING:
    from run import Run

_PAUSE = 0.1
"""Seconds between two updates of the page."""

_ids = itertools.count(1)


class Work:
    """Something that takes time. It belongs to the present cell; without one, nothing is shown.

    Args:
        name: what it is called on the page.
        unit: what `done` and `total` count: `rows` or `calls`.
    """

    def __init__(self, name: str, unit: str, total: int | None = None) -> None:
        self.name = name
        self.unit = unit
        self.done = 0
        self.total = total
        self.requests = 0
        self._id = next(_ids)
        self._run = current.get()
        self._timer: asyncio.TimerHandle | None = None
        self._ended = False

    def begin(self) -> None:
        """Show it as soon as it has lasted for a moment; or show what has changed."""
        if self._run is not None and self._timer is None and not self._ended:
            self._timer = asyncio.get_running_loop().call_later(_PAUSE, self._tell_again)
            self._tell()

    changed = begin

    def _tell_again(self) -> None:
        self._timer = None
        self._tell()

    def _tell(self) -> None:
        if self._run is not None and not self._ended:
            counts = {"done": self.done, "total": self.total or 0, "requests": self.requests, "unit": self.unit}
            self._run.output.progress.update(self._id, self.name, to_js(counts))

    def end(self, _: object = None) -> None:
        """Take it away."""
        if self._run is not None and not self._ended:
            self._run.output.progress.end(self._id)
        self._ended = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


@contextmanager
def working(name: str) -> Iterator[None]:
    """Show some work for as long as the block lasts."""
    work = Work(name, "calls")
    work.begin()
    try:
        yield
    finally:
        work.end()


@contextmanager
def asking() -> Iterator[None]:
    """Say that a person is asked for as long as the block lasts: no clock of the cell's work runs."""
    run = current.get()
    if run is not None:
        run.output.progress.ask(True)
    try:
        yield
    finally:
        if run is not None:
            run.output.progress.ask(False)


class Waits(logging.Handler):
    """Shows below the running cell what bx24py logs of waits and retries.

    Args:
        running: gives the run that a wait belongs to where the present code belongs to none.
    """

    def __init__(self, running: Callable[[], Run | None]) -> None:
        super().__init__(logging.INFO)
        self._running = running

    def emit(self, record: logging.LogRecord) -> None:
        """Show a record."""
        run = current.get() or self._running()
        if run is None or run.task is None or run.task.done() or record.levelno != logging.INFO:
            return
        message, values = str(record.msg), [*record.args] if isinstance(record.args, tuple) else []
        seconds = next((value for value in reversed(values) if isinstance(value, int | float)), 0)
        if message.endswith("for the portal's limit"):
            kind, detail = "limit", ""
        elif "trying again in" in message:
            kind, detail = "retry", f"{values[0]}: {values[1]}"
        elif message.endswith("free working time"):
            kind, detail = "working_time", str(values[0])
        else:
            kind, detail, seconds = "other", record.getMessage(), 2
        run.output.progress.wait(kind, detail, seconds)
