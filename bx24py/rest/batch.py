"""The batch builder: like `call_batch`, without writing macros."""

from __future__ import annotations

from collections.abc import Callable

from . import params as _params
from .batch_run import BatchRun
from .commands import Command
from .macros import Reference, Scope
from .result import Result


class BatchCall(Reference):
    """One command of a batch: a reference to its future result, and after the run the result itself.

    Use `user["UF_DEPARTMENT"]`, or `user` itself, in the parameters of later commands of the same batch.
    """

    __slots__ = ("_batch", "_place")

    def __init__(self, batch: Batch, place: int) -> None:
        super().__init__(batch._scope, f"[{place}]")
        self._batch = batch
        self._place = place

    @property
    def result(self) -> Result:
        """The command's result.

        Raises:
            RuntimeError: the batch has not been run, or is still running.
            BX24Error: the batch failed as a whole.
        """
        return self._batch._result(self._place)


class Builder:
    """Commands to send together."""

    _made_by = "bx24.batch()"

    def __init__(self, send: Callable[[list[Command]], BatchRun[list[Result]]]) -> None:
        self._send = send
        self._commands: list[Command] = []
        self._run: BatchRun[list[Result]] | None = None

    def _check_open(self) -> None:
        if self._run is not None:
            raise RuntimeError(f"the batch has already been run: create another with {self._made_by}")

    def _result(self, place: int) -> Result:
        if self._run is None or not self._run.done():
            raise RuntimeError("the batch has no results yet: `await batch.run()` first")
        return self._run.result()[place]

    def run(self) -> BatchRun[list[Result]]:
        """Send all commands. Starts when called; await it for their results, in order.

        As of `call_batch`, the `results` of this, and of an error, tell what is answered, uncertain and remaining, by
        the number of each command; `call_batch` takes the commands there.

        Raises:
            RuntimeError: the batch has already been run.
            ValueError: a reference to a command outside the same 50.
            BX24Error: when awaited: the batch failed as a whole. A failed command raises from its own `result.data`.
        """
        self._check_open()
        self._run = self._send(self._commands)
        return self._run

    def __len__(self) -> int:
        return len(self._commands)


class Batch(Builder):
    """Commands to send together; created by `bx24.batch()`."""

    def __init__(self, send: Callable[[list[Command]], BatchRun[list[Result]]]) -> None:
        super().__init__(send)
        self._scope = Scope()

    def call(self, method: str, params: _params.Params | None = None) -> BatchCall:
        """Add a command. Its parameters are copied at once, and may refer to earlier commands.

        Raises:
            TypeError: a parameter cannot be sent; the message names its path.
            ValueError: an invalid method name, a reference to a command of another batch, or a str that the portal
                would take for a macro, such as a user's `$result[0]`. Send such a str with `call_method`.
            RuntimeError: the batch has already been run.
        """
        self._check_open()
        place = len(self._commands)
        method = _params.check_method(method)
        self._commands.append(Command(place, method, _params.encode(params, method=method, scope=self._scope)))
        return BatchCall(self, place)
