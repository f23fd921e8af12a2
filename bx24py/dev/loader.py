"""The loader as a page loads it: few files, though it is written as many.

`bx24py.js`, `bx24py-xhr.js` and `bx24py-snapshot.js` import modules of the folder `bx24py/`. esbuild bundles each of
them with its modules: when the wheel is built, and in a checkout where `npm ci` has brought it. Without it a page loads
all modules, slower.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from bx24py.dev import assets, distribution
from bx24py.dev.problem import Problem, say_once

ONLY_LOADER = ("bx24py.js", "bx24py-snapshot.js")
"""What a page without the loader does not need."""

FILES = (*ONLY_LOADER, "bx24py-xhr.js", "bx24py-worker.js")
"""What a page loads, beside the archive of the package."""

BUNDLES = ("bx24py.js", "bx24py-xhr.js", "bx24py-snapshot.js")
"""Those that are bundled."""

BUNDLED = "bundled"
"""The folder of the bundled files in a wheel's `static`."""


def files() -> dict[str, bytes]:
    """Return the loader's files by name. Where they cannot be bundled, stderr says so, and there are more of them."""
    built = assets.folder("static") / BUNDLED
    if built.is_dir():
        return _sources() | {name: (built / name).read_bytes() for name in BUNDLES}
    try:
        return _sources() | bundled()
    except Problem as problem:
        say_once(f"the loader is not bundled, so pages start more slowly: {problem.message}")
    return _sources() | _modules()


def with_settings(loader: bytes, *, snapshot: str, stdlib: str, beside: bool, index: str = "") -> bytes:
    """Return the loader with a first line that says what was packed: see `packed` in static/bx24py/page.js.

    Args:
        loader: the content of `bx24py.js`.
        snapshot: the name of a snapshot of Python's memory beside it; "" for none.
        stdlib: the name of the compiled standard library beside it, with its version; "" for none.
        beside: whether Pyodide may be beside the page.
        index: where micropip finds packages, in the local portal.
    """
    settings = json.dumps({"snapshot": snapshot, "stdlib": stdlib, "beside": beside, "index": index})
    return f"globalThis.bx24pyPacked = {settings};\n".encode() + loader


def bundled() -> dict[str, bytes]:
    """Bundle what is written as several modules, or return what is kept.

    Raises:
        Problem: there is no esbuild, or it could not.
    """
    sources = _sources() | _modules()
    content = distribution.kept("loader", b"\0".join(sources.values()), _bundle)
    return {name: text.encode() for name, text in json.loads(content).items()}


def esbuild() -> str:
    """Return the path of esbuild.

    Raises:
        Problem: there is none.
    """
    found = shutil.which("esbuild", path=assets.folder("static").parent / "node_modules" / ".bin")
    if found is None:
        raise Problem("that needs Node.js and esbuild, which `npm ci` in the checkout brings")
    return found


def _sources() -> dict[str, bytes]:
    return {name: (assets.folder("static") / name).read_bytes() for name in FILES}


def _modules() -> dict[str, bytes]:
    folder = assets.folder("static") / "bx24py"
    return {f"bx24py/{path.name}": path.read_bytes() for path in sorted(folder.glob("*.js"))}


def _bundle() -> bytes:
    static = assets.folder("static")
    with tempfile.TemporaryDirectory() as scratch:
        options = ["--bundle", "--format=esm", "--target=es2022", "--charset=utf8", "--log-level=warning"]
        command = [esbuild(), *BUNDLES, *options, f"--outdir={scratch}"]
        done = subprocess.run(command, cwd=static, capture_output=True, text=True, encoding="utf-8", check=False)  # noqa: S603
        if done.returncode:
            raise Problem(f"esbuild could not bundle it: {done.stderr.strip()[-500:]}")
        return json.dumps({name: Path(scratch, name).read_text(encoding="utf-8") for name in BUNDLES}).encode()
