"""The emulated BX24 library: how it starts, the installation, and what concerns the document only."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from .library_page import NO_ANSWER, Application
from .library_page import app as app
from .library_page import page as page
from .library_page import portal as portal
from .library_page import uncaught as uncaught

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Page


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
        assert (
            frame.evaluate("within(ask(BX24.loadScript, ['early.js', 'early.js']), 20000).then(() => log)")
            == ["early"] * 3
        )
        assert frame.evaluate("within(ask(BX24.loadScript, 'early.js'), 20000).then(() => log.length)") == 4


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
