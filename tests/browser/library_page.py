"""A page with the emulated BX24 library in a portal, and what left it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from bx24py.dev.portal.method import Rows
from bx24py.dev.portal.portal import Portal
from bx24py.dev.portal.server import PortalServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Frame, Page

    from bx24py.dev.portal.routes import Route

PAGES = Path(__file__).parent / "pages" / "library"
NO_ANSWER = "no answer"
TIME = {"start": 1.5, "finish": 2.0, "duration": 0.5, "processing": 0.1, "operating": 0}


@dataclass(frozen=True)
class Request:
    """One REST request as it left the browser: the form fields in the order sent, without the token before them."""

    url: str
    fields: list[tuple[str, str]]
    token: str
    raw: str

    @property
    def method(self) -> str:
        return urlsplit(self.url).path.removeprefix("/rest/").removesuffix(".json")


@dataclass(frozen=True)
class Message:
    """One message of the frame: the command stands first, the last two fields are taken from the end."""

    command: str
    params: Any
    """Decoded from JSON; "" when the field was empty."""
    callback: str
    app_sid: str


class Application:
    """The page of these tests in a portal's frame, and what left it."""

    def __init__(self, portal: Portal, page: Page) -> None:
        self.portal = portal
        self.page = page
        self.early = ""
        """JavaScript that the page runs right after the library's own line."""
        self.requests: list[Request] = []
        self.server = PortalServer(portal, PAGES, extra={"early.js": lambda: self.early.encode()})
        page.on("request", lambda request: self._note(request.url, request.post_data))
        page.add_init_script("window.sent = []; addEventListener('message', (event) => sent.push(event.data));")

    def _note(self, url: str, raw: str | None) -> None:
        if not urlsplit(url).path.startswith("/rest/"):
            return
        assert raw is not None, "always a POST"
        (auth, token), *fields = parse_qsl(raw, keep_blank_values=True)
        assert auth == "auth", "the token comes first"
        self.requests.append(Request(url, fields, token, raw))

    @property
    def domain(self) -> str:
        return urlsplit(self.server.url).netloc

    def open(self, *, answer_init: bool = True) -> Frame:
        """Open the portal page; with `answer_init=False` it leaves `getInitData` unanswered."""
        if not answer_init:
            self.portal.frame.silence("getInitData")
        self.page.goto(self.server.url)
        element = self.page.wait_for_selector('iframe[name*="|"]')
        assert element is not None
        frame = element.content_frame()
        assert frame is not None
        frame.wait_for_url(f"{self.server.app_url}**")
        return frame

    def start(self) -> Frame:
        """Open the portal page and wait until the library is initialised."""
        frame = self.open()
        frame.evaluate("initialised()")
        return frame

    def init_data(self, **changed: Any) -> dict[str, Any]:
        """Make an answer to `getInitData`."""
        return {
            "LANG": "en",
            "DOMAIN": self.domain,
            "PROTOCOL": 0,
            "PATH": "/rest",
            **self.portal.state.tokens.issue(),
            "MEMBER_ID": "member",
            "FIRST_RUN": False,
            "IS_ADMIN": True,
            "INSTALL": False,
            "USER_OPTIONS": [],
            "APP_OPTIONS": [],
            "PLACEMENT": "DEFAULT",
            "PLACEMENT_OPTIONS": [],
            **changed,
        }

    def answer_init(self, **changed: Any) -> None:
        """Answer the `getInitData` that was left unanswered."""
        self.reply(self.sent("getInitData")[0].callback, json.dumps(self.init_data(**changed)))

    def open_first_run(self, *, first_run: bool = True) -> Frame:
        """Open the portal page and answer `getInitData` when `early` has been run for certain, not before."""
        frame = self.open(answer_init=False)
        self.answer_init(FIRST_RUN=first_run)
        return frame

    def reply(self, callback: str, text: str) -> None:
        """Post an answer from the portal page."""
        self.page.evaluate("(text) => frames[0].postMessage(text, '*')", f"{callback}:{text}")

    def sent(self, command: str | None = None) -> list[Message]:
        """Messages that the frame has posted so far, of one command or all."""
        messages = []
        for text in self.page.evaluate("sent"):
            name, rest = text.split(":", 1)
            params, callback, app_sid = rest.rsplit(":", 2)
            messages.append(Message(name, json.loads(params) if params else "", callback, app_sid))
        return [message for message in messages if command in (None, message.command)]

    def fields(self, index: int = -1) -> list[tuple[str, str]]:
        """Form fields of one request, the last one by default."""
        return self.requests[index].fields


@pytest.fixture
def page(bx24_browser: Browser) -> Iterator[Page]:
    page = bx24_browser.new_page()
    yield page
    page.close()


@pytest.fixture
def portal() -> Portal:
    return Portal(deals=10)


@pytest.fixture
def app(portal: Portal, page: Page) -> Iterator[Application]:
    app = Application(portal, page)
    with app.server:
        yield app


@pytest.fixture
def uncaught(page: Page) -> list[str]:
    """Uncaught errors in full; the page itself sees only "Script error." of the library's."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def answer(route: Route, content: Any, status: int = 200) -> Route:
    """Let calls meet exactly this body."""
    return route.body(json.dumps(content), status=status, content_type="application/json")


def numbered_pages(portal: Portal, method: str, count: int) -> None:
    """Answer with pages [1], [2], ... of a list, `start` counting from zero."""

    def page_of(params: dict[str, Any], _call: object) -> Rows:
        start = int(params.get("start", 0))
        return Rows([start + 1], count, start + 1 if start + 1 < count else None)

    portal.rest.route(method).side_effect(page_of)


def batch_answer(portal: Portal, **parts: Any) -> None:
    """Answer `batch` with these of its five parts; the others are empty, as PHP writes them."""
    names = ("result", "result_error", "result_total", "result_next", "result_time")
    answer(portal.rest.route("batch"), {"result": {name: parts.get(name, []) for name in names}, "time": TIME})
