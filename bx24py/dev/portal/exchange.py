"""One HTTP request to the REST server, and its answer or what happens instead."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.transport import EXTENSION

if TYPE_CHECKING:
    from bx24py.dev.portal.transport import DroppableProtocol

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MAX_BODY = 64 * 1024 * 1024
"""The largest request body in bytes."""

_CORS = (b"access-control-allow-origin", b"*")
"""Lets a page of any origin read an answer."""

ALLOWED_HEADERS = ("origin", "content-type", "accept")
"""The only headers that such a page may set: not `Authorization` or custom ones (contract, section 3)."""


class NoAnswerError(Exception):
    """The request ended without an answer: it was dropped, or its client has gone."""


class Exchange:
    """One HTTP request.

    Args:
        scope, receive, send: from ASGI; the scope has a `DroppableProtocol` for dropping.
    """

    def __init__(self, scope: Message, receive: Receive, send: Send) -> None:
        self.http_method: str = scope["method"].upper()
        self.query: bytes = scope.get("query_string", b"")
        self.headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        self.name = _method_name(scope)
        self.secret: str | None = None
        """The secret of an incoming webhook in the address (REST 3.0)."""
        self.allowed_headers: tuple[str, ...] = ALLOWED_HEADERS
        """The headers that a page may set."""
        self.exposed_headers: tuple[str, ...] = ()
        """The headers of the answer that a page may read."""
        self.cut_after: int | None = None
        """Bytes of the answer's body to send before closing the connection."""
        self.on_end: Callable[[], None] = lambda: None
        """Called once, when the outcome of the request is decided, before the client can know it."""
        self._scope, self._receive, self._send = scope, receive, send
        self._connection: DroppableProtocol | None = scope.get("extensions", {}).get(EXTENSION)
        self._gone = False

    async def read(self) -> bytes:
        """Read the body.

        Raises:
            RestFault: it is larger than `MAX_BODY`.
            NoAnswerError: the client went away while sending it.
        """
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise NoAnswerError
            part = message.get("body", b"")
            size += len(part)
            if size <= MAX_BODY:
                parts.append(part)
            more = message.get("more_body", False)
        if size > MAX_BODY:
            raise RestFault("INVALID_REQUEST", f"The request body is larger than {MAX_BODY} bytes", 413)
        return b"".join(parts)

    async def pause(self, seconds: float) -> None:
        """Wait, but not after the server stops; a client that goes away has still sent its request.

        Raises:
            NoAnswerError: the server stops.
        """
        if seconds <= 0 or self._gone:
            return
        if await self._wait_for_end(seconds) and self._connection and self._connection.stopping:
            raise NoAnswerError

    async def never(self) -> None:
        """Keep the request open until the client goes away or the server stops.

        Raises:
            NoAnswerError: always.
        """
        self.end()
        await self._wait_for_end(None)
        raise NoAnswerError

    async def drop(self) -> None:
        """Close the connection without an answer.

        Raises:
            NoAnswerError: always.
            RuntimeError: the server cannot close connections.
        """
        self.end()
        self._need_connection().drop()
        await self._wait_for_end(None)
        raise NoAnswerError

    @property
    def origin(self) -> str:
        """The portal's address as its client wrote it."""
        host = self.headers.get(b"host") or ":".join(map(str, self._scope.get("server") or ("localhost",)))
        return f"{self._scope.get('scheme', 'http')}://{host}"

    async def answer(
        self,
        status: int,
        body: bytes,
        content_type: str = "application/json; charset=utf-8",
        more: Mapping[str, str] | None = None,
    ) -> None:
        """Send the answer, or its beginning if it is to be cut.

        Raises:
            NoAnswerError: the answer was cut.
        """
        self.end()
        headers = [
            (b"content-type", content_type.encode("latin-1")),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            _CORS,
            *((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in (more or {}).items()),
        ]
        if self.http_method == "OPTIONS":
            headers.append((b"access-control-allow-headers", ", ".join(self.allowed_headers).encode()))
        elif self.exposed_headers:
            headers.append((b"access-control-expose-headers", ", ".join(self.exposed_headers).encode()))
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        if self.cut_after is None or self.cut_after >= len(body):
            await self._send({"type": "http.response.body", "body": body})
            return
        connection = self._need_connection()
        await self._send({"type": "http.response.body", "body": body[: self.cut_after], "more_body": True})
        connection.drop(flush=True)
        await self._wait_for_end(None)
        raise NoAnswerError

    def end(self) -> None:
        """Report that the outcome of the request is decided, unless reported already."""
        on_end, self.on_end = self.on_end, lambda: None
        on_end()

    def _need_connection(self) -> DroppableProtocol:
        if self._connection is None:
            raise RuntimeError("Dropping a connection needs uvicorn started with http=DroppableProtocol")
        return self._connection

    async def _wait_for_end(self, seconds: float | None) -> bool:
        """Wait until the connection is closed, at most `seconds`; return whether it was."""
        if self._connection:
            self._connection.waiting = True
        try:
            async with asyncio.timeout(seconds):
                while (await self._receive())["type"] != "http.disconnect":
                    pass
            self._gone = True
        except TimeoutError:
            return False
        finally:
            if self._connection:
                self._connection.waiting = False
        return True


def _method_name(scope: Message) -> str:
    """Return the REST method of a path: with or without `.json` and a trailing slash, in any case."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    if root and path.startswith(root + "/"):
        path = path[len(root) :]
    name = path.strip("/").removeprefix("rest/").lower()
    return name.removesuffix(".json")
