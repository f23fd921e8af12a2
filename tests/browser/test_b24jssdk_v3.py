"""b24jssdk's `actions.v3` in the local portal: calls, lists, lists behind a cursor, batches, errors."""

from __future__ import annotations

from typing import Any

import pytest

from .clients import Client, refused
from .clients import clients as clients
from .clients import opened as opened
from .clients import sdk as sdk
from .clients import sdk_file as sdk_file

PREFIX = "BITRIX_REST_V3_EXCEPTION_"


def get(number: Any, *select: str) -> dict[str, Any]:
    return {"method": "tasks.task.get", "params": {"id": number, "select": list(select or ["id"])}}


def test_calls(sdk: Client) -> None:
    company = sdk.portal.company
    item = sdk.run("client.v3.call", "tasks.task.get", {"id": 5, "select": ["id", "title", "responsible.email"]})
    email = company.users.value(company.tasks.value(5, "RESPONSIBLE_ID"), "EMAIL")
    title = company.tasks.value(5, "TITLE")
    assert item == {"data": {"item": {"id": 5, "title": title, "responsible": {"email": email}}}}
    added = sdk.run(
        "client.v3.call",
        "tasks.task.add",
        {"fields": {"title": "Анна & co", "creatorId": 1, "responsibleId": 2, "deadline": None}},
    )["data"]["item"]
    assert (added["title"], added["deadline"]) == ("Анна & co", None)
    changed = {"id": added["id"], "fields": {"status": "completed"}}
    assert sdk.run("client.v3.call", "tasks.task.update", changed) == {"data": {"result": True}}
    assert company.tasks.value(added["id"], "STATUS") == 5
    assert sdk.run("client.v3.call", "tasks.task.delete", {"id": added["id"]}) == {"data": {"result": True}}
    paths = sdk.run("client.v3.call", "rest.documentation.openapi", {})["data"]["paths"]
    assert "/tasks.task.list" in paths


@pytest.mark.parametrize("limit", [50, 500])
def test_lists_of_tasks_which_give_fifty_whatever_is_asked(sdk: Client, limit: int) -> None:
    ids = list(sdk.portal.company.tasks.ids)
    rows = sdk.run("client.v3.list", "tasks.task.list", {"select": ["id", "title"]}, limit)["data"]
    assert [row["id"] for row in rows] == ids
    assert len(sdk.portal.v3.received("tasks.task.list")) == -(-(len(ids) + 1) // 50)


def test_lists_with_filters(sdk: Client) -> None:
    filters = sdk.run(
        "() => [B24Js.FilterV3.build("
        "B24Js.FilterV3.or(B24Js.FilterV3.between('id', 1, 600), B24Js.FilterV3.eq('id', 900)),"
        "B24Js.FilterV3.not(B24Js.FilterV3.in('id', [1, 2])), B24Js.FilterV3.ne('severity', 'WARNING'))][0]"
    )
    expected = [
        number
        for number in (*range(3, 601), 900)
        if sdk.portal.company.others["event_log"].value(number, "SEVERITY") != "WARNING"
    ]
    params = {"filter": filters, "select": ["id", "severity"]}
    pages = sdk.run("client.v3.pages", "main.eventlog.list", params, 200)
    assert [row["id"] for page in pages for row in page] == expected
    assert [len(page) for page in pages[:-1]] == [200] * (len(expected) // 200)


def test_lists_behind_a_cursor(sdk: Client) -> None:
    rows = sdk.run("client.v3.tail", "main.eventlog.tail", {"select": ["id"]}, 400)["data"]
    assert [row["id"] for row in rows] == list(range(1, 901))
    pages = sdk.run("client.v3.tailPages", "main.eventlog.tail", {"filter": [["moduleId", "=", "crm"]]}, 1000)
    assert {row["moduleId"] for page in pages for row in page} == {"crm"}


def test_a_batch_by_a_webhook(sdk: Client) -> None:
    secret = sdk.portal.state.tokens.issue()["AUTH_ID"]
    found = {"method": "tasks.task.list", "params": {"select": ["id"], "pagination": {"limit": 3}}, "as": "found"}
    references = sdk.run("() => [B24Js.BatchRefV3.refArray('found.id'), B24Js.BatchRefV3.ref('first.id')]")
    chosen = {"method": "tasks.task.list", "params": {"filter": [["id", "in", references[0]]], "order": {"id": "DESC"}}}
    first = {**get(7), "as": "first"}
    answers = sdk.run("client.v3.hookBatch", secret, [found, chosen, first, get(references[1], "id", "title")])
    assert [row["id"] for row in answers[1]["data"]["items"]] == [3, 2, 1]
    assert answers[3]["data"]["item"]["id"] == 7
    named = sdk.run("client.v3.hookBatch", secret, {"a": get(1), "b": get({"$ref": "a.id"})})
    assert named == {"a": {"data": {"item": {"id": 1}}}, "b": {"data": {"item": {"id": 1}}}}
    chunks = sdk.run("client.v3.hookChunks", secret, [get(number) for number in range(1, 121)])
    assert [one["item"]["id"] for one in chunks] == list(range(1, 121))
    assert len(sdk.portal.v3.received("batch")) == 5
    failed = sdk.run("client.v3.hookBatch", secret, [get(1), get(10**6)])
    assert failed == {"error": refused(f"{PREFIX}ENTITYNOTFOUNDEXCEPTION", 400)}


def test_a_batch_from_a_frame_is_refused_as_by_live_portals(sdk: Client) -> None:
    """This version puts the token into the list of commands."""
    answer = sdk.run("client.v3.batch", [get(1), get(2)])
    assert answer == {"error": refused(f"{PREFIX}INVALIDSELECTEXCEPTION", 400)}
    assert sdk.portal.v3.received("tasks.task.get") == []


def test_errors_of_both_shapes(sdk: Client) -> None:
    assert sdk.run("client.v3.call", "tasks.task.get", {"id": 10**6}) == {
        "error": refused(f"{PREFIX}ENTITYNOTFOUNDEXCEPTION", 400)
    }
    assert sdk.run("client.v3.call", "crm.deal.list", {}) == {"error": refused(f"{PREFIX}METHODNOTFOUNDEXCEPTION", 404)}
    assert sdk.run("client.v3.validation", "tasks.task.update", {"id": 1}) == [
        {"field": "fields", "message": "Required field `fields` is not specified"}
    ]
    sdk.portal.v3.route("tasks.task.get").fail("QUERY_LIMIT_EXCEEDED").times(1)
    assert sdk.run("client.v3.call", "tasks.task.get", {"id": 1, "select": ["id"]}) == {"data": {"item": {"id": 1}}}
    assert [made.status for made in sdk.portal.v3.calls[-2:]] == [503, 200]


def test_an_expired_token_is_renewed(sdk: Client) -> None:
    sdk.portal.state.tokens.expire()
    assert sdk.run("client.v3.call", "tasks.task.get", {"id": 1, "select": ["id"]}) == {"data": {"item": {"id": 1}}}
    assert [made.error for made in sdk.portal.v3.calls] == ["expired_token", None]
