"""`bx24py new`: the templates, what it writes, and what it refuses."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bx24py.dev import demos, new
from bx24py.dev.application import Application
from bx24py.dev.cli import cli

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def bx24py_new(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["new", *arguments])


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_every_folder_of_the_templates_is_one() -> None:
    assert {path.name for path in new.FOLDER.iterdir()} == {*new.TEMPLATES, "_common"}


@pytest.mark.parametrize("template", new.TEMPLATES)
def test_it_writes_an_application_with_a_test_and_settings(template: str, tmp_path: Path) -> None:
    result = bx24py_new("my_app", "--from", template)
    assert result.exit_code == 0, result.output
    folder = tmp_path / "my_app"
    written = files(folder)
    assert {"index.html", "app.py", "README.md", "pyproject.toml", "tests/test_app.py", ".gitignore"} <= written
    assert {".vscode/settings.json", ".vscode/extensions.json", ".bx24pyignore"} <= written
    contents = Application(folder).contents()
    uploaded = {path.as_posix() for path in [*contents.files(), *contents.modules()]}
    development = r"(tests|\.vscode)/.*|\..*|README\.md|pyproject\.toml|fixtures\.py"
    assert uploaded == {name for name in written if not re.fullmatch(development, name)}
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert set(re.findall(r'href="(\w+\.css)"', page)) == {name for name in uploaded if name.endswith(".css")}


@pytest.mark.parametrize("template", new.TEMPLATES)
def test_it_says_what_to_do_next(template: str, tmp_path: Path) -> None:
    result = bx24py_new("my_app", "--from", template)
    readme = (tmp_path / "my_app" / "README.md").read_text(encoding="utf-8")
    commands = [line.split("  ")[1] for line in result.output.splitlines() if line.startswith("  ")]
    fixtures = " --fixtures fixtures.py" if template == "deal-tab" else ""
    assert commands == ["cd my_app", f"bx24py serve .{fixtures}", "pytest"]
    assert [command for command in commands[1:] if f"\n{command}  " not in readme] == []
    named = set(re.findall(r"^\| `([^`]+)`", readme, re.MULTILINE)) | set(re.findall(r"`(\w+\.(?:py|css))`", readme))
    assert [name for name in sorted(named) if not (tmp_path / "my_app" / name).exists()] == []


def test_a_template_of_a_demonstration_has_its_files_and_its_bundled_libraries(tmp_path: Path) -> None:
    new.create("my_app", "console", tmp_path)
    demo = {name for name in files(demos.find("console")) if not re.search(r"__pycache__|_cache/|\.d\.ts$", name)}
    assert {"console.js", "editor-library.js", "chart-library.js", "gallery/move_deals.py"} <= demo
    written = files(tmp_path / "my_app")
    assert demo <= written
    assert not [name for name in written if name.endswith(".d.ts")]


def test_without_a_template_it_is_the_smallest(tmp_path: Path) -> None:
    (tmp_path / "my_app").mkdir()  # an empty folder is good
    assert bx24py_new("my_app").exit_code == 0
    template = new.FOLDER / "page" / "app.py"
    assert (tmp_path / "my_app" / "app.py").read_text() == template.read_text()


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../other", "a/b", "a\\b", "/tmp/app", ".hidden", "a b", "a\n", "con", "NUL.x", "a.", "a" * 101],
)
def test_a_name_that_is_no_good_for_a_folder(name: str, tmp_path: Path) -> None:
    result = bx24py_new("--", name)
    assert result.exit_code == 1
    assert re.match(r"Error: .* is no good name for a folder: .* such as my_app\n$", result.output), result.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["my_app", "my-app", "App2", "3", "сделки", "v1.2"])
def test_names_that_are_good(name: str, tmp_path: Path) -> None:
    assert bx24py_new(name).exit_code == 0
    assert (tmp_path / name / "app.py").is_file()


@pytest.mark.parametrize("template", ["other", "_common", "../templates/page", ""])
def test_an_unknown_template(template: str, tmp_path: Path) -> None:
    result = bx24py_new("my_app", "--from", template)
    assert result.exit_code == 1
    known = "page, list, deal-tab, settings, console"
    assert result.output == f"Error: there is no template {template!r}; there are {known}\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("what", ["a folder", "a file"])
def test_what_exists_is_left_alone(what: str, tmp_path: Path) -> None:
    place = tmp_path / "my_app"
    if what == "a folder":
        place.mkdir()
        (place / "notes.txt").write_text("mine")
    else:
        place.write_text("mine")
    before = files(tmp_path)
    result = bx24py_new("my_app")
    assert result.exit_code == 1
    assert result.output == "Error: my_app exists and is not an empty folder; choose another name\n"
    assert files(tmp_path) == before


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("shutil.copytree", refuse)
    result = bx24py_new("my_app")
    assert (result.exit_code, result.output) == (1, "Error: my_app cannot be written: Permission denied\n")


def test_what_tools_left_in_a_template_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_common/pyproject.toml", "page/app.py", "page/__pycache__/app.pyc", "page/.mypy_cache/x.json"):
        path = tmp_path / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    monkeypatch.setattr(new, "FOLDER", tmp_path / "templates")
    assert files(new.create("my_app", "page", tmp_path)) == {"pyproject.toml", "app.py"}


def test_python_m_bx24py_is_the_same_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bx24py", "new", "--help"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    expected = CliRunner().invoke(cli, ["new", "--help"], prog_name="bx24py").output
    assert done.stdout.split() == expected.split()


@pytest.mark.parametrize("command", ["serve", "run", "pack"])
def test_the_help_says_what_the_folder_must_have(command: str) -> None:
    text = CliRunner().invoke(cli, [command, "--help"]).output
    assert "APP_DIR is the application's folder. It must have:" in text
    assert '<script type="module" src="bx24py.js" data-app="app.py"></script>' in text


def test_the_help_names_each_template() -> None:
    text = CliRunner().invoke(cli, ["new", "--help"]).output
    assert [name for name, what in new.TEMPLATES.items() if f"{name:10}{what}" not in text] == []
