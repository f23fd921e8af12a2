"""Fields that only some rows have, and fields of a type with rules of its own: flags, the value of a user field."""

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
