"""Whole lists in the local portal: requests, rows that change meanwhile, and what goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.portal import Portal

from .conftest import PAGE, PythonPage

SCOPES = {"user", "department", "crm", "task", "sonet_group", "lists", "telephony", "documentgenerator", "basic"}


@pytest.fixture(scope="module")
def opened_app(open_for_module: Callable[..., PythonPage]) -> PythonPage:
    portal = Portal(deals=5000)
    portal.state.scope |= SCOPES
    app: PythonPage = open_for_module(portal=portal)
    app.python("bx24.limits = Limits(capacity=float('inf'))")
    return app


def requests(app: PythonPage) -> list[str]:
    """Give the methods of the requests that have been answered."""
    return [call.method for call in app.portal.rest.calls if not call.batch]


LISTS: list[tuple[str, dict[str, Any], str, str, int]] = [
    ("crm.deal.list", {}, "ID", "deals", 3),
    # One more: the first look at all amounts takes the local portal so long that batches get smaller.
    ("crm.deal.list", {"order": {"OPPORTUNITY": "DESC"}, "select": ["ID"]}, "ID", "deals", 4),
    ("crm.item.list", {"entityTypeId": 2, "select": ["id"]}, "id", "deals", 3),
    ("crm.item.list", {"entityTypeId": 1030}, "id", "equipment", 3),
    ("tasks.task.list", {"select": ["ID", "TITLE"]}, "id", "tasks", 2),
    ("user.get", {}, "ID", "users", 2),
    ("department.get", {}, "ID", "departments", 2),
    ("sonet_group.get", {}, "ID", "workgroups", 2),
    ("lists.element.get", {}, "ID", "elements", 2),
    ("voximplant.statistic.get", {}, "ID", "calls", 2),
    ("documentgenerator.template.list", {}, "id", "document_templates", 2),
]


@pytest.mark.parametrize(("method", "params", "name", "table", "most"), LISTS)
def test_all_rows(app: PythonPage, method: str, params: dict[str, Any], name: str, table: str, most: int) -> None:
    company = app.portal.company
    expected = list((company.others[table] if table in company.others else getattr(company, table)).ids)
    found = app.python(
        "return [int(row[name]) for row in await bx24.call_list(method, params)]",
        method=method,
        params=params,
        name=name,
    )
    if "order" in params:
        found.sort()
    assert found == expected
    assert len(requests(app)) <= most


def test_rows_of_products_of_a_deal(app: PythonPage) -> None:
    code = """
    rows = await bx24.call_list("crm.item.productrow.list", {"filter": {"=ownerType": "D", "=ownerId": 1}})
    return [rows, await bx24.call_list("crm.deal.productrows.get", {"id": 1})]
    """
    rows, of_deal = app.python(code)
    others = app.portal.company.others
    owned = [n for n in others["product_rows"].ids if others["product_rows"].value(n, "OWNER_ID") == 1]
    assert [row["id"] for row in rows] == owned
    table = others["product_rows_of_deals"]
    assert [int(row["ID"]) for row in of_deal] == [n for n in table.ids if table.value(n, "OWNER_ID") == 1]


def test_a_stream_is_the_same(app: PythonPage) -> None:
    code = """
    told = []
    rows = [int(row["ID"]) async for row in bx24.fetch_list("crm.deal.list", on_progress=lambda *n: told.append(n))]
    return [rows == list(range(1, 5001)), told]
    """
    assert app.python(code) == [True, [[50, 5000], [2550, 5000], [5000, 5000]]]


@pytest.mark.parametrize("way", ["break", "cancel"])
def test_a_stream_that_is_left(app: PythonPage, way: str) -> None:
    app.portal.rest.route("batch").never()
    code = """
    async def read():
        async for row in bx24.fetch_list("crm.deal.list"):
            await asyncio.sleep(0.01)
            if row["ID"] == "20" and way == "break":
                break
    if way == "break":
        await read()
    else:
        task = asyncio.ensure_future(read())
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])
    await asyncio.sleep(0.3)
    """
    app.python(code, way=way)
    assert requests(app)[0] == "crm.deal.list"
    # The batch was given up, and nothing was asked for after it.
    assert len([call for call in app.portal.rest.calls if call.method == "crm.deal.list"]) == 1
    app.portal.rest.route("batch").pass_through()
    assert app.python('return len(await bx24.call_list("crm.deal.list", limit=120))') == 120


def test_cancelling(app: PythonPage) -> None:
    app.portal.rest.route("batch").never()
    code = """
    call = bx24.call_list("crm.deal.list")
    await asyncio.sleep(0.5)
    call.cancel()
    await asyncio.wait([call])
    return call.cancelled()
    """
    assert app.python(code) is True
    app.portal.rest.route("batch").pass_through()


def test_rows_that_come_and_go(open_app: Callable[..., PythonPage]) -> None:
    portal = Portal(deals=3000)
    app = open_app(portal=portal)
    deals = portal.company.deals
    seen: list[int] = []

    def change(params: dict[str, Any], call: Any) -> Any:
        seen.append(len(seen))
        if len(seen) == 3:
            for number in range(1, 60):
                deals.delete(number)
        return portal.rest.methods["crm.deal.list"].function(params, call)

    portal.rest.route("crm.deal.list").side_effect(change)
    chained = app.python('return [int(row["ID"]) for row in await bx24.call_list("crm.deal.list")]')
    assert len(chained) == len(set(chained))
    assert set(chained) >= set(range(60, 3001))
    portal.reset()

    def change_again(params: dict[str, Any], call: Any) -> Any:
        seen.append(len(seen))
        if len(seen) == 3:
            for number in range(100, 170):
                deals.delete(number)
        return portal.rest.methods["crm.deal.list"].function(params, call)

    seen.clear()
    portal.rest.route("crm.deal.list").side_effect(change_again)
    code = 'return [int(row["ID"]) for row in await bx24.call_list("crm.deal.list", {"order": {"TITLE": "ASC"}})]'
    ordered = app.python(code)
    assert len(ordered) == len(set(ordered))
    assert set(ordered) >= {*range(60, 100), *range(170, 3001)}


def test_faults_on_the_way(app: PythonPage) -> None:
    for code in ("QUERY_LIMIT_EXCEEDED", None):
        route = app.portal.rest.route("batch")
        (route.fail(code) if code else route.drop()).times(1)
        assert app.python('return len(await bx24.call_list("crm.deal.list"))') == 5000
        assert len(requests(app)) == 4
        app.portal.reset()
    calls: list[int] = []

    def refuse(params: dict[str, Any], call: Any) -> Any:
        calls.append(1)
        if len(calls) in (12, 13):
            raise RestFault("ACCESS_DENIED")
        return app.portal.rest.methods["crm.deal.list"].function(params, call)

    app.portal.rest.route("crm.deal.list").side_effect(refuse)
    source = """
    try:
        await bx24.call_list("crm.deal.list", {"filter": {"!TITLE": "x"}})
    except AccessError as error:
        rest = await bx24.call_list("crm.deal.list", error.resume)
        return [len(error.rows), error.resume, [int(row["ID"]) for row in error.rows + rest] == list(range(1, 5001))]
    """
    assert app.python(source) == [550, {"filter": {"!TITLE": "x", ">ID": 550}}, True]


def test_a_text_that_looks_like_a_macro(app: PythonPage) -> None:
    code = 'return len(await bx24.call_list("user.get", {"FILTER": {"!NAME": "$result[0][0][ID]"}}))'
    assert app.python(code) == 120
    assert requests(app) == ["user.get"] * 3


def test_a_page_without_the_loader(open_app: Callable[..., PythonPage]) -> None:
    """A BX24 object of the application's own, driven as it is."""
    app = open_app({"index.html": PAGE}, portal=Portal(deals=700))
    code = """
    plain = BX24(js.Object.create(js.BX24))
    chained = await plain.call_list("crm.deal.list")
    ordered = await plain.call_list("crm.deal.list", {"order": {"TITLE": "DESC"}})
    return [[int(row["ID"]) for row in chained], sorted(int(row["ID"]) for row in ordered)]
    """
    chained, ordered = app.python(code)
    assert chained == ordered == list(range(1, 701))
