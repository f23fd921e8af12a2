"""Errors that nobody caught: one entry in the console and one event each, status 1 of `run`, a failed test."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bx24py.dev.application import Application, make_server
from bx24py.dev.browser import application_frame
from bx24py.dev.pack import pack
from bx24py.dev.portal.portal import Portal

from .axe import axe
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

def leak():
    auth = bx24.get_auth()
    raise ValueError(f"{auth.access_token} {auth.refresh_token}")

def decorate():
    @bx24.placement.bind_event("No::Such")
    def never(data): ...

KINDS = {
    "token": lambda event: leak(),
    "decorated": lambda event: decorate(),
    "not_bound": lambda event: bx24.placement.bind_event("No::Such", print) and None,
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
OTHER_ERRORS = {
    "not_awaited": "MethodNotFoundError: no.such",
    "decorated": "UnknownEventError: BX24.placement.bindEvent: 'No::Such'",
    "not_bound": "UnknownEventError: BX24.placement.bindEvent: 'No::Such'",
    "token": "ValueError: *** ***",
}
"""What is raised where it is not a division by zero."""
FIRE = "kind => document.getElementById('out').dispatchEvent(new Event(kind))"
RECORD = "addEventListener('bx24py:error', ({detail}) => (window.seen ??= []).push(detail))"


@pytest.fixture(scope="module")
def page(open_for_module: Callable[..., PythonPage]) -> PythonPage:
    opened = open_for_module({"app.py": APP}, before=lambda page: page.add_init_script(RECORD))
    opened.frame.evaluate("window.bx24py.finished")
    return opened


@pytest.mark.parametrize("kind", ["handler", "async_handler", "task", "callback", "deleted", "bound", *OTHER_ERRORS])
def test_each_kind_is_reported_once(page: PythonPage, kind: str) -> None:
    page.console.clear()
    page.frame.evaluate("window.seen = []")
    page.frame.evaluate(FIRE, kind)
    expected = OTHER_ERRORS.get(kind, "ZeroDivisionError: division by zero")
    wait_until(page.page, lambda: bool(page.frame.evaluate("window.seen.length")), kind)
    page.page.wait_for_timeout(100)
    (seen,) = page.frame.evaluate("window.seen")
    assert expected in seen["text"]
    assert seen["fatal"] is False
    (entry,) = [line for line in page.console if expected in line]
    assert entry == f"bx24py: {seen['title']}\n{seen['text']}"
    if kind not in OTHER_ERRORS:
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


def test_no_token_is_in_what_run_says(tmp_path: Path) -> None:
    app = (
        "import asyncio, js\nfrom bx24py import bx24\nawait bx24.call_method('user.current')\n"
        "auth = bx24.get_auth()\nprint('reversed', auth.access_token[::-1], auth.refresh_token[::-1])\n"
        "text = f'{auth.access_token} {auth.refresh_token}'\n"
        "async def work():\n    raise ValueError(text)\nasyncio.create_task(work())\n"
        "js.eval(f'setTimeout(() => {{ throw new Error(\"foreign {text}\") }})')\n"
        "await asyncio.sleep(0.1)\nraise LookupError(text)\n"
    )
    command = [sys.executable, "-m", "bx24py", "run", str(project(tmp_path, app)), "--headless"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    tokens = done.stdout.partition("reversed ")[2].split()[:2]
    assert len(tokens) == 2
    for text in ("ValueError: *** ***", "foreign *** ***", "LookupError: *** ***"):
        assert text in done.stderr
    assert not [token for token in tokens if token[::-1] in done.stdout + done.stderr]


def test_a_slow_start_is_seen_in_run(tmp_path: Path) -> None:
    app = "import js\nprint('answered:', bool(js.bx24py.initialised))\n"
    folder = project(tmp_path, app)
    for seconds, answered in (("0", "True"), ("6", "False")):
        command = [sys.executable, "-m", "bx24py", "run", str(folder), "--headless", "--slow-start", seconds]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert f"answered: {answered}" in done.stdout, done


TEST = r"""
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

def test_token(bx24_app):
    ready(bx24_app)
    tokens = bx24_app.frame.evaluate("Object.values(BX24.getAuth()).map(String)")
    with bx24_app.expect_error(match=r"ValueError: [*]{3} [*]{3}") as found:
        bx24_app.frame.evaluate(CLICK.replace("handler", "token"))
    with bx24_app.expect_error(match="Error: foreign") as foreign:
        bx24_app.frame.evaluate("setTimeout(() => { throw new Error('foreign ' + BX24.getAuth().access_token) })")
    assert not [token for token in tokens if len(token) > 20 and token in str([found, foreign, bx24_app.console])]

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
    assert "4 failed, 2 passed" in output
    assert "the application has an error that nobody caught" in output
    assert "line 7, in broken" in output
    assert "KeyError: 'gone'" in output
    assert "Error: foreign" in output
    assert "no error within 0.2 s that matches 'KeyError'" in output


TOKENS = "(({access_token, refresh_token}) => [access_token, refresh_token])(BX24.getAuth())"


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
            ("document.getElementById('out').dispatchEvent(new Event('token'))", "ValueError: *** ***"),
            (f"setTimeout(() => {{ throw new Error('foreign ' + {TOKENS}.join(' ')) }})", "Error: foreign *** ***"),
        ):
            frame.evaluate(fire)
            panel = frame.get_by_role("alert")
            expect(panel).to_contain_text(text)
            panel.get_by_role("button", name="Close").click()
            expect(panel).to_have_count(0)
            row = page.locator(".log-row.failed", has_text="ERROR").filter(has_text=text)
            row.click()
            expect(page.locator("#detail-params")).to_contain_text(text)
        assert axe(page) == []
        shown = page.locator("body").inner_text() + page.content()
        assert not [token for token in frame.evaluate(TOKENS) if token in shown]

        # A page that shows an error by itself.
        frame.evaluate("addEventListener('bx24py:error', (event) => event.preventDefault(), { once: true })")
        frame.evaluate(FIRE, "handler")
        expect(page.locator(".log-badge.error")).to_have_count(4)
        expect(frame.get_by_role("alert")).to_have_count(0)
        frame.evaluate(FIRE, "handler")
        expect(frame.get_by_role("alert")).to_be_visible()
        page.close()


def test_a_start_that_failed_is_not_shown_where_the_page_does(
    tmp_path: Path, bx24_browser: Browser, bx24_snapshot: bytes | None
) -> None:
    folder = project(tmp_path, "x = {}['gone']\n")
    handler = (
        "<script>addEventListener('bx24py:error', (event) => {"
        " event.preventDefault(); document.getElementById('out').textContent = `own: ${event.detail.text}` })</script>"
    )
    (folder / "index.html").write_text(PAGE.replace("<script", f"{handler}\n<script", 1))
    with make_server(Portal(deals=1), folder, snapshot=bx24_snapshot) as server:
        page = bx24_browser.new_page()
        page.goto(server.url)
        frame = application_frame(page, server.app_url)
        expect(frame.locator("#out")).to_contain_text("KeyError: 'gone'")
        expect(frame.get_by_role("alert")).to_have_count(0)
        page.close()


def test_a_packed_page_has_it_in_the_console_and_as_an_event(tmp_path: Path, bx24_browser: Browser) -> None:
    (tmp_path / "app").mkdir()
    packed = tmp_path / "packed"
    pack(Application(project(tmp_path / "app", APP)), packed, bundled=True)
    with make_server(Portal(deals=1), packed) as server:
        page = bx24_browser.new_page()
        console: list[str] = []
        page.on("console", lambda entry: console.append(f"{entry.type} {entry.text}"))
        page.add_init_script(RECORD)
        page.goto(server.url)
        frame = application_frame(page, server.app_url)
        frame.evaluate("window.bx24py.finished")
        for kind, text in (("task", "ZeroDivisionError: division by zero"), ("token", "ValueError: *** ***")):
            frame.evaluate("window.seen = []")
            frame.evaluate(FIRE, kind)
            wait_until(page, lambda: bool(frame.evaluate("window.seen.length")), kind)
            (seen,) = frame.evaluate("window.seen")
            assert seen["text"].endswith(text)
            assert [line for line in console if text in line] == [f"error bx24py: {seen['title']}\n{seen['text']}"]
        assert not [token for token in frame.evaluate(TOKENS) if token in "".join(console)]
        expect(frame.get_by_role("alert")).to_have_count(0)
        page.close()
