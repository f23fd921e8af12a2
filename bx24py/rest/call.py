"""A pending REST call: its retries, and the error if no answer comes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

from ..bridge import Answer, Bridge, Request, Sending
from ..calls.call import Call
from ..calls.sender import Sender
from ..errors import (
    AuthError,
    BadResponseError,
    BX24Error,
    CallTimeoutError,
    NetworkError,
    OperationTimeLimitError,
    RateLimitError,
    ServerError,
)
from ..monitor import CallInfo, log
from .history import History

T = TypeVar("T")

_REFUSED = range(400, 500)
_TOO_MANY = 429

FIRST_DELAY = 0.5
"""Seconds before a call is resent, doubled each time, plus or minus half."""

MAX_DELAY = 15.0

MARGIN = 0.05
"""Seconds by which the clocks of Python and the page may differ."""


class RestCall(Call[T]):
    """A REST call.

    Args:
        sender: sends it, and resends it if that is safe.
        history: data from earlier calls, updated by this one.
        max_tries: how often it is sent at most while its outcome is unknown.
        request: what to send.
        read: converts the answer to the awaited value.
        check: called just before sending; raises a BX24Error if the call must not be sent.
        hold: called before it is sent for the first time; whether it must wait.
    """

    is_paced = True

    def __init__(
        self,
        sender: Sender,
        history: History,
        max_tries: int,
        request: Request,
        read: Callable[[Answer], T],
        check: Callable[[Bridge], None] | None = None,
        hold: Callable[[Call[Any]], bool] | None = None,
    ) -> None:
        super().__init__(request.name, request.options.timeout, read)
        self._sender = sender
        self._history = history
        self._max_tries = max_tries
        self._content = request
        self._check = check
        self._hold = hold
        self._begun = time.monotonic()
        self._status: int | None = None
        self._maybe_executed = False  # by a try without an answer

    @property
    def maybe_executed(self) -> bool:
        """Whether the portal may have executed it, or may do so now."""
        return self._maybe_executed or (self._sending is not None and self._sending.age is not None)

    def _hand_down(self, bridge: Bridge, answered: Callable[[Any], None]) -> Sending:
        if self._check is not None:
            self._check(bridge)
        return bridge.send(self._content, answered)

    def is_held(self) -> bool:
        """Return whether a function given to `on_write` is to be asked, or an earlier write waits for one."""
        if self._hold is None or self.done():
            return False
        if self._check is not None:
            try:
                self._check(self._sender.bridge)
            except BX24Error:
                return False  # sending it fails: nobody needs to be asked
        return self._hold(self)

    def send(self, bridge: Bridge) -> bool:
        """Start the timeout too."""
        if not self.tries:
            self._left = self.timeout  # the wait for the initialisation has its own timeout
        sent = super().send(bridge)
        self.start_clock(bridge)
        return sent

    def answered(self, answer: Answer | BX24Error) -> None:
        """Record the status too."""
        if isinstance(answer, Answer):
            self._status = answer.status or None
        super().answered(answer)

    def failed(self, error: BX24Error) -> None:
        """Resend the call if that may help and is safe; otherwise end it."""
        self.stop_clock()
        delay = self._delay(error)
        if delay is None or delay > self._left:
            self.fail(error)
            return
        self._left -= delay
        log.info("%s: %s; trying again in %.1f s", self.name, type(error).__name__, delay)
        self.at_end(self._sender.bridge.call_later(delay, lambda: self._sender.send(self)))

    def fail(self, error: BX24Error) -> None:
        """Let the error tell of earlier tries as well."""
        error.maybe_executed |= self._maybe_executed
        super().fail(error)

    def _delay(self, error: BX24Error) -> float | None:
        """Return the seconds until the call is resent; None for never."""
        if isinstance(error, RateLimitError) and error.code.upper() == "QUERY_LIMIT_EXCEEDED":
            self._sender.pacer.fill()
            return None if self._content.options.retry is False else self._backoff()
        if isinstance(error, OperationTimeLimitError):
            reset_at = error.operating_reset_at = self._history.operating_reset_at(self._content.methods)
            if not self._content.options.wait_for_operating or reset_at is None:
                return None
            # That time may have passed while the portal still refuses.
            return max(reset_at - time.time() + FIRST_DELAY, self._backoff())
        unknown = isinstance(error, NetworkError | BadResponseError | ServerError | RateLimitError)
        self._maybe_executed |= unknown
        if isinstance(error, BadResponseError) and error.status in _REFUSED and error.status != _TOO_MANY:
            return None
        if unknown and self._content.may_be_repeated and self.tries < self._max_tries:
            return self._backoff()
        return None

    def _backoff(self) -> float:
        delay = min(FIRST_DELAY * 2.0 ** (self.tries - 1), MAX_DELAY)
        return delay * random.uniform(0.5, 1.5)  # noqa: S311  it only spreads retries

    def _time_over(self) -> None:
        sending = self._sending
        age = sending.age if sending is not None else None
        if sending is not None and age is None and sending.expired:
            fate = "An earlier try may have been executed" if self._maybe_executed else "The call was not executed"
            words = f"the token has expired, and the portal did not renew it within {self.timeout:g} s. {fate}"
            self.fail(AuthError("expired_token", words, 401, self._content.method))
        elif sending is not None and self._may_still_come(sending, age):
            self.start_clock(self._sender.bridge)
        else:
            self.fail(CallTimeoutError(self.name, self.timeout, maybe_executed=self._maybe_executed or age is not None))

    def _may_still_come(self, sending: Sending, age: float | None) -> bool:
        """Return whether the portal has had less than the timeout, because the library's own guard held the request."""
        if age is None:
            return sending.idle < self._left
        held = self._left - age
        if held <= MARGIN:
            return False
        self._left = held
        return True

    def _end(self, error: BX24Error | None) -> None:
        self._maybe_executed = self.maybe_executed  # of a cancelled one too
        if self._history.watched and not self.cancelled():
            duration = time.monotonic() - self._begun
            self._history.ended(CallInfo(self._content.method, duration, self._status, self.tries, error))
        super()._end(error)
