"""The application in a local portal, in a real browser."""

from playwright.sync_api import expect

from bx24py.dev.portal.portal import Portal
from bx24py.dev.pytest_plugin import OpenApplication


def test_it_greets_and_lists_the_newest_deals(bx24_app: OpenApplication) -> None:
    page = bx24_app.frame
    expect(page.locator("#greeting")).to_have_text("Hello Emma!", timeout=30_000)
    page.get_by_role("button", name="Newest deals").click()
    expect(page.locator("#deals li")).to_have_count(5)


def test_it_says_when_the_deals_cannot_be_read(bx24_portal: Portal, bx24_app: OpenApplication) -> None:
    page = bx24_app.frame
    expect(page.locator("#greeting")).to_have_text("Hello Emma!", timeout=30_000)
    bx24_portal.rest.route("crm.deal.list").fail("ACCESS_DENIED")
    page.get_by_role("button", name="Newest deals").click()
    expect(page.locator("#message")).to_contain_text("The deals could not be read.")
