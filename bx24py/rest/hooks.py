"""Functions of the application that are told of calls, or asked about them: `bx24.on_call`, `bx24.on_write`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..calls.call import check_function
from ..monitor import CallInfo
from .interface import Rest
from .writes import OnWrite

F = TypeVar("F", bound=Callable[..., object])


class Hooks:
    """The part of the client that takes such functions."""

    _rest: Rest

    def on_call(self, function: Callable[[CallInfo], object]) -> Callable[[], None]:
        """Call a function with each finished REST call, for progress and monitoring.

        Cancelled calls are left out.

        Returns:
            A function that stops it.

        Raises:
            TypeError: it is not callable.
        """
        return _add(self._rest.history.hooks, function)

    def on_write(self, function: OnWrite) -> Callable[[], None]:
        """Ask a function before a call or batch that writes is sent; it may refuse it.

        It is asked once for each `call_method`, `call_batch`, `batch().run()`, `call_bind` or `call_unbind` of this
        client that does not only read, when the library is initialised and before anything of it is sent: for a
        `call_batch` of any size once, before the first 50 commands, and not again for retries. Which methods
        only read is told by their names, as for `retry`; all others count as writing.

        Writes are asked about one at a time, and sent in the order in which they were made. Calls that only read
        do not wait for them. The wait does not count for the `timeout`. Cancelling a call that is held cancels the
        function too, if it is a coroutine.

        The function may make calls itself. A write that it makes is asked about as well, at once: let that one pass.

        Args:
            function: takes a `Write`. It may be `async`. True or None lets it pass; False refuses it, and so does
                a WriteRefusedError, whose text is the reason. "skip" sends nothing either, and the call goes on as
                if it had been sent: its Result, or each one of a batch, has the `data` None. The call also ends with
                WriteRefusedError if it raises anything else, or returns another value. Several functions are asked
                in the order in which they were given, until one refuses or skips. They are asked in the context
                (`contextvars`) of the call.

        Returns:
            A function that ends it.

        Raises:
            TypeError: it is not callable.
        """
        return _add(self._rest.writes.functions, function)


def _add(functions: dict[object, F], function: F) -> Callable[[], None]:
    check_function(function, "function")
    key = object()  # the same function may be given twice
    functions[key] = function

    def stop() -> None:
        functions.pop(key, None)

    return stop
