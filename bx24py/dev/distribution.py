"""The Pyodide distribution on the developer's machine: fetched once through npm, kept in the user's own folder."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from bx24py.dev import assets
from bx24py.dev.problem import Problem

FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
"""What the loader needs of the distribution."""


def version() -> str:
    """Return the one version that the loader is made for."""
    loader = (assets.folder("static") / "bx24py.js").read_text(encoding="utf-8")
    found = re.search(r'PYODIDE_VERSION = "([^"]+)"', loader)
    assert found, "the loader names its version of Pyodide"
    return found[1]


def home() -> Path:
    """Return the folder for what is fetched: $BX24PY_HOME, or the user's folder for this application's data."""
    return Path(os.environ.get("BX24PY_HOME") or click.get_app_dir("bx24py"))


def find() -> Path | None:
    """Return the folder of the distribution, or None when it has not been fetched."""
    folder = home() / f"pyodide-{version()}"
    return folder if all((folder / name).is_file() for name in FILES) else None


def ensure() -> Path:
    """Return the folder of the distribution; fetch it first when it is not there.

    Raises:
        Problem: there is none, and it cannot be fetched.
    """
    return find() or _fetch()


def browser_archive() -> bytes:
    """Make the archive from which the browser imports the package: its modules compiled.

    Only Pyodide's own Python can compile for itself, so it runs in Node.js, once for each state of the modules.

    Raises:
        Problem: there is no Pyodide, or no Node.js to run it.
    """
    compiler = Path(__file__).with_name("compile.mjs")
    source = json.dumps(assets.browser_modules())

    def compiled() -> bytes:
        distribution = ensure()
        node = shutil.which("node")
        if node is None:
            raise Problem("no Node.js on this machine, which compiles the package for the browser: install it")
        command = [node, str(compiler), str(distribution)]
        done = subprocess.run(command, input=source, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise Problem(f"node could not compile the package for the browser: {done.stderr.strip()[-500:]}")
        return base64.b64decode(done.stdout)

    return kept("package", compiler.read_bytes() + source.encode(), compiled)


def kept(name: str, made_of: bytes, make: Callable[[], bytes]) -> bytes:
    """Give what takes long to make and depends on these bytes and on Pyodide; it is made once, and kept."""
    state = hashlib.sha256(version().encode() + made_of).hexdigest()[:16]
    file = home() / f"{name}-{state}.bin"
    if not file.is_file():
        content = make()
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
            "no Pyodide on this machine and no npm to fetch it: install Node.js (it brings npm), then `bx24py setup`"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        folder = Path(scratch)
        _run([npm, "pack", f"pyodide@{version()}", "--silent", "--pack-destination", scratch], "npm", "Pyodide")
        with tarfile.open(next(folder.glob("pyodide-*.tgz"))) as packed:
            packed.extractall(folder, filter="data")
        unpacked = folder / "package"
        _fetch_micropip(unpacked)
        ready = folder / "ready"
        ready.mkdir()
        for name in (*FILES, *(path.name for path in unpacked.glob("micropip-*.whl"))):
            (unpacked / name).rename(ready / name)
        shutil.rmtree(target, ignore_errors=True)  # an incomplete one
        ready.rename(target)
    return target


def _fetch_micropip(folder: Path) -> None:
    """Fetch the wheel that `data-packages` needs, of the version that the lock file names.

    The lock file has the hash of another build of the same version; Pyodide checks it, so it becomes this one's.
    """
    lock_file = folder / "pyodide-lock.json"
    lock = json.loads(lock_file.read_text(encoding="utf-8"))
    package = lock["packages"]["micropip"]
    python = ".".join(lock["info"]["python"].split(".")[:2])
    options = ["--quiet", "--no-deps", "--only-binary=:all:", "--python-version", python, "--dest", str(folder)]
    _run([sys.executable, "-m", "pip", "download", *options, f"micropip=={package['version']}"], "pip", "micropip")
    wheel = folder / package["file_name"]
    package["sha256"] = hashlib.sha256(wheel.read_bytes()).hexdigest()
    lock_file.write_text(json.dumps(lock), encoding="utf-8")


def _run(command: list[str], name: str, what: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Problem(f"{name} could not fetch {what}: {said[-1] if said else f'exit status {done.returncode}'}")
