"""The served portal under load, over real connections: 100,000 deals, 100 requests at once, 10,000 in a row."""

from __future__ import annotations

import http.client
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bx24py.dev.portal.portal import Portal
from bx24py.dev.portal.server import PortalServer


class Client:
    """Asks a served portal."""

    def __init__(self, portal: Portal, server: PortalServer) -> None:
        self.address = server.url.removeprefix("http://").rstrip("/")
        self.token = portal.state.tokens.issue()["AUTH_ID"]

    def ids(self, start: int) -> list[str]:
        connection = http.client.HTTPConnection(self.address, timeout=30)
        connection.request("GET", f"/rest/crm.deal.list?auth={self.token}&select[]=ID&start={start}")
        response = connection.getresponse()
        assert response.status == 200
        answer = json.loads(response.read())
        connection.close()
        assert answer["total"] == 100_000
        return [row["ID"] for row in answer["result"]]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    portal = Portal(deals=100_000)
    portal.rest.limits.enabled = False
    with PortalServer(portal, app_url="http://127.0.0.1:9/") as server:
        yield Client(portal, server)


def test_a_hundred_at_once(client: Client) -> None:
    starts = [50 * number for number in range(100)]
    with ThreadPoolExecutor(100) as pool:
        pages = list(pool.map(client.ids, starts))
    assert [int(page[0]) for page in pages] == [start + 1 for start in starts]


def test_ten_thousand_in_a_row(client: Client) -> None:
    def many(count: int) -> None:
        for number in range(count):
            assert len(client.ids(50 * (number % 1000))) == 50

    many(2500)  # fills the log of calls, which is bounded
    before = sys.getallocatedblocks()
    many(7500)
    assert sys.getallocatedblocks() < before * 1.05
