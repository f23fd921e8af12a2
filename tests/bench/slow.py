"""A first visit over a slow connection: is it worth while to pack a snapshot?"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from bx24py.dev import snapshot

from .harness import Reports, cdn, visit
from .slow_network import BITS, DELAY, slow_network
from .start import BARE, bare, ours, serve

PACKED = "bx24py, packed with a snapshot"


def measure(rounds: int, made: bytes) -> dict[str, list[dict[str, Any]]]:
    """Visit each way in turn with a new profile; one is packed with this snapshot."""
    reports = Reports()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, ExitStack() as stack:
        scratch = Path(folder)
        pyodide = stack.enter_context(cdn())
        ways = {BARE: bare(pyodide), "bx24py": ours(pyodide), PACKED: ours(pyodide, snapshot=made)}
        servers = serve(stack, reports, scratch, ways)
        options = slow_network()
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in servers}
        for turn in range(rounds):
            for number, (name, server) in enumerate(servers.items()):
                reports.portal.state.user_options.clear()
                found[name].append(visit(server.url, scratch / f"profile{turn}-{number}", reports, options=options))
    return found


def table(rounds: int = 11) -> tuple[list[str], list[list[str]], list[str]]:
    """Give the table's headings and rows, and further lines."""
    made = snapshot.make()
    found = measure(rounds, made)
    at = {name: median(float(one["at"]) for one in visits) for name, visits in found.items()}
    assert all(one["warm"] == "true" for one in found[PACKED]), "no start from a snapshot"
    size = {name: int(visits[0]["bytes"]) for name, visits in found.items()}
    size[PACKED] += len(made)  # a worker loads it
    rows = [[name, f"{at[name]:.0f} ({at[name] / at[BARE]:.2f})", f"{size[name] / 1e6:.1f}"] for name in found]
    lines = [
        f"The line carries {BITS / 1e6:.0f} Mbit/s, with a delay of {DELAY * 2000:.0f} ms there and back. Pyodide "
        "comes compressed, as from the public CDN. A snapshot is packed only on request: it pays where Python's start "
        "takes longer than to load it."
    ]
    return ["", "first visit, ms (ratio to bare)", "MB"], rows, lines
