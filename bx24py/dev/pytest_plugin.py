"""Fixtures for testing an application: a portal, and the application open in it in a real browser.

```python
from playwright.sync_api import expect

def test_my_app(bx24_portal, bx24_app):
    expect(bx24_app.frame.locator("#message")).to_contain_text("departments")
    assert bx24_portal.rest.received("user.current")
```

The application is the folder in the ini option `bx24_app_dir`, by default the project's root; a test or module selects
another with `@pytest.mark.bx24_app("demo/handbook")`. To script the portal before the application opens, use a fixture
that takes `bx24_portal`, or call `bx24_app.reload()` afterwards.

Python starts from a snapshot of its memory, as on a user's second visit. To test a first visit, override the fixture
`bx24_snapshot` with one that returns None.
"""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Frame, Page

    from bx24py.dev.portal.portal import Portal
    from bx24py.dev.portal.server import PortalServer


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option that names the application."""
    parser.addini("bx24_app_dir", "the folder of the application under test", default=".")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker that selects another application."""
    config.addinivalue_line("markers", "bx24_app(folder): the application that the fixture bx24_app opens")


@dataclass
class OpenApplication:
    """An application open in a portal.

    Attributes:
        portal: the portal, for scripting it and checking what it received.
        server: serves it.
        page: Playwright's page of the portal.
        frame: Playwright's frame of the application.
        errors: the errors that nobody caught, in the application or another script of the page. They fail the test.
        console: the lines of the browser's console.
    """

    portal: Portal
    server: PortalServer
    page: Page
    frame: Frame
    errors: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    @contextmanager
    def expect_error(self, match: str = "", *, timeout: float = 10) -> Iterator[list[str]]:
        """Expect an error in the block: wait for one, and do not fail the test for it.

        Args:
            match: a regular expression that is searched for in the error's text.
            timeout: seconds to wait at the end of the block.

        Returns:
            A list, which contains the text of each expected error after the block.
        """
        from bx24py.dev.page_errors import collect

        before = len(self.errors)
        found: list[str] = []
        yield found
        deadline = time.monotonic() + timeout
        while not found:
            collect(self.frame)
            found += [text for text in self.errors[before:] if re.search(match, text)]
            if not found and time.monotonic() > deadline:
                pytest.fail(f"no error within {timeout:g} s that matches {match!r}; errors: {self.errors}")
        self.errors[before:] = [text for text in self.errors[before:] if text not in found]

    def reload(self) -> None:
        """Reload the portal page, and the application in it."""
        from bx24py.dev.browser import application_frame

        self.page.goto(self.server.url)
        self.frame = application_frame(self.page, self.server.app_url)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail the test for an error of the application that nobody caught; beside another failure, show it."""
    from bx24py.dev.page_errors import collect

    app = getattr(item, "funcargs", {}).get("bx24_app")
    try:
        result = yield
    finally:
        text = ""
        if isinstance(app, OpenApplication):
            collect(app.frame)
            text = "\n\n".join(app.errors)
        if text:
            item.add_report_section("call", "errors of the application", text)
    if text:
        pytest.fail(f"the application has an error that nobody caught:\n{text}", pytrace=False)
    return result


@pytest.fixture(scope="session")
def bx24_browser() -> Iterator[Browser]:
    """A headless Chromium. Without one, the tests fail and say how to get it."""
    from playwright.sync_api import sync_playwright

    from bx24py.dev import browser
    from bx24py.dev.problem import Problem

    with sync_playwright() as playwright:
        try:
            chromium = browser.launch(playwright)
        except Problem as problem:
            pytest.fail(problem.message, pytrace=False)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def bx24_snapshot(bx24_browser: Browser) -> bytes | None:
    """A snapshot of Python's memory, for a faster start. It is made once per version of bx24py."""
    from bx24py.dev import snapshot

    return snapshot.make(bx24_browser)


@pytest.fixture
def bx24_portal() -> Portal:
    """A fresh portal with its sample company."""
    from bx24py.dev.portal.portal import Portal

    return Portal()


@pytest.fixture
def bx24_app(
    request: pytest.FixtureRequest, bx24_portal: Portal, bx24_browser: Browser, bx24_snapshot: bytes | None
) -> Iterator[OpenApplication]:
    """The application, open in `bx24_portal`."""
    from bx24py.dev.application import make_server
    from bx24py.dev.browser import application_frame
    from bx24py.dev.page_errors import watch

    marker = request.node.get_closest_marker("bx24_app")
    folder = Path(marker.args[0] if marker else request.config.getini("bx24_app_dir"))
    with make_server(bx24_portal, request.config.rootpath / folder, snapshot=bx24_snapshot) as server:
        page = bx24_browser.new_page()
        errors: list[str] = []
        console: list[str] = []
        mask = bx24_portal.state.tokens.mask
        watch(page, mask, errors.append, lambda message: console.append(message.text))
        page.goto(server.url)
        yield OpenApplication(bx24_portal, server, page, application_frame(page, server.app_url), errors, console)
        page.close()
