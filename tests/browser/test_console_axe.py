"""The console: axe-core finds nothing in its dialogs and states, in light and dark, and none is too wide; languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from bx24py.dev.browser import application_frame
from tests.browser.axe import axe
from tests.browser.console import Console
from tests.browser.console_states import STATES, State, close, search

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
"""How much wider than its frame the page is."""


@pytest.fixture
def console(opened_console: Console) -> Iterator[Console]:
    yield opened_console
    close(opened_console)
    opened_console.page.emulate_media(color_scheme="light")
    opened_console.page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_axe_finds_nothing(console: Console, state: State) -> None:
    state(console)
    found = axe(console.frame)
    console.page.emulate_media(color_scheme="dark")
    console.page.set_viewport_size({"width": 400, "height": 900})
    console.page.wait_for_timeout(100)  # until it is drawn anew
    found += axe(console.frame)
    assert console.frame.evaluate(WIDER) <= 0
    # Each output is called "Output", as the cells around them have names that differ. A rule of axe-core, none of WCAG.
    assert [line for line in found if not (line.startswith("landmark-unique") and ".output" in line)] == []


@pytest.mark.parametrize(
    ("lang", "title", "cell", "find"),
    [("de", "Python-Konsole", "Zelle 1", "Suchen"), ("ru", "Консоль Python", "Ячейка 1", "Найти")],
)
def test_it_speaks_the_language_of_the_portal(console: Console, lang: str, title: str, cell: str, find: str) -> None:
    console.portal.state.lang = lang
    console.page.set_viewport_size({"width": 400, "height": 900})
    address = console.frame.url.split("?")[0]
    console.page.reload()
    console.frame = application_frame(console.page, address)
    expect(console.frame.get_by_role("heading", name=title, exact=True)).to_be_visible()
    expect(console.frame.get_by_role("region", name=cell, exact=True)).to_be_visible()
    assert console.frame.evaluate("document.documentElement.lang") == lang
    search(console)
    expect(console.frame.get_by_role("textbox", name=find, exact=True)).to_be_visible()
    assert console.frame.evaluate(WIDER) <= 0
