"""Calls of REST 3.0 to a local portal over real connections."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bx24py.dev.portal.portal import Portal
from bx24py.dev.portal.server import PortalServer
from tests.unit.rest_client import Answer

JSON = {"Content-Type": "application/json"}

PREFIX = "BITRIX_REST_V3_EXCEPTION_"


class V3:
    """Calls a portal.

    Args:
        portal: the portal, served by `server`.
    """

    def __init__(self, portal: Portal, server: PortalServer) -> None:
        self.portal = portal
        self.address = urlsplit(server.url).netloc
        self.token: str = portal.state.tokens.issue()["AUTH_ID"]

    def __call__(
        self, method: str, params: Any = None, *, headers: dict[str, str] | None = None, **more: Any
    ) -> Answer:
        """Call a method as an application does: JSON, with the token in the body."""
        body = {**(params or {}), **more, "auth": self.token}
        return self.send("POST", f"/rest/api/{method}", json.dumps(body), {**JSON, **(headers or {})})

    def batch(self, *commands: Any, headers: dict[str, str] | None = None) -> Answer:
        """Send a batch with the token in the address."""
        body = json.dumps(list(commands))
        return self.send("POST", f"/rest/api/batch?auth={self.token}", body, {**JSON, **(headers or {})})

    def old(self, method: str, **params: Any) -> Answer:
        """Call the old version of REST."""
        return self.send("POST", f"/rest/{method}.json", json.dumps({**params, "auth": self.token}), JSON)

    def send(self, verb: str, path: str, body: str = "", headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection(self.address, timeout=10)
        try:
            connection.request(verb, path, body.encode() or None, headers or {})
            answer = connection.getresponse()
            head = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, head, answer.read())
        finally:
            connection.close()


def error(answer: Answer) -> tuple[int, str]:
    """Return status and code of an error in the shape of REST 3.0, without the prefix."""
    assert set(answer.data) == {"error"}, answer.data
    code = answer.data["error"]["code"]
    assert code.startswith(PREFIX)
    return answer.status, code.removeprefix(PREFIX)


def complaints(answer: Answer) -> dict[str, str]:
    """Return the complaints about parameters, by field."""
    assert error(answer) == (400, "VALIDATION_REQUESTVALIDATIONEXCEPTION")
    return {one["field"]: one["message"] for one in answer.data["error"]["validation"]}


def items(answer: Answer, name: str = "id") -> list[Any]:
    """Return one field of each item of a list."""
    return [item[name] for item in answer.result["items"]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[V3]:
    folder: Path = tmp_path_factory.mktemp("application")
    portal = Portal(deals=100)
    with PortalServer(portal, folder) as server:
        yield V3(portal, server)


@pytest.fixture
def call(served: V3) -> V3:
    """The portal of a module, which has forgotten what earlier tests scripted and sent."""
    portal = served.portal
    portal.reset()
    portal.rest.limits.clear()
    portal.rest.limits.enabled = False
    portal.rest.offline, portal.rest.latency = False, 0.0
    portal.v3.allow_idempotency_key = False
    portal.state.admin, portal.state.user_id = True, 1
    return served
