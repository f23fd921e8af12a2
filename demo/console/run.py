"""One run of a cell: what it has printed, shown and started."""

from __future__ import annotations

import asyncio
from contextvars import Context, ContextVar
from typing import Any

from failures import described, failing_lines
from page_text import page_text
from printing import Printed
from pyodide.ffi import to_js

Cell = Any
"""A cell of the page, as cell.js makes it."""

current: ContextVar[Run | None] = ContextVar("current", default=None)
"""The run of a cell that the present code belongs to; what it starts inherits it."""


class Run:
    """One run of a cell.

    Args:
        runs: every run, by its name.
        cell: its cell.
        number: counts the runs.
        code: its code.

    Attributes:
        name: the file name of its code.
        ended: whether its cell has been run to the end; what it started may still go on.
        failed: what it started and what has failed, while it has not ended.
        stopped: whether Stop has been clicked.
        insisting: ends what goes on after Stop.
        insisted: set when it is clicked once more.
        given_up: done when the page goes on although the code runs yet.
        marked: the editors that mark a line because of it.
    """

    def __init__(self, runs: dict[str, Run], cell: Cell, number: int, code: str) -> None:
        self._runs = runs
        self.cell = cell
        self.output = cell.output
        self.number = number
        self.code = code
        self.name = f"<cell {number}>"
        self.printed = Printed(self.output)
        self.task: asyncio.Task[Any] | None = None
        self.ended = False
        self.failed: list[asyncio.Future[Any]] = []
        self.stopped = False
        self.insisting: asyncio.Task[None] | None = None
        self.insisted = asyncio.Event()
        self.given_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.marked: list[Any] = []

    @property
    def label(self) -> str:
        """What its cell is called in a traceback."""
        return f"{page_text('cell', number=self.cell.position or '').strip()} [{self.number}]"

    def leave(self) -> None:
        """Let nothing that it prints or shows from now on appear."""
        self.output = self.cell.outputAside()
        self.printed = Printed(self.output)

    def show(self, value: Any) -> None:
        """Show the description of a value, after what has been printed."""
        self.printed.flush()
        self.output.show(value)

    def fail(self, error: BaseException) -> None:
        """Show an error, and mark the lines that failed."""
        Context().run(self._fail, error)  # not as the cell's code: the limit for loops must not end this

    def _fail(self, error: BaseException) -> None:
        self.printed.flush()
        runs = self._runs
        inner = {name: line for name, line in failing_lines(error) if name in runs}  # the last of each cell
        for name, line in inner.items():
            if runs[name].cell.code == runs[name].code:
                runs[name].cell.editor.markFailed(line)
                self.marked.append(runs[name].cell.editor)
        self.output.fail(to_js(described(error, lambda name: runs[name].label if name in runs else name)))
