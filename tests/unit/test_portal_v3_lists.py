"""Lists of REST 3.0 in the local portal: select, filter, order, pages, and lists behind a cursor."""

from __future__ import annotations

from typing import Any

import pytest

from .v3_client import V3, complaints, error, items
from .v3_client import call as call
from .v3_client import served as served

TASKS = "tasks.task.list"
EVENTS = "main.eventlog.list"


def stored(call: V3, number: int, column: str) -> Any:
    return call.portal.company.tasks.value(number, column)


def matching(call: V3, test: Any) -> list[int]:
    """Return the first page of the tasks that a test in Python lets through."""
    return [number for number in call.portal.company.tasks.ids if test(number)][:50]


# ---------------------------------------------------------------- select


def test_a_list_gives_ids_alone_unless_asked(call: V3) -> None:
    assert all(item.keys() == {"id"} for item in call(TASKS).result["items"])
    assert call(TASKS, select=[], pagination={"limit": 1}).result == {"items": [{"id": 1}]}
    assert call(TASKS, select=["id", "title"]).result["items"][0].keys() == {"id", "title"}
    assert call(TASKS, select=["title"]).result["items"][0].keys() == {"title"}


def test_unknown_fields_are_dropped_without_a_word(call: V3) -> None:
    assert call("tasks.task.get", id=1, select=["id", "nonsense"]).result == {"item": {"id": 1}}
    assert call(TASKS, select=["nonsense", "nonsense.name"], pagination={"limit": 1}).result == {"items": [[]]}


def test_fields_of_related_objects(call: V3) -> None:
    item = call("tasks.task.get", id=5, select=["id", "responsible.name", "responsible.email", "parent.title"]).result
    person = stored(call, 5, "RESPONSIBLE_ID")
    assert item == {
        "item": {
            "id": 5,
            "responsible": {
                "name": call.portal.company.full_name(person),
                "email": call.portal.company.users.value(person, "EMAIL"),
            },
            "parent": None,
        }
    }
    parent = call("tasks.task.get", id=10, select=["parent.responsible.id"]).result["item"]["parent"]
    assert parent == {"responsible": {"id": stored(call, 9, "RESPONSIBLE_ID")}}
    whole = call("tasks.task.get", id=5, select=["creator"]).result["item"]["creator"]
    assert {"id", "name", "email", "gender"} <= whole.keys()


def test_an_unknown_field_of_a_related_object_is_an_error(call: V3) -> None:
    answer = call("tasks.task.get", id=5, select=["responsible.stageId"])
    assert error(answer) == (400, "UNKNOWNDTOPROPERTYEXCEPTION")
    assert answer.data["error"]["message"] == "Unknown field `stageId` for entity `UserDto`"
    assert error(call("tasks.task.get", id=5, select=["title.name"])) == (400, "UNKNOWNDTOPROPERTYEXCEPTION")


def test_some_objects_refuse_unknown_fields(call: V3) -> None:
    answer = call("humanresources.node.list", type="DEPARTMENT", select=["id", "nonsense"])
    assert error(answer) == (400, "UNKNOWNDTOPROPERTYEXCEPTION")


@pytest.mark.parametrize("given", ["id", {"id": 1}, [1], [["id"]]])
def test_select_must_be_a_list_of_names(call: V3, given: Any) -> None:
    assert error(call(TASKS, select=given)) == (400, "INVALIDSELECTEXCEPTION")


# ---------------------------------------------------------------- filter


@pytest.mark.parametrize(
    ("condition", "test"),
    [
        (["id", "=", 7], lambda n: n == 7),
        (["id", 7], lambda n: n == 7),
        (["id", "!=", 7], lambda n: n != 7),
        (["id", ">", 300], lambda n: n > 300),
        (["id", ">=", 300], lambda n: n >= 300),
        (["id", "<", 5], lambda n: n < 5),
        (["id", "<=", 5], lambda n: n <= 5),
        (["id", "in", [3, 1, 10**6]], lambda n: n in (1, 3)),
        (["id", [3, 1]], lambda n: n in (1, 3)),
        (["id", "in", []], lambda _: False),
        (["id", "between", [10, 12]], lambda n: 10 <= n <= 12),
    ],
    ids=lambda value: str(value) if isinstance(value, list) else "",
)
def test_operators(call: V3, condition: Any, test: Any) -> None:
    assert items(call(TASKS, filter=[condition])) == matching(call, test)


def test_conditions_are_joined_with_and(call: V3) -> None:
    found = items(call(TASKS, filter=[["id", ">", 10], ["id", "<", 20], ["id", "!=", 15]]))
    assert found == [11, 12, 13, 14, 16, 17, 18, 19]


def test_groups(call: V3) -> None:
    either = {"logic": "or", "conditions": [["id", "<", 3], ["id", "between", [8, 9]]]}
    assert items(call(TASKS, filter=[either])) == [1, 2, 8, 9]
    assert items(call(TASKS, filter=[either, ["id", "!=", 2]])) == [1, 8, 9]
    both = {"conditions": [["id", ">", 8], ["id", "<", 11]]}
    nested = {"logic": "or", "conditions": [["id", "=", 1], both]}
    assert items(call(TASKS, filter=[nested])) == [1, 9, 10]
    none = {"logic": "or", "negative": True, "conditions": [["id", ">", 3], ["id", "=", 2]]}
    assert items(call(TASKS, filter=[none])) == [1, 3]


def test_words_dates_and_nothing(call: V3) -> None:
    done = call(TASKS, filter=[["status", "=", "completed"]], select=["id", "status", "closed"]).result["items"]
    assert {item["status"] for item in done} == {"completed"}
    assert [item["id"] for item in done] == matching(call, lambda n: stored(call, n, "STATUS") == 5)
    day = done[0]["closed"]
    assert done[0]["id"] in items(call(TASKS, filter=[["closed", "between", [day, day]]]))
    assert items(call(TASKS, filter=[["parentId", "=", None]])) == matching(call, lambda n: n % 10)
    assert items(call(TASKS, filter=[["status", "=", "nonsense"]])) == []


def test_related_fields_by_a_dot(call: V3) -> None:
    emails = {3: "user3@northwind.example", 4: "user4@northwind.example"}
    found = items(call(TASKS, filter=[["responsible.email", "in", list(emails.values())]]))
    assert found
    assert found == matching(call, lambda n: stored(call, n, "RESPONSIBLE_ID") in emails)
    deep = items(call(TASKS, filter=[["parent.responsible.id", "=", 3]]))
    expected = matching(
        call,
        lambda n: stored(call, n, "PARENT_ID") and stored(call, stored(call, n, "PARENT_ID"), "RESPONSIBLE_ID") == 3,
    )
    assert deep == expected


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([["nonsense", "=", 1]], "UNKNOWNDTOPROPERTYEXCEPTION"),
        ([["responsible.nonsense", "=", 1]], "UNKNOWNDTOPROPERTYEXCEPTION"),
        ([["id.nonsense", "=", 1]], "UNKNOWNDTOPROPERTYEXCEPTION"),
        ([["title", "like", "A%"]], "UNKNOWNFILTEROPERATOREXCEPTION"),
        ([["title", None, "A%"]], "UNKNOWNFILTEROPERATOREXCEPTION"),
        ({">id": 5}, "INVALIDFILTEREXCEPTION"),
        ("id", "INVALIDFILTEREXCEPTION"),
        (["id"], "INVALIDFILTEREXCEPTION"),
        ([["id"]], "INVALIDFILTEREXCEPTION"),
        ([[1, "=", 1]], "INVALIDFILTEREXCEPTION"),
        ([{"logic": "xor", "conditions": []}], "INVALIDFILTEREXCEPTION"),
        ([["id", "=", "5"]], "VALIDATION_REQUESTVALIDATIONEXCEPTION"),
        ([["id", "in", 5]], "VALIDATION_REQUESTVALIDATIONEXCEPTION"),
        ([["id", "between", [1]]], "VALIDATION_REQUESTVALIDATIONEXCEPTION"),
        ([["deadline", ">", "tomorrow"]], "VALIDATION_REQUESTVALIDATIONEXCEPTION"),
        ([["description", "=", "x"]], "VALIDATION_REQUESTVALIDATIONEXCEPTION"),
    ],
    ids=str,
)
def test_filters_that_are_refused(call: V3, given: Any, code: str) -> None:
    assert error(call(TASKS, filter=given)) == (400, code)


def test_a_field_that_does_not_filter_says_so(call: V3) -> None:
    words = complaints(call(TASKS, filter=[["description", "=", "x"]]))["description"]
    assert words.startswith("In DTO `TaskDto`, the field `description` requires the `Filterable` attribute")


# ---------------------------------------------------------------- order and pages


def test_order(call: V3) -> None:
    assert items(call(TASKS))[:3] == [1, 2, 3]
    assert items(call(TASKS, order={"id": "DESC"}))[0] == call.portal.company.tasks.last
    found = call(TASKS, order={"priority": "desc", "id": "DESC"}, select=["id", "priority"]).result["items"]
    ids = [item["id"] for item in found]
    assert {item["priority"] for item in found} == {"high"}
    assert ids == sorted(ids, reverse=True)


@pytest.mark.parametrize("given", ["id", ["id"], {"id": "UP"}, {"nonsense": "ASC"}, {"description": "ASC"}], ids=str)
def test_orders_that_are_refused(call: V3, given: Any) -> None:
    assert error(call(TASKS, order=given)) == (400, "INVALIDORDEREXCEPTION")


@pytest.mark.parametrize(
    ("given", "first", "count"),
    [
        (None, 1, 50),
        ([], 1, 50),
        ({"limit": 20}, 1, 20),
        ({"limit": 20, "page": 0}, 1, 20),
        ({"limit": 20, "page": 1}, 1, 20),
        ({"limit": 20, "page": 2}, 21, 20),
        ({"limit": "20", "page": "2"}, 21, 20),
        ({"limit": 20, "offset": 5}, 6, 20),
        ({"page": 2}, 51, 50),
        ({"limit": 20, "page": 2, "offset": 100}, 21, 20),
    ],
    ids=str,
)
def test_pages(call: V3, given: Any, first: int, count: int) -> None:
    assert items(call(TASKS, pagination=given)) == list(range(first, first + count))


@pytest.mark.parametrize("limit", [51, 100, 1000, 5000])
def test_tasks_are_silently_fifty_at_most(call: V3, limit: int) -> None:
    answer = call(TASKS, pagination={"limit": limit})
    assert len(items(answer)) == 50
    assert answer.data.keys() == {"result", "time"}
    assert answer.data["result"].keys() == {"items"}


@pytest.mark.parametrize(("limit", "rows"), [(51, 51), (600, 600), (1000, 900), (5000, 900)])
def test_other_lists_give_up_to_a_thousand(call: V3, limit: int, rows: int) -> None:
    assert len(items(call(EVENTS, select=["id"], pagination={"limit": limit}))) == rows


def test_the_last_page_and_the_one_after_it(call: V3) -> None:
    last = call.portal.company.tasks.last
    assert items(call(TASKS, filter=[["id", ">", last - 3]])) == [last - 2, last - 1, last]
    assert items(call(TASKS, filter=[["id", ">", last]])) == []
    assert items(call(TASKS, pagination={"page": 100})) == []


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"limit": 0}, 400, "INVALIDPAGINATIONEXCEPTION"),
        ({"limit": "abc"}, 400, "INVALIDPAGINATIONEXCEPTION"),
        ({"limit": None}, 400, "INVALIDPAGINATIONEXCEPTION"),
        ({"limit": True}, 400, "INVALIDPAGINATIONEXCEPTION"),
        ({"page": -1}, 400, "INVALIDPAGINATIONEXCEPTION"),
        ({"offset": -1}, 400, "INVALIDPAGINATIONEXCEPTION"),
        ("50", 400, "INVALIDPAGINATIONEXCEPTION"),
        ({"limit": -1}, 500, "INTERNAL_INTERNALEXCEPTION"),
    ],
    ids=str,
)
def test_pages_that_are_refused(call: V3, given: Any, status: int, code: str) -> None:
    assert error(call(TASKS, pagination=given)) == (status, code)


def test_the_error_quotes_the_page(call: V3) -> None:
    message = call(TASKS, pagination={"limit": "abc"}).data["error"]["message"]
    assert message == 'Unable to recognize pagination parameter `{"limit":"abc"}`'


# ---------------------------------------------------------------- lists behind a cursor


TAIL = "main.eventlog.tail"


def test_a_tail_goes_on_behind_its_cursor(call: V3) -> None:
    seen: list[int] = []
    while page := items(
        call(TAIL, select=["id"], cursor={"field": "id", "value": seen[-1] if seen else 0, "limit": 400})
    ):
        seen += page
    assert seen == list(range(1, 901))
    assert items(call(TAIL))[:2] == [1, 2]
    assert len(items(call(TAIL))) == 50
    assert items(call(TAIL, cursor={"order": "DESC", "value": 5})) == [4, 3, 2, 1]
    assert items(call(TAIL, cursor={"order": "DESC"})) == []


def test_a_tail_by_time(call: V3) -> None:
    at = call("main.eventlog.get", id=10).result["item"]["timestampX"]
    assert items(call(TAIL, cursor={"field": "timestampX", "value": at}))[0] == 11


def test_a_new_entry_appears_behind_the_cursor(call: V3) -> None:
    table = call.portal.company.others["event_log"]
    number = table.add({"AUDIT_TYPE_ID": "USER_EDIT", "MODULE_ID": "main", "TIMESTAMP_X": 1_800_000_000})
    try:
        found = call(TAIL, filter=[["moduleId", "=", "main"]], cursor={"value": 900}).result["items"]
        assert [(item["id"], item["auditTypeId"]) for item in found] == [(number, "USER_EDIT")]
    finally:
        table.delete(number)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"filter": [["id", ">", 5]]}, "INVALIDFILTEREXCEPTION"),
        ({"cursor": {"limit": 0}}, "INVALIDPAGINATIONEXCEPTION"),
        ({"cursor": {"limit": "abc"}}, "INVALIDPAGINATIONEXCEPTION"),
        ({"cursor": "id"}, "INVALIDPAGINATIONEXCEPTION"),
        ({"cursor": {"field": "nonsense"}}, "INVALIDORDEREXCEPTION"),
        ({"cursor": {"order": "UP"}}, "INVALIDORDEREXCEPTION"),
        ({"cursor": {"value": "abc"}}, "VALIDATION_REQUESTVALIDATIONEXCEPTION"),
    ],
    ids=str,
)
def test_cursors_that_are_refused(call: V3, params: Any, code: str) -> None:
    assert error(call(TAIL, params)) == (400, code)
