"""The console: what cells change is asked about, collected in a dry run, listed with its results, and logged."""

from __future__ import annotations

import csv

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.console import Console

HOSTILE = '<img src=x onerror="window.hacked = 1">\u202e", id: 7'
TIMES = "\N{MULTIPLICATION SIGN}"


@pytest.fixture
def console(opened_console: Console) -> Console:
    opened_console.fresh()
    opened_console.errors.clear()
    opened_console.portal.rest.reset()
    opened_console.portal.v3.reset()
    return opened_console


def sent(console: Console) -> list[str]:
    return [call.method for call in console.portal.rest.calls if call.method.endswith((".update", ".add", ".delete"))]


def question(console: Console) -> Locator:
    return console.frame.get_by_role("dialog", name="Confirm changes")


def click(place: Locator, name: str) -> None:
    place.get_by_role("button", name=name, exact=True).click()


def comments(value: str, ids: str = "range(1, 61)") -> str:
    return f"[['crm.deal.update', {{'id': n, 'fields': {{'COMMENTS': {value!r}}}}}] for n in {ids}]"


def test_a_batch_is_shown_and_runs_after_a_click(console: Console) -> None:
    console.start(f"done = await bx24.call_batch([['crm.deal.get', {{'id': 1}}], *{comments(HOSTILE)}])\nlen(done)")
    dialog = question(console)
    expect(dialog).to_contain_text("Cell 1 wants to change this in the portal:")
    expect(dialog.get_by_role("heading", name=f"crm.deal.update {TIMES} 60")).to_be_visible()
    expect(dialog).to_contain_text(f"It only reads: crm.deal.get {TIMES} 1.")
    items = dialog.get_by_role("listitem")
    expect(items).to_have_count(3)
    escaped = HOSTILE.replace('"', '\\"').replace("\u202e", "\\u202e")
    expect(items.first).to_have_text(f'id: 1, fields.COMMENTS: "{escaped}"')
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    click(dialog, "Show more (57 left)")
    expect(items).to_have_count(53)
    click(dialog, "Show more (7 left)")
    expect(items).to_have_count(60)
    assert sent(console) == []
    click(dialog, "Run")
    expect(dialog).to_have_count(0)
    console.idle()
    expect(console.output().get_by_role("table", name="Changes sent: 60 · done: 60")).to_be_visible()
    rows = console.output().get_by_role("row")
    expect(rows).to_have_count(51)
    click(console.output(), "Show more (10 left)")
    expect(rows).to_have_count(61)
    assert len(sent(console)) == 60
    assert not console.frame.evaluate("window.hacked")
    assert console.errors == []


@pytest.mark.parametrize("how", ["Cancel", "Escape"])
def test_cancelling_sends_nothing_and_tells_why(console: Console, how: str) -> None:
    console.write("await bx24.call_method('crm.deal.delete', {'id': 1})")
    console.editor().click()
    console.page.keyboard.press("Control+Enter")
    expect(question(console).get_by_role("button", name="Cancel")).to_be_focused()
    console.page.keyboard.press("Escape" if how == "Escape" else "Enter")
    console.idle()
    expect(console.output()).to_contain_text("WriteRefusedError")
    expect(console.output()).to_contain_text("You cancelled the change. Nothing was sent.")
    expect(console.editor()).to_be_focused()
    assert sent(console) == []


def test_stopping_the_cell_closes_the_question(console: Console) -> None:
    console.start("await bx24.call_method('crm.deal.delete', {'id': 1})")
    click(question(console), "Stop cell")
    console.idle()
    expect(console.output()).to_contain_text("Stopped")
    console.start(
        "import asyncio\nasync with asyncio.timeout(0.5):\n    await bx24.call_method('crm.deal.delete', {'id': 1})"
    )
    expect(question(console)).to_be_visible()
    console.idle()
    expect(question(console)).to_have_count(0)
    expect(console.output()).to_contain_text("TimeoutError")
    assert sent(console) == []


def test_a_loop_asks_once_per_call_or_once_for_the_cell(console: Console) -> None:
    console.start(
        "import asyncio\nfor n in (1, 2, 3, 4):\n"
        "    await bx24.call_method('crm.deal.update', {'id': n, 'fields': {'COMMENTS': 'x'}})\n"
        "calls = [bx24.call_method('crm.deal.update', {'id': n, 'fields': {'COMMENTS': 'y'}}) for n in (1, 2)]\n"
        "_ = await asyncio.gather(*calls)\n"
        "async def later():\n    await asyncio.sleep(0.2)\n    await bx24.call_method('crm.deal.delete', {'id': 150})\n"
        "task = asyncio.create_task(later())"
    )
    click(question(console), "Run")
    expect(question(console)).to_contain_text("id: 2")
    expect(question(console).get_by_role("button")).to_have_text(
        ["Run", "Allow all in this cell", "Cancel", "Stop cell"]
    )
    click(question(console), "Allow all in this cell")
    console.idle()
    expect(console.output().get_by_role("table", name="Changes sent: 7 · done: 7")).to_be_visible()
    assert sent(console) == ["crm.deal.update"] * 6 + ["crm.deal.delete"]
    # The next run of the cell is asked about again.
    console.start("await bx24.call_method('crm.deal.delete', {'id': 2})")
    click(question(console), "Cancel")
    console.idle()
    assert len(sent(console)) == 7


def test_names_of_parameters_are_shown_unambiguously(console: Console) -> None:
    fields = (
        "{'A': {'B': 1}, 'A.B': 2, 'x: 1, id': 3, 'L': [5, {'M': [6]}], 'D': {'0': 7}, 'q\"r': 8, "
        "'>=DATE': 9, 'Имя': 10, 'a\u202eb': 11}"
    )
    console.start(f"await bx24.call_method('crm.deal.update', {{'id': 1, 'fields': {fields}}})")
    expect(question(console).get_by_role("listitem")).to_have_text(
        'id: 1, fields.A.B: 1, fields."A.B": 2, fields."x: 1, id": 3, fields.L[0]: 5, '
        'fields.L[1].M[0]: 6, fields.D.0: 7, fields."q\\"r": 8, fields.>=DATE: 9, fields.Имя: 10, '
        'fields."a\\u202eb": 11'
    )
    click(question(console), "Cancel")
    console.idle()


def test_what_a_callback_of_the_page_writes_is_asked_about_too(console: Console) -> None:
    console.run(
        "import js\nfrom pyodide.ffi import create_once_callable\n"
        "async def later():\n    await bx24.call_method('crm.deal.delete', {'id': 1})\n"
        "js.setTimeout(create_once_callable(later), 100)"
    )
    click(question(console), "Cancel")
    expect(question(console)).to_have_count(0)
    assert sent(console) == []
    console.errors.clear()  # nobody awaits what the timer started


def test_a_dry_run_collects_a_loop_and_sends_nothing(console: Console) -> None:
    switch = console.frame.get_by_role("switch", name="Dry run")
    expect(switch).to_have_attribute("aria-checked", "false")
    switch.focus()
    console.page.keyboard.press("Space")
    expect(switch).to_have_attribute("aria-checked", "true")
    console.start(
        "from bx24py import File\n"
        "fields = {'F': {'fileData': File('a.txt', b'abc')}}\n"
        "for n in range(300):\n    r = await bx24.call_method('crm.deal.update', {'id': n, 'fields': fields})\n"
        "b = await bx24.call_batch([['crm.deal.add'], ['user.current']])\n"
        "print(r.data, [one.data for one in b])"
    )
    console.idle()
    expect(console.output()).to_contain_text("None [None, None]")
    table = console.output().get_by_role("table", name="Dry run, nothing was sent. Changes: 301")
    expect(table.get_by_role("row").nth(1)).to_contain_text('id: 0, fields.F.fileData: "a.txt" (3 bytes)')
    expect(question(console)).to_have_count(0)
    assert sent(console) == []
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")


def test_failures_are_sent_again_and_unknown_ones_after_a_warning(console: Console) -> None:
    console.portal.rest.route("crm.deal.update").fail("ERROR_CORE", "No <b>.").times(1)
    console.start(
        "calls = [bx24.call_method('crm.deal.update', {'id': n, 'fields': {'TITLE': 'x'}}) for n in (1, 2)]\n"
        "import asyncio\nlen(await asyncio.gather(*calls, return_exceptions=True))"
    )
    click(question(console), "Run")
    click(question(console), "Run")
    output = console.output()
    expect(output.get_by_role("table", name="Changes sent: 2 · done: 1 · failed: 1")).to_be_visible()
    expect(output.get_by_role("row").nth(1)).to_contain_text("No <b>.")
    before = len(sent(console))
    click(output, "Send the failed again (1)")
    expect(output.get_by_role("table", name="Changes sent: 2 · done: 2")).to_be_visible()
    assert len(sent(console)) == before + 1

    console.portal.rest.route("crm.deal.update").drop().times(1)
    console.start("await bx24.call_method('crm.deal.update', {'id': 2, 'fields': {'TITLE': 'lost'}})")
    click(question(console), "Run")
    console.idle()
    expect(output).to_contain_text("unknown: may have been executed")
    click(output, "Send the unknown again… (1)")
    warning = console.frame.get_by_role("dialog", name="Send again what may be done already?")
    expect(warning.get_by_role("button", name="Cancel")).to_be_focused()
    console.page.keyboard.press("Escape")
    expect(warning).to_have_count(0)
    count = len(sent(console))
    click(output, "Send the unknown again… (1)")
    click(warning, "Send anyway")
    expect(output.get_by_role("table", name="Changes sent: 1 · done: 1")).to_be_visible()
    assert len(sent(console)) == count + 1
    expect(output.get_by_role("button", name="again")).to_have_count(0)

    # The log has each sending, and no token.
    token = console.frame.evaluate("BX24.getAuth().access_token")
    console.start(
        "await bx24.call_method('crm.deal.update', {'id': 3, 'fields': {'TITLE': bx24.get_auth().access_token}})"
    )
    expect(question(console)).to_contain_text("[token]")
    assert token not in question(console).inner_text()
    click(question(console), "Run")
    console.idle()
    with console.page.expect_download() as download:
        console.frame.get_by_role("button", name="Log of changes").click()
    log = download.value.path().read_text("utf-8-sig")
    assert token not in log
    rows = [row for row in csv.reader(log.splitlines()) if "lost" in row[3]]
    assert [row[4] for row in rows] == ["unknown", "ok"]


UPDATE_V3 = "bx24.v3.call_method('tasks.task.update', {'id': 7, 'fields': {'title': 'New', 'deadline': None}})"


def test_writes_of_rest_3_0_are_shown_as_such(console: Console) -> None:
    console.start(
        "batch = bx24.v3.batch()\n"
        "task = batch.call('tasks.task.get', {'id': 7, 'select': ['id']})\n"
        "batch.call('tasks.task.update', {'id': task.item['id'], 'fields': {'title': 'New', 'deadline': None}})\n"
        "len(await batch.run())"
    )
    dialog = question(console)
    expect(dialog.get_by_role("heading", name=f"tasks.task.update (REST 3.0) {TIMES} 1")).to_be_visible()
    expect(dialog).to_contain_text(f"It only reads: tasks.task.get (REST 3.0) {TIMES} 1.")
    expect(dialog.get_by_role("listitem")).to_have_text('id."$ref": "0.id", fields.title: "New", fields.deadline: null')
    assert not console.portal.v3.received("batch")
    click(dialog, "Run")
    console.idle()
    table = console.output().get_by_role("table", name="Changes sent: 1 · done: 1")
    expect(table.get_by_role("row").nth(1)).to_contain_text("tasks.task.update (REST 3.0)")
    assert console.portal.company.tasks.value(7, "TITLE") == "New"


def test_a_dry_run_of_rest_3_0_sends_nothing(console: Console) -> None:
    switch = console.frame.get_by_role("switch", name="Dry run")
    switch.click()
    console.start(
        f"r = await {UPDATE_V3}\nb = await bx24.v3.call_batch([['tasks.task.delete', {{'id': 7}}]])\n"
        "print(r.data, [one.data for one in b])"
    )
    console.idle()
    switch.click()
    expect(console.output()).to_contain_text("None [None]")
    table = console.output().get_by_role("table", name="Dry run, nothing was sent. Changes: 2")
    expect(table.get_by_role("row").nth(2)).to_contain_text("tasks.task.delete (REST 3.0)")
    assert 7 in console.portal.company.tasks


def test_failures_of_rest_3_0_are_sent_again_there(console: Console) -> None:
    console.portal.v3.route("tasks.task.update").fail("ACCESSDENIEDEXCEPTION").times(1)
    console.portal.company.tasks.update(7, {"TITLE": "Old"})
    console.start(f"await {UPDATE_V3}")
    click(question(console), "Run")
    console.idle()
    output = console.output()
    expect(output.get_by_role("table", name="Changes sent: 1 · failed: 1")).to_be_visible()
    click(output, "Send the failed again (1)")
    expect(output.get_by_role("table", name="Changes sent: 1 · done: 1")).to_be_visible()
    assert console.portal.company.tasks.value(7, "TITLE") == "New"
    # The portal does not say which command of a batch failed: each is sent again alone, but not one that needs another.
    console.portal.v3.route("batch").fail("ACCESSDENIEDEXCEPTION").times(1)
    console.start(
        "batch = bx24.v3.batch()\n"
        "for n in (1, 2):\n    batch.call('tasks.task.update', {'id': n, 'fields': {'title': 'Both'}})\n"
        "task = batch.call('tasks.task.get', {'id': 3})\n"
        "batch.call('tasks.task.update', {'id': task.item['id'], 'fields': {'title': 'Third'}})\n"
        "await batch.run()"
    )
    click(question(console), "Run")
    console.idle()
    click(output, "Send the unknown again… (2)")
    warning = console.frame.get_by_role("dialog", name="Send again what may be done already?")
    click(warning, "Send anyway")
    expect(
        output.get_by_role("table", name="Changes sent: 3 · done: 2 · unknown: may have been executed: 1")
    ).to_be_visible()
    assert [console.portal.company.tasks.value(n, "TITLE") for n in (1, 2)] == ["Both", "Both"]
    assert len(console.portal.v3.received("batch")) == 1


def test_five_thousand_changes_and_the_log_of_them(console: Console) -> None:
    console.start(f"""_ = await bx24.call_batch({comments("=1+1", "range(5000)")})""")
    dialog = question(console)
    expect(dialog.get_by_role("heading", name=f"crm.deal.update {TIMES} 5,000")).to_be_visible()
    dialog.get_by_role("checkbox", name="Do not ask again until the page is closed").check()
    click(dialog, "Run")
    table = console.output().get_by_role("table", name="Changes sent: 5,000")
    expect(table.get_by_role("caption")).to_contain_text("on its way: 5,000")
    click(console.cell(1), "Stop")
    console.idle()
    expect(table.get_by_role("caption")).not_to_contain_text("on its way")
    expect(table.get_by_role("row")).to_have_count(51)
    console.run("await bx24.call_method('crm.deal.update', {'id': 1, 'fields': {'COMMENTS': '@x'}})")
    expect(question(console)).to_have_count(0)
    with console.page.expect_download() as download:
        console.frame.get_by_role("button", name="Log of changes").click()
    rows = list(csv.reader(download.value.path().read_text("utf-8-sig").splitlines()))
    assert rows[0] == ["time", "cell", "method", "parameters", "outcome", "error"]
    assert rows[-1][1:] == ["Cell 1", "crm.deal.update", 'id: 1, fields.COMMENTS: "@x"', "ok", ""]
    assert len(rows) > 5000
