"""The helpers for pages: `bx24py.page`."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .conftest import PythonPage


def python(app: PythonPage, code: str) -> object:
    names = "from bx24py.page import Progress, Table, ask, by_id, element, find, problem, save_file\n"
    return app.python(names + textwrap.dedent(code))


@pytest.fixture(autouse=True)
def empty(app: PythonPage) -> None:
    app.frame.evaluate("document.getElementById('out').replaceChildren()")


def test_elements(app: PythonPage) -> None:
    made = python(
        app,
        """
        hostile = "<img src=x onerror=alert(1)>"
        one = element("p", hostile, None, element("b", "b"), class_="muted", data_id=5, hidden=False, title=hostile)
        by_id("out").append(one)
        try:
            by_id("nothing")
        except LookupError as error:
            missing = str(error)
        found = find("#out p") == one
        return one.innerHTML, [*one.getAttributeNames()], one.title == hostile, missing, find("#nothing"), found
        """,
    )
    assert made == [
        "&lt;img src=x onerror=alert(1)&gt;<b>b</b>",
        ["class", "data-id", "title"],
        True,
        'name: the page has no element with id="nothing"',
        None,
        True,
    ]


def test_a_table_grows_by_clicks_and_shows_other_rows(app: PythonPage) -> None:
    python(
        app,
        """
        table = Table({"NAME": "Name", "AMOUNT": "Amount"}, caption="People", step=3)
        by_id("out").append(table.element)
        table.show([{"NAME": f"<b>{n}</b>", "AMOUNT": 1000 * n} for n in range(7)])
        js.show_few = __import__("pyodide.ffi").ffi.create_proxy(lambda: table.show([{"NAME": "A", "AMOUNT": None}]))
        """,
    )
    out = app.frame.locator("#out")
    expect(out.get_by_role("table", name="People")).to_be_visible()
    expect(out.locator("tbody tr")).to_have_count(3)
    expect(out.locator("tbody td").nth(2)).to_have_text("<b>1</b>")
    expect(out.locator("tbody td").nth(3)).to_have_text("1,000")
    expect(out.locator(".number")).to_have_count(4)
    more = out.get_by_role("button", name="Show more")
    more.click()
    expect(out.locator("tbody tr")).to_have_count(6)
    more.click()
    expect(out.locator("tbody tr")).to_have_count(7)
    expect(more).to_be_hidden()
    app.frame.evaluate("show_few()")
    expect(out.locator("tbody tr")).to_have_text(["A"])
    expect(out.locator(".number")).to_have_count(0)


def test_progress_of_a_list(app: PythonPage) -> None:
    seen = python(
        app,
        """
        progress = Progress("Reading…")
        by_id("out").append(progress.element)
        bar = progress.element.querySelector("progress")
        seen = [bar.position, progress.element.textContent]
        await bx24.call_list("crm.deal.list", {"select": ["ID"]}, on_progress=progress)
        seen += [bar.value == bar.max, progress.element.textContent]
        progress(5, None)
        seen += [bar.position, progress.element.textContent]
        progress.hide()
        return [*seen, progress.element.hidden]
        """,
    )
    total = len(app.portal.company.deals.ids)
    assert seen == [-1, "Reading…", True, f"Reading… {total} of {total}", -1, "Reading… 5", True]


def test_a_failed_call_in_words(app: PythonPage) -> None:
    app.portal.rest.route("user.current").fail("ACCESS_DENIED", "<b>No</b>")
    python(
        app,
        """
        try:
            await bx24.call_method("user.current")
        except BX24Error as error:
            by_id("out").append(problem("Not read.", error, element("button", "Again", type="button")))
        """,
    )
    alert = app.frame.get_by_role("alert")
    expect(alert.locator("strong")).to_have_text("Not read.")
    expect(alert.get_by_role("button")).to_have_text("Again")
    alert.locator("summary").click()
    expect(alert.locator("details p")).to_contain_text("user.current: ACCESS_DENIED: <b>No</b>")


def test_a_question(app: PythonPage) -> None:
    python(
        app,
        """
        async def wonder():
            found = []
            for _ in range(3):
                found.append(await ask("Delete <b>3</b> deals?", "Delete", "Cancel", details="For ever."))
            by_id("out").textContent = repr(found)
        js.wondering = __import__("pyodide.ffi").ffi.create_proxy(asyncio.create_task(wonder()))
        """,
    )
    dialog = app.frame.get_by_role("dialog", name="Delete <b>3</b> deals?")
    expect(dialog).to_contain_text("For ever.")
    dialog.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_visible()
    app.page.keyboard.press("Escape")
    expect(app.frame.locator("#out")).to_have_text("['Delete', 'Cancel', None]")
    expect(app.frame.locator("dialog")).to_have_count(0)


def test_a_cancelled_question_closes(app: PythonPage) -> None:
    left = python(
        app,
        """
        question = ask("Really?")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        shown = find("dialog") is not None
        question.cancel()
        await asyncio.wait([question])
        return shown, find("dialog")
        """,
    )
    assert left == [True, None]


@pytest.mark.parametrize("content", ["'für'", "'für'.encode()"])
def test_a_file_is_saved(app: PythonPage, content: str) -> None:
    with app.page.expect_download() as download:
        python(app, f"save_file('a b.txt', {content}, 'text/plain')")
    assert download.value.suggested_filename == "a b.txt"
    assert Path(download.value.path()).read_bytes() == "für".encode()
