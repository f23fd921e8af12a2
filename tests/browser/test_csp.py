"""A packed application under the strict Content-Security-Policy that the documentation names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect

from bx24py.dev import assets, demos
from bx24py.dev.application import Application
from bx24py.dev.pack import pack
from bx24py.dev.portal.portal import Portal
from bx24py.dev.portal.server import PortalServer

INLINE = """() => {
  const script = document.createElement("script");
  script.textContent = "window.inline = true";
  document.head.append(script);
  return window.inline ? "ran" : "refused";
}"""

FROM_SNAPSHOT = "bx24py.ready.then((pyodide) => pyodide.runPython('import sys; \"statistics\" in sys.modules'))"

DOCUMENT = Path(__file__).parents[2] / "docs" / "security.md"


def documented_policy() -> str:
    """Read the policy from the documentation."""
    found = re.search(r"```\n(Content-Security-Policy: .*?)\n```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return " ".join(found[1].removeprefix("Content-Security-Policy: ").split())


@contextmanager
def host(folder: Path, further: str = "", *, worker: str = "") -> Iterator[str]:
    """A host that sends the policy with each file of a folder: its address.

    `worker` is a source that the scripts of the snapshot's worker may come from too.
    """
    policy = f"{documented_policy()}; {further}".replace("https:", "http:").replace("YOUR.bitrix24.com", "127.0.0.1:*")
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy

    class Host(SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            of_worker = self.path.endswith("/bx24py-snapshot.js")
            more = f"script-src {worker}" if of_worker and worker else "script-src"
            self.send_header("Content-Security-Policy", policy.replace("script-src", more))
            super().end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Host, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def strict_host(tmp_path: Path, demo: Path) -> Iterator[str]:
    """The address of the packed demo on such a host."""
    pack(Application(demo / "department_message"), tmp_path / "out", bundled=True)
    with host(tmp_path / "out") as address:
        yield address


@pytest.fixture
def page(bx24_browser: Browser) -> Iterator[Page]:
    """A page that gets the library from the local portal's files."""
    with bx24_browser.new_page() as page:
        library = assets.folder("static") / "portal" / "bx24.js"
        page.route("http://api.bitrix24.com/api/v1/", lambda route: route.fulfill(path=library))
        yield page


def test_the_documented_policy_lets_a_packed_application_run(strict_host: str, page: Page) -> None:
    refused: list[str] = []
    page.on(
        "console", lambda message: refused.append(message.text) if "Content Security Policy" in message.text else None
    )
    with PortalServer(Portal(deals=0), app_url=strict_host) as server:
        page.goto(server.url)
        frame = page.frame_locator("#stage iframe")
        expect(frame.get_by_role("status")).to_contain_text("Emma Lindqvist")
        page.frames[-1].evaluate("window.bx24py.snapshotKept")
        page.reload()
        expect(frame.get_by_role("status")).to_contain_text("Emma Lindqvist")
        assert page.frames[-1].evaluate(FROM_SNAPSHOT)
        assert refused == []
        assert page.frames[-1].evaluate(INLINE) == "refused"  # the policy is in force


@pytest.mark.usefixtures("bx24_snapshot")
def test_the_packed_console_works_under_it(tmp_path: Path, page: Page) -> None:
    """In another language too, and with values that have HTML of their own."""
    pack(Application(demos.find("console")), tmp_path / "out", bundled=True)
    refused: list[str] = []
    page.on(
        "console", lambda message: refused.append(message.text) if "Content Security Policy" in message.text else None
    )
    portal = Portal(deals=50)
    portal.state.lang = "de"
    with host(tmp_path / "out") as address, PortalServer(portal, app_url=address) as server:
        page.goto(server.url)
        frame = page.frame_locator("#stage iframe")
        expect(frame.locator("#state")).to_have_text("Bereit")
        frame.get_by_role("region", name="Zelle 1").get_by_role("textbox", name="Code").click()
        page.keyboard.type(
            "deals = await bx24.call_list('crm.deal.list')\nchart(deals, x='STAGE_ID', y='OPPORTUNITY')\n"
        )
        page.keyboard.press("Control+Enter")
        output = frame.get_by_role("region", name="Ausgabe")
        expect(output.locator("canvas")).to_be_visible()
        page.keyboard.type("deals")
        page.keyboard.press("Control+Enter")
        expect(output.get_by_role("table")).to_be_visible()
        colour = "element => getComputedStyle(element).backgroundColor"
        assert frame.locator(".cm-editor").first.evaluate(colour) != "rgba(0, 0, 0, 0)", "the editor has no styles"
        assert refused == []


@pytest.mark.usefixtures("bx24_snapshot")  # made before: Playwright's two browsers cannot run in one thread
def test_where_workers_are_forbidden_the_application_runs_without_a_snapshot(
    tmp_path: Path, demo: Path, page: Page
) -> None:
    pack(Application(demo / "department_message"), tmp_path / "out", bundled=True, snapshot=True)
    with (
        host(tmp_path / "out", "worker-src 'none'") as address,
        PortalServer(Portal(deals=0), app_url=address) as server,
    ):
        page.goto(server.url)
        expect(page.frame_locator("#stage iframe").get_by_role("status")).to_contain_text("Emma Lindqvist")
        assert page.frames[-1].evaluate(FROM_SNAPSHOT) is False


def test_a_failure_is_shown_in_style_under_the_policy(strict_host: str, page: Page) -> None:
    page.goto(strict_host)
    panel = page.get_by_role("alert")
    expect(panel).to_contain_text("This page works inside Bitrix24")
    assert panel.evaluate("(element) => getComputedStyle(element).borderLeftWidth") == "4px"
