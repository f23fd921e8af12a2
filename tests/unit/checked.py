"""Applications for the tests of `bx24py check`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bx24py.dev.check import check

LIBRARY = '<script src="//api.bitrix24.com/api/v1/"></script>'
LOADER = '<script type="module" src="bx24py.js" data-app="app.py"></script>'

Found = Callable[..., list[str]]
"""Writes the files of an application and returns what the check finds, as lines."""


def page(*, app: str = "app.py", more: str = "", scopes: str | None = None, body: str = "", packages: str = "") -> str:
    """A page whose body begins in line 6."""
    meta = "" if scopes is None else f'<meta name="bx24py:scopes" content="{scopes}">'
    named = f' data-packages="{packages}"' if packages else ""
    loader = LOADER.replace('"app.py"', f'"{app}"{named}')
    return f"<!doctype html>\n{meta}\n{more}\n{LIBRARY}\n{loader}\n{body}\n"


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


@pytest.fixture
def found(tmp_path: Path) -> Found:
    """What is found in an application of these files; index.html and app.py are added."""

    def find(files: Mapping[str, str | bytes] = {}, **options: str) -> list[str]:
        whole = {"index.html": page(**options), "app.py": ""} | dict(files)
        return [str(one) for one in check(write(tmp_path / "app", whole))]

    return find
