"""The portal's dialogs, as a person uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from bx24py.dev.portal.messages import NO_ANSWER

if TYPE_CHECKING:
    pass
from .wire_app import App
from .wire_app import app as app
from .wire_app import folder as folder


def test_select_user_with_search_by_keyboard(app: App) -> None:
    app.begin("selectUser", {"title": "Who?", "mult": False})
    dialog = app.page.get_by_role("dialog", name="Who?")
    expect(dialog.get_by_role("option")).to_have_count(60)
    app.page.keyboard.type("priya chief")
    expect(dialog.get_by_role("option")).to_have_count(1)
    app.page.keyboard.press("ArrowDown")
    app.page.keyboard.press("Enter")
    assert app.answer() == {"id": 4, "name": "Priya Raman"}
    expect(dialog).to_have_count(0)
    assert app.portal.frame.sent[-1].answer == {"id": 4, "name": "Priya Raman"}


def test_select_users_answers_who_was_chosen_and_not_removed(app: App) -> None:
    app.begin("selectUser", {"mult": True})
    dialog = app.page.get_by_role("dialog", name="Select employees")
    select = dialog.get_by_role("button", name="Select", exact=True)
    expect(select).to_be_disabled()
    dialog.get_by_role("option", name="Emma Lindqvist").click()
    dialog.get_by_role("option", name="Michael O'Connor").click()
    dialog.get_by_role("option", name="Jonas Hartmann").click()
    dialog.get_by_role("button", name="Remove Michael O'Connor").click()
    select.click()
    assert app.answer() == [{"id": 1, "name": "Emma Lindqvist"}, {"id": 2, "name": "Jonas Hartmann"}]


@pytest.mark.parametrize("command", ["selectUser", "selectAccess", "selectCRM"])
@pytest.mark.parametrize("way", ["Escape", "button", "beside"])
def test_a_dialog_that_is_closed_never_answers(app: App, command: str, way: str) -> None:
    app.begin(command, {})
    dialog = app.page.get_by_role("dialog")
    expect(dialog.get_by_role("option").first).to_be_visible()
    if way == "Escape":
        app.page.keyboard.press("Escape")
    elif way == "button":
        dialog.get_by_role("button", name="Close").click()
    else:
        app.page.mouse.click(20, 690)
    expect(dialog).to_have_count(0)
    assert app.still_waits()
    assert app.portal.frame.sent[-1].answer is NO_ANSWER


def test_rights_that_are_given_cannot_be_chosen_again(app: App) -> None:
    app.begin("selectAccess", {"value": ["AU", "SG2"]})
    dialog = app.page.get_by_role("dialog")
    expect(dialog.get_by_role("option", name="All authorized users")).to_be_disabled()
    expect(dialog.get_by_role("option", name="Trade fair")).to_be_disabled()
    dialog.get_by_role("option", name="Office move").click()
    dialog.get_by_label("Search").fill("lindqvist")
    dialog.get_by_role("option", name="Emma Lindqvist").click()
    dialog.get_by_role("button", name="Select", exact=True).click()
    assert app.answer() == [{"id": "SG3", "name": "Office move"}, {"id": "U1", "name": "Emma Lindqvist"}]


def test_select_crm_answers_what_was_given_and_what_was_chosen(app: App) -> None:
    app.begin(
        "selectCRM", {"entityType": ["deal", "contact"], "multiple": True, "value": {"deal": [2], "contact": ["C_3"]}}
    )
    dialog = app.page.get_by_role("dialog")
    expect(dialog.get_by_role("tab")).to_have_text(["Deals", "Contacts"])
    dialog.get_by_label("Search").fill("#150")
    dialog.get_by_role("option", name="#150").click()
    dialog.get_by_role("button", name="Select", exact=True).click()
    answer = app.answer()
    assert list(answer) == ["lead", "contact", "company", "deal", "quote"]
    assert [one["id"] for one in answer["deal"]] == ["D_2", "D_150"]
    assert [one["id"] for one in answer["contact"]] == ["C_3"]
    assert (answer["lead"], answer["company"], answer["quote"]) == ([], [], [])
    assert sorted(answer["deal"][1]) == ["desc", "id", "place", "title", "type", "url"]
    assert answer["deal"][1]["title"].endswith("#150")
    assert answer["deal"][1]["url"] == "/crm/deal/show/150/"


def test_one_crm_item_is_chosen_by_a_click(app: App) -> None:
    app.begin("selectCRM", {"entityType": ["company"]})
    app.page.get_by_role("dialog").get_by_role("option").first.click()
    answer = app.answer()
    assert [one["id"] for one in answer["company"]] == ["CO_1"]
    assert answer["deal"] == []


def test_what_was_written_through_rest_is_in_the_dialog(app: App) -> None:
    app.portal.company.users.update(9, {"NAME": "<img src=x onerror=alert(1)>", "LAST_NAME": "Zz"})
    app.begin("selectUser", {})
    app.page.get_by_role("dialog").get_by_label("Search").fill("onerror")
    option = app.page.get_by_role("dialog").get_by_role("option")
    expect(option).to_have_count(1)
    assert app.page.locator("#overlays img").count() == 0
    option.click()
    assert app.answer() == {"id": 9, "name": "<img src=x onerror=alert(1)> Zz"}
