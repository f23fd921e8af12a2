"""tasks.task.list .get .add .update (documentation, `api-reference/tasks`): numbers as str, names in camelCase."""

from __future__ import annotations

import time
from typing import Any

from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.method import Context, Methods, Rows, upper
from bx24py.dev.portal.methods.crm import mapping
from bx24py.dev.portal.methods.item import camel
from bx24py.dev.portal.phpform import php_int
from bx24py.dev.portal.tables.dialect import Dialect
from bx24py.dev.portal.tables.fields import DATES, INTEGERS, flatten, iso
from bx24py.dev.portal.tables.paging import CONTROLLER, start_of
from bx24py.dev.portal.tables.query import Query
from bx24py.dev.portal.tables.table import Table

METHODS = Methods()

_NAMES = {
    "REAL_STATUS": "STATUS",
    "STATUS_COMPLETE": "STATUS",
    "ACCOMPLICE": "ACCOMPLICES",
    "AUDITOR": "AUDITORS",
    "TAG": "TAGS",
}
"""Fields whose names in filter and order differ from the answer."""


def _name(given: str) -> str:
    return _NAMES.get(given.upper(), given.upper())


_DIALECT = Dialect(_name)
_STATUSES = frozenset({2, 3, 4, 5, 6})
_UNSORTED = frozenset({"ACCOMPLICES", "AUDITORS", "TAGS", "DESCRIPTION", "UF_CRM_TASK"})


def _person(call: Context, user: int) -> dict[str, Any]:
    table = call.company.users
    known = user in table
    return {
        "id": str(user),
        "name": call.company.full_name(user),
        "link": f"/company/personal/user/{user}/",
        "icon": "/bitrix/images/tasks/default_avatar.png",
        "workPosition": table.value(user, "WORK_POSITION") if known else "",
    }


def _show(call: Context, number: int, names: list[str]) -> dict[str, Any]:
    table = call.company.tasks
    shown: dict[str, Any] = {}
    for name in names:
        value, kind = table.value(number, name), table.fields[name].type
        if isinstance(value, list):
            value = [str(item) for item in value]
        elif value is not None and kind in DATES:
            value = iso(value)
        elif value is not None and kind in INTEGERS:
            value = str(value)
        shown[camel(name)] = value
    if "STATUS" in names:
        late = table.value(number, "DEADLINE")
        overdue = late is not None and late < time.time() and table.value(number, "STATUS") not in {4, 5}
        shown["subStatus"] = "-1" if overdue else shown["status"]
    if "GROUP_ID" in names:
        shown["group"] = []
    for name, key in (("CREATED_BY", "creator"), ("RESPONSIBLE_ID", "responsible")):
        if name in names:
            shown[key] = _person(call, table.value(number, name))
    for name, key in (("ACCOMPLICES", "accomplicesData"), ("AUDITORS", "auditorsData")):
        if name in names:
            shown[key] = {str(user): _person(call, user) for user in table.value(number, name) or []}
    return shown


def _select(given: Any, table: Table) -> list[str]:
    wanted = [str(item) for item in flatten(given) if item not in (None, "")]
    if not wanted or "*" in wanted:
        # The bindings to CRM items are returned only if requested by name.
        names = [name for name in table.fields if not name.startswith("UF_")]
        return [*names, *(name for name in ("UF_CRM_TASK",) if name in wanted)]
    return list(dict.fromkeys(["ID", *(name for name in map(_name, wanted) if name in table.fields)]))


@METHODS("tasks.task.list", "task")
def tasks_task_list(params: dict[str, Any], call: Context) -> Rows:
    """List tasks under the key `tasks`, newest first by default."""
    given, table = upper(params), call.company.tasks
    asked = mapping(given, "order")
    for name in asked:
        if _name(name) not in table.fields or _name(name) in _UNSORTED:
            raise RestFault("0", "Invalid sorting key (internal error)")
    order = _DIALECT.order(asked, table) or (("ID", True),)
    where = _DIALECT.where(mapping(given, "filter"), table)
    found = table.find(Query(where, order, start_of(params)), CONTROLLER)
    names = _select(given.get("SELECT"), table)
    return Rows({"tasks": [_show(call, number, names) for number in found.numbers]}, found.total, found.next)


def _number(given: dict[str, Any]) -> int:
    if given.get("TASKID") in (None, ""):
        raise RestFault("100", "CTaskItem All parameters in the constructor must have real class type (internal error)")
    number = php_int(given["TASKID"], -1)
    if number <= 0:
        raise RestFault("0", "wrong task id")
    return number


@METHODS("tasks.task.get", "task")
def tasks_task_get(params: dict[str, Any], call: Context) -> Any:
    """Return one task under the key `task`; an empty list if there is none."""
    given = upper(params)
    number = _number(given)
    if number not in call.company.tasks:
        return []
    return {"task": _show(call, number, _select(given.get("SELECT"), call.company.tasks))}


def _values(given: dict[str, Any], call: Context, number: int | None) -> dict[str, Any]:
    """Read and check `fields`."""
    table = call.company.tasks
    fields = given.get("FIELDS")
    if not fields or not isinstance(fields, dict):
        raise RestFault("100", "Could not find value for parameter {fields} (internal error)")
    values: dict[str, Any] = {}
    for name, value in fields.items():
        field = table.fields.get(_name(name))
        if field and not field.read_only:
            values[_name(name)] = field.keep(value)
    if "STATUS" in values and values["STATUS"] not in _STATUSES:
        raise RestFault("ERROR_CORE", "Invalid status<br>")
    if values.get("RESPONSIBLE_ID") and values["RESPONSIBLE_ID"] not in call.company.users:
        raise RestFault("ERROR_CORE", 'The user specified in the "Responsible" field was not found<br>')
    if parent := values.get("PARENT_ID"):
        if parent == number:
            raise RestFault("ERROR_CORE", "Cannot bind the node to itself<br>")
        if parent not in table:
            raise RestFault("ERROR_CORE", 'The task specified in the "Parent Task" field was not found<br>')
        _refuse_cycle(table, parent, number)
    start, end = values.get("START_DATE_PLAN"), values.get("END_DATE_PLAN")
    if start and end and end < start:
        raise RestFault("ERROR_CORE", "The end date specified in the scheduling is earlier than the start date<br>")
    return values


def _refuse_cycle(table: Table, parent: int | None, number: int | None) -> None:
    while parent and number and parent in table:
        if parent == number:
            raise RestFault("ERROR_CORE", "Creating cyclic links in tasks is prohibited<br>")
        parent = table.value(parent, "PARENT_ID")


@METHODS("tasks.task.add", "task")
def tasks_task_add(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Add a task and return it under the key `task`."""
    values = _values(upper(params), call, None)
    if not values.get("TITLE"):
        raise RestFault("ERROR_CORE", "Task title is not specified<br>")
    if not values.get("RESPONSIBLE_ID"):
        raise RestFault("ERROR_CORE", "Responsible person not specified<br>")
    now, user, table = int(time.time()), call.state.user_id, call.company.tasks
    number = table.add(
        {
            "DESCRIPTION": "",
            "PRIORITY": 1,
            "STATUS": 2,
            "GROUP_ID": 0,
            "STAGE_ID": 0,
            "CREATED_BY": user,
            "CHANGED_BY": user,
            "CREATED_DATE": now,
            "CHANGED_DATE": now,
            "ACTIVITY_DATE": now,
            "MULTITASK": "N",
            "REPLICATE": "N",
            "ALLOW_CHANGE_DEADLINE": "N",
            "ALLOW_TIME_TRACKING": "N",
            "TASK_CONTROL": "N",
            "ADD_IN_REPORT": "N",
            "TIME_ESTIMATE": 0,
            "MATCH_WORK_TIME": "N",
            "FAVORITE": "N",
            **values,
        }
    )
    return {"task": _show(call, number, _select(None, table))}


@METHODS("tasks.task.update", "task")
def tasks_task_update(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Update a task and return it under the key `task`."""
    given, table = upper(params), call.company.tasks
    number = _number(given)
    if number not in table:
        raise RestFault("0", "Action on the task is not allowed (internal error)")
    values = _values(given, call, number)
    now, user = int(time.time()), call.state.user_id
    if "STATUS" in values and values["STATUS"] != table.value(number, "STATUS"):
        done = values["STATUS"] == 5
        values.update({"CLOSED_DATE": now if done else None, "CLOSED_BY": user if done else None})
    table.update(number, {**values, "CHANGED_DATE": now, "ACTIVITY_DATE": now, "CHANGED_BY": user})
    return {"task": _show(call, number, _select(None, table))}


_WORDS = {
    "STATUS": {"2": "Pending", "3": "In progress", "4": "Supposedly completed", "5": "Completed", "6": "Deferred"},
    "PRIORITY": {"0": "Low", "1": "Medium", "2": "High"},
    "MARK": {"N": "Negative", "P": "Positive"},
}
"""Values of fields and their labels."""


@METHODS("tasks.task.getfields", "task")
def tasks_task_getfields(_params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Return the descriptions of the fields under the key `fields`, with the documentation's error about one flag."""
    fields: dict[str, Any] = {}
    for name, field in call.company.tasks.fields.items():
        words = _WORDS.get(name) or ({"Y": "Yes", "N": "No"} if field.type == "char" else None)
        kind = "crm" if name == "UF_CRM_TASK" else "array" if field.multiple else field.type
        shown: dict[str, Any] = {"title": None if kind == "array" else field.title, "type": kind}
        if kind == "user" or name == "MATCH_WORK_TIME":
            shown["type"] = "integer"
        elif words:
            shown.update({"type": "enum", "values": words})
        if name == "ID":
            shown["primary"] = True
        if field.required:
            shown["required"] = True
        fields[name] = shown
    return {"fields": fields}
