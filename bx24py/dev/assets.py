"""The files of bx24py itself: inside the package if installed from a wheel, next to it in a checkout."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import bx24py

PACKAGE = Path(bx24py.__file__).resolve().parent


def folder(name: str) -> Path:
    """Return the folder `static` or `demo`."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


ARCHIVE = "bx24py.zip.gz"
"""The package as the loader fetches it: a .zip for Python's zipimport, gzipped."""

STDLIB = "bx24py-stdlib.zip"
"""Python's standard library, compiled: the one of Pyodide has sources, which Python would compile in each start."""

MANIFEST = "bx24py-files.json"
"""The list of packed files that `bx24py pack` writes into its folder."""

SNAPSHOT = "bx24py-snapshot.bin"
"""The snapshot of Python's memory that `bx24py pack --snapshot` makes."""


_NOT_IN_BROWSER = {"dev", "static", "demo", "__main__.py"}


def browser_sources() -> dict[str, str]:
    """Return the sources that run in the browser by file name: the package without `dev` and its command line."""
    files = {path.relative_to(PACKAGE): path for path in sorted(PACKAGE.rglob("*.py"))}
    return {
        f"{PACKAGE.name}/{name.as_posix()}": path.read_text(encoding="utf-8")
        for name, path in files.items()
        if name.parts[0] not in _NOT_IN_BROWSER
    }


def package_archive(files: dict[str, bytes]) -> bytes:
    """Return the archive that the loader fetches. One .gz of all files is a fifth smaller than compressing each."""
    return gzip.compress(archive(files, zipfile.ZIP_STORED), mtime=0)


def archive(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a .zip of these files; the same content always gives the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression, compresslevel=9) as zipped:
        for name, content in files.items():
            zipped.writestr(zipfile.ZipInfo(name), content, compression)
    return buffer.getvalue()
