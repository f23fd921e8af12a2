"""A portal's limits: requests per second, and seconds of work per method in ten minutes."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field

WINDOW = 600
"""Seconds for which a method's work counts (documentation, "Resource Intensity Limits")."""


@dataclass
class Quota:
    """A portal's limits for one application (contract, section 3). Can be changed at any time."""

    capacity: float = 50
    """Requests that fit into the bucket; Enterprise: 250."""
    drain: float = 2.0
    """Requests that drain from the bucket per second; Enterprise: 5."""
    enabled: bool = True
    """Whether a full bucket answers `QUERY_LIMIT_EXCEEDED`."""
    operating_limit: float = 480.0
    """Seconds that one method may work in ten minutes before `OPERATION_TIME_LIMIT`."""
    cost: dict[str, float] = field(default_factory=dict)
    """Seconds charged for one call of a method, instead of the actual time."""
    _level: float = field(default=0.0, repr=False)
    _checked: float = field(default_factory=time.monotonic, repr=False)
    _baskets: dict[str, OrderedDict[int, list[float]]] = field(default_factory=dict, repr=False)

    def take(self) -> bool:
        """Put one request into the bucket; return False if it is full and the request must be refused."""
        now = time.monotonic()
        self._level = max(0.0, self._level - (now - self._checked) * self.drain)
        self._checked = now
        if not self.enabled:
            return True
        if self._level + 1 > self.capacity:
            return False
        self._level += 1
        return True

    def fill(self) -> None:
        """Fill the bucket, so that the next request is refused."""
        self._level, self._checked = float(self.capacity), time.monotonic()

    def clear(self) -> None:
        """Empty the bucket and reset the methods' working time."""
        self._level = 0.0
        self._baskets.clear()

    def exhausted(self, method: str) -> bool:
        """Return whether a method has used up its working time; checked before each call."""
        return self.operating(method)[0] > self.operating_limit

    def charge(self, method: str, seconds: float) -> None:
        """Count the work of one call."""
        now = time.time()
        basket = self._current(method, now).setdefault(int(now // 60), [now, 0.0])
        basket[1] += self.cost.get(method, seconds)

    def operating(self, method: str) -> tuple[float, int]:
        """Return `operating` and `operating_reset_at` of an answer: seconds worked, and when the oldest expire."""
        now = time.time()
        baskets = self._current(method, now)
        reset = next(iter(baskets.values()))[0] if baskets else now
        return sum(seconds for _, seconds in baskets.values()), int(reset) + WINDOW

    def _current(self, method: str, now: float) -> OrderedDict[int, list[float]]:
        """Return the method's one-minute baskets, without those over ten minutes old."""
        baskets = self._baskets.setdefault(method, OrderedDict())
        while baskets and next(iter(baskets.values()))[0] + WINDOW <= now:
            baskets.popitem(last=False)
        return baskets
