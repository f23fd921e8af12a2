"""The console in Firefox and WebKit: it opens, takes keys, runs cells, shows tables."""

from __future__ import annotations

import pytest

from bx24py.dev import libraries

from .conftest import DEMO, Application, Open
from .driver import CONTROL, ENTER, SHIFT

OUTPUT = ".output"


@pytest.fixture(scope="module")
def console(open_app: Open) -> Application:
    libraries.build(DEMO / "console")
    opened = open_app(DEMO / "console")
    opened.browser.wait_for_text("#state", "Ready")
    opened.browser.run("notebook.load('')")
    return opened


def cell(number: int, what: str = "") -> str:
    return f'.cell[aria-label="Cell {number}"] {what}'.strip()


def test_keys_write_and_run_cells(console: Application) -> None:
    browser = console.browser
    browser.click(cell(1, ".editor"))
    browser.press("first = 20")
    browser.press(ENTER, SHIFT)
    browser.find(cell(2))
    browser.press("first + 1")
    browser.press(ENTER, CONTROL)
    browser.wait_for_text(cell(2, OUTPUT), "21")


def test_a_cell_shows_a_table_of_the_portal(console: Application) -> None:
    browser = console.browser
    browser.run("notebook.cells[0].editor.code = args[0]", "await bx24.call_list('crm.deal.list', {'select': ['ID']})")
    browser.click(cell(1, "button.primary"))
    browser.wait_for_text(cell(1, f"{OUTPUT} table"), "ID")
    assert console.portal.rest.received("crm.deal.list")


def test_a_cell_shows_its_error(console: Application) -> None:
    browser = console.browser
    browser.run("notebook.cells[0].editor.code = '1 / 0'")
    browser.click(cell(1, "button.primary"))
    browser.wait_for_text(cell(1, OUTPUT), "ZeroDivisionError")
