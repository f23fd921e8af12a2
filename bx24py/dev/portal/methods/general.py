"""Methods that every application may call (documentation, `api-reference/common`): profile, app.*, user.option.*."""

from __future__ import annotations

import time
from typing import Any

from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.method import Context, Methods, upper
from bx24py.dev.portal.phpform import php_bool
from bx24py.dev.portal.tables.fields import iso

METHODS = Methods()

ALL_SCOPES = (
    "ai_admin",
    "biconnector",
    "bizproc",
    "booking",
    "calendar",
    "call",
    "cashbox",
    "catalog",
    "contact_center",
    "crm",
    "delivery",
    "department",
    "disk",
    "documentgenerator",
    "entity",
    "humanresources",
    "im",
    "imbot",
    "imconnector",
    "imopenlines",
    "intranet",
    "landing",
    "lists",
    "log",
    "mailservice",
    "main",
    "messageservice",
    "mobile",
    "pay_system",
    "placement",
    "pull",
    "rpa",
    "sale",
    "salescenter",
    "sign.b2e",
    "sonet_group",
    "task",
    "telephony",
    "timeman",
    "user",
    "user_basic",
    "user_brief",
    "user.userfield",
    "userconsent",
    "userfieldconfig",
    "vote",
)
"""Scopes of a portal (documentation, "Available Scopes in Bitrix24")."""


@METHODS("profile")
def profile(_params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Return the calling user; needs no scope."""
    table, user = call.company.users, call.state.user_id
    if user not in table or table.value(user, "ACTIVE") != "Y":
        return {}
    row = table.row(user, ("NAME", "LAST_NAME", "PERSONAL_GENDER", "TIME_ZONE"))
    return {"ID": str(user), "ADMIN": call.state.admin, **row}


@METHODS("app.info")
def app_info(_params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Return the portal's data about the application: a local one, version 1."""
    return {
        "ID": 1,
        "CODE": f"local.{call.state.member_id[:14]}",
        "VERSION": 1,
        "STATUS": "L",
        "INSTALLED": not call.state.install,
        "PAYMENT_EXPIRED": "N",
        "DAYS": None,
        "LANGUAGE_ID": call.state.lang,
        "LICENSE": f"{call.state.lang}_pro100",
        "LICENSE_TYPE": "pro100",
        "LICENSE_FAMILY": "pro",
    }


def _options(options: dict[str, Any], params: dict[str, Any]) -> Any:
    """Return one option, None if it does not exist, or all options."""
    name = upper(params).get("OPTION")
    return dict(options) if name in (None, "") else options.get(str(name))


def _new_options(params: dict[str, Any]) -> dict[str, Any]:
    """Return the options to write.

    Raises:
        RestFault: ArgumentNullException, there is none.
    """
    given = upper(params).get("OPTIONS")
    if isinstance(given, list):
        given = {str(index): value for index, value in enumerate(given)}
    if not given or not isinstance(given, dict):
        raise RestFault("ArgumentNullException", "options is empty")
    return given


@METHODS("app.option.get")
def app_option_get(params: dict[str, Any], call: Context) -> Any:
    """Return the application's options, the same as the frame's `appOption`."""
    return _options(call.state.app_options, params)


@METHODS("app.option.set")
def app_option_set(params: dict[str, Any], call: Context) -> bool:
    """Set options of the application; administrators only."""
    call.require_admin("Access denied! Administrator authorization required")
    call.state.app_options.update(_new_options(params))
    return True


@METHODS("user.option.get")
def user_option_get(params: dict[str, Any], call: Context) -> Any:
    """Return the user's options, the same as the frame's `userOption`."""
    return _options(call.state.user_options, params)


@METHODS("user.option.set")
def user_option_set(params: dict[str, Any], call: Context) -> bool:
    """Set options of the user."""
    call.state.user_options.update(_new_options(params))
    return True


@METHODS("scope")
def scope(params: dict[str, Any], call: Context) -> list[str]:
    """Return the application's scopes, or with `full` all scopes."""
    if php_bool(upper(params).get("FULL")):
        return list(ALL_SCOPES)
    return sorted(call.state.scope - {"basic"})


_LINKS = frozenset({"download", "upload"})
"""Where links to files lead; no methods to call."""


@METHODS("methods")
def methods(params: dict[str, Any], call: Context) -> list[str]:
    """Return the methods that the application may call; of one `scope`; or with `full` all methods."""
    given = upper(params)
    known = [method for method in call.methods.values() if method.name not in _LINKS]
    if "SCOPE" in given:
        wanted = given["SCOPE"]
        chosen = [method for method in known if (wanted in method.scopes if wanted else not method.scopes)]
    elif php_bool(given.get("FULL")):
        chosen = known
    else:
        chosen = [method for method in known if method.granted(call.state.scope)]
    return sorted({*(method.name for method in chosen), *(() if given.get("SCOPE") else ("batch",))})


@METHODS("server.time")
def server_time(_params: dict[str, Any], _call: Context) -> str:
    """Return the portal's time in ISO 8601."""
    return iso(time.time())
