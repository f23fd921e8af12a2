"""Python packages for applications in the local portal, brought when a page asks for them.

A package of the Pyodide distribution comes from the distribution's public host and must have the SHA-256 of the lock
file. Any other, and a plain one where that host cannot be reached, comes through pip, from the index that pip is set up
for. micropip in the page finds them here: `pyodide/simple/` is an index of packages.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from bx24py.dev import distribution, pinned

HOST = f"https://cdn.jsdelivr.net/pyodide/v{pinned.VERSION}/full/"
"""Where the packages of the distribution are, as in static/bx24py/python.js."""

INDEX = "simple/"
"""The folder of the index, beside the distribution's files."""

INDEX_TYPE = "application/vnd.pypi.simple.v1+json"

SECONDS = 20
"""How long the host may take to begin its answer."""

_PLAIN = "none-any.whl"
"""The end of the name of a wheel without compiled code."""

_INDEXED = re.compile(
    r"simple/([a-z0-9][a-z0-9._-]*)/(?:[a-z0-9._]+-([a-z0-9][a-z0-9.!+_]*)-py3-none-any\.whl)?", re.IGNORECASE
)
_PIP = ("--disable-pip-version-check", "--no-input", "--only-binary=:all:", "--python-version", pinned.PYTHON)
_ANYWHERE = ("--platform", "any", "--implementation", "py", "--abi", "none")


class MissingPackageError(Exception):
    """A package cannot be had; the message says why."""


class Packages:
    """What a page may ask for below `pyodide/`, besides the distribution's own files."""

    def get(self, name: str, address: str) -> tuple[Path | bytes, str]:
        """Return a file, or its content, and its type.

        Args:
            name: the path below `pyodide/`.
            address: the URL of the request.

        Raises:
            MissingPackageError: it cannot be had.
            KeyError: there is no such file.
        """
        if found := _INDEXED.fullmatch(name):
            package, version = found[1], found[2]
            if version is None:
                return json.dumps(_listing(package, address)).encode(), INDEX_TYPE
            return plain(package, version), "application/zip"
        if "/" not in name and name in _by_file():
            return of_distribution(_by_file()[name]), "application/zip"
        raise KeyError(name)


def locked() -> dict[str, Any]:
    """Return the packages of the distribution, by name, as its lock file describes them."""
    file = distribution.ensure() / pinned.LOCK_FILE
    packages: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["packages"]
    return packages


@cache
def _by_file() -> dict[str, str]:
    """Return the packages of the distribution by their files."""
    return {package["file_name"]: name for name, package in locked().items()}


def of_distribution(name: str) -> Path:
    """Return the file of a package of the distribution, with the content that the lock file wants.

    Raises:
        MissingPackageError: it could not be fetched, or is another.
    """
    package = locked()[name]
    file = str(package["file_name"])
    kept = distribution.home() / f"packages-{pinned.VERSION}" / file
    if kept.is_file() and _sha256(kept.read_bytes()) == package["sha256"]:
        return kept
    why = _unreachable()
    if not why:
        try:
            with urllib.request.urlopen(HOST + file, timeout=SECONDS) as answer:  # noqa: S310
                content: bytes = answer.read()
        except (urllib.error.URLError, OSError) as error:
            why = str(getattr(error, "reason", error))
    if why:
        raise MissingPackageError(
            f"{name} is part of the Pyodide distribution and could not be fetched from {HOST}: {why}. "
            f"Put {file} into {kept.parent}, or go online"
        )
    if _sha256(content) != package["sha256"]:
        raise MissingPackageError(f"{HOST}{file} is not the file that the lock file of Pyodide names")
    _write(kept, content)
    return kept


def with_dependencies(names: Iterable[str]) -> dict[str, Path]:
    """Return the files of packages of the distribution and of what they need from it; others are left out.

    Raises:
        MissingPackageError: one could not be fetched, or is another.
    """
    packages, files, open_ = locked(), {}, [re.sub(r"[-_.]+", "-", name) for name in names]
    while open_:
        name = open_.pop()
        if name in packages and name != "micropip" and packages[name]["file_name"] not in files:
            files[packages[name]["file_name"]] = of_distribution(name)
            open_ += packages[name].get("depends", [])
    return files


@cache
def _unreachable() -> str:
    """Return why the distribution's host cannot be reached; empty if it can. It is asked once."""
    request = urllib.request.Request(HOST + pinned.LOCK_FILE, method="HEAD")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310
            return ""
    except urllib.error.HTTPError:
        return ""
    except (urllib.error.URLError, OSError) as error:
        return str(getattr(error, "reason", error))


@cache
def plain(name: str, version: str = "") -> Path:
    """Return the wheel of a package without compiled code: of a version, or the newest.

    Raises:
        MissingPackageError: pip could not bring it.
    """
    folder = distribution.home() / "wheels"
    wanted = f"{name}=={version}" if version else name
    if version and (kept := _kept(folder, name, version)):
        return kept
    with tempfile.TemporaryDirectory() as scratch:
        problem = _pip("download", "--quiet", "--no-deps", *_PIP, *_ANYWHERE, "--dest", scratch, wanted)[1]
        for wheel in Path(scratch).glob("*.whl"):
            _write(folder / wheel.name, wheel.read_bytes())
            return folder / wheel.name
    if kept := _kept(folder, name, version):  # without a network, what has been here before
        return kept
    raise MissingPackageError(
        f"{wanted} could not be had as a package without compiled code for Python {pinned.PYTHON}: {problem}"
    )


def _kept(folder: Path, name: str, version: str) -> Path | None:
    stem = re.sub(r"[-_.]+", "_", name).lower()
    found = [
        file
        for file in folder.glob(f"*{_PLAIN}")
        if file.name.lower().split("-")[0] == stem and version in ("", file.name.split("-")[1])
    ]
    return max(found, key=lambda file: file.stat().st_mtime, default=None)


def _listing(name: str, address: str) -> dict[str, Any]:
    """Return what the index says about a package: the versions that can be had without compiled code."""
    name = re.sub(r"[-_.]+", "-", name).lower()
    if name in locked():
        version = locked()[name]["version"]
        try:
            of_distribution(name)
        except MissingPackageError:
            if not locked()[name]["file_name"].endswith(_PLAIN):
                raise
            plain(name, version)
            versions = [version]
        else:
            raise MissingPackageError(f"{name} is part of the Pyodide distribution")  # micropip takes it from there
    else:
        versions = _versions(name)
    files = [f"{name.replace('-', '_')}-{version}-py3-none-any.whl" for version in versions]
    return {
        "meta": {"api-version": "1.1"},
        "name": name,
        "versions": versions,
        "files": [{"filename": file, "url": address + file, "hashes": {}} for file in files],
    }


@cache
def _versions(name: str) -> list[str]:
    """Return the versions of a package, from the newest that has a wheel without compiled code."""
    newest = plain(name).name.split("-")[1]
    said, _ = _pip("index", "versions", name, *_PIP, *_ANYWHERE)
    listed = re.search(r"^Available versions: (.+)$", said, re.MULTILINE)
    versions = listed[1].split(", ") if listed else []
    return versions[versions.index(newest) :] if newest in versions else [newest]


def _pip(*arguments: str) -> tuple[str, str]:
    """Run pip and return its output, and the last line of its errors."""
    command = [sys.executable, "-m", "pip", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()
    return done.stdout, lines[-1].removeprefix("ERROR: ") if lines else "pip said nothing"


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as written:
        written.write(content)
    Path(written.name).replace(file)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
