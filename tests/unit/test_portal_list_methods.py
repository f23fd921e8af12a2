"""List methods of each kind (contract, lists): order, filter, pages and rows as each method has them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from bx24py.dev.portal.company import Company
from tests.unit.rest_client import Caller

SCOPES = {
    "bizproc", "calendar", "catalog", "crm", "department", "disk", "documentgenerator", "entity", "im", "lists",
    "sale", "socialnetwork", "sonet_group", "task", "telephony", "user", "user_basic",
}  # fmt: skip
COMMENTS = {"filter": {"ENTITY_ID": 1, "ENTITY_TYPE": "deal"}}
PRODUCTS = {"filter": {"iblockId": 14}, "select": ["id", "iblockId", "name"]}
ROWS = {"filter": {"=ownerType": "D", "=ownerId": 1}}
LOG = {"entityTypeId": 2, "entityId": 1}


@pytest.fixture
def call() -> Caller:
    caller = Caller()
    caller.state.scope = set(SCOPES)
    return caller


def ids(answer: Any, key: str | None, name: str) -> list[Any]:
    rows = answer if key is None else answer[key]
    return [row[name] for row in (rows.values() if isinstance(rows, dict) else rows)]


CHAINS: list[tuple[str, dict[str, Any], str | None, str, str, dict[str, Any], int]] = [
    # method, parameters, key of the rows, id in requests, id in rows, order, how many rows there are
    ("crm.deal.list", {}, None, "ID", "ID", {"order": {"ID": "ASC"}}, 300),
    ("crm.contact.list", {}, None, "ID", "ID", {"order": {"ID": "ASC"}}, 60),
    ("user.get", {}, None, "ID", "ID", {"sort": "ID", "order": "ASC"}, 120),
    ("sonet_group.get", {}, None, "ID", "ID", {"ORDER": {"ID": "ASC"}}, 120),
    ("entity.item.get", {"ENTITY": "x"}, None, "ID", "ID", {"SORT": {"ID": "ASC"}}, 120),
    ("disk.folder.getchildren", {"id": 1}, None, "ID", "ID", {"order": {"ID": "ASC"}}, 1200),
    ("bizproc.workflow.template.list", {}, None, "ID", "ID", {"ORDER": {"ID": "ASC"}}, 120),
    ("voximplant.statistic.get", {}, None, "ID", "ID", {"SORT": "ID", "ORDER": "ASC"}, 120),
    ("lists.element.get", {"IBLOCK_ID": 33}, None, "ID", "ID", {"ELEMENT_ORDER": {"ID": "ASC"}}, 120),
    ("crm.product.list", {}, None, "ID", "ID", {"order": {"ID": "ASC"}}, 120),
    ("crm.item.list", {"entityTypeId": 2}, "items", "id", "id", {"order": {"id": "ASC"}}, 300),
    ("tasks.task.list", {"select": ["ID"]}, "tasks", "ID", "id", {"order": {"ID": "asc"}}, 360),
    ("socialnetwork.api.workgroup.list", {}, "workgroups", "ID", "id", {"order": {"ID": "ASC"}}, 120),
    ("catalog.product.list", PRODUCTS, "products", "id", "id", {"order": {"id": "ASC"}}, 120),
    (
        "catalog.productpropertysection.list",
        {},
        "productPropertySections",
        "propertyId",
        "propertyId",
        {"order": {"propertyId": "ASC"}},
        120,
    ),
    ("tasks.api.scrum.sprint.list", {}, None, "ID", "id", {"order": {"ID": "ASC"}}, 120),
    ("crm.type.list", {}, "types", "id", "id", {"order": {"id": "ASC"}}, 60),
    ("crm.stagehistory.list", {"entityTypeId": 2}, "items", "ID", "ID", {"order": {"ID": "ASC"}}, 120),
    ("crm.item.productrow.list", ROWS, "productRows", "id", "id", {"order": {"id": "ASC"}}, 120),
    ("documentgenerator.template.list", {}, "templates", "id", "id", {"order": {"id": "ASC"}}, 120),
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "params", "key", "asked", "given", "order", "count"), CHAINS, ids=[c[0] for c in CHAINS]
)
def test_lists_that_can_be_read_by_id(
    call: Caller, method: str, params: dict[str, Any], key: str | None, asked: str, given: str, order: Any, count: int
) -> None:
    upper = "FILTER" if method == "sonet_group.get" else "filter"
    seen: list[int] = []
    while True:
        filter_ = {**params.get("filter", {}), f">{asked}": seen[-1] if seen else 0}
        page = call(method, {**params, **order, upper: filter_, "start": -1}).result
        found = [int(number) for number in ids(page, key, given)] if page else []
        if not found:
            break
        seen += found
    assert seen == list(range(1, count + 1))


OFFSETS: list[tuple[str, dict[str, Any], str | None, str, int, int]] = [
    # method, parameters, key of the rows, what tells rows apart, how many rows there are, rows of a page
    ("department.get", {}, None, "ID", 16, 50),
    ("user.search", {"FIND": "a"}, None, "ID", 13, 50),
    ("lists.get", {"IBLOCK_TYPE_ID": "lists"}, None, "ID", 60, 50),
    ("crm.timeline.comment.list", COMMENTS, None, "ID", 120, 50),
    ("crm.timeline.logmessage.list", LOG, None, "id", 45, 10),
    ("bizproc.workflow.instances", {"order": {"ID": "ASC"}}, None, "ID", 120, 50),
    ("documentgenerator.template.list", {}, "templates", "id", 120, 50),
    ("crm.orderentity.list", {}, "orderEntity", "orderId", 120, 50),
]


@pytest.mark.parametrize(("method", "params", "key", "name", "count", "size"), OFFSETS, ids=[o[0] for o in OFFSETS])
def test_lists_that_are_read_by_offset(
    call: Caller, method: str, params: dict[str, Any], key: str | None, name: str, count: int, size: int
) -> None:
    total = call(method, params).data["total"]
    assert total == count or method == "user.search"
    seen: list[Any] = []
    for start in range(0, total, size):
        answer = call(method, {**params, "start": start}).data
        page = ids(answer["result"], key, name)
        assert len(page) == min(size, total - start)
        assert answer.get("next") == (start + size if start + size < total else None)
        seen += page
    assert len(set(seen)) == total


# What is odd about each


def test_names_of_parameters_in_upper_case_only(call: Caller) -> None:
    newest = [str(number) for number in range(120, 70, -1)]
    assert ids(call("sonet_group.get").result, None, "ID") == newest
    assert ids(call("sonet_group.get", order={"ID": "ASC"}, filter={">ID": 100}).result, None, "ID") == newest
    assert ids(call("sonet_group.get", ORDER={"ID": "ASC"}, FILTER={">ID": 118}).result, None, "ID") == ["119", "120"]


def test_a_department_cannot_be_filtered_by_more_than_its_id(call: Caller) -> None:
    everything = call("department.get").data
    assert call("department.get", {">ID": 5}).data["result"] == everything["result"]
    assert call("department.get", filter={">ID": 5}).data["result"] == everything["result"]
    assert ids(call("department.get", FILTER={"ID": 5, ">ID": 7}).result, None, "ID") == ["5"]
    assert call("department.get", start=50).data["result"] == everything["result"]


def test_an_order_under_another_name_is_ignored(call: Caller) -> None:
    for method, more in (("entity.item.get", {"ENTITY": "x"}), ("lists.element.get", {"IBLOCK_ID": 33})):
        assert ids(call(method, more, order={"ID": "DESC"}).result, None, "ID")[0] == "1"
    shuffled = ids(call("voximplant.statistic.get", order={"ID": "ASC"}).result, None, "ID")
    assert shuffled != sorted(shuffled, key=int)
    assert "SHUFFLE" not in call("voximplant.statistic.get").result[0]


def test_users_are_ordered_by_two_texts(call: Caller) -> None:
    assert ids(call("user.get", sort="ID", order="DESC").result, None, "ID")[0] == "120"
    refused = call("user.get", sort="ID", order={"ID": "DESC"})
    assert (*refused.error, refused.data["error_description"]) == (400, "ERROR_ARGUMENT", "Order must be a string")
    assert ids(call("user.get", order={"ID": "DESC"}).result, None, "ID")[0] == "1"
    # The names of parameters are folded, and the later one counts.
    assert call("user.get", {"FILTER": {"ID": 4}, "filter": {">ID": 118}}).data["total"] == 2


def test_an_empty_list_of_users_says_nothing_of_its_size(call: Caller) -> None:
    answer = call("user.get", filter={">ID": 500}).data
    assert (answer["result"], "total" in answer, "next" in answer) == ([], False, False)


def test_an_empty_list_of_elements_says_nothing_of_its_size(call: Caller) -> None:
    answer = call("lists.element.get", IBLOCK_ID=33, FILTER={">ID": 500}).data
    assert (answer["result"], "total" in answer, "next" in answer) == ([], False, False)


def test_the_id_of_a_type_is_lower_case(call: Caller) -> None:
    answer = call("crm.type.list", order={"ID": "ASC"})
    assert (answer.status, answer.data["error_description"]) == (400, "Unknown field definition `I_D`")
    assert call("crm.type.list", filter={">ID": 1}).status == 400
    assert set(call("crm.type.list").result["types"][0]) == {"id", "title", "code", "entityTypeId", "createdBy"}


def test_workgroups_are_their_ids_unless_more_is_selected(call: Caller) -> None:
    answer = call("socialnetwork.api.workgroup.list", filter={"<=ID": 2}).result
    assert answer == {"workgroups": [{"id": 1}, {"id": 2}]}
    row = call("socialnetwork.api.workgroup.list", filter={"ID": 2}, select=["ID", "OPENED"]).result["workgroups"]
    assert row == [{"id": 2, "opened": "Y"}]
    assert call("bizproc.workflow.template.list").result[0] == {"ID": "1"}
    assert set(call("bizproc.workflow.template.list", SELECT=["NAME"]).result[0]) == {"NAME"}


def test_a_product_needs_its_id_and_its_catalog(call: Caller) -> None:
    assert call("catalog.product.list", select=["id", "iblockId"]).status == 400
    assert call("catalog.product.list", filter={"iblockId": 14}, select=["id", "name"]).status == 400
    assert call("catalog.product.list", {**PRODUCTS, "filter": {"iblockId": 14, "@id": [1, 2]}}).status == 400
    assert call("catalog.product.list", PRODUCTS).result["products"][0].keys() == {"id", "iblockId", "name"}


def test_rows_of_products_are_incomplete_with_parameters_of_others(call: Caller) -> None:
    assert len(call("crm.item.productrow.list", ROWS).result["productRows"]) == 50
    assert len(call("crm.item.productrow.list", ROWS, select=["id"]).result["productRows"]) == 1
    assert call("crm.item.productrow.list").status == 400


def test_addresses_have_no_id_and_a_wrong_total(call: Caller) -> None:
    keys = ("TYPE_ID", "ENTITY_TYPE_ID", "ENTITY_ID")
    seen = []
    for start in (0, 50, 100, 150):
        answer = call("crm.address.list", start=start).data
        assert (answer["total"], "next" in answer) == (50, False)
        seen += [tuple(row[key] for key in keys) for row in answer["result"]]
    assert len(seen) == len(set(seen)) == 120
    assert call("crm.address.list", start=-1).data["total"] == 120
    assert call("crm.address.list", order={"ID": "ASC"}).status == 400
    assert "ID" not in call("crm.address.list").result[0]
    assert len(call("crm.address.list", filter={"ENTITY_ID": 2}).result) == 3


def test_comments_are_filtered_by_their_item_alone(call: Caller) -> None:
    assert call("crm.timeline.comment.list").status == 400
    more = {"filter": {**COMMENTS["filter"], ">ID": 100}}
    assert call("crm.timeline.comment.list", more).result == call("crm.timeline.comment.list", COMMENTS).result


def test_records_of_a_timeline_come_by_ten_the_newest_first(call: Caller) -> None:
    answer = call("crm.timeline.logmessage.list", LOG).data
    assert (ids(answer["result"], None, "id"), answer["next"]) == (list(range(45, 35, -1)), 10)
    assert ids(call("crm.timeline.logmessage.list", LOG, start=15).result, None, "id")[0] == 35


def test_ids_that_are_no_numbers(call: Caller) -> None:
    assert all("." in number for number in ids(call("bizproc.workflow.instances").result, None, "ID"))
    assert call("bizproc.workflow.instances", start=-1).status == 400
    assert ids(call("sale.status.list").result, "statuses", "id") == ["N", "P", "F", "D"]


def test_rows_as_a_mapping_by_id_cannot_be_chained(call: Caller) -> None:
    rows = call("documentgenerator.template.list").result["templates"]
    assert list(rows) == [str(number) for number in range(1, 51)]
    assert rows["49"]["id"] == "49"
    assert call("documentgenerator.template.list", filter={"id": 999}).result == {"templates": []}


def test_all_bindings_of_orders_at_once(call: Caller) -> None:
    answer = call("crm.orderentity.list", start=-1).data
    assert (len(answer["result"]["orderEntity"]), "total" in answer, "next" in answer) == (120, False, False)


def test_files_are_found_up_to_a_thousand(call: Caller) -> None:
    found = {start: call("disk.file.search", query="file", start=start).data for start in (0, 7, 1000, 1050)}
    assert [len(one["result"]) for one in found.values()] == [50] * 4
    assert [one["result"][0]["ID"] for one in found.values()] == ["1", "8", "1001", "1001"]
    assert (found[0]["next"], found[1000]["next"], "total" in found[0]) == (50, 1050, False)
    assert call("disk.file.search", filter={">ID": 5}).error == (400, "INVALID_FILTER")


def test_currencies_are_counted_as_none(call: Caller) -> None:
    answer = call("crm.currency.list").data
    assert (len(answer["result"]), answer["total"]) == (3, 0)


def test_pages_by_offset_and_limit(call: Caller) -> None:
    answer = call("im.recent.list", OFFSET=60).data
    assert (len(answer["result"]["items"]), answer["result"]["hasMore"], answer["total"]) == (10, False, -1)
    users = call("im.search.user.list").data
    assert (list(users["result"]), users["next"], users["total"]) == ([str(n) for n in range(1, 11)], 10, 120)
    assert list(call("im.search.user.list", OFFSET=115, LIMIT=50).result) == [str(n) for n in range(116, 121)]


def test_messages_before_and_after_one(call: Caller) -> None:
    newest = ids(call("im.dialog.messages.get").result, "messages", "id")
    assert newest == list(range(90, 70, -1))
    older = ids(call("im.dialog.messages.get", LAST_ID=71, LIMIT=50).result, "messages", "id")
    assert older == list(range(70, 20, -1))
    assert ids(call("im.dialog.messages.get", FIRST_ID=88).result, "messages", "id") == [89, 90]


def test_parameters_by_position(call: Caller) -> None:
    order, where, pages = {"ID": "ASC"}, {">ID": 10}, {"NAV_PARAMS": {"nPageSize": 50, "iNumPage": 2}}
    params = {"TASKID": 1, "ORDER": order, "FILTER": where, "SELECT": ["ID"], "PARAMS": pages}
    answer = call("task.elapseditem.getlist", params).data
    assert (ids(answer["result"], None, "ID")[0], answer["total"]) == ("61", 110)
    assert call("task.elapseditem.getlist", {"ORDER": order, **params}).status == 400


def test_events_are_gone_once_they_were_given(call: Caller) -> None:
    first = call("event.offline.get").result
    assert (len(first["events"]), first["process_id"]) == (50, "1")
    assert call("event.offline.get", clear=0, limit=5).result["events"][0]["ID"] == "51"
    assert ids(call("event.offline.list").result, None, "ID")[0] == "51"


def test_lists_without_pages(call: Caller) -> None:
    assert ids(call("calendar.event.get").result, None, "ID") == ["1", "1", "2"]
    answer = call("crm.deal.productrows.get", id=2).data
    assert (len(answer["result"]), "total" in answer) == (3, False)


# Speed: processor time, so that a busy machine does not matter


@pytest.fixture(scope="module")
def large() -> Caller:
    return Caller(Company(deals=100_000))


def chain(select: str) -> list[str]:
    pages = []
    for page in range(50):
        bound = f"$result[{page - 1}][49][ID]" if page else "70000"
        pages.append(f"crm.deal.list?order[ID]=ASC&filter[%3EID]={bound}&start=-1{select}")
    return pages


@pytest.mark.parametrize(("select", "most"), [("&select[]=ID&select[]=TITLE", 0.25), ("", 1.5)])
def test_fifty_chained_pages_of_100000_deals(large: Caller, select: str, most: float) -> None:
    times = []
    for _ in range(3):
        started = time.process_time()
        pages = large.batch(chain(select))["result"]
        times.append(time.process_time() - started)
    assert [int(row["ID"]) for page in pages for row in page] == list(range(70_001, 72_501))
    assert min(times) < most


def test_a_list_of_ids_needs_no_scan(large: Caller) -> None:
    started = time.process_time()
    for _ in range(20):
        found = large("crm.deal.list", filter={"ID": [90_000, 5], "!ID": 7}, start=-1, select=["ID"]).result
        assert found == [{"ID": "5"}, {"ID": "90000"}]
    assert time.process_time() - started < 0.5


def test_fifty_pages_by_amount_are_sorted_once(large: Caller) -> None:
    pages = [f"crm.deal.list?order[OPPORTUNITY]=DESC&start={50 * page}&select[]=OPPORTUNITY" for page in range(50)]
    large.batch(pages[:1])
    started = time.process_time()
    result = large.batch(pages)["result"]
    assert time.process_time() - started < 0.3
    amounts = [float(row["OPPORTUNITY"]) for page in result for row in page]
    assert amounts == sorted(amounts, reverse=True)
