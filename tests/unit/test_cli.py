"""The command line: what it writes, and the one clear line that it ends with when something is missing."""

from __future__ import annotations

import hashlib
import json
import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bx24py.dev import browser, distribution, loader, pinned, snapshot
from bx24py.dev.assets import ARCHIVE, MANIFEST, SNAPSHOT, STDLIB
from bx24py.dev.cli import cli

PAGE = """<!doctype html>
<script src="//api.bitrix24.com/api/v1/"></script>
<script type="module" src="bx24py.js" data-app="app.py"></script>
"""


@pytest.fixture(autouse=True)
def _compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stands in for the compiler, which needs the real distribution."""
    monkeypatch.setattr(distribution, "browser_archive", lambda: b"compiled")
    monkeypatch.setattr(distribution, "standard_library", lambda: b"compiled library")


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
    """A stand-in for the fetched distribution, whose small files have the sums that are pinned."""
    monkeypatch.setenv("BX24PY_HOME", str(tmp_path / "home"))
    folder = tmp_path / "home" / f"pyodide-{distribution.version()}"
    folder.mkdir(parents=True)
    for name in pinned.KEPT:
        (folder / name).write_text(name)
    monkeypatch.setattr(pinned, "KEPT", {name: hashlib.sha256(name.encode()).hexdigest() for name in pinned.KEPT})
    return folder


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which somebody else listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


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


def test_a_page_that_starts_python_by_itself(tmp_path: Path, app: Path) -> None:
    library = '<script src="//api.bitrix24.com/api/v1/"></script>'
    (app / "index.html").write_text(f'{library}<script type="module" src="./bx24py-xhr.js?v=1"></script>')
    (app / "app.py").unlink()
    assert_one_line(bx24py("run", app), "only the loader")
    result = bx24py("pack", app, "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    packed = {path.name for path in (tmp_path / "out").glob("bx24py*")}
    assert packed == {"bx24py-files.json", "bx24py-worker.js", "bx24py-xhr.js"}


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
    with monkeypatch.context() as patch:
        patch.setattr(browser, "find", lambda: None)
        patch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
        result = bx24py("run", app, "--headless")
    assert_one_line(result, "no Chromium found", "apt-get install chromium", "bx24py setup")
    monkeypatch.setenv("BX24PY_CHROMIUM", "/no/such/chromium")
    assert_one_line(bx24py("run", app, "--headless"), "$BX24PY_CHROMIUM: no such file", "/no/such/chromium")


def test_pack_writes_what_is_uploaded(app: Path, tmp_path: Path, pyodide: Path) -> None:
    out, upload = tmp_path / "new" / "out", tmp_path / "zips" / "upload.zip"
    result = bx24py("pack", app, "-o", out, "--zip", upload, "--pyodide", "bundled")
    assert result.exit_code == 0, result.output
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    expected = {"index.html", "app.py", "img/logo.svg", *loader.FILES, ARCHIVE, STDLIB} | {
        f"pyodide/{name}" for name in pinned.KEPT
    }
    assert names == expected | {MANIFEST}
    assert set(json.loads((out / MANIFEST).read_text())["packed"]) == expected
    assert (out / "index.html").read_text() == PAGE
    assert (out / ARCHIVE).read_bytes() == b"compiled"
    with zipfile.ZipFile(upload) as zipped:
        assert set(zipped.namelist()) == expected


def test_pack_says_what_is_packed_and_what_is_not(app: Path, tmp_path: Path) -> None:
    (app / ".env").write_text("TOKEN=x")
    (app / "big.csv").write_bytes(b"x" * 12_345)
    result = bx24py("pack", app, "-o", tmp_path / "out")
    lines = [line.split() for line in result.output.splitlines()]
    assert ["big.csv", "12,345"] in lines
    assert [ARCHIVE, "8"] in lines
    sizes = [path.stat().st_size for path in (tmp_path / "out").rglob("*") if path.is_file() and path.name != MANIFEST]
    assert [str(len(sizes)), "files", f"{sum(sizes):,}", "bytes"] in lines
    assert [".env", "hidden"] in lines
    assert ["__pycache__/", "a", "cache"] in lines
    assert not (tmp_path / "out" / ".env").exists()


def test_pack_replaces_only_what_it_packed(app: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    foreign = {"CNAME": "app.example", ".git/config": "[core]", ".nojekyll": ""}
    write(out, foreign)
    assert bx24py("pack", app, "-o", out).exit_code == 0
    write(out, {"stats.html": "of the host", "img/other.svg": "other"})
    (app / "img" / "logo.svg").unlink()
    (app / "app.py").write_text("print(2)")
    assert bx24py("pack", app, "-o", out, "--zip", tmp_path / "upload.zip").exit_code == 0
    for name, text in (foreign | {"stats.html": "of the host", "img/other.svg": "other"}).items():
        assert (out / name).read_text() == text
    assert not (out / "img" / "logo.svg").exists()
    assert (out / "app.py").read_text() == "print(2)"
    with zipfile.ZipFile(tmp_path / "upload.zip") as zipped:
        assert set(zipped.namelist()) == {"index.html", "app.py", *loader.FILES, ARCHIVE, STDLIB}
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "diary.txt").write_text("dear diary")
    assert_one_line(bx24py("pack", app, "-o", precious), "is not empty", "another folder")
    assert (precious / "diary.txt").exists()
    assert_one_line(bx24py("pack", app, "-o", app), "contains the application itself")
    assert_one_line(bx24py("pack", app, "-o", app.parent), "contains the application itself")
    assert (app / "app.py").exists()


@pytest.mark.parametrize("how", ["a file", "a folder", "a link", "a link to a folder", "a file for a folder"])
def test_pack_overwrites_nothing_foreign(app: Path, tmp_path: Path, how: str) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    write(elsewhere, {"notes.txt": "mine", "notes/a.txt": "mine"})
    assert bx24py("pack", app, "-o", out).exit_code == 0
    before = (out / "app.py").read_bytes()
    match how:
        case "a file":
            write(out, {"notes.txt": "mine"})
        case "a folder":
            write(out, {"notes.txt/mine": "mine"})
        case "a link":
            (out / "notes.txt").symlink_to(elsewhere / "notes.txt")
        case "a link to a folder":
            (out / "notes").symlink_to(elsewhere / "notes")
        case _:
            write(out, {"notes": "mine"})
    write(app, {"app.py": "new", "notes.txt": "of the application", "notes/a.txt": "of the application"})
    assert_one_line(bx24py("pack", app, "-o", out), "notes", "was not packed by bx24py and would be overwritten")
    assert (elsewhere / "notes.txt").read_text() == (elsewhere / "notes" / "a.txt").read_text() == "mine"
    assert (out / "app.py").read_bytes() == before


@pytest.mark.parametrize("name", ["../victim.txt", "/tmp/victim.txt", "link/victim.txt", ".", "", 1])
def test_a_list_of_files_that_was_tampered_with_harms_nobody(app: Path, tmp_path: Path, name: object) -> None:
    out = tmp_path / "out"
    write(tmp_path, {"victim.txt": "mine"})
    assert bx24py("pack", app, "-o", out).exit_code == 0
    (out / "link").symlink_to(tmp_path)
    (out / MANIFEST).write_text(json.dumps({"packed": ["app.py", name]}))
    assert_one_line(bx24py("pack", app, "-o", out), MANIFEST, "is damaged", "empty the folder")
    assert (tmp_path / "victim.txt").exists()
    assert (out / "app.py").exists()


def test_a_zip_replaces_only_a_packed_one(app: Path, tmp_path: Path) -> None:
    upload, foreign = app / "upload.zip", tmp_path / "photos.zip"
    for _ in range(2):
        assert bx24py("pack", app, "--zip", upload).exit_code == 0
    with zipfile.ZipFile(upload) as zipped:
        assert "upload.zip" not in zipped.namelist()
    with zipfile.ZipFile(foreign, "w") as zipped:
        zipped.writestr("me.jpg", "x")
    before = foreign.read_bytes()
    assert_one_line(bx24py("pack", app, "-o", tmp_path / "out", "--zip", foreign), "photos.zip", "was not packed")
    assert foreign.read_bytes() == before
    assert not (tmp_path / "out").exists()


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
    assert f'"snapshot": "{SNAPSHOT}"' in (tmp_path / "out" / "bx24py.js").read_text().splitlines()[0]
    assert bx24py("pack", app, "-o", tmp_path / "out").exit_code == 0
    assert not (tmp_path / "out" / SNAPSHOT).exists()
    assert SNAPSHOT not in (tmp_path / "out" / "bx24py.js").read_text()
