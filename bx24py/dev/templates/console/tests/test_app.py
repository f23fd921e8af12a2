"""The console in a local portal, in a real browser."""

import pytest
from playwright.sync_api import Frame, Locator, expect

from bx24py.dev.portal.portal import Portal
from bx24py.dev.pytest_plugin import OpenApplication


@pytest.fixture
def page(bx24_app: OpenApplication) -> Frame:
    """The console, when it is ready."""
    expect(bx24_app.frame.get_by_role("status").first).to_have_text("Ready", timeout=60_000)
    return bx24_app.frame


def run(page: Frame, code: str) -> Locator:
    """Run code in the first cell; return its output."""
    cell = page.get_by_role("region", name="Cell 1", exact=True)
    cell.get_by_role("textbox", name="Code").fill(code)
    cell.get_by_role("button", name="Run", exact=True).click()
    return cell.get_by_role("region", name="Output")


def test_a_cell_shows_deals_as_a_table(page: Frame) -> None:
    output = run(page, "(await bx24.call_method('crm.deal.list', {'select': ['ID', 'TITLE']})).data")
    expect(output.get_by_role("columnheader", name="TITLE")).to_be_visible()


def test_a_change_is_asked_about(bx24_portal: Portal, page: Frame) -> None:
    run(page, "await bx24.call_method('crm.deal.update', {'id': 1, 'fields': {'TITLE': 'New'}})")
    dialog = page.get_by_role("dialog", name="Confirm changes")
    expect(dialog).to_contain_text("crm.deal.update")
    assert bx24_portal.rest.received("crm.deal.update") == []
    dialog.get_by_role("button", name="Run").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("table", name="Changes sent: 1")).to_be_visible()
    assert [call["id"] for call in bx24_portal.rest.received("crm.deal.update")] == ["1"]
