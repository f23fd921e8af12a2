"""All measurements, side by side in one run: `make bench` prints them and keeps them in docs/dev/benchmarks.md.

python -m tests.bench [PART]…    only these, printed and not kept: see PARTS
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import date
from pathlib import Path

import click

from bx24py.dev import browser, distribution

from . import calls, console, data, fallback, files, lists, lists_v3, slow, start

PARTS = {
    "start": ("From navigation to the first batch's result", start.table),
    "slow": ("A first visit over a slow connection", slow.table),
    "fallback": ("A snapshot that cannot be used", fallback.table),
    "console": ("From navigation to the first cell's output in the console", console.table),
    "data": ("Results", data.table),
    "calls": ("Calls", calls.table),
    "files": ("Files", files.table),
    "lists": ("Whole lists", lists.table),
    "lists_v3": ("Whole lists of REST 3.0", lists_v3.table),
}


def machine() -> str:
    """Tell what was measured with."""
    found = browser.find()
    version = subprocess.run([str(found), "--version"], capture_output=True, text=True, check=False).stdout.strip()
    computer = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    return f"{date.today()}, {computer}, {version}, Pyodide {distribution.version()}"


def main() -> None:
    """Measure, print and keep."""
    names = sys.argv[1:] or list(PARTS)
    text = ["# Benchmarks", "", f"Medians; what is in one table was measured side by side in one run. {machine()}.", ""]
    for name in names:
        title, table = PARTS[name]
        headings, rows, lines = table()
        text += [
            f"## {title}",
            "",
            *(f"| {' | '.join(row)} |" for row in (headings, ["---"] * len(headings), *rows)),
            "",
        ]
        text += [part for line in lines for part in (line, "")]
        click.echo("\n".join(text[-len(rows) - 2 * len(lines) - 5 :]))
    if not sys.argv[1:]:
        (Path(__file__).parents[2] / "docs" / "dev" / "benchmarks.md").write_text("\n".join(text))


if __name__ == "__main__":
    main()
