"""Packing: the files of an application as they are uploaded to a portal or to any static host."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from bx24py.dev import assets, distribution
from bx24py.dev.application import Application
from bx24py.dev.problem import Problem


def _snapshot() -> bytes:
    from bx24py.dev.snapshot import make  # which needs Playwright

    return make()


def pack(application: Application, out: Path, *, bundled: bool, snapshot: bool = False) -> None:
    """Write the application's folder, ready to upload: the author's files unchanged, and what they need.

    Args:
        application: the application.
        out: the folder to write. A former pack there is replaced.
        bundled: put the Pyodide distribution beside the page; else the page takes it from the public CDN.
        snapshot: put a snapshot of Python's memory beside the page, from which the first visit starts.

    Raises:
        Problem: the folder holds something else, or Pyodide is wanted and cannot be had.
    """
    pyodide = distribution.ensure() if bundled else None
    source, target = application.folder.resolve(), out.resolve()
    if target == source or source.is_relative_to(target):
        raise Problem(f"{out} holds the application itself: pack into another folder")
    files = [path for path in application.files() if not (source / path).resolve().is_relative_to(target)]
    made = application.made_files(_snapshot() if snapshot else None, beside=bundled)
    if target.exists():
        _clear(target)
    for path in files:
        _write(target / path, (source / path).read_bytes())
    for name, make in made.items():
        _write(target / name, make())
    if pyodide is not None and not (target / "pyodide").exists():
        shutil.copytree(pyodide, target / "pyodide")


def pack_zip(folder: Path, file: Path) -> None:
    """Put a packed folder into the .zip that the portal's upload form takes, index.html at its root."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                zipped.write(path, path.relative_to(folder).as_posix())


def _clear(folder: Path) -> None:
    if not folder.is_dir():
        raise Problem(f"{folder} is not a folder")
    if any(folder.iterdir()) and not (folder / assets.ARCHIVE).is_file():
        raise Problem(f"{folder} is not empty, and what is in it was not packed by bx24py: name another folder")
    shutil.rmtree(folder)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
