"""The npm libraries that an application of this repository uses in the browser, bundled.

A file `name-library.d.ts` says what the application takes from npm; esbuild bundles it as `name-library.js` beside it.
`bx24py setup` does so in a checkout, and the wheel has the bundled files. Which versions: `package-lock.json`.
"""

from __future__ import annotations

import subprocess
import tempfile
from functools import partial
from pathlib import Path

from bx24py.dev import assets, distribution
from bx24py.dev.loader import esbuild
from bx24py.dev.problem import Problem

_SUFFIX = "-library.d.ts"


def bundled(folder: Path) -> dict[str, bytes]:
    """Return the bundled libraries of an application's folder by name, or those that are kept.

    Raises:
        Problem: there is no esbuild, or it could not.
    """
    lock = (assets.folder("static").parent / "package-lock.json").read_bytes()
    made = {}
    for entry in sorted(folder.glob(f"*{_SUFFIX}")):
        name = entry.name.removesuffix(_SUFFIX)
        bundle = partial(_bundle, entry)
        made[f"{name}-library.js"] = distribution.kept(f"{name}-library", lock + entry.read_bytes(), bundle)
    return made


def build(folder: Path) -> None:
    """Write the bundled libraries of an application into its folder, where they are missing or old.

    A wheel has those of the demos already.

    Raises:
        Problem: there is no esbuild, or it could not.
    """
    if folder.is_relative_to(assets.PACKAGE):
        return
    for name, content in bundled(folder).items():
        target = folder / name
        if not target.is_file() or target.read_bytes() != content:
            target.write_bytes(content)


def _bundle(entry: Path) -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch, "library.js")
        options = ["--bundle", "--minify", "--format=esm", "--target=es2022", "--legal-comments=eof", "--loader:.ts=ts"]
        command = [esbuild(), str(entry), *options, "--log-level=warning", f"--outfile={out}"]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)  # noqa: S603
        if done.returncode:
            raise Problem(f"esbuild could not bundle {entry.name}: {done.stderr.strip()[-500:]}")
        return out.read_bytes()
