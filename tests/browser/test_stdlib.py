"""Python's standard library in the browser: compiled, and only with the Pyodide that it was compiled for."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route

from .conftest import PythonPage

OpenApp = Callable[..., PythonPage]


@pytest.fixture(scope="session")
def bx24_snapshot() -> None:
    """Pages start as on a first visit."""


def recording(asked: list[str]) -> Callable[[Page], None]:
    """Return what has the names of the files that a page requests written down."""
    return lambda page: page.on("request", lambda one: asked.append(urlsplit(one.url).path.rpartition("/")[2]))


def test_the_standard_library_is_compiled(open_app: OpenApp) -> None:
    asked: list[str] = []
    app = open_app(before=recording(asked))
    found = app.python("""
        import json, urllib.parse
        try:
            json.loads("?")
        except ValueError as error:
            frame = error.__traceback__.tb_next.tb_frame
        return [urllib.parse.__spec__.origin, frame.f_code.co_filename, json.loads.__doc__]
    """)
    assert found[:2] == ["/lib/python314.zip/urllib/parse.pyc", "/lib/python314.zip/json/__init__.py"]
    assert found[2].startswith("Deserialize ``s``")
    assert "python_stdlib.zip" not in asked


def test_each_module_of_it_can_be_imported(open_app: OpenApp) -> None:
    """Those that Pyodide's own has too: what fails, fails for want of a part that the browser lacks."""
    failed = open_app().python("""
        import importlib, sys, zipfile
        failed = []
        for name in zipfile.ZipFile("/lib/python314.zip").namelist():
            module = name.removesuffix(".pyc").removesuffix("/__init__").replace("/", ".")
            if not name.endswith(".pyc") or module.endswith("__main__") or module in ("antigravity", "this"):
                continue
            try:
                importlib.import_module(module)
            except ImportError:
                pass
            except BaseException as error:
                failed.append(f"{module}: {error!r}")
        return failed
    """)
    assert failed == []


def test_a_pyodide_of_another_version_has_its_own(open_app: OpenApp) -> None:
    asked: list[str] = []

    def respond(route: Route) -> None:
        text = route.fetch().text()
        text, count = re.subn(r"(export ?\{.*)\b\w+ as version\b", r"const other = '0';\1other as version", text)
        assert count == 1
        route.fulfill(body=text, content_type="text/javascript")

    def before(page: Page) -> None:
        recording(asked)(page)
        page.route("**/pyodide.mjs", respond)

    app = open_app(before=before)
    assert (
        app.python("import urllib.parse; return urllib.parse.__spec__.origin") == "/lib/python314.zip/urllib/parse.py"
    )
    assert "python_stdlib.zip" in asked
