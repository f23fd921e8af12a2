"""The developer tools of the portal's page: the log and the switches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from .wire_app import PAGE, App, get, wait_until
from .wire_app import app as app
from .wire_app import folder as folder

if TYPE_CHECKING:
    from pathlib import Path


def test_the_log_shows_messages_and_calls_without_tokens(app: App) -> None:
    page = app.page
    expect(page.locator("#log-count")).to_have_text("1 entry")
    token = app.send("refreshAuth", {})["AUTH_ID"]
    app.frame.evaluate(
        "([url, auth]) => fetch(url, {method: 'POST', body: new URLSearchParams({auth, 'filter[ACTIVE]': 'Y'})})",
        [f"{app.server.url}rest/user.get.json", token],
    )
    app.frame.evaluate("url => fetch(url, {method: 'POST'})", f"{app.server.url}rest/no.such.json")
    rows = page.locator(".log-row:not([hidden])")
    expect(rows).to_have_count(4)
    expect(page.locator(".log-row b")).to_have_text(["getInitData", "refreshAuth", "user.get", "no.such"])
    expect(rows.nth(2)).to_contain_text("200")
    expect(rows.nth(3)).to_have_class("log-row failed")

    rows.nth(1).click()
    expect(page.locator("#detail-answer")).to_contain_text('"AUTH_ID": "***"')
    rows.nth(1).press("ArrowDown")
    expect(page.locator("#detail-name")).to_have_text("user.get")
    expect(page.locator("#detail-params")).to_contain_text('"ACTIVE": "Y"')
    expect(page.locator("#detail-answer")).to_contain_text("Lindqvist")
    assert token not in page.content()
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()

    page.get_by_label("Filter the log").fill("active")
    expect(rows).to_have_count(1)
    expect(page.locator("#log-count")).to_have_text("1 of 4 entries")
    page.get_by_label("Filter the log").fill("")
    page.get_by_role("radio", name="Wire").check()
    expect(rows).to_have_count(2)
    page.get_by_role("radio", name="Failed").check()
    expect(rows).to_have_count(1)
    page.get_by_role("radio", name="All").check()
    page.get_by_role("button", name="Clear").click()
    expect(rows).to_have_count(0)
    page.reload()
    expect(rows).to_have_count(0)


def test_an_answer_of_rest_that_holds_a_token_is_masked_in_the_log(app: App) -> None:
    token = app.send("refreshAuth", {})["AUTH_ID"]
    app.send("setUserOption", {"name": "kept", "value": token})
    answer = app.frame.evaluate(
        "([url, auth]) => fetch(url, {method: 'POST', body: new URLSearchParams({auth, option: 'kept'})})"
        ".then(r => r.json())",
        [f"{app.server.url}rest/user.option.get.json", token],
    )
    assert answer["result"] == token
    app.page.locator(".log-row", has_text="user.option.get").click()
    expect(app.page.locator("#detail-answer")).to_contain_text('"***"')
    assert token not in app.page.content()


def test_an_entry_changes_when_it_is_answered(app: App) -> None:
    app.begin("selectUser", {})
    row = app.page.locator(".log-row", has_text="selectUser")
    expect(row).to_contain_text("not answered")
    app.page.get_by_role("dialog").get_by_role("option").first.click()
    expect(row.locator(".log-status")).to_have_text("answered")


def test_a_flood_of_entries_is_drawn_in_a_few_turns_and_not_at_all_where_nobody_looks(app: App) -> None:
    page = app.page
    expect(page.locator(".log-row")).to_have_count(1)
    page.evaluate(
        "window.drawn = [];"
        "new MutationObserver(() => drawn.push(performance.now())).observe("
        "document.getElementById('log-rows'), {childList: true})"
    )
    for _ in range(20):
        get(f"{app.server.url}rest/server.time.json", "POST")
        page.wait_for_timeout(50)
    expect(page.locator(".log-row")).to_have_count(21)
    pauses = page.evaluate("drawn.slice(1).map((time, index) => time - drawn[index])")
    assert len(pauses) >= 2
    assert sum(pauses) / len(pauses) > 200  # each may arrive early after one that was late

    toggle = page.get_by_role("button", name="Developer tools")
    toggle.click()
    page.evaluate("drawn.length = 0")
    for _ in range(5):
        get(f"{app.server.url}rest/server.time.json", "POST")
    page.wait_for_timeout(700)
    assert page.evaluate("drawn.length") == 0
    toggle.click()
    expect(page.locator(".log-row")).to_have_count(26)
    page.get_by_role("tab", name="Portal").click()
    get(f"{app.server.url}rest/server.time.json", "POST")
    page.get_by_role("tab", name="Log").click()
    expect(page.locator(".log-row")).to_have_count(27)


def test_the_address_can_ask_for_the_portal_without_developer_tools(app: App) -> None:
    app.page.goto(f"{app.server.url}?devtools=closed")
    expect(app.page.locator("#stage iframe")).to_be_visible()
    expect(app.page.locator("#devtools")).to_be_hidden()
    app.page.goto(app.server.url)
    expect(app.page.locator("#devtools")).to_be_visible()


def test_the_switches_change_the_portal(app: App) -> None:
    page, state, rest = app.page, app.portal.state, app.portal.rest
    page.get_by_role("tab", name="Portal").click()
    page.get_by_label("Administrator").uncheck()
    page.get_by_label("Language").select_option("de")
    page.get_by_label("First run").check()
    page.get_by_label("Mobile application").check()
    page.get_by_label("Offline").check()
    page.get_by_label("Rate limit").uncheck()
    page.get_by_label("Refuse new tokens").check()
    page.get_by_label("Allow Idempotency-Key").check()
    page.get_by_label("Speed").select_option("2")
    wait_until(lambda: rest.latency == 2.0)
    assert (state.admin, state.lang, state.first_run) == (False, "de", True)
    assert (rest.offline, rest.limits.enabled) == (True, False)
    assert app.portal.v3.allow_idempotency_key is True
    assert (app.portal.frame.mobile, app.portal.frame.renews_tokens) == (True, False)
    expect(page.locator("#reload")).to_have_class("due")
    page.get_by_role("button", name="Reload").click()
    app.page.wait_for_timeout(300)
    assert app.send("getInitData")["LANG"] == "de"
    assert "LANG=de" in app.frame.url


def test_switches_follow_what_a_test_changes(app: App) -> None:
    app.page.get_by_role("tab", name="Portal").click()
    app.portal.state.admin = False
    app.portal.state.lang = "vn"
    app.portal.rest.latency = 0.25
    expect(app.page.get_by_label("Administrator")).not_to_be_checked()
    expect(app.page.get_by_label("Language")).to_have_value("vn")
    expect(app.page.get_by_label("Speed")).to_have_value("0.25")


def test_opening_in_a_placement_and_its_events(app: App) -> None:
    page = app.page
    page.get_by_role("tab", name="Portal").click()
    expect(page.get_by_text("This placement has no events.")).to_be_visible()
    page.get_by_label("Options").fill("{broken")
    page.get_by_role("button", name="Open here").click()
    expect(page.locator("#said")).to_contain_text("not JSON")
    page.get_by_label("Code").fill("CALL_CARD")
    page.get_by_label("Code").press("Tab")
    page.get_by_role("button", name="Open here").click()
    expect(page.locator("#place")).to_have_text("CALL_CARD")
    wait_until(lambda: app.send("getInitData")["PLACEMENT_OPTIONS"].get("CALL_STATE") == "connected")
    assert app.is_unanswered("placementBindEvent", {"event": "CallCard::BeforeClose"})
    app.wait_for("placementBindEvent")
    page.locator("#event").select_option("CallCard::BeforeClose")
    page.get_by_role("button", name="Trigger event").click()
    expect(page.locator("#said")).to_have_text("The event reached 1 subscription.")
    app.frame.wait_for_function("heard.length > 0")


def test_buttons_expire_the_tokens_and_reinstall(app: App) -> None:
    token = app.send("refreshAuth", {})["AUTH_ID"]
    app.send("setUserOption", {"name": "a", "value": 1})
    app.page.get_by_role("tab", name="Portal").click()
    app.page.get_by_role("button", name="Expire the tokens").click()
    wait_until(lambda: app.portal.state.tokens.error(token) == "expired_token")
    app.page.get_by_role("button", name="Reinstall").click()
    wait_until(lambda: app.portal.state.install)
    app.page.wait_for_timeout(300)
    data = app.send("getInitData")
    assert (data["FIRST_RUN"], data["INSTALL"], data["USER_OPTIONS"]) == (True, True, {})


def test_the_panel_is_used_by_keyboard(app: App) -> None:
    page = app.page
    page.get_by_role("tab", name="Log").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#panel-switches")).to_be_visible()
    separator = page.get_by_role("separator")
    before = int(separator.get_attribute("aria-valuenow") or 0)
    separator.focus()
    page.keyboard.press("ArrowLeft")
    assert int(separator.get_attribute("aria-valuenow") or 0) > before
    page.get_by_role("button", name="Developer tools").click()
    expect(page.locator("#devtools")).to_be_hidden()
    page.reload()
    expect(page.locator("#devtools")).to_be_hidden()


def test_the_server_reloads_the_application(app: App, folder: Path) -> None:
    (folder / "index.html").write_text(PAGE.replace("Application", "Changed"))
    app.server.reload()
    app.page.wait_for_timeout(500)
    expect(app.page.frame_locator("#stage iframe").locator("p")).to_have_text("Changed")
    expect(app.page.locator("#stage iframe")).to_have_count(1)


def test_the_page_says_when_the_portal_has_stopped(app: App) -> None:
    app.server.stop()
    expect(app.page.get_by_role("alert")).to_have_text("The local portal does not answer")
