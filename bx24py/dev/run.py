"""Running an application once, in the local portal, in a browser that this program drives."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
from playwright.sync_api import Error, sync_playwright

from bx24py.dev import browser

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Frame, Page

    from bx24py.dev.portal.server import PortalServer

# Ends with null, or with the failure that the loader shows, or with a text after so many milliseconds.
_FINISHED = """
(limit) => Promise.race([
  window.bx24py?.finished.then(() => null, (error) => [error.title, error.message].filter(Boolean).join("\\n")),
  new Promise((resolve) => setTimeout(resolve, limit, `app.py did not end within ${limit / 1000} s`)),
])
"""


def run(server: PortalServer, *, headless: bool, screenshot: Path | None, timeout: float) -> bool:
    """Open the application, print what it printed and what it shows, and tell whether it ran without an error.

    Args:
        server: the portal with the application.
        headless: show no window. With a window, the run goes on until it is closed.
        screenshot: where to put a picture of the application's frame.
        timeout: seconds until an application that does not end its top level has failed.

    Raises:
        Problem: no browser, or the page did not open.
    """
    with sync_playwright() as playwright, browser.launch(playwright, headless=headless) as chromium:
        page = chromium.new_page()
        page.on("console", lambda message: _print(message, server.url))
        page.goto(server.url)
        frame = browser.application_frame(page, server.app_url, timeout)
        failure: str | None = frame.evaluate(_FINISHED, timeout * 1000)
        shown = _settled_text(frame)
        if shown:
            click.echo(shown)
        if failure:
            click.echo(f"Error: {failure}", err=True)
        if screenshot is not None:
            screenshot.parent.mkdir(parents=True, exist_ok=True)
            frame.frame_element().screenshot(path=screenshot)
        if not headless:
            _wait_for_close(page)
        return failure is None


def _print(message: ConsoleMessage, portal: str) -> None:
    """Pass on what the application printed; Pyodide prints to the console."""
    if message.type in ("log", "info") and not message.location["url"].startswith(portal):
        click.echo(message.text)


def _settled_text(frame: Frame) -> str:
    """Return the visible text once it has stopped changing, which what app.py began may still do."""
    text, since = "", time.monotonic()
    deadline = since + 5
    while time.monotonic() < min(since + 0.5, deadline):
        now = frame.locator("body").inner_text().strip()
        if now != text:
            text, since = now, time.monotonic()
        frame.page.wait_for_timeout(100)
    return text


def _wait_for_close(page: Page) -> None:
    try:
        page.wait_for_event("close", timeout=0)
    except (Error, KeyboardInterrupt):
        return
