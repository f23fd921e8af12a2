"""placement.bind, placement.unbind, placement.get, placement.list (documentation, `api-reference/widgets`)."""

from __future__ import annotations

from typing import Any

from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.method import Context, Methods, upper
from bx24py.dev.portal.phpform import php_bool, php_int

METHODS = Methods()

_CRM = ("LEAD", "DEAL", "CONTACT", "COMPANY", "QUOTE", "SMART_INVOICE")
PLACEMENTS: dict[str, tuple[str, ...]] = {
    "": ("DEFAULT", "PAGE_BACKGROUND_WORKER", "REST_APP_URI", "LEFT_MENU"),
    "crm": (
        *(f"CRM_{entity}_DETAIL_TAB" for entity in _CRM),
        *(f"CRM_{entity}_DETAIL_TOOLBAR" for entity in _CRM),
        *(f"CRM_{entity}_DETAIL_ACTIVITY" for entity in _CRM),
        *(f"CRM_{entity}_LIST_MENU" for entity in _CRM),
        *(f"CRM_{entity}_LIST_TOOLBAR" for entity in _CRM),
        *(f"CRM_{entity}_ACTIVITY_TIMELINE_MENU" for entity in _CRM),
        "CRM_REQUISITE_AUTOCOMPLETE",
    ),
    "task": (
        "TASK_VIEW_TAB",
        "TASK_VIEW_SIDEBAR",
        "TASK_VIEW_TOP_PANEL",
        "TASK_LIST_CONTEXT_MENU",
        "TASK_USER_LIST_TOOLBAR",
    ),
    "telephony": ("CALL_CARD", "TELEPHONY_ANALYTICS_MENU"),
    "calendar": ("CALENDAR_GRIDVIEW",),
    "im": ("IM_CONTEXT_MENU", "IM_NAVIGATION", "IM_SIDEBAR", "IM_TEXTAREA"),
    "user": ("USER_PROFILE_MENU", "USER_PROFILE_TOOLBAR"),
    "sonet_group": ("SONET_GROUP_DETAIL_TAB", "SONET_GROUP_TOOLBAR"),
    "placement": ("USERFIELD_TYPE",),
}
"""Placement codes by required scope; "" is for every application."""

_SINGLE = frozenset({"PAGE_BACKGROUND_WORKER", "REST_APP_URI"})


def _code(given: dict[str, Any]) -> str:
    code = given.get("PLACEMENT")
    if code in (None, ""):
        raise RestFault("ERROR_ARGUMENT", "Argument 'PLACEMENT' is null or empty", extra={"argument": "PLACEMENT"})
    if not isinstance(code, str):
        raise RestFault(
            "ERROR_ARGUMENT",
            "The value of an argument 'PLACEMENT' must be of type string",
            extra={"argument": "PLACEMENT"},
        )
    return code.upper()


def _texts(given: dict[str, Any]) -> dict[str, str]:
    return {name: str(given.get(name) or "") for name in ("TITLE", "DESCRIPTION", "GROUP_NAME")}


@METHODS("placement.bind", "placement")
def placement_bind(params: dict[str, Any], call: Context) -> bool:
    """Register a handler for a placement; administrators only."""
    call.require_admin()
    given = upper(params)
    code = _code(given)
    handler = given.get("HANDLER")
    if not isinstance(handler, str) or not handler:
        raise RestFault("ERROR_ARGUMENT", "Argument 'HANDLER' is null or empty", extra={"argument": "HANDLER"})
    scopes = [scope for scope, codes in PLACEMENTS.items() if code in codes]
    if not scopes or not (scopes[0] == "" or scopes[0] in call.state.scope):
        raise RestFault("ERROR_PLACEMENT_NOT_FOUND", "Placement not found")
    user = php_int(given.get("USER_ID"))
    options = given.get("OPTIONS") if isinstance(given.get("OPTIONS"), dict) else {}
    # These three have status 200 in the documentation.
    if user and code != "PAGE_BACKGROUND_WORKER":
        raise RestFault("ERROR_PLACEMENT_USER_MODE", "User mode is not available", 200)
    if code == "PAGE_BACKGROUND_WORKER" and not (options or {}).get("errorHandlerUrl"):
        raise RestFault("EMPTY_ERROR_HANDLER_URL", "Option errorHandlerUrl is empty", 200)
    bound = [row for row in call.state.placement_handlers if row["placement"] == code and row["userId"] == user]
    if code in _SINGLE and bound:
        raise RestFault("ERROR_PLACEMENT_MAX_COUNT", "Placement max count exceeded", 200)
    if any(row["handler"] == handler for row in bound):
        raise RestFault("ERROR_CORE", "Unable to set placement handler: Handler already binded")
    languages = given.get("LANG_ALL") if isinstance(given.get("LANG_ALL"), dict) else {}
    texts = {
        str(lang): _texts(upper(value)) for lang, value in (languages or {}).items() if isinstance(value, dict)
    } or {call.state.lang: _texts(given)}
    first = texts.get(call.state.lang) or next(iter(texts.values()))
    call.state.placement_handlers.append(
        {
            "placement": code,
            "userId": user,
            "handler": handler,
            "options": options or {},
            "title": str(given.get("TITLE") or first["TITLE"]),
            "description": str(given.get("DESCRIPTION") or first["DESCRIPTION"]),
            "langAll": texts,
        }
    )
    return True


@METHODS("placement.unbind", "placement")
def placement_unbind(params: dict[str, Any], call: Context) -> dict[str, int]:
    """Remove handlers of a placement; each counts twice, once when found and once when removed."""
    call.require_admin()
    given = upper(params)
    code, handler = _code(given), given.get("HANDLER")
    user = php_int(given["USER_ID"]) if given.get("USER_ID") not in (None, "") else None

    def wanted(row: dict[str, Any]) -> bool:
        return row["placement"] == code and handler in (None, "", row["handler"]) and user in (None, row["userId"])

    kept = [row for row in call.state.placement_handlers if not wanted(row)]
    count = len(call.state.placement_handlers) - len(kept)
    call.state.placement_handlers[:] = kept
    return {"count": count * 2}


@METHODS("placement.get", "placement")
def placement_get(_params: dict[str, Any], call: Context) -> list[dict[str, Any]]:
    """List the application's handlers; administrators only."""
    call.require_admin()
    return [dict(row) for row in call.state.placement_handlers]


@METHODS("placement.list", "placement")
def placement_list(params: dict[str, Any], call: Context) -> list[str]:
    """List placement codes: of one SCOPE, with FULL of all scopes, else of the application's scopes."""
    given = upper(params)
    if wanted := str(given.get("SCOPE") or ""):
        return list(PLACEMENTS.get(wanted, ()))
    full = php_bool(given.get("FULL"))
    return [
        code
        for scope, codes in PLACEMENTS.items()
        if full or scope == "" or scope in call.state.scope
        for code in codes
    ]
