"""Installation of an application and the portal's events: `BX24.installFinish`, `BX24.callBind`, `BX24.callUnbind`.

An installation step of the loader (`data-install`) needs none of it: it is finished when install.py returns.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from .bridge import Answer, Bridge, Request
from .commands import Command
from .errors import AccessError, BX24Error
from .page import Page
from .params import encode
from .pending import Pending, start_task
from .sender import Options, Send

if TYPE_CHECKING:
    from .result import Result


class _Client(Protocol):
    """What the functions here use of the client that they are part of."""

    _page: Page

    def call_method(self, method: str, /, *, timeout: float | None) -> Pending[Result]: ...
    def _options(self, timeout: float | None, retry: bool | None, wait_for_operating: bool) -> Options: ...
    def _start(
        self, name: str, commands: list[Command], options: Options, send: Send, read: Callable[[Answer], Result]
    ) -> Pending[Result]: ...
    def _read(self, answer: Answer, command: Command, options: Options) -> Result: ...


class Install:
    """The part of the client that is about installation."""

    _page: Page

    def install_finish(self: _Client, *, timeout: float | None = None) -> Pending[None]:
        """Tell the portal that the installer page has done its work; the portal then opens the application.

        The installer page is the one that the portal opens as long as the application is not installed: `install.html`
        in an uploaded archive. Elsewhere BX24.installFinish does nothing, without a word (contract, section 1), so
        the portal is asked first, with `app.info`, whether the application is installed already. The portal's page
        is loaded anew, and this one with it: what follows the call may not run any more.

        Args:
            timeout: seconds for that question; the client's when None.

        Raises:
            BX24Error: when awaited: the application is installed already; or the call stands in install.py, whose end
                is the end of its installation.
        """
        installed = None if self._page.installing else self.call_method("app.info", timeout=timeout)

        async def finish() -> None:
            if installed is None:
                raise BX24Error(
                    "BX24.installFinish: the loader calls it when install.py returns; leave bx24.install_finish() out"
                )
            try:
                data = (await installed).data
            except BX24Error:
                data = None  # it may work for all that, and tells itself what fails
            if isinstance(data, dict) and data.get("INSTALLED") is True:
                raise BX24Error(
                    "BX24.installFinish: the application is installed already, so there is nothing to finish. "
                    "Call it on the page that the portal opens for the installation (install.html)."
                )
            await self._page.tell("installFinish")

        finished = start_task(finish())
        if installed is not None:
            finished.add_done_callback(lambda _: installed.cancel())  # if it was given up
        return finished

    def call_bind(
        self: _Client, event: str, handler: str, auth_type: int | None = None, *, timeout: float | None = None
    ) -> Pending[Result]:
        """Have the portal call an address whenever an event happens: the REST method `event.bind`.

        Args:
            event: the event's name, such as `OnCrmDealAdd`.
            handler: the address, on a server of the application's author. It must be https, because the portal sends
                tokens there; http is for this machine (localhost, 127.0.0.1 and ::1). The handler must check the
                `application_token` that it gets: anybody can call an address.
            auth_type: the id of the user with whose rights the handler is called; None: of who caused the event.
            timeout: seconds; the client's when None.

        Returns:
            Its `data` is True.

        Raises:
            TypeError, ValueError: not a name, an https address or an id.
            AccessError: when awaited: the current user is no administrator. BX24.callBind never answers then
                (contract, section 4, number 10).
            BX24Error: when awaited, as for `call_method`. It is not sent a second time where it may have been executed.
        """
        params = _binding(event, handler, auth_type)
        _check_address(handler)
        return _administer(self, "callBind", "event.bind", params, timeout)

    def call_unbind(
        self: _Client, event: str, handler: str, auth_type: int | None = None, *, timeout: float | None = None
    ) -> Pending[Result]:
        """Do not have the portal call an address any more: the REST method `event.unbind`.

        Args:
            event: the event's name.
            handler: the address, as it was given to `call_bind`.
            auth_type: the id of the user for whom it was given; 0 when it was for none; None: the handlers of all.
            timeout: seconds; the client's when None.

        Returns:
            Its `data` is `{"count": number of handlers removed}`.

        Raises:
            TypeError, ValueError: not a name, an address or an id.
            AccessError: when awaited: the current user is no administrator. BX24.callUnbind never answers then
                (contract, section 4, number 10).
            BX24Error: when awaited, as for `call_method`. It is not sent a second time where it may have been executed.
        """
        return _administer(self, "callUnbind", "event.unbind", _binding(event, handler, auth_type), timeout)


def _binding(event: object, handler: object, auth_type: object) -> dict[str, Any]:
    """Make the parameters; None is left out, as BX24.js does."""
    for name, value in ("event", event), ("handler", handler):
        if not isinstance(value, str):
            raise TypeError(f"{name}: a text is needed, not {type(value).__name__}")
        if not value.strip():
            raise ValueError(f"{name}: must not be empty")
    if auth_type is None:
        return encode({"event": event, "handler": handler})
    if isinstance(auth_type, bool) or not isinstance(auth_type, int):
        raise TypeError(f"auth_type: the id of a user is needed, not {type(auth_type).__name__}")
    if auth_type < 0:
        raise ValueError(f"auth_type: must be the id of a user, not {auth_type}")
    return encode({"event": event, "handler": handler, "auth_type": auth_type})


def _check_address(handler: str) -> None:
    """Refuse an address to which tokens would travel unprotected, or that is none.

    Raises:
        ValueError: neither https nor on this machine.
    """
    from urllib.parse import urlsplit  # here, because few applications need it

    try:
        parts = urlsplit(handler)
        host = parts.hostname or ""
    except ValueError:  # such as brackets that hold no address
        raise ValueError("handler: must be an address such as https://example.com/handler") from None
    if not host or not handler.isprintable() or re.search(r"[\s\\]", handler):
        raise ValueError("handler: must be an address such as https://example.com/handler")
    here = host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", host)
    if parts.scheme != "https" and not (parts.scheme == "http" and here):
        raise ValueError(
            f"handler: must begin with https://, because the portal sends tokens there, not {parts.scheme}"
        )


def _administer(
    client: _Client, function: str, method: str, params: dict[str, Any], timeout: float | None
) -> Pending[Result]:
    """Call a method that BX24.js sends for administrators only."""
    command = Command(0, method, params)
    options = client._options(timeout, None, False)

    def send(bridge: Bridge, answered: Callable[[Any], None]) -> Request:
        if not bridge.tell("isAdmin"):
            words = f"BX24.{function} is for administrators of the portal, so nothing was sent"
            raise AccessError("ACCESS_DENIED", words, 0, method)
        return bridge.call_method(method, command.params, answered)

    return client._start(method, [command], options, send, lambda answer: client._read(answer, command, options))
