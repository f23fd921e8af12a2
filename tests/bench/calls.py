"""What a call costs: bx24py against plain promises around the same library, side by side in one run."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Frame, sync_playwright
from rich.console import Console
from rich.table import Table

from bx24py.dev import browser
from bx24py.dev.application import make_server
from bx24py.dev.portal.portal import Portal

PAGE = """<!doctype html>
<script src="//api.bitrix24.com/api/v1/?rateguard=0"></script>
<script type="module" src="bx24py.js" data-app="app.py"></script>
"""
APP = """
import js
from pyodide.ffi import to_js
from bx24py import Limits, bx24
bx24.limits = Limits(capacity=float("inf"))
async def calls(count):
    times = []
    for _ in range(count):
        begun = js.performance.now()
        await bx24.call_method("server.time")
        times.append(js.performance.now() - begun)
    return to_js(times)
js.globalThis.pythonCalls = calls
await bx24.init()
"""
PLAIN = """async (count) => {
  const times = [];
  for (let n = 0; n < count; n++) {
    const begun = performance.now();
    await new Promise((resolve) => BX24.callMethod("server.time", {}, resolve));
    times.push(performance.now() - begun);
  }
  return times;
}"""
PYTHON = "(count) => window.pythonCalls(count)"
ROUNDS, CALLS = 10, 100


def medians(frame: Frame) -> dict[str, float]:
    """Run both in turns and give the median milliseconds of a call."""
    times: dict[str, list[float]] = {"plain promises": [], "bx24py": []}
    for _ in range(ROUNDS):
        for name, code in (("plain promises", PLAIN), ("bx24py", PYTHON)):
            measured: Any = frame.evaluate(code, CALLS)
            times[name] += measured
    return {name: statistics.median(one) for name, one in times.items()}


def main() -> None:
    """Print the table."""
    portal = Portal(deals=0)
    portal.rest.limits.enabled = False
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "index.html").write_text(PAGE)
        (Path(folder) / "app.py").write_text(APP)
        with sync_playwright() as playwright, make_server(portal, Path(folder)) as server:
            chromium = browser.launch(playwright)
            page = chromium.new_page()
            page.goto(server.url)
            frame = browser.application_frame(page, server.app_url)
            frame.evaluate("window.bx24py.finished")
            found = medians(frame)
            chromium.close()
    table = Table(title=f"{ROUNDS * CALLS} calls one after another, median")
    for heading in ("", "milliseconds", "ratio"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, median in found.items():
        table.add_row(name, f"{median:.2f}", f"{median / found['plain promises']:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
