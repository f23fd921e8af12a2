"""Calls from Python in the frame, through the library, to the portal and back."""

from __future__ import annotations

import gc
import textwrap
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route

from bx24py.dev.portal.method import Context, Rows

from .conftest import PythonPage

OpenApp = Callable[..., PythonPage]


def test_a_method(app: PythonPage) -> None:
    user = app.python("""
        result = await bx24.call_method("user.current")
        assert type(result.data) is dict
        assert result.time.duration >= 0 and result.time.date_start and result.time.operating is not None
        return [result.data["ID"], result.status, result.total, result.more]
    """)
    assert user == ["1", 200, None, False]


def test_a_mapping_brings_a_mapping_with_the_macro_filled_in(app: PythonPage) -> None:
    names = app.python("""
        results = await bx24.call_batch({
            "get_user": ["user.current", {}],
            "get_department": {"method": "department.get", "params": {"ID": "$result[get_user][UF_DEPARTMENT]"}},
        }, halt_on_error=True)
        assert results["get_department"].time.finish > 0
        return [list(results), [row["NAME"] for row in results["get_department"].data]]
    """)
    assert names == [["get_user", "get_department"], ["Customer Success", "Key Accounts"]]
    assert [call.method for call in app.portal.rest.calls if not call.batch] == ["batch"]


def test_a_list_brings_a_list(app: PythonPage) -> None:
    assert app.python("""
        results = await bx24.call_batch([["user.get", {"ID": n}] for n in (3, 1, 2)])
        return [result.data[0]["ID"] for result in results]
    """) == ["3", "1", "2"]


def test_a_long_answer_is_the_same_text(app: PythonPage) -> None:
    rows = [{"ID": n, "text": "Ж ü 🙂 </script>", "large": 2**60 + n} for n in range(2000)]
    app.portal.rest.route("long").respond(rows)
    assert app.python("return [(await bx24.call_method('long')).data, __import__('gc').isenabled()]") == [rows, True]
    assert app.python("return [one.data for one in await bx24.call_batch([['long'], ['long']])]") == [rows, rows]
    text = app.frame.evaluate("new Promise(done => BX24.callMethod('long', {}, answer => done(answer.data()[7].text)))")
    assert text == rows[7]["text"]


@pytest.mark.parametrize("size", [10, 30_000])
def test_an_answer_in_another_encoding_is_read_as_such(app: PythonPage, size: int) -> None:
    page = "<h1>Ошибка</h1>" + "Ж" * size
    app.portal.rest.route("odd").body(page.encode("cp1251"), status=502, content_type="text/html; charset=windows-1251")
    assert app.python("""
        try:
            await bx24.call_method("odd", retry=False)
        except BadResponseError as error:
            return [error.status, error.text]
    """) == [502, page[:500]]


def test_what_cannot_be_read_ends_the_call_as_well(app: PythonPage) -> None:
    app.frame.evaluate("""() => {
        const odd = { data: () => 1n, error: () => undefined, total: () => 1n };
        const failing = { ...odd, data: () => { throw new Error("odd"); } };
        window.oddLibrary = {
            init: (run) => run(), getAuth: () => false,
            selectUser: (back) => back({ id: 1n }),
            callMethod: (method, params, back) => back(failing),
            callBatch: (calls, back) => back([failing]),
        };
    }""")
    ended = app.python("""
        client = BX24(js.oddLibrary)
        calls = client.select_user(), client.call_method("m.get"), client.call_batch([["m.get"]])
        return [(await failure(call))[:2] for call in calls]
    """)
    assert [name for name, _ in ended] == ["BX24Error"] * 3
    assert all("could not be read" in words for _, words in ended)


def test_the_builder(app: PythonPage) -> None:
    assert app.python("""
        batch = bx24.batch(halt_on_error=True, timeout=60)
        user = batch.call("user.current")
        departments = batch.call("department.get", {"ID": user["UF_DEPARTMENT"]})
        first = batch.call("department.get", {"ID": departments[0]["ID"]})
        await batch.run()
        return [user.result.data["NAME"], len(departments.result.data), first.result.data[0]["NAME"]]
    """) == ["Emma", 2, "Customer Success"]


def test_pages_of_a_method_and_of_a_batch_command(app: PythonPage) -> None:
    sizes = app.python("""
        sizes = []
        page = await bx24.call_method("user.get", {"ACTIVE": True})
        while page:
            sizes.append([len(page.data), page.total, page.next])
            page = await page.next_page()
        page = (await bx24.call_batch({"me": ["user.current"], "u": ["user.get", {"!ID": "$result[me][ID]"}]}))["u"]
        while page:
            sizes.append([len(page.data), page.total, page.next])
            page = await page.next_page()
        return sizes
    """)
    total = sizes[0][1]
    assert sizes[:3] == [[50, total, 50], [50, total, 100], [total - 100, total, None]]
    assert sizes[3:] == [[50, 119, 50], [50, 119, 100], [19, 119, None]]


@pytest.mark.parametrize("start", [50, -1, 100])
def test_start_arrives_and_stays_the_callers(app: PythonPage, start: int) -> None:
    rows, total, following, params = app.python(
        """
        params = {"start": start}
        result = await bx24.call_method("user.get", params)
        in_batch = (await bx24.call_batch([["user.get", params]]))[0]
        assert in_batch.data == result.data
        return [len(result.data), result.total, result.next, params]
        """,
        start=start,
    )
    assert params == {"start": start}
    assert [received["start"] for received in app.portal.rest.received("user.get")] == [str(start)] * 2
    if start == -1:
        assert (rows, total, following) == (50, 0, None)
    else:
        assert (rows, following) == ((50, 100) if start == 50 else (20, None))


def test_120_commands_are_three_batches_in_order(app: PythonPage) -> None:
    assert app.python("""
        results = await bx24.call_batch([["user.get", {"ID": n + 1}] for n in range(120)])
        return [int(result.data[0]["ID"]) for result in results]
    """) == list(range(1, 121))
    batches = [call for call in app.portal.rest.calls if call.method == "batch"]
    assert [len(call.params["cmd"]) for call in batches] == [50, 50, 20]


def test_a_macro_across_batches_sends_nothing(app: PythonPage) -> None:
    name, message, _ = app.python("""
        async def call():
            return await bx24.call_batch([["user.current"]] * 50 + [["user.get", {"ID": "$result[0][ID]"}]])
        return await failure(call())
    """)
    assert name == "ValueError"
    assert "another batch" in message
    assert app.portal.rest.calls == []


@pytest.mark.parametrize("halt", [False, True])
@pytest.mark.parametrize("named", [False, True])
def test_a_failing_second_of_three(app: PythonPage, halt: bool, named: bool) -> None:
    app.portal.rest.route("department.get").fail("ERROR_CORE", "Отдел сломался")
    outcome = app.python(
        """
        calls = [["user.current"], ["department.get"], ["app.info"]]
        if named:
            results = await bx24.call_batch(dict(zip("abc", calls)), halt_on_error=halt)
            results = [results[key] for key in "abc"]
        else:
            results = await bx24.call_batch(calls, halt_on_error=halt)
        def data(result):
            try:
                return result.data
            except BX24Error as error:
                return [type(error).__name__, getattr(error, "description", None), error is result.error]
        return [data(results[0])["ID"], data(results[1]), data(results[2])]
        """,
        halt=halt,
        named=named,
    )
    assert outcome[:2] == ["1", ["RestError", "Отдел сломался", True]]
    if halt:
        assert outcome[2] == ["NotExecutedError", None, True]
    else:
        assert outcome[2]["LICENSE"]


# What a parameter is in Python, and what the portal has to receive, as text and nested as PHP reads it.
VALUES: list[tuple[str, Any]] = [
    ("None", ""),
    ("True", "1"),
    ("False", "0"),
    ("7", "7"),
    ("-7.25", "-7.25"),
    ("2**60", str(2**60)),
    ("'Привет, 世界 🎉'", "Привет, 世界 🎉"),
    ("'a&b=c+d%20e[f]'", "a&b=c+d%20e[f]"),
    ("' line\\nbreak\\t\"quoted\" '", ' line\nbreak\t"quoted" '),
    ("datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=3)))", "2026-03-01T09:30:00+03:00"),
    ("date(2026, 3, 1)", "2026-03-01"),
    ("Decimal('12.50')", "12.50"),
    ("b'\\x00\\xff+/'", "AP8rLw=="),
    ("[]", ""),
    ("{'a': {}}", {"a": ""}),
    ("{'a': None, 'b': [True, None, {'c': False}]}", {"a": "", "b": ["1", "", {"c": "0"}]}),
    ("{'>=DATE': 'x', 'ключ': 'з'}", {">=DATE": "x", "ключ": "з"}),
    ("('a.txt', b'hi')", ["a.txt", "aGk="]),
    ("list(range(1000))", [str(number) for number in range(1000)]),
]


@pytest.mark.parametrize(("value", "received"), VALUES, ids=[value[:30] for value, _ in VALUES])
@pytest.mark.parametrize("way", ["call_method", "call_batch"])
def test_values_arrive_as_meant(app: PythonPage, way: str, value: str, received: Any) -> None:
    app.portal.rest.method("test.echo")(lambda _params, _call: True)
    unchanged = app.python(
        f"""
        import copy
        from datetime import date, datetime, timedelta, timezone
        from decimal import Decimal
        params = {{"v": {value}, "last": "here"}}
        before = copy.deepcopy(params)
        if way == "call_method":
            await bx24.call_method("test.echo", params)
        else:
            (await bx24.call_batch([["test.echo", params]]))[0].data
        return params == before
        """,
        way=way,
    )
    assert unchanged
    assert app.portal.rest.received("test.echo") == [{"v": _as_php(received), "last": "here"}]


def _as_php(value: Any) -> Any:
    """Lists and mappings alike, whichever of the two the portal makes of 0, 1, 2…"""
    if isinstance(value, list):
        return [_as_php(item) for item in value]
    return {key: _as_php(item) for key, item in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize("way", ["call_method", "call_batch"])
def test_answers_are_plain_python_all_the_way_down(app: PythonPage, way: str) -> None:
    answer = {
        "null": None,
        "flag": True,
        "int": 5,
        "big": 2**60,
        "float": 1.5,
        "text": "Ünïcödé 🎉 \u2028 текст",
        "list": [None, [1, {"deep": None}]],
        "map": {"a": {"b": None}},
    }
    app.portal.rest.route("test.echo").respond(answer)
    types, data = app.python(
        """
        if way == "call_method":
            data = (await bx24.call_method("test.echo")).data
        else:
            data = (await bx24.call_batch([["test.echo"]]))[0].data
        def names(value):
            if type(value) is dict:
                return {key: names(item) for key, item in value.items()}
            return [names(item) for item in value] if type(value) is list else type(value).__name__
        return [names(data), data]
        """,
        way=way,
    )
    assert data == answer
    assert types == {
        "null": "NoneType",
        "flag": "bool",
        "int": "int",
        "big": "int",
        "float": "float",
        "text": "str",
        "list": ["NoneType", ["int", {"deep": "NoneType"}]],
        "map": {"a": {"b": "NoneType"}},
    }


FAULTS = [
    ("expired_application", "RestError", 402),
    ("insufficient_scope", "AccessError", 403),
    ("ACCESS_DENIED", "AccessError", 403),
    ("NO_AUTH_FOUND", "AuthError", 401),
    ("ERROR_METHOD_NOT_FOUND", "MethodNotFoundError", 404),
    ("OPERATION_TIME_LIMIT", "OperationTimeLimitError", 429),
    ("ERROR_CORE", "RestError", 400),
]


@pytest.mark.parametrize(("code", "error", "status"), FAULTS)
def test_a_refusal_has_its_class_and_the_portals_words(app: PythonPage, code: str, error: str, status: int) -> None:
    app.portal.rest.route("crm.deal.get").fail(code, "Слова портала", status)
    name, message, attributes = app.python('return await failure(bx24.call_method("crm.deal.get", {"ID": 5}))')
    assert name == error
    assert attributes["code"] == code
    assert attributes["description"] == "Слова портала"
    assert attributes["status"] == status
    assert attributes["method"] == "crm.deal.get"
    assert f"crm.deal.get: {code}: Слова портала (HTTP {status})" in message


def test_an_unknown_method(app: PythonPage) -> None:
    assert app.python('return (await failure(bx24.call_method("no.such")))[0]') == "MethodNotFoundError"


def test_a_call_starts_when_it_is_made(app: PythonPage) -> None:
    app.python("""
        bx24.call_method("app.info")
        for _ in range(100):
            await asyncio.sleep(0.02)
            if js.performance.getEntriesByType("resource").to_py()[-1].name.endswith("app.info.json"):
                return
        raise AssertionError("it was not sent")
    """)
    assert len(app.portal.rest.received("app.info")) == 1


def test_a_call_without_an_answer_ends_and_a_late_answer_is_dropped(app: PythonPage) -> None:
    app.portal.rest.route("user.current").delay(0.4).times(1)
    name, message, attributes = app.python("""
        error = await failure(bx24.call_method("user.current", timeout=0.1))
        await asyncio.sleep(0.6)
        return error
    """)
    assert name == "CallTimeoutError"
    assert "user.current: no answer within 0.1 s" in message
    assert attributes["maybe_executed"] is True
    assert app.console == []


def test_auth_language_domain_and_administrator(app: PythonPage) -> None:
    before, after, text, rest = app.python("""
        before = bx24.get_auth()
        after = await bx24.refresh_auth()
        assert bx24.get_auth() == after
        left = after.expires_at.timestamp() - js.Date.now() / 1000
        rest = [bx24.get_lang(), bx24.get_domain(), bx24.is_admin(), left]
        return [before.access_token, after.access_token, repr(after), rest]
    """)
    assert before != after
    assert after not in text
    assert rest[:3] == ["en", app.page.url.removeprefix("http://").rstrip("/"), True]
    assert 3500 < rest[3] <= 3600
    app.portal.frame.silence("refreshAuth", times=1)
    assert app.python("return (await failure(bx24.refresh_auth(timeout=0.1)))[0]") == "CallTimeoutError"


def test_another_bx24_object_and_one_that_is_none(app: PythonPage) -> None:
    assert app.python("""
        own = await BX24(js.BX24).call_method("user.current")
        errors = [await failure(BX24(js.Object.new()).call_batch([["user.current"]]))]
        broken = js.Object.assign(js.Object.new(), js.BX24)
        broken.callBatch = None
        errors.append(await failure(BX24(broken).call_batch([["user.current"]])))
        return [own.data["ID"], *[error[0] for error in errors], "callBatch" in errors[1][1]]
    """) == ["1", "NotInPortalError", "NotInPortalError", True]


@pytest.mark.parametrize("value", ["null", "undefined"])
def test_without_bx24_every_call_says_so(open_app: OpenApp, value: str) -> None:
    app = open_app()
    app.frame.evaluate(f"window.bx24py.ready.then(() => {{ window.BX24 = {value} }})")
    assert (
        app.python("""
        client = BX24()
        calls = [client.init(), client.call_method("user.current"), client.call_batch([["user.current"]])]
        return [(await failure(call))[0] for call in [*calls, client.refresh_auth()]]
    """)
        == ["NotInPortalError"] * 4
    )


HAND_MADE = """() => {
    const answer = (result, error, next) => ({
        data: () => result,
        error: () => error,
        more: () => next !== undefined,
        total: () => 2,
        status: 200,
        answer: { result, next },
    });
    const refused = { getError: () => ({ error: "ACCESS_DENIED", error_description: "no" }), getStatus: () => 403 };
    const later = (done, value) => setTimeout(() => done(value));
    window.handMade = {
        init: (done) => done(),
        callMethod: (method, params, done) =>
            later(done, answer({ method, params, none: null }, undefined, 50)),
        callBatch: (calls, done) => later(done, { a: answer([1, null]), b: answer({}, refused) }),
    };
}"""


def test_a_library_whose_callbacks_carry_no_request(app: PythonPage) -> None:
    """A hand-made library: results come from the ajaxResult objects alone."""
    app.frame.evaluate(HAND_MADE)
    assert app.python("""
        client = BX24(js.handMade)
        one = await client.call_method("x.y", {"a": [1]})
        many = await client.call_batch({"a": ["x.y"], "b": ["x.y"], "c": ["x.y"]}, halt_on_error=True)
        refused, skipped = many["b"].error, many["c"].error
        names = [type(refused).__name__, refused.description, type(skipped).__name__]
        return [one.data, one.next, one.total, many["a"].data, *names]
    """) == [
        {"method": "x.y", "params": {"a": [1]}, "none": None},
        50,
        2,
        [1, None],
        "AccessError",
        "no",
        "NotExecutedError",
    ]


FIVE_CALLS = """
from bx24py import bx24
calls = [bx24.call_method("user.get", {"ID": number}) for number in range(1, 6)]
"""


def test_calls_made_before_the_initialisation_arrive_after_it_in_order(open_app: OpenApp) -> None:
    held: list[Route] = []
    app = open_app(
        {"app.py": FIVE_CALLS},
        before=lambda page: page.route("**/wire", lambda route: held.append(route), times=1),
    )
    app.frame.evaluate("window.bx24py.finished.then(() => null)")
    app.page.wait_for_timeout(200)
    assert app.portal.rest.calls == []
    assert len(held) == 1
    held[0].continue_()
    ids = app.python("""
        import __main__
        return [(await call).data[0]["ID"] for call in __main__.calls]
    """)
    assert ids == ["1", "2", "3", "4", "5"]
    assert [params["ID"] for params in app.portal.rest.received("user.get")] == ids


def test_an_init_that_is_never_answered_fails_all_calls(open_app: OpenApp) -> None:
    app = open_app(
        {"app.py": FIVE_CALLS},
        before=lambda page: page.route("**/wire", lambda _route: None),
    )
    outcome = app.python("""
        import __main__
        batch = bx24.batch()
        batch.call("user.current")
        more = [bx24.call_batch([["user.current"]]), batch.run()]
        errors = [await failure(bx24.init(timeout=0.3))]
        errors += [await failure(call) for call in [*__main__.calls, *more]]
        return [error[0] for error in errors]
    """)
    assert outcome == ["InitTimeoutError"] * 8
    assert app.portal.rest.calls == []


def test_sharp_edge_12_null_of_javascript_is_not_none(app: PythonPage) -> None:
    """As Pyodide converts it by itself; the package gives None (`test_answers_are_plain_python_all_the_way_down`)."""
    app.portal.rest.route("test.echo").respond({"null": None})
    assert app.python("""
        from pyodide.code import run_js
        from pyodide.ffi import jsnull
        answer = await run_js("(new Promise((resolve) => BX24.callMethod('test.echo', {}, resolve)))")
        null, undefined = answer.data().to_py()["null"], run_js("({a: undefined})").to_py()["a"]
        return [null is jsnull, null is None, undefined is None]
    """) == [True, False, True]


def test_sharp_edge_13_a_callback_has_to_be_kept_alive_and_destroyed(app: PythonPage) -> None:
    """With BX24 as JavaScript sees it; `test_callbacks_are_released` shows that the package does both."""
    errors: list[str] = []
    app.page.on("pageerror", lambda error: errors.append(str(error)))
    called, alive = app.python("""
        import gc, weakref
        from pyodide.ffi import create_proxy
        called = []
        def callback(result):
            called.append("kept")
        # Pyodide destroys what it made of a plain function when the call returns, which is before the answer.
        js.BX24.callMethod("user.current", None, lambda result: called.append("not kept"))
        kept = create_proxy(callback)
        for _ in range(2):
            js.BX24.callMethod("user.current", None, kept)
        await asyncio.sleep(1)
        seen = weakref.ref(callback)
        del callback
        alive = []
        for _ in range(2):
            gc.collect()
            alive.append(seen() is not None)
            kept.destroy()
        return [called, alive]
    """)
    assert called == ["kept", "kept"]
    assert len(errors) == 1
    assert "destroyed" in errors[0]
    assert alive == [True, False]


def test_callbacks_are_released(app: PythonPage) -> None:
    app.portal.rest.route("test.late").delay(0.3).respond(1)
    gc.collect()
    waiting, grown = app.python("""
        import gc
        from pyodide.ffi import create_proxy
        from bx24py import bridge
        client = BX24(limits=bx24.limits)
        async def round():
            await client.call_method("user.current")
            await client.call_batch([["user.current"], ["no.such"]])
            await failure(client.call_method("no.such"))
            await failure(client.call_method("test.late", timeout=0.05))
            client.call_method("test.late").cancel()
            await client.refresh_auth()
        await round()
        gc.collect()
        page = client._sender._bridge
        before = len(gc.get_objects())
        for _ in range(20):
            await round()
        await asyncio.sleep(0.5)
        gc.collect()
        return [len(page._callbacks.waiting), len(gc.get_objects()) - before]
    """)
    assert waiting == 0
    assert grown < 50


def test_what_waits_for_an_answer_goes_on_as_any_task_does(app: PythonPage) -> None:
    assert app.python("""
        import contextvars
        from pyodide.ffi import run_sync
        found, place = [], contextvars.ContextVar("place", default="none")

        async def rows():
            try:
                yield 1
            finally:
                await asyncio.sleep(0)
                found.append("closed")

        place.set("task")
        call = bx24.call_method("user.current")
        def fails(_):
            raise RuntimeError("of a callback")
        unwanted = lambda _: found.append("unwanted")
        for function in (unwanted, fails, lambda _: found.append(place.get())):
            call.add_done_callback(function)
        removed = call.remove_done_callback(unwanted)
        await call
        async for _ in rows():
            break
        again = run_sync(bx24.call_method("user.current"))
        await asyncio.sleep(0.05)
        late = asyncio.get_running_loop().create_future()
        call.add_done_callback(lambda _: late.set_result("late"))
        return [removed, found, again.data["ID"], asyncio.current_task() is not None, await late]
    """) == [1, ["task", "closed"], "1", True, "late"]
    assert any("of a callback" in text for text in app.console)


def test_values_of_javascript_are_what_they_stand_for(app: PythonPage) -> None:
    app.portal.rest.route("any.add").respond(True)
    app.python("""
        value = js.eval('''(() => {
            const shared = {a: null, b: [1, undefined, {c: true}], left: undefined};
            return {
                object: shared, array: [new Date(Date.UTC(2026, 0, 1, 9, 30)), [shared.b]], none: null, empty: {},
                map: new Map([["k", new Map([[1, "v"]])]]), set: new Set([1, 2]), big: 2n ** 60n,
                bytes: new Uint8Array([97, 98]), buffer: new Uint8Array([97]).buffer, numbers: new Int32Array([1, -2]),
                boxed: Object("text"), bare: Object.assign(Object.create(null), {x: 1.5}),
            };
        })()''')
        await bx24.call_method("any.add", value)
        await bx24.call_method("any.add", {"deep": {"list": [value.object, value.none]}, "date": value.array[0]})
        await bx24.call_batch([["any.add", value.array], ["any.add", {"v": value.map}]])
        batch = bx24.batch()
        batch.call("any.add", {"v": value.set})
        await batch.run()
    """)
    parts = {"a": "", "b": ["1", "", {"c": "1"}]}
    moment = "2026-01-01T09:30:00+00:00"
    assert app.portal.rest.received("any.add") == [
        {
            "object": parts,
            "array": [moment, [parts["b"]]],
            "none": "",
            "map": {"k": {"1": "v"}},
            "set": ["1", "2"],
            "big": str(2**60),
            "bytes": "YWI=",
            "buffer": "YQ==",
            "numbers": ["1", "-2"],
            "boxed": "text",
            "bare": {"x": "1.5"},
        },
        {"deep": {"list": [parts, ""]}, "date": moment},
        {"0": moment, "1": [parts["b"]]},
        {"v": {"k": {"1": "v"}}},
        {"v": ["1", "2"]},
    ]


def test_values_of_javascript_that_stand_for_nothing_are_refused(app: PythonPage) -> None:
    assert app.python("""
        refused = []
        endless = "(() => { const endless = []; endless.push(endless); return endless; })()"
        for code in "(() => 1)", "Promise.resolve(1)", "Symbol('s')", "document.body", "new Date(NaN)", endless:
            try:
                bx24.call_method("any.add", {"v": [js.eval(code)]})
            except (TypeError, ValueError) as error:
                refused.append([type(error).__name__, str(error)[:40]])
        return refused
    """) == [
        ["TypeError", "params['v'][0]: a JavaScript value of ty"],
        ["TypeError", "params['v'][0]: the value is still on it"],
        ["TypeError", "params['v'][0]: a JavaScript value of ty"],
        ["TypeError", "params['v'][0]: a JavaScript value of ty"],
        ["ValueError", "params['v'][0]: nan is not a finite numb"],
        ["ValueError", "params['v'][0][0][0][0][0][0][0][0][0][0"],
    ]
    assert app.portal.rest.calls == []


def test_positional_parameters_and_empty_mappings_keep_their_places(app: PythonPage) -> None:
    app.portal.rest.route("task.item.list").respond([])
    app.python("""
        await bx24.call_method("task.item.list", [{}, {"ID": 5}])
        await bx24.call_method("task.item.list", {"ORDER": {}, "FILTER": {"ID": 5}})
        await bx24.call_batch([["task.item.list", [{}, {"ID": 5}]]])
        for method in "crm.deal.list", "user.get", "tasks.task.list":
            await bx24.call_method(method, {"order": {}, "filter": {}})
        await bx24.call_method("crm.item.list", {"entityTypeId": 2, "order": {}, "filter": {}})
    """)
    by_place = {"0": [""], "1": {"ID": "5"}}
    received = app.portal.rest.received("task.item.list")
    assert [list(one.items()) for one in received] == [
        list(by_place.items()),
        [("ORDER", [""]), ("FILTER", {"ID": "5"})],
        list(by_place.items()),
    ]


def page_of_120(params: dict[str, Any], _context: Context) -> Rows:
    start = int(params.get("start") or 0)
    rows = [{"ID": str(number)} for number in range(120)][start : start + 50]
    return Rows(rows, total=120, next=start + 50 if start + 50 < 120 else None)


@pytest.mark.parametrize("text", ["$result[0]", "a $total[x] b", "$next[0][1]", "$error[0]", "$time[0]"])
def test_a_single_call_has_its_text_as_it_is_also_on_the_next_pages(app: PythonPage, text: str) -> None:
    app.portal.rest.route("search.list").side_effect(page_of_120)
    sizes = app.python(
        """
        params = {"filter": {"%TITLE": text}, "other": [text]}
        page = await bx24.call_method("search.list", params)
        sizes = []
        while page:
            sizes.append([len(page.data), page.total, page.next])
            page = await page.next_page()
        page = await bx24.call_method("search.list", {**params, "start": 100})
        return [*sizes, [len(page.data), page.total, page.next]]
        """,
        text=text,
    )
    assert sizes == [[50, 120, 50], [50, 120, 100], [20, 120, None], [20, 120, None]]
    received = app.portal.rest.received("search.list")
    assert [one.pop("start", None) for one in received] == [None, "50", "100", "100"]
    assert received == [{"filter": {"%TITLE": text}, "other": [text]}] * 4
    assert {call.method for call in app.portal.rest.calls} == {"search.list"}


def test_start_without_the_loader_goes_through_a_batch_and_no_text_is_replaced(app: PythonPage) -> None:
    """Any other object than the page's BX24 is driven as on a page without the loader."""
    app.portal.rest.route("search.list").side_effect(page_of_120)
    app.portal.rest.route("failing.list").fail("ACCESS_DENIED", status=403)
    outcome = app.python("""
        client = BX24(js.Object.create(js.BX24))
        page = await client.call_method("search.list", {"filter": {"TITLE": "x"}, "start": 50})
        sizes = [[len(page.data), page.total, page.next]]
        page = await page.next_page()
        sizes.append([len(page.data), page.total, page.next, page.time is not None])
        refused = await failure(client.call_method("failing.list", {"start": 50}))
        first = await client.call_method("search.list", {"filter": {"TITLE": "$result[0]"}})
        return [sizes, refused[0], await failure(first.next_page())]
    """)
    assert outcome[:2] == [[[50, 120, 100], [20, 120, None, True]], "AccessError"]
    assert outcome[2][0] == "BX24Error"
    assert "nothing was sent" in outcome[2][1]
    assert len(app.portal.rest.received("search.list")) == 3


def test_a_text_with_references_and_a_users_text_in_a_batch(app: PythonPage) -> None:
    app.portal.rest.route("note.add").respond(True)
    assert app.python("""
        results = await bx24.call_batch({
            "people": ["user.get"], "bad": ["no.such"],
            "note": ["note.add", {"total": "$total[people]", "next": "$next[people]", "error": "$error[bad][error]"}],
        })
        batch = bx24.batch()
        user = batch.call("user.current")
        text = f"{user['NAME']} has $result, {user['UF_DEPARTMENT'][0]}"
        batch.call("note.add", {"text": text, "name": user["NAME"]})
        try:
            batch.call("note.add", {"text": "$result[0][NAME]"})
        except ValueError as error:
            refused = str(error)
        await batch.run()
        await bx24.call_method("note.add", {"text": "$result[0][NAME]"})
        return refused.startswith("params['text']: ") and "call_method" in refused
    """)
    parts, first, alone = app.portal.rest.received("note.add")
    assert parts == {"total": 120, "next": 50, "error": "ERROR_METHOD_NOT_FOUND"}
    assert first["name"] == "Emma"
    assert first["text"].startswith("Emma has $result, ")
    assert alone == {"text": "$result[0][NAME]"}


def test_a_task_of_the_first_call_of_all(open_app: Callable[..., PythonPage]) -> None:
    app_py = """
        import asyncio
        loop = asyncio.get_running_loop()
        from bx24py import bx24
        task = loop.create_task(bx24.call_method("user.current"))
        print("first:", (await task).data["NAME"])
    """
    app = open_app({"app.py": textwrap.dedent(app_py)})
    app.frame.evaluate("window.bx24py.finished")
    assert "first: Emma" in app.console


def test_two_things_at_once(app: PythonPage) -> None:
    app.portal.rest.route("broken.add").fail("ACCESS_DENIED", status=403)
    app.portal.rest.route("slow.add").never()
    outcome = app.python("""
        async with asyncio.TaskGroup() as group:
            user = group.create_task(bx24.call_method("user.current"))
            both = group.create_task(bx24.call_batch({"a": ["user.get", {"ID": 1}]}))
            none = group.create_task(user.result().next_page() if user.done() else bx24.init())
            batch = bx24.batch()
            command = batch.call("user.current")
            run = group.create_task(batch.run())
        names = [user.result().data["NAME"], len(both.result()["a"].data), none.result(), command.result.data["NAME"]]

        async def group_that_fails():
            async with asyncio.TaskGroup() as group:
                tasks.append(group.create_task(bx24.call_method("slow.add")))
                tasks.append(group.create_task(bx24.call_method("broken.add")))
                tasks.append(group.create_task(bx24.select_user()))

        tasks = []
        try:
            await group_that_fails()
        except* AccessError as error:
            names.append([type(one).__name__ for one in error.exceptions])
        ended = [task.cancelled() for task in tasks]

        call = bx24.call_method("user.current")
        for attribute in "data", "total", "next_page":
            try:
                getattr(call, attribute)
            except AttributeError as error:
                names.append("Await it first" in str(error))
        nap = asyncio.create_task(asyncio.sleep(30))
        done, waiting = await asyncio.wait([call, nap], return_when="FIRST_COMPLETED")
        names.append([done == {call}, waiting == {nap}, nap.cancel()])
        return [names, ended]
    """)
    names, ended = outcome
    assert names == ["Emma", 1, None, "Emma", ["AccessError"], True, True, True, [True, True, True]]
    assert ended == [True, False, True]
    assert not [text for text in app.console if "never" in text]
