"""The package as mypy shows it to the author of an application: typed to the last name, and Any for JSON alone."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from asyncio import Future
from pathlib import Path

import pytest

import bx24py
from bx24py import bx24

ROOT = Path(__file__).parents[2]
APPLICATION, JSON_DATA = (ROOT / "tests" / "typing" / name for name in ("application.py", "json_data.py"))
STRICTER = ("--strict", "--disallow-any-expr", "--disallow-any-unimported", "--disallow-any-decorated")


def test_no_any_but_for_json() -> None:
    pytest.importorskip("mypy", reason="mypy is not installed; it is run on another Python")
    files = [APPLICATION.relative_to(ROOT).as_posix(), JSON_DATA.relative_to(ROOT).as_posix()]
    command = [sys.executable, "-m", "mypy", *STRICTER, "--no-error-summary", "--hide-error-context", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert not done.stderr
    found = re.findall(r"^(.+?):(\d+): error: (.*)$", done.stdout, re.MULTILINE)
    told = done.stdout
    assert {(Path(file).name, int(line)) for file, line, _ in found} == {
        ("json_data.py", number)
        for number, line in enumerate(JSON_DATA.read_text().splitlines(), 1)
        if line.endswith("# JSON")
    }, told
    assert all("Any" in message for _, _, message in found), told


def attributes(value: object) -> set[str]:
    """Give the public attributes of an object's class, and those made for each object."""
    names = {*dir(type(value)), *getattr(value, "__dict__", {})}
    return {name for name in names if not name.startswith("_")}


def test_every_public_name_is_in_the_application() -> None:
    tree = ast.parse(APPLICATION.read_text())
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert imported >= set(bx24py.__all__)
    assert names >= set(bx24py.__all__)

    json_only = {"data", "options", "get", "read", "call_list", "fetch_list", "rows", "resume"}
    parts = (bx24, bx24.placement, bx24.im, bx24.user_option, bx24.app_option)
    public = {name for part in parts for name in attributes(part)}
    for name in bx24py.__all__:
        one = getattr(bx24py, name)
        if inspect.isclass(one) and not issubclass(one, dict):
            own = {attribute for attribute in dir(one) if not attribute.startswith("_")}
            public |= own - set(dir(TimeoutError)) - set(dir(tuple)) - set(dir(Future)) - set(dir(dict))
    assert public - used - json_only - {"advice", "belongs_to", "from_answer", "from_bx24", "get_context"} == set()
