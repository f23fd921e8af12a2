"""Pages that start Python without the loader, as docs/howto/without-loader.md has them."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bx24py import __version__
from bx24py.dev import distribution, packages, pinned
from tests.wheels import own_wheel

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
    for (const { data, origin, source } of held.splice(0))
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
def pyscript(open_for_module: OpenApp) -> PythonPage:
    """The page for PyScript, to which the portal has not answered yet."""
    name, wheel = own_wheel()
    files: dict[str, str | bytes] = {**documented("PyScript"), name: wheel}
    files["app.py"] = f"import js\nprint('started', bool(js.BX24.getAuth()))\n{files['app.py']!s}"
    files |= {f"pyscript/{path.name}": path.read_bytes() for path in PYSCRIPT.iterdir() if path.suffix != ".map"}
    return open_for_module(files, before=lambda page: page.add_init_script(HOLD))


def start_again(app: PythonPage) -> None:
    """Reload the application's page; the portal's answer is held."""
    app.portal.reset()
    app.console.clear()
    app.frame.evaluate("() => { delete window.letThrough; location.reload(); }")
    app.frame.wait_for_function("'letThrough' in window")


def test_pyscript_queues_a_call_until_the_portal_has_answered(pyscript: PythonPage) -> None:
    start_again(pyscript)
    wait_until(pyscript.page, lambda: "started False" in pyscript.console, "the call was not made before the answer")
    expect(pyscript.frame.locator("#message")).to_be_empty()
    assert pyscript.portal.rest.calls == []
    pyscript.frame.evaluate("letThrough()")
    expect(pyscript.frame.locator("#message")).to_have_text("Hello Emma!")
    assert [call.method for call in pyscript.portal.rest.calls] == ["user.current"]


def test_pyscript_ends_a_call_whose_answer_the_library_loses(pyscript: PythonPage) -> None:
    start_again(pyscript)
    pyscript.portal.rest.route("user.current").body("<html>Bad gateway</html>", status=502)
    pyscript.frame.evaluate("letThrough()")
    expect(pyscript.frame.locator("#message")).to_contain_text("It did not work")
    assert len(pyscript.portal.rest.received("user.current")) == 3, "only what was recovered is tried again"


def test_pyodide_alone(pyscript: PythonPage) -> None:
    """In the same page, which has the wheel and Pyodide."""
    text = (ROOT / "docs" / "howto" / "without-loader.md").read_text(encoding="utf-8").split("## Pyodide alone")[1]
    code = text.split("```js\n")[1].split("```")[0].replace("bx24py-0.1.0-", f"bx24py-{__version__}-")
    code = code.replace(
        '"./pyodide', '"/pyodide'
    )  # from the text of a test there is no address that `.` is relative to
    pyscript.portal.reset()
    pyscript.console.clear()
    pyscript.frame.evaluate("letThrough()")
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


@pytest.fixture
def notebook(open_app: OpenApp, tmp_path: Path) -> PythonPage:
    """The page for JupyterLite, with a Pyodide whose packages come from pip instead of the CDN."""
    source = tmp_path / "wheels"
    (source / "pypi").mkdir(parents=True)
    name, wheel = own_wheel()
    (source / "pypi" / name).write_bytes(wheel)
    shutil.copy(packages.plain("comm"), source / "pypi")
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
    return open_app(files)


def test_a_kernel_of_jupyterlite_calls_through_the_page(notebook: PythonPage) -> None:
    """One page for all of it: it starts slowly."""
    portal, repl = notebook.portal, notebook.frame.frame_locator("iframe")
    outputs = repl.locator(".jp-CodeConsole-content .jp-OutputArea-output")

    def run(code: str) -> str:
        before = outputs.count()
        repl.locator(".jp-CodeConsole-input .cm-content").click()
        notebook.page.keyboard.insert_text(code)
        notebook.page.keyboard.press("Shift+Enter")
        expect(outputs).to_have_count(before + 1)
        return outputs.last.inner_text().strip()

    expect(outputs.first).to_have_text("'Emma'", timeout=240_000)
    assert [call.method for call in portal.rest.calls] == ["user.current"]
    assert run("len(await bx24.call_list('crm.deal.list'))") == str(len(portal.company.deals.ids))
    assert run("js.BX24.getAuth()") == "False"  # the token stays in the page

    portal.rest.route("crm.deal.update").respond(True)
    run("""from bx24py import File
plan = File("plan.txt", b"x" * 300_000)
(await bx24.call_method("crm.deal.update", {"id": 5, "fields": {"UF_PLAN": plan}})).data""")
    name, content = portal.rest.received("crm.deal.update")[0]["fields"]["UF_PLAN"]
    assert (name, len(content)) == ("plan.txt", 400_000)

    add = "await bx24.call_method('crm.deal.add', {'fields': {}})"
    portal.rest.route("crm.deal.add").drop()
    assert "NetworkError" in run(add)
    # The portal takes tokens out of its own texts; this is one that does not.
    tokens = list(portal.state.tokens._expires)
    portal.state.tokens.mask = lambda text: text  # type: ignore[method-assign]
    portal.rest.route("crm.deal.add").fail("WRONG_REQUEST", f"auth={' '.join(tokens)}")
    shown = run(add)
    assert "auth=***" in shown
    assert not any(token in shown for token in tokens)
    assert "BX24.selectUser is missing" in run("await bx24.select_user()")
    assert "BX24.refreshAuth is missing" in run("await bx24.v3.call_method('tasks.task.get', {'id': 1})")
