"""`Idempotency-Key` in the local portal, and what a page of another origin may send and read (contract, section 6)."""

from __future__ import annotations

import http.client
import json
import time

import pytest

from .rest_client import Answer
from .v3_client import JSON, V3, error
from .v3_client import call as call
from .v3_client import served as served

TASK = {"title": "Once", "creatorId": 1, "responsibleId": 2}


def add(call: V3, key: str, **fields: object) -> Answer:
    return call("tasks.task.add", fields={**TASK, **fields}, headers={"Idempotency-Key": key})


def executions(call: V3, method: str = "tasks.task.add") -> int:
    return sum(made.method == method and made.status == 200 and not made.replayed for made in call.portal.v3.calls)


def test_a_repeated_write_is_executed_once(call: V3) -> None:
    first, second = add(call, "a"), add(call, "a")
    assert "idempotent-replayed" not in first.headers
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"] == "a"
    assert second.headers["idempotent-replayed"] == "true"
    assert second.body == first.body
    assert executions(call) == 1
    assert [made.replayed for made in call.portal.v3.calls] == [False, True]
    assert add(call, "b").result["item"]["id"] == first.result["item"]["id"] + 1


def test_without_a_key_each_is_executed(call: V3) -> None:
    call("tasks.task.add", fields=TASK)
    call("tasks.task.add", fields=TASK)
    assert executions(call) == 2


def test_the_kept_answer_of_a_lost_one(call: V3) -> None:
    call.portal.v3.route("tasks.task.add").drop(after_bytes=0).times(1)
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        add(call, "lost")
    again = add(call, "lost")
    assert again.headers["idempotent-replayed"] == "true"
    assert again.result["item"]["id"] == call.portal.company.tasks.last


def test_another_token_is_not_another_body(call: V3) -> None:
    add(call, "a")
    call.token = call.portal.state.tokens.issue()["AUTH_ID"]
    assert add(call, "a").headers["idempotent-replayed"] == "true"


def test_another_body_with_the_key_is_refused(call: V3) -> None:
    add(call, "a")
    answer = add(call, "a", title="Twice")
    assert error(answer) == (422, "IDEMPOTENCYKEYREUSEDEXCEPTION")
    assert executions(call) == 1


def test_a_key_is_of_one_method_and_one_user(call: V3) -> None:
    number = add(call, "a").result["item"]["id"]
    headers = {"Idempotency-Key": "a"}
    assert call("tasks.task.update", id=number, fields={"title": "New"}, headers=headers).result == {"result": True}
    call.portal.state.user_id = 2
    assert "idempotent-replayed" not in add(call, "a").headers
    assert executions(call) == 2


def test_failures_are_not_kept(call: V3) -> None:
    assert error(add(call, "a", responsibleId=10**6))[0] == 400
    assert add(call, "a").status == 200
    call.portal.v3.route("tasks.task.add").fail("INTERNAL_SERVER_ERROR").times(1)
    assert add(call, "b").status == 500
    assert "idempotent-replayed" not in add(call, "b").headers


def test_an_answer_is_kept_for_a_day(call: V3, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    add(call, "a")
    now += 24 * 3600 - 1
    call.token = call.portal.state.tokens.issue()["AUTH_ID"]
    assert add(call, "a").headers["idempotent-replayed"] == "true"
    now += 2
    call.token = call.portal.state.tokens.issue()["AUTH_ID"]
    assert "idempotent-replayed" not in add(call, "a").headers


@pytest.mark.parametrize("key", ["a", "x" * 255, "a b", "!~"])
def test_keys_that_are_valid(call: V3, key: str) -> None:
    assert add(call, key).status == 200


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb"])
def test_keys_that_are_not(call: V3, key: str) -> None:
    assert error(add(call, key)) == (400, "INVALIDIDEMPOTENCYKEYEXCEPTION")
    assert executions(call) == 0


def test_reads_and_batches_ignore_the_key(call: V3) -> None:
    headers = {"Idempotency-Key": "a"}
    for _ in range(2):
        answer = call("tasks.task.list", headers=headers)
        assert "idempotent-replayed" not in answer.headers
        assert "idempotency-key" not in answer.headers
    command = {"method": "tasks.task.add", "query": {"fields": TASK}}
    call.batch(command, headers=headers)
    call.batch(command, headers=headers)
    assert executions(call) == 2


def test_methods_of_a_test_honour_it_too(call: V3) -> None:
    runs = []
    call.portal.v3.method("my.write", writes=True)(lambda params, _call: runs.append(params))
    call.portal.v3.method("my.read")(lambda params, _call: runs.append(params))
    call.portal.v3.route("my.route", lambda params, _call: runs.append(params))
    for method, executed in (("my.write", 1), ("my.read", 2), ("my.route", 1)):
        runs.clear()
        for _ in range(2):
            call(method, headers={"Idempotency-Key": "a"})
        assert len(runs) == executed, method


def test_a_reset_forgets_kept_answers(call: V3) -> None:
    add(call, "a")
    call.portal.reset()
    assert "idempotent-replayed" not in add(call, "a").headers


def test_the_old_rest_ignores_the_key(call: V3) -> None:
    body = json.dumps({"auth": call.token})
    answer = call.send("POST", "/rest/user.current.json", body, {**JSON, "Idempotency-Key": ""})
    assert answer.status == 200
    assert "idempotency-key" not in answer.headers


# ---------------------------------------------------------------- pages of other origins


PREFLIGHT = {"Origin": "http://x", "Access-Control-Request-Headers": "content-type, idempotency-key"}


def test_a_page_may_not_send_the_key(call: V3) -> None:
    answer = call.send("OPTIONS", "/rest/api/tasks.task.add", headers=PREFLIGHT)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == "origin, content-type, accept"
    assert call.portal.v3.calls == []


def test_a_portal_that_allows_the_key(call: V3) -> None:
    call.portal.v3.allow_idempotency_key = True
    answer = call.send("OPTIONS", "/rest/api/tasks.task.add", headers=PREFLIGHT)
    assert answer.headers["access-control-allow-headers"] == "origin, content-type, accept, idempotency-key"
    assert add(call, "a").headers["access-control-expose-headers"] == "idempotency-key, idempotent-replayed"
    old = call.send("OPTIONS", "/rest/user.current.json", headers=PREFLIGHT)
    assert old.headers["access-control-allow-headers"] == "origin, content-type, accept"
