"""What is released: the source archive, and the wheel built of it, with all that the installed package needs."""

from __future__ import annotations

import gzip
import importlib.util
import io
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

import bx24py
from bx24py.dev import assets, distribution, loader, new, pinned
from bx24py.dev.problem import Problem

ROOT = Path(__file__).parents[2]


VERSIONS = ("3.11", "3.12", "3.13", "3.14")


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the source archive, built of this checkout, and of the wheel, built of that archive."""
    folder = tmp_path_factory.mktemp("dist")
    done = run(sys.executable, "-m", "build", "--outdir", folder, ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel_file(dist: Path) -> Path:
    return next(dist.glob("*.whl"))


def run(*command: object, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(one) for one in command], capture_output=True, text=True, check=False, **options)


def in_archive(content: bytes) -> set[str]:
    with zipfile.ZipFile(io.BytesIO(gzip.decompress(content))) as zipped:
        return set(zipped.namelist())


def test_the_wheel_is_complete(wheel_file: Path) -> None:
    with zipfile.ZipFile(wheel_file) as wheel:
        packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
        entry_points = wheel.read(next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))).decode()
    expected = {path.relative_to(ROOT).as_posix() for path in (ROOT / "bx24py").rglob("*") if path.is_file()}
    for folder in ("static", "demo"):
        expected |= {f"bx24py/{path.relative_to(ROOT)}" for path in (ROOT / folder).rglob("*") if path.is_file()}
    expected |= {path.relative_to(ROOT / "stubs").as_posix() for path in (ROOT / "stubs").rglob("*.pyi")}
    bundled = (f"bundled/{name}" for name in loader.BUNDLES)
    expected |= {f"bx24py/static/{name}" for name in (assets.ARCHIVE, assets.STDLIB, *bundled)}
    expected |= {name.replace(".d.ts", ".js") for name in expected if name.endswith("-library.d.ts")}
    assert packed == {name for name in expected if "__pycache__" not in name and "_cache/" not in name}
    for template in new.TEMPLATES:
        assert {f"bx24py/dev/templates/{template}/{name}" for name in ("README.md", "tests/test_app.py")} <= packed
    assert "bx24py/dev/templates/_common/.vscode/settings.json" in packed
    assert "bx24py = bx24py.dev:main" in entry_points
    assert "bx24py = bx24py.dev.pytest_plugin" in entry_points


def test_the_source_archive_is_complete(dist: Path) -> None:
    with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    listed = run("git", "ls-files", cwd=ROOT)
    if listed.returncode:
        pytest.skip("this is no checkout")
    not_released = (".ci/", ".github/")
    present = [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    assert sorted(set(present) - names - {name for name in present if name.startswith(not_released)}) == []


def test_the_metadata_and_the_readme_are_right_for_an_index(dist: Path) -> None:
    done = run(sys.executable, "-m", "twine", "--no-color", "check", "--strict", *dist.iterdir())
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("PASSED") == 2


def test_the_changelog_begins_with_this_version(dist: Path) -> None:
    headings = [line for line in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines() if line[:3] == "## "]
    assert headings[0].split()[1] == bx24py.__version__
    assert {path.name.split("-")[1].removesuffix(".tar.gz") for path in dist.iterdir()} == {bx24py.__version__}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_wheel_in_an_empty_environment(version: str, wheel_file: Path, tmp_path: Path) -> None:
    own = version == "{}.{}".format(*sys.version_info)
    python = sys.executable if own else shutil.which(f"python{version}")
    if python is None or run(python, "-c", "pass").returncode:
        pytest.skip(f"there is no Python {version} on this machine")
    environment = tmp_path / "environment"
    assert run(python, "-m", "venv", environment).returncode == 0
    binaries = environment / "bin"
    pip = (binaries / "python", "-m", "pip", "--disable-pip-version-check")
    assert run(*pip, "install", "--quiet", wheel_file).returncode == 0
    bare = run(binaries / "bx24py", "check", "x", cwd=tmp_path)
    assert bare.stderr.startswith("bx24py: the command line needs click: pip install 'bx24py[dev]'"), bare.stderr
    assert run(binaries / "python", "-c", "import bx24py, bx24py.page", cwd=tmp_path).returncode == 0
    installed = run(*pip, "install", "--quiet", f"{wheel_file}[dev]")
    assert installed.returncode == 0, installed.stderr
    assert run(*pip, "check").returncode == 0
    for command in (
        ("new", "mine", "--from", "deal-tab"),
        ("check", "mine"),
        ("pack", "mine", "--zip", "mine.zip"),
    ):
        done = run(
            binaries / "bx24py", *command, cwd=tmp_path, env=os.environ | {"BX24PY_HOME": str(tmp_path / "home")}
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
    with zipfile.ZipFile(tmp_path / "mine.zip") as packed:
        assert {"index.html", "app.py", "install.py", "bx24py.js", assets.ARCHIVE} <= set(packed.namelist())


def test_an_installed_wheel_packs_without_node(wheel_file: Path, tmp_path: Path) -> None:
    installed, out = tmp_path / "installed", tmp_path / "out"
    venv.create(installed)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(installed)}))
    with zipfile.ZipFile(wheel_file) as wheel:
        wheel.extractall(site)
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    environment = os.environ | {"PATH": str(tmp_path), "BX24PY_HOME": str(tmp_path / "home")}
    command = [
        str(installed / "bin" / "python"),
        "-m",
        "bx24py",
        "pack",
        str(site / "bx24py" / "demo" / "handbook"),
    ]
    command += ["-o", str(out), "--pyodide", "cdn"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (out / "bx24py").exists(), "the loader is not bundled"
    assert in_archive((out / assets.ARCHIVE).read_bytes()) == {f"{name}c" for name in assets.browser_sources()}
    assert "json/decoder.pyc" in zipfile.ZipFile(out / assets.STDLIB).namelist()


def test_sources_are_packed_where_nothing_can_compile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("BX24PY_HOME", str(tmp_path))
    monkeypatch.setattr(importlib.util, "MAGIC_NUMBER", b"none")
    assert in_archive(distribution.browser_archive()) == set(assets.browser_sources())
    assert "pages start more slowly: that needs Python 3.14 or Node.js" in capsys.readouterr().err
    assert distribution.standard_library() == b""
    assert "first visits start more slowly: no Pyodide on this machine" in capsys.readouterr().err


def test_code_of_another_python_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BX24PY_HOME", str(tmp_path))
    monkeypatch.setattr(pinned, "MAGIC_NUMBER", b"none")
    monkeypatch.setattr(importlib.util, "MAGIC_NUMBER", b"none")  # so that this Python is taken
    with pytest.raises(Problem, match="is not that of Pyodide"):
        distribution.compiled_archive()
