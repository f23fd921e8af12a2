"""What the browser's part may import: the standard library and itself; the page only through the bridge."""

import ast
import sys
from pathlib import Path

import pytest

import bx24py
from bx24py.dev.assets import browser_modules

MODULES = sorted(Path(bx24py.__file__).parent.glob("*.py"))


def imports(path: Path) -> set[str]:
    """Give the absolute names of all that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = f"bx24py.{node.module}" if node.level and node.module else node.module or "bx24py"
            names |= {base} | ({f"{base}.{alias.name}" for alias in node.names} if node.level else set())
    return names


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_the_top_level_needs_the_standard_library_only(module: Path) -> None:
    foreign = {
        name
        for name in imports(module)
        if name.split(".")[0] not in sys.stdlib_module_names and name.split(".")[0] != "bx24py"
    }
    assert foreign <= ({"js", "pyodide.ffi"} if module.name == "bridge.py" else set())
    assert not any(name.startswith("bx24py.dev") for name in imports(module))


def test_the_archive_holds_the_top_level_and_no_more() -> None:
    names = {"bx24py", *(f"bx24py.{module.stem}" for module in MODULES)} - {"bx24py.__init__"}
    assert set(browser_modules()) == names
