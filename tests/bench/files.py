"""How long the page stands still while 20 MB are sent: bx24py against the library's own way with the same content.

What counts is the longest task of the page's thread, as the browser itself reports it (`longtask`).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from bx24py.dev import browser
from bx24py.dev.application import make_server
from bx24py.dev.portal.portal import Portal

MEGABYTES = 20

PAGE = """<!doctype html>
<script src="//api.bitrix24.com/api/v1/"></script>
<script type="module" src="bx24py.js" data-app="app.py" data-snapshot="off"></script>
<script src="own.js"></script>
<input type="file" id="file">
"""
OWN = """
const tasks = [];
const note = (list) => tasks.push(...list.getEntries().map((entry) => entry.duration));
new PerformanceObserver(note).observe({ type: "longtask" });
function library() {
  return new Promise((resolve) => BX24.callMethod("bench.take", { file }, resolve));
}
async function longest(run) {
  await new Promise((resolve) => setTimeout(resolve, 500));
  tasks.length = 0;
  const begun = performance.now();
  await run();
  const lasted = performance.now() - begun;
  await new Promise((resolve) => setTimeout(resolve, 500));
  return [lasted, Math.max(0, ...tasks)];
}
"""
APP = f"""
import js
from bx24py import File, bx24

content = bytes(range(256)) * ({MEGABYTES} * 4096)
js.methodOfInput = lambda: bx24.call_method("bench.take", {{"file": js.file}})
js.methodOfBytes = lambda: bx24.call_method("bench.take", {{"file": File("a", content)}})
js.batchOfBytes = lambda: bx24.call_batch([["bench.take", {{"file": File("a", content)}}]])
js.withProgress = lambda: bx24.call_method("bench.take", {{"file": File("a", content)}}, on_progress=lambda *_: None)
"""
WAYS = {
    "BX24.js itself, an input element": "library",
    "bx24py, an input element": "methodOfInput",
    "bx24py, bytes": "methodOfBytes",
    "bx24py, bytes in a batch": "batchOfBytes",
    "bx24py, bytes with progress": "withProgress",
}


def table() -> tuple[list[str], list[list[str]], list[str]]:
    """Give the table's headings and rows, and further lines."""
    portal = Portal(deals=0)
    portal.rest.method("bench.take")(lambda params, _call: len(params["file"][1]))
    rows = []
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch)
        for name, text in (("index.html", PAGE), ("own.js", OWN), ("app.py", APP)):
            (folder / name).write_text(text)
        with make_server(portal, folder) as server, browser.launch(playwright) as chromium:
            page = chromium.new_page()
            page.goto(server.url)
            frame = browser.application_frame(page, server.app_url)
            frame.evaluate("window.bx24py.finished")
            content = bytes(range(256)) * (MEGABYTES * 4096)
            frame.locator("#file").set_input_files({"name": "a", "mimeType": "text/plain", "buffer": content})
            for title, way in WAYS.items():
                lasted, longest = frame.evaluate(f"longest({way})")
                rows.append([title, f"{longest:.0f}", f"{lasted:.0f}"])
    return [f"{MEGABYTES} MB to the portal", "longest task, ms", "until the answer, ms"], rows, []
