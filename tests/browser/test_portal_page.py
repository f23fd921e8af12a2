"""The portal page and its server, seen by a page that speaks the wire protocol by hand (contract, sections 1, 2, 5)."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from bx24py.dev.portal.messages import NO_ANSWER, NOTHING
from bx24py.dev.portal.portal import Portal
from bx24py.dev.portal.server import PortalServer
from bx24py.dev.portal.wire import MESSAGES_KEPT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Frame, Page

SHORT, LONG = 300, 20_000
"""Milliseconds that stand for "never", and what an answer may take on a busy machine."""

PAGE = """<!doctype html><html><head><meta charset="utf-8"></head><body><p>Application</p><script>
const [domain, protocol, sid] = window.name.split('|');
const parentOrigin = (protocol === '1' ? 'https://' : 'http://') + domain;
const waiting = new Map();
const heard = [];
let count = 0;
addEventListener('message', (event) => {
  if (event.origin !== parentOrigin) return;
  const colon = event.data.indexOf(':');
  const [id, text] = [event.data.slice(0, colon), event.data.slice(colon + 1)];
  const result = text === '' ? 'empty' : JSON.parse(text);
  heard.push([id, result]);
  waiting.get(id)?.(result);
});
function post(message) { parent.postMessage(message, parentOrigin); }
function send(command, params, form = 'text') {
  const id = 'cb' + (++count);
  const json = params === undefined ? '' : JSON.stringify(params);
  if (form === 'text') post(`${command}:${json}:${id}:${sid}`);
  else if (form === 'short') post([command, json, id, sid].filter(Boolean).join(':'));
  else post({ method: command, params: params ?? '', callback: id, appSid: sid });
  return new Promise((resolve) => waiting.set(id, resolve));
}
function within(promise, ms) {
  return Promise.race([promise, new Promise((resolve) => setTimeout(resolve, ms, 'no answer'))]);
}
</script></body></html>"""


class App:
    """An application opened in a portal."""

    def __init__(self, portal: Portal, server: PortalServer, page: Page) -> None:
        self.portal = portal
        self.server = server
        self.page = page

    def open(self) -> None:
        self.page.goto(self.server.url)
        assert self.frame.evaluate("send('getInitData')")

    @property
    def frame(self) -> Frame:
        """The application's main frame, once its script has run."""
        handle = self.page.wait_for_selector("#stage iframe")
        frame = handle and handle.content_frame()
        assert frame
        frame.wait_for_function("typeof within === 'function'")
        return frame

    def slider(self) -> Frame:
        """The frame in the slider in front."""
        handle = self.page.wait_for_selector("#overlays > :last-child .slider iframe")
        frame = handle and handle.content_frame()
        assert frame
        frame.wait_for_function("typeof within === 'function'")
        return frame

    def send(self, command: str, params: Any = None, *, form: str = "text", frame: Frame | None = None) -> Any:
        """Send a command and return its answer, "empty" for an empty result."""
        answer = self._send(command, params, form, frame, LONG)
        assert answer != "no answer", command
        return answer

    def is_unanswered(
        self, command: str, params: Any = None, *, form: str = "text", frame: Frame | None = None
    ) -> bool:
        """Send a command and tell whether no answer comes."""
        return bool(self._send(command, params, form, frame, SHORT) == "no answer")

    def _send(self, command: str, params: Any, form: str, frame: Frame | None, limit: int) -> Any:
        return (frame or self.frame).evaluate(
            f"([command, params, form]) => within(send(command, params ?? undefined, form), {limit})",
            [command, params, form],
        )

    def begin(self, command: str, params: Any = None, *, frame: Frame | None = None) -> None:
        """Send a command and keep its answer for `answer`."""
        (frame or self.frame).evaluate(
            "([command, params]) => { window.begun = send(command, params ?? undefined) }", [command, params]
        )

    def answer(self, *, frame: Frame | None = None) -> Any:
        return (frame or self.frame).evaluate(f"within(window.begun, {LONG})")

    def still_waits(self) -> bool:
        """Tell whether what was begun is not answered."""
        return bool(self.frame.evaluate(f"within(window.begun, {SHORT})") == "no answer")

    def commands(self) -> list[str]:
        return [message.command for message in self.portal.frame.sent]

    def wait_for(self, command: str) -> None:
        wait_until(lambda: command in self.commands())


def wait_until(condition: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "app"
    made.mkdir()
    (made / "index.html").write_text(PAGE)
    return made


@pytest.fixture
def app(bx24_browser: Browser, folder: Path) -> Iterator[App]:
    portal = Portal(deals=200)
    page = bx24_browser.new_page(viewport={"width": 1280, "height": 720})
    page.set_default_timeout(8_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    with PortalServer(portal, folder) as server:
        opened = App(portal, server, page)
        opened.open()
        yield opened
        page.close()
    assert errors == []


def get(
    url: str,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
    path: str | None = None,
) -> tuple[http.client.HTTPResponse, bytes]:
    """Ask a server without anything in between that tidies up the path."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    connection.request(method, path or parts.path + (f"?{parts.query}" if parts.query else ""), body, headers or {})
    response = connection.getresponse()
    data = response.read()
    connection.close()
    return response, data


# ---------------------------------------------------------------- opening


def test_the_frame_learns_of_the_portal_by_its_name_and_address(app: App) -> None:
    domain = urlsplit(app.server.url).netloc
    assert app.frame.evaluate("window.name") == f"{domain}|0|{app.portal.state.app_sid}"
    query = parse_qs(urlsplit(app.frame.url).query)
    assert query == {"DOMAIN": [domain], "PROTOCOL": ["0"], "LANG": ["en"], "APP_SID": [app.portal.state.app_sid]}


@pytest.mark.parametrize("form", ["text", "short", "object"])
def test_get_init_data(app: App, form: str) -> None:
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


def test_resize_window(app: App) -> None:
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


def test_installation(app: App) -> None:
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


# ---------------------------------------------------------------- dialogs


def test_select_user_with_search_by_keyboard(app: App) -> None:
    app.begin("selectUser", {"title": "Who?", "mult": False})
    dialog = app.page.get_by_role("dialog", name="Who?")
    expect(dialog.get_by_role("option")).to_have_count(60)
    app.page.keyboard.type("priya chief")
    expect(dialog.get_by_role("option")).to_have_count(1)
    app.page.keyboard.press("ArrowDown")
    app.page.keyboard.press("Enter")
    assert app.answer() == {"id": 4, "name": "Priya Raman"}
    expect(dialog).to_have_count(0)
    assert app.portal.frame.sent[-1].answer == {"id": 4, "name": "Priya Raman"}


def test_select_users(app: App) -> None:
    app.begin("selectUser", {"mult": True})
    dialog = app.page.get_by_role("dialog", name="Select employees")
    select = dialog.get_by_role("button", name="Select", exact=True)
    expect(select).to_be_disabled()
    dialog.get_by_role("option", name="Emma Lindqvist").click()
    dialog.get_by_role("option", name="Michael O'Connor").click()
    dialog.get_by_role("option", name="Jonas Hartmann").click()
    dialog.get_by_role("button", name="Remove Michael O'Connor").click()
    select.click()
    assert app.answer() == [{"id": 1, "name": "Emma Lindqvist"}, {"id": 2, "name": "Jonas Hartmann"}]


@pytest.mark.parametrize("command", ["selectUser", "selectAccess", "selectCRM"])
@pytest.mark.parametrize("way", ["Escape", "button", "beside"])
def test_a_dialog_that_is_closed_never_answers(app: App, command: str, way: str) -> None:
    app.begin(command, {})
    dialog = app.page.get_by_role("dialog")
    expect(dialog.get_by_role("option").first).to_be_visible()
    if way == "Escape":
        app.page.keyboard.press("Escape")
    elif way == "button":
        dialog.get_by_role("button", name="Close").click()
    else:
        app.page.mouse.click(20, 690)
    expect(dialog).to_have_count(0)
    assert app.still_waits()
    assert app.portal.frame.sent[-1].answer is NO_ANSWER


def test_select_access(app: App) -> None:
    app.begin("selectAccess", {"value": ["AU", "SG2"]})
    dialog = app.page.get_by_role("dialog")
    expect(dialog.get_by_role("option", name="All authorized users")).to_be_disabled()
    expect(dialog.get_by_role("option", name="Trade fair")).to_be_disabled()
    dialog.get_by_role("option", name="Office move").click()
    dialog.get_by_label("Search").fill("lindqvist")
    dialog.get_by_role("option", name="Emma Lindqvist").click()
    dialog.get_by_role("button", name="Select", exact=True).click()
    assert app.answer() == [{"id": "SG3", "name": "Office move"}, {"id": "U1", "name": "Emma Lindqvist"}]


def test_select_crm(app: App) -> None:
    app.begin(
        "selectCRM", {"entityType": ["deal", "contact"], "multiple": True, "value": {"deal": [2], "contact": ["C_3"]}}
    )
    dialog = app.page.get_by_role("dialog")
    expect(dialog.get_by_role("tab")).to_have_text(["Deals", "Contacts"])
    dialog.get_by_label("Search").fill("#150")
    dialog.get_by_role("option", name="#150").click()
    dialog.get_by_role("button", name="Select", exact=True).click()
    answer = app.answer()
    assert list(answer) == ["lead", "contact", "company", "deal", "quote"]
    assert [one["id"] for one in answer["deal"]] == ["D_2", "D_150"]
    assert [one["id"] for one in answer["contact"]] == ["C_3"]
    assert (answer["lead"], answer["company"], answer["quote"]) == ([], [], [])
    assert sorted(answer["deal"][1]) == ["desc", "id", "place", "title", "type", "url"]
    assert answer["deal"][1]["title"].endswith("#150")
    assert answer["deal"][1]["url"] == "/crm/deal/show/150/"


def test_select_one_crm_item(app: App) -> None:
    app.begin("selectCRM", {"entityType": ["company"]})
    app.page.get_by_role("dialog").get_by_role("option").first.click()
    answer = app.answer()
    assert [one["id"] for one in answer["company"]] == ["CO_1"]
    assert answer["deal"] == []


def test_what_was_written_through_rest_is_in_the_dialog(app: App) -> None:
    app.portal.company.users.update(9, {"NAME": "<img src=x onerror=alert(1)>", "LAST_NAME": "Zz"})
    app.begin("selectUser", {})
    app.page.get_by_role("dialog").get_by_label("Search").fill("onerror")
    option = app.page.get_by_role("dialog").get_by_role("option")
    expect(option).to_have_count(1)
    assert app.page.locator("#overlays img").count() == 0
    option.click()
    assert app.answer() == {"id": 9, "name": "<img src=x onerror=alert(1)> Zz"}


# ---------------------------------------------------------------- sliders


def test_open_application(app: App) -> None:
    app.begin(
        "openApplication",
        {
            "opened": True,
            "bx24_width": 450,
            "bx24_title": "my title",
            "bx24_label": {"text": "my task", "bgColor": "pink"},
        },
    )
    inner = app.slider()
    data = app.send("getInitData", frame=inner)
    assert (data["PLACEMENT"], data["PLACEMENT_OPTIONS"]) == ("DEFAULT", {"opened": True})
    slider = app.page.get_by_role("dialog", name="my title")
    box = slider.bounding_box()
    assert box is not None
    assert round(box["width"]) == 450
    expect(slider).to_contain_text("my task")
    assert app.send("setTitle", {"title": "inner"}, frame=inner) == {"title": "inner"}
    expect(slider.get_by_role("heading")).to_have_text("inner")
    expect(app.page.locator("#title")).to_have_text("Application")
    assert app.still_waits()
    slider.get_by_role("button", name="Close").click()
    assert app.answer() == "empty"
    expect(slider).to_have_count(0)


def test_the_left_boundary_of_a_slider_stays_free(app: App) -> None:
    app.begin("openApplication", {"bx24_leftBoundary": 200})
    app.slider()
    around, slider = app.page.locator(".shade").bounding_box(), app.page.locator(".slider").bounding_box()
    assert around is not None
    assert slider is not None
    assert round(around["width"] - slider["width"]) == 200


def test_the_same_callback_id_in_two_frames_is_two_callbacks(app: App) -> None:
    app.begin("openApplication", {"opened": True})
    inner = app.slider()
    inner.evaluate("post(`setTitle:${JSON.stringify({title: 'x'})}:same:${sid}`)")
    inner.wait_for_function("heard.some(([id]) => id === 'same')")
    assert app.frame.evaluate("heard.some(([id]) => id === 'same')") is False


def test_close_application_closes_the_slider_it_comes_from(app: App) -> None:
    app.begin("openApplication", {"level": 1})
    first = app.slider()
    app.begin("openApplication", {"level": 2}, frame=first)
    expect(app.page.locator(".slider")).to_have_count(2)
    second = app.slider()
    second.evaluate("void send('closeApplication')")
    expect(app.page.locator(".slider")).to_have_count(1)
    assert app.answer(frame=first) == "empty"
    # The application that opened it is still there to be answered.
    assert app.send("closeApplication") == "empty"
    expect(app.page.locator(".slider")).to_have_count(0)
    assert app.answer() == "empty"
    assert app.is_unanswered("closeApplication")


def test_closing_a_slider_closes_what_was_opened_in_it(app: App) -> None:
    app.begin("openApplication", {})
    inner = app.slider()
    app.begin("openPath", {"path": "/marketplace/"}, frame=inner)
    expect(app.page.locator(".slider")).to_have_count(2)
    inner.evaluate("void send('closeApplication')")
    expect(app.page.locator(".slider")).to_have_count(0)


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/crm/deal/details/5/", "Deal: "),
        ("/crm/lead/details/12/", "Lead: "),
        ("/crm/contact/details/2/", "Contact: "),
        ("/crm/company/details/7/?x=1", "Company: "),
        ("/crm/type/128/details/3/", "Item 3 of smart process 128"),
        ("/marketplace/", "Market"),
        ("/company/personal/user/1/", "Emma Lindqvist"),
        ("/workgroups/group/4/", ""),
        # How b24jssdk opens any page of the portal.
        ("/crm/deal/../../company/personal/user/2/?IFRAME=Y", "Jonas Hartmann"),
    ],
)
def test_open_path(app: App, path: str, title: str) -> None:
    app.begin("openPath", {"path": path})
    slider = app.page.locator(".slider")
    expect(slider.get_by_role("heading")).to_contain_text(title)
    expect(slider).to_contain_text(path)
    assert app.still_waits()
    app.page.keyboard.press("Escape")
    assert app.answer() == {"result": "close"}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/crm/quote/details/5/",
        "/crm/type/x/",
        "/bitrix/admin/",
        "https://example.com/crm/deal/",
        "//example.com/crm/deal/",
        "",
        5,
        None,
    ],
)
def test_open_path_that_is_not_available(app: App, path: Any) -> None:
    assert app.send("openPath", {"path": path}) == {"result": "error", "errorCode": "PATH_NOT_AVAILABLE"}
    assert app.page.locator(".slider").count() == 0


def test_open_path_in_the_mobile_application(app: App) -> None:
    app.portal.frame.mobile = True
    answer = app.send("openPath", {"path": "/crm/deal/details/5/"})
    assert answer == {"result": "error", "errorCode": "METHOD_NOT_SUPPORTED_ON_DEVICE"}


# ---------------------------------------------------------------- placements


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
def test_get_interface(app: App, placement: str, commands: int, events: int) -> None:
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


def test_user_field_value(app: App) -> None:
    app.portal.state.placement = "USERFIELD_TYPE"
    assert app.send("setValue", "a:b") == "empty"
    assert app.send("getValue", {}) == "a:b"


def test_call_card(app: App) -> None:
    app.portal.state.placement = "CALL_CARD"
    assert app.send("getStatus", {})["CALL_STATE"] == "connected"
    assert app.send("disableAutoClose", {}) == []
    assert app.send("enableAutoClose", {}) == []


def test_background_call_card(app: App) -> None:
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


# ---------------------------------------------------------------- the script


def test_scripted_answers(app: App) -> None:
    frame = app.portal.frame
    frame.answer("selectUser", {"id": 7, "name": "Ada"})
    frame.answer("selectUser", [], times=1)
    frame.answer("fooBar", lambda params: {"was": params})
    frame.answer("reloadWindow", NOTHING)
    assert [app.send("selectUser", {}) for _ in range(3)] == [[], {"id": 7, "name": "Ada"}, {"id": 7, "name": "Ada"}]
    assert app.send("fooBar", ["x"]) == {"was": ["x"]}
    assert app.send("reloadWindow") == "empty"
    assert app.page.get_by_role("dialog").count() == 0


def test_silence(app: App) -> None:
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


# ---------------------------------------------------------------- hostile frames


def test_noise_is_dropped(app: App) -> None:
    before = len(app.portal.frame.sent)
    app.frame.evaluate(
        """() => {
        heard.length = 0;
        const mebi = 1 << 20;
        const messages = [
          '', ':', '::::', 'getInitData', `:${sid}`, `:::${sid}`, `getInitData::cb:${sid}x`,
          `getInitData::cb:${sid.slice(1)}`, 'getInitData::cb:', `setTitle:{"title":cb:${sid}`,
          `setTitle:{broken}:cb:${sid}`, `set Title:{}:cb:${sid}`, 5, null, undefined, true, [], {},
          { method: 'getInitData', callback: 'cb' }, { method: 'getInitData', callback: 'cb', appSid: 'wrong' },
          { method: 5, callback: 'cb', appSid: sid }, { method: 'setTitle', params: 5n, callback: 'cb', appSid: sid },
          new Map([['method', 'getInitData']]), 'x'.repeat(mebi), 'getInitData::cb:' + 'x'.repeat(mebi),
          new ArrayBuffer(mebi), `setTitle:${'['.repeat(mebi)}:cb:${sid}`,
        ];
        const cyclic = { method: 'setTitle', callback: 'cb', appSid: sid };
        cyclic.params = cyclic;
        for (const message of [...messages, cyclic]) post(message);
        return within(send('setTitle', {title: 'after'}), 3000);
        }"""
    )
    app.wait_for("setTitle")
    assert app.commands()[before:] == ["setTitle"]
    assert app.frame.evaluate("heard.length") == 1


def test_another_origin_is_not_answered(app: App) -> None:
    before = len(app.portal.frame.sent)
    here = urlsplit(app.server.app_url)
    other = f"http://localhost:{here.port}/"
    app.frame.evaluate(f"void (location.href = {other!r})")
    app.page.wait_for_timeout(300)
    frame = app.frame
    assert frame.url == other
    assert app.is_unanswered("getInitData", frame=frame)
    assert len(app.portal.frame.sent) == before


def test_a_frame_inside_the_application_is_not_answered(app: App) -> None:
    before = len(app.portal.frame.sent)
    app.frame.evaluate(
        """() => {
        const inner = document.createElement('iframe');
        inner.srcdoc = `<script>top.postMessage('getInitData::cb:${sid}', '*')<\\/script>`;
        document.body.append(inner);
        }"""
    )
    app.page.wait_for_timeout(300)
    assert len(app.portal.frame.sent) == before


def test_a_flood_does_not_take_the_portal_down(app: App) -> None:
    app.frame.evaluate(
        "() => { for (let i = 0; i < 60000; i++) post(i % 2 ? `getInitData::f${i}:${sid}` : 'x'.repeat(1000)) }"
    )
    app.page.locator("#tab-switches").click(timeout=10_000)
    expect(app.page.locator("#panel-switches")).to_be_visible()
    assert app.frame.evaluate("within(send('setTitle', {title: 'alive'}), 20000)") == {"title": "alive"}
    assert len(app.portal.frame.sent) <= MESSAGES_KEPT


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        ({"Content-Type": "application/json"}, 401),
        ({"Authorization": "Bearer x"}, "refused"),
        ({"X-Requested-With": "x"}, "refused"),
        ({"Idempotency-Key": "x"}, "refused"),
    ],
)
def test_an_application_can_send_no_header_of_its_own_to_rest(
    app: App, headers: dict[str, str], outcome: int | str
) -> None:
    ask = """([url, headers]) => fetch(url, {method: 'POST', headers, body: '{}'})
        .then((response) => response.status, () => 'refused')"""
    assert app.frame.evaluate(ask, [f"{app.server.url}rest/server.time.json", headers]) == outcome


def test_only_the_portal_page_may_use_its_interface(app: App) -> None:
    api = json.loads(get(f"{app.server.url}portal/config")[1])["api"]
    body = json.dumps(
        {"messages": [{"frame": "x", "command": "getInitData", "params": None, "callback": "c"}]}
    ).encode()
    for origin in (app.server.app_url.rstrip("/"), "http://example.com", "null", ""):
        response, text = get(f"{api}/wire", "POST", {"Origin": origin} if origin else {}, body)
        assert response.status == 403
        assert b"AUTH_ID" not in text
    assert app.frame.evaluate("api => fetch(api + '/events').then(() => 'read', () => 'refused')", api) == "refused"


# ---------------------------------------------------------------- the developer tools


def test_the_log_shows_messages_and_calls_without_tokens(app: App) -> None:
    page = app.page
    expect(page.locator("#log-count")).to_have_text("1 entry")
    token = app.send("refreshAuth", {})["AUTH_ID"]
    app.frame.evaluate(
        "([url, auth]) => fetch(url, {method: 'POST', body: new URLSearchParams({auth, 'filter[ACTIVE]': 'Y'})})",
        [f"{app.server.url}rest/user.get.json", token],
    )
    app.frame.evaluate("url => fetch(url, {method: 'POST'})", f"{app.server.url}rest/no.such.json")
    rows = page.locator(".log-row:not([hidden])")
    expect(rows).to_have_count(4)
    expect(page.locator(".log-row b")).to_have_text(["getInitData", "refreshAuth", "user.get", "no.such"])
    expect(rows.nth(2)).to_contain_text("200")
    expect(rows.nth(3)).to_have_class("log-row failed")

    rows.nth(1).click()
    expect(page.locator("#detail-answer")).to_contain_text('"AUTH_ID": "***"')
    rows.nth(1).press("ArrowDown")
    expect(page.locator("#detail-name")).to_have_text("user.get")
    expect(page.locator("#detail-params")).to_contain_text('"ACTIVE": "Y"')
    expect(page.locator("#detail-answer")).to_contain_text("Lindqvist")
    assert token not in page.content()
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()

    page.get_by_label("Filter the log").fill("active")
    expect(rows).to_have_count(1)
    expect(page.locator("#log-count")).to_have_text("1 of 4 entries")
    page.get_by_label("Filter the log").fill("")
    page.get_by_role("radio", name="Wire").check()
    expect(rows).to_have_count(2)
    page.get_by_role("radio", name="Failed").check()
    expect(rows).to_have_count(1)
    page.get_by_role("radio", name="All").check()
    page.get_by_role("button", name="Clear").click()
    expect(rows).to_have_count(0)
    page.reload()
    expect(rows).to_have_count(0)


def test_an_answer_of_rest_that_holds_a_token_is_masked_in_the_log(app: App) -> None:
    token = app.send("refreshAuth", {})["AUTH_ID"]
    app.send("setUserOption", {"name": "kept", "value": token})
    answer = app.frame.evaluate(
        "([url, auth]) => fetch(url, {method: 'POST', body: new URLSearchParams({auth, option: 'kept'})})"
        ".then(r => r.json())",
        [f"{app.server.url}rest/user.option.get.json", token],
    )
    assert answer["result"] == token
    app.page.locator(".log-row", has_text="user.option.get").click()
    expect(app.page.locator("#detail-answer")).to_contain_text('"***"')
    assert token not in app.page.content()


def test_an_entry_changes_when_it_is_answered(app: App) -> None:
    app.begin("selectUser", {})
    row = app.page.locator(".log-row", has_text="selectUser")
    expect(row).to_contain_text("not answered")
    app.page.get_by_role("dialog").get_by_role("option").first.click()
    expect(row.locator(".log-status")).to_have_text("answered")


def test_a_flood_of_entries_is_drawn_in_a_few_turns_and_not_at_all_where_nobody_looks(app: App) -> None:
    page = app.page
    expect(page.locator(".log-row")).to_have_count(1)
    page.evaluate(
        "window.drawn = [];"
        "new MutationObserver(() => drawn.push(performance.now())).observe("
        "document.getElementById('log-rows'), {childList: true})"
    )
    for _ in range(20):
        get(f"{app.server.url}rest/server.time.json", "POST")
        page.wait_for_timeout(50)
    expect(page.locator(".log-row")).to_have_count(21)
    pauses = page.evaluate("drawn.slice(1).map((time, index) => time - drawn[index])")
    assert len(pauses) >= 2
    assert sum(pauses) / len(pauses) > 200  # each may arrive early after one that was late

    toggle = page.get_by_role("button", name="Developer tools")
    toggle.click()
    page.evaluate("drawn.length = 0")
    for _ in range(5):
        get(f"{app.server.url}rest/server.time.json", "POST")
    page.wait_for_timeout(700)
    assert page.evaluate("drawn.length") == 0
    toggle.click()
    expect(page.locator(".log-row")).to_have_count(26)
    page.get_by_role("tab", name="Portal").click()
    get(f"{app.server.url}rest/server.time.json", "POST")
    page.get_by_role("tab", name="Log").click()
    expect(page.locator(".log-row")).to_have_count(27)


def test_the_address_can_ask_for_the_portal_without_developer_tools(app: App) -> None:
    app.page.goto(f"{app.server.url}?devtools=closed")
    expect(app.page.locator("#stage iframe")).to_be_visible()
    expect(app.page.locator("#devtools")).to_be_hidden()
    app.page.goto(app.server.url)
    expect(app.page.locator("#devtools")).to_be_visible()


def test_the_switches(app: App) -> None:
    page, state, rest = app.page, app.portal.state, app.portal.rest
    page.get_by_role("tab", name="Portal").click()
    page.get_by_label("Administrator").uncheck()
    page.get_by_label("Language").select_option("de")
    page.get_by_label("First run").check()
    page.get_by_label("Mobile application").check()
    page.get_by_label("Offline").check()
    page.get_by_label("Rate limit").uncheck()
    page.get_by_label("Refuse new tokens").check()
    page.get_by_label("Speed").select_option("2")
    wait_until(lambda: rest.latency == 2.0)
    assert (state.admin, state.lang, state.first_run) == (False, "de", True)
    assert (rest.offline, rest.limits.enabled) == (True, False)
    assert (app.portal.frame.mobile, app.portal.frame.renews_tokens) == (True, False)
    expect(page.locator("#reload")).to_have_class("due")
    page.get_by_role("button", name="Reload").click()
    app.page.wait_for_timeout(300)
    assert app.send("getInitData")["LANG"] == "de"
    assert "LANG=de" in app.frame.url


def test_switches_follow_what_a_test_changes(app: App) -> None:
    app.page.get_by_role("tab", name="Portal").click()
    app.portal.state.admin = False
    app.portal.state.lang = "vn"
    app.portal.rest.latency = 0.25
    expect(app.page.get_by_label("Administrator")).not_to_be_checked()
    expect(app.page.get_by_label("Language")).to_have_value("vn")
    expect(app.page.get_by_label("Speed")).to_have_value("0.25")


def test_opening_in_a_placement_and_its_events(app: App) -> None:
    page = app.page
    page.get_by_role("tab", name="Portal").click()
    expect(page.get_by_text("This placement has no events.")).to_be_visible()
    page.get_by_label("Options").fill("{broken")
    page.get_by_role("button", name="Open here").click()
    expect(page.locator("#said")).to_contain_text("not JSON")
    page.get_by_label("Code").fill("CALL_CARD")
    page.get_by_label("Code").press("Tab")
    page.get_by_role("button", name="Open here").click()
    expect(page.locator("#place")).to_have_text("CALL_CARD")
    wait_until(lambda: app.send("getInitData")["PLACEMENT_OPTIONS"].get("CALL_STATE") == "connected")
    assert app.is_unanswered("placementBindEvent", {"event": "CallCard::BeforeClose"})
    app.wait_for("placementBindEvent")
    page.locator("#event").select_option("CallCard::BeforeClose")
    page.get_by_role("button", name="Let it happen").click()
    expect(page.locator("#said")).to_have_text("The event reached 1 subscription.")
    app.frame.wait_for_function("heard.length > 0")


def test_expire_and_reinstall(app: App) -> None:
    token = app.send("refreshAuth", {})["AUTH_ID"]
    app.send("setUserOption", {"name": "a", "value": 1})
    app.page.get_by_role("tab", name="Portal").click()
    app.page.get_by_role("button", name="Expire the tokens").click()
    wait_until(lambda: app.portal.state.tokens.error(token) == "expired_token")
    app.page.get_by_role("button", name="Reinstall").click()
    wait_until(lambda: app.portal.state.install)
    app.page.wait_for_timeout(300)
    data = app.send("getInitData")
    assert (data["FIRST_RUN"], data["INSTALL"], data["USER_OPTIONS"]) == (True, True, {})


def test_the_panel_is_used_by_keyboard(app: App) -> None:
    page = app.page
    page.get_by_role("tab", name="Log").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#panel-switches")).to_be_visible()
    separator = page.get_by_role("separator")
    before = int(separator.get_attribute("aria-valuenow") or 0)
    separator.focus()
    page.keyboard.press("ArrowLeft")
    assert int(separator.get_attribute("aria-valuenow") or 0) > before
    page.get_by_role("button", name="Developer tools").click()
    expect(page.locator("#devtools")).to_be_hidden()
    page.reload()
    expect(page.locator("#devtools")).to_be_hidden()


def test_the_server_reloads_the_application(app: App, folder: Path) -> None:
    (folder / "index.html").write_text(PAGE.replace("Application", "Changed"))
    app.server.reload()
    app.page.wait_for_timeout(500)
    expect(app.page.frame_locator("#stage iframe").locator("p")).to_have_text("Changed")
    expect(app.page.locator("#stage iframe")).to_have_count(1)


def test_the_page_says_when_the_portal_has_stopped(app: App) -> None:
    app.server.stop()
    expect(app.page.get_by_role("alert")).to_have_text("The local portal does not answer")


# ---------------------------------------------------------------- the server


LINES = """<!doctype html><p>//api.bitrix24.com/api/v1/</p>
<script src="//api.bitrix24.com/api/v1/"></script>
<script defer src='https://api.bitrix24.com/api/v1/?rateguard=0'></script>
<SCRIPT SRC=http://api.bitrix24.com/api/v1/></SCRIPT>
<script src="//api.bitrix24.com/api/v1/other.js"></script>
<script>"//api.bitrix24.com/api/v1/"</script>
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PortalServer]:
    folder = tmp_path / "app"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "pyodide.asm.wasm").write_bytes(b"\0asm")
    (folder / "index.html").write_text(LINES)
    (folder / "sub" / "index.html").write_text("sub")
    for name in ("app.py", "a.mjs", "a.wasm", "a.css", "a.json", "Ünï code.txt"):
        (folder / name).write_text("//api.bitrix24.com/api/v1/")
    extra: Any = {"made.zip": lambda: b"zipped", "pyodide/": tmp_path / "dist"}
    with PortalServer(Portal(deals=10), folder, extra=extra) as running:
        yield running


def test_documents_leave_with_the_portals_library_and_files_stay(server: PortalServer, tmp_path: Path) -> None:
    portal = f"{server.url}api/v1/"
    expected = (
        LINES.replace('src="//api.bitrix24.com/api/v1/">', f'src="{portal}">')
        .replace("'https://api.bitrix24.com/api/v1/?", f"'{portal}?")
        .replace("SRC=http://api.bitrix24.com/api/v1/>", f"SRC={portal}>")
    )
    for method in ("GET", "POST"):
        response, text = get(server.app_url, method, body=b"AUTH_ID=x" if method == "POST" else None)
        assert (response.status, text.decode()) == (200, expected)
        assert response.headers["Content-Type"] == "text/html"
        assert response.headers["Cache-Control"] == "no-cache"
    assert (tmp_path / "app" / "index.html").read_text() == LINES


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("app.py", "text/plain; charset=utf-8"),
        ("a.mjs", "text/javascript; charset=utf-8"),
        ("a.wasm", "application/wasm"),
        ("a.css", "text/css; charset=utf-8"),
        ("a.json", "application/json"),
        ("%C3%9Cn%C3%AF%20code.txt", "text/plain; charset=utf-8"),
    ],
)
def test_other_files_leave_as_they_are(server: PortalServer, path: str, kind: str) -> None:
    response, text = get(server.app_url + path)
    assert (response.status, text) == (200, b"//api.bitrix24.com/api/v1/")
    assert response.headers["Content-Type"] == kind
    assert response.headers["Cache-Control"] == "no-cache"
    assert get(server.app_url + path, headers={"If-None-Match": response.headers["ETag"]})[0].status == 304


def test_files_beside_the_applications_own(server: PortalServer, tmp_path: Path) -> None:
    response, text = get(f"{server.app_url}made.zip")
    assert (response.headers["Content-Type"], text) == ("application/zip", b"zipped")
    response, text = get(f"{server.app_url}pyodide/pyodide.asm.wasm")
    assert (response.headers["Content-Type"], text) == ("application/wasm", b"\0asm")
    assert get(f"{server.app_url}bx24py.js")[0].status == 200
    (tmp_path / "app" / "bx24py.js").write_text("own")
    assert get(f"{server.app_url}bx24py.js")[1] == b"own"
    assert get(f"{server.app_url}portal/bx24.js")[0].status == 404


def test_a_folder_is_its_index(server: PortalServer) -> None:
    assert get(f"{server.app_url}sub/")[1] == b"sub"
    response, _ = get(f"{server.app_url}sub?x=1")
    assert (response.status, response.headers["Location"]) == (307, "sub/?x=1")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/sub/../../secret.txt",
        "/..%2fsecret.txt",
        "//secret.txt",
        "/pyodide/../secret.txt",
        "/pyodide/%2e%2e/secret.txt",
        "/pyodide/..%2f..%2fsecret.txt",
        "/%00",
        "/" + "x" * 5000,
        "/missing",
    ],
)
def test_nothing_outside_is_served(server: PortalServer, tmp_path: Path, path: str) -> None:
    (tmp_path / "app" / "link.txt").symlink_to(tmp_path / "secret.txt")
    for origin in (server.app_url, server.url):
        response, text = get(origin, path=path)
        assert response.status == 404
        assert b"secret" not in text
    assert get(f"{server.app_url}link.txt")[0].status == 404


def test_the_library_is_served_under_its_own_address_and_to_any_origin(server: PortalServer) -> None:
    response, text = get(f"{server.url}api/v1/?rateguard=0", headers={"Host": "api.bitrix24.com", "Origin": "http://x"})
    assert (response.status, response.headers["Access-Control-Allow-Origin"]) == (200, "*")
    assert response.headers["Content-Type"].startswith("text/javascript")
    assert b"BX24" in text


def test_the_portal_is_on_another_origin_than_the_application(server: PortalServer) -> None:
    assert server.url != server.app_url
    assert b"<title>Local portal</title>" in get(server.url)[1]
    assert get(f"{server.app_url}portal.js")[0].status == 404
    response, text = get(f"{server.url}rest/user.current.json", "POST", body=b"")
    assert (response.status, json.loads(text)["error"]) == (401, "NO_AUTH_FOUND")


def test_a_port_that_is_taken_is_said_clearly(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"port {port} on 127.0.0.1 cannot be used"):
            PortalServer(Portal(deals=10), folder, port=port).start()
        with pytest.raises(OSError, match=f"port {port} on 127.0.0.1 cannot be used"):
            PortalServer(Portal(deals=10), folder, app_port=port).start()


def test_wrong_arguments_are_said_clearly(folder: Path) -> None:
    with pytest.raises(NotADirectoryError, match="no such folder"):
        PortalServer(Portal(deals=10), folder / "missing")
    with pytest.raises(ValueError, match="either app_dir or app_url"):
        PortalServer(Portal(deals=10))
    with pytest.raises(ValueError, match="either app_dir or app_url"):
        PortalServer(Portal(deals=10), folder, app_url="http://127.0.0.1:1/")
    with pytest.raises(RuntimeError, match="not running"):
        _ = PortalServer(Portal(deals=10), folder).url


def test_stopping_is_quick_and_starting_again_works(app: App) -> None:
    app.portal.rest.route("user.current").never()
    url = f"{app.server.url}rest/user.current.json"
    app.frame.evaluate("url => { fetch(url, {method: 'POST'}).catch(() => {}) }", url)
    app.page.wait_for_timeout(200)
    start = time.monotonic()
    app.server.stop()
    assert time.monotonic() - start < 1
    app.server.stop()
    app.server.start()
    app.open()


def test_the_port_can_be_chosen(folder: Path) -> None:
    with PortalServer(Portal(deals=10), folder) as first:
        ports = [urlsplit(url).port or 0 for url in (first.url, first.app_url)]
    with PortalServer(Portal(deals=10), folder, port=ports[0], app_port=ports[1]) as second:
        assert (second.url, second.app_url) == tuple(f"http://127.0.0.1:{port}/" for port in ports)
