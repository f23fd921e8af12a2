"""The methods that applications use besides lists of CRM items: written data is read back, errors as documented."""

from __future__ import annotations

from typing import Any

import pytest

from bx24py.dev.portal.methods import METHODS
from tests.unit.rest_client import Caller


@pytest.fixture
def call() -> Caller:
    caller = Caller()
    caller.state.scope = {scope for method in METHODS.values() for scope in method.scopes}
    return caller


@pytest.mark.parametrize(
    ("name", "fields", "change"),
    [
        (
            "activity",
            {"OWNER_ID": 5, "OWNER_TYPE_ID": 2, "TYPE_ID": 2, "SUBJECT": "Call", "RESPONSIBLE_ID": 3},
            {"COMPLETED": "Y"},
        ),
        ("product", {"NAME": "Bolt", "PRICE": "2.50", "CURRENCY_ID": "EUR"}, {"PRICE": "3.00"}),
        (
            "requisite",
            {"ENTITY_TYPE_ID": 4, "ENTITY_ID": 1, "PRESET_ID": 1, "NAME": "Main", "RQ_INN": "123"},
            {"RQ_INN": "456"},
        ),
        ("requisite.bankdetail", {"ENTITY_ID": 1, "NAME": "Bank", "RQ_IBAN": "DE1"}, {"RQ_IBAN": "DE2"}),
    ],
)
def test_records_of_the_crm(call: Caller, name: str, fields: dict[str, Any], change: dict[str, str]) -> None:
    number = call(f"crm.{name}.add", fields=fields).result
    row = call(f"crm.{name}.get", id=number).result
    assert {key: row[key] for key in fields} == {key: str(value) for key, value in fields.items()}
    assert call(f"crm.{name}.update", id=number, fields=change).result is True
    assert change.items() <= call(f"crm.{name}.get", id=number).result.items()
    found = call(f"crm.{name}.list", filter={">=ID": number}, order={"ID": "DESC"}, select=["ID"])
    assert (found.result, found.data["total"]) == ([{"ID": str(number)}], 1)
    assert call(f"crm.{name}.delete", id=number).result is True
    assert call(f"crm.{name}.get", id=number).error == (400, "")
    assert call(f"crm.{name}.delete").error == (400, "")
    assert call(f"crm.{name}.add", fields={"SORT": 1}).error == (400, "")
    described = call(f"crm.{name}.fields") if f"crm.{name}.fields" in METHODS else None
    assert described is None or "ID" in described.result


def test_templates_of_requisites(call: Caller) -> None:
    assert [row["NAME"] for row in call("crm.requisite.preset.list", select=["ID", "NAME"]).result][:1] == ["Company"]


def test_a_to_do(call: Caller) -> None:
    wanted = {"ownerTypeId": 2, "ownerId": 5, "deadline": "2026-05-01T10:00:00+02:00", "title": "Call back"}
    number = call("crm.activity.todo.add", wanted).result["id"]
    row = call("crm.activity.get", id=number).result
    assert (row["SUBJECT"], row["PROVIDER_ID"], row["DEADLINE"]) == ("Call back", "CRM_TODO", wanted["deadline"])
    assert call("crm.activity.todo.add", {**wanted, "ownerId": 99_999}).error == (400, "OWNER_NOT_FOUND")
    assert call("crm.activity.todo.add", {**wanted, "deadline": "soon"}).error == (400, "WRONG_DATETIME_FORMAT")
    assert call("crm.activity.todo.add", {"ownerId": 5}).error == (400, "100")


def test_comments_of_the_timeline(call: Caller) -> None:
    of = {"ENTITY_ID": 5, "ENTITY_TYPE": "deal"}
    number = call("crm.timeline.comment.add", fields={**of, "COMMENT": "Hi"}).result
    row = call("crm.timeline.comment.get", id=number).result
    assert (row["COMMENT"], row["ENTITY_ID"], row["AUTHOR_ID"]) == ("Hi", "5", "1")
    assert [one["ID"] for one in call("crm.timeline.comment.list", filter=of).result] == [str(number)]
    assert call("crm.timeline.comment.update", id=number, fields={"COMMENT": "Ho"}).result == number
    assert call("crm.timeline.comment.get", id=number).result["COMMENT"] == "Ho"
    assert call("crm.timeline.comment.delete", id=number).result is None
    assert call("crm.timeline.comment.get", id=number).error == (400, "")
    add = "crm.timeline.comment.add"
    assert call(add, fields={**of, "COMMENT": ""}).error == (400, "INVALID_ARG_VALUE")
    assert call(add, fields={**of, "ENTITY_ID": 99_999, "COMMENT": "x"}).error == (400, "OWNER_NOT_FOUND")
    assert call(add, fields={"COMMENT": "x"}).error == (400, "100")
    assert "COMMENT" in call("crm.timeline.comment.fields").result


def test_what_belongs_to_a_deal(call: Caller) -> None:
    rows = [{"PRODUCT_NAME": "Bolt", "PRICE": 2.5, "QUANTITY": 4}]
    assert call("crm.deal.productrows.set", id=5, rows=rows).result is True
    [row] = call("crm.deal.productrows.get", id=5).result
    assert (row["PRODUCT_NAME"], row["OWNER_ID"]) == ("Bolt", "5")
    items = [{"CONTACT_ID": 3}, {"CONTACT_ID": 2, "IS_PRIMARY": "Y"}]
    assert call("crm.deal.contact.items.set", id=5, items=items).result is True
    found = call("crm.deal.contact.items.get", id=5).result
    assert [(one["CONTACT_ID"], one["IS_PRIMARY"]) for one in found] == [(2, "Y"), (3, "N")]
    assert call("crm.deal.get", id=5).result["CONTACT_ID"] == "2"
    assert call("crm.deal.contact.items.get").error == (400, "")


def test_duplicates_and_directories(call: Caller) -> None:
    number = call("crm.contact.add", fields={"NAME": "A", "PHONE": [{"VALUE": "+49 30 555"}]}).result
    assert call("crm.duplicate.findbycomm", type="PHONE", values=["4930555"]).result == {"CONTACT": [number]}
    found = call("crm.duplicate.findbycomm", type="PHONE", values=["4930555"], entity_type="LEAD")
    assert found.result == []
    assert call("crm.duplicate.findbycomm", type="FAX").error == (400, "400")
    assert {"ID": 2, "NAME": "Deal", "SYMBOL_CODE": "DEAL", "SYMBOL_CODE_SHORT": "D"} in call(
        "crm.enum.ownertype"
    ).result
    stages = call("crm.status.entity.items", entityId="DEAL_STAGE").result
    assert stages[0]["STATUS_ID"] == "NEW"
    assert [one["SORT"] for one in stages] == sorted(one["SORT"] for one in stages)


def test_messages(call: Caller) -> None:
    chat = call(
        "im.chat.add", USERS=[2, 3], TITLE="Deal", MESSAGE="Hello", ENTITY_TYPE="CRM", ENTITY_ID="DEAL|5"
    ).result
    assert call("im.chat.user.list", CHAT_ID=chat).result == [1, 2, 3]
    assert call("im.chat.get", ENTITY_TYPE="CRM", ENTITY_ID="DEAL|5").result == {"ID": chat}
    assert call("im.dialog.get", DIALOG_ID=f"chat{chat}").result["name"] == "Deal"
    sent = call("im.message.add", DIALOG_ID=f"chat{chat}", MESSAGE="Again").result
    assert call("im.dialog.messages.get", DIALOG_ID=f"chat{chat}").result["messages"][0]["id"] == sent
    assert call("im.message.add", DIALOG_ID="2", MESSAGE="You").result == sent + 1
    assert call("im.message.add", DIALOG_ID="2").error == (400, "MESSAGE_EMPTY")
    assert call("im.message.add", DIALOG_ID="9999", MESSAGE="x").error == (400, "USER_NOT_FOUND")
    assert call("im.message.add", DIALOG_ID="chat9999", MESSAGE="x").error == (403, "ACCESS_ERROR")
    for kind in ("personal", "system"):
        assert call(f"im.notify.{kind}.add", USER_ID=2, MESSAGE="Look").status == 200
        assert call(f"im.notify.{kind}.add", MESSAGE="Look").error == (400, "USER_ID_EMPTY")
    assert call("im.user.get", ID=2).result["id"] == 2
    assert call("im.user.get", ID=9999).error == (400, "USER_NOT_EXISTS")
    assert call("im.counters.get").result["TYPE"]["ALL"] == 0


def test_what_is_done_with_tasks(call: Caller) -> None:
    number = call("tasks.task.add", fields={"TITLE": "T", "RESPONSIBLE_ID": 1}).result["task"]["id"]
    for verb, status in (("start", "3"), ("pause", "2"), ("defer", "6"), ("renew", "2"), ("complete", "5")):
        assert call(f"tasks.task.{verb}", taskId=number).result["task"]["status"] == status
    assert isinstance(call("task.commentitem.add", {"0": number, "1": {"POST_MESSAGE": "Hi"}}).result, int)
    [comment] = call("task.commentitem.getlist", TASKID=number).result
    assert (comment["POST_MESSAGE"], comment["AUTHOR_NAME"] != "") == ("Hi", True)
    call("task.checklistitem.add", TASKID=number, FIELDS={"TITLE": "Look", "IS_COMPLETE": "Y"})
    assert [(one["TITLE"], one["IS_COMPLETE"]) for one in call("task.checklistitem.getlist", TASKID=number).result] == [
        ("Look", "Y")
    ]
    assert isinstance(call("task.elapseditem.add", TASKID=number, ARFIELDS={"SECONDS": 60}).result, int)
    assert call("tasks.task.delete", taskId=number).result == {"task": True}
    assert call("tasks.task.start", taskId=number).error == (400, "0")
    assert call("task.commentitem.add", TASKID=number, FIELDS={}).error == (400, "ERROR_CORE")


def test_events_of_the_calendar(call: Caller) -> None:
    of = {"type": "user", "ownerId": 1}
    number = call(
        "calendar.event.add",
        {**of, "name": "Fair", "from": "2026-03-01T10:00:00+02:00", "to": "2026-03-01T12:00:00+02:00"},
    ).result
    [event] = call("calendar.event.get", {**of, "from": "2026-03-01", "to": "2026-03-01"}).result
    assert (event["ID"], event["DATE_FROM"]) == (str(number), "03/01/2026 10:00:00 am")
    assert call("calendar.event.update", {**of, "id": number, "name": "Big fair"}).result == number
    assert call("calendar.event.getbyid", id=number).result["NAME"] == "Big fair"
    assert call("calendar.event.delete", id=number).result is True
    assert call("calendar.event.getbyid", id=number).result is None
    assert call("calendar.event.add", of).error == (400, "")
    assert call("calendar.section.get", of).result[0]["OWNER_ID"] == "1"


def test_elements_of_lists_and_workflows(call: Caller) -> None:
    block = {"IBLOCK_TYPE_ID": "lists", "IBLOCK_ID": 33}
    number = call(
        "lists.element.add", {**block, "ELEMENT_CODE": "x", "FIELDS": {"NAME": "One", "PROPERTY_97": "7"}}
    ).result
    of = {**block, "ELEMENT_ID": number}
    assert call("lists.element.update", {**of, "FIELDS": {"NAME": "Two"}}).result is True
    [row] = call("lists.element.get", {**block, "FILTER": {"=ID": number}}).result
    assert (row["NAME"], row["PROPERTY_97"]) == ("Two", "7")
    assert call("lists.element.delete", of).result is True
    assert call("lists.element.delete", of).error == (400, "ERROR_ELEMENT_NOT_FOUND")
    assert call("lists.element.add", IBLOCK_ID=33).error == (400, "ERROR_REQUIRED_PARAMETERS_MISSING")
    assert "PROPERTY_97" in call("lists.field.get", block).result
    start = "bizproc.workflow.start"
    name = call(start, TEMPLATE_ID=1, DOCUMENT_ID=["crm", "CCrmDocumentDeal", "DEAL_5"]).result
    running = call("bizproc.workflow.instances", FILTER={"ID": name}).result
    assert [row["ID"] for row in running] == [name]
    assert call("bizproc.workflow.terminate", ID=name).result is True
    assert call("bizproc.workflow.instances", FILTER={"ID": name}).result == []
    assert call(start, TEMPLATE_ID=999, DOCUMENT_ID=[]).error == (400, "ERROR_WRONG_WORKFLOW_ID")
    assert call(start, TEMPLATE_ID=1, DOCUMENT_ID="DEAL_5").error == (400, "ERROR_WRONG_DOCUMENT_ID")
    assert call("bizproc.task.list").result == []
