"""Ends code of a cell that never pauses: nothing else could, because such code freezes the page and its Stop button.

Pyodide asks the page for signals every 50 evaluations or so (busy.js); Python then calls the handler of SIGINT.
Code that catches the error and goes on gets it at every line (force.py).
"""

from __future__ import annotations

import asyncio
import signal
from contextvars import Context
from typing import Any

import pyodide_js
from force import force, release
from js import busy_watch
from page_text import page_text
from run import Run, current


class NoPauseError(BaseException):
    """The code has run too long without a pause. Not an Exception, so that `except Exception` does not keep it."""

    def __init__(self, seconds: float) -> None:
        super().__init__(page_text("no_pause", seconds=f"{seconds:g}"))


class Console:
    """What cells can set: the name `console`."""

    def __init__(self) -> None:
        self._interrupted_run: Run | None = None
        self._limit: float | None = None
        busy_watch.interpreter = pyodide_js._module
        signal.signal(signal.SIGINT, self._interrupted)
        self.busy_limit = 10

    def __repr__(self) -> str:
        return f"console.busy_limit = {self._limit}"

    @property
    def busy_limit(self) -> float | None:
        """Seconds after which a cell that never pauses is ended; None: never."""
        return self._limit

    @busy_limit.setter
    def busy_limit(self, seconds: float | None) -> None:
        if seconds is not None:
            if isinstance(seconds, bool) or not isinstance(seconds, int | float):
                raise TypeError(f"busy_limit: must be a number of seconds or None, not {type(seconds).__name__}")
            if not seconds > 0:
                raise ValueError(f"busy_limit: must be more than 0 seconds, or None, not {seconds}")
            busy_watch.limit = seconds
        self._limit = seconds
        pyodide_js.setInterruptBuffer(None if seconds is None else busy_watch)

    def _interrupted(self, _signal: int, _frame: Any) -> None:
        limit, run = self._limit, current.get()
        if limit is None or run is None:
            return
        if self._interrupted_run is run:  # it has caught the error
            force(run, lambda: NoPauseError(limit))
        else:
            self._interrupted_run = run
            asyncio.get_running_loop().call_soon(self._paused, context=Context())
        raise NoPauseError(limit)

    def _paused(self) -> None:
        if self._interrupted_run is not None:
            release(self._interrupted_run)
            self._interrupted_run = None
