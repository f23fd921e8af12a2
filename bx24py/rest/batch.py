"""The batch builder: the same as `call_batch`, without spelling macros."""

from __future__ import annotations

from collections.abc import Callable

from . import params as _params
from .batch_run import BatchRun
from .commands import Command
from .macros import Reference, Scope
from .result import Result


class BatchCall(Reference):
    """One command of a batch. Before the run a reference to its result to be, after it the result's holder.

    `user["UF_DEPARTMENT"]`, or `user` itself, may stand in the parameters of later commands of the same batch.
    """

    __slots__ = ("_batch", "_place")

    def __init__(self, batch: Batch, place: int) -> None:
        super().__init__(batch._scope, f"[{place}]")
        self._batch = batch
        self._place = place

    @property
    def result(self) -> Result:
        """What the command brought back.

        Raises:
            RuntimeError: the batch has not been run, or not to its end.
            BX24Error: the batch failed as a whole.
        """
        run = self._batch._run
        if run is None or not run.done():
            raise RuntimeError("the batch has no results yet: `await batch.run()` first")
        return run.result()[self._place]


class Batch:
    """Commands collected to be sent together; made by `bx24.batch()`."""

    def __init__(self, send: Callable[[list[Command]], BatchRun[list[Result]]]) -> None:
        self._send = send
        self._scope = Scope()
        self._commands: list[Command] = []
        self._run: BatchRun[list[Result]] | None = None

    def call(self, method: str, params: _params.Params | None = None) -> BatchCall:
        """Add a command. Its parameters are copied now, and may refer to earlier commands.

        Raises:
            TypeError: a parameter that cannot be sent; the message names its path.
            ValueError: not a method's name, a reference to a command of another batch, or a text that the portal would
                take for a macro, such as a user's `$result[0]`. Such a text must be sent alone, by `call_method`.
            RuntimeError: the batch has been run.
        """
        if self._run is not None:
            raise RuntimeError("the batch has been run already: make another with bx24.batch()")
        place = len(self._commands)
        method = _params.check_method(method)
        self._commands.append(Command(place, method, _params.encode(params, method=method, scope=self._scope)))
        return BatchCall(self, place)

    def run(self) -> BatchRun[list[Result]]:
        """Send all commands. Starts when called; awaiting it gives their results in the order of the calls.

        As of `call_batch`, the `results` of this, and of an error, tell what is answered, uncertain and remaining, by
        the number of each command; `call_batch` takes the commands there.

        Raises:
            RuntimeError: the batch has been run.
            ValueError: a reference to a command that is not among the same 50.
            BX24Error: when awaited: the batch failed as a whole. A failed command raises at its own `result.data`.
        """
        if self._run is not None:
            raise RuntimeError("the batch has been run already: make another with bx24.batch()")
        self._run = self._send(self._commands)
        return self._run

    def __len__(self) -> int:
        return len(self._commands)
