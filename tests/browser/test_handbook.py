"""The handbook demo, as a person uses it in the portal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from starlette.responses import Response

from bx24py.dev.portal.apphost import AppHost
from bx24py.dev.portal.portal import Portal

from .handbook import Handbook, Open, Scheme
from .handbook import handbook as handbook
from .handbook import open_handbook as open_handbook
from .handbook import opened as opened


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
