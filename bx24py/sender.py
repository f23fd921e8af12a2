"""Calls on their way: queued until the library is initialised, sent in order, ended by an answer or by time."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable
from typing import Any, TypeVar

from .bridge import Bridge, Forget
from .errors import BX24Error, CallTimeoutError, InitTimeoutError, NotInPortalError

T = TypeVar("T")

Send = Callable[[Bridge, Callable[[Any], None]], Forget]
"""Hands a call to the bridge, with the function that takes the answer."""


def check_timeout(timeout: float | None, default: float, path: str = "timeout") -> float:
    """Return the seconds to wait; the default for None. Infinity waits for ever.

    Raises:
        TypeError: not a number.
        ValueError: not more than zero.
    """
    if timeout is None:
        return default
    if isinstance(timeout, bool) or not isinstance(timeout, int | float):
        raise TypeError(f"{path}: seconds are needed, not {type(timeout).__name__}")
    if not timeout > 0:
        raise ValueError(f"{path}: must be more than 0 seconds, not {timeout}")
    return float(timeout)


class Call(asyncio.Future[T]):
    """One call on its way, and the future that its caller awaits. Cancelling it frees its callback at once.

    Args:
        name: what messages call it.
        timeout: seconds until it fails.
        send: hands it to the bridge.
        read: makes the awaited value of the answer, or raises the BX24Error that the answer stands for.
    """

    def __init__(self, name: str, timeout: float, send: Send, read: Callable[[Any], T]) -> None:
        super().__init__(loop=asyncio.get_running_loop())
        self.name = name
        self.timeout = timeout
        self._send = send
        self._read = read
        self._sent = False
        self._held: list[Forget] = []

    def start_clock(self, bridge: Bridge) -> None:
        """Let the call fail when its time is over."""
        if math.isfinite(self.timeout):
            self._held.append(bridge.call_later(self.timeout, self._time_over))

    def send(self, bridge: Bridge) -> None:
        """Hand the call to the library, unless it is over already."""
        if self.done():
            return
        self._sent = True
        try:
            forget = self._send(bridge, self.answered)
        except BX24Error as error:
            self.fail(error)
        else:
            self._held.append(forget)

    def fail(self, error: BX24Error) -> None:
        """End the call with an error, unless it is over already."""
        if not self.done():
            self.set_exception(error)
            self._free()

    def cancel(self, msg: Any | None = None) -> bool:
        """Give the call up. What the portal still answers is dropped."""
        cancelled = super().cancel(msg)
        if cancelled:
            self._free()
        return cancelled

    def answered(self, answer: Any) -> None:
        """End the call with what came back, unless it is over already."""
        if self.done():
            return
        try:
            value = self._read(answer)
        except BX24Error as error:
            self.fail(error)
        except Exception as error:  # a shape of answer that nobody foresaw must end the wait as well
            self.fail(BX24Error(f"{self.name}: the answer could not be read ({type(error).__name__}: {error})"))
        else:
            self.set_result(value)
            self._free()

    def _time_over(self) -> None:
        self.fail(CallTimeoutError(self.name, self.timeout, maybe_executed=self._sent))

    def _free(self) -> None:
        for forget in self._held:
            forget()
        self._held.clear()


class _InitWait(Call[None]):
    """A wait for the initialisation. When its time is over, the queued calls fail with it."""

    def __init__(self, timeout: float, fail_queue: Callable[[float], None]) -> None:
        super().__init__("BX24.init", timeout, lambda _bridge, _answered: lambda: None, lambda _answer: None)
        self._fail_queue = fail_queue

    def _time_over(self) -> None:
        self.fail(InitTimeoutError(self.timeout))
        self._fail_queue(self.timeout)


class Sender:
    """Sends the calls of one client. Those made before the initialisation wait for it, in the order made."""

    def __init__(self, connect: Callable[[], Bridge], init_timeout: float) -> None:
        self._connect = connect
        self._init_timeout = init_timeout
        self._bridge: Bridge | None = None
        self._ready = False
        self._queue: list[Call[Any]] = []
        self._waits: list[_InitWait] = []
        self._stop_clock: Forget | None = None  # of the wait that a queued call began by itself

    @property
    def bridge(self) -> Bridge:
        """The door to the page, opened at the first use.

        Raises:
            NotInBrowserError: this is not Pyodide.
            NotInPortalError: there is no usable BX24 object.
        """
        if self._bridge is None:
            bridge = self._connect()
            bridge.init(self._initialised)
            self._bridge = bridge
        return self._bridge

    def submit(self, name: str, timeout: float, send: Send, read: Callable[[Any], T]) -> asyncio.Future[T]:
        """Start a call: now, or as soon as the library is initialised.

        Raises:
            NotInBrowserError: this is not Pyodide. All else is raised by awaiting.
        """
        try:
            bridge = self.bridge
        except NotInPortalError as error:
            return failed(error)
        call = Call(name, timeout, send, read)
        call.start_clock(bridge)
        if self._ready:
            call.send(bridge)
        else:
            self._queue.append(call)
            if not self._waits and self._stop_clock is None:
                self._stop_clock = bridge.call_later(self._init_timeout, lambda: self._fail_queue(self._init_timeout))
        return call

    def init(self, timeout: float) -> asyncio.Future[None]:
        """Wait until the library is initialised. Calls queued meanwhile fail together with the wait.

        Raises:
            NotInBrowserError: this is not Pyodide. All else is raised by awaiting.
        """
        try:
            bridge = self.bridge
        except NotInPortalError as error:
            return failed(error)
        wait = _InitWait(timeout, self._fail_queue)
        if self._ready:
            wait.set_result(None)
        else:
            self._waits.append(wait)
            wait.start_clock(bridge)
            self._stop_own_clock()
        return wait

    def finished(self, value: T) -> asyncio.Future[T]:
        """Make an awaitable for what needs no call.

        Raises:
            NotInBrowserError: this is not Pyodide.
        """
        with contextlib.suppress(NotInPortalError):
            _ = self.bridge
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        future.set_result(value)
        return future

    def _initialised(self) -> None:
        self._ready = True
        self._stop_own_clock()
        waits, self._waits = self._waits, []
        for wait in waits:
            wait.answered(None)
        queue, self._queue = self._queue, []
        for call in queue:
            call.send(self.bridge)

    def _fail_queue(self, timeout: float) -> None:
        self._stop_own_clock()
        queue, self._queue = self._queue, []
        for call in queue:
            call.fail(InitTimeoutError(timeout))

    def _stop_own_clock(self) -> None:
        if self._stop_clock is not None:
            self._stop_clock()
            self._stop_clock = None


def failed(error: BX24Error) -> asyncio.Future[Any]:
    """Make an awaitable that raises this error."""
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    future.set_exception(error)
    return future
