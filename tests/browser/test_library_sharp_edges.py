"""The sharp edges of the emulated BX24 library (contract, section 4).

They are shown with plain promises around the library's callbacks: a page that does no more than that waits for ever, or
fails where it cannot catch anything. `within` (700 ms) stands for "for ever".
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from bx24py.dev.portal.routes import Route
from .library_page import NO_ANSWER, TIME, Application, answer, batch_answer
from .library_page import app as app
from .library_page import page as page
from .library_page import portal as portal
from .library_page import uncaught as uncaught

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
