"""The access token of the current user, as the portal gave it to this page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Auth:
    """What is needed to call the portal's REST interface. Its repr hides the tokens.

    Attributes:
        access_token: the token to call with.
        refresh_token: the token to get a new one with.
        expires_at: when the access token runs out, with its time zone (UTC). BX24.js calls this moment
            `expires_in` (contract, section 4, number 11).
        domain: the portal's address, such as `acme.bitrix24.com`.
        member_id: the portal's own identifier, the same under any address.
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
