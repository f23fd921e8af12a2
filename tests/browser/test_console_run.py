"""The console: what cells print, how they fail, and how they are stopped."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.console import Console, opening


@pytest.fixture(scope="module")
def opened(bx24_browser: Browser, bx24_snapshot: bytes | None) -> Iterator[Console]:
    with opening(bx24_browser, bx24_snapshot) as open_console:
        console = open_console()
        console.run("import asyncio, sys\nfrom bx24py import *")
        yield console


@pytest.fixture
def console(opened: Console) -> Iterator[Console]:
    opened.fresh()
    opened.errors.clear()
    yield opened
    assert [error for error in opened.errors if "404 (Not Found)" not in error] == []


def stop(console: Console, number: int = 1) -> None:
    console.cell(number).get_by_role("button", name="Stop").click()


def failed_lines(console: Console, number: int = 1) -> Locator:
    return console.editor(number).locator(".failed-line")


def test_print_appears_while_the_cell_runs_and_after_it(console: Console) -> None:
    code = """
    quick, go = {quick}, asyncio.Event()
    async def later():
        await go.wait()
        print("from a task")
    print("at once")
    task = asyncio.create_task(later())
    await asyncio.sleep(0 if quick else 60)
    """
    console.fresh("# %%\n\n# %%\n")
    console.start(code.format(quick=False))
    expect(console.output()).to_have_text("at once\n")
    stop(console)
    console.idle()
    console.run(code.format(quick=True))
    expect(console.run("go.set()\nawait asyncio.sleep(0.1)\nprint('of the second')", 2)).to_have_text("of the second\n")
    expect(console.output()).to_have_text("at once\nfrom a task\n")


def test_of_much_output_the_first_and_the_last_lines_are_kept(console: Console) -> None:
    output = console.run("for i in range(100_000):\n    print('line', i)\nprint('end', file=sys.stderr)")
    expect(output).to_contain_text("line 0\nline 1\n")
    expect(output).to_contain_text("line 199\n… 98,001 lines left out …\nline 98201\n")
    expect(output).to_contain_text("line 99999\nend")
    lines = (output.text_content() or "").splitlines()
    assert len(lines) == 2001
    output = console.run("for i in range(20_000):\n    print('out', i)\n    print('err', i, file=sys.stderr)")
    expect(output).to_contain_text("err 99\n… 38,000 lines left out …\nout 19100\n")
    expect(output.locator(".stderr")).to_have_count(1000)
    output = console.run("print('\\n'.join(map(str, range(3000))))\nprint('x' * 15_000 + '\\n', end='')\n" * 60)
    expect(output).to_contain_text("0\n1\n2\n")
    assert len(output.text_content() or "") < 700_000


def test_of_a_long_line_the_beginning_and_the_end_are_kept(console: Console) -> None:
    code = "print('<' + 'x' * 30_000_000 + '>', end='')\nprint('y' * 10_000 + 'z' * 9998 + '..')\nprint('next')"
    text = console.run(code).text_content() or ""
    assert text == f"<{'x' * 9999} … 30,000,002 characters left out … {'z' * 9998}..\nnext\n"


def test_progress_bars_go_back_in_their_line(console: Console) -> None:
    output = console.run(
        """
        print("before")
        for i in range(3):
            print(f"\\r{i * 50}%", end="", file=sys.stderr, flush=True)
            await asyncio.sleep(0.06)
        print(file=sys.stderr)
        print("long line\\rshort\\r\\nafter", end="")
        """
    )
    expect(output).to_have_text("before\n100%\nshortline\nafter", use_inner_text=True)


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        (r"a\x1b[31mred\x1b[0m b", 'a<span class="ansi-text-1">red</span> b'),
        (
            r"\x1b[1;4;92;41mx\x1b[22;24my\x1b[39;49mz",
            '<span class="ansi-bold ansi-underline ansi-text-10 ansi-ground-1">x</span>'
            '<span class="ansi-text-10 ansi-ground-1">y</span>z',
        ),
        (
            r"\x1b[38;5;3mx\x1b[38;5;200my\x1b[48;2;1;2;3mz\x1b[107mw",
            '<span class="ansi-text-3">x</span>yz<span class="ansi-ground-15">w</span>',
        ),
        (r"a\x1b[2Jb\x1b[?25lc\x1b]8;;https://x.test\x1b\\d\x1b]0;title\x07e\x1bMf", "abcdef"),
        (r"12345\r\x1b[31mab\x1b[mc", '<span class="ansi-text-1">ab</span>c45'),
        (r"12345\r12\x1b[Kx\n12345\x1b[2K\ry", "12x\ny"),
        (r"<b>\x1b[3m<i>", '&lt;b&gt;<span class="ansi-italic">&lt;i&gt;</span>'),
    ],
)
def test_colours_of_terminals(console: Console, printed: str, shown: str) -> None:
    output = console.run(f"print('{printed}', end='')")
    html = str(output.locator("pre").evaluate("pre => pre.innerHTML"))
    assert html.removeprefix("<span>").removesuffix("</span>") in (shown, shown.removesuffix("</span>"))


def test_colours_that_come_in_pieces_and_in_errors(console: Console) -> None:
    output = console.run(
        "for part in ('\\x1b', '[3', '1', 'mred', '\\x1b[0', 'm plain'):\n"
        "    print(part, end='')\n    await asyncio.sleep(0.06)\nprint('\\x1b[33mwarn', file=sys.stderr)"
    )
    expect(output).to_have_text("red plainwarn\n")
    expect(output.locator(".ansi-text-1")).to_have_text("red")
    expect(output.locator(".stderr.ansi-text-3")).to_have_text("warn")
    output = console.run("raise ValueError('\\x1b[35mpurple\\x1b[0m')")
    expect(output.locator(".ansi-text-5")).to_have_text("purple")
    assert "\x1b" not in (output.text_content() or "")


def test_input_says_what_to_do(console: Console) -> None:
    expect(console.run("input('Name? ')")).to_contain_text("input() cannot wait for the keyboard")
    expect(console.run("sys.stdin.readline()")).to_contain_text("Put the value into the cell")


def test_history(console: Console) -> None:
    console.run("20 + 1")
    expect(console.run("_ * 2, _i")).to_have_text("(42, '20 + 1')")
    expect(
        console.run("__, Out[max(Out) - 1], eval(f'_{max(Out) - 1}'), In[-2], In[len(In) - 1] == In[-1]")
    ).to_have_text("(21, 21, 21, '_ * 2, _i', True)")
    expect(console.run("5;")).to_be_hidden()
    expect(console.run("_[0]")).to_have_text("21")


def test_the_failing_line_is_marked_in_the_cell_that_contains_it(console: Console) -> None:
    console.fresh("# %%\n\n# %%\n")
    console.run("import json\ndef read(text):\n    return json.loads(text)")
    output = console.run("\nread('{')", 2)
    expect(output).to_contain_text(re.compile(r"Cell 2 \[\d+\], line 2, in <module>"))
    expect(output).to_contain_text(re.compile(r"Cell 1 \[\d+\], line 3, in read\s+return json.loads\(text\)"))
    expect(output).to_contain_text(re.compile(r"… \d more in json"))
    expect(failed_lines(console, 1)).to_have_text("    return json.loads(text)")
    expect(failed_lines(console, 2)).to_have_text("read('{')")
    output.get_by_text("All frames").click()
    expect(output).to_contain_text("decoder.py")
    console.run("read('{}')", 2)
    expect(failed_lines(console, 1)).to_have_count(0)


def test_chains_and_groups(console: Console) -> None:
    output = console.run("try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError('no') from error")
    expect(output).to_contain_text("ZeroDivisionError: division by zero")
    expect(output).to_contain_text("direct cause")
    expect(failed_lines(console)).to_contain_text("raise ValueError")
    output = console.run(
        "async def one():\n    await bx24.call_method('no.such.list')\n"
        "async with asyncio.TaskGroup() as group:\n    group.create_task(one())"
    )
    expect(output).to_contain_text("ExceptionGroup")
    expect(output).to_contain_text("MethodNotFoundError")
    expect(output.locator(".error > p")).not_to_be_empty()
    expect(output.get_by_role("alert")).to_have_count(1)
    expect(failed_lines(console)).to_contain_text("no.such")


def test_an_error_shows_no_token(console: Console) -> None:
    tokens = console.frame.evaluate("[BX24.getAuth().access_token, BX24.getAuth().refresh_token]")
    output = console.run(
        "auth = bx24.get_auth()\nraise ValueError(f'/rest/?auth={auth.access_token}&{auth.refresh_token}')"
    )
    expect(output).to_contain_text("ValueError: /rest/?auth=[token]&[token]")
    assert not any(token in output.inner_text() for token in tokens)


def test_syntax_errors(console: Console) -> None:
    output = console.run("fine = 1\nprint('open'")
    expect(output).to_contain_text(re.compile(r"Cell 1 \[\d+\], line 2\s+print\('open'\s+\^"))
    expect(failed_lines(console)).to_have_text("print('open'")


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("sys.exit(3)", "SystemExit"),
        ("def deep():\n    deep()\ndeep()", "Previous line repeated"),
        ("raise ValueError('x' * 3_000_000)", "characters left out"),
        ("class Odd(Exception):\n    def __str__(self): 1/0\nraise Odd", "Odd"),
        ("raise ExceptionGroup('many', [ValueError('y' * 10_000)] * 300)", "characters left out"),
        (
            "async def leave():\n    sys.exit(4)\nt = asyncio.create_task(leave())\nawait asyncio.sleep(0.1)",
            "SystemExit",
        ),
    ],
)
def test_nothing_that_is_raised_ends_the_console(console: Console, code: str, shown: str) -> None:
    output = console.run(code)
    expect(output).to_contain_text(shown)
    assert len(output.text_content() or "") < 100_000
    expect(console.run("'alive'")).to_have_text("'alive'")


@pytest.mark.parametrize(
    "start",
    [
        "task = asyncio.create_task(fails())",
        "asyncio.create_task(fails())",
        "asyncio.ensure_future(fails()); await asyncio.sleep(0.1)",
        "call = bx24.call_method('no.such.list')",
        "bx24.call_method('no.such.list')",
        "bx24.call_method('no.such.list'); await asyncio.sleep(0.3)",
        "bx24.call_list('no.such.list')",
        "bx24.call_list('no.such.list'); await asyncio.sleep(0.3)",
        "asyncio.create_task(leaves())",
        "asyncio.get_running_loop().call_soon(lambda: fails2())",
        "kept = []; asyncio.get_running_loop().call_later(0.1, lambda: kept.append(bx24.call_method('no.such.list')))",
        "kept = []; asyncio.get_running_loop().call_later(0.1, lambda: kept.append(bx24.call_list('no.such.list')))",
        "kept = []; js.setTimeout(create_once_callable(lambda: kept.append(bx24.call_method('no.such.list'))), 100)",
    ],
)
def test_what_fails_by_itself_is_shown_under_the_cell_that_started_it(console: Console, start: str) -> None:
    console.fresh("# %%\n\n# %%\n")
    console.run(
        "import js\nfrom pyodide.ffi import create_once_callable\n"
        "async def fails():\n    await asyncio.sleep(0.05)\n    await bx24.call_method('no.such.list')\n"
        "async def leaves():\n    await asyncio.sleep(0.1)\n    bx24.call_method('no.such.list')\n"
        "def fails2():\n    raise MethodNotFoundError('no.such.list', 'x', 'y', 1)"
    )
    console.run(f"{start};", 2)
    expect(console.output(2).get_by_role("alert")).to_contain_text("Error")
    expect(console.output(2).get_by_role("alert")).to_have_count(1)
    expect(console.output(1)).to_be_hidden()


def test_an_error_that_the_cell_takes_is_not_shown(console: Console) -> None:
    console.run(
        """
        async def fails():
            raise ValueError
        tasks = [asyncio.create_task(fails()), bx24.call_method('no.such.list'), bx24.call_list('no.such.list')]
        await asyncio.sleep(0.3)
        for task in tasks:
            try:
                await task
            except (ValueError, BX24Error):
                print("taken")
        """
    )
    expect(console.output()).to_have_text("taken\n" * 3, use_inner_text=True)
    console.run("'later'")
    expect(console.output().get_by_role("alert")).to_have_count(0)


def test_stop_ends_the_cell_and_all_that_it_started(console: Console) -> None:
    console.portal.rest.route("silent.list").never()
    console.start(
        """
        async def forever():
            await asyncio.sleep(600)
        async def inner():
            started.append(asyncio.create_task(forever()))
            await forever()
        started = [asyncio.create_task(inner()), bx24.call_method("silent.list"), bx24.call_list("silent.list")]
        await asyncio.sleep(0.1)
        print("running")
        await asyncio.gather(forever(), bx24.call_method("silent.list"))
        """
    )
    expect(console.output()).to_contain_text("running")
    stop(console)
    expect(console.output().get_by_text("Stopped", exact=True)).to_be_visible()
    console.idle()
    console.fresh("# %%\n\n# %%\n")
    expect(console.run("[each.cancelled() for each in started].count(True)")).to_have_text("4")
    console.run("task = asyncio.create_task(forever())")
    console.cell(1).get_by_role("button", name="Delete").click()
    expect(console.run("task.cancelled()")).to_have_text("True")


def test_stop_of_a_waiting_cell(console: Console) -> None:
    console.fresh("# %%\n\n# %%\n")
    console.start("await asyncio.sleep(60)", 1)
    console.start("1", 2)
    stop(console, 2)
    expect(console.cell(2).get_by_text("Stopped", exact=True)).to_be_visible()
    expect(console.cell(1)).to_have_attribute("data-state", "running")
    stop(console, 1)
    console.idle(1)


STUBBORN = """
while True:
    try:
        await asyncio.sleep(60)
    except BaseException:
        print("caught")
"""
ASLEEP = """
import time
while True:
    try: time.sleep(0.1)
    except BaseException: pass
    print("caught")
"""


@pytest.mark.parametrize(
    ("how", "code"), [("a second click", STUBBORN), ("waiting", STUBBORN), ("a second click", ASLEEP)]
)
def test_a_cell_that_catches_its_cancellation_ends_all_the_same(console: Console, how: str, code: str) -> None:
    console.run(f"import cells\ncells._GRACE = {60 if how == 'a second click' else 0.3}")
    console.start(f"kept = asyncio.current_task()\n{code}")
    stop(console)
    expect(console.output()).to_contain_text("caught")
    if how == "a second click":
        stop(console)
    expect(console.output().get_by_text("Stopped", exact=True)).to_be_visible()
    console.idle()
    expect(console.run("kept.done()")).to_have_text("True")


def test_what_a_stopped_cell_has_started_ends_too(console: Console) -> None:
    console.run("import cells\ncells._GRACE = 0.2")
    inner = STUBBORN.replace("\n", "\n    ")
    console.start(f"async def stubborn():{inner}\ntask = asyncio.create_task(stubborn())\nawait asyncio.sleep(60)")
    stop(console)
    console.idle()
    expect(console.run("await asyncio.wait([task], timeout=60)\ntask.cancelled()")).to_have_text("True")


def test_the_page_goes_on_without_code_of_a_package_that_does_not_end(console: Console) -> None:
    package = (
        "import asyncio\nasync def loop(event, call):\n    n = 0\n    while not event.is_set():\n        try:\n"
        "            n += 1\n            print('turn', n)\n            await asyncio.sleep(0.1)\n"
        "        except BaseException:\n            pass\n    await asyncio.wait([call()])\n"
    )
    console.fresh("# %%\n\n# %%\n\n# %%\n")
    console.run(
        f"import cells, importlib, pathlib, sys\ncells._GRACE = 0.2\nsys.path.append('/tmp')\n"
        f"pathlib.Path('/tmp/stubborn.py').write_text({package!r})\nimportlib.invalidate_caches()\nimport stubborn"
    )
    console.start(
        "end, kept = asyncio.Event(), asyncio.current_task()\n"
        "await stubborn.loop(end, lambda: bx24.call_method('crm.deal.delete', {'id': 1}))"
    )
    expect(console.output()).to_contain_text("turn 1")
    stop(console)
    expect(console.output()).to_contain_text("The cell is stopped, but its code does not end")
    console.idle()
    expect(console.cell(1).get_by_role("button", name="Run", exact=True)).to_be_visible()
    before = console.output().inner_text()
    expect(console.run("await asyncio.sleep(0.5)\n'others run'", 2)).to_have_text("'others run'")
    assert console.output().inner_text() == before
    console.run("end.set()\nawait asyncio.wait([kept])", 3)
    assert "crm.deal.delete" not in [call.method for call in console.portal.rest.calls]
    expect(console.frame.get_by_role("dialog")).to_have_count(0)
    expect(console.run("sys.monitoring.get_events(4)", 3)).to_have_text("0")


@pytest.mark.parametrize(
    "code",
    [
        "asyncio.current_task().cancel()\nawait asyncio.sleep(0)",
        "task = asyncio.create_task(asyncio.sleep(60))\ntask.cancel()\nawait task",
        "raise asyncio.CancelledError('by itself')",
    ],
)
def test_a_cancellation_without_stop_is_an_error(console: Console, code: str) -> None:
    output = console.run(code)
    expect(output.get_by_role("alert")).to_contain_text("CancelledError")
    expect(output.get_by_text("Stopped", exact=True)).to_have_count(0)
    expect(failed_lines(console)).to_have_text(code.splitlines()[-1])


def test_what_cells_define_is_found_in_main(console: Console) -> None:
    console.run(
        "import dataclasses, pickle, typing\n@dataclasses.dataclass\nclass Point:\n"
        "    x: int\n    next: 'Point | None' = None\n"
        "def double(x):\n    return 2 * x"
    )
    expect(console.run("pickle.loads(pickle.dumps(Point(1, Point(2))))")).to_contain_text("Point(x=1, next=Point(x=2")
    expect(console.run("pickle.loads(pickle.dumps(double))(4), typing.get_type_hints(Point)['next']")).to_have_text(
        "(8, __main__.Point | None)"
    )
    expect(console.run("import __main__\n__main__.Point is Point, __main__.__dict__ is globals()")).to_have_text(
        "(True, True)"
    )
    expect(console.run("import inspect\ninspect.getsource(double)")).to_contain_text("return 2 * x")


def test_deleting_a_running_cell(console: Console) -> None:
    console.fresh("# %%\n\n# %%\n")
    console.start("kept = asyncio.current_task()\nawait asyncio.sleep(60)", 1)
    expect(console.cell(1)).to_have_attribute("data-state", "running")
    console.cell(1).get_by_role("button", name="Delete").click()
    expect(console.run("await asyncio.sleep(0)\nkept.done()")).to_have_text("True")


def test_loops_are_looked_at_rarely(console: Console) -> None:
    """Each look costs as much as dozens of evaluations."""
    console.frame.evaluate("""() => {
        const { get, set } = Object.getOwnPropertyDescriptor(busy_watch, 0);
        globalThis.readings = 0;
        Object.defineProperty(busy_watch, 0, { get() { readings++; return get(); }, set });
    }""")
    console.run("def loop():\n    for _ in range(500_000):\n        pass\nloop()")
    readings = console.frame.evaluate("readings")
    assert 50 < readings < 5000  # 10,000 if Pyodide decides


def test_a_loop_that_never_pauses(console: Console) -> None:
    console.run("console.busy_limit = 0.5")
    output = console.run("x = 0\nwhile True:\n    try:\n        x += 1\n    except Exception:\n        pass")
    expect(output).to_contain_text("ran for 0.5 s without a pause")
    expect(output).to_contain_text("await asyncio.sleep(0)")
    expect(output).to_contain_text("console.busy_limit = None")
    expect(failed_lines(console)).to_have_count(1)
    loop = "x = 0\ndef loop():\n  while True:\n    try: globals().update(x=x + 1)\n    except BaseException: pass"
    output = console.run(f"{loop}\nwhile True:\n  try: loop()\n  except BaseException: pass")
    expect(output).to_contain_text("ran for 0.5 s without a pause")
    pausing = """
        import time
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            {pause}
        "done"
        """
    expect(console.run(pausing.format(pause="await asyncio.sleep(0)"))).to_have_text("'done'")
    expect(console.run("console.busy_limit = 0")).to_contain_text("busy_limit: must be more than 0 seconds")
    console.run("console.busy_limit = None")
    expect(console.run(pausing.format(pause="pass"))).to_have_text("'done'")
    console.run("console.busy_limit = 10")
