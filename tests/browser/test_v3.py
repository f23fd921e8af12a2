"""REST 3.0 from Python in the local portal: values, files, lists, tokens, and writes whose answer is lost."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from bx24py.dev.portal.portal import Portal
from tests.faults import FASTER_RETRIES

from .conftest import PythonPage
from .test_faults import open_by_hand

OpenApp = Callable[..., PythonPage]


@pytest.fixture(scope="module")
def by_hand(open_for_module: OpenApp) -> PythonPage:
    """A page without the loader."""
    return open_by_hand(open_for_module)


@pytest.fixture(params=["loader", "by hand"])
def either(request: pytest.FixtureRequest, app: PythonPage) -> PythonPage:
    """A page with the loader, and one without."""
    if request.param == "loader":
        app.python(FASTER_RETRIES)
        return app
    found: PythonPage = request.getfixturevalue("by_hand")
    found.portal.reset()
    found.portal.rest.limits.enabled = False
    return found


def requests(app: PythonPage) -> list[str]:
    """Give the methods of the requests that have been answered."""
    return [call.method for call in app.portal.v3.calls if not call.batch]


def echo(app: PythonPage) -> None:
    """Add a method that gives its parameters back."""
    app.portal.v3.method("my.echo.get")(lambda params, _call: {"item": params})


def test_values_arrive_as_they_are(either: PythonPage) -> None:
    echo(either)
    code = """
    from datetime import datetime, UTC
    from decimal import Decimal
    given = {
        "none": None, "flags": [True, False], "empty": [], "object": {}, "big": 2**62, "half": 0.5,
        "text": "ä € 😀 \\u2028 $result[x]", "when": datetime(2026, 1, 2, tzinfo=UTC), "amount": Decimal("1.10"),
        "javascript": js.JSON.parse('{"a": [1, null]}'), "fields": {"a.b[c]": {"auth": 1}},
    }
    return (await bx24.v3.call_method("my.echo.get", given)).data["item"]
    """
    assert either.python(code)["none"] is None
    assert either.portal.v3.received("my.echo.get")[0] == {
        "none": None,
        "flags": [True, False],
        "empty": [],
        "object": {},
        "big": 2**62,
        "half": 0.5,
        "text": "ä € 😀 \u2028 $result[x]",
        "when": "2026-01-02T00:00:00+00:00",
        "amount": "1.10",
        "javascript": {"a": [1, None]},
        "fields": {"a.b[c]": {"auth": 1}},
    }


def test_files(either: PythonPage) -> None:
    echo(either)
    code = """
    large = bytes(range(256)) * 4096
    blob = js.Blob.new(js.Array.of("browser's"))
    params = {"large": File("a.bin", large), "blob": File("b.txt", blob), "bytes": b"small"}
    single = (await bx24.v3.call_method("my.echo.get", params)).data["item"]
    batch = (await bx24.v3.call_batch([["my.echo.get", params]]))[0].data["item"]
    return [single, batch]
    """
    for found in either.python(code):
        assert found["large"][0] == "a.bin"
        assert base64.b64decode(found["large"][1]) == bytes(range(256)) * 4096
        assert [found["blob"][0], base64.b64decode(found["blob"][1])] == ["b.txt", b"browser's"]
        assert base64.b64decode(found["bytes"]) == b"small"


def test_calls_before_the_initialisation_are_queued(open_app: OpenApp) -> None:
    app = open_app(
        {
            "app.py": """
from bx24py import bx24
import js
first = bx24.v3.call_method("tasks.task.get", {"id": 1, "select": ["title"]})
second = bx24.v3.call_batch({"a": ["tasks.task.get", {"id": 2, "select": ["id"]}]})
js.document.getElementById("out").textContent = str([(await first).data["item"]["title"], (await second)["a"].data])
"""
        }
    )
    title = app.portal.company.tasks.value(1, "TITLE")
    expect(app.frame.locator("#out")).to_have_text(str([title, {"item": {"id": 2}}]))


def test_a_batch_with_references(either: PythonPage) -> None:
    code = """
    batch = bx24.v3.batch()
    task = batch.call("tasks.task.get", {"id": 7, "select": ["id", "responsibleId"]})
    of_same = [["responsibleId", "=", task.item["responsibleId"]]]
    others = batch.call("tasks.task.list", {"filter": of_same, "select": ["id", "responsibleId"]})
    again = batch.call("tasks.task.list", {"filter": [["id", "in", others.items["id"]]]})
    results = await batch.run()
    by_hand = await bx24.v3.call_batch({
        "task": ["tasks.task.get", {"id": 7, "select": ["id", "responsibleId"]}],
        "same": ["tasks.task.get", {"id": {"$ref": "task.id"}, "select": ["id"]}],
    })
    return [
        {row["responsibleId"] for row in others.result.data["items"]} == {task.result.data["item"]["responsibleId"]},
        [row["id"] for row in others.result.data["items"]] == [row["id"] for row in again.result.data["items"]],
        len(results), by_hand["same"].data,
    ]
    """
    assert either.python(code) == [True, True, 3, {"item": {"id": 7}}]
    assert requests(either) == ["batch", "batch"]


def test_lists(either: PythonPage) -> None:
    expected = list(either.portal.company.tasks.ids)
    code = """
    all_rows = await bx24.v3.call_list("tasks.task.list")
    streamed = [row async for row in bx24.v3.fetch_list("tasks.task.list", {"select": ["title"]})]
    ordered = await bx24.v3.call_list("tasks.task.list", {"order": {"title": "DESC"}, "select": ["title"]})
    some = await bx24.v3.call_list("tasks.task.list", {"filter": [["id", ">", 100]]}, limit=120)
    return [
        [row["id"] for row in all_rows], len(streamed), list(streamed[0]),
        [row["title"] for row in ordered], [row["id"] for row in some],
    ]
    """
    all_rows, streamed, names, titles, some = either.python(code)
    assert all_rows == expected
    assert (streamed, names) == (len(expected), ["title"])
    assert len(titles) == len(expected)
    assert some == [number for number in expected if number > 100][:120]
    assert requests(either) == ["tasks.task.list", "batch"] * 3 + ["tasks.task.list", "batch"]


def test_a_stream_that_is_left_asks_no_more(app: PythonPage) -> None:
    code = """
    async for row in bx24.v3.fetch_list("tasks.task.list"):
        break
    await asyncio.sleep(0.2)
    assert not bx24._sender._bridge._callbacks.waiting
    """
    app.python(code)
    assert requests(app)[:1] == ["tasks.task.list"]
    assert len(requests(app)) <= 2


def test_errors(app: PythonPage) -> None:
    code = """
    kinds = []
    for method, params in (
        ("tasks.task.get", {}), ("tasks.task.nope", {}), ("tasks.task.get", {"id": 10**9}),
        ("tasks.task.get", {"id": 1, "select": ["responsible.nope"]}),
    ):
        try:
            await bx24.v3.call_method(method, params)
        except RestError as error:
            kinds.append([type(error).__name__, error.status, error.code, [list(one) for one in error.validation]])
    return kinds
    """
    prefix = "BITRIX_REST_V3_EXCEPTION_"
    missing = [["id", "Required field `id` is not specified"]]
    assert app.python(code) == [
        ["RestError", 400, f"{prefix}VALIDATION_REQUESTVALIDATIONEXCEPTION", missing],
        ["MethodNotFoundError", 404, f"{prefix}METHODNOTFOUNDEXCEPTION", []],
        ["RestError", 400, f"{prefix}ENTITYNOTFOUNDEXCEPTION", []],
        ["RestError", 400, f"{prefix}UNKNOWNDTOPROPERTYEXCEPTION", []],
    ]
    assert len(requests(app)) == 4


# Tokens


def test_one_renewal_serves_all_calls_of_both(either: PythonPage) -> None:
    portal = either.portal
    portal.state.tokens.expire()
    code = """
    calls = [bx24.v3.call_method("tasks.task.get", {"id": n + 1}) for n in range(10)]
    calls += [bx24.v3.call_batch([["tasks.task.get", {"id": 1}]])]
    if with_old:
        calls += [bx24.call_method("user.current"), bx24.call_batch([["user.current"]])]
    return len(await asyncio.gather(*calls))
    """
    with_old = either.python("return hasattr(js.XMLHttpRequest, 'bx24pyConnect')")
    assert either.python(code, with_old=with_old) == (13 if with_old else 11)
    assert [message.command for message in portal.frame.sent] == ["refreshAuth"]


def test_an_old_call_first_then_new_ones(app: PythonPage) -> None:
    portal = app.portal
    portal.state.tokens.expire()
    code = """
    first = bx24.call_method("user.current")
    await asyncio.sleep(0.05)
    await asyncio.gather(first, *[bx24.v3.call_method("tasks.task.get", {"id": n + 1}) for n in range(5)])
    """
    app.python(code)
    assert [message.command for message in portal.frame.sent] == ["refreshAuth"]


def test_a_token_that_the_library_takes_for_expired(open_app: OpenApp) -> None:
    app = open_app()
    app.python("""
        await bx24.init()
        js.eval("BX24.getAuth = ((get) => () => window.gone ? false : get())(BX24.getAuth); window.gone = true")
        js.eval("BX24.refreshAuth = ((f) => (cb) => f((a) => { window.gone = false; cb(a); }))(BX24.refreshAuth)")
        assert (await bx24.v3.call_method("tasks.task.get", {"id": 1})).data["item"]["id"] == 1
    """)
    assert [call.status for call in app.portal.v3.calls] == [200]


def test_a_cancelled_call_is_aborted(app: PythonPage) -> None:
    app.portal.v3.route("tasks.task.get").never()
    aborted: list[str] = []
    app.page.on("requestfailed", lambda request: aborted.append(request.url.rsplit("/")[-1].split("?")[0]))
    app.python("""
        try:
            async with asyncio.timeout(0.3):
                await bx24.v3.call_method("tasks.task.get", {"id": 1})
        except TimeoutError:
            pass
        assert (await bx24.v3.call_method("tasks.task.list", {"pagination": {"limit": 1}})).data
        assert not bx24._sender._bridge._callbacks.waiting
    """)
    assert aborted == ["tasks.task.get"]
    assert not [line for line in app.console if "never retrieved" in line]


# Writes whose answer is lost

ADD = """
    fields = {"title": title, "creatorId": 1, "responsibleId": 1}
    try:
        result = await bx24.v3.call_method("tasks.task.add", {"fields": fields})
        return [result.data["item"]["id"], result.replayed]
    except NetworkError as error:
        return [str(error), error.maybe_executed]
"""


def added(app: PythonPage, title: str) -> list[int]:
    """Give the tasks with this title."""
    tasks = app.portal.company.tasks
    return [number for number in tasks.ids if tasks.value(number, "TITLE") == title]


def lose_an_answer(portal: Portal) -> None:
    portal.v3.route("tasks.task.add").drop(after_bytes=0).times(1)


def test_a_lost_write_is_executed_once_and_told(app: PythonPage) -> None:
    """No portal today lets a page send the key."""
    lose_an_answer(app.portal)
    text, maybe = app.python(ADD, title="lost")
    assert "may have been executed" in text
    assert maybe is True
    assert len(added(app, "lost")) == 1
    assert requests(app).count("tasks.task.add") == 1
    app.python(ADD, title="another")
    blocked = [line for line in app.console if "blocked by CORS policy" in line]
    assert len(blocked) <= 1  # asked once for the page, by the first write of all tests


def test_with_the_key_a_lost_write_is_repeated_and_executed_once(open_app: OpenApp) -> None:
    portal = Portal(deals=0)
    portal.v3.allow_idempotency_key = True
    app = open_app(portal=portal)
    app.python(FASTER_RETRIES)
    lose_an_answer(portal)
    number, replayed = app.python(ADD, title="lost")
    assert replayed is True
    assert added(app, "lost") == [number]
    assert requests(app) == ["rest.scope.list", "tasks.task.add", "tasks.task.add"]
    number, replayed = app.python(ADD, title="another")
    assert (replayed, added(app, "another")) == (False, [number])
    code = """
    async def add(title):
        fields = {"title": title, "creatorId": 1, "responsibleId": 1}
        return await bx24.v3.call_method("tasks.task.add", {"fields": fields}, idempotency_key="my key")
    first, second = await add("mine"), await add("mine")
    try:
        await add("other")
    except RestError as error:
        return [first.replayed, second.replayed, first.data == second.data, error.status, error.code[-34:]]
    """
    assert app.python(code) == [False, True, True, 422, "EXCEPTION_IDEMPOTENCYKEYREUSEDEXCEPTION"[-34:]]
    assert len(added(app, "mine")) == 1
    assert requests(app).count("rest.scope.list") == 1


def test_a_batch_of_writes_is_never_repeated(app: PythonPage) -> None:
    app.portal.v3.route("batch").drop(after_bytes=0)
    code = """
    fields = {"title": "in a batch", "creatorId": 1, "responsibleId": 1}
    try:
        await bx24.v3.call_batch([["tasks.task.add", {"fields": fields}]] * 2)
    except NetworkError as error:
        return [error.maybe_executed, list(error.results.uncertain)]
    """
    assert app.python(code) == [True, [0, 1]]
    assert len(added(app, "in a batch")) == 2
    assert requests(app) == ["batch"]


def test_on_write_is_asked_about_new_calls_too(app: PythonPage) -> None:
    code = """
    asked = []
    stop = bx24.on_write(lambda write: asked.append([name for name, _ in write.writes]) or False)
    try:
        for call in (
            lambda: bx24.v3.call_method("tasks.task.delete", {"id": 5}),
            lambda: bx24.v3.call_batch([["tasks.task.get", {"id": 5}], ["tasks.task.update", {"id": 5}]]),
        ):
            assert (await failure(call()))[0] == "WriteRefusedError"
        await bx24.v3.call_method("tasks.task.get", {"id": 5})
    finally:
        stop()
    return asked
    """
    assert app.python(code) == [["tasks.task.delete"], ["tasks.task.update"]]
    assert requests(app) == ["tasks.task.get"]


def test_the_portals_methods(app: PythonPage) -> None:
    code = """
    methods, again = await asyncio.gather(bx24.v3.methods(), bx24.v3.methods())
    add = methods["tasks.task.add"]
    return [methods is again, sorted(methods), add.parameters["fields"].required,
            sorted(add.parameters["fields"].fields), add.description, add.only_reads]
    """
    same, names, required, fields, description, only_reads = app.python(code)
    assert (same, required, only_reads) == (True, True, False)
    assert {"tasks.task.add", "tasks.task.list", "humanresources.node.list", "main.eventlog.list"} <= set(names)
    assert {"title", "creatorId"} <= set(fields)
    assert description
    assert requests(app) == ["rest.documentation.openapi"]
    values: Any = app.python('return (await bx24.v3.methods())["tasks.task.get"].parameters["id"].type')
    assert values in ("integer", "int")
