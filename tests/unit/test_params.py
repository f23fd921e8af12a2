import io
import math
import uuid
from collections import OrderedDict, UserDict
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from pathlib import Path
from typing import Any

import pytest

from bx24py.params import check_method, encode


class Stage(Enum):
    NEW = "C1:NEW"
    DONE = True


class Size(IntEnum):
    SMALL = 1


class Kind(StrEnum):
    LEAD = "lead"


MOSCOW = timezone(timedelta(hours=3))


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (None, ""),
        (True, 1),
        (False, 0),
        (0, 0),
        (-7, -7),
        (2**53 - 1, 2**53 - 1),
        (2**53, "9007199254740992"),
        (-(10**30), str(-(10**30))),
        (1.5, 1.5),
        ("", ""),
        ("Привет, 世界 🎉 &=+%[]", "Привет, 世界 🎉 &=+%[]"),
        (datetime(2026, 3, 1, 9, 30, 15, 999, tzinfo=MOSCOW), "2026-03-01T09:30:15+03:00"),
        (datetime(2026, 3, 1, 9, 30, tzinfo=UTC), "2026-03-01T09:30:00+00:00"),
        (datetime(2026, 3, 1, 9, 30), "2026-03-01T09:30:00"),
        (date(2026, 3, 1), "2026-03-01"),
        (Decimal("12.50"), "12.50"),
        (Decimal("1E+3"), "1000"),
        (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        (Stage.NEW, "C1:NEW"),
        (Stage.DONE, 1),
        (Size.SMALL, 1),
        (Kind.LEAD, "lead"),
        (b"\x00\xff", "AP8="),
        (bytearray(b"abc"), "YWJj"),
        (memoryview(b"abc"), "YWJj"),
        ((1, None), [1, ""]),
        ({5}, [5]),
        (frozenset({"a"}), ["a"]),
        ([], []),
        ([[]], [[]]),
        ({"a": {}}, {"a": []}),
        ({"a": {"b": [{"c": None}]}}, {"a": {"b": [{"c": ""}]}}),
        ({1: "one"}, {"1": "one"}),
        (OrderedDict(a=True), {"a": 1}),
        (UserDict(a=True), {"a": 1}),
        ({"TITLE": ("a.txt", b"abc")}, {"TITLE": ["a.txt", "YWJj"]}),
    ],
)
def test_each_value_has_the_form_of_the_design(value: Any, sent: Any) -> None:
    encoded = encode({"v": value})
    assert encoded == {"v": sent}
    assert type(encoded["v"]) is type(sent)


def test_an_empty_mapping_is_left_out_as_a_parameter_and_empty_deeper_down() -> None:
    assert encode({"filter": {}, "fields": {"UF": {}}, "select": []}) == {"fields": {"UF": []}, "select": []}


def test_an_open_file_is_its_name_and_content_and_stays_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "план.txt"
    path.write_bytes(b"hello")
    with path.open("rb") as file:
        file.read(2)
        assert encode({"f": file}) == {"f": ["план.txt", "bGxv"]}
        assert file.tell() == 2
    assert encode({"f": io.BytesIO(b"abc")}) == {"f": ["file", "YWJj"]}


def test_a_text_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("hello")
    with path.open() as file, pytest.raises(TypeError, match=r"params\['f'\]: the file must be opened in binary"):
        encode({"f": file})


@pytest.mark.parametrize(
    ("params", "error", "words"),
    [
        ({"fields": {"X": [1, 2j]}}, TypeError, "params['fields']['X'][1]: a value of type complex"),
        ({"a": object()}, TypeError, "params['a']: a value of type object"),
        ({"a": print}, TypeError, "params['a']: "),
        ({"a": timedelta(1)}, TypeError, "params['a']: a value of type timedelta"),
        ({"a": {None: 1}}, TypeError, "params['a']: a key must be"),
        ({True: 1}, TypeError, "params: a key must be"),
        ([1], TypeError, "params: a mapping is needed, not list"),
        ("ID=5", TypeError, "params: a mapping is needed, not str"),
        ({"a": math.nan}, ValueError, "params['a']: nan is not a finite number"),
        ({"a": Decimal("Infinity")}, ValueError, "params['a']: Infinity is not a finite number"),
        ({"a": "\ud83d"}, ValueError, "params['a']: the text contains half of a character"),
    ],
)
def test_what_cannot_be_sent_is_named_by_its_path(params: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error) as caught:
        encode(params)
    assert words in str(caught.value)


def test_a_value_that_contains_itself_is_refused_but_one_used_twice_is_not() -> None:
    loop: list[Any] = []
    loop.append({"again": loop})
    with pytest.raises(ValueError, match=r"params\['a'\]\[0\]\['again'\]: the value contains itself"):
        encode({"a": loop})
    shared = [1]
    assert encode({"a": shared, "b": [shared, shared]}) == {"a": [1], "b": [[1], [1]]}


def test_nothing_of_the_callers_is_changed() -> None:
    inner: dict[str, Any] = {"x": None, "y": (True, {3}), "e": {}}
    params = {"start": -1, "fields": inner}
    encoded = encode(params)
    assert params == {"start": -1, "fields": {"x": None, "y": (True, {3}), "e": {}}}
    encoded["fields"]["x"] = "changed"
    assert inner["x"] is None


@pytest.mark.parametrize("method", ["user.current", "crm.item.list", "im.v2.chat", "my_app.do-it:now", "batch"])
def test_methods(method: str) -> None:
    assert check_method(method) == method


@pytest.mark.parametrize(
    ("method", "error"),
    [("", ValueError), ("user get", ValueError), ("user.get?x=1", ValueError), ("../x", ValueError), (5, TypeError)],
)
def test_what_is_no_method_is_refused(method: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="^method: "):
        check_method(method)
