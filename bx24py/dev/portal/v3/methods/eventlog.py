"""main.eventlog.list .get .tail (documentation, `api-reference/event-log`): for administrators."""

from __future__ import annotations

from typing import Any

from bx24py.dev.portal.method import Context
from bx24py.dev.portal.v3 import lists
from bx24py.dev.portal.v3.descriptions import add_field_methods
from bx24py.dev.portal.v3.dto import Dto, DtoField
from bx24py.dev.portal.v3.faults import V3Fault, not_found
from bx24py.dev.portal.v3.method import LIST, MethodsV3, Parameter

METHODS = MethodsV3()

_COLUMNS = (
    ("id", "int", "ID", "ID"),
    ("timestampX", "DateTime", "TIMESTAMP_X", "Date and time of the event"),
    ("severity", "string", "SEVERITY", "Importance"),
    ("auditTypeId", "string", "AUDIT_TYPE_ID", "Type of event"),
    ("moduleId", "string", "MODULE_ID", "Module"),
    ("itemId", "string", "ITEM_ID", "Object"),
    ("remoteAddr", "string", "REMOTE_ADDR", "IP address"),
    ("userAgent", "string", "USER_AGENT", "Browser"),
    ("requestUri", "string", "REQUEST_URI", "Address"),
    ("siteId", "string", "SITE_ID", "Site"),
    ("userId", "int", "USER_ID", "User"),
    ("guestId", "int", "GUEST_ID", "Guest"),
    ("description", "string", "DESCRIPTION", "Description"),
)

EVENT = Dto(
    "EventLogDto",
    lambda company: company.others["event_log"],
    {name: DtoField(kind, column, title, filters=True, sorts=True) for name, kind, column, title in _COLUMNS},
    basic=tuple(name for name, *_ in _COLUMNS),
)


def _require_admin(call: Context) -> None:
    if not call.state.admin:
        raise V3Fault("ACCESSDENIEDEXCEPTION")


@METHODS("main.eventlog.list", "main", parameters=LIST, dto=EVENT)
def main_eventlog_list(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Returns a list of entries of the event log."""
    _require_admin(call)
    return lists.rows(params, EVENT, call)


@METHODS(
    "main.eventlog.tail",
    "main",
    parameters={
        "select": LIST["select"],
        "filter": LIST["filter"],
        "cursor": Parameter("object", "Where to go on: field, order, value, limit"),
    },
    dto=EVENT,
)
def main_eventlog_tail(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Returns the entries of the event log behind a cursor."""
    _require_admin(call)
    return lists.tail(params, EVENT, call)


@METHODS(
    "main.eventlog.get",
    "main",
    parameters={"id": Parameter("int", "ID of the entry", required=True), "select": LIST["select"]},
    dto=EVENT,
)
def main_eventlog_get(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Returns an entry of the event log."""
    _require_admin(call)
    chosen = EVENT.select(params.get("select"))
    if params["id"] not in EVENT.table(call.company):
        raise not_found(params["id"])
    return {"item": EVENT.show(call, params["id"], chosen)}


add_field_methods(METHODS, "main.eventlog", "main", EVENT)
