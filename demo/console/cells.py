"""Runs the code of cells, in one namespace, each as a task of its own."""

from __future__ import annotations

import asyncio
import linecache
import sys
import textwrap
from contextlib import suppress
from contextvars import Context
from types import ModuleType
from typing import Any

import packages
from force import force, release
from printing import replace_streams
from pyodide.code import eval_code_async
from pyodide.ffi import to_js
from run import Cell, Run, current
from started import of_run, show, watch
from values import figures, shown

import bx24py

__all__ = ["Run", "Runner", "current"]

_GRACE = 5
"""Seconds after Stop in which a cell may tidy up; a second click on Stop ends them."""
_LAST_WAIT = 1
"""Seconds in which code ends whose every line raises; else it waits within some package."""


class Runner:
    """Runs cells.

    Attributes:
        namespace: the names that all cells share: those of the module `__main__`, as pickle and others expect.
        runs: every run, by the file name of its code.
    """

    def __init__(self) -> None:
        main = ModuleType("__main__")
        sys.modules["__main__"] = main
        self.namespace: dict[str, Any] = vars(main)
        self.namespace |= {"bx24": bx24py.bx24, "bx24py": bx24py}
        self._codes = [""]
        self._values: dict[int, Any] = {}
        self.namespace |= {"In": self._codes, "Out": self._values, "_": "", "__": "", "___": ""}
        self.runs: dict[str, Run] = {}
        self._last: Run | None = None
        watch(lambda: self.run_now)
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
        await asyncio.wait([run.task, run.given_up], return_when=asyncio.FIRST_COMPLETED)
        ok = run.task.done() and not run.task.cancelled() and run.task.result()
        run.ended = True
        run.printed.flush()
        if not run.task.done():
            run.output.note("stubborn")
            run.leave()
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
        for run in self._runs_of(cell):
            left = of_run(run)
            for future in left:
                future.cancel()
            if run.stopped:
                run.insisted.set()
            elif left:
                run.stopped = True
                run.insisting = asyncio.create_task(self._insist(run), context=Context())

    async def _insist(self, run: Run) -> None:
        """End what catches its cancellation and goes on; if that fails too, go on without it."""
        with suppress(TimeoutError):
            await asyncio.wait_for(run.insisted.wait(), _GRACE)
        if not of_run(run):
            return
        force(run, asyncio.CancelledError)
        try:
            while left := of_run(run):
                for future in left:
                    future.cancel()
                await asyncio.wait(left, timeout=_LAST_WAIT)
                if not run.ended and any(future is run.task and not future.done() for future in left):
                    run.given_up.set_result(None)
                await asyncio.wait(left)
        finally:
            release(run)

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
        except BaseException as error:  # whatever the cell raises is shown
            if run.stopped and isinstance(error, asyncio.CancelledError):
                run.printed.flush()
                run.output.note("stopped")
            else:
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
