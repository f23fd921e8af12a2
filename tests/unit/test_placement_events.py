"""Handlers of a placement's events, and of commands that answer many times."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from bx24py import (
    BX24,
    UnknownCommandError,
    UnknownEventError,
)

from .conftest import FakeBridge, Sent, run
from .placement import sent, tell_interface, turn


async def bind(client: BX24, page: FakeBridge, event: str, *handlers: Callable[[Any], object]) -> Sent:
    """Bind handlers and give the subscription."""
    for handler in handlers:
        bound = client.placement.bind_event(event, handler)
        await turn()
        tell_interface(page)
        await bound
    return next(one for one in sent(page, "placement.bindEvent") if one.params == [event])


def test_one_subscription_serves_all_handlers(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        first: list[Any] = []
        second: list[Any] = []
        add_first, add_second = first.append, second.append
        subscription = await bind(client, page, "Card::Changed", add_first, add_second, add_first)
        subscription.answer([1])  # type: ignore[arg-type]
        client.placement.unbind_event("Card::Changed", add_first)
        subscription.answer([2])  # type: ignore[arg-type]
        client.placement.unbind_event("Card::Changed", add_second)
        subscription.answer([3])  # type: ignore[arg-type]
        await bind(client, page, "Card::Changed", add_first)
        subscription.answer([4])  # type: ignore[arg-type]
        assert (first, second) == ([[1], [4]], [[1], [2]])
        assert len(sent(page, "placement.bindEvent")) == 1
        assert len(sent(page, "placement.getInterface")) == 1
        with pytest.raises(ValueError, match="not bound"):
            client.placement.unbind_event("Card::Changed", add_second)

    run(main())


def test_events_come_before_the_interface_is_known(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        events: list[Any] = []
        bound = client.placement.bind_event("Card::Changed", events.append)
        page.sent[0].answer("early")  # type: ignore[arg-type]
        assert events == ["early"]
        tell_interface(page)
        await bound

    run(main())


def test_an_unknown_event(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        first = client.placement.bind_event("Card::changed", print)
        second = client.placement.bind_event("Card::changed", repr)
        await turn()
        tell_interface(page)
        for bound in (first, second):
            with pytest.raises(UnknownEventError) as caught:
                await bound
        assert caught.value.events == ("Card::Changed", "Card::Closed")
        assert str(caught.value) == (
            "BX24.placement.bindEvent: 'Card::changed' is not an event of this placement. "
            "Its events: Card::Changed, Card::Closed."
        )
        assert page.sent[0].forgotten
        with pytest.raises(ValueError, match="not bound"):
            client.placement.unbind_event("Card::changed", print)

    run(main())


def test_a_binding_that_is_cancelled_is_none(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        bound = client.placement.bind_event("Card::Changed", print)
        await turn()
        bound.cancel()
        await turn()
        assert page.sent[0].forgotten
        tell_interface(page)
        with pytest.raises(ValueError, match="not bound"):
            client.placement.unbind_event("Card::Changed", print)

    run(main())


def test_a_decorated_handler(client: BX24, page: FakeBridge, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        seen: list[Any] = []

        @client.placement.bind_event("Card::Closed")
        def closed(data: Any) -> None:
            seen.append(data)

        @client.placement.bind_event("Card::Lost")
        def lost(data: Any) -> None: ...

        await turn()
        tell_interface(page)
        await turn()
        page.sent[0].answer([])  # type: ignore[arg-type]
        closed(5)  # it is still the function
        assert seen == [[], 5]
        client.placement.unbind_event("Card::Closed", closed)
        page.sent[0].answer([])  # type: ignore[arg-type]
        assert seen == [[], 5]
        assert [(record.levelno, record.name) for record in caplog.records] == [(logging.ERROR, "bx24py")]
        assert caplog.messages == ["Card::Lost could not be bound"]
        assert "UnknownEventError: BX24.placement.bindEvent: 'Card::Lost' is not an event" in caplog.text
        with pytest.raises(ValueError, match="not bound"):
            client.placement.unbind_event("Card::Lost", lost)

    run(main())


def test_errors_of_handlers_are_reported(client: BX24, page: FakeBridge, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        seen: list[Any] = []

        def bad(data: Any) -> None:
            raise KeyError("sync")

        async def bad_later(data: Any) -> None:
            await asyncio.sleep(0)
            raise KeyError("async")

        async def cancelled(data: Any) -> None:
            raise asyncio.CancelledError

        async def good(data: Any) -> None:
            await asyncio.sleep(0)
            seen.append(data)

        subscription = await bind(client, page, "Card::Changed", bad, bad_later, cancelled, good)
        subscription.answer(1)  # type: ignore[arg-type]
        subscription.answer(2)  # type: ignore[arg-type]
        await turn()
        assert seen == [1, 2]  # those behind one that fails, and later events, are not lost
        failed = [record for record in caplog.records if record.name == "bx24py"]
        assert [record.getMessage() for record in failed] == ["a handler of Card::Changed failed"] * 4
        texts = [str(record.exc_info[1]) for record in failed if record.exc_info]
        assert texts == ["'sync'", "'sync'", "'async'", "'async'"]
        assert "Traceback" in caplog.text
        assert not [record for record in caplog.records if record.name == "asyncio"]

    run(main())


def test_a_handler_that_unbinds_itself(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        seen: list[str] = []

        def once(data: Any) -> None:
            seen.append("once")
            client.placement.unbind_event("Card::Changed", once)

        subscription = await bind(client, page, "Card::Changed", once, lambda data: seen.append("always"))
        subscription.answer(1)  # type: ignore[arg-type]
        subscription.answer(2)  # type: ignore[arg-type]
        assert seen == ["once", "always", "always"]

    run(main())


def test_a_command_that_answers_again_and_again(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        first: list[Any] = []
        add = first.append
        bound = client.placement.bind_command("getStatus", add, params={"id": 1})
        await turn()
        assert sent(page, "placement.call") == []  # it is not sent before it is known
        tell_interface(page)
        await bound

        @client.placement.bind_command("getStatus")
        def second(data: Any) -> None:
            first.append(("second", data))

        await turn()
        (subscription,) = sent(page, "placement.call")
        assert (subscription.params, subscription.lasting) == (["getStatus", {"id": 1}], True)
        subscription.answer(1)  # type: ignore[arg-type]
        client.placement.unbind_command("getStatus", second)
        subscription.answer(2)  # type: ignore[arg-type]
        client.placement.unbind_command("getStatus", add)
        subscription.answer(3)  # type: ignore[arg-type]
        assert first == [1, ("second", 1), 2]
        lost = client.placement.bind_command("lost", add)
        await turn()
        tell_interface(page)
        with pytest.raises(UnknownCommandError):
            await lost

    run(main())
