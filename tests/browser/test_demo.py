"""The department-message demo, as a person sees it in the portal."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from bx24py.dev.portal.portal import Portal
from bx24py.dev.pytest_plugin import OpenApplication

pytestmark = pytest.mark.bx24_app("demo/department_message")


@pytest.fixture
def message(bx24_app: OpenApplication) -> Locator:
    """The element in which the demo says its sentence."""
    return bx24_app.frame.get_by_role("status")


def test_the_sentence_comes_from_one_batch(bx24_portal: Portal, message: Locator) -> None:
    expect(message).to_have_text(
        "The current user Emma Lindqvist is assigned to the departments Customer Success, Key Accounts"
    )
    expect(message).to_have_id("message")
    assert [call.method for call in bx24_portal.rest.calls] == ["user.current", "department.get", "batch"]
    assert bx24_portal.rest.calls[-1].params["halt"] == "1"


USER: dict[str, Any] = {"ID": "1", "NAME": "Анна", "LAST_NAME": "<b>Ли</b>", "UF_DEPARTMENT": [1]}


class TestScripted:
    """What the portal answers is scripted before the page opens."""

    @pytest.fixture(params=["one", "none", "failed", "refused", "unauthorised"])
    def case(self, request: pytest.FixtureRequest, bx24_portal: Portal) -> str:
        route = bx24_portal.rest.route
        case: str = request.param
        if case == "failed":
            route("department.get").fail("ERROR_CORE", "<i>Отдел</i> сломался")
        elif case == "refused":
            route("batch").fail("insufficient_scope", "The request requires higher privileges")
        elif case == "unauthorised":
            route("batch").fail("NO_AUTH_FOUND", "Wrong authorization data")
        else:
            route("user.current").respond({**USER, "UF_DEPARTMENT": [1] if case == "one" else []})
            route("department.get").respond([{"ID": "1", "NAME": "R&D <script>"}])
        return case

    def test_each_case_is_a_sentence(self, case: str, message: Locator) -> None:
        failed = "Your departments could not be read."
        sentences = {
            "one": "The current user Анна <b>Ли</b> is assigned to the department R&D <script>",
            "none": "The current user Анна <b>Ли</b> is not assigned to any department",
            "failed": f"{failed} department.get: ERROR_CORE: <i>Отдел</i> сломался",
            "refused": f"{failed} batch: insufficient_scope: The request requires",
            "unauthorised": f"{failed} batch: NO_AUTH_FOUND: Wrong authorization data",
        }
        expect(message).to_contain_text(sentences[case])
        expect(message.locator("*")).to_have_count(0)
