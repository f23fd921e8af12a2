"""Values drawn from a seed: the same seed gives the same company, without storing any row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from zlib import crc32

NOW = 1_748_764_800
"""The current time of the generated company: 2025-06-01 08:00 UTC. Its rows are older."""

DAY = 86_400
_MASK = (1 << 64) - 1


class Drawing:
    """Draws values that depend only on the seed, a label and the row's number.

    Args:
        seed: each number gives another company.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def number(self, label: str) -> Callable[[int], int]:
        """Return a function from a row's number to a large number, different for each label and seed."""
        base = crc32(f"{self._seed}:{label}".encode()) << 32
        return lambda number: _mix((base + number * 0x9E3779B97F4A7C15) & _MASK)

    def pick(self, label: str, choices: Sequence[Any]) -> Callable[[int], Any]:
        """Return a function from a row's number to one of the choices."""
        draw, count = self.number(label), len(choices)
        return lambda number: choices[draw(number) % count]

    def below(self, label: str, limit: int, first: int = 0) -> Callable[[int], int]:
        """Return a function from a row's number to one of `limit` numbers, starting at `first`."""
        draw = self.number(label)
        return lambda number: first + draw(number) % limit


def spread(count: int, days: int) -> Callable[[int], int]:
    """Return when row N was created: the rows spread evenly over the days before NOW."""
    step = days * DAY // (count + 1)
    return lambda number: NOW - days * DAY + number * step


def _mix(number: int) -> int:
    """Scatter a number over 64 bits (the finishing step of splitmix64)."""
    number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    number = (number ^ (number >> 27)) * 0x94D049BB133111EB & _MASK
    return number ^ (number >> 31)
