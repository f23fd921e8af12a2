"""The requests of a list: pages alone or in batches, as many at a time as the portal manages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, TypeVar

from ..bridge import Options
from ..calls.pending import Pending
from ..errors import (
    BadResponseError,
    BX24Error,
    CallTimeoutError,
    OperationTimeLimitError,
    RateLimitError,
    ServerError,
)
from ..monitor import log
from .commands import MAX_COMMANDS, Command
from .interface import Rest
from .result import Result, number

T = TypeVar("T")

BATCH_SECONDS = 15.0
"""How long the portal may work on one batch; it has 60 (contract, section 3)."""

OPERATING = 400.0
"""Seconds of a method's working time in ten minutes that are used; the portal refuses it after 420 or 480."""

PATIENCE = 10
"""How often in a row a request is repeated that the portal refuses because of its limits."""

Ask = tuple[dict[str, Any], int | None]
"""The parameters of a page, and its `start`; None where the method has none."""


class Requests:
    """The requests of one list; `alone`: no page may go through a batch."""

    def __init__(self, rest: Rest, method: str, options: Options, *, alone: bool) -> None:
        self.failure: BX24Error | None = None  # why a page could not be read, also alone
        self._rest, self._method, self._options = rest, method, options
        self._most = 1 if alone else MAX_COMMANDS  # pages of a batch
        self._limit = self._most
        self._seconds = 0.0  # of the portal's work on one page

    def call(self, ask: Ask) -> Pending[Result]:
        """Request one page."""
        params, start = ask
        params = {**params, "start": start} if start else params
        return self._rest.call(Command(0, self._method, params), self._options)

    async def patiently(self, ask: Ask, first: Pending[Result] | None = None) -> Result:
        """Request one page until the portal has room for it. `first` is already on its way."""
        result = await self._patiently(lambda tries: first if first is not None and not tries else self.call(ask))
        self._note([result])
        return result

    async def once_more(self, ask: Ask, failed: BX24Error | None = None) -> Result | None:
        """Request one page alone, which may have failed in a batch; set `failure` if it cannot be read."""
        try:
            if failed is not None and self._options.retry is False:
                raise failed
            return await self.patiently(ask)
        except BX24Error as error:
            self.failure = error
            return None

    async def send(self, asks: list[Ask], *, halt: bool) -> list[Result]:
        """Request several pages. No results: see `failure`, or request fewer pages at a time."""
        if len(asks) == 1:
            result = await self.once_more(asks[0])
            self._grow()
            return [] if result is None else [result]
        commands = [
            Command(at, self._method, params if start is None else {**params, "start": start})
            for at, (params, start) in enumerate(asks)
        ]
        options = self._options
        try:
            results: list[Result] = await self._patiently(
                lambda _: self._rest.batch(commands, options, named=False, halt=halt)
            )
        except (CallTimeoutError, ServerError, BadResponseError) as error:
            if options.retry is False or (isinstance(error, BadResponseError) and error.status < 500):
                raise
            self._most = len(commands) // 2
            log.info("%s: %s; asking for %d pages at a time", self._method, type(error).__name__, self._most)
            return []
        self._grow()
        self._note(results)
        return results

    def _grow(self) -> None:
        self._most = min(self._most * 2, self._limit)

    def _note(self, results: list[Result]) -> None:
        seconds = [result.time.duration for result in results if result.time is not None]
        if seconds:
            self._seconds = sum(seconds) / len(seconds)

    async def room(self, pages: int | None) -> int:
        """Return how many pages to request next; wait if the method has no working time left."""
        count = min(pages or self._most, self._most)
        if self._seconds:
            count = min(count, int(BATCH_SECONDS / self._seconds))
        said = self._rest.history.operating.get(self._method, {})
        used, reset_at = number(said.get("operating")), number(said.get("operating_reset_at"))
        wait = (reset_at or 0) - time.time()
        if self._options.wait_for_operating and used is not None and wait > 0:
            fitting = int((OPERATING - used) / max(self._seconds, 0.01))
            count = min(count, fitting)
            if fitting < 1:
                log.info("%s: waiting %.0f s for the portal to free working time", self._method, wait)
                await asyncio.sleep(wait)
        return max(1, count)

    async def _patiently(self, send: Callable[[int], Pending[T]]) -> T:
        """Wait for an answer, and longer where the portal refuses because of its limits."""
        options, tries = self._options, 0
        while True:
            try:
                return await send(tries)
            except RateLimitError as error:
                refused = error.code.upper() == "QUERY_LIMIT_EXCEEDED"
                if not refused or options.retry is False or tries == PATIENCE:
                    raise
            except OperationTimeLimitError as error:
                reset_at = error.operating_reset_at
                if not options.wait_for_operating or reset_at is None or tries == PATIENCE:
                    raise
                await asyncio.sleep(max(reset_at - time.time(), min(2.0**tries, 15.0)))
            tries += 1
