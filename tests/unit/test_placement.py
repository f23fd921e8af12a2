"""Placements: where the application is, and their commands."""

from __future__ import annotations

import gc
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from bx24py import (
    BX24,
    BX24Error,
    CallTimeoutError,
    CommandError,
    InitTimeoutError,
    NotInBrowserError,
    PlacementInfo,
    PlacementInterface,
    UnknownCommandError,
)

from .conftest import FakeBridge, run
from .placement import INTERFACE, sent, tell_interface, turn


@pytest.mark.parametrize(
    ("code", "options", "entity_id"),
    [
        ("CRM_DEAL_DETAIL_TAB", {"ID": "8061", "URI": "/crm/"}, 8061),
        ("CRM_DYNAMIC_183_DETAIL_TAB", {"ID": 5}, 5),
        ("CRM_SMART_INVOICE_DETAIL_ACTIVITY", {"entityId": "6", "entityTypeId": "31"}, 6),
        ("CRM_LEAD_DETAIL_TOOLBAR", {"ENTITY_ID": "7"}, 7),
        ("CRM_LEAD_LIST_MENU", {"ID": "1348"}, 1348),
        ("CRM_DEAL_ACTIVITY_TIMELINE_MENU", {"ENTITY_ID": "8061", "ASSOCIATED_ENTITY_ID": "8097"}, 8061),
        ("CRM_DEAL_DOCUMENTGENERATOR_BUTTON", {"ENTITY_ID": "5"}, 5),
        ("TASK_VIEW_TAB", {"taskId": "31"}, 31),
        ("TASK_VIEW_SIDEBAR", {"taskId": "32"}, 32),
        ("TASK_VIEW_TOP_PANEL", {"taskId": "33"}, 33),
        ("TASK_LIST_CONTEXT_MENU", {"ID": "34"}, 34),
        ("TASK_USER_LIST_TOOLBAR", {"USER_ID": "1"}, 1),
        ("TASK_GROUP_LIST_TOOLBAR", {"GROUP_ID": "11"}, 11),
        ("SONET_GROUP_DETAIL_TAB", {"GROUP_ID": "10"}, 10),
        ("SONET_GROUP_ROBOT_DESIGNER_TOOLBAR", {"GROUP_ID": "12"}, 12),
        ("USER_PROFILE_MENU", {"USER_ID": "1401"}, 1401),
        ("USER_PROFILE_TOOLBAR", {"USER_ID": "1402"}, 1402),
        ("CRM_DEAL_DETAIL_TAB", {"ID": "0"}, None),  # a card that has not been saved
        ("CRM_DEAL_DETAIL_TAB", {}, None),
        ("CRM_DEAL_DETAIL_TAB", {"ID": "undefined"}, None),
        ("CRM_DEAL_LIST_TOOLBAR", {"URI": "/crm/deal/list/"}, None),
        ("SONET_GROUP_TOOLBAR", {"URI": "/workgroups/group/10/"}, None),
        ("CONTACT_CENTER", {"ID": "717"}, None),  # the id of the handler's registration
        ("PAGE_BACKGROUND_WORKER", {"ID": "PAGE_BACKGROUND_WORKER"}, None),
        ("DEFAULT", {"ID": "5"}, None),
        ("IM_SIDEBAR", {"dialogId": "chat2"}, None),
    ],
)
def test_the_entity_that_the_code_names(code: str, options: dict[str, Any], entity_id: int | None) -> None:
    assert PlacementInfo(code, options).entity_id == entity_id


@pytest.mark.parametrize(
    ("answer", "info"),
    [
        ({"placement": "TASK_VIEW_TAB", "options": {"taskId": "5"}}, PlacementInfo("TASK_VIEW_TAB", {"taskId": "5"})),
        ({"placement": "DEFAULT", "options": []}, PlacementInfo("DEFAULT", {})),  # an empty mapping of PHP
        ({}, PlacementInfo("", {})),
        (None, PlacementInfo("", {})),
    ],
)
def test_where_the_application_was_opened(client: BX24, page: FakeBridge, answer: Any, info: PlacementInfo) -> None:
    async def main() -> None:
        await client.init()
        page.values["placement.info"] = answer
        assert client.placement.info() == info

    run(main())


def test_where_the_application_was_opened_is_not_known_before_the_initialisation(
    client: BX24, page: FakeBridge
) -> None:
    async def main() -> None:
        page.initialised = False
        with pytest.raises(BX24Error, match="await bx24.init"):
            client.placement.info()

    run(main())


@pytest.mark.parametrize(
    ("answer", "interface"),
    [
        (INTERFACE, PlacementInterface(("getStatus", "reloadData"), ("Card::Changed", "Card::Closed"))),
        ({"command": [], "event": []}, PlacementInterface((), ())),
        ({}, PlacementInterface((), ())),
        ([], PlacementInterface((), ())),
    ],
)
def test_the_interface(client: BX24, page: FakeBridge, answer: Any, interface: PlacementInterface) -> None:
    async def main() -> None:
        call = client.placement.get_interface()
        page.sent[0].reply(answer)
        assert await call == interface

    run(main())


def test_an_interface_that_is_not_answered_ends(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        with pytest.raises(CallTimeoutError, match="BX24.placement.getInterface: no answer within 0.01 s"):
            await client.placement.get_interface(timeout=0.01)

    run(main())


def test_a_command_is_called_and_the_interface_asked_for_once(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        first, second = client.placement.call("getStatus"), client.placement.call("reloadData", {"a": [1]})
        await turn()
        assert [one.method for one in page.sent] == ["placement.getInterface"]  # nothing else until it is answered
        tell_interface(page)
        await turn()
        assert [one.params for one in sent(page, "placement.call")] == [["getStatus", None], ["reloadData", {"a": [1]}]]
        sent(page, "placement.call")[0].reply({"CALL_ID": "1"})
        sent(page, "placement.call")[1].reply([])  # type: ignore[arg-type]
        assert [await first, await second] == [{"CALL_ID": "1"}, []]
        third = client.placement.call("getStatus")
        assert sent(page, "placement.call")[2].params == ["getStatus", None]  # at once
        sent(page, "placement.call")[2].reply(None)
        assert await third is None
        assert len(sent(page, "placement.getInterface")) == 1

    run(main())


@pytest.mark.parametrize(
    ("interface", "words"), [(INTERFACE, "Its commands: getStatus, reloadData."), ([], "It has no commands.")]
)
@pytest.mark.parametrize("wait", [True, False])
def test_an_unknown_command(client: BX24, page: FakeBridge, interface: Any, words: str, wait: bool) -> None:
    async def main() -> None:
        call = client.placement.call("reloaddata", wait=wait)
        await turn()
        tell_interface(page, interface)
        with pytest.raises(UnknownCommandError) as caught:
            await call
        assert str(caught.value) == f"BX24.placement.call: 'reloaddata' is not a command of this placement. {words}"
        assert caught.value.command == "reloaddata"
        assert sent(page, "placement.call") == []
        assert page.told == []

    run(main())


def test_a_command_that_has_come_since(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        interface = client.placement.get_interface()
        tell_interface(page, {"command": ["old"], "event": []})
        await interface
        call = client.placement.call("getStatus")
        await turn()
        tell_interface(page)
        await turn()
        sent(page, "placement.call")[0].reply({"a": 1})
        assert await call == {"a": 1}

    run(main())


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("wait", [True, False])
def test_a_command_that_bx24_swallows(client: BX24, page: FakeBridge, listed: bool, wait: bool) -> None:
    async def main() -> None:
        page.functions.add("resizeWindow")
        names = ["a", "resizeWindow"] if listed else ["a"]
        interface = client.placement.get_interface()
        tell_interface(page, {"command": names, "event": []})
        await interface
        call = client.placement.call("resizeWindow", {"width": 1}, wait=wait)
        await turn()
        tell_interface(page, {"command": names, "event": []})
        with pytest.raises(UnknownCommandError, match="'resizeWindow' is a function of BX24, which does not pass"):
            await call
        assert sent(page, "placement.call") == []
        assert page.told == []

    run(main())


def test_a_command_that_fails(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        for answer in (
            [{"result": "error", "errorCode": "Call card is undefined"}],
            {"result": "error", "errorCode": 5},
        ):
            call = client.placement.call("getStatus")
            await turn()
            tell_interface(page)
            await turn()
            sent(page, "placement.call")[-1].reply(answer)  # type: ignore[arg-type]
            with pytest.raises(CommandError, match="BX24.placement.call: 'getStatus' failed: (Call card|5)") as caught:
                await call
            assert caught.value.command == "getStatus"
        assert caught.value.code == "5"

    run(main())


def test_an_answer_that_only_looks_like_an_error(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        answers: list[Any] = [[{"result": "error"}], {"result": "close", "errorCode": ""}, "error", [1, 2], [[]], {}]
        for answer in answers:
            call = client.placement.call("getStatus")
            await turn()
            tell_interface(page)
            await turn()
            sent(page, "placement.call")[-1].reply(answer)
            assert await call == answer

    run(main())


def test_a_command_that_never_answers_is_not_waited_for(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        call = client.placement.call("reloadData", {"a": 1}, wait=False)
        await turn()
        tell_interface(page)
        assert await call is None
        assert page.told == [("placement.call", "reloadData", {"a": 1})]
        assert sent(page, "placement.call") == []

    run(main())


def test_a_command_without_an_answer_ends(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        call = client.placement.call("getStatus", timeout=0.05)
        await turn()
        tell_interface(page)
        with pytest.raises(CallTimeoutError, match="BX24.placement.call: no answer within 0.05 s") as caught:
            await call
        assert caught.value.maybe_executed

    run(main())


def test_a_portal_that_does_not_tell_its_commands(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        call = client.placement.call("getStatus", timeout=0.01)
        bound = client.placement.bind_event("Card::Changed", print, timeout=0.01)
        with pytest.raises(CallTimeoutError, match="getStatus: requesting the placement's commands: .*0.01") as caught:
            await call
        assert not caught.value.maybe_executed
        with pytest.raises(CallTimeoutError, match="Card::Changed: requesting the placement's events"):
            await bound
        tell_interface(page)  # too late; another call goes on with it
        call = client.placement.call("getStatus")
        sent(page, "placement.call")[0].reply({})
        assert await call == {}
        with pytest.raises(ValueError, match="not bound"):
            client.placement.unbind_event("Card::Changed", print)

    run(main())


def test_a_cancelled_call_leaves_others_alone(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        first, second = client.placement.call("getStatus"), client.placement.call("reloadData")
        await turn()
        first.cancel()
        await turn()
        tell_interface(page)
        await turn()
        assert [one.params[0] for one in sent(page, "placement.call")] == ["reloadData"]
        sent(page, "placement.call")[0].reply({"a": 1})
        assert await second == {"a": 1}
        assert first.cancelled()
        third = client.placement.call("getStatus")
        third.cancel()
        assert sent(page, "placement.call")[1].aborted

    run(main())


def test_calls_made_before_the_initialisation_are_queued(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        page.initialised = False
        events: list[Any] = []
        bound = client.placement.bind_event("Card::Changed", events.append)
        call = client.placement.call("getStatus")
        await turn()
        assert page.sent == []
        assert page.on_ready is not None
        page.on_ready()
        assert [one.method for one in page.sent] == ["placement.bindEvent", "placement.getInterface"]
        page.sent[0].answer({"first": True})  # type: ignore[arg-type]  # an event that comes before all else
        tell_interface(page)
        await bound
        sent(page, "placement.call")[0].reply({})
        await call
        assert events == [{"first": True}]

    run(main())


def test_nobody_is_left_to_hear_of_the_interface(
    client: BX24, page: FakeBridge, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        page.initialised = False
        client.placement.call("getStatus").cancel()
        await turn()
        with pytest.raises(InitTimeoutError):
            await client.init(timeout=0.01)
        client.placement._asked = None
        gc.collect()
        assert caplog.records == []  # no "exception was never retrieved"

    run(main())


def test_an_initialisation_that_fails_ends_them(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        page.initialised = False
        handler = print
        calls = [
            client.placement.bind_event("Card::Changed", handler),
            client.placement.bind_command("getStatus", handler),
            client.placement.call("getStatus"),
            client.placement.get_interface(),
        ]
        await turn()
        with pytest.raises(InitTimeoutError):
            await client.init(timeout=0.01)
        for call in calls:
            with pytest.raises(InitTimeoutError):
                await call
        assert page.on_ready is not None
        page.on_ready()
        bound = client.placement.bind_event("Card::Changed", handler)  # which starts anew
        assert page.sent[0].params == ["Card::Changed"]
        tell_interface(page)
        await bound

    run(main())


@pytest.mark.parametrize(
    ("params", "copied"),
    [
        ({"visible": True, "n": None, "list": (1, 2.5)}, {"visible": True, "n": None, "list": [1, 2.5]}),
        ("text", "text"),
        (5, 5),
        (2**53, str(2**53)),  # as in a REST call: more than JavaScript holds exactly
        ({"id": -(2**60)}, {"id": str(-(2**60))}),
        (None, None),
    ],
)
def test_parameters_are_copied(client: BX24, page: FakeBridge, params: Any, copied: Any) -> None:
    async def main() -> None:
        interface = client.placement.get_interface()
        tell_interface(page)
        await interface
        client.placement.call("reloadData", params, wait=False)
        assert page.told[-1][2] == copied
        assert type(page.told[-1][2]) is type(copied)

    run(main())


def test_wrong_arguments_are_raised_by_the_call(client: BX24, page: FakeBridge) -> None:
    placement = client.placement

    async def main() -> None:
        loop: list[Any] = []
        loop.append(loop)
        wrong: list[tuple[Callable[[], object], type[Exception], str]] = [
            (lambda: placement.call(5), TypeError, "command: must be a str, not int"),  # type: ignore[arg-type]
            (lambda: placement.call(""), ValueError, "command: must not be empty"),
            (lambda: placement.call("a", {"d": date(2026, 1, 1)}), TypeError, "params: .*date"),
            (lambda: placement.call("a", float("nan")), ValueError, "params: "),
            (lambda: placement.call("a", ["\udfff"]), ValueError, "params: "),
            (lambda: placement.call("a", loop), ValueError, "params: "),
            (lambda: placement.call("a", timeout=0), ValueError, "timeout"),
            (lambda: placement.bind_event(None, print), TypeError, "event: must be a str"),  # type: ignore[call-overload]
            (lambda: placement.bind_event("a", 5), TypeError, "handler: must be a function"),  # type: ignore[call-overload]
            (lambda: placement.bind_event("a")(5), TypeError, "handler: must be a function"),  # type: ignore[type-var]
            (lambda: placement.bind_event("a", print, timeout=-1), ValueError, "timeout"),
            (lambda: placement.bind_command("", print), ValueError, "command: must not be empty"),
            (lambda: placement.bind_command("a", print, params={1}), TypeError, "params: .*set"),
            (lambda: placement.unbind_event("Card::Changed", print), ValueError, "handler: .* not bound to 'Card::Ch"),
            (lambda: placement.unbind_command("getStatus", print), ValueError, "not bound to 'getStatus'"),
        ]
        for call, error, message in wrong:
            with pytest.raises(error, match=message):
                call()
        assert page.sent == []

    run(main())


def test_outside_a_browser_it_says_so() -> None:
    placement = BX24().placement
    calls: list[Callable[[], object]] = [
        placement.info,
        placement.get_interface,
        lambda: placement.call("getStatus"),
        lambda: placement.bind_event("Card::Changed", print),
        lambda: placement.bind_command("getStatus", print),
    ]
    for call in calls:
        with pytest.raises(NotInBrowserError):
            call()
