"""b24jssdk and the emulated library: initialisation, options, placements, and the portal's page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from bx24py.dev.portal.messages import NO_ANSWER

from .clients import NEVER, TIMEOUT, Client, wait_until
from .clients import bx24 as bx24
from .clients import client as client
from .clients import clients as clients
from .clients import opened as opened
from .clients import placed as placed
from .clients import sdk as sdk
from .clients import sdk_file as sdk_file

# ---------------------------------------------------------------- initialisation


def test_both_learn_of_the_portal(client: Client) -> None:
    about = client.run("client.about")
    assert about == {
        "origin": client.server.url.rstrip("/"),
        "lang": "en",
        "admin": True,
        "placement": "DEFAULT",
        "options": {},
    }
    assert client.run("() => window.name.split('|')[2]") == client.portal.state.app_sid


def test_the_portal_as_it_is_when_the_page_opens(client: Client, placed: Callable[..., None]) -> None:
    state = client.portal.state
    state.admin, state.lang = False, "ru"
    placed("CRM_DEAL_DETAIL_TAB", {"ID": "5", "IFRAME": "Y"})
    try:
        client.open()
        about = client.run("client.about")
        mine = (
            client.run("client.appOption.set", "refused", 1)
            if client.is_sdk
            else client.frame.evaluate("BX24.appOption.set('refused', 1)")
        )
    finally:
        state.admin, state.lang = True, "en"
        placed("DEFAULT")
        client.open()
    assert (about["lang"], about["admin"]) == ("ru", False)
    assert (about["placement"], about["options"]) == ("CRM_DEAL_DETAIL_TAB", {"ID": "5", "IFRAME": "Y"})
    # b24jssdk sends it all the same, is not answered, and ends the wait by itself.
    assert mine is (None if client.is_sdk else False)
    assert "refused" not in state.app_options


def test_outside_of_a_portal(client: Client, bx24_browser: Browser) -> None:
    """The page itself, not in a frame: b24jssdk fails with an error, the library leaves `BX24` null."""
    page = bx24_browser.new_page()
    page.goto(client.server.app_url)
    if client.is_sdk:
        said = page.evaluate("client.start().catch((error) => error.code)")
        assert said == "JSSDK_CLIENT_SIDE_WARNING"
    else:
        assert page.evaluate("BX24") is None
    page.close()


def test_the_end_of_the_installation(client: Client) -> None:
    state = client.portal.state
    state.first_run = state.install = True
    client.open()
    assert state.install is True
    if client.is_sdk:
        assert client.run("() => [b24.isFirstRun, b24.isInstallMode]") == [True, True]
        assert (client.sent("setInstall"), state.first_run) == ([{"install": True}], False)
    state.first_run = False
    with client.page.expect_navigation(url="**/?install_finished=Y"):
        client.begin("client.installFinish")
    client.started()
    assert state.install is False
    client.portal.frame.sent.clear()
    if client.is_sdk:
        assert "previously installed" in client.run("() => b24.installFinish().catch((error) => error.message)")
    else:
        client.run("client.installFinish")
    assert client.sent("setInstallFinish") == []


# ---------------------------------------------------------------- options


@pytest.mark.parametrize("kind", ["user", "app"])
@pytest.mark.parametrize("value", ['Ключ: "a:b", 😀', 42, {"a": [1, {"b": ":"}]}], ids=["text", "number", "nested"])
def test_an_option_that_is_set_can_be_read(client: Client, kind: str, value: Any) -> None:
    client.run(f"client.{kind}Option.set", "my:option", value)
    assert client.run(f"client.{kind}Option.get", "my:option") == value
    wait_until(lambda: client.call(f"{kind}.option.get", {"option": "my:option"})["data"] == value)


def test_options_outlive_the_page(client: Client) -> None:
    client.run("client.userOption.set", "kept", "for me")
    client.run("client.appOption.set", "kept", "for all")
    client.open()
    assert client.run("client.userOption.get", "kept") == "for me"
    assert client.run("client.appOption.get", "kept") == "for all"


def test_an_option_that_is_not_there(sdk: Client, bx24: Client) -> None:
    assert bx24.run("() => BX24.userOption.get('missing') === undefined") is True
    assert sdk.run("() => { try { b24.options.userGet('missing') } catch (error) { return error.message } }") == (
        "user.option.missing not set"
    )


# ---------------------------------------------------------------- placements


@pytest.mark.parametrize("code", ["DEFAULT", "USERFIELD_TYPE", "CALL_CARD", "PAGE_BACKGROUND_WORKER"])
def test_the_interface_of_a_placement(clients: dict[str, Client], placed: Callable[..., None], code: str) -> None:
    placed(code)
    seen = {name: client.run("client.interface") for name, client in clients.items()}
    place = clients["bx24"].portal.frame.placements[code]
    assert seen["bx24"] == {"command": list(place.commands), "event": place.events}
    assert seen["b24jssdk"] == seen["bx24"]


def test_a_command_of_a_placement(clients: dict[str, Client], placed: Callable[..., None]) -> None:
    placed("CALL_CARD")
    seen = {name: client.run("client.command", "getStatus", {}) for name, client in clients.items()}
    assert seen["bx24"]["CALL_STATE"] == "connected"
    assert seen["b24jssdk"] == seen["bx24"]


def test_a_command_of_an_author(client: Client, placed: Callable[..., None]) -> None:
    placed("CRM_DEAL_DETAIL_TAB")
    client.portal.frame.command("double", placement="CRM_DEAL_DETAIL_TAB")(lambda params: {"twice": params["n"] * 2})
    assert client.run("client.command", "double", {"n": 21, "text": "a:b"}) == {"twice": 42}
    # b24jssdk sends this mark with each command.
    mark = {"isRawValue": False} if client.is_sdk else {}
    assert client.sent("double") == [{"n": 21, "text": "a:b", **mark}]


def test_a_command_with_a_colon_in_its_name(sdk: Client) -> None:
    """Sent as an object, because the text could not be told apart (contract, section 2)."""
    sdk.portal.frame.command("CallCard::Dial", placement="DEFAULT")(lambda params: ["dialled", params])
    assert sdk.run("(name) => b24.placement.call(name, { phone: '+1' })", "CallCard::Dial") == [
        "dialled",
        {"phone": "+1", "isRawValue": False},
    ]
    assert sdk.run("() => b24.parent.message.send('CallCard::Dial')") == ["dialled", None]


def test_a_command_with_a_single_value(sdk: Client) -> None:
    sdk.portal.frame.command("say", placement="DEFAULT")(lambda params: f"said {params}")
    assert sdk.run("() => b24.placement.callCustomBind('say', 'a:\"b\"', () => {})") == 'said a:"b"'


def test_an_unknown_command_is_not_answered(sdk: Client, bx24: Client) -> None:
    """b24jssdk ends the wait by itself."""
    assert sdk.run("() => b24.placement.call('noSuchCommand', {})") == {"isSafely": True}
    bx24.begin("client.command", "noSuchCommand", {})
    assert bx24.answer(NEVER) == "no answer"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("test", "test"),
        ("a:b:c", "a:b:c"),
        ("", ""),
        (0, "0"),
        (True, "true"),
        (None, ""),
        ({"id": 1, "title": 'Демо: "x"'}, "[object Object]"),
        ([1, "2"], "1,2"),
    ],
)
def test_the_value_of_a_user_field_is_text(client: Client, placed: Callable[..., None], value: Any, kept: str) -> None:
    placed("USERFIELD_TYPE")
    if client.is_sdk:
        client.run("(value) => b24.placement.setValue(value)", value)
    else:
        client.run("client.command", "setValue", value)
    assert client.sent("setValue") == [value]
    wait_until(lambda: client.portal.frame.sent[-1].answered)  # which b24jssdk awaits for 900 ms only
    assert client.run("client.command", "getValue") == kept


def test_events_of_a_placement(client: Client, placed: Callable[..., None]) -> None:
    placed("CALL_CARD")
    client.frame.evaluate("heard.length = 0")
    client.run("client.bind", "CallCard::CallStateChanged")
    wait_until(lambda: client.sent("placementBindEvent"))
    for state in ("connecting", "connected"):
        client.portal.frame.emit("CallCard::CallStateChanged", {"callState": state})
        client.portal.frame.emit("CallCard::BeforeClose")
    client.frame.wait_for_function("heard.length === 2", timeout=TIMEOUT)
    assert client.run("() => heard") == [{"callState": "connecting"}, {"callState": "connected"}]


# ---------------------------------------------------------------- sliders


def test_the_application_in_a_slider(client: Client) -> None:
    client.begin("client.openApplication", {"task": "5", "text": "a:b"}, {"title": "My title", "width": 500})
    slider = client.page.get_by_role("dialog", name="My title")
    inner = client.frame_in(slider.locator("iframe"))
    about = client.run("client.about", frame=inner)
    assert (about["placement"], about["options"]) == ("DEFAULT", {"task": "5", "text": "a:b"})
    assert client.run("client.call", "user.current", {}, frame=inner)["data"]["ID"] == "1"
    box = slider.bounding_box()
    assert box is not None
    assert round(box["width"]) == 500
    client.run("client.setTitle", "Inner", frame=inner)
    expect(slider.get_by_role("heading")).to_have_text("Inner")
    inner.evaluate("void client.closeApplication()")
    # An empty answer is a text for b24jssdk and a list for the library.
    assert client.answer() == ("" if client.is_sdk else [])
    expect(slider).to_have_count(0)


def test_the_user_closes_the_slider(client: Client) -> None:
    client.begin("client.openApplication", {}, {"title": "Closing"})
    client.page.get_by_role("dialog", name="Closing").get_by_role("button", name="Close").click()
    assert client.answer() == ("" if client.is_sdk else [])


@pytest.mark.parametrize("path", ["/crm/deal/details/5/", "/company/personal/user/1/", "/crm/type/128/details/3/"])
def test_open_path(client: Client, path: str) -> None:
    client.begin("client.openPath", path)
    slider = client.page.locator(".slider")
    title = {
        "/crm/deal/details/5/": f"Deal: {client.portal.company.deals.value(5, 'TITLE')}",
        "/company/personal/user/1/": "Emma Lindqvist",
        "/crm/type/128/details/3/": "Item 3 of smart process 128",
    }[path]
    expect(slider.get_by_role("heading")).to_have_text(title)
    slider.get_by_role("button", name="Close").click()
    closed = {"isOpenAtNewWindow": False, "isClose": True} if client.is_sdk else {"result": "close"}
    assert client.answer() == closed
    assert client.portal.frame.sent[-1].answer == {"result": "close"}


@pytest.mark.parametrize("width", [1640, 1100, 930, 500, 0])
def test_open_path_with_a_width(sdk: Client, width: int) -> None:
    """b24jssdk opens any page by one that is allowed and `..`; which one says how wide the slider is to be."""
    sdk.begin("(width) => b24.slider.openPath(b24.slider.getUrl('/crm/deal/details/5/'), width)", width)
    expect(sdk.page.locator(".slider").get_by_role("heading")).to_have_text(re.compile("^Deal: "))
    sdk.page.keyboard.press("Escape")
    assert sdk.answer()["isClose"] is True


def test_a_path_that_is_not_available(sdk: Client, bx24: Client) -> None:
    answer = {"result": "error", "errorCode": "PATH_NOT_AVAILABLE"}
    assert bx24.run("client.openPath", "/settings/") == answer
    assert sdk.run("() => b24.parent.message.send('openPath', { path: '/settings/' })") == answer


def test_open_path_in_the_mobile_application(sdk: Client, bx24: Client) -> None:
    """b24jssdk opens a window instead, and tells when that is closed."""
    sdk.portal.frame.mobile = True
    answer = {"result": "error", "errorCode": "METHOD_NOT_SUPPORTED_ON_DEVICE"}
    assert bx24.run("client.openPath", "/crm/deal/details/5/") == answer
    with sdk.page.expect_popup() as popup:
        sdk.begin("client.openPath", "/crm/deal/details/5/")
    assert popup.value.url.endswith("/crm/deal/details/5/")
    popup.value.close()
    assert sdk.answer() == {"isOpenAtNewWindow": True, "isClose": True}


# ---------------------------------------------------------------- dialogs


def test_select_user(client: Client) -> None:
    client.begin("client.selectUser")
    dialog = client.page.get_by_role("dialog", name="Select an employee")
    dialog.get_by_label("Search").fill("priya chief")
    expect(dialog.get_by_role("option")).to_have_count(1)
    dialog.get_by_role("option").click()
    assert client.answer() == {"id": 4, "name": "Priya Raman"}


def test_select_users(client: Client) -> None:
    client.begin("client.selectUsers")
    dialog = client.page.get_by_role("dialog", name="Select employees")
    dialog.get_by_role("option", name="Emma Lindqvist").click()
    dialog.get_by_role("option", name="Jonas Hartmann").click()
    dialog.get_by_role("button", name="Select", exact=True).click()
    assert client.answer() == [{"id": 1, "name": "Emma Lindqvist"}, {"id": 2, "name": "Jonas Hartmann"}]


def test_select_access(client: Client) -> None:
    client.begin("client.selectAccess", ["AU"])
    dialog = client.page.get_by_role("dialog")
    expect(dialog.get_by_role("option", name="All authorized users")).to_be_disabled()
    dialog.get_by_role("option", name="Office move").click()
    dialog.get_by_role("button", name="Select", exact=True).click()
    assert client.answer() == [{"id": "SG3", "name": "Office move"}]


def test_select_crm(client: Client) -> None:
    wanted = {"entityType": ["deal", "contact"], "multiple": True, "value": {"deal": [2]}}
    client.begin("client.selectCRM", wanted)
    dialog = client.page.get_by_role("dialog")
    expect(dialog.get_by_role("option").first).to_be_visible()
    # At once after the tab there is no row of the list before that could be chosen.
    dialog.evaluate(
        """dialog => {
          dialog.querySelector('[data-kind=contact]').click();
          dialog.querySelector('.choice')?.click();
        }"""
    )
    dialog.get_by_role("option").first.click()
    expect(dialog.get_by_label("Chosen").get_by_role("button")).to_have_count(2)
    dialog.get_by_role("button", name="Select", exact=True).click()
    answer = client.answer()
    assert {kind: [one["id"] for one in found] for kind, found in answer.items() if found} == {
        "deal": ["D_2"],
        "contact": ["C_1"],
    }
    assert answer["deal"][0]["title"] == client.portal.company.deals.value(2, "TITLE")


@pytest.mark.parametrize("name", ["selectUser", "selectUsers", "selectAccess", "selectCRM"])
def test_a_dialog_that_is_closed_never_answers(client: Client, name: str) -> None:
    client.begin(f"client.{name}")
    dialog = client.page.get_by_role("dialog")
    expect(dialog.get_by_role("option").first).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    assert client.answer(NEVER) == "no answer"
    assert client.portal.frame.sent[-1].answer is NO_ANSWER


# ---------------------------------------------------------------- the portal page around the frame


def test_set_title(client: Client) -> None:
    answer = client.run("client.setTitle", 'Сделки: "A & B" <b>')
    assert answer["title"] == 'Сделки: "A & B" <b>'
    expect(client.page.locator("#title")).to_have_text('Сделки: "A & B" <b>')


def test_resize_window(client: Client) -> None:
    answer = client.run("client.resizeWindow", 640, 900)
    assert (answer["width"], answer["height"]) == (640, 900)
    box = client.page.locator("#stage iframe").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (640, 900)
    assert client.frame.evaluate("[innerWidth, innerHeight]") == [640, 900]


def test_fit_window(client: Client) -> None:
    client.frame.evaluate("document.getElementById('content').style.height = '1500px'")
    answer = client.run("client.fitWindow")
    assert (answer["width"], answer["height"]) == ("100%", client.run("client.scrollSize")["scrollHeight"])
    assert answer["height"] >= 1500
    assert client.frame.evaluate("innerHeight") == answer["height"]


def test_resize_window_auto(sdk: Client) -> None:
    sdk.frame.evaluate("document.getElementById('content').style.height = '400px'")
    sdk.run("() => answered(() => b24.parent.resizeWindowAuto(document.getElementById('content'), 0, 0))")
    assert sdk.frame.evaluate("innerHeight") == 400
    sdk.run("() => answered(() => b24.parent.resizeWindowAuto(null, 1200, 500))")
    assert sdk.frame.evaluate("innerHeight") == 1200


def test_scroll_parent_window(client: Client) -> None:
    client.run("client.resizeWindow", 800, 3000)
    answer = client.run("client.scrollParentWindow", 250)
    assert answer["scroll"] == 250
    assert client.page.evaluate("document.getElementById('stage').scrollTop") == 250
    client.run("client.scrollParentWindow", 0)
    assert client.page.evaluate("document.getElementById('stage').scrollTop") == 0


@pytest.mark.parametrize(
    ("code", "values", "said"),
    [
        ("client.im.callTo", [5, True], "Video call to user 5"),
        ("client.im.callTo", [6, False], "Call to user 6"),
        ("client.im.phoneTo", ["+1 20:30"], "Phone call to +1 20:30"),
        ("client.im.openMessenger", ["chat7"], "Messenger: chat chat7"),
        ("client.im.openHistory", ["imol|9"], "History of chat imol|9"),
    ],
)
def test_the_messenger_says_what_it_would_do(client: Client, code: str, values: list[Any], said: str) -> None:
    """Never answered; b24jssdk ends the wait by itself."""
    client.run(code, *values)
    client.notice(said)
    assert not client.portal.frame.sent[-1].answered


def test_reload_window(client: Client) -> None:
    client.page.evaluate("window.before = true")
    with client.page.expect_navigation():
        client.begin("client.reloadWindow")
    client.started()
    assert client.page.evaluate("window.before") is None
    assert client.call("user.current")["data"]["ID"] == "1"


def test_no_token_is_shown(client: Client) -> None:
    """What the portal page shows and remembers of both clients' messages and calls (contract, section 2)."""
    client.run("client.refreshAuth")
    client.call("user.current")
    tokens = client.run("client.auth")
    shown = client.page.content() + repr(client.portal.frame.sent) + repr(client.portal.rest.calls)
    assert tokens["access"] not in shown
    assert tokens["refresh"] not in shown
