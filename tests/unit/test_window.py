"""The frame and the portal's windows, without a browser."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from bx24py import (
    BX24,
    BX24Error,
    CallTimeoutError,
    InitTimeoutError,
    NotInBrowserError,
    NotInPortalError,
    PathNotAvailableError,
    ScrollSize,
    bridge,
)
from bx24py.bridge import CALLBACK, Forget, FrameSize
from bx24py.frame import window

from .conftest import FakeBridge, Sent, run

Call = Callable[[BX24], Any]

ASKED: list[tuple[Call, str, list[Any]]] = [
    (lambda c: c.resize_window(980, 700.2), "resizeWindow", [980, 701]),
    (lambda c: c.resize_window("100%", 1), "resizeWindow", ["100%", 1]),
    (lambda c: c.fit_window(), "fitWindow", []),
    (lambda c: c.set_title("Deals"), "setTitle", ["Deals"]),
    (lambda c: c.scroll_parent_window(0), "scrollParentWindow", [0]),
    (lambda c: c.scroll_parent_window(-20.5), "scrollParentWindow", [-20]),
    (lambda c: c.close_application(), "closeApplication", []),
]
OPENED: list[tuple[Call, str, list[Any]]] = [
    (lambda c: c.open_application(), "openApplication", [{}, CALLBACK, {}]),
    (
        lambda c: c.open_application(
            {"id": 5, "list": (1, None), "on": True}, width=450.5, title="T", label={"text": "L", "bgColor": "pink"}
        ),
        "openApplication",
        [
            {"id": 5, "list": [1, None], "on": True},
            CALLBACK,
            {"width": 451, "title": "T", "label": {"text": "L", "bgColor": "pink"}},
        ],
    ),
    (lambda c: c.open_application(left_boundary=0), "openApplication", [{}, CALLBACK, {"leftBoundary": 0}]),
    (lambda c: c.open_path("/crm/deal/details/5/"), "openPath", ["/crm/deal/details/5/"]),
]


@pytest.mark.parametrize(("call", "function", "arguments"), ASKED + OPENED)
def test_a_command_is_sent_and_its_answer_awaited(
    client: BX24, page: FakeBridge, call: Call, function: str, arguments: list[Any]
) -> None:
    async def main() -> None:
        waiting = call(client)
        assert [(sent.method, sent.params) for sent in page.sent] == [(function, arguments)]
        page.sent[0].reply({"result": "close"})
        assert await waiting is None

    run(main())


@pytest.mark.parametrize(("call", "function", "arguments"), ASKED + OPENED)
def test_a_command_is_sent_once_the_library_is_initialised(
    client: BX24, page: FakeBridge, call: Call, function: str, arguments: list[Any]
) -> None:
    page.initialised = False

    async def main() -> None:
        waiting, given_up = call(client), call(client)
        given_up.cancel()
        assert page.sent == []
        assert page.on_ready is not None
        page.on_ready()
        assert [(sent.method, sent.params) for sent in page.sent] == [(function, arguments)]
        page.sent[0].reply({})
        assert await waiting is None

    run(main())


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda c: c.resize_window(1, 1, timeout=0.01), "The portal's page may have done it all the same"),
        (lambda c: c.fit_window(timeout=0.01), "may have done it"),
        (lambda c: c.set_title("T", timeout=0.01), "may have done it"),
        (lambda c: c.scroll_parent_window(0, timeout=0.01), "may have done it"),
        (lambda c: c.close_application(timeout=0.01), "Perhaps the application has opened no window"),
        (lambda c: c.open_application(timeout=0.01), "The window may still be open"),
        (lambda c: c.open_path("/marketplace/", timeout=0.01), "The window may still be open"),
    ],
)
def test_a_wait_ends_with_words_of_its_own(client: BX24, page: FakeBridge, call: Call, words: str) -> None:
    async def main() -> None:
        with pytest.raises(CallTimeoutError, match=f"no answer within 0.01 s. .*{words}") as caught:
            await call(client)
        assert "executed" not in str(caught.value)
        assert page.sent[0].forgotten

    run(main())


def test_commands_have_a_timeout_and_windows_for_people_have_none(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        for call, *_ in OPENED:
            call(client)
        assert page.timers == set()
        for call, *_ in ASKED:
            call(client)
        loop = asyncio.get_running_loop()
        assert [round(timer.when() - loop.time()) for timer in page.timers] == [30] * len(ASKED)
        for sent in page.sent:
            sent.reply({})

    run(main())


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda c: c.resize_window("980", 700), TypeError, "width: pixels, or \"100%\", are needed, .* str '980'"),
        (lambda c: c.resize_window("50%", 700), TypeError, 'width: pixels, or "100%",'),
        (lambda c: c.resize_window(None, 700), TypeError, "width: pixels, .* NoneType"),
        (lambda c: c.resize_window(True, 700), TypeError, "width: pixels, .* bool"),
        (lambda c: c.resize_window(0, 700), ValueError, "width: must be 1 or more pixels"),
        (lambda c: c.resize_window(980, "100%"), TypeError, "height: pixels are needed, a number, not str '100%'"),
        (lambda c: c.resize_window(980, None), TypeError, "height: pixels are needed"),
        (lambda c: c.resize_window(980, 0), ValueError, "height: must be 1 or more pixels"),
        (lambda c: c.resize_window(980, -1), ValueError, "height: must be 1 or more pixels"),
        (lambda c: c.resize_window(980, math.nan), ValueError, "height: must be 1 or more pixels"),
        (lambda c: c.resize_window(math.inf, 5), ValueError, "width: must be 1 or more pixels"),
        (lambda c: c.set_title(None), TypeError, "title: a text is needed, not NoneType"),
        (lambda c: c.set_title(5), TypeError, "title: a text is needed, not int"),
        (lambda c: c.scroll_parent_window("top"), TypeError, "scroll: pixels are needed, a number, not str 'top'"),
        (lambda c: c.scroll_parent_window(None), TypeError, "scroll: pixels are needed"),
        (lambda c: c.scroll_parent_window(math.nan), ValueError, "scroll: must be a number of pixels"),
        (lambda c: c.fit_window(timeout=0), ValueError, "timeout: must be more than 0"),
        (lambda c: c.open_application([1]), TypeError, "params: a mapping is needed, not list"),
        (lambda c: c.open_application({1: 2}), TypeError, "params: a key must be a text, not int"),
        (lambda c: c.open_application({"a": Decimal(1)}), TypeError, "params: .*Decimal"),
        (lambda c: c.open_application({"a": math.inf}), ValueError, "params: "),
        (lambda c: c.open_application({"bx24_width": 5}), ValueError, r"params\['bx24_width'\]: .* keywords here"),
        (lambda c: c.open_application({}, widht=5), TypeError, "widht"),
        (lambda c: c.open_application(width="450"), TypeError, "width: pixels are needed"),
        (lambda c: c.open_application(left_boundary=-1), ValueError, "left_boundary: must be 0 or more pixels"),
        (lambda c: c.open_application(width=5, left_boundary=5), ValueError, "left_boundary: does not go together"),
        (lambda c: c.open_application(title=5), TypeError, "title: a text is needed, not int"),
        (lambda c: c.open_application(label="new"), TypeError, "label: a mapping is needed, .* not str"),
        (lambda c: c.open_application(label={"bgcolor": ""}), ValueError, "'bgcolor' is none of text, bgColor, color"),
        (lambda c: c.open_application(label={"text": 5}), TypeError, r"label\['text'\]: a text is needed"),
        (lambda c: c.open_path(None), TypeError, "path: a text is needed, not NoneType"),
        (lambda c: c.open_path(""), ValueError, "path: must be a path in the portal"),
        (lambda c: c.open_path("crm/deal/"), ValueError, "path: must be a path in the portal, .* not 'crm/deal/'"),
        (lambda c: c.open_path("https://acme.bitrix24.com/crm/deal/"), ValueError, "path: must be a path"),
        (lambda c: c.open_path("//example.com/crm/deal/"), ValueError, "path: must be a path"),
    ],
)
def test_wrong_arguments_are_raised_by_the_call_and_nothing_is_sent(
    client: BX24, page: FakeBridge, call: Call, error: type[Exception], message: str
) -> None:
    async def main() -> None:
        with pytest.raises(error, match=message):
            call(client)
        assert (page.sent, page.told) == ([], [])

    run(main())


def test_parameters_that_contain_themselves(client: BX24, page: FakeBridge) -> None:
    params: dict[str, Any] = {}
    params["again"] = params
    with pytest.raises(ValueError, match="params: "):
        client.open_application(params)
    assert page.sent == []


def test_parameters_are_those_of_the_call(client: BX24, page: FakeBridge) -> None:
    page.initialised = False

    async def main() -> None:
        params = {"ids": [1]}
        waiting = client.open_application(params)
        params["ids"].append(2)
        assert page.on_ready is not None
        page.on_ready()
        assert page.sent[0].params[0] == {"ids": [1]}
        waiting.cancel()

    run(main())


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ({"result": "error", "errorCode": "PATH_NOT_AVAILABLE"}, "PATH_NOT_AVAILABLE", "/company/personal/user/N/"),
        ({"result": "error"}, "PATH_NOT_AVAILABLE", "/crm/deal/"),
        (
            {"result": "error", "errorCode": "METHOD_NOT_SUPPORTED_ON_DEVICE"},
            "METHOD_NOT_SUPPORTED_ON_DEVICE",
            "mobile application opens no paths",
        ),
    ],
)
def test_a_path_that_the_portal_does_not_open(
    client: BX24, page: FakeBridge, answer: dict[str, Any], code: str, words: str
) -> None:
    async def main() -> None:
        waiting = client.open_path("/bitrix/admin/")
        page.sent[0].reply(answer)
        with pytest.raises(PathNotAvailableError, match=f"'/bitrix/admin/' was not opened .*{words}") as caught:
            await waiting
        assert (caught.value.path, caught.value.code) == ("/bitrix/admin/", code)
        assert isinstance(caught.value, BX24Error)

    run(main())


def test_reload_window_is_told(client: BX24, page: FakeBridge) -> None:
    page.initialised = False

    async def main() -> None:
        waiting = client.reload_window()
        assert page.told == []
        assert page.on_ready is not None
        page.on_ready()
        assert page.told == [("reloadWindow",)]
        await waiting

    run(main())


def test_the_scroll_size_needs_no_initialisation(client: BX24, page: FakeBridge) -> None:
    page.initialised = False
    page.values["getScrollSize"] = {"scrollWidth": 300, "scrollHeight": 1200}
    size = client.get_scroll_size()
    assert size == ScrollSize(300, 1200)
    assert (size.scroll_width, size.scroll_height) == (300, 1200)


def test_outside_a_browser_or_portal(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = [*(call for call, *_ in ASKED + OPENED), BX24.reload_window]
    at_once: list[Call] = [BX24.get_scroll_size, BX24.auto_fit]
    for call in calls + at_once:
        with pytest.raises(NotInBrowserError):
            call(BX24())

    def connect(_bx24: object) -> None:
        raise NotInPortalError("BX24 is null")

    async def main() -> None:
        monkeypatch.setattr(bridge, "connect", connect)
        for call in calls:
            with pytest.raises(NotInPortalError, match="BX24 is null"):
                await call(BX24())
        for call in at_once:
            with pytest.raises(NotInPortalError, match="BX24 is null"):
                call(BX24())

    run(main())


# ---------------------------------------------------------------- auto_fit


@dataclass
class FrameBridge(FakeBridge):
    """A page whose content is as high as the test says, in a frame that the portal resizes."""

    height: int = 600
    content: Callable[[int], tuple[int, int]] = lambda _height: (600, 600)
    """For the frame's height: the height of the page's box, and down to where its content reaches."""

    applies: Callable[[int], int] = lambda height: height
    """What the portal makes of a height."""

    watching: list[Callable[[], None]] = field(default_factory=list)

    def is_high(self, box: int, reach: int = 0) -> None:
        """Let the content have another height, and the page notice."""
        self.content = lambda _height: (box, max(box, reach))
        self.change()

    def change(self) -> None:
        for function in list(self.watching):
            function()

    def frame_size(self) -> FrameSize:
        box, reach = self.content(self.height)
        overhang = reach - self.height
        return FrameSize(self.height, overhang if overhang > 0 else min(0, box - self.height))

    def keep_modals_in_view(self) -> Forget:
        return lambda: None

    def watch_size(self, on_change: Callable[[], None]) -> Forget:
        self.watching.append(on_change)
        return lambda: self.watching.remove(on_change)

    @property
    def heights(self) -> list[int]:
        """The heights asked for so far."""
        for sent in self.sent:
            assert (sent.method, sent.params[0]) == ("resizeWindow", "100%")
        return [sent.params[1] for sent in self.sent]

    async def settle(self, *, late: bool = False) -> list[int]:
        """Play the portal until nothing is asked any more, nor will be; fail after 50 commands.

        Args:
            late: the frame has its new size after the answer only.
        """
        end = len(self.sent) + 50
        while self.timers:  # of a command, or of what is tried again later
            waiting = [sent for sent in self.sent if not sent.forgotten]
            assert len(waiting) <= 1, "one command at a time"
            assert len(self.sent) < end, self.heights
            if waiting:
                await self.apply(waiting[0], late=late)
            else:
                await asyncio.sleep(0.001)
        return self.heights

    async def apply(self, sent: Sent, *, late: bool = False) -> None:
        """Carry a command out."""
        if late:
            sent.reply({})
            await turns()
        self.height = self.applies(sent.params[1])
        self.change()
        if not late:
            sent.reply({})
            await turns()


async def turns() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


@pytest.fixture
def frame(monkeypatch: pytest.MonkeyPatch) -> Iterator[FrameBridge]:
    fake = FrameBridge()
    monkeypatch.setattr(bridge, "connect", lambda _bx24=None: fake)
    monkeypatch.setattr(window, "REST", 0.05)  # more than a loop of a test takes
    yield fake
    assert not fake.timers
    assert all(sent.forgotten for sent in fake.sent)


@pytest.mark.parametrize("late", [False, True], ids=["size before the answer", "size after the answer"])
class TestAutoFit:
    def test_the_frame_follows_its_content(self, frame: FrameBridge, late: bool) -> None:
        async def main() -> None:
            frame.is_high(1000)
            BX24().auto_fit()
            assert frame.heights == [1000]  # at once
            assert await frame.settle(late=late) == [1000]
            frame.is_high(1300)
            assert await frame.settle(late=late) == [1000, 1300]
            frame.is_high(200)
            assert await frame.settle(late=late) == [1000, 1300, 200]
            frame.is_high(1300)
            frame.change()
            assert await frame.settle(late=late) == [1000, 1300, 200, 1300]
            frame.is_high(200)
            assert await frame.settle(late=late) == [1000, 1300, 200, 1300, 200]

        run(main())

    def test_nothing_is_asked_where_it_fits(self, frame: FrameBridge, late: bool) -> None:
        async def main() -> None:
            BX24().auto_fit()
            frame.change()
            assert await frame.settle(late=late) == []

        run(main())

    def test_one_command_at_a_time(self, frame: FrameBridge, late: bool) -> None:
        async def main() -> None:
            BX24().auto_fit()
            for height in range(700, 800):
                frame.is_high(height)
            assert frame.heights == [700]
            assert await frame.settle(late=late) == [700, 799]

        run(main())

    def test_content_that_changes_to_and_fro_while_a_command_is_on_its_way(
        self, frame: FrameBridge, late: bool
    ) -> None:
        async def main() -> None:
            BX24().auto_fit()
            for height in (300, 400, 300, 400, 300):
                frame.is_high(height)
                await frame.apply(frame.sent[-1], late=late)
            assert await frame.settle(late=late) == [300, 400, 300, 400, 300]

        run(main())

    @pytest.mark.parametrize(
        "content",
        [lambda height: (height + 16, height + 16), lambda height: (height * 3 // 2, height * 3 // 2)],
        ids=["100vh and a margin", "150vh"],
    )
    def test_content_as_high_as_the_frame_does_not_make_it_grow_for_ever(
        self, frame: FrameBridge, late: bool, content: Callable[[int], tuple[int, int]]
    ) -> None:
        async def main() -> None:
            BX24().auto_fit()
            frame.content = content
            frame.change()
            count = len(await frame.settle(late=late))
            assert count == 3  # twice, and once more at rest
            frame.change()
            assert len(await frame.settle(late=late)) == count
            # Content that needs more is seen all the same, and less too, once the frame is not followed.
            need = frame.height + 500
            frame.content = lambda height: (max(height + 16, need), max(height + 16, need))
            frame.change()
            await frame.settle(late=late)
            assert frame.height >= need
            frame.is_high(300)
            await frame.settle(late=late)
            assert frame.height == 300

        run(main())

    @pytest.mark.parametrize("pictures", range(1, 9))
    def test_content_that_grows_while_the_frame_does_fits_in_the_end(
        self, frame: FrameBridge, late: bool, pictures: int
    ) -> None:
        """As where pictures are few: it has always grown when the frame has its new height."""

        async def main() -> None:
            BX24().auto_fit()
            frame.is_high(650)
            for number in range(1, pictures + 1):
                frame.content = lambda _height, high=650 + 60 * number: (high, high)  # type: ignore[misc]
                for sent in [sent for sent in frame.sent if not sent.forgotten]:
                    await frame.apply(sent, late=late)
                frame.change()
            await frame.settle(late=late)
            assert frame.height == 650 + 60 * pictures

        run(main())

    def test_content_that_hangs_out_of_the_page_stays_visible(self, frame: FrameBridge, late: bool) -> None:
        async def main() -> None:
            frame.is_high(400, 500)
            BX24().auto_fit()
            assert await frame.settle(late=late) == [400, 500]
            frame.change()
            assert await frame.settle(late=late) == [400, 500]
            frame.is_high(390)
            assert await frame.settle(late=late) == [400, 500, 390]

        run(main())

    def test_content_that_depends_on_the_frames_height_stays_visible(self, frame: FrameBridge, late: bool) -> None:
        async def main() -> None:
            frame.content = lambda height: (400, 400) if height >= 500 else (550, 550)
            BX24().auto_fit()
            assert await frame.settle(late=late) == [400, 550]

        run(main())

    def test_a_portal_that_does_otherwise_is_not_asked_again_and_again(self, frame: FrameBridge, late: bool) -> None:
        async def main() -> None:
            frame.is_high(1000)
            frame.applies = lambda height: min(height, 900)
            BX24().auto_fit()
            assert len(await frame.settle(late=late)) <= 3
            frame.applies = lambda height: max(height, 700)
            frame.is_high(100)
            before = len(frame.heights)
            assert len(await frame.settle(late=late)) <= before + 2
            frame.applies = lambda height: height
            frame.is_high(1200)
            await frame.settle(late=late)
            assert frame.height == 1200

        run(main())

    def test_the_frame_may_be_resized_by_others(self, frame: FrameBridge, late: bool) -> None:
        async def main() -> None:
            frame.is_high(900)
            BX24().auto_fit()
            await frame.settle(late=late)
            for height in (600, 1200, 600):
                frame.height = height
                frame.change()
                await frame.settle(late=late)
            assert frame.heights == [900, 900, 900, 900]

        run(main())


def test_a_hidden_frame_has_no_size_to_go_by(frame: FrameBridge) -> None:
    async def main() -> None:
        frame.is_high(900)
        frame.height = 0
        BX24().auto_fit()
        assert frame.heights == []
        frame.height = 600
        frame.change()
        assert await frame.settle() == [900]

    run(main())


def test_auto_fit_waits_for_the_initialisation(frame: FrameBridge) -> None:
    frame.initialised = False

    async def main() -> None:
        frame.is_high(900)
        BX24().auto_fit()
        frame.is_high(950)
        assert frame.heights == []
        assert frame.on_ready is not None
        frame.on_ready()
        assert await frame.settle() == [900, 950]

    run(main())


@pytest.mark.parametrize("initialised", [True, False])
def test_auto_fit_ends(frame: FrameBridge, initialised: bool) -> None:
    frame.initialised = initialised

    async def main() -> None:
        frame.is_high(900)
        client = BX24()
        client.auto_fit()()
        client.auto_fit()()
        assert frame.watching == []
        if frame.on_ready:
            frame.on_ready()
        await turns()
        assert [sent.forgotten for sent in frame.sent] == ([True, True] if initialised else [])

    run(main())


def test_a_command_that_fails_is_logged_and_the_next_change_tries_again(
    frame: FrameBridge, caplog: pytest.LogCaptureFixture
) -> None:
    frame.initialised = False

    async def main() -> None:
        client = BX24()
        frame.is_high(900)
        stop = client.auto_fit()
        with pytest.raises(InitTimeoutError):
            await client.init(timeout=0.01)
        await turns()
        assert frame.heights == []
        assert frame.on_ready is not None
        frame.on_ready()
        frame.change()
        assert await frame.settle() == [900]
        stop()

    with caplog.at_level(logging.WARNING, "bx24py"):
        run(main())
    assert [record.getMessage()[:50] for record in caplog.records] == [
        "auto_fit: the portal did not answer BX24.init with"
    ]
