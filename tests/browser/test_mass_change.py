"""The demo that moves 300 deals at once: all goes well, is cancelled, breaks, is refused in part."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Frame, Locator, Page, expect

from bx24py.dev.application import make_server
from bx24py.dev.browser import application_frame
from bx24py.dev.portal.calls import LoggedCall
from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.methods.crm import METHODS
from bx24py.dev.portal.portal import Portal

FOLDER = Path(__file__).parents[2] / "demo" / "mass_change"

Scheme = Literal["light", "dark"]


@dataclass
class Mover:
    """The application open in a portal, and what the portal has done."""

    portal: Portal
    page: Page
    frame: Frame
    moves: Counter[int] = field(default_factory=Counter)
    refused: set[int] = field(default_factory=set)
    hangs_at: int = -1
    """At which of the updates the portal falls silent for good, once."""

    def __getitem__(self, selector: str) -> Locator:
        return self.frame.locator(selector)

    def click(self, name: str | Any) -> None:
        self.frame.get_by_role("button", name=name).click()

    def count(self) -> int:
        """Give how many deals would be moved."""
        words = self["#preview .primary"].text_content() or ""
        return int(words.split()[1])

    async def update(self, params: dict[str, Any], call: Any) -> Any:
        """Move a deal as the portal does, unless it shall not."""
        number = int(params["id"])
        if sum(self.moves.values()) == self.hangs_at:
            self.hangs_at = -1
            await asyncio.sleep(600)
        if number in self.refused:
            raise RestFault("", "Access denied")
        self.moves[number] += 1
        return METHODS["crm.deal.update"].function(params, call)

    def overflow(self) -> int:
        """Give by how many pixels the page is wider than its frame."""
        return int(self.frame.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def break_batch(self, number: int) -> None:
        """Break the connection when the portal has executed this batch, of those that move."""
        route = self.portal.rest.route("batch")
        first = route.call_count

        def listen(call: LoggedCall) -> None:
            if call.method == "batch" and route.call_count == first + number - 1:
                route.drop(after_bytes=10).times(1)

        self.portal.rest.on_call(listen)


Open = Callable[..., Mover]


@pytest.fixture
def open_mover(bx24_browser: Browser, bx24_snapshot: bytes | None) -> Iterator[Open]:
    """Open the application in a portal of its own."""
    with ExitStack() as stack:

        def open_one(portal: Portal | None = None, *, width: int = 1280, scheme: Scheme = "light") -> Mover:
            portal = portal or Portal(deals=5000)
            portal.rest.limits.enabled = False
            server = stack.enter_context(make_server(portal, FOLDER, snapshot=bx24_snapshot))
            context = stack.enter_context(
                bx24_browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
            )
            page = context.new_page()
            page.goto(server.url)
            page.get_by_role("button", name="Developer tools").click()
            mover = Mover(portal, page, application_frame(page, server.app_url))
            expect(mover["#choice:not([hidden]), #problem button"].first).to_be_visible()
            portal.rest.route("crm.deal.update").side_effect(mover.update)
            return mover

        yield open_one


def test_all_deals_of_a_stage_move(open_mover: Open) -> None:
    mover = open_mover()
    expect(mover["#preview .words"]).to_contain_text("deals from New to Document preparation")
    expect(mover["#preview .deals li"]).to_have_count(51)
    count = mover.count()
    assert 250 < count < 300
    batches = mover.portal.rest.route("batch")
    mover.click(f"Move {count} deals")
    expect(mover["#report .words"]).to_have_text(f"Done. {count} deals moved to Document preparation.")
    assert len(mover.moves) == sum(mover.moves.values()) == count
    assert batches.call_count == 6
    expect(mover["#report .group"]).to_have_count(0)
    mover.click("Move other deals")
    expect(mover["#preview"]).to_have_text("There are no deals in this stage.")
    expect(mover["#from"]).to_be_focused()
    mover["#from"].select_option("PREPARATION")
    expect(mover["#preview .words"]).to_contain_text("choose another stage")
    expect(mover["#preview .primary"]).to_be_disabled()
    mover["#to"].select_option("NEW")
    expect(mover["#preview .words"]).to_contain_text("The newest 300 of ")
    mover.click("Move 300 deals")
    expect(mover["#report .words"]).to_have_text("Done. 300 deals moved to New.")


def test_a_connection_that_breaks(open_mover: Open) -> None:
    """What is uncertain is read, and moves once; the rest is sent again."""
    mover = open_mover()
    count = mover.count()
    mover.break_batch(4)
    mover.click(f"Move {count} deals")
    expect(mover["#report .words"]).to_have_text(f"Not complete. 150 of {count} deals moved to Document preparation.")
    expect(mover["#report .outcome"]).to_contain_text("The connection failed.")
    expect(mover["#report .uncertain h2"]).to_have_text("50 deals may have been moved")
    expect(mover["#report .unmoved h2"]).to_have_text(f"{count - 200} deals not moved")
    mover.click("Try again")
    expect(mover["#report .words"]).to_contain_text(f"{count - 50} of {count} deals")
    expect(mover["#report .group"]).to_have_count(1)
    mover.click("Check, and move the others")
    expect(mover["#report .words"]).to_have_text(f"Done. {count} deals moved to Document preparation.")
    assert len(mover.moves) == sum(mover.moves.values()) == count


def test_cancelling_in_the_middle_of_a_batch(open_mover: Open) -> None:
    mover = open_mover()
    count = mover.count()
    mover.hangs_at = 120
    mover.click(f"Move {count} deals")
    expect(mover["#running-text"]).to_have_text(f"100 of {count} deals")
    expect(mover["#bar"]).to_have_js_property("value", 100)
    mover.page.wait_for_timeout(300)
    mover.click("Cancel")
    expect(mover["#report .words"]).to_have_text(f"Cancelled. 100 of {count} deals moved to Document preparation.")
    expect(mover["#report .uncertain h2"]).to_have_text("50 deals may have been moved")
    mover.click("Check, and move the others")
    expect(mover["#report .words"]).to_contain_text(f"150 of {count} deals")
    assert sum(mover.moves.values()) == len(mover.moves) == 150
    mover.click("Try again")
    expect(mover["#report .words"]).to_contain_text("Done.")
    assert len(mover.moves) == sum(mover.moves.values()) == count


def test_deals_that_may_not_be_moved(open_mover: Open) -> None:
    mover = open_mover()
    count = mover.count()
    numbers = mover["#preview .deals button"].evaluate_all("rows => rows.map((row) => Number(row.dataset.deal))")
    mover.refused = set(numbers[:3])
    mover.click(f"Move {count} deals")
    expect(mover["#report .unmoved"]).to_contain_text("The portal refused 3.")
    mover["#report .unmoved summary"].click()
    expect(mover["#report .deals li"]).to_have_count(3)
    expect(mover["#report .deals li .wrong"].first).to_contain_text("You do not have the rights")
    mover.refused = set(numbers[:1])
    mover.click("Try again")
    expect(mover["#report .unmoved h2"]).to_have_text("1 deal not moved")
    assert sum(mover.moves.values()) == count - 1


def test_nothing_can_be_read(open_mover: Open) -> None:
    portal = Portal(deals=100)
    portal.rest.route("crm.status.list").fail("insufficient_scope")
    mover = open_mover(portal)
    expect(mover["#problem"]).to_contain_text("The stages could not be read.")
    portal.reset()
    portal.rest.route("batch").drop().times(3)
    mover.click("Try again")
    expect(mover["#problem"]).to_contain_text("The deals could not be read.", timeout=15_000)
    mover.click("Try again")
    expect(mover["#preview .words"]).to_be_visible()
    expect(mover["#problem"]).to_be_empty()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_it_fits_and_looks_finished(open_mover: Open, tmp_path: Path, width: int, scheme: Scheme) -> None:
    mover = open_mover(width=width, scheme=scheme)
    count = mover.count()

    def look(name: str) -> None:
        mover.page.screenshot(path=tmp_path / f"{name}-{width}-{scheme}.png")
        assert mover.overflow() == 0, name

    look("preview")
    numbers = mover["#preview .deals button"].evaluate_all("rows => rows.map((row) => Number(row.dataset.deal))")
    mover.refused = set(numbers[:3])
    mover.hangs_at = 120
    mover.click(f"Move {count} deals")
    expect(mover["#running-text"]).to_have_text(f"100 of {count} deals")
    mover.page.wait_for_timeout(300)
    look("running")
    mover.click("Cancel")
    mover["#report .unmoved summary"].click()
    look("report")
    assert mover.frame.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(32, 35, 41)" if scheme == "dark" else "rgb(245, 247, 248)"
    )
