"""The portal's limits for one application's requests, and the queue that keeps to them."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from ..bridge import Forget
from ..monitor import log


@dataclass(frozen=True, slots=True)
class Limits:
    """The portal's leaky bucket (contract, section 3): each request goes in, and it drains at a steady rate.

    Attributes:
        capacity: requests that fit; more are refused with QUERY_LIMIT_EXCEEDED. Infinity: no pacing.
        per_second: requests that drain each second.
    """

    capacity: float = 50
    per_second: float = 2

    ENTERPRISE: ClassVar[Limits]

    def __post_init__(self) -> None:
        for name, least in (("capacity", 1), ("per_second", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise TypeError(f"{name}: must be a number, not {type(value).__name__}")
            if not value >= least or not value:
                raise ValueError(f"{name}: must be {'1 or more' if least else 'more than 0'}, not {value}")


Limits.ENTERPRISE = Limits(250, 5)


class Pacer:
    """Sends requests in order, no faster than the limits allow.

    One place in the bucket stays free: requests may overtake each other on the network.
    """

    def __init__(self, limits: Limits, call_later: Callable[[float, Callable[[], None]], Forget]) -> None:
        self._limits = limits
        self._call_later = call_later
        self._level = 0.0
        self._at = time.monotonic()
        self._waiting: deque[Callable[[], bool]] = deque()
        self._timer: Forget | None = None

    def submit(self, send: Callable[[], bool]) -> None:
        """Call `send` once a request may be sent. It returns False if it had nothing left to send."""
        self._waiting.append(send)
        if self._timer is None:
            self._let_out()

    def change(self, limits: Limits) -> None:
        """Use other limits from now on."""
        self._drain()
        self._limits = limits
        if self._timer is not None:
            self._timer()
            self._let_out()

    def fill(self) -> None:
        """Mark the bucket as full: the portal has refused a request."""
        self._drain()
        if math.isfinite(self._limits.capacity):
            self._level = max(self._level, self._limits.capacity)

    def _drain(self) -> None:
        now = time.monotonic()
        self._level = max(0.0, self._level - (now - self._at) * self._limits.per_second)
        self._at = now

    def _let_out(self) -> None:
        self._timer = None
        self._drain()
        while self._waiting:
            missing = self._level + 1 - max(1, self._limits.capacity - 1)
            if missing > 1e-9:
                wait = missing / self._limits.per_second
                log.info("%d requests wait %.1f s for the portal's limit", len(self._waiting), wait)
                self._timer = self._call_later(wait, self._let_out)
                return
            if self._waiting.popleft()():
                self._level += 1
