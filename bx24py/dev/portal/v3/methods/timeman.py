"""timeman.record.list (documentation, `api-reference/timeman/record`): one employee at a time.

The id does not filter: these lists can only be read page by page.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bx24py.dev.portal.method import Context
from bx24py.dev.portal.tables.query import Condition, Group
from bx24py.dev.portal.v3 import lists
from bx24py.dev.portal.v3.descriptions import add_field_methods
from bx24py.dev.portal.v3.dto import Dto, DtoField
from bx24py.dev.portal.v3.faults import V3Fault, missing
from bx24py.dev.portal.v3.method import LIST, MethodsV3, Parameter

METHODS = MethodsV3()

RECORD = Dto(
    "RecordDto",
    lambda company: company.others["time_records"],
    {
        "id": DtoField("int", "ID", "ID", sorts=True),
        "userId": DtoField("int", "USER_ID", "Employee", filters=True, sorts=True),
        "startTime": DtoField("DateTime", "START_TIME", "Start", filters=True, sorts=True),
        "endTime": DtoField("DateTime", "END_TIME", "End", sorts=True),
        "duration": DtoField("int", "DURATION", "Working time, seconds", sorts=True),
        "breakLength": DtoField("int", "BREAK_LENGTH", "Breaks, seconds"),
        "state": DtoField("string", "STATE", "State"),
        "isApproved": DtoField("bool", "APPROVED", "Approved"),
    },
    basic=("id", "userId", "startTime", "endTime", "duration", "breakLength", "state", "isApproved"),
)


def _users(parts: tuple[Condition | Group, ...]) -> Iterator[int]:
    for part in parts:
        if isinstance(part, Group):
            yield from _users(part.parts)
        elif part.name == "USER_ID" and part.operator in {"=", "@"}:
            yield from part.values


@METHODS(
    "timeman.record.list",
    "timeman",
    parameters={**LIST, "filter": Parameter("array", "Conditions, one of them on userId", required=True)},
    dto=RECORD,
)
def timeman_record_list(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Returns the records of an employee's working time."""
    users = set(_users(lists.where(params["filter"], RECORD, call)))
    if not users:
        raise missing("filter.userId")
    if len(users) > 1:
        raise V3Fault("INVALIDFILTEREXCEPTION", "Unable to recognize filter expression `filter.userId`")
    if users != {call.state.user_id} and not call.state.admin:
        raise V3Fault("ACCESSDENIEDEXCEPTION")
    return lists.rows(params, RECORD, call)


add_field_methods(METHODS, "timeman.record", "timeman", RECORD)
