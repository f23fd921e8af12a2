"""From navigation to the first batch's result in Python: bx24py against other ways, on a first and on a second visit.

A first visit has a new profile of the browser, so nothing is cached. The second one measured is the third made: the
browser caches the compiled WebAssembly only when it meets it again. After a visit of two seconds it is the second.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bx24py.dev import snapshot
from bx24py.dev.portal.server import PortalServer
from bx24py.dev.problem import Problem

from .harness import LIBRARY, PAGE, Reports, cdn, served, short_visit, visit

ROOT = Path(__file__).parents[2]
CALLS = '{"me": ["user.current", {}], "departments": ["department.get", {"ID": "$result[me][UF_DEPARTMENT]"}]}'

BARE = "bare loadPyodide"
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
  setTimeout(async () => {
    await window.leave?.();
    const files = performance.getEntriesByType("resource");
    const bytes = (some) => some.reduce((sum, entry) => sum + entry.encodedBodySize, 0);
    const request = files.findLast((entry) => entry.name.includes("/batch"));
    const marks = performance.getEntriesByType("mark").map((entry) => [entry.name, entry.startTime]);
    BX24.callMethod("bench.report", {
      at, longest, painted, warm: window.isWarm ?? false,
      bytes: bytes(files), own: bytes(files.filter((entry) => !entry.name.includes("/pyodide/"))),
      marks: { ...Object.fromEntries(marks), requested: request?.startTime ?? 0, answered: request?.responseEnd ?? 0 },
    });
  }, 300);
};
window.addEventListener("error", (event) => BX24.callMethod("bench.report", { error: event.message }));
"""
OURS = f"""
import sys
import js
warm = "statistics" in sys.modules
from bx24py import bx24
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


@dataclass
class Way:
    """What is visited."""

    files: dict[str, str | bytes]
    snapshot: bytes | None = None
    """One that the application was packed with."""

    short: bool = False
    """Whether the first visit ends after two seconds."""


def bare(pyodide: str) -> Way:
    """Give a page that starts Pyodide, whose files have this address, and nothing else."""
    load = f'import {{ loadPyodide }} from "{pyodide}pyodide.mjs"; const pyodide = await loadPyodide();'
    return Way({"index.html": _module(f'{load} report(pyodide.runPython("1"));')})


def ours(pyodide: str, *, declared: bool = False, **how: Any) -> Way:
    """Give an application of bx24py; `declared`: the page has its batch, which is sent while Python starts."""
    batch = f'\n<script type="application/json" data-bx24-prefetch>{CALLS}</script>' if declared else ""
    page = PAGE.replace(LIBRARY, f'{LIBRARY}\n<script src="report.js"></script>{batch}')
    page = page.replace(' data-snapshot="off"', "").replace("data-app", f'data-pyodide="{pyodide}" data-app')
    return Way({"index.html": page, "app.py": OURS}, **how)


def ways(scratch: Path, pyodide: str) -> dict[str, Way]:
    """Give each way by name; `pyodide` is the address of the distribution."""
    wheel, content = _wheel(scratch)
    install = f"""import {{ loadPyodide }} from "{pyodide}pyodide.mjs"; const pyodide = await loadPyodide();
      await pyodide.loadPackage("micropip");
      const address = JSON.stringify(new URL("{wheel}", document.baseURI).href);
      await pyodide.runPythonAsync("import micropip; await micropip.install(" + address + ")");
      await pyodide.runPythonAsync(await (await fetch("app.py")).text());"""
    by_hand = _page(
        '<script src="first.js"></script>',
        '<script type="module" src="pyscript/core.js"></script>',
        '<script type="py" src="hand.py" config="pyscript.json"></script>',
    )
    plain = _page(
        '<script src="first.js"></script>',
        f"<script>firstBatch('{CALLS}').then((text) => report(JSON.parse(text).departments[0].NAME))</script>",
    )
    made = snapshot.make()
    return {
        BARE: bare(pyodide),
        "bx24py": ours(pyodide),
        "bx24py, its batch declared": ours(pyodide, declared=True),
        "bx24py, after a visit of 2 s": ours(pyodide, short=True),
        "bx24py, after a visit of 2 s, its batch declared": ours(pyodide, short=True, declared=True),
        "bx24py, packed with a snapshot": ours(pyodide, snapshot=made),
        "bx24py, packed with a snapshot, its batch declared": ours(pyodide, snapshot=made, declared=True),
        "micropip and the wheel": Way({"index.html": _module(install), "app.py": OURS, wheel: content}),
        "PyScript, by hand": Way(
            {
                "index.html": by_hand,
                "pyscript.json": json.dumps({"interpreter": f"{pyodide}pyodide.mjs"}),
                "hand.py": BY_HAND,
                **_pyscript(scratch),
            }
        ),
        "plain JavaScript": Way({"index.html": plain}),
    }


def serve(stack: ExitStack, reports: Reports, folder: Path, some: dict[str, Way]) -> dict[str, PortalServer]:
    """Serve each way until the stack is closed."""
    # The portal's server looks for the loader's tag, which the others do not have: one that is not run.
    inert = '<script type="text/plain" data-app="app.py"></script>'
    servers = {}
    for number, (name, way) in enumerate(some.items()):
        page = str(way.files["index.html"])
        page = page if "data-app" in page else f"{page}{inert}\n"
        files = {**way.files, "report.js": REPORT_JS, "first.js": FIRST_BATCH_JS, "index.html": page}
        servers[name] = stack.enter_context(served(reports, folder / f"app{number}", files, way.snapshot))
    return servers


Found = dict[str, dict[str, list[dict[str, Any]]]]
"""For each way the reports of its first and of its second visits."""


def measure(rounds: int) -> Found:
    """Visit each way in turn."""
    reports = Reports()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, ExitStack() as stack:
        scratch = Path(folder)
        made = ways(scratch, stack.enter_context(cdn()))
        servers = serve(stack, reports, scratch, made)
        found: Found = {name: {"first": [], "second": []} for name in servers}
        for turn in range(rounds):
            for number, (name, server) in enumerate(servers.items()):
                profile = scratch / f"profile{turn}-{number}"
                keeps = name.startswith("bx24py") and made[name].snapshot is None
                reports.portal.state.user_options.clear()
                if made[name].short:
                    short_visit(server.url, profile, reports, stay=6)
                else:
                    # In the first one bx24py keeps its snapshot, in the next the browser keeps the compiled code.
                    found[name]["first"].append(visit(server.url, profile, reports, stay=5 if keeps else 1))
                    visit(server.url, profile, reports, stay=3)
                found[name]["second"].append(visit(server.url, profile, reports, stay=0.2))
    return found


def phases(visits: list[dict[str, Any]]) -> list[tuple[str, float, float]]:
    """Give what a start from a snapshot is made of: name, and from when to when in milliseconds, medians."""

    def at(mark: str) -> float:
        return median(float(one["marks"].get(mark) or one["marks"][f"bx24py: {mark}"]) for one in visits)

    def took(name: str, begun: str, ended: str) -> tuple[str, float, float]:
        return name, at(begun), at(ended)

    return [
        ("the page, BX24.js, the loader", 0, at("the start")),
        took("the portal's data (getInitData)", "the start", "the portal has answered"),
        took("reading the snapshot", "the start", "the snapshot is read"),
        took("its digest", "the snapshot is read", "its digest is known"),
        took("Pyodide's script, instantiating WebAssembly", "the start", "WebAssembly is ready"),
        took("waiting for the snapshot, copying it into memory", "WebAssembly is ready", "the snapshot is restored"),
        took("Pyodide's own restoring", "the snapshot is restored", "Python is running"),
        took("preparing the application", "Python is running", "the application starts"),
        took("the application's first lines", "the application starts", "requested"),
        took("the request", "requested", "answered"),
        ("the answer in Python", at("answered"), median(float(one["at"]) for one in visits)),
    ]


def table(rounds: int = 11) -> tuple[list[str], list[list[str]], list[str]]:
    """Give the table's headings and rows, and further lines."""
    found = measure(rounds)
    base = {kind: _median(found[BARE][kind], "at") for kind in ("first", "second")}

    def cell(name: str, kind: str) -> str:
        visits = found[name][kind]
        if not visits:
            return "not measured"
        warm = sum(one["warm"] == "true" for one in visits)
        expected = len(visits) if kind == "second" and name.startswith("bx24py") else warm
        some = f", {warm} of {expected} from a snapshot" if warm < expected else ""
        return f"{(at := _median(visits, 'at')):.0f} ({at / base[kind]:.2f}){some}"

    rows = [[name, *(cell(name, kind) for kind in base)] for name in found]
    kept = found["bx24py"]
    first, second = kept["first"], [one for one in kept["second"] if one["warm"] == "true"]
    assert second, "no start from a snapshot"

    def against(name: str, kind: str) -> str:
        return f"{_median(kept[kind], 'at') / _median(found[name][kind], 'at'):.2f}"

    lines = [
        "Wanted: on a first visit at most 1.02 times bare `loadPyodide`, on a second 0.30. A declared batch is sent "
        "while Python starts.",
        *(
            f"Against {name}: {against(name, 'first')} on a first visit, {against(name, 'second')} on a second."
            for name in ("micropip and the wheel", "PyScript, by hand")
        ),
        f"From Python's start to the application's, `import bx24py` in it: {_prepared(first):.0f} ms on a first visit "
        f"(wanted: 40), {_prepared(second):.0f} from a snapshot.",
        f"Bytes at the first visit: {int(first[0]['bytes']):,}, without Pyodide's own {int(first[0]['own']):,}.",
        f"First contentful paint: {_median(first, 'painted'):.0f} ms, on a second visit "
        f"{_median(second, 'painted'):.0f} (wanted: 100).",
        f"Longest task of the page's thread: {_median(first, 'longest'):.0f} ms on a first visit, "
        f"{_median(second, 'longest'):.0f} on a second (wanted: 300); bare loadPyodide "
        f"{_median(found[BARE]['first'], 'longest'):.0f} and {_median(found[BARE]['second'], 'longest'):.0f}.",
        "The parts of the second visit, without a declared batch; several go on at once:",
        "\n".join(
            ["| | from, ms | to, ms | takes, ms |", "| --- | --- | --- | --- |"]
            + [f"| {name} | {begun:.0f} | {ended:.0f} | {ended - begun:.0f} |" for name, begun, ended in phases(second)]
        ),
    ]
    return ["", "first visit, ms (ratio to bare)", "second visit, ms (ratio to bare)"], rows, lines


def _prepared(visits: list[dict[str, Any]]) -> float:
    marks = [one["marks"] for one in visits]
    return median(
        float(one["bx24py: the application starts"]) - float(one["bx24py: Python is running"]) for one in marks
    )


def _median(visits: list[dict[str, Any]], what: str) -> float:
    return median(float(one[what]) for one in visits)
