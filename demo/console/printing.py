"""What cells print, and what they cannot read."""

from __future__ import annotations

import asyncio
import builtins
import io
import json
import sys
import time
from collections.abc import Callable
from typing import Any, NoReturn

from page_text import page_text

_PAUSE = 0.05
"""Seconds between two visits to the page."""


class Printed:
    """What one run prints, collected: thousands of visits to the page would freeze it."""

    def __init__(self, output: Any) -> None:
        self._output = output
        self._loop = asyncio.get_running_loop()
        self._parts: list[list[str]] = []
        self._visited = 0.0
        self._timer: asyncio.Handle | None = None

    def write(self, stream: str, text: str) -> None:
        """Print a text soon."""
        if self._parts and self._parts[-1][0] == stream:
            self._parts[-1].append(text)
        else:
            self._parts.append([stream, text])
        if time.monotonic() - self._visited > _PAUSE:
            self.flush()
        elif self._timer is None:
            self._timer = self._loop.call_later(_PAUSE, self.flush)

    def flush(self) -> None:
        """Print now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        parts, self._parts = self._parts, []
        if parts:
            joined = [[stream, "".join(texts)] for stream, *texts in parts]
            self._output.write(json.dumps(joined, ensure_ascii=False))  # thousands of strings are slow by themselves
        self._visited = time.monotonic()


class Printer(io.TextIOBase):
    """Stands in for stdout or stderr.

    Args:
        stream: "stdout" or "stderr".
        printed: where the present code prints; None: nowhere in a cell.
    """

    encoding = "utf-8"
    errors = "strict"

    def __init__(self, stream: str, printed: Callable[[], Printed | None]) -> None:
        self._stream = stream
        self._printed = printed
        self._original = getattr(sys, f"__{stream}__")

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, text: str, /) -> int:
        """Print a text below the cell that the present code belongs to."""
        if not isinstance(text, str):
            raise TypeError(f"write: must be a str, not {type(text).__name__}")
        printed = self._printed()
        if printed is None:
            self._original.write(text)
        else:
            printed.write(self._stream, text)
        return len(text)

    def flush(self) -> None:
        """Do nothing: what is printed appears soon, and all of it at the end."""


class _NoInput(io.TextIOBase):
    """Stands in for stdin."""

    def readable(self) -> bool:
        return True

    def read(self, _size: int | None = -1, /) -> NoReturn:
        no_input()

    def readline(self, _size: int | None = -1, /) -> NoReturn:
        no_input()


def no_input(_prompt: object = "") -> NoReturn:
    """Stand in for `input`."""
    raise RuntimeError(page_text("no_input"))


def replace_streams(printed: Callable[[], Printed | None]) -> None:
    """Let `print` and `input` work as cells expect."""
    sys.stdout = Printer("stdout", printed)
    sys.stderr = Printer("stderr", printed)
    sys.stdin = _NoInput()
    builtins.input = no_input
