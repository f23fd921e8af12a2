"""Events of elements and scripts, from Python in a real page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Route

from bx24py.dev.portal.portal import Portal

from .conftest import PAGE, PythonPage

OpenApp = Callable[..., PythonPage]

BUTTONS = '<button id="one">One</button><a id="link" href="#clicked">Link</a><input id="text">'


@pytest.fixture
def page(app: PythonPage) -> PythonPage:
    """The application with a few elements and nothing bound to them."""
    app.frame.evaluate("(html) => { document.getElementById('out').innerHTML = html; }", BUTTONS)
    app.python("bx24.seen, bx24.happened = [], asyncio.Event()")
    return app


def seen(app: PythonPage) -> Any:
    return app.python("return bx24.seen")


def test_a_handler_gets_the_event_until_it_is_unbound(page: PythonPage) -> None:
    page.python("""
        def click(event):
            bx24.seen.append([event.type, event.target.id, event.isTrusted])
        bx24.click = click
        bx24.bind(js.document.getElementById("one"), "click", click)
        bx24.bind(js.document.getElementById("one"), "click", click)
        bx24.bind(js.document.getElementById("text"), "focus", click)
    """)
    page.frame.locator("#one").click()
    page.frame.locator("#text").click()
    assert seen(page) == [["click", "one", True], ["focus", "text", True]]
    page.python("bx24.unbind(js.document.getElementById('one'), 'click', bx24.click)")  # another proxy of it
    page.frame.locator("#one").click()
    assert len(seen(page)) == 2
    assert page.python("""
        try:
            bx24.unbind(js.document.getElementById("one"), "click", bx24.click)
        except ValueError as error:
            return str(error)
    """).endswith("is not bound to 'click' of this element")


def test_a_handler_may_prevent_the_default(page: PythonPage) -> None:
    page.python("""
        bx24.bind(js.document.getElementById("link"), "click", lambda event: event.preventDefault())
    """)
    page.frame.locator("#link").click()
    assert page.frame.evaluate("location.hash") == ""


def test_documents_and_windows_have_events_too(page: PythonPage) -> None:
    assert page.python("""
        def custom(event):
            bx24.seen.append(event.detail)
        for target in js.document, js.window:
            bx24.bind(target, "custom", custom)
        fire = "for (const target of [document, window]) target.dispatchEvent(new CustomEvent('custom', {detail: %s}))"
        js.window.eval(fire % 5)
        for target in js.document, js.window:
            bx24.unbind(target, "custom", custom)
        js.window.eval(fire % 6)
        return bx24.seen
    """) == [5, 5]


def test_handlers_may_be_async_and_call_the_portal(page: PythonPage) -> None:
    page.python("""
        async def click(event):
            user = await bx24.call_method("user.current")
            bx24.seen.append([event.target.id, user.data["ID"]])
            bx24.happened.set()
        bx24.bind(js.document.getElementById("one"), "click", click)
        bx24.bind(js.document.getElementById("one"), "click", lambda event: bx24.user_option.set("clicked", 1))
    """)
    page.frame.locator("#one").click()
    page.python("await bx24.happened.wait()", limit=10)
    assert seen(page) == [["one", "1"]]
    assert page.python("return bx24.user_option.get('clicked')") == 1


def test_errors_of_handlers_are_reported(page: PythonPage) -> None:
    page.python("""
        def now(event):
            raise ValueError("now " + event.type)
        async def later(event):
            asyncio.get_running_loop().call_later(0.01, bx24.happened.set)
            raise ValueError("later " + event.type)
        for handler in now, later:
            bx24.bind(js.document.getElementById("one"), "click", handler)
    """)
    page.frame.locator("#one").click()
    page.python("await bx24.happened.wait()", limit=10)
    text = "\n".join(page.console)
    assert text.count("a handler of click failed") == 2
    assert "ValueError: now click" in text
    assert "ValueError: later click" in text


def test_older_names_of_events(page: PythonPage) -> None:
    # BX24.bind adds them, BX24.unbind leaves those of transitionend in place (official documentation).
    assert page.python("""
        one = js.document.getElementById("one")
        names = "mousewheel", "DOMMouseScroll", "transitionend", "webkitTransitionEnd", "oTransitionEnd"
        def fire():
            for name in names:
                one.dispatchEvent(js.Event.new(name))
        def handler(event):
            bx24.seen.append(event.type)
        for name in "mousewheel", "transitionend":
            bx24.bind(one, name, handler)
        fire()
        for name in "mousewheel", "transitionend":
            bx24.unbind(one, name, handler)
        fire()
        return bx24.seen
    """) == ["mousewheel", "DOMMouseScroll", "transitionend", "webkitTransitionEnd", "oTransitionEnd"]


def test_wrong_arguments(page: PythonPage) -> None:
    assert page.python("""
        said = []
        one = js.document.getElementById("one")
        for arguments in [
            (js.document.getElementById("missing"), "click", print),
            (js.document.querySelectorAll("button"), "click", print),
            (one, None, print),
            (one, "click", "print"),
        ]:
            try:
                bx24.bind(*arguments)
            except TypeError as error:
                said.append(str(error).split(":")[0])
        return said
    """) == ["element", "element", "event_name", "handler"]


SCRIPTS = {
    "slow.js": "window.order = ['slow'];",
    "quick.js": "window.order.push('quick');",
    "bad.js": "window.order.push('bad'); throw new Error('of its own');",
}


@pytest.fixture
def scripts(app: PythonPage) -> Iterator[PythonPage]:
    """The application with the scripts above beside it: one slow, one that is not there, one that never comes."""
    held: list[Route] = []

    def serve(route: Route) -> None:
        name = route.request.url.rsplit("/", 1)[1]
        if name == "never.js":
            held.append(route)
            return
        if name == "slow.js":
            app.page.wait_for_timeout(200)
        if name in SCRIPTS:
            route.fulfill(body=SCRIPTS[name], content_type="text/javascript")
        else:
            route.fulfill(status=404, body="not found")

    app.page.route("**/scripts/*.js", serve)
    app.frame.evaluate("delete window.order")
    yield app
    for route in held:
        route.abort()
    app.page.unroute("**/scripts/*.js")


def waiting(app: PythonPage) -> Any:
    """Tell how many callbacks the bridge holds."""
    return app.python("return len(bx24._sender.bridge._callbacks.waiting)")


def test_scripts_are_loaded_in_order(scripts: PythonPage) -> None:
    before = waiting(scripts)
    assert scripts.python("""
        await bx24.load_script(["scripts/slow.js", "scripts/quick.js"])
        await bx24.load_script("scripts/bad.js")
        await bx24.load_script([])
        return list(js.order)
    """) == ["slow", "quick", "bad"]
    assert waiting(scripts) == before


def test_a_script_that_cannot_be_loaded(scripts: PythonPage) -> None:
    before = waiting(scripts)
    assert scripts.python("""
        names = "slow", "missing", "quick"
        return await failure(bx24.load_script([f"scripts/{name}.js" for name in names], timeout=30))
    """) == [
        "ScriptError",
        "BX24.loadScript: scripts/missing.js could not be loaded. Check the URL, and that the page's "
        "Content-Security-Policy allows it.",
        {"address": "scripts/missing.js"},
    ]
    assert scripts.frame.evaluate("window.order") == ["slow"]
    assert scripts.python("return (await failure(bx24.load_script('//nowhere.invalid/a.js')))[0]") == "ScriptError"
    assert waiting(scripts) == before


def test_a_script_that_takes_too_long(scripts: PythonPage) -> None:
    before = waiting(scripts)
    name, message, _ = scripts.python("return await failure(bx24.load_script('scripts/never.js', timeout=0.3))")
    assert name == "CallTimeoutError"
    assert message == "BX24.loadScript, scripts/never.js: no answer within 0.3 s. It may still be loaded."
    assert waiting(scripts) == before


def test_a_script_that_a_policy_forbids(open_app: OpenApp) -> None:
    meta = '<meta http-equiv="Content-Security-Policy" content="script-src-elem \'self\' http://*:*">'
    app = open_app({"index.html": PAGE.replace("<head>", "<head>" + meta), "one.js": "window.one = 1;"})
    assert app.python("""
        await bx24.load_script("one.js")
        return [js.one, (await failure(bx24.load_script("data:text/javascript,window.two=2")))[0], hasattr(js, "two")]
    """) == [1, "ScriptError", False]


def test_the_page_is_ready_whatever_the_portal_does(open_app: OpenApp) -> None:
    portal = Portal(deals=5)
    portal.frame.silence("getInitData")
    app = open_app({"one.js": "window.one = 1;"}, portal=portal)
    assert app.python("""
        await bx24.ready()
        await bx24.load_script("one.js")
        return [bx24.is_ready(), js.one]
    """) == [True, 1]
    # As while the page is still being read.
    app.frame.evaluate("Object.defineProperty(document, 'readyState', {value: 'loading', configurable: true})")
    assert (
        app.python("""
        assert not bx24.is_ready()
        waiting, late = bx24.ready(), failure(bx24.ready(timeout=0.1))
        late = await late
        assert not waiting.done()
        js.document.dispatchEvent(js.Event.new("DOMContentLoaded"))
        await waiting
        return late[0]
    """)
        == "CallTimeoutError"
    )
