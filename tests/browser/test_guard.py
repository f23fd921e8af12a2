"""A start that cannot succeed ends with an error that names the file or the policy, within seconds."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from bx24py.dev import distribution

from .conftest import PAGE, PythonPage
from .test_loader import LISTEN, failure_of

OpenApp = Callable[..., PythonPage]


class SlowHost:
    """A host that gives out one file a little at a time."""

    def __init__(self, content: bytes, seconds: float) -> None:
        self._content, self._seconds = content, seconds

    @contextmanager
    def running(self) -> Iterator[str]:
        content, pause = self._content, self._seconds / 12

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/wasm")
                self.send_header("Access-Control-Allow-Origin", "*")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                size = len(content) // 12 + 1
                with suppress(ConnectionError):
                    for at in range(0, len(content), size):
                        self.wfile.write(content[at : at + size])
                        time.sleep(pause)

            def log_message(self, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


SECONDS = 60_000
"""Milliseconds within which the page must say what is wrong; the machine may be busy."""


@pytest.fixture(scope="session")
def bx24_snapshot() -> None:
    """Pages start as on a first visit, where all files are needed."""
    distribution.browser_archive()  # which takes its time where it has to be made


def opened(open_app: OpenApp, before: Callable[[Page], object], page: str = PAGE, app: str = "") -> tuple[str, str]:
    def prepare(page: Page) -> None:
        page.add_init_script(LISTEN)
        before(page)

    application = open_app({"index.html": page, "app.py": app}, before=prepare)
    expect(application.frame.get_by_role("alert")).to_be_visible(timeout=SECONDS)
    title, text = failure_of(application)
    assert ["error", title] in application.frame.evaluate("window.events")
    assert "[object" not in title + text
    return title, text


def served(name: str, **answer: Any) -> Callable[[Page], object]:
    return lambda page: page.route(f"**/{name}", lambda route: route.fulfill(**answer))


@pytest.mark.parametrize(
    ("policy", "named"),
    [
        ("script-src 'self' http: 'unsafe-inline'", "'wasm-unsafe-eval'"),
        ("default-src 'self' http: 'unsafe-inline'", "default-src"),
    ],
)
def test_a_policy_without_webassembly_is_named(open_app: OpenApp, policy: str, named: str) -> None:
    page = PAGE.replace("<head>", f'<head><meta http-equiv="Content-Security-Policy" content="{policy}">')
    title, text = opened(open_app, lambda _: None, page)
    assert title == "Python could not be started"
    assert "script-src" in text
    assert named in text


WASM: dict[str, Any] = {"content_type": "application/wasm"}
BROKEN: dict[str, tuple[str, dict[str, Any], str]] = {
    "wasm missing": ("pyodide.asm.wasm", {"status": 404}, r"pyodide\.asm\.wasm is not there \(HTTP 404\)"),
    "wasm refused": ("pyodide.asm.wasm", {"status": 503}, r"pyodide\.asm\.wasm could not be read \(HTTP 503\)"),
    "wasm garbage": ("pyodide.asm.wasm", {"body": "garbage", **WASM}, r"pyodide\.asm\.wasm is damaged"),
    "wasm empty": ("pyodide.asm.wasm", {"body": "", **WASM}, r"pyodide\.asm\.wasm is damaged"),
    "wasm a page": (
        "pyodide.asm.wasm",
        {"body": "<p>", "content_type": "text/html"},
        r"\.wasm must .* application/wasm",
    ),
    "code missing": ("pyodide.asm.mjs", {"status": 404}, r"pyodide\.asm\.mjs"),
    "code garbage": ("pyodide.asm.mjs", {"body": "?", "content_type": "text/javascript"}, r"pyodide\.asm\.mjs"),
    "library missing": ("bx24py-stdlib.zip?*", {"status": 404}, r"bx24py-stdlib\.zip\?\w+ is not there"),
    "library garbage": ("bx24py-stdlib.zip?*", {"body": "garbage"}, r"bx24py-stdlib\.zip\?\w+ is damaged"),
    "lock missing": ("pyodide-lock.json", {"status": 404}, r"pyodide-lock\.json"),
    "lock garbage": ("pyodide-lock.json", {"body": "garbage"}, r"pyodide-lock\.json"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_file_is_named(open_app: OpenApp, what: str) -> None:
    name, answer, said = BROKEN[what]
    _, text = opened(open_app, served(name, **answer))
    assert re.search(said, text), text


def test_a_file_that_the_network_refuses_is_named(open_app: OpenApp) -> None:
    _, text = opened(open_app, lambda page: page.route("**/pyodide.asm.wasm", lambda route: route.abort()))
    assert "pyodide.asm.wasm did not arrive" in text


def fast(page: Page) -> None:
    """Shorten what the guard waits for."""

    def respond(route: Route) -> None:
        source = route.fetch().text()
        for name, limit in {"SUSPECT": 500, "STALL": 1500, "SILENCE": 3000}.items():
            source, count = re.subn(rf"\b{name} = [\d_e]+;", f"{name} = {limit};", source)
            assert count == 1
        route.fulfill(body=source, content_type="text/javascript")

    page.route("**/bx24py.js", respond)


@pytest.mark.parametrize("name", ["pyodide.asm.wasm", "bx24py-stdlib.zip", "pyodide.mjs", "app.py", "bx24py.zip.gz"])
def test_a_file_that_never_arrives_ends(open_app: OpenApp, name: str) -> None:
    def before(page: Page) -> None:
        fast(page)
        page.route(f"**/{name}*", lambda _: None)

    title, text = opened(open_app, before)
    assert title == "A file of the application does not arrive"
    assert name in text


def test_a_file_that_comes_slowly_has_its_time(open_app: OpenApp) -> None:
    """More than all the limits together, but never one of them without a byte."""
    server = SlowHost((distribution.ensure() / "pyodide.asm.wasm").read_bytes(), seconds=6)
    with server.running() as address:

        def before(page: Page) -> None:
            fast(page)
            page.route("**/pyodide.asm.wasm", lambda route: route.fulfill(status=307, headers={"Location": address}))

        app = open_app(
            {"app.py": "import js\njs.document.getElementById('out').textContent = 'running'"}, before=before
        )
        expect(app.frame.locator("#out")).to_have_text("running")


THROWN = {
    "an object": ("({code: 7})", "code"),
    "an empty object": ("({})", "without a message"),
    "a text": ("'only text'", "only text"),
    "an error of another kind": ("({name: 'ExitStatus', message: 'Program terminated'})", "Program terminated"),
    "nothing": ("undefined", "undefined"),
}


@pytest.mark.parametrize("what", THROWN)
def test_whatever_is_thrown_is_told_in_words(open_app: OpenApp, what: str) -> None:
    thrown, said = THROWN[what]
    module = f"export async function loadPyodide() {{ throw {thrown}; }}"
    _, text = opened(open_app, served("pyodide.mjs", body=module, content_type="text/javascript"))
    assert said in text


def test_what_javascript_throws_into_python_is_told_in_words(open_app: OpenApp) -> None:
    code = "import js\njs.eval('throw {code: 7}')"
    _, text = opened(open_app, lambda _: None, app=code)
    assert "thrown as an error" in text
