"""`on_write`: skipping a call, and what `Write.on_end` tells of each command."""

from __future__ import annotations

import asyncio
import io
from contextvars import ContextVar
from typing import Any

import pytest

from bx24py import BX24, AccessError, BX24Error, File, Result, Write, WriteRefusedError

from .conftest import FakeBridge, run
from .test_on_write import turns

UPDATES = [["crm.deal.update", {"id": n}] for n in range(120)]


class Ends:
    """A function for `on_write` that lets all pass and keeps how they end."""

    def __init__(self) -> None:
        self.told: list[list[Result]] = []

    def __call__(self, write: Write) -> None:
        write.on_end(self.told.append)

    def states(self) -> list[tuple[str, ...]]:
        return [tuple(state(result) for result in results) for results in self.told]


def state(result: Result) -> str:
    if result.error is None:
        return "ok"
    return "unknown" if result.error.maybe_executed else type(result.error).__name__


def test_a_skipped_call_goes_on_without_data(client: BX24, page: FakeBridge) -> None:
    page.values["isAdmin"] = True
    ends = Ends()
    seen: list[Any] = []

    def skip(_write: Write) -> str:
        return "skip"

    async def main() -> None:
        client.on_write(ends)
        client.on_write(skip)
        client.on_write(seen.append)
        result = await client.call_method("crm.deal.add")
        assert (result.method, result.data, result.more, result.total) == ("crm.deal.add", None, False, None)
        assert (await client.call_bind("OnCrmDealAdd", "https://example.com/")).data is None
        listed = await client.call_batch(UPDATES, on_result=lambda key, _result: seen.append(key))
        assert [result.data for result in listed] == [None] * 120
        named = await client.call_batch({"a": ["user.current"], "b": ["crm.deal.delete", {"id": "$result[a][ID]"}]})
        assert {key: result.method for key, result in named.items()} == {"a": "user.current", "b": "crm.deal.delete"}
        batch = client.batch()
        deal = batch.call("crm.deal.add")
        await batch.run()
        assert deal.result.data is None

    run(main())
    assert page.sent == []
    assert seen == list(range(120))
    assert {one for states in ends.states() for one in states} == {"WriteRefusedError"}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"result": True}, "ok"),
        ({"error": "ACCESS_DENIED", "status": 403}, "AccessError"),
        ({"error": "NOT_FOUND", "status": 400}, "RestError"),
        (None, "unknown"),
    ],
)
def test_how_one_call_ends(client: BX24, page: FakeBridge, answer: Any, told: str) -> None:
    ends = Ends()

    async def main() -> None:
        client.on_write(ends)
        call = client.call_method("crm.deal.update", {"id": 5})
        await turns()
        if answer is None:
            page.sent[0].reply(None)
        else:
            page.sent[0].respond(**answer)
        await asyncio.wait([call])
        await turns()
        assert ends.states() == [(told,)]
        if told == "ok":
            assert ends.told[0][0] is call.result()
        else:
            assert ends.told[0][0].error is call.exception()

    run(main())


@pytest.mark.parametrize("sent", [False, True])
@pytest.mark.parametrize("batch", [False, True])
def test_how_a_cancelled_call_ends(client: BX24, page: FakeBridge, sent: bool, batch: bool) -> None:
    ends = Ends()

    async def main() -> None:
        client.on_write(ends)
        method, params = "crm.deal.update", {"id": 5}
        one, many = client.call_method, client.call_batch
        call: asyncio.Future[Any] = many([[method, params]]) if batch else one(method, params)
        await turns()
        page.sent[0].age = 1.0 if sent else None
        call.cancel()
        await turns()
        assert page.sent[0].aborted
        [[result]] = ends.told
        assert result.error is not None
        assert result.error.maybe_executed is sent
        assert "it was cancelled. It was " in str(result.error)

    run(main())


def test_how_a_long_batch_ends(client: BX24, page: FakeBridge) -> None:
    ends = Ends()

    async def answer(number: int, *, failing: bool) -> None:
        keys = [str(place) for place in range(len(page.sent[number].params))]
        error = {"error": "ERROR_CORE", "error_description": "No."}
        page.sent[number].respond_batch(dict.fromkeys(keys[failing:], 1), {"0": error} if failing else ())
        await turns()

    async def main() -> None:
        client.on_write(ends)
        done = client.call_batch(UPDATES)
        await turns()
        for number in range(3):
            await answer(number, failing=number == 1)
        await done
        await turns()
        assert ends.states().pop() == ("ok",) * 50 + ("RestError",) + ("ok",) * 69

        page.sent.clear()
        halted = client.call_batch(UPDATES, halt_on_error=True)
        await turns()
        await answer(0, failing=True)
        await halted
        await turns()
        states = ends.states().pop()
        assert states[0] == "RestError"
        assert states[50:] == ("NotExecutedError",) * 70

        page.sent.clear()
        lost = client.call_batch([*UPDATES[:60], *([["crm.deal.get"]] * 60)])
        await turns()
        await answer(0, failing=False)
        page.sent[1].reply(None)
        with pytest.raises(BX24Error):
            await lost
        await turns()
        states = ends.states().pop()
        assert (states[:50], states[50:60]) == (("ok",) * 50, ("unknown",) * 10)
        assert "ok" not in states[60:]

        page.sent.clear()
        refused = client.call_batch(UPDATES)
        await turns()
        page.sent[0].respond(error="ACCESS_DENIED", status=403)
        with pytest.raises(AccessError):
            await refused
        await turns()
        assert set(ends.states().pop()) == {"AccessError"}

        page.sent.clear()
        cut = client.call_batch(UPDATES)
        await turns()
        await answer(0, failing=False)
        cut.cancel()
        await turns()
        assert ends.states().pop() == ("ok",) * 50 + ("unknown",) * 50 + ("NotExecutedError",) * 20

    run(main())


def test_how_a_refused_call_ends(client: BX24, page: FakeBridge, caplog: pytest.LogCaptureFixture) -> None:
    ends = Ends()

    def fail(_results: list[Result]) -> None:
        raise RuntimeError("in on_end")

    async def main() -> None:
        client.on_write(ends)
        client.on_write(lambda write: write.on_end(fail))
        client.on_write(lambda _write: False)
        with pytest.raises(WriteRefusedError):
            await client.call_method("crm.deal.add")
        await turns()
        with pytest.raises(TypeError, match=r"^function: must be a function, not int$"):
            Write([("crm.deal.add", {})]).on_end(5)  # type: ignore[arg-type]

    run(main())
    assert ends.states() == [("WriteRefusedError",)]
    assert "an on_end function failed" in caplog.text
    assert page.sent == []


def test_the_function_runs_in_the_context_of_the_call(page: FakeBridge) -> None:
    who: ContextVar[str] = ContextVar("who", default="nobody")
    asked: list[str] = []

    async def ask(_write: Write) -> None:
        await asyncio.sleep(0)
        asked.append(who.get())

    async def main() -> None:
        page.initialised = False
        client = BX24()
        client.on_write(ask)
        calls: list[asyncio.Future[Any]] = []
        for name in ("first", "second"):
            token = who.set(name)
            calls.append(client.call_method("crm.deal.add"))
            who.reset(token)
        assert page.on_ready
        page.on_ready()  # from a callback of the page
        await turns()
        for call in calls:
            call.cancel()

    run(main())
    assert asked == ["first", "second"]


def test_files_are_files(client: BX24, page: FakeBridge) -> None:
    asked: list[Write] = []
    big = b"x" * 100_000
    named = io.BytesIO(b"\x00small")
    named.name = "/tmp/plan.csv"
    given = {"id": 5, "fields": {"A": File("a.bin", big), "B": named, "C": b"\x01", "D": ["a.txt", "text"]}}

    async def main() -> None:
        client.on_write(lambda write: asked.append(write) or "skip")  # type: ignore[func-returns-value]
        await client.call_method("crm.deal.update", given)
        params: Any = asked[0].commands[0][1]
        files = {"A": File("a.bin", big), "B": File("plan.csv", b"\x00small"), "C": b"\x01", "D": ["a.txt", "text"]}
        assert params == {"id": 5, "fields": files}
        await client.call_method("crm.deal.update", params)  # what is asked about can be sent
        assert asked[1].commands == asked[0].commands

    run(main())
