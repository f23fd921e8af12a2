"""A new application, made from a template: a folder of plain files in `templates`, besides those in `_common`.

A template with the name of a demonstration has its files as well.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from bx24py.dev import demos
from bx24py.dev.problem import Problem

TEMPLATES = {
    "page": "the smallest: greets the user, lists a few deals",
    "list": "all deals, with progress, a chart, a search and a CSV file",
    "deal-tab": "a tab on the card of each deal, with its installation",
    "settings": "options of the user and of the application, dialogs of the portal",
    "console": "a Python console: cells, tables, charts, changes that are asked about",
}
"""What each template shows, by its name."""

FOLDER = Path(__file__).with_name("templates")

_NAME = re.compile(r"[^\W_][\w.-]{0,99}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # by Windows
_NOT_COPIED = shutil.ignore_patterns("__pycache__", ".*_cache", "*-library.d.ts")
"""What tools leave in a folder, and what npm libraries are bundled from: the application has them bundled."""


def create(name: str, template: str, parent: Path) -> Path:
    """Make a new application and return its folder.

    Args:
        name: of the folder.
        template: one of `TEMPLATES`.
        parent: the folder to make it in.

    Raises:
        Problem: the name is no good name for a folder, there is no such template, the folder exists and is not empty,
            it cannot be written, or the libraries of its demonstration cannot be bundled.
    """
    if not _NAME.fullmatch(name) or name.endswith(".") or _RESERVED.fullmatch(name):
        raise Problem(
            f"{name!r} is no good name for a folder: it must begin with a letter or digit and have only letters, "
            "digits, `-`, `_` and `.`, such as my_app"
        )
    if template not in TEMPLATES:
        raise Problem(f"there is no template {template!r}; there are {', '.join(TEMPLATES)}")
    folder = parent / name
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Problem(f"{name} exists and is not an empty folder; choose another name")
        demo = [demos.find(template)] if template in demos.titles() else []
        for source in (*demo, FOLDER / "_common", FOLDER / template):
            shutil.copytree(source, folder, ignore=_NOT_COPIED, dirs_exist_ok=True)
    except (OSError, shutil.Error) as error:
        raise Problem(f"{name} cannot be written: {getattr(error, 'strerror', None) or error}") from None
    return folder


def serve_command(folder: Path) -> str:
    """Return the command that shows the application in this folder, entered there."""
    return "bx24py serve ." + (" --fixtures fixtures.py" if (folder / "fixtures.py").is_file() else "")
