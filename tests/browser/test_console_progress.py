"""The console: progress of long calls, waits, and packages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Route, expect

from tests.browser.console import Console, opening


@pytest.fixture(scope="module")
def opened(bx24_browser: Browser, bx24_snapshot: bytes | None) -> Iterator[Console]:
    with opening(bx24_browser, bx24_snapshot) as open_console:
        yield open_console()


@pytest.fixture
def console(opened: Console) -> Iterator[Console]:
    opened.fresh()
    opened.errors.clear()
    yield opened
    opened.page.unroute_all(behavior="ignoreErrors")
    for cell in opened.frame.get_by_role("button", name="Stop", exact=True).all():
        cell.click()
    opened.idle()
    opened.portal.rest.reset()


class Held:
    """Requests that wait until the test lets them go."""

    def __init__(self, console: Console, method: str) -> None:
        self.routes: list[Route] = []
        self.console = console
        console.page.route(f"**/rest/**{method}*", lambda route: self.routes.append(route))

    def let_go(self) -> None:
        """Wait for a request, and let it through."""
        for _ in range(500):
            if self.routes:
                break
            self.console.page.wait_for_timeout(20)
        self.routes.pop(0).continue_()


def bar(console: Console, name: str) -> Locator:
    return console.output().get_by_role("progressbar", name=name)


def test_a_list_shows_its_rows_requests_and_the_time_left(console: Console) -> None:
    pages, batches = Held(console, "crm.deal.list"), Held(console, "batch")
    console.start(
        "told = []\n"
        "rows = await bx24.call_list('crm.deal.list', on_progress=lambda *got: told.append(got))\n"
        "len(rows), told, bx24 is bx24py.bx24"
    )
    shown = bar(console, "crm.deal.list")
    expect(shown).to_be_visible()
    expect(shown).not_to_have_attribute("value", "0")
    pages.let_go()
    expect(shown).to_have_attribute("value", "50")
    expect(shown).to_have_attribute("max", "200")
    expect(console.output()).to_contain_text("50 of 200 rows · requests: 1 · ")
    expect(console.output()).to_contain_text("left")
    batches.let_go()
    console.idle()
    expect(console.output().get_by_role("progressbar")).to_have_count(0)
    expect(console.output()).to_contain_text("200")
    assert not console.errors
