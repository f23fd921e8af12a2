"""The start of a page in Firefox and WebKit: from nothing, from what the first visit kept, from a packed snapshot."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bx24py.dev.assets import SNAPSHOT
from tests.browser.conftest import PAGE

from .conftest import Application, Open

PATIENT = PAGE.replace(
    "<script",
    "<script>const after = setTimeout;"
    "window.setTimeout = (f, time, ...all) => after(f, time === 5000 ? 60_000 : time, ...all)</script><script",
    1,
)
"""A page that waits for a snapshot as long as a busy machine takes to read it."""

APP = """
import sys
warm = "statistics" in sys.modules
import json, random
import js
from bx24py import bx24
user = await bx24.call_method("user.current")
seen = {"warm": warm, "random": random.random(), "name": user.data["NAME"]}
js.document.getElementById("out").textContent = json.dumps(seen)
"""


def seen(app: Application) -> dict[str, Any]:
    """Give what the application shows once it runs."""
    app.browser.wait_for_text("#out", "{")
    found: dict[str, Any] = json.loads(app.browser.text("#out"))
    return found


@pytest.fixture(scope="module")
def visited(open_app: Open) -> Iterator[tuple[Application, dict[str, Any]]]:
    """An application that has been opened once, and what it showed; the next visits are in a second tab.

    A window that WebKit's driver opens is private, and forgets its storage with the last page of an origin. So the
    first page stays open.
    """
    app = open_app(files={"index.html": PATIENT, "app.py": APP}, packed=False)
    first = seen(app)
    first["files"] = app.browser.run("""
        const files = performance.getEntriesByType("resource").map(({ name }) => name);
        await window.bx24py.snapshotKept;
        return files.filter((name) => name.includes("/pyodide/")).map((name) => name.split("/").at(-1));
    """)
    with app.browser.tab():
        yield app, first


def test_the_first_visit_loads_each_file_of_pyodide_once(visited: tuple[Application, dict[str, Any]]) -> None:
    _, first = visited
    names = ["pyodide-lock.json", "pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide.mjs"]
    assert sorted(first["files"]) == names


def test_the_second_visit_starts_from_the_snapshot_of_the_first(visited: tuple[Application, dict[str, Any]]) -> None:
    app, first = visited
    app.open()
    second = seen(app)
    assert (first["warm"], second["warm"]) == (False, True)
    assert first["name"] == second["name"] == "Emma"
    assert first["random"] != second["random"]


def test_a_damaged_snapshot_is_as_if_it_were_not_there(visited: tuple[Application, dict[str, Any]]) -> None:
    app, _ = visited
    app.browser.run("""
        const cache = await caches.open("bx24py");
        const [address] = await cache.keys();
        const kept = await cache.match(address);
        const bytes = await kept.bytes();
        bytes[bytes.length >> 1] ^= 1;
        await cache.put(address, new Response(bytes, { headers: kept.headers }));
    """)
    app.open()
    assert seen(app)["warm"] is False


def test_the_first_visit_starts_from_a_packed_snapshot_where_that_fits(open_app: Open) -> None:
    app = open_app(files={"index.html": PATIENT, "app.py": APP})
    first = seen(app)
    asked = app.browser.run(
        "return performance.getEntriesByType('resource').some(({ name }) => name.endsWith(args[0]))", SNAPSHOT
    )
    fits = app.browser.run("return 'Suspending' in WebAssembly")
    assert (first["warm"], first["name"]) == (fits, "Emma")
    assert fits or not asked
