"""user.current, user.get, user.search (documentation, `api-reference/user`)."""

from __future__ import annotations

from typing import Any

from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.method import Context, Methods, Rows, upper
from bx24py.dev.portal.phpform import php_bool
from bx24py.dev.portal.tables.dialect import Dialect
from bx24py.dev.portal.tables.fields import DATES, Field, flatten, iso
from bx24py.dev.portal.tables.paging import start_of
from bx24py.dev.portal.tables.query import Condition, Group, Query

METHODS = Methods()
_SCOPES = ("user", "user_basic", "user_brief")

_BRIEF = frozenset(
    [
        "ID",
        "XML_ID",
        "ACTIVE",
        "NAME",
        "LAST_NAME",
        "SECOND_NAME",
        "TITLE",
        "IS_ONLINE",
        "TIME_ZONE",
        "TIMESTAMP_X",
        "DATE_REGISTER",
        "PERSONAL_PROFESSION",
        "PERSONAL_GENDER",
        "PERSONAL_PHOTO",
        "PERSONAL_BIRTHDAY",
        "PERSONAL_CITY",
        "PERSONAL_COUNTRY",
        "WORK_POSITION",
        "LAST_ACTIVITY_DATE",
        "UF_EMPLOYMENT_DATE",
        "UF_DEPARTMENT",
        "UF_PHONE_INNER",
        "USER_TYPE",
    ]
)
_BASIC = _BRIEF | frozenset(["EMAIL", "PERSONAL_WWW", "PERSONAL_MOBILE", "WORK_PHONE", "WORK_COMPANY"])
"""Fields that the smaller scopes show (documentation, "User Scope Versions")."""


def _user_field(name: str) -> str | None:
    upper_name = name.upper()
    return "NAME" if upper_name == "FIRST_NAME" else upper_name


_DIALECT = Dialect(_user_field)

_CONTROLS = frozenset({"FILTER", "SORT", "ORDER", "START", "SELECT", "ADMIN_MODE", "IMAGE_RESIZE"})
"""Parameters that are not fields to filter by."""

_SEARCHED = ("NAME", "LAST_NAME", "WORK_POSITION")
"""Fields that user.search searches besides the department's name."""


@METHODS("user.current", *_SCOPES)
def user_current(_params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Return the token's user."""
    user = show_user(call, call.state.user_id)
    user.pop("USER_TYPE", None)
    return user


@METHODS("user.get", *_SCOPES)
def user_get(params: dict[str, Any], call: Context) -> Rows:
    """List users by filter; top-level fields filter too, as in `user.get?ID=5`."""
    given = upper(params)
    nested = given.get("FILTER")
    top = {name: value for name, value in given.items() if name not in _CONTROLS}
    return _list(params, {**top, **(nested if isinstance(nested, dict) else {})}, (), call)


@METHODS("user.search", *_SCOPES)
def user_search(params: dict[str, Any], call: Context) -> Rows:
    """List users with a word in their names, position or department that starts with the text; FIND searches all."""
    given = upper(params)
    nested = given.get("FILTER")
    top = {name: value for name, value in given.items() if name not in _CONTROLS}
    wanted = upper({**top, **(nested if isinstance(nested, dict) else {})})
    extra: list[Condition | Group] = []
    if find := str(wanted.pop("FIND", "") or "").strip():
        # FIND cannot be combined with another field.
        for word in find.split():
            parts = [Condition(name, "=%", (f"{word}%",)) for name in _SEARCHED]
            extra.append(Group((*parts, _in_departments(word, call)), True))
        wanted = {}
    texts = {name: str(wanted.pop(name, "") or "") for name in _SEARCHED}
    extra.extend(Condition(name, "=%", (f"{text}%",)) for name, text in texts.items() if text)
    if text := str(wanted.pop("UF_DEPARTMENT_NAME", "") or ""):
        extra.append(_in_departments(text, call))
    return _list(params, wanted, tuple(extra), call)


def _list(params: dict[str, Any], wanted: dict[str, Any], extra: tuple[Condition | Group, ...], call: Context) -> Rows:
    table, given = call.company.users, upper(params)
    wanted = upper(wanted)
    parts: list[Condition | Group] = list(extra)
    if "ACTIVE" in wanted:
        active = wanted.pop("ACTIVE")
        on = active not in ("N", "n", "false", "False") and php_bool(active)
        parts.append(Condition("ACTIVE", "=", ("Y" if on else "N",)))
    if words := str(wanted.pop("NAME_SEARCH", "") or "").split():
        fields = (*_SEARCHED, "EMAIL")
        parts.extend(Group(tuple(Condition(name, "=%", (f"{word}%",)) for name in fields), True) for word in words)
    visible = _visible(call)
    parts.extend(_DIALECT.where(wanted, table))
    sort = str(given.get("SORT", "")).upper()
    if sort and isinstance(given.get("ORDER"), dict | list):
        raise RestFault("ERROR_ARGUMENT", "Order must be a string")
    descending = str(given.get("ORDER", "ASC")).upper() == "DESC"
    order = ((sort, descending),) if sort in table.fields else (("ID", descending),)
    found = table.find(Query(tuple(parts), order, start_of(params)))
    select = [str(name).upper() for name in flatten(given.get("SELECT")) if name]
    names = [name for name in visible if _selected(name, select)]
    rows = [show_user(call, number, names) for number in found.numbers]
    # An empty list has no `total` (contract, lists, number 6).
    return Rows(rows, found.total if rows else None, found.next)


def _selected(name: str, select: list[str]) -> bool:
    return (
        not select or "*" in select or name in select or name == "ID" or ("UF_*" in select and name.startswith("UF_"))
    )


def _in_departments(start: str, call: Context) -> Condition:
    table = call.company.departments
    named = [n for n in table.ids if str(table.value(n, "NAME")).casefold().startswith(start.casefold())]
    # No department is number -1, so without a match no user is found.
    return Condition("UF_DEPARTMENT", "=", tuple(named or [-1]))


def _visible(call: Context) -> list[str]:
    """Return the fields that the application's scope shows."""
    names = list(call.company.users.fields)
    if "user" in call.state.scope:
        return names
    allowed = _BASIC if "user_basic" in call.state.scope else _BRIEF
    return [name for name in names if name in allowed]


def show_user(call: Context, number: int, names: list[str] | None = None) -> dict[str, Any]:
    """Return a user as the methods do: ID as str, ACTIVE as bool, UF_DEPARTMENT as a list of int."""
    table = call.company.users
    if number not in table:
        return {}
    values = {name: table.value(number, name) for name in names or _visible(call)}
    # The URL of a photo; a user without one lacks this field.
    return {
        name: _shown(name, table.fields[name], value)
        for name, value in values.items()
        if name != "PERSONAL_PHOTO" or value
    }


def _shown(name: str, field: Field, value: Any) -> Any:
    if name == "ACTIVE":
        return value == "Y"
    if field.multiple:
        return value
    if name == "LAST_ACTIVITY_DATE" and value is not None:
        # The only time that the documentation shows without T and zone.
        return iso(value)[:19].replace("T", " ")
    if field.type in DATES:
        return iso(value) if value is not None else ""
    return "" if value is None else str(value)


@METHODS("user.fields", *_SCOPES)
def user_fields(_params: dict[str, Any], call: Context) -> dict[str, str]:
    """Return the titles of the fields, without types."""
    return {name: call.company.users.fields[name].title for name in _visible(call)}
