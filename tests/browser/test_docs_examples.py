"""Every Python example of the documentation runs: in an application in the local portal, or in the process of the test.

An example that says what the JavaScript above it says has to send the same to the portal.
"""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from bx24py.dev.application import make_server
from bx24py.dev.browser import application_frame
from bx24py.dev.portal.portal import Portal
from bx24py.dev.pytest_plugin import OpenApplication
from tests.examples import Example, examples

from .conftest import PAGE, PythonPage, wait_until

OpenApp = Callable[..., PythonPage]
EXAMPLES = examples()

_PREPARE = """
async () => {
  const pyodide = await window.bx24py.ready;
  window.printed = [];
  pyodide.runPython(`
    from bx24py import bx24, Limits
    bx24.limits = Limits(capacity=float("inf"))
  `);
}
"""

# In place of packages that cannot be had here: what an example uses of them.
_FAKES = {
    "OPENPYXL": """
import sys, types
class Workbook:
    def __init__(self):
        self.active = []
    def save(self, file):
        types = {type(cell).__name__ for row in self.active for cell in row}
        assert types <= {"str", "int", "Decimal", "date", "NoneType"}, types
        file.write(f"{len(self.active)} rows".encode())
sys.modules["openpyxl"] = types.SimpleNamespace(Workbook=Workbook)
""",
    "PANDAS": """
import sys, types
class DataFrame:
    def __init__(self, rows):
        assert {type(row["OPPORTUNITY"]).__name__ for row in rows} == {"Decimal"}
        self.rows = rows
    def __str__(self):
        return f"DataFrame of {len(self.rows)} rows"
sys.modules["pandas"] = types.SimpleNamespace(DataFrame=DataFrame)
""",
}

# The example's own names, with a `print` that the test can read; top-level await as in app.py.
_RUN = """
async ([code, name, before, limit]) => {
  const pyodide = await window.bx24py.ready;
  window.printed = [];
  const globals = pyodide.toPy({ __name__: "__main__" });
  pyodide.runPython(`
    import js, json
    def print(*values, sep=" ", lines=js.printed, **_):
        lines.push(sep.join(map(str, values)))
  `, { globals });
  pyodide.runPython(before, { globals });
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(reject, limit * 1000, new Error(`no end within ${limit} s`));
  });
  try {
    await Promise.race([pyodide.runPythonAsync(code, { globals, filename: name }), late]);
  } finally {
    clearTimeout(timer);
    globals.destroy();
  }
}
"""

# JavaScript says nowhere when it is done: the test waits for what it sends. Its errors are kept.
_RUN_JS = """
(code) => {
  const lines = (window.printed = []);
  const console = { ...window.console, log: (...values) => lines.push(values.map(String).join(" ")) };
  new Function("console", code)(console);
}
"""

# What a script has begun, the portal has received once it has answered these, which came after.
_FENCE = {"scroll": -24}
_SETTLE = f"""
async () => {{
  await new Promise((resolve) => BX24.init(() => setTimeout(() => BX24.init(resolve))));
  await new Promise((resolve) => BX24.callMethod("profile", {{}}, resolve));
  await new Promise((resolve) => BX24.scrollParentWindow({_FENCE["scroll"]}, resolve));
}}
"""


@dataclass
class Bench:
    """What the Python of the test, in the comment above an example, can use."""

    example: Example
    open_app: OpenApp
    pages: dict[str, PythonPage]
    request: pytest.FixtureRequest
    language: str = "python"
    app: PythonPage = field(init=False)
    ran: int = 0
    ignored: set[str] = field(default_factory=set)
    difference: str = ""
    errors_allowed: bool = False

    def __post_init__(self) -> None:
        self._show("DEFAULT", {})

    # Preparing

    def placement(self, code: str, options: dict[str, Any] | None = None, *, fresh: bool = False, **state: Any) -> None:
        """Run the example in another place of a portal, or with another state of it; fresh: not on a page used before.

        A subscription of one example would serve the next as well.
        """
        if fresh and self.language == "python":
            self.pages.pop(_key(code, options or {}, state), None)
        self._show(code, options or {}, **state)

    def body(self, html: str) -> None:
        """Put this into the page."""
        self.app.frame.evaluate("(html) => { document.body.innerHTML = html; }", html)

    def ignore(self, *commands: str) -> None:
        """Leave these commands out when the two languages are compared: one of them sends more."""
        self.ignored |= set(commands)

    def differs(self, why: str) -> None:
        """Do not compare what the two languages send."""
        assert why
        self.difference = why

    def errors(self) -> None:
        """The example logs an error, and is meant to."""
        self.errors_allowed = True

    def _show(self, code: str, options: dict[str, Any], **state: Any) -> None:
        key = _key(code, options, state)
        if key not in self.pages:
            portal = Portal(deals=200)
            portal.state.placement, portal.state.placement_options = code, options
            for name, value in state.items():
                assert hasattr(portal.state, name), name
                setattr(portal.state, name, value)
            self.pages[key] = self.open_app(portal=portal)
            self.pages[key].frame.evaluate(_PREPARE)
        self.app = self.pages[key]
        portal = self.app.portal
        portal.rest.limits.enabled = False
        portal.reset()
        self.app.frame.evaluate(_SETTLE)
        portal.reset()
        portal.state.admin = bool(state.get("admin", True))
        portal.state.user_options.clear()
        portal.state.app_options.clear()
        self.app.console.clear()
        self.body('<p id="out"></p>')

    # Running

    def run(self, given: str = "") -> None:
        """Run the example after this: in the application's frame, or the JavaScript that it translates."""
        self.ran += 1
        if self.language == "js":
            self.app.frame.evaluate(_RUN_JS, self.example.pair)
            self.app.frame.evaluate(_SETTLE)
        else:
            before = f"{self.example.before}\n{given}"
            self.app.frame.evaluate(_RUN, [self.example.code, str(self.example), before, 40])

    def application(self, file: str = "app.py", **state: Any) -> None:
        """Make an application of the page above the example and the example, and open it."""
        self.ran += 1
        portal = Portal(deals=200)
        for name, value in state.items():
            assert hasattr(portal.state, name), name
            setattr(portal.state, name, value)
        page = self.example.page or PAGE
        assert f'="{file}"' in page, f"{self.example}: the page above it does not name {file}"
        files = {"app.py": "", "index.html": page, file: self.example.code}
        self.app = self.open_app(files, portal=portal)

    def run_here(self, **names: Any) -> dict[str, Any]:
        """Run the example in the test's process, with these names, and give what it defines: what scripts a portal."""
        self.ran += 1
        code = compile(self.example.code, str(self.example), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        names.setdefault("__name__", "example")
        exec(code, names)
        return names

    def pytest_example(self, place: str = "", number: int = 0, *, demo: str = "") -> None:
        """Run the functions test_… of the example, with an application of another example or of a demonstration."""
        self.ran += 1
        names: dict[str, Any] = {"__name__": "example"}
        exec(compile(self.example.code, str(self.example), "exec"), names)
        tests = {name: function for name, function in names.items() if name.startswith("test_")}
        assert tests
        for function in tests.values():
            folder = self._folder(place, number, demo)
            portal = Portal(deals=200)
            browser: Browser = self.request.getfixturevalue("bx24_browser")
            snapshot: bytes = self.request.getfixturevalue("bx24_snapshot")
            with make_server(portal, folder, snapshot=snapshot) as server, browser.new_page() as page:
                page.goto(server.url)
                opened = OpenApplication(portal, server, page, application_frame(page, server.app_url))
                given = {"bx24_portal": portal, "bx24_app": opened}
                function(**{name: given[name] for name in inspect.signature(function).parameters})

    def _folder(self, place: str, number: int, demo: str) -> Path:
        if demo:
            demos: Path = self.request.getfixturevalue("demo")
            return demos / demo
        folder: Path = self.request.getfixturevalue("tmp_path")
        source = next(one for one in EXAMPLES if (one.place, one.number) == (place, number))
        (folder / "index.html").write_text(source.page, encoding="utf-8")
        (folder / "app.py").write_text(source.code, encoding="utf-8")
        return folder

    # Looking

    def printed(self) -> list[str]:
        """Give the lines that the example has printed."""
        lines: list[str] = self.app.frame.evaluate("window.printed")
        return lines

    def prints(self, *lines: str) -> None:
        """Wait until the example has printed exactly these."""
        wait_until(self.app.page, lambda: len(self.printed()) >= len(lines), f"{lines}, but {self.printed()}")
        assert self.printed() == list(lines)

    def sent(self, command: str) -> list[Any]:
        """Give the parameters of each such message to the portal's page."""
        messages = [message for message in self.app.portal.frame.sent if message.params != _FENCE]
        return [message.params for message in messages if message.command == command]

    def sends(self, command: str, *params: Any) -> None:
        """Wait until such messages with these parameters have gone to the portal's page, and no others."""
        wait_until(self.app.page, lambda: len(self.sent(command)) >= len(params), f"{command}: {self.sent(command)}")
        assert self.sent(command) == list(params)

    def received(self, method: str) -> list[dict[str, Any]]:
        """Give the parameters of each such call to the REST interface."""
        return self.app.portal.rest.received(method)

    def methods(self) -> list[str]:
        """Give the names of the calls to the REST interface, with those in batches."""
        return [call.method for call in self.app.portal.rest.calls]

    def trace(self) -> list[Any]:
        """Give all that has gone to the portal."""
        wire = [
            (message.command, message.params)
            for message in self.app.portal.frame.sent
            if message.command not in ("getInitData", *self.ignored) and message.params != _FENCE
        ]
        calls = [call for call in self.app.portal.rest.calls if call.method not in ("batch", "profile")]
        return wire + [(call.method, call.params) for call in calls]

    def do(self) -> None:
        """Do what the comment says, or run the example only."""
        names = {
            **{
                name: getattr(self, name)
                for name in (
                    *("placement", "body", "ignore", "differs", "errors", "application", "run_here", "pytest_example"),
                    *("printed", "prints", "sent", "sends", "received", "methods"),
                )
            },
            **_FAKES,
            "example": self.run,
            "page": _Now(self, "app"),
            "portal": _Now(self, "app.portal"),
            "frame": _Now(self, "app.frame"),
            "python": self.language == "python",
            "expect": expect,
            "wait_until": lambda condition: wait_until(self.app.page, condition, "what the comment waits for"),
        }
        told = self.example.told or "example()"
        try:
            exec(compile(told, f"the comment above {self.example}", "exec"), names)
        except AssertionError as error:
            shown = self.app.console[-5:] if not error.args else error.args
            raise AssertionError(f"{self.example} ({self.language}): {told.strip()}\n{shown}") from error
        assert self.ran, f"{self.example}: the comment above it does not run it"
        if self.language == "python" and not self.errors_allowed:
            wrong = [text for text in self.app.console if "Traceback" in text or "never retrieved" in text]
            assert wrong == [], str(self.example)


def _key(code: str, options: dict[str, Any], state: dict[str, Any]) -> str:
    return json.dumps([code, options, state])


class _Now:
    """What the bench has at the moment it is used: another page may be shown meanwhile."""

    def __init__(self, bench: Bench, path: str) -> None:
        self._bench = bench
        self._path = path

    def __getattr__(self, name: str) -> Any:
        value: Any = self._bench
        for part in self._path.split("."):
            value = getattr(value, part)
        return getattr(value, name)


@pytest.fixture(scope="module")
def pages() -> dict[str, PythonPage]:
    """The pages opened so far, by what their portal is like."""
    return {}


def run_and_compare(make: Callable[[str], Bench]) -> None:
    """Run an example; where it translates JavaScript, run that too and compare what they send."""
    bench = make("python")
    bench.do()
    if not bench.example.pair:
        return
    expected = None if bench.difference else bench.trace()  # now: the same portal serves both
    original = make("js")
    original.do()
    if expected is not None:
        enough = f"what Python sends: {expected}, but {original.trace()}"
        wait_until(original.app.page, lambda: len(original.trace()) >= len(expected), enough)
        assert original.trace() == expected, f"{bench.example}: the JavaScript above it sends something else"


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_example_runs(
    example: Example, open_for_module: OpenApp, pages: dict[str, PythonPage], request: pytest.FixtureRequest
) -> None:
    run_and_compare(lambda language: Bench(example, open_for_module, pages, request, language))


def test_there_are_examples_of_every_kind() -> None:
    assert len(EXAMPLES) > 50
    assert sum(bool(example.pair) for example in EXAMPLES) > 30
    assert {example.place.split("/")[0].split(".")[0] for example in EXAMPLES} == {"README", "docs", "bx24py"}


def test_an_example_that_fails_is_seen(
    open_for_module: OpenApp, pages: dict[str, PythonPage], request: pytest.FixtureRequest
) -> None:
    def run(code: str, told: str = "", pair: str = "") -> None:
        example = Example("here", 1, 1, "python", "from bx24py import bx24\n" + code, told, "", pair)
        run_and_compare(lambda language: Bench(example, open_for_module, pages, request, language))

    with pytest.raises(Exception, match="ZeroDivisionError"):
        run("1 / 0")
    with pytest.raises(AssertionError, match="does not run it"):
        run("1 / 0", "body('')")
    with pytest.raises(AssertionError, match="prints"):
        run("print(1)", "example()\nprints('2')")
    with pytest.raises(AssertionError, match="here:1"):
        run("import asyncio\nasync def f(): 1 / 0\nt = asyncio.ensure_future(f())\nawait asyncio.sleep(0.01)\ndel t")
    with pytest.raises(Exception, match="nothing is not defined"):
        run("", pair="nothing()")
    with pytest.raises(AssertionError, match="sends something else"):
        run("await bx24.set_title('a')", pair="BX24.setTitle('b')")
    with pytest.raises(AssertionError, match="sends something else"):
        run("await bx24.set_title('a')", pair="BX24.setTitle('a'); BX24.setTitle('a')")
    with pytest.raises(AssertionError, match="sends something else"):
        run("await bx24.call_method('user.current')", pair="BX24.callMethod('user.current', {a: 1})")
