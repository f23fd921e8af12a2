"""Packages for the local portal: from the distribution's host with the sums of the lock file, else through pip."""

from __future__ import annotations

import hashlib
import io
import json
import urllib.error
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bx24py.dev import distribution, packages, pinned
from bx24py.dev.contents import named_packages
from bx24py.dev.packages import MissingPackageError, Packages
from tests.wheels import Pip, wheel

FILE = "fast-2.0-cp314-cp314-pyemscripten_2026_0_wasm32.whl"
LOCKED = {
    "fast": {"file_name": FILE, "version": "2.0", "sha256": hashlib.sha256(b"fast").hexdigest()},
    "charts": {
        "file_name": "charts-1.0-py3-none-any.whl",
        "version": "1.0",
        "sha256": hashlib.sha256(b"fast").hexdigest(),
        "depends": ["fast", "charts"],
    },
    "zones": {"file_name": "zones-1.0-py2.py3-none-any.whl", "version": "1.0", "sha256": "0" * 64},
}
ADDRESS = "http://127.0.0.1:1/pyodide/simple/x/"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(distribution, "home", lambda: tmp_path)
    monkeypatch.setattr(packages, "locked", lambda: LOCKED)
    for cached in (packages._by_file, packages._unreachable, packages._versions, packages.plain):
        cached.cache_clear()
    return tmp_path


@pytest.fixture
def pip(home: Path, monkeypatch: pytest.MonkeyPatch) -> Pip:
    names = [("words", "1.0"), ("words", "1.1"), ("zones", "1.0"), ("two-words", "3.0")]
    pip = Pip({(name, version): wheel(name.replace("-", "_"), version, "") for name, version in names})
    monkeypatch.setattr(packages, "_pip", pip)
    return pip


@pytest.fixture
def host(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes | None], None]:
    """Set what the distribution's host answers; None: it cannot be reached."""

    def answer(content: bytes | None) -> None:
        def urlopen(_request: Any, timeout: float) -> io.BytesIO:
            if content is None:
                raise urllib.error.URLError("no route")
            return io.BytesIO(content)

        monkeypatch.setattr("urllib.request.urlopen", urlopen)

    return answer


def listed(name: str) -> list[str]:
    content, kind = Packages().get(f"simple/{name}/", ADDRESS)
    assert isinstance(content, bytes)
    assert kind == packages.INDEX_TYPE
    files = json.loads(content)["files"]
    assert all(file["url"] == ADDRESS + file["filename"] for file in files)
    return [file["filename"] for file in files]


@pytest.mark.usefixtures("pip")
def test_the_index_has_the_versions_of_a_plain_package() -> None:
    assert listed("words") == ["words-1.1-py3-none-any.whl", "words-1.0-py3-none-any.whl"]
    assert listed("Two.Words") == ["two_words-3.0-py3-none-any.whl"]


def test_wheels_are_kept(pip: Pip) -> None:
    for _ in range(2):
        content, _ = Packages().get("simple/two-words/two_words-3.0-py3-none-any.whl", ADDRESS)
        assert isinstance(content, Path)
        packages.plain.cache_clear()
    assert pip.asked == ["two-words==3.0"]
    pip.wheels.clear()
    assert listed("two-words") == ["two_words-3.0-py3-none-any.whl"]  # without a network


@pytest.mark.usefixtures("pip")
def test_what_pip_does_not_have() -> None:
    with pytest.raises(MissingPackageError, match=r"nothing could not be had .*: No matching distribution"):
        listed("nothing")
    with pytest.raises(KeyError):
        Packages().get("simple/../etc/passwd", ADDRESS)
    with pytest.raises(KeyError):
        Packages().get("other.whl", ADDRESS)


@pytest.mark.usefixtures("pip")
def test_a_package_of_the_distribution_has_its_sum(home: Path, host: Callable[[bytes | None], None]) -> None:
    host(b"another")
    with pytest.raises(MissingPackageError, match="not the file that the lock file"):
        Packages().get(FILE, ADDRESS)
    assert not list(home.rglob(FILE))
    host(b"fast")
    content, _ = Packages().get(FILE, ADDRESS)
    assert isinstance(content, Path)
    with pytest.raises(MissingPackageError, match="is part of"):  # so that micropip takes it from the lock file
        listed("fast")
    host(None)
    assert Packages().get(FILE, ADDRESS)[0] == content
    content.write_bytes(b"damaged")
    with pytest.raises(MissingPackageError, match=rf"could not be fetched .*: no route\. Put {FILE} into "):
        Packages().get(FILE, ADDRESS)


def test_what_a_page_names_is_packed_with_what_it_needs(
    home: Path, host: Callable[[bytes | None], None], tmp_path: Path
) -> None:
    page = tmp_path / "index.html"
    page.write_text('<script data-app="a.py" data-packages="Charts==1.0, other, my/own.whl"></script>')
    names = named_packages(page)
    assert names == ["charts", "other"]
    host(b"fast")
    assert sorted(packages.with_dependencies(names)) == ["charts-1.0-py3-none-any.whl", FILE]
    host(None)
    assert len(packages.with_dependencies(names)) == 2
    (home / f"packages-{pinned.VERSION}" / FILE).unlink()
    packages._unreachable.cache_clear()
    with pytest.raises(MissingPackageError, match="fast is part of"):
        packages.with_dependencies(names)


@pytest.mark.usefixtures("pip")
def test_without_the_host_a_plain_package_of_the_distribution_comes_through_pip(
    host: Callable[[bytes | None], None],
) -> None:
    host(None)
    assert listed("zones") == ["zones-1.0-py3-none-any.whl"]
    with pytest.raises(MissingPackageError, match="fast is part of"):
        listed("fast")
