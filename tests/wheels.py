"""Small wheels for tests of packages, and a pip that has them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import bx24py
from bx24py.dev import assets


def wheel(name: str, version: str, source: str, *, needs: str = "") -> bytes:
    """Return a wheel with one module."""
    return _wheel(name, version, {f"{name}.py": source}, needs)


def own_wheel() -> tuple[str, bytes]:
    """Return the name and the content of a wheel with what of this package runs in the browser, made in no time."""
    name, version = bx24py.__name__, bx24py.__version__
    return f"{name}-{version}-py3-none-any.whl", _wheel(name, version, assets.browser_sources())


def _wheel(name: str, version: str, files: dict[str, str], needs: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for path, source in files.items():
            made.writestr(path, source)
        info = f"{name}-{version}.dist-info"
        required = f"Requires-Dist: {needs}\n" if needs else ""
        made.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{required}")
        made.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        made.writestr(f"{info}/RECORD", "")
    return buffer.getvalue()


class Pip:
    """Stands in for `packages._pip`: its index has these wheels, by name and version."""

    def __init__(self, wheels: dict[tuple[str, str], bytes]) -> None:
        self.wheels = wheels
        self.asked: list[str] = []

    def __call__(self, *arguments: str) -> tuple[str, str]:
        if arguments[0] == "index":
            versions = sorted((version for name, version in self.wheels if name == arguments[2]), reverse=True)
            return f"Available versions: {', '.join(versions)}\n", ""
        name, _, version = arguments[-1].partition("==")
        self.asked.append(arguments[-1])
        found = max((one for one in self.wheels if one[0] == name and version in ("", one[1])), default=None)
        if found is None:
            return "", f"No matching distribution found for {arguments[-1]}"
        folder = Path(arguments[arguments.index("--dest") + 1])
        (folder / f"{name.replace('-', '_')}-{found[1]}-py3-none-any.whl").write_bytes(self.wheels[found])
        return "", ""
