"""docs/tutorial.md: its changes fit the template, and what it quotes is what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from bx24py.dev import assets, distribution, new

TUTORIAL = (Path(__file__).parents[2] / "docs" / "tutorial.md").read_text(encoding="utf-8")
DIFF = re.compile(r'^```diff title="(.+?)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)


def change(file: Path, diff: str) -> None:
    """Make the change of a diff whose lines stand together in a file."""
    lines = diff.splitlines()
    before, after = (
        "".join(f"{line[1:]}\n" for line in lines if not line.startswith(left_out)) for left_out in ("+", "-")
    )
    text = file.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{file.name} does not have {before!r} once"
    file.write_text(text.replace(before, after), encoding="utf-8")


def test_the_changes_of_the_tutorial_work(tmp_path: Path) -> None:
    folder = new.create("deal_tab", "deal-tab", tmp_path)
    changes = DIFF.findall(TUTORIAL)
    assert {name for name, _ in changes} == {"index.html", "app.py", "install.py", "tests/test_app.py"}
    for name, diff in changes:
        change(folder / name, diff)
    python = [sys.executable, "-m"]
    environment = os.environ | {"BX24PY_HOME": str(distribution.home())}
    for command in (
        ["pytest", "-q", "-p", "no:cacheprovider"],
        ["ruff", "check"],
        ["bx24py", "pack", ".", "--zip", "upload.zip"],
    ):
        done = subprocess.run([*python, *command], cwd=folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        assert "pytest" not in command or "4 passed" in done.stdout


def test_the_tutorial_names_every_file_of_the_template_and_every_message() -> None:
    told = set(re.findall(r"`([^`\n]+)`", TUTORIAL.split("## 2.")[0]))
    template = new.FOLDER / "deal-tab"
    assert {path.name for path in template.iterdir() if path.is_file()} - {"README.md"} <= told
    static = "\n".join(path.read_text(encoding="utf-8") for path in assets.folder("static").rglob("*.js"))
    table = TUTORIAL.split("## When the frame stays empty")[1]
    titles = [title for title in re.findall(r'^\| "([^"]+)"', table, re.MULTILINE) if title[0].isupper()]
    titles.remove("Open a deal: …")
    assert len(titles) > 7
    assert [title for title in titles if f'"{title}"' not in static] == []
