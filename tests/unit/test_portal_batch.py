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


def test_circular_and_forward_macros_are_empty(call: Caller) -> None:
    answer = call.batch(
        {
            "a": "my.echo?x=$result[b][x]&y=1",
            "b": "my.echo?x=$result[a][x]&self=$result[b][self]&text=<$result[c]>&deep=$result[a][y][z][w]",
            "c": "my.echo?ok=$result[a][y]",
        }
    )
    assert answer["result"] == {
        "a": {"x": "", "y": "1"},
        "b": {"x": "", "self": "", "text": "<>", "deep": ""},
        "c": {"ok": "1"},
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("$result[u][NAME]", "Ann"),
        ("Hi $result[u][NAME] $result[u][NAME]!", "Hi Ann Ann!"),
        ("$result[u][DEP]", [3, 6]),
        ("$result[u][DEP][1]", 6),
        ("$result[u][DEP][9]", ""),
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
    assert resolve(value, results) == expected


def test_a_result_with_a_macro_in_it_is_not_resolved_again(call: Caller) -> None:
    answer = call.batch({"a": "my.echo?x=" + quote("$result[b]"), "b": "my.echo?y=$result[a]"})
    assert answer["result"]["b"] == {"y": {"x": ""}}


def test_the_log_of_a_batch(call: Caller) -> None:
    call.batch({"a": "user.current", "b": "my.echo?x=$result[a][NAME]&auth=zzz"})
    assert [(c.method, c.batch) for c in call.rest.calls] == [
        ("user.current", True),
        ("my.echo", True),
        ("batch", False),
    ]
    assert call.rest.received("my.echo") == [{"x": "Emma"}]
    assert call.rest.calls[1].answer["result"] == {"x": "Emma"}
