"""The console open in a portal, as the tests use it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Frame, Locator, Page, expect

from bx24py.dev import libraries
from bx24py.dev.application import make_server
from bx24py.dev.browser import application_frame
from bx24py.dev.portal.portal import Portal

FOLDER = Path(__file__).parents[2] / "demo" / "console"

Open = Callable[..., "Console"]
Scheme = Literal["light", "dark"]


def patience() -> float:
    """How many times longer things may take, because other tests use the machine too; 1 where it is free."""
    load, processors = os.getloadavg()[0], os.cpu_count() or 1
    return 1.0 if load <= processors else 2 * load / processors


@dataclass
class Console:
    """The console of a page. Cells are counted from 1."""

    portal: Portal
    page: Page
    frame: Frame
    errors: list[str] = field(default_factory=list)

    def fresh(self, code: str = "") -> None:
        """Show only these cells, in the percent format, with no outputs; names of Python stay."""
        self.frame.evaluate("code => notebook.load(code)", code)

    def reload(self, url: str | None = None) -> None:
        """Load the portal's page again, or in a new page."""
        address = self.frame.url.split("?")[0]
        if url is None:
            self.page.reload()
        else:
            self.page.goto(url)
        self.frame = application_frame(self.page, address)
        expect(self.frame.get_by_role("status").first).to_have_text("Ready")

    def cell(self, number: int) -> Locator:
        return self.frame.get_by_role("region", name=f"Cell {number}", exact=True)

    def editor(self, number: int = 1) -> Locator:
        return self.cell(number).get_by_role("textbox", name="Code")

    def output(self, number: int = 1) -> Locator:
        return self.cell(number).get_by_role("region", name="Output")

    def write(self, code: str, number: int = 1) -> None:
        """Put code into a cell, as pasting does."""
        self.frame.evaluate("([index, code]) => { notebook.cells[index].editor.code = code; }", [number - 1, code])

    def start(self, code: str, number: int = 1) -> None:
        """Put code into a cell and click Run."""
        self.write(code, number)
        self.cell(number).get_by_role("button", name="Run", exact=True).click()

    def run(self, code: str, number: int = 1) -> Locator:
        """Run code in a cell to its end: its output."""
        self.start(code, number)
        self.idle(number)
        return self.output(number)

    def idle(self, number: int = 1) -> None:
        """Wait until a cell has ended."""
        expect(self.cell(number)).to_have_attribute("data-state", "idle")


@contextmanager
def opening(browser: Browser, snapshot: bytes | None) -> Iterator[Open]:
    """Give a function that opens the console; what it opened is closed at the end."""
    libraries.build(FOLDER)
    with ExitStack() as stack:

        def open_one(
            portal: Portal | None = None,
            *,
            width: int = 1280,
            height: int = 900,
            scheme: Scheme = "light",
            before: Callable[[Page], None] | None = None,
        ) -> Console:
            portal = portal or Portal(deals=200)
            portal.rest.limits.enabled = False
            server = stack.enter_context(make_server(portal, FOLDER, snapshot=snapshot))
            context = stack.enter_context(
                browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            )
            page = context.new_page()
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", lambda line: errors.append(line.text) if line.type in ("error", "warning") else None)
            if before:
                before(page)
            page.goto(server.url)
            page.get_by_role("button", name="Developer tools").click()
            console = Console(portal, page, application_frame(page, server.app_url), errors)
            expect(console.frame.get_by_role("status").first).to_have_text("Ready")
            return console

        yield open_one
