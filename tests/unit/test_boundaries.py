"""What modules may import: in the browser the standard library and themselves, and nowhere each other in a circle."""

import ast
import sys
from pathlib import Path

import pytest

import bx24py
from bx24py.dev.assets import browser_sources

PACKAGE = Path(bx24py.__file__).parent

MODULES = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    if "dev" not in path.relative_to(PACKAGE).parts and path != PACKAGE / "__main__.py"
)
"""What runs in the browser: all but `dev`, and `python -m bx24py`, which starts it."""

ROOMS = {
    "bridge": {"errors", "monitor"},
    "calls": {"bridge", "errors", "monitor"},
    "rest": {"bridge", "calls", "batch_results", "complaint", "errors", "monitor"},
    "v3": {"bridge", "calls", "rest", "errors", "monitor"},
    "frame": {"bridge", "calls", "errors", "monitor"},
    "errors": {"batch_results", "complaint"},
    "complaint": set(),
    "batch_results": {"rest"},  # for type checkers only
    "monitor": {"errors"},
    "page": {"calls", "errors"},  # for applications that want it; nothing of the package imports it
    "client": {"bridge", "calls", "rest", "v3", "frame", "errors", "monitor"},
    "__init__": {"client", "bridge", "calls", "rest", "v3", "frame", "batch_results", "complaint", "errors", "monitor"},
}
"""What each room of the package, or module beside the rooms, may import of the others."""


def imports(path: Path) -> set[str]:
    """Give the absolute names of all that a module imports, wherever in it."""
    package = ("bx24py", *path.relative_to(PACKAGE).parts[:-1])
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*parents, *([node.module] if node.module else [])])
            names |= {base} | ({f"{base}.{alias.name}" for alias in node.names} if node.level else set())
    return names


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def name_of(module: Path) -> str:
    return module.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_room_imports_only_what_it_may(module: Path) -> None:
    room = room_of(module)
    inside = {name.split(".")[1] for name in imports(module) if name.startswith("bx24py.")}
    assert {name for name in inside if name in ROOMS or name == "dev"} - {room} <= ROOMS[room]


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_what_runs_in_the_browser_needs_the_standard_library_only(module: Path) -> None:
    foreign = {
        name
        for name in imports(module)
        if name.split(".")[0] not in sys.stdlib_module_names and name.split(".")[0] != "bx24py"
    }
    assert foreign <= ({"js", "pyodide.ffi"} if room_of(module) in ("bridge", "page") else set())


def test_a_forbidden_import_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.unit.test_boundaries.PACKAGE", tmp_path)
    module = tmp_path / "frame" / "x.py"
    module.parent.mkdir()
    module.write_text("def late():\n    from ..rest.params import encode", encoding="utf-8")
    with pytest.raises(AssertionError):
        test_a_room_imports_only_what_it_may(module)
    module.write_text("import js", encoding="utf-8")
    with pytest.raises(AssertionError):
        test_what_runs_in_the_browser_needs_the_standard_library_only(module)


def test_the_archive_holds_what_runs_in_the_browser_and_no_more() -> None:
    assert set(browser_sources()) == {f"bx24py/{name_of(module)}" for module in MODULES}


def modules_of(package: Path) -> dict[str, Path]:
    """Give the modules of a package by name."""
    names = {".".join(path.relative_to(package.parent).with_suffix("").parts): path for path in package.rglob("*.py")}
    return {name.removesuffix(".__init__"): path for name, path in names.items()}


def imported(name: str, modules: dict[str, Path]) -> set[str]:
    """Give the modules that a module imports anywhere, also inside functions and for type checkers only."""
    package = name if modules[name].name == "__init__.py" else name.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(ast.parse(modules[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            inner = {f"{base}.{alias.name}" for alias in node.names} & modules.keys()
            found |= inner or {base}
    return (found & modules.keys()) - {name}


def circles(package: Path) -> list[set[str]]:
    """Give the sets of modules that import each other, directly or through one another."""
    modules = modules_of(package)
    reached = {name: imported(name, modules) for name in modules}
    grown = True
    while grown:
        grown = False
        for names in reached.values():
            more = set().union(*(reached[name] for name in names)) - names
            grown |= bool(more)
            names |= more
    found = {frozenset(other for other in reached[name] if name in reached[other]) for name in modules}
    return sorted((set(names) for names in found if names), key=sorted)


def test_no_modules_import_each_other_in_a_circle() -> None:
    # Their types: each has the others' objects.
    assert circles(PACKAGE) == [{"bx24py.batch_results", "bx24py.errors", "bx24py.rest.result"}]


def test_every_kind_of_circle_is_found(tmp_path: Path) -> None:
    sources = {
        "__init__": "",
        "a": "from .b import x",
        "b": "def late():\n    from .inner import c",
        "inner/__init__": "",
        "inner/c": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from package.a import y",
        "inner/d": "import package.inner.e",
        "inner/e": "from ..inner import d",
        "f": "from . import a\nfrom .inner import d",
    }
    for name, source in sources.items():
        path = tmp_path / "package" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(source, encoding="utf-8")
    assert circles(tmp_path / "package") == [
        {"package.a", "package.b", "package.inner.c"},
        {"package.inner.d", "package.inner.e"},
    ]
