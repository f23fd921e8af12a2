"""REST 3.0 of the local portal over HTTP: requests, tokens, errors of both shapes, limits, scripts, the log."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any

import pytest

from bx24py.dev.portal.calls import LoggedCall
from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.method import Context
from bx24py.dev.portal.v3.faults import V3Fault

from .v3_client import JSON, PREFIX, V3, complaints, error, items
from .v3_client import call as call
from .v3_client import served as served

# ---------------------------------------------------------------- requests and tokens


def test_a_success_has_result_and_time(call: V3) -> None:
    answer = call("tasks.task.get", id=5, select=["id"])
    assert answer.status == 200
    assert answer.data["result"] == {"item": {"id": 5}}
    assert {"start", "finish", "duration", "processing", "operating", "operating_reset_at"} <= set(answer.data["time"])
    assert set(answer.data) == {"result", "time"}
    assert answer.headers["access-control-allow-origin"] == "*"


def test_json_keeps_its_types(call: V3) -> None:
    call.portal.v3.route("my.method", lambda params, _call: {"item": params})
    values: dict[str, Any] = {
        "none": None,
        "yes": True,
        "no": False,
        "number": 1.5,
        "text": "Привет",
        "list": [],
        "deep": [{"a": []}],
    }
    assert call("my.method", values).result == {"item": values}
    assert call.portal.v3.received("my.method") == [values]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", "id=5"),
        ("text/plain", '{"id": 5}'),
        ("", '{"id": 5}'),
        ("application/json", "{nonsense"),
        ("application/json", '"text"'),
        ("application/json", '{"id": NaN}'),
    ],
)
def test_only_json_is_read(call: V3, content_type: str, body: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    headers["Authorization"] = f"Bearer {call.token}"
    assert error(call.send("POST", "/rest/api/tasks.task.get", body, headers)) == (400, "INVALIDJSONEXCEPTION")


def test_parameters_in_the_address_are_not_read(call: V3) -> None:
    body = json.dumps({"auth": call.token})
    answer = call.send(
        "POST", "/rest/api/tasks.task.get?id=5", body, {"Content-Type": "application/json; charset=utf-8"}
    )
    assert complaints(answer) == {"id": "Required field `id` is not specified"}


def test_the_token_is_in_the_body_and_in_the_address_only_for_a_batch(call: V3) -> None:
    def post(path: str, body: str, **headers: str) -> Any:
        return call.send("POST", path, body, {**JSON, **headers})

    assert post(f"/rest/api/tasks.task.get?auth={call.token}", '{"id": 5}').error == (401, "NO_AUTH_FOUND")
    assert post("/rest/api/tasks.task.get", '{"id": 5, "auth": "nonsense"}').error == (401, "invalid_token")
    assert post("/rest/api/tasks.task.get", '{"id": 5}', Authorization=f"Bearer {call.token}").status == 200
    assert post("/rest/api/batch", "[]").error == (401, "NO_AUTH_FOUND")
    assert post(f"/rest/api/batch?auth={call.token}", "[]").result == []


def test_a_webhook_has_its_secret_in_the_address(call: V3) -> None:
    """As the documentation's curl examples are written."""
    assert call.send("POST", f"/rest/api/1/{call.token}/tasks.task.get", '{"id": 5}', JSON).status == 200
    answer = call.send("GET", f"/rest/api/1/{call.token}/rest.documentation.openapi")
    assert answer.result["openapi"] == "3.0.0"
    assert complaints(call.send("GET", f"/rest/api/1/{call.token}/tasks.task.get?id=5")) == {
        "id": "Required field `id` is not specified"
    }
    assert call.send("POST", "/rest/api/1/nonsense/tasks.task.get", '{"id": 5}', JSON).error == (401, "invalid_token")


def test_other_http_methods_are_refused(call: V3) -> None:
    assert call.send("PUT", "/rest/api/tasks.task.get").error == (405, "INVALID_REQUEST")


def test_methods_have_no_ending(call: V3) -> None:
    answer = call("tasks.task.list.json")
    assert error(answer) == (404, "METHODNOTFOUNDEXCEPTION")
    assert "no .json" in answer.data["error"]["message"]
    assert call("Tasks.Task.List").status == 200


def test_both_versions_of_a_method_are_there_side_by_side(call: V3) -> None:
    assert "tasks" in call.old("tasks.task.list").result
    assert "items" in call("tasks.task.list").result


@pytest.mark.parametrize("method", ["main.eventlog.list", "timeman.record.list", "rest.scope.list"])
def test_a_method_of_3_0_does_not_exist_at_the_old_address(call: V3, method: str) -> None:
    answer = call.old(method)
    assert answer.error == (404, "ERROR_METHOD_NOT_FOUND")
    assert f"/rest/api/{method}" in answer.data["error_description"]
    assert call(method, filter=[["userId", "=", 1]]).status == 200


def test_methods_that_do_not_exist_here(call: V3) -> None:
    answer = call("crm.deal.list")
    assert error(answer) == (404, "METHODNOTFOUNDEXCEPTION")
    assert answer.data["error"]["message"] == "Method `crm.deal.list` not found"
    lacking = call("mail.message.list").data["error"]["message"]
    assert 'portal.v3.route("mail.message.list").respond({})' in lacking


# ---------------------------------------------------------------- errors of both shapes


def test_missing_parameters_are_named_each(call: V3) -> None:
    assert complaints(call("tasks.task.update")) == {
        "id": "Required field `id` is not specified",
        "fields": "Required field `fields` is not specified",
    }


@pytest.mark.parametrize("value", ["5", True, 1.5, [5]])
def test_values_of_another_type_are_refused(call: V3, value: Any) -> None:
    assert complaints(call("tasks.task.get", id=value)) == {
        "id": "Field `id` requires data type `int` for this request"
    }


def test_a_row_that_does_not_exist(call: V3) -> None:
    answer = call("tasks.task.get", id=10**6)
    assert error(answer) == (400, "ENTITYNOTFOUNDEXCEPTION")
    assert answer.data["error"]["message"] == "Record with ID = `1000000` not found"
    assert "validation" not in answer.data["error"]


def test_a_scope_that_the_application_lacks(call: V3) -> None:
    scope = call.portal.state.scope
    call.portal.state.scope = scope - {"tasks"}
    try:
        assert error(call("tasks.task.list")) == (403, "INSUFFICIENTSCOPEEXCEPTION")
        paths = call("rest.documentation.openapi").result["paths"]
        assert "/tasks.task.list" not in paths
        assert "/main.eventlog.list" in paths
    finally:
        call.portal.state.scope = scope


def test_what_the_user_may_not_see(call: V3) -> None:
    call.portal.state.admin = False
    assert error(call("main.eventlog.list")) == (403, "ACCESSDENIEDEXCEPTION")
    assert error(call("tasks.task.delete", id=10**6)) == (403, "ACCESSDENIEDEXCEPTION")


def test_the_gateway_answers_in_the_old_shape(call: V3) -> None:
    call.portal.state.tokens.expire()
    try:
        answer = call("tasks.task.list")
        assert answer.status == 401
        assert answer.data == {
            "error": "expired_token",
            "error_description": "The access token provided has expired.",
        }
    finally:
        call.token = call.portal.state.tokens.issue()["AUTH_ID"]


def test_both_versions_fill_one_bucket(call: V3) -> None:
    call.portal.rest.limits.enabled = True
    call.portal.rest.limits.fill()
    assert call("tasks.task.list").error == (503, "QUERY_LIMIT_EXCEEDED")
    assert call.old("user.current").error == (503, "QUERY_LIMIT_EXCEEDED")
    call.portal.rest.limits.clear()
    statuses = [call("tasks.task.list").status for _ in range(25)] + [
        call.old("user.current").status for _ in range(25)
    ]
    assert statuses == [200] * 50
    assert call.portal.v3.limits is call.portal.rest.limits


def test_a_method_that_has_worked_too_long(call: V3) -> None:
    call.portal.v3.limits.cost["tasks.task.list"] = 500.0
    try:
        assert call("tasks.task.list").data["time"]["operating"] == 500.0
        assert call("tasks.task.list").error == (429, "OPERATION_TIME_LIMIT")
        assert call("tasks.task.get", id=1).status == 200
    finally:
        call.portal.v3.limits.cost.clear()


# ---------------------------------------------------------------- scripts


def test_a_route_answers_in_place_of_the_method(call: V3) -> None:
    route = call.portal.v3.route("tasks.task.get", lambda params, _call: {"item": {"id": params["id"]}}).times(1)
    assert call("tasks.task.get", id=7).result == {"item": {"id": 7}}
    assert call("tasks.task.get", id=7, select=["title"]).result["item"] != {"id": 7}
    assert route.call_count == 2
    assert [made.params["id"] for made in route.calls] == [7, 7]
    call.portal.v3.route("my.other").respond({"items": []})
    assert call("my.other").result == {"items": []}


def test_routes_of_one_version_leave_the_other_alone(call: V3) -> None:
    call.portal.v3.route("tasks.task.list").respond({"items": [{"id": 1}]})
    assert "tasks" in call.old("tasks.task.list").result
    call.portal.rest.route("tasks.task.get").respond({"task": 1})
    assert call("tasks.task.get", id=3, select=["id"]).result == {"item": {"id": 3}}
    assert call.portal.v3.route("tasks.task.list").calls == []
    assert len(call.portal.rest.received("tasks.task.list")) == 1
    assert call.portal.v3.received("tasks.task.list") == []


@pytest.mark.parametrize(
    ("code", "status", "shape"),
    [
        ("ACCESSDENIEDEXCEPTION", 403, {"code": f"{PREFIX}ACCESSDENIEDEXCEPTION", "message": "Access denied"}),
        (f"{PREFIX}ENTITYNOTFOUNDEXCEPTION", 400, {"code": f"{PREFIX}ENTITYNOTFOUNDEXCEPTION", "message": "Gone"}),
        ("TASKS_OF_A_MODULE", 400, {"code": "TASKS_OF_A_MODULE", "message": "Gone"}),
        ("expired_token", 401, "expired_token"),
        ("QUERY_LIMIT_EXCEEDED", 503, "QUERY_LIMIT_EXCEEDED"),
        ("INTERNAL_SERVER_ERROR", 500, "INTERNAL_SERVER_ERROR"),
    ],
)
def test_a_scripted_error_has_the_shape_of_its_code(call: V3, code: str, status: int, shape: Any) -> None:
    message = shape["message"] if isinstance(shape, dict) else None
    call.portal.v3.route("tasks.task.list").fail(code, message).times(1)
    answer = call("tasks.task.list")
    assert (answer.status, answer.data["error"]) == (status, shape)
    assert call("tasks.task.list").status == 200


def test_routes_for_every_request(call: V3) -> None:
    call.portal.v3.route("*").fail("INTERNAL_SERVER_ERROR").times(1)
    assert call.old("user.current").status == 200
    assert call("tasks.task.list").error == (500, "INTERNAL_SERVER_ERROR")
    everywhere = call.portal.rest.route("*").body("<h1>Bad Gateway</h1>", status=502).times(2)
    assert call.old("user.current").status == 502
    assert call("tasks.task.list").status == 502
    assert call("tasks.task.list").status == 200
    assert [made.status for made in everywhere.calls] == [502, 502, 200]


def test_a_lost_answer_before_and_after_the_execution(call: V3) -> None:
    tasks = len(call.portal.company.tasks)
    fields = {"title": "Lost", "creatorId": 1, "responsibleId": 1}
    call.portal.v3.route("tasks.task.add").drop().times(1)
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        call("tasks.task.add", fields=fields)
    assert len(call.portal.company.tasks) == tasks
    call.portal.v3.route("tasks.task.add").drop(after_bytes=0).times(1)
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        call("tasks.task.add", fields=fields)
    assert len(call.portal.company.tasks) == tasks + 1
    assert [made.method for made in call.portal.v3.calls] == ["tasks.task.add"] * 2


def test_offline_and_slow(call: V3) -> None:
    call.portal.rest.offline = True
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        call("tasks.task.list")
    call.portal.v3.offline = False
    assert call.portal.rest.offline is False
    call.portal.rest.latency = 0.1
    call.portal.v3.route("tasks.task.list").delay(0.1)
    started = time.monotonic()
    assert call("tasks.task.list").status == 200
    assert time.monotonic() - started >= 0.2


def test_custom_methods(call: V3) -> None:
    @call.portal.v3.method("my.own", "tasks")
    async def my_own(params: dict[str, Any], context: Context) -> Any:
        if "fail" in params:
            raise V3Fault(
                "UNKNOWNDTOPROPERTYEXCEPTION", "Unknown field `a`", validation=[("a", "is odd"), ("", "twice")]
            )
        if "flat" in params:
            raise RestFault("OVERLOAD_LIMIT")
        if "crash" in params:
            raise KeyError(f"no {context.token}")
        return {"item": {"user": context.state.user_id}}

    assert call("my.own").result == {"item": {"user": 1}}
    failed = call("my.own", fail=1)
    assert error(failed) == (400, "UNKNOWNDTOPROPERTYEXCEPTION")
    assert failed.data["error"]["validation"] == [{"field": "a", "message": "is odd"}, {"message": "twice"}]
    assert call("my.own", flat=1).error == (503, "OVERLOAD_LIMIT")
    crashed = call("my.own", crash=1)
    assert crashed.error == (500, "INTERNAL_SERVER_ERROR")
    assert call.token not in crashed.body.decode()
    assert "/my.own" in call("rest.documentation.openapi").result["paths"]
    call.portal.reset()
    assert error(call("my.own")) == (404, "METHODNOTFOUNDEXCEPTION")


def test_an_answer_that_is_not_json(call: V3) -> None:
    call.portal.v3.route("my.method", lambda _params, _call: {"item": object()})
    assert call("my.method").error == (500, "ERROR_UNEXPECTED_ANSWER")


# ---------------------------------------------------------------- the log


def test_the_log_has_no_token(call: V3) -> None:
    call("tasks.task.list", select=["id"], title=f"a {call.token}")
    call.batch({"method": "tasks.task.get", "query": {"id": 1}}, {"method": "tasks.task.get", "query": {"id": 2}})
    call.send("POST", "/rest/api/batch", json.dumps({"0": {"method": "tasks.task.list"}, "auth": call.token}), JSON)
    call.send("POST", f"/rest/api/{call.token}", json.dumps({"auth": call.token}), JSON)
    call.send("POST", f"/rest/api/1/{call.token}/nonsense", "{}", JSON)
    logged = call.portal.v3.calls
    assert [made.method for made in logged] == [
        "tasks.task.list", "tasks.task.get", "tasks.task.get", "batch", "batch", "***", "nonsense",
    ]  # fmt: skip
    assert call.token not in repr(logged)
    assert not any(call.token in (made.body or b"").decode() for made in logged)
    first, second, batch = logged[1:4]
    assert first.batch
    assert second.batch
    assert not batch.batch
    assert first.parent == second.parent == batch.id
    assert {made.version for made in logged} == {3}


def test_both_versions_have_one_log_in_order(call: V3) -> None:
    heard: list[LoggedCall] = []
    stop = call.portal.v3.on_call(heard.append)
    call.old("user.current")
    call("tasks.task.list")
    stop()
    call("tasks.task.list")
    assert [(made.method, made.version) for made in heard] == [("user.current", 2), ("tasks.task.list", 3)]
    assert heard[0].id < heard[1].id
    assert [made.method for made in call.portal.rest.calls] == ["user.current"]


def test_items_of_a_list_are_in_the_log(call: V3) -> None:
    answer = call("tasks.task.list", pagination={"limit": 2})
    assert call.portal.v3.calls[0].answer["result"] == answer.result
    assert items(answer) == [1, 2]
