"""The states in which the console is looked at: each function brings it into one. They work in every language."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, expect

from tests.browser.console import Console

State = Callable[[Console], None]

CELLS = '''"""Deals of the portal, by stage."""
# %% Settings
from datetime import date

LIMIT = 50  # deals
# %%
deals = await bx24.call_list("crm.deal.list", {"select": ["ID", "TITLE", "STAGE_ID", "OPPORTUNITY"]})
print(f"{len(deals)} deals, {date.today():%Y}")
'''

VALUES = """
import sys
class Html:
    def _repr_html_(self):
        return "<h3>A report</h3><table><tr><td>1</td></tr></table><script>hacked = 1</script>"
class Picture:
    def _repr_png_(self):
        return ("iVBORw0KGgoAAAANSUhEUgAAACgAAAAoCAIAAAADnC86AAAAMElEQVR42u3NQQkAAAgEsGtiTIsZ0BKCn8H+S/W8iFg"
                "sFovFYrFYLBaLxWKxWHxnAfgPDvn3C4zDAAAAAElFTkSuQmCC")
print("printed")
print("a warning", file=sys.stderr)
rows = await bx24.call_list("crm.deal.list", {"select": ["ID", "TITLE", "STAGE_ID", "OPPORTUNITY"]})
for row in rows:
    row["COMMENTS"] = "long " * 200
show(rows[:60])
show({"stage": {"id": "NEW", "empty": None, "rows": [1, 2, {"deep": True}]}, "sum": 3})
show({"Won": 3, "Lost": 1, "New": 7})
show(Html(), Picture())
"text of a value"
"""

ERROR = """
async def update(number):
    return await bx24.call_method("crm.deal.get", {"id": number})

import json
try:
    json.loads("{")
finally:
    await update(999_999)
"""

CHANGES = (
    "await bx24.call_batch([['crm.deal.update', {'id': n, 'fields': {'COMMENTS': 'Checked'}}] for n in range(1, 61)])"
)
ONE_CHANGE = "await bx24.call_method('crm.deal.update', {'id': 2, 'fields': {'TITLE': 'Another title'}})"

WAITS = """() => {
  const { progress } = notebook.cells[0].output;
  progress.update(1, "crm.deal.list", { done: 1500, total: 20000, requests: 30, unit: "rows" });
  progress.update(2, "call_batch", { done: 150, total: 300, requests: 3, unit: "calls" });
  progress.update(3, "crm.contact.list", { done: 0, unit: "rows" });
  progress.wait("limit", "", 40);
}"""


def buttons(console: Console) -> Locator:
    """Return the buttons below the open dialog."""
    return console.frame.locator("dialog[open] .dialog-buttons button")


def close(console: Console) -> None:
    """Leave a state: close what is open, end what runs."""
    while console.frame.locator("dialog[open]").count():
        console.page.keyboard.press("Escape")
        console.page.wait_for_timeout(50)
    for number in range(1, console.frame.evaluate("notebook.cells.length") + 1):
        console.frame.evaluate("index => notebook.stop(notebook.cells[index])", number - 1)
        expect(console.frame.locator(".cell").nth(number - 1)).not_to_have_attribute("data-state", "running")
    console.portal.rest.reset()
    if console.frame.evaluate("write_menu.dry"):
        console.frame.get_by_role("switch").click()
    console.frame.evaluate("script_menu.notice.hidden = true")
    more = console.frame.locator("#script-menu > [aria-expanded=true]")
    if more.count():
        more.click()
    console.fresh()


def run(console: Console, code: str) -> None:
    """Run code in the first cell, until it ends or asks."""
    console.write(code)
    console.frame.locator(".cell .primary").first.click()


def ended(console: Console) -> None:
    expect(console.frame.locator(".cell").first).to_have_attribute("data-state", "idle")


def cells(console: Console) -> None:
    console.fresh(CELLS)
    console.frame.locator("#script-menu > [aria-expanded]").click()
    console.frame.locator(".cm-content").nth(1).click()


def search(console: Console) -> None:
    console.fresh(CELLS)
    console.frame.locator(".cm-content").nth(1).click()
    console.page.keyboard.press("Control+f")
    expect(console.frame.locator(".cm-search")).to_be_visible()


def documentation(console: Console) -> None:
    console.frame.locator(".cm-content").first.click()
    console.page.keyboard.insert_text("bx24.call_list")
    console.page.keyboard.press("Escape")
    console.frame.locator(".cm-content").first.click()
    console.page.keyboard.press("F1")
    expect(console.frame.locator(".documentation")).to_be_visible()


def completion(console: Console) -> None:
    console.frame.locator(".cm-content").first.click()
    console.page.keyboard.insert_text("await bx24.call_method('crm.deal.list', {'filter': {''}})")
    for _ in range(4):
        console.page.keyboard.press("ArrowLeft")
    console.page.keyboard.press("Control+Space")
    expect(console.frame.locator(".cm-tooltip-autocomplete li").nth(3)).to_be_visible()
    console.page.keyboard.press("ArrowDown")
    console.page.wait_for_timeout(200)  # until the information beside it is there


def values(console: Console) -> None:
    run(console, VALUES)
    ended(console)
    expect(console.frame.locator(".rows tbody tr[aria-rowindex]").first).to_be_visible()
    console.frame.locator(".columns summary").click()
    console.frame.locator(".table-bar button").first.click()
    console.frame.locator(".tree summary").nth(1).click()
    console.frame.locator(".output > div > button").last.click()
    expect(console.frame.locator(".chart")).to_have_count(2)
    console.frame.locator(".numbers summary").last.click()
    console.page.wait_for_timeout(300)


def outputs(console: Console) -> None:
    console.fresh("# %%\nprint(1)\n# %%\nprint(2)\n")
    console.frame.locator("#run-menu button").first.click()
    expect(console.frame.locator(".output:visible")).to_have_count(2)
    ended(console)


def whole_value(console: Console) -> None:
    run(console, "[{'NAME': 'long ' * 2000}]")
    console.frame.locator(".rows .more").first.click()
    expect(console.frame.locator("dialog.whole")).to_be_visible()


def error(console: Console) -> None:
    run(console, ERROR)
    ended(console)
    console.frame.locator(".error summary").click()


def question(console: Console) -> None:
    run(console, CHANGES)
    expect(console.frame.locator("dialog .change-list li")).to_have_count(3)


def results(console: Console) -> None:
    console.portal.rest.route("crm.deal.update").fail("ERROR_CORE", "A required field is empty.").times(1)
    run(console, CHANGES)
    buttons(console).first.click()
    ended(console)
    expect(console.frame.locator(".changed tbody tr")).to_have_count(50)


def unknown(console: Console) -> None:
    console.portal.rest.route("crm.deal.update").drop().times(1)
    run(console, ONE_CHANGE)
    buttons(console).first.click()
    ended(console)
    console.frame.locator(".changed > .group button:visible").click()
    expect(buttons(console)).to_have_count(2)


def dry_run(console: Console) -> None:
    console.frame.get_by_role("switch").click()
    run(console, CHANGES)
    ended(console)
    expect(console.frame.locator(".changed tbody tr")).to_have_count(50)


def progress(console: Console) -> None:
    console.fresh(f"# %%\nimport asyncio\nawait asyncio.sleep(60)\n{CELLS}")
    console.frame.locator(".cell .primary").first.click()
    console.frame.evaluate(WAITS)
    console.frame.locator(".cell .primary").nth(1).click()
    expect(console.frame.locator(".work")).to_have_count(3)
    expect(console.frame.locator(".works > p")).to_be_visible()


def packages(console: Console) -> None:
    run(console, "%pip install no-such-package-of-anybody")
    ended(console)


def save_dialog(console: Console) -> None:
    console.write("total = 1")
    console.frame.evaluate("() => { script_menu.saveAs(); }")
    expect(console.frame.locator("dialog fieldset")).to_be_visible()


def save_problem(console: Console) -> None:
    save_dialog(console)
    console.frame.locator("dialog input[type=text]").fill("a/b")
    buttons(console).first.click()
    expect(console.frame.locator("dialog .warning")).to_be_visible()


def _saved(console: Console, name: str) -> None:
    save_dialog(console)
    console.frame.locator("dialog input[type=text]").fill(name)
    console.frame.locator("dialog input[type=radio]").last.check()
    buttons(console).first.click()
    expect(console.frame.locator("p.notice:visible")).to_contain_text(name)


def saved(console: Console) -> None:
    _saved(console, "Deals by stage, by month and by person")


def open_dialog(console: Console) -> None:
    _saved(console, "Shared")
    console.frame.evaluate("() => { script_menu.open(); }")
    expect(console.frame.locator(".script-list li").nth(3)).to_be_visible()


def conflict(console: Console) -> None:
    _saved(console, "Of two people")
    drive = console.portal.company.drive
    (number,) = [n for n in drive.objects.ids if drive.objects.value(n, "NAME") == "Of two people.py"]
    drive.write(number, b"# %%\nof_another = 1\n", 2)
    console.write("total = 2")
    console.frame.evaluate("() => { script_menu.save(); }")
    console.frame.locator("dialog summary").click()
    expect(console.frame.locator(".theirs")).to_be_visible()


def link(console: Console) -> None:
    _saved(console, "With a link")
    console.frame.evaluate("() => { script_menu.link(); }")
    expect(console.frame.locator("dialog input")).to_be_visible()


def unsaved(console: Console) -> None:
    console.write("total = 3")
    console.frame.evaluate("() => { script_menu.new(); }")
    expect(buttons(console)).to_have_count(3)


def delete(console: Console) -> None:
    _saved(console, "To be deleted")
    console.frame.evaluate("() => { script_menu.remove(); }")
    expect(buttons(console)).to_have_count(2)


STATES: tuple[State, ...] = (
    cells,
    search,
    documentation,
    completion,
    values,
    outputs,
    whole_value,
    error,
    question,
    results,
    unknown,
    dry_run,
    progress,
    packages,
    save_dialog,
    save_problem,
    saved,
    open_dialog,
    conflict,
    link,
    unsaved,
    delete,
)
