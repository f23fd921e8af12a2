"""Whole lists: `call_list` against what else reads all rows, each with a portal of its own of the same kind.

Each portal answers after 0.1 s and has its bucket of 50 requests, of which 2 drain in a second. The clients keep to
their own defaults: bx24py, b24jssdk, and BX24.js with its `next()`, which gets no answer once the portal has refused a
request.
"""

from __future__ import annotations

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.browser import b24jssdk

from .harness import LOADER, Reports, served, visit

SIZES = (5_000, 20_000)
LATENCY = 0.1
SILENCE = 20
"""Seconds without a row after which a list is taken for lost."""

OBSERVE = """
<script>
  let longest = 0;
  function observe() {
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
    }).observe({ type: "longtask" });
    begun = performance.now();
  }
  let begun = 0;
  function found(rows) {
    const seconds = (performance.now() - begun) / 1000;
    return { rows, seconds, longest };
  }
</script>
"""
PYTHON = f"""<!doctype html>
<script src="//api.bitrix24.com/api/v1/"></script>
{OBSERVE}
{LOADER}
"""
IN_PYTHON = """
import asyncio, js
from bx24py import bx24

async def call_list():
    return len(await bx24.call_list("crm.deal.list"))

async def next_page():
    rows, page = 0, await bx24.call_method("crm.deal.list")
    while page:
        rows += len(page.data)
        page = await page.next_page()
    return rows

await bx24.init()
await asyncio.sleep(1)
js.observe()
found = js.found(await WAY()).to_py()
await bx24.call_method("bench.report", found)
"""
# What is served needs an application: here it is the page itself.
INERT = '<script type="text/plain" data-app="app.py"></script>'
WITH_BX24 = f"""<!doctype html>
{INERT}
<script src="//api.bitrix24.com/api/v1/"></script>
{OBSERVE}
<script>
  BX24.init(() => setTimeout(() => {{
    let rows = 0;
    let timer = 0;
    const report = () => BX24.callMethod("bench.report", found(rows), () => {{}});
    observe();
    BX24.callMethod("crm.deal.list", {{}}, function page(result) {{
      rows += result.data().length;
      clearTimeout(timer);
      if (result.more()) {{
        result.next();
        timer = setTimeout(report, {SILENCE} * 1000);
      }} else report();
    }});
  }}, 1000));
</script>
"""
WITH_SDK = f"""<!doctype html>
{INERT}
<script src="b24jssdk.js"></script>
{OBSERVE}
<script type="module">
  const b24 = await B24Js.initializeB24Frame();
  const options = {{ method: "crm.deal.list", params: {{}}, idKey: "ID" }};
  const ways = {{
    callList: async () => (await b24.actions.v2.callList.make(options)).getData().length,
    fetchList: async () => {{
      let rows = 0;
      for await (const page of b24.actions.v2.fetchList.make(options)) rows += page.length;
      return rows;
    }},
  }};
  await new Promise((resolve) => setTimeout(resolve, 1000));
  observe();
  const rows = await ways.WAY();
  await b24.actions.v2.call.make({{ method: "bench.report", params: found(rows) }});
</script>
"""

WAYS: dict[str, tuple[str, str]] = {
    "bx24py, call_list": (PYTHON, IN_PYTHON.replace("WAY", "call_list")),
    "bx24py, next_page()": (PYTHON, IN_PYTHON.replace("WAY", "next_page")),
    "b24jssdk, callList": (WITH_SDK.replace("WAY", "callList"), ""),
    "b24jssdk, fetchList": (WITH_SDK.replace("WAY", "fetchList"), ""),
    "BX24.js, next()": (WITH_BX24, ""),
}


def measure(way: str, size: int, files: dict[str, str | bytes], folder: Path) -> dict[str, Any]:
    """Have one page read a list, and return its rows, seconds, longest task in ms, and number of requests."""
    reports = Reports(deals=size)
    reports.portal.rest.limits.enabled = True
    reports.portal.rest.latency = LATENCY
    place = folder / f"{way}-{size}".replace(" ", "").replace("(", "").replace(")", "")
    with served(reports, place / "app", files) as server:
        found = visit(server.url, place / "profile", reports)
    calls = [call.method for call in reports.portal.rest.calls if not call.batch]
    return found | {"requests": sum(method != "bench.report" for method in calls)}


STREAM = """
from pyodide_js import _module
from bx24py import Limits, bx24

bx24.limits = Limits(capacity=float("inf"))
await bx24.init()
memory = {}
for limit in (5_000, 100_000):
    rows = 0
    async for row in bx24.fetch_list("crm.deal.list", limit=limit):
        rows += 1
    assert rows == limit
    memory[str(limit)] = _module.HEAP8.length
await bx24.call_method("bench.report", memory)
"""


def streamed(folder: Path) -> dict[str, Any]:
    """Return the bytes of WebAssembly memory after streams of 5,000 and of 100,000 rows in one page."""
    reports = Reports(deals=100_000)
    with served(reports, folder / "stream" / "app", {"index.html": PYTHON, "app.py": STREAM}) as server:
        return visit(server.url, folder / "stream" / "profile", reports)


def table() -> tuple[list[str], list[list[str]], list[str]]:
    """Return the table's headings and rows, and further lines."""
    sdk = b24jssdk.ensure().read_bytes()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)

        def one(way: str, size: int, wait: float = 0.0) -> dict[str, Any]:
            time.sleep(wait)  # so that not all pages start at once
            page, app = WAYS[way]
            return measure(way, size, {"index.html": page, "app.py": app, "b24jssdk.js": sdk}, folder)

        ours = "bx24py, call_list"
        found = {(ours, size): one(ours, size) for size in SIZES}
        with ThreadPoolExecutor() as pool:  # they wait for the portal's limits nearly all of the time
            others = [(way, size) for way in WAYS if way != ours for size in SIZES]
            begun = {key: pool.submit(one, *key, 5.0 * place) for place, key in enumerate(others)}
            found |= {key: future.result() for key, future in begun.items()}
        memory = streamed(folder)
    rows = []
    for way in WAYS:
        cells = [way]
        for size in SIZES:
            one_found, best = found[way, size], found[ours, size]
            seconds, requests = float(one_found["seconds"]), int(one_found["requests"])
            if int(one_found["rows"]) < size:
                cells.append(f"no answer after {int(one_found['rows']):,} rows")
            else:
                cells.append(
                    f"{seconds:.1f} s ({seconds / float(best['seconds']):.1f}), {requests} requests, "
                    f"longest task {float(one_found['longest']):.0f} ms"
                )
        rows.append(cells)
    grown = (int(memory["100000"]) - int(memory["5000"])) / 2**20
    lines = [
        f"In brackets: times `call_list`. Each portal answers after {LATENCY:g} s and takes 50 requests at once, 2 "
        "more in a second. Longest task: 0 is none of the 50 ms from which the browser reports.",
        f"`fetch_list` of 100,000 rows takes {grown:.1f} MB more of WebAssembly memory than of 5,000 (wanted: 10).",
    ]
    return ["All rows of crm.deal.list", *(f"{size:,} rows" for size in SIZES)], rows, lines
