"""The emulated BX24 library, seen from a page: the documented functions and every sharp edge of the contract.

The sharp edges (contract, section 4) are shown with plain promises around the library's callbacks: a page that does no
more than that waits for ever, or fails where it cannot catch anything. `within` (700 ms) stands for "for ever".
"""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from bx24py.dev.portal.messages import NOTHING
from bx24py.dev.portal.method import Rows
from bx24py.dev.portal.portal import Portal
from bx24py.dev.portal.server import PortalServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Dialog, Frame, Page

    from bx24py.dev.portal.routes import Route

PAGES = Path(__file__).parent / "pages" / "library"
NO_ANSWER = "no answer"
TIME = {"start": 1.5, "finish": 2.0, "duration": 0.5, "processing": 0.1, "operating": 0}


@dataclass(frozen=True)
class Request:
    """One REST request as it left the browser: the form fields in the order sent, without the token before them."""

    url: str
    fields: list[tuple[str, str]]
    token: str
    raw: str

    @property
    def method(self) -> str:
        return urlsplit(self.url).path.removeprefix("/rest/").removesuffix(".json")


@dataclass(frozen=True)
class Message:
    """One message of the frame: the command stands first, the last two fields are taken from the end."""

    command: str
    params: Any
    """Decoded from JSON; "" when the field was empty."""
    callback: str
    app_sid: str


class Application:
    """The page of these tests in a portal's frame, and what left it."""

    def __init__(self, portal: Portal, page: Page) -> None:
        self.portal = portal
        self.page = page
        self.early = ""
        """JavaScript that the page runs right after the library's own line."""
        self.requests: list[Request] = []
        self.server = PortalServer(portal, PAGES, extra={"early.js": lambda: self.early.encode()})
        page.on("request", lambda request: self._note(request.url, request.post_data))
        page.add_init_script("window.sent = []; addEventListener('message', (event) => sent.push(event.data));")

    def _note(self, url: str, raw: str | None) -> None:
        if not urlsplit(url).path.startswith("/rest/"):
            return
        assert raw is not None, "always a POST"
        (auth, token), *fields = parse_qsl(raw, keep_blank_values=True)
        assert auth == "auth", "the token comes first"
        self.requests.append(Request(url, fields, token, raw))

    @property
    def domain(self) -> str:
        return urlsplit(self.server.url).netloc

    def open(self, *, answer_init: bool = True) -> Frame:
        """Open the portal page; with `answer_init=False` it leaves `getInitData` unanswered."""
        if not answer_init:
            self.portal.frame.silence("getInitData")
        self.page.goto(self.server.url)
        element = self.page.wait_for_selector('iframe[name*="|"]')
        assert element is not None
        frame = element.content_frame()
        assert frame is not None
        frame.wait_for_url(f"{self.server.app_url}**")
        return frame

    def start(self) -> Frame:
        """Open the portal page and wait until the library is initialised."""
        frame = self.open()
        frame.evaluate("initialised()")
        return frame

    def init_data(self, **changed: Any) -> dict[str, Any]:
        """Make an answer to `getInitData`."""
        return {
            "LANG": "en",
            "DOMAIN": self.domain,
            "PROTOCOL": 0,
            "PATH": "/rest",
            **self.portal.state.tokens.issue(),
            "MEMBER_ID": "member",
            "FIRST_RUN": False,
            "IS_ADMIN": True,
            "INSTALL": False,
            "USER_OPTIONS": [],
            "APP_OPTIONS": [],
            "PLACEMENT": "DEFAULT",
            "PLACEMENT_OPTIONS": [],
            **changed,
        }

    def answer_init(self, **changed: Any) -> None:
        """Answer the `getInitData` that was left unanswered."""
        self.reply(self.sent("getInitData")[0].callback, json.dumps(self.init_data(**changed)))

    def open_first_run(self, *, first_run: bool = True) -> Frame:
        """Open the portal page and answer `getInitData` when `early` has been run for certain, not before."""
        frame = self.open(answer_init=False)
        self.answer_init(FIRST_RUN=first_run)
        return frame

    def reply(self, callback: str, text: str) -> None:
        """Post an answer from the portal page."""
        self.page.evaluate("(text) => frames[0].postMessage(text, '*')", f"{callback}:{text}")

    def sent(self, command: str | None = None) -> list[Message]:
        """Messages that the frame has posted so far, of one command or all."""
        messages = []
        for text in self.page.evaluate("sent"):
            name, rest = text.split(":", 1)
            params, callback, app_sid = rest.rsplit(":", 2)
            messages.append(Message(name, json.loads(params) if params else "", callback, app_sid))
        return [message for message in messages if command in (None, message.command)]

    def fields(self, index: int = -1) -> list[tuple[str, str]]:
        """Form fields of one request, the last one by default."""
        return self.requests[index].fields


@pytest.fixture
def page(bx24_browser: Browser) -> Iterator[Page]:
    page = bx24_browser.new_page()
    yield page
    page.close()


@pytest.fixture
def portal() -> Portal:
    return Portal(deals=10)


@pytest.fixture
def app(portal: Portal, page: Page) -> Iterator[Application]:
    app = Application(portal, page)
    with app.server:
        yield app


@pytest.fixture
def uncaught(page: Page) -> list[str]:
    """Uncaught errors in full; the page itself sees only "Script error." of the library's."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def answer(route: Route, content: Any, status: int = 200) -> Route:
    """Let calls meet exactly this body."""
    return route.body(json.dumps(content), status=status, content_type="application/json")


def numbered_pages(portal: Portal, method: str, count: int) -> None:
    """Answer with pages [1], [2], ... of a list, `start` counting from zero."""

    def page_of(params: dict[str, Any], _call: object) -> Rows:
        start = int(params.get("start", 0))
        return Rows([start + 1], count, start + 1 if start + 1 < count else None)

    portal.rest.route(method).side_effect(page_of)


def batch_answer(portal: Portal, **parts: Any) -> None:
    """Answer `batch` with these of its five parts; the others are empty, as PHP writes them."""
    names = ("result", "result_error", "result_total", "result_next", "result_time")
    answer(portal.rest.route("batch"), {"result": {name: parts.get(name, []) for name in names}, "time": TIME})


# -------------------------------------------------------------------------------- start


class TestStart:
    def test_outside_a_portal_bx24_is_null_and_the_script_throws(
        self, app: Application, page: Page, uncaught: list[str]
    ) -> None:
        page.goto(app.server.app_url)
        assert page.evaluate("BX24 === null")
        assert uncaught == ["Unable to initialize Bitrix24 JS library!"]
        assert page.evaluate("errors") == ["Script error."]

    @pytest.mark.parametrize("name", ["acme.bitrix24.test", "acme.bitrix24.test|1", "a|2|b", "a|1|", "|1|b"])
    def test_a_frame_name_of_another_form_is_no_portal(self, app: Application, page: Page, name: str) -> None:
        page.add_init_script(f"window.name = {json.dumps(name)}")
        page.goto(app.server.app_url)
        assert page.evaluate("BX24 === null")

    @pytest.mark.parametrize(
        ("name", "domain"),
        [
            ("acme.test|1|sid", "acme.test"),
            ("acme.test:443|1|sid", "acme.test"),
            ("acme.test:80|0|sid", "acme.test"),
            ("acme.test:8443|1|sid", "acme.test:8443"),
        ],
    )
    def test_a_default_port_is_dropped_from_the_domain(
        self, app: Application, page: Page, name: str, domain: str
    ) -> None:
        page.add_init_script(f"window.name = {json.dumps(name)}")
        page.goto(app.server.app_url)
        assert page.evaluate("BX24.getDomain()") == domain

    def test_the_domain_of_the_answer_loses_its_default_port_too(self, app: Application) -> None:
        app.portal.frame.answer("getInitData", app.init_data(DOMAIN="acme.test:443"))
        assert app.start().evaluate("BX24.getDomain()") == "acme.test"

    def test_protocol_1_is_https(self, app: Application) -> None:
        app.portal.frame.answer("getInitData", app.init_data(DOMAIN="127.0.0.1:1", PROTOCOL=1))
        assert app.start().evaluate("within(call('m'))") == NO_ANSWER
        assert app.requests[0].url == "https://127.0.0.1:1/rest/m.json"

    def test_init_data_is_asked_for_at_once(self, app: Application) -> None:
        app.open(answer_init=False)
        (text,) = app.page.evaluate("sent")
        command, params, callback, app_sid = text.split(":")
        assert (command, params, app_sid) == ("getInitData", "", app.portal.state.app_sid)
        assert callback

    def test_before_the_answer_there_is_nothing_to_know(self, app: Application) -> None:
        frame = app.open(answer_init=False)
        before = """[BX24.getAuth(), BX24.isAdmin(), BX24.userOption.get('a') === undefined,
            BX24.userOption.set('a', 1) === undefined, BX24.appOption.get('colour') === undefined,
            BX24.appOption.set('a', 1, () => log.push('called')) === undefined]"""
        assert frame.evaluate(before) == [False, False, True, True, True, True]
        assert frame.evaluate("moment(100).then(() => log)") == []
        assert len(app.sent()) == 1
        assert frame.evaluate("BX24.getDomain()") == app.domain

    def test_after_the_answer_it_is_all_there(self, app: Application) -> None:
        init = app.init_data(AUTH_EXPIRES="3600", PLACEMENT="CRM_DEAL_DETAIL_TAB", PLACEMENT_OPTIONS={"ID": "5"})
        app.portal.frame.answer("getInitData", init)
        frame = app.start()
        auth = frame.evaluate("BX24.getAuth()")
        assert abs(auth.pop("expires_in") - (time.time() + 3600) * 1000) < 30_000
        assert auth == {
            "access_token": init["AUTH_ID"],
            "refresh_token": init["REFRESH_ID"],
            "domain": app.domain,
            "member_id": "member",
        }
        assert frame.evaluate("[BX24.isAdmin(), BX24.getLang(), BX24.placement.info()]") == [
            True,
            "en",
            {"placement": "CRM_DEAL_DETAIL_TAB", "options": {"ID": "5"}},
        ]

    def test_an_expired_token_is_no_authorisation(self, app: Application) -> None:
        app.portal.state.tokens.lifetime = 0
        assert app.start().evaluate("BX24.getAuth()") is False

    def test_handlers_run_each_on_its_own_timer_in_order_without_argument(
        self, app: Application, uncaught: list[str]
    ) -> None:
        app.early = """
            BX24.init((...args) => { log.push(['first', args.length]); BX24.init(() => log.push('inner')); });
            BX24.init(() => { throw new Error('own'); });
            BX24.init('no function');
            BX24.init(() => log.push('third'));"""
        frame = app.open(answer_init=False)
        assert frame.evaluate("moment().then(() => log)") == []
        app.answer_init()
        assert frame.evaluate("moment().then(() => log)") == [["first", 0], "third", "inner"]
        assert uncaught == ["own"]

    def test_a_late_handler_runs_a_timer_later(self, app: Application) -> None:
        frame = app.start()
        script = """async () => {
            const begin = performance.now();
            const wait = new Promise((resolve) => BX24.init(() => resolve(performance.now() - begin)));
            log.push('registered');
            return [await wait, log];
        }"""
        waited, log = frame.evaluate(script)
        assert waited >= 9
        assert log == ["registered"]

    def test_calls_before_the_answer_wait_in_line_with_handlers(self, app: Application) -> None:
        for method, data in {"first": 1, "second": 2, "third": 3}.items():
            app.portal.rest.route(method).respond(data)
        app.early = """
            BX24.callMethod('first', { a: 1 }, (result) => log.push(result.data()));
            BX24.init(() => log.push('handler'));
            BX24.callBatch([['second']], (results) => log.push(results[0].data()), true);
            BX24.callMethod('third');"""
        frame = app.open(answer_init=False)
        frame.evaluate("moment()")
        assert app.requests == []
        app.answer_init()
        assert frame.evaluate("moment(300).then(() => log.sort())") == [1, 2, "handler"]
        assert [request.method for request in app.requests] == ["first", "batch", "third"]
        assert app.fields(1) == [("halt", "1"), ("cmd[0]", "second?")]


class TestInstall:
    CHAIN = """
        BX24.init(() => log.push(['init', BX24.userOption.get('seen')]));
        BX24.install(() => { log.push('first'); setTimeout(BX24.installFinish, 30); });
        BX24.install(() => {
            BX24.init(() => log.push('late init'));
            log.push(['second', BX24.isAdmin(), typeof BX24.getAuth(), BX24.userOption.set('seen', 1) === undefined]);
            BX24.callMethod('user.current', {}, () => { log.push('rest'); BX24.installFinish(); });
        });"""

    def test_handlers_run_one_after_another_and_then_init(self, app: Application) -> None:
        app.portal.rest.route("user.current").respond({})
        app.early = self.CHAIN
        frame = app.open_first_run()
        frame.evaluate("initialised()")
        frame.evaluate("moment()")
        assert frame.evaluate("log.map(String)") == ["first", "second,true,object,true", "rest", "init,", "late init"]
        assert [message.command for message in app.sent()] == ["getInitData", "setInstall"]
        assert app.sent("setInstall")[0].params == {"install": True}

    def test_options_do_nothing_inside_the_chain(self, app: Application) -> None:
        app.early = """
            const options = () => [BX24.userOption.get('a'), BX24.appOption.get('b')].map(String);
            BX24.init(() => log.push(options()));
            BX24.install(() => {
                BX24.userOption.set('a', 'new');
                BX24.appOption.set('b', 'new', () => log.push('called'));
                log.push(options());
                setTimeout(BX24.installFinish, 100);
            });"""
        frame = app.open(answer_init=False)
        app.answer_init(FIRST_RUN=True, USER_OPTIONS={"a": "old"}, APP_OPTIONS={"b": "old"})
        frame.evaluate("initialised()")
        assert frame.evaluate("log") == [["undefined", "undefined"], ["old", "old"]]
        assert [message.command for message in app.sent()] == ["getInitData", "setInstall"]

    def test_without_first_run_they_do_not_run(self, app: Application) -> None:
        app.early = self.CHAIN
        frame = app.open_first_run(first_run=False)
        frame.evaluate("initialised()")
        assert frame.evaluate("log.map(String)") == ["init,"]
        assert app.sent("setInstall") == []

    def test_a_handler_registered_after_the_answer_is_never_run(self, app: Application) -> None:
        app.portal.state.first_run = True
        frame = app.start()
        assert frame.evaluate("BX24.install(() => log.push('late')); moment().then(() => log)") == []
        assert app.sent("setInstall") == []

    def test_a_string_is_a_script_that_is_loaded_first(self, app: Application) -> None:
        app.early = "if (!window.loads) { window.loads = 1; BX24.install('early.js'); } else log.push('loaded');"
        frame = app.open_first_run()
        frame.evaluate("initialised()")
        assert frame.evaluate("log") == ["loaded"]
        assert len(app.sent("setInstall")) == 1

    def test_an_exception_alerts_and_stops_the_chain(self, app: Application, page: Page) -> None:
        alerts: list[str] = []

        def accept(dialog: Dialog) -> None:
            alerts.append(dialog.message)
            dialog.accept()

        page.on("dialog", accept)
        app.early = """
            BX24.init(() => log.push('init'));
            BX24.install(() => { throw new Error('no'); });
            BX24.install(() => log.push('second'));"""
        frame = app.open_first_run()
        assert frame.evaluate("moment(200).then(() => log)") == []
        assert alerts == ["Installation failed!"]
        assert app.sent("setInstall") == []

    @pytest.mark.parametrize(("installs", "sent"), [(True, 1), (False, 0)])
    def test_install_finish_outside_the_chain(self, app: Application, installs: bool, sent: int) -> None:
        app.portal.state.install = installs
        app.start().evaluate("BX24.installFinish()")
        if installs:
            app.page.wait_for_url("**/?install_finished=Y")
        commands = [message.command for message in app.portal.frame.sent]
        assert commands.count("setInstallFinish") == sent


# -------------------------------------------------------------------------------- the wire


class TestWire:
    @pytest.mark.parametrize(
        ("call", "command", "params"),
        [
            ("BX24.resizeWindow(980, '700px', done)", "resizeWindow", {"width": 980, "height": 700}),
            ("BX24.resizeWindow('100%', 50, done)", "resizeWindow", {"width": "100%", "height": 50}),
            ("BX24.resizeWindow('wide', -1, done)", "resizeWindow", {"width": 100}),
            ("BX24.reloadWindow(done)", "reloadWindow", {}),
            ("BX24.setTitle(17, done)", "setTitle", {"title": "17"}),
            ("BX24.setTitle('Заголовок: 1', done)", "setTitle", {"title": "Заголовок: 1"}),
            ("BX24.scrollParentWindow('40', done)", "setScroll", {"scroll": 40}),
            ("BX24.selectUser(done)", "selectUser", {"mult": False}),
            ("BX24.selectUser('Whom?', done)", "selectUser", {"title": "Whom?", "mult": False}),
            ("BX24.selectUsers(done)", "selectUser", {"mult": True}),
            ("BX24.selectAccess(done)", "selectAccess", {"value": []}),
            ("BX24.selectAccess(['AU'], done)", "selectAccess", {"value": ["AU"]}),
            (
                "BX24.selectCRM({entityType: ['lead'], multiple: true, value: {lead: [1]}}, done)",
                "selectCRM",
                {"entityType": ["lead"], "multiple": True, "value": {"lead": [1]}},
            ),
            ("BX24.selectCRM(done)", "selectCRM", {"multiple": False}),
            (
                "BX24.openApplication({a: 1}, done, {width: 450, label: {text: 'x'}})",
                "openApplication",
                {"a": 1, "bx24_width": 450, "bx24_label": {"text": "x"}},
            ),
            ("BX24.openApplication(done)", "openApplication", {}),
            ("BX24.closeApplication(done)", "closeApplication", ""),
            ("BX24.openPath('/crm/deal/details/5/', done)", "openPath", {"path": "/crm/deal/details/5/"}),
            ("BX24.placement.getInterface(done)", "getInterface", ""),
            ("BX24.placement.bindEvent('A::B', done)", "placementBindEvent", {"event": "A::B"}),
            ("BX24.placement.call('reloadData', {}, done)", "reloadData", {}),
            ("BX24.placement.call('reloadData', null, done)", "reloadData", ""),
            ("BX24.placement.call('setValue', 'a:b', done)", "setValue", "a:b"),
            ("BX24.placement.call('setValue', 0, done)", "setValue", 0),
            ("BX24.placement.call('setValue', [1, false], done)", "setValue", [1, False]),
        ],
    )
    def test_a_command_goes_out_and_its_answer_comes_back(
        self, app: Application, call: str, command: str, params: Any
    ) -> None:
        reply = {"text": "a:b", "list": [1, None]}
        app.portal.frame.answer(command, reply)
        frame = app.start()
        assert frame.evaluate(f"within(new Promise((done) => {call}))") == reply
        (message,) = app.sent(command)
        assert (message.params, message.app_sid) == (params, app.portal.state.app_sid)

    @pytest.mark.parametrize(
        ("call", "command", "params"),
        [
            ("BX24.im.callTo(1, true)", "imCallTo", {"userId": 1, "video": True}),
            ("BX24.im.callTo(1)", "imCallTo", {"userId": 1}),
            ("BX24.im.phoneTo('+1 415')", "imPhoneTo", {"phone": "+1 415"}),
            ("BX24.im.openMessenger('chat1')", "imOpenMessenger", {"dialogId": "chat1"}),
            ("BX24.im.openMessenger()", "imOpenMessenger", {}),
            ("BX24.im.openHistory('chat1')", "imOpenHistory", {"dialogId": "chat1"}),
            ("BX24.setTitle('T')", "setTitle", {"title": "T"}),
        ],
    )
    def test_a_command_without_callback(self, app: Application, call: str, command: str, params: Any) -> None:
        frame = app.start()
        frame.evaluate(f"{call}; moment()")
        (message,) = app.sent(command)
        assert (message.params, message.callback) == (params, "")

    def test_the_messenger_of_the_portals_own_domain_is_out_of_reach(self, app: Application) -> None:
        script = """() => {
            const owners = [typeof Messenger, typeof BX, typeof BX24.Messenger];
            try { return [...owners, String(window.parent.BX)]; } catch (error) { return [...owners, error.name]; }
        }"""
        assert app.start().evaluate(script) == ["undefined", "undefined", "undefined", "SecurityError"]

    def test_fit_window_sends_the_height_of_the_content(self, app: Application) -> None:
        app.portal.frame.answer("resizeWindow", {})
        frame = app.start()
        frame.evaluate("document.body.style.height = '1234px'")
        size = frame.evaluate("ask(BX24.fitWindow).then(() => BX24.getScrollSize())")
        assert size["scrollHeight"] >= 1234
        assert size["scrollWidth"] > 0
        assert app.sent("resizeWindow")[0].params == {"width": "100%", "height": size["scrollHeight"]}

    def test_scrolling_to_what_is_no_number_sends_nothing(self, app: Application) -> None:
        frame = app.start()
        frame.evaluate("BX24.scrollParentWindow('top'); moment()")
        assert app.sent("setScroll") == []

    def test_an_empty_answer_is_an_empty_list(self, app: Application) -> None:
        app.portal.frame.answer("setValue", NOTHING)
        assert app.start().evaluate("within(ask(BX24.placement.call, 'setValue', 1))") == []

    def test_a_command_called_like_a_function_of_bx24_is_ignored(self, app: Application) -> None:
        frame = app.start()
        frame.evaluate("BX24.placement.call('setTitle', {title: 'x'}); BX24.placement.call('init'); moment()")
        assert [message.command for message in app.sent()] == ["getInitData"]

    def test_a_silent_portal_is_waited_for_without_end(self, app: Application) -> None:
        app.portal.frame.silence("selectUser")
        assert app.start().evaluate("within(ask(BX24.selectUser))") == NO_ANSWER

    def test_an_event_is_answered_many_times(self, app: Application) -> None:
        app.portal.state.placement = "CALL_CARD"
        frame = app.start()
        frame.evaluate("BX24.placement.bindEvent('CallCard::EntityChanged', (data) => log.push(data)); moment(200)")
        for number in range(3):
            app.portal.frame.emit("CallCard::EntityChanged", {"n": number})
        assert frame.evaluate("moment(300).then(() => log)") == [{"n": 0}, {"n": 1}, {"n": 2}]

    def test_a_message_from_another_origin_is_dropped(self, app: Application) -> None:
        app.portal.frame.silence("selectUser")
        frame = app.start()
        frame.evaluate("BX24.selectUser((user) => log.push(user)); moment()")
        callback = app.sent("selectUser")[0].callback
        frame.evaluate("(text) => window.postMessage(text, '*')", f'{callback}:{{"id": 66}}')
        assert frame.evaluate("moment().then(() => log)") == []
        app.reply(callback, '{"id": 1}')
        assert frame.evaluate("moment().then(() => log)") == [{"id": 1}]

    def test_noise_from_the_portal_is_dropped(self, app: Application, page: Page, uncaught: list[str]) -> None:
        frame = app.start()
        noise = "for (const data of ['', 'x', ':', 'nobody:{}', {a: 1}, null]) frames[0].postMessage(data, '*')"
        page.evaluate(noise)
        frame.evaluate("moment()")
        assert uncaught == []

    def test_refresh_auth_hands_out_the_new_token(self, app: Application) -> None:
        app.portal.frame.answer("refreshAuth", {"AUTH_ID": "token-2", "AUTH_EXPIRES": "60", "REFRESH_ID": "refresh-2"})
        frame = app.start()
        auth = frame.evaluate("within(ask(BX24.refreshAuth))")
        assert (auth["access_token"], auth["refresh_token"]) == ("token-2", "refresh-2")
        assert abs(auth["expires_in"] - (time.time() + 60) * 1000) < 30_000
        assert frame.evaluate("BX24.getAuth().access_token") == "token-2"
        assert app.sent("refreshAuth")[0].params == {}


class TestOptions:
    def test_user_options_apply_at_once(self, app: Application) -> None:
        frame = app.start()
        script = "BX24.userOption.set('a', {b: 'c:d'}); [BX24.userOption.get('a'), BX24.userOption.get('none')]"
        assert frame.evaluate(script) == [{"b": "c:d"}, None]
        frame.evaluate("moment()")
        assert app.sent("setUserOption")[0].params == {"name": "a", "value": {"b": "c:d"}}

    def test_application_options_of_an_administrator(self, app: Application) -> None:
        app.portal.frame.answer("setAppOption", {"colour": "red", "other": 1})
        app.portal.state.app_options["colour"] = "green"
        frame = app.start()
        assert frame.evaluate("BX24.appOption.get('colour')") == "green"
        assert frame.evaluate("within(ask(BX24.appOption.set, 'colour', 'red'))") == {"colour": "red", "other": 1}
        assert frame.evaluate("[BX24.appOption.get('colour'), BX24.appOption.get('other')]") == ["red", 1]
        assert app.sent("setAppOption")[0].params == {"name": "colour", "value": "red"}

    def test_sharp_edge_10_application_options_of_anybody_else(self, app: Application) -> None:
        app.portal.state.admin = False
        app.portal.state.app_options["colour"] = "green"
        frame = app.start()
        script = "BX24.appOption.set('colour', 'red', () => log.push('called'))"
        assert frame.evaluate(script) is False
        assert frame.evaluate("moment(200).then(() => [log.length, BX24.appOption.get('colour')])") == [0, "green"]
        assert app.sent("setAppOption") == []


# -------------------------------------------------------------------------------- REST


def encoded(app: Application, frame: Frame, params: str) -> list[tuple[str, str]]:
    """Send parameters written in JavaScript; give what arrived."""
    app.portal.rest.route("m").respond(True)
    assert frame.evaluate(f"within(call('m', {params}).then((result) => result.data()))") is True
    return app.fields()


class TestEncoding:
    """Sharp edge 8."""

    @pytest.mark.parametrize(
        ("params", "fields"),
        [
            ("undefined", []),
            ("{}", []),
            ("{a: 'b', n: 1.5, z: 0}", [("a", "b"), ("n", "1.5"), ("z", "0")]),
            ("{a: ''}", [("a", "")]),
            ("{a: null, b: undefined, c: {d: null}}", []),
            ("{a: {}, b: {c: {}}}", []),
            ("{a: [], b: {c: []}}", [("a", ""), ("b[c]", "")]),
            ("{a: true, b: false, c: [true]}", [("a", "true"), ("b", "false"), ("c[0]", "true")]),
            ("{f: {'>ID': 1, '!%N': 'x'}}", [("f[>ID]", "1"), ("f[!%N]", "x")]),
            ("{a: [1, null, [2, {b: 3}]]}", [("a[0]", "1"), ("a[2][0]", "2"), ("a[2][1][b]", "3")]),
            ("{'й&=': 'Ж😀&=+%[] \\n'}", [("й&=", "Ж😀&=+%[] \n")]),
            ("{a: ['file.txt', 'aGk=']}", [("a[0]", "file.txt"), ("a[1]", "aGk=")]),
            ("{start: 0}", [("start", "0")]),
        ],
    )
    def test_form_fields(self, app: Application, params: str, fields: list[tuple[str, str]]) -> None:
        assert encoded(app, app.start(), params) == fields

    def test_to_the_letter(self, app: Application) -> None:
        frame = app.start()
        token = frame.evaluate("BX24.getAuth().access_token")
        encoded(app, frame, "{filter: {'>=ID': 'a b+c'}, select: ['ID']}")
        assert app.requests[-1].raw == f"auth={token}&filter%5B%3E%3DID%5D=a%20b%2Bc&select%5B0%5D=ID"

    def test_form_fields_of_the_page_give_their_value(self, app: Application) -> None:
        frame = app.start()
        assert encoded(app, frame, "{a: document.getElementById('text')}") == [("a", "typed")]

    def test_the_library_reads_files(self, app: Application, tmp_path: Path) -> None:
        frame = app.start()
        content = bytes(range(256))
        paths = [tmp_path / "файл 1.bin", tmp_path / "empty.txt"]
        for path, data in zip(paths, [content, b""], strict=True):
            path.write_bytes(data)
        frame.set_input_files("#file", paths[0])
        frame.set_input_files("#files", paths)
        pair = ["файл 1.bin", base64.b64encode(content).decode()]
        one = encoded(app, frame, "{f: {file: document.getElementById('file')}}")
        assert one == [("f[file][0]", pair[0]), ("f[file][1]", pair[1])]
        raw = encoded(app, frame, "{file: document.getElementById('file').files[0], after: 1}")
        assert raw == [("file[0]", pair[0]), ("file[1]", pair[1]), ("after", "1")]
        many = encoded(app, frame, "{files: document.getElementById('files')}")
        assert many == [
            ("files[0][0]", pair[0]),
            ("files[0][1]", pair[1]),
            ("files[1][0]", "empty.txt"),
            ("files[1][1]", ""),
        ]

    def test_an_empty_file_field_is_left_out(self, app: Application) -> None:
        assert encoded(app, app.start(), "{a: document.getElementById('file'), b: 1}") == [("b", "1")]


class TestCallMethod:
    def test_a_good_answer(self, app: Application) -> None:
        content = {"result": [{"ID": "1"}], "total": 120, "next": 50, "time": TIME}
        answer(app.portal.rest.route("user.get"), content)
        frame = app.start()
        assert frame.evaluate("within(call('user.get', {ID: 1}).then(seen))") == {
            "data": [{"ID": "1"}],
            "error": None,
            "description": "undefined",
            "more": True,
            "total": 120,
            "time": TIME,
            "status": 200,
        }
        (request,) = app.requests
        assert request.url == f"{app.server.url}rest/user.get.json"
        assert request.raw == f"auth={frame.evaluate('BX24.getAuth().access_token')}&ID=1"

    def test_an_answer_that_is_no_list(self, app: Application) -> None:
        answer(app.portal.rest.route("user.current"), {"result": {"ID": "1"}})
        result = app.start().evaluate("within(call('user.current').then(seen))")
        assert (result["more"], result["total"], result["time"]) == (False, "NaN", "undefined")

    def test_an_error(self, app: Application) -> None:
        app.portal.rest.route("m").fail("ACCESS_DENIED", "No entry")
        result = app.start().evaluate("within(call('m').then(seen))")
        assert result["error"] == {
            "text": "ACCESS_DENIED: No entry (403)",
            "ex": {"error": "ACCESS_DENIED", "error_description": "No entry"},
            "status": 403,
        }
        assert (result["data"], result["description"], result["status"]) == ("undefined", "No entry", 403)

    def test_fields_of_the_result(self, app: Application) -> None:
        answer(app.portal.rest.route("m"), {"result": 1, "time": TIME})
        script = "call('m', {a: 1}).then(({answer, query, status}) => [answer, query.method, query.data, status])"
        assert app.start().evaluate(script) == [{"result": 1, "time": TIME}, "m", {"a": 1}, 200]

    def test_the_callback_runs_inside_the_load_event_of_its_request(self, app: Application) -> None:
        app.portal.rest.route("m").respond("mine")
        script = """within(new Promise((resolve) => BX24.callMethod('m', {}, () =>
            resolve([event.type, event.target instanceof XMLHttpRequest, JSON.parse(event.target.responseText)]))))"""
        kind, is_xhr, content = app.start().evaluate(script)
        assert (kind, is_xhr, content["result"]) == ("load", True, "mine")

    def test_a_subclass_of_xml_http_request_put_in_before_is_used(self, app: Application) -> None:
        app.portal.rest.route("m").respond(1)
        script = """() => {
            window.XMLHttpRequest = class extends XMLHttpRequest {
                open(...args) { log.push(args.slice(0, 2)); super.open(...args); }
            };
            return within(call('m')).then(() => log);
        }"""
        assert app.start().evaluate(script) == [["POST", f"{app.server.url}rest/m.json"]]

    def test_a_path_of_the_portals_own(self, app: Application) -> None:
        app.portal.frame.answer("getInitData", app.init_data(PATH="/rest/1"))
        app.start().evaluate("within(call('m'))")
        assert app.requests[0].url == f"{app.server.url}rest/1/m.json"

    def test_next_without_callback_uses_the_first_one(self, app: Application) -> None:
        numbered_pages(app.portal, "user.get", 3)
        frame = app.start()
        script = """async () => {
            BX24.callMethod('user.get', {a: 1}, (result) => {
                log.push(result.data()[0]);
                const next = result.next();
                log.push(next instanceof XMLHttpRequest ? 'request' : next);
            });
            await moment(400);
            return log;
        }"""
        assert frame.evaluate(script) == [1, "request", 2, "request", 3, False]
        starts = [dict(request.fields).get("start") for request in app.requests]
        assert starts == [None, "1", "2"]
        assert all(("a", "1") in request.fields for request in app.requests)

    def test_next_with_a_callback_of_its_own(self, app: Application) -> None:
        numbered_pages(app.portal, "user.get", 2)
        script = "within(call('user.get').then((first) => ask((cb) => first.next(cb))).then((r) => r.data()))"
        assert app.start().evaluate(script) == [2]


def test_call_bind_and_call_unbind_of_an_administrator(app: Application) -> None:
    frame = app.start()
    frame.evaluate("within(ask(BX24.callBind, 'OnAppUninstall', 'https://h/', 5))")
    assert app.fields() == [("event", "OnAppUninstall"), ("handler", "https://h/"), ("auth_type", "5")]
    frame.evaluate("within(ask(BX24.callUnbind, 'OnAppUninstall', 'https://h/', null))")
    assert app.fields() == [("event", "OnAppUninstall"), ("handler", "https://h/")]
    frame.evaluate("BX24.callBind('OnAppUninstall', 'https://h/'); moment(200)")
    assert [request.method for request in app.requests] == ["event.bind", "event.unbind", "event.bind"]


class TestCallBatch:
    def test_both_forms_of_a_command_in_a_mapping(self, app: Application) -> None:
        batch_answer(app.portal, result={"a": 1, "b": []}, result_total={"b": 9}, result_next={"b": 5})
        script = """within(batch({a: ['user.current', {}], b: {method: 'department.get',
            params: {ID: '$result[a][UF_DEPARTMENT]', start: 3}}}).then(({a, b}) => [seen(a), seen(b), b.query]))"""
        first, second, query = app.start().evaluate(script)
        assert (first["data"], second["data"], second["more"]) == (1, [], True)
        assert query["method"] == "department.get"
        # Inside a batch command `start` is kept (sharp edge 7).
        command = "department.get?ID=%24result%5Ba%5D%5BUF_DEPARTMENT%5D&start=3"
        assert app.fields() == [("halt", "0"), ("cmd[a]", "user.current?"), ("cmd[b]", command)]

    def test_a_list_gives_a_list(self, app: Application) -> None:
        batch_answer(app.portal, result=["x", "y"])
        calls = "[['a', {v: [null, true]}], {method: 'b'}]"
        script = f"within(batch({calls}, true).then((r) => [Array.isArray(r), r[1].data()]))"
        assert app.start().evaluate(script) == [True, "y"]
        assert app.fields() == [("halt", "1"), ("cmd[0]", "a?v%5B1%5D=true"), ("cmd[1]", "b?")]

    def test_files_in_a_batch(self, app: Application) -> None:
        batch_answer(app.portal, result=[1])
        script = "within(batch([['a', {f: new File(['hi'], 'n.txt')}]]).then(([r]) => r.data()))"
        assert app.start().evaluate(script) == 1
        assert app.fields()[1] == ("cmd[0]", "a?f%5B0%5D=n.txt&f%5B1%5D=aGk%3D")


# -------------------------------------------------------------------------------- sharp edges (contract, section 4)

LOST: list[Any] = [
    pytest.param(lambda route: route.fail("QUERY_LIMIT_EXCEEDED"), id="503 QUERY_LIMIT_EXCEEDED"),
    pytest.param(lambda route: route.fail("INTERNAL_SERVER_ERROR"), id="500"),
    pytest.param(lambda route: route.body("<h1>Bad gateway</h1>", status=502), id="502 HTML"),
    pytest.param(lambda route: route.body("<h1>Maintenance</h1>"), id="200 HTML"),
    pytest.param(lambda route: route.body(""), id="200 empty"),
    pytest.param(lambda route: route.drop(), id="network"),
    pytest.param(lambda route: route.respond([1] * 50).drop(20), id="cut off"),
]

FAILED: list[Any] = [
    pytest.param(lambda route: route.fail("invalid_token"), id="401"),
    pytest.param(lambda route: route.fail("insufficient_scope"), id="403"),
    pytest.param(lambda route: route.fail("OPERATION_TIME_LIMIT"), id="429"),
    pytest.param(lambda route: route.fail("ERROR_CORE", status=200), id="200"),
    pytest.param(lambda route: answer(route, {"result": []}), id="empty result"),
    pytest.param(lambda route: answer(route, {}), id="empty answer"),
    pytest.param(lambda route: answer(route, None), id="null"),
]


class TestSharpEdges:
    @pytest.mark.parametrize("fault", LOST)
    @pytest.mark.parametrize("call", ["call('m')", "batch([['m']])"])
    def test_1_a_lost_answer_never_reaches_the_callback(
        self, app: Application, uncaught: list[str], call: str, fault: Callable[[Route], Route]
    ) -> None:
        fault(app.portal.rest.route("*"))
        frame = app.start()
        assert frame.evaluate(f"within({call})") == NO_ANSWER
        assert uncaught == ["Uncaught Query error!"]
        assert frame.evaluate("errors") == ["Script error."]
        assert len(app.requests) == 1

    @pytest.mark.parametrize("fault", FAILED)
    def test_2_a_batch_that_fails_as_a_whole_never_reaches_the_callback(
        self, app: Application, uncaught: list[str], fault: Callable[[Route], Route]
    ) -> None:
        fault(app.portal.rest.route("batch"))
        frame = app.start()
        assert frame.evaluate("within(batch({a: ['m']}))") == NO_ANSWER
        (error,) = uncaught
        assert "Cannot" in error, "a TypeError of the engine"
        assert frame.evaluate("errors") == ["Script error."]

    @pytest.mark.parametrize("call", ["call('m')", "batch([['m']])"])
    def test_3_a_request_has_no_timeout(self, app: Application, call: str) -> None:
        app.portal.rest.route("*").never()
        frame = app.start()
        script = """async () => {
            const open = XMLHttpRequest.prototype.open;
            XMLHttpRequest.prototype.open = function (...args) { log.push(this); open.apply(this, args); };
            const answer = await within(%s);
            return [answer, log[0].timeout, log[0].readyState];
        }"""
        assert frame.evaluate(script % call) == [NO_ANSWER, 0, 1]

    @pytest.mark.parametrize("calls", ["[]", "{}"])
    def test_4_a_batch_without_commands_is_not_sent_and_not_answered(
        self, app: Application, uncaught: list[str], calls: str
    ) -> None:
        assert app.start().evaluate(f"within(batch({calls}))") == NO_ANSWER
        assert (app.requests, uncaught) == ([], [])

    @pytest.mark.parametrize(
        "call", ["call('user.current')", "batch([['user.current']]).then((results) => results[0])"]
    )
    def test_5_an_expired_token_is_renewed_and_the_request_sent_again(self, app: Application, call: str) -> None:
        frame = app.start()
        app.portal.state.tokens.expire()
        assert frame.evaluate(f"within({call}.then((result) => result.data().ID))") == "1"
        first, second = app.requests
        assert (first.url, first.fields) == (second.url, second.fields)
        assert first.token != second.token
        assert frame.evaluate("BX24.getAuth().access_token") == second.token

    def test_5_its_own_clock_renews_before_sending(self, app: Application) -> None:
        app.portal.state.tokens.lifetime = 0
        frame = app.start()
        app.portal.state.tokens.lifetime = 60
        assert frame.evaluate("within(call('user.current').then((result) => result.data().ID))") == "1"
        assert len(app.requests) == len(app.sent("refreshAuth")) == 1

    @pytest.mark.parametrize("call", ["call('m')", "batch([['m']])"])
    def test_5_a_portal_that_does_not_renew_is_waited_for_without_end(self, app: Application, call: str) -> None:
        app.portal.frame.silence("refreshAuth")
        app.portal.rest.route("*").fail("expired_token")
        assert app.start().evaluate(f"within({call})") == NO_ANSWER
        assert len(app.requests) == len(app.sent("refreshAuth")) == 1

    @pytest.mark.parametrize("call", ["call('m')", "batch([['m']])"])
    def test_5_a_new_token_that_is_refused_too_repeats_without_end(self, app: Application, call: str) -> None:
        app.portal.rest.route("*").fail("expired_token")
        assert app.start().evaluate(f"within({call})") == NO_ANSWER
        assert len({request.token for request in app.requests}) > 3

    def test_6_a_failed_command_of_a_batch_loses_what_is_known(self, app: Application) -> None:
        batch_answer(
            app.portal,
            result={"a": [1]},
            result_error={"b": {"error": "ERROR_CORE", "error_description": "Broken"}},
            result_total={"a": 1},
            result_time={"a": TIME, "b": TIME},
        )
        script = "within(batch({a: ['m'], b: ['m']}).then(({a, b}) => [seen(a), seen(b)]))"
        good, failed = app.start().evaluate(script)
        assert (good["data"], good["error"]) == ([1], None)
        assert (good["total"], good["time"]) == ("NaN", "undefined")
        assert failed["data"] == {}
        assert failed["error"] == {
            "text": "ERROR_CORE: Broken (200)",
            "ex": {"error": "ERROR_CORE", "error_description": "Broken"},
            "status": 200,
        }
        lost = (failed["description"], failed["time"], failed["total"])
        assert lost == ("undefined", "undefined", "NaN")

    @pytest.mark.parametrize("calls", ["{a: ['m'], b: ['m']}", "[['m'], ['m']]"])
    def test_6_a_command_skipped_by_halt_is_absent(self, app: Application, calls: str) -> None:
        error = {"error": "ERROR_CORE", "error_description": "Broken"}
        batch_answer(app.portal, result_error=[error] if calls[0] == "[" else {"a": error})
        script = f"""within(batch({calls}, true)).then((results) => {{
            const [key, skipped] = Array.isArray(results) ? [0, 1] : ['a', 'b'];
            try {{ return results[skipped].error(); }}
            catch (error) {{ return [error.name, skipped in results, String(results[key].error())]; }}
        }})"""
        assert app.start().evaluate(script) == ["TypeError", False, "ERROR_CORE: Broken (200)"]

    def test_6_next_in_a_batch_reaches_the_batchs_callback_as_a_single_result(self, app: Application) -> None:
        batch_answer(app.portal, result={"a": [1]}, result_next={"a": 1})
        app.portal.rest.route("m").respond([2])
        script = """async () => {
            BX24.callBatch({a: ['m', {x: 1}]}, (results) => {
                log.push(typeof results.data === 'function' ? ['single', results.data()] : Object.keys(results));
                if (results.a) results.a.next();
            });
            await moment(400);
            return log;
        }"""
        assert app.start().evaluate(script) == [["a"], ["single", [2]]]
        assert app.fields() == [("x", "1"), ("start", "1")]

    def test_6_next_in_a_batch_works_with_a_callback_of_its_own(self, app: Application) -> None:
        batch_answer(app.portal, result={"a": [1]}, result_next={"a": 1})
        app.portal.rest.route("m").respond([2], total=2)
        script = "within(batch({a: ['m']}).then(({a}) => ask((cb) => a.next(cb))).then(seen))"
        result = app.start().evaluate(script)
        assert (result["data"], result["total"]) == ([2], 2)

    def test_6_next_sends_a_macro_as_text(self, app: Application) -> None:
        batch_answer(app.portal, result={"a": 1, "b": [1]}, result_next={"b": 50})
        app.portal.rest.route("m").respond([])
        script = "within(batch({a: ['n'], b: ['m', {ID: '$result[a]'}]}).then(({b}) => ask((cb) => b.next(cb))))"
        app.start().evaluate(script)
        assert app.fields() == [("ID", "$result[a]"), ("start", "50")]

    @pytest.mark.parametrize("start", ["50", "-1", "'50'"])
    def test_7_start_is_deleted_from_the_callers_own_params(self, app: Application, start: str) -> None:
        app.portal.rest.route("m").respond([])
        script = f"(() => {{ const p = {{a: 1, start: {start}}}; return within(call('m', p)).then(() => p); }})()"
        assert app.start().evaluate(script) == {"a": 1}
        assert app.fields() == [("a", "1")]

    def test_9_its_rate_guard_lets_90_through_and_then_sleeps(self, app: Application) -> None:
        app.portal.rest.route("m").respond(1)
        script = """async () => {
            const times = [];
            const { send } = XMLHttpRequest.prototype;
            XMLHttpRequest.prototype.send = function (...args) {
                times.push(performance.now() - begin);
                send.apply(this, args);
            };
            const begin = performance.now();
            for (let i = 0; i < 92; i += 1) BX24.callMethod('m');
            const atOnce = times.length;
            await moment(1500);
            return [atOnce, ...times.slice(90)];
        }"""
        at_once, *later = app.start().evaluate(script)
        assert at_once == 90
        # A busy machine makes a timer late, never early.
        assert 490 <= later[0] < 990 <= later[1] < 1490

    def test_9_the_portal_refuses_what_the_guard_lets_through(self, app: Application, uncaught: list[str]) -> None:
        app.portal.rest.route("m").respond(1)
        script = """async () => {
            const begun = performance.now();
            for (let i = 0; i < 90; i += 1) BX24.callMethod('m', {}, () => log.push(1));
            const ended = () => performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/m.json'));
            while (ended().length < 90) await moment(50);
            const seconds = (performance.now() - begun) / 1000;
            await moment(300);
            return [log.length, seconds];
        }"""
        answered, seconds = app.start().evaluate(script)
        assert 50 <= answered <= 51 + 2 * seconds  # what drains meanwhile
        assert uncaught == ["Uncaught Query error!"] * (90 - answered)

    def test_9_the_second_version_has_no_rate_guard(self, app: Application) -> None:
        app.portal.rest.limits.enabled = False
        app.portal.rest.route("m").respond(1)
        frame = app.open()
        frame.goto(f"{app.server.app_url}unguarded.html")
        frame.evaluate("initialised()")
        script = "Promise.all(Array.from({length: 120}, () => call('m'))).then((results) => results.length)"
        assert frame.evaluate(f"within({script}, 5000)") == 120

    @pytest.mark.parametrize("name", ["callBind", "callUnbind"])
    def test_10_call_bind_of_anybody_but_an_administrator(self, app: Application, name: str) -> None:
        app.portal.state.admin = False
        frame = app.start()
        script = f"BX24.{name}('OnAppUninstall', 'https://h/', 0, () => log.push('called'))"
        assert frame.evaluate(script) is False
        assert frame.evaluate("moment(200).then(() => log)") == []
        assert app.requests == []

    def test_11_expires_in_is_a_moment_in_milliseconds(self, app: Application) -> None:
        expires = app.start().evaluate("BX24.getAuth().expires_in")
        assert abs(expires / 1000 - (time.time() + 3600)) < 30


# -------------------------------------------------------------------------------- the DOM


class TestDom:
    def test_ready_is_about_the_dom(self, app: Application) -> None:
        app.early = """
            log.push(BX24.isReady());
            BX24.ready((...args) => log.push([BX24.isReady(), args.length, !!document.getElementById('button')]));
            BX24.ready('no function');"""
        frame = app.open(answer_init=False)
        frame.wait_for_load_state()
        assert frame.evaluate("log") == [False, [True, 0, True]]
        assert frame.evaluate("within(new Promise((resolve) => BX24.ready(() => resolve('late'))))") == "late"

    def test_bind_and_unbind(self, app: Application) -> None:
        frame = app.start()
        script = """(() => {
            const button = document.getElementById('button');
            const write = (event) => log.push(event.type);
            for (const name of ['click', 'mousewheel', 'transitionend']) BX24.bind(button, name, write);
            const fire = () => ['click', 'DOMMouseScroll', 'webkitTransitionEnd', 'msTransitionEnd']
                .forEach((name) => button.dispatchEvent(new Event(name)));
            fire();
            for (const name of ['click', 'mousewheel']) BX24.unbind(button, name, write);
            fire();
            return log;
        })()"""
        once = ["click", "DOMMouseScroll", "webkitTransitionEnd", "msTransitionEnd"]
        assert frame.evaluate(script) == [*once, *once[2:]]

    def test_proxy_and_proxy_context(self, app: Application) -> None:
        frame = app.start()
        script = """(() => {
            const context = { value: 10, add(step) { return this.value + step; },
                where() { return BX24.proxyContext().id; } };
            const button = document.getElementById('button');
            button.where = BX24.proxy(context.where, context);
            return [BX24.proxy(context.add, context)(5), button.where(), BX24.proxyContext(),
                BX24.proxy(context.add, context) === BX24.proxy(context.add, context),
                BX24.proxy(context.add, context) === BX24.proxy(context.add, {})];
        })()"""
        assert frame.evaluate(script) == [15, "button", None, True, False]

    def test_load_script_one_after_another(self, app: Application) -> None:
        app.early = "log.push('early')"
        frame = app.start()
        assert frame.evaluate("within(ask(BX24.loadScript, ['early.js', 'early.js'])).then(() => log)") == ["early"] * 3
        assert frame.evaluate("within(ask(BX24.loadScript, 'early.js')).then(() => log.length)") == 4


class TestWithThePortalsOwnData:
    """The library and the emulated portal together, nothing scripted."""

    def test_the_example_of_the_documentation(self, app: Application) -> None:
        script = """within(batch({
            get_user: ['user.current', {}],
            get_department: {method: 'department.get', params: {ID: '$result[get_user][UF_DEPARTMENT]'}},
        }, true).then(({get_user, get_department}) =>
            [get_user.data().UF_DEPARTMENT, get_department.data().map((row) => row.ID)]))"""
        of_user, found = app.start().evaluate(script)
        assert found
        assert [int(one) for one in found] == [int(one) for one in of_user]

    def test_all_pages_of_a_list(self, app: Application) -> None:
        script = """within(new Promise((resolve) => BX24.callMethod("user.get", {sort: "ID"}, (result) => {
            log.push([result.data().length, result.total()]);
            if (!result.next()) resolve(log);
        })), 3000)"""
        assert app.start().evaluate(script) == [[50, 120], [50, 120], [20, 120]]

    def test_a_batch_halts_at_an_unknown_method(self, app: Application) -> None:
        script = """within(batch({a: ['no.such.method'], b: ['user.current']}, true)
            .then((results) => [Object.keys(results), results.a.error().getError().error]))"""
        assert app.start().evaluate(script) == [["a"], "ERROR_METHOD_NOT_FOUND"]

    def test_options_are_there_after_a_reload(self, app: Application) -> None:
        frame = app.start()
        frame.evaluate("BX24.userOption.set('a', {b: 1}); within(ask(BX24.appOption.set, 'c', [2]))")
        again = app.start().evaluate("[BX24.userOption.get('a'), BX24.appOption.get('c')]")
        assert again == [{"b": 1}, [2]]

    def test_the_interface_of_a_placement(self, app: Application) -> None:
        app.portal.state.placement = "CALL_CARD"
        frame = app.start()
        interface = frame.evaluate("within(ask(BX24.placement.getInterface))")
        assert "getStatus" in interface["command"]
        assert "CallCard::EntityChanged" in interface["event"]
        assert frame.evaluate("within(ask(BX24.placement.call, 'noSuchCommand', {}))") == NO_ANSWER
        assert frame.evaluate("within(ask(BX24.placement.bindEvent, 'no such event'))") == NO_ANSWER

    def test_a_path_that_may_not_be_opened(self, app: Application) -> None:
        error = {"result": "error", "errorCode": "PATH_NOT_AVAILABLE"}
        assert app.start().evaluate("within(ask(BX24.openPath, '/bitrix/admin/'))") == error

    def test_the_portals_own_refresh(self, app: Application) -> None:
        frame = app.start()
        before = frame.evaluate("BX24.getAuth().access_token")
        assert frame.evaluate("within(ask(BX24.refreshAuth)).then((auth) => auth.access_token)") != before


DOCUMENTED = """
    init install installFinish getAuth refreshAuth callMethod callBatch callBind callUnbind
    userOption.get userOption.set appOption.get appOption.set selectUser selectUsers selectAccess selectCRM
    bind closeApplication fitWindow getDomain getLang getScrollSize isAdmin isReady loadScript openApplication
    openPath proxyContext proxy ready reloadWindow resizeWindow scrollParentWindow setTitle unbind
    im.callTo im.phoneTo im.openMessenger im.openHistory
    placement.info placement.getInterface placement.call placement.bindEvent
"""


def test_every_documented_function_is_there(app: Application) -> None:
    documented = DOCUMENTED.split()
    script = "(names) => names.filter((name) => typeof name.split('.').reduce((o, k) => o[k], BX24) !== 'function')"
    assert app.start().evaluate(script, documented) == []
