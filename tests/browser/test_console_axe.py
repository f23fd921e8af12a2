"""The console: axe-core finds nothing in its dialogs and states, in light and dark."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.axe import axe
from tests.browser.console import Console
from tests.browser.console_states import STATES, State, close


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
    # Each output is called "Output", as the cells around them have names that differ. A rule of axe-core, none of WCAG.
    assert [line for line in found if not (line.startswith("landmark-unique") and ".output" in line)] == []
