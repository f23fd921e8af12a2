"""Packages: what a cell imports of the Pyodide distribution is loaded before it runs, and `install` brings others.

`%pip install` and `micropip.install` in a cell are this `install`.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.machinery import ModuleSpec
from types import FrameType, ModuleType
from typing import Any

import js
import magics
import pyodide_js
from page_text import page_text
from pyodide.code import find_imports
from pyodide.ffi import create_proxy
from work import working

_quiet = create_proxy(lambda *_: None)
"""Keeps what Pyodide says of its work out of the browser's log."""

_failures: dict[str, str] = {}
"""Why packages of the distribution could not be loaded, by the modules they have."""


class PackageError(ValueError):
    """A package cannot be installed; the text says why."""


async def prepare(code: str, filename: str) -> str:
    """Return a cell's code as Python, after what it imports of the distribution has been loaded.

    Raises:
        SyntaxError: a `%` or `!` command that there is not.
    """
    code = magics.python(code, filename)
    imports = find_imports(code)
    if "micropip" in imports:
        await micropip()
    missing = [module for module in imports if not is_there(module)]
    wanted = {module: name for module in missing if (name := _of_distribution(module))}
    if wanted:
        reason = await _load(sorted(set(wanted.values())))
        for module in wanted:
            _failures.pop(module, None)
            if not is_there(module):
                _failures[module] = reason
    return code


async def install(requirements: str | list[str], *more: Any, **options: Any) -> None:
    """Install packages, with progress below the cell: names such as `phonenumbers` or `words==1.0`, or URLs of wheels.

    The other arguments are those of `micropip.install`.

    Raises:
        PackageError: one cannot be had; the text says why.
    """
    installer = await micropip()
    names = [requirements] if isinstance(requirements, str) else list(map(str, requirements))
    if len(names) > 1 and not more:  # micropip looks for all at once: one may need what another limits
        options.setdefault("constraints", [name for name in names if "/" not in name])
    with working(f"pip install {' '.join(names)}"), _refusals() as refused:
        try:
            await installer.own_install(requirements, *more, **options)
        except Exception as error:
            raise PackageError(await _why(names, error, refused)) from error
    importlib.invalidate_caches()
    for name in names:  # Pyodide only logs that a file of the distribution did not arrive
        package = _package(name)
        if package in _locked() and not _is_installed(package):
            raise PackageError(await _why_not_loaded(package, []))


async def micropip() -> Any:
    """Return micropip, loaded when it is first needed. Its `install` is the one above."""
    if not is_there("micropip"):
        with working("micropip"):
            await pyodide_js.loadPackage("micropip", messageCallback=_quiet, errorCallback=_quiet)
        importlib.invalidate_caches()
        if not is_there("micropip"):
            raise PackageError(page_text("package_no_micropip"))
    module: Any = importlib.import_module("micropip")
    if not hasattr(module, "own_install"):
        index = _index()
        if index:
            module.set_index_urls(index.rstrip("/"))
        module.own_install, module.install = module.install, install
    return module


async def _load(names: list[str]) -> str:
    """Load packages of the distribution; return why some of them did not come."""
    with working(", ".join(names)), _refusals() as refused:
        with suppress(Exception):  # whether they came is seen below
            await pyodide_js.loadPackage(names, messageCallback=_quiet, errorCallback=_quiet)
        importlib.invalidate_caches()
        missing = next((name for name in names if not _is_installed(name)), None)
        return await _why_not_loaded(missing, refused) if missing else ""


async def _why(names: list[str], error: Exception, refused: list[str]) -> str:
    """Say why an installation failed."""
    wanted = ", ".join(names)
    if refused:
        return _refused(wanted, refused)
    said = str(error)
    found = re.search(r"(?:wheel for|metadata for) '?([^'\s]+)", said)
    name = _package(found[1]) if found else _package(names[0]) if len(names) == 1 and "/" not in names[0] else ""
    if "pure Python 3 wheel" in said:
        return page_text("package_no_wheel", name=name)
    index = _index()
    if name:
        pages = index.rstrip("/") or importlib.import_module("micropip.package_index").DEFAULT_INDEX_URLS[0]
        status, text = await _ask(f"{pages}/{name}/")
        if refused:
            return _refused(wanted, refused)
        if status == 404:
            return text if index and text else page_text("package_unknown", name=name)
        if not status:
            return page_text("package_no_index", name=wanted)
    return f"{wanted}: {said.splitlines()[0] if said else type(error).__name__}"


async def _why_not_loaded(name: str, refused: list[str]) -> str:
    """Say why a package of the distribution did not come."""
    if refused:
        return _refused(name, refused)
    base = str(pyodide_js._api.config.packageBaseUrl)
    status, text = await _ask(base + _locked()[name])
    if refused:
        return _refused(name, refused)
    if status == 404:
        local = bool(_index()) and text
        return text if local else page_text("package_no_file", name=name)
    if not status:
        return page_text("package_no_host", name=name, host=base)
    return page_text("package_status", name=name, status=status)


def _refused(names: str, refused: list[str]) -> str:
    return page_text("package_policy", name=names, host=refused[0])


async def _ask(address: str) -> tuple[int, str]:
    """Return the status of an answer and its text if it is plain; 0 if none comes."""
    from pyodide.http import pyfetch  # here, as it would make the start longer

    try:
        answer = await pyfetch(address)
        plain = "text/plain" in answer.headers.get("content-type", "")
        return answer.status, (await answer.string()).strip() if plain else ""
    except Exception:
        return 0, ""


@contextmanager
def _refusals() -> Iterator[list[str]]:
    """Collect the hosts that the page's Content-Security-Policy refuses meanwhile."""
    hosts: list[str] = []
    note = create_proxy(lambda event: hosts.append(str(event.blockedURI)))
    js.document.addEventListener("securitypolicyviolation", note)
    try:
        yield hosts
    finally:
        js.document.removeEventListener("securitypolicyviolation", note)
        note.destroy()


def _index() -> str:
    """The index of packages of the local portal; empty elsewhere."""
    packed = getattr(js, "bx24pyPacked", None)
    index = getattr(packed, "index", "") or ""
    return str(js.URL.new(index, js.document.baseURI).href) if index else ""


def _locked() -> dict[str, str]:
    """The packages of the distribution, with the names of their files."""
    if not _locked_packages:
        for name, package in pyodide_js.lockfile.packages.to_py().items():
            _locked_packages[name] = package["file_name"]
            _modules.update(dict.fromkeys(package["imports"], name))
    return _locked_packages


_locked_packages: dict[str, str] = {}
_modules: dict[str, str] = {}


def _of_distribution(module: str) -> str:
    """The package of the distribution that has this module; empty if none has."""
    _locked()
    return _modules.get(module, "")


def _package(requirement: str) -> str:
    found = re.match(r"[\w.-]*", requirement)
    return re.sub(r"[-_.]+", "-", found[0] if found else "").lower()


def is_there(module: str) -> bool:
    """Return whether a module can be imported."""
    if module in sys.modules:
        return True
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _is_installed(package: str) -> bool:
    from importlib.metadata import PackageNotFoundError, distribution  # here, as it would make the start longer

    try:
        distribution(package)
    except PackageNotFoundError:
        return any(_modules[module] == package and is_there(module) for module in _modules)
    return True


class _NotFound:
    """The last finder of modules: says how a module that is not there can be had."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, _: ModuleType | None = None) -> ModuleSpec | None:
        if path is not None or "." in name or not _asked_by_cell():
            return None
        package = _of_distribution(name)
        advice = page_text("package_install", name=package or name)
        if name in _failures:
            advice = page_text("package_failed", reason=_failures[name], name=package)
        error = ModuleNotFoundError(f"No module named '{name}'. {advice}", name=name)
        error._PYODIDE_ADDED_NOTE = True  # type: ignore[attr-defined]  # else Pyodide adds its own advice
        raise error


def _asked_by_cell() -> bool:
    """Whether the import stands in the code of a cell."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and "importlib._bootstrap" in frame.f_code.co_filename:
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename.startswith("<cell ")


sys.meta_path.append(_NotFound)
