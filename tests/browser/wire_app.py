"""An application that speaks the wire protocol by hand, open in a portal (contract, sections 1, 2, 5)."""

from __future__ import annotations

import http.client
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from bx24py.dev.portal.portal import Portal
from bx24py.dev.portal.server import PortalServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Frame, Page

SHORT, LONG = 300, 20_000
"""Milliseconds that stand for "never", and what an answer may take on a busy machine."""

PAGE = """<!doctype html><html><head><meta charset="utf-8"></head><body><p>Application</p><script>
const [domain, protocol, sid] = window.name.split('|');
const parentOrigin = (protocol === '1' ? 'https://' : 'http://') + domain;
const waiting = new Map();
const heard = [];
let count = 0;
addEventListener('message', (event) => {
  if (event.origin !== parentOrigin) return;
  const colon = event.data.indexOf(':');
  const [id, text] = [event.data.slice(0, colon), event.data.slice(colon + 1)];
  const result = text === '' ? 'empty' : JSON.parse(text);
  heard.push([id, result]);
  waiting.get(id)?.(result);
});
function post(message) { parent.postMessage(message, parentOrigin); }
function send(command, params, form = 'text') {
  const id = 'cb' + (++count);
  const json = params === undefined ? '' : JSON.stringify(params);
  if (form === 'text') post(`${command}:${json}:${id}:${sid}`);
  else if (form === 'short') post([command, json, id, sid].filter(Boolean).join(':'));
  else post({ method: command, params: params ?? '', callback: id, appSid: sid });
  return new Promise((resolve) => waiting.set(id, resolve));
}
function within(promise, ms) {
  return Promise.race([promise, new Promise((resolve) => setTimeout(resolve, ms, 'no answer'))]);
}
</script></body></html>"""


class App:
    """An application opened in a portal."""

    def __init__(self, portal: Portal, server: PortalServer, page: Page) -> None:
        self.portal = portal
        self.server = server
        self.page = page

    def open(self) -> None:
        self.page.goto(self.server.url)
        assert self.frame.evaluate("send('getInitData')")

    @property
    def frame(self) -> Frame:
        """The application's main frame, once its script has run."""
        handle = self.page.wait_for_selector("#stage iframe")
        frame = handle and handle.content_frame()
        assert frame
        frame.wait_for_function("typeof within === 'function'")
        return frame

    def slider(self) -> Frame:
        """The frame in the slider in front."""
        handle = self.page.wait_for_selector("#overlays > :last-child .slider iframe")
        frame = handle and handle.content_frame()
        assert frame
        frame.wait_for_function("typeof within === 'function'")
        return frame

    def send(self, command: str, params: Any = None, *, form: str = "text", frame: Frame | None = None) -> Any:
        """Send a command and return its answer, "empty" for an empty result."""
        answer = self._send(command, params, form, frame, LONG)
        assert answer != "no answer", command
        return answer

    def is_unanswered(
        self, command: str, params: Any = None, *, form: str = "text", frame: Frame | None = None
    ) -> bool:
        """Send a command and tell whether no answer comes."""
        return bool(self._send(command, params, form, frame, SHORT) == "no answer")

    def _send(self, command: str, params: Any, form: str, frame: Frame | None, limit: int) -> Any:
        return (frame or self.frame).evaluate(
            f"([command, params, form]) => within(send(command, params ?? undefined, form), {limit})",
            [command, params, form],
        )

    def begin(self, command: str, params: Any = None, *, frame: Frame | None = None) -> None:
        """Send a command and keep its answer for `answer`."""
        (frame or self.frame).evaluate(
            "([command, params]) => { window.begun = send(command, params ?? undefined) }", [command, params]
        )

    def answer(self, *, frame: Frame | None = None) -> Any:
        return (frame or self.frame).evaluate(f"within(window.begun, {LONG})")

    def still_waits(self) -> bool:
        """Tell whether what was begun is not answered."""
        return bool(self.frame.evaluate(f"within(window.begun, {SHORT})") == "no answer")

    def commands(self) -> list[str]:
        return [message.command for message in self.portal.frame.sent]

    def wait_for(self, command: str) -> None:
        wait_until(lambda: command in self.commands())


def wait_until(condition: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "app"
    made.mkdir()
    (made / "index.html").write_text(PAGE)
    return made


@pytest.fixture
def app(bx24_browser: Browser, folder: Path) -> Iterator[App]:
    portal = Portal(deals=200)
    page = bx24_browser.new_page(viewport={"width": 1280, "height": 720})
    page.set_default_timeout(8_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    with PortalServer(portal, folder) as server:
        opened = App(portal, server, page)
        opened.open()
        yield opened
        page.close()
    assert errors == []


def get(
    url: str,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
    path: str | None = None,
) -> tuple[http.client.HTTPResponse, bytes]:
    """Ask a server without anything in between that tidies up the path."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    connection.request(method, path or parts.path + (f"?{parts.query}" if parts.query else ""), body, headers or {})
    response = connection.getresponse()
    data = response.read()
    connection.close()
    return response, data
