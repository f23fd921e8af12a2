"""The loader's files: what is bundled of them, and what is served where they cannot be."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from bx24py.dev import assets, loader
from bx24py.dev.problem import say_once

IMPORT = re.compile(r'^import (?:.* from )?"(\./[^"]+)";$', re.MULTILINE)


@pytest.fixture
def without_esbuild(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout in which `npm ci` has not run, on a machine that has kept nothing."""
    shutil.copytree(assets.folder("static"), tmp_path / "checkout" / "static")
    monkeypatch.setattr(assets, "folder", lambda name: tmp_path / "checkout" / name)
    monkeypatch.setenv("BX24PY_HOME", str(tmp_path / "home"))


def test_the_page_loads_few_files_which_import_no_others() -> None:
    files = loader.files()
    assert set(files) == set(loader.FILES)
    for content in files.values():
        assert not IMPORT.search(content.decode())


@pytest.mark.usefixtures("without_esbuild")
def test_without_esbuild_all_modules_are_served_with_a_word_about_it(capsys: pytest.CaptureFixture[str]) -> None:
    say_once.cache_clear()
    files = loader.files()
    assert "npm ci" in capsys.readouterr().err
    loader.files()
    assert capsys.readouterr().err == "", "it is said with each file that is served"
    for name, content in files.items():
        folder = name.rpartition("/")[0]
        for found in IMPORT.findall(content.decode()):
            assert f"{folder}/{found[2:]}".strip("/") in files, f"{name} imports {found}"


@pytest.mark.usefixtures("without_esbuild")
def test_a_wheel_brings_bundled_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    built = tmp_path / "checkout" / "static" / loader.BUNDLED
    built.mkdir()
    for name in loader.BUNDLES:
        (built / name).write_text("// bundled")
    files = loader.files()
    assert {files[name] for name in loader.BUNDLES} == {b"// bundled"}
    assert set(files) == set(loader.FILES)
    assert not capsys.readouterr().err


def test_settings_are_a_line_before_the_loader() -> None:
    made = loader.with_settings(b"code\n", snapshot="memory.bin", stdlib="library.zip?1", beside=False)
    first, rest = made.split(b"\n", 1)
    found = re.fullmatch(r"globalThis\.bx24pyPacked = (.*);", first.decode())
    assert found
    assert json.loads(found[1]) == {"snapshot": "memory.bin", "stdlib": "library.zip?1", "beside": False, "index": ""}
    assert rest == b"code\n"
