"""The wheel carries all that the installed package needs: both parts of it, the static files, the demos."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_wheel_is_complete(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", str(ROOT), "--quiet", "--no-deps", "--wheel-dir", str(tmp_path)]
    subprocess.run(command, check=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
        entry_points = wheel.read(next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))).decode()
    expected = {path.relative_to(ROOT).as_posix() for path in (ROOT / "bx24py").rglob("*") if path.is_file()}
    for folder in ("static", "demo"):
        expected |= {f"bx24py/{path.relative_to(ROOT)}" for path in (ROOT / folder).rglob("*") if path.is_file()}
    assert packed == {name for name in expected if "__pycache__" not in name}
    assert "bx24py = bx24py.dev:main" in entry_points
    assert "bx24py = bx24py.dev.pytest_plugin" in entry_points
