"""The console: cells, their keys, and how they run."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from bx24py.dev.browser import application_frame
from tests.browser.console import Console


def test_the_keys_of_a_notebook(console: Console) -> None:
    console.editor().click()
    press = console.page.keyboard.press
    console.page.keyboard.type("first = 20")
    press("Shift+Enter")
    expect(console.editor(2)).to_be_focused()
    console.page.keyboard.type("first + 1")
    press("Control+Enter")
    expect(console.output(2)).to_have_text("21")
    expect(console.editor(2)).to_be_focused()
    press("Alt+Enter")
    expect(console.editor(3)).to_be_focused()
    press("Escape")
    expect(console.cell(3)).to_be_focused()
    press("ArrowUp")
    expect(console.cell(2)).to_be_focused()
    press("Alt+ArrowUp")
    expect(console.editor(1)).to_have_text("first + 1")
    press("Enter")
    expect(console.editor(1)).to_be_focused()


def test_cells_run_in_turn_and_end_with_the_first_that_fails(console: Console) -> None:
    console.fresh(
        "# %%\nseen = []\n\n# %%\nawait asyncio.sleep(0.1)\nseen.append(2)\n\n# %%\nseen.missing\n\n# %%\n4\n"
    )
    console.run("import asyncio")
    console.write("seen = []", 1)
    console.frame.get_by_role("button", name="Run all").click()
    expect(console.output(3)).to_contain_text("'list' object has no attribute 'missing'")
    expect(console.cell(4)).to_contain_text("Stopped")
    expect(console.output(4)).to_be_hidden()
    console.frame.get_by_role("button", name="Clear outputs").click()
    expect(console.output(3)).to_be_hidden()


def test_the_value_of_a_cell_and_what_it_prints(console: Console) -> None:
    output = console.run("print('one')\n(await bx24.call_method('user.current')).data['ID']")
    expect(output).to_contain_text("one")
    console.run("Out[max(Out)], len(In) > 1, _")
    expect(console.output()).to_contain_text("True")


@pytest.mark.parametrize(
    ("language", "ready", "said"),
    [("ru", "Готово", "input() не может ждать"), ("de", "Bereit", "input() kann auf einer Seite nicht")],
)
def test_python_speaks_the_language_of_the_portal(console: Console, language: str, ready: str, said: str) -> None:
    console.portal.state.lang = language
    address = console.frame.url.split("?")[0]
    console.page.reload()
    console.frame = application_frame(console.page, address)
    expect(console.frame.get_by_role("status").first).to_have_text(ready)
    console.frame.evaluate("notebook.cells[0].editor.code = 'input()'; notebook.run(notebook.cells[0])")
    expect(console.frame.get_by_role("alert")).to_contain_text(said)
    console.portal.state.lang = "en"
    console.fresh()
    console.reload()
