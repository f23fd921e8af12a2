"""The emulated BX24 library: parameters, callMethod, callBatch, callBind; and all of it with the portal's own data."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .library_page import NO_ANSWER, TIME, Application, answer, batch_answer, numbered_pages
from .library_page import app as app
from .library_page import page as page
from .library_page import portal as portal

if TYPE_CHECKING:
    from playwright.sync_api import Frame


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
    def test_parameters_become_form_fields(self, app: Application, params: str, fields: list[tuple[str, str]]) -> None:
        assert encoded(app, app.start(), params) == fields

    def test_the_body_is_encoded_to_the_letter(self, app: Application) -> None:
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
    def test_a_good_answer_is_in_the_result(self, app: Application) -> None:
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

    def test_a_refusal_is_in_the_result(self, app: Application) -> None:
        app.portal.rest.route("m").fail("ACCESS_DENIED", "No entry")
        result = app.start().evaluate("within(call('m').then(seen))")
        assert result["error"] == {
            "text": "ACCESS_DENIED: No entry (403)",
            "ex": {"error": "ACCESS_DENIED", "error_description": "No entry"},
            "status": 403,
        }
        assert (result["data"], result["description"], result["status"]) == ("undefined", "No entry", 403)

    def test_the_result_has_its_answer_and_its_query(self, app: Application) -> None:
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

    def test_rest_is_called_under_the_path_that_the_portal_says(self, app: Application) -> None:
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
