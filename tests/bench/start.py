"""From navigation to the first batch's result in Python: bx24py against other ways, on a first and on a second visit.

A first visit has a new profile of the browser, so nothing is cached. The second one measured is the third made: the
browser caches the compiled WebAssembly only when it meets it again.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from bx24py.dev.portal.server import PortalServer
from bx24py.dev.problem import Problem

from .harness import LIBRARY, PAGE, Reports, cdn, served, visit

ROOT = Path(__file__).parents[2]
CALLS = '{"me": ["user.current", {}], "departments": ["department.get", {"ID": "$result[me][UF_DEPARTMENT]"}]}'

REPORT_JS = """
let longest = 0;
try {
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) longest = Math.max(longest, entry.duration);
  }).observe({ type: "longtask", buffered: true });
} catch {}
let painted = 0;
new PerformanceObserver((list) => {
  painted ||= list.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0;
}).observe({ type: "paint", buffered: true });
window.report = (name) => {
  const at = performance.now();
  if (!name) throw new Error("no result");
  setTimeout(() => {
    const files = performance.getEntriesByType("resource");
    const bytes = (some) => some.reduce((sum, entry) => sum + entry.encodedBodySize, 0);
    BX24.callMethod("bench.report", {
      at, longest, painted, warm: window.isWarm ?? false, imported: window.imported ?? 0,
      bytes: bytes(files), own: bytes(files.filter((entry) => !entry.name.includes("/pyodide/"))),
    });
  }, 300);
};
window.addEventListener("error", (event) => BX24.callMethod("bench.report", { error: event.message }));
"""
OURS = f"""
import sys
import time
import js
warm = "statistics" in sys.modules
begun = time.perf_counter()
from bx24py import bx24
js.imported = (time.perf_counter() - begun) * 1000
results = await bx24.call_batch({CALLS})
js.isWarm = warm
js.report(results["departments"].data[0]["NAME"])
"""
# What hand-written code does: the callback as a promise, and the answer as Python.
BY_HAND = f"""
import json, js
js.report(json.loads(await js.firstBatch(json.dumps({CALLS})))["departments"][0]["NAME"])
"""
FIRST_BATCH_JS = """
window.firstBatch = (calls) => new Promise((resolve) => {
  BX24.init(() => BX24.callBatch(JSON.parse(calls), (results) =>
    resolve(JSON.stringify(Object.fromEntries(Object.entries(results).map(([key, result]) => [key, result.data()]))))));
});
"""


def _page(*lines: str) -> str:
    return "\n".join(["<!doctype html>", LIBRARY, '<script src="report.js"></script>', *lines, ""])


def _module(code: str) -> str:
    return _page(f'<script type="module">{code}</script>')


def _wheel(scratch: Path) -> tuple[str, bytes]:
    command = [sys.executable, "-m", "pip", "wheel", str(ROOT), "--quiet", "--no-deps", "--wheel-dir", str(scratch)]
    subprocess.run(command, check=True)
    wheel = next(scratch.glob("*.whl"))
    return wheel.name, wheel.read_bytes()


def _pyscript(scratch: Path) -> dict[str, bytes]:
    done = subprocess.run(
        ["npm", "pack", "@pyscript/core", "--silent", "--pack-destination", str(scratch)], check=False, text=True
    )
    if done.returncode:
        raise Problem("npm could not fetch @pyscript/core")
    with tarfile.open(next(scratch.glob("pyscript-core-*.tgz"))) as packed:
        packed.extractall(scratch / "pyscript", filter="data")
    dist = scratch / "pyscript" / "package" / "dist"
    return {f"pyscript/{path.name}": path.read_bytes() for path in dist.iterdir() if path.suffix in (".js", ".css")}


def ways(scratch: Path, pyodide: str) -> dict[str, dict[str, str | bytes]]:
    """Give the files of each way; `pyodide` is the address of the distribution."""
    load = f'import {{ loadPyodide }} from "{pyodide}pyodide.mjs"; const pyodide = await loadPyodide();'
    wheel, content = _wheel(scratch)
    install = f"""{load}
      await pyodide.loadPackage("micropip");
      const address = JSON.stringify(new URL("{wheel}", document.baseURI).href);
      await pyodide.runPythonAsync("import micropip; await micropip.install(" + address + ")");
      await pyodide.runPythonAsync(await (await fetch("app.py")).text());"""
    declared = f'<script type="application/json" data-bx24-prefetch>{CALLS}</script>'
    with_report = PAGE.replace(LIBRARY, f'{LIBRARY}\n<script src="report.js"></script>\n{declared}')
    with_report = with_report.replace("data-app", f'data-pyodide="{pyodide}" data-app')
    files: dict[str, dict[str, str | bytes]] = {
        "bx24py": {"index.html": with_report, "app.py": OURS},
        "bx24py, snapshot": {"index.html": with_report.replace(' data-snapshot="off"', ""), "app.py": OURS},
        "bare loadPyodide": {"index.html": _module(f'{load} report(pyodide.runPython("1"));')},
        "micropip and the wheel": {"index.html": _module(install), "app.py": OURS, wheel: content},
        "PyScript, by hand": {
            "index.html": _page(
                '<script src="first.js"></script>',
                '<script type="module" src="pyscript/core.js"></script>',
                '<script type="py" src="hand.py" config="pyscript.json"></script>',
            ),
            "pyscript.json": json.dumps({"interpreter": f"{pyodide}pyodide.mjs"}),
            "hand.py": BY_HAND,
            **_pyscript(scratch),
        },
        "plain JavaScript": {
            "index.html": _page(
                '<script src="first.js"></script>',
                f"<script>firstBatch('{CALLS}').then((text) => report(JSON.parse(text).departments[0].NAME))</script>",
            )
        },
    }
    # The portal's server looks for the loader's tag, which the others do not have: one that is not run.
    inert = '<script type="text/plain" data-app="app.py"></script>'
    for one in files.values():
        one.update({"report.js": REPORT_JS, "first.js": FIRST_BATCH_JS})
        page = str(one["index.html"])
        one["index.html"] = page if "data-app" in page else f"{page}{inert}\n"
    return files


def measure(rounds: int) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Visit each way in turn; give for each the reports of its first and of its second visits."""
    reports = Reports()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, ExitStack() as stack:
        scratch = Path(folder)
        servers: dict[str, PortalServer] = {}
        made = ways(scratch, stack.enter_context(cdn()))
        for number, (name, files) in enumerate(made.items()):
            servers[name] = stack.enter_context(served(reports, scratch / f"app{number}", files))
        found: dict[str, dict[str, list[dict[str, Any]]]] = {name: {"first": [], "second": []} for name in servers}
        for turn in range(rounds):
            for number, (name, server) in enumerate(servers.items()):
                profile = scratch / f"profile{turn}-{number}"
                found[name]["first"].append(visit(server.url, profile, reports, stay=3))
                # In this one the browser keeps the compiled code, and bx24py its snapshot.
                visit(server.url, profile, reports, stay=9 if "snapshot" in name else 3)
                found[name]["second"].append(visit(server.url, profile, reports, stay=0.2))
    return found


def table(rounds: int = 11) -> tuple[list[str], list[list[str]], list[str]]:
    """Give the table's headings and rows, and further lines."""
    found = measure(rounds)
    at = {
        (name, kind): median(float(one["at"]) for one in visits)
        for name, kinds in found.items()
        for kind, visits in kinds.items()
    }
    bare = {kind: at["bare loadPyodide", kind] for kind in ("first", "second")}
    rows = [
        [name, *(f"{at[name, kind]:.0f} ({at[name, kind] / bare[kind]:.2f})" for kind in ("first", "second"))]
        for name in found
    ]
    ours, kept = found["bx24py"], found["bx24py, snapshot"]
    assert all(one["warm"] == "true" for one in kept["second"]), "no start from a snapshot"
    first = ours["first"][0]

    def of(visits: list[dict[str, Any]], what: str) -> str:
        return f"{median(float(one[what]) for one in visits):.0f}"

    second, snapshot = at["bx24py", "second"], at["bx24py, snapshot", "second"]
    lines = [
        "Wanted: at most 1.05 times bare `loadPyodide`, and from a snapshot 0.30. "
        "The pages of bx24py declare their batch, which is then sent while Python starts.",
        f"Against micropip and the wheel, second visit: {second / at['micropip and the wheel', 'second']:.2f} "
        f"(wanted: 0.80); against PyScript {second / at['PyScript, by hand', 'second']:.2f} (0.95), "
        f"from a snapshot {snapshot / at['PyScript, by hand', 'second']:.2f} (0.30).",
        f"`import bx24py`: {of(ours['first'], 'imported')} ms on a first visit, {of(ours['second'], 'imported')} on a "
        f"second (wanted: 40), {of(kept['second'], 'imported')} from a snapshot.",
        f"Bytes at the first visit: {int(first['bytes']):,}, without Pyodide's own {int(first['own']):,}.",
        f"First contentful paint: {of(ours['first'], 'painted')} ms, on a second visit {of(ours['second'], 'painted')} "
        "(wanted: 100).",
        f"Longest task of the page's thread: {of(ours['first'], 'longest')} ms on a first visit, "
        f"{of(ours['second'], 'longest')} on a second, {of(kept['second'], 'longest')} from a snapshot; "
        f"bare loadPyodide {of(found['bare loadPyodide']['second'], 'longest')}.",
    ]
    return ["", "first visit, ms (ratio to bare)", "second visit, ms (ratio to bare)"], rows, lines
