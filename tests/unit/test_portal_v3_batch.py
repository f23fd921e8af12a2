"""Batches of REST 3.0 in the local portal: all or nothing, and references between commands."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest

from .v3_client import JSON, V3, error
from .v3_client import call as call
from .v3_client import served as served


def get(number: Any, *select: str, **more: Any) -> dict[str, Any]:
    return {"method": "tasks.task.get", "query": {"id": number, "select": list(select or ["id"])}, **more}


def some(*select: str, **more: Any) -> dict[str, Any]:
    query = {"select": list(select or ["id"]), "pagination": {"limit": 3}}
    return {"method": "tasks.task.list", "query": query, **more}


def add(title: str, **more: Any) -> dict[str, Any]:
    return {
        "method": "tasks.task.add",
        "query": {"fields": {"title": title, "creatorId": 1, "responsibleId": 2}},
        **more,
    }


def test_the_answer_is_a_list_in_order(call: V3) -> None:
    answer = call.batch(get(3), some(), {"method": "humanresources.node.count"})
    assert answer.result == [
        {"item": {"id": 3}},
        {"items": [{"id": 1}, {"id": 2}, {"id": 3}]},
        {"departments": 16, "teams": 0},
    ]
    assert answer.data.keys() == {"result", "time"}
    assert "duration" in answer.data["time"]
    assert "operating" not in answer.data["time"]
    assert call.batch().result == []
    assert call.batch({"method": "humanresources.node.count", "query": [], "parallel": False}).status == 200


def test_one_failed_command_fails_all_and_earlier_ones_stay_executed(call: V3) -> None:
    tasks = len(call.portal.company.tasks)
    answer = call.batch(add("first"), get(10**6), add("never"))
    assert error(answer) == (400, "ENTITYNOTFOUNDEXCEPTION")
    assert len(call.portal.company.tasks) == tasks + 1
    assert [made.method for made in call.portal.v3.calls] == ["tasks.task.add", "tasks.task.get", "batch"]
    assert [made.status for made in call.portal.v3.calls] == [200, 400, 400]


@pytest.mark.parametrize(
    "entry",
    ["token", {"query": {}}, {"method": 5}, {"method": "tasks.task.list", "query": "id=5"}, None, ["tasks.task.list"]],
    ids=str,
)
def test_an_entry_that_is_no_command_fails_all_before_any_is_executed(call: V3, entry: Any) -> None:
    tasks = len(call.portal.company.tasks)
    assert error(call.batch(add("never"), entry)) == (400, "INVALIDSELECTEXCEPTION")
    assert len(call.portal.company.tasks) == tasks


@pytest.mark.parametrize("name", ["cmd", "commands", "batch"])
def test_there_is_no_envelope(call: V3, name: str) -> None:
    body = json.dumps({name: [get(1)]})
    assert error(call.send("POST", f"/rest/api/batch?auth={call.token}", body, JSON)) == (400, "INVALIDSELECTEXCEPTION")


def test_the_token_in_the_body_is_one_entry_too_many(call: V3) -> None:
    """As b24jssdk 2.2.0 sends it from a frame: PHP cannot tell the numbered entries from a list."""
    numbered = {"0": get(1), "1": get(2)}
    with_token = json.dumps({**numbered, "auth": call.token})
    assert error(call.send("POST", "/rest/api/batch", with_token, JSON)) == (400, "INVALIDSELECTEXCEPTION")
    answer = call.send("POST", f"/rest/api/batch?auth={call.token}", json.dumps(numbered), JSON)
    assert answer.result == [{"item": {"id": 1}}, {"item": {"id": 2}}]


def test_fifty_commands_and_no_more(call: V3) -> None:
    assert len(call.batch(*[get(1)] * 50).result) == 50
    assert call.batch(*[get(1)] * 51).error == (400, "ERROR_BATCH_LENGTH_EXCEEDED")
    assert len(call.portal.v3.received("tasks.task.get")) == 50


def test_no_batch_in_a_batch(call: V3) -> None:
    assert call.batch({"method": "batch", "query": {}}).error == (405, "ERROR_BATCH_METHOD_NOT_ALLOWED")


def test_a_batch_is_one_request_of_the_bucket(call: V3) -> None:
    call.portal.rest.limits.enabled = True
    assert [call.batch(*[get(1)] * 50).status for _ in range(5)] == [200] * 5


def test_scripts_of_commands(call: V3) -> None:
    call.portal.v3.route("tasks.task.get").fail("ACCESSDENIEDEXCEPTION").times(1)
    assert error(call.batch(some(), get(1))) == (403, "ACCESSDENIEDEXCEPTION")
    call.portal.v3.route("tasks.task.get", lambda params, _call: {"item": {"id": 100 + params["id"]}})
    assert call.batch(get(1, as_="x"), get(2)).result == [{"item": {"id": 101}}, {"item": {"id": 102}}]
    call.portal.v3.route("tasks.task.list").drop().times(1)
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        call.batch(some())
    call.portal.v3.route("batch").fail("QUERY_LIMIT_EXCEEDED").times(1)
    assert call.batch(some()).error == (503, "QUERY_LIMIT_EXCEEDED")
    assert call.batch(some()).status == 200


# ---------------------------------------------------------------- references


def test_a_field_of_an_item(call: V3) -> None:
    answer = call.batch(
        get(20, "id", "parentId", "responsible.email", **{"as": "task"}), get({"$ref": "task.parentId"})
    )
    assert answer.result[1] == {"item": {"id": 19}}
    assert call.portal.v3.received("tasks.task.get")[1]["id"] == 19
    email = answer.result[0]["item"]["responsible"]["email"]
    call.portal.v3.route("my.echo", lambda params, _call: {"item": params})
    command = {"method": "my.echo", "query": {"deep": [{"is": {"$ref": "task.responsible.email"}}], "plain": {"$x": 1}}}
    answer = call.batch(get(20, "responsible.email", **{"as": "task"}), command)
    assert answer.result[1]["item"] == {"deep": [{"is": email}], "plain": {"$x": 1}}


def test_a_field_of_each_item(call: V3) -> None:
    chosen = {
        "method": "tasks.task.list",
        "query": {"filter": [["id", "in", {"$refArray": "found.id"}]], "order": {"id": "DESC"}},
    }
    assert call.batch(some(**{"as": "found"}), chosen).result[1] == {"items": [{"id": 3}, {"id": 2}, {"id": 1}]}
    nested = {"method": "my.echo", "query": {"names": {"$refArray": "found.responsible.name"}}}
    call.portal.v3.route("my.echo", lambda params, _call: {"item": params})
    names = call.batch(some("responsible.name", **{"as": "found"}), nested).result[1]["item"]["names"]
    assert len(names) == 3
    assert all(isinstance(name, str) for name in names)


def test_other_ways_to_write_them(call: V3) -> None:
    """A command without a name has its place as one; `item` and `items` may stand in the path."""
    assert call.batch(get(7), get({"$ref": "0.id"})).result[1] == {"item": {"id": 7}}
    assert call.batch(get(7, **{"as": "a"}), get({"$ref": "a.item.id"})).result[1] == {"item": {"id": 7}}
    echo = {"method": "my.echo", "query": {"ids": {"$refArray": "a.items.id"}}}
    call.portal.v3.route("my.echo", lambda params, _call: {"item": params})
    assert call.batch(some(**{"as": "a"}), echo).result[1] == {"item": {"ids": [1, 2, 3]}}


def test_a_new_item_can_be_referred_to(call: V3) -> None:
    answer = call.batch(add("Parent", **{"as": "new"}), get({"$ref": "new.id"}, "title"))
    assert answer.result[1] == {"item": {"title": "Parent"}}


@pytest.mark.parametrize(
    "reference",
    [
        {"$ref": "nobody.id"},
        {"$ref": "task.nonsense"},
        {"$ref": "task.title.more"},
        {"$ref": "later.id"},
        {"$ref": "changed.result"},
        {"$ref": ""},
        {"$ref": 5},
        {"$refArray": "task.id"},
        {"$refArray": "found"},
        {"$refArray": "found.title"},
    ],
    ids=str,
)
def test_a_reference_that_leads_nowhere_fails_the_batch(call: V3, reference: Any) -> None:
    change = {"method": "tasks.task.update", "query": {"id": 1, "fields": {"mark": "positive"}}, "as": "changed"}
    commands = [get(1, "id", "title", **{"as": "task"}), some(**{"as": "found"}), change]
    answer = call.batch(*commands, get(reference), get(2, **{"as": "later"}))
    assert error(answer) == (400, "INVALIDSELECTEXCEPTION")
