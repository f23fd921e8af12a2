"""Tasks of the sample company."""

from __future__ import annotations

from bx24py.dev.portal.sample import names
from bx24py.dev.portal.sample.drawing import DAY, NOW, Drawing, spread
from bx24py.dev.portal.tables.fields import Field


def task_fields(draw: Drawing, *, count: int, users: int, deals: int) -> dict[str, Field]:
    """Return the fields of tasks."""
    made = spread(count, 120)
    status = draw.pick("task:status", (2, 3, 3, 4, 5, 6))
    due = draw.number("task:due")
    goods = draw.pick("task:goods", names.GOODS)
    verb = draw.pick("task:verb", ("Prepare", "Check", "Order", "Согласовать", "Ship"))
    person = min(users, 30)

    def closed(number: int) -> int | None:
        return min(NOW, made(number) + 2 * DAY) if status(number) == 5 else None

    return {
        "PARENT_ID": Field("integer", "Parent task", lambda n: n - 1 if n % 10 == 0 else None),
        "TITLE": Field("string", "Title", lambda n: f"{verb(n)}: {goods(n)}"),
        "DESCRIPTION": Field("string", "Description", lambda n: f"See deal {n}."),
        "MARK": Field("string", "Rating"),
        "PRIORITY": Field("integer", "Priority", draw.pick("task:priority", (0, 1, 1, 2))),
        "MULTITASK": Field("char", "Several assignees", lambda _: "N"),
        "REPLICATE": Field("char", "Recurring", lambda _: "N"),
        "GROUP_ID": Field("integer", "Workgroup", lambda _: 0),
        "STAGE_ID": Field("integer", "Stage", lambda _: 0),
        "CREATED_BY": Field("user", "Creator", draw.below("task:creator", person, 1)),
        "CREATED_DATE": Field("datetime", "Created on", made, read_only=True),
        "RESPONSIBLE_ID": Field("user", "Assignee", draw.below("task:responsible", person, 1), required=True),
        "ACCOMPLICES": Field("user", "Participants", multiple=True),
        "AUDITORS": Field("user", "Observers", multiple=True),
        "CHANGED_BY": Field("user", "Changed by", draw.below("task:creator", person, 1), read_only=True),
        "CHANGED_DATE": Field("datetime", "Changed on", lambda n: closed(n) or made(n), read_only=True),
        "STATUS": Field("integer", "Status", status),
        "CLOSED_BY": Field("user", "Closed by", read_only=True),
        "CLOSED_DATE": Field("datetime", "Closed on", closed, read_only=True),
        "ACTIVITY_DATE": Field("datetime", "Last activity", lambda n: closed(n) or made(n), read_only=True),
        "DATE_START": Field("datetime", "Started on", read_only=True),
        "DEADLINE": Field("datetime", "Deadline", lambda n: None if due(n) % 3 == 0 else made(n) + due(n) % 30 * DAY),
        "START_DATE_PLAN": Field("datetime", "Planned start"),
        "END_DATE_PLAN": Field("datetime", "Planned end"),
        "ALLOW_CHANGE_DEADLINE": Field("char", "Assignee may change the deadline", lambda _: "N"),
        "ALLOW_TIME_TRACKING": Field("char", "Time tracking", lambda _: "N"),
        "TASK_CONTROL": Field("char", "Approve when completed", lambda _: "N"),
        "ADD_IN_REPORT": Field("char", "In report", lambda _: "N"),
        "TIME_ESTIMATE": Field("integer", "Time planned", lambda _: 0),
        "MATCH_WORK_TIME": Field("char", "Skip weekends", lambda _: "N"),
        "FAVORITE": Field("char", "Favourite", lambda _: "N"),
        "TAGS": Field("string", "Tags", multiple=True),
        "UF_CRM_TASK": Field("string", "CRM items", lambda n: [f"D_{n}"] if n <= deals else [], multiple=True),
    }
