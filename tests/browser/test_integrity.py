"""Pyodide from another host: a file that is not the pinned one is not run, and the page says which it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, expect

from bx24py.dev import assets, distribution, pinned
from bx24py.dev.application import Application, make_server
from bx24py.dev.browser import application_frame
from bx24py.dev.pack import pack
from bx24py.dev.portal.portal import Portal
from bx24py.dev.portal.server import PortalServer
from bx24py.dev.portal.static_files import media_type

from .conftest import PAGE
from .test_csp import documented_policy
from .test_csp import host as strict_host

EVIL = b"globalThis.evil = true;\n"
APP = "import sys, js\njs.document.getElementById('out').textContent = f'warm: {\"statistics\" in sys.modules}'"


@dataclass
class Cdn:
    """A host of Pyodide: what it has, and how often each file was asked for."""

    address: str
    files: dict[str, bytes] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    later: dict[str, bytes] = field(default_factory=dict)
    """What it has instead, from the second request for a file on."""

    def restore(self) -> None:
        self.files = {name: path.read_bytes() for name, path in distribution.files().items()}
        self.asked.clear()
        self.later.clear()

    def change(self, name: str, *, later: bool = False) -> None:
        """Change a file so that it would still do its work: at once, or for the second who asks."""
        content = self.files[name]
        if name.endswith(".mjs"):
            content = EVIL + content
        elif name.endswith(".wasm"):
            content += b"\0\2\1x"  # a custom section
        else:
            content += b"\n"
        (self.later if later else self.files)[name] = content


@pytest.fixture(scope="module")
def running_cdn() -> Iterator[Cdn]:
    class Host(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.rsplit("/", 1)[-1].partition("?")[0]
            if self.path.startswith("/moved/"):
                self.send_response(302)
                self.send_header("Access-Control-Allow-Origin", "*")
                self.send_header("Location", f"/py/{name}?moved")
                self.end_headers()
                return
            running.asked[name] += 1
            content = running.files.get(name)
            if running.asked[name] > 1:
                content = running.later.get(name, content)
            self.send_response(404 if content is None else 200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Type", media_type(name))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    running = Cdn(f"http://127.0.0.1:{server.server_address[1]}/py/")
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield running
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cdn(running_cdn: Cdn) -> Cdn:
    running_cdn.restore()
    return running_cdn


@pytest.fixture(scope="module")
def server(running_cdn: Cdn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortalServer]:
    """An application with its Pyodide on that host, which keeps a snapshot."""
    with make_server(Portal(deals=0), application(tmp_path_factory.mktemp("app"), running_cdn)) as running:
        yield running


@pytest.fixture(scope="module")
def plain_server(running_cdn: Cdn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortalServer]:
    """The same with all of Pyodide on that host: the standard library could not be compiled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distribution, "standard_library", lambda: b"")
        server = make_server(Portal(deals=0), application(tmp_path_factory.mktemp("app"), running_cdn))
    with server as running:
        yield running


def application(folder: Path, cdn: Cdn) -> Path:
    page = PAGE.replace("data-app", f'data-pyodide="{cdn.address}" data-app')
    (folder / "index.html").write_text(page)
    (folder / "app.py").write_text(APP)
    return folder


@pytest.fixture
def context(bx24_browser: Browser) -> Iterator[BrowserContext]:
    with bx24_browser.new_context() as context:
        yield context


def visit(context: BrowserContext, server: PortalServer) -> Frame:
    page = context.new_page()
    page.goto(server.url)
    return application_frame(page, server.app_url)


def test_each_file_is_asked_for_once_and_a_snapshot_is_kept(
    server: PortalServer, cdn: Cdn, context: BrowserContext
) -> None:
    frame = visit(context, server)
    expect(frame.locator("#out")).to_have_text("warm: False")
    assert frame.evaluate("fetch.toString()") == "function fetch() { [native code] }"
    frame.evaluate("window.bx24py.snapshotKept")
    asked = [name for name in pinned.PUBLISHED if name != "python_stdlib.zip"]
    assert cdn.asked == Counter([*asked, *asked])  # by the page, and by the worker
    expect(visit(context, server).locator("#out")).to_have_text("warm: True")


def test_the_published_lock_file_is_as_good_as_the_packed_one(
    server: PortalServer, cdn: Cdn, context: BrowserContext
) -> None:
    kept, published = pinned.KEPT[pinned.MICROPIP].encode(), pinned.PUBLISHED_MICROPIP.encode()
    cdn.files[pinned.LOCK_FILE] = cdn.files[pinned.LOCK_FILE].replace(kept, published)
    expect(visit(context, server).locator("#out")).to_have_text("warm: False")


@pytest.mark.parametrize("how", ["changed", "missing"])
@pytest.mark.parametrize("name", pinned.PUBLISHED)
def test_a_file_that_is_not_the_pinned_one_is_named(
    plain_server: PortalServer, cdn: Cdn, context: BrowserContext, name: str, how: str
) -> None:
    if how == "changed":
        cdn.change(name)
    else:
        del cdn.files[name]
    frame = visit(context, plain_server)
    alert = frame.get_by_role("alert")
    expect(alert).to_contain_text("Python could not be loaded", timeout=15_000)
    expect(alert).to_contain_text(cdn.address)
    if how == "changed":
        expect(alert).to_contain_text(f"{name} is not the file of the Pyodide that this page is made for")
    elif name != "pyodide.mjs":  # without which there is no Pyodide
        expect(alert).to_contain_text(f"{name} is not there (HTTP 404)")
    assert frame.evaluate("window.evil") is None
    assert frame.locator("#out").inner_text() == ""


@pytest.mark.parametrize("name", ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm"])
def test_no_snapshot_is_made_of_a_file_that_is_not_the_pinned_one(
    server: PortalServer, cdn: Cdn, context: BrowserContext, name: str
) -> None:
    cdn.change(name, later=True)  # the page has its own, then the worker asks
    frame = visit(context, server)
    expect(frame.locator("#out")).to_have_text("warm: False")
    reason = frame.evaluate("window.bx24py.snapshotKept.then(() => 'kept', (error) => error.message)")
    assert f"{name} is not the file of the Pyodide" in reason
    assert frame.evaluate("caches.open('bx24py').then(async (cache) => (await cache.keys()).length)") == 0


@pytest.mark.parametrize("how", ["as published", "changed", "with a snapshot"])
def test_the_strict_policy_with_a_cdn(
    cdn: Cdn, context: BrowserContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    source = tmp_path / "app"
    source.mkdir()
    page_text = PAGE.replace("data-app", f'data-pyodide="{cdn.address}" data-app')
    (source / "index.html").write_text(page_text)
    (source / "app.py").write_text(APP)
    pack(Application(source), tmp_path / "out", bundled=False)
    origin = re.sub(r"/py/$", "", cdn.address)
    policy = re.sub(r"((?:script|connect)-src [^;]*)", rf"\1 {origin}", documented_policy())
    monkeypatch.setattr("tests.browser.test_csp.documented_policy", lambda: policy)
    if how == "changed":
        cdn.change("pyodide.asm.mjs")
    library = assets.folder("static") / "portal" / "bx24.js"
    refused: list[str] = []
    page = context.new_page()
    page.on("console", lambda one: refused.append(one.text) if "Content Security Policy" in one.text else None)
    page.route("http://api.bitrix24.com/api/v1/", lambda route: route.fulfill(path=library))
    worker = "blob:" if how == "with a snapshot" else ""
    with (
        strict_host(tmp_path / "out", worker=worker) as address,
        PortalServer(Portal(deals=0), app_url=address) as server,
    ):
        page.goto(server.url)
        frame = application_frame(page, address)
        if how == "changed":
            expect(frame.get_by_role("alert")).to_contain_text("pyodide.asm.mjs is not the file")
        else:
            expect(frame.locator("#out")).to_have_text("warm: False")
            assert refused == []
            kept = frame.evaluate("window.bx24py.snapshotKept.then(() => true, () => false)")
            assert kept is (how == "with a snapshot")
            blob = "URL.createObjectURL(new Blob(['window.evil = 1'], { type: 'text/javascript' }))"
            assert frame.evaluate(f"import({blob}).then(() => 'ran', () => 'refused')") == "refused"


def test_without_a_compiled_library_the_start_takes_that_of_the_host(
    plain_server: PortalServer, cdn: Cdn, context: BrowserContext
) -> None:
    frame = visit(context, plain_server)
    expect(frame.locator("#out")).to_have_text("warm: False")
    frame.evaluate("window.bx24py.snapshotKept")
    assert cdn.asked == Counter([*pinned.PUBLISHED, *pinned.PUBLISHED])
    expect(visit(context, plain_server).locator("#out")).to_have_text("warm: True")


def test_a_host_that_sends_on_to_other_addresses(
    cdn: Cdn, context: BrowserContext, tmp_path_factory: pytest.TempPathFactory
) -> None:
    moved = Cdn(cdn.address.replace("/py/", "/moved/"))
    with make_server(Portal(deals=0), application(tmp_path_factory.mktemp("app"), moved)) as server:
        expect(visit(context, server).locator("#out")).to_have_text("warm: False")
