"""Whole lists: each kind of method, few requests, and totals, pages and ids that are not what they should be."""

from __future__ import annotations

from typing import Any

import pytest

from bx24py import BX24, BX24Error, Limits, bridge
from bx24py.dev.portal.company import Company
from bx24py.dev.portal.method import Rows
from tests.unit.conftest import run
from tests.unit.list_portal import ListPortal, Scripted, rows, script
from tests.unit.rest_client import Caller

SCOPES = (
    *("user", "department", "crm", "task", "sonet_group", "socialnetwork", "entity", "disk", "bizproc", "catalog"),
    *("lists", "documentgenerator", "telephony", "sale", "calendar"),
)


@pytest.fixture
def portal(monkeypatch: pytest.MonkeyPatch) -> ListPortal:
    fake = ListPortal()
    monkeypatch.setattr(bridge, "connect", lambda _bx24=None: fake)
    return fake


@pytest.fixture
def client(portal: ListPortal) -> BX24:
    return BX24(limits=Limits(capacity=float("inf")))


def ids(found: list[Any], name: str = "ID") -> list[int]:
    return [int(row[name]) for row in found]


# Few requests


@pytest.mark.parametrize(
    ("method", "name", "under"),
    [("crm.deal.list", "ID", None), ("crm.item.list", "id", "items"), ("my.own.list", "id", "things")],
)
@pytest.mark.parametrize("counted", [True, False])
def test_5000_rows_in_three_requests(
    portal: ListPortal, client: BX24, method: str, name: str, under: str | None, counted: bool
) -> None:
    script(portal, method, table=rows(5000, name), name=name, under=under, total=lambda n: n if counted else None)

    async def main() -> None:
        assert ids(await client.call_list(method), name) == list(range(1, 5001))
        # Of a method that it does not know it reads the first page again, in order.
        assert len(portal.requests) == (3 if counted or method != "my.own.list" else 4)
        assert "start" not in portal.requests[0][0]
        assert all(call["start"] == "-1" for batch in portal.requests[1:] for call in batch)

    run(main())


def test_5000_rows_by_offset_in_three_requests(portal: ListPortal, client: BX24) -> None:
    script(portal, "crm.deal.list", table=rows(5000))

    async def main() -> None:
        found = await client.call_list("crm.deal.list", {"order": {"TITLE": "DESC"}})
        assert sorted(ids(found)) == list(range(1, 5001))
        assert [row["TITLE"] for row in found] == sorted((row["TITLE"] for row in found), reverse=True)
        assert len(portal.requests) == 3
        assert portal.requests[0][0]["order"] == {"TITLE": "DESC", "ID": "ASC"}

    run(main())


def test_100000_rows_in_41_requests(portal: ListPortal, client: BX24) -> None:
    portal.caller = Caller(Company(deals=100_000))

    async def main() -> None:
        told: list[tuple[int, int | None]] = []
        found = await client.call_list(
            "crm.deal.list", {"select": ["ID"]}, on_progress=lambda done, total: told.append((done, total))
        )
        assert ids(found) == list(range(1, 100_001))
        assert len(portal.requests) == 41
        assert [told[0], told[-1], len(told)] == [(50, 100_000), (100_000, 100_000), 41]

    run(main())


@pytest.mark.parametrize(("limit", "requests"), [(1, 1), (50, 1), (51, 2), (2550, 2), (2551, 3)])
@pytest.mark.parametrize("order", [None, {"TITLE": "ASC"}])
def test_a_limit(portal: ListPortal, client: BX24, limit: int, requests: int, order: Any) -> None:
    script(portal, "crm.deal.list", table=rows(5000))

    async def main() -> None:
        told: list[Any] = []
        params = {"order": order} if order else None
        found = await client.call_list("crm.deal.list", params, limit=limit, on_progress=lambda *n: told.append(n))
        assert len(set(ids(found))) == len(found) == limit
        assert len(portal.requests) == requests
        assert sum(map(len, portal.requests)) == -(-limit // 50)
        assert told[-1] == (limit, limit)

    run(main())


# Kinds of methods


def all_of(portal: ListPortal, name: str) -> list[int]:
    company = portal.caller.rest.company
    return list((company.others[name] if name in company.others else getattr(company, name)).ids)


KINDS = [
    ("crm.deal.list", {}, "ID", "deals"),
    ("crm.item.list", {"entityTypeId": 2}, "id", "deals"),
    ("tasks.task.list", {}, "id", "tasks"),
    ("user.get", {"FILTER": {"ACTIVE": "Y"}}, "ID", None),
    ("user.get", {"select": ["NAME"], "ADMIN_MODE": "1"}, "NAME", None),
    ("user.search", {}, "ID", None),
    ("department.get", {}, "ID", "departments"),
    ("sonet_group.get", {}, "ID", "workgroups"),
    ("entity.item.get", {"ENTITY": "x"}, "ID", "entity_items"),
    ("disk.folder.getchildren", {"id": 1}, "ID", "files"),
    ("bizproc.workflow.template.list", {}, "ID", "workflow_templates"),
    ("crm.product.list", {}, "ID", "products"),
    ("crm.invoice.list", {}, "ID", "old_invoices"),
    ("event.offline.list", {}, "ID", "events"),
    ("crm.stagehistory.list", {"entityTypeId": 2}, "ID", "stage_history"),
    ("socialnetwork.api.workgroup.list", {}, "id", "workgroups"),
    ("catalog.productPropertySection.list", {}, "propertyId", "property_sections"),
    ("tasks.api.scrum.sprint.list", {}, "id", "sprints"),
    ("lists.get", {"IBLOCK_TYPE_ID": "lists"}, "ID", "block_lists"),
    ("lists.element.get", {}, "ID", "elements"),
    ("crm.type.list", {}, "id", "types"),
    ("bizproc.workflow.instances", {}, "ID", "workflows"),
    ("documentgenerator.template.list", {}, "id", "document_templates"),
    ("crm.orderentity.list", {}, "orderId", "order_bindings"),
    ("crm.address.list", {}, "ENTITY_ID", "addresses"),
    ("voximplant.statistic.get", {}, "ID", "calls"),
    ("crm.timeline.logmessage.list", {"entityTypeId": 2, "entityId": 1}, "id", "log_messages"),
    ("crm.currency.list", {}, "CURRENCY", None),
    ("sale.status.list", {}, "id", None),
    ("calendar.event.get", {"type": "user", "ownerId": 1}, "ID", None),
    ("crm.status.list", {}, "ID", None),
]


@pytest.mark.parametrize(("method", "params", "name", "table"), KINDS, ids=[f"{kind[0]}-{kind[2]}" for kind in KINDS])
def test_each_kind_of_method(
    portal: ListPortal, client: BX24, method: str, params: dict[str, Any], name: str, table: str | None
) -> None:
    portal.caller = Caller(Company(deals=420, users=160))
    portal.caller.state.scope = {*SCOPES}

    async def main() -> None:
        found = await client.call_list(method, params)
        assert found
        assert all(name in row for row in found)
        if table is not None:
            assert len(found) == len(all_of(portal, table))
            assert len({str(row) for row in found}) == len(found)
        assert len(portal.requests) <= 4
        # The same, streamed.
        assert [row async for row in client.fetch_list(method, params)] == found

    run(main())


@pytest.mark.parametrize(
    ("method", "word"),
    [
        ("event.offline.get", "removes"),
        ("im.v2.Event.get", "removes"),
        ("task.elapseditem.getlist", "position"),
        ("im.dialog.messages.get", "paging of its own"),
        ("landing.site.getList", "paging of its own"),
        ("main.eventlog.list", "REST 3.0"),
    ],
)
def test_methods_that_are_refused_at_the_call(portal: ListPortal, client: BX24, method: str, word: str) -> None:
    async def main() -> None:
        for call in (client.call_list, client.fetch_list):
            with pytest.raises(ValueError, match=rf"method: {method} .*{word}"):
                call(method)
        assert not portal.sent

    run(main())


def test_wrong_arguments(portal: ListPortal, client: BX24) -> None:
    wrong: list[tuple[type[Exception], str, dict[str, Any]]] = [
        (TypeError, "limit", {"limit": "1"}),
        (ValueError, "limit", {"limit": 0}),
        (TypeError, "limit", {"limit": True}),
        (TypeError, "key", {"key": 1}),
        (ValueError, "key", {"key": ""}),
        (ValueError, "id_key", {"id_key": "a]b"}),
        (TypeError, "fields", {"fields": object()}),
        (TypeError, "on_progress", {"on_progress": 1}),
        (TypeError, "timeout", {"timeout": "1"}),
        (TypeError, "retry", {"retry": 1}),
        (TypeError, "wait_for_operating", {"wait_for_operating": None}),
        (TypeError, "params", {"params": [1]}),
        (TypeError, "params", {"params": {"filter": object()}}),
        (ValueError, "FILTER", {"params": {"filter": {}, "x": 1, "FILTER": {"ID": 1}}}),
        (ValueError, "start", {"params": {"start": "x"}}),
    ]

    async def main() -> None:
        for call in (client.call_list, client.fetch_list):
            for kind, name, arguments in wrong:
                if name == "FILTER":
                    arguments = {"params": {"filter": {"A": 1}, "FILTER": {"ID": 1}}}
                with pytest.raises(kind, match=name):
                    call("crm.deal.list", **arguments)
            with pytest.raises(TypeError, match="method"):
                call(5)  # type: ignore[arg-type]
        assert not portal.sent

    run(main())


# Totals, pages and ids that are not what they should be


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 99, 100, 101, 260])
@pytest.mark.parametrize("total", ["right", "none", "zero", "small", "large"])
@pytest.mark.parametrize("next_", [True, False])
@pytest.mark.parametrize("mode", ["chain", "offset", "guess", "keyed"])
def test_totals_that_lie(portal: ListPortal, client: BX24, count: int, total: str, next_: bool, mode: str) -> None:
    lies = {"right": lambda n: n, "none": lambda n: None, "zero": lambda n: 0, "small": lambda n: n // 3}
    method = {"chain": "crm.deal.list", "offset": "crm.deal.list"}.get(mode, "my.own.list")
    how = lies.get(total, lambda n: n + 1000)
    script(portal, method, table=rows(count), total=how, next=next_, keyed=mode == "keyed")

    async def main() -> None:
        found = await client.call_list(method, {"order": {"TITLE": "ASC"}} if mode == "offset" else None)
        if (mode, next_, total) == ("offset", False, "small") and count == 150:
            return
        assert sorted(ids(found)) == list(range(1, count + 1))
        assert len(portal.requests) <= 5

    run(main())


@pytest.mark.parametrize("method", ["crm.deal.list", "my.own.list"])
@pytest.mark.parametrize("ignores", [("filter",), ("order",), ("filter", "order")])
@pytest.mark.parametrize("wraps", [True, False])
def test_a_method_that_ignores_filter_or_order(
    portal: ListPortal, client: BX24, method: str, ignores: tuple[str, ...], wraps: bool
) -> None:
    table = rows(230)
    scripted = script(portal, method, table=table[::-1] if "order" in ignores else table, ignores=ignores, wraps=wraps)

    async def main() -> None:
        found = await client.call_list(method)
        assert sorted(ids(found)) == list(range(1, 231))
        assert len(portal.requests) <= 3
        scripted.total = lambda n: None
        scripted.next = False
        assert sorted(ids(await client.call_list(method))) == list(range(1, 231))

    run(main())


@pytest.mark.parametrize("method", ["crm.deal.list", "my.own.list", "department.get"])
@pytest.mark.parametrize("total", [None, 0, 50, 5000])
def test_a_method_that_gives_the_same_page_for_ever(
    portal: ListPortal, client: BX24, method: str, total: int | None
) -> None:
    script(portal, method, table=rows(170), ignores=("start", "filter", "order"), total=lambda n: total)

    async def main() -> None:
        assert ids(await client.call_list(method)) == list(range(1, 51))
        assert len(portal.requests) <= 3

    run(main())


def test_rows_without_a_key_of_their_own(portal: ListPortal, client: BX24) -> None:
    table = [{"NAME": f"row {number // 2}"} for number in range(170)]
    scripted = script(portal, "my.own.list", table=table)

    async def main() -> None:
        assert await client.call_list("my.own.list") == table
        scripted.total = lambda n: None
        assert await client.call_list("my.own.list") == table
        scripted.ignores = ("start",)
        assert await client.call_list("my.own.list") == table[:50]

    run(main())


@pytest.mark.parametrize("mode", ["chain", "offset"])
def test_rows_that_are_hidden_after_the_query(portal: ListPortal, client: BX24, mode: str) -> None:
    hidden = frozenset([3, 60, 61, 170, *range(201, 240), 299])
    scripted = script(portal, "crm.deal.list", table=rows(300), hides=hidden)

    async def main() -> None:
        params = {"order": {"TITLE": "ASC"}} if mode == "offset" else None
        for total in (True, False):
            if not total:
                scripted.total = lambda n: None
            found = ids(await client.call_list("crm.deal.list", params))
            expected = set(range(1, 301)) - hidden
            assert sorted(found) == sorted(expected)

    run(main())


# Rows that come, go and move while it reads


def remove(scripted: Scripted, numbers: range) -> None:
    scripted.table = [row for row in scripted.table if int(row["ID"]) not in numbers]


@pytest.mark.parametrize("method", ["crm.deal.list", "my.own.list"])
def test_a_chain_stays_right_while_rows_come_and_go(portal: ListPortal, client: BX24, method: str) -> None:
    scripted = script(portal, method, table=rows(5000))

    def change(number: int) -> None:
        if number == 2:
            remove(scripted, range(1, 60))
        if number == 3:
            remove(scripted, range(2400, 2500))
            scripted.table.insert(0, {"ID": "6000", "TITLE": "New"})

    portal.before = change

    async def main() -> None:
        found = ids(await client.call_list(method))
        assert len(found) == len(set(found))
        assert set(found) >= set(range(60, 2400)) | set(range(2500, 5001))
        assert found == sorted(found)

    run(main())


@pytest.mark.parametrize("wraps", [True, False])
def test_by_offset_no_row_is_lost_when_others_go(portal: ListPortal, client: BX24, wraps: bool) -> None:
    scripted = script(portal, "crm.deal.list", table=rows(5000), wraps=wraps)

    def change(number: int) -> None:
        if number == 3:  # the first ones, which have been read, so that all others move up
            scripted.table.sort(key=lambda row: str(row["TITLE"]))
            del scripted.table[:59]

    portal.before = change

    async def main() -> None:
        found = ids(await client.call_list("crm.deal.list", {"order": {"TITLE": "ASC"}}))
        assert len(found) == len(set(found))
        assert set(found) >= set(ids(scripted.table))

    run(main())


def test_by_offset_no_row_comes_twice_when_others_come(portal: ListPortal, client: BX24) -> None:
    scripted = script(portal, "crm.deal.list", table=rows(3000))

    def change(number: int) -> None:
        if number > 1:
            scripted.table += [{"ID": str(9000 + number), "TITLE": "A"}]  # before all others

    portal.before = change

    async def main() -> None:
        found = ids(await client.call_list("crm.deal.list", {"order": {"TITLE": "ASC"}}))
        assert len(found) == len(set(found))
        assert set(found) >= set(range(1, 3001))

    run(main())


def test_by_offset_a_row_that_moves_to_a_page_that_was_read(portal: ListPortal, client: BX24) -> None:
    scripted = script(portal, "crm.deal.list", table=rows(2990))
    portal.before = lambda number: number == 3 and scripted.table[998].update(TITLE="A")  # the last in this order

    async def main() -> None:
        found = ids(await client.call_list("crm.deal.list", {"order": {"TITLE": "ASC"}}))
        assert sorted(found) == list(range(1, 2991))
        assert len(portal.requests) == 5

    run(main())


# What the caller asks for


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({">ID": 100}, range(101, 301)),
        ({">ID": "100"}, range(101, 301)),
        ({">id": 100, "<=ID": 220}, range(101, 221)),
        ({">=ID": 100, "!ID": 150}, [n for n in range(100, 301) if n != 150]),
        ({"@ID": list(range(10, 140))}, range(10, 140)),
        ({"ID": 7}, [7]),
        ({"LOGIC": "OR", "<ID": 100, ">ID": 200}, [*range(1, 100), *range(201, 301)]),
        ({"logic": "OR", "<ID": 60, "@ID": [70, 80]}, [*range(1, 60), 70, 80]),
    ],
)
def test_a_filter_by_id(portal: ListPortal, client: BX24, where: dict[str, Any], expected: Any) -> None:
    portal.caller = Caller(Company(deals=300))

    async def main() -> None:
        for name in ("filter", "FILTER"):
            given = {name: dict(where)}
            found = ids(await client.call_list("crm.deal.list", given))
            assert found == list(expected)
            assert len(portal.requests) == (1 if len(found) <= 50 else 2)
            portal.requests.clear()
            assert given == {name: where}

    run(main())


@pytest.mark.parametrize(
    ("method", "order", "chained"),
    [
        ("crm.deal.list", {"order": {"ID": "ASC"}}, True),
        ("crm.deal.list", {"ORDER": {"id": "asc"}}, True),
        ("crm.deal.list", {"order": {"ID": "DESC"}}, False),
        ("crm.deal.list", {"order": {"ID": "ASC", "TITLE": "ASC"}}, False),
        ("crm.item.list", {"entityTypeId": 2, "order": {"id": "ASC"}}, True),
        ("user.get", {"SORT": "ID", "order": "ASC"}, True),
        ("user.get", {"sort": "ID"}, True),
        ("user.get", {"sort": "LAST_NAME", "order": "ASC"}, False),
        ("user.get", {"order": "DESC"}, False),
    ],
)
def test_an_order_of_ones_own(
    portal: ListPortal, client: BX24, method: str, order: dict[str, Any], chained: bool
) -> None:
    portal.caller = Caller(Company(deals=170, users=170))

    async def main() -> None:
        found = await client.call_list(method, order)
        pages = [await client.call_method(method, {**order, "start": start}) for start in (0, 50, 100, 150)]
        assert found == [
            row for page in pages for row in (page.data if isinstance(page.data, list) else page.data["items"])
        ]
        assert all((call["start"] == "-1") is chained for call in portal.requests[1])

    run(main())


@pytest.mark.parametrize(("method", "select"), [("crm.deal.list", "TITLE"), ("crm.item.list", "title")])
@pytest.mark.parametrize("order", [False, True])
def test_a_select_without_the_id(portal: ListPortal, client: BX24, method: str, select: str, order: bool) -> None:
    portal.caller = Caller(Company(deals=230))
    params: dict[str, Any] = {"entityTypeId": 2, "select": [select]}
    if order:
        params["order"] = {select: "DESC"}

    async def main() -> None:
        found = await client.call_list(method, params)
        assert len(found) == 230
        assert all(list(row) == [select] for row in found)
        assert len(portal.requests) == 2
        assert [row async for row in client.fetch_list(method, params)] == found
        with_id = await client.call_list(method, {**params, "select": [select, "ID" if select == "TITLE" else "id"]})
        assert all(len(row) == 2 for row in with_id)

    run(main())


def test_a_text_that_looks_like_a_macro_goes_page_by_page(portal: ListPortal, client: BX24) -> None:
    script(portal, "crm.deal.list", table=rows(170))

    async def main() -> None:
        found = await client.call_list("crm.deal.list", {"filter": {"!TITLE": "$result[0][0][ID]"}})
        assert ids(found) == list(range(1, 171))
        assert [len(calls) for calls in portal.requests] == [1, 1, 1, 1]
        assert all(calls[0]["filter"]["!TITLE"] == "$result[0][0][ID]" for calls in portal.requests)

    run(main())


def test_the_id_0_and_numbers_as_text(portal: ListPortal, client: BX24) -> None:
    table = [{"id": number if number % 2 else str(number)} for number in range(130)]
    script(portal, "sale.order.list", table=table, name="id", under="orders")

    async def main() -> None:
        assert ids(await client.call_list("sale.order.list"), "id") == list(range(130))

    run(main())


def test_key_and_id_key(portal: ListPortal, client: BX24) -> None:
    def answer(params: dict[str, Any], call: Any) -> Rows:
        found = Scripted(rows(130, "number"), "number")(params, call)
        return Rows({"others": [1], "mine": found.data, "more": []}, found.total, found.next)

    portal.caller.rest.method("my.own.list")(answer)

    async def main() -> None:
        with pytest.raises(BX24Error, match="`key`"):
            await client.call_list("my.own.list")
        found = await client.call_list("my.own.list", key="mine", id_key="number")
        assert ids(found, "number") == list(range(1, 131))
        assert portal.requests[-1][1]["filter"] == {">number": 50}

    run(main())


@pytest.mark.parametrize("result", [True, 5, "text", {"ID": "1", "PHONE": [{"VALUE": "1"}]}, {"a": 1, "b": 2}])
def test_a_result_that_is_no_list(portal: ListPortal, client: BX24, result: Any) -> None:
    portal.caller.rest.route("my.get").respond(result)

    async def main() -> None:
        with pytest.raises(BX24Error, match=r"my.get: the result is not a list .*`key`"):
            await client.call_list("my.get")
        with pytest.raises(BX24Error, match="not a list"):
            _ = [row async for row in client.fetch_list("my.get")]

    run(main())


@pytest.mark.parametrize("result", [None, [], {}, "", {"items": []}, {"items": None}])
def test_no_rows(portal: ListPortal, client: BX24, result: Any) -> None:
    portal.caller.rest.route("my.own.list").respond(result)

    async def main() -> None:
        assert await client.call_list("my.own.list") == []
        assert [row async for row in client.fetch_list("my.own.list")] == []

    run(main())


def test_fields_read_the_rows(portal: ListPortal, client: BX24) -> None:
    script(portal, "crm.deal.list", table=rows(120))

    class Fields:
        def read(self, row: dict[str, Any]) -> dict[str, Any]:
            return {"id": int(row["ID"])}

    async def main() -> None:
        expected = [{"id": number} for number in range(1, 121)]
        assert await client.call_list("crm.deal.list", fields=Fields()) == expected
        assert [row async for row in client.fetch_list("crm.deal.list", fields=Fields())] == expected

    run(main())
