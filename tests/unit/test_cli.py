"""The command line: what it writes, and the one clear line that it ends with when something is missing."""

from __future__ import annotations

import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bx24py.dev import browser, distribution, snapshot
from bx24py.dev.assets import ARCHIVE, LOADER_FILES, SNAPSHOT
from bx24py.dev.cli import cli

PAGE = """<!doctype html>
<script src="//api.bitrix24.com/api/v1/"></script>
<script type="module" src="bx24py.js" data-app="app.py"></script>
"""


@pytest.fixture(autouse=True)
def _compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stands in for the compiler, which needs the real distribution."""
    monkeypatch.setattr(distribution, "browser_archive", lambda: b"compiled")


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A folder with an application, and with what is not part of it."""
    folder = tmp_path / "app"
    for name in ("index.html", "app.py", "img/logo.svg", ".git/config", "__pycache__/app.pyc"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PAGE if name == "index.html" else name)
    return folder


@pytest.fixture
def pyodide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for the fetched distribution."""
    monkeypatch.setenv("BX24PY_HOME", str(tmp_path / "home"))
    folder = tmp_path / "home" / f"pyodide-{distribution.version()}"
    folder.mkdir(parents=True)
    for name in distribution.FILES:
        (folder / name).write_text(name)
    return folder


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which somebody else listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def bx24py(*arguments: Any) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def assert_one_line(result: Result, *words: str) -> None:
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)  # said, not thrown
    lines = result.output.strip().splitlines()
    assert len(lines) == 1, result.output
    for word in ("Error: ", *words):
        assert word in lines[0]


@pytest.mark.parametrize("command", ["serve", "run", "pack"])
def test_wrong_folders(tmp_path: Path, app: Path, pyodide: Path, command: str) -> None:
    options = ["-o", tmp_path / "out"] if command == "pack" else []
    assert_one_line(bx24py(command, tmp_path / "nowhere", *options), "no such folder", "nowhere")
    (app / "app.py").unlink()
    assert_one_line(bx24py(command, app, *options), "no app.py in")
    (app / "index.html").write_text("<p>hello")
    assert_one_line(bx24py(command, app, *options), "does not start bx24py", 'data-app="app.py"')
    (app / "index.html").unlink()
    assert_one_line(bx24py(command, app, *options), "no index.html in")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("option", ["--port", "--app-port"])
def test_a_taken_port(app: Path, pyodide: Path, taken_port: int, option: str) -> None:
    other = "--app-port" if option == "--port" else "--port"
    assert_one_line(bx24py("serve", app, option, taken_port, other, 0), str(taken_port), "choose another with --port")


@pytest.mark.parametrize(
    "arguments",
    [["setup"], ["demo"], ["serve", "APP"], ["run", "APP"], ["pack", "APP", "-o", "OUT", "--pyodide", "bundled"]],
)
def test_no_pyodide_and_no_npm(
    tmp_path: Path, app: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("BX24PY_HOME", str(tmp_path / "empty"))
    monkeypatch.setenv("PATH", str(tmp_path))
    places = {"APP": app, "OUT": tmp_path / "out"}
    assert_one_line(
        bx24py(*(places.get(argument, argument) for argument in arguments)), "no Pyodide", "no npm", "Node.js"
    )
    assert not (tmp_path / "out").exists()


def test_npm_that_cannot_fetch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BX24PY_HOME", str(tmp_path / "empty"))
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'npm error network' >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert_one_line(bx24py("setup"), "npm could not fetch Pyodide: npm error network")
    assert not list((tmp_path / "empty").iterdir())


def test_no_browser(app: Path, pyodide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "find", lambda: None)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    assert_one_line(bx24py("run", app, "--headless"), "no Chromium found", "apt-get install chromium", "bx24py setup")
    monkeypatch.undo()
    monkeypatch.setenv("BX24PY_CHROMIUM", "/no/such/chromium")
    monkeypatch.setenv("BX24PY_HOME", str(pyodide.parent))
    assert_one_line(bx24py("run", app, "--headless"), "$BX24PY_CHROMIUM names no file", "/no/such/chromium")


def test_pack_writes_what_is_uploaded(app: Path, tmp_path: Path, pyodide: Path) -> None:
    out, upload = tmp_path / "new" / "out", tmp_path / "zips" / "upload.zip"
    result = bx24py("pack", app, "-o", out, "--zip", upload, "--pyodide", "bundled")
    assert result.exit_code == 0, result.output
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert names == {"index.html", "app.py", "img/logo.svg", *LOADER_FILES, ARCHIVE} | {
        f"pyodide/{name}" for name in distribution.FILES
    }
    assert (out / "index.html").read_text() == PAGE
    assert (out / ARCHIVE).read_bytes() == b"compiled"
    with zipfile.ZipFile(upload) as zipped:
        assert set(zipped.namelist()) == names


def test_pack_replaces_only_what_it_packed(app: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    assert bx24py("pack", app, "-o", out).exit_code == 0
    (out / "stale.txt").write_text("from an older pack")
    assert bx24py("pack", app, "-o", out).exit_code == 0
    assert not (out / "stale.txt").exists()
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "diary.txt").write_text("dear diary")
    assert_one_line(bx24py("pack", app, "-o", precious), "is not empty", "another folder")
    assert (precious / "diary.txt").exists()
    assert_one_line(bx24py("pack", app, "-o", app), "holds the application itself")
    assert_one_line(bx24py("pack", app, "-o", app.parent), "holds the application itself")
    assert (app / "app.py").exists()


def test_pack_inside_the_application_does_not_pack_itself(app: Path) -> None:
    for _ in range(2):
        assert bx24py("pack", app, "-o", app / "dist").exit_code == 0
    assert not (app / "dist" / "dist").exists()


def test_pack_needs_a_place(app: Path) -> None:
    result = bx24py("pack", app)
    assert result.exit_code == 2
    assert "-o FOLDER" in result.output


def test_the_loader_and_the_archive_are_always_made_anew(app: Path, tmp_path: Path) -> None:
    out, again = tmp_path / "out", tmp_path / "again"
    assert bx24py("pack", app, "-o", out).exit_code == 0
    assert bx24py("pack", app, "-o", again).exit_code == 0
    assert (out / "bx24py.js").read_bytes() == (again / "bx24py.js").read_bytes()


def test_the_snapshot_is_named_in_the_packed_loader(
    app: Path, tmp_path: Path, pyodide: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "make", lambda: b"memory")
    assert bx24py("pack", app, "-o", tmp_path / "out", "--snapshot").exit_code == 0
    assert (tmp_path / "out" / SNAPSHOT).read_bytes() == b"memory"
    assert f'PACKED_SNAPSHOT = "{SNAPSHOT}"' in (tmp_path / "out" / "bx24py.js").read_text()
    assert bx24py("pack", app, "-o", tmp_path / "out").exit_code == 0
    assert not (tmp_path / "out" / SNAPSHOT).exists()
    assert 'PACKED_SNAPSHOT = ""' in (tmp_path / "out" / "bx24py.js").read_text()
