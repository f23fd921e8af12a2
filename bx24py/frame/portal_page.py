"""Commands to the portal's page around the application's frame (contract, section 2)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from ..bridge import Bridge, Forget, Sending
from ..bridge.depth import check_nesting
from ..calls.call import Call, check_timeout
from ..calls.pending import Pending, failed
from ..calls.sender import Sender
from ..errors import BX24Error, CallTimeoutError, NotInPortalError

T = TypeVar("T")


def json_text(value: Any, path: str) -> str:
    """Return a value for the portal's page as JSON.

    Raises:
        TypeError: a value that JSON does not support; the message begins with the path.
        ValueError: a number that is not finite, a str with a lone surrogate, or a structure that contains itself or
            is nested deeper than 500 levels.
    """
    try:
        check_nesting(value)
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        text.encode()  # no lone surrogates
    except TypeError as error:
        raise TypeError(f"{path}: {error}") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: {error}") from None
    return text


Send = Callable[[Bridge, Callable[[Any], None]], Sending]
"""Passes a call to the bridge, with the function that takes the answer."""

TIMEOUT = 30.0
"""Seconds to wait for the answer to a command that is always answered."""

LATE = "The portal's page may have done it anyway."
"""What CallTimeoutError says about a command that was not answered in time."""


class PortalPage:
    """The BX24 functions other than REST, called once the library is initialised."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    @property
    def bridge(self) -> Bridge:
        """The bridge to the page, for what needs no initialisation.

        Raises:
            NotInBrowserError: this is not Pyodide.
            NotInPortalError: there is no usable BX24 object.
        """
        return self._sender.bridge

    @property
    def installing(self) -> bool:
        """Whether the loader is running install.py."""
        try:
            return self._sender.bridge.installing
        except NotInPortalError:
            return False

    def ask(
        self,
        function: str,
        *arguments: Any,
        read: Callable[[Any], T],
        timeout: float | None,
        default: float,
        check: Callable[[Bridge], None] | None = None,
        late: str = LATE,
    ) -> Pending[T]:
        """Call a function that calls back once, and wait for that.

        Args:
            function: its name, such as `selectUser`.
            arguments: its arguments in plain Python; `bridge.CALLBACK` if the callback is not the last.
            read: converts the callback's arguments to the awaited value (None: no value), or raises a BX24Error.
            timeout: the caller's timeout in seconds.
            default: the timeout if that is None; infinity if a person decides.
            check: called just before the function; raises a BX24Error if it must not be called.
            late: what CallTimeoutError says about a call that was sent but not answered in time.
        """

        def send(bridge: Bridge, answered: Callable[[Any], None]) -> Any:
            if check is not None:
                check(bridge)
            return bridge.ask(function, arguments, lambda value=None, *_: answered(value))

        seconds = check_timeout(timeout, default)
        return self._sender.start(lambda: _FrameCall(f"BX24.{function}", seconds, send, read, late))

    def tell(self, function: str, *arguments: Any, check: Callable[[Bridge], None] | None = None) -> Pending[None]:
        """Call a function that never answers; the future ends once it is called. `check` as for `ask`."""

        def send(bridge: Bridge, answered: Callable[[Any], None]) -> Any:
            if check is not None:
                check(bridge)
            bridge.tell(function, arguments)
            answered(None)

        return self._sender.start(
            lambda: _FrameCall(f"BX24.{function}", self._sender.init_timeout, send, lambda _: None)
        )

    def value(self, function: str, *arguments: Any) -> Any:
        """Return the value of a synchronous function.

        Raises:
            BX24Error: the library is not initialised yet, and would return nothing.
        """
        bridge = self._sender.bridge
        if not self._sender.ready:
            raise BX24Error(f"BX24.{function}: the portal has not answered yet; await bx24.init() first")
        return bridge.tell(function, arguments)

    def subscribe(
        self,
        function: str,
        *arguments: Any,
        handler: Callable[..., None],
        check: Callable[[Bridge], None] | None = None,
    ) -> Pending[Forget]:
        """Call a function that calls back repeatedly; await it for a function to stop it. `check` as for `ask`."""

        def send(bridge: Bridge, answered: Callable[[Any], None]) -> Any:
            if check is not None:
                check(bridge)
            answered(bridge.subscribe(function, arguments, handler))

        return self._sender.start(
            lambda: _FrameCall(f"BX24.{function}", self._sender.init_timeout, send, lambda end: end)
        )

    def at_once(self, name: str, send: Send, *, read: Callable[[Any], T], timeout: float, late: str) -> Pending[T]:
        """Start a call that does not need the library to be initialised.

        Args:
            name: its name in messages.
            send: sends it, with the function that takes the answer.
            read: as for `ask`.
            timeout: seconds.
            late: as for `ask`.
        """
        try:
            bridge = self._sender.bridge
        except NotInPortalError as error:
            return failed(error)
        call = _FrameCall(name, timeout, send, read, late)
        call.send(bridge)
        call.start_clock(bridge)
        return call


class _FrameCall(Call[T]):
    """A call other than REST, with its own timeout message."""

    def __init__(self, name: str, timeout: float, send: Send, read: Callable[[Any], T], late: str = LATE) -> None:
        super().__init__(name, timeout, read)
        self._send = send
        self._late = late

    def _hand_down(self, bridge: Bridge, answered: Callable[[Any], None]) -> Sending:
        return self._send(bridge, answered)

    def _time_over(self) -> None:
        sent = self._sending is not None
        self.fail(CallTimeoutError(self.name, self.timeout, maybe_executed=sent, sent=self._late))
