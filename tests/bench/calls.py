"""What a call costs: bx24py against plain promises around the same library, awaited in JavaScript and in Python.

All are measured side by side in one run. A future of asyncio takes a turn of the browser's event loop to resume its
task, which a promise of JavaScript does not: the second comparison shows what is bx24py's own part.

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
    await plainCall();
    times.push(performance.now() - begun);
  }
  return times;
}
function plainCall() {
  return new Promise((resolve) => BX24.callMethod("server.time", {}, resolve));
}
async function plainAtOnce(count) {
  const begun = performance.now();
  await Promise.all(Array.from({ length: count }, plainCall));
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

async def by_hand():
    result = await js.plainCall()
    if result.error():
        raise RuntimeError(result.error().toString())
    return result.data()

async def calls_by_hand(count):
    times = []
    for _ in range(count):
        begun = js.performance.now()
        await by_hand()
        times.append(js.performance.now() - begun)
    return times

async def at_once(count, call):
    begun = js.performance.now()
    await asyncio.gather(*[call() for _ in range(count)])
    return [js.performance.now() - begun]

await bx24.init()
await calls(50)
(await js.plainCalls(50))
await calls_by_hand(50)
times = dict(plain=[], hand=[], python=[], plain50=[], hand50=[], python50=[])
for _ in range({ROUNDS}):
    times["plain"] += (await js.plainCalls({CALLS})).to_py()
    times["hand"] += await calls_by_hand({CALLS})
    times["python"] += await calls({CALLS})
    times["plain50"] += (await js.plainAtOnce(50)).to_py()
    times["hand50"] += await at_once(50, by_hand)
    times["python50"] += await at_once(50, lambda: bx24.call_method("server.time"))
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
    table = Table(title="Medians in one run, in turns, in milliseconds; in brackets bx24py's ratio to it")
    for heading in ("", "bx24py", "promises in JavaScript", "promises awaited in Python"):
        table.add_column(heading, justify="right" if heading else "left")
    for title, suffix in ((f"{ROUNDS * CALLS} calls one after another, each", ""), ("50 calls at once, all", "50")):
        ours = found[f"python{suffix}"]
        others = [found[f"{name}{suffix}"] for name in ("plain", "hand")]
        table.add_row(title, f"{ours:.2f}", *(f"{other:.2f} ({ours / other:.2f})" for other in others))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
