"""Calendar, lists, workflows (documentation, `api-reference/calendar`, `lists`, `bizproc`)."""

from __future__ import annotations

import secrets
import time
from datetime import datetime
from typing import Any

from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.method import Context, Methods, Rows, upper
from bx24py.dev.portal.phpform import php_int
from bx24py.dev.portal.sample.drawing import DAY
from bx24py.dev.portal.tables.fields import ZONE, moment
from bx24py.dev.portal.tables.query import Condition, Query
from bx24py.dev.portal.tables.table import Table

METHODS = Methods()

_RECURRING = 1
"""The event of the sample that takes place each week."""


# Calendar


def _need(given: dict[str, Any], method: str, *names: str) -> None:
    for name in names:
        if given.get(name.upper()) in (None, ""):
            raise RestFault("", f'The required parameter "{name}" for the method "{method}" is not set')


def _clock(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, ZONE).strftime("%m/%d/%Y %I:%M:%S %p").lower()


def _event(table: Table, number: int, *, later: int = 0) -> dict[str, Any]:
    row = table.row(number)
    times = {name: _clock(row[name] + later) for name in ("DATE_FROM", "DATE_TO")}
    texts = {name: str(row[name]) for name in ("OWNER_ID", "SECTION_ID", "CREATED_BY")}
    shown = {name: row[name] or "" for name in ("NAME", "DESCRIPTION", "LOCATION", "CAL_TYPE")}
    return {"ID": str(number), **shown, **times, **texts, "DT_SKIP_TIME": row["SKIP_TIME"]}


@METHODS("calendar.event.get", "calendar")
def calendar_event_get(params: dict[str, Any], call: Context) -> list[dict[str, Any]]:
    """List events: a recurring one occurs several times with the same id."""
    given, table = upper(params), call.company.others["calendar_events"]
    since, until = _moment(given.get("FROM")), _moment(given.get("TO"))
    found: list[dict[str, Any]] = []
    for number in table.ids:
        for later in (0, 7 * DAY) if number == _RECURRING else (0,):
            start = table.value(number, "DATE_FROM") + later
            if (since is None or start >= since) and (until is None or start < until + DAY):
                found.append(_event(table, number, later=later))
    return found


def _moment(value: Any) -> int | None:
    return None if value in (None, "") else moment(value)


@METHODS("calendar.event.getbyid", "calendar")
def calendar_event_getbyid(params: dict[str, Any], call: Context) -> dict[str, Any] | None:
    """Return an event; null if there is none."""
    given, table = upper(params), call.company.others["calendar_events"]
    _need(given, "calendar.event.getbyid", "id")
    number = php_int(given["ID"])
    return _event(table, number) if number in table else None


def _event_values(given: dict[str, Any]) -> dict[str, Any]:
    names = {"NAME": "NAME", "DESCRIPTION": "DESCRIPTION", "LOCATION": "LOCATION", "TYPE": "CAL_TYPE"}
    values: dict[str, Any] = {field: str(given[name]) for name, field in names.items() if name in given}
    for name, field in {"FROM": "DATE_FROM", "TO": "DATE_TO"}.items():
        seconds = given.get(f"{name}_TS")
        at = php_int(seconds) if seconds else _moment(given.get(name))
        if at is None and given.get(name):
            raise RestFault("", f'Invalid value of the parameter "{name.lower()}"')
        if at is not None:
            values[field] = at
    for name, field in {"OWNERID": "OWNER_ID", "SECTION": "SECTION_ID"}.items():
        if name in given:
            values[field] = php_int(given[name])
    if "SKIP_TIME" in given:
        values["SKIP_TIME"] = "Y" if given["SKIP_TIME"] == "Y" else "N"
    return values


@METHODS("calendar.event.add", "calendar")
def calendar_event_add(params: dict[str, Any], call: Context) -> int:
    """Add an event."""
    given = upper(params)
    _need(given, "calendar.event.add", "type", "ownerId", "name")
    values = _event_values(given)
    if "DATE_FROM" not in values:
        _need(given, "calendar.event.add", "from")
    values.setdefault("DATE_TO", values["DATE_FROM"] + 3600)
    base = {"DESCRIPTION": "", "LOCATION": "", "SECTION_ID": 1, "SKIP_TIME": "N", "CREATED_BY": call.state.user_id}
    return call.company.others["calendar_events"].add({**base, **values})


@METHODS("calendar.event.update", "calendar")
def calendar_event_update(params: dict[str, Any], call: Context) -> int:
    """Change an event, and return its number."""
    given, table = upper(params), call.company.others["calendar_events"]
    _need(given, "calendar.event.update", "id", "type", "ownerId")
    number = php_int(given["ID"])
    if number not in table:
        raise RestFault("", "Event not found")
    table.update(number, _event_values(given))
    return number


@METHODS("calendar.event.delete", "calendar")
def calendar_event_delete(params: dict[str, Any], call: Context) -> bool:
    """Remove an event."""
    number, table = php_int(upper(params).get("ID")), call.company.others["calendar_events"]
    if number <= 0:
        raise RestFault("", "Event id not specified")
    if number not in table:
        raise RestFault("", "An error occurred while deleting the event")
    table.delete(number)
    return True


@METHODS("calendar.section.get", "calendar")
def calendar_section_get(params: dict[str, Any], _call: Context) -> list[dict[str, Any]]:
    """List the calendars of an owner: one."""
    given = upper(params)
    _need(given, "calendar.section.get", "type", "ownerId")
    owner = str(given["OWNERID"])
    return [{"ID": "1", "NAME": "My calendar", "COLOR": "#9cbeee", "CAL_TYPE": given["TYPE"], "OWNER_ID": owner}]


# Lists


def _element_table(given: dict[str, Any], call: Context) -> tuple[Table, int]:
    if not given.get("IBLOCK_TYPE_ID"):
        raise RestFault("ERROR_REQUIRED_PARAMETERS_MISSING", "Required parameter `IBLOCK_TYPE_ID` is missing")
    if not given.get("IBLOCK_ID") and not given.get("IBLOCK_CODE"):
        raise RestFault("ERROR_REQUIRED_PARAMETERS_MISSING", "Required parameter `IBLOCK_ID` is missing")
    return call.company.others["elements"], php_int(given.get("IBLOCK_ID"))


def _element(given: dict[str, Any], call: Context) -> tuple[Table, int]:
    table, _ = _element_table(given, call)
    if not given.get("ELEMENT_ID"):
        raise RestFault("ERROR_REQUIRED_PARAMETERS_MISSING", "Required parameter `ELEMENT_ID` is missing")
    number = php_int(given["ELEMENT_ID"])
    if number not in table:
        raise RestFault("ERROR_ELEMENT_NOT_FOUND", "Element not found")
    return table, number


def _element_values(given: dict[str, Any], table: Table) -> dict[str, Any]:
    fields = given.get("FIELDS")
    values = upper(fields) if isinstance(fields, dict) else {}
    return {
        name: table.fields[name].keep(value)
        for name, value in values.items()
        if name in table.fields and name not in ("ID", "IBLOCK_ID")
    }


@METHODS("lists.element.add", "lists")
def lists_element_add(params: dict[str, Any], call: Context) -> int:
    """Add an element to a list."""
    given = upper(params)
    table, block = _element_table(given, call)
    values = _element_values(given, table)
    if not values.get("NAME"):
        raise RestFault("ERROR_ADD_ELEMENT", "The field NAME is required")
    return table.add({"CREATED_BY": call.state.user_id, **values, "IBLOCK_ID": block})


@METHODS("lists.element.update", "lists")
def lists_element_update(params: dict[str, Any], call: Context) -> bool:
    """Change an element of a list."""
    given = upper(params)
    table, number = _element(given, call)
    table.update(number, _element_values(given, table))
    return True


@METHODS("lists.element.delete", "lists")
def lists_element_delete(params: dict[str, Any], call: Context) -> bool:
    """Remove an element of a list."""
    table, number = _element(upper(params), call)
    table.delete(number)
    return True


@METHODS("lists.field.get", "lists")
def lists_field_get(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Return the fields of a list."""
    table, _ = _element_table(upper(params), call)
    return {
        name: {"FIELD_ID": name, "NAME": table.fields[name].title, "IS_REQUIRED": "Y" if name == "NAME" else "N"}
        for name in ("NAME", "PROPERTY_97")
    }


# Workflows


@METHODS("bizproc.workflow.start", "bizproc")
def bizproc_workflow_start(params: dict[str, Any], call: Context) -> str:
    """Start a workflow for a document, and return its id."""
    given = upper(params)
    if not given.get("TEMPLATE_ID"):
        raise RestFault("ERROR_WRONG_WORKFLOW_ID", "Empty TEMPLATE_ID")
    if php_int(given["TEMPLATE_ID"]) not in call.company.others["workflow_templates"]:
        raise RestFault("ERROR_WRONG_WORKFLOW_ID", "Template not found")
    document = given.get("DOCUMENT_ID")
    if not isinstance(document, list) or len(document) != 3:
        raise RestFault("ERROR_WRONG_DOCUMENT_ID", "Wrong DOCUMENT_ID!")
    now = int(time.time())
    name = f"{secrets.token_hex(7)}.{secrets.randbelow(90_000_000) + 10_000_000}"
    started = {"MODIFIED": now, "STARTED": now, "STARTED_BY": call.state.user_id}
    call.company.others["workflows"].add({"ID": name, **started})
    return name


@METHODS("bizproc.workflow.terminate", "bizproc")
def bizproc_workflow_terminate(params: dict[str, Any], call: Context) -> bool:
    """End a workflow; administrators only."""
    call.require_admin()
    name, table = str(upper(params).get("ID") or ""), call.company.others["workflows"]
    if not name:
        raise RestFault("ERROR_WRONG_WORKFLOW_ID", "Empty workflow instance ID")
    for row in list(table.found(Query((Condition("ID", "=", (name,)),)))):
        table.delete(row)
    return True


@METHODS("bizproc.task.list", "bizproc")
def bizproc_task_list(_params: dict[str, Any], _call: Context) -> Rows:
    """List the tasks of workflows: the sample has none."""
    return Rows([], 0)
