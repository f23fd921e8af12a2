"""Errors that nobody caught: from the event loop, the interpreter and the package's own callbacks, in one place."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
import traceback
from collections.abc import Callable
from typing import Any

from ..errors import BX24Error
from ..monitor import log

_FOLDED = ("bx24py/", "/lib/python")


def watch(report: Callable[[str, str], object]) -> Callable[[], int]:
    """Report each error that nobody caught, as a title and a text; the loader calls this when Python has started.

    Returns:
        A function that collects the garbage, so that calls that nobody awaited are reported now.
    """

    def in_loop(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        what = context.get("message") or "A task failed"
        if "never retrieved" in what:
            what = "A call or task that nobody awaited failed"
        report(what, text_of(error) if error is not None else what)

    def ignored(unraisable: Any) -> None:
        report(unraisable.err_msg or "An error could not be raised", text_of(unraisable.exc_value))

    asyncio.get_event_loop().set_exception_handler(in_loop)
    sys.unraisablehook = ignored
    sys.excepthook = _print  # Pyodide asks it for the text of an error that goes to JavaScript
    log.addFilter(_Reported(report))
    return gc.collect


def text_of(error: BaseException) -> str:
    """Return the traceback with the application's frames; those of the package and the standard library are folded.

    If there is none of the application, an error of the package says all by itself; any other keeps its frames.
    """
    whole = traceback.TracebackException.from_exception(error)
    part: traceback.TracebackException | None = whole
    while part is not None:
        own = [frame for frame in part.stack if not frame.filename.startswith(_FOLDED)]
        if own or (part is whole and isinstance(error, BX24Error)):
            part.stack[:] = own
        part = part.__cause__ or part.__context__
    return "".join(whole.format()).rstrip()


def _print(_kind: object, error: BaseException, _traceback: object) -> None:
    if isinstance(error, ModuleNotFoundError) and error.name:
        hint = (
            f'If it is a package, name it in the loader\'s line first: data-packages="{error.name.partition(".")[0]}".'
        )
        error.__notes__ = [hint, *(note for note in getattr(error, "__notes__", ()) if note != hint)]
    sys.stderr.write(f"{text_of(error)}\n")


class _Reported(logging.Filter):
    """Reports the package's log records of errors of the application, and leaves them to handlers, if there are any."""

    def __init__(self, report: Callable[[str, str], object]) -> None:
        super().__init__()
        self._report = report

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            self._report(record.getMessage(), text_of(error))
        return error is None or log.hasHandlers()
