"""The pytest plugin, as an author of an application uses it: a test file, two fixtures, `pytest`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import PAGE

APP = """
import js
from bx24py import bx24, BX24Error
try:
    text = "Hello " + (await bx24.call_method("user.current")).data["NAME"]
except BX24Error as error:
    text = type(error).__name__
js.document.getElementById("out").textContent = text
"""
TEST = """
import pytest
from playwright.sync_api import expect

def test_it_greets(bx24_portal, bx24_app):
    expect(bx24_app.frame.locator("#out")).to_have_text("Hello Emma", timeout=30_000)
    assert bx24_app.page.url == bx24_app.server.url
    bx24_portal.rest.route("user.current").fail("ACCESS_DENIED")
    bx24_app.reload()
    expect(bx24_app.frame.locator("#out")).to_have_text("AccessError", timeout=30_000)

def test_each_test_has_a_fresh_portal(bx24_portal):
    assert bx24_portal.rest.calls == []

@pytest.mark.bx24_app("other")
def test_a_marker_chooses_the_application(bx24_app):
    expect(bx24_app.frame.locator("#other")).to_have_text("other")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An author's project: an application at its root, another in a folder, and a test."""
    for folder in (tmp_path, tmp_path / "other"):
        folder.mkdir(exist_ok=True)
        (folder / "index.html").write_text(PAGE if folder == tmp_path else PAGE + "<p id=other>other</p>")
        (folder / "app.py").write_text(APP)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    (tmp_path / "test_app.py").write_text(TEST)
    return tmp_path


def run_pytest(project: Path, monkeypatch: pytest.MonkeyPatch, **environment: str) -> tuple[int, str]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=180, check=False)
    return done.returncode, done.stdout


def test_an_authors_tests_pass(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status, output = run_pytest(project, monkeypatch)
    assert status == 0, output
    assert "3 passed" in output


def test_without_a_chromium_the_test_says_how_to_get_one(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = str(project / "nowhere")
    status, output = run_pytest(project, monkeypatch, PATH=nowhere, PLAYWRIGHT_BROWSERS_PATH=nowhere)
    assert status == 1
    assert "no Chromium found: install one (`apt-get install chromium`, or Google Chrome)" in output
