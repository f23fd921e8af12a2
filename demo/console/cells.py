"""Runs the code of cells, in one namespace, each as a task of its own."""

from __future__ import annotations

import asyncio
import linecache
import textwrap
from typing import Any

import packages
from printing import replace_streams
from pyodide.code import eval_code_async
from pyodide.ffi import to_js
from run import Cell, Run, current
from started import of_cell, show, watch_calls, watch_tasks
from values import figures, shown

import bx24py

__all__ = ["Run", "Runner", "current"]

_STUBBORN = 3
"""After how many clicks on Stop the page says that the cell does not end."""


class Runner:
    """Runs cells.

    Attributes:
        namespace: the names that all cells share.
        runs: every run, by the file name of its code.
    """

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {"__name__": "__main__", "bx24": bx24py.bx24, "bx24py": bx24py}
        self._codes = [""]
        self._values: dict[int, Any] = {}
        self.namespace |= {"In": self._codes, "Out": self._values, "_": "", "__": "", "___": ""}
        self.runs: dict[str, Run] = {}
        self._last: Run | None = None
        watch_tasks()
        replace_streams(lambda: None if self.run_now is None else self.run_now.printed)

    @property
    def run_now(self) -> Run | None:
        """The run to which something printed belongs: the present one, or the last."""
        return current.get() or self._last

    async def run(self, cell: Cell, code: str) -> Any:
        """Run a cell to its end; show its value, or its error."""
        for earlier in self._runs_of(cell):
            for editor in earlier.marked:
                editor.markFailed()
            earlier.marked.clear()
        run = self._last = Run(self.runs, cell, len(self.runs) + 1, code)
        self.runs[run.name] = run
        token = current.set(run)
        try:
            run.task = asyncio.create_task(self._execute(run))
        finally:
            current.reset(token)
        ok = await run.task
        run.ended = True
        run.printed.flush()
        watch_calls(run)
        for future in run.failed:
            show(run, future)
        run.failed.clear()
        return to_js({"ok": ok, "count": run.number})

    def show(self, *values: Any) -> None:
        """Show values below the cell while it runs."""
        for value in values:
            if self.run_now is not None:
                self.run_now.show(shown(value))

    def stop(self, cell: Cell) -> None:
        """Cancel what a cell runs: its code, and the tasks and the calls that it started."""
        for future in of_cell(cell):
            future.cancel()
        for run in self._runs_of(cell):
            run.stops += not run.ended
            if run.stops == _STUBBORN:
                run.output.note("stubborn")

    def _runs_of(self, cell: Cell) -> list[Run]:
        return [run for run in self.runs.values() if run.cell.js_id == cell.js_id]

    async def _execute(self, run: Run) -> bool:
        lines = textwrap.dedent(run.code).splitlines(keepends=True)  # as eval_code_async takes it
        linecache.cache[run.name] = (len(run.code), None, lines, run.name)
        self._remember_code(run)
        try:
            code = await packages.prepare(run.code, run.name)
            value = await eval_code_async(code, self.namespace, filename=run.name)
            if value is not None:
                self._remember_value(run, value)
                run.show(shown(value))
            for figure in figures():
                run.show(figure)
        except asyncio.CancelledError:
            run.printed.flush()
            run.output.note("stopped")
            return False
        except BaseException as error:  # whatever the cell raises is shown
            run.fail(error)
            return False
        return True

    def _remember_code(self, run: Run) -> None:
        names, codes = self.namespace, self._codes
        names["_i"], names["_ii"], names["_iii"] = (["", "", *codes])[:-4:-1]
        codes.append(run.code)
        names[f"_i{run.number}"] = run.code

    def _remember_value(self, run: Run, value: Any) -> None:
        names = self.namespace
        names["_"], names["__"], names["___"] = value, names.get("_"), names.get("__")
        self._values[run.number] = names[f"_{run.number}"] = value
