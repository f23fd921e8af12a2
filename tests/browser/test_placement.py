"""The placement from Python in the frame: commands and events of the emulated portal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bx24py.dev.portal.portal import Portal

from .conftest import PythonPage

OpenApp = Callable[..., PythonPage]

WORKER = "PAGE_BACKGROUND_WORKER"


def in_place(code: str, options: dict[str, Any] | None = None) -> Portal:
    portal = Portal(deals=5)
    portal.state.placement = code
    portal.state.placement_options = options or {}
    return portal


def sent(app: PythonPage, command: str) -> list[Any]:
    return [message.params for message in app.portal.frame.sent if message.command == command]


@pytest.fixture(scope="module")
def opened_worker(open_for_module: OpenApp) -> PythonPage:
    app: PythonPage = open_for_module(portal=in_place(WORKER))
    return app


@pytest.fixture
def worker(opened_worker: PythonPage) -> PythonPage:
    """An application in the background of a portal, with a client of its own for each test."""
    opened_worker.portal.frame.reset()
    opened_worker.console.clear()
    opened_worker.python("""
        bx24.placement = BX24().placement
        bx24.happened = asyncio.Queue()
    """)
    return opened_worker


@pytest.fixture(scope="module")
def opened_deal(open_for_module: OpenApp) -> PythonPage:
    app: PythonPage = open_for_module(
        portal=in_place("CRM_DEAL_DETAIL_TAB", {"ID": "5", "URI": "/crm/deal/details/5/"})
    )
    return app


@pytest.fixture
def deal(opened_deal: PythonPage) -> PythonPage:
    """An application in the card of a deal."""
    opened_deal.portal.frame.reset()
    return opened_deal


INFO = """
await bx24.init()
info = bx24.placement.info()
assert type(info) is PlacementInfo
return [info.code, info.options, info.entity_id]
"""


def test_where_the_application_was_opened(deal: PythonPage, app: PythonPage) -> None:
    assert deal.python(INFO) == ["CRM_DEAL_DETAIL_TAB", {"ID": "5", "URI": "/crm/deal/details/5/"}, 5]
    assert app.python(INFO) == ["DEFAULT", {}, None]


def test_the_interface(worker: PythonPage) -> None:
    commands, events = worker.python("""
        interface = await bx24.placement.get_interface()
        assert type(interface) is PlacementInterface
        return [interface.commands, interface.events]
    """)
    assert "CallCardSetMute" in commands
    assert len(events) == 17


def test_an_interface_that_is_not_answered_ends(worker: PythonPage) -> None:
    worker.portal.frame.silence("getInterface")
    assert worker.python("""return [
        (await failure(call))[:2] for call in (
            bx24.placement.get_interface(timeout=0.2),
            bx24.placement.call("CallCardSetMute", timeout=0.2),
            bx24.placement.bind_event("BackgroundCallCard::initialized", print, timeout=0.2),
        )
    ]""") == [
        [
            "CallTimeoutError",
            "BX24.placement.getInterface: no answer within 0.2 s. The portal's page may have done it anyway.",
        ],
        [
            "CallTimeoutError",
            "CallCardSetMute: requesting the placement's commands: no answer within 0.2 s. "
            "It was not sent, so it was not executed.",
        ],
        [
            "CallTimeoutError",
            "BackgroundCallCard::initialized: requesting the placement's events: no answer within 0.2 s. "
            "It was not sent, so it was not executed.",
        ],
    ]


def test_commands_are_called(worker: PythonPage) -> None:
    worker.portal.frame.emit("BackgroundCallCard::initialized")
    assert worker.python("""
        answers = await asyncio.gather(
            bx24.placement.call("CallCardSetMute", {"muted": True}),
            bx24.placement.call("CallCardSetCardTitle", {"title": "Ann: \\"A\\""}),
            bx24.placement.call("CallCardGetListUiStates"),
        )
        answers[2] = answers[2][:2]
        return [*answers, await bx24.placement.call("CallCardStartTimer", wait=False)]
    """) == [[], [], ["incoming", "transferIncoming"], None]
    assert sent(worker, "CallCardSetMute") == [{"muted": True}]
    assert sent(worker, "CallCardSetCardTitle") == [{"title": 'Ann: "A"'}]
    assert len(sent(worker, "getInterface")) == 1
    worker.python("await bx24.placement.get_interface()")
    assert sent(worker, "CallCardStartTimer") == [None]


def test_a_command_that_fails(worker: PythonPage) -> None:
    assert worker.python("""
        return await failure(bx24.placement.call("CallCardSetMute", {"muted": True}))
    """) == [
        "CommandError",
        "BX24.placement.call: 'CallCardSetMute' failed: Call card is undefined. "
        "See the portal's documentation of the command.",
        {"command": "CallCardSetMute", "code": "Call card is undefined"},
    ]


def test_a_command_that_never_answers_ends(worker: PythonPage) -> None:
    worker.portal.frame.emit("BackgroundCallCard::initialized")
    name, message, attributes = worker.python(
        "return await failure(bx24.placement.call('CallCardStartTimer', timeout=0.3))"
    )
    assert (name, attributes) == ("CallTimeoutError", {"maybe_executed": True})
    assert message.startswith("BX24.placement.call: no answer within 0.3 s")


@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("CallCardsetMute", "is not a command of this placement. Its commands: CallCardSetMute, CallCardSetHold, "),
        ("imCallTo", "is not a command of this placement. Its commands: CallCardSetMute, "),
        ("resizeWindow", "is a function of BX24, which does not pass on such a command; call the client's function"),
        ("toString", "is a function of BX24, which"),
    ],
)
def test_a_command_that_would_be_dropped(worker: PythonPage, command: str, words: str, wait: bool) -> None:
    worker.python("await bx24.placement.get_interface()")
    worker.portal.frame.sent.clear()
    name, message, attributes = worker.python(
        "return await failure(bx24.placement.call(command, {}, wait=wait))", command=command, wait=wait
    )
    assert (name, attributes) == ("UnknownCommandError", {"command": command})
    assert message.startswith(f"BX24.placement.call: {command!r} {words}")
    assert {message.command for message in worker.portal.frame.sent} == {"getInterface"}


def test_a_listed_command_that_bx24_swallows(worker: PythonPage) -> None:
    worker.portal.frame.command("openPath", placement=WORKER)(lambda _params: 1)
    assert (
        worker.python("""
        await bx24.placement.get_interface()
        return (await failure(bx24.placement.call("openPath", "/crm/")))[0]
    """)
        == "UnknownCommandError"
    )
    assert sent(worker, "openPath") == []


def test_a_placement_without_commands(app: PythonPage) -> None:
    assert app.python("""
        return [(await failure(bx24.placement.call("reloadData")))[1],
                (await failure(bx24.placement.bind_event("Changed", print)))[1]]
    """) == [
        "BX24.placement.call: 'reloadData' is not a command of this placement. It has no commands.",
        "BX24.placement.bindEvent: 'Changed' is not an event of this placement. It has no events.",
    ]


def test_the_card_of_a_deal_is_reloaded(deal: PythonPage) -> None:
    answers = deal.python("""
        return [await bx24.placement.call("reloadData", wait=False), await bx24.placement.call("reloadData", {})]
    """)
    assert answers == [None, []]
    assert sent(deal, "reloadData") == [None, {}]


def test_a_click_calls_a_command_without_await(deal: PythonPage) -> None:
    deal.frame.evaluate("document.body.insertAdjacentHTML('beforeend', '<button>Reload</button>')")
    deal.python("""
        bx24.clicked = asyncio.Event()
        def click(event):
            bx24.placement.call("reloadData", wait=False).add_done_callback(lambda call: bx24.clicked.set())
        bx24.bind(js.document.querySelector("button"), "click", click)
    """)
    deal.frame.locator("button").click()
    deal.python("await bx24.clicked.wait(); await bx24.placement.get_interface()", limit=10)
    assert sent(deal, "reloadData") == [None]


def test_commands_with_values_of_all_types(worker: PythonPage) -> None:
    worker.portal.frame.command("echo", placement=WORKER)(lambda params: [params, "echoed"])
    values = ["text: a:b", 5, True, None, {"a": [1, None, {"b": False}]}, "", [], {}]
    assert (
        worker.python(
            """
        got = []
        for value in values:
            echoed = await bx24.placement.call("echo", value)
            got.append(echoed[0])
        return got
    """,
            values=values,
        )
        == values
    )


def test_events_reach_all_handlers_by_one_subscription(worker: PythonPage) -> None:
    event = "BackgroundCallCard::muteButtonClick"
    worker.python(
        """
        def first(data):
            bx24.happened.put_nowait(["first", data])
        @bx24.placement.bind_event(event)
        async def second(data):
            user = await bx24.call_method("user.current")
            bx24.happened.put_nowait(["second", data, user.data["ID"]])
        await bx24.placement.bind_event(event, first)
        await bx24.placement.bind_event(event, first)
        bx24.handlers = first, second
    """,
        event=event,
    )
    assert worker.portal.frame.emit(event, {"muted": True}) == 1
    take = "return [await bx24.happened.get() for _ in range(count)]"
    assert worker.python(take, count=2, limit=10) == [
        ["first", {"muted": True}],
        ["second", {"muted": True}, "1"],
    ]
    worker.python("bx24.placement.unbind_event(event, bx24.handlers[1])", event=event)
    worker.portal.frame.emit(event)
    worker.portal.frame.emit(event, "text")
    assert worker.python(take, count=2, limit=10) == [["first", []], ["first", "text"]]
    worker.python(
        """
        bx24.placement.unbind_event(event, bx24.handlers[0])
        await bx24.placement.bind_event(event, bx24.handlers[1])
    """,
        event=event,
    )
    worker.portal.frame.emit(event, 7)
    assert worker.python(take, count=1, limit=10) == [["second", 7, "1"]]
    assert worker.python("return bx24.happened.qsize()") == 0
    assert sent(worker, "placementBindEvent") == [{"event": event}]


def test_a_handler_may_call_without_await(worker: PythonPage) -> None:
    worker.python("""
        def initialized(data):
            call = bx24.call_method("user.current")
            call.add_done_callback(lambda call: bx24.happened.put_nowait(call.result().data["ID"]))
        await bx24.placement.bind_event("BackgroundCallCard::initialized", initialized)
    """)
    worker.portal.frame.emit("BackgroundCallCard::initialized")
    assert worker.python("return await bx24.happened.get()", limit=10) == "1"
    assert not [line for line in worker.console if "failed" in line]


def test_an_unknown_event(worker: PythonPage) -> None:
    name, message, attributes = worker.python("""
        @bx24.placement.bind_event("CallCard::BeforeClose")
        def closing(data): ...
        return await failure(bx24.placement.bind_event("BackgroundCallCard::Initialized", print))
    """)
    assert (name, attributes) == ("UnknownEventError", {"event": "BackgroundCallCard::Initialized"})
    assert "is not an event of this placement. Its events: BackgroundCallCard::initialized, " in message
    (line,) = [line for line in worker.console if "UnknownEventError" in line]
    assert "'CallCard::BeforeClose' is not an event" in line


def test_errors_of_handlers_are_reported(worker: PythonPage) -> None:
    event = "BackgroundCallCard::holdButtonClick"
    worker.python(
        """
        def now(data):
            raise ValueError("now " + data)
        async def later(data):
            await bx24.call_method("user.current")
            try:
                raise ValueError("later " + data)
            finally:
                asyncio.get_running_loop().call_soon(bx24.happened.put_nowait, data)
        for handler in now, later:
            await bx24.placement.bind_event(event, handler)
    """,
        event=event,
    )
    for data in ("a", "b"):
        worker.portal.frame.emit(event, data)
        assert worker.python("return await bx24.happened.get()", limit=10) == data
    worker.python("await asyncio.sleep(0)")
    text = "\n".join(worker.console)
    assert text.count(f"a handler of {event} failed") == 4
    for words in ("ValueError: now a", "ValueError: later a", "ValueError: now b", "ValueError: later b"):
        assert words in text


def test_a_command_that_answers_again_and_again(worker: PythonPage) -> None:
    # As bindLayoutEventCallback does. A portal answers on the same callback id for ever; here its page is made to.
    name = "bindLayoutEventCallback"
    worker.portal.frame.command(name, placement=WORKER)(lambda params: params)
    worker.frame.evaluate("""() => {
        const post = window.parent.postMessage.bind(window.parent);
        window.addEventListener("message", ({ data }) => { if (data.includes("layout")) window.answered = data; });
    }""")
    worker.python(
        """
        await bx24.placement.bind_command(name, bx24.happened.put_nowait, params={"id": "layout"})
    """,
        name=name,
    )
    take = "return await bx24.happened.get()"
    assert worker.python(take, limit=10) == {"id": "layout"}
    again = """(data) => {
        window.dispatchEvent(new MessageEvent("message", { data, origin: new URL(document.referrer).origin }));
    }"""
    answered = worker.frame.evaluate("window.answered")
    worker.frame.evaluate(again, answered.replace("layout", "again"))
    assert worker.python(take, limit=10) == {"id": "again"}
    worker.python("bx24.placement.unbind_command(name, bx24.happened.put_nowait)", name=name)
    worker.frame.evaluate(again, answered)
    assert worker.python("return bx24.happened.qsize()") == 0
    assert (
        worker.python("""
        return (await failure(bx24.placement.bind_command("bindLost", print)))[0]
    """)
        == "UnknownCommandError"
    )


def test_bound_and_called_before_the_initialisation(worker: PythonPage) -> None:
    worker.frame.evaluate("""() => {
        window.late = Object.create(BX24);
        late.init = (ready) => { late.go = () => BX24.init(ready); };
    }""")
    worker.python("""
        client = BX24(js.late)
        bound = client.placement.bind_event("BackgroundCallCard::initialized", bx24.happened.put_nowait)
        call = client.placement.call("CallCardGetListUiStates")
        await bx24.placement.get_interface()
        bx24.waiting = [client, bound, call]
    """)
    assert [message.command for message in worker.portal.frame.sent] == ["getInterface"]
    worker.python("js.late.go(); await asyncio.gather(*bx24.waiting[1:])")
    assert [message.command for message in worker.portal.frame.sent][1:] == [
        "placementBindEvent",
        "getInterface",
        "CallCardGetListUiStates",
    ]
    worker.portal.frame.emit("BackgroundCallCard::initialized", "first")
    assert worker.python("return await bx24.happened.get()", limit=10) == "first"
