"""Applications open in the local portal, in real Chromium with real Pyodide."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from bx24py.dev.application import make_server
from bx24py.dev.browser import application_frame
from bx24py.dev.portal.portal import Portal
from tests.python_code import RUN, body_of_async

from .console import Console
from .console import opening as open_console

expect.set_options(timeout=90_000)

PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Test</title>
    <script src="//api.bitrix24.com/api/v1/"></script>
    <script type="module" src="bx24py.js" data-app="app.py"></script>
  </head>
  <body><p id="out"></p></body>
</html>
"""


@dataclass
class PythonPage:
    """An application in whose Python a test runs code."""

    portal: Portal
    page: Page
    frame: Frame
    console: list[str] = field(default_factory=list)

    def python(self, code: str, *, limit: float = 60, **values: Any) -> Any:
        """Run the body of an async function in the frame and give what it returns, by way of JSON.

        `values` are there under their names; so are `js`, `asyncio`, all of bx24py, and `failure(call)`, which awaits a
        call and gives the error's class, message and attributes. It fails when there is no end within `limit` seconds.
        """
        return json.loads(self.frame.evaluate(RUN, [body_of_async(code, values), limit]))


def wait_until(page: Page, condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait while the portal and the frame work."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        page.wait_for_timeout(20)


@pytest.fixture(scope="module")  # a module may have its own `bx24_snapshot`
def opening(
    bx24_browser: Browser, bx24_snapshot: bytes | None, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], AbstractContextManager[Callable[..., PythonPage]]]:
    """Make the function that `open_app` gives; what it opened is closed at the end of the `with` block."""

    @contextmanager
    def make() -> Iterator[Callable[..., PythonPage]]:
        with ExitStack() as stack:

            def open_one(
                files: dict[str, str | bytes] | None = None,
                *,
                portal: Portal | None = None,
                before: Callable[[Page], None] | None = None,
            ) -> PythonPage:
                folder = tmp_path_factory.mktemp("app")
                for name, content in {"index.html": PAGE, "app.py": "", **(files or {})}.items():
                    path = folder / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content.encode() if isinstance(content, str) else content)
                portal = portal or Portal(deals=200)
                server = stack.enter_context(make_server(portal, folder, snapshot=bx24_snapshot))
                page = stack.enter_context(bx24_browser.new_page())
                console: list[str] = []
                page.on("console", lambda message: console.append(message.text))
                if before:
                    before(page)
                page.goto(server.url)
                return PythonPage(portal, page, application_frame(page, server.app_url), console)

            yield open_one

    return make


@pytest.fixture
def open_app(
    opening: Callable[[], AbstractContextManager[Callable[..., PythonPage]]],
) -> Iterator[Callable[..., PythonPage]]:
    """Open an application of these files in a portal of its own: `open_app({"app.py": "…"}, portal=…)`."""
    with opening() as open_one:
        yield open_one


@pytest.fixture(scope="module")
def open_for_module(
    opening: Callable[[], AbstractContextManager[Callable[..., PythonPage]]],
) -> Iterator[Callable[..., PythonPage]]:
    """The same for what several tests of a module share."""
    with opening() as open_one:
        yield open_one


@pytest.fixture(scope="module")
def opened_app(open_for_module: Callable[..., PythonPage]) -> PythonPage:
    """An application that does nothing by itself, opened once for the tests of a module; its calls are not paced."""
    app: PythonPage = open_for_module()
    app.python("bx24.limits = Limits(capacity=float('inf'))")
    return app


@pytest.fixture
def app(opened_app: PythonPage) -> PythonPage:
    """The same, with a portal that has forgotten what earlier tests scripted and sent."""
    opened_app.portal.reset()
    opened_app.portal.rest.limits.enabled = False
    opened_app.console.clear()
    return opened_app


@pytest.fixture(scope="session")
def demo() -> Path:
    """The folder of the demonstrations."""
    return Path(__file__).parents[2] / "demo"


@pytest.fixture(scope="module")
def opened_console(bx24_browser: Browser, bx24_snapshot: bytes | None) -> Iterator[Console]:
    """The console, opened once for the tests of a module."""
    with open_console(bx24_browser, bx24_snapshot) as open_one:
        yield open_one()


@pytest.fixture
def console(opened_console: Console) -> Console:
    """The same, with one empty cell."""
    opened_console.fresh()
    opened_console.errors.clear()
    return opened_console
