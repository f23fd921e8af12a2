"""The application in a local portal, in a real browser."""

from datetime import date, timedelta

from playwright.sync_api import expect

from bx24py.dev.portal.portal import Portal
from bx24py.dev.pytest_plugin import OpenApplication


def test_a_deal_is_postponed(bx24_portal: Portal, bx24_app: OpenApplication) -> None:
    page = bx24_app.frame
    button = page.get_by_role("button", name="Postpone by a week")
    expect(button).to_be_enabled(timeout=30_000)
    before = date.fromisoformat(page.locator("#day").inner_text())
    button.click()
    expect(page.locator("#message")).to_have_text("Postponed.")
    expect(page.locator("#day")).to_have_text(str(before + timedelta(weeks=1)))
    assert [call["ID"] for call in bx24_portal.rest.received("crm.deal.update")] == ["5"]


def test_the_first_run_adds_the_tab_once(bx24_portal: Portal, bx24_app: OpenApplication) -> None:
    for _ in range(2):
        bx24_portal.state.first_run = True
        bx24_app.reload()
        expect(bx24_app.frame.get_by_role("button")).to_be_enabled(timeout=30_000)
    assert [row["placement"] for row in bx24_portal.state.placement_handlers] == ["CRM_DEAL_DETAIL_TAB"]


def test_elsewhere_it_says_where_to_open_it(bx24_portal: Portal, bx24_app: OpenApplication) -> None:
    bx24_portal.state.placement, bx24_portal.state.placement_options = "DEFAULT", {}
    bx24_app.reload()
    expect(bx24_app.frame.locator("#message")).to_contain_text("Open a deal", timeout=30_000)
