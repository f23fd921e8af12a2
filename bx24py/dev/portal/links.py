"""Links to files: `/rest/download.json` and `/rest/upload.json` with the caller's token and what the link is for.

Like a portal's own, a link works for whoever has it, as long as the token in it is valid.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlencode

from bx24py.dev.portal.faults import RestFault

if TYPE_CHECKING:
    from bx24py.dev.portal.method import Context
    from bx24py.dev.portal.state import State


def make(call: Context, action: str, **what: str) -> str:
    """Return the link for an action, `download` or `upload`, with what its method needs."""
    payload = base64.urlsafe_b64encode(urlencode(what).encode()).decode()
    ticket = "|".join(("disk", payload, _signature(call.state, action, payload)))
    return f"{call.origin}/rest/{action}.json?auth={call.token}&token={quote(ticket)}"


def read(state: State, action: str, ticket: object) -> dict[str, str]:
    """Return what a link was made for.

    Raises:
        RestFault: the ticket was not made by this portal for this action.
    """
    module, _, rest = str(ticket or "").partition("|")
    payload, _, signature = rest.partition("|")
    if module != "disk" or not hmac.compare_digest(signature.encode(), _signature(state, action, payload).encode()):
        raise RestFault("ACCESS_DENIED", "Access denied! The link is damaged")
    text = base64.urlsafe_b64decode(payload.encode()).decode()
    return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}


def _signature(state: State, action: str, payload: str) -> str:
    return hmac.new(state.member_id.encode(), f"{action}|{payload}".encode(), hashlib.sha256).hexdigest()[:40]
