"""Calls that write, held until the functions given to `on_write` let them pass."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, NamedTuple

from ..calls.call import Call
from ..calls.sender import Sender
from ..errors import WriteRefusedError
from .commands import Command, describe
from .read_only import reads


class Write(NamedTuple):
    """A call or batch that is about to be sent and does not only read: the argument of `on_write`.

    Attributes:
        commands: the method and the parameters of the call, or of each command of the whole batch, in order. The
            parameters are a copy of what is sent: dates are texts there, and macros as in `call_batch`.
    """

    commands: tuple[tuple[str, Mapping[str, object]], ...]

    @property
    def writes(self) -> tuple[tuple[str, Mapping[str, object]], ...]:
        """Those of the `commands` that do not only read; at least one."""
        return tuple(command for command in self.commands if not reads(command[0]))

    def __repr__(self) -> str:
        """Return the methods only: parameters may be private."""
        return f"<Write: {', '.join(method for method, _ in self.commands[:3])}{', …' * (len(self.commands) > 3)}>"


OnWrite = Callable[[Write], object]
"""Returns None or True, or refuses with False or WriteRefusedError; may be a coroutine function."""

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

    def hold(self, call: Call[Any], commands: Sequence[Command]) -> bool:
        """Return whether a call must wait: it is then sent later, or fails.

        Args:
            call: the call, about to be sent for the first time.
            commands: what it executes, or the whole `call_batch` that it begins.
        """
        if not (self.functions or self._held) or all(reads(command.method) for command in commands):
            return False
        call.stop_clock()
        task = call.get_loop().create_task(self._decide(call, commands))
        self._held.add(task)
        task.add_done_callback(self._held.discard)
        call.at_end(task.cancel)
        return True

    async def _decide(self, call: Call[Any], commands: Sequence[Command]) -> None:
        outer = _asking.get()
        inside = outer is not None and not outer.done()
        _asking.set(asyncio.current_task())
        try:
            async with contextlib.nullcontext() if inside else self._line:
                await self._ask(commands)
        except BaseException as error:  # also a CancelledError of what the function waits for
            call.fail(_refused(describe(commands) if len(commands) > 1 else call.name, error))
            if not isinstance(error, Exception):
                raise
        else:
            self._sender.send(call)

    async def _ask(self, commands: Sequence[Command]) -> None:
        for key in list(self.functions):
            function = self.functions.get(key)
            if function is None:  # ended meanwhile
                continue
            answer = function(Write(tuple((command.method, _copy(command.params)) for command in commands)))
            if hasattr(answer, "__await__"):
                answer = await answer
            if answer is False:
                raise WriteRefusedError
            if answer is not None and answer is not True:
                raise TypeError(f"it must return True, False or None, not {type(answer).__name__}")


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
    return [_copy(item) for item in value] if isinstance(value, list) else value
