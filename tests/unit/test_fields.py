"""Descriptions of fields: read once, and used to read rows and to write parameters."""

from __future__ import annotations

import asyncio
import copy
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import IntEnum
from typing import Any

import pytest

from bx24py import (
    BX24,
    AccessError,
    BadResponseError,
    Fields,
    Money,
    NetworkError,
    NotInBrowserError,
    OperationTimeLimitError,
)
from bx24py.rest.params import encode

from .conftest import FakeBridge, run
from .rest_client import Caller

Make = Callable[..., Fields]

STATUSES = [
    {"ENTITY_ID": "DEAL_STAGE", "STATUS_ID": "NEW", "NAME": "New"},
    {"ENTITY_ID": "DEAL_STAGE_2", "STATUS_ID": "C2:NEW", "NAME": "New, too"},
    {"ENTITY_ID": "DEAL_STAGES", "STATUS_ID": "X", "NAME": "Other"},
    {"ENTITY_ID": "SOURCE", "STATUS_ID": "CALL", "NAME": "Call"},
]
ZONE = timezone(timedelta(hours=2))


def told(type_: str, **more: Any) -> dict[str, Any]:
    """Return a description as the CRM gives it."""
    flags = dict.fromkeys(("isRequired", "isReadOnly", "isImmutable", "isMultiple", "isDynamic"), False)
    return {"type": type_, "title": f"Title of {type_}", **flags, **more}


@pytest.fixture
def make(client: BX24, page: FakeBridge) -> Make:
    """Read a description that the page answers with, in an event loop of its own."""

    def make(data: Any, words: Any = (), *, entity: str = "crm.deal", errors: Any = (), type_id: Any = None) -> Fields:
        found: list[Fields] = []

        async def main() -> None:
            call = client.fields(entity, entity_type_id=type_id)
            page.sent[-1].respond_batch({"fields": data, "words": list(words)}, errors)
            found.append(await call)

        run(main())
        client._descriptions = None
        return found[0]

    return make


@pytest.fixture
def one(make: Make) -> Callable[..., Fields]:
    """Return the fields of an entity that has one, `F`."""
    return lambda type_, **more: make({"F": told(type_, **more)})


# Asking

REQUESTS = [
    *(
        (f"crm.{name}", None, [(f"crm.{name}.fields", {}), ("crm.status.list", {})])
        for name in ("lead", "deal", "contact", "company", "quote", "invoice")
    ),
    ("crm.product", None, [("crm.product.fields", {})]),
    ("crm.item", 31, [("crm.item.fields", {"entityTypeId": 31}), ("crm.status.list", {})]),
    ("tasks", None, [("tasks.task.getFields", {})]),
    ("tasks.task", None, [("tasks.task.getFields", {})]),
    ("user", None, [("user.fields", {}), ("user.userfield.list", {})]),
]


@pytest.mark.parametrize(("entity", "type_id", "commands"), REQUESTS)
def test_one_request_asks_for_fields_and_words(
    client: BX24, page: FakeBridge, entity: str, type_id: int | None, commands: list[Any]
) -> None:
    async def main() -> None:
        call = client.fields(entity, entity_type_id=type_id)
        (sent,) = page.sent  # by the call, before anybody awaits
        assert [(command.method, command.params) for command in sent.params] == commands
        described = {"ID": told("integer") if entity != "user" else "Number"}
        under_key = entity in ("tasks", "tasks.task", "crm.item")
        sent.respond_batch({"fields": {"fields": described} if under_key else described, "words": []})
        fields = await call
        assert (list(fields), fields.read({"ID": "5"})) == (["ID"], {"ID": 5})

    run(main())


def test_a_description_is_asked_for_once(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        calls = [client.fields("tasks"), client.fields("tasks.task"), client.fields("tasks")]
        others = [client.fields("crm.item", entity_type_id=number) for number in (31, 1030, 31)]
        assert len(page.sent) == 3
        calls[0].cancel()  # who gives up leaves the request to the others
        await asyncio.sleep(0)
        for sent in page.sent:
            assert not sent.aborted
            sent.respond_batch({"fields": {"fields": {}}, "words": []})
        first, second = await calls[1], await calls[2]
        invoices, equipment, again = [await one for one in others]
        assert first is second is await client.fields("tasks")
        assert invoices is again is not equipment
        assert len(page.sent) == 3
        assert calls[0].cancelled()

    run(main())


def test_a_failed_read_is_not_kept(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        calls = [client.fields("crm.deal"), client.fields("crm.deal")]
        denied = {"fields": {"error": "ACCESS_DENIED", "error_description": "Access denied!"}}
        page.sent[0].respond_batch({"words": []}, denied)
        for call in calls:
            with pytest.raises(AccessError, match=r"crm\.deal\.fields"):
                await call
        again = client.fields("crm.deal")
        page.sent[1].respond_batch({"fields": {"F": told("string")}, "words": []})
        assert len(await again) == 1

    run(main())


def test_a_read_whose_callers_have_all_gone_makes_no_noise(
    client: BX24, page: FakeBridge, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        call = client.fields("crm.deal")
        await asyncio.sleep(0)
        call.cancel()
        page.sent[0].respond(status=403, error="insufficient_scope", error_description="")
        await asyncio.sleep(0.01)

    run(main())
    assert caplog.records == []


def test_a_broken_connection_is_tried_again_for_tasks_too(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        call = client.fields("tasks", timeout=10)
        page.sent[0].answer(NetworkError("batch"))
        page.sent[0].forget()
        while len(page.sent) < 2:
            await asyncio.sleep(0.01)
        page.sent[1].respond_batch({"fields": {"fields": {}}})
        assert len(await call) == 0

    run(main())


def test_words_that_may_not_be_read_are_left_out(make: Make) -> None:
    refusal = {"words": {"error": "ERROR_CORE", "error_description": "Access denied."}}
    fields = make({"ID": "ID", "NAME": "First name"}, entity="user", errors=refusal)
    assert [one.title for one in fields.values()] == ["ID", "First name"]
    busy = {"words": {"error": "OPERATION_TIME_LIMIT", "error_description": ""}}
    with pytest.raises(OperationTimeLimitError):  # they would be missing for as long as the page lives
        make({}, errors=busy)


@pytest.mark.parametrize("answer", [[], None, "x", True])
def test_an_answer_without_descriptions_is_an_error(make: Make, answer: Any) -> None:
    with pytest.raises(BadResponseError, match=r"crm\.deal\.fields: the answer has no descriptions"):
        make(answer)
    with pytest.raises(BadResponseError, match=r"tasks\.task\.getFields"):
        make({"fields": answer}, entity="tasks")


WRONG: list[tuple[type[Exception], str, tuple[Any, ...]]] = [
    (TypeError, "entity: must be str, not int", (5,)),
    (ValueError, r"entity: 'crm.deals' is none of .*; did you mean 'crm.deal'", ("crm.deals",)),
    (ValueError, "entity: '' is none of", ("",)),
    (ValueError, "entity_type_id: is for 'crm.item' only, not for 'crm.deal'", ("crm.deal", 2)),
    (TypeError, "entity_type_id: 'crm.item' needs it: must be int, not NoneType", ("crm.item",)),
    (TypeError, "entity_type_id: .*must be int, not bool", ("crm.item", True)),
    (TypeError, "entity_type_id: .*must be int, not str", ("crm.item", "31")),
    (ValueError, "entity_type_id: must be 1 or more, not 0", ("crm.item", 0)),
    (ValueError, "timeout: must be more than 0", ("crm.deal", None, 0)),
]


@pytest.mark.parametrize(("error", "message", "given"), WRONG)
def test_wrong_arguments_send_nothing(
    client: BX24, page: FakeBridge, error: type[Exception], message: str, given: tuple[Any, ...]
) -> None:
    async def main() -> None:
        entity, type_id, timeout = (*given, None, None)[:3]
        with pytest.raises(error, match=message):
            client.fields(entity, entity_type_id=type_id, timeout=timeout)
        assert page.sent == []

    run(main())


def test_outside_a_browser_it_says_so() -> None:
    async def main() -> None:
        with pytest.raises(NotInBrowserError):
            BX24().fields("crm.deal")

    run(main())


def test_what_it_needs_is_imported_when_it_is_used() -> None:
    code = "import sys, bx24py; print(*({'decimal', 'difflib', 'bx24py.rest.field_types'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []


# Descriptions


def test_a_description_of_the_crm(make: Make) -> None:
    fields = make(
        {
            "ID": told("integer", isReadOnly=True),
            "STAGE_ID": told("crm_status", title="Stage", statusType="DEAL_STAGE", isRequired=True),
            "CATEGORY_ID": told("crm_category", isImmutable=True, title=None),
            "UF_A": told("enumeration", isDynamic=True, title="UF_A", formLabel="Size", isMultiple=True)
            | {"items": [{"ID": "7", "VALUE": "Small"}, {"ID": "8", "VALUE": "Large"}]},
            "UF_B": told("string", isDynamic=True, title="UF_B"),
        },
        STATUSES,
    )
    assert (list(fields), len(fields), repr(fields)) == (
        ["ID", "STAGE_ID", "CATEGORY_ID", "UF_A", "UF_B"],
        5,
        "<Fields crm.deal: 5 fields>",
    )
    stage = fields["STAGE_ID"]
    assert (stage.title, stage.type, stage.is_required, stage.is_read_only) == ("Stage", "crm_status", True, False)
    assert stage.items == {"NEW": "New", "C2:NEW": "New, too"}
    assert (fields["ID"].is_read_only, fields["CATEGORY_ID"].is_immutable, fields["UF_A"].is_multiple) == (True,) * 3
    assert [one.title for one in fields.values()][2:] == ["CATEGORY_ID", "Size", "UF_B"]
    assert (fields["UF_A"].items, fields["ID"].items) == ({7: "Small", 8: "Large"}, {})
    assert fields["UF_A"].items[fields.read({"UF_A": ["8"]})["UF_A"][0]] == "Large"


def test_an_unknown_name_says_what_is_like_it(one: Callable[..., Fields], make: Make) -> None:
    fields = make({"STAGE_ID": told("crm_status"), "TITLE": told("string")})
    with pytest.raises(KeyError, match=r"crm\.deal has no field 'STAGEID'; did you mean 'STAGE_ID'\?"):
        fields["STAGEID"]
    with pytest.raises(KeyError, match="has no field 5"):
        fields[5]  # type: ignore[index]
    assert ["STAGE_ID" in fields, "STAGEID" in fields, fields.get("X")] == [True, False, None]


def test_items_know_their_fields_by_either_name(make: Make) -> None:
    described = {
        "stageId": told("crm_status", upperName="STAGE_ID", statusType="DYNAMIC_1030_STAGE_4"),
        "ufCrm2_17": told("integer", upperName="UF_CRM_2_17", isDynamic=True),
        "opened": told("boolean"),
        "ufCrm2_18": told("boolean", isDynamic=True),
        "contacts": told("crm_contact", isMultiple=True),
    }
    statuses = [{"ENTITY_ID": "DYNAMIC_1030_STAGE_5", "STATUS_ID": "DT1030_5:NEW", "NAME": "Start"}]
    fields = make({"fields": described}, statuses, entity="crm.item", type_id=1030)
    assert fields["UF_CRM_2_17"] is fields["ufCrm2_17"]
    assert fields["stageId"].items == {"DT1030_5:NEW": "Start"}
    assert fields.read({"UF_CRM_2_17": "5", "ufCrm2_17": "6"}) == {"UF_CRM_2_17": 5, "ufCrm2_17": 6}
    assert fields.write({"UF_CRM_2_17": 5, "opened": True, "ufCrm2_18": True}) == {
        "ufCrm2_17": 5,
        "opened": "Y",
        "ufCrm2_18": 1,
    }
    with pytest.raises(ValueError, match="ufCrm2_17 is given twice"):
        fields.write({"UF_CRM_2_17": 5, "ufCrm2_17": 6})
    row = {"contacts": [{"contactId": 5}], "opened": "Y"}
    assert fields.read(row) == {**row, "opened": True}
    assert fields.write(fields.read(row)) == row


TASKS = {
    "ID": {"title": "ID", "type": "integer", "primary": True},
    "TITLE": {"title": "Title", "type": "string", "required": True},
    "STATUS": {"title": "Status", "type": "enum", "values": {"2": "Pending", "5": "Completed"}},
    "MARK": {"title": None, "type": "enum", "values": {"N": "Negative", "P": "Positive"}},
    "MULTITASK": {"title": "Multitask", "type": "enum", "values": {"Y": "Yes", "N": "No"}},
    "DURATION_TYPE": {"type": "enum", "values": ["secs", "days"]},
    "RESPONSIBLE_ID": {"type": "integer"},
    "AUDITORS": {"title": None, "type": "array"},
    "CHECKLIST": {"title": None, "type": "array"},
    "MATCH_WORK_TIME": {"type": "integer"},
    "FORKED_BY_TEMPLATE_ID": {"type": "enum", "values": {"Y": "Yes", "N": "No"}},
    "DEADLINE": {"type": "datetime"},
    "SORTING": {"type": "double"},
    "UF_DAYS": {"type": "datetime"},
    "UF_CRM_TASK": {"type": "crm"},
}


def test_tasks(make: Make) -> None:
    fields = make({"fields": TASKS}, entity="tasks")
    assert fields["responsibleId"].name == "RESPONSIBLE_ID"
    assert (fields["STATUS"].items, fields["MARK"].items) == (
        {2: "Pending", 5: "Completed"},
        {"N": "Negative", "P": "Positive"},
    )
    assert (fields["ID"].is_read_only, fields["TITLE"].is_required, fields["AUDITORS"].is_multiple) == (True,) * 3
    moment = "2026-03-01T10:00:00+02:00"
    row = {
        "title": "A",
        "status": "5",
        "mark": "P",
        "multitask": "N",
        "durationType": "days",
        "responsibleId": "7",
        "auditors": ["1", "2"],
        "checklist": {"1": {"id": "1"}},
        "matchWorkTime": "Y",
        "forkedByTemplateId": "3",
        "deadline": moment,
        "sorting": "1.50",
        "ufDays": [moment],
        "ufCrmTask": ["D_5"],
    }
    read = fields.read({"id": "1", **row, "group": [], "creator": {"id": "1"}})
    assert read == {
        "id": 1,
        "title": "A",
        "status": 5,
        "mark": "P",
        "multitask": False,
        "durationType": "days",
        "responsibleId": 7,
        "auditors": [1, 2],
        "checklist": [{"id": "1"}],
        "matchWorkTime": True,
        "forkedByTemplateId": 3,
        "deadline": datetime(2026, 3, 1, 10, tzinfo=ZONE),
        "sorting": Decimal("1.50"),
        "ufDays": [datetime(2026, 3, 1, 10, tzinfo=ZONE)],
        "ufCrmTask": ["D_5"],
        "group": [],
        "creator": {"id": "1"},
    }
    written = fields.write({name: read[name] for name in row})
    assert list(written) == [name for name in TASKS if name != "ID"]
    assert (written["AUDITORS"], written["MATCH_WORK_TIME"], written["UF_DAYS"]) == ([1, 2], "Y", [moment])
    assert fields.write({"UF_DAYS": read["deadline"]}) == {"UF_DAYS": moment}


def test_users(make: Make) -> None:
    titles = {"ID": "ID", "ACTIVE": "Active", "NAME": "Name", "UF_DEPARTMENT": "Units", "PERSONAL_BIRTHDAY": "Born"}
    titles |= {"LAST_LOGIN": "Login", "LAST_ACTIVITY_DATE": "", "PERSONAL_PHOTO": "Photo", "IS_ONLINE": "Online"}
    custom = [
        {"FIELD_NAME": "UF_LEVEL", "USER_TYPE_ID": "enumeration", "MULTIPLE": "N", "MANDATORY": "Y"}
        | {"EDIT_FORM_LABEL": {"en": "Level"}, "LIST": [{"ID": "4", "VALUE": "High"}]},
        {"FIELD_NAME": "UF_MARKS", "USER_TYPE_ID": "double", "MULTIPLE": "Y", "EDIT_FORM_LABEL": "Marks"},
    ]
    fields = make(titles, custom, entity="user")
    level = fields["UF_LEVEL"]
    assert (level.title, level.items, level.is_required) == ("Level", {4: "High"}, True)
    assert (fields["UF_MARKS"].title, fields["LAST_ACTIVITY_DATE"].title) == ("Marks", "LAST_ACTIVITY_DATE")
    row = {"ID": "1", "ACTIVE": True, "NAME": "Emma", "UF_DEPARTMENT": [3, "6"], "IS_ONLINE": "N", "UF_LEVEL": "4"}
    row |= {"PERSONAL_BIRTHDAY": "1980-05-01T03:00:00+03:00", "LAST_LOGIN": "2026-03-01T10:00:00+02:00"}
    row |= {"LAST_ACTIVITY_DATE": "2026-03-01 10:00:00", "PERSONAL_PHOTO": "https://x/1.png", "UF_MARKS": ["1.5"]}
    assert fields.read(row) == {
        **row,
        "ID": 1,
        "UF_DEPARTMENT": [3, 6],
        "IS_ONLINE": False,
        "UF_LEVEL": 4,
        "PERSONAL_BIRTHDAY": date(1980, 5, 1),
        "LAST_LOGIN": datetime(2026, 3, 1, 10, tzinfo=ZONE),
        "UF_MARKS": [Decimal("1.5")],
    }
    assert fields.write({"ACTIVE": False, "UF_DEPARTMENT": [3]}) == {"ACTIVE": "N", "UF_DEPARTMENT": [3]}
    with pytest.raises(ValueError, match='"LAST_LOGIN"'):
        fields.write({"LAST_LOGIN": None})


# Values

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
def test_a_value_there_and_back(one: Callable[..., Fields], type_: str, given: Any, value: Any, written: Any) -> None:
    fields = one(type_)
    read = fields.read({"F": given})["F"]
    assert (read, type(read), str(read)) == (value, type(value), str(value))
    assert fields.write({"F": read}) == {"F": written}
    assert fields.read(fields.write({"F": read})) == {"F": value}
    many = one(type_, isMultiple=True)
    expected = {"F": [value, value]}
    assert many.read({"F": [given, given]}) == many.read({"F": {"0": given, "2": given}}) == expected
    assert many.write(expected) == {"F": [written, written]} == many.write({"F": tuple(expected["F"])})


TYPES = sorted({type_ for type_, *_ in VALUES} - {"file", "crm"})


@pytest.mark.parametrize("type_", TYPES)
def test_empty_values(one: Callable[..., Fields], type_: str) -> None:
    fields, many = one(type_), one(type_, isMultiple=True)
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
def test_what_does_not_fit_stays_as_it_is_and_raises_nothing(one: Callable[..., Fields], type_: str) -> None:
    kinds = one(type_), one(type_, isMultiple=True)
    for odd in ODD:
        if any((type(odd), odd) == (type(fit), fit) for fit in FITS.get(type_, ())):
            continue
        for fields in kinds:
            read = fields.read({"F": odd})["F"]
            if type(odd) is list or fields is kinds[0]:
                assert (read, type(read)) == (odd, type(odd))
            assert fields.read({"F": [odd]}) == {"F": [odd]}


def test_a_row_is_left_alone_and_what_is_no_field_stays(make: Make) -> None:
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
    (TypeError, "its currency must be str, not int", "money", (Decimal(1), 5)),
    (TypeError, "must be Decimal", "money", ("1", "USD")),
    (TypeError, "must be bool, not str", "char", "Y"),
    (TypeError, "must be bool, not int", "boolean", 1),
    (TypeError, "must be datetime.date, not str", "date", "2026-03-01"),
    (TypeError, "must be datetime.date, not datetime", "date", datetime(2026, 3, 1, tzinfo=UTC)),
    (TypeError, "must be datetime.datetime, not date", "datetime", date(2026, 3, 1)),
    (ValueError, "must have a time zone", "datetime", datetime(2026, 3, 1)),
]


@pytest.mark.parametrize(("error", "message", "type_", "value"), REFUSED)
def test_a_wrong_value_is_refused_by_name(
    one: Callable[..., Fields], error: type[Exception], message: str, type_: str, value: Any
) -> None:
    with pytest.raises(error, match=rf'^values\["F"\]: {message}'):
        one(type_).write({"F": value})
    with pytest.raises(error, match=rf'^values\["F"\]: {message}'):
        one(type_, isMultiple=True).write({"F": [value]})


def test_fields_that_cannot_be_written_are_refused(make: Make) -> None:
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


def test_what_is_good_for_a_type_besides(one: Callable[..., Fields], client: BX24, page: FakeBridge) -> None:
    assert one("double").write({"F": 1e21}) == {"F": "1000000000000000000000"}
    assert one("double").write({"F": 0.1}) == {"F": "0.1"}
    assert one("money").write({"F": (5, "USD")}) == {"F": "5|USD"}
    assert one("enumeration").write({"F": Size.SMALL}) == {"F": 7}
    user = client.batch().call("user.current")
    assert one("user").write({"F": user["ID"]})["F"].belongs_to(user["ID"]._scope)
    assert page.sent[-1].method == "batch"


# The local portal


def from_portal(make: Make, call: Caller, entity: str, type_id: int | None = None) -> Fields:
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
def test_a_row_of_the_local_portal_comes_back_as_it_was(make: Make, entity: str, type_id: int | None) -> None:
    call = Caller()
    fields = from_portal(make, call, entity, type_id)
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


def test_every_value_of_the_local_portal_has_the_class_of_its_type(make: Make) -> None:
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
        fields = from_portal(make, call, entity)
        for row in rows:
            for name, value in fields.read(row).items():
                one = fields[name]
                if value is None or one.is_multiple or one.type not in classes or name == "LAST_ACTIVITY_DATE":
                    continue
                seen.add(one.type)
                assert type(value) is classes[one.type], (entity, name, value)
    assert seen == classes.keys()
    stages = from_portal(make, call, "crm.item", 1030)["stageId"].items
    assert stages["DT1030_1:NEW"] == "Start"


def test_custom_fields_of_users_are_for_administrators() -> None:
    call = Caller()
    assert call("user.userfield.list").status == 200
    call.state.admin = False
    assert call("user.userfield.list").error == (403, "ACCESS_DENIED")
