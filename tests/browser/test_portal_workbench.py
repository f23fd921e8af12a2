"""The portal's page as a workbench: installation, bound places, batches in the log, the title, a narrow window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bx24py.dev.portal.portal import Portal
from bx24py.dev.portal.server import PortalServer

from .wire_app import PAGE, App, wait_until

INSTALL = PAGE.replace("<p>Application</p>", "<p>Installation</p>")
TAB = PAGE.replace("<p>Application</p>", "<p>Tab</p>")


@pytest.fixture
def opened(tmp_path: Path, bx24_browser: Browser) -> Iterator[App]:
    """An application with install.html, in a portal where it is not installed yet."""
    title = "<title>Deals &amp; <i>more</i></title>"
    (tmp_path / "index.html").write_text(PAGE.replace("<head>", f"<head>{title}"))
    (tmp_path / "install.html").write_text(INSTALL)
    (tmp_path / "tab.html").write_text(TAB)
    portal = Portal(deals=20)
    portal.state.install = portal.state.first_run = True
    page = bx24_browser.new_page()
    with PortalServer(portal, tmp_path) as server:
        app = App(portal, server, page)
        app.open()
        yield app
        page.close()


def shown(page: Page) -> str:
    return page.frame_locator("#stage iframe").locator("p").inner_text()


def call(app: App, method: str, **params: str) -> None:
    token = app.send("refreshAuth", {})["AUTH_ID"]
    app.frame.evaluate(
        "([url, params]) => fetch(url, {method: 'POST', body: new URLSearchParams(params)})",
        [f"{app.server.url}rest/{method}.json", {"auth": token, **params}],
    )


def test_calls_of_rest_3_0_are_in_the_log(opened: App) -> None:
    app, page = opened, opened.page
    token = app.portal.state.tokens.issue()["AUTH_ID"]

    def post(address: str, body: object, **headers: str) -> None:
        ask = """([url, body, headers]) => fetch(url, {method: 'POST', headers, body: JSON.stringify(body)})
            .then((response) => response.text())"""
        headers["Content-Type"] = "application/json"
        app.frame.evaluate(ask, [f"{app.server.url}rest/api/{address}", body, headers])

    post("tasks.task.update", {"auth": token})
    post(f"batch?auth={token}", [{"method": "tasks.task.get", "query": {"id": 1}}])
    post("mail.message.list", {"auth": token})
    rows = page.locator(".log-row:not([hidden])")
    expect(rows).to_have_count(5)
    assert [row.split("\n")[1] for row in rows.all_inner_texts()[1:]] == ["REST 3", "REST 3", "CMD", "REST 3"]
    expect(rows.nth(1).locator(".log-status")).to_have_text("400 VALIDATION_REQUESTVALIDATIONEXCEPTION")
    expect(rows.nth(4).locator(".log-status")).to_have_text("404 not here")
    rows.nth(1).click()
    expect(page.locator("#detail-facts")).to_contain_text("REST 3.0 call")
    expect(page.locator("#detail-why")).to_contain_text("Required field `fields` is not specified")
    rows.nth(2).click()
    expect(page.locator("#detail-params")).to_contain_text("tasks.task.get")
    assert token not in page.content()
    rows.nth(4).click()
    expect(page.locator("#detail-why")).to_contain_text('portal.v3.route("mail.message.list").respond({})')
    app.portal.v3.allow_idempotency_key = True
    for _ in range(2):
        post("tasks.task.delete", {"auth": token, "id": 5}, **{"Idempotency-Key": "a"})
    expect(rows.locator(".log-status").nth(6)).to_have_text("200 replayed")
    expect(rows.locator(".log-status").nth(5)).to_have_text("200")


def test_the_installation_comes_first_and_can_be_run_again(opened: App) -> None:
    app, page = opened, opened.page
    assert shown(page) == "Installation"
    assert app.send("getInitData")["INSTALL"] is True
    expect(page.locator("#title")).to_have_text("Deals & <i>more</i>")
    expect(page).to_have_title("Deals & <i>more</i>")
    app.frame.evaluate("() => { send('setInstallFinish', {}); }")
    page.wait_for_url("**/?install_finished=Y")
    wait_until(lambda: shown(page) == "Application")
    assert app.send("getInitData")["INSTALL"] is False

    page.get_by_role("button", name="Reinstall").click()
    wait_until(lambda: shown(page) == "Installation")
    # Bound places are offered, with the page that was bound.
    url = app.server.app_url
    call(app, "placement.bind", PLACEMENT="CRM_DEAL_DETAIL_TAB", HANDLER=f"{url}tab.html", TITLE="My <b>tab</b>")
    call(app, "placement.bind", PLACEMENT="TASK_VIEW_TAB", HANDLER=f"{url}", TITLE="")
    call(app, "placement.bind", PLACEMENT="LEFT_MENU", HANDLER="https://example.com/", TITLE="Elsewhere")
    choice = page.get_by_label("Open the application in")
    expect(choice.locator("option")).to_have_text(
        ["Application", "My <b>tab</b> (CRM_DEAL_DETAIL_TAB)", "TASK_VIEW_TAB", "Elsewhere (LEFT_MENU)"]
    )
    app.portal.state.install = False
    choice.select_option("My <b>tab</b> (CRM_DEAL_DETAIL_TAB)")
    wait_until(lambda: shown(page) == "Tab")
    data = app.send("getInitData")
    assert (data["PLACEMENT"], data["PLACEMENT_OPTIONS"]) == ("CRM_DEAL_DETAIL_TAB", {"ID": "5"})
    choice.select_option("Elsewhere (LEFT_MENU)")  # only pages of the application are opened here
    wait_until(lambda: shown(page) == "Application")
    assert app.send("getInitData")["PLACEMENT"] == "LEFT_MENU"
    choice.select_option("Application")
    expect(page.locator("#place")).to_have_text("DEFAULT")
    page.get_by_role("button", name="Reinstall").click()  # takes away what was bound
    expect(choice).to_be_hidden()
    assert app.portal.state.placement_handlers == []


def test_a_batch_stands_above_its_commands_and_folds(opened: App) -> None:
    app, page = opened, opened.page
    call(app, "batch", **{"cmd[a]": "user.current", "cmd[b]": "sale.order.list"})
    call(app, "server.time")
    rows = page.locator(".log-row:not([hidden])")
    names = page.locator(".log-row:not([hidden]) b")
    commands = ["batch", "user.current", "sale.order.list"]
    every = ["getInitData", "refreshAuth", *commands, "refreshAuth", "server.time"]
    expect(names).to_have_text(every)
    batch = rows.nth(2)
    expect(batch).to_have_attribute("aria-expanded", "true")
    expect(batch.locator(".log-status")).to_have_text("200, 1 failed")
    expect(rows.nth(4).locator(".log-status")).to_have_text("404 not here")
    batch.locator(".log-fold").click()
    expect(names).to_have_text([name for name in every if name not in commands[1:]])
    expect(page.locator("#detail")).to_be_hidden()
    page.get_by_label("Filter the log").fill("order")  # what is searched for is found in a folded batch too
    expect(names).to_have_text(["batch", "sale.order.list"])
    page.get_by_label("Filter the log").fill("")
    batch.focus()
    batch.press("ArrowRight")
    expect(names).to_have_text(every)
    batch.press("ArrowDown")
    expect(rows.nth(3)).to_be_focused()
    rows.nth(4).click()
    expect(page.locator("#detail-why")).to_contain_text('portal.rest.route("sale.order.list").respond({})')


def test_the_header_fits_a_narrow_window(opened: App) -> None:
    app, page = opened, opened.page
    url = app.server.app_url
    call(app, "placement.bind", PLACEMENT="CRM_SMART_INVOICE_ACTIVITY_TIMELINE_MENU", HANDLER=url, TITLE="A" * 60)
    page.set_viewport_size({"width": 400, "height": 700})
    choice = page.get_by_label("Open the application in")
    expect(choice).to_be_visible()
    app.portal.state.install = False
    choice.select_option(index=1)
    wait_until(lambda: shown(page) == "Application")
    inside = """() => [...document.querySelectorAll('.top > *')].filter((one) => one.checkVisibility())
        .map((one) => one.getBoundingClientRect()).every((box) => box.left >= 0 && box.right <= innerWidth)"""
    assert page.evaluate(inside)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("#title").bounding_box()["width"] > 100  # type: ignore[index]
