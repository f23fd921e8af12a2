"""Pages in a browser that runs by itself: no debugger is attached, which would cost more than what is measured."""

from __future__ import annotations

import functools
import gzip
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
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

    def forget(self) -> None:
        """Drop what has been reported."""
        while not self._queue.empty():
            self._queue.get_nowait()

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
def served(
    reports: Reports, folder: Path, files: dict[str, str | bytes], snapshot: bytes | None = None
) -> Iterator[PortalServer]:
    """Serve an application of these files in the portal, packed with a snapshot if there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {"app.py": "", **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with make_server(reports.portal, folder, snapshot=snapshot) as server:
        yield server


class _Cdn(SimpleHTTPRequestHandler):
    """Sends files as the public CDN does: compressed, except .zip files, and good for ever.

    Where Chromium asks again whether its copy is valid, it may lose the compiled code.
    """

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Send a file."""
        path = Path(self.translate_path(self.path))
        if path.suffix == ".zip" or not path.is_file():
            super().do_GET()
            return
        content = _compressed(path)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "public, max-age=31536000, immutable")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Timing-Allow-Origin", "*")
        super().end_headers()

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix("/pyodide"))

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@functools.cache
def _compressed(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), 6)


@contextmanager
def cdn() -> Iterator[str]:
    """Serve the Pyodide distribution from an origin of its own, and give the folder's address."""
    folder = distribution.ensure()
    for name in distribution.files():
        _compressed(folder / name)  # before anything is measured
    handler = functools.partial(_Cdn, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/pyodide/"
        server.shutdown()


def visit(
    address: str, profile: Path, reports: Reports, stay: float = 0, *, options: Sequence[str] = ()
) -> dict[str, Any]:
    """Open a page in a new process of the browser and give its report; `stay` so many seconds longer.

    The browser has come to rest before it leaves its first page for this one.
    """
    with _browser(f"location.href = '{_portal(address)}'", profile, options):
        report = reports.get(what=f"{address} with {profile.name}")
        time.sleep(stay)
        return report


def short_visit(address: str, profile: Path, reports: Reports, stay: float) -> None:
    """Open a page, as in `visit`, and close it after two seconds; the browser runs so many seconds longer."""
    script = f"const page = open('{_portal(address)}'); setTimeout(() => page.close(), 2000)"
    with _browser(script, profile, ["--disable-popup-blocking"]):
        time.sleep(REST_TIME / 1000 + 2 + stay)
    reports.forget()  # on a fast machine two seconds suffice for one


def _portal(address: str) -> str:
    """Give the portal another host than the application's, as in life: each has a thread of its own then."""
    return f"{address.replace('127.0.0.1', 'localhost')}?devtools=closed"


@contextmanager
def _browser(script: str, profile: Path, options: Sequence[str]) -> Iterator[None]:
    """Run a browser whose first page runs a script when the browser has come to rest."""
    executable = browser.find()
    if executable is None:
        raise SystemExit(browser.HOW_TO_GET)
    options = [*browser.QUIET, "--headless", f"--user-data-dir={profile}", *options]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--no-sandbox")
    first = f"data:text/html,<script>setTimeout(() => {{ {script} }}, {REST_TIME})</script>"
    process = subprocess.Popen([executable, *options, first], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()
