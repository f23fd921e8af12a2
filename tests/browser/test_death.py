"""Python dies in the page: its stack overflows, or Pyodide fails. The page says so, and nothing waits for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from bx24py.dev.portal.portal import Portal

from .conftest import PAGE, PythonPage
from .test_loader import LISTEN, failure_of

OpenApp = Callable[..., PythonPage]

OVERFLOW = """
def overflow():
    import json
    json.loads("[" * 100_000)
"""
RECURSION = """
def overflow():
    def call(_):
        return sorted([0], key=call)
    call(0)
"""
DEEP = """
def overflow():
    value = []
    for _ in range(100_000):
        value = [value]
    repr(value)
"""

WAYS = {
    "app.py": "overflow()",
    "a task": "import asyncio\nasync def task(): overflow()\nasyncio.ensure_future(task())\nawait asyncio.sleep(1000)",
    "a timer": "import asyncio\nasyncio.get_running_loop().call_later(0.05, overflow)",
    "an event": "import js\nfrom bx24py import bx24\n"
    "bx24.bind(js.document.body, 'click', lambda *_: overflow())\njs.setTimeout('document.body.click()', 50)",
    "an answer": "from bx24py import bx24\nawait bx24.call_method('user.current')\noverflow()",
    "JavaScript that keeps silent": "import js\nfrom pyodide.ffi import create_proxy\n"
    "js.overflow = create_proxy(overflow)\njs.setTimeout('try { overflow() } catch {}', 50)",
    "runPython": "import js\n"
    "js.setTimeout('bx24py.ready.then((pyodide) => pyodide.runPython(\"overflow()\")).catch(() => {})', 50)",
}


def check_death(app: PythonPage) -> None:
    title, text = failure_of(app)
    assert title == "Python has stopped"
    assert "Maximum call stack size exceeded" in text
    assert "Reload the page" in text
    app.page.wait_for_timeout(100)
    errors = [what for name, what in app.frame.evaluate("window.events") if name == "error"]
    assert errors == [title]
    expect(app.frame.get_by_role("alert")).to_have_count(1)


@pytest.mark.parametrize("way", [way for way in WAYS if way not in ("a task", "a timer")])  # those are below
def test_the_page_says_that_python_has_died_whatever_it_was_in(open_app: OpenApp, way: str) -> None:
    app = open_app({"app.py": OVERFLOW + WAYS[way]}, before=lambda page: page.add_init_script(LISTEN))
    check_death(app)


@pytest.mark.parametrize("how", [RECURSION, DEEP], ids=["calls", "repr"])
def test_it_is_noticed_whatever_it_dies_of(open_app: OpenApp, how: str) -> None:
    app = open_app({"app.py": how + WAYS["a timer"]}, before=lambda page: page.add_init_script(LISTEN))
    check_death(app)


STATES = """(async () => {
  const late = new Promise((resolve) => setTimeout(resolve, 5000, "pending"));
  const state = (promise) => Promise.race([promise.then(() => "fulfilled", (error) => error.title), late]);
  return [await state(bx24py.ready), await state(bx24py.finished)];
})()"""


@pytest.mark.parametrize(
    ("code", "states"),
    [
        (WAYS["a task"], ["fulfilled", "Python has stopped"]),
        (WAYS["a timer"], ["fulfilled", "fulfilled"]),
    ],
    ids=["while app.py waits", "after app.py"],
)
def test_promises_that_are_pending_fail(open_app: OpenApp, code: str, states: list[str]) -> None:
    app = open_app({"app.py": OVERFLOW + code}, before=lambda page: page.add_init_script(LISTEN))
    check_death(app)
    assert app.frame.evaluate(STATES) == states


def test_what_dies_in_the_installation_is_told_too(open_app: OpenApp) -> None:
    portal = Portal(deals=0)
    portal.state.first_run = True
    page = PAGE.replace('"app.py"', '"app.py" data-install="install.py"')
    files: dict[str, Any] = {"index.html": page, "install.py": OVERFLOW + WAYS["a task"]}
    app = open_app(files, portal=portal, before=lambda page: page.add_init_script(LISTEN))
    check_death(app)
    assert app.frame.evaluate(STATES) == ["Python has stopped"] * 2


CALLS = """
import js
from bx24py import bx24
from pyodide.ffi import create_proxy
js.overflow = create_proxy(overflow)
js.add = create_proxy(lambda title: bx24.call_method("crm.deal.add", {"fields": {"TITLE": title}}))
await bx24.call_method("user.current")
"""


def test_nothing_more_is_sent_for_what_is_dead(open_app: OpenApp) -> None:
    """Not what waits for a new token, nor what a function of the dead interpreter still calls."""
    portal = Portal(deals=0)
    app = open_app({"app.py": OVERFLOW + CALLS}, portal=portal, before=lambda page: page.add_init_script(LISTEN))
    app.frame.evaluate("bx24py.finished")

    def renew(_: Any) -> Any:
        time.sleep(1.5)
        return portal.state.tokens.issue()

    portal.frame.answer("refreshAuth", renew)
    portal.state.tokens.expire()
    app.frame.evaluate("""() => {
        add("before");
        setTimeout(() => { try { overflow() } catch {} }, 700);
        setTimeout(() => { try { add("after") } catch {} }, 900);
    }""")
    check_death(app)
    app.page.wait_for_timeout(2000)
    app.frame.evaluate("new Promise((resolve) => BX24.callMethod('user.current', {}, resolve))")  # the page's own works
    sent = [(call.method, call.status) for call in portal.rest.calls]
    assert sent == [("user.current", 200), ("crm.deal.add", 401), ("user.current", 200)]
