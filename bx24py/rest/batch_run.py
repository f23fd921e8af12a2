"""A batch of any size: one request after another, each with as many commands as the portal accepts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ..batch_results import BatchResults
from ..bridge import OnProgress, WireCommand, content_size
from ..calls.pending import Pending, PendingFuture
from ..errors import BX24Error, NotExecutedError
from ..monitor import log
from .answers import not_executed
from .call import RestCall
from .commands import Command, Key
from .read_only import reads
from .result import Result

T = TypeVar("T")

OnResult = Callable[[Any, Result], object]
"""Takes the key of a command, or its number in a list, and its result."""


class BatchRun(PendingFuture[T]):
    """Commands on their way, 50 at a time: each batch is sent when the one before it is answered.

    Awaiting it gives their results. What `call_batch` and `Batch.run` give is one of these.
    """

    def __init__(
        self,
        parts: list[list[Command]],
        *,
        halt: bool,
        on_result: OnResult | None,
        send: Callable[[list[Command]], Pending[dict[Key, Result]]],
        shape: Callable[[dict[Key, Result]], T],
        names: Callable[[Command], set[str]],
    ) -> None:
        """Send the first batch.

        Args:
            parts: the commands of each batch.
            halt: send nothing after the first batch in which a command failed.
            on_result: told of each result, in order.
            send: sends one batch.
            shape: makes the awaited value of all results.
            names: returns the keys of the commands that a command refers to.
        """
        super().__init__()
        self._left = parts
        self._halt = halt
        self._on_result = on_result
        self._send = send
        self._shape = shape
        self._names = names
        self._answers: dict[Key, Result] = {}
        self._skipped: list[Command] = []
        self._on_way: list[Command] = []  # those whose answer is waited for, or was lost
        self._current: Pending[dict[Key, Result]] | None = None
        self._send_next()

    @property
    def results(self) -> BatchResults:
        """How far it has come by now. After `cancel()` it tells what is answered, uncertain and remaining.

        A batch that is on its way is uncertain. The commands that a halting batch skipped are among the `remaining`;
        their NotExecutedError is here as well.
        """
        uncertain, repeatable = self._apart(self._on_way)
        remaining = [*self._skipped, *(command for part in self._left for command in part)]
        # A whole batch goes where it was: sent again, the commands that macros tie together are among the same 50.
        remaining = [*remaining, *repeatable] if uncertain else [*repeatable, *remaining]
        return BatchResults(dict(self._answers), _forms(uncertain), _forms(remaining))

    def cancel(self, msg: Any | None = None) -> bool:
        """Cancel the batch that is on its way, and all after it. `results` says what became of them."""
        maybe_executed = isinstance(self._current, RestCall) and self._current.maybe_executed
        cancelled = super().cancel(msg)
        if cancelled:
            self._lost(maybe_executed=maybe_executed)
            if self._current is not None:
                self._current.cancel(msg)
        return cancelled

    def _send_next(self) -> None:
        if not self._left:
            self.set_result(self._shape(self._answers))
            return
        self._on_way = self._left.pop(0)
        self._current = self._send(self._on_way)
        self._current.add_done_callback(self._answered)

    def _answered(self, batch: asyncio.Future[dict[Key, Result]]) -> None:
        if batch.cancelled() or self.done():
            return
        error = batch.exception()
        if error is not None:
            if isinstance(error, BX24Error):
                self._lost(maybe_executed=error.maybe_executed)
                error.results = self.results
            self.set_exception(error)
            return
        results = batch.result()
        failed = next((key for key, result in results.items() if result.error is not None), None)
        self._skipped = [one for one in self._on_way if isinstance(results[one.key].error, NotExecutedError)]
        self._on_way = []
        if self._halt and failed is not None:
            for part in self._left:
                results |= not_executed(part, failed)
                self._skipped += part
            self._left.clear()
        self._answers |= results
        self._tell(results)
        if not self.done():  # what is told of results may cancel it
            self._send_next()

    def _tell(self, results: dict[Key, Result]) -> None:
        if self._on_result is None:
            return
        for key, result in results.items():
            try:
                self._on_result(key, result)
            except Exception:
                log.exception("the on_result function failed")

    def _lost(self, *, maybe_executed: bool) -> None:
        """Take the batch that was on its way back, if it was certainly not executed."""
        if self._on_way and not maybe_executed:
            self._left.insert(0, self._on_way)
            self._on_way = []

    def _apart(self, commands: list[Command]) -> tuple[list[Command], list[Command]]:
        """Separate commands that may change something from those that only read and that nothing ties to others."""
        if all(reads(command.method) for command in commands):
            return [], commands
        tied: set[str] = set()
        for command in commands:
            named = self._names(command)
            tied |= named | ({str(command.key)} if named else set())
        uncertain: list[Command] = []
        repeatable: list[Command] = []
        for command in commands:
            alone = reads(command.method) and str(command.key) not in tied
            (repeatable if alone else uncertain).append(command)
        return uncertain, repeatable


def _forms(commands: list[Command]) -> dict[Key, Sequence[object]]:
    """Return commands in the form that `call_batch` takes."""
    return {command.key: [command.method, dict(command.params)] for command in commands}


class RunProgress:
    """Makes one progress of those of all batches. How large those to come are is guessed by their content.

    Args:
        tell: the caller's function.
        batches: what is sent of each.
    """

    def __init__(self, tell: OnProgress, batches: list[list[WireCommand]]) -> None:
        self._tell = tell
        self._guesses = [content_size(json.dumps(batch)) for batch in batches]
        self._sizes: list[int] = []

    def next(self) -> OnProgress:
        """Return the progress function of the next batch."""
        self._sizes.append(0)
        before, count = sum(self._sizes), len(self._sizes)
        guessed, to_come = sum(self._guesses[:count]), sum(self._guesses[count:])

        def tell(done: int, total: int) -> None:
            self._sizes[-1] = total
            self._tell(before + done, before + total + round((before + total) / guessed * to_come))

        return tell
