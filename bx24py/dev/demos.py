"""The demonstrations that come with the package: one folder each."""

from __future__ import annotations

from pathlib import Path

from bx24py.dev import assets, libraries
from bx24py.dev.contents import page_title
from bx24py.dev.problem import Problem


def titles() -> dict[str, str]:
    """Return the demonstrations by name, with the titles of their pages."""
    folders = sorted(page.parent for page in assets.folder("demo").glob("*/index.html"))
    return {folder.name: page_title(folder / "index.html") for folder in folders}


def find(name: str) -> Path:
    """Return the folder of a demonstration, complete with the npm libraries that it uses.

    Raises:
        Problem: there is none with this name, or its libraries cannot be bundled.
    """
    if name not in titles():
        raise Problem(f"no such demonstration: {name}; there are {', '.join(titles())}")
    folder = assets.folder("demo") / name
    libraries.build(folder)
    return folder
