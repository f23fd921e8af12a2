"""Fields that only some rows have: the photo of a user, the head of a department (documentation, user-scope)."""

from __future__ import annotations

import pytest

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
