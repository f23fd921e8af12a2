"""Fields: their descriptions, those that only some rows have, and types with rules of their own."""

from __future__ import annotations

from typing import Any

import pytest

from bx24py.dev.portal.messages import NOTHING
from bx24py.dev.portal.places import standard_placements
from tests.unit.rest_client import Caller

PHOTO = "https://acme.example/upload/main/1/photo.png"


@pytest.mark.parametrize("scope", ["user", "user_basic", "user_brief"])
def test_a_photo_is_an_address_and_without_one_there_is_no_field(scope: str) -> None:
    call = Caller()
    call.rest.company.users.update(1, {"PERSONAL_PHOTO": PHOTO})
    call.state.scope = {scope}
    with_photo, without = call("user.get", {"ID": [1, 2]}, select=["NAME", "PERSONAL_PHOTO"]).result
    assert with_photo == {"ID": "1", "NAME": "Emma", "PERSONAL_PHOTO": PHOTO}
    assert without == {"ID": "2", "NAME": "Jonas"}
    assert call("user.current").result["PERSONAL_PHOTO"] == PHOTO


def test_a_department_without_a_head_has_no_such_field() -> None:
    call = Caller()
    call.rest.company.departments.update(2, {"UF_HEAD": None})
    call.rest.company.departments.update(3, {"UF_HEAD": 999})
    without, unknown = call("department.get", ID=[2, 3]).result
    assert without == {"ID": "2", "NAME": "Sales Department", "SORT": 500, "PARENT": "1"}
    assert "UF_HEAD" not in unknown


FLAGS = [("lead", "OPENED"), ("deal", "OPENED"), ("deal", "IS_RECURRING"), ("contact", "EXPORT"), ("company", "OPENED")]


@pytest.mark.parametrize(("entity", "flag"), FLAGS)
@pytest.mark.parametrize("value", [1, "1", True, "true", "y", "YES", "", 0, False, "N", None, ["Y"], {"a": "Y"}])
def test_a_flag_of_the_classic_crm_is_yes_for_y_alone(entity: str, flag: str, value: Any) -> None:
    call = Caller()
    number = call(f"crm.{entity}.add", fields={flag: value}).result
    assert call(f"crm.{entity}.get", id=number).result[flag] == "N"
    assert call(f"crm.{entity}.update", id=number, fields={flag: "Y"}).result is True
    assert call(f"crm.{entity}.get", id=number).result[flag] == "Y"
    call(f"crm.{entity}.update", id=number, fields={flag: value})
    assert call(f"crm.{entity}.get", id=number).result[flag] == "N"


@pytest.mark.parametrize("value", [1, "1", True, "true"])
def test_a_filter_by_a_flag_of_the_classic_crm_takes_y_and_n(value: Any) -> None:
    call = Caller()
    for entity in ("lead", "deal", "contact", "company"):
        assert call(f"crm.{entity}.list", filter={"OPENED": value}).data["total"] == 0
        assert call(f"crm.{entity}.list", filter={"OPENED": "Y"}).data["total"] > 0
        assert call(f"crm.{entity}.list", filter={"!OPENED": "Y"}).data["total"] == 0


@pytest.mark.parametrize(("value", "kept"), [(1, "Y"), ("1", "Y"), (True, "Y"), ("Y", "Y"), (0, "N"), (False, "N")])
def test_flags_of_items_are_booleans(value: Any, kept: str) -> None:
    call = Caller()
    item = call("crm.item.update", entityTypeId=2, id=1, fields={"opened": value}).result["item"]
    assert item["opened"] == kept
    found = call("crm.item.list", entityTypeId=2, filter={"opened": value, "id": 1}).result["items"]
    assert [one["id"] for one in found] == [1]


def test_flags_of_tasks_are_y_for_yes_alone() -> None:
    call = Caller()
    for value, kept in (("Y", "Y"), (1, "N"), ("true", "N")):
        task = call("tasks.task.update", taskId=1, fields={"TASK_CONTROL": value}).result["task"]
        assert task["taskControl"] == kept


@pytest.mark.parametrize(
    ("value", "kept"),
    [("a", "a"), (True, "true"), (5, "5"), (1.5, "1.5"), (None, ""), ([1, None, "b"], "1,,b"), ({}, "[object Object]")],
)
def test_the_value_of_a_user_field_is_text(value: Any, kept: str) -> None:
    commands = standard_placements()["USERFIELD_TYPE"].commands
    assert commands["setValue"](value) is NOTHING
    assert commands["getValue"]({}) == kept


# Descriptions

CUSTOM = {
    "UF_CRM_1719400001": "string",
    "UF_CRM_1719400002": "enumeration",
    "UF_CRM_1719400003": "enumeration",
    "UF_CRM_1719400004": "boolean",
    "UF_CRM_1719400005": "double",
    "UF_CRM_1719400006": "date",
    "UF_CRM_1719400007": "datetime",
    "UF_CRM_1719400008": "money",
    "UF_CRM_1719400009": "employee",
    "UF_CRM_1719400010": "integer",
    "UF_CRM_1719400011": "url",
    "UF_CRM_1719400012": "crm",
}
PRIORITIES = [{"ID": "101", "VALUE": "Low"}, {"ID": "102", "VALUE": "Normal"}, {"ID": "103", "VALUE": "High"}]


@pytest.mark.parametrize("entity", ["deal", "lead", "contact", "company", "quote"])
def test_custom_fields_of_the_crm(entity: str) -> None:
    call = Caller()
    fields = call(f"crm.{entity}.fields").result
    assert {name: field["type"] for name, field in fields.items() if field["isDynamic"]} == CUSTOM
    priority = fields["UF_CRM_1719400002"]
    assert (priority["title"], priority["formLabel"]) == ("UF_CRM_1719400002", "Priority")
    assert priority["items"] == PRIORITIES
    assert [name for name in CUSTOM if fields[name]["isMultiple"]] == ["UF_CRM_1719400003", "UF_CRM_1719400010"]
    described = {row["FIELD_NAME"]: row for row in call(f"crm.{entity}.userfield.list").result}
    assert {name: row["USER_TYPE_ID"] for name, row in described.items()} == CUSTOM
    assert [item["VALUE"] for item in described["UF_CRM_1719400002"]["LIST"]] == ["Low", "Normal", "High"]


def test_custom_values_in_the_classic_crm() -> None:
    call = Caller()
    row = call("crm.deal.get", id=5).result
    assert row["UF_CRM_1719400002"] in {"101", "102", "103", None}
    assert set(row["UF_CRM_1719400003"]) <= {"201", "202", "203", "204"}
    assert row["UF_CRM_1719400004"] in {"0", "1"}
    assert row["UF_CRM_1719400006"].endswith("T00:00:00+02:00")
    assert row["UF_CRM_1719400008"].endswith("|EUR")
    new = {"UF_CRM_1719400002": 103, "UF_CRM_1719400003": [204, "201"], "UF_CRM_1719400004": "1"}
    call("crm.deal.update", id=5, fields={**new, "UF_CRM_1719400006": "2030-02-01", "UF_CRM_1719400005": ""})
    row = call("crm.deal.get", id=5).result
    assert [row[name] for name in new] == ["103", ["204", "201"], "1"]
    assert (row["UF_CRM_1719400006"], row["UF_CRM_1719400005"]) == ("2030-02-01T00:00:00+02:00", None)
    found = call("crm.deal.list", filter={"UF_CRM_1719400003": 204, "UF_CRM_1719400002": 103, "ID": [5, 500]}).result
    assert [one["ID"] for one in found] == ["5"]


@pytest.mark.parametrize("type_id", [1, 2, 3, 4, 7, 31, 1030])
def test_fields_of_items(type_id: int) -> None:
    call = Caller()
    upper, lower = ("UF_CRM_2_", "ufCrm2_") if type_id == 1030 else ("UF_CRM_", "ufCrm_")
    fields = call("crm.item.fields", entityTypeId=type_id).result["fields"]
    custom = {key: field for key, field in fields.items() if field["isDynamic"]}
    assert [field["type"] for field in custom.values()] == list(CUSTOM.values())
    priority = custom[f"{lower}1719400002"]
    assert (priority["upperName"], priority["items"]) == (f"{upper}1719400002", PRIORITIES)
    assert (fields["opened"]["type"], fields["id"]["type"]) == ("boolean", "integer")
    listed = call("crm.item.list", entityTypeId=type_id, filter={"<=id": 3}).data
    assert set(listed["result"]["items"][0]) - {"fm", "observers", "entityTypeId"} <= set(fields)
    assert (len(listed["result"]["items"]), listed["total"]) == (3, 3)


def test_a_smart_process_can_be_written() -> None:
    call = Caller()
    item = call("crm.item.add", entityTypeId=1030, fields={"title": "Lathe", "ufCrm2_1719400002": 101}).result["item"]
    assert (item["id"], item["title"], item["ufCrm2_1719400002"], item["entityTypeId"]) == (121, "Lathe", 101, 1030)
    changed = call("crm.item.update", entityTypeId=1030, id=121, fields={"opportunity": 12.5}).result["item"]
    assert changed["opportunity"] == 12.5
    assert call("crm.item.get", entityTypeId=1032, id=1).error == (400, "NOT_FOUND")


def test_fields_of_tasks_users_products_and_invoices() -> None:
    call = Caller()
    tasks = call("tasks.task.getFields").result["fields"]
    assert {name: tasks[name]["type"] for name in ("ID", "TITLE", "DEADLINE", "STATUS", "MULTITASK", "AUDITORS")} == {
        "ID": "integer",
        "TITLE": "string",
        "DEADLINE": "datetime",
        "STATUS": "enum",
        "MULTITASK": "enum",
        "AUDITORS": "array",
    }
    assert (tasks["STATUS"]["values"]["5"], tasks["UF_CRM_TASK"]["type"]) == ("Completed", "crm")
    assert call("user.fields").result["NAME"] == "First Name"
    assert {row["FIELD_NAME"] for row in call("user.userfield.list").result} >= {"UF_DEPARTMENT", "UF_PHONE_INNER"}
    for name in ("product", "invoice"):
        fields = call(f"crm.{name}.fields").result
        assert set(call(f"crm.{name}.list").result[0]) <= set(fields)
        assert fields["PRICE"]["type"] == "double"


def test_configured_fields_come_in_pages() -> None:
    call = Caller()
    answer = call("userfieldconfig.list", moduleId="crm").data
    assert (len(answer["result"]["fields"]), answer["total"], answer["next"]) == (50, 60, 50)
    assert call("userfieldconfig.list", moduleId="crm", order={"ID": "ASC"}).status == 400
    assert call("userfieldconfig.list").status == 400
