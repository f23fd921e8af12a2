"""What the portal's two origins serve, and how their server starts and stops."""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from bx24py.dev.portal.portal import Portal
from bx24py.dev.portal.server import PortalServer

from .wire_app import App, get
from .wire_app import app as app
from .wire_app import folder as folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINES = """<!doctype html><p>//api.bitrix24.com/api/v1/</p>
<script src="//api.bitrix24.com/api/v1/"></script>
<script defer src='https://api.bitrix24.com/api/v1/?rateguard=0'></script>
<SCRIPT SRC=http://api.bitrix24.com/api/v1/></SCRIPT>
<script src="//api.bitrix24.com/api/v1/other.js"></script>
<script>"//api.bitrix24.com/api/v1/"</script>
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PortalServer]:
    folder = tmp_path / "app"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "pyodide.asm.wasm").write_bytes(b"\0asm")
    (folder / "index.html").write_text(LINES)
    (folder / "sub" / "index.html").write_text("sub")
    for name in ("app.py", "a.mjs", "a.wasm", "a.css", "a.json", "Ünï code.txt"):
        (folder / name).write_text("//api.bitrix24.com/api/v1/")
    extra: Any = {"made.zip": lambda: b"zipped", "pyodide/": tmp_path / "dist"}
    with PortalServer(Portal(deals=10), folder, extra=extra) as running:
        yield running


def test_documents_leave_with_the_portals_library_and_files_stay(server: PortalServer, tmp_path: Path) -> None:
    portal = f"{server.url}api/v1/"
    expected = (
        LINES.replace('src="//api.bitrix24.com/api/v1/">', f'src="{portal}">')
        .replace("'https://api.bitrix24.com/api/v1/?", f"'{portal}?")
        .replace("SRC=http://api.bitrix24.com/api/v1/>", f"SRC={portal}>")
    )
    for method in ("GET", "POST"):
        response, text = get(server.app_url, method, body=b"AUTH_ID=x" if method == "POST" else None)
        assert (response.status, text.decode()) == (200, expected)
        assert response.headers["Content-Type"] == "text/html"
        assert response.headers["Cache-Control"] == "no-cache"
    assert (tmp_path / "app" / "index.html").read_text() == LINES


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("app.py", "text/plain; charset=utf-8"),
        ("a.mjs", "text/javascript; charset=utf-8"),
        ("a.wasm", "application/wasm"),
        ("a.css", "text/css; charset=utf-8"),
        ("a.json", "application/json"),
        ("%C3%9Cn%C3%AF%20code.txt", "text/plain; charset=utf-8"),
    ],
)
def test_other_files_leave_as_they_are(server: PortalServer, path: str, kind: str) -> None:
    response, text = get(server.app_url + path)
    assert (response.status, text) == (200, b"//api.bitrix24.com/api/v1/")
    assert response.headers["Content-Type"] == kind
    assert response.headers["Cache-Control"] == "no-cache"
    assert get(server.app_url + path, headers={"If-None-Match": response.headers["ETag"]})[0].status == 304


def test_files_beside_the_applications_own(server: PortalServer, tmp_path: Path) -> None:
    response, text = get(f"{server.app_url}made.zip")
    assert (response.headers["Content-Type"], text) == ("application/zip", b"zipped")
    response, text = get(f"{server.app_url}pyodide/pyodide.asm.wasm")
    assert (response.headers["Content-Type"], text) == ("application/wasm", b"\0asm")
    assert get(f"{server.app_url}bx24py.js")[0].status == 200
    (tmp_path / "app" / "bx24py.js").write_text("own")
    assert get(f"{server.app_url}bx24py.js")[1] == b"own"
    assert get(f"{server.app_url}portal/bx24.js")[0].status == 404


def test_a_folder_is_its_index(server: PortalServer) -> None:
    assert get(f"{server.app_url}sub/")[1] == b"sub"
    response, _ = get(f"{server.app_url}sub?x=1")
    assert (response.status, response.headers["Location"]) == (307, "sub/?x=1")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/sub/../../secret.txt",
        "/..%2fsecret.txt",
        "//secret.txt",
        "/pyodide/../secret.txt",
        "/pyodide/%2e%2e/secret.txt",
        "/pyodide/..%2f..%2fsecret.txt",
        "/%00",
        "/" + "x" * 5000,
        "/missing",
    ],
)
def test_nothing_outside_is_served(server: PortalServer, tmp_path: Path, path: str) -> None:
    (tmp_path / "app" / "link.txt").symlink_to(tmp_path / "secret.txt")
    for origin in (server.app_url, server.url):
        response, text = get(origin, path=path)
        assert response.status == 404
        assert b"secret" not in text
    assert get(f"{server.app_url}link.txt")[0].status == 404


def test_the_library_is_served_under_its_own_address_and_to_any_origin(server: PortalServer) -> None:
    response, text = get(f"{server.url}api/v1/?rateguard=0", headers={"Host": "api.bitrix24.com", "Origin": "http://x"})
    assert (response.status, response.headers["Access-Control-Allow-Origin"]) == (200, "*")
    assert response.headers["Content-Type"].startswith("text/javascript")
    assert b"BX24" in text


def test_the_portal_is_on_another_origin_than_the_application(server: PortalServer) -> None:
    assert server.url != server.app_url
    assert b"<title>Local portal</title>" in get(server.url)[1]
    assert get(f"{server.app_url}portal.js")[0].status == 404
    response, text = get(f"{server.url}rest/user.current.json", "POST", body=b"")
    assert (response.status, json.loads(text)["error"]) == (401, "NO_AUTH_FOUND")


def test_a_port_that_is_taken_is_said_clearly(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"port {port} on 127.0.0.1 cannot be used"):
            PortalServer(Portal(deals=10), folder, port=port).start()
        with pytest.raises(OSError, match=f"port {port} on 127.0.0.1 cannot be used"):
            PortalServer(Portal(deals=10), folder, app_port=port).start()


def test_wrong_arguments_are_said_clearly(folder: Path) -> None:
    with pytest.raises(NotADirectoryError, match="no such folder"):
        PortalServer(Portal(deals=10), folder / "missing")
    with pytest.raises(ValueError, match="either app_dir or app_url"):
        PortalServer(Portal(deals=10))
    with pytest.raises(ValueError, match="either app_dir or app_url"):
        PortalServer(Portal(deals=10), folder, app_url="http://127.0.0.1:1/")
    with pytest.raises(RuntimeError, match="not running"):
        _ = PortalServer(Portal(deals=10), folder).url


def test_stopping_is_quick_and_starting_again_works(app: App) -> None:
    app.portal.rest.route("user.current").never()
    url = f"{app.server.url}rest/user.current.json"
    app.frame.evaluate("url => { fetch(url, {method: 'POST'}).catch(() => {}) }", url)
    app.page.wait_for_timeout(200)
    start = time.monotonic()
    app.server.stop()
    assert time.monotonic() - start < 1
    app.server.stop()
    app.server.start()
    app.open()


def test_the_port_can_be_chosen(folder: Path) -> None:
    with PortalServer(Portal(deals=10), folder) as first:
        ports = [urlsplit(url).port or 0 for url in (first.url, first.app_url)]
    with PortalServer(Portal(deals=10), folder, port=ports[0], app_port=ports[1]) as second:
        assert (second.url, second.app_url) == tuple(f"http://127.0.0.1:{port}/" for port in ports)
