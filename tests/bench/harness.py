"""Pages in a browser that runs by itself: no debugger is attached, which would cost more than what is measured."""

from __future__ import annotations

import functools
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from bx24py.dev import browser, distribution
from bx24py.dev.application import make_server
from bx24py.dev.portal.portal import Portal
from bx24py.dev.portal.server import PortalServer

LIBRARY = '<script src="//api.bitrix24.com/api/v1/?rateguard=0"></script>'
LOADER = '<script type="module" src="bx24py.js" data-app="app.py" data-snapshot="off"></script>'
REST_TIME = 1500
"""Milliseconds after which a started browser has come to rest."""

FAILED = """<script>
  window.addEventListener("bx24py:error", ({ detail }) =>
    BX24.callMethod("bench.report", { error: `${detail.title}: ${detail.text}` }, () => {}),
  );
</script>"""
"""Reports what the application fails with."""

PAGE = f"<!doctype html>\n{LIBRARY}\n{FAILED}\n{LOADER}\n"


class Reports:
    """What pages report: each calls the REST method `bench.report` with what it has found."""

    def __init__(self, deals: int = 0, users: int = 120) -> None:
        self.portal = Portal(deals=deals, users=users)
        self.portal.rest.limits.enabled = False
        self._queue: Queue[Any] = Queue()

        @self.portal.rest.method("bench.report")
        def report(params: dict[str, Any], _call: object) -> bool:
            self._queue.put(params)
            return True

    def get(self, timeout: float = 900, what: str = "a page") -> dict[str, Any]:
        """Wait for the next report; its numbers have come as text."""
        try:
            found: dict[str, Any] = self._queue.get(timeout=timeout)
        except Empty:
            raise SystemExit(f"{what} has reported nothing within {timeout:g} s") from None
        if "error" in found:
            raise SystemExit(f"a page failed: {found['error']}")
        return found


@contextmanager
def served(reports: Reports, folder: Path, files: dict[str, str | bytes]) -> Iterator[PortalServer]:
    """Serve an application of these files in the portal."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {"app.py": "", **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with make_server(reports.portal, folder) as server:
        yield server


class _Cdn(SimpleHTTPRequestHandler):
    """Sends files as the public CDN does, good for ever: where Chromium asks again, it may lose the compiled code."""

    protocol_version = "HTTP/1.1"

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "public, max-age=31536000, immutable")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Timing-Allow-Origin", "*")
        super().end_headers()

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix("/pyodide"))

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def cdn() -> Iterator[str]:
    """Serve the Pyodide distribution from an origin of its own, and give the folder's address."""
    handler = functools.partial(_Cdn, directory=str(distribution.ensure()))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/pyodide/"
        server.shutdown()


def visit(address: str, profile: Path, reports: Reports, stay: float = 0) -> dict[str, Any]:
    """Open a page in a new process of the browser and give its report; `stay` so many seconds longer.

    The browser has come to rest before it leaves its first page for this one. The portal's developer tools are closed:
    what they draw, they draw on the application's thread.
    """
    executable = browser.find()
    if executable is None:
        raise SystemExit(browser.HOW_TO_GET)
    options = [*browser.QUIET, "--headless", f"--user-data-dir={profile}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--no-sandbox")
    first = (
        f"data:text/html,<script>setTimeout(() => location.href = '{address}?devtools=closed', {REST_TIME})</script>"
    )
    process = subprocess.Popen([executable, *options, first], stderr=subprocess.DEVNULL)
    try:
        report = reports.get(what=f"{address} with {profile.name}")
        time.sleep(stay)
        return report
    finally:
        process.terminate()
        process.wait()
