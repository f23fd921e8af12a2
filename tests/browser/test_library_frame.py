"""The emulated BX24 library: commands to the portal's page, and options."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from bx24py.dev.portal.messages import NOTHING

from .library_page import NO_ANSWER, Application
from .library_page import app as app
from .library_page import page as page
from .library_page import portal as portal
from .library_page import uncaught as uncaught

if TYPE_CHECKING:
    from playwright.sync_api import Page


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
