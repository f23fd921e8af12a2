"""batch to the letter (contract, section 3)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import pytest

from bx24py.dev.portal.macros import resolve
from tests.unit.rest_client import Caller


@pytest.fixture
def call() -> Caller:
    caller = Caller()
    caller.rest.method("my.echo")(lambda params, _call: params)
    return caller


def test_the_example_of_the_documentation(call: Caller) -> None:
    answer = call.batch(
        {
            "get_user": "user.current",
            "get_department": "department.get?" + urlencode({"ID": "$result[get_user][UF_DEPARTMENT]"}),
        },
        halt=1,
    )
    assert answer["result"]["get_user"]["NAME"] == "Emma"
    assert [row["NAME"] for row in answer["result"]["get_department"]] == ["Customer Success", "Key Accounts"]
    assert answer["result_error"] == []
    assert answer["result_total"] == {"get_department": 2}
    assert answer["result_next"] == []
    assert set(answer["result_time"]) == {"get_user", "get_department"}
    assert call.rest.received("department.get") == [{"ID": [3, 6]}]
    assert call("batch", cmd=["profile"]).data["time"]["operating"] == 0


def test_a_list_value_also_under_brackets(call: Caller) -> None:
    answer = call.batch(["user.current", "department.get?ID[]=$result[0][UF_DEPARTMENT]"])
    assert [row["ID"] for row in answer["result"][1]] == ["3", "6"]


@pytest.mark.parametrize("body", ["cmd[0]=profile&cmd[1]=user.get", "cmd[a]=profile&cmd[b]=user.get"])
def test_list_and_mapping_as_a_form(call: Caller, body: str) -> None:
    answer = call.form("batch", body).result
    keyed = "cmd[a]" in body
    assert isinstance(answer["result"], dict if keyed else list)
    assert answer["result_total"] == ({"b": 120} if keyed else {"1": 120})
    assert answer["result_next"] == ({"b": 50} if keyed else {"1": 50})


def test_a_doubly_encoded_command(call: Caller) -> None:
    command = "my.echo?" + urlencode({"fields[TITLE]": "John&Martin 50% + Ж"})
    assert call.form("batch", f"cmd[0]={quote(command)}").result["result"] == [
        {"fields": {"TITLE": "John&Martin 50% + Ж"}}
    ]


def test_errors_without_halt(call: Caller) -> None:
    answer = call("batch", cmd={"a": "profile", "b": "nope", "c": "profile"})
    assert answer.status == 200
    assert set(answer.result["result"]) == {"a", "c"}
    assert answer.result["result_error"] == {
        "b": {"error": "ERROR_METHOD_NOT_FOUND", "error_description": "Method not found!"}
    }
    assert set(answer.result["result_time"]) == {"a", "c"}


@pytest.mark.parametrize("halt", [1, True, "1", "true", "false"])
def test_halt(call: Caller, halt: Any) -> None:
    answer = call.batch({"a": "profile", "b": "nope", "c": "profile"}, halt=halt)
    assert set(answer["result"]) == {"a"}
    assert set(answer["result_error"]) == {"b"}
    assert all("c" not in part for part in answer.values())
    assert call.rest.received("profile") == [{}]


@pytest.mark.parametrize("halt", [0, False, "0", ""])
def test_no_halt(call: Caller, halt: Any) -> None:
    assert set(call.batch({"b": "nope", "c": "profile"}, halt=halt)["result"]) == {"c"}


def test_more_than_fifty(call: Caller) -> None:
    answer = call.batch(["profile"] * 53)
    assert len(answer["result"]) == 50
    assert {key: error["error"] for key, error in answer["result_error"].items()} == {
        "50": "ERROR_BATCH_LENGTH_EXCEEDED",
        "51": "ERROR_BATCH_LENGTH_EXCEEDED",
        "52": "ERROR_BATCH_LENGTH_EXCEEDED",
    }
    assert set(call.batch(["profile"] * 53, halt=1)["result_error"]) == {"50"}


def test_a_batch_inside(call: Caller) -> None:
    answer = call.batch({"a": "batch?cmd[0]=profile", "b": "profile"})
    assert answer["result_error"]["a"]["error"] == "ERROR_BATCH_METHOD_NOT_ALLOWED"
    assert set(answer["result"]) == {"b"}
    assert next(c for c in call.rest.calls if c.error).status == 405


@pytest.mark.parametrize("cmd", [None, [], {}, "text", 5])
def test_nothing_to_do(call: Caller, cmd: Any) -> None:
    assert call.batch(cmd) == {
        "result": [], "result_error": [], "result_total": [], "result_next": [], "result_time": [],
    }  # fmt: skip


def test_commands_that_are_no_text_are_skipped(call: Caller) -> None:
    assert set(call.batch({"a": ["profile"], "b": "profile", "c": None})["result"]) == {"b"}


def test_a_command_with_a_broken_query(call: Caller) -> None:
    answer = call.batch({"a": "my.echo?x=%zz", "b": "profile"})
    assert answer["result_error"]["a"]["error"] == "INVALID_REQUEST"
    assert set(answer["result"]) == {"b"}


def test_a_path_that_leads_nowhere_stands_for_the_deepest_part(call: Caller) -> None:
    answer = call.batch(
        {
            "a": "my.echo?x=$result[b][x]&y=1",
            "b": "my.echo?x=$result[a][x]&deep=$result[a][y][z][w]&text=<$result[c]>",
            "c": "my.echo?ok=$result[a][y]&self=$result[c][self]",
        }
    )
    a, b = {"x": [], "y": "1"}, {"x": [], "deep": "1", "text": "<>"}
    assert answer["result"] == {"a": a, "b": b, "c": {"ok": "1", "self": {"a": a, "b": b}}}


def test_a_chain_of_pages(call: Caller) -> None:
    cmd = {"p0": "crm.deal.list?order[ID]=ASC&filter[>ID]=0&start=-1&select[]=ID"}
    for page in range(1, 8):
        cmd[f"p{page}"] = f"crm.deal.list?order[ID]=ASC&filter[>ID]=$result[p{page - 1}][49][ID]&start=-1&select[]=ID"
    answer = call.batch({key: command.replace(">", "%3E") for key, command in cmd.items()})["result"]
    pages = [[int(row["ID"]) for row in answer[f"p{page}"]] for page in range(8)]
    assert [number for page in pages[:6] for number in page] == list(range(1, 301))
    assert pages[6] == []
    # Behind the first short page the macro stands for the whole page: what comes then is rubbish.
    assert call.rest.received("crm.deal.list")[7]["filter"] == {">ID": []}


def test_behind_a_short_page_comes_rubbish(call: Caller) -> None:
    first = "crm.deal.list?filter[%3EID]=280&order[ID]=ASC&start=-1&select[]=ID"
    second = "crm.deal.list?filter[%3EID]=$result[0][49][ID]&order[ID]=ASC&start=-1&select[]=ID"
    short, rubbish = call.batch([first, second])["result"]
    assert [row["ID"] for row in short] == [str(number) for number in range(281, 301)]
    assert call.rest.received("crm.deal.list")[1]["filter"] == {">ID": short}
    assert len(rubbish) > 1


def test_items_refuse_a_page_as_a_bound(call: Caller) -> None:
    first = "crm.item.list?entityTypeId=2&filter[%3Eid]=280&order[id]=ASC&start=-1&select[]=id"
    second = first.replace("=280", "=$result[0][items][49][id]")
    answer = call.batch([first, second])
    assert len(answer["result"][0]["items"]) == 20
    assert "Invalid filter" in answer["result_error"]["1"]["error_description"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("$total[list]", 300),
        ("$next[list]", 50),
        ("$next[last]", {"list": 50}),
        ("of $total[list], $next[last]", "of 300, "),
        ("$error[bad][error]", "ERROR_METHOD_NOT_FOUND"),
        ("$nothing[list]", "$nothing[list]"),
    ],
)
def test_the_other_parts_of_an_answer_have_macros_too(call: Caller, value: str, expected: Any) -> None:
    cmd = {
        "list": "crm.deal.list?select[]=ID",
        "last": "crm.deal.list?start=250&select[]=ID",
        "bad": "no.such.method",
        "echo": f"my.echo?x={value}",
    }
    assert call.batch(cmd)["result"]["echo"] == {"x": expected}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("$result[u][NAME]", "Ann"),
        ("Hi $result[u][NAME] $result[u][NAME]!", "Hi Ann Ann!"),
        ("$result[u][DEP]", [3, 6]),
        ("$result[u][DEP][1]", 6),
        ("$result[u][DEP][9]", [3, 6]),
        ("$result[u][NONE]", {"NAME": "Ann", "DEP": [3, 6], "ON": True, "OFF": False, "NONE": None}),
        ("$result[list][49][ID]", [{"ID": "7"}]),
        ("$result[items][items][49][id]", [{"id": 5}]),
        ("$result[list][0][ID]", "7"),
        ("$result[u][ON]", True),
        ("on:$result[u][ON] off:$result[u][OFF] none:$result[u][NONE]", "on:1 off: none:"),
        ("x $result[u][DEP]", "x Array"),
        ("$result[]", "$result[]"),
        ("$result", "$result"),
        ("$result[u", "$result[u"),
        ("$result[items][items][0][id]", 5),
        ({"a": ["$result[u][NAME]"]}, {"a": ["Ann"]}),
        (5, 5),
    ],
)
def test_macros(value: Any, expected: Any) -> None:
    results = {
        "u": {"NAME": "Ann", "DEP": [3, 6], "ON": True, "OFF": False, "NONE": None},
        "list": [{"ID": "7"}],
        "items": {"items": [{"id": 5}]},
    }
    assert resolve(value, {"result": results}) == expected


def test_a_result_with_a_macro_in_it_is_not_resolved_again(call: Caller) -> None:
    call.rest.method("my.macro")(lambda _params, _call: "$result[c]")
    answer = call.batch({"c": "my.echo?z=1", "a": "my.macro", "b": "my.echo?y=$result[a]"})
    assert answer["result"]["b"] == {"y": "$result[c]"}


def test_the_log_of_a_batch(call: Caller) -> None:
    call.batch({"a": "user.current", "b": "my.echo?x=$result[a][NAME]&auth=zzz"})
    assert [(c.method, c.batch) for c in call.rest.calls] == [
        ("user.current", True),
        ("my.echo", True),
        ("batch", False),
    ]
    assert call.rest.received("my.echo") == [{"x": "Emma"}]
    assert call.rest.calls[1].answer["result"] == {"x": "Emma"}
