"""Imports that the browser does not have, and modules that do not work there."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from bx24py.dev import packages
from bx24py.dev.check import browser_python
from bx24py.dev.check.finding import Finding, Level
from bx24py.dev.check.python import Import, Module
from bx24py.dev.check.reading import Reading
from bx24py.dev.problem import Problem

_ALWAYS = frozenset(("js", "pyodide", "pyodide_js", "_pyodide", "_pyodide_core", "bx24py", "micropip", "__main__"))
_STANDARD = (sys.stdlib_module_names | browser_python.ADDED) - browser_python.REMOVED


def judge(reading: Reading) -> Iterator[Finding]:
    """Yield what is wrong with the imports of an application's Python, and with what it uses of them."""
    own = _Own(reading)
    given = _Given(reading)
    for module in reading.modules.values():
        for one in module.imports:
            if own.has(one):
                if text := own.problem(module, one):
                    yield Finding(module.file, one.line, "error", text)
            elif problem := given.problem(one.name):
                yield Finding(module.file, one.line, *problem)
        yield from _uses(module, given)
        yield from _opened(module, reading)
    yield from given.unpinned()


class _Own:
    """The application's own modules."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._install = reading.page.loader.get("data-install", "")
        self._modules = reading.archived
        self._packages = {
            ".".join(name.split(".")[:length]) for name in self._modules for length in range(1, name.count(".") + 1)
        }
        self._beside = _python_beside(reading)

    def has(self, one: Import) -> bool:
        """Return whether an import means the application's own modules."""
        top = one.name.split(".")[0]
        if one.relative or top in self._modules | self._packages:
            return True
        return top in self._beside and top not in _STANDARD | _ALWAYS

    def problem(self, module: Module, one: Import) -> str:
        """Return what is wrong with an import of them; "" if nothing is."""
        in_package = "." in module.name or module.file.endswith("__init__.py")
        if one.relative and not (one.name and in_package and self._reading.archive):
            return "only a module of a package can import with dots: leave them out"
        if not self._reading.archive:
            return (
                f"{self._beside[one.name.split('.')[0]]} is not loaded, as the page names one file: "
                'name a .zip, which is made of all modules (data-app="app.zip")'
            )
        wanted = [one.name]
        if one.name in self._packages - self._modules:  # it has no __init__.py, so what is imported from it are modules
            wanted = [f"{one.name}.{name}" for name in one.names if name != "*"]
        for name in wanted:
            if name not in self._modules | self._packages:
                return self._absent(name)
        return ""

    def _absent(self, name: str) -> str:
        file = f"{name.replace('.', '/')}.py"
        if file == self._install:
            return f"{file} is not in {self._reading.archive}: move what both need to another module"
        for one in self._reading.left_out.values():
            if one.name == file or (one.name.endswith("/") and file.startswith(one.name)):
                return f"{file} is not uploaded ({one.reason}): rename it, or add !{file} to .bx24pyignore"
        if file in self._reading.files:
            return f"{file} is not in {self._reading.archive}"
        return f"the application has no module {name}"


def _python_beside(reading: Reading) -> dict[str, str]:
    """Return the files and folders with Python beside the page, by the name to import."""
    found: dict[str, str] = {}
    for name in sorted([*reading.files, *reading.left_out]):
        if name.endswith(".py") or (name.endswith("/") and any((reading.folder / name).glob("*.py"))):
            found.setdefault(name.split("/")[0].removesuffix(".py"), name)
    return found


class _Given:
    """What is there besides: the standard library as Pyodide has it, and packages."""

    def __init__(self, reading: Reading) -> None:
        installed = [name for module in reading.modules.values() for name in module.installed]
        named = [*reading.page.packages, *(name for name in installed if name)]
        self._named = {_normal(re.split(r"[^\w.-]", name)[0]) for name in named if not name.endswith(".whl")}
        self._brings_unknown = any(name.endswith(".whl") for name in named) or None in installed
        self._reading = reading

    def problem(self, name: str) -> tuple[Level, str] | None:
        """Return why a module cannot be imported; None if it can."""
        top = name.split(".")[0]
        if name == "bx24py.dev" or name.startswith("bx24py.dev."):
            return "error", "bx24py.dev is on the developer's machine only"
        if top in browser_python.ABSENT:
            return "error", f"the browser's Python has no {top}{_instead(browser_python.ABSENT[top])}"
        if top in browser_python.REMOVED:
            instead = _instead(browser_python.INSTEAD.get(top, ""))
            return "error", f"Python {browser_python.VERSION} has no {top} any more{instead}"
        if top in _ALWAYS or top in _STANDARD or _normal(top) in self._named:
            return None
        if self._locked is None:
            return "warning", f"whether Pyodide has {top} could not be looked up: run `bx24py setup`, and check again"
        return self._of_a_package(top, self._locked)

    def has(self, package: str) -> bool:
        """Return whether the page or the application names a package, or another that needs it."""
        locked, reached, open_ = self._locked or {}, set(), list(self._named)
        while open_:
            name = open_.pop()
            if name not in reached:
                reached.add(name)
                open_ += map(_normal, locked.get(name, {}).get("depends", []))
        return package in reached

    def unpinned(self) -> Iterator[Finding]:
        """Yield the packages from elsewhere that the page names without a version."""
        for name in self._reading.page.packages:
            bare = _normal(re.split(r"[^\w.-]", name)[0])
            if not name.endswith(".whl") and "==" not in name and self._locked and bare not in self._locked:
                text = f"each visit loads the newest {bare}, which Pyodide has not: name a version ({bare}==…)"
                yield Finding(self._reading.page.file, self._reading.page.loader_line, "warning", text)

    @cached_property
    def _locked(self) -> dict[str, Any] | None:
        """The packages of the Pyodide distribution by name; None if it is not here."""
        try:
            return {_normal(name): package for name, package in packages.locked().items()}
        except Problem:
            return None

    def _of_a_package(self, top: str, locked: dict[str, Any]) -> tuple[Level, str] | None:
        bringing = [
            name
            for name, package in locked.items()
            if any(imported.split(".")[0] == top for imported in package["imports"])
        ]
        if bringing:
            known = any(self.has(name) for name in bringing)
            return None if known else ("error", f"{top} is not loaded: add {bringing[0]} to data-packages")
        if self._brings_unknown or any(name not in locked for name in self._named):
            return None  # one of these may have it
        return "error", (
            f"there is no {top}: it is no module of the application, of the browser's Python or of Pyodide. "
            "If it is a package in plain Python, name it in data-packages"
        )


def _uses(module: Module, given: _Given) -> Iterator[Finding]:
    """Yield what imports but does not work in the browser, each once in a file."""
    reported = set()
    for name, line in module.uses:
        for beginning, advice in browser_python.UNWORKABLE.items():
            if beginning not in reported and (name == beginning or name.startswith(f"{beginning}.")):
                reported.add(beginning)
                yield Finding(module.file, line, "warning", f"{beginning.removeprefix('builtins.')}: {advice}")
    zone = next((line for name, line in module.uses if name in ("zoneinfo.ZoneInfo", "zoneinfo")), 0)
    if zone and not given.has("tzdata"):
        yield Finding(module.file, zone, "error", "zoneinfo knows no time zone here: add tzdata to data-packages")


def _opened(module: Module, reading: Reading) -> Iterator[Finding]:
    for name, line in module.opened:
        if name.removeprefix("./") in reading.files:
            text = f"Python has no {name}, which is beside the page: use await pyodide.http.pyfetch({name!r})"
            yield Finding(module.file, line, "error", text)


def _instead(advice: str) -> str:
    return f": {advice}" if advice else ""


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
