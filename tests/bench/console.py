"""From navigation to the first cell's output in the packed console, against bare `loadPyodide` in the same run.

The cell is run as soon as the page is there, as by a click that comes before Python; the second visit starts from a
snapshot. How visits are made is told in start.py.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from bx24py.dev import libraries
from bx24py.dev.application import Application
from bx24py.dev.pack import pack

from .harness import LIBRARY, Reports, cdn, served, visit

CONSOLE = Path(__file__).parents[2] / "demo" / "console"

REPORT_JS = """
const once = (shown) => new Promise((resolve) => {
  const look = () => shown() ? resolve(performance.now()) : requestAnimationFrame(look);
  look();
});
const page = once(() => document.querySelector(".editor")?.shadowRoot);
const ready = once(() => notebook.python);
page.then(async () => {
  notebook.cells[0].editor.code = "sum(range(5))";
  document.querySelector(".cell .primary").click();
  const at = await once(() => document.querySelector(".output")?.textContent.includes("10"));
  const warm = (await window.bx24py.ready).runPython("'statistics' in __import__('sys').modules"); // as in start.py
  await window.bx24py.snapshotKept;
  BX24.callMethod("bench.report", { page: await page, ready: await ready, at, warm });
});
"""


def _pages(scratch: Path, pyodide: str) -> dict[str, dict[str, str | bytes]]:
    libraries.build(CONSOLE)
    packed = scratch / "packed"
    pack(Application(CONSOLE), packed, bundled=False)
    console: dict[str, str | bytes] = {
        path.relative_to(packed).as_posix(): path.read_bytes() for path in packed.rglob("*") if path.is_file()
    }
    index = (
        (packed / "index.html").read_text(encoding="utf-8").replace("data-app", f'data-pyodide="{pyodide}" data-app')
    )
    report = '<script type="module" src="report.js"></script>'
    bare = f"""<script type="module">
      import {{ loadPyodide }} from "{pyodide}pyodide.mjs";
      const pyodide = await loadPyodide();
      BX24.callMethod("bench.report", {{ at: pyodide.runPython("1") && performance.now() }});
    </script>"""
    # The portal's server looks for the loader's tag: one that is not run.
    inert = '<script type="text/plain" data-app="app.py"></script>'
    return {
        "the console": {**console, "index.html": index.replace("</body>", f"{report}</body>"), "report.js": REPORT_JS},
        "bare loadPyodide": {"index.html": "\n".join(["<!doctype html>", LIBRARY, bare, inert, ""])},
    }


def measure(rounds: int) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Visit both in turn; give for each the reports of its first and of its second visits."""
    reports = Reports()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, ExitStack() as stack:
        scratch = Path(folder)
        pages = _pages(scratch, stack.enter_context(cdn()))
        servers = {
            name: stack.enter_context(served(reports, scratch / f"app{number}", files))
            for number, (name, files) in enumerate(pages.items())
        }
        found: dict[str, dict[str, list[dict[str, Any]]]] = {name: {"first": [], "second": []} for name in servers}
        for turn in range(rounds):
            for name, server in servers.items():
                profile = scratch / f"profile{turn}-{name}"
                # The browser writes localStorage to the disk after some seconds; if it is ended before, the next
                # visit does not know of the snapshot.
                found[name]["first"].append(visit(server.url, profile, reports, stay=6))
                visit(server.url, profile, reports, stay=3)
                found[name]["second"].append(visit(server.url, profile, reports, stay=0.2))
    return found


def table(rounds: int = 11) -> tuple[list[str], list[list[str]], list[str]]:
    """Give the table's headings and rows, and further lines."""
    found = measure(rounds)

    def of(name: str, kind: str, what: str) -> float:
        return median(float(one[what]) for one in found[name][kind])

    second = found["the console"]["second"]
    warm = sum(one["warm"] == "true" for one in second)
    bare = {kind: of("bare loadPyodide", kind, "at") for kind in ("first", "second")}
    moments = [
        ("its page is there", "the console", "page"),
        ("Python runs cells", "the console", "ready"),
        ("the first cell's output", "the console", "at"),
        ("bare loadPyodide", "bare loadPyodide", "at"),
    ]
    rows = [
        [label, *(f"{of(name, kind, what):.0f} ({of(name, kind, what) / bare[kind]:.2f})" for kind in bare)]
        for label, name, what in moments
    ]
    headings = ["", "first visit, ms (ratio to bare)", "second visit, ms (ratio to bare)"]
    lines = [
        "Wanted: the first cell's output within a second, on a second visit.",
        f"{warm} of {len(second)} second visits started from a snapshot.",
    ]
    return headings, rows, lines
