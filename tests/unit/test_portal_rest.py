"""The REST server over ASGI: envelopes, tokens, bodies, scopes, limits (contract, section 3)."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import pytest

from bx24py.dev.portal.calls import KEPT_CALLS
from bx24py.dev.portal.company import Company
from bx24py.dev.portal.faults import FAULTS, RestFault
from bx24py.dev.portal.method import Context, Rows
from bx24py.dev.portal.quota import Quota
from tests.unit.rest_client import Caller


@pytest.fixture
def call() -> Caller:
    return Caller()


def test_a_success_has_result_and_time(call: Caller) -> None:
    answer = call("user.current")
    assert answer.status == 200
    assert list(answer.data) == ["result", "time"]
    times = answer.data["time"]
    assert set(times) == {
        "start", "finish", "duration", "processing", "date_start", "date_finish", "operating", "operating_reset_at",
    }  # fmt: skip
    assert times["finish"] >= times["start"]
    assert times["operating_reset_at"] > time.time() + 500
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "path", ["/rest/user.current", "/rest/user.current.json", "/rest/USER.current/", "/user.current"]
)
@pytest.mark.parametrize("where", ["query", "form", "json", "bearer", "access_token"])
def test_every_place_of_the_token(call: Caller, path: str, where: str) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = {
        "query": lambda: call.send("GET", f"{path}?auth={call.token}"),
        "form": lambda: call.send("POST", path, f"auth={call.token}".encode(), form),
        "json": lambda: call.send(
            "POST", path, json.dumps({"auth": call.token}).encode(), {"Content-Type": "application/json"}
        ),
        "bearer": lambda: call.send("POST", path, b"", {"Authorization": f"Bearer {call.token}"}),
        "access_token": lambda: call.send("GET", f"{path}?access_token={call.token}"),
    }[where]()
    assert answer.result["ID"] == "1"
    assert call.rest.received("user.current") == [{}]


def test_tokens_that_are_refused(call: Caller) -> None:
    assert call.send("GET", "/rest/user.current").error == (401, "NO_AUTH_FOUND")
    assert call.send("GET", "/rest/user.current?auth=nonsense").error == (401, "invalid_token")
    call.state.tokens.expire()
    assert call("user.current").error == (401, "expired_token")
    assert call("batch", cmd=["user.current"]).error == (401, "expired_token")
    call.token = call.state.tokens.issue()["AUTH_ID"]
    assert call("user.current").status == 200


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("expired_token", 401),
        ("invalid_token", 401),
        ("NO_AUTH_FOUND", 401),
        ("insufficient_scope", 403),
        ("ACCESS_DENIED", 403),
        ("INVALID_CREDENTIALS", 403),
        ("ERROR_METHOD_NOT_FOUND", 404),
        ("ERROR_CORE", 400),
        ("A_METHODS_OWN_CODE", 400),
        ("OPERATION_TIME_LIMIT", 429),
        ("INTERNAL_SERVER_ERROR", 500),
        ("ERROR_UNEXPECTED_ANSWER", 500),
        ("QUERY_LIMIT_EXCEEDED", 503),
        ("OVERLOAD_LIMIT", 503),
    ],
)
def test_status_and_shape_of_an_error(call: Caller, code: str, status: int) -> None:
    call.rest.route("profile").fail(code)
    answer = call("profile")
    assert answer.error == (status, code)
    assert list(answer.data) == ["error", "error_description"]
    assert answer.data["error_description"]
    assert answer.headers["access-control-allow-origin"] == "*"


def test_unknown_methods_and_scopes(call: Caller) -> None:
    assert call("no.such.method").error == (404, "ERROR_METHOD_NOT_FOUND")
    assert call("").error == (404, "ERROR_METHOD_NOT_FOUND")
    call.state.scope.discard("crm")
    assert call("crm.deal.list").error == (403, "insufficient_scope")
    assert "crm.deal.list" not in call("methods").result
    assert "crm.deal.list" in call("methods", full=True).result
    assert call("scope").result == ["department", "placement", "task", "user"]
    call.state.scope.clear()
    assert call("profile").result["NAME"] == "Emma"
    assert call("user.current").error == (403, "insufficient_scope")


def test_a_lesser_user_scope_shows_less(call: Caller) -> None:
    call.state.scope = {"user_brief"}
    user = call("user.current").result
    assert user["NAME"] == "Emma"
    assert "EMAIL" not in user
    call.state.scope = {"user_basic"}
    assert call("user.get", ID=1).result[0]["EMAIL"]


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/rest/user.get?a=%zz", b"", ""),
        ("/rest/user.get", b"a=%ff", "application/x-www-form-urlencoded"),
        ("/rest/user.get", b"{", "application/json"),
        ("/rest/user.get", b"\xff\xfe", "application/json"),
    ],
)
def test_broken_encodings_are_400(call: Caller, path: str, body: bytes, kind: str) -> None:
    answer = call.send("POST", path, body, {"Content-Type": kind})
    assert answer.error == (400, "INVALID_REQUEST")
    assert len(answer.data["error_description"]) > 20
    assert answer.headers["access-control-allow-origin"] == "*"


def test_other_http_methods(call: Caller) -> None:
    assert call.send("PUT", "/rest/user.get").status == 405


def test_a_preflight_allows_three_headers_and_nothing_more(call: Caller) -> None:
    """A page in the browser can send neither `Authorization` nor a header of its own (contract, section 3)."""
    preflight = call.send("OPTIONS", "/rest/user.get", headers={"Origin": "http://x"})
    cors = {name: value for name, value in preflight.headers.items() if name.startswith("access-control-")}
    assert (preflight.status, cors) == (
        200,
        {"access-control-allow-origin": "*", "access-control-allow-headers": "origin, content-type, accept"},
    )
    answer = call("user.get").headers
    assert {name: value for name, value in answer.items() if name.startswith("access-control-")} == {
        "access-control-allow-origin": "*"
    }
    assert len(call.rest.calls) == 1, "a preflight is no call"


def test_the_body_wins_over_the_query(call: Caller) -> None:
    call.form("user.get?ID=5&x=1&bx24_request_id=q", "ID=7")
    assert call.send("POST", f"/rest/user.get?ID=5&x=1&bx24_request_id=q&auth={call.token}", b"ID=7").status == 200
    assert call.rest.received("user.get")[-1] == {"ID": "7", "x": "1"}


def test_values_come_through_unchanged(call: Caller) -> None:
    call.rest.method("my.echo")(lambda params, _call: params)
    values = {
        "t": "Ж 😀 &=+%[]\"'<b>",
        "n": None,
        "b": True,
        "i": 12,
        "f": 1.5,
        "l": list(range(1000)),
        "o": {"a": {"b": [1]}},
    }
    assert call("my.echo", values).result == values
    assert call.rest.received("my.echo") == [values]


def test_own_methods(call: Caller) -> None:
    @call.rest.method("My.List", scope="crm")
    async def my_list(params: dict[str, Any], context: Context) -> Rows:
        await asyncio.sleep(0)
        assert context.state is call.state
        return Rows({"items": [params]}, total=51, next=50)

    answer = call("my.list", a=1).data
    assert (answer["result"], answer["total"], answer["next"]) == ({"items": [{"a": 1}]}, 51, 50)
    assert "my.list" in call("methods").result
    call.state.scope.discard("crm")
    assert call("my.list").error == (403, "insufficient_scope")


def test_an_own_method_that_fails(call: Caller, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(_params: dict[str, Any], _call: Context) -> Any:
        raise RestFault("MY_CODE", "mine", 418)

    def broken(_params: dict[str, Any], _call: Context) -> Any:
        raise KeyError(call.token)

    call.rest.method("my.refuse")(refuse)
    call.rest.method("my.broken")(broken)
    call.rest.method("my.set")(lambda _params, _call: {1, 2})
    assert call("my.refuse").data == {"error": "MY_CODE", "error_description": "mine"}
    assert call("my.refuse").status == 418
    answer = call("my.broken")
    assert answer.error == (500, "INTERNAL_SERVER_ERROR")
    assert "KeyError" in answer.data["error_description"]
    assert call.token not in answer.body.decode() + caplog.text
    assert call("my.set").error == (500, "ERROR_UNEXPECTED_ANSWER")


# The log


def test_the_log(call: Caller) -> None:
    seen: list[Any] = []
    remove = call.rest.on_call(seen.append)
    call("user.get", ID=[1, 2])
    call("nope")
    remove()
    remove()
    call("profile")
    first, second, third = call.rest.calls
    assert seen == [first, second]
    assert (first.method, first.params, first.status, first.error) == ("user.get", {"ID": [1, 2]}, 200, None)
    assert [user["ID"] for user in first.answer["result"]] == ["1", "2"]
    assert (second.status, second.error) == (404, "ERROR_METHOD_NOT_FOUND")
    assert first.id < second.id < third.id
    assert first.duration >= 0
    assert abs(first.started - time.time()) < 10


def test_a_listener_that_fails_harms_nobody(call: Caller) -> None:
    call.rest.on_call(lambda _call: 1 / 0)
    assert call("profile").status == 200


def test_no_token_is_logged(call: Caller) -> None:
    other = call.state.tokens.issue()
    call("batch", cmd=[f"user.get?auth={call.token}&x={other['REFRESH_ID']}"])
    call("user.get", note=f"my token is {call.token}", **{call.token: [call.token]})
    call.send("GET", f"/rest/{call.token}?auth={call.token}")
    shown = " ".join(f"{c!r} {c.answer} {c.params}" for c in call.rest.calls)
    assert len(call.rest.calls) == 4
    for token in (call.token, other["REFRESH_ID"], other["AUTH_ID"]):
        assert token not in shown


# Quota


def test_the_bucket(call: Caller) -> None:
    call.rest.limits.enabled = True
    assert {call("profile").status for _ in range(50)} == {200}
    answer = call("profile")
    assert answer.error == (503, "QUERY_LIMIT_EXCEEDED")
    assert call.rest.received("profile") == [{}] * 51
    call.rest.limits.drain = 1000
    time.sleep(0.01)
    assert call("profile").status == 200
    call.rest.limits.fill()
    call.rest.limits.drain = 0
    assert call("profile").status == 503
    call.rest.limits.clear()
    assert call("profile").status == 200


def test_a_request_over_the_limit_is_not_executed(call: Caller) -> None:
    executed: list[Any] = []
    call.rest.method("my.write")(lambda params, _call: executed.append(params))
    call.rest.limits.enabled, call.rest.limits.drain = True, 0
    answers = [call("my.write", n=n).status for n in range(52)]
    assert answers == [200] * 50 + [503] * 2
    assert executed == [{"n": n} for n in range(50)]


@pytest.mark.parametrize(("capacity", "drain"), [(50, 2), (250, 5)])
def test_how_much_the_bucket_takes_and_drains(monkeypatch: pytest.MonkeyPatch, capacity: int, drain: int) -> None:
    now = 1000.0
    monkeypatch.setattr("bx24py.dev.portal.quota.time.monotonic", lambda: now)
    limits = Quota() if capacity == 50 else Quota(capacity=250, drain=5)
    limits.fill()
    assert not limits.take()
    now += 10
    assert [limits.take() for _ in range(10 * drain + 1)] == [True] * 10 * drain + [False]
    now += 1000
    assert [limits.take() for _ in range(capacity + 1)] == [True] * capacity + [False]


def test_a_batch_is_one_request(call: Caller) -> None:
    call.rest.limits.enabled, call.rest.limits.capacity, call.rest.limits.drain = True, 1, 0
    assert len(call.batch(["profile"] * 50)["result"]) == 50
    assert call("profile").status == 503


def test_operating_time(call: Caller) -> None:
    limits = call.rest.limits
    limits.cost["crm.item.list"] = 200.0
    first = call("crm.item.list", entityTypeId=2).data["time"]
    assert first["operating"] == 200.0
    assert 590 < first["operating_reset_at"] - time.time() <= 600
    assert call("crm.item.list", entityTypeId=2).status == 200
    # 400 of 480 seconds: this one still runs, the next one does not.
    assert call("crm.item.list", entityTypeId=2).data["time"]["operating"] == 600.0
    assert call("crm.item.list", entityTypeId=2).error == (429, "OPERATION_TIME_LIMIT")
    assert call("crm.deal.list").status == 200
    batch = call.batch({"a": "crm.item.list?entityTypeId=2", "b": "profile"})
    assert batch["result_error"]["a"]["error"] == "OPERATION_TIME_LIMIT"
    assert batch["result"]["b"]["ID"] == "1"
    limits.operating_limit = 1000
    assert call("crm.item.list", entityTypeId=2).status == 200


def test_the_oldest_minute_runs_out(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = call.rest.limits
    now = 1_000_000_000.0
    monkeypatch.setattr("bx24py.dev.portal.quota.time.time", lambda: now)
    limits.charge("m", 300)
    now += 120
    limits.charge("m", 200)
    assert limits.operating("m") == (500, 1_000_000_600)
    assert limits.exhausted("m")
    now += 480
    assert limits.operating("m") == (200, 1_000_000_720)
    assert not limits.exhausted("m")


# Options, shared with the frame


def test_options(call: Caller) -> None:
    assert call("user.option.get").result == []
    assert call("user.option.set", options={"a": "1", "b": {"c": 2}}).result is True
    assert call.state.user_options == {"a": "1", "b": {"c": 2}}
    assert call("user.option.get", option="a").result == "1"
    assert call("user.option.get", option="nope").result is None
    assert call.form("app.option.set", "options[x]=y").result is True
    call.state.app_options["z"] = 5
    assert call("app.option.get").result == {"x": "y", "z": 5}
    assert call("app.option.set", options={}).error == (400, "ArgumentNullException")
    call.state.admin = False
    assert call("app.option.set", options={"x": "n"}).error == (403, "ACCESS_DENIED")
    assert call("user.option.set", options={"x": "n"}).result is True


def test_general_methods(call: Caller) -> None:
    assert call("app.info").result["INSTALLED"] is True
    call.state.install, call.state.admin = True, False
    assert call("app.info").result["INSTALLED"] is False
    assert call("profile").result["ADMIN"] is False
    assert call("server.time").result.endswith("+02:00")
    assert "profile" in call("methods", scope="").result
    assert "user.get" not in call("methods", scope="").result
    assert call("methods", scope="department").result == ["department.get"]
    assert len(call("scope", full=True).result) > 40


# Load


def test_many_concurrent_requests() -> None:
    call = Caller()

    async def all_at_once() -> list[int]:
        requests = [call.request("GET", f"/rest/crm.deal.list?auth={call.token}&start={n}") for n in range(100)]
        return [answer.status for answer in await asyncio.gather(*requests)]

    assert asyncio.run(all_at_once()) == [200] * 100


def test_ten_thousand_requests_in_a_row_keep_memory_flat() -> None:
    call = Caller()

    async def many(count: int) -> None:
        for number in range(count):
            answer = await call.request(
                "GET", f"/rest/crm.deal.list?auth={call.token}&select[]=ID&start={number % 300}"
            )
            assert answer.status == 200

    asyncio.run(many(5000))
    before = sys.getallocatedblocks()
    asyncio.run(many(5000))
    # 5,000 calls that each left something behind would show as many thousands of blocks.
    assert sys.getallocatedblocks() - before < 2000
    assert len(call.rest.calls) == KEPT_CALLS


def test_every_known_code_has_a_status() -> None:
    assert RestFault("QUERY_LIMIT_EXCEEDED").status == 503
    assert RestFault("SOMETHING_ELSE").status == 400
    assert all(200 <= status < 600 and text for status, text in FAULTS.values())


def test_the_company_is_checked() -> None:
    with pytest.raises(ValueError, match="users: must be 5 or more"):
        Company(users=1)
    with pytest.raises(ValueError, match="deals: must be 0 or more, not -1"):
        Company(deals=-1)
