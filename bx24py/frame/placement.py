"""The placement where the application was opened: its data, commands and events."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, overload

from ..bridge import Bridge, Forget
from ..calls.call import check_timeout
from ..calls.pending import Pending, start_task
from ..errors import CallTimeoutError, CommandError, UnknownCommandError, UnknownEventError
from ..monitor import log
from .handlers import Handler, check_handler, check_name, run
from .portal_page import TIMEOUT, PortalPage, json_text

if TYPE_CHECKING:
    from .placement_info import PlacementInfo

H = TypeVar("H", bound=Handler)


class PlacementInterface(NamedTuple):
    """What the current placement offers.

    Attributes:
        commands: names for `call`. General commands, such as `resizeWindow`, are not among them.
        events: names for `bind_event`.
    """

    commands: tuple[str, ...]
    events: tuple[str, ...]


class _Subscription:
    """A subscription in the portal, and its handlers."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.handlers: list[Handler] = []
        self.stands = False
        self.sent: Pending[Forget] | None = None

    def happened(self, value: Any = None, *_: Any) -> None:
        for handler in list(self.handlers):
            run(handler, value, self.what)

    def drop(self) -> None:
        """Free its resources."""
        if self.sent is None or self.sent.cancel() or self.sent.exception() is not None:
            return
        self.sent.result()()


class Placement:
    """The functions of `BX24.placement`."""

    def __init__(self, page: PortalPage) -> None:
        self._page = page
        self._interface: PlacementInterface | None = None  # the latest known
        self._asked: Pending[PlacementInterface] | None = None
        self._subscriptions: dict[tuple[str, str], _Subscription] = {}

    def info(self) -> PlacementInfo:
        """Return where the application was opened.

        Raises:
            BX24Error: the library is not initialised yet.
        """
        from .placement_info import PlacementInfo  # here, because not every application needs it

        info = self._page.value("placement.info")
        info = info if isinstance(info, dict) else {}
        options = info.get("options")
        return PlacementInfo(str(info.get("placement") or ""), options if isinstance(options, dict) else {})

    def get_interface(self, *, timeout: float | None = None) -> Pending[PlacementInterface]:
        """Request the commands and events of this placement.

        `call` and the `bind_…` functions do this themselves, once.

        Args:
            timeout: seconds; None: 30.

        Raises:
            CallTimeoutError: when awaited: the portal did not answer in time.
        """
        return self._page.ask("placement.getInterface", read=self._read_interface, timeout=timeout, default=TIMEOUT)

    def call(
        self, command: str, params: object = None, *, timeout: float | None = None, wait: bool = True
    ) -> Pending[Any]:
        """Call a command of this placement.

        Args:
            command: its name, such as `reloadData`.
            params: its argument: a str, number, bool or None, or a list or dict of these. `setValue` of a user
                field (`USERFIELD_TYPE`) takes only a str; the portal converts all else to text, such as True to `true`.
            timeout: seconds for the answer, and on the first call for the list of commands; None: 30.
            wait: False for a command that never answers, such as `CallCardStartTimer` in a browser: awaiting it
                then returns None once it has been sent.

        Returns:
            The answer; an empty list if it is empty (contract, section 2).

        Raises:
            TypeError, ValueError: an invalid name, or parameters that cannot be sent.
            UnknownCommandError: when awaited: this placement has no such command, or BX24 has a function of that name.
                The portal and BX24 silently drop such a command (contract, section 2), so it is not sent.
            CommandError: when awaited: the command reported a failure.
            CallTimeoutError: when awaited: the portal did not answer in time.
        """
        check_name(command, "command")
        copied = _copy(params)
        seconds = check_timeout(timeout, TIMEOUT)
        asked = self._ask_unless_listed("commands", command)
        if asked is None:
            return self._send(command, copied, seconds, wait)

        async def send() -> Any:
            await self._check_listed("commands", command, asked, seconds)
            return await self._send(command, copied, seconds, wait)

        return start_task(send())

    @overload
    def bind_event(self, event: str, handler: Handler, *, timeout: float | None = None) -> Pending[None]: ...
    @overload
    def bind_event(self, event: str, *, timeout: float | None = None) -> Callable[[H], H]: ...
    def bind_event(
        self, event: str, handler: Handler | None = None, *, timeout: float | None = None
    ) -> Pending[None] | Callable[[Handler], Handler]:
        """Call a function on each event of this placement, until `unbind_event`.

        ```python
        @bx24.placement.bind_event("CallCard::CallStateChanged")
        async def changed(state): ...


        await bx24.placement.bind_event("CallCard::BeforeClose", closing)
        ```

        The handler gets the event's data, an empty list if there is none (contract, section 2). It may be an
        `async def`. Exceptions go to the log `bx24py`. Binding a handler again has no effect.

        Args:
            event: its name.
            handler: the function; None to use this as a decorator, which logs its errors.
            timeout: seconds for the list of events; None: 30.

        Raises:
            TypeError, ValueError: an invalid name, or the handler is not callable.
            UnknownEventError: when awaited: this placement has no such event. The portal silently ignores such a
                subscription (contract, section 2).
            CallTimeoutError: when awaited: the portal did not list its events in time.
        """
        check_name(event, "event")
        return self._bind("events", event, None, handler, timeout)

    def unbind_event(self, event: str, handler: Handler) -> None:
        """Stop calling a function that was passed to `bind_event`.

        Raises:
            ValueError: it is not bound to this event.
        """
        self._unbind("events", event, handler)

    @overload
    def bind_command(
        self, command: str, handler: Handler, *, params: object = None, timeout: float | None = None
    ) -> Pending[None]: ...
    @overload
    def bind_command(
        self, command: str, *, params: object = None, timeout: float | None = None
    ) -> Callable[[H], H]: ...
    def bind_command(
        self, command: str, handler: Handler | None = None, *, params: object = None, timeout: float | None = None
    ) -> Pending[None] | Callable[[Handler], Handler]:
        """Call a command that answers repeatedly, such as `bindLayoutEventCallback`; otherwise like `bind_event`.

        All handlers of one command share the first one's parameters.

        Raises:
            TypeError, ValueError: an invalid name or handler, or parameters that cannot be sent.
            UnknownCommandError: when awaited, as for `call`.
            CallTimeoutError: when awaited: the portal did not list its commands in time.
        """
        check_name(command, "command")
        return self._bind("commands", command, _copy(params), handler, timeout)

    def unbind_command(self, command: str, handler: Handler) -> None:
        """Stop calling a function that was passed to `bind_command`.

        Raises:
            ValueError: it is not bound to this command.
        """
        self._unbind("commands", command, handler)

    def _read_interface(self, answer: Any) -> PlacementInterface:
        found = answer if isinstance(answer, dict) else {}
        commands, events = (tuple(map(str, found.get(name) or ())) for name in ("command", "event"))
        self._interface = PlacementInterface(commands, events)
        return self._interface

    def _ask_unless_listed(self, kind: str, name: str) -> Pending[PlacementInterface] | None:
        """Request the interface, unless it is known to list this name. Simultaneous requests share one answer.

        A name that the known interface lacks may have been added since.
        """
        if self._interface is not None and name in getattr(self._interface, kind):
            return None
        if self._asked is None or self._asked.done():
            self._asked = self.get_interface()
            self._asked.add_done_callback(lambda asked: asked.cancelled() or asked.exception())
        return self._asked

    async def _check_listed(
        self, kind: str, name: str, asked: asyncio.Future[PlacementInterface] | None, seconds: float
    ) -> None:
        if asked is None:
            return
        await asyncio.wait((asked,), timeout=None if math.isinf(seconds) else seconds)
        try:
            names: tuple[str, ...] = getattr(asked.result(), kind)
        except (asyncio.InvalidStateError, CallTimeoutError):
            what = f"{name}: requesting the placement's {kind}"
            raise CallTimeoutError(what, min(seconds, TIMEOUT), maybe_executed=False) from None
        if kind == "commands":
            self._refuse_swallowed(name, self._page.bridge)
        if name not in names:
            raise UnknownCommandError(name, names) if kind == "commands" else UnknownEventError(name, names)

    def _refuse_swallowed(self, command: str, bridge: Bridge) -> None:
        if bridge.has(command):
            commands = self._interface.commands if self._interface else ()
            raise UnknownCommandError(command, commands, swallowed=True)

    def _send(self, command: str, params: Any, seconds: float, wait: bool) -> Pending[Any]:
        def check(bridge: Bridge) -> None:
            self._refuse_swallowed(command, bridge)

        def read(answer: Any) -> Any:
            failed = answer[0] if isinstance(answer, list) and len(answer) == 1 else answer
            if isinstance(failed, dict) and failed.get("result") == "error" and "errorCode" in failed:
                raise CommandError(command, str(failed["errorCode"]))
            return answer

        if not wait:
            return self._page.tell("placement.call", command, params, check=check)
        return self._page.ask(
            "placement.call", command, params, read=read, timeout=seconds, default=TIMEOUT, check=check
        )

    def _bind(
        self, kind: str, name: str, params: Any, handler: Handler | None, timeout: float | None
    ) -> Pending[None] | Callable[[Handler], Handler]:
        seconds = check_timeout(timeout, TIMEOUT)
        if handler is not None:
            check_handler(handler)
            return self._start_binding(kind, name, params, handler, seconds)

        def decorate(handler: Handler) -> Handler:
            check_handler(handler)
            bound = self._start_binding(kind, name, params, handler, seconds)
            bound.add_done_callback(lambda ended: _report(name, ended))
            return handler

        return decorate

    def _start_binding(self, kind: str, name: str, params: Any, handler: Handler, seconds: float) -> Pending[None]:
        """Add a handler, and subscribe if it is the first. BX24 cannot unsubscribe, so the subscription stays."""
        key = (kind, name)
        one = self._subscriptions.setdefault(key, _Subscription(name))
        if handler not in one.handlers:
            one.handlers.append(handler)
        asked: asyncio.Future[PlacementInterface] | None = None

        def subscribe() -> Pending[Forget]:
            if one.sent is None:
                arguments = ("placement.bindEvent", name) if kind == "events" else ("placement.call", name, params)
                one.sent = self._page.subscribe(*arguments, handler=one.happened)
            return one.sent

        async def bind() -> None:
            try:
                if not one.stands:
                    await self._check_listed(kind, name, asked, seconds)
                    sent = subscribe()
                    await asyncio.wait((sent,))
                    sent.result()
                    one.stands = True
            except BaseException:
                if handler in one.handlers:
                    one.handlers.remove(handler)
                if not (one.handlers or one.stands) and self._subscriptions.get(key) is one:
                    del self._subscriptions[key]
                    one.drop()
                raise

        if not one.stands:
            if kind == "events":
                subscribe()  # before the request, so that no event is missed; the portal ignores unknown ones
            asked = self._ask_unless_listed(kind, name)
        return start_task(bind())

    def _unbind(self, kind: str, name: str, handler: Handler) -> None:
        one = self._subscriptions.get((kind, name))
        if one is None or handler not in one.handlers:
            raise ValueError(f"handler: {handler!r} is not bound to {name!r}")
        one.handlers.remove(handler)


def _copy(params: Any) -> Any:
    """Copy parameters; an int that JavaScript cannot hold exactly becomes a str, as in a REST call."""
    return json.loads(json_text(params, "params"), parse_int=_whole)


def _whole(digits: str) -> int | str:
    number = int(digits)
    return number if abs(number) < 2**53 else digits


def _report(name: str, bound: asyncio.Future[None]) -> None:
    """Log a failed binding that nobody awaits; as it has an error, it is seen like one that nobody caught."""
    error = None if bound.cancelled() else bound.exception()
    if error is not None:
        log.error("%s could not be bound", name, exc_info=error)
