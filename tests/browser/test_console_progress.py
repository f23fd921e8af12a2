"""The console: progress of long calls, waits, and packages."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Route, expect

from bx24py.dev import distribution, packages
from tests.browser.console import Console, opening
from tests.wheels import Pip, wheel


@pytest.fixture(scope="module")
def pip() -> Iterator[None]:
    """An index that has three wheels; the distribution's host cannot be reached."""
    wheels = {
        ("greeting", "1.0"): wheel("greeting", "1.0", "from words import TEXT", needs="words"),
        ("words", "1.0"): wheel("words", "1.0", "TEXT, VERSION = 'Hello', 1"),
        ("words", "2.0"): wheel("words", "2.0", "TEXT, VERSION = 'Hello', 2"),
    }
    cached = (packages.plain, packages._versions, packages._unreachable)
    with pytest.MonkeyPatch.context() as patch:
        for one in cached:
            one.cache_clear()
        patch.setattr(packages, "_pip", Pip(wheels))
        patch.setattr(packages, "_kept", lambda *_: None)
        patch.setattr(packages, "HOST", "http://127.0.0.1:1/")
        yield
    for one in cached:
        one.cache_clear()
    for name, version in wheels:
        (distribution.home() / "wheels" / f"{name}-{version}-py3-none-any.whl").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def opened(bx24_browser: Browser, bx24_snapshot: bytes | None, pip: None) -> Iterator[Console]:
    with opening(bx24_browser, bx24_snapshot) as open_console:
        yield open_console()


@pytest.fixture
def console(opened: Console) -> Iterator[Console]:
    opened.fresh()
    opened.errors.clear()
    yield opened
    opened.page.unroute_all(behavior="ignoreErrors")
    for cell in opened.frame.get_by_role("button", name="Stop", exact=True).all():
        cell.click()
    opened.idle()
    opened.portal.rest.reset()


class Held:
    """Requests that wait until the test lets them go."""

    def __init__(self, console: Console, method: str) -> None:
        self.routes: list[Route] = []
        self.console = console
        console.page.route(f"**/rest/**{method}*", lambda route: self.routes.append(route))

    def let_go(self) -> None:
        """Wait for a request, and let it through."""
        for _ in range(500):
            if self.routes:
                break
            self.console.page.wait_for_timeout(20)
        self.routes.pop(0).continue_()


def python(console: Console, code: str) -> None:
    """Run code beside the running cell, with its names."""
    console.frame.evaluate("code => notebook.python.run({ js_id: -1, output: notebook.cells[0].output }, code)", code)


def bar(console: Console, name: str) -> Locator:
    return console.output().get_by_role("progressbar", name=name)


def test_a_list_shows_its_rows_requests_and_the_time_left(console: Console) -> None:
    pages, batches = Held(console, "crm.deal.list"), Held(console, "batch")
    console.start(
        "told = []\n"
        "rows = await bx24.call_list('crm.deal.list', on_progress=lambda *got: told.append(got))\n"
        "from bx24py import bx24 as imported\nprint(len(rows), told, bx24 is imported)"
    )
    shown = bar(console, "crm.deal.list")
    expect(shown).to_be_visible()
    expect(shown).not_to_have_attribute("value", "0")
    pages.let_go()
    expect(shown).to_have_attribute("value", "50")
    expect(shown).to_have_attribute("max", "200")
    expect(console.output()).to_contain_text("50 of 200 rows · requests: 1 · ")
    expect(console.output()).to_contain_text("left")
    batches.let_go()
    console.idle()
    expect(console.output().get_by_role("progressbar")).to_have_count(0)
    expect(console.output()).to_have_text("200 [(50, 200), (200, 200)] True\n")
    assert not console.errors


def test_a_loop_over_a_list_shows_how_far_it_is_and_leaves_nothing(console: Console) -> None:
    console.start(
        "import asyncio\ngate = asyncio.Event()\ntold = []\n"
        "rows = bx24.fetch_list('crm.deal.list', on_progress=lambda *got: told.append(got))\n"
        "async for row in rows:\n"
        "    if row['ID'] == '70' or len(told) > 1:\n        await gate.wait()\n        break\n"
        "print(isinstance(rows, bx24py.RowStream), told[0])"
    )
    expect(bar(console, "crm.deal.list")).to_have_attribute("max", "200")
    expect(console.output()).to_contain_text(re.compile(r"5\d of 200 rows"))
    python(console, "gate.set()")
    console.idle()
    expect(bar(console, "crm.deal.list")).to_have_count(0)
    expect(console.output()).to_have_text("True (50, 200)\n")


def test_several_batches_at_once(console: Console) -> None:
    batches = Held(console, "batch")
    console.start(
        "import asyncio\ncommands = [['user.current', {}]] * 120\ntold = []\n"
        "built = bx24.batch(on_result=lambda *got: told.append(got))\n"
        "for _ in range(60):\n    built.call('user.current')\n"
        "first, second = await asyncio.gather(bx24.call_batch(commands), built.run())\n"
        "print(len(first), len(second), len(told), type(built).__name__)"
    )
    expect(bar(console, "batch")).to_have_count(2)
    for _ in range(2):
        batches.let_go()
    expect(bar(console, "batch").first).to_have_attribute("value", "50")
    expect(console.output()).to_contain_text("50 of 120 calls · requests: 1")
    expect(console.output()).to_contain_text("50 of 60 calls · requests: 1")
    for _ in range(3):
        batches.let_go()
    console.idle()
    expect(bar(console, "batch")).to_have_count(0)
    expect(console.output()).to_have_text("120 60 60 Batch\n")


def test_long_calls_of_rest_3_0(console: Console) -> None:
    batches = Held(console, "batch")
    tasks = f"{len(console.portal.company.tasks.ids)}"
    console.start(
        "told = []\nrows = await bx24.v3.call_list('tasks.task.list', on_progress=lambda *got: told.append(got))\n"
        "print(len(rows), told[0])"
    )
    expect(bar(console, "tasks.task.list")).to_be_visible()
    expect(console.output()).to_contain_text("50 rows · requests: 1 · ")
    batches.let_go()
    console.page.unroute_all()
    console.idle()
    expect(bar(console, "tasks.task.list")).to_have_count(0)
    expect(console.output()).to_have_text(f"{tasks} (50, None)\n")

    batches = Held(console, "batch")
    console.start(
        "import asyncio\ncommands = [['tasks.task.get', {'id': 7}]] * 60\n"
        "built = bx24.v3.batch()\nbuilt.call('tasks.task.get', {'id': 7})\n"
        "first, second = await asyncio.gather(bx24.v3.call_batch(commands), built.run())\n"
        "print(len(first), len(second))"
    )
    expect(bar(console, "batch")).to_have_count(2)
    expect(console.output()).to_contain_text("0 of 60 calls")
    for _ in range(3):
        batches.let_go()
    console.idle()
    expect(console.output()).to_have_text("60 1\n")

    console.start("async for row in bx24.v3.fetch_list('tasks.task.list'):\n    pass")
    expect(bar(console, "tasks.task.list")).to_be_visible()
    expect(console.output()).to_contain_text("50 rows")
    console.cell(1).get_by_role("button", name="Stop", exact=True).click()
    console.idle()
    expect(console.output()).to_contain_text("Stopped")
    expect(bar(console, "tasks.task.list")).to_have_count(0)


def test_stopped_and_failed_calls_end_their_progress(console: Console) -> None:
    Held(console, "crm.deal.list")
    console.start("await bx24.call_list('crm.deal.list')")
    expect(bar(console, "crm.deal.list")).to_be_visible()
    console.cell(1).get_by_role("button", name="Stop").click()
    expect(bar(console, "crm.deal.list")).to_have_count(0)
    console.portal.rest.route("batch").delay(0.8).fail("ACCESS_DENIED")
    output = console.run("await bx24.call_batch([['user.current', {}]])")
    expect(output).to_contain_text("AccessError")
    expect(bar(console, "batch")).to_have_count(0)


def test_what_is_wrong_with_a_call_is_said_as_ever(console: Console) -> None:
    for call, said in {
        "call_list('crm.deal.list', on_progress=5)": "on_progress: must be a function, not int",
        "fetch_list(5)": "method: must be the name of a REST method, not int",
        "call_batch(5)": "calls: must be",
        "call_batch([], on_result='x')": "on_result: must be a function, not str",
        "batch(on_result='x')": "on_result: must be a function, not str",
        "call_list()": "missing 1 required positional argument: 'method'",
        "call_batch([], nothing=1)": "unexpected keyword argument 'nothing'",
        "on_write(5)": "function: must be a function, not int",
    }.items():
        expect(console.run(f"bx24.{call}")).to_contain_text(said)


def test_waits_and_retries_are_told(console: Console) -> None:
    console.portal.rest.route("user.current").fail("INTERNAL_SERVER_ERROR")
    console.start("bx24py.rest.call.FIRST_DELAY = 4\nawait bx24.call_method('user.current')")
    expect(console.output()).to_contain_text("Trying again: user.current: ServerError")
    console.cell(1).get_by_role("button", name="Stop").click()
    console.idle()
    console.portal.rest.reset()
    console.start(
        "bx24py.rest.call.FIRST_DELAY, bx24.limits = 0.5, bx24py.Limits(2, 1)\n"
        "for _ in range(5):\n    await bx24.call_method('user.current')\nbx24.limits = bx24py.Limits()"
    )
    expect(console.output()).to_contain_text("Waiting for the portal's limit of requests")
    console.idle()
    expect(console.output()).to_be_hidden()


def test_while_a_person_is_asked_no_clock_runs(console: Console) -> None:
    console.start(
        "import asyncio\nanswer = asyncio.Event()\nasked = []\n"
        "async def ask(write):\n    asked.append(write)\n    await answer.wait()\n    return False\n"
        "stop = bx24.on_write(ask)\n"
        "try:\n    await bx24.call_batch([['crm.deal.update', {'id': 1}]])\n"
        "except bx24py.WriteRefusedError:\n    print('refused', len(asked))\nfinally:\n    stop()"
    )
    console.frame.get_by_role("dialog", name="Confirm changes").get_by_role("button", name="Run").click()
    console.page.wait_for_timeout(900)  # longer than what is shown
    expect(bar(console, "batch")).to_have_count(0)
    python(console, "answer.set()")
    console.idle()
    expect(console.output()).to_contain_text("refused 1\n")


def test_packages_are_installed_and_those_that_cannot_be_had_say_why(console: Console) -> None:
    expect(
        console.run("%pip install -q greeting 'words<2'  # two\nimport greeting, words\nwords.VERSION")
    ).to_have_text("1")
    expect(console.run("import micropip\nawait micropip.install('words==1.0')\n'done'")).to_contain_text("done")
    output = console.run("!pip install nothing-at-all")
    expect(output).to_contain_text("PackageError")
    expect(output).to_contain_text("nothing-at-all could not be had as a package without compiled code")
    output = console.run("1\nimport numpy")
    expect(output).to_contain_text("No module named 'numpy'. numpy is part of the Pyodide distribution and could not")
    expect(output).to_contain_text("%pip install numpy")
    expect(console.run("import not_there")).to_contain_text("Install it with: %pip install not_there")
    expect(console.run("%pip install numpy")).to_contain_text("numpy is part of the Pyodide distribution")


def test_other_commands_are_errors_at_their_line(console: Console) -> None:
    expect(console.run('text = """\n%pip install not_this\n!ls"""\n(\n8\n%3)')).to_have_text("2")
    output = console.run("a = 1\n%timeit a")
    expect(output).to_contain_text("SyntaxError")
    expect(output).to_contain_text("%timeit: there are no commands of IPython here but %pip install")
    expect(output).to_contain_text("line 2")


def test_a_package_shows_its_progress_and_an_index_that_has_no_fitting_one(console: Console) -> None:
    held: list[Route] = []
    console.page.route("**/simple/compiled/", lambda route: held.append(route))
    console.start("%pip install compiled")
    expect(bar(console, "pip install compiled")).to_be_visible()
    file = {"filename": "compiled-1.0-cp314-cp314-manylinux_2_28_x86_64.whl", "url": "compiled.whl", "hashes": {}}
    listed = {"meta": {"api-version": "1.1"}, "name": "compiled", "versions": ["1.0"], "files": [file]}
    held[0].fulfill(json=listed, content_type=packages.INDEX_TYPE)
    expect(console.output()).to_contain_text("PackageError: compiled: it has no wheel for Pyodide")
    expect(bar(console, "pip install compiled")).to_have_count(0)
    console.page.route("**/simple/words/", lambda route: route.abort())
    expect(console.run("%pip install words>2")).to_contain_text("the index of packages cannot be reached")
    # The last of this page, which keeps the policy.
    console.frame.evaluate("""() => {
        const rule = document.createElement("meta");
        rule.httpEquiv = "Content-Security-Policy";
        rule.content = "connect-src 'self'";
        document.head.append(rule);
    }""")
    output = console.run("%pip install http://127.0.0.1:1/away-1.0-py3-none-any.whl")
    expect(output).to_contain_text("the Content-Security-Policy of this page does not allow http://127.0.0.1:1")
