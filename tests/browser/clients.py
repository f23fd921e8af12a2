"""Two clients in the local portal: the unmodified @bitrix24/b24jssdk, and the emulated BX24 library.

What both can do is asked of both, and both must see the same data of the same portal. `client` is each of them in
turn, `sdk` and `bx24` one of them, `clients` both by name. `client.run` evaluates JavaScript in the page, where
`client` has the same functions for both (tests/browser/pages/clients); `NEVER` stands for "for ever".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Locator, Page, expect

from bx24py.dev.portal.portal import Portal
from bx24py.dev.portal.server import PortalServer
from bx24py.dev.problem import Problem

from . import b24jssdk

PAGES = Path(__file__).parent / "pages" / "clients"
TIMEOUT = 30_000
"""Milliseconds within which what is to happen happens, also on a busy machine."""
NEVER = 1_500
"""Milliseconds after which nothing comes any more; b24jssdk ends some waits by itself after 900."""
DEALS = 5_000


class Client:
    """One of the two clients, in a page of the portal."""

    def __init__(self, name: str, portal: Portal, server: PortalServer, page: Page) -> None:
        self.name = name
        self.portal = portal
        self.server = server
        self.page = page
        self.is_sdk = name == "b24jssdk"
        self.frame: Frame

    def open(self) -> None:
        """Open the portal page anew and wait until the client is initialised."""
        self.page.goto(self.server.url)
        self.started()

    def started(self) -> None:
        """Wait until the client is initialised in the page that is being opened."""
        self.frame = self.frame_in(self.page.locator("#stage iframe"))

    def frame_in(self, place: Locator) -> Frame:
        """Give the frame of the application in an iframe, with its client initialised."""
        handle = place.element_handle(timeout=TIMEOUT)
        frame = handle and handle.content_frame()
        assert frame
        frame.wait_for_function("typeof client === 'object' && client.start !== undefined", timeout=TIMEOUT)
        assert frame.evaluate(f"within(client.start(), {TIMEOUT})") is True
        return frame

    def run(self, code: str, *values: Any, frame: Frame | None = None) -> Any:
        """Give what a function or an expression in the page gives, "no answer" when it does not end."""
        script = f"(values) => within((async () => ({code})(...values))(), {TIMEOUT})"
        return (frame or self.frame).evaluate(script, list(values))

    def call(self, method: str, params: dict[str, Any] | None = None) -> Any:
        return self.run("client.call", method, params or {})

    def begin(self, code: str, *values: Any) -> None:
        """Start what ends only when the test has done something in the portal."""
        self.frame.evaluate(f"(values) => {{ window.begun = (async () => ({code})(...values))(); }}", list(values))

    def answer(self, milliseconds: int = TIMEOUT) -> Any:
        return self.frame.evaluate(f"within(begun, {milliseconds})")

    def sent(self, command: str) -> list[Any]:
        """Parameters of the messages of a command, oldest first."""
        return [message.params for message in self.portal.frame.sent if message.command == command]

    def notice(self, text: str) -> None:
        expect(self.page.locator(".notice").last).to_have_text(text)


def wait_until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + TIMEOUT / 1000
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def forget(portal: Portal) -> None:
    """Have the portal forget what tests scripted and sent; it has a method of the tests' own and no rate limit."""
    portal.reset()
    portal.rest.limits.enabled = False
    portal.rest.method("my.echo")(lambda params, _call: params)


def refused(code: str, status: int) -> dict[str, Any]:
    return {"code": code, "status": status}


@pytest.fixture(scope="session")
def sdk_file() -> Path:
    """b24jssdk's build for browsers, as npm has it."""
    try:
        return b24jssdk.ensure()
    except Problem as problem:
        pytest.fail(problem.message, pytrace=False)


@pytest.fixture(scope="module")
def opened(bx24_browser: Browser, sdk_file: Path) -> Iterator[dict[str, Client]]:
    """Both clients, opened once for all tests, each in a page of its own of the same portal."""
    portal = Portal(deals=DEALS)
    with ExitStack() as stack:
        made = {}
        for name in ("b24jssdk", "bx24"):
            extra = {"common.js": PAGES / "common.js", "b24jssdk.js": sdk_file}
            server = stack.enter_context(PortalServer(portal, PAGES / name, extra=extra))
            page = stack.enter_context(bx24_browser.new_page(viewport={"width": 1280, "height": 720}))
            page.set_default_timeout(TIMEOUT)
            made[name] = Client(name, portal, server, page)
            made[name].open()
        yield made


@pytest.fixture
def clients(opened: dict[str, Client]) -> dict[str, Client]:
    """Both clients, with a portal that has forgotten what earlier tests scripted and sent."""
    forget(opened["bx24"].portal)
    return opened


@pytest.fixture(params=["b24jssdk", "bx24"])
def client(request: pytest.FixtureRequest, clients: dict[str, Client]) -> Client:
    return clients[request.param]


@pytest.fixture
def sdk(clients: dict[str, Client]) -> Client:
    return clients["b24jssdk"]


@pytest.fixture
def bx24(clients: dict[str, Client]) -> Client:
    return clients["bx24"]


@pytest.fixture
def placed(clients: dict[str, Client]) -> Iterator[Callable[..., None]]:
    """Put the application into a placement for one test: `placed("CALL_CARD", {"ID": "5"})`."""
    state = clients["bx24"].portal.state

    def put(code: str, options: dict[str, Any] | None = None) -> None:
        state.placement, state.placement_options = code, options or {}

    yield put
    put("DEFAULT")
