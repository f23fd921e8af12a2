"""What an application says in an automated browser: the errors that nobody caught, and the console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Error

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import ConsoleMessage, Frame, Page

OWN = "bx24py: "
"""How the loader's entries in the console begin."""

_LISTEN = """
window.addEventListener("bx24py:error", ({ detail }) => window.bx24pyUncaught(detail.title, detail.text));
"""
_LOOP = "ResizeObserver loop"
"""A notice of the browser, not an error of anybody."""


def watch(
    page: Page,
    mask: Callable[[str], str],
    on_error: Callable[[str], object],
    on_console: Callable[[ConsoleMessage], None],
) -> None:
    """Call a function with the text of each error in a page from now on: of the application, or of another script.

    Args:
        page: the portal's page, before it is opened.
        mask: returns a text without tokens.
        on_error: called with the text of an error.
        on_console: called with each entry in the console.
    """

    def thrown(error: Error) -> None:
        if _LOOP not in error.message:
            on_error(mask(f"A script of the page failed\n{error.stack or error.message}"))

    page.expose_binding("bx24pyUncaught", lambda _source, title, text: on_error(f"{title}\n{text}"))
    page.add_init_script(_LISTEN)
    page.on("pageerror", thrown)
    page.on("console", on_console)


def collect(frame: Frame) -> None:
    """Have the page report calls that nobody awaited."""
    try:
        frame.evaluate("() => { window.bx24py?.collect(); }")
        frame.page.wait_for_timeout(20)  # what was reported arrives
    except Error:  # the page is closed, or Python has died
        return
