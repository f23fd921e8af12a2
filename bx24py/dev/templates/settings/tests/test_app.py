"""The application in a local portal, in a real browser."""

from playwright.sync_api import expect

from bx24py.dev.portal.portal import Portal
from bx24py.dev.pytest_plugin import OpenApplication


def test_settings_are_kept(bx24_portal: Portal, bx24_app: OpenApplication) -> None:
    page = bx24_app.frame
    bx24_portal.frame.answer("selectUser", {"id": "7", "name": "Ann Lee"})
    page.get_by_role("button", name="Choose").click(timeout=30_000)
    expect(page.locator("#approver")).to_have_text("Ann Lee")
    page.get_by_label("Rows on a page").fill("25")
    page.get_by_label("Show closed deals too").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#message")).to_have_text("Saved.")

    bx24_app.reload()
    page = bx24_app.frame
    expect(page.locator("#approver")).to_have_text("Ann Lee", timeout=30_000)
    expect(page.get_by_label("Rows on a page")).to_have_value("25")
    expect(page.get_by_label("Show closed deals too")).to_be_checked()


def test_only_administrators_change_what_is_for_everybody(bx24_portal: Portal, bx24_app: OpenApplication) -> None:
    bx24_portal.state.admin = False
    bx24_app.reload()
    page = bx24_app.frame
    expect(page.get_by_text("Only administrators can change these.")).to_be_visible(timeout=30_000)
    expect(page.get_by_label("Name of the report")).to_be_disabled()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#message")).to_have_text("Saved.")
