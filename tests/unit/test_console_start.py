"""The console: what it imports when it opens, as it opens in under a second."""

from __future__ import annotations

import ast
from pathlib import Path

CONSOLE = Path(__file__).parents[2] / "demo" / "console"
SLOW = {"hashlib", "importlib.metadata", "micropip", "openpyxl", "pkgutil", "pyodide.http", "shlex"}
"""Modules that no snapshot has. Together they took as long as all that the console has itself."""


def test_nothing_slow_is_imported_when_it_opens() -> None:
    for file in CONSOLE.glob("*.py"):
        for statement in ast.parse(file.read_text(encoding="utf-8")).body:
            names = [alias.name for alias in statement.names] if isinstance(statement, ast.Import) else []
            names += [statement.module or ""] if isinstance(statement, ast.ImportFrom) else []
            assert not SLOW.intersection(names), f"{file.name}:{statement.lineno}: import it where it is needed"
