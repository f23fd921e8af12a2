"""Ends code of a cell that catches what should end it, as `except BaseException` does: every line raises it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType
from typing import Any

from run import Run, current

_TOOL = 4
"""A number of sys.monitoring that no debugger or profiler has."""

_errors: dict[Run, Callable[[], BaseException]] = {}
"""What each line of a run raises."""


def force(run: Run, error: Callable[[], BaseException]) -> None:
    """Raise an error at each line that a run comes to, until `release`."""
    monitoring = sys.monitoring
    if monitoring.get_tool(_TOOL) is None:
        monitoring.use_tool_id(_TOOL, "console")
        monitoring.register_callback(_TOOL, monitoring.events.LINE, _line)
    _errors[run] = error
    monitoring.set_events(_TOOL, monitoring.events.LINE)


def release(run: Run) -> None:
    """Let the lines of a run be as they were."""
    if _errors.pop(run, None) and not _errors:
        sys.monitoring.set_events(_TOOL, 0)


def _line(code: CodeType, _number: int) -> Any:
    name = code.co_filename
    if not name.startswith("<") or name.startswith("<frozen"):
        return sys.monitoring.DISABLE  # of a file: it costs nothing any more
    run = current.get()
    if run in _errors:
        raise _errors[run]()
    return None
