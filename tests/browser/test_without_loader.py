"""Pages that start Python without the loader, as docs/howto/without-loader.md has them."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from bx24py import __version__
from bx24py.dev import distribution, packages, pinned
from bx24py.dev.portal.portal import Portal

from .conftest import PythonPage, wait_until

ROOT = Path(__file__).parents[2]
PYSCRIPT = ROOT / "node_modules" / "@pyscript" / "core" / "dist"
BLOCK = re.compile(r'^```\w+ title="(.+?)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)

# What the kernel of JupyterLite takes from the Pyodide distribution, and from nowhere else.
FOR_THE_KERNEL = (
    *("asttokens", "decorator", "executing", "ipython", "jedi", "matplotlib-inline", "parso", "prompt-toolkit"),
    *("pure-eval", "pygments", "six", "stack-data", "traitlets", "wcwidth"),
)

# The portal's answers reach BX24 only when the test lets them.
HOLD = """
if (window.name.includes("|")) {
  const held = [];
  const hold = (event) => {
    event.stopImmediatePropagation();
    held.push(event);
  };
  window.addEventListener("message", hold);
  window.letThrough = () => {
    window.removeEventListener("message", hold);
    for (const { data, origin, source } of held)
      window.dispatchEvent(new MessageEvent("message", { data, origin, source }));
  };
}
"""

OpenApp = Callable[..., PythonPage]


def documented(heading: str) -> dict[str, str]:
    """Return the files that the page shows below a heading."""
    text = (ROOT / "docs" / "howto" / "without-loader.md").read_text(encoding="utf-8")
    section = next(part for part in text.split("\n## ") if part.startswith(heading))
    return dict(BLOCK.findall(section.replace("bx24py-0.1.0-", f"bx24py-{__version__}-")))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", str(ROOT), "--quiet", "--no-deps", "--wheel-dir", str(folder)]
    subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def pyscript(open_for_module: OpenApp, wheel: Path) -> PythonPage:
    """The page for PyScript, to which the portal has not answered yet."""
    files: dict[str, str | bytes] = {**documented("PyScript"), wheel.name: wheel.read_bytes()}
    files["app.py"] = f"import js\nprint('started', bool(js.BX24.getAuth()))\n{files['app.py']!s}"
    files |= {f"pyscript/{path.name}": path.read_bytes() for path in PYSCRIPT.iterdir() if path.suffix != ".map"}
    return open_for_module(files, before=lambda page: page.add_init_script(HOLD))


def test_pyscript_queues_a_call_until_the_portal_has_answered(pyscript: PythonPage) -> None:
    wait_until(pyscript.page, lambda: "started False" in pyscript.console, "the call was not made before the answer")
    expect(pyscript.frame.locator("#message")).to_be_empty()
    assert pyscript.portal.rest.calls == []
    pyscript.frame.evaluate("letThrough()")
    expect(pyscript.frame.locator("#message")).to_have_text("Hello Emma!")
    assert [call.method for call in pyscript.portal.rest.calls] == ["user.current"]


def test_pyscript_ends_a_call_whose_answer_the_library_loses(pyscript: PythonPage) -> None:
    pyscript.portal.rest.route("user.current").body("<html>Bad gateway</html>", status=502)
    pyscript.frame.evaluate("() => { delete window.letThrough; location.reload(); }")
    pyscript.frame.wait_for_function("'letThrough' in window")
    pyscript.frame.evaluate("letThrough()")
    expect(pyscript.frame.locator("#message")).to_contain_text("It did not work")
    assert len(pyscript.portal.rest.received("user.current")) == 4, "one before, and three tries"


def test_pyodide_alone(pyscript: PythonPage) -> None:
    """In the same page, which has the wheel and Pyodide."""
    text = (ROOT / "docs" / "howto" / "without-loader.md").read_text(encoding="utf-8").split("## Pyodide alone")[1]
    code = text.split("```js\n")[1].split("```")[0].replace("bx24py-0.1.0-", f"bx24py-{__version__}-")
    code = code.replace(
        '"./pyodide', '"/pyodide'
    )  # from the text of a test there is no address that `.` is relative to
    pyscript.portal.reset()
    pyscript.console.clear()
    pyscript.frame.evaluate(f"async () => {{ {code} }}")
    assert "Emma" in pyscript.console


def test_a_worker_that_finds_no_page_says_so(pyscript: PythonPage) -> None:
    """This page has no bx24py-worker.js."""
    said = pyscript.frame.evaluate("""() => new Promise((resolve) => {
      const address = new URL("bx24py-worker.js", document.baseURI);
      const code = `import("${address}").then(() => postMessage("connected"), (error) => postMessage(String(error)))`;
      const worker = new Worker(URL.createObjectURL(new Blob([code])));
      worker.onmessage = ({ data }) => resolve(data);
    })""")
    assert "No page of the application answers" in said


@pytest.fixture(scope="module")
def notebook(open_for_module: OpenApp, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> PythonPage:
    """The page for JupyterLite, with a Pyodide whose packages come from pip instead of the CDN."""
    source = tmp_path_factory.mktemp("wheels")
    (source / "pypi").mkdir()
    for file in (wheel, packages.plain("comm")):
        shutil.copy(file, source / "pypi")
    settings = {"pyodideUrl": "./pyodide/pyodide.mjs", "disablePyPIFallback": True}
    plugins = {"@jupyterlite/pyodide-kernel-extension:kernel": settings}
    config = {"jupyter-lite-schema-version": 0, "jupyter-config-data": {"litePluginSettings": plugins}}
    (source / "jupyter-lite.json").write_text(json.dumps(config), encoding="utf-8")
    built = source / "built"
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(source), "--apps", "repl"]
    subprocess.run(
        [*command, "--no-sourcemaps", "--output-dir", str(built)], check=True, capture_output=True, cwd=source
    )

    pyodide = {name: path.read_bytes() for name, path in distribution.files().items()}
    lock = json.loads(pyodide[pinned.LOCK_FILE])
    for name in FOR_THE_KERNEL:
        package = lock["packages"][name]
        content = packages.plain(package["name"], package["version"]).read_bytes()
        package["sha256"] = hashlib.sha256(content).hexdigest()
        pyodide[package["file_name"]] = content
    pyodide[pinned.LOCK_FILE] = json.dumps(lock).encode()

    files: dict[str, str | bytes] = {**documented("JupyterLite")}
    files |= {f"lite/pyodide/{name}": content for name, content in pyodide.items()}
    paths = (path for path in built.rglob("*") if path.is_file())
    files |= {f"lite/{path.relative_to(built).as_posix()}": path.read_bytes() for path in paths}
    return open_for_module(files)


@pytest.fixture
def repl(notebook: PythonPage) -> Iterator[FrameLocator]:
    """Its JupyterLite, with the first cell run."""
    inner = notebook.frame.frame_locator("iframe")
    expect(inner.locator(".jp-OutputArea-output").first).to_have_text("'Emma'", timeout=180_000)
    yield inner
    notebook.portal.reset()


def run_cell(page: Page, repl: FrameLocator, code: str) -> str:
    """Type a cell, run it, and return its output."""
    outputs = repl.locator(".jp-CodeConsole-content .jp-OutputArea-output")
    before = outputs.count()
    repl.locator(".jp-CodeConsole-input .cm-content").click()
    page.keyboard.insert_text(code)
    page.keyboard.press("Shift+Enter")
    expect(outputs).to_have_count(before + 1)
    return outputs.last.inner_text()


def test_a_kernel_of_jupyterlite_calls_through_the_page(notebook: PythonPage, repl: FrameLocator) -> None:
    assert [call.method for call in notebook.portal.rest.calls] == ["user.current"]
    deals = len(Portal(deals=200).company.deals.ids)
    assert run_cell(notebook.page, repl, "len(await bx24.call_list('crm.deal.list'))").strip() == str(deals)
    assert run_cell(notebook.page, repl, "js.BX24.getAuth()").strip() == "False"  # the token stays in the page


def test_a_kernel_sends_a_file(notebook: PythonPage, repl: FrameLocator) -> None:
    notebook.portal.rest.route("crm.deal.update").respond(True)
    call = """from bx24py import File
plan = File("plan.txt", b"x" * 300_000)
(await bx24.call_method("crm.deal.update", {"id": 5, "fields": {"UF_PLAN": plan}})).data"""
    assert run_cell(notebook.page, repl, call).strip() == "True"
    name, content = notebook.portal.rest.received("crm.deal.update")[0]["fields"]["UF_PLAN"]
    assert (name, len(content)) == ("plan.txt", 400_000)


def test_a_failure_ends_in_the_kernel_with_its_error(notebook: PythonPage, repl: FrameLocator) -> None:
    notebook.portal.rest.route("crm.deal.add").drop()
    shown = run_cell(notebook.page, repl, "await bx24.call_method('crm.deal.add', {'fields': {}})")
    assert "NetworkError" in shown
    tokens = list(notebook.portal.state.tokens._expires)
    # The portal takes tokens out of its own texts; this is one that does not.
    notebook.portal.state.tokens.mask = lambda text: text  # type: ignore[method-assign]
    notebook.portal.rest.route("crm.deal.add").fail("WRONG_REQUEST", f"auth={' '.join(tokens)}")
    shown = run_cell(notebook.page, repl, "await bx24.call_method('crm.deal.add', {'fields': {}})")
    assert "auth=***" in shown
    assert not any(token in shown for token in tokens)
    shown = run_cell(notebook.page, repl, "await bx24.select_user()")
    assert "BX24.selectUser is missing" in shown
