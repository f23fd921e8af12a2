"""Runs the code of cells, in one namespace, each as a task of its own."""

from __future__ import annotations

import asyncio
import linecache
import sys
import traceback
from contextvars import ContextVar
from typing import Any

import packages
from pyodide.code import eval_code_async
from pyodide.ffi import to_js
from values import figures, shown

import bx24py
from bx24py import BX24Error

Cell = Any
"""A cell of the page, as cell.js makes it."""

current: ContextVar[Run | None] = ContextVar("current", default=None)
"""The run of a cell that the present code belongs to; what it starts inherits it."""


class Run:
    """One run of a cell."""

    def __init__(self, cell: Cell, number: int) -> None:
        self.cell = cell
        self.output = cell.output
        self.name = f"<cell {number}>"
        self.task: asyncio.Task[Any] | None = None


class Runner:
    """Runs cells.

    Attributes:
        namespace: the names that all cells share.
    """

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {"__name__": "__main__", "bx24": bx24py.bx24, "bx24py": bx24py}
        self.namespace |= {"In": {}, "Out": {}}
        self._count = 0
        self._last: Run | None = None
        sys.stdout = _Printer(self, "stdout")
        sys.stderr = _Printer(self, "stderr")

    @property
    def run_now(self) -> Run | None:
        """The run to which something printed belongs: the present one, or the last."""
        return current.get() or self._last

    async def run(self, cell: Cell, code: str) -> Any:
        """Run a cell to its end; show its value, or its error."""
        self._count += 1
        run = self._last = Run(cell, self._count)
        token = current.set(run)
        try:
            run.task = asyncio.create_task(self._execute(run, code))
        finally:
            current.reset(token)
        ok = await run.task
        return to_js({"ok": ok, "count": self._count})

    def show(self, *values: Any) -> None:
        """Show values below the cell while it runs."""
        for value in values:
            if self.run_now is not None:
                self.run_now.output.show(shown(value))

    def stop(self, cell: Cell) -> None:
        """Cancel the run of a cell."""
        if self._last is not None and self._last.task is not None and self._last.cell.js_id == cell.js_id:
            self._last.task.cancel()

    async def _execute(self, run: Run, code: str) -> bool:
        linecache.cache[run.name] = (len(code), None, code.splitlines(keepends=True), run.name)
        self.namespace["In"][self._count] = code
        try:
            value = await eval_code_async(await packages.prepare(code, run.name), self.namespace, filename=run.name)
            if value is not None:
                self.namespace["Out"][self._count] = self.namespace["_"] = value
                run.output.show(shown(value))
            for figure in figures():
                run.output.show(figure)
        except asyncio.CancelledError:
            run.output.fail(to_js({"title": "Stopped", "traceback": "", "advice": ""}))
            return False
        except BaseException as error:  # whatever the cell raises is shown
            self._fail(run, error)
            return False
        return True

    def _fail(self, run: Run, error: BaseException) -> None:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith("<cell ")]
        line = frames[-1].lineno if frames else error.lineno if isinstance(error, SyntaxError) else None
        lines = traceback.format_exception_only(error)
        if frames:
            lines = ["Traceback (most recent call last):\n", *traceback.format_list(frames), *lines]
        if line is not None:
            run.cell.editor.markFailed(line)
        advice = error.user_message if isinstance(error, BX24Error) else ""
        run.output.fail(to_js({"title": type(error).__name__, "traceback": "".join(lines), "advice": advice}))


class _Printer:
    """Stands in for stdout or stderr: what a cell prints appears below it."""

    def __init__(self, runner: Runner, stream: str) -> None:
        self._runner = runner
        self._stream = stream

    def write(self, text: str) -> int:
        run = self._runner.run_now
        if run is not None:
            run.output.write(self._stream, text)
        else:
            sys.__stdout__.write(text)
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False
