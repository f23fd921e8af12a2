"""The files of bx24py itself: inside the package when installed from a wheel, beside it in a checkout."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import bx24py

PACKAGE = Path(bx24py.__file__).resolve().parent


def folder(name: str) -> Path:
    """Return the folder `static` or `demo`."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


LOADER_FILES = ("bx24py.js", "bx24py-xhr.js")
"""What an application's page loads, beside the archive of the package."""

ARCHIVE = "bx24py.zip"
"""The package as the loader fetches it."""


def browser_archive() -> bytes:
    """Make the archive that the browser unpacks: the package's top level, without what is for developers."""
    return archive({f"bx24py/{path.name}": path.read_bytes() for path in sorted(PACKAGE.glob("*.py"))})


def archive(files: dict[str, bytes]) -> bytes:
    """Make a .zip of these files, the same bytes each time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zipped:
        for name, content in files.items():
            zipped.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
