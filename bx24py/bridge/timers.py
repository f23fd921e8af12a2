"""Functions to call later."""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable
from itertools import count
from typing import Any

from ..monitor import log
from .interface import Forget

try:
    import js
    from pyodide.ffi import create_proxy
except ImportError:  # plain CPython
    js = None  # type: ignore[assignment]

_MAX_DELAY = 2**31 - 1  # milliseconds; a longer setTimeout fires at once


class Timers:
    """Functions to call later, with one timer in the page, which runs while any of them waits."""

    def __init__(self) -> None:
        self._waiting: dict[int, Callable[[], None]] = {}
        self._due: list[tuple[float, int]] = []  # a heap; cancelled ones are skipped when due
        self._ids = count(1)
        self._timer: Any = None
        self._rings_at = math.inf
        self._ring_proxy = create_proxy(self._ring)
        self._set_timeout, self._clear_timeout = js.setTimeout, js.clearTimeout

    def call_later(self, delay: float, function: Callable[[], None]) -> Forget:
        number = next(self._ids)
        self._waiting[number] = function
        heapq.heappush(self._due, (time.monotonic() + delay, number))
        self._wind()

        def forget() -> None:
            if self._waiting.pop(number, None) is not None and (
                not self._waiting or len(self._due) > 2 * len(self._waiting) + 100
            ):
                self._due = [due for due in self._due if due[1] in self._waiting]
                heapq.heapify(self._due)
                self._wind()

        return forget

    def _wind(self) -> None:
        """Set the timer to the earliest due time."""
        first = self._due[0][0] if self._due else math.inf
        if first == self._rings_at or (self._rings_at < first < math.inf):
            return
        if self._timer is not None:
            self._clear_timeout(self._timer)
            self._timer = None
        self._rings_at = first
        if first < math.inf:
            delay = max(0.0, first - time.monotonic()) * 1000
            self._timer = self._set_timeout(self._ring_proxy, min(delay + 1, _MAX_DELAY))

    def _ring(self, *_: Any) -> None:
        self._timer = None
        self._rings_at = math.inf
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            function = self._waiting.pop(heapq.heappop(self._due)[1], None)
            if function is not None:
                try:
                    function()
                except Exception:  # of the application; later timers must still fire
                    log.exception("a timer's function failed")
        self._wind()
