"""Descriptions of fields: asked for once, and what they say of tasks, users and the CRM."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from bx24py import BX24, AccessError, BadResponseError, NetworkError, NotInBrowserError, OperationTimeLimitError

from .conftest import FakeBridge, run
from .described import make, told

STATUSES = [
    {"ENTITY_ID": "DEAL_STAGE", "STATUS_ID": "NEW", "NAME": "New"},
    {"ENTITY_ID": "DEAL_STAGE_2", "STATUS_ID": "C2:NEW", "NAME": "New, too"},
    {"ENTITY_ID": "DEAL_STAGES", "STATUS_ID": "X", "NAME": "Other"},
    {"ENTITY_ID": "SOURCE", "STATUS_ID": "CALL", "NAME": "Call"},
]
ZONE = timezone(timedelta(hours=2))


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
        await asyncio.sleep(0)
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


def test_words_that_may_not_be_read_are_left_out() -> None:
    refusal = {"words": {"error": "ERROR_CORE", "error_description": "Access denied."}}
    fields = make({"ID": "ID", "NAME": "First name"}, entity="user", errors=refusal)
    assert [one.title for one in fields.values()] == ["ID", "First name"]
    busy = {"words": {"error": "OPERATION_TIME_LIMIT", "error_description": ""}}
    with pytest.raises(OperationTimeLimitError):  # they would be missing for as long as the page lives
        make({}, errors=busy)


@pytest.mark.parametrize("answer", [[], None, "x", True])
def test_an_answer_without_descriptions_is_an_error(answer: Any) -> None:
    with pytest.raises(BadResponseError, match=r"crm\.deal\.fields: the answer has no descriptions"):
        make(answer)
    with pytest.raises(BadResponseError, match=r"tasks\.task\.getFields"):
        make({"fields": answer}, entity="tasks")


WRONG: list[tuple[type[Exception], str, tuple[Any, ...]]] = [
    (TypeError, "entity: must be a str, not int", (5,)),
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


def test_a_description_of_the_crm() -> None:
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


def test_an_unknown_name_says_what_is_like_it() -> None:
    fields = make({"STAGE_ID": told("crm_status"), "TITLE": told("string")})
    with pytest.raises(KeyError, match=r"crm\.deal has no field 'STAGEID'; did you mean 'STAGE_ID'\?"):
        fields["STAGEID"]
    with pytest.raises(KeyError, match="has no field 5"):
        fields[5]  # type: ignore[index]
    assert ["STAGE_ID" in fields, "STAGEID" in fields, fields.get("X")] == [True, False, None]


def test_items_know_their_fields_by_either_name() -> None:
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


def test_tasks() -> None:
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
        "checklist": {"1": {"id": "1"}},
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


def test_users() -> None:
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
