"""What the local servers give out, and to whom: tried as an attacker would, without a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from bx24py.dev import application, distribution
from bx24py.dev.portal.portal import Portal
from bx24py.dev.portal.server import PortalServer

FILES = {
    "index.html": '<script type="module" src="bx24py.js" data-app="app.py"></script>',
    "app.py": "app",
    "data/rows.csv": "rows",
    ".env": "TOKEN=hidden-thing",
    ".git/config": "hidden-thing",
    ".venv/pyvenv.cfg": "hidden-thing",
    "env/pyvenv.cfg": "hidden-thing",
    "env/lib/x.py": "hidden-thing",
    "server.key": "hidden-thing",
    "id_rsa": "hidden-thing",
    "tests/test_app.py": "hidden-thing",
    "fixtures.py": "hidden-thing",
    "node_modules/x/index.html": "hidden-thing",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortalServer]:
    scratch = tmp_path_factory.mktemp("served")
    for name, text in {**{f"app/{name}": text for name, text in FILES.items()}, "outside.txt": "hidden-thing"}.items():
        (scratch / name).parent.mkdir(parents=True, exist_ok=True)
        (scratch / name).write_text(text)
    (scratch / "pyodide").mkdir()
    (scratch / "app" / "link.txt").symlink_to(scratch / "outside.txt")
    (scratch / "app" / "link").symlink_to(scratch)
    (scratch / "app" / "copy.txt").symlink_to(scratch / "app" / ".env")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distribution, "ensure", lambda: scratch / "pyodide")
        made = application.make_server(Portal(deals=0), scratch / "app")
    with made as running:
        yield running


def ask(address: str, path: str, host: str | None = "") -> tuple[int, str]:
    """Ask as no browser would; `host` "" for the right one, None for none."""
    parts = urlsplit(address)
    connection = HTTPConnection(str(parts.hostname), parts.port or 80, timeout=10)
    connection.putrequest("GET", path, skip_host=True)
    if host is not None:
        connection.putheader("Host", host or parts.netloc)
    connection.endheaders()
    response = connection.getresponse()
    text = response.read().decode(errors="replace")
    connection.close()
    return response.status, text


def port(address: str) -> int:
    return urlsplit(address).port or 0


@pytest.mark.parametrize("name", ["app.py", "data/rows.csv"])
def test_the_applications_files_are_served(server: PortalServer, name: str) -> None:
    assert ask(server.app_url, f"/{name}") == (200, FILES[name])


@pytest.mark.parametrize(
    "path",
    [
        *(f"/{name}" for name in FILES if FILES[name].endswith("hidden-thing")),
        *("/.git/", "/.git", "/node_modules/x/", "/link.txt", "/link/outside.txt", "/link/app/.env", "/copy.txt"),
        *("//.env", "/./.env", "/data/../.env", "/%2eenv", "/.%65nv", "/data/%2e%2e/.env", "/..%2foutside.txt"),
        *(
            "/../outside.txt",
            "/%2e%2e/outside.txt",
            "/.ENV",
            "/.env/",
            "/.env%00",
            "/data%2f..%2f.env",
            "/pyodide/../.env",
        ),
        *("/pyodide/..%2fapp%2f.env", "/portal/bx24.js", "/portal/portal.js", "/..%5coutside.txt"),
    ],
)
def test_nothing_is_served_that_would_not_be_packed(server: PortalServer, path: str) -> None:
    for address in (server.app_url, server.url):
        status, text = ask(address, path)
        assert "hidden-thing" not in text
        if address == server.app_url:
            assert status in (307, 404), text
            assert "BX24" not in text


def test_who_misses_a_file_is_told_why(server: PortalServer) -> None:
    assert (
        ask(server.app_url, "/tests/test_app.py")[1]
        == "tests/test_app.py is left out, here as by `bx24py pack`: tests\n"
    )


FOREIGN: list[str | None] = [
    "evil.example",
    "evil.example:{port}",
    "127.0.0.1.evil.example",
    "localhost.evil.example:{port}",
    "0.0.0.0:{port}",
]
FOREIGN += ["[::2]:{port}", "api.bitrix24.com", "api.bitrix24.com:{port}", "evil@127.0.0.1", None]


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_host_is_refused_everywhere(server: PortalServer, host: str | None) -> None:
    api = f"http://127.0.0.1:{port(ask_config(server)['api'])}/"
    asked = [(server.app_url, path) for path in ("/", "/app.py", "/bx24py.js", "/missing", "/pyodide/pyodide.mjs")]
    asked += [
        (server.url, path) for path in ("/", "/portal/config", "/rest/user.current.json", "/bx24.js", "/api/v1/x")
    ]
    asked += [(api, "/events"), (api, "/settings")]
    if "api.bitrix24.com" not in str(host):
        asked.append((server.url, "/api/v1/"))
    for address, path in asked:
        status, text = ask(address, path, host and host.format(port=port(address)))
        assert status == 400, (address, path)
        assert len(text) < 100


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:{port}", "127.0.0.1", "127.0.0.1:{port}", "127.0.0.1:1"])
def test_this_machines_names_are_answered(server: PortalServer, host: str) -> None:
    for address, path in ((server.app_url, "/app.py"), (server.url, "/"), (server.url, "/api/v1/")):
        assert ask(address, path, host.format(port=port(address)))[0] == 200


@pytest.mark.parametrize("host", ["api.bitrix24.com", "api.bitrix24.com:{port}"])
def test_the_library_has_its_own_address(server: PortalServer, host: str) -> None:
    status, text = ask(server.url, "/api/v1/", host.format(port=port(server.url)))
    assert status == 200
    assert "BX24" in text


def ask_config(server: PortalServer) -> dict[str, str]:
    found: dict[str, str] = json.loads(ask(server.url, "/portal/config")[1])
    return found
