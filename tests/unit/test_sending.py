"""Pacing, retries, the log and the hook: what happens between a call and its answer."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from typing import Any

import pytest

from bx24py import BX24, BX24Error, CallInfo, CallTimeoutError, Limits, RateLimitError, ServerError
from bx24py.bridge import NOT_JSON, Answer, OnAnswer, Request
from bx24py.rest import call as retries
from bx24py.rest.answers import rest_error
from bx24py.rest.read_only import reads

from .conftest import FakeBridge, run


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries come at once."""
    monkeypatch.setattr(retries, "FIRST_DELAY", 0.001)


@pytest.mark.parametrize(
    "method",
    [
        "user.get",
        "crm.deal.list",
        "crm.deal.fields",
        "user.search",
        "user.current",
        "profile",
        "CRM.Deal.Get",
        "app.info",
    ],
)
def test_methods_that_read(method: str) -> None:
    assert reads(method)


@pytest.mark.parametrize(
    "method",
    [
        "crm.deal.add",
        "crm.deal.update",
        "user.option.set",
        "event.offline.get",
        "batch",
        "im.notify",
        "task.widget",
        "get",
    ],
)
def test_methods_that_may_write(method: str) -> None:
    assert reads(method) == (method == "get")


def test_calls_are_let_out_no_faster_than_the_limits(page: FakeBridge, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bx24py")

    async def main() -> None:
        client = BX24(limits=Limits(capacity=4, per_second=50))
        begun = time.monotonic()
        calls = [client.call_method("m.get", {"n": n}) for n in range(8)]
        assert len(page.sent) == 3  # one place stays free
        late = calls[5]
        late.cancel()
        while len(page.sent) < 7:
            await asyncio.sleep(0.002)
        assert 0.06 < time.monotonic() - begun < 1
        assert [sent.params["n"] for sent in page.sent] == [0, 1, 2, 3, 4, 6, 7]
        for sent in page.sent:
            sent.respond(1)
        await asyncio.gather(*(call for call in calls if call is not late))

    run(main())
    assert "requests wait 0.0 s for the portal's limit" in caplog.text


def test_a_call_that_cannot_be_sent_fails_and_those_behind_it_are_sent(
    client: BX24, page: FakeBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.initialised = False
    send = page.send

    def refuse(request: Request, on_answer: OnAnswer) -> Any:
        if request.method == "bad.get":
            raise MemoryError("no room for it")
        return send(request, on_answer)

    monkeypatch.setattr(page, "send", refuse)

    async def main() -> None:
        bad, good = client.call_method("bad.get"), client.call_method("good.get")
        assert page.on_ready is not None
        page.on_ready()
        with pytest.raises(BX24Error, match=r"bad.get: it could not be sent \(MemoryError: no room for it\)"):
            await bad
        page.sent[-1].respond(1)
        assert (await good).data == 1

    run(main())


@pytest.mark.parametrize(
    ("code", "fate"), [("QUERY_LIMIT_EXCEEDED", "It was not executed"), ("OVERLOAD_LIMIT", "It may have been executed")]
)
def test_a_rate_limit_says_whether_the_call_was_executed(code: str, fate: str) -> None:
    error = rest_error(code, "too many", 503, "crm.deal.add")
    assert fate in str(error)
    assert error.maybe_executed is ("may have" in fate)


def test_other_limits_count_at_once(page: FakeBridge) -> None:
    async def main() -> None:
        client = BX24(limits=Limits(capacity=2, per_second=0.001))
        calls = [client.call_method("m.get") for _ in range(5)]
        assert len(page.sent) == 1
        client.limits = Limits(capacity=math.inf)
        assert len(page.sent) == 5
        assert client.limits.capacity == math.inf
        for sent in page.sent:
            sent.respond(1)
        await asyncio.gather(*calls)

    run(main())


def test_the_clients_timeout_can_be_set(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        client.timeout = 0.01
        assert client.timeout == 0.01
        with pytest.raises(CallTimeoutError):
            await client.call_method("user.get")
        with pytest.raises(ValueError, match="^timeout: "):
            client.timeout = 0

    run(main())


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"capacity": 0}, ValueError),
        ({"per_second": 0}, ValueError),
        ({"capacity": "50"}, TypeError),
        ({"capacity": True}, TypeError),
    ],
)
def test_wrong_limits_are_refused(values: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=next(iter(values))):
        Limits(**values)
    with pytest.raises(TypeError, match="^limits: "):
        BX24(limits=(50, 2))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="^max_tries: "):
        BX24(max_tries=0)


def test_a_refusal_for_the_rate_fills_the_bucket_for_all(page: FakeBridge) -> None:
    async def main() -> None:
        client = BX24(limits=Limits(capacity=50, per_second=20))
        call = client.call_method("crm.deal.add")
        page.sent[0].respond(status=503, error="QUERY_LIMIT_EXCEEDED")
        other = client.call_method("crm.deal.add")
        assert len(page.sent) == 1
        while len(page.sent) < 3:
            await asyncio.sleep(0.005)
        for sent in page.sent[1:]:
            sent.respond(5)
        assert [(await call).data, (await other).data] == [5, 5]

    run(main())


def test_a_refusal_for_the_rate_is_not_repeated_with_retry_false(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        call = client.call_method("user.get", retry=False)
        page.sent[0].respond(status=503, error="QUERY_LIMIT_EXCEEDED")
        with pytest.raises(RateLimitError, match="not executed"):
            await call

    run(main())


def test_the_number_of_tries_can_be_set(page: FakeBridge) -> None:
    async def main() -> None:
        client = BX24(max_tries=5)
        call = client.call_method("user.get")
        for number in range(5):
            while len(page.sent) <= number:
                await asyncio.sleep(0.001)
            page.sent[number].respond(status=500, error="INTERNAL_SERVER_ERROR")
        with pytest.raises(ServerError):
            await call
        assert len(page.sent) == 5

    run(main())


def test_a_write_that_may_have_been_executed_once_stays_uncertain(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        call = client.call_method("crm.deal.add", retry=True, timeout=0.3)
        page.sent[0].respond(status=500, error="INTERNAL_SERVER_ERROR")
        while len(page.sent) < 2:
            await asyncio.sleep(0.001)
        page.sent[1].respond(status=503, error="QUERY_LIMIT_EXCEEDED")  # and from now on it waits for the bucket
        with pytest.raises(CallTimeoutError) as caught:
            await call
        assert caught.value.maybe_executed
        client.limits = Limits(capacity=math.inf)  # nobody waits for the bucket any more

    run(main())


def test_the_hook_is_told_of_each_finished_call(
    client: BX24, page: FakeBridge, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[CallInfo] = []

    async def main() -> None:
        def broken(_info: CallInfo) -> None:
            raise ZeroDivisionError

        client.on_call(broken)
        stop = client.on_call(seen.append)
        good = client.call_method("user.get")
        page.sent[0].respond(status=500, error="INTERNAL_SERVER_ERROR")
        while len(page.sent) < 2:
            await asyncio.sleep(0.001)
        page.sent[1].respond([])
        bad = client.call_batch([["a.b"], ["c.d"]], timeout=5)
        page.sent[2].respond(status=401, error="NO_AUTH_FOUND")
        await asyncio.gather(good, bad, return_exceptions=True)
        stop()
        stop()
        client.call_method("user.get").cancel()

    run(main())
    assert [(info.method, info.status, info.tries, type(info.error).__name__) for info in seen] == [
        ("user.get", 200, 2, "NoneType"),
        ("batch", 401, 1, "AuthError"),
    ]
    assert all(0 <= info.duration < 5 for info in seen)
    assert "an on_call function failed" in caplog.text
    with pytest.raises(TypeError, match="^function: "):
        client.on_call(5)  # type: ignore[arg-type]


def test_the_log_tells_of_calls_and_retries_but_not_of_parameters(
    client: BX24, page: FakeBridge, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        call = client.call_method("user.get", {"password": "secret"})
        page.sent[0].respond(status=500, error="INTERNAL_SERVER_ERROR")
        while len(page.sent) < 2:
            await asyncio.sleep(0.001)
        page.sent[1].respond(["secret"])
        await call

    with caplog.at_level(logging.DEBUG, "bx24py"):
        run(main())
    levels = [(record.levelname, record.name) for record in caplog.records if record.name == "bx24py"]
    assert levels == [("INFO", "bx24py"), ("DEBUG", "bx24py")]
    assert "user.get: ServerError; trying again in" in caplog.text
    assert "user.get: done after" in caplog.text
    assert "secret" not in caplog.text


def test_tokens_that_the_portal_quotes_are_taken_out(client: BX24, page: FakeBridge) -> None:
    def hide(text: str) -> str:
        return text.replace("TOKEN", "***")

    async def error_of(answer: Answer, *, batch: bool = False) -> BX24Error:
        call: Any = client.call_batch([["a.b"]], retry=False) if batch else client.call_method("a.b", retry=False)
        page.sent[-1].reply(answer)
        try:
            (await call)[0].data
        except BX24Error as error:
            return error
        raise AssertionError

    async def main() -> None:
        errors = [
            await error_of(Answer(403, {"error": "X", "error_description": "for TOKEN"}, "", hide)),
            await error_of(Answer(502, NOT_JSON, "<p>auth=TOKEN</p>", hide)),
            await error_of(Answer(403, {"error": "TOKEN"}, "", hide), batch=True),
            await error_of(Answer(200, {"result": "TOKEN"}, "", hide), batch=True),
            await error_of(
                Answer(200, {"result": {"result_error": [{"error": "X", "error_description": "TOKEN"}]}}, "", hide),
                batch=True,
            ),
        ]
        for error in errors:
            assert "TOKEN" not in str(error) + repr(error) + str(vars(error))
            assert "***" in str(error) + str(vars(error))

    run(main())
