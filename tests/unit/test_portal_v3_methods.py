"""The methods of REST 3.0 in the local portal: tasks, company structure, event log, working time, descriptions."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import pytest

from .v3_client import V3, complaints, error, items
from .v3_client import call as call
from .v3_client import served as served

NEW = {"title": "New", "creatorId": 1, "responsibleId": 2}

# ---------------------------------------------------------------- tasks


def test_a_task_that_is_added_read_changed_and_deleted(call: V3) -> None:
    fields = {
        **NEW,
        "deadline": "2026-01-31T10:00:00+00:00",
        "priority": "high",
        "needsControl": True,
        "allowsTimeTracking": "Y",
        "accomplices": [3, 4],
        "parentId": 5,
        "crmItemIds": ["D_1"],
    }
    task = call("tasks.task.add", fields=fields).result["item"]
    assert (
        task | {"title": "New", "deadline": "2026-01-31T12:00:00+02:00", "priority": "high", "status": "pending"}
        == task
    )
    assert (task["needsControl"], task["allowsTimeTracking"], task["replicate"]) == (True, True, False)
    assert "responsible" not in task
    number = task["id"]
    assert call("tasks.task.get", id=number).result["item"] == task
    people = call("tasks.task.get", id=number, select=["accomplices.id", "parent.id"]).result["item"]
    assert people == {"accomplices": [{"id": 3}, {"id": 4}], "parent": {"id": 5}}
    assert call.old("tasks.task.get", taskId=number).result["task"]["title"] == "New"

    changes = {"title": "Changed", "status": "completed", "deadline": None}
    assert call("tasks.task.update", id=number, fields=changes).result == {"result": True}
    select = ["title", "status", "deadline", "closed", "closedBy.id"]
    changed = call("tasks.task.get", id=number, select=select).result["item"]
    assert changed.pop("closed") is not None
    assert changed == {"title": "Changed", "status": "completed", "deadline": None, "closedBy": {"id": 1}}
    assert call("tasks.task.get", id=5, select=["containsSubTasks"]).result["item"] == {"containsSubTasks": True}

    assert call("tasks.task.delete", id=number).result == {"result": True}
    assert error(call("tasks.task.get", id=number)) == (400, "ENTITYNOTFOUNDEXCEPTION")
    assert error(call("tasks.task.update", id=number, fields={"title": "x"})) == (403, "ACCESSDENIEDEXCEPTION")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({**NEW, "deadline": "tomorrow"}, "deadline"),
        ({**NEW, "title": 5}, "title"),
        ({**NEW, "title": ""}, "title"),
        ({**NEW, "needsControl": "yes"}, "needsControl"),
        ({**NEW, "accomplices": 5}, "accomplices"),
        ({**NEW, "responsibleId": 10**6}, "responsibleId"),
        ({**NEW, "creatorId": 10**6}, "creatorId"),
        ({**NEW, "parentId": 10**6}, "parentId"),
        ({**NEW, "priority": "urgent"}, "priority"),
        ({**NEW, "startPlan": "2026-01-02T00:00:00Z", "endPlan": "2026-01-01T00:00:00Z"}, "endPlan"),
        ({**NEW, "created": "2026-01-02T00:00:00Z"}, "created"),
        ({**NEW, "id": 5}, "id"),
    ],
    ids=str,
)
def test_fields_that_are_refused(call: V3, fields: Any, field: str) -> None:
    tasks = len(call.portal.company.tasks)
    assert list(complaints(call("tasks.task.add", fields=fields))) == [field]
    assert len(call.portal.company.tasks) == tasks


def test_a_new_task_needs_three_fields(call: V3) -> None:
    empty: list[Any] = [{}, [], {"deadline": None}]
    for fields in empty:
        assert set(complaints(call("tasks.task.add", fields=fields))) == {"title", "creatorId", "responsibleId"}
    assert call("tasks.task.update", id=1, fields=[]).result == {"result": True}
    assert list(complaints(call("tasks.task.add", fields=["title"]))) == ["fields"]


def test_a_field_that_a_task_does_not_have(call: V3) -> None:
    answer = call("tasks.task.add", fields={**NEW, "nonsense": 1})
    assert error(answer) == (400, "UNKNOWNDTOPROPERTYEXCEPTION")
    assert answer.data["error"]["message"] == "Unknown field `nonsense` for entity `TaskDto`"


def test_a_change_that_is_refused(call: V3) -> None:
    words = complaints(call("tasks.task.update", id=1, fields={"creatorId": 2}))["creatorId"]
    assert words.startswith("In DTO `TaskDto`, the field `creatorId` requires the `Editable` attribute")
    assert complaints(call("tasks.task.update", id=1, fields={"parentId": 1})) == {
        "parentId": "Cannot bind a node to itself"
    }


# ---------------------------------------------------------------- company structure


def nodes(call: V3, **params: Any) -> list[int]:
    return items(call("humanresources.node.list", type="DEPARTMENT", select=["id"], **params))


def test_departments(call: V3) -> None:
    assert nodes(call) == list(range(1, 17))
    assert nodes(call, pagination={"limit": 3, "page": 2}) == [4, 5, 6]
    assert items(call("humanresources.node.list", type="TEAM")) == []
    node = call("humanresources.node.list", type="DEPARTMENT").result["items"][1]
    assert node | {"name": "Sales Department", "type": "DEPARTMENT", "parentId": 1, "accessCode": "DR2"} == node
    assert "members" not in node
    members = call("humanresources.node.get", id=2).result["item"]["members"]
    assert len(members) == node["userCount"]
    heads = [member for member in members if member["role"] == "MEMBER_HEAD"]
    assert [(head["userId"], head["name"]) for head in heads] == [(2, "Jonas Hartmann")]
    assert items(call("humanresources.node.children", id=2)) == [6, 7, 8]
    assert items(call("humanresources.node.search", type="DEPARTMENT", name="sales")) == [2]
    assert items(call("humanresources.node.search", type="DEPARTMENT", name="e", parentId=3)) == [9, 10]
    assert call("humanresources.node.count").result == {"departments": 16, "teams": 0}


def test_structures_that_are_refused(call: V3) -> None:
    assert complaints(call("humanresources.node.list")) == {"type": "Required field `type` is not specified"}
    assert list(complaints(call("humanresources.node.list", type="GROUP"))) == ["type"]
    for method in ("get", "children"):
        assert error(call(f"humanresources.node.{method}", id=100)) == (400, "ENTITYNOTFOUNDEXCEPTION")
    assert error(call("humanresources.node.list", type="DEPARTMENT", pagination={"limit": 0}))[0] == 400
    assert list(complaints(call("humanresources.node.edit", id=2))) == ["name"]
    assert list(complaints(call("humanresources.node.move", id=2, parentId=6))) == ["parentId"]
    new = {"type": "TEAM", "name": "Team", "parentId": 1}
    assert error(call("humanresources.node.add", new)) == (403, "ACCESSDENIEDEXCEPTION")
    roles = complaints(call("humanresources.node.member.add", nodeId=2, userIds=[3], role="MEMBER_OWNER"))
    assert "Allowed: MEMBER_HEAD, MEMBER_DEPUTY_HEAD, MEMBER_EMPLOYEE" in roles["role"]
    assert list(complaints(call("humanresources.node.member.add", nodeId=2, userIds=[], role="MEMBER_HEAD"))) == [
        "userIds"
    ]
    assert list(complaints(call("humanresources.node.member.set", nodeId=2, userIds={"MEMBER_OWNER": [3]}))) == [
        "userIds"
    ]


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("node.add", {"type": "DEPARTMENT", "name": "X", "parentId": 1}),
        ("node.edit", {"id": 2, "name": "X"}),
        ("node.move", {"id": 2, "parentId": 3}),
        ("node.member.add", {"nodeId": 2, "userIds": [3], "role": "MEMBER_HEAD"}),
        ("node.member.set", {"nodeId": 2, "userIds": {"MEMBER_HEAD": [3]}}),
        ("node.member.move", {"nodeId": 2, "userIds": [3]}),
        ("node.member.remove", {"nodeId": 2, "userIds": [2]}),
    ],
)
def test_only_administrators_change_the_structure(call: V3, method: str, params: Any) -> None:
    before = call.portal.company.changes()
    call.portal.state.admin = False
    assert error(call(f"humanresources.{method}", params)) == (403, "ACCESSDENIEDEXCEPTION")
    assert call.portal.company.changes() == before


def test_changes_of_the_structure(call: V3) -> None:
    def people(node: int) -> dict[int, str]:
        item = call("humanresources.node.get", id=node, select=["members"]).result["item"]
        return {member["userId"]: member["role"].removeprefix("MEMBER_") for member in item["members"]}

    users = {"MEMBER_HEAD": [30], "MEMBER_DEPUTY_HEAD": [31], "MEMBER_EMPLOYEE": [32]}
    new = {"type": "DEPARTMENT", "name": "Lab", "parentId": 4, "userIds": users, "moveUsersToNode": True}
    node = call("humanresources.node.add", new).result
    number = node["id"]
    assert (node["name"], node["parentId"], node["userCount"], len(node["members"])) == ("Lab", 4, 3, 3)
    assert people(number) == {30: "HEAD", 31: "DEPUTY_HEAD", 32: "EMPLOYEE"}
    assert call.portal.company.users.value(30, "UF_DEPARTMENT") == [number]

    edited = call("humanresources.node.edit", id=number, name="Laboratory", description="Tests").result
    assert (edited["name"], edited["description"]) == ("Laboratory", "Tests")
    assert call("humanresources.node.move", id=number, parentId=12).result["parentId"] == 12
    assert [row["NAME"] for row in call.old("department.get", ID=number).result] == ["Laboratory"]

    add = {"nodeId": number, "userIds": [31, 33], "role": "MEMBER_HEAD"}
    assert call("humanresources.node.member.add", add).result == {"success": True}
    assert people(number) == {30: "EMPLOYEE", 31: "EMPLOYEE", 32: "EMPLOYEE", 33: "HEAD"}
    call("humanresources.node.member.move", nodeId=number, userIds=[34])
    assert call.portal.company.users.value(34, "UF_DEPARTMENT") == [number]
    removed = call("humanresources.node.member.remove", nodeId=number, userIds=[33, 34, 1, 10**6]).result
    assert removed["removed"] == [33, 34]
    assert [one["userId"] for one in removed["failed"]] == [1, 10**6]
    call("humanresources.node.member.set", nodeId=number, userIds={"MEMBER_HEAD": [31], "MEMBER_EMPLOYEE": [35]})
    assert people(number) == {31: "HEAD", 35: "EMPLOYEE"}


def test_employees(call: V3) -> None:
    (emma,) = call("humanresources.employee.search", name="emma lind").result["items"]
    assert (emma["userId"], emma["workPosition"]) == (1, "Head of Customer Success")
    assert [one["id"] for one in emma["departments"]] == [3, 6]
    assert call("humanresources.employee.search", name="emma", nodeId=2).result == {"items": []}
    assert call("humanresources.employee.search", name="emma", select=["userId"]).result == {"items": [{"userId": 1}]}
    active = [n for n in call.portal.company.users.ids if call.portal.company.users.value(n, "ACTIVE") == "Y"]
    assert len(active) - 5 <= call("humanresources.employee.count").result["total"] <= len(active)
    headed = call("humanresources.employee.subordinates", id=1).result["departments"]
    assert [one["nodeId"] for one in headed] == [1, 3]
    assert headed[1]["subordinatesCount"] > 0
    several = call("humanresources.employee.multidepartment").result
    assert several["total"] == len(several["employees"]) > 0
    assert all(len(one["departments"]) > 1 for one in several["employees"])


# ---------------------------------------------------------------- event log and working time


def test_the_event_log_of_the_week(call: V3) -> None:
    since = datetime.fromtimestamp(time.time() - 7 * 86_400).astimezone().isoformat()
    params = {"filter": [["timestampX", ">=", since]], "order": {"id": "ASC"}, "pagination": {"limit": 1000}}
    found = call("main.eventlog.list", params).result["items"]
    assert 400 < len(found) <= 451
    assert found[-1]["id"] == 900
    assert datetime.fromisoformat(found[0]["timestampX"]).timestamp() >= time.time() - 7 * 86_400 - 60
    assert {"USER_AUTHORIZE"} < {one["auditTypeId"] for one in found}
    security = call("main.eventlog.list", filter=[["severity", "=", "SECURITY"], ["userId", "=", 3]]).result["items"]
    assert {(one["severity"], one["userId"]) for one in security} == {("SECURITY", 3)}
    assert call("main.eventlog.get", id=5).result["item"].keys() == found[0].keys()
    assert error(call("main.eventlog.get", id=10**6)) == (400, "ENTITYNOTFOUNDEXCEPTION")


def test_working_time_of_a_person(call: V3) -> None:
    params = {"filter": [["userId", "=", 2]], "order": {"startTime": "DESC"}}
    found = call("timeman.record.list", params).result["items"]
    assert len(found) == 20
    assert {one["userId"] for one in found} == {2}
    for one in found[1:]:
        worked = datetime.fromisoformat(one["endTime"]) - datetime.fromisoformat(one["startTime"])
        assert one["duration"] == worked.total_seconds() - one["breakLength"]
        assert one["state"] == "CLOSED"
    assert [one["startTime"] for one in found] == sorted((one["startTime"] for one in found), reverse=True)
    since = found[9]["startTime"]
    ten = call(
        "timeman.record.list", filter=[["userId", 2], ["startTime", ">=", since]], pagination={"limit": 5, "page": 2}
    )
    assert len(items(ten)) == 5


def test_working_times_that_are_refused(call: V3) -> None:
    records = "timeman.record.list"
    assert list(complaints(call(records))) == ["filter"]
    assert complaints(call(records, filter=[])) == {"filter.userId": "Required field `filter.userId` is not specified"}
    assert error(call(records, filter=[["userId", "in", [1, 2]]])) == (400, "INVALIDFILTEREXCEPTION")
    assert list(complaints(call(records, filter=[["userId", "=", 1], ["id", ">", 5]]))) == ["id"]
    call.portal.state.admin = False
    assert error(call(records, filter=[["userId", "=", 2]])) == (403, "ACCESSDENIEDEXCEPTION")
    assert call(records, filter=[["userId", "=", 1]]).status == 200


# ---------------------------------------------------------------- descriptions


def test_descriptions_of_fields(call: V3) -> None:
    found = {one["name"]: one for one in call("tasks.task.field.list").result["items"]}
    assert (found["title"]["type"], found["title"]["editable"]) == ("string", True)
    assert (found["responsible"]["type"], found["responsible"]["elementType"]) == ("object", "UserDto")
    records = call("timeman.record.field.list", select=["name", "filterable"]).result["items"]
    assert [one["name"] for one in records if one["filterable"]] == ["userId", "startTime"]
    assert records[0].keys() == {"name", "filterable"}
    one = call("main.eventlog.field.get", name="timestampX", select=["name", "type"]).result
    assert one == {"item": {"name": "timestampX", "type": "object"}}
    assert error(call("main.eventlog.field.get", name="nonsense")) == (400, "UNKNOWNDTOPROPERTYEXCEPTION")
    assert error(call("tasks.task.field.list", select=["nonsense"])) == (400, "UNKNOWNDTOPROPERTYEXCEPTION")
    assert error(call("tasks.task.field.list", select="name")) == (400, "INVALIDSELECTEXCEPTION")
    assert list(complaints(call("humanresources.node.field.get"))) == ["name"]


def test_the_openapi_document(call: V3) -> None:
    document = call("rest.documentation.openapi").result
    assert document == call("documentation").result
    assert document["openapi"].startswith("3.0")
    assert set(document["paths"]) == {f"/{name}" for name in call.portal.v3.methods}

    def schema(method: str) -> Any:
        body = document["paths"][f"/{method}"]["post"]["requestBody"]
        return body["content"]["application/json"]["schema"]

    update = schema("tasks.task.update")
    assert update["required"] == ["id", "fields"]
    assert update["properties"]["id"] == {"type": "integer", "description": "ID of the task"}
    task = document["components"]["schemas"]["TaskDto"]
    assert set(task["required"]) == {"title", "creatorId", "responsibleId"}
    assert task["properties"]["deadline"] | {"type": "string", "format": "date-time"} == task["properties"]["deadline"]
    assert "completed" in task["properties"]["status"]["enum"]
    assert task["properties"]["created"]["readOnly"] is True
    assert schema("tasks.task.list")["properties"].keys() == {"select", "filter", "order", "pagination"}
    references = _references(document)
    assert references
    assert {reference.rpartition("/")[2] for reference in references} <= set(document["components"]["schemas"])
    assert {tag["name"] for tag in document["tags"]} >= {"tasks", "humanresources", "main", "timeman", "rest"}
    assert all(method["post"]["summary"] for method in document["paths"].values())


def _references(value: Any) -> set[str]:
    if isinstance(value, dict):
        found = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return found.union(*(_references(item) for item in value.values()))
    return set().union(*(_references(item) for item in value)) if isinstance(value, list) else set()


def test_the_scope_of_each_method(call: V3) -> None:
    scopes = call("rest.scope.list").result
    assert scopes["tasks.task.list"] == "tasks"
    assert scopes["main.eventlog.tail"] == "main"
    assert set(scopes.values()) <= call.portal.state.scope
