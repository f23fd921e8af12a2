import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bx24py import BX24, CallTimeoutError, NotInBrowserError, NotInPortalError, ScriptError, bridge

from .conftest import FakeBridge, run


class Element:
    def addEventListener(self) -> None: ...


def test_handlers_are_bound_and_released(client: BX24, page: FakeBridge) -> None:
    first, second = Element(), Element()
    seen: list[Any] = []

    async def main() -> None:
        page.initialised = False  # it does not matter
        client.bind(first, "click", seen.append)
        add = seen.append
        client.bind(first, "click", add)  # the same
        client.bind(second, "click", add)
        client.bind(first, "keydown", add)
        assert [(element, event) for element, event, _ in page.listening] == [
            (first, "click"),
            (second, "click"),
            (first, "keydown"),
        ]
        page.listening[0][2]("event")
        assert seen == ["event"]
        client.unbind(first, "click", add)
        client.unbind(first, "keydown", add)
        assert [(element, event) for element, event, _ in page.listening] == [(second, "click")]
        with pytest.raises(ValueError, match="handler: .* is not bound to 'click' of this element"):
            client.unbind(first, "click", add)
        client.bind(first, "click", add)
        client.unbind(second, "click", add)
        client.unbind(first, "click", add)
        assert page.listening == []

    run(main())


def test_errors_of_handlers_are_reported(client: BX24, page: FakeBridge, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        element = Element()

        async def later(event: Any) -> None:
            raise KeyError(event)

        def now(event: Any) -> None:
            raise ValueError(event)

        client.bind(element, "click", later)
        client.bind(element, "click", now)
        for _, _, happened in page.listening:
            happened(5)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        found = {type(record.exc_info[1]) for record in caplog.records if record.exc_info and record.exc_info[1]}
        assert found == {KeyError, ValueError}
        assert {record.getMessage() for record in caplog.records} == {"a handler of click failed"}

    run(main())


def test_wrong_arguments_are_raised_by_the_call(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        element = Element()
        wrong: list[tuple[Callable[[], object], type[Exception], str]] = [
            (
                lambda: client.bind(None, "click", print),
                TypeError,
                "element: must be an element of the page, not NoneType",
            ),
            (lambda: client.bind("#save", "click", print), TypeError, "element: .* not str"),
            (lambda: client.bind(element, 5, print), TypeError, "event_name: must be a str"),  # type: ignore[arg-type]
            (lambda: client.bind(element, "", print), ValueError, "event_name: must not be empty"),
            (lambda: client.bind(element, "click", None), TypeError, "handler: must be a function"),  # type: ignore[arg-type]
            (lambda: client.unbind(None, "click", print), TypeError, "element: "),
            (lambda: client.load_script(5), TypeError, "script: must be a URL or a list"),  # type: ignore[arg-type]
            (lambda: client.load_script(["a.js", None]), TypeError, "script: must be a str"),  # type: ignore[list-item]
            (lambda: client.load_script(""), ValueError, "script: must not be empty"),
            (lambda: client.load_script("a.js", timeout=0), ValueError, "timeout"),
            (lambda: client.ready(timeout=0), ValueError, "timeout"),
        ]
        for call, error, message in wrong:
            with pytest.raises(error, match=message):
                call()
        assert page.listening == []
        assert page.sent == []

    run(main())


def test_the_page_is_ready_without_the_portal(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        page.initialised = False
        page.values["isReady"] = False
        assert client.is_ready() is False
        call = client.ready()
        assert page.sent[0].method == "ready"
        page.sent[0].reply(None)
        assert await call is None  # type: ignore[func-returns-value]
        page.values["isReady"] = True
        assert client.is_ready() is True
        with pytest.raises(CallTimeoutError, match="BX24.ready"):
            await client.ready(timeout=0.01)

    run(main())


async def turn() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_scripts_are_loaded_one_after_another(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        page.initialised = False
        scripts = ["a.js", "b.js"]
        call = client.load_script(scripts)
        scripts.append("c.js")
        await turn()
        assert [one.method for one in page.sent] == ["ready"]
        page.sent[0].reply(None)
        for number, address in ((1, "a.js"), (2, "b.js")):
            await turn()
            assert not call.done()
            assert len(page.sent) == number + 1
            assert (page.sent[number].method, page.sent[number].params) == ("load_script", address)
            page.sent[number].reply(True)  # type: ignore[arg-type]
        assert await call is None  # type: ignore[func-returns-value]
        empty = client.load_script([])
        page.sent[-1].reply(None)
        await empty

    run(main())


def test_a_script_that_cannot_be_loaded(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        call = client.load_script(("missing.js", "b.js"))
        page.sent[0].reply(None)
        await turn()
        page.sent[1].reply(False)  # type: ignore[arg-type]
        with pytest.raises(ScriptError, match="BX24.loadScript: missing.js could not be loaded") as caught:
            await call
        assert caught.value.address == "missing.js"
        assert len(page.sent) == 2

    run(main())


def test_a_script_that_takes_too_long_or_is_given_up(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        call = client.load_script("slow.js", timeout=0.05)
        page.sent[0].reply(None)
        with pytest.raises(CallTimeoutError, match="BX24.loadScript, slow.js: no answer within 0.05 s"):
            await call
        call = client.load_script("slow.js")
        page.sent[2].reply(None)
        await turn()
        call.cancel()
        await turn()
        assert page.sent[3].aborted

    run(main())


def test_outside_a_browser_or_a_portal_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    client = BX24()
    calls: list[Callable[[], object]] = [
        client.is_ready,
        client.ready,
        lambda: client.load_script("a.js"),
        lambda: client.bind(Element(), "click", print),
    ]
    for call in calls:
        with pytest.raises(NotInBrowserError):
            call()

    def refuse(_bx24: object = None) -> bridge.Bridge:
        raise NotInPortalError("BX24 is null")

    async def main() -> None:
        with pytest.raises(NotInPortalError):
            await client.ready()
        with pytest.raises(NotInPortalError):
            await client.load_script("a.js")
        with pytest.raises(NotInPortalError):
            client.bind(Element(), "click", print)

    monkeypatch.setattr(bridge, "connect", refuse)
    run(main())
