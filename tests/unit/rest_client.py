"""Two ways to call the emulated portal's REST server in tests: as an ASGI application, and over a real connection."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import uvicorn

from bx24py.dev.portal.company import Company
from bx24py.dev.portal.rest import Rest
from bx24py.dev.portal.state import State
from bx24py.dev.portal.transport import DroppableProtocol

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body)

    @property
    def result(self) -> Any:
        assert self.status == 200, self.body
        return self.data["result"]

    @property
    def error(self) -> tuple[int, str]:
        return self.status, self.data["error"]


class Caller:
    """Calls a `Rest` directly, each call in an event loop of its own."""

    def __init__(self, company: Company | None = None) -> None:
        self.state = State()
        self.rest = Rest(self.state, company or Company(deals=300, users=120))
        self.rest.limits.enabled = False
        self.token: str = self.state.tokens.issue()["AUTH_ID"]

    def __call__(self, method: str, params: Any = None, **more: Any) -> Answer:
        """Call a method with a JSON body that holds the token."""
        body = json.dumps({**(params or {}), **more, "auth": self.token}).encode()
        return self.send("POST", f"/rest/{method}.json", body, {"Content-Type": "application/json"})

    def form(self, method: str, text: str) -> Answer:
        """Call a method with a form, as BX24.js does."""
        body = f"{text}&{urlencode({'auth': self.token})}".encode()
        return self.send("POST", f"/rest/{method}.json", body, {"Content-Type": "application/x-www-form-urlencoded"})

    def batch(self, cmd: Any, **more: Any) -> Any:
        return self("batch", cmd=cmd, **more).result

    def send(self, verb: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        return asyncio.run(self.request(verb, path, body, headers))

    async def request(self, verb: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": verb,
            "path": path,
            "query_string": query.encode(),
            "headers": [(n.lower().encode(), v.encode()) for n, v in (headers or {}).items()],
        }
        sent: list[Any] = []
        incoming = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def receive() -> Any:
            message = next(incoming, None)
            return message if message else await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        await self.rest(scope, receive, send)
        head = {n.decode(): v.decode() for n, v in sent[0]["headers"]}
        return Answer(sent[0]["status"], head, b"".join(m.get("body", b"") for m in sent[1:]))


class Served(Caller):
    """Serves a `Rest` on a free port, and calls it over real connections."""

    def __init__(self) -> None:
        super().__init__()
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        self.port: int = listening.getsockname()[1]
        config = uvicorn.Config(self.rest, http=DroppableProtocol, log_level="warning", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listening]}, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)

    def stop(self) -> float:
        """Stop the server and return how many seconds that took."""
        started = time.monotonic()
        self._server.should_exit = True
        self._thread.join(10)
        assert not self._thread.is_alive()
        return time.monotonic() - started

    def send(self, verb: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(verb, path, body or None, headers or {})
            answer = connection.getresponse()
            head = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, head, answer.read())
        finally:
            connection.close()


def served() -> Iterator[Served]:
    server = Served()
    yield server
    server.stop()
