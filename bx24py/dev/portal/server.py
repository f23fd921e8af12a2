"""The local portal on the network: the portal page and its REST on one origin, the application on another."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from bx24py.dev import assets
from bx24py.dev.portal.apphost import AppHost, Extra
from bx24py.dev.portal.opening import Opening
from bx24py.dev.portal.pageapi import PageApi
from bx24py.dev.portal.static_files import Folder, send_bytes, send_file
from bx24py.dev.portal.transport import DroppableProtocol

if TYPE_CHECKING:
    from types import TracebackType

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from bx24py.dev.portal.portal import Portal

HOST = "127.0.0.1"

HOSTS = (HOST, "localhost", "[::1]")
"""The accepted host names. A page whose own name resolves to this machine (DNS rebinding) has the same origin for the
browser, and could read everything served here."""

LIBRARY_HOST = "api.bitrix24.com"
"""The library's own host, which a browser may be told to find here."""

START_TIMEOUT = 10.0
"""Seconds to wait for the server to start."""


class PortalServer:
    """Serves a portal and its application on 127.0.0.1, in its own thread.

    ::

        with PortalServer(Portal(), "demo/department_message") as server:
            print(server.url)

    Args:
        portal: the portal.
        app_dir: the folder of the application, or None if it is served elsewhere, at `app_url`.
        port: the port of the portal; 0 for any free one.
        app_port: the port of the application; 0 for any free one.
        extra: files besides the application's own.
        app_url: the application's URL if it is not served here.
        shows_errors: whether the application's page shows its errors in a panel.

    Raises:
        ValueError: neither or both of `app_dir` and `app_url` are given.
        NotADirectoryError: there is no such folder.
    """

    def __init__(
        self,
        portal: Portal,
        app_dir: str | os.PathLike[str] | None = None,
        *,
        port: int = 0,
        app_port: int = 0,
        extra: Extra | None = None,
        app_url: str | None = None,
        shows_errors: bool = False,
    ) -> None:
        if (app_dir is None) == (app_url is None):
            raise ValueError("either app_dir or app_url must be given")
        if app_dir is not None and not Path(app_dir).is_dir():
            raise NotADirectoryError(f"no such folder: {app_dir}")
        self.portal = portal
        self._app_dir = None if app_dir is None else Path(app_dir)
        self._app_url = app_url
        self._shows_errors = shows_errors
        self._wanted = (port, app_port)
        self._extra = extra or {}
        self._static = assets.folder("static")
        self._ports: tuple[int, int] | None = None
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._api: PageApi | None = None

    @property
    def url(self) -> str:
        """The URL of the portal page."""
        return f"http://{HOST}:{self._started()[0]}/"

    @property
    def app_url(self) -> str:
        """The URL of the application's page."""
        return self._app_url or f"http://{HOST}:{self._started()[1]}/"

    @property
    def opens_install_page(self) -> bool:
        """Whether the portal opens install.html instead of index.html: the installation is not finished."""
        return self._opening().installs()

    def _opening(self) -> Opening:
        return Opening(self.portal.state, self._app_dir, self.app_url)

    def _started(self) -> tuple[int, int]:
        if self._ports is None:
            raise RuntimeError("the server is not running")
        return self._ports

    def reload(self) -> None:
        """Reload the application in each open portal page."""
        self.portal.frame.reload()

    def start(self) -> None:
        """Start serving; returns once connections are accepted.

        Raises:
            OSError: a port is taken, or not allowed.
            RuntimeError: the server is already running, or does not start.
        """
        if self._server is not None:
            raise RuntimeError("the server is already running")
        sockets = self._listen()
        ports = [one.getsockname()[1] for one in sockets]
        self._ports = ports[0], ports[-1]
        config = uvicorn.Config(
            self._application(ports),
            http=DroppableProtocol,
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            log_level="error",
            server_header=False,
            timeout_graceful_shutdown=1,
            backlog=2048,
        )
        server = self._server = _Server(config)
        self._thread = threading.Thread(
            target=lambda: asyncio.run(server.serve(sockets)), name="bx24py portal", daemon=True
        )
        self._thread.start()
        if not server.running.wait(START_TIMEOUT):
            self.stop()
            raise RuntimeError("the local portal did not start")

    def stop(self) -> None:
        """Stop serving, without waiting for open requests; does nothing if it is not running."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
        if self._api is not None:
            self._api.activity.close()
        self._server = self._thread = self._api = self._ports = None

    def __enter__(self) -> PortalServer:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _listen(self) -> list[socket.socket]:
        # The page's own interface has a third port: a browser opens six connections per origin, and six hanging REST
        # calls must not block the messages of the wire.
        port, app_port = self._wanted
        wanted = [port, 0] if self._app_dir is None else [port, 0, app_port]
        sockets: list[socket.socket] = []
        try:
            sockets.extend(_listen(one) for one in wanted)
        except OSError:
            for opened in sockets:
                opened.close()
            raise
        return sockets

    def _application(self, ports: list[int]) -> ASGIApp:
        origins = {f"http://{name}:{ports[0]}" for name in (HOST, "localhost")}
        if ports[0] == 80:
            origins |= {f"http://{name}" for name in (HOST, "localhost")}
        self._api = PageApi(self.portal, origins, self._opening())
        by_port: dict[int, ASGIApp] = {
            ports[0]: self._portal_origin(ports[1]),
            ports[1]: TrustedHostMiddleware(self._api.app, HOSTS),
        }
        if self._app_dir is not None:
            app_host = AppHost(self._app_dir, f"{self.url}api/v1/", self._extra)
            by_port[ports[2]] = TrustedHostMiddleware(app_host, HOSTS)

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await by_port[scope["server"][1]](scope, receive, send)
            except asyncio.CancelledError:
                if self._server is None or not self._server.should_exit:
                    raise

        return application

    def _portal_origin(self, api_port: int) -> Starlette:
        library = self._static / "portal" / "bx24.js"

        async def bx24_library(request: Request) -> Response:
            if self._shows_errors:
                content = b"\n".join(path.read_bytes() for path in (library, library.with_name("app_errors.js")))
                response: Response = send_bytes(request, library.name, content)
            else:
                response = await send_file(request, library)
            response.headers["Access-Control-Allow-Origin"] = "*"
            return response

        async def config(_request: Request) -> Response:
            return JSONResponse(
                {
                    "api": f"http://{HOST}:{api_port}",
                    "app": self.app_url,
                    "sid": self.portal.state.app_sid,
                    "lang": self.portal.state.lang,
                },
                headers={"Cache-Control": "no-store"},
            )

        return Starlette(
            routes=[
                Route("/api/v1/", bx24_library, middleware=[_trust(*HOSTS, LIBRARY_HOST)]),
                Mount(
                    "/",
                    routes=[
                        Mount("/rest/api", app=self.portal.v3),
                        Mount("/rest", app=self.portal.rest),
                        Route("/portal/config", config),
                        Mount("/", app=Folder(self._static / "portal")),
                    ],
                    middleware=[_trust(*HOSTS)],
                ),
            ]
        )


def _trust(*hosts: str) -> Middleware:
    return Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)


class _Server(uvicorn.Server):
    """A uvicorn server that reports when it is up, and stops without waiting."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.running = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.running.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # uvicorn would wait for event streams and answers that never come.
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)
        for task in list(self.server_state.tasks):
            task.cancel()
        await super().shutdown(sockets)


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name != "nt":  # on Windows it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise OSError(error.errno, f"port {port} on {HOST} cannot be used: {error.strerror}") from error
    return listener
