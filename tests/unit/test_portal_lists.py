"""Lists and data: filters, orders, pages, and what is written is readable afterwards."""

from __future__ import annotations

import time
from typing import Any

import pytest

from bx24py.dev.portal.company import Company
from bx24py.dev.portal.tables.fields import Field
from bx24py.dev.portal.tables.table import Table
from tests.unit.rest_client import Caller


@pytest.fixture(scope="module")
def many() -> Caller:
    return Caller(Company(seed=1, deals=100_000, users=120))


@pytest.fixture
def call() -> Caller:
    return Caller()


def numbers(answer: Any) -> list[int]:
    rows = answer["items"] if isinstance(answer, dict) else answer
    return [int(row.get("ID") or row.get("id")) for row in rows]


# The company


def test_a_company_is_the_same_for_the_same_seed() -> None:
    first, same, other = (Caller(Company(seed=seed, deals=60)) for seed in (3, 3, 4))
    assert first("crm.deal.list").result == same("crm.deal.list").result != other("crm.deal.list").result
    assert other("user.current").result["NAME"] == "Emma"


def test_the_sample_data_are_worth_showing(call: Caller) -> None:
    assert call("user.get").data["total"] == 120
    departments = {row["ID"]: row for row in call("department.get").result}
    assert all(row.get("PARENT", "1") in departments for row in departments.values())
    names = "".join(row["NAME"] + row["LAST_NAME"] for row in call("user.get", start=50).result)
    assert any("\u0400" <= letter <= "\u04ff" for letter in names)
    assert any(letter > "\u3000" for letter in names)
    stages = {row["STAGE_ID"] for start in (0, 50, 100) for row in call("crm.deal.list", start=start).result}
    known = {row["STATUS_ID"] for row in call("crm.status.list", filter={"%ENTITY_ID": "DEAL_STAGE"}).result}
    assert len(stages) > 8
    assert stages <= known
    for row in departments.values():
        assert numbers(call("user.get", ID=row["UF_HEAD"]).result) == [int(row["UF_HEAD"])]


def test_the_shape_of_a_user_and_of_a_department(call: Caller) -> None:
    user = call("user.current").result
    assert (user["ID"], user["ACTIVE"], user["UF_DEPARTMENT"]) == ("1", True, [3, 6])
    assert "USER_TYPE" not in user
    assert call("user.get", ID="1").result[0]["USER_TYPE"] == "employee"
    assert call("department.get", ID=2).result == [
        {"ID": "2", "NAME": "Sales Department", "SORT": 500, "PARENT": "1", "UF_HEAD": "2"}
    ]


# Pages


LIST = {
    "classic": ("user.get", {}),
    "controller": ("crm.item.list", {"entityTypeId": 2, "filter": {"<=id": 120}}),
    "offset": ("crm.timeline.comment.list", {"filter": {"ENTITY_ID": 1, "ENTITY_TYPE": "deal"}}),
}
"""A method of each kind with 120 rows."""


def page(call: Caller, kind: str, **params: Any) -> tuple[list[int], Any, Any]:
    """Return the ids of a page, and what the answer says of `total` and `next`."""
    method, given = LIST[kind]
    answer = call(method, given, **params).data
    return numbers(answer["result"]), answer.get("total"), answer.get("next")


@pytest.mark.parametrize("kind", LIST)
@pytest.mark.parametrize(
    ("start", "first", "count", "next_"),
    [
        (None, 1, 50, 50), (0, 1, 50, 50), ("50", 51, 50, 100), (100, 101, 20, None), ("x", 1, 50, 50),
        ("50x", 51, 50, 100), ("", 1, 50, 50),
    ],
)  # fmt: skip
def test_start(call: Caller, kind: str, start: Any, first: int, count: int, next_: int | None) -> None:
    found, total, following = page(call, kind, **({} if start is None else {"start": start}))
    assert (found, total, following) == (list(range(first, first + count)), 120, next_)


@pytest.mark.parametrize(("start", "first"), [(7, 1), (49, 1), (70, 51), (99, 51), (119, 101)])
def test_most_round_start_down_to_a_page(call: Caller, start: int, first: int) -> None:
    for kind in ("classic", "controller"):
        assert page(call, kind, start=start)[0][0] == first
    assert page(call, "offset", start=start)[0][0] == start + 1
    assert page(call, "offset", start=70)[2] is None
    assert page(call, "offset", start=60)[2] == 110


@pytest.mark.parametrize("start", [150, 10**9, "9" * 17])
def test_past_the_end(call: Caller, start: Any) -> None:
    assert page(call, "classic", start=start) == page(call, "classic")
    assert page(call, "controller", start=start) == page(call, "offset", start=start) == ([], 120, None)


@pytest.mark.parametrize("start", [-1, "-1", -7])
def test_without_counting(call: Caller, start: Any) -> None:
    first = list(range(1, 51))
    assert page(call, "classic", start=start) == page(call, "offset", start=start) == (first, 0, None)
    assert page(call, "controller", start=start) == (first, None, None)


def test_start_counts_in_lower_case_only(call: Caller) -> None:
    for kind in LIST:
        assert page(call, kind, START=50) == page(call, kind, Start=50) == page(call, kind)


@pytest.mark.parametrize("start", [-1, "-1"])
def test_not_counting(call: Caller, start: Any) -> None:
    answer = call("crm.deal.list", start=start, filter={">ID": 100}).data
    assert numbers(answer["result"]) == list(range(101, 151))
    assert answer["total"] == 0
    assert "next" not in answer


def test_every_row_once_by_pages_and_by_number(call: Caller) -> None:
    seen: list[int] = []
    start: int | None = 0
    while start is not None:
        answer = call("crm.deal.list", start=start, select=["ID"]).data
        seen += numbers(answer["result"])
        start = answer.get("next")
    assert seen == list(range(1, 301))
    quick: list[int] = []
    while page := numbers(
        call(
            "crm.item.list", entityTypeId=2, filter={">id": quick[-1] if quick else 0}, order={"id": "ASC"}, start=-1
        ).result
    ):
        quick += page
    assert quick == seen


# Filters


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ({"ID": 5}, [5]),
        ({"ID": [7, "5", 5, 999]}, [5, 7]),
        ({"@ID": ["1", 2]}, [1, 2]),
        ({"=ID": 3}, [3]),
        ({">ID": 117}, [118, 119, 120]),
        ({">=ID": 119}, [119, 120]),
        ({"<ID": 3}, [1, 2]),
        ({"<=ID": "2"}, [1, 2]),
        ({">ID": 3, "<=ID": 5}, [4, 5]),
        ({">ID": 3, "@ID": [1, 4, 5], "!ID": 5}, [4]),
        ({"!ID": 1, "<ID": 4}, [2, 3]),
        ({"!@ID": [1, 3], "<ID": 5}, [2, 4]),
        ({"NAME": "EMMA"}, [1]),
        ({"%LAST_NAME": "соКОЛ"}, [3]),
        ({"=%LAST_NAME": "Hart%"}, [2]),
        ({"%=LAST_NAME": "Hart"}, []),
        ({"!%EMAIL": "user", "ACTIVE": True}, []),
        ({"!=%NAME": "E%", "<ID": 3}, [2]),
        ({"UF_DEPARTMENT": 3, "<ID": 6}, [1]),
        ({"UF_DEPARTMENT": [2, 3], "<ID": 6}, [1, 2]),
        ({"NAME_SEARCH": "jon hart"}, [2]),
        ({"NO_SUCH_FIELD": 1, "ID": 1}, [1]),
        ({"ID": "abc"}, []),
        ({">LAST_LOGIN": "not a date"}, []),
        ({">DATE_REGISTER": "2100-01-01"}, []),
        ({"<DATE_REGISTER": "2022-12-16T00:00:00+02:00"}, [1]),
        ({"WORK_POSITION": "", "<ID": 6}, []),
        ({"!WORK_POSITION": "", "<ID": 3}, [1, 2]),
    ],
)
def test_user_filters(call: Caller, filter_: dict[str, Any], expected: list[int]) -> None:
    answer = call("user.get", FILTER=filter_).data
    assert numbers(answer["result"]) == expected
    assert answer.get("total") == (len(expected) or None)
    assert numbers(call("user.get", FILTER=filter_, start=-1).result) == expected
    assert numbers(call("user.get", FILTER=filter_, sort="ID", order="DESC").result) == expected[::-1]


def test_users_by_the_top_level_and_select(call: Caller) -> None:
    assert numbers(call("user.get", {"ID": [2, 3]}).result) == [2, 3]
    assert call("user.get", ID=2, select=["NAME", "NOPE"]).result == [{"ID": "2", "NAME": "Jonas"}]
    active = call("user.get", filter={"ACTIVE": False}).result
    assert active
    assert not any(row["ACTIVE"] for row in active)
    names = [row["NAME"].casefold() for row in call("user.get", sort="NAME", order="desc").result]
    assert names == sorted(names, reverse=True)


def test_user_search(call: Caller) -> None:
    assert numbers(call("user.search", FIND="Emm Lind").result) == [1]
    assert 1 in numbers(call("user.search", FIND="key").result)
    assert numbers(call("user.search", FILTER={"NAME": "Anal"}).result) == []
    assert numbers(call("user.search", FILTER={"LAST_NAME": "Lindq"}).result) == [1]
    assert numbers(call("user.search", UF_DEPARTMENT_NAME="No such").result) == []


def test_departments(call: Caller) -> None:
    assert numbers(call("department.get", PARENT=2).result) == [6, 7, 8]
    assert numbers(call("department.get", NAME="legal").result) == [16]
    assert numbers(call("department.get", UF_HEAD=1).result) == [1, 3]
    assert numbers(call("department.get", sort="NAME", order="DESC", PARENT=2).result) == [8, 7, 6]
    assert len(call("department.get", SORT=500).result) == 16
    assert call("department.get", ID="").result == []


def deals(call: Caller, **params: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = call("crm.deal.list", params).result
    return rows


def test_deal_filters_and_order(call: Caller) -> None:
    some = {">=OPPORTUNITY": 1000, "<OPPORTUNITY": "5000", "!STAGE_SEMANTIC_ID": "F", "CATEGORY_ID": 0}
    answer = call("crm.deal.list", filter=some, order={"OPPORTUNITY": "DESC", "ID": "ASC"}).data
    rows = answer["result"]
    amounts = [float(row["OPPORTUNITY"]) for row in rows]
    assert amounts == sorted(amounts, reverse=True)
    assert rows
    assert all(1000 <= amount < 5000 for amount in amounts)
    assert all(row["CATEGORY_ID"] == "0" and row["STAGE_SEMANTIC_ID"] in "PS" for row in rows)
    counted = call("crm.deal.list", filter=some, start=-1)
    assert counted.data["total"] == 0
    assert answer["total"] >= len(counted.result)
    days = deals(call, filter={">=DATE_CREATE": "2025-05-20", "<DATE_CREATE": "2025-05-25"}, order={"ID": "DESC"})
    assert days
    assert all("2025-05-20" <= row["DATE_CREATE"] < "2025-05-25" for row in days)


def test_the_shape_of_a_deal(call: Caller) -> None:
    row = call("crm.deal.get", id=5).result
    assert row["ID"] == "5"
    assert row["OPPORTUNITY"].partition(".")[2] in {"00", "50", "99"}
    assert row["IS_NEW"] in "YN"
    assert row["DATE_CREATE"][10] == "T"
    assert row["DATE_CREATE"].endswith("+02:00")
    assert row["QUOTE_ID"] is None
    assert "UF_CRM_1719400001" in row
    assert "CONTACT_IDS" not in row
    custom = list(call("crm.deal.list", select=["TITLE", "UF_*"]).result[0])
    assert custom[:3] == ["ID", "TITLE", "UF_CRM_1719400001"]
    # Fields with several values come only when they are asked for by name.
    assert "UF_CRM_1719400003" not in custom
    assert set(call("crm.deal.list", select=["UF_CRM_1719400003"]).result[0]) == {"ID", "UF_CRM_1719400003"}
    assert "UF_CRM_1719400001" not in call("crm.deal.list", select=["*"]).result[0]
    assert call("crm.deal.fields").result["STAGE_ID"]["statusType"] == "DEAL_STAGE"


@pytest.mark.parametrize(
    ("entity", "own"),
    [("deal", "STAGE_ID"), ("lead", "STATUS_ID"), ("contact", "LAST_NAME"), ("company", "COMPANY_TYPE")],
)
def test_the_fields_of_an_entity_are_those_of_its_rows(call: Caller, entity: str, own: str) -> None:
    fields = call(f"crm.{entity}.fields").result
    assert own in fields
    assert set(call(f"crm.{entity}.list", select=["*", "UF_*"]).result[0]) <= set(fields)
    assert (fields["ID"]["type"], fields["ID"]["isReadOnly"], fields[own]["isReadOnly"]) == ("integer", True, False)
    assert all({"type", "isRequired", "isMultiple", "isDynamic", "title"} <= set(field) for field in fields.values())


@pytest.mark.parametrize("method", ["crm.deal.get", "crm.contact.delete", "crm.lead.update", "crm.company.get"])
def test_numbers_that_are_wrong(call: Caller, method: str) -> None:
    for wrong in ("", "x", 0, -5, None):
        answer = call(method, id=wrong)
        assert (*answer.error, answer.data["error_description"]) == (400, "", "ID is not defined or invalid")
    assert call(method, id=10**9).data["error_description"] == "Not found"
    assert call("crm.deal.list", filter="x").data["error_description"] == "Parameter 'filter' must be array."
    assert call("crm.deal.add", fields="x").data["error_description"] == "Parameter 'fields' must be array."


# What is written is readable afterwards


@pytest.mark.parametrize("entity", ["deal", "lead", "contact", "company"])
def test_crm_life(call: Caller, entity: str) -> None:
    title = "NAME" if entity == "contact" else "TITLE"
    before = call(f"crm.{entity}.list").data["total"]
    number = call(
        f"crm.{entity}.add", fields={title: "Ж & <b>", "ASSIGNED_BY_ID": 4, "DATE_CREATE": "2000-01-01", "NOPE": 1}
    ).result
    assert isinstance(number, int)
    row = call(f"crm.{entity}.get", id=number).result
    assert (row[title], row["ASSIGNED_BY_ID"]) == ("Ж & <b>", "4")
    assert not row["DATE_CREATE"].startswith("2000")
    assert numbers(call(f"crm.{entity}.list", filter={f"%{title}": "& <B>"}).result) == [number]
    assert call(f"crm.{entity}.list").data["total"] == before + 1
    assert call(f"crm.{entity}.update", id=number, fields={title: "new", "COMMENTS": "c"}).result is True
    assert call(f"crm.{entity}.update", id=5, fields={title: "five"}).result is True
    assert numbers(call(f"crm.{entity}.list", filter={title: ["new", "five"]}).result) == [5, number]
    assert numbers(call(f"crm.{entity}.list", order={"ID": "DESC"}).result)[0] == number
    assert call(f"crm.{entity}.update", id=number, fields={"COMMENTS": ""}).result is True
    assert not call(f"crm.{entity}.get", id=number).result["COMMENTS"]
    assert call(f"crm.{entity}.delete", id=5).result is True
    assert call(f"crm.{entity}.get", id=5).status == 400
    assert call(f"crm.{entity}.delete", id=number).result is True
    assert call(f"crm.{entity}.list").data["total"] == before - 1
    assert 5 not in numbers(call(f"crm.{entity}.list").result)


def test_stages_move(call: Caller) -> None:
    number = call("crm.deal.add", fields={"CATEGORY_ID": 1}).result
    assert call("crm.deal.get", id=number).result["STAGE_ID"] == "C1:NEW"
    call("crm.deal.update", id=number, fields={"STAGE_ID": "C1:WON", "CATEGORY_ID": 2})
    row = call("crm.deal.get", id=number).result
    assert (row["STAGE_SEMANTIC_ID"], row["CLOSED"], row["CATEGORY_ID"]) == ("S", "Y", "1")
    assert call("crm.deal.update", id=number, fields={"STAGE_ID": "NOPE"}).status == 400
    item = call("crm.item.update", entityTypeId=2, id=number, fields={"categoryId": 2}).result["item"]
    assert (item["categoryId"], item["stageId"], item["stageSemanticId"]) == (2, "C2:NEW", "P")


def test_phones(call: Caller) -> None:
    number = call(
        "crm.contact.add", fields={"NAME": "A", "PHONE": [{"VALUE": "+1", "VALUE_TYPE": "HOME"}, {"VALUE": "+2"}]}
    ).result
    one, two = call("crm.contact.get", id=number).result["PHONE"]
    assert (one["VALUE"], one["VALUE_TYPE"], one["TYPE_ID"], two["VALUE_TYPE"]) == ("+1", "HOME", "PHONE", "WORK")
    call(
        "crm.contact.update",
        id=number,
        fields={"PHONE": [{"ID": one["ID"], "DELETE": "Y"}, {"ID": two["ID"], "VALUE": "+3"}]},
    )
    assert [entry["VALUE"] for entry in call("crm.contact.get", id=number).result["PHONE"]] == ["+3"]
    fm = call("crm.item.get", entityTypeId=3, id=number).result["item"]["fm"]
    assert fm == [{"id": int(two["ID"]), "valueType": "WORK", "value": "+3", "typeId": "PHONE"}]


def test_items(call: Caller) -> None:
    made = call(
        "crm.item.add",
        entityTypeId=2,
        fields={"title": "T", "opportunity": "10.5", "contactIds": [3, 4], "ufCrm_1719400001": "R"},
    )
    item = made.result["item"]
    assert (item["title"], item["opportunity"], item["contactIds"], item["contactId"]) == ("T", 10.5, [3, 4], 3)
    assert (item["companyId"], item["ufCrm_1719400001"], item["entityTypeId"]) == (0, "R", 2)
    found = call(
        "crm.item.list", entityTypeId=2, filter={"contactIds": 4, "ufCrm_1719400001": "R"}, select=["id", "title"]
    )
    assert found.result == {"items": [{"id": item["id"], "title": "T"}]}
    either = {"logic": "OR", "0": {"id": 3}, "1": {"id": 7, "!title": "zzz"}}
    assert numbers(call("crm.item.list", entityTypeId=2, filter=either).result) == [3, 7]
    assert numbers(call("crm.item.list", entityTypeId=2, filter={"<id": 5, "0": either}).result) == [3]
    assert call("crm.item.get", entityTypeId=2, id=9, useOriginalUfNames="Y").result["item"]["UF_CRM_1719400001"]
    assert call("crm.item.delete", entityTypeId=2, id=item["id"]).result == []
    assert call("crm.item.get", entityTypeId=2, id=item["id"]).error == (400, "NOT_FOUND")
    assert call("crm.item.fields", entityTypeId=1).result["fields"]["stageId"]["statusType"] == "STATUS"
    assert (
        call("crm.lead.get", id=3).result["TITLE"] == call("crm.item.get", entityTypeId=1, id=3).result["item"]["title"]
    )


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"entityTypeId": 99}, "NOT_FOUND"),
        ({}, "NOT_FOUND"),
        ({"entityTypeId": 2, "filter": {"nope": 1}}, "INVALID_ARG_VALUE"),
        ({"entityTypeId": 2, "filter": {"ID": 1}}, "INVALID_ARG_VALUE"),
        ({"entityTypeId": 2, "order": {"nope": "ASC"}}, "INVALID_ARG_VALUE"),
        ({"entityTypeId": 2, "order": {"id": "UP"}}, "INVALID_ARG_VALUE"),
    ],
)
def test_item_lists_are_strict(call: Caller, params: dict[str, Any], code: str) -> None:
    assert call("crm.item.list", params).error == (400, code)


def test_directories(call: Caller) -> None:
    stages = call("crm.status.list", filter={"ENTITY_ID": "DEAL_STAGE_1"}, order={"SORT": "ASC"}).data
    assert [row["STATUS_ID"] for row in stages["result"]][:2] == ["C1:NEW", "C1:PREPARATION"]
    assert stages["total"] == 8
    assert stages["result"][5]["EXTRA"] == {"SEMANTICS": "success", "COLOR": "#7BD500"}
    everything = call("crm.status.list").data
    assert len(everything["result"]) == everything["total"] > 50
    categories = call("crm.category.list", entityTypeId=2).data
    assert [row["id"] for row in categories["result"]["categories"]] == [0, 1, 2]
    assert call("crm.category.list", entityTypeId=1).error == (400, "ENTITY_TYPE_NOT_SUPPORTED")


def test_tasks(call: Caller) -> None:
    listed = call("tasks.task.list", select=["ID", "TITLE", "STATUS"]).data
    assert numbers(listed["result"]["tasks"])[:2] == [360, 359]
    assert set(listed["result"]["tasks"][0]) == {"id", "title", "status", "subStatus"}
    assert listed["next"] == 50
    task = call(
        "tasks.task.add",
        fields={"TITLE": "T", "RESPONSIBLE_ID": 3, "AUDITORS": [2], "DEADLINE": "2030-01-02T10:00:00+02:00"},
    ).result["task"]
    assert (task["title"], task["status"], task["createdBy"], task["responsible"]["name"]) == (
        "T",
        "2",
        "1",
        "Анна Соколова",
    )
    assert (task["deadline"], task["auditors"], list(task["auditorsData"])) == (
        "2030-01-02T10:00:00+02:00",
        ["2"],
        ["2"],
    )
    changed = call("tasks.task.update", taskId=task["id"], fields={"STATUS": 5}).result["task"]
    assert changed["closedDate"]
    assert numbers(call("tasks.task.list", filter={"REAL_STATUS": 5, ">ID": 360}).result["tasks"]) == [361]
    assert call("tasks.task.get", taskId=361).result["task"]["title"] == "T"
    assert call("tasks.task.get", taskId=10**6).result == []
    assert call("tasks.task.get").error == (400, "100")
    assert call("tasks.task.get", taskId="x").error == (400, "0")
    assert call("tasks.task.add", fields={"TITLE": "T", "RESPONSIBLE_ID": 999}).error == (400, "ERROR_CORE")
    assert call("tasks.task.add", fields={"RESPONSIBLE_ID": 1}).error == (400, "ERROR_CORE")
    assert call("tasks.task.update", taskId=361, fields={}).error == (400, "100")
    assert call("tasks.task.update", taskId=361, fields={"PARENT_ID": 361}).error == (400, "ERROR_CORE")
    assert call("tasks.task.update", taskId=5, fields={"PARENT_ID": 361}).status == 200
    assert call("tasks.task.update", taskId=361, fields={"PARENT_ID": 5}).error == (400, "ERROR_CORE")
    assert call("tasks.task.list", order={"NOPE": "asc"}).error == (400, "0")


def test_events(call: Caller) -> None:
    assert call("event.bind", event="OnCrmDealAdd", handler="https://x/").result is True
    assert call("event.bind", event="OnCrmDealAdd", handler="https://x/").status == 400
    assert call("event.bind", event="OnNothing", handler="https://x/").error == (400, "ERROR_EVENT_NOT_FOUND")
    call.state.admin = False
    assert call("event.bind", event="OnTaskAdd", event_type="offline").error == (403, "ACCESS_DENIED")
    assert call("event.bind", event="OnTaskAdd", handler="https://x/", auth_type=5).error == (403, "ACCESS_DENIED")
    assert call("event.bind", event="OnTaskAdd", handler="https://x/").result is True
    mine = [{"event": "ONTASKADD", "handler": "https://x/", "auth_type": "1", "offline": 0}]
    assert call("event.get").result == mine
    assert call("event.unbind", event="OnCrmDealAdd", handler="https://x/").result == {"count": 0}
    call.state.admin = True
    assert len(call("event.get").result) == 2
    assert call("event.unbind", event="OnCrmDealAdd", handler="https://x/", auth_type="").result == {"count": 1}
    assert call("event.get").result == mine
    assert call("event.unbind", event="OnTaskAdd", handler="https://x/", auth_type="").result == {"count": 0}
    assert call("event.unbind", event="OnTaskAdd", handler="https://x/", auth_type=None).result == {"count": 1}


def test_placements(call: Caller) -> None:
    bind = {"PLACEMENT": "CRM_DEAL_DETAIL_TAB", "HANDLER": "https://x/", "TITLE": "Tab"}
    assert call("placement.bind", bind).result is True
    assert call("placement.bind", bind).status == 400
    assert call("placement.get").result[0] == {
        "placement": "CRM_DEAL_DETAIL_TAB",
        "userId": 0,
        "handler": "https://x/",
        "options": [],
        "title": "Tab",
        "description": "",
        "langAll": {"en": {"TITLE": "Tab", "DESCRIPTION": "", "GROUP_NAME": ""}},
    }
    assert call("placement.bind", HANDLER="https://x/").data["argument"] == "PLACEMENT"
    assert call("placement.bind", PLACEMENT="CALL_CARD", HANDLER="x").data["error"] == "ERROR_PLACEMENT_NOT_FOUND"
    worker = {"PLACEMENT": "PAGE_BACKGROUND_WORKER", "HANDLER": "https://x/"}
    assert call("placement.bind", worker).error == (200, "EMPTY_ERROR_HANDLER_URL")
    worker["OPTIONS"] = {"errorHandlerUrl": "https://x/"}  # type: ignore[assignment]
    assert call("placement.bind", worker).result is True
    assert call("placement.bind", {**worker, "HANDLER": "https://y/"}).error == (200, "ERROR_PLACEMENT_MAX_COUNT")
    assert "CRM_DEAL_DETAIL_TAB" in call("placement.list").result
    assert "CALL_CARD" not in call("placement.list").result
    assert "CALL_CARD" in call("placement.list", FULL=True).result
    assert call("placement.list", SCOPE="telephony").result[0] == "CALL_CARD"
    assert call("placement.unbind", PLACEMENT="CRM_DEAL_DETAIL_TAB").result == {"count": 2}
    call.state.admin = False
    for method in ("placement.bind", "placement.unbind", "placement.get"):
        assert call(method, bind).error == (403, "ACCESS_DENIED")


# Speed


def test_a_large_company_starts_at_once() -> None:
    started = time.perf_counter()
    Company(deals=100_000)
    assert time.perf_counter() - started < 0.5


def best_of(count: int, call: Caller, **params: Any) -> float:
    best = 9.0
    for _ in range(count):
        started = time.perf_counter()
        assert call("crm.deal.list", params).status == 200
        best = min(best, time.perf_counter() - started)
    return best


@pytest.mark.parametrize(
    "params",
    [
        {"start": 0},
        {"start": 99_950},
        {"start": 50_000, "order": {"ID": "DESC"}},
        {"start": -1, "filter": {">ID": 90_000}, "order": {"ID": "ASC"}},
        {"filter": {">ID": 50_000, "<ID": 60_000}},
        {"filter": {"ID": [5, 70_000]}},
    ],
)
def test_a_page_takes_no_longer_in_a_large_table(many: Caller, params: dict[str, Any]) -> None:
    small = best_of(5, Caller(Company(deals=500)))
    assert best_of(5, many, **params) < small * 4 + 0.005


def test_a_filtered_list_is_scanned_once(many: Caller) -> None:
    filter_ = {">OPPORTUNITY": 3000, "STAGE_ID": "WON"}
    started = time.perf_counter()
    first = many("crm.deal.list", filter=filter_).data
    scan = time.perf_counter() - started
    assert best_of(5, many, filter=filter_, start=first["total"] - 10) < scan / 10
    many("crm.deal.add", fields={"OPPORTUNITY": 5000, "STAGE_ID": "WON"})
    assert many("crm.deal.list", filter=filter_).data["total"] == first["total"] + 1
    many("crm.deal.update", id=first["result"][0]["ID"], fields={"OPPORTUNITY": 1})
    assert many("crm.deal.list", filter=filter_).data["total"] == first["total"]
    many("crm.deal.delete", id=first["result"][1]["ID"])
    assert many("crm.deal.list", filter=filter_).data["total"] == first["total"] - 1


def test_a_table_remembers_a_bounded_number_of_lists() -> None:
    call = Caller()
    for number in range(100):
        call("crm.deal.list", filter={">OPPORTUNITY": number})
    assert len(call.rest.company.deals._found) <= 16


def test_a_table_of_its_own() -> None:
    table = Table(3, {"N": Field("integer", "N", lambda number: number * 2)})
    assert [table.value(number, "N") for number in table.ids] == [2, 4, 6]
    table.delete(3)
    assert table.add({"N": 9}) == 4
    assert list(table.ids) == [1, 2, 4]
    assert 3 not in table
