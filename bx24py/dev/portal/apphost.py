"""The application's host: its unchanged files on their own origin, and what the loader needs besides."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from bx24py.dev import loader
from bx24py.dev.contents import Contents, LeftOut
from bx24py.dev.packages import MissingPackageError, Packages
from bx24py.dev.portal.static_files import NO_CACHE, not_found, send_bytes, send_file, send_folder

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

Extra = Mapping[str, Callable[[], bytes] | Path | Packages]
"""What is served besides the application's files: a name and its bytes or file; or a name that ends in `/` and its
folder, or the packages below it."""

LIBRARY_ADDRESS = re.compile(
    rb"""(<script\b[^>]*?\bsrc\s*=\s*["']?)(?:https?:)?//api\.bitrix24\.com/api/v1/(?=["'?\s>])""", re.IGNORECASE
)
"""The URL of BX24.js in a script element, up to the end of the attribute or the query."""


class AppHost:
    """An ASGI application that serves what `pack` would pack, as a static host would.

    A portal opens a static application with GET and a server-side one with POST (contract, section 1): both get the
    page. In HTML documents the URL of BX24.js is replaced with the portal's; the files are never changed.

    Args:
        folder: the application's folder.
        library_url: where BX24.js is: the portal's own `/api/v1/`.
        extra: further files, before the loader's, for what the application does not bring itself.
    """

    def __init__(self, folder: Path, library_url: str, extra: Extra) -> None:
        self.folder = folder
        self._library = library_url.encode()
        self._extra = extra

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        async for _ in request.stream():
            pass  # closing a connection with an unread body may lose the answer
        if request.method not in ("GET", "HEAD", "POST"):
            response: Response = PlainTextResponse("Method not allowed\n", 405, {"Allow": "GET, HEAD, POST"})
        else:
            response = await self._respond(request)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        relative = request.scope["path"].lstrip("/")  # decoded, unlike the path of request.url
        path = await anyio.to_thread.run_sync(self._find, relative)
        if isinstance(path, Path) and path.is_dir():
            if relative and not relative.endswith("/"):
                query = f"?{request.url.query}" if request.url.query else ""
                return RedirectResponse(f"{relative.rsplit('/', 1)[-1]}/{query}", 307)
            path = await anyio.to_thread.run_sync(self._find, f"{relative}/index.html")
        if isinstance(path, Path) and path.is_file():
            if path.suffix.lower() in (".html", ".htm"):
                return await self._document(path)
            return await send_file(request, path)
        beside = await self._beside(request, relative)
        if isinstance(path, LeftOut) and beside.status_code == 404:
            return PlainTextResponse(
                f"{path.name} is left out, here as by `bx24py pack`: {path.reason}\n", 404, NO_CACHE
            )
        return beside

    def _find(self, relative: str) -> Path | LeftOut | None:
        return Contents(self.folder).find(relative)  # re-read each time: files change while being served

    async def _document(self, path: Path) -> Response:
        text = await anyio.to_thread.run_sync(path.read_bytes)
        text = LIBRARY_ADDRESS.sub(lambda match: match[1] + self._library, text)
        # No charset: the document declares it, as it must on the real host.
        return Response(text, headers={**NO_CACHE, "Content-Type": "text/html"})

    async def _package(self, request: Request, packages: Packages, name: str) -> Response:
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return PlainTextResponse("Only the application may request packages\n", 403)
        try:
            content, kind = await anyio.to_thread.run_sync(packages.get, name, str(request.url))
        except KeyError:
            return not_found()
        except MissingPackageError as error:
            return PlainTextResponse(f"{error}\n", 404, NO_CACHE)
        if isinstance(content, Path):
            return await send_file(request, content)
        return Response(content, headers=NO_CACHE, media_type=kind)

    async def _beside(self, request: Request, relative: str) -> Response:
        for name, source in self._extra.items():
            if name.endswith("/") and relative.startswith(name) and isinstance(source, Path):
                return await send_folder(request, source, relative.removeprefix(name))
            if name.endswith("/") and relative.startswith(name) and isinstance(source, Packages):
                return await self._package(request, source, relative.removeprefix(name))
            if name == relative and not isinstance(source, Packages):
                if isinstance(source, Path):
                    return await send_file(request, source) if source.is_file() else not_found()
                return send_bytes(request, name, await anyio.to_thread.run_sync(source))
        content = (await anyio.to_thread.run_sync(loader.files)).get(relative)
        return not_found() if content is None else send_bytes(request, relative, content)
