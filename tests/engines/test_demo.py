"""The demos in Firefox and WebKit."""

from __future__ import annotations

from .conftest import DEMO, Open
from .driver import wait_for


def test_the_departments_of_a_user(open_app: Open) -> None:
    app = open_app(DEMO / "department_message")
    app.browser.wait_for_text(
        "#message", "The current user Emma Lindqvist is assigned to the departments Customer Success, Key Accounts"
    )
    assert [call.method for call in app.portal.rest.calls] == ["user.current", "department.get", "batch"]


def test_the_card_of_a_deal_saves_a_title(open_app: Open) -> None:
    app = open_app(DEMO / "deal_card", placement=("CRM_DEAL_DETAIL_TAB", {"ID": "5"}))
    app.browser.find("#card:not([hidden]) #stage-list input")
    app.browser.type("#title", ", renewed")
    app.browser.click("#save")
    saved = wait_for(lambda: app.portal.rest.received("crm.deal.update"), "the deal is saved")
    assert saved[0]["FIELDS"]["TITLE"].endswith(", renewed")


def test_the_handbook_finds_a_person(open_app: Open) -> None:
    app = open_app(DEMO / "handbook")
    app.browser.type("#tools:not([hidden]) #search", "Lindqvist")
    app.browser.wait_for_text("#results", "Emma Lindqvist")


def test_deals_move_at_once(open_app: Open) -> None:
    app = open_app(DEMO / "mass_change")
    app.browser.find("#preview:not([hidden]) .primary")
    app.browser.click("#preview .primary")
    app.browser.wait_for_text("#report", "moved to Document preparation.")
    assert app.portal.rest.received("crm.deal.update")
