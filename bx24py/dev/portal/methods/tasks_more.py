"""What is done with tasks: states, comments, checklists, time (documentation, `api-reference/tasks`)."""

from __future__ import annotations

import time
from typing import Any

from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.method import Context, Methods, upper
from bx24py.dev.portal.methods.crm import show_rows
from bx24py.dev.portal.methods.tasks import tasks_task_get, tasks_task_update
from bx24py.dev.portal.phpform import php_int
from bx24py.dev.portal.tables.query import Condition, Query

METHODS = Methods()

_STATES = {"start": 3, "pause": 2, "complete": 5, "renew": 2, "defer": 6}
"""The methods that change a task's status."""


def _define(verb: str, status: int) -> None:
    @METHODS(f"tasks.task.{verb}", "task")
    def change(params: dict[str, Any], call: Context) -> dict[str, Any]:
        tasks_task_update({"taskId": upper(params).get("TASKID"), "fields": {"STATUS": status}}, call)
        shown: dict[str, Any] = tasks_task_get({"taskId": upper(params).get("TASKID")}, call)
        return shown


for _verb, _status in _STATES.items():
    _define(_verb, _status)


@METHODS("tasks.task.delete", "task")
def tasks_task_delete(params: dict[str, Any], call: Context) -> dict[str, bool]:
    """Remove a task."""
    call.company.tasks.delete(_task(params, call))
    return {"task": True}


def _task(params: dict[str, Any], call: Context) -> int:
    """Return the task that is named, or comes first in positional parameters."""
    given = upper(params)
    value = given.get("TASKID", given.get("0", given.get("ID")))
    number = php_int(value, -1) if not isinstance(value, dict | list) else -1
    if number <= 0:
        raise RestFault("ERROR_CORE", "TASKS_ERROR_EXCEPTION_#256; Param #0 (taskId) expected to be of type integer")
    if number not in call.company.tasks:
        raise RestFault("ERROR_CORE", "TASKS_ERROR_EXCEPTION_#8; Action failed; 8/TE/ACTION_FAILED_TO_BE_PROCESSED")
    return number


def _fields(params: dict[str, Any]) -> dict[str, Any]:
    given = upper(params)
    fields = given.get("FIELDS", given.get("ARFIELDS", given.get("1")))
    return upper(fields) if isinstance(fields, dict) else {}


def _of_task(table_name: str, params: dict[str, Any], call: Context) -> list[dict[str, Any]]:
    table = call.company.others[table_name]
    numbers = table.found(Query((Condition("TASK_ID", "=", (_task(params, call),)),)))
    return show_rows(table, numbers, table.fields)


@METHODS("task.commentitem.add", "task")
def task_commentitem_add(params: dict[str, Any], call: Context) -> int:
    """Add a comment to a task."""
    number, fields = _task(params, call), _fields(params)
    text = str(fields.get("POST_MESSAGE") or "")
    if not text:
        raise RestFault("ERROR_CORE", "Comment text is not specified")
    author = php_int(fields.get("AUTHOR_ID")) or call.state.user_id
    values = {"TASK_ID": number, "POST_MESSAGE": text, "AUTHOR_ID": author, "POST_DATE": int(time.time())}
    return call.company.others["task_comments"].add(values)


@METHODS("task.commentitem.getlist", "task")
def task_commentitem_getlist(params: dict[str, Any], call: Context) -> list[dict[str, Any]]:
    """List the comments of a task."""
    rows = _of_task("task_comments", params, call)
    return [{**row, "AUTHOR_NAME": call.company.full_name(php_int(row["AUTHOR_ID"]))} for row in rows]


@METHODS("task.checklistitem.add", "task")
def task_checklistitem_add(params: dict[str, Any], call: Context) -> int:
    """Add an item to the checklist of a task."""
    number, fields = _task(params, call), _fields(params)
    title = str(fields.get("TITLE") or "")
    if not title:
        raise RestFault("ERROR_CORE", "Checklist item title is not specified")
    flags = {name: "Y" if fields.get(name) == "Y" else "N" for name in ("IS_COMPLETE", "IS_IMPORTANT")}
    values = {
        "TASK_ID": number,
        "TITLE": title,
        "PARENT_ID": php_int(fields.get("PARENT_ID")),
        "SORT_INDEX": php_int(fields.get("SORT_INDEX")),
        "CREATED_BY": call.state.user_id,
    }
    return call.company.others["checklist"].add({**values, **flags})


@METHODS("task.checklistitem.getlist", "task")
def task_checklistitem_getlist(params: dict[str, Any], call: Context) -> list[dict[str, Any]]:
    """List the checklist of a task."""
    return _of_task("checklist", params, call)


@METHODS("task.elapseditem.add", "task")
def task_elapseditem_add(params: dict[str, Any], call: Context) -> int:
    """Add a time record to a task."""
    number, fields = _task(params, call), _fields(params)
    values = {
        "TASK_ID": number,
        "SECONDS": php_int(fields.get("SECONDS")),
        "COMMENT_TEXT": str(fields.get("COMMENT_TEXT") or ""),
        "USER_ID": php_int(fields.get("USER_ID")) or call.state.user_id,
        "CREATED_DATE": int(time.time()),
    }
    return call.company.others["elapsed"].add(values)
