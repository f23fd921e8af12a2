"""Values of fields: of each type there and back, odd ones and wrong ones, and the rows of the local portal."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import IntEnum
from typing import Any

import pytest

from bx24py import BX24, Fields, Money, Reference
from bx24py.rest.params import encode

from .described import make, make_one, told
from .rest_client import Caller

ZONE = timezone(timedelta(hours=2))

VALUES: list[tuple[str, Any, Any, Any]] = [
    ("string", "a", "a", "a"),
    ("url", "https://x", "https://x", "https://x"),
    ("crm_status", "C1:NEW", "C1:NEW", "C1:NEW"),
    ("integer", "5", 5, 5),
    ("integer", 5, 5, 5),
    ("integer", "-5", -5, -5),
    ("integer", "0", 0, 0),
    ("crm_category", "0", 0, 0),
    ("user", "7", 7, 7),
    ("enumeration", "101", 101, 101),
    ("employee", 7, 7, 7),
    ("crm_company", "0", None, ""),
    ("crm_company", 0, None, ""),
    ("double", "12.50", Decimal("12.50"), "12.50"),
    ("double", 12.5, Decimal("12.5"), "12.5"),
    ("double", 3, Decimal(3), "3"),
    ("double", "1e3", Decimal("1e3"), "1000"),
    ("double", "0.00", Decimal("0.00"), "0.00"),
    ("money", "100|USD", Money(Decimal(100), "USD"), "100|USD"),
    ("money", "0.10|EUR", Money(Decimal("0.10"), "EUR"), "0.10|EUR"),
    ("money", "|USD", None, ""),
    ("char", "Y", True, "Y"),
    ("char", "N", False, "N"),
    ("boolean", "1", True, 1),
    ("boolean", "0", False, 0),
    ("boolean", 0, False, 0),
    ("boolean", False, False, 0),
    ("boolean", "Y", True, 1),
    ("date", "2026-03-01", date(2026, 3, 1), "2026-03-01"),
    ("date", "2026-03-01T02:00:00+02:00", date(2026, 3, 1), "2026-03-01"),
    ("datetime", "2026-03-01T10:00:00+02:00", datetime(2026, 3, 1, 10, tzinfo=ZONE), "2026-03-01T10:00:00+02:00"),
    ("file", {"id": 5}, {"id": 5}, {"id": 5}),
    ("crm", "C_5", "C_5", "C_5"),
]


@pytest.mark.parametrize(("type_", "given", "value", "written"), VALUES)
def test_a_value_there_and_back(type_: str, given: Any, value: Any, written: Any) -> None:
    fields = make_one(type_)
    read = fields.read({"F": given})["F"]
    assert (read, type(read), str(read)) == (value, type(value), str(value))
    assert fields.write({"F": read}) == {"F": written}
    assert fields.read(fields.write({"F": read})) == {"F": value}
    many = make_one(type_, isMultiple=True)
    expected = {"F": [value, value]}
    assert many.read({"F": [given, given]}) == expected
    assert many.write(expected) == {"F": [written, written]}
    if type_ not in ("file", "crm"):
        assert many.read({"F": {"0": given, "2": given}}) == expected
        assert many.write({"F": tuple(expected["F"])}) == {"F": [written, written]}


def test_phones_and_the_like_stay_as_they_are() -> None:
    fields = make_one("crm_multifield", isMultiple=True)
    rows: tuple[Any, ...] = ([{"ID": "1", "VALUE": "+49"}], {"1": {"VALUE": "+49"}}, {"n0": {"VALUE": "+49"}})
    for value in rows:
        assert fields.read({"F": value}) == fields.write({"F": value}) == {"F": value}
    assert (fields.read({"F": False}), fields.write({"F": None})) == ({"F": []}, {"F": ""})


TYPES = sorted({type_ for type_, *_ in VALUES} - {"file", "crm"})


@pytest.mark.parametrize("type_", TYPES)
def test_empty_values(type_: str) -> None:
    fields, many = make_one(type_), make_one(type_, isMultiple=True)
    empty: Any
    for empty in (None, "", [], {}):
        assert fields.read({"F": empty}) == {"F": None}
        assert many.read({"F": empty}) == {"F": []}
    if type_ not in ("char", "boolean"):
        assert fields.read({"F": False}) == {"F": None}
    assert many.read({"F": False}) == {"F": []}
    assert fields.write({"F": None}) == many.write({"F": None}) == {"F": ""}
    assert (many.write({"F": []}), many.write({"F": [None]})) == ({"F": []}, {"F": [""]})


ODD: list[Any] = ["x", "12.5.1", "٣", "1_000", "NaN", "Infinity", " 5", "0000-00-00", "2026-02-30", "31.01.2026", "y"]
ODD += [{"a": 1}, ["x"], 2, 2.5, True, "2026-03-01T10:00:00", "100|", "x|USD", "9" * 5000, "1e999999999999999999999"]
NUMBERS = ("integer", "user", "employee", "enumeration", "crm_company", "crm_category")
FITS: dict[str, Any] = {name: [2] for name in NUMBERS} | {"boolean": [True], "char": [True], "date": [ODD[16]]}
FITS["double"] = [2, 2.5, "9" * 5000]


@pytest.mark.parametrize("type_", [*TYPES, "file", "crm", "unheard_of"])
def test_what_does_not_fit_stays_as_it_is_and_raises_nothing(type_: str) -> None:
    kinds = make_one(type_), make_one(type_, isMultiple=True)
    for odd in ODD:
        if any((type(odd), odd) == (type(fit), fit) for fit in FITS.get(type_, ())):
            continue
        for fields in kinds:
            read = fields.read({"F": odd})["F"]
            if type(odd) is list or fields is kinds[0]:
                assert (read, type(read)) == (odd, type(odd))
            assert fields.read({"F": [odd]}) == {"F": [odd]}


def test_a_row_is_left_alone_and_what_is_no_field_stays() -> None:
    fields = make({"A": told("integer", isMultiple=True), "B": told("date")})
    row = {"A": ["1"], "B": "2026-03-01", "OTHER": {"x": ["1"]}, 5: "1"}
    before = copy.deepcopy(row)
    assert fields.read(row) == {"A": [1], "B": date(2026, 3, 1), "OTHER": {"x": ["1"]}, 5: "1"}  # type: ignore[arg-type]
    values = {"A": [1], "B": date(2026, 3, 1)}
    assert fields.write(values) == {"A": [1], "B": "2026-03-01"}
    assert (row, values) == (before, {"A": [1], "B": date(2026, 3, 1)})
    wrong: Any
    for wrong in (None, [], "x"):
        with pytest.raises(TypeError, match="row: must be a mapping"):
            fields.read(wrong)
        with pytest.raises(TypeError, match="values: must be a mapping"):
            fields.write(wrong)


class Size(IntEnum):
    SMALL = 7


REFUSED: list[tuple[type[Exception], str, str, Any]] = [
    (TypeError, "must be str, not int", "string", 5),
    (TypeError, "must be int, not str", "integer", "5"),
    (TypeError, "must be int, not bool", "integer", True),
    (TypeError, "must be int, not Decimal", "user", Decimal(5)),
    (TypeError, "must be Decimal, int or float, not str", "double", "1"),
    (TypeError, "must be Decimal, int or float, not bool", "double", True),
    (ValueError, "must be a finite number, not nan", "double", float("nan")),
    (ValueError, "must be a finite number, not Infinity", "double", Decimal("inf")),
    (TypeError, r"must be Money\(amount, currency\), not str", "money", "1|USD"),
    (TypeError, r"must be Money\(amount, currency\), not Decimal", "money", Decimal(1)),
    (TypeError, "its currency must be a str, not int", "money", (Decimal(1), 5)),
    (TypeError, "must be Decimal", "money", ("1", "USD")),
    (TypeError, "must be bool, not str", "char", "Y"),
    (TypeError, "must be bool, not int", "boolean", 1),
    (TypeError, "must be datetime.date, not str", "date", "2026-03-01"),
    (TypeError, "must be datetime.date, not datetime", "date", datetime(2026, 3, 1, tzinfo=UTC)),
    (TypeError, "must be datetime.datetime, not date", "datetime", date(2026, 3, 1)),
    (ValueError, "must have a time zone", "datetime", datetime(2026, 3, 1)),
]


@pytest.mark.parametrize(("error", "message", "type_", "value"), REFUSED)
def test_a_wrong_value_is_refused_by_name(error: type[Exception], message: str, type_: str, value: Any) -> None:
    with pytest.raises(error, match=rf'^values\["F"\]: {message}'):
        make_one(type_).write({"F": value})
    with pytest.raises(error, match=rf'^values\["F"\]: {message}'):
        make_one(type_, isMultiple=True).write({"F": [value]})


def test_fields_that_cannot_be_written_are_refused() -> None:
    fields = make(
        {"ID": told("integer", isReadOnly=True), "TITLE": told("string"), "M": told("money", isMultiple=True)}
    )
    with pytest.raises(ValueError, match=r'values\["ID"\]: the field is read-only'):
        fields.write({"ID": 5})
    with pytest.raises(ValueError, match=r"values\[\"TITEL\"\]: crm\.deal has no field 'TITEL'; did you mean 'TITLE'"):
        fields.write({"TITEL": "a"})
    for one in "a", Money(Decimal(1), "USD"), {"a": 1}:
        with pytest.raises(TypeError, match=r'values\["M"\]: must be a list'):
            fields.write({"M": one})


def test_what_is_good_for_a_type_besides(client: BX24) -> None:
    assert make_one("double").write({"F": 1e21}) == {"F": "1000000000000000000000"}
    assert make_one("double").write({"F": 0.1}) == {"F": "0.1"}
    assert make_one("money").write({"F": (5, "USD")}) == {"F": "5|USD"}
    assert make_one("enumeration").write({"F": Size.SMALL}) == {"F": 7}
    user = client.batch().call("user.current")
    assert make_one("user").write({"F": user["ID"]})["F"] is not None
    assert isinstance(make_one("user").write({"F": user["ID"]})["F"], Reference)


# The local portal


def from_portal(call: Caller, entity: str, type_id: int | None = None) -> Fields:
    """Read the description of the local portal."""
    method = {"tasks": "tasks.task.getFields"}.get(entity, f"{entity}.fields")
    words = {"user": "user.userfield.list", "tasks": "user.userfield.list"}.get(entity, "crm.status.list")
    data = call(method, {"entityTypeId": type_id} if type_id else None).result
    return make(data, call(words).result, entity=entity, type_id=type_id)


WRITTEN = [("crm.lead", None), ("crm.deal", None), ("crm.contact", None), ("crm.company", None), ("tasks", None)]
WRITTEN += [("crm.quote", None), ("crm.item", 2), ("crm.item", 31), ("crm.item", 1030)]  # type: ignore[list-item]
LATER = {"DATE_MODIFY", "LAST_ACTIVITY_TIME", "updatedTime", "changedDate", "activityDate", "changedBy", "updatedBy"}
LATER |= {"MODIFY_BY_ID", "closedDate", "closedBy", "movedTime", "movedBy", "MOVED_TIME", "MOVED_BY_ID"}
DAYS = {"BEGINDATE", "CLOSEDATE", "begindate", "closedate"}


def kept(row: dict[str, Any], but: set[str]) -> dict[str, Any]:
    """Leave out what changes with every write; an empty text is as good as nothing."""
    return {name: None if value == "" else value for name, value in row.items() if name not in but}


@pytest.mark.parametrize(("entity", "type_id"), WRITTEN)
def test_a_row_of_the_local_portal_comes_back_as_it_was(entity: str, type_id: int | None) -> None:
    call = Caller()
    fields = from_portal(call, entity, type_id)
    key = "taskId" if entity == "tasks" else "id"
    method = "tasks.task" if entity == "tasks" else entity
    more = {"entityTypeId": type_id} if type_id else {}
    for number in range(1, 9):

        def get(number: int = number) -> dict[str, Any]:
            found = call(f"{method}.get", {key: number, **more}).result
            return dict(found.get("item") or found.get("task") or found)

        before = get()
        row = fields.read(before)
        values = {n: v for n, v in row.items() if n in fields and not fields[n].is_read_only and n not in LATER}
        written = fields.write({n: v for n, v in values.items() if not fields[n].is_immutable})
        assert len(written) > 10
        call(f"{method}.update", {key: number, **more, "fields": encode(written)})
        after = get()
        assert kept(after, LATER | DAYS) == kept(before, LATER | DAYS)
        assert kept(fields.read(after), LATER) == kept(row, LATER)


def test_every_value_of_the_local_portal_has_the_class_of_its_type() -> None:
    call = Caller()
    classes: dict[str, Any] = {"integer": int, "double": Decimal, "money": Money, "char": bool, "boolean": bool}
    classes |= {"date": date, "datetime": datetime, "user": int, "enumeration": int, "employee": int, "string": str}
    classes |= {"crm_status": str, "crm_company": int, "crm_contact": int, "crm_category": int, "url": str}
    seen: set[str] = set()
    for entity, rows in (
        ("crm.deal", call("crm.deal.list", select=["*", "UF_*"]).result),
        ("crm.product", call("crm.product.list").result),
        ("crm.invoice", call("crm.invoice.list").result),
        ("user", call("user.get").result),
    ):
        fields = from_portal(call, entity)
        for row in rows:
            for name, value in fields.read(row).items():
                one = fields[name]
                if value is None or one.is_multiple or one.type not in classes or name == "LAST_ACTIVITY_DATE":
                    continue
                seen.add(one.type)
                assert type(value) is classes[one.type], (entity, name, value)
    assert seen == classes.keys()
    stages = from_portal(call, "crm.item", 1030)["stageId"].items
    assert stages["DT1030_1:NEW"] == "Start"


def test_custom_fields_of_users_are_for_administrators() -> None:
    call = Caller()
    assert call("user.userfield.list").status == 200
    call.state.admin = False
    assert call("user.userfield.list").error == (403, "ACCESS_DENIED")
