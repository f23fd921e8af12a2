"""One call on its way: sent, answered, timed out, given up."""

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


class Call(PendingFuture[T]):
    """One call on its way, and the future that its caller awaits. Cancelling it frees its callback at once.

    Args:
        name: what messages call it.
        timeout: seconds until it fails.
        read: makes the awaited value of the answer, or raises the BX24Error that the answer stands for.
    """

    is_paced = False
    """Whether the portal's limits hold for it."""

    def __init__(self, name: str, timeout: float, read: Callable[[Any], T]) -> None:
        super().__init__()
        self.name = name
        self.timeout = timeout
        self.tries = 0
        self._read = read
        self._sending: Sending | None = None
        self._left = timeout  # seconds that the portal may still keep silent
        self._clock: Forget | None = None
        self._clock_from = 0.0
        self._timers: list[Forget] = []

    def start_clock(self, bridge: Bridge) -> None:
        """Let the call fail when the portal has been silent for too long."""
        if self._clock is None and math.isfinite(self._left) and not self.done():
            self._clock_from = time.monotonic()
            self._clock = bridge.call_later(max(0.0, self._left), self._ring)

    def stop_clock(self) -> None:
        """Keep what is left of the time: the call does not wait for the portal now."""
        if self._clock is not None:
            self._clock()
            self._clock = None
            self._left -= time.monotonic() - self._clock_from

    def _ring(self) -> None:
        self._clock = None
        try:
            self._time_over()
        except Exception as error:  # of the browser; the call must end all the same
            late = CallTimeoutError(self.name, self.timeout, maybe_executed=True)
            late.__cause__ = error
            self.fail(late)

    def send(self, bridge: Bridge) -> bool:
        """Hand the call to the library, unless it is over already; tell whether that was done."""
        if self.done():
            return False
        self.tries += 1
        try:
            sending = self._hand_down(bridge, self.answered)
        except BX24Error as error:
            self.fail(error)
        except Exception as error:  # of the browser, or of a library made by hand; those behind it shall not wait
            self.fail(BX24Error(f"{self.name}: it could not be sent ({type(error).__name__}: {error})"))
        else:
            if not self.done():  # a library made by hand may have called back at once
                self._sending = sending
        return True

    def _hand_down(self, bridge: Bridge, answered: Callable[[Any], None]) -> Sending:
        """Have the bridge do it; `answered` takes the answer."""
        raise NotImplementedError

    def answered(self, answer: Any) -> None:
        """End the call with what came back, unless it is over already."""
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
            self.set_result(value)
            self._end(None)

    def _deal_with(self, error: BX24Error) -> None:
        try:
            self.failed(error)
        except Exception as unforeseen:
            error.__cause__ = unforeseen
            self.fail(error)

    def _unforeseen(self, error: Exception) -> BX24Error:
        """Make an error of a shape of answer that nobody foresaw: it must end the wait as well."""
        unforeseen = BX24Error(f"{self.name}: the answer could not be read ({type(error).__name__}: {error})")
        unforeseen.maybe_executed = True
        return unforeseen

    def failed(self, error: BX24Error) -> None:
        """Deal with an answer that is an error."""
        self.fail(error)

    def fail(self, error: BX24Error) -> None:
        """End the call with an error, unless it is over already."""
        if not self.done():
            self.set_exception(error)
            self._end(error)

    def cancel(self, msg: Any | None = None) -> bool:
        """Give the call up, and its request where that is possible. What the portal still answers is dropped."""
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
        for forget in self._timers:
            forget()
        self._timers.clear()
