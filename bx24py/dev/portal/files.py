"""Files as the local servers send them: the right type, always asked for again, never from outside their folder."""

from __future__ import annotations

import hashlib
import mimetypes
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request

NO_CACHE = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
"""The browser keeps a copy but asks each time whether it is still the right one."""

_STARTED = formatdate(usegmt=True)
"""As old as files are that exist only in memory."""

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
"""Types that must not depend on what the machine's own table says."""


def media_type(path: Path) -> str:
    """Return the MIME type of a file by its name."""
    known = TYPES.get(path.suffix.lower())
    return known or mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def find_inside(folder: Path, relative: str) -> Path | None:
    """Return the file or folder of this name under `folder`, or None when there is none, or it is not under it."""
    try:
        root = folder.resolve()
        path = (root / relative.lstrip("/")).resolve()
        return path if path.is_relative_to(root) and path.exists() else None
    except (OSError, ValueError):  # a name too long, or with a NUL in it
        return None


async def send_file(request: Request, path: Path, headers: dict[str, str] | None = None) -> Response:
    """Answer with a file, or with 304 when the browser's copy is the same."""
    stat = await anyio.to_thread.run_sync(path.stat)
    response = FileResponse(
        path, headers={**NO_CACHE, **(headers or {})}, media_type=media_type(path), stat_result=stat
    )
    if request.headers.get("if-none-match") == response.headers["etag"]:
        return Response(status_code=304, headers={**NO_CACHE, "ETag": response.headers["etag"]})
    return response


async def send_folder(request: Request, folder: Path, relative: str) -> Response:
    """Answer with a file of a folder, its `index.html` for a folder, or with 404."""
    path = find_inside(folder, relative)
    if path is not None and path.is_dir():
        if not request.url.path.endswith("/"):
            return RedirectResponse(request.url.path.rsplit("/", 1)[-1] + "/", 307)
        path = find_inside(folder, f"{relative}/index.html")
    if path is None or not path.is_file():
        return not_found()
    return await send_file(request, path)


def send_bytes(request: Request, name: str, data: bytes) -> Response:
    """Answer with a file that exists only in memory."""
    etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {**NO_CACHE, "ETag": etag, "Last-Modified": _STARTED}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(data, headers=headers, media_type=media_type(Path(name)))


def not_found() -> Response:
    """Answer that there is no such file."""
    return PlainTextResponse("Not found\n", 404, NO_CACHE)
