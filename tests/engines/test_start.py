"""The start of a page in Firefox and WebKit: from nothing, from what the first visit kept, from a packed snapshot."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import Application, Open

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


def test_the_second_visit_starts_from_the_snapshot_of_the_first(open_app: Open) -> None:
    app = open_app(files={"app.py": APP}, packed=False)
    first = seen(app)
    app.browser.run("await window.bx24py.snapshotKept")
    with app.browser.tab():  # beside the first page: a window driven by WebKit's driver is private, and forgets
        app.open()
        second = seen(app)
    assert (first["warm"], second["warm"]) == (False, True)
    assert first["name"] == second["name"] == "Emma"
    assert first["random"] != second["random"]


@pytest.mark.parametrize("change", ["bytes[bytes.length >> 1] ^= 1", "bytes = bytes.slice(0, -4)"])
def test_a_damaged_snapshot_is_as_if_it_were_not_there(open_app: Open, change: str) -> None:
    app = open_app(files={"app.py": APP}, packed=False)
    seen(app)
    app.browser.run(f"""
        await window.bx24py.snapshotKept;
        const cache = await caches.open("bx24py");
        const [address] = await cache.keys();
        const kept = await cache.match(address);
        let bytes = await kept.bytes();
        {change};
        await cache.put(address, new Response(bytes, {{ headers: kept.headers }}));
    """)
    with app.browser.tab():
        app.open()
        assert seen(app)["warm"] is False


def test_the_first_visit_starts_from_a_packed_snapshot(open_app: Open) -> None:
    app = open_app(files={"app.py": APP})
    assert seen(app)["warm"] is True
