"""Running an application once in the local portal, in an automated browser."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click
from playwright.sync_api import Error, sync_playwright

from bx24py.dev import browser, page_errors

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Frame, Page

    from bx24py.dev.portal.server import PortalServer

# Resolves to null, to the error that the loader shows, or to a message after the time limit.
_FINISHED = """
(limit) => Promise.race([
  window.bx24py?.finished.then(() => null, (error) => [error.title, error.message].filter(Boolean).join("\\n")),
  new Promise((resolve) => setTimeout(resolve, limit, `app.py did not end within ${limit / 1000} s`)),
])
"""

# Resolves to the error that the loader shows by now, or to "".
_FAILED = """
() => Promise.race([
  window.bx24py?.finished.then(() => "", (error) => [error.title, error.message].filter(Boolean).join("\\n")) ?? "",
  new Promise((resolve) => setTimeout(resolve, 50, "")),
])
"""


def run(server: PortalServer, *, headless: bool, screenshot: Path | None, timeout: float) -> bool:
    """Open the application, print its output and its visible text, and return whether it ran without an error.

    Args:
        server: the portal with the application.
        headless: show no window. With a window, the run goes on until it is closed.
        screenshot: the file for a screenshot of the application's frame.
        timeout: seconds for the top level of app.py to finish.

    Raises:
        Problem: there is no browser, or the page did not open.
    """
    with sync_playwright() as playwright, browser.launch(playwright, headless=headless) as chromium:
        page = chromium.new_page()
        errors: list[str] = []

        def failed(text: str) -> None:
            errors.append(text)
            click.echo(f"Error: {text}", err=True)

        page_errors.watch(page, server.portal.state.tokens.mask, failed, lambda message: _print(message, server.url))
        page.goto(server.url)
        if failure := _install(page, server, timeout):
            click.echo(f"Error: {failure}", err=True)
            return False
        frame = browser.application_frame(page, server.app_url, timeout)
        failure = frame.evaluate(_FINISHED, timeout * 1000)
        shown = _settled_text(frame)
        if shown:
            click.echo(shown)
        page_errors.collect(frame)
        if failure and not errors:
            click.echo(f"Error: {failure}", err=True)
        if screenshot is not None:
            screenshot.parent.mkdir(parents=True, exist_ok=True)
            frame.frame_element().screenshot(path=screenshot)
        if not headless:
            _wait_for_close(page)
        return failure is None and not errors


def _install(page: Page, server: PortalServer, timeout: float) -> str:
    """Wait for the end of the installation that install.html makes, if there is one; return what failed."""
    if not server.opens_install_page:
        return ""
    deadline = time.monotonic() + timeout
    while server.opens_install_page:
        if time.monotonic() > deadline:
            return f"the installation did not end within {timeout:g} s: install.html must call BX24.installFinish()"
        for frame in page.frames:
            with suppress(Error):  # the page may go on to the application at this moment
                if frame.url.startswith(server.app_url) and (failure := frame.evaluate(_FAILED)):
                    return str(failure)
        page.wait_for_timeout(50)
    page.wait_for_url("**/?install_finished=Y", timeout=timeout * 1000)
    click.echo("The installation has finished", err=True)
    return ""


def _print(message: ConsoleMessage, portal: str) -> None:
    """Print the application's output, which Pyodide writes to the console; warnings and stderr go to stderr."""
    if message.location["url"].startswith(portal) or message.text.startswith(page_errors.OWN):
        return
    if message.type in ("log", "info", "warning", "error"):
        click.echo(message.text, err=message.type in ("warning", "error"))


def _settled_text(frame: Frame) -> str:
    """Return the visible text once it has stopped changing: tasks of app.py may still run."""
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
