"""The depth of JSON, told from its text."""

from __future__ import annotations

import json

import pytest

from bx24py.bridge.depth import MAX_DEPTH, check_depth, check_nesting


def lists(levels: int) -> str:
    return "[" * levels + "]" * levels


def dicts(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


def among_siblings(levels: int) -> str:
    return '[{"a":1},[],{"b":' * (levels // 2) + "0" + '},{"c":1}]' * (levels // 2)


def later_siblings(levels: int) -> str:
    return '[{},{"a":' * (levels // 2) + "0" + "}]" * (levels // 2)


def hidden_by_text(levels: int) -> str:
    return r'["]]}\\",{"]\"}},{":' * (levels // 2) + "0" + "}]" * (levels // 2)


MAKERS = [lists, dicts, among_siblings, later_siblings, hidden_by_text]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("around", ["{}", '{{"rows":[{{"a":"[{{"}},{{"a":"{{["}}],"deep":{}}}'])
def test_it_is_counted_to_the_level(make: object, around: str) -> None:
    assert callable(make)
    room = MAX_DEPTH - around.format("").count("deep")
    for levels in room, room + 2, 4_500, 100_000:
        text = around.format(make(levels))
        for form in text, text.encode(), text.replace(",", " , ").encode():
            if levels > room:
                with pytest.raises(ValueError, match="^nested deeper than 500 levels$"):
                    check_depth(form)
            else:
                json.loads(form)  # else it would prove nothing
                check_depth(form)


def test_many_rows_and_brackets_in_text_are_not_deep() -> None:
    rows = [{"TITLE": "[" * 600 + '"\\{', "PHONE": [{"VALUE": "ä{"}], "EMPTY": []} for _ in range(1000)]
    for text in json.dumps(rows), json.dumps(rows, ensure_ascii=False, separators=(",", ":")):
        check_depth(text)
        check_depth(text.encode())


@pytest.mark.parametrize("text", ["[" * 600, '{"a":' * 600, "]" * 600 + "[" * 600, '"' + "\\" * 6 + '"' + "[" * 600])
def test_brackets_left_open_count_too(text: str) -> None:
    with pytest.raises(ValueError, match="nested deeper"):
        check_depth(text)


@pytest.mark.parametrize("text", ["", "text", "]" * 600, '"' + "[" * 600, "\ud800" + "[]" * 600])
def test_what_is_no_json_passes_where_it_is_harmless(text: str) -> None:
    check_depth(text)


def nested(levels: int, kind: str) -> object:
    value: object = 0
    for _ in range(levels):
        value = {"a": value, "b": 1} if kind == "dict" else [1, value] if kind == "list" else (value,)
    return value


@pytest.mark.parametrize("kind", ["dict", "list", "tuple"])
def test_the_depth_of_values_is_counted_to_the_level(kind: str) -> None:
    check_nesting(nested(MAX_DEPTH, kind))
    for levels in MAX_DEPTH + 1, 100_000:
        with pytest.raises(ValueError, match="^nested deeper than 500 levels"):
            check_nesting(nested(levels, kind))


def test_what_contains_itself_many_times_is_deep() -> None:
    value: list[object] = []
    value.extend([value] * 10)
    with pytest.raises(ValueError, match="contains itself"):
        check_nesting(value)
