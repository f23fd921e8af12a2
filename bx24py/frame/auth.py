"""The current user's access token, which the portal gave to this page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Auth:
    """Credentials for the portal's REST interface. The repr hides the tokens.

    Attributes:
        access_token: the token for calls.
        refresh_token: the token for getting a new one.
        expires_at: when the access token expires, with the time zone (UTC). BX24.js calls this
            `expires_in` (contract, section 4, number 11).
        domain: the portal's domain, such as `acme.bitrix24.com`.
        member_id: the portal's id, the same under any domain.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime
    domain: str
    member_id: str

    @classmethod
    def from_bx24(cls, auth: dict[str, Any]) -> Auth:
        """Read what BX24.getAuth() returns."""
        return cls(
            access_token=str(auth.get("access_token") or ""),
            refresh_token=str(auth.get("refresh_token") or ""),
            expires_at=datetime.fromtimestamp(float(auth.get("expires_in") or 0) / 1000, UTC),
            domain=str(auth.get("domain") or ""),
            member_id=str(auth.get("member_id") or ""),
        )
