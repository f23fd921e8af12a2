"""A Chromium to run applications in: an installed one, or else Playwright's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bx24py.dev.problem import Problem

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Frame, Page, Playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge")
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
QUIET = (
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Chromium profiles its heap in one session of a hundred. Its stack walk (TraceStackFramePointers) runs off the end
    # of the stacks of WebAssembly promises and crashes the page: seen in Chromium 156. The others are lists below the
    # address bar, which are pages of their own for each page, and take half of its processor time.
    "--disable-features=HeapProfilerReporting,WebUIOmniboxPopup,WebUIOmniboxAimPopup",
)
HOW_TO_GET = (
    "no Chromium found: install one (`apt-get install chromium`, or Google Chrome), "
    "name one in $BX24PY_CHROMIUM, or run `bx24py setup`"
)


def find() -> Path | None:
    """Return an installed Chromium, Chrome or Edge: from $BX24PY_CHROMIUM, the PATH or a usual folder."""
    named = os.environ.get("BX24PY_CHROMIUM")
    if named:
        if not Path(named).is_file():
            raise Problem(f"$BX24PY_CHROMIUM: no such file: {named}")
        return Path(named)
    on_path = (shutil.which(name) for name in _NAMES)
    installed = (place for place in _PLACES if Path(place).is_file())
    found = next((name for name in (*on_path, *installed) if name), None)
    return Path(found) if found else None


def launch(playwright: Playwright, *, headless: bool = True, args: tuple[str, ...] = ()) -> Browser:
    """Start a browser.

    Raises:
        Problem: none is installed, it does not start, or there is no display for its window.
    """
    from playwright.sync_api import Error

    has_display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not headless and sys.platform.startswith("linux") and not has_display:
        raise Problem("there is no display to show a window on: add --headless")
    executable = find()
    if executable is None and not Path(playwright.chromium.executable_path).exists():
        raise Problem(HOW_TO_GET)
    try:
        return playwright.chromium.launch(
            executable_path=executable,
            headless=headless,
            # Chromium's sandbox does not work for root, as in containers and CI.
            chromium_sandbox=not (hasattr(os, "geteuid") and os.geteuid() == 0),
            args=[*QUIET, *args],
        )
    except Error as error:
        raise Problem(f"{executable or 'Chromium'} did not start: {str(error).splitlines()[0]}") from None


def application_frame(page: Page, address: str, timeout: float = 30.0) -> Frame:
    """Return the application's frame in the portal page, once its loader runs, or on a page without it `bx24py-xhr.js`.

    Args:
        page: the portal page.
        address: the application's URL.
        timeout: seconds to wait.

    Raises:
        Problem: the application's page did not start bx24py in time.
    """
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        for frame in page.frames:
            if frame.url.startswith(address):
                frame.wait_for_load_state("domcontentloaded")
                if frame.evaluate("'bx24py' in window || 'bx24pyConnect' in XMLHttpRequest"):
                    return frame
        page.wait_for_timeout(20)
    raise Problem(f"the application's page did not start bx24py within {timeout:g} s")


def ensure() -> None:
    """Make sure there is a browser; install Playwright's if there is none.

    Raises:
        Problem: there is none, and it could not be installed.
    """
    from playwright.sync_api import sync_playwright

    if find() is not None:
        return
    with sync_playwright() as playwright:
        if Path(playwright.chromium.executable_path).exists():
            return
    done = subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if done.returncode:
        raise Problem(HOW_TO_GET)
