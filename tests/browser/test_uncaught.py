"""Errors that nobody caught: one entry in the console and one event each, status 1 of `run`, and a failed test."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bx24py.dev.application import make_server
from bx24py.dev.browser import application_frame
from bx24py.dev.portal.portal import Portal

from .conftest import PAGE, PythonPage, wait_until
from .test_plugin import run_pytest

APP = """
import asyncio, js, logging
from pyodide.ffi import create_proxy
from bx24py import bx24

def broken():
    return 1 / 0

async def async_handler(event):
    await later()

async def later():
    await asyncio.sleep(0)
    broken()

def start_task():
    global kept
    kept = asyncio.create_task(later())

class Dying:
    def __del__(self):
        broken()

KINDS = {
    "handler": lambda event: broken(),
    "async_handler": async_handler,
    "task": lambda event: start_task(),
    "callback": lambda event: asyncio.get_running_loop().call_soon(broken) and None,
    "deleted": lambda event: Dying() and None,
    "not_awaited": lambda event: bx24.call_method("no.such") and None,
}
for kind, handler in KINDS.items():
    js.document.getElementById("out").addEventListener(kind, create_proxy(handler))
bx24.bind(js.document.getElementById("out"), "bound", lambda event: broken())
"""
FIRE = "kind => document.getElementById('out').dispatchEvent(new Event(kind))"
RECORD = "addEventListener('bx24py:error', ({detail}) => (window.seen ??= []).push(detail))"


@pytest.fixture(scope="module")
def page(open_for_module: Callable[..., PythonPage]) -> PythonPage:
    opened = open_for_module({"app.py": APP}, before=lambda page: page.add_init_script(RECORD))
    opened.frame.evaluate("window.bx24py.finished")
    return opened


@pytest.mark.parametrize("kind", ["handler", "async_handler", "task", "callback", "deleted", "bound", "not_awaited"])
def test_each_kind_is_reported_once(page: PythonPage, kind: str) -> None:
    page.console.clear()
    page.frame.evaluate("window.seen = []")
    page.frame.evaluate(FIRE, kind)
    expected = "MethodNotFoundError: no.such" if kind == "not_awaited" else "ZeroDivisionError: division by zero"
    wait_until(page.page, lambda: bool(page.frame.evaluate("window.seen.length")), kind)
    page.page.wait_for_timeout(100)
    (seen,) = page.frame.evaluate("window.seen")
    assert expected in seen["text"]
    assert seen["fatal"] is False
    (entry,) = [line for line in page.console if expected in line]
    assert entry == f"bx24py: {seen['title']}\n{seen['text']}"
    if kind != "not_awaited":
        assert 'File "app.py"' in entry
    assert "/lib/python" not in entry
    assert "bx24py/" not in entry


def project(folder: Path, app: str, test: str = "") -> Path:
    for name, text in {"index.html": PAGE, "app.py": app, "test_app.py": test, "pytest.ini": "[pytest]"}.items():
        (folder / name).write_text(text)
    return folder


def test_run_says_it_and_ends_with_1(tmp_path: Path) -> None:
    app = "import asyncio, logging\nlogging.warning('careful')\nasync def work():\n    1 / 0\n"
    app += "asyncio.create_task(work())\n"
    command = [sys.executable, "-m", "bx24py", "run", str(project(tmp_path, app)), "--headless"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert "WARNING:root:careful" in done.stderr
    assert done.stderr.count("ZeroDivisionError") == 1
    assert 'File "app.py", line 4, in work' in done.stderr


def test_a_slow_start_is_seen_in_run(tmp_path: Path) -> None:
    app = "import js\nprint('answered:', bool(js.bx24py.initialised))\n"
    folder = project(tmp_path, app)
    for seconds, answered in (("0", "True"), ("6", "False")):
        command = [sys.executable, "-m", "bx24py", "run", str(folder), "--headless", "--slow-start", seconds]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert f"answered: {answered}" in done.stdout, done


TEST = """
import pytest
from playwright.sync_api import expect

CLICK = "document.getElementById('out').dispatchEvent(new Event('handler'))"

def ready(app):
    app.frame.evaluate("window.bx24py.finished")

def test_unexpected(bx24_app):
    ready(bx24_app)
    bx24_app.frame.evaluate(CLICK)

def test_expected(bx24_app):
    ready(bx24_app)
    with bx24_app.expect_error(match="ZeroDivision") as found:
        bx24_app.frame.evaluate(CLICK)
    assert "division by zero" in found[0]
    assert bx24_app.errors == []

def test_never_came(bx24_app):
    ready(bx24_app)
    with bx24_app.expect_error(match="KeyError", timeout=0.2):
        pass

@pytest.mark.bx24_app("bad")
def test_start_failed(bx24_app):
    expect(bx24_app.frame.locator("#out")).to_have_text("there", timeout=3000)

def test_script_failed(bx24_app):
    ready(bx24_app)
    bx24_app.frame.evaluate("setTimeout(() => { throw new Error('foreign') })")
    bx24_app.page.wait_for_timeout(100)
"""


def test_a_test_fails_with_the_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path, APP, TEST)
    (tmp_path / "bad").mkdir()
    (project(tmp_path / "bad", "x = {}['gone']\n") / "test_app.py").unlink()
    status, output = run_pytest(tmp_path, monkeypatch)
    assert status == 1
    assert "4 failed, 1 passed" in output
    assert "the application has an error that nobody caught" in output
    assert "line 7, in broken" in output
    assert "KeyError: 'gone'" in output
    assert "Error: foreign" in output
    assert "no error within 0.2 s that matches 'KeyError'" in output


def test_the_page_shows_it_while_it_is_served(
    tmp_path: Path, bx24_browser: Browser, bx24_snapshot: bytes | None
) -> None:
    folder = project(tmp_path, APP)
    with make_server(Portal(deals=1), folder, snapshot=bx24_snapshot, shows_errors=True) as server:
        page = bx24_browser.new_page()
        page.goto(server.url)
        frame = application_frame(page, server.app_url)
        frame.evaluate("window.bx24py.finished")
        for fire, text in (
            ("document.getElementById('out').dispatchEvent(new Event('handler'))", "ZeroDivisionError"),
            ("setTimeout(() => { throw new Error('foreign') })", "Error: foreign"),
        ):
            frame.evaluate(fire)
            panel = frame.get_by_role("alert")
            expect(panel).to_contain_text(text)
            panel.get_by_role("button", name="Close").click()
            expect(panel).to_have_count(0)
        page.close()
