"""The calls of one client: queued until the library is initialised, then paced."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, TypeVar

from ..bridge import Bridge, Forget
from ..errors import BX24Error, InitTimeoutError, NotInPortalError
from .call import Call
from .pacing import Limits, Pacer
from .pending import Pending, failed

T = TypeVar("T")


class _InitWait(Call[None]):
    """A wait for the initialisation. If it times out, the queued calls fail too."""

    def __init__(self, sender: Sender, timeout: float) -> None:
        super().__init__("BX24.init", timeout, lambda _answer: None)
        self._sender = sender

    def _time_over(self) -> None:
        self.fail(InitTimeoutError(self.timeout))
        self._sender.fail_queue(self.timeout)

    def _end(self, error: BX24Error | None) -> None:
        super()._end(error)
        self._sender.wait_ended(self)


class Sender:
    """Sends the calls of one client. Calls made before the initialisation wait for it, in order."""

    def __init__(self, connect: Callable[[], Bridge], init_timeout: float, limits: Limits) -> None:
        self.pacer = Pacer(limits, lambda delay, function: self.bridge.call_later(delay, function))
        self._connect = connect
        self.init_timeout = init_timeout
        self._bridge: Bridge | None = None
        self.ready = False
        self._queue: list[Call[Any]] = []
        self._waits: list[_InitWait] = []
        self._stop_clock: Forget | None = None  # of the timeout that a queued call started

    @property
    def bridge(self) -> Bridge:
        """The bridge to the page, connected on first use.

        Raises:
            NotInBrowserError: this is not Pyodide.
            NotInPortalError: there is no usable BX24 object.
        """
        if self._bridge is None:
            bridge = self._connect()
            try:
                bridge.init(self._initialised)
            except BX24Error as error:
                raise NotInPortalError(str(error)) from None
            self._bridge = bridge
        return self._bridge

    def start(self, make: Callable[[], Call[T]]) -> Pending[T]:
        """Start a call: now, or as soon as the library is initialised.

        Raises:
            NotInBrowserError: this is not Pyodide. Other errors are raised when awaited.
        """
        try:
            bridge = self.bridge
        except NotInPortalError as error:
            return failed(error)
        call = make()
        if self.ready:
            self._send_first(call)
        else:
            self._queue.append(call)
            call.start_clock(bridge)
            self._watch_queue()
        return call

    def _send_first(self, call: Call[Any]) -> None:
        if not call.is_held():
            self.release(call)

    def release(self, call: Call[Any]) -> None:
        """Send a call for the first time: nobody holds it any longer."""
        if not call.prepare():
            self.send(call)

    def send(self, call: Call[Any]) -> None:
        """Send a call as soon as the portal's limits allow."""
        if call.is_paced:
            call.stop_clock()
            self.pacer.submit(lambda: call.send(self.bridge))
        else:
            call.send(self.bridge)
            call.start_clock(self.bridge)

    def init(self, timeout: float) -> Pending[None]:
        """Wait until the library is initialised. Calls queued meanwhile fail if the wait does.

        Raises:
            NotInBrowserError: this is not Pyodide. Other errors are raised when awaited.
        """
        try:
            bridge = self.bridge
        except NotInPortalError as error:
            return failed(error)
        wait = _InitWait(self, timeout)
        if self.ready:
            wait.set_result(None)
        else:
            self._waits.append(wait)
            wait.start_clock(bridge)
            self._stop_own_clock()
        return wait

    def require_browser(self) -> None:
        """Check that this is Pyodide; whether there is a portal shows when a call is awaited.

        Raises:
            NotInBrowserError: it is not.
        """
        with contextlib.suppress(NotInPortalError):
            _ = self.bridge

    def _initialised(self) -> None:
        self.ready = True
        self._stop_own_clock()
        waits, self._waits = self._waits, []
        queue, self._queue = self._queue, []
        for wait in waits:
            wait.answered(None)
        for call in queue:
            self._send_first(call)

    def wait_ended(self, wait: _InitWait) -> None:
        """Start the queue's own timeout again if this was the last wait."""
        if wait in self._waits:
            self._waits.remove(wait)
            self._watch_queue()

    def _watch_queue(self) -> None:
        """Start a timeout for the queued calls, unless somebody waits for the initialisation with another."""
        if self._queue and not self._waits and self._stop_clock is None:
            self._stop_clock = self.bridge.call_later(self.init_timeout, lambda: self.fail_queue(self.init_timeout))

    def fail_queue(self, timeout: float) -> None:
        """Fail every queued call: the library was not initialised in time."""
        self._stop_own_clock()
        queue, self._queue = self._queue, []
        for call in queue:
            call.fail(InitTimeoutError(timeout))

    def _stop_own_clock(self) -> None:
        if self._stop_clock is not None:
            self._stop_clock()
            self._stop_clock = None
