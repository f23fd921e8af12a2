"""What the package hands out to be awaited, in the hands of asyncio."""

from __future__ import annotations

import asyncio
import gc
import logging
import warnings
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import pytest

from bx24py import BX24, BX24Error, Pending, RestError, Result
from bx24py.calls.pending import watch

from .conftest import FakeBridge, run


@pytest.fixture(autouse=True)
def silence(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing is left over of which Python or asyncio would complain."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
        gc.collect()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def call_batch(client: BX24) -> Any:
    return client.call_batch([["user.current"]])


def long_batch(client: BX24) -> Any:
    return client.call_batch([["user.current"]] * 60)


def batch_run(client: BX24) -> Any:
    batch = client.batch()
    batch.call("user.current")
    return batch.run()


def load_script(client: BX24) -> Any:
    return client.load_script("a.js")


AWAITABLES: list[Callable[[BX24], Any]] = [
    lambda client: client.call_method("user.current"),
    lambda client: client.call_method("user.get", {"start": 50}),
    call_batch,
    long_batch,
    batch_run,
    lambda client: client.init(),
    lambda client: client.refresh_auth(),
    lambda client: client.select_user(),
    lambda client: client.select_crm(),
    lambda client: client.set_title("x"),
    lambda client: client.open_path("/crm/"),
    lambda client: client.install_finish(),
    lambda client: client.ready(),
    load_script,
    lambda client: client.user_option.set("a", 1),
    lambda client: client.app_option.set("a", 1),
    lambda client: client.im.open_messenger(),
    lambda client: client.placement.get_interface(),
    lambda client: client.placement.call("reloadData"),
    lambda client: client.placement.bind_event("e", print),
    lambda client: client.call_batch([]),
    lambda client: Result("user.get").next_page(),
    lambda client: Result("user.get", error=BX24Error("no")).next_page(),
]


@pytest.mark.parametrize("make", AWAITABLES)
def test_asyncio_makes_a_task_of_each_of_them(client: BX24, page: FakeBridge, make: Callable[[BX24], Any]) -> None:
    async def main() -> None:
        pending = make(client)
        assert isinstance(pending, Pending)
        assert isinstance(pending, asyncio.Future)
        task = asyncio.create_task(pending, name="mine")
        assert task.get_name() == "mine"
        done = pending.done()  # as what needs no answer
        await asyncio.sleep(0)
        if not done:
            task.cancel()
        await asyncio.wait([task, pending])
        assert task.cancelled() == pending.cancelled() == (not done)
        assert task.cancelled() or task.exception() is pending.exception()
        for sent in page.sent:  # what several calls share goes on
            if not sent.forgotten and not sent.lasting:
                sent.reply({})

    run(main())


def test_the_loop_itself_makes_a_task_of_the_first_call(page: FakeBridge) -> None:
    async def main() -> None:
        client = BX24()
        task = asyncio.get_running_loop().create_task(client.call_method("user.current"))
        page.sent[0].respond(1)
        assert (await task).data == 1

    run(main())


def test_two_at_once_in_a_task_group(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            user = group.create_task(client.call_method("user.current"))
            both = group.create_task(client.call_batch({"a": ["user.get"]}))
            assert [sent.method for sent in page.sent] == ["user.current", "batch"]  # started when they were made
            await asyncio.sleep(0)
            page.sent[1].respond_batch({"a": [1]})
            page.sent[0].respond({"ID": "1"})
        assert user.result().data == {"ID": "1"}
        assert both.result()["a"].data == [1]

    run(main())


def test_a_failure_ends_the_group_and_the_other_request(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        async def both() -> None:
            async with asyncio.TaskGroup() as group:
                tasks.append(group.create_task(client.call_method("crm.deal.add")))
                tasks.append(group.create_task(client.call_method("crm.lead.add")))
                await asyncio.sleep(0)
                page.sent[0].respond(status=403, error="ACCESS_DENIED")

        tasks: list[asyncio.Task[Result]] = []
        with pytest.raises(ExceptionGroup) as caught:
            await both()
        first, second = tasks
        assert [type(error).__name__ for error in caught.value.exceptions] == ["AccessError"]
        assert isinstance(first.exception(), RestError)
        assert second.cancelled()
        assert page.sent[1].aborted

    run(main())


@pytest.mark.parametrize("steps", [0, 1])
def test_cancelling_the_task_gives_up_the_call_also_before_it_ran(client: BX24, page: FakeBridge, steps: int) -> None:
    async def main() -> None:
        call = client.call_method("crm.deal.add")
        task = asyncio.create_task(call)
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert call.cancelled()
        assert page.sent[0].aborted

    run(main())


def test_a_task_cancelled_after_its_call_has_failed_leaves_no_complaint(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        task = asyncio.create_task(client.call_method("crm.deal.add"))
        page.sent[0].respond(status=403, error="ACCESS_DENIED")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())


def test_a_closed_group_gives_up_the_call(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            pass
        call = client.call_method("user.current")
        with pytest.raises(RuntimeError):
            group.create_task(call)
        call.close()  # which Python 3.13 does
        assert call.cancelled()
        assert page.sent[0].aborted

    run(main())


def test_futures_they_stay(client: BX24, page: FakeBridge) -> None:
    """All that takes futures goes on to do so."""

    async def main() -> None:
        def calls(number: int) -> list[Pending[Result]]:
            page.sent.clear()
            return [client.call_method("user.current") for _ in range(number)]

        made = calls(2)
        done, waiting = await asyncio.wait(made, timeout=0.001)
        assert (done, waiting) == (set(), set(made))
        page.sent[1].respond(1)
        done, waiting = await asyncio.wait(made, return_when=asyncio.FIRST_COMPLETED)
        assert (done, waiting) == ({made[1]}, {made[0]})
        made[0].cancel()
        del done, waiting

        made = calls(2)
        asyncio.create_task(made[0]).cancel()  # this does not make a coroutine of it
        assert asyncio.ensure_future(made[1]) is made[1]
        page.sent[1].respond(2)
        (first,) = [await one for one in asyncio.as_completed([made[1]])]
        assert first.data == 2
        await asyncio.wait(made)

        made = calls(2)
        page.sent[0].respond(1)
        page.sent[1].respond(2)
        assert [result.data for result in await asyncio.gather(*made)] == [1, 2]

        (call,) = calls(1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(call, 0.001)
        assert page.sent[0].aborted

        (call,) = calls(1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await call
        assert page.sent[0].aborted

        (call,) = calls(1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(call), 0.001)
        page.sent[0].respond(3)
        assert (await call).data == 3

    run(main())


def test_all_other_tasks_stay_as_they_are(client: BX24, page: FakeBridge) -> None:
    value: ContextVar[int] = ContextVar("value", default=0)

    async def other() -> int:
        return value.get()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        client.call_method("user.current").cancel()
        client.call_method("user.current").cancel()
        task = asyncio.create_task(other(), name="other")
        assert (type(task), task.get_name(), await task) == (asyncio.Task, "other", 0)
        with pytest.raises(TypeError):
            await loop.create_task(loop.create_future())  # type: ignore[arg-type]
        made: list[Any] = []

        def factory(loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> Any:
            made.append(coro)
            return asyncio.Task(coro, loop=loop, **options)

        loop.set_task_factory(factory)
        assert await asyncio.create_task(other()) == 0
        call = asyncio.create_task(client.call_method("user.current"))
        page.sent[-1].respond(1)
        assert (await call).data == 1
        assert len(made) == 2

    run(main())


@pytest.mark.parametrize("name", ["data", "error", "total", "next", "more", "time", "status", "next_page", "method"])
def test_an_attribute_of_the_result_before_it_is_awaited(client: BX24, page: FakeBridge, name: str) -> None:
    async def main() -> None:
        call = client.call_method("user.current")
        with pytest.raises(AttributeError, match=rf"^{name}: .*[Aa]wait it first"):
            getattr(call, name)
        assert not hasattr(call, name)
        page.sent[0].respond(1)
        assert (await call).data == 1

    run(main())


@pytest.mark.parametrize("make", [call_batch, long_batch, batch_run, load_script])
def test_indexing_before_it_is_awaited(client: BX24, page: FakeBridge, make: Callable[[BX24], Any]) -> None:
    async def main() -> None:
        pending = make(client)
        with pytest.raises(TypeError, match=r"Await it first: \(await \.\.\.\)\['key'\]"):
            pending["key"]
        with pytest.raises(AttributeError, match="Await it first"):
            _ = pending.data
        await asyncio.sleep(0)
        pending.cancel()
        await asyncio.wait([pending])
        assert page.sent

    run(main())


def test_what_is_started_is_told_to_those_who_watch(page: FakeBridge, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    monkeypatch.setattr("bx24py.calls.pending._watchers", [])
    watch(seen.append)

    async def main() -> None:
        call = BX24().call_method("user.current")
        assert call in seen
        page.sent[0].respond(1)
        await call
        rows = BX24().call_list("user.get")
        assert rows in seen
        rows.cancel()
        await asyncio.wait([rows])

    run(main())
