"""The frame in the portal's page, the commands it sends, and what a test scripts in their place."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from bx24py.dev.portal.messages import NOTHING
from bx24py.dev.portal.portal import Portal
from bx24py.dev.portal.server import PortalServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser
from .wire_app import PAGE, App
from .wire_app import app as app
from .wire_app import folder as folder


def test_the_frame_learns_of_the_portal_by_its_name_and_address(app: App) -> None:
    domain = urlsplit(app.server.url).netloc
    assert app.frame.evaluate("window.name") == f"{domain}|0|{app.portal.state.app_sid}"
    query = parse_qs(urlsplit(app.frame.url).query)
    assert query == {"DOMAIN": [domain], "PROTOCOL": ["0"], "LANG": ["en"], "APP_SID": [app.portal.state.app_sid]}


@pytest.mark.parametrize("form", ["text", "short", "object"])
def test_init_data_is_answered_in_each_form_of_a_message(app: App, form: str) -> None:
    data = app.send("getInitData", form=form)
    assert app.portal.state.tokens.error(data.pop("AUTH_ID")) is None
    assert data.pop("REFRESH_ID")
    assert data == {
        "LANG": "en",
        "DOMAIN": urlsplit(app.server.url).netloc,
        "PROTOCOL": 0,
        "PATH": "/rest",
        "AUTH_EXPIRES": 3600,
        "MEMBER_ID": app.portal.state.member_id,
        "FIRST_RUN": False,
        "IS_ADMIN": True,
        "INSTALL": False,
        "USER_OPTIONS": {},
        "APP_OPTIONS": {},
        "PLACEMENT": "DEFAULT",
        "PLACEMENT_OPTIONS": {},
    }


def test_get_init_data_tells_the_state_as_it_is(app: App) -> None:
    state = app.portal.state
    state.admin, state.lang, state.first_run, state.install = False, "ru", True, True
    state.placement, state.placement_options = "CRM_DEAL_DETAIL_TAB", {"ID": "5"}
    state.app_options["a:b"] = {"x": [1, "ü:"]}
    data = app.send("getInitData")
    assert (data["IS_ADMIN"], data["LANG"], data["FIRST_RUN"], data["INSTALL"]) == (False, "ru", True, True)
    assert (data["PLACEMENT"], data["PLACEMENT_OPTIONS"]) == ("CRM_DEAL_DETAIL_TAB", {"ID": "5"})
    assert data["APP_OPTIONS"] == {"a:b": {"x": [1, "ü:"]}}


def test_an_application_elsewhere_may_be_opened_with_a_form_post(bx24_browser: Browser) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.do_GET()

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(PAGE.encode())

        def log_message(self, *args: object) -> None:
            pass

    posted: list[dict[str, list[str]]] = []
    elsewhere = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
    portal = Portal(deals=10)
    portal.frame.opens_with_post = True
    portal.state.placement, portal.state.placement_options = "TASK_VIEW_TAB", {"taskId": "7"}
    page = bx24_browser.new_page()
    try:
        with PortalServer(portal, app_url=f"http://127.0.0.1:{elsewhere.server_port}/start?x=1") as server:
            app = App(portal, server, page)
            app.open()
            assert app.frame.evaluate("name") == f"{urlsplit(server.url).netloc}|0|{portal.state.app_sid}"
            assert "x=1&DOMAIN=" in app.frame.url
    finally:
        page.close()
        elsewhere.shutdown()
        elsewhere.server_close()
    (fields,) = posted
    assert portal.state.tokens.error(fields["AUTH_ID"][0]) is None
    assert fields["PLACEMENT"] == ["TASK_VIEW_TAB"]
    assert json.loads(fields["PLACEMENT_OPTIONS"][0]) == {"taskId": "7"}


# ---------------------------------------------------------------- the commands


def test_refresh_auth_gives_a_token_that_rest_takes(app: App) -> None:
    app.portal.state.tokens.expire()
    answer = app.send("refreshAuth", {})
    assert sorted(answer) == ["AUTH_EXPIRES", "AUTH_ID", "REFRESH_ID"]
    assert app.portal.state.tokens.error(answer["AUTH_ID"]) is None


def test_refresh_auth_that_fails_is_an_alert_and_no_answer(app: App) -> None:
    app.portal.frame.renews_tokens = False
    assert app.is_unanswered("refreshAuth", {})
    expect(app.page.get_by_role("alert")).to_contain_text("could not renew the access token")


def test_resize_window_changes_the_size_of_the_frame(app: App) -> None:
    iframe = app.page.locator("#stage iframe")
    assert app.send("resizeWindow", {"width": 400, "height": 1500}) == {"width": 400, "height": 1500}
    box = iframe.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (400, 1500)
    assert app.send("resizeWindow", {"width": "100%", "height": 300}) == {"width": "100%", "height": 300}
    box = iframe.bounding_box()
    assert box is not None
    assert box["width"] > 700
    assert box["height"] == 300


def test_set_title_is_text_and_set_scroll_scrolls_the_page(app: App) -> None:
    assert app.send("setTitle", {"title": "<b>Ünïcode: 1</b>"}) == {"title": "<b>Ünïcode: 1</b>"}
    expect(app.page.locator("#title")).to_have_text("<b>Ünïcode: 1</b>")
    app.send("resizeWindow", {"width": "100%", "height": 3000})
    assert app.send("setScroll", {"scroll": 250}) == {"scroll": 250}
    assert app.page.evaluate("document.getElementById('stage').scrollTop") == 250


def test_reload_window_reloads_the_whole_page(app: App) -> None:
    app.page.evaluate("window.old = true")
    with app.page.expect_navigation():
        app.begin("reloadWindow", {})
    assert app.page.evaluate("window.old") is None
    assert app.send("getInitData")


def test_options_last_for_the_run(app: App) -> None:
    assert app.send("setUserOption", {"name": "a", "value": [1]}) == {"name": "a", "value": [1]}
    assert app.send("setAppOption", {"name": "b", "value": "x:y"}) == {"b": "x:y"}
    assert app.send("setAppOption", {"name": "c", "value": None}) == {"b": "x:y", "c": None}
    app.page.reload()
    data = app.send("getInitData")
    assert (data["USER_OPTIONS"], data["APP_OPTIONS"]) == ({"a": [1]}, {"b": "x:y", "c": None})


def test_set_app_option_of_a_user_who_is_no_administrator_is_not_answered(app: App) -> None:
    app.portal.state.admin = False
    assert app.is_unanswered("setAppOption", {"name": "b", "value": 1})
    assert app.portal.state.app_options == {}


def test_the_end_of_the_installation_reloads_the_page(app: App) -> None:
    state = app.portal.state
    state.first_run = state.install = True
    assert app.send("setInstall", {"install": True}) == {"install": True}
    assert (state.first_run, state.install) == (False, True)
    with app.page.expect_navigation(url="**/?install_finished=Y"):
        app.begin("setInstallFinish", {})
    assert app.send("getInitData")["INSTALL"] is False


@pytest.mark.parametrize(
    ("command", "params", "said"),
    [
        ("imCallTo", {"userId": 5, "video": True}, "Video call to user 5"),
        ("imPhoneTo", {"phone": "+1 2:3"}, "Phone call to +1 2:3"),
        ("imOpenMessenger", {"dialogId": "chat7"}, "Messenger: chat chat7"),
        ("imOpenHistory", {"dialogId": "<i>7</i>"}, "History of chat <i>7</i>"),
    ],
)
def test_the_messenger_is_not_answered(app: App, command: str, params: dict[str, Any], said: str) -> None:
    assert app.is_unanswered(command, params)
    expect(app.page.locator(".notice")).to_have_text(said)


def test_messages_are_answered_in_their_order(app: App) -> None:
    # Long messages among short ones: sent side by side, the short ones would overtake them.
    app.frame.evaluate(
        """() => { heard.length = 0; return Promise.all(Array.from({length: 700}, (_, number) =>
        send('setUserOption', {name: 'n', value: number, noise: number % 50 ? '' : 'x'.repeat(400000)}))) }"""
    )
    answers = app.frame.evaluate("heard.map(([id, result]) => result.value)")
    assert answers == list(range(700))
    assert app.portal.state.user_options == {"n": 699}


def test_an_unknown_command_is_not_answered(app: App) -> None:
    assert app.is_unanswered("fooBar", {"a": 1})
    assert app.is_unanswered("foo:bar", {"a": 1}, form="object")
    app.wait_for("foo:bar")
    assert app.commands()[-2:] == ["fooBar", "foo:bar"]


def test_rest_calls_that_hang_do_not_hold_up_the_wire(app: App) -> None:
    app.portal.rest.route("user.current").never()
    url = f"{app.server.url}rest/user.current.json"
    app.frame.evaluate("url => { for (let i = 0; i < 12; i++) fetch(url, {method: 'POST'}).catch(() => {}) }", url)
    app.page.wait_for_timeout(200)
    assert app.send("setTitle", {"title": "still here"}) == {"title": "still here"}


# ---------------------------------------------------------------- the script


def test_a_scripted_answer_takes_the_place_of_the_portals(app: App) -> None:
    frame = app.portal.frame
    frame.answer("selectUser", {"id": 7, "name": "Ada"})
    frame.answer("selectUser", [], times=1)
    frame.answer("fooBar", lambda params: {"was": params})
    frame.answer("reloadWindow", NOTHING)
    assert [app.send("selectUser", {}) for _ in range(3)] == [[], {"id": 7, "name": "Ada"}, {"id": 7, "name": "Ada"}]
    assert app.send("fooBar", ["x"]) == {"was": ["x"]}
    assert app.send("reloadWindow") == "empty"
    assert app.page.get_by_role("dialog").count() == 0


def test_a_silenced_command_is_not_answered(app: App) -> None:
    app.portal.frame.silence("refreshAuth", times=2)
    assert app.is_unanswered("refreshAuth", {})
    assert app.is_unanswered("refreshAuth", {})
    assert app.send("refreshAuth", {})["AUTH_ID"]
    assert [message.answered for message in app.portal.frame.sent[-3:]] == [False, False, True]


def test_reset_forgets_the_script(app: App) -> None:
    app.portal.frame.silence("setTitle")
    app.portal.frame.command("mine")(lambda params: 1)
    app.portal.reset()
    assert app.portal.frame.sent == []
    assert app.send("setTitle", {"title": "x"}) == {"title": "x"}
    assert app.is_unanswered("mine", {})


def test_a_function_of_the_author_that_fails_is_told_and_does_not_stop_the_portal(app: App) -> None:
    def fail(params: Any) -> Any:
        raise RuntimeError("out of ideas")

    app.portal.frame.answer("selectUser", fail)
    assert app.is_unanswered("selectUser", {})
    expect(app.page.get_by_role("alert")).to_contain_text("out of ideas")
    app.portal.frame.answer("selectUser", lambda params: object())
    assert app.is_unanswered("selectUser", {})
    assert app.send("setTitle", {"title": "x"}) == {"title": "x"}


def test_an_answer_that_is_no_json_is_refused_at_once(app: App) -> None:
    with pytest.raises(TypeError):
        app.portal.frame.answer("selectUser", object())


def test_the_messages_hold_no_token(app: App) -> None:
    token = app.send("refreshAuth", {})["AUTH_ID"]
    app.send("setUserOption", {"name": "t", "value": f"x{token}y"})
    messages = repr(app.portal.frame.sent)
    assert token not in messages
    assert app.portal.frame.sent[-1].params == {"name": "t", "value": "x***y"}
    assert app.portal.state.user_options["t"] == f"x{token}y"
