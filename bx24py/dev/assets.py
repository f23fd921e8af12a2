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


LOADER_FILES = ("bx24py.js", "bx24py-guard.js", "bx24py-pyodide.js", "bx24py-xhr.js", "bx24py-snapshot.js")
"""What an application's page loads, beside the archive of the package."""

ARCHIVE = "bx24py.bin"
"""The package as the loader fetches it: its modules compiled, see `compile.mjs`."""

MANIFEST = "bx24py-files.json"
"""Where `bx24py pack` lists what it packed, in the folder that it wrote."""

SNAPSHOT = "bx24py-snapshot.bin"
"""Python's memory, where `bx24py pack --snapshot` made a snapshot of it."""


def browser_modules() -> dict[str, str]:
    """Give what runs in the browser, the package's top level: names and sources."""
    return {_module(path): path.read_text(encoding="utf-8") for path in sorted(PACKAGE.glob("*.py"))}


def _module(path: Path) -> str:
    return "bx24py" if path.stem == "__init__" else f"bx24py.{path.stem}"


def archive(files: dict[str, bytes]) -> bytes:
    """Make a .zip of these files, the same bytes each time from the same content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zipped:
        for name, content in files.items():
            zipped.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
