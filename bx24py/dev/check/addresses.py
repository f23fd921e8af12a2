"""Addresses that lead nowhere in a portal: files that are missing, absolute addresses, addresses of this machine."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from bx24py.dev.check.finding import Finding, Reference
from bx24py.dev.check.reading import PAGE, Reading
from bx24py.dev.contents import starts_itself

_OWN_MACHINE = re.compile(r"localhost|127(\.\d+){3}|0\.0\.0\.0|\[?::1\]?|.*\.localhost")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]|\\")


def judge(reading: Reading) -> Iterator[Finding]:
    """Yield what is wrong with the addresses in an application's files."""
    yield from _judge_loader(reading)
    for one in reading.references:
        if text := _problem(one, reading):
            yield Finding(one.file, one.line, "error", text)


def _judge_loader(reading: Reading) -> Iterator[Finding]:
    if starts_itself(reading.folder / PAGE):
        return
    page = reading.page
    if not page.loader:
        tag = '<script type="module" src="bx24py.js" data-app="app.py"></script>'
        yield Finding(PAGE, 0, "error", f"it does not start bx24py: it needs {tag}")
        return
    if page.loader.get("type", "").lower() != "module":
        yield Finding(PAGE, page.loader_line, "error", 'the loader is a module: its tag needs type="module"')
    if not page.library_line:
        tag = '<script src="//api.bitrix24.com/api/v1/"></script>'
        text = f"it does not load the portal's library, unless a script does: it needs {tag}"
        yield Finding(PAGE, 0, "warning", text)
    pyodide = page.loader.get("data-pyodide", "")
    if _OWN_MACHINE.fullmatch(urlsplit(pyodide).hostname or ""):
        yield Finding(PAGE, page.loader_line, "warning", f"{pyodide} is on your own machine only")
    if reading.archive in reading.made and "app.py" not in reading.left_out:
        yield Finding(
            PAGE, page.loader_line, "error", f"{reading.archive} is made of the modules, but there is no app.py"
        )


def _problem(reference: Reference, reading: Reading) -> str:
    """Return what is wrong with an address; "" if nothing is."""
    address = reference.address.strip()
    if _DRIVE.match(address):
        return f"{address} is a file of this machine: write an address inside the application, with /"
    try:
        parts = urlsplit(address)
    except ValueError:
        return f"{address} is no address"
    if parts.scheme == "file":
        return f"{address} is a file of this machine: write an address inside the application"
    if parts.hostname and reference.whole | bool(parts.path) and _OWN_MACHINE.fullmatch(parts.hostname):
        return f"{address} is on your own machine only"
    if parts.scheme in ("http", "ws") and reference.directive:
        return (
            f"{address} is not sent: a portal is https, and browsers block {parts.scheme} in it; write {parts.scheme}s"
        )
    if parts.scheme or parts.netloc or not parts.path or not reference.whole:
        return f"{address}{_ABSOLUTE}" if not reference.whole and address.startswith("/") and not parts.netloc else ""
    if parts.path.startswith("/"):
        return f"{address}{_ABSOLUTE}: write {address.lstrip('/') or './'}"
    return _missing(parts.path, reference, reading)


_ABSOLUTE = " begins at the root of the host, and a portal has the application in a folder"


def _missing(path: str, reference: Reference, reading: Reading) -> str:
    """Return why a relative address leads to nothing; "" if it leads to a file."""
    name = posixpath.normpath(posixpath.join(posixpath.dirname(reference.base), unquote(path)))
    if name.startswith(".."):
        return f"{path} leads out of the application's folder, of which everything else stays here"
    if path.endswith("/") or name == ".":
        name = posixpath.normpath(f"{name}/{PAGE}")
    if name in reading.files or name in reading.made or name.startswith(("pyodide/", "bx24py/")):
        return ""
    for left_out in reading.left_out.values():
        if left_out.name == name or (left_out.name.endswith("/") and name.startswith(left_out.name)):
            if left_out.archived:
                return f"{name} is only {left_out.reason}: name it otherwise than .py, or read it with open() in Python"
            return f"{name} is not uploaded ({left_out.reason}): move it, or add !{name} to .bx24pyignore"
    if f"{name}/{PAGE}" in reading.files:
        return ""
    for other in (*reading.files, *reading.made):
        if other.lower() == name.lower():
            return f"there is no {name}, but {other}: hosts tell capital letters from small ones"
    return f"there is no {name}"
