"""Handlers that the portal calls: of its events, as `BX24.callBind` and `BX24.callUnbind`, and of its placements."""

from __future__ import annotations

import re
from typing import Any

from ..bridge import Bridge, Options
from ..calls.pending import Pending, start_task
from ..errors import AccessError, RestError
from .commands import Command
from .interface import Rest
from .params import Params, encode
from .result import Result


class Events:
    """The part of the client that binds handlers to the portal's events and placements."""

    _rest: Rest

    def _options(self, timeout: float | None, retry: bool | None, wait_for_operating: bool) -> Options:
        raise NotImplementedError

    def call_bind(
        self, event: str, handler: str, auth_type: int | None = None, *, timeout: float | None = None
    ) -> Pending[Result]:
        """Make the portal call a URL on every event: the REST method `event.bind`.

        Binding what is bound already is no error.

        Args:
            event: the event's name, such as `OnCrmDealAdd`.
            handler: the URL, on your own server. It must be https, because the portal sends tokens there; http is
                allowed for this machine only (localhost, 127.0.0.1 and ::1). The handler must check the
                `application_token` that it receives: anybody can call a URL.
            auth_type: the id of the user whose rights the handler gets; None: the user who caused the event.
            timeout: seconds; None: the client's.

        Returns:
            Its `data` is True.

        Raises:
            TypeError, ValueError: an invalid name, URL or id.
            AccessError: when awaited: the current user is not an administrator. BX24.callBind never answers then
                (contract, section 4, number 10).
            BX24Error: when awaited, as for `call_method`. It is not resent if it may have been executed.
        """
        params = _binding(event, handler, auth_type)
        _check_address(handler)
        return _unless_bound(self._administer("BX24.callBind", "event.bind", params, timeout))

    def bind_placement(
        self,
        placement: str,
        handler: str,
        *,
        title: str,
        description: str = "",
        group: str = "",
        options: Params | None = None,
        timeout: float | None = None,
    ) -> Pending[Result]:
        """Show a page of the application in a place of the portal: the REST method `placement.bind`.

        Binding what is bound already is no error, so that an installation can run again. The application needs the
        scope `placement`, and that of the place, such as `crm`.

        Args:
            placement: its code, such as `CRM_DEAL_DETAIL_TAB`.
            handler: the URL of the page: `location.origin + location.pathname` of `js` for the present one. As for
                `call_bind` it must be https.
            title: what the user sees, such as the name of the tab.
            description: more words, where the place shows them.
            group: where the place has groups.
            options: as the documentation of the placement names them.
            timeout: seconds; None: the client's.

        Returns:
            Its `data` is True.

        Raises:
            TypeError, ValueError: an argument that is wrong.
            AccessError: when awaited: the current user is not an administrator; nothing was sent.
            BX24Error: when awaited, as for `call_method`. It is not resent if it may have been executed.
        """
        texts = {"placement": placement, "handler": handler, "title": title}
        for name, value in texts.items():
            _check_text(value, name)
        for name, value in (("description", description), ("group", group)):
            if not isinstance(value, str):
                raise TypeError(f"{name}: must be a str, not {type(value).__name__}")
        _check_address(handler)
        more = {"DESCRIPTION": description, "GROUP_NAME": group, "OPTIONS": options}
        given = {"PLACEMENT": placement, "HANDLER": handler, "TITLE": title}
        params = encode(given | {name: value for name, value in more.items() if value}, method="placement.bind")
        return _unless_bound(self._administer("placement.bind", "placement.bind", params, timeout))

    def call_unbind(
        self, event: str, handler: str, auth_type: int | None = None, *, timeout: float | None = None
    ) -> Pending[Result]:
        """Stop the portal from calling a URL: the REST method `event.unbind`.

        Args:
            event: the event's name.
            handler: the URL, as passed to `call_bind`.
            auth_type: the `auth_type` it was bound with; 0 if it had none; None: all.
            timeout: seconds; None: the client's.

        Returns:
            Its `data` is `{"count": number of handlers removed}`.

        Raises:
            TypeError, ValueError: an invalid name, URL or id.
            AccessError: when awaited: the current user is not an administrator. BX24.callUnbind never answers then
                (contract, section 4, number 10).
            BX24Error: when awaited, as for `call_method`. It is not resent if it may have been executed.
        """
        return self._administer("BX24.callUnbind", "event.unbind", _binding(event, handler, auth_type), timeout)

    def _administer(self, function: str, method: str, params: dict[str, Any], timeout: float | None) -> Pending[Result]:
        """Call a method that only administrators may."""

        def check(bridge: Bridge) -> None:
            if not bridge.tell("isAdmin"):
                words = f"{function} is for administrators of the portal, so nothing was sent"
                raise AccessError("ACCESS_DENIED", words, 0, method)

        return self._rest.call(Command(0, method, params), self._options(timeout, None, False), check=check)


def _binding(event: object, handler: object, auth_type: object) -> dict[str, Any]:
    """Return the parameters; None is left out, as in BX24.js."""
    _check_text(event, "event")
    _check_text(handler, "handler")
    if auth_type is None:
        return encode({"event": event, "handler": handler})
    if isinstance(auth_type, bool) or not isinstance(auth_type, int):
        raise TypeError(f"auth_type: must be an int, not {type(auth_type).__name__}")
    if auth_type < 0:
        raise ValueError(f"auth_type: must be a user id, not {auth_type}")
    return encode({"event": event, "handler": handler, "auth_type": auth_type})


def _unless_bound(call: Pending[Result]) -> Pending[Result]:
    """Return a call that binds, for which it is no error that somebody has bound the same before."""

    async def bind() -> Result:
        try:
            return await call
        except RestError as error:
            if "already binded" not in error.description.lower():  # the portal has no code of its own for it
                raise
            return Result(error.method, True, status=error.status)

    task = start_task(bind())
    task.add_done_callback(lambda _: call.cancel())  # it may have been cancelled before it began
    return task


def _check_text(value: object, name: str) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name}: must be a str, not {type(value).__name__}")
    if not value.strip():
        raise ValueError(f"{name}: must not be empty")


def _check_address(handler: str) -> None:
    """Reject an invalid URL, or one that tokens would travel to unprotected.

    Raises:
        ValueError: neither https nor on this machine.
    """
    from urllib.parse import urlsplit  # imported here, as few applications need it

    try:
        parts = urlsplit(handler)
        host = parts.hostname or ""
    except ValueError:  # such as brackets without an address
        raise ValueError("handler: must be a URL such as https://example.com/handler") from None
    if not host or not handler.isprintable() or re.search(r"[\s\\]", handler):
        raise ValueError("handler: must be a URL such as https://example.com/handler")
    here = host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", host)
    if parts.scheme != "https" and not (parts.scheme == "http" and here):
        raise ValueError(
            f"handler: must begin with https://, not {parts.scheme}, because the portal sends tokens there"
        )
