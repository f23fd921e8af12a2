"""The console: scripts in the portal, on Disk, in options and in the browser; drafts; what others do meanwhile."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from bx24py.dev.portal.portal import Portal
from tests.browser.console import FOLDER, Console, opening


@pytest.fixture(scope="module")
def opened(bx24_browser: Browser, bx24_snapshot: bytes | None) -> Iterator[Console]:
    with opening(bx24_browser, bx24_snapshot) as open_console:
        yield open_console()


@pytest.fixture
def console(opened: Console) -> Console:
    opened.portal.reset()
    opened.portal.rest.offline = False
    opened.frame.evaluate("localStorage.clear()")
    opened.write("left by another test")
    click(opened, "New")
    answer(opened, "Unsaved changes", "Discard")
    expect(opened.editor()).to_have_text("")
    opened.errors.clear()
    return opened


def click(console: Console, name: str) -> None:
    menu = console.frame.locator("#script-menu")
    if not menu.get_by_role("button", name=name, exact=True).is_visible():
        menu.get_by_role("button", name="More").click()
    menu.get_by_role("button", name=name, exact=True).click()


def dialog(console: Console, name: str) -> Locator:
    return console.frame.get_by_role("dialog", name=name)


def answer(console: Console, title: str, button: str) -> None:
    dialog(console, title).get_by_role("button", name=button, exact=True).click()


def save_as(console: Console, name: str, place: str = "For me") -> None:
    box = dialog(console, "Save the script")
    box.get_by_label("Name").fill(name)
    box.get_by_label(place).check()
    box.get_by_role("button", name="Save", exact=True).click()


def says(console: Console, words: str) -> None:
    expect(console.frame.locator(".notice:visible")).to_contain_text(words)


def open_script(console: Console, name: str) -> None:
    click(console, "Open")
    dialog(console, "Open a script").get_by_role("button", name=name).first.click()


def code(console: Console) -> str:
    text: str = console.frame.evaluate("notebook.text")
    return text


def files(console: Console) -> dict[str, tuple[int, str]]:
    """Return the files on Disk by name: number and content."""
    drive = console.portal.company.drive
    numbers = [n for n in drive.objects.ids if drive.objects.value(n, "NAME").endswith(".py") and drive.has("file", n)]
    return {drive.objects.value(n, "NAME"): (n, drive.versions(n)[0].content.decode()) for n in numbers}


def test_a_script_on_disk_from_saving_to_deleting(console: Console) -> None:
    console.editor().click()
    console.page.keyboard.type("total = 41")
    console.page.keyboard.press("Control+s")
    expect(dialog(console, "Save the script")).to_contain_text("Kept on the portal's Disk.")
    save_as(console, "Totals", "For everyone")
    says(console, "“Totals” is saved. Kept on the portal's Disk.")
    assert files(console)["Totals.py"][1] == "# %%\ntotal = 41\n"
    console.write("total = 42")
    click(console, "Save")
    expect(console.frame.locator("#script-name")).not_to_have_class("script-name changed")
    assert files(console)["Totals.py"][1] == "# %%\ntotal = 42\n"
    click(console, "Rename")
    box = dialog(console, "Rename")
    box.get_by_label("Name").fill("Grüße 合計 <img src=x onerror=alert(1)>")
    box.get_by_label("Name").press("Enter")
    expect(dialog(console, "Rename")).to_contain_text("must not contain")
    box.get_by_label("Name").fill("")
    answer(console, "Rename", "Save")
    expect(dialog(console, "Rename")).to_contain_text("Give it a name.")
    box.get_by_label("Name").fill("x" * 300)
    answer(console, "Rename", "Save")
    expect(dialog(console, "Rename")).to_contain_text("300 characters; 100")
    box.get_by_label("Name").fill("Grüße 合計")
    answer(console, "Rename", "Save")
    expect(console.frame.locator("#script-name")).to_have_text("Grüße 合計")
    click(console, "Delete script")
    answer(console, "Delete script", "Delete script")
    says(console, "is deleted. Its cells are still here")
    assert "Grüße 合計.py" not in files(console)
    assert code(console) == "# %%\ntotal = 42\n"


def test_two_people_who_save_the_same_script_are_told(console: Console) -> None:
    console.write("mine = 1")
    click(console, "Save")
    save_as(console, "Shared", "For everyone")
    says(console, "is saved")
    number, _ = files(console)["Shared.py"]
    console.portal.company.drive.write(number, b"# %%\n'<b>theirs</b>'\n", 2)
    console.write("mine = 2")
    click(console, "Save")
    conflict = dialog(console, "Changed meanwhile")
    conflict.get_by_text("See theirs").click()
    expect(conflict.locator("pre")).to_have_text("# %%\n'<b>theirs</b>'\n")
    answer(console, "Changed meanwhile", "Cancel")
    assert "theirs" in files(console)["Shared.py"][1]
    click(console, "Save")
    answer(console, "Changed meanwhile", "Save as another")
    save_as(console, "shared", "For everyone")
    expect(dialog(console, "Save the script")).to_contain_text("There is already a script “shared”.")
    save_as(console, "Mine")
    says(console, "“Mine” is saved")
    open_script(console, "Shared")
    says(console, "Read it before you run it")
    expect(console.editor()).to_have_text("'<b>theirs</b>'")
    expect(console.output()).to_be_hidden()
    console.portal.company.drive.write(number, b"# %%\n3\n", 2)
    console.write("mine = 4")
    click(console, "Save")
    answer(console, "Changed meanwhile", "Save over it")
    says(console, "is saved")
    assert files(console)["Shared.py"][1] == "# %%\nmine = 4\n"
    console.portal.company.drive.trash(number, 2)
    console.write("mine = 5")
    click(console, "Save")
    expect(dialog(console, "Save the script")).to_contain_text("is not there any more")
    save_as(console, "Shared", "For everyone")
    says(console, "is saved")
    assert files(console)["Shared.py"][1] == "# %%\nmine = 5\n"


def test_nothing_is_lost_when_the_portal_fails_or_another_script_is_opened(console: Console) -> None:
    console.write("precious")
    click(console, "New")
    answer(console, "Unsaved changes", "Cancel")
    assert "precious" in code(console)
    console.portal.rest.offline = True
    click(console, "Save")
    box = dialog(console, "Save the script")
    expect(box).to_be_visible(timeout=60_000)
    console.portal.rest.offline = False
    box.get_by_role("button", name="Cancel").click()
    console.portal.rest.route("disk.folder.uploadfile").fail("ACCESS_DENIED")
    click(console, "Save")
    save_as(console, "No rights", "For everyone")
    expect(dialog(console, "Not saved")).to_contain_text("You have no rights for it.")
    answer(console, "Not saved", "Save in this browser")
    says(console, "Kept in this browser only.")
    click(console, "New")
    open_script(console, "No rights")
    expect(console.editor()).to_have_text("precious")


def test_import_export_and_the_link(console: Console) -> None:
    console.frame.locator("#script-menu input[type=file]").set_input_files(
        {"name": "mine.py", "mimeType": "text/x-python", "buffer": b"# coding: utf-8\n\n#%% One\n1\n"}
    )
    expect(console.editor()).to_have_text("1")
    expect(console.frame.locator("#script-name")).to_have_class("script-name changed")
    if console.frame.get_by_role("button", name="Export").is_hidden():
        console.frame.get_by_role("button", name="More").click()
    with console.page.expect_download() as download:
        click(console, "Export")
    assert download.value.suggested_filename == "mine.py"
    assert download.value.path().read_text() == "# coding: utf-8\n\n# %% One\n1\n"
    click(console, "Link")
    expect(dialog(console, "Link")).to_contain_text("Only a script that is saved in the portal has a link.")
    answer(console, "Link", "Close")
    click(console, "Save")
    save_as(console, "Linked", "For everyone")
    says(console, "is saved")
    number, _ = files(console)["Linked.py"]
    click(console, "Link")
    link = dialog(console, "Link").get_by_label("Link", exact=True)
    expect(link).to_have_value(re.compile(rf"/marketplace/view/.+/\?params\[script\]=disk%3Aeveryone%3A{number}$"))
    answer(console, "Link", "Close")


GALLERY = sorted(path.name for path in (FOLDER / "gallery").glob("*.py"))


def title(file: str) -> str:
    return next(line[6:] for line in (FOLDER / "gallery" / file).read_text().splitlines() if line.startswith("# en: "))


def open_from_gallery(console: Console, file: str) -> None:
    console.write("unsaved = 1")
    open_script(console, title(file))
    answer(console, "Unsaved changes", "Discard")


@pytest.mark.parametrize("file", GALLERY)
def test_the_gallery_runs(console: Console, file: str) -> None:
    """Each script is opened by a click and run to its end."""
    chosen = [{"id": "1", "name": "One"}, {"id": "2", "name": "Two"}]
    console.portal.frame.answer("selectUser", chosen)
    open_from_gallery(console, file)
    expect(console.frame.locator("#script-name")).to_have_text(title(file))
    expect(console.output()).to_be_hidden()
    console.frame.get_by_role("button", name="Run all").click()
    last = console.frame.get_by_role("region", name=re.compile("^Cell ")).last
    question = dialog(console, "Confirm changes").get_by_role("button", name="Run")
    while last.locator(".count").inner_text() == "[ ]":
        if question.is_visible():
            question.click()
        console.page.wait_for_timeout(50)
    expect(console.frame.locator(".error")).to_have_count(0)
    expect(last.get_by_role("region", name="Output")).to_be_visible()
    if file == "move_deals.py":
        deals = console.portal.company.deals
        assert all(deals.value(n, "ASSIGNED_BY_ID") != 1 or deals.value(n, "CLOSED") == "Y" for n in deals.ids)
    if file == "event_log.py":
        week = time.time() - 7 * 24 * 3600
        log = console.portal.company.others["event_log"]
        count = sum(log.value(n, "TIMESTAMP_X") >= week for n in log.ids)
        expect(console.output()).to_contain_text(
            re.compile(rf"^({count}|{count - 1}) events")
        )  # one may leave the week
        expect(console.output(2).get_by_role("cell", name="USER_AUTHORIZE")).to_be_visible()
        expect(console.output(3).locator("canvas, svg").first).to_be_visible()
    if file == "working_time.py":
        expect(console.output()).to_have_text(re.compile(r"^30 people have worked, \d+ have not\n$"))
        expect(console.output(2).get_by_role("row")).to_have_count(31)


@pytest.mark.parametrize(
    ("file", "code", "words"),
    [
        ("event_log.py", "METHODNOTFOUNDEXCEPTION", "This portal has no main.eventlog.list yet."),
        ("event_log.py", "ACCESSDENIEDEXCEPTION", "Only an administrator may read the event log"),
        ("event_log.py", "INSUFFICIENTSCOPEEXCEPTION", "Give the application the permission “main”"),
        ("working_time.py", "METHODNOTFOUNDEXCEPTION", "This portal has no timeman.record.list yet."),
        ("working_time.py", "ACCESSDENIEDEXCEPTION", "You may not see the working time of"),
        ("working_time.py", "INSUFFICIENTSCOPEEXCEPTION", "Give the application the permission “timeman”"),
    ],
)
def test_what_a_portal_lacks_is_said_in_plain_words(console: Console, file: str, code: str, words: str) -> None:
    console.portal.v3.route("*").fail(code)
    console.run("bx24.limits = bx24py.Limits(1000, 1000)")
    open_from_gallery(console, file)
    console.cell(1).get_by_role("button", name="Run", exact=True).click()
    console.idle()
    expect(console.output()).to_contain_text(words)


def test_without_disk_scripts_are_options_and_then_in_the_browser(
    bx24_browser: Browser, bx24_snapshot: bytes | None
) -> None:
    portal = Portal(deals=10)
    portal.state.scope -= {"disk"}
    portal.state.admin = False
    evil = {"name": "<img src=x onerror=parent.hit=1>", "text": "# %%\nprint('ran')\n", "changed": "2026-01-01"}
    portal.state.app_options["script-evil"] = json.dumps(evil)
    portal.state.placement_options = {"script": "options:everyone:evil"}
    with opening(bx24_browser, bx24_snapshot) as open_console:
        console = open_console(portal)
        # The link opens it: nothing runs.
        expect(console.editor()).to_have_text("print('ran')")
        says(console, "Read it before you run it")
        expect(console.frame.locator("#script-name")).to_have_text(evil["name"])
        expect(console.output()).to_be_hidden()
        assert console.frame.evaluate("document.images.length") == 0
        click(console, "New")
        console.write("small = 1")
        click(console, "Save")
        box = dialog(console, "Save the script")
        expect(box).to_contain_text("Kept in the portal's options.")
        expect(box.get_by_label("For everyone")).to_be_disabled()
        save_as(console, "Small")
        says(console, "Kept in the portal's options.")
        assert [json.loads(v)["text"] for k, v in portal.state.user_options.items() if k.startswith("script-")] == [
            "# %%\nsmall = 1\n"
        ]
        console.write("# " + "x" * 70_000)
        click(console, "Save")
        expect(dialog(console, "Save the script")).to_contain_text("It does not fit")
        save_as(console, "Large")
        answer(console, "Not saved", "Save in this browser")
        says(console, "Kept in this browser only.")
        # A reload restores what was typed since, and says so; another tab does not get it.
        console.editor().click()
        console.page.keyboard.press("Control+a")
        console.page.keyboard.type("typed = 5")
        portal.state.placement_options = {}
        console.reload()
        says(console, "Unsaved changes of")
        expect(console.editor()).to_have_text("typed = 5")
        expect(console.frame.locator("#script-name")).to_have_text("Large")
        before = console.page
        console.page = before.context.new_page()
        console.reload(before.url)
        expect(console.editor()).to_have_text("")
        before.close()
