"""What of a folder belongs to the application, and why the rest does not."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from bx24py.dev.contents import Contents, LeftOut
from bx24py.dev.problem import Problem

PAGE = '<script type="module" src="bx24py.js" data-app="app.py" data-install="setup/test_install.py"></script>'
KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n"
BELONG = [
    "app.py",
    "data/keys.json",
    "data/latest.csv",
    "img/logo.svg",
    "index.html",
    "keyboard.js",
    "library.zip",
    "setup/test_install.py",  # which the page names
    "testimonials.py",
]
LEFT_OUT = {
    ".env": "hidden",
    ".env.production": "hidden",
    ".git/": "hidden",
    ".venv/": "hidden",
    ".well/": "hidden",
    "__pycache__/": "a cache",
    "app.py~": "editor",
    "Thumbs.db": "editor",
    "prod.env": "key or a password",
    "certs/server.PEM": "key or a password",
    "certs/server.key": "key or a password",
    "certs/id_rsa": "key or a password",
    "certs/id_ed25519.pub": "key or a password",
    "certs/deploy.txt": "private key",
    "data/account.json": "private key",
    "credentials.json": "key or a password",
    "fixtures.py": "fixtures",
    "lib/fixtures/": "fixtures",
    "lib/conftest.py": "a test",
    "lib/view.test.js": "a test",
    "my env/": "virtual environment",
    "node_modules/": "dependencies",
    "tests/": "tests",
    "lib/test_app.py": "a test",
    "dist/": "made by pack",
    "upload.zip": "made by pack",
}
INSIDE = {
    ".git/config": "x",
    ".venv/pyvenv.cfg": "x",
    ".well/known": "x",
    "__pycache__/app.pyc": "x",
    "lib/fixtures/teams.json": "x",
    "my env/pyvenv.cfg": "home = /usr",
    "my env/lib/six.py": "x",
    "node_modules/left-pad/index.js": "x",
    "tests/helper.py": "x",
    "dist/bx24py-files.json": '{"packed": []}',
    "dist/index.html": "x",
}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an application, and with all that gathers around one."""
    folder = tmp_path / "app"
    write(folder, dict.fromkeys(BELONG, "x") | {"index.html": PAGE})
    write(folder, dict.fromkeys((name for name in LEFT_OUT if not name.endswith("/")), "x") | INSIDE)
    write(folder, {"certs/deploy.txt": KEY, "data/account.json": '{"key": "' + KEY.replace("\n", "\\n") + '"}'})
    write(tmp_path, {"outside/secret.txt": "secret"})
    for name, packed in (("library.zip", ["app.py"]), ("upload.zip", ["index.html", "bx24py.zip.gz"])):
        with zipfile.ZipFile(folder / name, "w") as zipped:
            for one in packed:
                zipped.writestr(one, "")
    return folder


def names(contents: Contents) -> list[str]:
    return [path.as_posix() for path in contents.files()]


def left_out(contents: Contents) -> dict[str, str]:
    return {one.name: one.reason for one in contents if isinstance(one, LeftOut)}


def test_what_is_the_applications_and_what_is_not(folder: Path) -> None:
    contents = Contents(folder)
    assert names(contents) == BELONG
    reasons = left_out(contents)
    assert reasons.keys() == LEFT_OUT.keys()
    for name, reason in LEFT_OUT.items():
        assert reason in reasons[name], name


def test_a_name_is_found_where_it_is_the_applications(folder: Path) -> None:
    contents = Contents(folder)
    for name in BELONG:
        assert contents.find(name) == folder / name
    for name in [*LEFT_OUT, *INSIDE]:
        assert isinstance(contents.find(name), LeftOut), name
    for name in (
        "../outside/secret.txt",
        "img/../.env",
        "img/./logo.svg",
        "missing",
        "app.py/x",
        "APP.PY",
        "\0",
        "x" * 5000,
    ):
        assert contents.find(name) is None, name


def link(path: Path, target: Path | str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links(folder: Path) -> None:
    outside = folder.parent / "outside"
    bad: dict[str, Path | str] = {
        "out.txt": outside / "secret.txt",
        "out": outside,
        "up": "..",
        "self": ".",
        "env.txt": ".env",
        "git": ".git",
        "keys/one.txt": "../certs/server.key",
        "nowhere": "missing",
        "round": "round",
        "img/back": "../img",
        "chain": "out.txt",
    }
    for name, target in bad.items():
        link(folder / name, target)
    good: dict[str, Path | str] = {"copy.py": "app.py", "pictures": "img", "far.txt": folder / "data" / "keys.json"}
    for name, target in good.items():
        link(folder / name, target)
    contents = Contents(folder)
    assert names(contents) == sorted(
        [*BELONG, "copy.py", "far.txt", "pictures/logo.svg"], key=lambda name: name.split("/")
    )
    reasons = left_out(contents)
    for name in bad:
        assert "a link" in (reasons.get(name) or reasons[f"{name}/"]), name
        assert isinstance(contents.find(name), LeftOut), name
    assert "a link out of the folder" in reasons["out/"]
    for name in ("out/secret.txt", "up/outside/secret.txt", "self/.env", "git/config", "self/self/app.py"):
        assert isinstance(contents.find(name), LeftOut), name
    assert contents.find("pictures/logo.svg") == folder / "img" / "logo.svg"


def test_an_environment_in_the_folder_itself(folder: Path) -> None:
    write(folder, {"pyvenv.cfg": "home = /usr", "bin/activate": "x", "Lib/six.py": "x", "img/bin/x.svg": "x"})
    assert names(Contents(folder)) == sorted([*BELONG, "img/bin/x.svg"])


def test_the_authors_lines(folder: Path) -> None:
    lines = """
# what is not needed
*.svg
data/*.csv
!fixtures.py
!lib/fixtures/teams.json
!certs/server.key
!node_modules/*/index.js
"""
    write(folder, {".bx24pyignore": lines, "lib/fixtures/other.json": "x"})
    contents = Contents(folder)
    more = ["certs/server.key", "fixtures.py", "lib/fixtures/teams.json", "node_modules/left-pad/index.js"]
    assert set(names(contents)) == {*BELONG, *more} - {"img/logo.svg", "data/latest.csv"}
    assert left_out(contents)["img/logo.svg"] == ".bx24pyignore, line 3"
    assert left_out(contents)["lib/fixtures/other.json"] == "fixtures"
    assert contents.find("lib/fixtures/teams.json") == folder / "lib" / "fixtures" / "teams.json"
    assert isinstance(contents.find("lib/fixtures/other.json"), LeftOut)


def test_a_folder_that_is_had_in_keeps_its_secrets(folder: Path) -> None:
    write(folder, {".bx24pyignore": "!.well/\n!tests\n", "tests/.env": "x", "tests/test_x.py": "x"})
    assert set(names(Contents(folder))) == {*BELONG, ".well/known", "tests/helper.py"}


@pytest.mark.parametrize("line", ["../x", "!../outside/secret.txt", "a/**/b", "!", "/"])
def test_lines_that_mean_nothing(folder: Path, line: str) -> None:
    write(folder, {".bx24pyignore": f"\n{line}\n"})
    with pytest.raises(Problem, match=r"\.bx24pyignore, line 2: "):
        Contents(folder)
