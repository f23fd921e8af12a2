"""`on_write`: calls that write wait for a function of the application, which may refuse them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bx24py import BX24, AccessError, BX24Error, CallInfo, CallTimeoutError, InitTimeoutError, Write, WriteRefusedError
from bx24py.rest import call as retries
from bx24py.rest.read_only import reads

from .conftest import FakeBridge, run


async def turns() -> None:
    """Let everything happen that does not wait for anything."""
    for _ in range(10):
        await asyncio.sleep(0)


def methods(page: FakeBridge) -> list[str]:
    return [sent.method for sent in page.sent]


class Gate:
    """A coroutine function for `on_write` that the test answers."""

    def __init__(self) -> None:
        self.asked: list[Write] = []
        self.waits: list[asyncio.Future[object]] = []

    async def __call__(self, write: Write) -> object:
        self.asked.append(write)
        self.waits.append(asyncio.get_running_loop().create_future())
        return await self.waits[-1]


@pytest.mark.parametrize("answer", [None, True])
@pytest.mark.parametrize("waits", [False, True])
def test_a_write_that_may_pass(client: BX24, page: FakeBridge, answer: object, waits: bool) -> None:
    asked: list[Write] = []

    async def slow(write: Write) -> object:
        await asyncio.sleep(0)
        return fast(write)

    def fast(write: Write) -> object:
        assert page.sent == []
        asked.append(write)
        return answer

    async def main() -> None:
        client.on_write(slow if waits else fast)
        call = client.call_method("crm.deal.update", {"id": 5, "fields": {"TITLE": "A", "OPENED": True}})
        assert page.sent == []
        await turns()
        page.sent[0].respond(True)
        assert (await call).data is True

    run(main())
    command = ("crm.deal.update", {"id": 5, "fields": {"TITLE": "A", "OPENED": 1}})
    assert [(write.commands, write.writes) for write in asked] == [((command,), (command,))]
    assert not asked[0].v3
    assert repr(asked[0]) == "<Write: crm.deal.update>"


def test_calls_that_read_are_not_held(client: BX24, page: FakeBridge) -> None:
    gate = Gate()

    async def main() -> None:
        client.on_write(gate)
        write = client.call_method("crm.deal.add")
        await turns()
        others: list[asyncio.Future[Any]] = [
            client.call_method("user.get"),
            client.call_batch([["user.get"], ["crm.deal.list"]]),
        ]
        assert methods(page) == ["user.get", "batch"]
        everything: list[asyncio.Future[Any]] = [write, *others]
        for one in everything:
            one.cancel()

    run(main())
    assert len(gate.asked) == 1


def test_without_a_function_nothing_waits(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        client.on_write(lambda _write: False)()
        tasks = asyncio.all_tasks()
        call = client.call_method("crm.deal.add")
        assert methods(page) == ["crm.deal.add"]
        assert asyncio.all_tasks() == tasks
        page.sent[0].respond(1)
        await call

    run(main())


def refuse(error: BaseException) -> Callable[[Write], object]:
    def function(_write: Write) -> object:
        raise error

    return function


async def refuse_later(_write: Write) -> object:
    await asyncio.sleep(0)
    raise WriteRefusedError("Not on a Friday.")


async def cancelled(_write: Write) -> object:
    future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    future.cancel()
    return await future


REFUSED = "crm.deal.add: a function given to on_write refused it, so nothing was sent"
FAILED = "crm.deal.add: a function given to on_write failed, so nothing was sent"
NOT_ALLOWED = "The change was not allowed. Nothing was changed."


@pytest.mark.parametrize(
    ("function", "text", "reason", "said", "cause"),
    [
        (lambda _write: False, f"{REFUSED}.", "", NOT_ALLOWED, WriteRefusedError),
        (refuse(WriteRefusedError()), f"{REFUSED}.", "", NOT_ALLOWED, WriteRefusedError),
        (refuse(WriteRefusedError("No.")), f"{REFUSED}: No.", "No.", "No.", WriteRefusedError),
        (refuse_later, f"{REFUSED}: Not on a Friday.", "Not on a Friday.", "Not on a Friday.", WriteRefusedError),
        (refuse(KeyError("x")), f"{FAILED}: KeyError: 'x'", "", NOT_ALLOWED, KeyError),
        (cancelled, f"{FAILED}: CancelledError", "", NOT_ALLOWED, asyncio.CancelledError),
        (
            lambda _write: 0,
            f'{FAILED}: TypeError: it must return True, False, None or "skip", not int',
            "",
            NOT_ALLOWED,
            TypeError,
        ),
    ],
)
def test_a_write_that_is_refused(
    client: BX24, page: FakeBridge, function: Any, text: str, reason: str, said: str, cause: type[BaseException]
) -> None:
    seen: list[CallInfo] = []

    async def main() -> None:
        client.on_call(seen.append)
        client.on_write(function)
        with pytest.raises(WriteRefusedError) as caught:
            await client.call_method("crm.deal.add")
        error = caught.value
        assert (str(error), error.reason, error.user_message) == (text, reason, said)
        assert type(error.__cause__) is cause
        assert not error.maybe_executed
        assert [(info.tries, info.error) for info in seen] == [(0, error)]

    run(main())
    assert page.sent == []


def test_several_functions_are_asked_in_order_until_one_refuses(client: BX24, page: FakeBridge) -> None:
    asked: list[int] = []
    answers: dict[int, object] = {1: True, 2: False, 3: True}

    def one(number: int) -> Callable[[Write], object]:
        def function(_write: Write) -> object:
            asked.append(number)
            return answers[number]

        return function

    async def main() -> None:
        stops = [client.on_write(one(number)) for number in (1, 2, 3)]
        with pytest.raises(WriteRefusedError):
            await client.call_method("crm.deal.add")
        stops[1]()
        stops[1]()
        call = client.call_method("crm.deal.add")
        await turns()
        page.sent[0].respond(1)
        await call

    run(main())
    assert asked == [1, 2, 1, 3]


def test_a_function_given_twice_is_ended_once(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        def no(_write: Write) -> bool:
            return False

        stops = [client.on_write(no), client.on_write(no)]
        stops[0]()
        stops[0]()
        with pytest.raises(WriteRefusedError):
            await client.call_method("crm.deal.add")
        assert page.sent == []

    run(main())


def test_what_the_function_does_with_its_argument_changes_nothing(client: BX24, page: FakeBridge) -> None:
    given = {"fields": {"TITLE": "A", "PHONE": [{"VALUE": "1"}]}}

    def change(write: Write) -> None:
        params: Any = write.commands[0][1]
        assert params == {"fields": {"TITLE": "A", "PHONE": [{"VALUE": "1"}]}}
        params["fields"]["TITLE"] = "B"
        params["fields"]["PHONE"][0]["VALUE"] = "2"
        params["id"] = 7

    async def main() -> None:
        client.on_write(change)
        client.on_write(change)
        call = client.call_method("crm.lead.add", given)
        await turns()
        page.sent[0].respond(1)
        await call

    run(main())
    assert page.sent[0].params == given == {"fields": {"TITLE": "A", "PHONE": [{"VALUE": "1"}]}}


def test_a_batch_is_asked_about_once_with_all_of_its_commands(client: BX24, page: FakeBridge) -> None:
    asked: list[Write] = []
    calls = {f"n{n}": ["crm.deal.get" if n < 60 else "crm.deal.update", {"id": n}] for n in range(120)}

    async def main() -> None:
        client.on_write(asked.append)
        run_of_all = client.call_batch(calls)
        await turns()
        for part in range(3):
            assert len(page.sent) == part + 1  # the first has only commands that read, and was held too
            page.sent[part].respond_batch({command.key: 1 for command in page.sent[part].params})
            await turns()
        assert len(await run_of_all) == 120

    run(main())
    assert len(asked) == 1
    assert [params["id"] for _, params in asked[0].commands] == list(range(120))
    assert {method for method, _ in asked[0].writes} == {"crm.deal.update"}
    assert len(asked[0].writes) == 60
    assert repr(asked[0]) == "<Write: crm.deal.get, crm.deal.get, crm.deal.get, …>"


def test_a_refused_batch_remains_as_a_whole(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        client.on_write(lambda _write: False)
        with pytest.raises(WriteRefusedError, match=r"^batch of 70 \(crm.deal.update, …\): ") as caught:
            await client.call_batch([["crm.deal.update", {"id": n}] for n in range(70)])
        results = caught.value.results
        assert (len(results), len(results.uncertain), list(results.remaining)) == (0, 0, list(range(70)))
        batch = client.batch()
        deal = batch.call("crm.deal.add")
        with pytest.raises(WriteRefusedError):
            await batch.run()
        with pytest.raises(WriteRefusedError):
            _ = deal.result

    run(main())
    assert page.sent == []


def test_it_is_not_asked_again_for_retries(client: BX24, page: FakeBridge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_DELAY", 0.001)
    asked: list[Write] = []

    async def main() -> None:
        client.on_write(asked.append)
        call = client.call_method("crm.deal.add", retry=True)
        await turns()
        page.sent[0].respond(status=500, error="INTERNAL_SERVER_ERROR")
        while len(page.sent) < 2:
            await asyncio.sleep(0.001)
        page.sent[1].respond(1)
        await call

    run(main())
    assert len(asked) == 1


def test_writes_are_asked_about_one_at_a_time_and_sent_in_order(client: BX24, page: FakeBridge) -> None:
    gate = Gate()

    async def main() -> None:
        stop = client.on_write(gate)
        calls = [client.call_method("crm.deal.add", {"n": n}) for n in range(3)]
        await turns()
        assert len(gate.asked) == 1
        gate.waits[0].set_result(True)
        await turns()
        assert len(gate.asked) == 2
        assert len(page.sent) == 1
        stop()  # the third is not asked about any more, and still waits for its turn, as does the fourth
        calls.append(client.call_method("crm.deal.add", {"n": 3}))
        await turns()
        assert len(page.sent) == 1
        gate.waits[1].set_result(True)
        await turns()
        for sent in page.sent:
            sent.respond(1)
        await asyncio.gather(*calls)

    run(main())
    assert [sent.params["n"] for sent in page.sent] == [0, 1, 2, 3]
    assert len(gate.asked) == 2


@pytest.mark.parametrize("batch", [False, True])
def test_cancelling_a_held_call_sends_nothing_and_cancels_the_function(
    client: BX24, page: FakeBridge, batch: bool
) -> None:
    gate = Gate()

    async def main() -> None:
        client.on_write(gate)
        calls: list[asyncio.Future[Any]] = [
            client.call_batch([["crm.deal.add"]]) if batch else client.call_method("crm.deal.add") for _ in range(3)
        ]
        await turns()
        calls[1].cancel()  # has not been asked about
        calls[0].cancel()
        await turns()
        assert gate.waits[0].cancelled()
        assert len(gate.asked) == 2
        gate.waits[1].set_result(False)
        with pytest.raises(WriteRefusedError):
            await calls[2]
        assert calls[0].cancelled()
        assert calls[1].cancelled()

    run(main())
    assert page.sent == []


def test_a_function_that_ignores_being_cancelled_sends_nothing(client: BX24, page: FakeBridge) -> None:
    async def stubborn(_write: Write) -> bool:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            return True
        return False

    async def main() -> None:
        client.on_write(stubborn)
        call = client.call_method("crm.deal.add")
        await turns()
        call.cancel()
        await turns()
        assert page.sent == []

    run(main())


def test_the_wait_does_not_use_up_the_timeout(client: BX24, page: FakeBridge) -> None:
    async def slow(_write: Write) -> None:
        await asyncio.sleep(0.2)

    async def main() -> None:
        client.on_write(slow)
        call = client.call_method("crm.deal.add", timeout=0.1)
        await asyncio.sleep(0.25)
        page.sent[0].respond(1)
        assert (await call).data == 1
        with pytest.raises(CallTimeoutError):  # afterwards it is there as ever
            await client.call_method("crm.deal.add", timeout=0.1)

    run(main())


def test_a_call_queued_before_the_initialisation_keeps_its_timeout_too(page: FakeBridge) -> None:
    page.initialised = False
    gate = Gate()

    async def main() -> None:
        client = BX24()
        client.on_write(gate)
        call = client.call_method("crm.deal.add", timeout=0.1)
        assert page.on_ready
        page.on_ready()
        await asyncio.sleep(0.2)
        gate.waits[0].set_result(True)
        await turns()
        page.sent[0].respond(1)
        assert (await call).data == 1

    run(main())


def test_calls_made_by_the_function_itself(client: BX24, page: FakeBridge) -> None:
    asked: list[str] = []

    async def function(write: Write) -> None:
        [(method, _)] = write.commands
        asked.append(method)
        if method == "crm.deal.update":
            await client.call_method("crm.deal.get")
            await asyncio.create_task(client.call_method("log.add"))

    async def main() -> None:
        client.on_write(function)
        calls = [client.call_method("crm.deal.update"), client.call_method("crm.deal.add")]
        for n in range(4):
            await turns()
            page.sent[n].respond(1)
        await asyncio.gather(*calls)

    run(main())
    assert methods(page) == ["crm.deal.get", "log.add", "crm.deal.update", "crm.deal.add"]
    assert asked == ["crm.deal.update", "log.add", "crm.deal.add"]


def test_a_task_that_the_function_started_waits_for_its_turn_afterwards(client: BX24, page: FakeBridge) -> None:
    gate = Gate()
    tasks: list[asyncio.Task[None]] = []

    async def later() -> None:
        while not page.sent:
            await asyncio.sleep(0)
        await client.call_method("log.add")

    async def function(write: Write) -> object:
        if not tasks:
            tasks.append(asyncio.create_task(later()))
            return True
        return await gate(write)

    async def main() -> None:
        client.on_write(function)
        calls = [client.call_method("crm.deal.update"), client.call_method("crm.deal.add")]
        await turns()
        await turns()
        assert [write.commands[0][0] for write in gate.asked] == ["crm.deal.add"]
        everything: list[asyncio.Future[Any]] = [*calls, *tasks]
        for one in everything:
            one.cancel()
        await turns()

    run(main())


def test_before_the_initialisation_nobody_is_asked(page: FakeBridge) -> None:
    page.initialised = False
    asked: list[Write] = []

    async def main() -> None:
        client = BX24()
        client.on_write(asked.append)
        dropped = client.call_method("crm.deal.delete")
        calls = [client.call_method(method) for method in ("crm.deal.add", "user.get", "crm.deal.update")]
        await turns()
        dropped.cancel()
        assert asked == []
        assert page.on_ready
        page.on_ready()
        await turns()
        for sent in page.sent:
            sent.respond(1)
        await asyncio.gather(*calls)

    run(main())
    assert methods(page) == ["user.get", "crm.deal.add", "crm.deal.update"]
    assert [write.commands[0][0] for write in asked] == ["crm.deal.add", "crm.deal.update"]


def test_a_portal_that_does_not_answer_is_not_asked_about(page: FakeBridge) -> None:
    page.initialised = False

    async def main() -> None:
        client = BX24()
        client.on_write(refuse(AssertionError()))
        wait, call = client.init(timeout=0.05), client.call_method("crm.deal.add")
        with pytest.raises(InitTimeoutError):
            await call
        with pytest.raises(InitTimeoutError):
            await wait

    run(main())


@pytest.mark.parametrize("function", ["call_bind", "call_unbind"])
def test_bindings_are_asked_about_where_they_can_be_sent(client: BX24, page: FakeBridge, function: str) -> None:
    asked: list[Write] = []

    async def main() -> None:
        client.on_write(lambda write: asked.append(write) or False)  # type: ignore[func-returns-value]
        call = getattr(client, function)
        with pytest.raises(AccessError):
            await call("OnCrmDealAdd", "https://example.com/")
        assert asked == []
        page.values["isAdmin"] = True
        with pytest.raises(WriteRefusedError):
            await call("OnCrmDealAdd", "https://example.com/")

    run(main())
    method = function.replace("call_", "event.")
    assert [write.commands for write in asked] == [
        ((method, {"event": "OnCrmDealAdd", "handler": "https://example.com/"}),)
    ]
    assert page.sent == []


def test_arguments_are_checked_first(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        client.on_write(refuse(AssertionError()))
        with pytest.raises(TypeError, match="^params"):
            client.call_method("crm.deal.add", {"a": object()})

    run(main())
    for wrong in (None, "f", 5):
        with pytest.raises(TypeError, match="^function: must be a function, not "):
            client.on_write(wrong)  # type: ignore[arg-type]


def test_the_error_is_one_of_the_package() -> None:
    assert issubclass(WriteRefusedError, BX24Error)
    assert str(WriteRefusedError("No.")) == "No."


@pytest.mark.parametrize("method", ["disk.folder.getchildren", "task.items.getlist", "disk.file.getversions"])
def test_more_methods_that_read(method: str) -> None:
    assert reads(method)


@pytest.mark.parametrize("method", ["im.v2.event.get", "imbot.v2.event.get"])
def test_events_that_are_removed_when_they_are_read(method: str) -> None:
    assert not reads(method)
