"""REST 3.0: what is sent, what becomes of answers, and writes that may be repeated."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest

from bx24py import (
    BX24,
    AccessError,
    AuthError,
    BadResponseError,
    BX24Error,
    CallTimeoutError,
    Complaint,
    File,
    Limits,
    MethodNotFoundError,
    NetworkError,
    RestError,
    ServerError,
    Write,
    WriteRefusedError,
)
from bx24py.bridge import NOT_JSON, Answer
from bx24py.rest import call as retries

from .conftest import TIME, FakeBridge, Sent, run

PREFIX = "BITRIX_REST_V3_EXCEPTION_"


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_DELAY", 0.001)


async def sent(page: FakeBridge, count: int) -> Sent:
    """Wait until so many requests have reached the page, and return the last."""
    while len(page.sent) < count:
        await asyncio.sleep(0.001)
    assert len(page.sent) == count
    return page.sent[-1]


def refuse(one: Sent, status: int, code: str, message: str = "No.", **more: Any) -> None:
    one.reply(Answer(status, {"error": {"code": code, "message": message, **more}}))


LOST = Answer(0, None)


# Calls


class Colour(Enum):
    RED = "red"


def test_parameters_keep_the_types_of_json(client: BX24, page: FakeBridge) -> None:
    async def test() -> None:
        given = {
            "none": None,
            "flags": [True, False],
            "empty": [],
            "object": {},
            "big": 2**62,
            "too big": 2**70,
            "float": 0.5,
            "any name [is.fine]": {"auth": "inside"},
            "when": datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
            "day": date(2026, 1, 2),
            "amount": Decimal("1E+2"),
            "id": UUID(int=1),
            "enum": Colour.RED,
            "set": {1},
            "generator": (n for n in (None, 1)),
            "bytes": b"ab",
            "file": File("a.txt", b"ab"),
            "open": io.BytesIO(b"ab"),
            "text": "$result[x] stays",
            "$ref": "stays too",
        }
        call = client.v3.call_method("tasks.task.add", given, retry=False)
        one = await sent(page, 1)
        assert one.params == {
            "none": None,
            "flags": [True, False],
            "empty": [],
            "object": {},
            "big": 2**62,
            "too big": str(2**70),
            "float": 0.5,
            "any name [is.fine]": {"auth": "inside"},
            "when": "2026-01-02T03:04:05+00:00",
            "day": "2026-01-02",
            "amount": "100",
            "id": "00000000-0000-0000-0000-000000000001",
            "enum": "red",
            "set": [1],
            "generator": [None, 1],
            "bytes": "YWI=",
            "file": ["a.txt", "YWI="],
            "open": ["file", "YWI="],
            "text": "$result[x] stays",
            "$ref": "stays too",
        }
        assert one.params["flags"][0] is True
        assert one.request is not None
        assert one.request.v3
        one.respond({"item": {"id": 1}}, time=TIME)
        result = await call
        assert (result.data, result.total, result.more, result.replayed) == ({"item": {"id": 1}}, None, False, False)
        assert result.time
        assert result.time.duration == 0.5
        assert client.operating["tasks.task.add"].operating == 0.1

    run(test())


@pytest.mark.parametrize(
    ("params", "error", "text"),
    [
        ({"fields": {"x": object()}}, TypeError, r"params\['fields'\]\['x'\]: a value of type object cannot be sent"),
        ({"x": [1, {"y": 1j}]}, TypeError, r"params\['x'\]\[1\]\['y'\]"),
        ({"x": float("nan")}, ValueError, r"params\['x'\]: must be a finite number"),
        ({"x": "\ud800"}, ValueError, r"params\['x'\]: contains half a character"),
        ({"auth": "x"}, ValueError, r"params\['auth'\]: 'auth' is the access token's name"),
        ([1, 2], TypeError, "params: must be a mapping, as REST 3.0 takes parameters by name, not list"),
    ],
)
def test_what_cannot_be_sent(client: BX24, page: FakeBridge, params: Any, error: type[Exception], text: str) -> None:
    async def test() -> None:
        with pytest.raises(error, match=text):
            client.v3.call_method("tasks.task.add", params)
        with pytest.raises(error, match=text.replace("params", r"calls\['a'\]: params", 1)):
            client.v3.call_batch({"a": ["tasks.task.add", params]})
        assert not page.sent

    run(test())


def test_calls_wait_for_the_initialisation(client: BX24, page: FakeBridge) -> None:
    async def test() -> None:
        page.initialised = False
        old, new = client.call_method("user.current"), client.v3.call_method("tasks.task.get", {"id": 1})
        await asyncio.sleep(0.01)
        assert not page.sent
        assert page.on_ready
        page.on_ready()
        assert [one.method for one in page.sent] == ["user.current", "tasks.task.get"]
        for one in page.sent:
            one.respond(1)
        assert [(await old).data, (await new).data] == [1, 1]

    run(test())


def test_one_bucket_for_both(client: BX24, page: FakeBridge) -> None:
    async def test() -> None:
        calls = [(client.v3 if n % 2 else client).call_method("user.get") for n in range(60)]
        await asyncio.sleep(0.01)
        assert len(page.sent) == 49
        for one in calls:
            one.cancel()
        client.limits = Limits(float("inf"))

    run(test())


# Errors

ERRORS: list[tuple[int, Any, type[RestError]]] = [
    (400, {"code": f"{PREFIX}ENTITYNOTFOUNDEXCEPTION", "message": "x"}, RestError),
    (401, {"code": "SOME_MODULE_TOKENEXCEPTION", "message": "x"}, AuthError),
    (403, {"code": f"{PREFIX}ACCESSDENIEDEXCEPTION", "message": "x"}, AccessError),
    (403, {"code": "BITRIX_TASKS_V3_EXCEPTION_RIGHTS", "message": "x"}, AccessError),
    (404, {"code": f"{PREFIX}METHODNOTFOUNDEXCEPTION", "message": "x"}, MethodNotFoundError),
    (400, {"code": f"{PREFIX}METHODNOTFOUNDEXCEPTION", "message": "x"}, MethodNotFoundError),
    (404, {"code": "BITRIX_NOTE_V3_EXCEPTION_GONE", "message": "x"}, RestError),
    (422, {"code": f"{PREFIX}IDEMPOTENCYKEYREUSEDEXCEPTION", "message": "x"}, RestError),
    (401, "NO_AUTH_FOUND", AuthError),
    (403, "insufficient_scope", AccessError),
]


@pytest.mark.parametrize(("status", "error", "kind"), ERRORS)
@pytest.mark.parametrize("method", ["tasks.task.list", "tasks.task.add"])
def test_errors_of_both_shapes_are_never_repeated(
    client: BX24, page: FakeBridge, status: int, error: Any, kind: type[RestError], method: str
) -> None:
    async def test() -> None:
        call = client.v3.call_method(method, retry=None if method.endswith("list") else True)
        if method.endswith("add"):
            (await sent(page, 1)).reply(LOST)  # the question whether keys can be sent
        count = 1 if method.endswith("list") else 2
        (await sent(page, count)).reply(Answer(status, {"error": error, "error_description": "x"}))
        with pytest.raises(RestError) as found:
            await call
        assert type(found.value) is kind
        assert found.value.status == status
        assert found.value.code == (error if isinstance(error, str) else error["code"])
        assert not found.value.maybe_executed
        await asyncio.sleep(0.01)
        assert len(page.sent) == count

    run(test())


def test_complaints_are_told(client: BX24, page: FakeBridge) -> None:
    async def test() -> None:
        call = client.v3.call_method("tasks.task.get")
        complaints = [{"field": "id", "message": "Required"}, {"message": "Odd"}, "damaged"]
        refuse(await sent(page, 1), 400, f"{PREFIX}VALIDATION_REQUESTVALIDATIONEXCEPTION", "Bad", validation=complaints)
        with pytest.raises(RestError) as found:
            await call
        assert found.value.validation == (Complaint("id", "Required"), Complaint("", "Odd"))
        assert found.value.validation[0].field == "id"
        assert "Bad (HTTP 400). id: Required; Odd. The code and text" in str(found.value)
        assert found.value.user_message == "The portal says: “Bad: Required; Odd”."

    run(test())


def test_a_missing_permission_is_named(client: BX24, page: FakeBridge) -> None:
    async def test() -> None:
        call = client.v3.call_method("humanresources.node.list")
        refuse(await sent(page, 1), 403, f"{PREFIX}INSUFFICIENTSCOPEEXCEPTION")
        with pytest.raises(AccessError, match="lacks the permission") as found:
            await call
        assert found.value.scope == "humanresources"

    run(test())


def test_the_rate_limit_in_the_old_shape_is_waited_for(client: BX24, page: FakeBridge) -> None:
    async def test() -> None:
        client.limits = Limits(float("inf"))
        call = client.v3.call_method("tasks.task.list")
        (await sent(page, 1)).reply(Answer(503, {"error": "QUERY_LIMIT_EXCEEDED", "error_description": "x"}))
        (await sent(page, 2)).respond({"items": []})
        assert (await call).data == {"items": []}

    run(test())


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (LOST, NetworkError),
        (Answer(500, {"error": {"code": "X", "message": "x"}}), ServerError),
        (Answer(200, {"time": {}}), BadResponseError),
    ],
)
def test_reads_of_unknown_outcome_are_repeated(
    client: BX24, page: FakeBridge, answer: Answer, kind: type[BX24Error]
) -> None:
    async def test() -> None:
        for failures in (1, 3):
            begun = len(page.sent)
            call = client.v3.call_method("main.eventlog.tail")
            for number in range(failures):
                (await sent(page, begun + number + 1)).reply(answer)
            if failures == 1:
                (await sent(page, begun + 2)).respond({"items": []})
                await call
            else:
                with pytest.raises(kind):
                    await call
                assert len(page.sent) == begun + 3

    run(test())


def test_a_refusal_that_is_not_json_is_not_repeated(client: BX24, page: FakeBridge) -> None:
    async def test() -> None:
        call = client.v3.call_method("tasks.task.list")
        (await sent(page, 1)).reply(Answer(404, NOT_JSON, "<h1>Not found</h1>"))
        with pytest.raises(BadResponseError):
            await call
        assert len(page.sent) == 1

    run(test())


# Writes that may be repeated


def test_a_lost_write_is_sent_again_with_its_key(client: BX24, page: FakeBridge) -> None:
    async def test() -> None:
        told: list[str] = []
        client.on_call(lambda info: told.append(info.method))
        first, second = (client.v3.call_method("tasks.task.add", {"fields": {"title": name}}) for name in "ab")
        read = client.v3.call_method("tasks.task.get", {"id": 1})
        probe = page.sent[0]
        assert [one.method for one in page.sent] == ["rest.scope.list", "tasks.task.get"]
        assert probe.request
        assert probe.request.key
        page.sent[1].respond(1)
        await read
        probe.respond([])
        await sent(page, 4)
        lost, other = page.sent[2:]
        assert lost.request
        assert other.request
        assert len({lost.request.key, other.request.key, probe.request.key}) == 3
        other.respond({"item": {"id": 2}})
        assert not (await second).replayed
        lost.reply(LOST)
        again = await sent(page, 5)
        assert again.request == lost.request
        again.reply(Answer(200, {"result": {"item": {"id": 1}}}, replayed=True))
        assert (await first).replayed
        third = client.v3.call_method("tasks.task.delete", {"id": 1})
        assert page.sent[-1].request
        assert page.sent[-1].request.key  # the question is not asked again
        page.sent[-1].respond({"result": True})
        await third
        assert told.count("rest.scope.list") == 1

    run(test())


@pytest.mark.parametrize("probe", ["lost", "refused"])
def test_a_lost_write_without_a_key_is_not_sent_again(client: BX24, page: FakeBridge, probe: str) -> None:
    async def test() -> None:
        call = client.v3.call_method("tasks.task.add")
        if probe == "lost":
            (await sent(page, 1)).reply(LOST)
            write = await sent(page, 2)
            assert write.request
            assert not write.request.key
            write.reply(LOST)
            with pytest.raises(NetworkError, match="may have been executed") as found:
                await call
            assert found.value.maybe_executed
            assert len(page.sent) == 2
        else:  # any answer says that the header arrived
            refuse(await sent(page, 1), 403, f"{PREFIX}INSUFFICIENTSCOPEEXCEPTION")
            write = await sent(page, 2)
            assert write.request
            assert write.request.key
            write.respond(1)
            await call

    run(test())


def test_only_a_write_that_profits_asks(client: BX24, page: FakeBridge) -> None:
    async def test() -> None:
        calls = [
            client.v3.call_method("tasks.task.get"),
            client.v3.call_method("tasks.task.add", retry=False),
            client.v3.call_batch([["tasks.task.add"], ["tasks.task.add"]]),
            BX24(max_tries=1).v3.call_method("tasks.task.add"),
        ]
        assert [one.method for one in page.sent] == ["tasks.task.get", "tasks.task.add", "batch", "tasks.task.add"]
        assert not any(one.request.key for one in page.sent if one.request)
        for one in page.sent:
            one.respond([1, 2])
        await asyncio.gather(*calls)

    run(test())


def test_a_key_of_the_callers(client: BX24, page: FakeBridge) -> None:
    async def test() -> None:
        for key in ("", "x" * 256, "é", "a\nb"):
            with pytest.raises(ValueError, match="idempotency_key: must be 1 to 255 printable ASCII characters"):
                client.v3.call_method("tasks.task.add", idempotency_key=key)
        with pytest.raises(TypeError, match="idempotency_key: must be a str, not int"):
            client.v3.call_method("tasks.task.add", idempotency_key=5)  # type: ignore[arg-type]
        call = client.v3.call_method("tasks.task.add", retry=False, idempotency_key="order-5")
        (await sent(page, 1)).respond([])
        write = await sent(page, 2)
        assert write.request
        assert write.request.key == "order-5"
        refuse(write, 422, f"{PREFIX}IDEMPOTENCYKEYREUSEDEXCEPTION")
        with pytest.raises(RestError, match="IDEMPOTENCYKEYREUSED"):
            await call

    run(test())


def test_a_write_that_is_cancelled_while_it_waits(client: BX24, page: FakeBridge) -> None:
    async def test() -> None:
        gone, stays = client.v3.call_method("tasks.task.add"), client.v3.call_method("tasks.task.update")
        gone.cancel()
        (await sent(page, 1)).respond([])
        await sent(page, 2)
        assert [one.method for one in page.sent] == ["rest.scope.list", "tasks.task.update"]
        page.sent[1].respond(1)
        await stays

    run(test())


def test_a_write_does_not_wait_longer_than_its_timeout_for_the_answer(client: BX24, page: FakeBridge) -> None:
    async def test() -> None:
        call = client.v3.call_method("tasks.task.add", timeout=0.02)
        with pytest.raises(CallTimeoutError, match="It was not sent") as found:
            await call
        assert not found.value.maybe_executed
        (await sent(page, 1)).respond([])
        await asyncio.sleep(0.01)
        assert len(page.sent) == 1

    run(test())


def test_on_write_is_asked_first(client: BX24, page: FakeBridge) -> None:
    async def test() -> None:
        asked: list[Any] = []

        def ask(write: Write) -> bool:
            asked.append(write.commands)
            assert write.v3
            return len(asked) > 1

        client.on_write(ask)
        with pytest.raises(WriteRefusedError):
            await client.v3.call_method("humanresources.node.move", {"id": 5, "on": None})
        assert not page.sent  # nor is the portal asked for the header
        call = client.v3.call_method("humanresources.node.move", {"id": 5})
        (await sent(page, 1)).respond([])
        (await sent(page, 2)).respond({"result": True})
        assert (await call).data == {"result": True}
        assert asked[0] == (("humanresources.node.move", {"id": 5, "on": None}),)
        batch = client.v3.batch()
        batch.call("tasks.task.get", {"id": 1})
        batch.call("tasks.task.add")
        running = batch.run()
        (await sent(page, 3)).respond([1, 2])
        await running
        assert len(asked) == 3

    run(test())
