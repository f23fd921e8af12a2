import io
import math
import re
import uuid
from collections import OrderedDict, UserDict, UserList, deque
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest

from bx24py.dev.portal.phpform import parse_query
from bx24py.rest.params import check_method, encode


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
    assert isinstance(encoded["v"], type(sent))  # of bytes a kind of str


def test_an_empty_mapping_is_left_out_as_a_parameter_and_empty_deeper_down() -> None:
    assert encode({"filter": {}, "fields": {"UF": {}}, "select": []}) == {"fields": {"UF": []}, "select": []}


@pytest.mark.parametrize("method", ["task.item.list", "Task.Items.getList", "task.commentitem.getlist"])
def test_an_empty_mapping_keeps_its_place_where_parameters_go_by_position(method: str) -> None:
    encoded = encode({"ORDER": {}, "FILTER": {"ID": 1, "X": {}}}, method=method)
    assert list(encoded.items()) == [("ORDER", [""]), ("FILTER", {"ID": 1, "X": []})]
    assert encode({"order": {}, "filter": {"ID": 1}}, method="tasks.task.list") == {"filter": {"ID": 1}}


@pytest.mark.parametrize("params", [[{}, {"ID": 5}, None, [1]], ({}, {"ID": 5}, None, (1,))])
def test_a_list_is_positional_parameters(params: Any) -> None:
    assert list(encode(params).items()) == [("0", [""]), ("1", {"ID": 5}), ("2", ""), ("3", [1])]


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (range(2, 6, 2), [2, 4]),
        ((n for n in (1, None)), [1, ""]),
        (map(str, (1, 2)), ["1", "2"]),
        ({"a": True}.values(), [1]),
        ({"a": 1}.keys(), ["a"]),
        ({"a": True}.items(), [["a", 1]]),
        (deque([1]), [1]),
        (UserList([None]), [""]),
        ((iter([n]) for n in (1, 2)), [[1], [2]]),
    ],
)
def test_what_gives_values_one_by_one_is_a_list(value: Any, sent: list[Any]) -> None:
    assert encode({"v": value, "in": {"v": [value]}}) == {"v": sent, "in": {"v": [sent]}}


def test_an_iterator_is_not_touched_by_a_call_with_a_wrong_value_beside_it() -> None:
    numbers = iter([1, 2])
    with pytest.raises(TypeError, match=r"params\['b'\]"):
        encode({"a": numbers, "b": object()})
    assert encode({"a": numbers}) == {"a": [1, 2]}
    with pytest.raises(TypeError, match=r"params\['a'\]\[1\]\['x'\]: a value of type object"):
        encode({"a": iter([1, {"x": object()}])})
    read = (n for n in (1, 2))
    assert list(read)
    with pytest.raises(ValueError, match=r"params\['a'\]: the generator has already been read"):
        encode({"a": read})


class Scalar:
    """Like a number of numpy: no int or float, but it gives one."""

    def __init__(self, item: Any) -> None:
        self._item = item

    def item(self) -> Any:
        return self._item

    def tolist(self) -> Any:
        return self._item


class Array:
    def __init__(self, items: list[Any]) -> None:
        self._items = items

    def tolist(self) -> list[Any]:
        return self._items


class Index:
    def __index__(self) -> int:
        return 7


class Missing:
    """Like pandas' NA."""

    def __ne__(self, other: object) -> Any:
        return self

    def __bool__(self) -> bool:
        raise TypeError("boolean value of NA is ambiguous")

    __hash__ = None  # type: ignore[assignment]


class NotATime(datetime):
    """Like pandas' NaT."""

    def __ne__(self, other: object) -> bool:
        return True

    def isoformat(self, *_: Any, **__: Any) -> str:
        return "NaT"

    __hash__ = None  # type: ignore[assignment]


class Nanoseconds:
    """Like a moment of numpy in nanoseconds, which gives a plain number for itself."""

    dtype = SimpleNamespace(kind="M")

    def item(self) -> int:
        return 1_767_225_600_000_000_000

    def astype(self, dtype: str) -> Any:
        assert dtype == "datetime64[us]"
        return Scalar(datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (Scalar(5), 5),
        (Scalar(2**60), str(2**60)),
        (Scalar(True), 1),
        (Scalar(1.5), 1.5),
        (Scalar(None), ""),
        (Array([1, [None, Scalar(2)]]), [1, ["", 2]]),
        (Index(), 7),
        (Missing(), ""),
        (NotATime(2026, 1, 1), ""),
        (Nanoseconds(), "2026-01-01T00:00:00"),
        ({Index(): 1}, {"7": 1}),
    ],
)
def test_what_numpy_and_pandas_have_is_told_by_what_it_can_do(value: Any, sent: Any) -> None:
    assert encode({"v": value}) == {"v": sent}


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"auth": "x"}, "params['auth']: 'auth' is the access token's name"),
        ({"access_token": "x"}, "params['access_token']: "),
        ({"": 1}, "params['']: an empty name"),
        ({"a.b": 1}, "params['a.b']: must not contain '.'"),
        ({"a b": 1}, "params['a b']: must not contain ' '"),
        ({" a": 1}, "params[' a']: "),
        ({"a[b]": 1}, "params['a[b]']: must not contain '['"),
        ({"a]": 1}, "params['a]']: "),
        ({"a[": 1}, "params['a[']: "),
        ({"a\0b": 1}, "params['a\\x00b']: must not contain '\\x00'"),
        ({"fields": {"": 1}}, "params['fields']['']: an empty name"),
        ({"fields": {" ": 1}}, "params['fields'][' ']: an empty name"),
        ({"fields": {"A]": 1}}, "params['fields']['A]']: must not contain ']'"),
        ({"fields": [{"A[0]": 1}]}, "params['fields'][0]['A[0]']: "),
        ({"fields": {"A\0": 1}}, "params['fields']['A\\x00']: "),
        ({"ID": {1: "a", "1": "b"}}, "params['ID']['1']: duplicate key"),
        ({1: "a", "1": "b"}, "params['1']: duplicate key"),
    ],
)
def test_a_name_that_would_not_arrive_is_refused(params: Any, words: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(words)):
        encode(params)


def test_names_that_arrive_as_they_are() -> None:
    params = {
        "filter": {">=DATE.X": 1, "auth": 2, " a b": 3, "01": 4, "1": 5, "+": 6, "%NAME": 7},
        "a+b-c": 8,
        "AUTH": 9,
    }
    assert encode(params) == params
    assert encode({"filter": {Kind.LEAD: 1}}) == {"filter": {"lead": 1}}


def test_the_names_of_parameters_arrive_in_php() -> None:
    """The rule is that of the portal's own reading: what passes is read as it was, what is refused is not."""

    def arrives(name: str, *, top: bool) -> bool:
        query = f"{quote(name)}=1" if top else f"a[{quote(name)}]=1"
        found = parse_query(query)
        return (found if top else found.get("a")) in ({name: "1"}, ["1"] if name == "0" else None)

    names = [
        *"ab01-+%!$&=?;:,/\\'\"<>|~^`{}()*@#\t\n",
        "a.b",
        "a b",
        " a",
        "a ",
        "[",
        "a[",
        "]",
        "a]b",
        "[]",
        "a[b]",
        "\0",
        "",
    ]
    for name in names:
        for top in (True, False):
            try:
                encode({name: 1} if top else {"a": {name: 1}})
                passes = True
            except ValueError:
                passes = False
            assert not passes or arrives(name, top=top), (name, top)


def test_levels_that_php_drops_are_refused() -> None:
    def nested(levels: int) -> Any:
        value: Any = 1
        for _ in range(levels):
            value = {"k": value}
        return value

    assert parse_query("k" + "[k]" * 63 + "=1") != {}
    assert parse_query("k" + "[k]" * 64 + "=1") == {}
    assert encode(nested(64)) == nested(64)
    for levels in (65, 5000):
        with pytest.raises(ValueError, match="nested more than 64 levels"):
            encode(nested(levels))


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
        ({"ID": 5}.items(), TypeError, "params: must be a mapping, or a list of positional parameters, not dict_items"),
        ("ID=5", TypeError, "params: must be a mapping, or a list of positional parameters, not str"),
        ({"a": int}, TypeError, "params['a']: a value of type type"),
        ({"a": math.nan}, ValueError, "params['a']: must be a finite number, not nan"),
        ({"a": Decimal("Infinity")}, ValueError, "params['a']: must be a finite number, not Infinity"),
        ({"a": "\ud83d"}, ValueError, "params['a']: contains half a character"),
    ],
)
def test_what_cannot_be_sent_is_named_by_its_path(params: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error) as caught:
        encode(params)
    assert words in str(caught.value)


def test_a_value_that_contains_itself_is_refused_but_one_used_twice_is_not() -> None:
    loop: list[Any] = []
    loop.append({"again": loop})
    with pytest.raises(ValueError, match=r"params\['a'\]\[0\]\['again'\]: contains itself"):
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
