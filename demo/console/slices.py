"""Long work in short slices, so that the page stays alive meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from time import perf_counter

SLICE = 0.02
"""Seconds of work before the page has its turn."""
_STEP = 200

Progress = Callable[[float], object]
"""Called with how much is done, from 0 to 1."""


async def slices(count: int, progress: Progress | None = None) -> AsyncIterator[range]:
    """Give the numbers below `count` in ranges; the page has its turn between them."""
    since = perf_counter()
    for start in range(0, count, _STEP):
        yield range(start, min(start + _STEP, count))
        if perf_counter() - since > SLICE:
            if progress:
                progress(start / count)
            await asyncio.sleep(0)
            since = perf_counter()
