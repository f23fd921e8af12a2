"""What a call costs: bx24py against plain promises around the same library, side by side in one run.

The browser runs by itself, with no debugger attached, and reports to the portal: a debugger notes for each request
the stack it came from, which costs more than the call.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
from pathlib import Path
from queue import Queue
from typing import Any

from rich.console import Console
from rich.table import Table

from bx24py.dev import browser
from bx24py.dev.application import make_server
from bx24py.dev.portal.portal import Portal

ROUNDS, CALLS = 10, 100

PAGE = """<!doctype html>
<script src="//api.bitrix24.com/api/v1/?rateguard=0"></script>
<script type="module" src="bx24py.js" data-app="app.py"></script>
<script src="plain.js"></script>
"""
PLAIN = """
async function plainCalls(count) {
  const times = [];
  for (let n = 0; n < count; n++) {
    const begun = performance.now();
    await new Promise((resolve) => BX24.callMethod("server.time", {}, resolve));
    times.push(performance.now() - begun);
  }
  return times;
}
async function plainAtOnce(count) {
  const begun = performance.now();
  const one = () => new Promise((resolve) => BX24.callMethod("server.time", {}, resolve));
  await Promise.all(Array.from({ length: count }, one));
  return [performance.now() - begun];
}
"""
APP = f"""
import asyncio, js
from bx24py import Limits, bx24
bx24.limits = Limits(capacity=float("inf"))

async def calls(count):
    times = []
    for _ in range(count):
        begun = js.performance.now()
        await bx24.call_method("server.time")
        times.append(js.performance.now() - begun)
    return times

async def at_once(count):
    begun = js.performance.now()
    await asyncio.gather(*[bx24.call_method("server.time") for _ in range(count)])
    return [js.performance.now() - begun]

await bx24.init()
await calls(50)
(await js.plainCalls(50))
times = dict(plain=[], python=[], plain50=[], python50=[])
for _ in range({ROUNDS}):
    times["plain"] += (await js.plainCalls({CALLS})).to_py()
    times["python"] += await calls({CALLS})
    times["plain50"] += (await js.plainAtOnce(50)).to_py()
    times["python50"] += await at_once(50)
await bx24.call_method("bench.report", times)
"""


def measure() -> dict[str, float]:
    """Run the page and give the median milliseconds of each way."""
    portal = Portal(deals=0)
    portal.rest.limits.enabled = False
    reported: Queue[Any] = Queue()

    @portal.rest.method("bench.report")
    def report(params: dict[str, Any], _call: object) -> bool:
        reported.put(params)
        return True

    executable = browser.find()
    if executable is None:
        raise SystemExit(browser.HOW_TO_GET)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch) / "app"
        folder.mkdir()
        for name, text in (("index.html", PAGE), ("plain.js", PLAIN), ("app.py", APP)):
            (folder / name).write_text(text)
        with make_server(portal, folder) as server:
            options = [*browser.QUIET, "--headless", f"--user-data-dir={scratch}/profile"]
            if os.geteuid() == 0:
                options.append("--no-sandbox")
            process = subprocess.Popen([executable, *options, server.url], stderr=subprocess.DEVNULL)
            try:
                times = reported.get(timeout=120)
            finally:
                process.terminate()
                process.wait()
    return {name: statistics.median(float(time) for time in listed) for name, listed in times.items()}


def main() -> None:
    """Print the table."""
    found = measure()
    table = Table(title="Medians in one run, in turns")
    for heading in ("", "plain promises, ms", "bx24py, ms", "ratio"):
        table.add_column(heading, justify="right" if heading else "left")
    for title, suffix in ((f"{ROUNDS * CALLS} calls one after another, each", ""), ("50 calls at once, all", "50")):
        plain, python = found[f"plain{suffix}"], found[f"python{suffix}"]
        table.add_row(title, f"{plain:.2f}", f"{python:.2f}", f"{python / plain:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
