"""The handbook demo, as a person uses it in the portal; and its company.py, which needs neither."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Frame, Locator, Page, expect
from starlette.responses import Response

from bx24py.dev.application import make_server
from bx24py.dev.browser import application_frame
from bx24py.dev.portal.apphost import AppHost
from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.methods.user import METHODS
from bx24py.dev.portal.portal import Portal

FOLDER = Path(__file__).parents[2] / "demo" / "handbook"

Scheme = Literal["light", "dark"]


@dataclass
class Handbook:
    """The application open in a portal."""

    portal: Portal
    page: Page
    frame: Frame
    complaints: list[str] = field(default_factory=list)

    def __getitem__(self, selector: str) -> Locator:
        return self.frame.locator(selector)

    @property
    def focused(self) -> Locator:
        return self["*:focus"]

    def department(self, number: int) -> Locator:
        return self[f"#department-{number}"]

    def people(self, department: int) -> Locator:
        """The people listed in a department itself."""
        return self[f"#inside-{department} > div > .listing > .people > .person"]

    def names(self, department: int) -> list[str]:
        expect(self.people(department).first).to_be_visible()
        return self.people(department).locator(".row .name").all_text_contents()

    def opened(self) -> Handbook:
        expect(self["#structure .row"].first).to_be_visible()
        return self

    def batches(self) -> int:
        return sum(call.method == "batch" for call in self.portal.rest.calls)

    def python(self, code: str) -> None:
        """Run code among the globals of app.py."""
        self.frame.evaluate("async code => { (await window.bx24py.ready).runPython(code) }", code)

    def overflow(self) -> int:
        """Give by how many pixels the page is wider than its frame."""
        return int(self.frame.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


Open = Callable[..., Handbook]


def opener(browser: Browser, snapshot: bytes | None, stack: ExitStack) -> Open:
    def open_one(
        portal: Portal,
        *,
        width: int = 1280,
        height: int = 900,
        scheme: Scheme = "light",
        before: Callable[[Page], object] | None = None,
    ) -> Handbook:
        server = stack.enter_context(make_server(portal, FOLDER, snapshot=snapshot))
        context = stack.enter_context(
            browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        )
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda one: complaints.append(one.text) if "Security Policy" in one.text else None)
        if before:
            before(page)
        page.goto(server.url)
        page.get_by_role("button", name="Developer tools").click()
        expect(page.locator("#devtools")).to_be_hidden()
        return Handbook(portal, page, application_frame(page, server.app_url), complaints)

    return open_one


@pytest.fixture
def open_handbook(bx24_browser: Browser, bx24_snapshot: bytes | None) -> Iterator[Open]:
    """Open the application in a portal that the test has made."""
    with ExitStack() as stack:
        yield opener(bx24_browser, bx24_snapshot, stack)


@pytest.fixture(scope="module")
def opened(bx24_browser: Browser, bx24_snapshot: bytes | None) -> Iterator[Handbook]:
    with ExitStack() as stack:
        yield opener(bx24_browser, bx24_snapshot, stack)(Portal(deals=0)).opened()


@pytest.fixture
def handbook(opened: Handbook) -> Iterator[Handbook]:
    """The application open in the sample company, once for all tests; as it was at first, but for what is open."""
    opened.portal.reset()
    opened.portal.frame.mobile = False
    yield opened
    for slider in opened.page.locator("#overlays .slider-close").all():
        slider.click()
    opened["#search"].fill("")
    if opened["#dismissed"].is_checked():
        opened["#dismissed"].uncheck()
    assert opened.complaints == []


class TestSampleCompany:
    """What a fresh local portal shows."""

    def test_the_whole_company_is_read_in_two_requests(self, open_handbook: Open) -> None:
        handbook = open_handbook(Portal(deals=0)).opened()
        expect(handbook["#summary"]).to_have_text("117 people in 16 departments")
        expect(handbook["#progress"]).to_be_hidden()
        assert handbook.batches() == 2
        assert [call.params.get("start") for call in handbook.portal.rest.calls if call.method == "user.get"] == [
            "0",
            "50",
            "100",
        ]
        assert len(handbook.portal.rest.calls) == 2 + 4

    def test_departments_with_their_heads_and_members(self, handbook: Handbook) -> None:
        expect(handbook.department(1)).to_contain_text(re.compile(r"Northwind Instruments.*Head: Emma Lindqvist"))
        expect(handbook.department(1)).to_contain_text("117 people")
        expect(handbook.department(1)).to_have_attribute("aria-expanded", "true")
        expect(handbook["#inside-1 > div > .branch > .department > .row .name"]).to_have_text(
            ["Administration", "Customer Success", "Research & Development", "Sales Department"]
        )
        expect(handbook.department(10)).to_have_count(0)
        handbook.department(3).click()
        handbook.department(10).click()
        users = handbook.portal.company.users
        belong = {handbook.portal.company.full_name(n) for n in users.ids if 10 in users.value(n, "UF_DEPARTMENT")}
        dismissed = {handbook.portal.company.full_name(n) for n in users.ids if users.value(n, "ACTIVE") == "N"}
        names = handbook.names(10)
        assert set(names) == belong - dismissed
        assert names[0] == handbook.portal.company.full_name(10)
        expect(handbook.people(10).first).to_contain_text("Head")
        expect(handbook.people(10).nth(1)).not_to_contain_text("Head")
        handbook.department(3).click()
        expect(handbook.department(10)).to_be_hidden()
        expect(handbook.department(3)).to_have_attribute("aria-expanded", "false")

    def test_dismissed_people_are_shown_when_asked_for(self, handbook: Handbook) -> None:
        gone = [n for n in handbook.portal.company.users.ids if handbook.portal.company.users.value(n, "ACTIVE") == "N"]
        name = handbook.portal.company.full_name(gone[0])
        handbook["#search"].fill(f"{name} {100 + gone[0]}")
        expect(handbook["#results"]).to_contain_text("Nobody and no department matches")
        handbook.frame.get_by_label("Show dismissed").check()
        expect(handbook["#summary"]).to_have_text("120 people in 16 departments")
        row = handbook["#results .person .row"]
        expect(row).to_contain_text("Dismissed")
        row.click()
        expect(handbook["#card"].get_by_role("button", name="Open profile")).to_be_visible()
        expect(handbook["#card"].get_by_role("button", name="Open chat")).to_have_count(0)

    def test_what_was_open_stays_open(self, handbook: Handbook) -> None:
        if handbook.department(2).get_attribute("aria-expanded") == "false":
            handbook.department(2).click()
        handbook.frame.get_by_label("Show dismissed").check()
        expect(handbook.department(2)).to_have_attribute("aria-expanded", "true")
        expect(handbook.people(2).first).to_be_visible()
        handbook.department(2).click()
        handbook.frame.get_by_label("Show dismissed").uncheck()
        expect(handbook.department(1)).to_have_attribute("aria-expanded", "true")
        expect(handbook.department(2)).to_have_attribute("aria-expanded", "false")

    def test_search_as_one_types_asks_the_portal_nothing(self, handbook: Handbook) -> None:
        handbook["#search"].press_sequentially("sokol")
        expect(handbook["#results"]).to_contain_text("Nobody and no department matches “sokol”.")
        handbook.frame.get_by_role("button", name="Clear the search").click()
        expect(handbook["#structure"]).to_be_visible()
        expect(handbook["#search"]).to_be_focused()
        handbook["#search"].press_sequentially("соколова")
        expect(handbook["#results .person .name"]).to_have_text("Анна Соколова")
        expect(handbook["#results .person .line"]).to_contain_text("Отдел продаж — Восток")
        expect(handbook["#found"]).to_have_text("1 person")
        expect(handbook["#structure"]).to_be_hidden()
        handbook["#search"].press("Escape")
        expect(handbook["#search"]).to_have_value("")
        expect(handbook["#results"]).to_be_hidden()
        expect(handbook["#found"]).to_be_empty()
        handbook["#search"].fill("030 55500002")
        expect(handbook["#results"]).to_contain_text("Nobody")
        handbook["#search"].fill("HARTMANN 55500002")
        expect(handbook["#results .person .name"]).to_have_text("Jonas Hartmann")
        assert list(handbook.portal.rest.calls) == []

    def test_a_found_department_is_shown_in_the_structure(self, handbook: Handbook) -> None:
        handbook["#search"].fill("optics")
        expect(handbook["#found"]).to_contain_text("1 department and ")
        found = handbook["#results .department .row"]
        expect(found).to_contain_text("Northwind Instruments › Research & Development")  # noqa: RUF001
        found.click()
        expect(handbook["#search"]).to_have_value("")
        expect(handbook.department(12)).to_be_focused()
        expect(handbook.department(12)).to_have_attribute("aria-expanded", "true")
        expect(handbook.people(12).first).to_be_visible()

    def test_many_found_are_listed_in_parts(self, handbook: Handbook) -> None:
        handbook["#search"].fill("northwind.example")
        expect(handbook["#found"]).to_have_text("117 people")
        expect(handbook["#results .person"]).to_have_count(50)
        handbook.frame.get_by_role("button", name="Show 50 more of 67").click()
        expect(handbook["#results .person"]).to_have_count(100)
        expect(handbook["#results .person .row"].nth(50)).to_be_focused()
        handbook.frame.get_by_role("button", name="Show 17 more of 17").click()
        expect(handbook["#results .person"]).to_have_count(117)
        expect(handbook["#results .more"]).to_have_count(0)

    def test_the_keyboard_alone_is_enough(self, handbook: Handbook) -> None:
        for number in (2, 3, 4, 5):
            if handbook.department(number).get_attribute("aria-expanded") == "true":
                handbook.department(number).click()
        handbook["#search"].focus()
        press = handbook.page.keyboard.press
        press("ArrowDown")
        expect(handbook.department(1)).to_be_focused()
        press("ArrowRight")
        expect(handbook.people(1).locator(".row")).to_be_focused()
        press("ArrowDown")
        expect(handbook.department(5)).to_be_focused()
        press("End")
        expect(handbook.department(2)).to_be_focused()
        press("ArrowRight")
        expect(handbook.department(2)).to_have_attribute("aria-expanded", "true")
        press("ArrowRight")
        person = handbook.people(2).locator(".row").first
        expect(person).to_be_focused()
        press("Enter")
        expect(handbook["#card"]).to_be_visible()
        expect(person).to_have_attribute("aria-expanded", "true")
        press("Tab")
        expect(handbook.focused).to_have_text("Sales Department")
        press("Escape")
        expect(handbook["#card"]).to_have_count(0)
        expect(person).to_be_focused()
        press("ArrowLeft")
        expect(handbook.department(2)).to_be_focused()
        press("ArrowLeft")
        expect(handbook.department(2)).to_have_attribute("aria-expanded", "false")
        press("ArrowLeft")
        expect(handbook.department(1)).to_be_focused()
        press("ArrowDown")
        press("Home")
        expect(handbook.department(1)).to_be_focused()
        press("ArrowUp")
        expect(handbook["#search"]).to_be_focused()

    def open_card(self, handbook: Handbook) -> Locator:
        handbook["#search"].fill("emma lind")
        handbook["#results .person .row"].click()
        return handbook["#card"]

    def test_a_card_tells_all(self, handbook: Handbook) -> None:
        card = self.open_card(handbook)
        expect(card).to_have_attribute("aria-label", "Emma Lindqvist")
        expect(card.locator(".avatar")).to_have_text("EL")
        expect(card.locator("dt")).to_have_text(["Position", "Departments", "Phone", "Mobile", "Extension", "E-mail"])
        expect(card.locator("dd")).to_have_text(
            [
                "Head of Customer Success",
                "Customer Success (head)",
                "Key Accounts",
                "Northwind Instruments (head)",
                "+493055500001",
                "+491500000001",
                "101",
                "user1@northwind.example",
            ]
        )
        links = card.locator("a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
        assert links == ["tel:+493055500001", "tel:+491500000001", "mailto:user1@northwind.example"]
        card.get_by_role("button", name="Key Accounts").click()
        expect(handbook.department(6)).to_be_focused()
        expect(handbook["#card"]).to_have_count(0)

    def test_one_card_is_open_at_a_time(self, handbook: Handbook) -> None:
        handbook["#search"].fill("smith")
        rows = handbook["#results .person .row"]
        rows.nth(0).click()
        rows.nth(1).click()
        expect(handbook["#card"]).to_have_count(1)
        expect(rows.nth(0)).to_have_attribute("aria-expanded", "false")
        rows.nth(1).click()
        expect(handbook["#card"]).to_have_count(0)

    def test_the_profile_opens_in_the_portal(self, handbook: Handbook) -> None:
        card = self.open_card(handbook)
        card.get_by_role("button", name="Open profile").dblclick()
        slider = handbook.page.locator("#overlays .slider")
        expect(slider.locator(".record-path")).to_have_text("/company/personal/user/1/")
        expect(slider).to_have_count(1)
        slider.get_by_role("button", name="Close").click()
        expect(slider).to_have_count(0)
        assert [one.params for one in handbook.portal.frame.sent if one.command == "openPath"] == [
            {"path": "/company/personal/user/1/"}
        ]
        expect(card.get_by_role("alert")).to_be_empty()

    def test_a_chat_opens_in_the_portal(self, handbook: Handbook) -> None:
        self.open_card(handbook).get_by_role("button", name="Open chat").click()
        expect(handbook.page.locator("#notices")).to_contain_text("Messenger: chat 1")
        sent = [one.params for one in handbook.portal.frame.sent if one.command == "imOpenMessenger"]
        assert [str(params["dialogId"]) for params in sent] == ["1"]

    def test_a_profile_that_cannot_be_opened(self, handbook: Handbook) -> None:
        card = self.open_card(handbook)
        handbook.portal.frame.mobile = True
        card.get_by_role("button", name="Open profile").click()
        expect(card.get_by_role("alert")).to_contain_text("in the mobile application")
        handbook.portal.frame.mobile = False
        unavailable = {"result": "error", "errorCode": "PATH_NOT_AVAILABLE"}
        handbook.portal.frame.answer("openPath", unavailable, times=1)
        card.get_by_role("button", name="Open profile").click()
        expect(card.get_by_role("alert")).to_contain_text("does not let this application open the profile")
        card.get_by_role("button", name="Open profile").click()
        expect(handbook.page.locator("#overlays .slider")).to_have_count(1)
        expect(card.get_by_role("alert")).to_be_empty()


POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' {portal}api/v1/; connect-src 'self' {portal}rest/; "
    "style-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'"
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_it_fits_and_looks_finished(open_handbook: Open, tmp_path: Path, width: int, scheme: Scheme) -> None:
    handbook = open_handbook(Portal(deals=0), width=width, scheme=scheme).opened()

    def look(name: str) -> None:
        handbook.page.screenshot(path=tmp_path / f"{name}.png")
        assert handbook.overflow() == 0, name

    look("structure")
    handbook.department(4).click()
    handbook.department(12).click()
    handbook.people(12).first.locator(".row").click()
    expect(handbook["#card"]).to_be_visible()
    look("card")
    handbook["#search"].fill("sa")
    look("found")
    handbook["#search"].fill("w" * 80)
    look("nothing")
    colours = handbook.frame.evaluate(
        "[getComputedStyle(document.body).backgroundColor, matchMedia('(prefers-color-scheme: dark)').matches]"
    )
    assert colours == (["rgb(32, 35, 41)", True] if scheme == "dark" else ["rgb(255, 255, 255)", False])
    assert handbook.complaints == []


def test_the_frame_is_as_high_as_what_is_shown(open_handbook: Open) -> None:
    handbook = open_handbook(Portal(deals=0), height=500).opened()
    for number in (2, 3, 4, 5):
        handbook.department(number).click()
    stage = handbook.page.locator("#stage")
    handbook.frame.wait_for_function("document.documentElement.scrollHeight <= window.innerHeight")
    assert stage.evaluate("one => one.scrollHeight > 2 * one.clientHeight")


def test_it_runs_under_a_strict_policy(open_handbook: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    send = AppHost._document

    async def send_with_policy(host: AppHost, path: Path) -> Response:
        answer = await send(host, path)
        answer.headers["Content-Security-Policy"] = POLICY.format(portal=host._library.decode().removesuffix("api/v1/"))
        return answer

    monkeypatch.setattr(AppHost, "_document", send_with_policy)
    portal = Portal(deals=0)
    portal.company.users.update(1, {"PERSONAL_PHOTO": "https://photos.example/refused.png"})
    handbook = open_handbook(portal).opened()
    handbook.people(1).first.locator(".row").click()
    expect(handbook["#card .avatar"]).to_have_text("EL")
    expect(handbook["#card"].get_by_role("button", name="Open chat")).to_be_visible()
    # The picture is refused, so the policy is in force; nothing else is.
    expect(handbook["#card img"]).to_have_js_property("complete", True)
    assert handbook.complaints
    assert [one for one in handbook.complaints if "refused.png" not in one] == []


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
            ("ACCESS_DENIED", "Ask an administrator for the permission."),
            ("OPERATION_TIME_LIMIT", "The portal has had too many requests."),
            ("ERROR_CORE", "The portal refused it: Internal error."),
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
        expect(problem).to_contain_text("The portal is in trouble.")
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
        expect(handbook["#progress-text"]).to_have_text("Reading the company… The portal takes longer than usual.")
        expect(handbook["#progress-bar"]).to_be_visible()
        assert handbook["#progress-bar"].get_attribute("value") is None
        released["0"].set()
        expect(handbook["#progress-text"]).to_have_text("Reading the company… 66 of 136")
        expect(handbook["#progress-bar"]).to_have_js_property("value", 66)
        expect(handbook["#progress-bar"]).to_have_js_property("max", 136)
        released["50"].set()
        expect(handbook["#progress"]).to_be_hidden()
        expect(handbook["#summary"]).to_have_text("117 people in 16 departments")


# company.py by itself


@pytest.fixture(scope="module")
def company() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("handbook_company", FOLDER / "company.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


class TestCompany:
    def test_a_row_of_which_only_the_number_is_certain(self, company: ModuleType) -> None:
        person = company.Person.from_row({"ID": "7"})
        assert (person.name, person.active, person.departments, person.initials) == ("User 7", True, (), "U7")
        department = company.Department.from_row({"ID": "3", "NAME": " "})
        assert (department.name, department.parent, department.head) == ("Department 3", 0, 0)

    @pytest.mark.parametrize(
        ("given", "read"),
        [
            ([1, "2", 1], (1, 2)),
            ({"0": 5}, (5,)),
            (False, ()),
            ("", ()),
            (None, ()),
            ([0], ()),
            ("4", (4,)),
        ],
    )
    def test_the_departments_of_a_row(self, company: ModuleType, given: Any, read: tuple[int, ...]) -> None:
        assert company.Person.from_row({"ID": "1", "UF_DEPARTMENT": given}).departments == read

    @pytest.mark.parametrize(
        ("parents", "roots"),
        [
            ({1: 0, 2: 1, 3: 2}, [1]),
            ({1: 1}, [1]),
            ({1: 9, 2: 1}, [1]),
            ({1: 2, 2: 3, 3: 1, 4: 3}, None),
            ({1: 2, 2: 1, 3: 0}, None),
        ],
    )
    def test_every_department_is_in_the_tree_once(
        self, company: ModuleType, parents: dict[int, int], roots: list[int] | None
    ) -> None:
        made = company.Company([company.Department(n, f"D{n}", parent) for n, parent in parents.items()], [])

        def walk(departments: list[Any]) -> list[int]:
            return [number for one in departments for number in (one.id, *walk(made.children(one.id)))]

        assert sorted(walk(made.roots)) == sorted(parents)
        assert roots is None or [one.id for one in made.roots] == roots
        assert all(made.path(number)[-1].id == number for number in parents)

    def test_people_are_counted_once_and_heads_come_first(self, company: ModuleType) -> None:
        departments = [company.Department(1, "All", head=9), company.Department(2, "Part", 1, head=3)]
        people = [
            company.Person(1, "Ann", departments=(1, 2)),
            company.Person(2, "Bob", departments=(2, 77)),
            company.Person(3, "Zoe", departments=(2,)),
            company.Person(4, "Gone", departments=(2,), active=False),
            company.Person(9, "Head of nothing else"),
            company.Person(10, "Nowhere", departments=(77,)),
        ]
        made = company.Company(departments, people)
        assert [one.name for one in made.members(1)] == ["Head of nothing else", "Ann"]
        assert [one.name for one in made.members(2)] == ["Zoe", "Ann", "Bob"]
        assert [one.name for one in made.members(company.NO_DEPARTMENT)] == ["Nowhere"]
        assert (made.count(1), made.count(2)) == (4, 3)
        with_gone = company.Company(departments, people, dismissed=True)
        assert (with_gone.count(1), len(with_gone.members(2))) == (5, 4)

    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("", []),
            ("   ", []),
            ("angstrom", ["Søren Ångström"]),
            ("ÅNG sør", ["Søren Ångström"]),
            ("engineer", ["Engineer Smith", "Søren Ångström"]),
            ("engineer angstrom", ["Søren Ångström"]),
            ("49 30 555", ["Engineer Smith"]),
            ("soren", ["Søren Ångström"]),
            ("4930555", ["Engineer Smith"]),
            ("30-555", ["Engineer Smith"]),
            ("optics", ["Søren Ångström"]),
            ("(", ["Engineer Smith"]),
            ("nobody", []),
        ],
    )
    def test_search(self, company: ModuleType, text: str, names: list[str]) -> None:
        people = [
            company.Person(1, "Søren Ångström", "Engineer", (1,)),
            company.Person(2, "Engineer Smith", "Lawyer", phones=(("Phone", "+49 (30-555)"),)),
        ]
        made = company.Company([company.Department(1, "Optics")], people)
        assert [one.name for one in made.search(text).people] == names
        assert [one.name for one in made.search("OPT").departments] == ["Optics"]
