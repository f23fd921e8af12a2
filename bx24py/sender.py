"""Calls on their way: queued until the library is initialised, paced, sent, and repeated where that does no harm."""

from __future__ import annotations

import contextlib
import logging
import math
import random
import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from .bridge import Answer, Bridge, Forget, OnProgress, Request
from .errors import (
    AuthError,
    BadResponseError,
    BX24Error,
    CallTimeoutError,
    InitTimeoutError,
    NetworkError,
    NotInPortalError,
    OperationTimeLimitError,
    RateLimitError,
    ServerError,
)
from .limits import Limits, Pacer
from .monitor import CallInfo, log
from .pending import Pending, PendingFuture, failed, finished
from .reading import reads
from .result import number

T = TypeVar("T")

Send = Callable[[Bridge, Callable[[Any], None]], Request]
"""Hands a call to the bridge, with the function that takes the answer."""

FIRST_DELAY = 0.5
"""Seconds before a call is sent again, doubled each time, give or take half."""

MAX_DELAY = 15.0

MARGIN = 0.05
"""Seconds by which the clocks of Python and of the page may differ."""


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
        send: hands it to the bridge.
        read: makes the awaited value of the answer, or raises the BX24Error that the answer stands for.
    """

    def __init__(self, name: str, timeout: float, send: Send, read: Callable[[Any], T]) -> None:
        super().__init__()
        self.name = name
        self.timeout = timeout
        self.tries = 0
        self._send = send
        self._read = read
        self._request: Request | None = None
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
            request = self._send(bridge, self.answered)
        except BX24Error as error:
            self.fail(error)
        except Exception as error:  # of the browser, or of a library made by hand; those behind it shall not wait
            self.fail(BX24Error(f"{self.name}: it could not be sent ({type(error).__name__}: {error})"))
        else:
            if not self.done():  # a library made by hand may have called back at once
                self._request = request
        return True

    def answered(self, answer: Any) -> None:
        """End the call with what came back, unless it is over already."""
        if self.done():
            return
        self._request = None
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
        return BX24Error(f"{self.name}: the answer could not be read ({type(error).__name__}: {error})")

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
        self.fail(CallTimeoutError(self.name, self.timeout, maybe_executed=self._request is not None))

    def _end(self, _error: BX24Error | None) -> None:
        """Free what the call holds."""
        request, self._request = self._request, None
        if request is not None:
            request.abort()
        if self._clock is not None:
            self._clock()
            self._clock = None
        for forget in self._timers:
            forget()
        self._timers.clear()


class Options(NamedTuple):
    """What the caller of a REST method asked for besides.

    Attributes:
        timeout: seconds without an answer until it fails. Waiting for the portal's limits does not count.
        retry: whether to send it again when its fate is unknown; None: when it only reads; False: never again at all.
        wait_for_operating: wait where the method has used up its working time, instead of failing at once.
        on_progress: told how many bytes of the request have been sent, and of how many.
    """

    timeout: float
    retry: bool | None = None
    wait_for_operating: bool = False
    on_progress: OnProgress | None = None


class RestCall(Call[T]):
    """A call to the REST interface.

    Args:
        sender: sends it, and again where that does no harm.
        method: the REST method, `batch` for a batch.
        name: what messages call it.
        methods: all that it executes.
        options: what the caller asked for.
        send: hands it to the bridge.
        read: makes the awaited value of the answer.
    """

    def __init__(
        self,
        sender: Sender,
        method: str,
        name: str,
        *,
        methods: list[str],
        options: Options,
        send: Send,
        read: Callable[[Any], T],
    ) -> None:
        super().__init__(name, options.timeout, send, read)
        self._sender = sender
        self._method = method
        self._options = options
        self._methods = methods
        self._begun = time.monotonic()
        self._status: int | None = None
        self._maybe_executed = False  # by a try that ended in the dark

    def send(self, bridge: Bridge) -> bool:
        """Let the clock of its answer run from now on as well."""
        if not self.tries:
            self._left = self.timeout  # the initialisation, which it may have waited for, has a time of its own
        sent = super().send(bridge)
        self.start_clock(bridge)
        return sent

    def answered(self, answer: Answer | BX24Error) -> None:
        """Note the status as well."""
        if isinstance(answer, Answer):
            self._status = answer.status or None
        super().answered(answer)

    def failed(self, error: BX24Error) -> None:
        """Send the call again if that may help and does no harm; else end it."""
        self.stop_clock()
        delay = self._delay(error)
        if delay is None or delay > self._left:
            self.fail(error)
            return
        self._left -= delay
        log.info("%s: %s; trying again in %.1f s", self.name, type(error).__name__, delay)
        self._timers.append(self._sender.bridge.call_later(delay, lambda: self._sender.send(self)))

    def _delay(self, error: BX24Error) -> float | None:
        """Tell in how many seconds to send the call again; None for not at all."""
        if isinstance(error, RateLimitError) and error.code.upper() == "QUERY_LIMIT_EXCEEDED":
            self._sender.pacer.fill()
            return None if self._options.retry is False else self._backoff()
        if isinstance(error, OperationTimeLimitError):
            reset_at = error.operating_reset_at = self._sender.operating_reset_at(self._methods)
            if not self._options.wait_for_operating or reset_at is None:
                return None
            # That moment may be over, and the portal refuse still.
            return max(reset_at - time.time() + FIRST_DELAY, self._backoff())
        unknown = isinstance(error, NetworkError | BadResponseError | ServerError | RateLimitError)
        self._maybe_executed |= unknown
        if unknown and self._repeatable() and self.tries < self._sender.max_tries:
            return self._backoff()
        return None

    def _repeatable(self) -> bool:
        return all(reads(one) for one in self._methods) if self._options.retry is None else self._options.retry

    def _backoff(self) -> float:
        delay = min(FIRST_DELAY * 2.0 ** (self.tries - 1), MAX_DELAY)
        return delay * random.uniform(0.5, 1.5)  # noqa: S311  it spreads retries, and guards nothing

    def _time_over(self) -> None:
        request = self._request
        age = request.age if request is not None else None
        if request is not None and age is None and request.expired:
            fate = "An earlier try may have been executed" if self._maybe_executed else "The call was not executed"
            words = f"the token has expired, and the portal has not renewed it within {self.timeout:g} s. {fate}"
            self.fail(AuthError("expired_token", words, 401, self._method))
        elif request is not None and self._may_still_come(request, age):
            self.start_clock(self._sender.bridge)
        else:
            self.fail(CallTimeoutError(self.name, self.timeout, maybe_executed=self._maybe_executed or age is not None))

    def _may_still_come(self, request: Request, age: float | None) -> bool:
        """Tell whether the portal has had less than its time, because the library's own guard held the request."""
        if age is None:
            return request.idle < self._left
        held = self._left - age
        if held <= MARGIN:
            return False
        self._left = held
        return True

    def _end(self, error: BX24Error | None) -> None:
        if self._sender.watched and not self.cancelled():
            duration = time.monotonic() - self._begun
            self._sender.ended(CallInfo(self._method, duration, self._status, self.tries, error))
        super()._end(error)


class _InitWait(Call[None]):
    """A wait for the initialisation. When its time is over, the queued calls fail with it."""

    def __init__(self, sender: Sender, timeout: float) -> None:
        super().__init__("BX24.init", timeout, _send_nothing, lambda _answer: None)
        self._sender = sender

    def _time_over(self) -> None:
        self.fail(InitTimeoutError(self.timeout))
        self._sender.fail_queue(self.timeout)

    def _end(self, error: BX24Error | None) -> None:
        super()._end(error)
        self._sender.wait_ended(self)


def _send_nothing(_bridge: Bridge, _answered: Callable[[Any], None]) -> Request:
    raise NotImplementedError


class Sender:
    """Sends the calls of one client. Those made before the initialisation wait for it, in the order made."""

    def __init__(self, connect: Callable[[], Bridge], init_timeout: float, limits: Limits, max_tries: int) -> None:
        self.max_tries = max_tries
        self.pacer = Pacer(limits, lambda delay, function: self.bridge.call_later(delay, function))
        self.operating: dict[str, dict[str, Any]] = {}  # the `time` of the last good answer of each method
        self.hooks: list[Callable[[CallInfo], object]] = []
        self._connect = connect
        self.init_timeout = init_timeout
        self._bridge: Bridge | None = None
        self.ready = False
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
            try:
                bridge.init(self._initialised)
            except BX24Error as error:
                raise NotInPortalError(str(error)) from None
            self._bridge = bridge
        return self._bridge

    def start(self, make: Callable[[], Call[T]]) -> Pending[T]:
        """Start a call: now, or as soon as the library is initialised.

        Raises:
            NotInBrowserError: this is not Pyodide. All else is raised by awaiting.
        """
        try:
            bridge = self.bridge
        except NotInPortalError as error:
            return failed(error)
        call = make()
        if self.ready:
            self.send(call)
        else:
            self._queue.append(call)
            call.start_clock(bridge)
            self._watch_queue()
        return call

    def send(self, call: Call[Any]) -> None:
        """Send a call, when the portal's limits allow it."""
        if isinstance(call, RestCall):
            call.stop_clock()
            self.pacer.submit(lambda: call.send(self.bridge))
        else:
            call.send(self.bridge)
            call.start_clock(self.bridge)

    def init(self, timeout: float) -> Pending[None]:
        """Wait until the library is initialised. Calls queued meanwhile fail together with the wait.

        Raises:
            NotInBrowserError: this is not Pyodide. All else is raised by awaiting.
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

    def finished(self, value: T) -> Pending[T]:
        """Make an awaitable for what needs no call.

        Raises:
            NotInBrowserError: this is not Pyodide.
        """
        with contextlib.suppress(NotInPortalError):
            _ = self.bridge
        return finished(value)

    def operating_reset_at(self, methods: list[str]) -> float | None:
        """Tell when the portal frees working time of all these methods, as far as their last good answers say."""
        times = [number(self.operating.get(method, {}).get("operating_reset_at")) for method in methods]
        return max((time for time in times if time is not None), default=None)

    @property
    def watched(self) -> bool:
        """Whether anybody wants to know of finished calls."""
        return bool(self.hooks) or log.isEnabledFor(logging.DEBUG)

    def ended(self, info: CallInfo) -> None:
        """Tell the log and the hooks of a finished call."""
        log.debug(
            "%s: %s after %.3f s, status %s, tries %d",
            info.method,
            type(info.error).__name__ if info.error else "done",
            info.duration,
            info.status,
            info.tries,
        )
        for hook in list(self.hooks):
            try:
                hook(info)
            except Exception:
                log.exception("a function given to on_call failed")

    def _initialised(self) -> None:
        self.ready = True
        self._stop_own_clock()
        waits, self._waits = self._waits, []
        queue, self._queue = self._queue, []
        for wait in waits:
            wait.answered(None)
        for call in queue:
            self.send(call)

    def wait_ended(self, wait: _InitWait) -> None:
        """Watch over the queued calls again, if this was the last wait that did."""
        if wait in self._waits:
            self._waits.remove(wait)
            self._watch_queue()

    def _watch_queue(self) -> None:
        """Let the queued calls fail in time, where nobody waits for the initialisation with a time of their own."""
        if self._queue and not self._waits and self._stop_clock is None:
            self._stop_clock = self.bridge.call_later(self.init_timeout, lambda: self.fail_queue(self.init_timeout))

    def fail_queue(self, timeout: float) -> None:
        """Let every queued call fail, because the library has not been initialised in time."""
        self._stop_own_clock()
        queue, self._queue = self._queue, []
        for call in queue:
            call.fail(InitTimeoutError(timeout))

    def _stop_own_clock(self) -> None:
        if self._stop_clock is not None:
            self._stop_clock()
            self._stop_clock = None
