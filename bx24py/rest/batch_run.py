"""A batch of any size: one request after another, each with as many commands as the portal accepts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ..calls.pending import Pending, PendingFuture
from ..errors import BX24Error
from .answers import not_executed
from .commands import Command, Key
from .result import Result


class BatchRun(PendingFuture[Any]):
    """A run of batches in order: each is sent once the one before it is answered.

    Args:
        parts: the commands of each batch.
        halt: send nothing after the first batch with a failed command.
        send: sends one batch.
        shape: converts all results to the awaited value.
    """

    def __init__(
        self,
        parts: list[list[Command]],
        *,
        halt: bool,
        send: Callable[[list[Command]], Pending[dict[Key, Result]]],
        shape: Callable[[dict[Key, Result]], Any],
    ) -> None:
        super().__init__()
        self._left = parts
        self._halt = halt
        self._send = send
        self._shape = shape
        self._results: dict[Key, Result] = {}
        self._send_next()

    def cancel(self, msg: Any | None = None) -> bool:
        """Cancel the current batch and all after it."""
        self._left.clear()
        cancelled = super().cancel(msg)
        if cancelled:
            self._current.cancel(msg)
        return cancelled

    def _send_next(self) -> None:
        self._current = self._send(self._left.pop(0))
        self._current.add_done_callback(self._answered)

    def _answered(self, batch: asyncio.Future[dict[Key, Result]]) -> None:
        if batch.cancelled() or self.done():
            return
        error = batch.exception()
        if error is not None:
            if isinstance(error, BX24Error):
                error.results = self._results
            self.set_exception(error)
            return
        results = batch.result()
        self._results |= results
        failed = next((key for key, result in results.items() if result.error is not None), None)
        if self._halt and failed is not None:
            for part in self._left:
                self._results |= not_executed(part, failed)
            self._left.clear()
        if self._left:
            self._send_next()
        else:
            self.set_result(self._shape(self._results))
