"""Whole lists: what goes wrong on the way, limits, and lists that are left."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable
from typing import Any

import pytest

from bx24py import (
    BX24,
    AccessError,
    BX24Error,
    CallTimeoutError,
    Limits,
    NetworkError,
    OperationTimeLimitError,
    RestError,
    ServerError,
    bridge,
)
from bx24py.bridge import Answer
from bx24py.dev.portal.faults import RestFault
from bx24py.rest import call as retries
from tests.unit.conftest import run
from tests.unit.list_portal import ListPortal, Scripted, rows, script

METHOD = "crm.deal.list"
ORDERED = {"order": {"TITLE": "ASC"}}
LOST = Answer(0, None)
REFUSED = Answer(503, {"error": "QUERY_LIMIT_EXCEEDED"})
BROKEN = Answer(500, {"error": "INTERNAL_SERVER_ERROR"})
NEVER = "never"


@pytest.fixture
def portal(monkeypatch: pytest.MonkeyPatch) -> ListPortal:
    fake = ListPortal()
    monkeypatch.setattr(bridge, "connect", lambda _bx24=None: fake)
    monkeypatch.setattr(retries, "FIRST_DELAY", 0.001)
    return fake


@pytest.fixture
def client(portal: ListPortal) -> BX24:
    return BX24(limits=Limits(capacity=float("inf")))


def ids(found: Any) -> list[int]:
    return [int(row["ID"]) for row in found]


def fail_at(portal: ListPortal, scripted: Scripted, when: Callable[[int], bool], fault: RestFault) -> list[int]:
    """Have the method fail at some of its calls, by their number from 1."""
    calls: list[int] = []

    def answer(params: dict[str, Any], call: Any) -> Any:
        calls.append(len(calls) + 1)
        if when(calls[-1]):
            raise fault
        return scripted(params, call)

    portal.caller.rest.method(METHOD)(answer)
    return calls


@pytest.mark.parametrize("params", [None, ORDERED])
@pytest.mark.parametrize("at", [2, 3, 51, 52])
@pytest.mark.parametrize("code", ["INTERNAL_SERVER_ERROR", "ERROR_CORE"])
def test_a_command_that_fails_once_is_repeated(
    portal: ListPortal, client: BX24, params: Any, at: int, code: str
) -> None:
    fail_at(portal, Scripted(rows(5000)), lambda call: call == at, RestFault(code))

    async def main() -> None:
        assert sorted(ids(await client.call_list(METHOD, params))) == list(range(1, 5001))
        assert len(portal.requests) <= 6

    run(main())


@pytest.mark.parametrize("params", [None, ORDERED])
def test_several_commands_that_fail(portal: ListPortal, client: BX24, params: Any) -> None:
    scripted, failed = Scripted(rows(3000)), set()

    def answer(given: dict[str, Any], call: Any) -> Any:
        place = int(given.get("start") or 0) if params else int(given.get("filter", {}).get(">ID", 0))
        if place % 450 == 0 and place not in failed:
            failed.add(place)
            raise RestFault("ERROR_CORE")
        return scripted(given, call)

    async def main() -> None:
        portal.caller.rest.method(METHOD)(answer)
        failed.add(0)
        assert sorted(ids(await client.call_list(METHOD, params))) == list(range(1, 3001))
        assert len(failed) == 7

    run(main())


@pytest.mark.parametrize("params", [{"filter": {"!TITLE": "x"}}, {**ORDERED, "filter": {"!TITLE": "x"}}])
@pytest.mark.parametrize("at", [1, 2, 10, 60])
def test_what_cannot_be_read_says_where_to_go_on(portal: ListPortal, client: BX24, params: Any, at: int) -> None:
    table = rows(4000)
    table.sort(key=lambda row: str(row["TITLE"]))
    scripted = Scripted(table)
    fail_at(portal, scripted, lambda call: call >= at, RestFault("ACCESS_DENIED"))

    async def main() -> None:
        with pytest.raises(AccessError) as caught:
            await client.call_list(METHOD, params)
        assert len(caught.value.rows) == 50 * (at - 1)
        streamed = []
        fail_at(portal, scripted, lambda call: call >= at, RestFault("ACCESS_DENIED"))

        async def stream() -> None:
            async for row in client.fetch_list(METHOD, params):
                streamed.append(row)  # noqa: PERF401  up to the error

        with pytest.raises(AccessError) as again:
            await stream()
        assert streamed == caught.value.rows
        assert again.value.resume == caught.value.resume
        assert not again.value.rows
        fail_at(portal, scripted, lambda _: False, RestFault(""))
        rest = await client.call_list(METHOD, caught.value.resume)
        assert sorted(ids([*caught.value.rows, *rest])) == list(range(1, 4001))
        assert portal.requests[-1][0]["filter"]["!TITLE"] == "x"

    run(main())


def test_a_filter_by_id_that_is_refused(portal: ListPortal, client: BX24) -> None:
    scripted = Scripted(rows(170))

    def answer(params: dict[str, Any], call: Any) -> Any:
        if ">ID" in (params.get("filter") or {}):
            raise RestFault("ERROR_CORE", "Unknown field definition `ID`")
        return scripted(params, call)

    portal.caller.rest.method(METHOD)(answer)

    async def main() -> None:
        assert ids(await client.call_list(METHOD)) == list(range(1, 171))

    run(main())


@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize("reply", [LOST, REFUSED, BROKEN, Answer(502, bridge.NOT_JSON, "<html>")])
@pytest.mark.parametrize("params", [None, ORDERED])
def test_a_request_that_fails_twice(portal: ListPortal, client: BX24, at: int, reply: Answer, params: Any) -> None:
    script(portal, METHOD, table=rows(5000))
    portal.replies = [*[None] * at, reply, reply]

    async def main() -> None:
        assert sorted(ids(await client.call_list(METHOD, params))) == list(range(1, 5001))
        assert len(portal.requests) == 3

    run(main())


def test_many_refusals_do_not_fail_it(portal: ListPortal, client: BX24) -> None:
    script(portal, METHOD, table=rows(5000))
    portal.replies = [*[REFUSED] * 30, None, *[REFUSED] * 30]

    async def main() -> None:
        assert len(await client.call_list(METHOD, timeout=0.02)) == 5000
        portal.replies = [REFUSED]
        with pytest.raises(BX24Error):
            await client.call_list(METHOD, retry=False)

    run(main())


def test_a_connection_that_stays_lost(portal: ListPortal, client: BX24) -> None:
    script(portal, METHOD, table=rows(5000))
    portal.replies = [None, *[LOST] * 50]

    async def main() -> None:
        with pytest.raises(NetworkError) as caught:
            await client.call_list(METHOD)
        assert ids(caught.value.rows) == list(range(1, 51))
        assert caught.value.resume == {"filter": {">ID": 50}}

    run(main())


@pytest.mark.parametrize("params", [None, ORDERED])
def test_a_batch_that_is_too_much_gets_smaller_and_grows_again(portal: ListPortal, client: BX24, params: Any) -> None:
    scripted = Scripted(rows(5000))
    slow = [True]

    async def answer(given: dict[str, Any], call: Any) -> Any:
        if slow[0] and len(portal.sent[-1].params) > 12 and portal.sent[-1].method == "batch":
            await asyncio.sleep(60)
        return scripted(given, call)

    portal.caller.rest.method(METHOD)(answer)

    def ease(number: int) -> None:
        slow[0] = number < 4

    portal.before = ease

    async def main() -> None:
        found = await client.call_list(METHOD, params, timeout=0.3)
        assert sorted(ids(found)) == list(range(1, 5001))
        sizes = [len(sent.params) for sent in portal.sent if sent.method == "batch"]
        assert sizes[:3] == [50, 25, 12]
        assert max(sizes[4:]) > 12

    run(main())


def test_a_portal_that_stays_silent(portal: ListPortal, client: BX24) -> None:
    scripted = Scripted(rows(5000))

    async def answer(given: dict[str, Any], call: Any) -> Any:
        if portal.requests:
            await asyncio.sleep(60)
        return scripted(given, call)

    portal.caller.rest.method(METHOD)(answer)

    async def main() -> None:
        with pytest.raises(CallTimeoutError) as caught:
            await client.call_list(METHOD, timeout=0.1)
        assert len(caught.value.rows) == 50
        sizes = [len(sent.params) for sent in portal.sent if sent.method == "batch"]
        assert sizes == [50, 25, 12, 6, 3]

    run(main())


def test_a_count_that_takes_too_long(portal: ListPortal, client: BX24) -> None:
    scripted = Scripted(rows(170))

    async def answer(given: dict[str, Any], call: Any) -> Any:
        if "start" not in given:
            await asyncio.sleep(60)
        return scripted(given, call)

    portal.caller.rest.method(METHOD)(answer)

    async def main() -> None:
        assert ids(await client.call_list(METHOD, timeout=0.2)) == list(range(1, 171))
        with pytest.raises(CallTimeoutError):
            await client.call_list(METHOD, ORDERED, timeout=0.2)

    run(main())


@pytest.mark.parametrize(("seconds", "pages"), [(0.1, 50), (1.0, 15), (5.0, 3), (60.0, 1)])
def test_as_many_pages_as_fit_into_15_seconds(
    portal: ListPortal, client: BX24, monkeypatch: pytest.MonkeyPatch, seconds: float, pages: int
) -> None:
    script(portal, METHOD, table=rows(5000))
    monkeypatch.setattr("bx24py.dev.portal.rest.times", lambda *_: {"duration": seconds})

    async def main() -> None:
        assert len(await client.call_list(METHOD, limit=3000)) == 3000
        assert len(portal.requests[1]) == pages

    run(main())


def operating(portal: ListPortal, monkeypatch: pytest.MonkeyPatch, used: Callable[[], float], reset: float) -> None:
    def told(*_: Any) -> dict[str, float]:
        return {"duration": 1.0, "operating": used(), "operating_reset_at": reset}

    monkeypatch.setattr("bx24py.dev.portal.rest.times", told)


def test_it_waits_where_the_working_time_is_nearly_used_up(
    portal: ListPortal, client: BX24, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(portal, METHOD, table=rows(1000))
    reset = time.time() + 1.5
    operating(portal, monkeypatch, lambda: 395.0 if time.time() < reset else 1.0, reset)
    waited: list[float] = []
    sleep = asyncio.sleep

    async def watch(seconds: float) -> None:
        if seconds > 0.5:
            waited.append(seconds)
        await sleep(seconds)

    async def main() -> None:
        assert len(await client.call_list(METHOD)) == 1000
        assert [len(calls) for calls in portal.requests][1] == 5
        assert max(map(len, portal.requests)) <= 15

    run(main())
    portal.requests.clear()
    reset = time.time() + 1.0
    operating(portal, monkeypatch, lambda: 450.0 if time.time() < reset else 1.0, reset)
    monkeypatch.setattr("bx24py.rest.list_requests.asyncio.sleep", watch)

    async def again() -> None:
        assert len(await client.call_list(METHOD)) == 1000
        assert len(waited) == 1
        waited.clear()
        portal.requests.clear()
        assert len(await client.call_list(METHOD, wait_for_operating=False)) == 1000
        assert not waited

    run(again())


@pytest.mark.parametrize("params", [None, ORDERED])
def test_a_method_whose_working_time_is_used_up(
    portal: ListPortal, client: BX24, monkeypatch: pytest.MonkeyPatch, params: Any
) -> None:
    reset = [time.time() + 0.5]
    operating(portal, monkeypatch, lambda: 1.0, 0.0)
    monkeypatch.setattr(
        "bx24py.dev.portal.rest.times", lambda *_: {"duration": 0.1, "operating": 1, "operating_reset_at": reset[0]}
    )
    calls = fail_at(
        portal,
        Scripted(rows(1000)),
        lambda call: call > 5 and time.time() < reset[0],
        RestFault("OPERATION_TIME_LIMIT"),
    )

    async def main() -> None:
        found = await client.call_list(METHOD, params)
        assert sorted(ids(found)) == list(range(1, 1001))
        reset[0] = time.time() + 60
        calls.clear()
        with pytest.raises(OperationTimeLimitError) as caught:
            await client.call_list(METHOD, params, wait_for_operating=False)
        assert len(caught.value.rows) == 250
        assert caught.value.resume is not None

    run(main())


def test_pages_that_never_come_to_an_end(portal: ListPortal, client: BX24) -> None:
    """A cycle of pages, and an offset that is cut to the largest one that is taken."""
    table = rows(400)

    def circle(params: dict[str, Any], _call: Any) -> Any:
        bound = int((params.get("filter") or {}).get(">ID", 0) or 0)
        return table[bound % 200 : bound % 200 + 50]

    portal.caller.rest.method(METHOD)(circle)

    async def main() -> None:
        with pytest.raises(BX24Error, match="no end") as caught:
            await client.call_list(METHOD)
        assert ids(caught.value.rows) == list(range(1, 201))
        scripted = Scripted(rows(3000), total=lambda _: None, next=False)
        portal.caller.rest.method("disk.file.search")(
            lambda params, call: scripted({"start": min(1000, int(params.get("start") or 0))}, call)
        )
        with pytest.raises(BX24Error, match="the same rows come again") as caught:
            await client.call_list("disk.file.search")
        assert ids(caught.value.rows) == list(range(1, 1051))
        scripted = Scripted(rows(1020), total=lambda _: None)
        portal.caller.rest.method("disk.file.search")(
            lambda params, call: scripted({"start": min(1000, int(params.get("start") or 0))}, call)
        )
        assert len(await client.call_list("disk.file.search")) == 1020

    run(main())


# Lists that are left


def silent_after(portal: ListPortal, requests: int) -> None:
    scripted = Scripted(rows(20_000))

    async def answer(params: dict[str, Any], call: Any) -> Any:
        if len(portal.requests) >= requests:
            await asyncio.sleep(60)
        return scripted(params, call)

    portal.caller.rest.method(METHOD)(answer)


@pytest.mark.parametrize("after", [0, 1, 2])
def test_cancelling_stops_it_at_once(portal: ListPortal, client: BX24, after: int) -> None:
    silent_after(portal, after)

    async def main() -> None:
        call = client.call_list(METHOD)
        while len(portal.sent) <= after:
            await asyncio.sleep(0.001)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.sleep(0.02)
        assert portal.sent[-1].aborted
        assert len(portal.sent) == after + 1
        assert not portal.timers

    run(main())


def test_a_call_starts_when_it_is_made_and_can_be_cancelled_before_anything_runs(
    portal: ListPortal, client: BX24
) -> None:
    silent_after(portal, 0)

    async def main() -> None:
        call = client.call_list(METHOD)
        assert len(portal.sent) == 1
        call.cancel()
        await asyncio.sleep(0.01)
        assert portal.sent[0].aborted
        stream = client.fetch_list(METHOD)
        await asyncio.sleep(0.01)
        assert len(portal.sent) == 1
        await stream.aclose()
        assert [row async for row in stream] == []
        assert len(portal.sent) == 1

    run(main())


@pytest.mark.parametrize("way", ["break", "aclose", "cancel", "error", "drop"])
def test_a_stream_that_is_left_asks_for_nothing_more(portal: ListPortal, client: BX24, way: str) -> None:
    silent_after(portal, 2)

    async def read(stream: Any) -> None:
        async for row in stream:
            await asyncio.sleep(0)
            if row["ID"] == "100" and way == "error":
                raise KeyError
            if row["ID"] == "100":
                break
        if way == "aclose":
            await stream.aclose()

    async def main() -> None:
        if way == "cancel":
            task = asyncio.ensure_future(_all(client.fetch_list(METHOD)))
            while len(portal.sent) < 3:
                await asyncio.sleep(0.001)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        elif way == "error":
            with pytest.raises(KeyError):
                await read(client.fetch_list(METHOD))
        elif way == "aclose":
            await read(client.fetch_list(METHOD))
        else:
            await read(client.fetch_list(METHOD))
            gc.collect()
        await asyncio.sleep(0.02)
        assert len(portal.sent) == 3
        assert portal.sent[-1].aborted
        assert not portal.timers

    run(main())


async def _all(stream: Any) -> list[Any]:
    return [row async for row in stream]


def test_a_stream_asks_for_the_next_rows_while_the_last_are_worked_on(portal: ListPortal, client: BX24) -> None:
    script(portal, METHOD, table=rows(20_000))

    async def main() -> None:
        sent: dict[int, int] = {}
        async for row in client.fetch_list(METHOD):
            if int(row["ID"]) in (1, 25, 51, 2551):
                await asyncio.sleep(0.3)  # the work
                sent[int(row["ID"])] = len(portal.sent)
        # While the first page is worked on the second request comes, and not the third.
        assert sent == {1: 2, 25: 2, 51: 3, 2551: 4}
        assert len(portal.sent) == 9

    run(main())


def test_a_function_for_progress_that_fails_is_logged(
    portal: ListPortal, client: BX24, caplog: pytest.LogCaptureFixture
) -> None:
    script(portal, METHOD, table=rows(120))

    def tell(done: int, total: int | None) -> None:
        raise ZeroDivisionError(f"{done} {total}")

    async def main() -> None:
        assert len(await client.call_list(METHOD, on_progress=tell)) == 120
        assert "50 120" in caplog.text

    run(main())


@pytest.mark.parametrize("error", [ServerError, RestError])
def test_other_errors_of_the_first_page(portal: ListPortal, client: BX24, error: type[BX24Error]) -> None:
    code = "INTERNAL_SERVER_ERROR" if error is ServerError else "ERROR_CORE"
    fail_at(portal, Scripted([]), lambda _: True, RestFault(code))

    async def main() -> None:
        with pytest.raises(error) as caught:
            await client.call_list(METHOD, {"filter": {"ID": 1}})
        assert caught.value.rows == []
        assert caught.value.resume == {"filter": {"ID": 1}}
        assert await client.call_method("user.current")

    run(main())
