"""tasks.task.list .get .add .update .delete of REST 3.0 (documentation, `api-reference/tasks/*-rest-v3.md`)."""

from __future__ import annotations

import time
from typing import Any

from bx24py.dev.portal.method import Context
from bx24py.dev.portal.v3 import lists
from bx24py.dev.portal.v3.descriptions import add_field_methods
from bx24py.dev.portal.v3.dto import Dto, DtoField
from bx24py.dev.portal.v3.faults import V3Fault, invalid, missing, not_found
from bx24py.dev.portal.v3.method import LIST, MethodsV3, Parameter
from bx24py.dev.portal.v3.objects import GROUP, USER

METHODS = MethodsV3()

MOST = 50
"""Rows of the largest page of tasks.task.list, whatever is asked (contract, section 6)."""

_STATUSES = {2: "pending", 3: "in_progress", 4: "supposedly_completed", 5: "completed", 6: "deferred"}
_PRIORITIES = {0: "low", 1: "average", 2: "high"}
_MARKS = {None: "none", "N": "negative", "P": "positive"}


def _column(kind: str, column: str, title: str, *, edits: str = "always", **more: Any) -> DtoField:
    """Return a field that can be filtered, sorted and written."""
    return DtoField(kind, column, title, filters=kind != "array", sorts=kind != "array", edits=edits, **more)


def _read_only(kind: str, column: str, title: str) -> DtoField:
    return DtoField(kind, column, title, filters=True, sorts=True)


def _fixed(kind: str, title: str, value: Any) -> DtoField:
    return DtoField(kind, title=title, make=lambda _call, _number: value)


def _has_children(call: Context, number: int) -> bool:
    parent = call.company.tasks.reader("PARENT_ID")
    return any(parent(other) == number for other in call.company.tasks.ids)


_TASK_FIELDS: dict[str, DtoField] = {
    "id": _read_only("int", "ID", "ID"),
    "title": _column("string", "TITLE", "Title", required=True),
    "description": DtoField("string", "DESCRIPTION", "Description", edits="always"),
    "creatorId": _column("int", "CREATED_BY", "Creator", edits="add", required=True),
    "creator": DtoField("object", "CREATED_BY", "Creator", dto=USER),
    "created": _read_only("DateTime", "CREATED_DATE", "Created on"),
    "responsibleId": _column("int", "RESPONSIBLE_ID", "Assignee", required=True),
    "responsible": DtoField("object", "RESPONSIBLE_ID", "Assignee", dto=USER),
    "deadline": _column("DateTime", "DEADLINE", "Deadline"),
    "needsControl": _column("bool", "TASK_CONTROL", "Approve when completed"),
    "startPlan": _column("DateTime", "START_DATE_PLAN", "Planned start"),
    "endPlan": _column("DateTime", "END_DATE_PLAN", "Planned end"),
    "groupId": _column("int", "GROUP_ID", "Workgroup"),
    "group": DtoField("object", "GROUP_ID", "Workgroup", dto=GROUP),
    "stageId": _column("int", "STAGE_ID", "Stage"),
    "priority": _column("string", "PRIORITY", "Priority", words=_PRIORITIES),
    "status": _column("string", "STATUS", "Status", words=_STATUSES),
    "accomplices": DtoField("array", "ACCOMPLICES", "Participants", dto=USER, edits="always"),
    "auditors": DtoField("array", "AUDITORS", "Observers", dto=USER, edits="always"),
    "parentId": _column("int", "PARENT_ID", "Parent task"),
    "containsSubTasks": DtoField("bool", title="Has subtasks", make=_has_children),
    "started": _read_only("DateTime", "DATE_START", "Started on"),
    "estimatedTime": _column("int", "TIME_ESTIMATE", "Time planned, seconds"),
    "replicate": _column("bool", "REPLICATE", "Recurring"),
    "changed": _read_only("DateTime", "CHANGED_DATE", "Changed on"),
    "changedById": _read_only("int", "CHANGED_BY", "Changed by"),
    "changedBy": DtoField("object", "CHANGED_BY", "Changed by", dto=USER),
    "closedById": _read_only("int", "CLOSED_BY", "Closed by"),
    "closedBy": DtoField("object", "CLOSED_BY", "Closed by", dto=USER),
    "closed": _read_only("DateTime", "CLOSED_DATE", "Closed on"),
    "activity": _read_only("DateTime", "ACTIVITY_DATE", "Last activity"),
    "mark": _column("string", "MARK", "Rating", words=_MARKS),
    "allowsChangeDeadline": _column("bool", "ALLOW_CHANGE_DEADLINE", "Assignee may change the deadline"),
    "allowsTimeTracking": _column("bool", "ALLOW_TIME_TRACKING", "Time tracking"),
    "matchesWorkTime": _column("bool", "MATCH_WORK_TIME", "Skip weekends"),
    "addInReport": _column("bool", "ADD_IN_REPORT", "In report"),
    "isMultitask": _column("bool", "MULTITASK", "Several assignees"),
    "siteId": _fixed("string", "Site", "s1"),
    "link": DtoField("string", title="Link", make=lambda call, number: _link(call, number)),
    "crmItemIds": DtoField("array", "UF_CRM_TASK", "CRM items", edits="always"),
    "dependsOn": _fixed("array", "Depends on", []),
    "scenarios": _fixed("array", "Scenarios", ["default"]),
}

TASK = Dto("TaskDto", lambda company: company.tasks, _TASK_FIELDS)
_TASK_FIELDS["parent"] = DtoField("object", "PARENT_ID", "Parent task", dto=TASK)

_BASIC = Dto(TASK.name, TASK.table, TASK.fields, basic=TASK.plain())
"""What tasks.task.get and .add return without `select`: all but the related objects."""

_ID = {"id": Parameter("int", "ID of the task", required=True)}
_FIELDS = {"fields": Parameter("object", "Fields of the task", required=True, dto=TASK)}


def _link(call: Context, number: int) -> str:
    return f"/company/personal/user/{call.state.user_id}/tasks/task/view/{number}/"


@METHODS("tasks.task.list", "tasks", parameters=LIST, dto=TASK)
def tasks_task_list(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Returns a list of tasks; without select only their ids."""
    return lists.rows(params, TASK, call, MOST)


@METHODS("tasks.task.get", "tasks", parameters={**_ID, "select": LIST["select"]}, dto=TASK)
def tasks_task_get(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Returns a task."""
    chosen, number = _BASIC.select(params.get("select")), params["id"]
    if number not in call.company.tasks:
        raise not_found(number)
    return {"item": TASK.show(call, number, chosen)}


def _values(fields: dict[str, Any], call: Context, number: int | None) -> dict[str, Any]:
    """Read and check the fields of a new task, or of the task that is changed."""
    company = call.company
    values = TASK.read(fields, "always" if number else "add")
    complaints = []
    if "TITLE" in values and not values["TITLE"]:
        complaints.append(("title", "Task title is not specified"))
    for column, name, role in (("RESPONSIBLE_ID", "responsibleId", "Responsible"), ("CREATED_BY", "creatorId", "")):
        if column in values and values[column] not in company.users:
            complaints.append((name, f'The user specified in the "{role}" field was not found' if role else ""))
    for column, name, words in (("STATUS", "status", _STATUSES), ("PRIORITY", "priority", _PRIORITIES)):
        if column in values and values[column] not in words:
            complaints.append((name, f"Invalid value of the field `{name}`"))
    if parent := values.get("PARENT_ID"):
        if parent == number:
            complaints.append(("parentId", "Cannot bind a node to itself"))
        elif parent not in company.tasks:
            complaints.append(("parentId", 'The task specified in the "Parent Task" field was not found'))
    start, end = values.get("START_DATE_PLAN"), values.get("END_DATE_PLAN")
    if start and end and end < start:
        complaints.append(("endPlan", "The end date specified in the planning is earlier than the start date"))
    if complaints:
        raise invalid(*complaints)
    for column in ("ACCOMPLICES", "AUDITORS"):
        if column in values:
            values[column] = [user for user in values[column] or [] if isinstance(user, int)]
    return values


@METHODS("tasks.task.add", "tasks", parameters=_FIELDS, writes=True, dto=TASK)
def tasks_task_add(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Adds a task and returns it."""
    fields = params["fields"] or {}
    if absent := [name for name in TASK.required() if fields.get(name) is None]:
        raise missing(*absent)
    values = _values(fields, call, None)
    now = int(time.time())
    flags = (
        "MULTITASK",
        "REPLICATE",
        "ALLOW_CHANGE_DEADLINE",
        "ALLOW_TIME_TRACKING",
        "TASK_CONTROL",
        "ADD_IN_REPORT",
        "MATCH_WORK_TIME",
        "FAVORITE",
    )
    number = call.company.tasks.add(
        {
            **dict.fromkeys(flags, "N"),
            "DESCRIPTION": "",
            "PRIORITY": 1,
            "STATUS": 2,
            "GROUP_ID": 0,
            "STAGE_ID": 0,
            "TIME_ESTIMATE": 0,
            "CHANGED_BY": call.state.user_id,
            "CREATED_DATE": now,
            "CHANGED_DATE": now,
            "ACTIVITY_DATE": now,
            **values,
        }
    )
    return {"item": TASK.show(call, number, _BASIC.select(None))}


@METHODS("tasks.task.update", "tasks", parameters={**_ID, **_FIELDS}, writes=True)
def tasks_task_update(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Changes a task."""
    number, tasks = params["id"], call.company.tasks
    if number not in tasks:
        raise V3Fault("ACCESSDENIEDEXCEPTION")
    values = _values(params["fields"] or {}, call, number)
    now, user = int(time.time()), call.state.user_id
    if "STATUS" in values and values["STATUS"] != tasks.value(number, "STATUS"):
        done = values["STATUS"] == 5
        values.update({"CLOSED_DATE": now if done else None, "CLOSED_BY": user if done else None})
    tasks.update(number, {**values, "CHANGED_DATE": now, "ACTIVITY_DATE": now, "CHANGED_BY": user})
    return {"result": True}


@METHODS("tasks.task.delete", "tasks", parameters=_ID, writes=True)
def tasks_task_delete(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Deletes a task."""
    if params["id"] not in call.company.tasks:
        raise V3Fault("ACCESSDENIEDEXCEPTION")
    call.company.tasks.delete(params["id"])
    return {"result": True}


add_field_methods(METHODS, "tasks.task", "tasks", TASK)
