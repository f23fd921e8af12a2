"""The files of bx24py itself: inside the package when installed from a wheel, beside it in a checkout."""

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
"""The package as the loader fetches it: a .zip from which Python's zipimport imports it, compressed as a whole."""

MANIFEST = "bx24py-files.json"
"""Where `bx24py pack` lists what it packed, in the folder that it wrote."""

SNAPSHOT = "bx24py-snapshot.bin"
"""Python's memory, where `bx24py pack --snapshot` made a snapshot of it."""


_NOT_IN_BROWSER = {"dev", "static", "demo"}


def browser_sources() -> dict[str, str]:
    """Return what runs in the browser, all of the package but its part for developers: names of files and sources."""
    files = {path.relative_to(PACKAGE): path for path in sorted(PACKAGE.rglob("*.py"))}
    return {
        f"{PACKAGE.name}/{name.as_posix()}": path.read_text(encoding="utf-8")
        for name, path in files.items()
        if name.parts[0] not in _NOT_IN_BROWSER
    }


def package_archive(files: dict[str, bytes]) -> bytes:
    """Make the archive that the loader fetches. One .gz of all files is a fifth smaller than each compressed alone."""
    return gzip.compress(archive(files, zipfile.ZIP_STORED), mtime=0)


def archive(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Make a .zip of these files, the same bytes each time from the same content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression, compresslevel=9) as zipped:
        for name, content in files.items():
            zipped.writestr(zipfile.ZipInfo(name), content, compression)
    return buffer.getvalue()
