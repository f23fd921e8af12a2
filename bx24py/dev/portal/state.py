"""The state of one open application, shared by the portal page, its REST server and a test."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

TOKEN_LIFETIME = 3600.0
"""Seconds that an access token is valid, as in a real portal."""

TOKEN_LENGTH = 32
"""The length of a token in hexadecimal digits."""

_HEX_RUN = re.compile(rf"[0-9a-f]{{{TOKEN_LENGTH},}}")
"""Possible tokens: searching for each issued token would take longer with every renewal."""


@dataclass
class Tokens:
    """The access tokens that this portal has issued.

    An access token is valid until it expires (`expired_token`); an unknown one is `invalid_token`
    (contract, section 3).
    """

    lifetime: float = TOKEN_LIFETIME
    _expires: dict[str, float] = field(default_factory=dict, repr=False)
    _refresh: set[str] = field(default_factory=set, repr=False)

    def issue(self) -> dict[str, Any]:
        """Issue a new pair, in the form of the answer to `refreshAuth` (AUTH_EXPIRES in seconds)."""
        access, refresh = secrets.token_hex(TOKEN_LENGTH // 2), secrets.token_hex(TOKEN_LENGTH // 2)
        self._expires[access] = time.time() + self.lifetime
        self._refresh.add(refresh)
        return {"AUTH_ID": access, "AUTH_EXPIRES": int(self.lifetime), "REFRESH_ID": refresh}

    def expire(self) -> None:
        """Expire every access token issued so far."""
        for token in list(self._expires):  # the server's thread may issue one at this moment
            self._expires[token] = 0.0

    def error(self, token: str | None) -> str | None:
        """Return the error code for this token, or None if it is valid."""
        if not token:
            return "NO_AUTH_FOUND"
        expires = self._expires.get(token)
        if expires is None:
            return "invalid_token"
        return "expired_token" if expires <= time.time() else None

    def mask(self, text: str) -> str:
        """Replace every issued token in the text."""
        return _HEX_RUN.sub(lambda run: self._mask_run(run[0]), text)

    def _mask_run(self, run: str) -> str:
        at, masked = 0, []
        while at < len(run):
            part = run[at : at + TOKEN_LENGTH]
            given_out = part in self._expires or part in self._refresh
            masked.append("***" if given_out else run[at])
            at += TOKEN_LENGTH if given_out else 1
        return "".join(masked)


@dataclass
class State:
    """One application as the portal sees it. A test or the portal page may change it at any time."""

    admin: bool = True
    user_id: int = 1
    lang: str = "en"
    placement: str = "DEFAULT"
    placement_options: dict[str, Any] = field(default_factory=dict)
    handler: str = ""
    """The bound handler that is opened in the placement; empty: the first, if there is one."""
    first_run: bool = False
    install: bool = False
    """INSTALL of `getInitData`: the application's installation is not finished."""
    user_options: dict[str, Any] = field(default_factory=dict)
    app_options: dict[str, Any] = field(default_factory=dict)
    scope: set[str] = field(default_factory=lambda: {"user", "department", "crm", "task", "placement", "basic"})
    app_sid: str = field(default_factory=lambda: secrets.token_hex(16))
    member_id: str = field(default_factory=lambda: secrets.token_hex(16))
    tokens: Tokens = field(default_factory=Tokens)
    event_handlers: list[dict[str, Any]] = field(default_factory=list)
    """What event.bind registered: event, handler, auth_type, offline."""
    placement_handlers: list[dict[str, Any]] = field(default_factory=list)
    """What placement.bind registered: placement, userId, handler, options, title, description, langAll."""
