"""Files as parameters: what the portal gets is what was given, byte by byte, and the page goes on meanwhile."""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload

from bx24py.dev.portal.portal import Portal

from .conftest import PAGE, PythonPage

OpenApp = Callable[..., PythonPage]

INPUTS = '<input type="file" id="one"><input type="file" id="many" multiple><input type="text" id="text" value="x">'

# Every byte, and every triple that makes + and / of base64; its length is no multiple of three.
SMALL = bytes(range(256)) * 3 + bytes.fromhex("fbefbeffffff") * 50 + b"!"
LARGE = random.Random(7).randbytes(20 * 2**20 + 1)


def told(value: Any) -> Any:
    """Say of each content in parameters what it is."""
    if isinstance(value, list) and len(value) == 2 and all(isinstance(item, str) for item in value):
        return [value[0], seen(base64.b64decode(value[1], validate=True))]
    if isinstance(value, list):
        return [told(item) for item in value]
    if isinstance(value, dict):
        return {key: told(item) for key, item in value.items()}
    return seen(base64.b64decode(value, validate=True))


def seen(content: bytes) -> str:
    """Tell size and hash of a content."""
    return f"{len(content)} {hashlib.sha256(content).hexdigest()}"


def serve(portal: Portal) -> None:
    portal.rest.method("test.files")(lambda params, _call: told(params["files"]))


@pytest.fixture(scope="module")
def opened_app(open_for_module: OpenApp) -> PythonPage:
    app = open_for_module({"index.html": PAGE.replace("<p ", INPUTS + "<p "), "app.py": ""})
    app.python("bx24.limits = Limits(capacity=float('inf'))")
    return app


@pytest.fixture
def app(opened_app: PythonPage) -> PythonPage:
    opened_app.portal.reset()
    serve(opened_app.portal)
    opened_app.portal.rest.limits.enabled = False
    opened_app.console.clear()
    for name in ("one", "many"):
        opened_app.frame.locator(f"#{name}").set_input_files([])
    return opened_app


def payload(name: str, content: bytes) -> FilePayload:
    return FilePayload(name=name, mimeType="application/octet-stream", buffer=content)


# What a file can be given as: Python, and what the portal is to see of it.
SOURCES: dict[str, tuple[str, Any]] = {
    "bytes with a name": ("File('план.bin', content)", ["план.bin", SMALL]),
    "many bytes with a name": ("File('a.bin', content * 200)", ["a.bin", SMALL * 200]),
    "a view of bytes": ("File('a.bin', memoryview(content * 200)[::2])", ["a.bin", (SMALL * 200)[::2]]),
    "no bytes": ("File('a.bin', b'')", ["a.bin", b""]),
    "a browser's File": ("js.one.files.item(0)", ["one +&=.bin", SMALL]),
    "an input element": ("js.document.getElementById('one')", ["one +&=.bin", SMALL]),
    "an input element for several": ("js.many", [["1.bin", SMALL], ["2.bin", SMALL * 100]]),
    "the files of an input element": ("js.many.files", [["1.bin", SMALL], ["2.bin", SMALL * 100]]),
    "a Blob with a name": ("File('blob.bin', js.one.files.item(0).slice(1, 100))", ["blob.bin", SMALL[1:100]]),
    "a Blob": ("js.one.files.item(0).slice(1, 100)", SMALL[1:100]),
    "an empty Blob": ("js.one.files.item(0).slice(0, 0)", b""),
    "an open file": ("written(content)", ["written.bin", SMALL]),
    "a large open file": ("written(content * 200)", ["written.bin", SMALL * 200]),
    "bytes": ("content", SMALL),
    "many bytes": ("content * 200", SMALL * 200),
    "deep inside": ("{'A': [{'B': File('a.bin', content * 100)}]}", {"A": [{"B": ["a.bin", SMALL * 100]}]}),
    "twice the same": ("[File('a.bin', content * 100)] * 2", [["a.bin", SMALL * 100]] * 2),
}

SOURCE = """
def written(content):
    open("/tmp/written.bin", "wb").write(content)
    return open("/tmp/written.bin", "rb")
import base64
content = base64.b64decode(encoded)
"""


def expected(value: Any) -> Any:
    """Make what `told` says of it."""
    if isinstance(value, bytes):
        return seen(value)
    if isinstance(value, list):
        return [expected(item) for item in value]
    if isinstance(value, dict):
        return {key: expected(item) for key, item in value.items()}
    return value


@pytest.mark.parametrize("source", SOURCES)
def test_the_portal_gets_the_bytes(app: PythonPage, source: str) -> None:
    app.frame.locator("#one").set_input_files(payload("one +&=.bin", SMALL))
    app.frame.locator("#many").set_input_files([payload("1.bin", SMALL), payload("2.bin", SMALL * 100)])
    expression, given = SOURCES[source]
    results = app.python(
        SOURCE
        + f"""
value = lambda: {expression}
single = await bx24.call_method("test.files", {{"files": value()}})
batch = await bx24.call_batch({{"a": ["test.files", {{"files": value()}}], "b": ["user.current"]}})
offset = await bx24.call_method("test.files", {{"files": value(), "start": 5}})
builder = bx24.batch()
user = builder.call("user.current")
call = builder.call("test.files", {{"files": value(), "user": user["ID"]}})
await builder.run()
return [single.data, batch["a"].data, offset.data, call.result.data, batch["b"].data["ID"]]
""",
        encoded=base64.b64encode(SMALL).decode(),
    )
    assert results == [expected(given)] * 4 + ["1"]
    assert app.portal.rest.calls[-1].method == "batch"


WATCH = """
() => {
  window.longest = 0;
  const own = window.encodeURIComponent;
  window.encodeURIComponent = (text) => {
    window.longest = Math.max(window.longest, String(text).length);
    return own(text);
  };
}
"""


@pytest.mark.parametrize(
    ("source", "way"),
    [("js.one", "call_method"), ("File('large.bin', js.large.to_bytes())", "call_batch"), ("js.one", "batch")],
)
def test_twenty_megabytes_with_progress(app: PythonPage, source: str, way: str, tmp_path: Path) -> None:
    large = tmp_path / "large.bin"
    large.write_bytes(LARGE)
    app.frame.locator("#one").set_input_files(large)
    app.frame.evaluate(WATCH)
    app.frame.evaluate("async () => { window.large = new Uint8Array(await one.files[0].arrayBuffer()); }")
    data, steps = app.python(
        f"""
params = {{"files": {source}}}
steps = []
def watch(done, total):
    assert isinstance(done, int) and isinstance(total, int)
    steps.append((done, total))
if way == "call_method":
    result = await bx24.call_method("test.files", params, on_progress=watch)
elif way == "call_batch":
    [result] = await bx24.call_batch([["test.files", params]], on_progress=watch)
else:
    batch = bx24.batch(on_progress=watch)
    call = batch.call("test.files", params)
    await batch.run()
    result = call.result
return result.data, steps
""",
        way=way,
    )
    assert data == ["large.bin", seen(LARGE)]
    assert len(steps) >= 3
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert steps[0][0] == 0
    assert steps[-1][0] == steps[-1][1] > len(LARGE) * 4 // 3
    # The library, which works in one go, never had the content in its hands.
    assert app.frame.evaluate("window.longest") < 1000


def test_a_call_without_a_file_has_progress_as_well(app: PythonPage) -> None:
    steps = app.python(
        """
        steps = []
        await bx24.call_method("user.current", {"X": "x" * 1000}, on_progress=lambda *step: steps.append(step))
        await bx24.call_method("user.current", {"X": "x" * 5000})
        return steps
        """
    )
    assert steps[0][0] == 0
    assert steps[-1][0] == steps[-1][1]
    assert 1000 < steps[-1][1] < 2000


def test_a_watch_that_fails_does_not_matter(app: PythonPage) -> None:
    data, logged = app.python(
        """
        import logging
        records = []
        class Keep(logging.Handler):
            def emit(self, record):
                records.append(record.getMessage())
        handler = Keep()
        logging.getLogger("bx24py").addHandler(handler)
        result = await bx24.call_method("test.files", {"files": File("a", b"x" * 100_000)}, on_progress=lambda: None)
        logging.getLogger("bx24py").removeHandler(handler)
        return result.data, records
        """
    )
    assert data == ["a", seen(b"x" * 100_000)]
    assert set(logged) == {"the on_progress function failed"}


def test_a_refused_upload_is_sent_again(app: PythonPage) -> None:
    app.portal.rest.route("test.files").fail("QUERY_LIMIT_EXCEEDED").times(1)
    data, starts = app.python(
        """
        steps = []
        result = await bx24.call_method(
            "test.files", {"files": File("a", b"x" * 100_000)}, on_progress=lambda *step: steps.append(step)
        )
        return result.data, [done for done, _ in steps].count(0)
        """
    )
    assert data == ["a", seen(b"x" * 100_000)]
    assert starts == 2
    assert app.portal.rest.route("test.files").call_count == 2


def test_an_upload_with_a_token_that_has_expired(app: PythonPage) -> None:
    app.portal.state.tokens.expire()
    data = app.python(
        """
        calls = [bx24.call_method("test.files", {"files": File(name, b"x" * 100_000)}) for name in "abc"]
        return [result.data for result in await asyncio.gather(*calls)]
        """
    )
    assert data == [[name, seen(b"x" * 100_000)] for name in "abc"]


def test_the_next_page_of_a_call_with_a_file(app: PythonPage) -> None:
    @app.portal.rest.method("test.list")
    def rows(params: dict[str, Any], _call: Any) -> Any:
        return {"start": params.get("start"), "file": told(params["file"])}

    app.portal.rest.route("test.list").respond({"first": True}, total=100, next=50).times(1)
    data = app.python(
        """
        import gc
        result = await bx24.call_method("test.list", {"file": File("a", b"x" * 100_000)})
        next_page = result.next_page()
        del result
        gc.collect()
        return (await next_page).data
        """
    )
    assert data == {"start": "50", "file": ["a", seen(b"x" * 100_000)]}


def test_a_file_that_is_gone(app: PythonPage, tmp_path: Path) -> None:
    path = tmp_path / "gone.bin"
    path.write_bytes(SMALL)
    app.frame.locator("#one").set_input_files(path)
    path.unlink()
    for call in (
        "bx24.call_method('test.files', {'files': js.one})",
        "bx24.call_batch([['test.files', {'files': js.one}]])",
        "BX24(js.Object.create(js.BX24)).call_method('test.files', {'files': js.one})",
    ):
        name, text, _ = app.python(f"return await failure({call})")
        assert name == "BX24Error"
        assert "a file could not be read, so nothing was sent" in text
    assert app.portal.rest.received("test.files") == []


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("js.one", "ValueError: params['files']: no file is chosen"),
        (
            "js.text",
            "TypeError: params['files']: a JavaScript value of type HTMLInputElement cannot be sent to the portal",
        ),
        ("File('', b'')", "ValueError: params['files']: a file's name must not be empty"),
        ("File(None, b'')", "TypeError: params['files']: a file's name must be a str, not NoneType"),
        ("File('a', 'text')", "TypeError: params['files']: a file's content must be bytes or a Blob, not str"),
        ("File('a', js.document)", "TypeError: params['files']: a file's content must be bytes or a Blob, not JsProxy"),
        ("File('a', js.many)", "TypeError: params['files']: a file's content must be bytes or a Blob, not JsProxy"),
    ],
)
def test_what_is_no_file(app: PythonPage, value: str, error: str) -> None:
    said = app.python(
        f"""
        try:
            bx24.call_method("test.files", {{"files": {value}}})
        except (TypeError, ValueError) as error:
            return f"{{type(error).__name__}}: {{error}}"
        """
    )
    assert said == error
    assert app.portal.rest.received("test.files") == []


def test_several_files_may_be_none(app: PythonPage) -> None:
    app.portal.rest.method("test.files")(lambda params, _call: params)
    assert app.python("return (await bx24.call_method('test.files', {'files': js.many})).data") == {"files": ""}


def test_the_choice_may_change_after_the_call(app: PythonPage) -> None:
    app.frame.locator("#one").set_input_files(payload("a.bin", SMALL))
    data = app.python(
        """
        call = bx24.call_method("test.files", {"files": js.one})
        js.one.value = ""
        return (await call).data
        """
    )
    assert data == ["a.bin", seen(SMALL)]


def test_what_was_given_up_is_never_sent(app: PythonPage) -> None:
    """Neither before its file is read nor after. What the library sends later: test_given_up.py."""
    app.python(
        """
        await bx24.call_method("test.files", {"files": File("a", b"x" * 100_000)})
        cancelled = bx24.call_method("test.files", {"files": File("b", b"x" * 100_000)})
        cancelled.cancel()
        await failure(bx24.call_method("test.files", {"files": File("c", b"x" * 10_000_000)}, timeout=0.001))
        await bx24.call_method("test.files", {"files": ["", ""]})
        """
    )
    assert [params["files"][0] for params in app.portal.rest.received("test.files")] == ["a", ""]


def test_nothing_is_held_after_the_end(app: PythonPage) -> None:
    counts = app.python(
        """
        import gc
        from bx24py.bridge import files
        for size in (10, 100_000):
            await bx24.call_method("test.files", {"files": File("a", b"x" * size)}, on_progress=lambda *_: None)
            await failure(bx24.call_method("no.such", {"files": File("a", b"x" * size)}, on_progress=lambda *_: None))
            bx24.call_method("test.files", {"files": File("a", b"x" * size)}, on_progress=lambda *_: None).cancel()
        await asyncio.sleep(0)
        gc.collect()
        page = bx24._sender.bridge
        return [len(files._contents), len(page._callbacks.waiting), len(page._watching)]
        """
    )
    assert counts == [0, 0, 0]


@pytest.mark.parametrize("how", ["without the loader's class", "another object"])
def test_pages_without_the_loader(open_app: OpenApp, how: str) -> None:
    app = open_app({"index.html": PAGE.replace("<p ", INPUTS + "<p "), "app.py": ""})
    serve(app.portal)
    app.frame.locator("#one").set_input_files(payload("one.bin", SMALL * 200))
    if how == "another object":
        client = "BX24(js.Object.create(js.BX24))"
    else:
        replace = "window.XMLHttpRequest = Object.getPrototypeOf(XMLHttpRequest)"
        app.frame.evaluate(f"window.bx24py.ready.then(() => {{ {replace}; }})")
        client = "BX24()"
    data = app.python(
        f"""
        client = {client}
        params = {{"files": [js.one, File("a.bin", b"x" * 100_000), File("b.bin", b"y")]}}
        single = await client.call_method("test.files", params)
        batch = await client.call_batch({{"a": ["test.files", params]}})
        offset = await client.call_method("test.files", {{**params, "start": 5}})
        client.call_method("test.files", params).cancel()
        await asyncio.sleep(0.2)
        return [single.data, batch["a"].data, offset.data, len(client._sender.bridge._callbacks.waiting)]
        """
    )
    one = [["one.bin", seen(SMALL * 200)], ["a.bin", seen(b"x" * 100_000)], ["b.bin", seen(b"y")]]
    assert data == [one, one, one, 0]
    assert app.portal.rest.route("test.files").call_count == 0
    assert len(app.portal.rest.received("test.files")) == 3
