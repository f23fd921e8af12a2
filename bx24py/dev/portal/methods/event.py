"""event.bind, event.unbind, event.get (documentation, `api-reference/events`). Handlers are never called."""

from __future__ import annotations

from typing import Any

from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.method import Context, Methods, upper
from bx24py.dev.portal.phpform import php_int

METHODS = Methods()

_CRM = ("LEAD", "DEAL", "COMPANY", "CONTACT", "QUOTE", "INVOICE")
EVENTS = frozenset(
    {
        "ONAPPUNINSTALL",
        "ONAPPINSTALL",
        "ONAPPUPDATE",
        "ONAPPPAYMENT",
        "ONAPPTEST",
        "ONAPPMETHODCONFIRM",
        "ONOFFLINEEVENT",
        "ONUSERADD",
        "ONCRMDEALMOVETOCATEGORY",
        "ONCRMINVOICESETSTATUS",
        *(f"ONCRM{entity}{what}" for entity in _CRM for what in ("ADD", "UPDATE", "DELETE")),
        *(f"ONCRM{entity}USERFIELD{what}" for entity in _CRM for what in ("ADD", "UPDATE", "DELETE", "SETENUMVALUES")),
        *(
            f"ONCRM{entity}{what}"
            for entity in ("ACTIVITY", "CURRENCY", "PRODUCT")
            for what in ("ADD", "UPDATE", "DELETE")
        ),
        *(
            f"ONCRM{entity}{what}"
            for entity in ("DYNAMICITEM", "TYPE", "TIMELINECOMMENT")
            for what in ("ADD", "UPDATE", "DELETE")
        ),
        *(f"ONTASK{what}" for what in ("ADD", "UPDATE", "DELETE", "COMMENTADD", "COMMENTUPDATE", "COMMENTDELETE")),
    }
)
"""Events of event.bind (documentation, "Get a List of Available Events")."""


def _offline(given: dict[str, Any], call: Context, what: str) -> int:
    """Return 1 for an offline event, else 0.

    Raises:
        RestFault: ACCESS_DENIED, offline events need an administrator.
    """
    offline = str(given.get("EVENT_TYPE", "online")).lower() == "offline"
    if offline:
        call.require_admin(f"Access denied! Offline events {what} requires administrator access rights")
    return int(offline)


def _user(given: dict[str, Any], call: Context, what: str) -> int | None:
    """Return the user of `auth_type`; None if it is missing.

    Raises:
        RestFault: ACCESS_DENIED, the handlers of other users need an administrator.
    """
    if given.get("AUTH_TYPE") is None:  # null stands for the handlers of all users (documentation, "event.unbind")
        return None
    user = php_int(given["AUTH_TYPE"])
    if user != call.state.user_id:
        call.require_admin(f"Access denied! Event {what} with AUTH_TYPE requires administrator access rights")
    return user


@METHODS("event.bind")
def event_bind(params: dict[str, Any], call: Context) -> bool:
    """Register a handler; a user who is not an administrator registers it for themselves."""
    given = upper(params)
    name = str(given.get("EVENT", "")).upper()
    offline = _offline(given, call, "binding")
    user = _user(given, call, "binding")
    if user is None:
        user = 0 if call.state.admin else call.state.user_id
    if name not in EVENTS:
        raise RestFault("ERROR_EVENT_NOT_FOUND", "Event not found")
    handler = given.get("HANDLER", "")
    if not offline and (not isinstance(handler, str) or not handler):
        raise RestFault("ERROR_ARGUMENT", "Argument 'HANDLER' is null or empty", extra={"argument": "HANDLER"})
    row = {"event": name, "handler": str(handler), "auth_type": str(user), "offline": offline}
    if row in call.state.event_handlers:
        raise RestFault("ERROR_CORE", "Unable to set event handler: Handler already binded")
    call.state.event_handlers.append(row)
    return True


@METHODS("event.unbind")
def event_unbind(params: dict[str, Any], call: Context) -> dict[str, int]:
    """Remove handlers and return how many; missing parameters match all."""
    given = upper(params)
    offline = _offline(given, call, "unbinding")
    user = _user(given, call, "unbinding")
    if not call.state.admin:
        user = call.state.user_id
    name, handler = str(given.get("EVENT", "")).upper(), given.get("HANDLER")

    def wanted(row: dict[str, Any]) -> bool:
        return (
            row["offline"] == offline
            and name in ("", row["event"])
            and handler in (None, "", row["handler"])
            and user in (None, int(row["auth_type"]))
        )

    kept = [row for row in call.state.event_handlers if not wanted(row)]
    count = len(call.state.event_handlers) - len(kept)
    call.state.event_handlers[:] = kept
    return {"count": count}


@METHODS("event.get")
def event_get(_params: dict[str, Any], call: Context) -> list[dict[str, Any]]:
    """List the handlers; a user who is not an administrator sees their own."""
    mine = str(call.state.user_id)
    return [dict(row) for row in call.state.event_handlers if call.state.admin or row["auth_type"] == mine]
