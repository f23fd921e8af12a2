"""The console in Firefox and WebKit: it opens, takes keys, runs cells, shows tables."""

from __future__ import annotations

import pytest

from bx24py.dev import libraries

from .conftest import DEMO, Application, Open
from .driver import CONTROL, ENTER, SHIFT


@pytest.fixture(scope="module")
def console(open_app: Open) -> Application:
    libraries.build(DEMO / "console")
    opened = open_app(DEMO / "console")
    opened.browser.wait_for_text("#state", "Ready")
    opened.browser.run("notebook.load('')")
    return opened


def cell(number: int, what: str = "") -> str:
    return f'.cell[aria-label="Cell {number}"] {what}'.strip()


def test_keys_write_and_run_a_cell(console: Application) -> None:
    browser = console.browser
    browser.click(cell(1, ".cm-content"))
    browser.type(cell(1, ".cm-content"), "first = 20")
    browser.type(cell(1, ".cm-content"), SHIFT + ENTER)
    browser.type(cell(2, ".cm-content"), "first + 1" + CONTROL + ENTER)
    browser.wait_for_text(cell(2), "21")
