"""`bx24py serve` as its user meets it: an address, the page anew on change, fixtures that may have errors."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest
from playwright.sync_api import Browser, expect

from .conftest import PAGE

APP = """
import js
from bx24py import bx24
js.document.getElementById("out").textContent = (await bx24.call_method("my.greeting")).data + " ONE"
"""
FIXTURES = """
def script(portal):
    portal.rest.method("my.greeting")(lambda params, call: "hello")
"""


class Served:
    """A running `bx24py serve`, and the lines that it says."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "bx24py", "serve", str(folder / "app"), "--port", "0"]
        self.process = subprocess.Popen(
            [*command, "--fixtures", str(folder / "fixtures.py"), "--deals", "50"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: Queue[str] = Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.put(line.strip())

    def line(self) -> str:
        return self.lines.get(timeout=30)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "index.html").write_text(PAGE)
    (tmp_path / "app" / "app.py").write_text(APP)
    (tmp_path / "fixtures.py").write_text(FIXTURES)
    return tmp_path


@pytest.fixture
def served(folder: Path) -> Iterator[Served]:
    served = Served(folder)
    yield served
    served.process.terminate()
    served.process.wait(10)


def test_the_page_follows_the_files(served: Served, folder: Path, bx24_browser: Browser) -> None:
    address = re.search(r"http://127\.0\.0\.1:\d+/", served.line())
    assert address
    page = bx24_browser.new_page()
    page.goto(address[0])
    out = page.frame_locator("#stage iframe").locator("#out")
    expect(out).to_have_text("hello ONE")

    (folder / "app" / "app.py").write_text(APP.replace("ONE", "TWO"))
    expect(out).to_have_text("hello TWO")

    (folder / "fixtures.py").write_text(FIXTURES.replace("hello", "goodbye"))
    expect(out).to_have_text("goodbye TWO")

    (folder / "fixtures.py").write_text(FIXTURES.replace("portal.rest", "portel.rest"))
    assert re.fullmatch(r"Error: .*fixtures\.py:3: NameError: name 'portel' is not defined.*", served.line())
    (folder / "app" / "app.py").write_text(APP.replace("ONE", "THREE"))
    expect(out).to_have_text("goodbye THREE")
    page.close()
