"""Calls that write, held until the functions given to `on_write` let them pass."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, TypeVar, cast
from weakref import ref

from ..bridge import Encoded
from ..calls.call import Call, check_function
from ..calls.pending import Pending
from ..calls.sender import Sender
from ..errors import BX24Error, NotExecutedError, WriteRefusedError
from ..monitor import log
from .batch_run import BatchRun
from .call import RestCall
from .commands import MAX_COMMANDS, Command, Key, describe
from .files import File
from .read_only import reads
from .result import Result

P = TypeVar("P", bound=Pending[Any])


class Write:
    """A call or batch that is about to be sent and does not only read: the argument of `on_write`.

    Attributes:
        commands: the method and the parameters of the call, or of each command of the whole batch, in order. The
            parameters are a copy of what is sent: dates are texts there, and macros as in `call_batch`. A file is a
            `File`, and bytes without a name are bytes, or the browser's Blob.
        v3: whether it goes to REST 3.0.
    """

    __slots__ = ("_asked", "commands", "v3")

    def __init__(self, commands: Sequence[tuple[str, Mapping[str, object]]], asked: Asked | None = None) -> None:
        self.commands = tuple(commands)
        self.v3 = asked is not None and asked.v3
        self._asked = asked

    @property
    def writes(self) -> tuple[tuple[str, Mapping[str, object]], ...]:
        """Those of the `commands` that do not only read; at least one."""
        return tuple(command for command in self.commands if not reads(command[0]))

    def on_end(self, function: Callable[[list[Result]], object]) -> None:
        """Call a function when the call or batch has ended, in whatever way: also if it is refused or cancelled.

        Args:
            function: takes a Result for each of the `commands`, in order. Its `error` is None if the portal executed
                the command; `error.maybe_executed` is True if nobody knows, because the answer was lost or no longer
                waited for; else it was not executed. Exceptions the function raises are logged.

        Raises:
            TypeError: it is not callable.
        """
        check_function(function, "function")
        if self._asked is not None:
            self._asked.at_end(function)

    def __repr__(self) -> str:
        """Return the methods only: parameters may be private."""
        return f"<Write: {', '.join(method for method, _ in self.commands[:3])}{', …' * (len(self.commands) > 3)}>"


OnWrite = Callable[[Write], object]
"""Returns None or True, refuses with False or WriteRefusedError, or "skip"; may be a coroutine function."""


class Asked:
    """A call or a whole batch that functions are asked about.

    Attributes:
        commands: what it executes.
        in_batch: whether it is a batch.
        v3: whether it goes to REST 3.0.
        skipped: whether a function has skipped it.
    """

    def __init__(self, commands: Sequence[Command], *, in_batch: bool, v3: bool) -> None:
        self.commands = commands
        self.in_batch = in_batch
        self.v3 = v3
        self.skipped = False
        self._pending: Callable[[], Pending[Any] | None] = lambda: None

    def started(self, pending: P) -> P:
        """Note what its caller awaits, and return it."""
        self._pending = ref(pending)  # which has a reference to this
        return pending

    @property
    def name(self) -> str:
        """Its name in messages."""
        return describe(self.commands) if self.in_batch else self.commands[0].method

    def at_end(self, function: Callable[[list[Result]], object]) -> None:
        """Call a function with the results at the end; see `Write.on_end`."""

        def ended(pending: Pending[Any]) -> None:
            try:
                function(self._results(pending))
            except Exception:
                log.exception("an on_end function failed")

        pending = self._pending()
        if pending is not None:
            pending.add_done_callback(ended)

    def _results(self, pending: Pending[Any]) -> list[Result]:
        if self.skipped:
            error: BX24Error = WriteRefusedError(text=f"{self.name}: a function given to on_write skipped it.")
            return [Result(command.method, error=error) for command in self.commands]
        if isinstance(pending, BatchRun):
            known, uncertain = pending.results, pending.results.uncertain
            failure = self._failure(pending, maybe_executed=bool(uncertain))
            return [known.get(one.key) or self._unanswered(one, failure, one.key in uncertain) for one in self.commands]
        call = cast("RestCall[Result]", pending)
        failed = self._failure(call, maybe_executed=call.maybe_executed)
        return [call.result() if failed is None else Result(self.commands[0].method, error=failed)]

    def _failure(self, pending: Pending[Any], *, maybe_executed: bool) -> BX24Error | None:
        if not pending.cancelled():
            return cast("BX24Error | None", pending.exception())
        fate = "It was sent and may have been executed." if maybe_executed else "It was not executed."
        error = BX24Error(f"{self.name}: it was cancelled. {fate}")
        error.maybe_executed = maybe_executed
        return error

    def _unanswered(self, command: Command, failure: BX24Error | None, uncertain: bool) -> Result:
        if failure is None or (failure.maybe_executed and not uncertain and not reads(command.method)):
            failure = NotExecutedError(f"{command.method}: it was not sent, because an earlier batch failed")
        return Result(command.method, error=failure)


def unsent(commands: Sequence[Command]) -> dict[Key, Result]:
    """Return the results of commands that are skipped."""
    return {command.key: Result(command.method) for command in commands}


_asking: ContextVar[asyncio.Task[None] | None] = ContextVar("_asking", default=None)
"""The task in which a function is being asked: a write made there must not wait for its own turn."""


class Writes:
    """The writing calls of one client that wait for an answer.

    Attributes:
        functions: whom to ask, in this order.
    """

    def __init__(self, sender: Sender) -> None:
        self.functions: dict[object, OnWrite] = {}
        self._sender = sender
        self._line = asyncio.Lock()
        self._held: set[asyncio.Task[None]] = set()

    def hold(self, call: Call[Any], asked: Asked | None) -> bool:
        """Return whether a call must wait: it is then sent later, or ends unsent.

        Args:
            call: the call, about to be sent for the first time.
            asked: the same, or the whole `call_batch` that it begins; None for the later calls of a batch.
        """
        if asked is None or not (self.functions or self._held):
            return False
        if all(reads(command.method) for command in asked.commands):
            return False
        call.stop_clock()
        task = call.get_loop().create_task(self._decide(call, asked), context=call.get_context().copy())
        self._held.add(task)
        task.add_done_callback(self._held.discard)
        call.at_end(task.cancel)
        return True

    async def _decide(self, call: Call[Any], asked: Asked) -> None:
        outer = _asking.get()
        inside = outer is not None and not outer.done()
        _asking.set(asyncio.current_task())
        try:
            async with contextlib.nullcontext() if inside else self._line:
                await self._ask(asked)
        except BaseException as error:  # also a CancelledError of what the function waits for
            call.fail(_refused(asked.name, error))
            if not isinstance(error, Exception):
                raise
            return
        if asked.skipped:
            first = asked.commands[:MAX_COMMANDS]
            call.finish(unsent(first) if asked.in_batch else Result(first[0].method))
        else:
            self._sender.release(call)

    async def _ask(self, asked: Asked) -> None:
        for key in list(self.functions):
            function = self.functions.get(key)
            if function is None:  # ended meanwhile
                continue
            answer = function(Write([(command.method, _copy(command.params)) for command in asked.commands], asked))
            if hasattr(answer, "__await__"):
                answer = await answer
            if answer is False:
                raise WriteRefusedError
            if isinstance(answer, str) and answer == "skip":
                asked.skipped = True
                return
            if answer is not None and answer is not True:
                raise TypeError(f'it must return True, False, None or "skip", not {type(answer).__name__}')


def _refused(called: str, error: BaseException) -> WriteRefusedError:
    text = f"{called}: a function given to on_write refused it, so nothing was sent"
    if isinstance(error, WriteRefusedError):
        refused = WriteRefusedError(error.reason, text=f"{text}: {error.reason}" if error.reason else f"{text}.")
    else:
        failure = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        refused = WriteRefusedError(
            text=f"{called}: a function given to on_write failed, so nothing was sent: {failure}"
        )
    refused.__cause__ = error
    return refused


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(item) for name, item in value.items()}
    if isinstance(value, list):
        if len(value) == 2 and type(value[0]) is str and isinstance(value[1], Encoded):
            return File(value[0], value[1].source)
        return [_copy(item) for item in value]
    return value.source if isinstance(value, Encoded) else value
