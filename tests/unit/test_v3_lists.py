"""Whole lists of REST 3.0, against a method whose pages a test bends."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from bx24py import BX24, BX24Error, CallTimeoutError, Limits, RestError, ServerError, bridge
from bx24py.bridge import Answer, OnAnswer, Request
from bx24py.rest import call as retries

from .conftest import FakeBridge, Sent, run

OPERATORS = {">": operator.gt, "<=": operator.le, "=": operator.eq}
PREFIX = "BITRIX_REST_V3_EXCEPTION_"


class RefusedError(Exception):
    """A command is refused with this status and code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.answer = Answer(status, {"error": {"code": code, "message": "No."}})


@dataclass
class ListPage(FakeBridge):
    """The page, and behind it one list method.

    Attributes:
        rows: its rows, in its default order; tests change them while they are read.
        most: rows of a page, whatever is asked for.
        ignores: parameters that it does not read.
        refuses: what it refuses: parameters, `large` pages, or `batch`.
        replies: what comes back instead of the next answers, None for the method's own.
        before: called with the number of each request, from 1.
        requests: the commands of each request.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    most: int = 1000
    ignores: tuple[str, ...] = ()
    refuses: tuple[str, ...] = ()
    replies: list[Answer | None] = field(default_factory=list)
    before: Callable[[int], object] = lambda _number: None
    requests: list[list[dict[str, Any]]] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def send(self, request: Request, on_answer: OnAnswer) -> Sent:
        sent = super().send(request, on_answer)
        task = asyncio.ensure_future(self._answer(request, sent))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return sent

    async def _answer(self, request: Request, sent: Sent) -> None:
        await asyncio.sleep(0)
        commands = [command.params for command in request.commands] or [request.params]
        self.requests.append(commands)
        self.before(len(self.requests))
        reply = self.replies.pop(0) if self.replies else None
        if reply is None:
            try:
                if "batch" in self.refuses and request.commands:
                    raise RefusedError(400, "X")
                found = [{"items": self.page(params)} for params in commands]
                reply = Answer(200, {"result": found if request.commands else found[0]})
            except RefusedError as refused:
                reply = refused.answer
        if not sent.aborted:
            sent.reply(reply)

    def page(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        assert params.keys() <= {"filter", "order", "select", "pagination", "x"}
        for name in ("filter", "order"):
            if name in self.refuses and params.get(name):
                raise RefusedError(400, f"{PREFIX}INVALID{name.upper()}EXCEPTION")
        found = [row for row in self.rows if "filter" in self.ignores or self.holds(params.get("filter") or [], row)]
        order = {} if "order" in self.ignores else params.get("order") or {}
        for name, way in reversed(order.items()):
            found.sort(key=lambda row: row[name], reverse=way == "DESC")
        asked = params.get("pagination") or {}
        limit = min(asked.get("limit", 50), self.most)
        if "large" in self.refuses and asked.get("limit", 50) > 200:
            raise RefusedError(400, f"{PREFIX}INVALIDPAGINATIONEXCEPTION")
        offset = 0 if "offset" in self.ignores else asked.get("offset", 0)
        names = params.get("select") or ["id"]
        return [{name: row[name] for name in names if name in row} for row in found[offset : offset + limit]]

    def holds(self, conditions: list[Any], row: dict[str, Any]) -> bool:
        for one in conditions:
            if isinstance(one, dict):
                if not any(self.holds([inner], row) for inner in one["conditions"]):
                    return False
                continue
            name, sign, value = one
            if not OPERATORS[sign](row[name], value):
                return False
        return True


def rows(ids: Any) -> list[dict[str, Any]]:
    return [{"id": number, "title": f"{number % 7}"} for number in ids]


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[ListPage]:
    fake = ListPage()
    monkeypatch.setattr(bridge, "connect", lambda _bx24=None: fake)
    monkeypatch.setattr(retries, "FIRST_DELAY", 0.001)
    yield fake
    assert not fake.timers


@pytest.fixture
def client(page: ListPage) -> BX24:
    return BX24(limits=Limits(float("inf")))


SETS: list[tuple[str, list[int], int, int]] = [
    ("none", [], 50, 1),
    ("few", [*range(1, 8)], 50, 2),
    ("as many as a page", [*range(1, 51)], 50, 2),
    ("as many as the largest page", [*range(1, 1001)], 1000, 2),
    ("5,000", [*range(1, 5001)], 50, 4),
    ("5,000, large pages", [*range(1, 5001)], 1000, 2),
    ("wide apart", [*range(7, 70_000, 14)], 50, 6),
    ("a gap", [*range(1, 300), *range(10_000_000, 10_000_300)], 50, 5),
    ("close together after wide apart", [*range(1, 10_000, 100), *range(20_000, 22_000)], 50, 7),
    ("odd pages", [*range(1, 500)], 37, 15),
]


@pytest.mark.parametrize(("name", "ids", "most", "requests"), SETS, ids=[one[0] for one in SETS])
def test_all_rows_by_id(client: BX24, page: ListPage, name: str, ids: list[int], most: int, requests: int) -> None:
    async def test() -> None:
        page.rows, page.most = rows(ids), most
        told: list[tuple[int, int | None]] = []
        found = await client.v3.call_list("tasks.task.list", on_progress=lambda *both: told.append(both))
        assert [row["id"] for row in found] == ids
        assert len(page.requests) <= requests, name
        assert told[-1] == (len(ids), None)
        streamed = [row["id"] async for row in client.v3.fetch_list("tasks.task.list")]
        assert streamed == ids

    run(test())


def test_the_callers_own_filter_order_and_select(client: BX24, page: ListPage) -> None:
    async def test() -> None:
        page.rows, page.most = rows(range(1, 401)), 50
        of_one = [row["id"] for row in page.rows if row["title"] == "3"]
        either = {"logic": "or", "conditions": [["title", "=", "3"], ["id", "=", 7]]}
        for where, expected in (
            ([["title", "=", "3"]], of_one),
            (either, sorted([*of_one, 7])),
            ([["id", ">", 300], ["title", "=", "3"]], [n for n in of_one if n > 300]),
        ):
            found = await client.v3.call_list("x.list", {"filter": where, "x": None})
            assert [row["id"] for row in found] == expected
        found = await client.v3.call_list("x.list", {"select": ["title"]})
        assert found == [{"title": row["title"]} for row in page.rows]
        found = await client.v3.call_list("x.list", {"order": {"id": "asc"}, "filter": []})
        assert [row["id"] for row in found] == [*range(1, 401)]
        page.requests.clear()
        found = await client.v3.call_list("x.list", {"order": {"title": "DESC"}, "select": ["title"]})
        assert [row["title"] for row in found] == sorted((row["title"] for row in page.rows), reverse=True)
        assert page.requests[0][0]["order"] == {"title": "DESC", "id": "ASC"}
        assert len(page.requests) == 2

    run(test())


@pytest.mark.parametrize(
    "bend",
    [
        {"ignores": ("filter",)},
        {"ignores": ("order",)},
        {"refuses": ("filter",)},
        {"refuses": ("order",)},
        {"refuses": ("large",)},
        {"refuses": ("batch",)},
        {"refuses": ("batch", "filter", "order")},
    ],
    ids=str,
)
def test_methods_that_lack_something(client: BX24, page: ListPage, bend: dict[str, Any]) -> None:
    async def test() -> None:
        page.rows, page.most = rows([*range(299, 199, -1), *range(1, 51)]), 50
        if "order" in bend.get("refuses", ()):
            page.rows.sort(key=lambda row: row["id"] % 250)  # what comes first rises by chance
        vars(page).update(bend)
        found = await client.v3.call_list("x.list")
        assert sorted(row["id"] for row in found) == sorted(row["id"] for row in page.rows)
        assert len(page.requests) < 10

    run(test())


def test_one_that_ignores_all_ends(client: BX24, page: ListPage) -> None:
    async def test() -> None:
        page.rows, page.ignores = rows(range(1, 300)), ("filter", "order", "offset")
        page.most = 100
        assert len(await client.v3.call_list("x.list")) == 100
        assert len(page.requests) <= 3
        page.rows = [{"title": "without an id"}] * 300
        assert len(await client.v3.call_list("x.list", {"select": ["title"]})) == 100

    run(test())


def test_one_that_turns_back_on_the_way_fails(client: BX24, page: ListPage) -> None:
    async def test() -> None:
        page.rows, page.most = rows(range(1, 5000)), 50

        def forget_filters(number: int) -> None:
            page.ignores = ("filter",) if number > 2 else ()

        page.before = forget_filters
        with pytest.raises(BX24Error, match="what comes after the id 550 is not beyond it") as found:
            await client.v3.call_list("x.list")
        assert [row["id"] for row in found.value.rows] == [*range(1, 551)]

    run(test())


def test_rows_that_come_and_go(client: BX24, page: ListPage) -> None:
    async def test() -> None:
        page.rows, page.most = rows(range(1, 2001)), 50

        def change(number: int) -> None:
            if number == 2:
                del page.rows[:40]
                page.rows.extend(rows(range(2001, 2020)))

        page.before = change
        found = [row["id"] for row in await client.v3.call_list("x.list")]
        assert found == [*range(1, 2020)]

    run(test())


def test_a_limit(client: BX24, page: ListPage) -> None:
    async def test() -> None:
        page.rows, page.most = rows(range(1, 2001)), 50
        for limit, requests in ((1, 1), (50, 1), (60, 2), (550, 2), (5000, 3)):
            page.requests.clear()
            found = await client.v3.call_list("x.list", limit=limit)
            assert [row["id"] for row in found] == [*range(1, min(limit, 2000) + 1)]
            assert len(page.requests) <= requests
        assert page.requests[0][0]["pagination"] == {"limit": 1000}
        found = await client.v3.call_list("x.list", {"pagination": {"offset": 30, "limit": 20}}, limit=25)
        assert [row["id"] for row in found] == [*range(31, 56)]

    run(test())


@pytest.mark.parametrize(
    ("order", "resume"),
    [
        (None, {"x": 1, "filter": [["id", ">", 550]]}),
        ({"title": "ASC"}, {"x": 1, "order": {"title": "ASC"}, "pagination": {"offset": 550}}),
    ],
)
def test_what_is_left_after_an_error(client: BX24, page: ListPage, order: Any, resume: dict[str, Any]) -> None:
    async def test() -> None:
        page.rows, page.most = rows(range(1, 2001)), 50
        refused = Answer(401, {"error": "NO_AUTH_FOUND", "error_description": "x"})
        params = {"x": 1} if order is None else {"x": 1, "order": order}
        page.replies = [None, None, refused]
        with pytest.raises(RestError) as found:
            await client.v3.call_list("x.list", params)
        assert found.value.resume == resume
        rest = await client.v3.call_list("x.list", found.value.resume)
        together = [row["id"] for row in [*found.value.rows, *rest]]
        assert sorted(together) == [*range(1, 2001)]

    run(test())


def test_faults_on_the_way(client: BX24, page: ListPage) -> None:
    async def test() -> None:
        page.rows, page.most = rows(range(1, 1001)), 50
        busy = Answer(503, {"error": "QUERY_LIMIT_EXCEEDED", "error_description": "x"})
        broken = Answer(500, {"error": {"code": "X", "message": "x"}})
        for replies in ([busy], [None, busy], [broken], [None, Answer(0, None)], [None, *[broken] * 3]):
            page.replies = list(replies)
            assert len(await client.v3.call_list("x.list")) == 1000
        page.replies = [broken] * 6
        with pytest.raises(ServerError):
            await client.v3.call_list("x.list")
        assert not page.replies
        page.replies = [broken]
        with pytest.raises(ServerError):
            await client.v3.call_list("x.list", retry=False)

    run(test())


def test_silence(client: BX24, page: ListPage) -> None:
    async def test() -> None:
        page.before = lambda _number: setattr(page.sent[-1], "aborted", True)
        with pytest.raises(CallTimeoutError):
            await client.v3.call_list("x.list", timeout=0.05)
        assert len(page.requests) == 2  # the second asks for a smaller page

    run(test())


@pytest.mark.parametrize(
    ("params", "error", "text"),
    [
        ({"filter": {">id": 5}}, TypeError, r"params\['filter'\]: must be a list of conditions"),
        ({"order": ["id"]}, TypeError, r"params\['order'\]: must be a mapping"),
        ({"select": "id"}, TypeError, r"params\['select'\]: must be a list of fields"),
        ({"pagination": {"page": 2}}, ValueError, r"params\['pagination'\]: must have `offset` or `limit` only"),
        ({"pagination": {"limit": 0}}, ValueError, "`limit` 1 to 1000"),
        ({"pagination": {"offset": -1}}, ValueError, "`offset` must be 0 or more"),
        ({"cursor": {}}, ValueError, r"params\['cursor'\]: is of `\*\.tail` methods"),
        ([1], TypeError, "params: must be a mapping"),
    ],
)
def test_what_a_list_cannot_have(client: BX24, page: ListPage, params: Any, error: type[Exception], text: str) -> None:
    async def test() -> None:
        with pytest.raises(error, match=text):
            client.v3.call_list("x.list", params)
        with pytest.raises(error, match=text):
            client.v3.fetch_list("x.list", params)
        assert not page.requests

    run(test())


def test_what_is_not_a_list(client: BX24, page: ListPage) -> None:
    async def test() -> None:
        page.replies = [Answer(200, {"result": {"item": {"id": 1}}})]
        with pytest.raises(BX24Error, match="the result is not a list"):
            await client.v3.call_list("x.get")

    run(test())
