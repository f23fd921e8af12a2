"""The application's frame and the portal's windows, in the local portal."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Route, expect

from bx24py.dev.portal.messages import NOTHING

from .conftest import PythonPage
from .window import OpenApp, Sent, begin, ended, inner_app, stage, value, wait_until

# ---------------------------------------------------------------- size, title, scrolling


def test_resize_window(app: PythonPage) -> None:
    full, _ = stage(app)
    assert app.python("return [await bx24.resize_window(500, 699.5)]") == [None]
    assert stage(app) == [500, 700]
    app.python("await bx24.resize_window('100%', 650)")
    assert stage(app) == [full, 650]
    assert Sent(app, "resizeWindow").params == [{"width": 500, "height": 700}, {"width": "100%", "height": 650}]


def test_fit_window(app: PythonPage) -> None:
    height = app.python("""
        js.document.body.style.height = "1500px"
        await bx24.fit_window()
        js.document.body.style.height = ""
        return bx24.get_scroll_size().scroll_height
    """)
    assert 1500 <= height < 1600
    assert stage(app)[1] == height


def test_get_scroll_size(app: PythonPage) -> None:
    size = app.python("""
        js.document.body.style.width = "3000px"
        size = bx24.get_scroll_size()
        root = js.document.documentElement
        js.document.body.style.width = ""
        return [size.scroll_width, size.scroll_height, root.scrollHeight, type(size).__name__]
    """)
    assert 3000 <= size[0] < 3100
    assert size[1:] == [size[2], size[2], "ScrollSize"]


def test_set_title_is_text(app: PythonPage) -> None:
    assert app.python("return [await bx24.set_title('<b>Deals</b>')]") == [None]
    expect(app.page.locator("#title")).to_have_text("<b>Deals</b>")


def test_scroll_parent_window(app: PythonPage) -> None:
    app.python("await bx24.resize_window('100%', 3000)\nawait bx24.scroll_parent_window(499.5)")
    assert app.page.locator("#stage").evaluate("(stage) => stage.scrollTop") == 500
    app.python("await bx24.scroll_parent_window(-10)")
    assert app.page.locator("#stage").evaluate("(stage) => stage.scrollTop") == 0


def test_reload_window(open_app: OpenApp) -> None:
    app = open_app({"app.py": "import js\njs.document.getElementById('out').textContent = 'runs'"})
    expect(app.frame.locator("#out")).to_have_text("runs")
    app.page.evaluate("window.before = true")
    with app.page.expect_event("load"):
        app.frame.evaluate(
            "window.bx24py.ready.then((py) => void py.runPython('from bx24py import bx24; bx24.reload_window()'))"
        )
    assert app.page.evaluate("window.before") is None
    expect(app.page.frame_locator("#stage iframe").locator("#out")).to_have_text("runs")


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("resize_window('abc', 100)", "TypeError: width: "),
        ("resize_window(100, 'abc')", "TypeError: height: "),
        ("resize_window(100, 0)", "ValueError: height: "),
        ("set_title(None)", "TypeError: title: "),
        ("scroll_parent_window('top')", "TypeError: scroll: "),
        ("open_application({}, leftBoundary=5)", "TypeError: "),
        ("open_application({'bx24_width': 5})", "ValueError: params['bx24_width']: "),
        ("open_application(label={'txt': 'x'})", "ValueError: label: "),
        ("open_path(None)", "TypeError: path: "),
        ("open_path('https://example.com/crm/deal/')", "ValueError: path: "),
        ("fit_window(timeout='1')", "TypeError: timeout: "),
        ("close_application(timeout=0)", "ValueError: timeout: "),
    ],
)
def test_wrong_arguments_send_nothing(app: PythonPage, call: str, error: str) -> None:
    raised = app.python(f"""
        try:
            bx24.{call}
        except Exception as error:
            return f"{{type(error).__name__}}: {{error}}"
    """)
    assert raised.startswith(error)
    app.python("await bx24.refresh_auth()")  # what had been sent before would have arrived
    assert [message.command for message in app.portal.frame.sent] == ["refreshAuth"]


@pytest.mark.parametrize(
    ("call", "command", "words"),
    [
        ("resize_window(500, 500, timeout=0.2)", "resizeWindow", "may have done it anyway"),
        ("fit_window(timeout=0.2)", "resizeWindow", "may have done it anyway"),
        ("set_title('x', timeout=0.2)", "setTitle", "may have done it anyway"),
        ("scroll_parent_window(5, timeout=0.2)", "setScroll", "may have done it anyway"),
        ("open_application(timeout=0.2)", "openApplication", "may still be open"),
        ("close_application(timeout=0.2)", "closeApplication", "may have no window to close"),
        ("open_path('/marketplace/', timeout=0.2)", "openPath", "may still be open"),
    ],
)
def test_a_portal_that_does_not_answer(app: PythonPage, call: str, command: str, words: str) -> None:
    app.portal.frame.silence(command)
    name, message, attributes = app.python(f"return await failure(bx24.{call})")
    assert (name, attributes) == ("CallTimeoutError", {"maybe_executed": True})
    assert message.startswith(
        f"BX24.{'fitWindow' if 'fit' in call else command.replace('setScroll', 'scrollParentWindow')}"
    )
    assert words in message
    assert "executed" not in message


# ---------------------------------------------------------------- windows over the page


def test_open_application_and_its_closing_by_the_person(app: PythonPage) -> None:
    begin(
        app,
        """open_application({"deal": 5, "on": True, "none": None, "list": [1, {"a": "é"}]}, width=450, title="My <b>",
            label={"text": "my task", "bgColor": "pink"})""",
    )
    slider = app.page.locator(".slider")
    expect(slider.get_by_role("heading")).to_have_text("My <b>")
    expect(slider).to_contain_text("my task")
    assert slider.evaluate("(slider) => slider.offsetWidth") == 450
    inner = inner_app(app)
    options = inner.python("await bx24.init()\nreturn json.loads(js.JSON.stringify(js.BX24.placement.info().options))")
    assert options == {"deal": 5, "on": True, "none": None, "list": [1, {"a": "é"}]}
    inner.python("await bx24.set_title('inner')")
    expect(slider.get_by_role("heading")).to_have_text("inner")
    assert ended(app) is False
    slider.get_by_role("button", name="Close").click()
    assert value(app) is None
    assert Sent(app, "openApplication").messages[0].answer is NOTHING


def test_the_left_boundary_and_closing_by_the_opener(app: PythonPage) -> None:
    begin(app, "open_application(left_boundary=200)")
    slider = app.page.locator(".slider")
    expect(slider).to_be_visible()
    assert slider.evaluate("(slider) => slider.parentElement.offsetWidth - slider.offsetWidth") == 200
    assert app.python("return [await bx24.close_application()]") == [None]
    assert value(app) is None
    expect(slider).to_have_count(0)


def test_the_opened_application_closes_itself(app: PythonPage) -> None:
    begin(app, "open_application()")
    inner = inner_app(app)
    inner.frame.evaluate(
        "window.bx24py.ready.then((py) => void py.runPython('from bx24py import bx24; bx24.close_application()'))"
    )
    expect(app.page.locator(".slider")).to_have_count(0)
    assert value(app) is None


def test_nothing_to_close(app: PythonPage) -> None:
    name, message, _ = app.python("return await failure(bx24.close_application(timeout=0.3))")
    assert (name, "may have no window to close" in message) == ("CallTimeoutError", True)


def test_open_path(app: PythonPage) -> None:
    begin(app, "open_path('/company/personal/user/2/')")
    slider = app.page.locator(".slider")
    expect(slider.get_by_role("heading")).to_have_text("Jonas Hartmann")
    assert ended(app) is False
    app.page.keyboard.press("Escape")
    assert value(app) is None
    assert Sent(app, "openPath").params == [{"path": "/company/personal/user/2/"}]


def test_a_path_that_the_portal_does_not_open(app: PythonPage) -> None:
    name, message, attributes = app.python("return await failure(bx24.open_path('/bitrix/admin/'))")
    assert name == "PathNotAvailableError"
    assert attributes == {"path": "/bitrix/admin/", "code": "PATH_NOT_AVAILABLE"}
    assert "/crm/deal/" in message
    expect(app.page.locator(".slider")).to_have_count(0)


def test_the_mobile_application_opens_no_path(app: PythonPage) -> None:
    app.portal.frame.mobile = True
    name, message, attributes = app.python("return await failure(bx24.open_path('/crm/deal/details/5/'))")
    assert (name, attributes["code"]) == ("PathNotAvailableError", "METHOD_NOT_SUPPORTED_ON_DEVICE")
    assert "mobile application" in message


def test_a_window_that_is_not_waited_for_any_more_can_be_closed(app: PythonPage) -> None:
    begin(app, "open_path('/crm/deal/details/5/')")
    slider = app.page.locator(".slider")
    expect(slider).to_be_visible()
    assert app.python("call = asyncio.get_running_loop().begun\nreturn [call.cancel(), call.cancelled()]") == [
        True,
        True,
    ]
    app.page.keyboard.press("Escape")
    expect(slider).to_have_count(0)
    wait_until(app, lambda: Sent(app, "openPath").messages[0].answered)
    app.python("await bx24.refresh_auth()")
    assert [line for line in app.console if "Error" in line] == []


def test_auto_fit_resizes_the_frame_in_a_slider(app: PythonPage) -> None:
    begin(app, "open_application()")
    inner = inner_app(app)
    inner.python("""
        js.document.body.style.height = "1800px"
        bx24.auto_fit()
    """)
    height = inner.frame.evaluate("document.documentElement.offsetHeight")
    app.page.wait_for_function(
        "(height) => document.querySelector('.slider iframe').offsetHeight === height", arg=height, timeout=30_000
    )
    app.page.locator(".slider").get_by_role("button", name="Close").click()
    assert value(app) is None


# ---------------------------------------------------------------- the ways of calling


CALLS: dict[str, tuple[str, Any]] = {
    "resize_window(500, 600)": ("resizeWindow", {"width": 500, "height": 600}),
    "resize_window('100%', 600)": ("resizeWindow", {"width": "100%", "height": 600}),
    "fit_window()": ("resizeWindow", None),
    "set_title('T')": ("setTitle", {"title": "T"}),
    "scroll_parent_window(5)": ("setScroll", {"scroll": 5}),
    "reload_window()": ("reloadWindow", {}),
    "open_application({'a': 1}, title='T')": ("openApplication", {"a": 1, "bx24_title": "T"}),
    "close_application()": ("closeApplication", None),
    "open_path('/marketplace/')": ("openPath", {"path": "/marketplace/"}),
    "select_user(title='T')": ("selectUser", {"title": "T", "mult": False}),
    "select_users()": ("selectUser", {"mult": True}),
    "select_access(['U1'])": ("selectAccess", {"value": ["U1"]}),
    "select_crm(entity_type=['deal'])": ("selectCRM", {"entityType": ["deal"], "multiple": False}),
    "im.call_to(5)": ("imCallTo", {"userId": 5, "video": True}),
    "im.phone_to('+1')": ("imPhoneTo", {"phone": "+1"}),
    "im.open_messenger()": ("imOpenMessenger", {}),
    "im.open_history('chat1')": ("imOpenHistory", {"dialogId": "chat1"}),
}
ANSWERS: dict[str, Any] = {
    "openApplication": NOTHING,
    "closeApplication": NOTHING,
    "openPath": {"result": "close"},
    "selectUser": lambda params: [{"id": 7, "name": "Ann"}] if params["mult"] else {"id": 7, "name": "Ann"},
    "selectAccess": [{"id": "AU", "name": "All"}],
    "selectCRM": {"deal": []},
}


def script(app: PythonPage) -> None:
    """Let the portal answer without showing anything, and not reload its page."""
    for command, answer in ANSWERS.items():
        app.portal.frame.answer(command, answer)
    app.portal.frame.silence("reloadWindow")


def check_params(call: str, params: Any) -> None:
    expected = CALLS[call][1]
    if call == "fit_window()":
        assert params["width"] == "100%"
        assert params["height"] > 0
    else:
        assert params == expected


@pytest.mark.parametrize("call", CALLS)
def test_a_click_may_call_without_await(app: PythonPage, call: str) -> None:
    script(app)
    app.python(
        """
        from pyodide.ffi import create_proxy
        def clicked(event):
            eval("bx24." + call, {"bx24": bx24})
            event.target.remove()
        button = js.document.createElement("button")
        button.id = "go"
        button.textContent = "Go"
        button.addEventListener("click", create_proxy(clicked))
        js.document.body.append(button)
    """,
        call=call,
    )
    app.frame.click("#go")
    expect(app.frame.locator("#go")).to_have_count(0)
    command = CALLS[call][0]
    wait_until(app, lambda: Sent(app, command).messages)
    check_params(call, Sent(app, command).params[0])
    app.python("import gc\nawait bx24.refresh_auth()\ngc.collect()\nawait asyncio.sleep(0)")
    assert [line for line in app.console if "Error" in line or "never" in line] == []
    assert len(Sent(app, command).messages) == 1


def test_calls_before_the_initialisation_are_sent_in_order(open_app: OpenApp) -> None:
    held: list[Route] = []
    app = open_app(before=lambda page: page.route("**/wire", lambda route: held.append(route), times=1))
    script(app)
    assert app.python(
        """
        calls = [eval("bx24." + call) for call in order]
        asyncio.get_running_loop().calls = asyncio.gather(*calls)
        await asyncio.sleep(0.1)
        return [js.BX24.getAuth(), [call for call, one in zip(order, calls) if one.done()]]
        """,
        order=list(CALLS),
    ) == [False, []]
    assert app.portal.frame.sent == []
    wait_until(app, lambda: held)
    held[0].continue_()
    results = app.python("return [str(result) for result in await asyncio.get_running_loop().calls]")
    ann = "User(id=7, name='Ann')"
    chosen = {
        "select_user(title='T')": ann,
        "select_users()": f"[{ann}]",
        "select_access(['U1'])": "[AccessRight(id='AU', name='All')]",
        "select_crm(entity_type=['deal'])": "CrmChoice(lead=[], contact=[], company=[], deal=[], quote=[])",
    }
    assert results == [chosen.get(call, "None") for call in CALLS]
    wait_until(app, lambda: len(app.portal.frame.sent) == len(CALLS) + 1)
    messages = app.portal.frame.sent[1:]
    assert [message.command for message in messages] == [command for command, _ in CALLS.values()]
    for call, message in zip(CALLS, messages, strict=True):
        check_params(call, message.params)
