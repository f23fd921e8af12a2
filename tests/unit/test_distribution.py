"""Pyodide's files: fetched, compared with what is pinned, and compared again before they are used."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import sys
import tarfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner

from bx24py.dev import assets, distribution, pinned
from bx24py.dev.cli import cli
from bx24py.dev.problem import Problem

pytestmark = pytest.mark.skipif(os.name == "nt", reason="npm and pip are shell scripts here")

LOCK = {
    "info": {"python": "3.14.2"},
    "packages": {
        "micropip": {
            "version": pinned.MICROPIP_VERSION,
            "file_name": pinned.MICROPIP,
            "sha256": pinned.PUBLISHED_MICROPIP,
        }
    },
}
FILES = {name: name.encode() for name in pinned.PUBLISHED} | {pinned.LOCK_FILE: json.dumps(LOCK).encode()}
WHEEL = b"the wheel of PyPI"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """An npm and a pip that bring small files, for which the sums are those of the pinned version.

    Calling it changes what they bring.
    """
    lock = FILES[pinned.LOCK_FILE].replace(pinned.PUBLISHED_MICROPIP.encode(), sha256(WHEEL).encode())
    published = {name: sha256(content) for name, content in FILES.items()}
    kept = published | {pinned.LOCK_FILE: sha256(lock), pinned.MICROPIP: sha256(WHEEL)}
    monkeypatch.setattr(pinned, "PUBLISHED", published)
    monkeypatch.setattr(pinned, "KEPT", kept)
    monkeypatch.setattr(distribution, "browser_archive", lambda: b"compiled")
    monkeypatch.setattr(distribution, "standard_library", lambda: b"compiled library")
    monkeypatch.setenv("BX24PY_HOME", str(tmp_path / "home"))
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, script in (
        ("npm", f'for last; do :; done\ncp "{tools}/pyodide.tgz" "$last/pyodide-{pinned.VERSION}.tgz"'),
        ("python", f'while [ "$1" != --dest ]; do shift; done\ncp "{tools}/wheel" "$2/{pinned.MICROPIP}"'),
    ):
        (tools / name).write_text(f"#!/bin/sh\n{script}\n")
        (tools / name).chmod((tools / name).stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tools}:/bin:/usr/bin")
    monkeypatch.setattr(sys, "executable", str(tools / "python"))

    def bring(files: dict[str, bytes] = FILES, wheel: bytes = WHEEL) -> None:
        with tarfile.open(tools / "pyodide.tgz", "w:gz") as packed:
            for name, content in {**files, "pyodide.js": b"not used", "package.json": b"{}"}.items():
                member = tarfile.TarInfo(f"package/{name}")
                member.size = len(content)
                packed.addfile(member, BytesIO(content))
        (tools / "wheel").write_bytes(wheel)

    bring()
    return bring


@pytest.mark.usefixtures("network")
def test_what_is_pinned_is_kept_and_nothing_else() -> None:
    folder = distribution.ensure()
    assert {path.name for path in folder.iterdir()} == set(pinned.KEPT)
    lock = json.loads((folder / pinned.LOCK_FILE).read_text())
    assert lock["packages"]["micropip"]["sha256"] == sha256(WHEEL)
    assert distribution.ensure() == folder
    assert list(folder.parent.iterdir()) == [folder]


@pytest.mark.parametrize("name", [*pinned.PUBLISHED, pinned.MICROPIP])
def test_another_file_from_the_network_is_not_kept(network: Callable[..., None], tmp_path: Path, name: str) -> None:
    if name == pinned.MICROPIP:
        network(wheel=WHEEL + b" ")
    else:
        network({**FILES, name: FILES[name] + b" "})
    with pytest.raises(Problem, match=f"has a {re.escape(name)} that is not that of Pyodide.*nothing was kept"):
        distribution.ensure()
    assert list((tmp_path / "home").iterdir()) == []


@pytest.mark.parametrize("name", pinned.PUBLISHED)
def test_a_missing_file_is_named(network: Callable[..., None], name: str) -> None:
    network({one: content for one, content in FILES.items() if one != name})
    with pytest.raises(Problem, match=f"npm has no {re.escape(name)} "):
        distribution.ensure()


@pytest.mark.usefixtures("network")
@pytest.mark.parametrize("name", pinned.KEPT)
@pytest.mark.parametrize("command", ["setup", "pack", "serve", "run"])
def test_a_file_that_was_changed_later_is_noticed(tmp_path: Path, name: str, command: str) -> None:
    file = distribution.ensure() / name
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    app = tmp_path / "app"
    app.mkdir()
    (app / "index.html").write_text('<script type="module" src="bx24py.js" data-app="app.py"></script>')
    (app / "app.py").touch()
    arguments: dict[str, list[object]] = {
        "setup": [],
        "pack": [app, "-o", tmp_path / "out", "--pyodide", "bundled"],
        "serve": [app, "--port", 0],
        "run": [app],
    }
    result = CliRunner().invoke(cli, [command, *map(str, arguments[command])])
    assert result.exit_code == 1
    assert f"{file} is not the file of Pyodide" in result.output
    assert "Delete the folder" in result.output
    assert file.read_bytes() == content, "it is not mended behind the user's back"
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("network")
def test_a_foreign_file_in_the_folder_is_neither_packed_nor_served() -> None:
    (distribution.ensure() / "evil.js").write_text("evil")
    assert "evil.js" not in distribution.files()


def test_the_page_knows_the_same_files() -> None:
    text = (assets.folder("static") / "bx24py" / "pyodide.js").read_text(encoding="utf-8")
    found = re.search(r"export const SHA256 = (\{.*?\n\});", text, re.DOTALL)
    assert found
    lock_files = {pinned.PUBLISHED[pinned.LOCK_FILE], pinned.KEPT[pinned.LOCK_FILE]}
    expected = {name: {sum_} for name, sum_ in pinned.PUBLISHED.items()} | {pinned.LOCK_FILE: lock_files}
    in_page = json.loads(re.sub(r",(\s*[\]}])", r"\1", found[1]))
    assert {name: set(sums) for name, sums in in_page.items()} == expected
    assert f'PYODIDE_VERSION = "{pinned.VERSION}";' in text
