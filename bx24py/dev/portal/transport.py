"""The uvicorn protocol that lets an application close a request's connection, as a bad network does.

Start the server with `uvicorn.Config(app, http=DroppableProtocol)`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from uvicorn.config import Config
    from uvicorn.server import ServerState

EXTENSION = "bx24py.connection"
"""The key of a request's `DroppableProtocol` in an ASGI scope's `extensions`."""


class DroppableProtocol(H11Protocol):
    """HTTP/1.1 over a connection that the application can drop.

    Every answer closes its connection: a browser resends a request itself if a reused connection dies, and a scripted
    drop would go unnoticed.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.waiting = False
        """Whether the application keeps the request open on purpose; stopping the server must not wait for it."""
        self.stopping = False
        """Whether the server is stopping: a request that was kept open must not be executed any more."""
        application = self.app

        async def app(
            scope: MutableMapping[str, Any],
            receive: Callable[[], Awaitable[Any]],
            send: Callable[[Any], Awaitable[None]],
        ) -> None:
            async def send_last(message: Any) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [*message.get("headers", []), (b"connection", b"close")]
                await send(message)

            if scope["type"] != "http":
                await application(scope, receive, send)
                return
            scope.setdefault("extensions", {})[EXTENSION] = self
            await application(scope, receive, send_last)

        self.app = app

    def drop(self, *, flush: bool = False) -> None:
        """Close the connection; with `flush`, after sending what is buffered."""
        if flush:
            self.transport.close()
        else:
            self.transport.abort()

    def shutdown(self) -> None:
        """Drop a request that is kept open on purpose; otherwise shut down as uvicorn does."""
        self.stopping = True
        if self.waiting:
            self.transport.abort()
        else:
            super().shutdown()
