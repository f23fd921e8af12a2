"""The handbook demo, open in a portal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Frame, Locator, Page, expect

from bx24py.dev.application import make_server
from bx24py.dev.browser import application_frame
from bx24py.dev.portal.portal import Portal

FOLDER = Path(__file__).parents[2] / "demo" / "handbook"

Scheme = Literal["light", "dark"]


@dataclass
class Handbook:
    """The application open in a portal."""

    portal: Portal
    page: Page
    frame: Frame
    complaints: list[str] = field(default_factory=list)

    def __getitem__(self, selector: str) -> Locator:
        return self.frame.locator(selector)

    @property
    def focused(self) -> Locator:
        return self["*:focus"]

    def department(self, number: int) -> Locator:
        return self[f"#department-{number}"]

    def people(self, department: int) -> Locator:
        """The people listed in a department itself."""
        return self[f"#inside-{department} > div > .listing > .people > .person"]

    def names(self, department: int) -> list[str]:
        expect(self.people(department).first).to_be_visible()
        return self.people(department).locator(".row .name").all_text_contents()

    def opened(self) -> Handbook:
        expect(self["#structure .row"].first).to_be_visible()
        return self

    def batches(self) -> int:
        return sum(call.method == "batch" for call in self.portal.rest.calls)

    def python(self, code: str) -> None:
        """Run code among the globals of app.py."""
        self.frame.evaluate("async code => { (await window.bx24py.ready).runPython(code) }", code)

    def overflow(self) -> int:
        """Give by how many pixels the page is wider than its frame."""
        return int(self.frame.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


Open = Callable[..., Handbook]


def opener(browser: Browser, snapshot: bytes | None, stack: ExitStack) -> Open:
    def open_one(
        portal: Portal,
        *,
        width: int = 1280,
        height: int = 900,
        scheme: Scheme = "light",
        before: Callable[[Page], object] | None = None,
    ) -> Handbook:
        server = stack.enter_context(make_server(portal, FOLDER, snapshot=snapshot))
        context = stack.enter_context(
            browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        )
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda one: complaints.append(one.text) if "Security Policy" in one.text else None)
        if before:
            before(page)
        page.goto(server.url)
        page.get_by_role("button", name="Developer tools").click()
        expect(page.locator("#devtools")).to_be_hidden()
        return Handbook(portal, page, application_frame(page, server.app_url), complaints)

    return open_one


@pytest.fixture
def open_handbook(bx24_browser: Browser, bx24_snapshot: bytes | None) -> Iterator[Open]:
    """Open the application in a portal that the test has made."""
    with ExitStack() as stack:
        yield opener(bx24_browser, bx24_snapshot, stack)


@pytest.fixture(scope="module")
def opened(bx24_browser: Browser, bx24_snapshot: bytes | None) -> Iterator[Handbook]:
    with ExitStack() as stack:
        yield opener(bx24_browser, bx24_snapshot, stack)(Portal(deals=0)).opened()


@pytest.fixture
def handbook(opened: Handbook) -> Iterator[Handbook]:
    """The application open in the sample company, once for all tests; as it was at first, but for what is open."""
    opened.portal.reset()
    opened.portal.frame.mobile = False
    yield opened
    for slider in opened.page.locator("#overlays .slider-close").all():
        slider.click()
    opened["#search"].fill("")
    if opened["#dismissed"].is_checked():
        opened["#dismissed"].uncheck()
    assert opened.complaints == []
