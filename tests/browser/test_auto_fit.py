"""The frame that keeps the height of its content, in the local portal."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Route

from .conftest import PAGE, PythonPage
from .window import OpenApp, Sent, stage, wait_until

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


def test_the_frame_follows_content_that_moves(fitted: Fitted) -> None:
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
