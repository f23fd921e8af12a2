"""A snapshot of Python's memory made in advance, so that even a first visit starts from one."""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Error, sync_playwright

from bx24py.dev import browser, distribution, loader
from bx24py.dev.application import make_server
from bx24py.dev.portal.portal import Portal
from bx24py.dev.problem import Problem

_PAGE = """<!doctype html>
<script src="//api.bitrix24.com/api/v1/"></script>
<body><script type="module" src="bx24py.js" data-app="app.py"></script></body>
"""
_READ = """
async () => {
  await window.bx24py.snapshotKept;
  const cache = await caches.open("bx24py");
  const [kept] = await cache.matchAll();
  const reader = new FileReader();
  const read = new Promise((resolve) => reader.addEventListener("load", () => resolve(reader.result)));
  reader.readAsDataURL(await new Response(kept.body.pipeThrough(new CompressionStream("gzip"))).blob());
  return read;
}
"""


def make(running: Browser | None = None) -> bytes:
    """Make a snapshot in a browser, as on a first visit to an application that does nothing, and cache it.

    Args:
        running: a running browser; None: start one.

    Raises:
        Problem: there is no browser or no Pyodide, or the snapshot could not be made.
    """
    made_of = [*loader.files().values(), distribution.browser_archive(), distribution.standard_library()]
    return distribution.kept("snapshot", b"".join(made_of), lambda: _make(running) if running else _start_and_make())


def _start_and_make() -> bytes:
    with sync_playwright() as playwright, browser.launch(playwright) as chromium:
        return _make(chromium)


def _make(chromium: Browser) -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "index.html").write_text(_PAGE, encoding="utf-8")
        (folder / "app.py").touch()
        with make_server(Portal(deals=0), folder) as server, chromium.new_page() as page:
            page.goto(server.url)
            try:
                data_url: str = browser.application_frame(page, server.app_url).evaluate(_READ)
            except Error as error:
                raise Problem(f"no snapshot could be made: {error.message.splitlines()[0]}") from None
    return base64.b64decode(data_url.partition(",")[2])
