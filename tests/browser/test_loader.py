"""The loader: what the page shows and says while it starts, when it runs, and when it cannot."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bx24py.dev import distribution, loader
from bx24py.dev.application import Application
from bx24py.dev.problem import Problem

from .conftest import PAGE, PythonPage

OpenApp = Callable[..., PythonPage]

LISTEN = """
window.events = [];
for (const name of ["progress", "ready", "error"]) {
  window.addEventListener(`bx24py:${name}`, ({ detail }) => window.events.push([name, detail.done ?? detail.title]));
}
"""


def failure_of(app: PythonPage) -> tuple[str, str]:
    """Give the headline and the text of the failure panel."""
    panel = app.frame.get_by_role("alert")
    return panel.locator("h1").inner_text(), panel.locator("p, pre").inner_text()


def test_events_progress_and_the_promise(open_app: OpenApp) -> None:
    app = open_app(
        {"app.py": "import js\njs.document.getElementById('out').textContent = 'running'"},
        before=lambda page: page.add_init_script(LISTEN),
    )
    expect(app.frame.locator("#out")).to_have_text("running")
    assert app.frame.evaluate("window.bx24py.ready.then((pyodide) => pyodide.version)") == distribution.version()
    events = app.frame.evaluate("window.events")
    steps = [done for name, done in events if name == "progress"]
    assert events[-1][0] == "ready"
    assert steps[-1] == 1
    assert len(set(steps)) >= 5
    expect(app.frame.get_by_role("progressbar")).to_have_count(0)


def test_an_application_of_several_modules(open_app: OpenApp) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr(
            "app.py", "import js, words.greeting as g\njs.document.getElementById('out').textContent = g.TEXT"
        )
        zipped.writestr("words/greeting.py", "TEXT = 'Привет'")
    page = PAGE.replace("app.py", "app.zip")
    app = open_app({"index.html": page, "app.zip": buffer.getvalue()})
    expect(app.frame.locator("#out")).to_have_text("Привет")


def test_the_zip_is_made_of_the_folders_modules(open_app: OpenApp) -> None:
    app = open_app(
        {
            "index.html": PAGE.replace("app.py", "app.zip"),
            "app.py": "import js\nfrom words import TEXT\njs.document.getElementById('out').textContent = TEXT",
            "words.py": "TEXT = 'made'",
        }
    )
    expect(app.frame.locator("#out")).to_have_text("made")


def test_packages_are_installed_by_micropip(open_app: OpenApp) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel:
        wheel.writestr("greeting.py", "TEXT = 'from a wheel'")
        info = "greeting-1.0.dist-info"
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    name = "greeting-1.0-py3-none-any.whl"
    app = open_app(
        {
            "index.html": PAGE.replace('"app.py"', f'"app.py" data-packages="wheels/{name}"'),
            f"wheels/{name}": buffer.getvalue(),
            "app.py": "import js, greeting\njs.document.getElementById('out').textContent = greeting.TEXT",
        }
    )
    expect(app.frame.locator("#out")).to_have_text("from a wheel")


def test_a_package_that_is_not_there(open_app: OpenApp) -> None:
    app = open_app({"index.html": PAGE.replace('"app.py"', '"app.py" data-packages="no/such-1.0-py3-none-any.whl"')})
    title, text = failure_of(app)
    assert title == "A package could not be installed"
    assert "no/such-1.0-py3-none-any.whl" in text


def test_a_traceback_has_the_applications_own_file_and_line(open_app: OpenApp) -> None:
    app = open_app(
        {"app.py": "def divide(x):\n    return 1 / x\n\n\nimport asyncio\nawait asyncio.sleep(0)\ndivide(0)\n"},
        before=lambda page: page.add_init_script(LISTEN),
    )
    title, text = failure_of(app)
    assert title == "The application stopped with an error"
    assert 'File "app.py", line 7' in text
    assert 'File "app.py", line 2, in divide\n    return 1 / x' in text
    assert text.endswith("ZeroDivisionError: division by zero")
    assert "_pyodide" not in text
    assert ["error", title] in app.frame.evaluate("window.events")
    assert app.frame.evaluate("window.bx24py.finished.catch((error) => error.title)") == title


def test_a_traceback_into_a_module_names_the_module(open_app: OpenApp) -> None:
    app = open_app(
        {
            "index.html": PAGE.replace("app.py", "app.zip"),
            "app.py": "import part\npart.run()",
            "part.py": "def run():\n    x\n",
        }
    )
    _, text = failure_of(app)
    assert re.search(r'File "part\.py", line 2, in run\n    x\n', text)


def test_a_syntax_error(open_app: OpenApp) -> None:
    _, text = failure_of(open_app({"app.py": "x = 1\nif x\n"}))
    assert 'File "app.py", line 2' in text
    assert text.endswith("SyntaxError: expected ':'")


def test_markup_in_an_error_stays_text(open_app: OpenApp) -> None:
    app = open_app({"app.py": "raise ValueError('<img src=x onerror=window.hacked=1><b>bold</b>')"})
    _, text = failure_of(app)
    assert "<img src=x onerror=window.hacked=1><b>bold</b>" in text
    assert app.frame.evaluate("window.hacked") is None


def test_a_missing_app(open_app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bx24py.dev.application.Application.__init__", _unchecked)
    title, text = failure_of(open_app({"index.html": PAGE.replace("app.py", "other.py")}))
    assert (title, text) == ("A file of the application is missing", "other.py is not there (HTTP 404).")


def _unchecked(self: Application, folder: Path) -> None:
    self.folder, self.app, self.starts_itself = folder, "app.py", False


def test_a_zip_without_an_app(open_app: OpenApp) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr("other.py", "")
    app = open_app({"index.html": PAGE.replace("app.py", "app.zip"), "app.zip": buffer.getvalue()})
    assert failure_of(app)[1] == "app.zip has no app.py at its root."


def test_a_loader_that_is_not_bundled_starts_the_same(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_esbuild() -> bytes:
        raise Problem("no esbuild")

    monkeypatch.setattr(loader, "bundled", no_esbuild)
    app = open_app({"app.py": "import js\njs.document.getElementById('out').textContent = 'running'"})
    expect(app.frame.locator("#out")).to_have_text("running")
    loaded = app.frame.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    assert any(name.endswith("bx24py/calls.js") for name in loaded)
    assert "no esbuild" in capsys.readouterr().err


def test_a_page_without_the_library(open_app: OpenApp) -> None:
    app = open_app({"index.html": PAGE.replace('<script src="//api.bitrix24.com/api/v1/"></script>', "")})
    assert failure_of(app)[0] == "The Bitrix24 library is missing"


@pytest.mark.parametrize("attributes", ["", " defer", " async"])
def test_the_library_may_come_after_the_loader(open_app: OpenApp, attributes: str) -> None:
    library = '<script src="//api.bitrix24.com/api/v1/"></script>'
    page = PAGE.replace(library, "").replace("</head>", library.replace("></", f"{attributes}></") + "</head>")
    app = open_app({"index.html": page})
    assert app.python('return (await bx24.call_method("user.current")).data["ID"]') == "1"


def test_python_does_not_wait_for_what_the_loader_has_waited_for(open_app: OpenApp) -> None:
    """Each handler given to BX24.init runs on a timer of 10 ms."""
    count = (
        "<script>const init = BX24.init; let inits = 0; BX24.init = (handler) => { inits++; init(handler) };</script>"
    )
    app = open_app({"index.html": PAGE.replace('api/v1/"></script>', f'api/v1/"></script>{count}')})
    assert app.python("return (await bx24.call_method('user.current')).data['NAME']") == "Emma"
    assert app.frame.evaluate("bx24py.initialised === BX24 && inits") == 1
    assert app.python("other = BX24(js.Object.create(js.BX24)); await other.init(); return True")
    assert app.frame.evaluate("inits") == 2


def test_no_pyodide_anywhere(open_app: OpenApp) -> None:
    app = open_app({"index.html": PAGE.replace('"app.py"', '"app.py" data-pyodide="nowhere"')})
    title, text = failure_of(app)
    assert title == "Python could not be loaded"
    assert "nowhere/" in text


def test_a_named_pyodide(open_app: OpenApp) -> None:
    files: dict[str, str | bytes] = {
        f"py/{name}": (distribution.ensure() / name).read_bytes() for name in distribution.FILES
    }
    app = open_app({**files, "index.html": PAGE.replace('"app.py"', '"app.py" data-pyodide="py"')})
    assert app.python("return 6 * 7") == 42
    assert not any("/pyodide/" in name for name in resources(app))


def resources(app: PythonPage) -> list[str]:
    """Give the addresses of all that the application's page asked for."""
    names: list[str] = app.frame.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    return names
