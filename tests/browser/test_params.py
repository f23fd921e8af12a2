"""What parameters and answers are in Python, and what the portal gets and sends."""

from __future__ import annotations

from typing import Any

import pytest

from bx24py.dev.portal.method import Context, Rows

from .conftest import PythonPage


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
        ["TypeError", "params['v'][0]: must be awaited first"],
        ["TypeError", "params['v'][0]: a JavaScript value of ty"],
        ["TypeError", "params['v'][0]: a JavaScript value of ty"],
        ["ValueError", "params['v'][0]: must be a finite number,"],
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
