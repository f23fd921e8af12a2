"""The built documentation: nothing comes from elsewhere, no page has an error, nothing of the tests shows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

ROOT = Path(__file__).parents[2]


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name in the base class
        pass


def build(project: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False, timeout=240
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of the built pages, and their folder."""
    project = tmp_path_factory.mktemp("project")  # Zensical builds into the project's folder only
    shutil.copytree(ROOT / "docs", project / "docs")
    shutil.copy(ROOT / "mkdocs.yml", project)
    done = build(project)
    assert done.returncode == 0, done.stdout + done.stderr
    folder = project / "site"
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietHandler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", folder
        server.shutdown()
        thread.join()


def pages_of(folder: Path) -> list[str]:
    """Return the addresses of all pages, relative to the site's."""
    found = [path.parent.relative_to(folder).as_posix() for path in folder.rglob("index.html")]
    return sorted("" if name == "." else f"{name}/" for name in found)


def test_every_page_opens_without_an_error_fits_a_phone_and_asks_nobody_else(
    site: tuple[str, Path], bx24_browser: Browser
) -> None:
    address, folder = site
    pages = pages_of(folder)
    assert {"", "porting/", "functions/", "reference/calls/", "dev/conformance/"} <= set(pages)
    with bx24_browser.new_context(viewport={"width": 400, "height": 800}) as context:
        asked: list[str] = []
        wrong: list[str] = []
        failed: list[tuple[str, str]] = []
        answered: list[tuple[int, str]] = []
        context.on("request", lambda request: asked.append(request.url))
        context.on("requestfailed", lambda request: failed.append((request.failure or "", request.url)))
        context.on("response", lambda response: answered.append((response.status, response.url)))
        context.on("weberror", lambda error: wrong.append(str(error.error)))
        page = context.new_page()
        for name in pages:
            page.goto(address + name, wait_until="networkidle")
            expect(page.locator("h1")).to_have_count(1)
            text = page.locator("main").inner_text()
            assert "<!--" not in text, name
            assert ":::" not in text, name
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= 400, f"{name} is {width} pixels wide"
        assert wrong == []
        # Leaving a page ends what it still loads.
        assert [(why, url) for why, url in failed if why != "net::ERR_ABORTED"] == []
        assert [(status, url) for status, url in answered if status >= 400] == []
        assert {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))} == {
            urlsplit(address).netloc
        }


def test_a_name_is_found(site: tuple[str, Path], bx24_browser: Browser) -> None:
    with bx24_browser.new_page() as page:
        page.goto(site[0])
        page.get_by_role("button", name="Search").click()
        page.keyboard.type("call_method")
        expect(page.get_by_role("option").first).to_contain_text("call_method")


def test_links_that_lead_nowhere_are_reported(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# One\n\n[a](gone.md) [b](#gone) [c][bx24py.Gone]\n")
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[0]
    (tmp_path / "mkdocs.yml").write_text(config)
    done = build(tmp_path)
    assert done.returncode == 1
    for problem in ("page does not exist", "anchor does not exist", "unresolved autoref"):
        assert problem in done.stdout + done.stderr
