"""Files as the local servers send them: with the right type, and revalidated each time."""

from __future__ import annotations

import hashlib
import mimetypes
import os
from email.utils import formatdate
from pathlib import PurePath
from typing import TYPE_CHECKING

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request
    from starlette.types import Scope

NO_CACHE = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
"""The browser caches a file but revalidates it each time."""

_STARTED = formatdate(usegmt=True)
"""The date of files that exist only in memory."""

TYPES = {
    ".css": "text/css",
    ".htm": "text/html",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".md": "text/plain",
    ".mjs": "text/javascript",
    ".py": "text/plain",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".whl": "application/zip",
    ".zip": "application/zip",
}
"""Types that must not depend on the machine's own table."""


class Folder(StaticFiles):
    """A folder and its `index.html` files."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory=directory, html=True, check_dir=False)

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Answer with a file, or with 304 if the browser's copy is current."""
        response = FileResponse(
            full_path, status_code, NO_CACHE, media_type(os.fspath(full_path)), stat_result=stat_result
        )
        if self.is_not_modified(response.headers, Headers(scope=scope)):
            return NotModifiedResponse(response.headers)
        return response


async def send_folder(request: Request, folder: Path, relative: str) -> Response:
    """Answer with a file of a folder, the `index.html` of a folder, or 404; a POST is treated like a GET."""
    scope = {**request.scope, "method": "GET"}
    try:
        return await Folder(folder).get_response(relative, scope)
    except HTTPException:
        return not_found()


async def send_file(request: Request, path: Path) -> Response:
    """Answer with a file, or with 304 if the browser's copy is current."""
    stat = await anyio.to_thread.run_sync(path.stat)
    return Folder(path.parent).file_response(path, stat, request.scope)


def send_bytes(request: Request, name: str, data: bytes) -> Response:
    """Answer with a file that exists only in memory."""
    etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {**NO_CACHE, "ETag": etag, "Last-Modified": _STARTED}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(data, headers=headers, media_type=media_type(name))


def media_type(name: str) -> str:
    """Return the MIME type of a file by its name."""
    known = TYPES.get(PurePath(name).suffix.lower())
    return known or mimetypes.guess_type(name)[0] or "application/octet-stream"


def not_found() -> Response:
    """Answer with 404."""
    return PlainTextResponse("Not found\n", 404, NO_CACHE)
