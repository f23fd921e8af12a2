"""The handbook demo in odd companies, and where something fails."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.methods.user import METHODS
from bx24py.dev.portal.portal import Portal

from .handbook import Handbook, Open
from .handbook import open_handbook as open_handbook


def hostile(portal: Portal) -> None:
    """Make a company of all that is unusual."""
    users, departments = portal.company.users, portal.company.departments
    users.update(1, {"NAME": "<img src=x onerror=alert(1)>", "LAST_NAME": "<b>Ли</b>", "WORK_POSITION": "<script>"})
    users.update(2, {"ACTIVE": "N"})  # heads department 2
    users.update(3, {"NAME": "", "LAST_NAME": "", "EMAIL": "no-name@northwind.example", "UF_DEPARTMENT": []})
    users.update(4, {"NAME": "Pneumono" + "ultramicroscopic" * 8, "WORK_PHONE": "", "PERSONAL_MOBILE": ""})
    users.update(5, {"USER_TYPE": "extranet", "UF_DEPARTMENT": [], "EMAIL": "", "UF_PHONE_INNER": ""})
    users.update(5, {"WORK_PHONE": "", "PERSONAL_MOBILE": "", "WORK_POSITION": ""})
    users.update(6, {"PERSONAL_PHOTO": "https://photos.example/6.png"})
    users.update(7, {"PERSONAL_PHOTO": "https://photos.example/broken.png"})
    users.update(8, {"PERSONAL_PHOTO": "javascript:alert(1)", "UF_DEPARTMENT": [6]})
    departments.update(5, {"UF_HEAD": None})
    departments.update(8, {"UF_HEAD": None, "NAME": "<i>Отдел</i>"})
    departments.update(16, {"NAME": "Law" + "yers" * 40, "UF_HEAD": None})
    departments.update(11, {"PARENT": 12})  # 11 and 12 are each below the other
    departments.update(12, {"PARENT": 11})
    for number in range(17, 121):
        users.update(number, {"UF_DEPARTMENT": [16], "ACTIVE": "Y"})


PIXEL = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x2f\xc6\xf6\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)


def test_all_that_is_unusual(open_handbook: Open) -> None:
    portal = Portal(deals=0)
    hostile(portal)

    def photos(page: Page) -> None:
        page.route(
            "https://photos.example/**",
            lambda route: (
                route.fulfill(body=PIXEL, content_type="image/gif") if "6" in route.request.url else route.abort()
            ),
        )

    handbook = open_handbook(portal, width=400, before=photos).opened()
    # Two departments, each said to be below the other, are there once.
    expect(handbook["#structure > ul > .department > .row .name"]).to_have_count(3)
    expect(handbook.department(1)).to_contain_text("<img src=x onerror=alert(1)> <b>Ли</b>")
    expect(handbook.department(2)).to_contain_text("Jonas Hartmann (dismissed)")
    expect(handbook.department(5)).to_contain_text("No head")
    handbook.department(2).click()
    handbook.department(8).click()
    expect(handbook["#inside-2"]).not_to_contain_text("Jonas Hartmann")
    expect(handbook["#inside-8"]).to_have_text("Nobody works here yet.")
    expect(handbook.department(8).locator("i")).to_have_count(0)

    handbook.department(0).click()
    expect(handbook.department(0)).to_contain_text("Without a department")
    assert set(handbook.names(0)) == {"no-name@northwind.example", "Michael O'Connor"}
    handbook.people(0).filter(has_text="Michael").locator(".row").click()
    expect(handbook.people(0).filter(has_text="Michael")).to_contain_text("Extranet")
    expect(handbook["#card dd"]).to_have_text(["No department", "No phone or e-mail that you may see"])
    handbook.department(4).click()
    handbook.people(4).first.locator(".row").click()
    expect(handbook["#card"]).to_be_visible()
    assert handbook.overflow() == 0

    handbook.department(5).click()
    handbook.department(16).click()
    expect(handbook.people(16)).to_have_count(50)
    handbook["#inside-16 .more"].click()
    expect(handbook.people(16)).to_have_count(100)
    expect(handbook.people(16).nth(50).locator(".row")).to_be_focused()
    assert handbook.overflow() == 0

    handbook["#search"].fill("user6@")
    expect(handbook["#results img"]).to_have_js_property("naturalWidth", 1)
    handbook["#search"].fill("user7@")
    expect(handbook["#results img"]).to_have_js_property("naturalWidth", 0)
    expect(handbook["#results .avatar"]).not_to_be_empty()
    handbook["#search"].fill("user8@")
    expect(handbook["#results .person"]).to_have_count(1)
    expect(handbook["#results img"]).to_have_count(0)
    assert handbook.complaints == []


def test_an_empty_company(open_handbook: Open) -> None:
    portal = Portal(deals=0)
    for method in ("user.get", "department.get"):
        portal.rest.route(method).respond([], total=0)
    handbook = open_handbook(portal)
    expect(handbook["#structure"]).to_contain_text("There is nobody here yet.")
    expect(handbook["#tools"]).to_be_hidden()
    assert handbook.batches() == 1


class TestTrouble:
    """What does not work is said in words, with a way to try again."""

    def again(self, handbook: Handbook) -> None:
        handbook.portal.reset()
        handbook.frame.get_by_role("button", name="Try again").first.click()

    def test_departments_that_may_not_be_read(self, open_handbook: Open) -> None:
        portal = Portal(deals=0)
        portal.rest.route("department.get").fail("insufficient_scope", "<b>higher</b> privileges")
        handbook = open_handbook(portal).opened()
        problem = handbook["#problems"].get_by_role("alert")
        expect(problem).to_contain_text("The departments could not be read.")
        expect(problem).to_contain_text("the permission “department”")
        expect(problem.locator("b")).to_have_count(0)
        expect(handbook["#summary"]).to_have_text("117 people")
        expect(handbook.department(0)).to_contain_text("Everybody")
        expect(handbook.people(0)).to_have_count(50)
        problem.get_by_text("Details").click()
        expect(problem).to_contain_text("department.get: insufficient_scope: <b>higher</b> privileges")
        self.again(handbook)
        expect(handbook["#summary"]).to_have_text("117 people in 16 departments")
        expect(handbook.department(1)).to_have_attribute("aria-expanded", "true")
        expect(problem).to_have_count(0)
        expect(handbook["#search"]).to_be_focused()

    def test_people_who_may_not_be_read(self, open_handbook: Open) -> None:
        portal = Portal(deals=0)
        portal.state.scope = {"department"}
        handbook = open_handbook(portal).opened()
        expect(handbook["#problems"]).to_contain_text("The people could not be read.")
        expect(handbook["#problems"]).to_contain_text("the permission “user”")
        expect(handbook["#summary"]).to_have_text("16 departments")
        expect(handbook.department(1)).to_contain_text("No head")

    def test_a_later_page_that_fails(self, open_handbook: Open) -> None:
        portal = Portal(deals=0)

        def second_fails(params: dict[str, Any], call: Any) -> Any:
            if params["start"] == "50":
                raise RestFault("OPERATION_TIME_LIMIT")
            return METHODS["user.get"].function(params, call)

        portal.rest.route("user.get").side_effect(second_fails)
        handbook = open_handbook(portal).opened()
        expect(handbook["#problems"]).to_contain_text(
            "Not all people could be read. The portal has had too many requests."
        )
        expect(handbook["#summary"]).to_contain_text("in 16 departments")
        assert portal.rest.route("user.get").call_count == 3
        self.again(handbook)
        expect(handbook["#summary"]).to_have_text("117 people in 16 departments")
        expect(handbook["#problems"]).to_be_empty()

    def test_the_second_batch_fails(self, open_handbook: Open) -> None:
        portal = Portal(deals=0)
        answered = []

        def later(params: dict[str, Any], call: Any) -> Any:
            answered.append(1)
            if len(answered) == 1:
                portal.rest.route("batch").fail("ACCESS_DENIED")
            return METHODS["user.get"].function(params, call)

        portal.rest.route("user.get").side_effect(later)
        handbook = open_handbook(portal).opened()
        expect(handbook["#problems"]).to_contain_text("Not all people could be read.")
        expect(handbook["#summary"]).to_contain_text("in 16 departments")

    @pytest.mark.parametrize(
        ("code", "words"),
        [
            ("NO_AUTH_FOUND", "Your session has ended. Reload the page"),
            ("ACCESS_DENIED", "You do not have the rights for it. Ask the person responsible or an administrator."),
            ("OPERATION_TIME_LIMIT", "The portal has had too many requests."),
            ("ERROR_CORE", "The portal says: “Internal error”."),
        ],
    )
    def test_the_batch_is_refused(self, open_handbook: Open, code: str, words: str) -> None:
        portal = Portal(deals=0)
        portal.rest.route("batch").fail(code)
        handbook = open_handbook(portal)
        problem = handbook["#problems"].get_by_role("alert")
        expect(problem).to_contain_text("The company could not be read.")
        expect(problem).to_contain_text(words)
        expect(handbook["#progress"]).to_be_hidden()
        expect(handbook["#tools"]).to_be_hidden()
        assert handbook.overflow() == 0

    def test_rate_limits_the_network_and_silence(self, open_handbook: Open) -> None:
        portal = Portal(deals=0)
        portal.rest.route("batch").fail("QUERY_LIMIT_EXCEEDED").times(2)
        handbook = open_handbook(portal).opened()
        expect(handbook["#problems"]).to_be_empty()  # waited for, without a word
        assert portal.rest.route("batch").call_count == 4

        handbook = open_handbook(self.failing(Portal(deals=0), "OVERLOAD_LIMIT"), width=400)
        problem = handbook["#problems"].get_by_role("alert")
        expect(problem).to_contain_text("The portal has had too many requests.")
        handbook.python("import reading; reading.TIMEOUT = 1.0")
        handbook.portal.reset()
        handbook.portal.rest.route("batch").drop()
        handbook.frame.get_by_role("button", name="Try again").click()
        expect(problem).to_have_count(0)
        expect(problem).to_contain_text("The connection failed.")
        expect(handbook.frame.get_by_role("button", name="Try again")).to_be_focused()
        handbook.portal.reset()
        handbook.portal.rest.route("batch").never()
        handbook.frame.get_by_role("button", name="Try again").click()
        expect(problem).to_have_count(0)
        expect(problem).to_contain_text("The portal did not answer in time.")
        assert handbook.overflow() == 0
        handbook.portal.reset()
        handbook.portal.rest.route("batch").body("<h1>Bad Gateway</h1>", status=502)
        handbook.frame.get_by_role("button", name="Try again").click()
        expect(problem).to_have_count(0)
        expect(problem).to_contain_text("The portal has a problem.")
        self.again(handbook)
        expect(handbook["#summary"]).to_have_text("117 people in 16 departments")

    def failing(self, portal: Portal, code: str) -> Portal:
        portal.rest.route("batch").fail(code)
        return portal

    def test_progress_while_the_pages_come(self, open_handbook: Open) -> None:
        portal = Portal(deals=0)
        gate = portal.rest.route("user.get")
        released = {"0": threading.Event(), "50": threading.Event(), "100": threading.Event()}
        released["100"].set()

        async def held(params: dict[str, Any], call: Any) -> Any:
            while not released[params["start"]].is_set():
                await asyncio.sleep(0.02)
            return METHODS["user.get"].function(params, call)

        gate.side_effect(held)
        handbook = open_handbook(portal)
        expect(handbook["#progress-text"]).to_have_text("Reading the company… The portal is taking longer than usual.")
        expect(handbook["#progress-bar"]).to_be_visible()
        assert handbook["#progress-bar"].get_attribute("value") is None
        released["0"].set()
        expect(handbook["#progress-text"]).to_have_text("Reading the company… 66 of 136")
        expect(handbook["#progress-bar"]).to_have_js_property("value", 66)
        expect(handbook["#progress-bar"]).to_have_js_property("max", 136)
        released["50"].set()
        expect(handbook["#progress"]).to_be_hidden()
        expect(handbook["#summary"]).to_have_text("117 people in 16 departments")
