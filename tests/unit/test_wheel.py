"""The wheel carries all that the installed package needs: both parts of it, types, static files, demos, templates."""

from __future__ import annotations

import gzip
import importlib.util
import io
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from bx24py.dev import assets, distribution, new, pinned
from bx24py.dev.problem import Problem

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", str(ROOT), "--quiet", "--no-deps", "--wheel-dir", str(folder)]
    subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


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
    expected |= {f"bx24py/static/{name}" for name in (assets.ARCHIVE, "bundled/bx24py.js", "bundled/bx24py-xhr.js")}
    expected |= {name.replace(".d.ts", ".js") for name in expected if name.endswith("-library.d.ts")}
    assert packed == {name for name in expected if "__pycache__" not in name and "_cache/" not in name}
    for template in new.TEMPLATES:
        assert {f"bx24py/dev/templates/{template}/{name}" for name in ("README.md", "tests/test_app.py")} <= packed
    assert "bx24py/dev/templates/_common/.vscode/settings.json" in packed
    assert "bx24py = bx24py.dev:main" in entry_points
    assert "bx24py = bx24py.dev.pytest_plugin" in entry_points


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


def test_sources_are_packed_where_nothing_can_compile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("BX24PY_HOME", str(tmp_path))
    monkeypatch.setattr(importlib.util, "MAGIC_NUMBER", b"none")
    assert in_archive(distribution.browser_archive()) == set(assets.browser_sources())
    assert "pages start more slowly: that needs Python 3.14 or Node.js" in capsys.readouterr().err


def test_code_of_another_python_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BX24PY_HOME", str(tmp_path))
    monkeypatch.setattr(pinned, "MAGIC_NUMBER", b"none")
    monkeypatch.setattr(distribution, "_compile", lambda sources: '{"bx24py/__init__.py": "b3RoZXI="}')
    with pytest.raises(Problem, match="is not that of Pyodide"):
        distribution.compiled_archive()
