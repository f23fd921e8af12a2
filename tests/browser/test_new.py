"""`bx24py new`: each template works in the local portal, at the width of a phone too, and its own tests pass."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Frame, expect

from bx24py.dev.application import make_server
from bx24py.dev.browser import application_frame
from bx24py.dev.cli import cli
from bx24py.dev.fixtures import Fixtures
from bx24py.dev.new import TEMPLATES
from bx24py.dev.portal.portal import Portal

START = 60_000


def page_works(frame: Frame) -> None:
    expect(frame.locator("#greeting")).to_have_text("Hello Emma!", timeout=START)
    frame.get_by_role("button", name="Newest deals").click()
    expect(frame.locator("#deals li")).to_have_count(5)


def list_works(frame: Frame) -> None:
    expect(frame.locator("tbody tr")).to_have_count(50, timeout=START)
    names = frame.locator("#chart dt").all_inner_texts()
    assert len(names) == len(set(names)) > 1
    expect(frame.locator("#found")).to_contain_text(" deals")
    frame.get_by_role("searchbox").fill("no such deal")
    expect(frame.locator("tbody tr")).to_have_count(0)


def deal_tab_works(frame: Frame) -> None:
    expect(frame.get_by_role("button", name="Postpone by a week")).to_be_enabled(timeout=START)
    expect(frame.locator("#stage")).not_to_be_empty()


def settings_work(frame: Frame) -> None:
    frame.get_by_role("button", name="Save").click(timeout=START)
    expect(frame.locator("#message")).to_have_text("Saved.")


def console_works(frame: Frame) -> None:
    expect(frame.get_by_role("status").first).to_have_text("Ready", timeout=START)
    cell = frame.get_by_role("region", name="Cell 1", exact=True)
    cell.get_by_role("textbox", name="Code").fill("6 * 7")
    cell.get_by_role("button", name="Run", exact=True).click()
    expect(cell.get_by_role("region", name="Output")).to_have_text("42")


WORKS: dict[str, Callable[[Frame], None]] = {
    "page": page_works,
    "list": list_works,
    "deal-tab": deal_tab_works,
    "settings": settings_work,
    "console": console_works,
}


@pytest.fixture
def made(template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An application made from the template."""
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["new", "my_app", "--from", template])
    assert result.exit_code == 0, result.output
    return tmp_path / "my_app"


@pytest.mark.parametrize("template", TEMPLATES)
def test_it_works_in_the_local_portal(made: Path, template: str, bx24_browser: Browser, bx24_snapshot: bytes) -> None:
    portal = Portal()
    if (made / "fixtures.py").exists():
        Fixtures(made / "fixtures.py", portal).apply()
    with make_server(portal, made, snapshot=bx24_snapshot) as server:
        page = bx24_browser.new_page(viewport={"width": 400, "height": 800})
        trouble: list[str] = []
        page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
        page.goto(f"{server.url}?devtools=closed")
        frame = application_frame(page, server.app_url)
        WORKS[template](frame)
        assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it is wider than its frame"
        assert trouble == []
        page.close()


@pytest.mark.parametrize("template", TEMPLATES)
def test_its_own_tests_pass(made: Path, template: str) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=made, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
