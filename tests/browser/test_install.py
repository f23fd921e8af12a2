"""Installation: the loader's `data-install` step, `install_finish`, and the portal's events."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from bx24py.dev.portal.portal import Portal

from .conftest import PAGE, PythonPage

OpenApp = Callable[..., PythonPage]

LIBRARY = '<script src="//api.bitrix24.com/api/v1/"></script>'
PAGE_WITH_STEP = PAGE.replace('data-app="app.py"', 'data-app="app.py" data-install="install.py"')

# Where the library's line stands.
BEFORE = PAGE_WITH_STEP
DEFERRED = PAGE_WITH_STEP.replace(LIBRARY, "").replace("</head>", LIBRARY.replace("></", " defer></") + "</head>")

SAY = "import js\njs.BX24.setTitle({!r})\n"


def late(page: Page) -> None:
    """Have the loader arrive after the portal's answer."""

    def when_answered(route: Route) -> None:
        route.request.frame.wait_for_function("window.BX24?.getAuth()")
        route.continue_()

    page.route("**/bx24py.js", when_answered)


ARRANGEMENTS = pytest.mark.parametrize(
    ("index", "before", "asked"),
    [(BEFORE, None, None), (DEFERRED, None, 1), (BEFORE, late, 2)],
    ids=["as documented", "library after the loader", "loader after the answer"],
)


def first_run(**state: Any) -> Portal:
    portal = Portal(deals=5)
    portal.state.first_run = True
    for name, value in state.items():
        setattr(portal.state, name, value)
    return portal


def steps(portal: Portal) -> list[str]:
    """Give what was sent over the wire, but for the library's question and the key of a snapshot."""
    return [
        message.params["title"] if message.command == "setTitle" else message.command
        for message in portal.frame.sent
        if message.command != "getInitData" and "bx24py-snapshot" not in message.params.values()
    ]


def wait_for(app: PythonPage, what: str) -> None:
    """Wait until the application has set this title, or another message of this kind has come."""
    for _ in range(600):
        if what in steps(app.portal):
            return
        app.page.wait_for_timeout(50)
    raise AssertionError(f"{what} was not sent; {steps(app.portal)} were")


def panel(app: PythonPage) -> tuple[str, str]:
    """Give the headline and the text of the failure panel."""
    alert = app.frame.get_by_role("alert")
    expect(alert).to_be_visible()
    return alert.locator("h1").inner_text(), alert.locator("p, pre").inner_text()


@ARRANGEMENTS
def test_the_step_runs_once_before_the_application(
    open_app: OpenApp, index: str, before: Callable[[Page], None] | None, asked: int | None
) -> None:
    portal = first_run()
    app = open_app(
        {
            "index.html": index,
            "install.py": """
import asyncio, js
from bx24py import BX24, bx24

await bx24.init(timeout=5)
user = await bx24.call_method("user.current", timeout=5)
results = await bx24.call_batch([["department.get", {"ID": 1}]], timeout=5)
another = (await BX24(timeout=5).call_method("user.current")).data
await asyncio.sleep(0)
js.BX24.setTitle(f"install {user.data['ID']} {len(results[0].data)} {another['ID']}")
mine = 1
""",
            "app.py": SAY.format("app") + "js.document.getElementById('out').textContent = 'mine' in globals()",
        },
        portal=portal,
        before=before,
    )
    expect(app.frame.locator("#out")).to_have_text("false")
    wait_for(app, "app")
    assert steps(portal) == ["install 1 1 1", "setInstall", "app"]
    questions = [message for message in portal.frame.sent if message.command == "getInitData"]
    if asked is not None:
        assert len(questions) == asked
    assert [message.params for message in portal.frame.sent if message.command == "setInstall"] == [{"install": True}]
    assert portal.state.first_run is False

    portal.frame.sent.clear()
    app.page.reload()
    wait_for(app, "app")
    assert steps(portal) == ["app"]


@ARRANGEMENTS
def test_a_step_that_fails_is_shown_and_not_finished(
    open_app: OpenApp, index: str, before: Callable[[Page], None] | None, asked: int | None
) -> None:
    portal = first_run()
    app = open_app(
        {
            "index.html": index,
            "install.py": "import asyncio\ndef prepare():\n    return 1 / 0\n\nawait asyncio.sleep(0)\nprepare()\n",
            "app.py": SAY.format("app"),
        },
        portal=portal,
        before=before,
    )
    title, text = panel(app)
    assert title == "The installation stopped with an error"
    assert 'File "install.py", line 6' in text
    assert 'File "install.py", line 3, in prepare\n    return 1 / 0' in text
    assert text.endswith("ZeroDivisionError: division by zero")
    assert app.frame.evaluate("window.bx24py.finished.catch((error) => error.title)") == title
    assert app.frame.evaluate("window.bx24py.ready.catch((error) => error.title)") == title
    assert steps(portal) == []
    assert portal.state.first_run is True  # so the next start tries again


def test_a_call_that_fails_in_the_step_ends_it(open_app: OpenApp) -> None:
    portal = first_run()
    portal.rest.route("user.current").fail("ACCESS_DENIED")
    app = open_app(
        {
            "index.html": BEFORE,
            "install.py": "from bx24py import bx24\nawait bx24.call_method('user.current')",
            "app.py": SAY.format("app"),
        },
        portal=portal,
    )
    assert "AccessError: user.current: ACCESS_DENIED" in panel(app)[1]
    assert steps(portal) == []


@ARRANGEMENTS
def test_nothing_is_installed_on_later_runs(
    open_app: OpenApp, index: str, before: Callable[[Page], None] | None, asked: int | None
) -> None:
    portal = Portal(deals=5)
    app = open_app(
        {"index.html": index, "install.py": SAY.format("install"), "app.py": SAY.format("app")},
        portal=portal,
        before=before,
    )
    wait_for(app, "app")
    assert steps(portal) == ["app"]
    loaded = app.frame.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert not any("install.py" in name for name in loaded)


def test_without_the_attribute_nothing_changes(open_app: OpenApp) -> None:
    portal = first_run()
    app = open_app({"install.py": SAY.format("install"), "app.py": SAY.format("app")}, portal=portal)
    wait_for(app, "app")
    assert steps(portal) == ["app"]
    assert portal.state.first_run is True
    assert len([message for message in portal.frame.sent if message.command == "getInitData"]) == 1


def test_a_step_that_did_not_arrive(open_app: OpenApp) -> None:
    portal = first_run()
    app = open_app(
        {"index.html": BEFORE, "install.py": "", "app.py": SAY.format("app")},
        portal=portal,
        before=lambda page: page.route("**/install.py", lambda route: route.fulfill(status=404)),
    )
    assert panel(app) == ("A file of the application is missing", "install.py is not there (HTTP 404).")
    assert steps(portal) == []


@pytest.mark.parametrize("is_late", [False, True], ids=["in time", "late"])
def test_a_portal_that_does_not_say_whether_it_is_the_first_run(open_app: OpenApp, is_late: bool) -> None:
    portal = first_run()

    def before(page: Page) -> None:
        page.clock.install()
        if not is_late:
            portal.frame.silence("getInitData")
            return

        def when_answered(route: Route) -> None:
            route.request.frame.wait_for_function("window.BX24?.getAuth()")
            portal.frame.silence("getInitData")
            route.continue_()

        page.route("**/bx24py.js", when_answered)

    app = open_app(
        {"index.html": BEFORE, "install.py": SAY.format("install"), "app.py": SAY.format("app")},
        portal=portal,
        before=before,
    )
    expect(app.frame.get_by_role("progressbar")).to_be_visible()
    app.page.clock.fast_forward(31_000)
    title, text = panel(app)
    assert title == "The portal has not answered"
    assert "Reload the page" in text
    assert steps(portal) == []


def test_the_step_uses_the_applications_modules(open_app: OpenApp) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr("app.py", SAY.format("app"))
        zipped.writestr("words.py", "TEXT = 'from a module'")
    portal = first_run()
    app = open_app(
        {
            "index.html": BEFORE.replace("app.py", "app.zip"),
            "app.zip": buffer.getvalue(),
            "install.py": "import js, words\njs.BX24.setTitle(words.TEXT)",
        },
        portal=portal,
    )
    wait_for(app, "app")
    assert steps(portal) == ["from a module", "setInstall", "app"]


def test_the_application_waits_for_other_handlers_of_the_page(open_app: OpenApp) -> None:
    portal = first_run()
    other = """
BX24.install(() => setTimeout(() => { BX24.setTitle("theirs"); BX24.installFinish(); }, 100));
BX24.init(() => BX24.setTitle("their init"));
window.othersRegistered = true;
"""

    def answer_later(page: Page) -> None:
        """A busy machine may have the portal's answer here before the line of other.js is reached."""

        def when_registered(route: Route) -> None:
            page.frames[-1].wait_for_function("window.othersRegistered")
            route.continue_()

        page.route("**/wire", when_registered, times=1)

    app = open_app(
        {
            "index.html": DEFERRED.replace("</head>", '<script defer src="other.js"></script></head>'),
            "other.js": other,
            "install.py": SAY.format("install"),
            "app.py": SAY.format("app"),
        },
        portal=portal,
        before=answer_later,
    )
    wait_for(app, "app")
    wait_for(app, "their init")
    assert steps(portal)[:3] == ["install", "theirs", "setInstall"]
    assert sorted(steps(portal)[3:]) == ["app", "their init"]


# Finishing the installer page


def test_the_end_of_the_installer_page(open_app: OpenApp) -> None:
    portal = Portal(deals=5)
    portal.state.install = True
    app = open_app(portal=portal)
    with app.page.expect_navigation(url="**/?install_finished=Y", wait_until="commit"):
        app.frame.evaluate(
            "() => void window.bx24py.ready.then((pyodide) => "
            "pyodide.runPythonAsync('from bx24py import bx24; await bx24.install_finish()'))"
        )
    assert portal.state.install is False


def test_finishing_an_application_that_is_installed(app: PythonPage) -> None:
    name, text, _ = app.python("return await failure(bx24.install_finish())")
    assert name == "BX24Error"
    assert "is already installed" in text
    assert steps(app.portal) == []


def test_finishing_does_not_need_the_answer_to_its_question(open_app: OpenApp) -> None:
    portal = Portal(deals=5)
    portal.state.install = True
    portal.rest.route("app.info").fail("ACCESS_DENIED")
    app = open_app(portal=portal)
    with app.page.expect_navigation(url="**/?install_finished=Y", wait_until="commit"):
        app.frame.evaluate(
            "() => void window.bx24py.ready.then((pyodide) => "
            "pyodide.runPythonAsync('from bx24py import bx24; bx24.install_finish()'))"
        )


def test_finishing_inside_the_step_is_the_loaders(open_app: OpenApp) -> None:
    portal = first_run()
    portal.state.install = True
    app = open_app(
        {"index.html": DEFERRED, "install.py": "from bx24py import bx24\nawait bx24.install_finish()"}, portal=portal
    )
    assert "remove bx24.install_finish()" in panel(app)[1]
    assert steps(portal) == []


# The portal's events

URL = "https://app.example/handler"


def test_binding_and_unbinding(app: PythonPage) -> None:
    handlers = app.portal.state.event_handlers
    handlers.clear()
    bound, unbound = app.python(
        """
        first = await bx24.call_bind("OnCrmDealAdd", URL)
        await bx24.call_bind("OnCrmDealAdd", URL, 7)
        kept = (await bx24.call_method("event.get")).data
        second = await bx24.call_unbind("OnCrmDealAdd", URL, 7)
        third = await bx24.call_unbind("OnCrmDealAdd", URL)
        return kept, [first.data, second.data, third.data]
        """,
        URL=URL,
    )
    assert [(row["event"], row["handler"], row["auth_type"]) for row in bound] == [
        ("ONCRMDEALADD", URL, "0"),
        ("ONCRMDEALADD", URL, "7"),
    ]
    assert unbound == [True, {"count": 1}, {"count": 1}]
    assert app.portal.rest.received("event.bind") == [
        {"event": "OnCrmDealAdd", "handler": URL},
        {"event": "OnCrmDealAdd", "handler": URL, "auth_type": "7"},
    ]
    assert handlers == []


def test_binding_for_a_user_who_is_no_administrator(open_app: OpenApp) -> None:
    portal = Portal(deals=5)
    portal.state.admin = False
    app = open_app(portal=portal)
    for function, method in (("call_bind", "event.bind"), ("call_unbind", "event.unbind")):
        name, text, attributes = app.python(
            "return await failure(getattr(bx24, function)('OnCrmDealAdd', URL))", function=function, URL=URL
        )
        assert (name, attributes["code"], attributes["status"]) == ("AccessError", "ACCESS_DENIED", 0)
        assert attributes["method"] == method
        assert "administrators" in text
        assert "HTTP" not in text
        assert portal.rest.received(method) == []


def test_binding_fails_as_other_calls_do(app: PythonPage) -> None:
    name, _, attributes = app.python("return await failure(bx24.call_bind('NoSuchEvent', URL))", URL=URL)
    assert (name, attributes["code"]) == ("RestError", "ERROR_EVENT_NOT_FOUND")
    app.portal.rest.route("event.bind").body("<h1>Bad Gateway</h1>", status=502)
    assert app.python("return await failure(bx24.call_bind('OnCrmDealAdd', URL))", URL=URL)[0] == "BadResponseError"
    assert app.portal.rest.route("event.bind").call_count == 1  # it writes, and may have been executed
    app.portal.rest.route("event.unbind").fail("QUERY_LIMIT_EXCEEDED").times(1)
    assert app.python("return (await bx24.call_unbind('OnCrmDealAdd', URL)).data", URL=URL) == {"count": 0}
    assert app.portal.rest.route("event.unbind").call_count == 2  # refused, so it was not executed
    app.portal.rest.route("event.bind").never()
    assert (
        app.python("return await failure(bx24.call_bind('OnCrmDealAdd', URL, timeout=0.2))", URL=URL)[0]
        == "CallTimeoutError"
    )


def test_binding_before_the_initialisation_is_queued(open_app: OpenApp) -> None:
    portal = Portal(deals=5)
    app = open_app(
        {
            "index.html": DEFERRED,
            "app.py": f"from bx24py import bx24\nawait bx24.call_bind('OnCrmDealAdd', {URL!r})\n" + SAY.format("bound"),
            "install.py": "",
        },
        portal=portal,
    )
    wait_for(app, "bound")
    assert portal.rest.received("event.bind") == [{"event": "OnCrmDealAdd", "handler": URL}]
