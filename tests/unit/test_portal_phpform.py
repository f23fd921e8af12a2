"""Parameters as PHP reads them, JSON as PHP writes it."""

from __future__ import annotations

from typing import Any

import pytest

from bx24py.dev.portal.phpform import BadFormError, parse_body, parse_query, php_bool, php_int, php_json


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1&b=2", {"a": "1", "b": "2"}),
        ("a=1&a=2", {"a": "2"}),
        ("name=", {"name": ""}),
        ("name", {"name": ""}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a%5B%5D=1", {"a": ["1"]}),
        ("a[b][]=1&a[b][]=2&a[c]=3", {"a": {"b": ["1", "2"], "c": "3"}}),
        ("a[0][x]=1&a[1][x]=2", {"a": [{"x": "1"}, {"x": "2"}]}),
        ("a[1]=x&a[0]=y", {"a": {"1": "x", "0": "y"}}),
        ("a[5]=x&a[]=y", {"a": {"5": "x", "6": "y"}}),
        ("a[01]=x", {"a": {"01": "x"}}),
        ("a[-5]=x&a[]=y", {"a": {"-5": "x", "0": "y"}}),
        ("a.b c=1", {"a_b_c": "1"}),
        ("a[b.c d]=1", {"a": {"b.c d": "1"}}),
        ("filter[>%3DID]=5&filter[!%25NAME]=x", {"filter": {">=ID": "5", "!%NAME": "x"}}),
        ("filter[>=ID]=5", {"filter_>": "ID]=5"}),
        ("a[b=1", {"a_b": "1"}),
        ("a[b]c=1", {"a": {"b": "1"}}),
        ("=1&&b=2", {"b": "2"}),
        ("a=1&a[b]=2", {"a": {"b": "2"}}),
        ("a[b]=2&a=1", {"a": "1"}),
        ("t=%D0%96+%F0%9F%98%80%26%3D", {"t": "Ж 😀&="}),
        ("t=a%2Bb", {"t": "a+b"}),
        ("", {}),
    ],
)
def test_names_nest_as_in_php(text: str, expected: dict[str, Any]) -> None:
    assert parse_query(text) == expected


@pytest.mark.parametrize("text", ["a=%", "a=%zz", "%f=1", "a=100%", "a=%ff", "%C3=1"])
def test_broken_encoding_is_an_error_that_quotes_nothing(text: str) -> None:
    with pytest.raises(BadFormError) as caught:
        parse_query(text)
    assert "%zz" not in str(caught.value)


def test_a_name_that_nests_too_deep_is_dropped() -> None:
    assert parse_query("a" + "[x]" * 100 + "=1&b=2") == {"b": "2"}


def test_a_list_of_many_thousands_is_quick() -> None:
    assert len(parse_query("&".join(f"a[]={n}" for n in range(50_000)))["a"]) == 50_000


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b"\xff", "application/json"),
        (b'"text"', "application/json"),
        (b'{"a": NaN}', "application/json; charset=utf-8"),
        (b"[" * 100_000, "application/json"),
        (b'{"a":' + b"[" * 100 + b"]" * 100 + b"}", "application/json"),
        (b"\xff=1", "application/x-www-form-urlencoded"),
        (b"x", "multipart/form-data"),
    ],
)
def test_a_body_that_is_not_what_it_says(body: bytes, kind: str) -> None:
    with pytest.raises(BadFormError):
        parse_body(body, kind)


def test_json_and_multipart_bodies() -> None:
    assert parse_body(b'{"a": {"b": [1, null, true, 1.5]}}', "application/json") == {"a": {"b": [1, None, True, 1.5]}}
    assert parse_body(b"[1]", "application/json") == {"0": 1}
    assert parse_body(b"", "application/json") == {}
    lines = [
        "--B",
        'Content-Disposition: form-data; name="a[b]"',
        "",
        "Ж",
        "--B",
        'Content-Disposition: form-data; name="f"; filename="x.txt"',
        "",
        "hi",
        "--B--",
        "",
    ]
    body = "\r\n".join(lines).encode()
    assert parse_body(body, "multipart/form-data; boundary=B") == {"a": {"b": "Ж"}, "f": ["x.txt", "aGk="]}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, b"[]"),
        ({"a": {}}, b'{"a":[]}'),
        ({"0": 1, "1": 2}, b"[1,2]"),
        ({"1": 1}, b'{"1":1}'),
        ({0: "x"}, b'["x"]'),
        ([(1, None)], b"[[1,null]]"),
        ({"t": "Ж\ud800"}, b'{"t":"\\u0416\\ud800"}'),
    ],
)
def test_mappings_are_written_as_php_writes_them(value: Any, expected: bytes) -> None:
    assert php_json(value) == expected


def test_php_truth_and_numbers() -> None:
    values: list[Any] = ["", "0", 0, None, [], "false", "N", 1]
    assert [value for value in values if php_bool(value)] == ["false", "N", 1]
    assert [php_int(v) for v in ("50", " 7x", "x", "-1", 3.9, True, None, "9" * 40)] == [
        50,
        7,
        0,
        -1,
        3,
        1,
        0,
        int("9" * 18),
    ]
