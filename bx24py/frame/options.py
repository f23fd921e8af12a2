"""Settings stored in the portal: per user, and for the application."""

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

    The portal may turn a number into text, so everything but plain text is stored as JSON, which BX24 in JavaScript
    gets as a string. A str that is valid JSON is stored as JSON too, so that it comes back as a str.
    """

    _name: str  # of the BX24 object

    def __init__(self, page: PortalPage) -> None:
        self._page = page

    def get(self, name: str, default: object = None) -> Any:
        """Return a setting, as of when the page was opened, or as set since.

        Args:
            name: its name.
            default: the return value if it is not set.

        Returns:
            The value that was set, of the same type. A value set by JavaScript comes as JavaScript would get it, but a
            str that is JSON is parsed, if it is nested no deeper than 500 levels.

        Raises:
            TypeError, ValueError: an invalid name.
            BX24Error: the library is not initialised yet, or this is install.py, where BX24 returns no options
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
        """Set a setting; `get` returns the new value from now on.

        Awaiting it ends when the value has been sent to the portal: BX24.userOption.set never reports more
        (official documentation, BX24.userOption.set).

        Args:
            name: its name.
            value: a str, number, bool or None, or a list or dict of these.

        Raises:
            TypeError, ValueError: an invalid name, or a value that would not come back unchanged.
            BX24Error: when awaited: this is install.py, where options do not work yet (contract, section 1).
        """
        check_name(name, "name")
        return self._page.tell("userOption.set", name, _encode(value), check=self._check)


class AppOption(_Option):
    """Settings of the application for all users of the portal, set by administrators."""

    _name = "appOption"

    def set(self, name: str, value: object, *, timeout: float | None = None) -> Pending[None]:
        """Set a setting for all users; `get` returns the new value from now on.

        Args:
            name: its name.
            value: a str, number, bool or None, or a list or dict of these.
            timeout: seconds to wait for the portal; None: 30.

        Raises:
            TypeError, ValueError: an invalid name, or a value that would not come back unchanged.
            AccessError: when awaited: the current user is not an administrator, so nothing was sent.
                BX24.appOption.set never answers then (contract, section 4, number 10).
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
    return BX24Error(f"BX24.{function} does nothing during the installation; set options in app.py")


def _encode(value: Any) -> str:
    """Return the text to store in the portal."""
    text = json_text(value, "value")
    if isinstance(value, str):
        return str.__str__(value) if _decode(value) is value else text
    if json.loads(text) != value:
        raise TypeError("value: must not contain tuples or keys that are not str: they would not come back unchanged")
    return text


def _decode(value: Any) -> Any:
    """Return the value of what the portal stored: the same object if it is not JSON."""
    if not isinstance(value, str):
        return value
    try:
        check_depth(value)
        return json.loads(value, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return value


def _refuse(word: str) -> NoReturn:
    """Reject NaN and Infinity, which are not JSON."""
    raise ValueError(word)
