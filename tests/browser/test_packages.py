"""Packages in the page: micropip finds them on the local server, and what is missing is an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from bx24py.dev import distribution, packages
from tests.wheels import Pip, wheel

from .conftest import PAGE, PythonPage

APP = """
import js
import micropip
await micropip.install("greeting")
import greeting, words
js.document.getElementById("out").textContent = f"{greeting.TEXT} {words.VERSION}"
"""


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    wheels = {
        ("greeting", "1.0"): wheel("greeting", "1.0", "from words import TEXT", needs="words"),
        ("words", "1.0"): wheel("words", "1.0", "TEXT, VERSION = 'Hello', 1"),
        ("words", "2.0"): wheel("words", "2.0", "TEXT, VERSION = 'Hello', 2"),
    }
    cached = (packages.plain, packages._versions, packages._unreachable)
    for one in cached:
        one.cache_clear()
    monkeypatch.setattr(packages, "_pip", Pip(wheels))
    monkeypatch.setattr(packages, "_kept", lambda *_: None)
    monkeypatch.setattr(packages, "HOST", "http://127.0.0.1:1/")
    yield
    for one in cached:
        one.cache_clear()
    for name, version in wheels:
        (distribution.home() / "wheels" / f"{name}-{version}-py3-none-any.whl").unlink(missing_ok=True)


@pytest.mark.usefixtures("pip")
@pytest.mark.parametrize("named", ["app.py", "app.zip"])
def test_the_applications_own_code_installs_from_the_local_server(
    open_app: Callable[..., PythonPage], named: str
) -> None:
    page = PAGE.replace('"app.py"', f'"{named}" data-packages="words==1.0"' if named == "app.py" else f'"{named}"')
    app = open_app({"index.html": page, "app.py": APP})
    expect(app.frame.locator("#out")).to_have_text(f"Hello {1 if named == 'app.py' else 2}")


@pytest.mark.usefixtures("pip")
@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("numpy", "numpy is part of the Pyodide distribution and could not be fetched from"),
        ("nothing-at-all", "nothing-at-all could not be had as a package without compiled code"),
    ],
)
def test_a_missing_package_is_an_error(open_app: Callable[..., PythonPage], wanted: str, said: str) -> None:
    app = open_app({"index.html": PAGE.replace('"app.py"', f'"app.py" data-packages="{wanted}"')})
    panel = app.frame.get_by_role("alert")
    expect(panel).to_contain_text("A package could not be installed")
    expect(panel).to_contain_text(said)
