"""Scripting the REST server in the manner of respx."""

from __future__ import annotations

import http.client
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from bx24py.dev.portal.faults import RestFault
from tests.unit import rest_client
from tests.unit.rest_client import Caller, Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bx24py.dev.portal.method import Context


@pytest.fixture
def call() -> Caller:
    return Caller()


@pytest.fixture
def server() -> Iterator[Served]:
    yield from rest_client.served()


def until(condition: Callable[[], object]) -> None:
    """Wait until the server's thread has got so far, at most five seconds."""
    for _ in range(500):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")


def test_respond(call: Caller) -> None:
    route = call.rest.route("User.Current").respond({"ID": "7"})
    assert call("user.current").data["result"] == {"ID": "7"}
    assert call.batch(["user.current"])["result"] == [{"ID": "7"}]
    assert route.called
    assert route.call_count == 2
    assert [c.batch for c in route.calls] == [False, True]
    # It stands in for the method, not for the portal.
    call.state.tokens.expire()
    assert call("user.current").error == (401, "expired_token")


def test_respond_with_a_page_and_with_a_method_that_does_not_exist(call: Caller) -> None:
    call.rest.route("my.list").respond([1], total=120, next=50)
    answer = call("my.list").data
    assert (answer["total"], answer["next"]) == (120, 50)
    assert call.batch({"a": "my.list"})["result_next"] == {"a": 50}


def test_fail_for_the_next_calls_only(call: Caller) -> None:
    call.rest.route("user.current").fail("QUERY_LIMIT_EXCEEDED").times(2)
    assert [call("user.current").status for _ in range(4)] == [503, 503, 200, 200]
    call.rest.route("user.current").fail("MY", "mine", 418)
    assert call("user.current").data == {"error": "MY", "error_description": "mine"}
    assert call("user.current").status == 418
    call.rest.route("user.current").pass_through()
    assert call("user.current").status == 200


def test_fail_inside_a_batch(call: Caller) -> None:
    call.rest.route("user.current").fail("ACCESS_DENIED").times(1)
    answer = call.batch({"a": "user.current", "b": "user.current"})
    assert answer["result_error"]["a"]["error"] == "ACCESS_DENIED"
    assert set(answer["result"]) == {"b"}


def test_the_batch_as_a_whole_and_everything(call: Caller) -> None:
    call.rest.route("batch").fail("expired_token").times(1)
    assert call("batch", cmd=["profile"]).error == (401, "expired_token")
    everything = call.rest.route("*").fail("OVERLOAD_LIMIT")
    assert call("batch", cmd=["profile"]).status == call("profile").status == call("nope").status == 503
    call.rest.route("profile").respond({"ID": "9"})
    assert call("profile").result == {"ID": "9"}
    everything.pass_through()
    assert call.batch(["profile", "user.current"])["result"][0] == {"ID": "9"}
    assert everything.call_count == 5
    call.rest.reset()
    assert call.rest.calls == []
    assert call("profile").result["ID"] == "1"


def test_side_effect(call: Caller) -> None:
    async def effect(params: dict[str, Any], context: Context) -> Any:
        if params.get("bad"):
            raise RestFault("ERROR_CORE", "bad")
        return {"name": context.name, **params}

    call.rest.route("crm.deal.get").side_effect(effect)
    assert call("crm.deal.get", id=5).result == {"name": "crm.deal.get", "id": 5}
    assert call("crm.deal.get", bad=1).error == (400, "ERROR_CORE")


def test_body(call: Caller) -> None:
    call.rest.route("profile").body("<h1>Bad Gateway</h1>", status=502, content_type="text/html")
    answer = call("profile")
    assert (answer.status, answer.body, answer.headers["content-type"]) == (502, b"<h1>Bad Gateway</h1>", "text/html")
    assert call.rest.calls[-1].answer == "<h1>Bad Gateway</h1>"
    assert call("batch", cmd=["profile"]).status == 502


def test_delay_then_the_rest(call: Caller) -> None:
    call.rest.route("profile").delay(0.15).fail("ERROR_CORE").times(1)
    started = time.monotonic()
    assert call("profile").status == 400
    assert time.monotonic() - started >= 0.14
    assert call("profile").status == 200
    assert [c.duration >= 0.14 for c in call.rest.calls] == [True, False]
    call.rest.route("profile").delay(0.1)
    assert call("profile").data["time"]["duration"] >= 0.1
    assert call.rest.calls[-1].duration >= 0.1


def test_latency(call: Caller) -> None:
    call.rest.latency = 0.1
    started = time.monotonic()
    assert call("profile").status == 200
    assert time.monotonic() - started >= 0.09


def test_dropping_needs_the_protocol(call: Caller) -> None:
    call.rest.route("profile").drop()
    with pytest.raises(RuntimeError, match="DroppableProtocol"):
        call("profile")


# Over real connections


def test_drop(server: Served) -> None:
    server.rest.route("profile").drop().times(1)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        server("profile")
    until(lambda: server.rest.calls)
    assert server("profile").status == 200
    dropped = server.rest.calls[0]
    assert (dropped.method, dropped.status, dropped.error, dropped.answer) == ("profile", None, None, None)


def test_drop_in_the_middle_of_the_body(server: Served) -> None:
    server.rest.route("user.option.set").drop(after_bytes=20)
    with pytest.raises(http.client.IncompleteRead) as caught:
        server("user.option.set", options={"a": "1"})
    assert len(caught.value.partial) == 20
    # The answer was lost, not the call.
    assert server.state.user_options == {"a": "1"}


def test_drop_of_a_command_drops_its_batch(server: Served) -> None:
    server.rest.route("profile").drop().times(1)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        server.batch(["profile"])
    assert "batch" in [call.method for call in server.rest.calls]  # logged before the client can know
    until(lambda: len(server.rest.calls) == 2)
    assert sorted(call.method for call in server.rest.calls) == ["batch", "profile"]


def test_offline(server: Served) -> None:
    server.rest.offline = True
    for verb in ("POST", "OPTIONS"):
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            server.send(verb, "/rest/profile")
    server.rest.offline = False
    assert server("profile").status == 200


def test_every_answer_closes_its_connection(server: Served) -> None:
    assert server("profile").headers["connection"] == "close"


@pytest.mark.parametrize("script", ["never", "delay"])
def test_an_open_request_does_not_hold_up_the_end(script: str) -> None:
    server = Served()
    route = server.rest.route("my.method").respond(1)
    route.never() if script == "never" else route.delay(60)
    ended: list[Any] = []

    def ask() -> None:
        try:
            ended.append(server("my.method"))
        except (http.client.HTTPException, OSError) as error:
            ended.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    until(lambda: route.called)
    assert server.stop() < 3
    thread.join(5)
    assert isinstance(ended[0], http.client.HTTPException | OSError)
    assert server.rest.calls[-1].status is None


def test_a_request_that_is_never_answered_is_in_the_log_at_once(server: Served) -> None:
    server.rest.route("profile").never()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=0.2)
    connection.request("GET", "/rest/profile")
    with pytest.raises(TimeoutError):
        connection.getresponse()
    assert [(call.method, call.status) for call in server.rest.calls] == [("profile", None)]
    connection.close()


def test_a_client_that_gave_up_has_sent_its_request_all_the_same(server: Served) -> None:
    server.rest.route("user.option.set").delay(0.3)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=0.1)
    connection.request("GET", f"/rest/user.option.set?options[a]=1&auth={server.token}")
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()
    until(lambda: server.state.user_options)
    assert server.state.user_options == {"a": "1"}
