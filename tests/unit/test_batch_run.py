"""Many commands: who is told of their results, and what is known of each when not all of them are answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bx24py import (
    BX24,
    BatchResults,
    BatchRun,
    BX24Error,
    CallTimeoutError,
    NotExecutedError,
    RestError,
    Result,
)
from bx24py.bridge import NOT_JSON, Answer

from .conftest import FakeBridge, Sent, run

UPDATES = {f"deal{n}": ["crm.deal.update", {"id": n, "fields": {"STAGE_ID": "WON"}}] for n in range(320)}
KEYS = list(UPDATES)


async def answer(page: FakeBridge, **values: Any) -> None:
    """Answer the batch that is on its way."""
    sent = page.sent[-1]
    sent.respond_batch({command.key: values.get(command.key or "", True) for command in sent.params})
    await asyncio.sleep(0)
    await asyncio.sleep(0)


def part(number: int) -> list[str]:
    return KEYS[number * 50 : number * 50 + 50]


def test_each_result_is_told_in_order_as_its_batch_is_answered(client: BX24, page: FakeBridge) -> None:
    told: list[str] = []

    async def main() -> None:
        call = client.call_batch(UPDATES, on_result=lambda key, result: told.append(f"{key} {result.data}"))
        for number in range(7):
            assert len(told) == number * 50
            await answer(page)
        assert list(await call) == KEYS
        assert told == [f"{key} True" for key in KEYS]
        assert len(page.sent) == 7
        assert (len(call.results), call.results.uncertain, call.results.remaining) == (320, {}, {})

    run(main())


def test_results_of_a_list_and_of_a_builder_are_told_by_number(client: BX24, page: FakeBridge) -> None:
    told: list[tuple[int, str]] = []

    def on_result(number: int, result: Result) -> None:
        told.append((number, result.data))

    async def main() -> None:
        call = client.call_batch([["a.b"], ["a.b"]], on_result=on_result)
        page.sent[0].respond_batch(["first", "second"])
        await call
        batch = client.batch(on_result=on_result)
        batch.call("a.b")
        running = batch.run()
        page.sent[1].respond_batch(["third"])
        await running
        assert told == [(0, "first"), (1, "second"), (0, "third")]
        assert list(running.results) == [0]

    run(main())


def test_what_on_result_raises_is_logged_and_loses_nothing(
    client: BX24, page: FakeBridge, caplog: pytest.LogCaptureFixture
) -> None:
    def on_result(key: str, _result: Result) -> None:
        raise LookupError(key)

    async def main() -> None:
        call = client.call_batch({"a": ["a.b"], "b": ["a.b"]}, on_result=on_result)
        page.sent[0].respond_batch({"a": 1, "b": 2})
        assert [result.data for result in (await call).values()] == [1, 2]

    run(main())
    assert [record.getMessage() for record in caplog.records] == ["the on_result function failed"] * 2


def test_on_result_may_cancel_the_call(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        def stop(key: str, _result: Result) -> None:
            if key == "deal7":
                call.cancel()

        call: BatchRun[Any] = client.call_batch(UPDATES, on_result=stop)
        await answer(page)
        with pytest.raises(asyncio.CancelledError):
            await call
        assert len(page.sent) == 1
        assert (list(call.results), call.results.uncertain) == (part(0), {})
        assert list(call.results.remaining) == KEYS[50:]

    run(main())


def test_on_result_is_a_function(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        calls: list[Callable[[], object]] = [
            lambda: client.call_batch([["user.current"]], on_result=1),  # type: ignore[call-overload]
            lambda: client.batch(on_result=1),  # type: ignore[arg-type]
        ]
        for call in calls:
            with pytest.raises(TypeError, match="^on_result: must be a function, not int$"):
                call()
        assert page.sent == []

    run(main())


def test_skipped_commands_are_told_too_and_remain(client: BX24, page: FakeBridge) -> None:
    told: list[str] = []

    async def main() -> None:
        call = client.call_batch(UPDATES, halt_on_error=True, on_result=lambda key, _: told.append(key))
        page.sent[0].respond_batch({"deal0": True}, {"deal1": {"error": "X", "error_description": ""}})
        results = await call
        assert told == KEYS
        assert list(call.results) == KEYS
        assert isinstance(results["deal2"].error, NotExecutedError)
        assert list(call.results.remaining) == KEYS[2:]
        assert call.results.uncertain == {}

    run(main())


LOST: dict[str, tuple[Callable[[Sent], None], bool]] = {
    "broken connection": (lambda sent: sent.reply(Answer(0, None)), True),
    "500": (lambda sent: sent.respond(status=500, error="INTERNAL_SERVER_ERROR"), True),
    "bad gateway": (lambda sent: sent.reply(Answer(502, NOT_JSON, "<h1>")), True),
    "empty answer": (lambda sent: sent.respond_batch([]), True),
    "unreadable answer": (lambda sent: sent.reply(None), True),
    "overload": (lambda sent: sent.respond(status=503, error="OVERLOAD_LIMIT"), True),
    "rate limit": (lambda sent: sent.respond(status=503, error="QUERY_LIMIT_EXCEEDED"), False),
    "expired token": (lambda sent: sent.respond(status=401, error="expired_token"), False),
    "no rights": (lambda sent: sent.respond(status=403, error="ACCESS_DENIED"), False),
    "working time": (lambda sent: sent.respond(status=429, error="OPERATION_TIME_LIMIT"), False),
    "refused": (lambda sent: sent.respond(status=400, error="ERROR_CORE"), False),
}


@pytest.mark.parametrize("how", LOST)
def test_a_fourth_batch_that_fails_as_a_whole(client: BX24, page: FakeBridge, how: str) -> None:
    lose, uncertain = LOST[how]

    async def main() -> None:
        call = client.call_batch(UPDATES, retry=False if how == "rate limit" else None)
        for _ in range(3):
            await answer(page)
        lose(page.sent[-1])
        with pytest.raises(BX24Error) as caught:
            await call
        results = caught.value.results
        assert caught.value.maybe_executed is uncertain
        assert list(results) == KEYS[:150]
        assert all(result.data is True for result in results.values())
        assert list(results.uncertain) == (part(3) if uncertain else [])
        assert list(results.remaining) == KEYS[200 if uncertain else 150 :]
        assert {**results.uncertain, **results.remaining} == {key: UPDATES[key] for key in KEYS[150:]}
        assert call.results == results
        assert len(page.sent) == 4

    run(main())


@pytest.mark.parametrize("has_left", [True, False])
def test_a_timeout_is_uncertain_where_the_request_had_left(client: BX24, page: FakeBridge, has_left: bool) -> None:
    async def main() -> None:
        call = client.call_batch(UPDATES, timeout=0.02)
        if not has_left:
            page.sent[0].age, page.sent[0].idle = None, 1
        with pytest.raises(CallTimeoutError) as caught:
            await call
        assert caught.value.maybe_executed is has_left
        assert list(caught.value.results.uncertain) == (part(0) if has_left else [])
        assert list(caught.value.results.remaining) == KEYS[50 if has_left else 0 :]

    run(main())


def test_a_refusal_after_a_try_that_was_lost_is_uncertain(
    client: BX24, page: FakeBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bx24py.rest.call.FIRST_DELAY", 0.001)

    async def main() -> None:
        call = client.call_batch(UPDATES, retry=True)
        page.sent[0].reply(Answer(0, None))
        while len(page.sent) < 2:
            await asyncio.sleep(0.001)
        page.sent[1].respond(status=403, error="ACCESS_DENIED")
        with pytest.raises(RestError) as caught:
            await call
        assert caught.value.maybe_executed
        assert list(caught.value.results.uncertain) == part(0)

    run(main())


@pytest.mark.parametrize("has_left", [True, False])
def test_a_call_that_is_cancelled_in_the_middle(client: BX24, page: FakeBridge, has_left: bool) -> None:
    async def main() -> None:
        call = client.call_batch(UPDATES)
        await answer(page)
        assert (list(call.results), list(call.results.remaining)) == (part(0), KEYS[100:])
        page.sent[1].age = 0.5 if has_left else None
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await call
        assert page.sent[1].aborted
        assert list(call.results) == part(0)
        assert list(call.results.uncertain) == (part(1) if has_left else [])
        assert list(call.results.remaining) == KEYS[100 if has_left else 50 :]
        assert not call.cancel()
        assert len(call.results) == 50

    run(main())


def test_what_waits_for_the_initialisation_is_certainly_not_executed(client: BX24, page: FakeBridge) -> None:
    page.initialised = False

    async def main() -> None:
        call = client.call_batch(UPDATES)
        call.cancel()
        assert (len(call.results), call.results.uncertain) == (0, {})
        assert call.results.remaining == UPDATES
        assert page.on_ready
        page.on_ready()
        assert page.sent == []

    run(main())


def test_what_just_reads_can_always_be_sent_again(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        calls: dict[str, Any] = {f"user{n}": ["user.get", {"ID": f"$result[user{n // 50 * 50}]"}] for n in range(120)}
        for first in range(0, 120, 50):
            calls[f"user{first}"] = ["user.get", {"ID": first}]
        call = client.call_batch(calls, retry=False)
        page.sent[0].reply(Answer(0, None))
        with pytest.raises(BX24Error) as caught:
            await call
        assert caught.value.results.uncertain == {}
        assert list(caught.value.results.remaining) == list(calls)
        client.call_batch(caught.value.results.remaining).cancel()

    run(main())


def test_what_reads_among_writes_remains_unless_a_macro_ties_it_to_them(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        calls: list[Any] = [
            ["user.current"],
            ["crm.deal.get", {"id": 5}],
            ["crm.deal.update", {"id": "$result[1][ID]"}],
            ["crm.deal.list", {"filter": {"ID": "$result[2]"}}],
            ["crm.lead.list"],
            *[["crm.deal.delete", {"id": n}] for n in range(45)],
            ["user.get"],
            ["user.get", {"ID": "$result[50][0][ID]"}],
        ]
        call = client.call_batch(calls)
        page.sent[0].reply(Answer(0, None))
        with pytest.raises(BX24Error) as caught:
            await call
        results = caught.value.results
        assert list(results.uncertain) == [1, 2, 3, *range(5, 50)]
        assert list(results.remaining) == [50, 51, 0, 4]
        assert results.remaining[51] == ["user.get", {"ID": "$result[50][0][ID]"}]
        assert results.remaining[0] == ["user.current", {}]
        again = client.call_batch(results.remaining)
        assert page.sent[1].params[1].params == {"ID": "$result[0][0][ID]"}
        again.cancel()

    run(main())


def test_no_command_at_all(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        nothing: dict[str, list[object]] = {}
        call = client.call_batch(nothing, on_result=print)
        assert await call == {}
        assert not call.cancel()
        assert await client.call_batch([]) == []
        assert page.sent == []

    run(main())


def test_other_errors_have_no_results() -> None:
    results = BX24Error().results
    assert (len(results), len(results.uncertain), len(results.remaining)) == (0, 0, 0)
    assert repr(BatchResults({"a": Result("a.b")}, {"secret": ["b.c"]})) == (
        "<BatchResults: 1 answered, 1 uncertain, 0 remaining>"
    )
