"""A start whose snapshot cannot be used, against one that uses none.

All are visits of one browser, which has compiled WebAssembly before. Each leaves what the next one finds. A storage
that fails or does not answer is as a worker that does so: the worker reads it.
"""

from __future__ import annotations

import gzip
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bx24py.dev import distribution, snapshot
from tests.browser.snapshots import DAMAGES, KEY, OPTION, POISONED, UNREADABLE, putting

from .harness import Reports, cdn, visit
from .start import ours, serve

NONE = "no snapshot is used"
NO_MAKING = "Object.defineProperty(Navigator.prototype, 'connection', { value: { saveData: true } })"


@dataclass
class Case:
    """What a visit finds."""

    before: str = ""
    """Code that runs before the loader."""

    change: str = ""
    """Code that damages the snapshot."""

    known: bool = True
    """Whether it has the seal of the user's key."""

    attributes: str = ""
    """Of the loader's line."""


CASES = {
    NONE: Case(attributes='data-snapshot="off"'),
    **{how: Case(change=change) for how, change in DAMAGES.items()},
    "from another application": Case(change=POISONED, known=False),
    "deleted by the browser": Case(
        change="localStorage.setItem(address, 'made'); return void await cache.delete(address)"
    ),
    **{how: Case(before=code) for how, code in UNREADABLE.items() if "worker" in how},
}


def _page(page: str, case: Case, following: Case) -> str:
    """Give the page of a case that, at its end, leaves the snapshot that the following one finds."""
    scripts = f"""<script>
      const open = caches.open.bind(caches);
      window.leave = async () => {{
        const address = new URL("bx24py-snapshot-{distribution.version()}", document.baseURI).href;
        const cache = await open("bx24py");
        {putting("kept.bin", following.change, known=following.known)}
      }};
    </script>
    <script>{NO_MAKING}; {case.before}</script>"""
    page = page.replace("<!doctype html>", f"<!doctype html>\n{scripts}")
    return page.replace("data-app", f"{case.attributes} data-app")


def measure(rounds: int) -> dict[str, list[float]]:
    """Give for each case how long the visits took, in milliseconds."""
    reports = Reports()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, ExitStack() as stack:
        scratch = Path(folder)
        way = ours(stack.enter_context(cdn()))
        page = str(way.files["index.html"])
        way.files["kept.bin"] = gzip.decompress(snapshot.make())
        server = serve(stack, reports, scratch, {"": way})[""]
        names = list(CASES)
        found: dict[str, list[float]] = {name: [] for name in names}
        for turn in range(-1, rounds):  # the first round only fills the browser's caches
            for name, following in zip(names, [*names[1:], names[0]], strict=True):
                (scratch / "app0" / "index.html").write_text(_page(page, CASES[name], CASES[following]))
                reports.portal.state.user_options[OPTION] = KEY
                report = visit(server.url, scratch / "profile", reports)
                assert report["warm"] == "false", f"{name}: started from a snapshot"
                if turn >= 0:
                    found[name].append(float(report["at"]))
    return found


def table(rounds: int = 11) -> tuple[list[str], list[list[str]], list[str]]:
    """Give the table's headings and rows, and further lines."""
    at = {name: median(times) for name, times in measure(rounds).items()}
    rows = [[name, f"{at[name]:.0f}", f"{at[name] - at[NONE]:+.0f}"] for name in at]
    return ["", "second visit, ms", "more than without"], rows, ["Wanted: at most 200 ms more."]
