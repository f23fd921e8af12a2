"""The Pyodide distribution on the developer's machine: fetched once through npm, and kept in the user's folder.

Its files are checked against `pinned` after fetching and before each use.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from bx24py.dev import assets, pinned
from bx24py.dev.problem import Problem, say_once

FILES = tuple(pinned.PUBLISHED)
"""The files of the distribution that the loader needs."""


def version() -> str:
    """Return the version that the loader requires."""
    return pinned.VERSION


def home() -> Path:
    """Return the folder for fetched files: $BX24PY_HOME, or the user's data folder for bx24py."""
    return Path(os.environ.get("BX24PY_HOME") or click.get_app_dir("bx24py"))


def find() -> Path | None:
    """Return the folder of the distribution, or None if it has not been fetched."""
    folder = home() / f"pyodide-{version()}"
    return folder if all((folder / name).is_file() for name in pinned.KEPT) else None


def ensure() -> Path:
    """Return the folder of the distribution; fetch it first if it is missing.

    Raises:
        Problem: it is missing and cannot be fetched, or its files are not those of the pinned version.
    """
    folder = find()
    if folder is None:
        return _fetch()
    for name, expected in pinned.KEPT.items():
        if _sha256(folder / name) != expected:
            raise Problem(
                f"{folder / name} is not the file of Pyodide {version()}: it was changed or damaged. "
                f"Delete the folder {folder}, then run `bx24py setup`"
            )
    return folder


def files() -> dict[str, Path]:
    """Return the files of the distribution by name, without any others in its folder.

    Raises:
        Problem: as `ensure`.
    """
    folder = ensure()
    return {name: folder / name for name in pinned.KEPT}


def browser_archive() -> bytes:
    """Return the archive that the browser imports the package from: a gzipped .zip for zipimport.

    It comes with the wheel. In a checkout it is compiled once for each state of the modules. If that fails, it contains
    the sources, with a warning on stderr: the browser then compiles them at each start.
    """
    built = assets.PACKAGE / "static" / assets.ARCHIVE
    if built.is_file():
        return built.read_bytes()
    try:
        return compiled_archive()
    except Problem as problem:
        say_once(f"the package is not compiled, so pages start more slowly: {problem.message}")
    return assets.package_archive({name: source.encode() for name, source in assets.browser_sources().items()})


def compiled_archive() -> bytes:
    """Compile the package for the browser into a .zip of .pyc files, or return the cached one.

    Raises:
        Problem: there is neither a suitable Python, nor Node.js and Pyodide.
    """
    sources = assets.browser_sources()

    def compiled() -> bytes:
        return assets.package_archive(
            {f"{name}c": content for name, content in _compile(sources, reduced=True).items()}
        )

    return kept("package", _COMPILED_BY + json.dumps(sources).encode(), compiled)


def standard_library() -> bytes:
    """Return Python's standard library for the browser, compiled: a .zip for zipimport.

    The one of the distribution has sources. Python compiles those that it needs in each start, which takes three
    quarters of it. The wheel brings it, as it does the package. If it cannot be compiled, this returns b"", with a
    warning on stderr: the browser uses the other.
    """
    built = assets.PACKAGE / "static" / assets.STDLIB
    if built.is_file():
        return built.read_bytes()
    try:
        return compiled_library()
    except Problem as problem:
        say_once(f"the standard library is not compiled, so first visits start more slowly: {problem.message}")
    return b""


def compiled_library() -> bytes:
    """Compile the standard library of the distribution into a .zip of .pyc files, or return the cached one.

    Raises:
        Problem: as `compiled_archive`.
    """
    return kept("stdlib", _COMPILED_BY + pinned.KEPT[_STDLIB].encode(), _compile_library)


def _compile_library() -> bytes:
    with zipfile.ZipFile(ensure() / _STDLIB) as published:
        files = {name: published.read(name) for name in published.namelist()}
    sources = {_IN_BROWSER + name: files.pop(name).decode() for name in list(files) if name.endswith(".py")}
    for path, content in _compile(sources, reduced=False).items():
        files[f"{path.removeprefix(_IN_BROWSER)}c"] = content
    return assets.archive(files)


_COMPILER = Path(__file__).with_name("compiler.py")
_IN_NODE = _COMPILER.with_suffix(".mjs")
_COMPILED_BY = _COMPILER.read_bytes() + _IN_NODE.read_bytes()
_STDLIB = "python_stdlib.zip"
_IN_BROWSER = "/lib/python314.zip/"
"""Where Pyodide puts it, for tracebacks."""


def _compile(sources: Mapping[str, str], *, reduced: bool) -> dict[str, bytes]:
    """Compile with this Python if its .pyc files suit Pyodide, else with Pyodide in Node.js."""
    if importlib.util.MAGIC_NUMBER == pinned.MAGIC_NUMBER:
        command = [sys.executable, "-X", "no_debug_ranges", str(_COMPILER)]
    elif node := shutil.which("node"):
        command = [node, str(_IN_NODE), str(ensure())]
    else:
        raise Problem(f"that needs Python {pinned.PYTHON} or Node.js, and there is neither: install one")
    job = json.dumps({"sources": sources, "reduced": reduced})
    done = subprocess.run(command, input=job, capture_output=True, text=True, encoding="utf-8", check=False)  # noqa: S603
    if done.returncode:
        raise Problem(f"{command[0]} could not compile it: {done.stderr.strip()[-500:]}")
    files = {name: base64.b64decode(content) for name, content in json.loads(done.stdout).items()}
    if any(not content.startswith(pinned.MAGIC_NUMBER) for content in files.values()):
        raise Problem(f"the Python that compiled it is not that of Pyodide {version()}")
    return files


def kept(name: str, made_of: bytes, make: Callable[[], bytes]) -> bytes:
    """Return a slow result that depends on these bytes and on Pyodide; it is computed once and cached."""
    state = hashlib.sha256(version().encode() + made_of).hexdigest()[:16]
    file = home() / f"{name}-{state}.bin"
    if not file.is_file():
        content = make()
        home().mkdir(parents=True, exist_ok=True)
        for former in home().glob(f"{name}-*.bin"):
            former.unlink(missing_ok=True)
        with tempfile.NamedTemporaryFile(dir=home(), delete=False) as written:
            written.write(content)
        Path(written.name).replace(file)
    return file.read_bytes()


def _fetch() -> Path:
    target = home() / f"pyodide-{version()}"
    npm = shutil.which("npm")
    if npm is None:
        raise Problem(
            "no Pyodide on this machine, and no npm to fetch it: install Node.js (with npm), then run `bx24py setup`"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        folder = Path(scratch)
        _run(
            [npm, "pack", f"pyodide@{version()}", "--silent", "--ignore-scripts", "--pack-destination", scratch],
            "npm",
            "Pyodide",
        )
        with tarfile.open(next(folder.glob("pyodide-*.tgz"))) as packed:
            packed.extractall(folder, filter="data")
        ready = folder / "package"
        _check("npm", ready, pinned.PUBLISHED)
        _fetch_micropip(folder)
        _check("PyPI", folder, {pinned.MICROPIP: pinned.KEPT[pinned.MICROPIP]})
        (folder / pinned.MICROPIP).rename(ready / pinned.MICROPIP)
        _name_micropip(ready / pinned.LOCK_FILE)
        _check("bx24py", ready, pinned.KEPT)
        for path in ready.iterdir():
            if path.name not in pinned.KEPT:
                path.unlink()
        shutil.rmtree(target, ignore_errors=True)  # an incomplete one
        ready.rename(target)
    return target


def _check(source: str, folder: Path, expected: Mapping[str, str]) -> None:
    """Check that the files are those of the pinned version.

    Raises:
        Problem: one is not, or is missing.
    """
    for name, sha256 in expected.items():
        path = folder / name
        if not path.is_file():
            raise Problem(f"{source} has no {name} of Pyodide {version()}; nothing was kept")
        if (found := _sha256(path)) != sha256:
            raise Problem(
                f"{source} has a {name} that is not that of Pyodide {version()}; nothing was kept. "
                f"Its SHA-256 is {found}, expected {sha256}: ask whoever runs your registry or proxy"
            )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch_micropip(folder: Path) -> None:
    """Fetch the wheel that `data-packages` needs, in the version of the lock file."""
    options = ["--quiet", "--no-deps", "--only-binary=:all:", "--python-version", pinned.PYTHON, "--dest", str(folder)]
    command = [sys.executable, "-m", "pip", "download", *options, f"micropip=={pinned.MICROPIP_VERSION}"]
    _run(command, "pip", "micropip")


def _name_micropip(lock_file: Path) -> None:
    """Put PyPI's build of micropip into the lock file, which Pyodide checks it with: the published one has another."""
    text = lock_file.read_text(encoding="utf-8")
    lock_file.write_bytes(text.replace(pinned.PUBLISHED_MICROPIP, pinned.KEPT[pinned.MICROPIP]).encode())


def _run(command: list[str], name: str, what: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Problem(f"{name} could not fetch {what}: {said[-1] if said else f'exit status {done.returncode}'}")
