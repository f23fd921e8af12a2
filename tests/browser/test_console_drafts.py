"""The console: drafts. Nothing that was typed is lost when tabs are reloaded, closed, or open at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from bx24py.dev.browser import application_frame
from bx24py.dev.portal.portal import Portal
from tests.browser.console import Console, opening


@pytest.fixture(scope="module")
def opened(bx24_browser: Browser, bx24_snapshot: bytes | None) -> Iterator[Console]:
    portal = Portal(deals=1)
    with opening(bx24_browser, bx24_snapshot) as open_console:
        console = open_console(portal)
        console.page.on("dialog", lambda dialog: dialog.accept())
        console.page.wait_for_timeout(1000)  # it has looked for drafts of other tabs
        yield console


@pytest.fixture
def other_tab(opened: Console) -> Iterator[Console]:
    """A tab that is open all the time, with nothing kept and no other tab beside it."""
    opened.frame.evaluate("localStorage.clear(); notebook.load('')")
    opened.portal.state.placement_options = {}
    yield opened
    for page in opened.page.context.pages:
        if page is not opened.page:
            application_frame(page, opened.frame.url.split("?")[0]).evaluate("script_menu.drafts.keep = () => {}")
            page.close()


@pytest.fixture
def console(other_tab: Console) -> Console:
    """The console in a tab of its own."""
    return another(other_tab)


def another(console: Console, script: str = "") -> Console:
    """Open the console in another tab of the same browser, where this script runs first."""
    other = Console(console.portal, console.page.context.new_page(), console.frame)
    other.page.add_init_script(script)
    other.reload(console.page.url)
    return other


def write(console: Console, code: str) -> None:
    console.editor().click()
    console.page.keyboard.press("Control+a")
    console.page.keyboard.type(code)


def notice(console: Console, words: str) -> Locator:
    return console.frame.locator(".notice:visible").filter(has_text=words)


def click(place: Locator, name: str) -> None:
    place.get_by_role("button", name=name, exact=True).click()


def test_the_next_page_takes_over_what_a_closed_tab_has_left(console: Console) -> None:
    write(console, "left = 1")
    console.page.close(run_before_unload=True)
    later = another(console)
    expect(later.editor()).to_have_text("left = 1")
    expect(notice(later, "are restored")).to_be_visible()
    expect(notice(later, "other unsaved changes")).to_have_count(0)


LEAVING = """() => {
    const draft = { text: "# %%\\nla\\n", saved: "", time: 1, script: null };
    const { key } = script_menu.drafts.leave(draft);
    const name = `console-tab:${key.split(":").at(-1)}`;
    navigator.locks.request(name, () => new Promise((gone) => { window.gone = gone; }));
    window.type = (text) => localStorage.setItem(key, JSON.stringify({ ...draft, text: `# %%\\n${text}\\n` }));
}"""
"""What a tab that is just being closed does to those that are open."""

WAIT_LONGER = "const after = AbortSignal.timeout.bind(AbortSignal); AbortSignal.timeout = (ms) => after(10 * ms)"
"""For a tab that is being closed, on a machine that is busy with other tests."""


@pytest.mark.parametrize("first", ["letters", "lock"])
def test_a_tab_that_is_closed_only_now_is_waited_for(other_tab: Console, first: str) -> None:
    """Its last letters and its lock reach another process in any order."""
    other_tab.frame.evaluate(LEAVING)
    later = another(other_tab, WAIT_LONGER)
    later.frame.wait_for_function("async () => (await navigator.locks.query()).pending.length")
    expect(later.editor()).to_have_text("")
    if first == "lock":
        other_tab.frame.evaluate("gone()")
        expect(later.editor()).to_have_text("la")
        other_tab.frame.evaluate("type('las')")
        expect(later.editor()).to_have_text("las")
    other_tab.frame.evaluate("type('last = 1')")
    other_tab.frame.evaluate("gone()")
    expect(later.editor()).to_have_text("last = 1")
    expect(notice(later, "other unsaved changes")).to_have_count(0)
    drafts = "Object.values(localStorage).filter((draft) => draft.includes('la')).length"
    assert later.frame.evaluate(drafts) == 1


def test_last_letters_that_come_late_are_offered_where_somebody_types(other_tab: Console) -> None:
    other_tab.frame.evaluate(LEAVING)
    later = another(other_tab, WAIT_LONGER)
    other_tab.frame.evaluate("gone()")
    expect(later.editor()).to_have_text("la")
    write(later, "mine = 1")
    other_tab.frame.evaluate("type('last = 1')")
    click(notice(later, "other unsaved changes"), "Restore")
    expect(later.editor()).to_have_text("last = 1")


def test_two_tabs_at_once_keep_a_draft_each(console: Console) -> None:
    first, second = console, another(console)
    write(first, "first = 1")
    expect(second.editor()).to_have_text("")
    write(second, "second = 2")
    for each, text in ((first, "first = 1"), (second, "second = 2")):
        each.page.wait_for_timeout(450)
        each.reload()
        expect(each.editor()).to_have_text(text)
        expect(notice(each, "other unsaved changes")).to_have_count(0)
    for each in (first, second):
        with each.page.expect_event("close"):
            each.page.close(run_before_unload=True)
    later = another(console)
    expect(later.editor()).to_have_text("second = 2")
    offer = notice(later, "There are other unsaved changes: “New script”")
    write(later, "second = 22")
    click(offer, "Restore")  # they change places
    expect(later.editor()).to_have_text("first = 1")
    click(offer, "Restore")
    expect(later.editor()).to_have_text("second = 22")
    click(offer, "Discard")
    expect(offer).to_have_count(0)
    assert later.frame.evaluate("Object.values(localStorage).filter((draft) => draft.includes('= ')).length") == 1


def test_a_duplicated_tab_has_a_draft_of_its_own(console: Console) -> None:
    write(console, "mine = 1")
    console.page.wait_for_timeout(450)
    number = console.frame.evaluate("sessionStorage.getItem('console-tab')")
    script = f"if (!sessionStorage.getItem('copied')) sessionStorage.setItem('console-tab', '{number}')"
    copy = another(console, f"{script}; sessionStorage.setItem('copied', '1')")
    expect(copy.editor()).to_have_text("")
    write(copy, "theirs = 2")
    for each, text in ((console, "mine = 1"), (copy, "theirs = 2")):
        each.page.wait_for_timeout(450)
        each.reload()
        expect(each.editor()).to_have_text(text)


def saved_script(console: Console) -> str:
    """Save what is in the cells; return its id."""
    click(console.frame.locator("#script-menu"), "Save")
    box = console.frame.get_by_role("dialog", name="Save the script")
    box.get_by_label("Name").fill("Linked")
    click(box, "Save")
    expect(notice(console, "is saved")).to_be_visible()
    return str(console.frame.evaluate("script_menu.script.id"))


def test_a_link_does_not_take_the_place_of_what_was_typed(console: Console) -> None:
    write(console, "linked = 1")
    linked = saved_script(console)
    write(console, "linked = 2")
    console.page.wait_for_timeout(450)
    console.portal.state.placement_options = {"script": linked}
    console.reload()  # the script of the link, with what was typed
    expect(console.editor()).to_have_text("linked = 2")
    expect(console.frame.locator("#script-name")).to_have_text("Linked")
    click(console.frame.locator("#script-menu"), "New")
    click(console.frame.get_by_role("dialog"), "Discard")
    write(console, "something = 'else'")
    console.page.wait_for_timeout(450)
    console.reload()  # another one: the link wins, the rest is offered
    expect(console.editor()).to_have_text("linked = 1")
    click(notice(console, re.compile("other unsaved changes: “New script”").pattern), "Restore")
    expect(console.editor()).to_have_text("something = 'else'")


def test_what_is_typed_before_python_is_there(console: Console) -> None:
    write(console, "before = 1")
    console.page.wait_for_timeout(450)

    def reload_held(page: Page) -> list[Route]:
        held: list[Route] = []
        page.route("**/app.zip*", lambda route: held.append(route))
        address = console.frame.url.split("?")[0]
        page.reload(wait_until="commit")
        console.frame = application_frame(page, address)
        expect(console.frame.get_by_role("status").first).to_have_text("Python is starting…")
        return held

    held = reload_held(console.page)
    write(console, "early = 1")
    console.page.wait_for_timeout(450)
    console.page.unroute_all(behavior="ignoreErrors")
    held = reload_held(console.page)
    write(console, "meanwhile = 1")
    for route in held:
        route.continue_()
    expect(console.frame.get_by_role("status").first).to_have_text("Ready")
    expect(console.editor()).to_have_text("meanwhile = 1")
    found = []
    for _ in range(2):
        click(notice(console, "other unsaved changes"), "Restore")
        expect(console.editor()).not_to_have_text("meanwhile = 1")
        found.append(console.editor().inner_text())
    assert sorted(found) == ["before = 1", "early = 1"]
