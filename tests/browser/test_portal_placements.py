"""The commands and events of placements in the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    pass
from .wire_app import App, wait_until
from .wire_app import app as app
from .wire_app import folder as folder


@pytest.mark.parametrize(
    ("placement", "commands", "events"),
    [
        ("DEFAULT", 0, 0),
        ("CRM_DEAL_DETAIL_TAB", 1, 0),
        ("CRM_LEAD_LIST_MENU", 1, 0),
        ("CRM_DYNAMIC_128_DETAIL_TAB", 1, 0),
        ("TASK_VIEW_TAB", 0, 0),
        ("USERFIELD_TYPE", 2, 0),
        ("CALL_CARD", 3, 3),
        ("PAGE_BACKGROUND_WORKER", 9, 17),
        ("SOMETHING_ELSE", 0, 0),
    ],
)
def test_each_placement_has_its_commands_and_events(app: App, placement: str, commands: int, events: int) -> None:
    app.portal.state.placement = placement
    answer = app.send("getInterface")
    assert (len(answer["command"]), len(answer["event"])) == (commands, events)


def test_the_interface_that_the_documentation_lists(app: App) -> None:
    names = """initialized addCommentButtonClick answerButtonClick cancelTransferButtonClick closeButtonClick
        completeTransferButtonClick dialpadButtonClick entityChanged hangupButtonClick holdButtonClick
        makeCallButtonClick muteButtonClick nextButtonClick notifyAdminButtonClick qualityMeterClick skipButtonClick
        transferButtonClick"""
    documented = {
        "CRM_LEAD_LIST_MENU": ("reloadData", ""),
        "USERFIELD_TYPE": ("setValue getValue", ""),
        "CALL_CARD": (
            "getStatus disableAutoClose enableAutoClose",
            "CallCard::EntityChanged CallCard::BeforeClose CallCard::CallStateChanged",
        ),
        "PAGE_BACKGROUND_WORKER": (
            """CallCardSetMute CallCardSetHold CallCardSetUiState CallCardGetListUiStates CallCardSetCardTitle
            CallCardSetStatusText CallCardStartTimer CallCardStopTimer CallCardClose""",
            " ".join(f"BackgroundCallCard::{name}" for name in names.split()),
        ),
    }
    for placement, (commands, events) in documented.items():
        app.portal.state.placement = placement
        answer = app.send("getInterface")
        assert (set(answer["command"]), set(answer["event"])) == (set(commands.split()), set(events.split()))


def test_the_options_that_the_portal_offers_for_a_placement(app: App) -> None:
    offered = {code: place.options for code, place in app.portal.frame.placements.items()}
    assert offered["CRM_DEAL_DETAIL_TAB"] == offered["CRM_LEAD_LIST_MENU"] == {"ID": "5"}
    assert offered["PAGE_BACKGROUND_WORKER"]["ID"] == "PAGE_BACKGROUND_WORKER"
    app.page.get_by_role("tab", name="Portal").click()
    app.page.get_by_label("Code").fill("CRM_DEAL_DETAIL_TAB")
    app.page.get_by_label("Code").press("Tab")
    app.page.get_by_role("button", name="Open here").click()
    wait_until(lambda: app.portal.state.placement == "CRM_DEAL_DETAIL_TAB")
    wait_until(lambda: app.portal.state.placement_options == {"ID": "5"})


def test_reload_data_is_answered_without_a_result(app: App) -> None:
    assert app.is_unanswered("reloadData", {})
    app.portal.state.placement = "CRM_DEAL_DETAIL_TAB"
    assert app.send("reloadData", {}) == "empty"


def test_the_value_of_a_user_field_is_kept(app: App) -> None:
    app.portal.state.placement = "USERFIELD_TYPE"
    assert app.send("setValue", "a:b") == "empty"
    assert app.send("getValue", {}) == "a:b"


def test_the_call_card_answers_its_commands(app: App) -> None:
    app.portal.state.placement = "CALL_CARD"
    assert app.send("getStatus", {})["CALL_STATE"] == "connected"
    assert app.send("disableAutoClose", {}) == []
    assert app.send("enableAutoClose", {}) == []


def test_the_background_call_card_answers_errors_until_there_is_a_call(app: App) -> None:
    app.portal.state.placement = "PAGE_BACKGROUND_WORKER"
    undefined = [{"result": "error", "errorCode": "Call card is undefined"}]
    good = {
        "CallCardSetMute": {"muted": True},
        "CallCardSetHold": {"held": True},
        "CallCardSetUiState": {"uiState": "connected"},
        "CallCardSetCardTitle": {"title": "Title"},
        "CallCardSetStatusText": {"statusText": "Status"},
    }
    for command in (*good, "CallCardStartTimer", "CallCardStopTimer", "CallCardClose"):
        assert app.send(command, good.get(command, {})) == undefined
    app.portal.frame.emit("BackgroundCallCard::initialized", {"CALL_ID": "1"})
    for command, params in good.items():
        assert app.send(command, params) == []
    assert app.send("CallCardSetCardTitle", {}) == [{"result": "error", "errorCode": "missing field title"}]
    assert app.send("CallCardSetUiState", {"uiState": "odd"}) == [{"result": "error", "errorCode": "Invalid ui state"}]
    assert app.is_unanswered("CallCardStartTimer", {})
    assert app.is_unanswered("CallCardStopTimer", {})
    assert "redial" in app.send("CallCardGetListUiStates", {})
    assert app.send("CallCardClose", {}) == []
    assert app.send("CallCardSetMute", {"muted": True}) == undefined


def test_an_event_answers_its_subscription_each_time(app: App) -> None:
    app.portal.state.placement = "CALL_CARD"
    assert app.is_unanswered("placementBindEvent", {"event": "CallCard::CallStateChanged"})
    assert app.is_unanswered("placementBindEvent", {"event": "CallCard::Unknown"})
    app.frame.evaluate("heard.length = 0")
    assert app.portal.frame.emit("CallCard::CallStateChanged", ["idle", {"failedCode": "486"}]) == 1
    assert app.portal.frame.emit("CallCard::CallStateChanged") == 1
    assert app.portal.frame.emit("CallCard::Unknown", {}) == 0
    app.frame.wait_for_function("heard.length === 2")
    ids, results = zip(*app.frame.evaluate("heard"), strict=True)
    assert ids[0] == ids[1]
    assert list(results) == [["idle", {"failedCode": "486"}], "empty"]


def test_a_new_document_has_no_subscriptions(app: App) -> None:
    app.portal.state.placement = "CALL_CARD"
    assert app.is_unanswered("placementBindEvent", {"event": "CallCard::BeforeClose"})
    app.wait_for("placementBindEvent")
    app.frame.evaluate("location.reload()")
    app.page.wait_for_timeout(200)
    app.send("getInitData")
    assert app.portal.frame.emit("CallCard::BeforeClose") == 0


def test_an_authors_own_command_and_event(app: App) -> None:
    @app.portal.frame.command("double", placement="MY_PLACE")
    def double(params: Any) -> Any:
        return params["number"] * 2

    app.portal.frame.event("MyPlace::changed", placement="MY_PLACE")
    assert app.is_unanswered("double", {"number": 4})
    app.portal.state.placement = "MY_PLACE"
    assert app.send("getInterface") == {"command": ["double"], "event": ["MyPlace::changed"]}
    assert app.send("double", {"number": 4}) == 8
    assert app.is_unanswered("placementBindEvent", {"event": "MyPlace::changed"})
    app.wait_for("placementBindEvent")
    assert app.portal.frame.emit("MyPlace::changed", 1) == 1
