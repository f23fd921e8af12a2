"""`bx24py check` and `pack` as commands; what is packed twice, not needed or large; the demos and templates."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bx24py.dev import demos, distribution, loader, new, packages, serving
from bx24py.dev.application import Application
from bx24py.dev.check import check, weight
from bx24py.dev.cli import cli
from bx24py.dev.contents import Contents
from bx24py.dev.pack import pack

from .checked import Found, page, write
from .checked import found as found


def bx24py(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.mark.parametrize("name", demos.titles())
def test_the_demos_are_clean(name: str) -> None:
    assert check(demos.find(name)) == []


@pytest.mark.parametrize("template", new.TEMPLATES)
def test_the_templates_are_clean(template: str, tmp_path: Path) -> None:
    assert check(new.create("made", template, tmp_path)) == []


def test_the_command_lists_errors_and_warnings_and_ends_with_1(tmp_path: Path) -> None:
    code = "import time\nimport cgi\ntime.sleep(1)\n"
    write(tmp_path, {"index.html": page(body="<p onclick='x()'>\n<img src='/a.png'>"), "app.py": code})
    result = bx24py("check", tmp_path)
    assert result.output.splitlines() == [
        "app.py:2: error: Python 3.14 has no cgi any more: use urllib.parse and email.message",
        "app.py:3: warning: time.sleep: it stops the page: await asyncio.sleep(…)",
        "index.html:6: error: code in an attribute, which the policy forbids (script-src): "
        "use 'click' with an event listener",
        "index.html:7: error: /a.png begins at the root of the host, and a portal has the application in a folder: "
        "write a.png",
        "3 errors, 1 warning",
    ]
    assert result.exit_code == 1
    write(tmp_path, {"index.html": page(), "app.py": code.replace("import cgi", "")})
    assert bx24py("check", tmp_path).exit_code == 0


def test_there_must_be_a_page(tmp_path: Path) -> None:
    assert bx24py("check", tmp_path / "none").output.startswith("Error: no such folder")
    assert bx24py("check", tmp_path).output.startswith("Error: no index.html in")


def test_errors_stop_the_pack_and_warnings_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distribution, "browser_archive", lambda: b"compiled")
    monkeypatch.setattr(distribution, "standard_library", lambda: b"compiled library")
    out = tmp_path / "out"
    app = write(tmp_path / "app", {"index.html": page(), "app.py": "import curses\ninput()"})
    result = bx24py("pack", app, "-o", out)
    assert result.exit_code == 1
    assert "nothing is packed, as the check found errors; --anyway packs in spite of them" in result.output
    assert "app.py:1: error: the browser's Python has no curses" in result.output
    assert "app.py:2: warning: input: it stops the page" in result.output
    assert not out.exists()
    result = bx24py("pack", app, "-o", out, "--anyway")
    assert result.exit_code == 0
    assert "app.py:1: error: the browser's Python has no curses" in result.output
    write(app, {"app.py": "input()"})
    result = bx24py("pack", app, "-o", app / "public", "--zip", app / "upload.zip")  # made in the folder itself
    assert result.exit_code == 0, result.output
    assert "app.py:2" not in result.output
    assert "app.py:1: warning: input: it stops the page" in result.output


def test_modules_are_packed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distribution, "browser_archive", lambda: b"compiled")
    monkeypatch.setattr(distribution, "standard_library", lambda: b"compiled library")
    index = page(app="app.zip").replace(" data-app", ' data-install="first/install.py" data-app')
    files = {
        "index.html": index,
        "app.py": "import view",
        "view.py": "",
        "parts/test_data.py": "",
        "parts/rows.py": "",
        "first/install.py": "",
        "notes.txt": "",
        ".bx24pyignore": "!parts/test_data.py\nrows.py\n",
    }
    app, out = write(tmp_path / "app", files), tmp_path / "out"
    (app / "alias.py").symlink_to("view.py")
    packed = pack(Application(app), out, bundled=False)
    own = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()} - set(loader.files())
    made = {"bx24py.zip.gz", "bx24py-stdlib.zip", "bx24py-files.json"}
    assert own == {"index.html", "app.zip", "first/install.py", "notes.txt"} | made
    with zipfile.ZipFile(out / "app.zip") as zipped:
        assert set(zipped.namelist()) == {"app.py", "view.py", "alias.py", "parts/test_data.py"}
    reasons = {one.name: one.reason for one in packed.left_out}
    assert reasons["view.py"] == "in app.zip"
    assert reasons["parts/rows.py"] == ".bx24pyignore, line 2"
    assert [name for name in files if serving._belongs(app, app / name)] == [
        *("index.html", "app.py", "view.py", "parts/test_data.py", "first/install.py", "notes.txt", ".bx24pyignore")
    ], "what reloads the served application"
    assert check(app) == []
    (app / "app.zip").write_bytes((out / "app.zip").read_bytes())
    assert Contents(app).modules() == []
    assert {one.file for one in check(app)} == {"app.py", "view.py", "alias.py", "parts/test_data.py"}


def test_the_archive_needs_an_app(tmp_path: Path) -> None:
    write(tmp_path, {"index.html": page(app="app.zip"), "main.py": ""})
    assert [str(one) for one in check(tmp_path)] == [
        "index.html:5: error: app.zip is made of the modules, but there is no app.py"
    ]


def test_what_the_browser_does_not_need(found: Found) -> None:
    files = {"README.md": "", "requirements-dev.txt": "", "help.md": "", "types/a.d.ts": "", "tests/x.md": ""}
    lines = found({**files, "app.py": "import js\njs.fetch('help.md')"})
    assert lines == [
        f"{name}: warning: the browser does not need it: add it to .bx24pyignore"
        for name in ("README.md", "requirements-dev.txt", "types/a.d.ts")
    ]


def test_what_is_large(found: Found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weight, "LARGE_FILE", 1_000)
    monkeypatch.setattr(weight, "LARGE", 10_000)
    monkeypatch.setenv("BX24PY_HOME", str(tmp_path / "home"))
    lock = {
        "numpy": {"file_name": "numpy.whl", "depends": ["libblas"], "imports": []},
        "libblas": {"file_name": "libblas.zip", "depends": [], "imports": []},
    }
    monkeypatch.setattr(packages, "locked", lambda: lock)
    kept = distribution.home() / f"packages-{distribution.version()}"
    write(kept, {"numpy.whl": b"x" * 8_000, "libblas.zip": b"x" * 900_000})
    lines = found(
        {"film.mp4": b"x" * 1_100, "song.mp3": b"x" * 1_200, "style.css": ".a { background: url(song.mp3) }"},
        packages="NumPy==2.0",
    )
    assert lines == [
        "film.mp4: warning: no file names it, and it has 0.0 MB: if nobody needs it, add it to .bx24pyignore",
        "index.html: warning: the application has 0.9 MB, which a first visit waits for: "
        "libblas (data-packages) 0.9 MB, numpy (data-packages) 0.0 MB, song.mp3 0.0 MB",
    ]


def test_without_pyodide_what_is_unknown_is_a_warning(
    found: Found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BX24PY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert found({"app.py": "import js, json\nfrom bx24py import bx24"}) == []
    assert found({"app.py": "import pandas"}, packages="pandas") == []
    assert found({"app.py": "import dateutil"}, packages="pandas") == [
        "app.py:1: warning: whether Pyodide has dateutil could not be looked up: run `bx24py setup`, and check again"
    ]
