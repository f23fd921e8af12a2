"""The application in a local portal, in a real browser."""

from pathlib import Path

from playwright.sync_api import expect

from bx24py.dev.portal.portal import Portal
from bx24py.dev.pytest_plugin import OpenApplication


def test_it_finds_and_saves_deals(bx24_app: OpenApplication) -> None:
    page = bx24_app.frame
    expect(page.locator("tbody tr")).to_have_count(50, timeout=30_000)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("tbody tr")).to_have_count(100)
    assert page.locator("#chart .bar").count() > 1

    page.get_by_role("searchbox").fill(page.locator("tbody td").first.inner_text())
    found = page.locator("tbody tr")
    expect(found).not_to_have_count(100)
    with bx24_app.page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV").click()
    assert download.value.suggested_filename == "deals.csv"
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "ID,Deal,Stage,Amount,Close date"
    assert len(lines) > 1


def test_it_says_when_the_deals_cannot_be_read(bx24_portal: Portal, bx24_app: OpenApplication) -> None:
    bx24_portal.rest.route("crm.deal.list").fail("ACCESS_DENIED")
    bx24_app.reload()
    expect(bx24_app.frame.get_by_role("alert")).to_contain_text("The deals could not be read.", timeout=30_000)
