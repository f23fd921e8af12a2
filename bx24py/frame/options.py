"""Settings that the portal keeps: for each user, and for the application."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from ..bridge import Bridge
from ..bridge.depth import check_depth
from ..calls.pending import Pending
from ..errors import AccessError, BX24Error
from .handlers import check_name
from .portal_page import TIMEOUT, PortalPage, json_text


class _Option:
    """Settings of one kind.

    On its way through the portal a number may become text, so everything but plain text is kept as JSON: what BX24 in
    JavaScript gets is that text. Text that reads as JSON is kept as JSON too, so that it comes back as text.
    """

    _name: str  # of the object in BX24

    def __init__(self, page: PortalPage) -> None:
        self._page = page

    def get(self, name: str, default: object = None) -> Any:
        """Give a setting, as it was when the page was opened or as it has been set since.

        Args:
            name: its name.
            default: what to give when it is not set.

        Returns:
            What was set, of the same type. What JavaScript has set comes as JavaScript would get it, except for text
            that is JSON, which is read if it is nested no deeper than 500 levels.

        Raises:
            TypeError, ValueError: not a name.
            BX24Error: the library is not initialised yet, or this is install.py: there `get` of BX24 gives nothing
                (contract, section 1).
        """
        check_name(name, "name")
        function = f"{self._name}.get"
        if self._page.installing:
            raise _not_yet(function)
        value = self._page.value(function, name)
        return default if value is None else _decode(value)

    def _check(self, bridge: Bridge) -> None:
        if bridge.installing:
            raise _not_yet(f"{self._name}.set")


class UserOption(_Option):
    """Settings of the application for the current user."""

    _name = "userOption"

    def set(self, name: str, value: object) -> Pending[None]:
        """Set a setting; `get` gives the new value from then on.

        Awaiting it ends when the value has been handed to the portal: BX24.userOption.set never tells more
        (official documentation, BX24.userOption.set).

        Args:
            name: its name.
            value: text, a number, True, False, None, or a list or dict of these.

        Raises:
            TypeError, ValueError: not a name, or a value that would not come back as it was given.
            BX24Error: when awaited: this is install.py, where options do not work yet (contract, section 1).
        """
        check_name(name, "name")
        return self._page.tell("userOption.set", name, _encode(value), check=self._check)


class AppOption(_Option):
    """Settings of the application for all users of the portal, which administrators may set."""

    _name = "appOption"

    def set(self, name: str, value: object, *, timeout: float | None = None) -> Pending[None]:
        """Set a setting for all users; `get` gives the new value from then on.

        Args:
            name: its name.
            value: text, a number, True, False, None, or a list or dict of these.
            timeout: seconds to wait for the portal; 30 when None.

        Raises:
            TypeError, ValueError: not a name, or a value that would not come back as it was given.
            AccessError: when awaited: the current user is no administrator, so nothing was sent. BX24.appOption.set
                never answers then (contract, section 4, number 10).
            CallTimeoutError: when awaited: the portal did not answer in time.
            BX24Error: when awaited: this is install.py, where options do not work yet (contract, section 1).
        """
        check_name(name, "name")
        text = _encode(value)
        return self._page.ask(
            "appOption.set", name, text, read=lambda _: None, timeout=timeout, default=TIMEOUT, check=self._check
        )

    def _check(self, bridge: Bridge) -> None:
        super()._check(bridge)
        if not bridge.tell("isAdmin"):
            words = "it is for administrators of the portal, so nothing was sent"
            raise AccessError("ACCESS_DENIED", words, 0, "BX24.appOption.set")


def _not_yet(function: str) -> BX24Error:
    return BX24Error(f"BX24.{function} does nothing during the installation; leave options to app.py")


def _encode(value: Any) -> str:
    """Make the text that the portal keeps."""
    text = json_text(value, "value")
    if isinstance(value, str):
        return str.__str__(value) if _decode(value) is value else text
    if json.loads(text) != value:
        raise TypeError("value: tuples, and keys that are no text, would not come back as they were given")
    return text


def _decode(value: Any) -> Any:
    """Make the value of what the portal kept: the same object where it is no JSON."""
    if not isinstance(value, str):
        return value
    try:
        check_depth(value)
        return json.loads(value, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return value


def _refuse(word: str) -> NoReturn:
    """NaN and Infinity are no JSON."""
    raise ValueError(word)
