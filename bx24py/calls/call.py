"""One pending call: sent, answered, timed out, cancelled."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, TypeVar

from ..bridge import Bridge, Forget, Sending
from ..errors import BX24Error, CallTimeoutError
from .pending import PendingFuture

T = TypeVar("T")


def check_timeout(timeout: float | None, default: float, path: str = "timeout") -> float:
    """Return the seconds to wait; the default for None. Infinity waits forever.

    Raises:
        TypeError: not a number.
        ValueError: not more than zero.
    """
    if timeout is None:
        return default
    if isinstance(timeout, bool) or not isinstance(timeout, int | float):
        raise TypeError(f"{path}: must be a number of seconds, not {type(timeout).__name__}")
    if not timeout > 0:
        raise ValueError(f"{path}: must be more than 0 seconds, not {timeout}")
    return float(timeout)


def check_function(value: object, path: str) -> None:
    """Raise TypeError if it is not callable, naming the parameter."""
    if not callable(value):
        raise TypeError(f"{path}: must be a function, not {type(value).__name__}")


class Call(PendingFuture[T]):
    """One pending call, and the future that its caller awaits. Cancelling it frees its callback at once.

    Args:
        name: its name in messages.
        timeout: seconds until it fails.
        read: converts the answer to the awaited value, or raises the BX24Error that it means.
    """

    is_paced = False
    """Whether the portal's limits apply to it."""

    def __init__(self, name: str, timeout: float, read: Callable[[Any], T]) -> None:
        super().__init__()
        self.name = name
        self.timeout = timeout
        self.tries = 0
        self._read = read
        self._sending: Sending | None = None
        self._left = timeout  # seconds left to wait for the portal
        self._clock: Forget | None = None
        self._clock_from = 0.0
        self._endings: list[Callable[[], object]] = []

    def start_clock(self, bridge: Bridge) -> None:
        """Start the timeout."""
        if self._clock is None and math.isfinite(self._left) and not self.done():
            self._clock_from = time.monotonic()
            self._clock = bridge.call_later(max(0.0, self._left), self._ring)

    def stop_clock(self) -> None:
        """Pause the timeout: the call is not waiting for the portal now."""
        if self._clock is not None:
            self._clock()
            self._clock = None
            self._left -= time.monotonic() - self._clock_from

    def _ring(self) -> None:
        self._clock = None
        try:
            self._time_over()
        except Exception as error:  # of the browser; the call must end anyway
            late = CallTimeoutError(self.name, self.timeout, maybe_executed=True)
            late.__cause__ = error
            self.fail(late)

    def is_held(self) -> bool:
        """Return whether it must wait before it is sent for the first time; it is then sent later, or fails."""
        return False

    def prepare(self) -> bool:
        """Return whether something else must be known before it is sent; it is then sent later."""
        return False

    def at_end(self, function: Callable[[], object]) -> None:
        """Call a function when the call has ended, in whatever way."""
        self._endings.append(function)

    def send(self, bridge: Bridge) -> bool:
        """Pass the call to the library, unless it is done; return whether it was passed."""
        if self.done():
            return False
        self.tries += 1
        try:
            sending = self._hand_down(bridge, self.answered)
        except BX24Error as error:
            self.fail(error)
        except Exception as error:  # of the browser, or of a fake library; the calls after it must not wait
            self.fail(BX24Error(f"{self.name}: it could not be sent ({type(error).__name__}: {error})"))
        else:
            if not self.done():  # a fake library may have called back at once
                self._sending = sending
        return True

    def _hand_down(self, bridge: Bridge, answered: Callable[[Any], None]) -> Sending:
        """Send it through the bridge; `answered` takes the answer."""
        raise NotImplementedError

    def answered(self, answer: Any) -> None:
        """End the call with its answer, unless it is done."""
        if self.done():
            return
        self._sending = None
        try:
            if isinstance(answer, BX24Error):
                raise answer
            value = self._read(answer)
        except BX24Error as error:
            self._deal_with(error)
        except Exception as error:
            self.fail(self._unforeseen(error))
        else:
            self.finish(value)

    def finish(self, value: T) -> None:
        """End the call with a value, unless it is done."""
        if not self.done():
            self.set_result(value)
            self._end(None)

    def _deal_with(self, error: BX24Error) -> None:
        try:
            self.failed(error)
        except Exception as unforeseen:
            error.__cause__ = unforeseen
            self.fail(error)

    def _unforeseen(self, error: Exception) -> BX24Error:
        """Return the error for an answer of an unexpected shape: it must end the wait too."""
        unforeseen = BX24Error(f"{self.name}: the answer could not be read ({type(error).__name__}: {error})")
        unforeseen.maybe_executed = True
        return unforeseen

    def failed(self, error: BX24Error) -> None:
        """Handle an answer that is an error."""
        self.fail(error)

    def fail(self, error: BX24Error) -> None:
        """End the call with an error, unless it is done."""
        if not self.done():
            # Without its frames, which refer to this call: it must be freed, and reported, when nobody awaits it.
            self.set_exception(error.with_traceback(None))
            self._end(error)

    def cancel(self, msg: Any | None = None) -> bool:
        """Cancel the call, and abort its request if possible. A late answer is dropped."""
        cancelled = super().cancel(msg)
        if cancelled:
            self._end(None)
        return cancelled

    def _time_over(self) -> None:
        self.fail(CallTimeoutError(self.name, self.timeout, maybe_executed=self._sending is not None))

    def _end(self, _error: BX24Error | None) -> None:
        """Free what the call holds."""
        sending, self._sending = self._sending, None
        if sending is not None:
            sending.abort()
        if self._clock is not None:
            self._clock()
            self._clock = None
        for function in self._endings:
            function()
        self._endings.clear()
