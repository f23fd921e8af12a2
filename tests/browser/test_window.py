"""The application's frame and the portal's windows, in the local portal."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from bx24py.dev.portal.messages import NOTHING

from .conftest import PAGE, PythonPage

OpenApp = Callable[..., PythonPage]


class Sent:
    """The messages of one command that the portal has got."""

    def __init__(self, app: PythonPage, command: str) -> None:
        self.messages = [message for message in app.portal.frame.sent if message.command == command]

    @property
    def params(self) -> list[Any]:
        return [message.params for message in self.messages]


def wait_until(app: PythonPage, condition: Callable[[], object]) -> None:
    """Wait until something is so at the portal."""
    for _ in range(500):
        if condition():
            return
        app.page.wait_for_timeout(20)
    raise AssertionError("it did not happen in time")


# ---------------------------------------------------------------- size, title, scrolling


def stage(app: PythonPage) -> list[int]:
    """Give the size of the application's frame in the portal's page."""
    size: list[int] = app.page.locator("#stage iframe").evaluate("(frame) => [frame.offsetWidth, frame.offsetHeight]")
    return size


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
        ("resize_window(500, 500, timeout=0.2)", "resizeWindow", "may have done it all the same"),
        ("fit_window(timeout=0.2)", "resizeWindow", "may have done it all the same"),
        ("set_title('x', timeout=0.2)", "setTitle", "may have done it all the same"),
        ("scroll_parent_window(5, timeout=0.2)", "setScroll", "may have done it all the same"),
        ("open_application(timeout=0.2)", "openApplication", "may still be open"),
        ("close_application(timeout=0.2)", "closeApplication", "has opened no window"),
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


def begin(app: PythonPage, call: str) -> None:
    """Start a call and keep its future for `ended` and `value`."""
    app.python(f"asyncio.get_running_loop().begun = bx24.{call}")


def ended(app: PythonPage) -> bool:
    done: bool = app.python("return asyncio.get_running_loop().begun.done()")
    return done


def value(app: PythonPage) -> Any:
    return app.python("return await asyncio.get_running_loop().begun")


def inner_app(app: PythonPage) -> PythonPage:
    """Give the application in the slider in front, once its Python runs."""
    handle = app.page.wait_for_selector("#overlays > :last-child .slider iframe")
    frame = handle and handle.content_frame()
    assert frame
    frame.wait_for_function("'bx24py' in window")
    return PythonPage(app.portal, app.page, frame)


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
    assert (name, "has opened no window" in message) == ("CallTimeoutError", True)


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


# ---------------------------------------------------------------- auto_fit

QUIET = """
const until = async (times) => {
  for (let i = 0; i < times; i += 1) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    await new Promise((resolve) => BX24.setTitle('quiet', resolve));
  }
};
"""


class Fitted:
    """An application that keeps its frame at its content's height."""

    def __init__(self, app: PythonPage) -> None:
        self.app = app

    def do(self, script: str) -> None:
        """Change the content, by JavaScript."""
        self.app.frame.evaluate(f"() => {{ const box = document.getElementById('box'); {script} }}")

    def content(self) -> int:
        height: int = self.app.frame.evaluate("Math.ceil(document.documentElement.getBoundingClientRect().height)")
        return height

    def becomes(self, height: int) -> None:
        """See that the frame becomes so high, and stays so."""
        self.app.page.wait_for_function(
            "(height) => document.querySelector('#stage iframe').offsetHeight === height", arg=height, timeout=30_000
        )
        self.quiet()
        assert stage(self.app)[1] == height

    def fits(self) -> None:
        """See that the frame becomes as high as the content, with nothing left to scroll."""
        self.becomes(self.content())
        assert self.app.frame.evaluate(
            "document.documentElement.scrollHeight === document.documentElement.clientHeight"
        )

    def quiet(self) -> None:
        """Let some pictures be drawn, with messages to the portal and back between them."""
        self.app.frame.evaluate(f"(async () => {{ {QUIET} await until(8); }})()")

    @property
    def heights(self) -> list[int]:
        params = Sent(self.app, "resizeWindow").params
        assert all(one["width"] == "100%" for one in params)
        return [one["height"] for one in params]


BODY = '<body style="margin: 10px"><div id="box" style="height: 900px"></div>'
FIT_PAGE = PAGE.replace('<body><p id="out"></p>', BODY)
START = "from bx24py import bx24\nstop = bx24.auto_fit()\nimport js\njs.window.stop = stop\n"


@pytest.fixture(scope="module")
def fitted_app(open_for_module: OpenApp) -> PythonPage:
    app: PythonPage = open_for_module({"index.html": FIT_PAGE, "app.py": START})
    return app


@pytest.fixture
def fitted(fitted_app: PythonPage) -> Fitted:
    """The page, its content 900 pixels high and a little, fitted."""
    one = Fitted(fitted_app)
    one.do("""
      document.documentElement.removeAttribute('style');
      document.body.setAttribute('style', 'margin: 10px');
      document.body.replaceChildren(box);
      box.replaceChildren();
      box.setAttribute('style', 'height: 950px');
    """)
    one.becomes(970)
    one.do("box.style.height = '900px'")
    one.becomes(920)
    fitted_app.portal.reset()
    return one


def test_the_frame_follows_its_content(fitted: Fitted) -> None:
    fitted.do("box.style.height = '1400px'")
    fitted.fits()
    fitted.do("box.style.height = '300px'")
    fitted.fits()
    assert fitted.heights == [1420, 320]


def test_nothing_is_sent_while_the_height_stays(fitted: Fitted) -> None:
    fitted.do("box.textContent = 'x'; box.style.color = 'red'")
    fitted.quiet()
    assert fitted.heights == []


def test_content_that_moves(fitted: Fitted) -> None:
    fitted.do("box.style.transition = 'height 400ms linear'; box.offsetHeight; box.style.height = '1300px'")
    fitted.becomes(1320)
    assert fitted.heights == sorted(fitted.heights)
    fitted.do("box.style.height = '200px'")
    fitted.becomes(220)


def test_one_command_at_a_time(fitted: Fitted) -> None:
    held: list[Route] = []
    fitted.app.page.route("**/wire", lambda route: held.append(route), times=1)
    fitted.do("box.style.height = '1000px'")
    wait_until(fitted.app, lambda: held)
    for height in (1100, 1200, 1300):
        fitted.do(f"box.style.height = '{height}px'")
        fitted.app.frame.evaluate(
            "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))"
        )
    held[0].continue_()
    fitted.fits()
    assert fitted.heights == [1020, 1320]


def test_a_page_as_high_as_the_frame_with_more_in_it(fitted: Fitted) -> None:
    """The boxes of the page stay as they are here, so it takes the change of its nodes to notice."""
    fitted.do("""
      document.documentElement.style.height = '100%';
      document.body.style.height = '100%';
      document.body.style.margin = '0';
      box.style.height = 'auto';
      box.innerHTML = '<div style="height: 1100px"></div>';
    """)
    fitted.becomes(1100)
    fitted.do("box.append(box.firstChild.cloneNode())")
    fitted.becomes(2200)


@pytest.mark.parametrize("style", ["min-height: 100vh", "height: 150vh", "height: 100vh"])
def test_content_as_high_as_the_frame_does_not_make_it_grow_for_ever(fitted: Fitted, style: str) -> None:
    fitted.do(f"box.setAttribute('style', '{style}')")
    wait_until(fitted.app, lambda: len(fitted.heights) == 3)  # twice, and once more at rest
    fitted.app.page.wait_for_timeout(700)
    fitted.quiet()
    heights = fitted.heights
    assert len(heights) == 3
    fitted.do("box.textContent = 'x'")
    fitted.quiet()
    assert fitted.heights == heights
    fitted.do("box.setAttribute('style', 'height: 400px')")
    fitted.becomes(420)


def test_an_open_menu_fits_into_the_frame(fitted: Fitted) -> None:
    fitted.do("""
      box.style.position = 'relative';
      box.innerHTML = '<div id="menu" style="position: absolute; top: 850px; height: 200px; width: 50px"></div>';
    """)
    fitted.becomes(1060)
    fitted.do("document.getElementById('menu').remove()")
    fitted.becomes(920)
    assert fitted.heights == [1060, 920]


def test_what_hangs_out_of_the_page_stays_visible(fitted: Fitted) -> None:
    fitted.do("box.innerHTML = '<div style=\"position: absolute; top: 1000px; height: 50px; width: 50px\"></div>'")
    fitted.becomes(1050)
    count = len(fitted.heights)
    assert count <= 3
    fitted.quiet()
    assert len(fitted.heights) == count


def test_content_that_depends_on_the_frames_height(fitted: Fitted) -> None:
    fitted.do("""
      box.removeAttribute('style');
      box.innerHTML = '<style>#in { height: 700px } @media (min-height: 800px) { #in { height: 400px } }</style>'
        + '<p id="in">';
      box.lastChild.style.margin = 0;
    """)
    fitted.becomes(720)
    assert fitted.heights == [420, 720]


def test_a_modal_dialog_opens_where_it_can_be_seen(open_app: OpenApp) -> None:
    body = """<body style="margin: 10px"><div id="box" style="height: 4600px"></div>
        <dialog id="ask" style="height: 200px">Sure?</dialog>"""
    app = open_app({"index.html": PAGE.replace('<body><p id="out"></p>', body), "app.py": START})
    wait_until(app, lambda: app.frame.evaluate("innerHeight") > 4600)
    screen = app.page.viewport_size
    assert screen
    for amount in 2500, 9999, -99999:  # down, to the end, to the beginning
        app.page.mouse.move(screen["width"] / 2, screen["height"] / 2)
        app.page.mouse.wheel(0, amount)
        app.page.wait_for_timeout(200)
        app.frame.evaluate("ask.showModal()")

        def is_seen() -> bool:
            box = app.frame.locator("#ask").bounding_box()  # in the portal's page
            return box is not None and box["y"] >= 0 and box["y"] + box["height"] <= screen["height"]

        wait_until(app, is_seen)
        app.frame.evaluate("ask.close()")
        wait_until(app, lambda: app.frame.evaluate("ask.getAttribute('style')") == "height: 200px;")


def test_auto_fit_ends(open_app: OpenApp) -> None:
    app = open_app({"index.html": FIT_PAGE, "app.py": START})
    fitted = Fitted(app)
    fitted.becomes(920)
    app.frame.evaluate("stop()")
    app.portal.frame.sent.clear()
    fitted.do("box.style.height = '1500px'")
    fitted.quiet()
    assert fitted.heights == []
    app.python("await bx24.fit_window()")
    assert stage(app)[1] == 1520
    # It may begin again.
    app.python("js.window.stop = bx24.auto_fit()")
    fitted.do("box.style.height = '100px'")
    fitted.becomes(120)


def test_the_frame_in_a_slider(app: PythonPage) -> None:
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


def test_a_portal_that_does_not_answer_is_logged(open_app: OpenApp) -> None:
    app = open_app({"index.html": FIT_PAGE})
    app.portal.frame.silence("resizeWindow")
    code = """
        from bx24py.frame import window
        window.TIMEOUT = 0.2
        stop = bx24.auto_fit()
        await asyncio.sleep(0.5)
        stop()
    """
    app.python(code)
    assert any("auto_fit: BX24.resizeWindow: no answer within 0.2 s" in line for line in app.console), json.dumps(
        app.console
    )
