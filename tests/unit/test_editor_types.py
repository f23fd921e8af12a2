"""Templates and demos as an editor sees them: mypy in strict mode and Pyright find nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bx24py.dev import demos, new

pytest.importorskip("mypy", reason="mypy is not installed; it is run on another Python")

ROOT = Path(__file__).parents[2]
PYRIGHT = [str(ROOT / "node_modules" / ".bin" / "pyright"), "--warnings", "--pythonpath", sys.executable]
MYPY = [sys.executable, "-m", "mypy", "--no-error-summary"]
RUFF = [sys.executable, "-m", "ruff"]

ONLY_DEMOS = [name for name in demos.titles() if name not in new.TEMPLATES]


@pytest.fixture(scope="module", autouse=True)
def _one_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What mypy knows of the libraries is kept from project to project."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MYPY_CACHE_DIR", str(tmp_path_factory.mktemp("mypy")))
        yield


def told(command: list[str], folder: Path) -> tuple[int, str]:
    """Run a checker in a project; give its exit status and all that it said."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def project(name: str, tmp_path: Path) -> Path:
    """An application made from a template, or a demo with the settings that templates have."""
    if name in new.TEMPLATES:
        return new.create("my_app", name, tmp_path)
    folder = tmp_path / "my_app"
    shutil.copytree(ROOT / "demo" / name, folder, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
    shutil.copy(new.FOLDER / "_common" / "pyproject.toml", folder)
    return folder


@pytest.mark.parametrize("name", [*new.TEMPLATES, *ONLY_DEMOS])
def test_mypy_and_pyright_find_nothing(project: Path) -> None:
    assert told(MYPY, project) == (0, "")
    assert told(PYRIGHT, project) == (0, "0 errors, 0 warnings, 0 informations\n")


@pytest.mark.parametrize("name", new.TEMPLATES)
def test_ruff_finds_nothing(project: Path) -> None:
    assert told([*RUFF, "check", "-q"], project) == (0, "")
    assert told([*RUFF, "format", "--check", "-q"], project) == (0, "")


APPLICATION = """\
from js import Blob, Object, document, fetch, localStorage, location, my_own, setTimeout, window
from pyodide.code import run_js
from pyodide.ffi import JsException, create_proxy, jsnull, to_js
from pyodide.http import pyfetch
import js
import micropip
import pyodide_js

async def main() -> None:
    reveal_type(document.getElementById("name"))  # HTMLElement
    reveal_type(document.getElementById("name").textContent)  # str
    reveal_type(document.querySelectorAll("p")[0].dataset)  # Any
    reveal_type(await fetch("data.json", method="POST"))  # Response
    reveal_type(await (await pyfetch("data.json")).bytes())  # bytes
    reveal_type(js.Blob.new(to_js([b"x"]), to_js({"type": "text/plain"})))  # Blob
    reveal_type(Object.fromEntries)  # def (Any) -> Any
    reveal_type(create_proxy(len).destroy())  # None
    reveal_type(to_js([1]))  # JsArray[Any]
    reveal_type(location.origin)  # str
    reveal_type(window.my_own)  # Any
    reveal_type(my_own)  # Any
    reveal_type(Blob.my_own)  # Any
    reveal_type(setTimeout(create_proxy(print), 5))  # int
    reveal_type(await micropip.install("pkg"))  # None
    reveal_type(pyodide_js.version)  # str
    reveal_type(run_js("1"))  # Any
    reveal_type(bool(jsnull))  # bool
    document.body.style.height = "3px"
    window.my_own = localStorage.my_own = 3
    try:
        document.createElement()  # too few
        document.title = 5  # incompatible types
        document.head.cloneNode(shallow=5)  # unexpected keyword
    except JsException as error:
        reveal_type(error.message)  # str
"""


def test_names_of_the_page_have_types_and_mistakes_are_found(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APPLICATION, encoding="utf-8")
    _, text = told([*MYPY, "--strict", "app.py"], tmp_path)
    of_line = re.findall(r'^app\.py:(\d+): (?:note: Revealed type is "([^"]+)"|error: (\w+ \w+))', text, re.MULTILINE)
    found = {int(line): re.sub(r"\b(js|pyodide\.ffi)\.", "", kind) or error.lower() for line, kind, error in of_line}
    lines = enumerate(APPLICATION.splitlines(), 1)
    assert found == {number: line.partition("  # ")[2] for number, line in lines if "  # " in line}, text
