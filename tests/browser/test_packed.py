"""Packed applications on a plain static host: `python -m http.server`, and one that answers POST."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from bx24py.dev import assets, distribution, loader
from bx24py.dev.application import Application
from bx24py.dev.pack import pack, pack_zip
from bx24py.dev.portal.portal import Portal
from bx24py.dev.portal.server import PortalServer

SENTENCE = "The current user Emma Lindqvist is assigned to the departments Customer Success, Key Accounts"
LIBRARY = "http://api.bitrix24.com/api/v1/"


class _Host(SimpleHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def host(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A static host: its address and its folder."""
    folder = tmp_path / "host"
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Host, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", folder
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(bx24_browser: Browser) -> Iterator[Page]:
    """A page for which the library's own address is the emulated library."""
    page = bx24_browser.new_page()
    page.route(LIBRARY, lambda route: route.fulfill(path=assets.folder("static") / "portal" / "bx24.js"))
    yield page
    page.close()


def cdn(asked: list[str]) -> Callable[[Route], None]:
    """Stand in for the public CDN with a local copy of the distribution."""

    def respond(route: Route) -> None:
        name = route.request.url.rsplit("/", 1)[-1]
        asked.append(name)
        route.fulfill(path=distribution.ensure() / name, headers={"Access-Control-Allow-Origin": "*"})

    return respond


@pytest.mark.parametrize("post", [False, True])
def test_bundled_it_shows_the_sentence_from_any_host(
    host: tuple[str, Path], page: Page, demo: Path, post: bool
) -> None:
    address, folder = host
    pack(Application(demo / "department_message"), folder, bundled=True)
    portal = Portal(deals=200)
    portal.frame.opens_with_post = post
    foreign: list[str] = []
    page.on("request", lambda request: foreign.append(request.url) if "127.0.0.1" not in request.url else None)
    with PortalServer(portal, app_url=address) as server:
        page.goto(server.url)
        expect(page.frame_locator("iframe").locator("#message")).to_have_text(SENTENCE)
    assert set(foreign) == {LIBRARY}


def test_with_cdn_python_comes_from_the_pinned_address(host: tuple[str, Path], page: Page, demo: Path) -> None:
    address, folder = host
    pack(Application(demo / "department_message"), folder, bundled=False)
    asked: list[str] = []
    missing: list[str] = []
    page.on("response", lambda response: missing.append(response.url) if response.status == 404 else None)
    page.route(f"https://cdn.jsdelivr.net/pyodide/v{distribution.version()}/full/*", cdn(asked))
    with PortalServer(Portal(deals=200), app_url=address) as server:
        page.goto(server.url)
        expect(page.frame_locator("iframe").locator("#message")).to_have_text(SENTENCE)
    assert set(asked) == {"pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide-lock.json"}
    assert not (folder / "pyodide").exists()
    assert missing == []


def test_outside_a_portal_the_page_says_so_within_two_seconds(host: tuple[str, Path], page: Page, demo: Path) -> None:
    address, folder = host
    pack(Application(demo / "department_message"), folder, bundled=True)
    begun = time.monotonic()
    page.goto(address)
    expect(page.get_by_role("alert")).to_contain_text("This page works inside Bitrix24")
    assert time.monotonic() - begun < 2
    assert page.evaluate("BX24") is None


def test_outside_a_portal_and_without_the_library_too(host: tuple[str, Path], page: Page, demo: Path) -> None:
    address, folder = host
    pack(Application(demo / "department_message"), folder, bundled=True)
    page.unroute(LIBRARY)
    page.route(LIBRARY, lambda route: route.abort())
    page.goto(address)
    expect(page.get_by_role("alert")).to_contain_text("opened outside a portal", timeout=2000)


def test_a_pack_is_the_authors_files_unchanged_and_what_they_need(tmp_path: Path, demo: Path) -> None:
    source = demo / "department_message"
    out = tmp_path / "out"
    pack(Application(source), out, bundled=False)
    own = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    packed = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()} - {assets.MANIFEST}
    assert packed == own | {*loader.FILES, assets.ARCHIVE, assets.STDLIB}
    assert all((out / name).read_bytes() == (source / name).read_bytes() for name in own)
    pack_zip(out, tmp_path / "upload.zip")
    with zipfile.ZipFile(tmp_path / "upload.zip") as zipped:
        assert set(zipped.namelist()) == packed
