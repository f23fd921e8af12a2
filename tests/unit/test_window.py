"""The frame and the portal's windows, without a browser."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from bx24py import (
    BX24,
    BX24Error,
    CallTimeoutError,
    NotInBrowserError,
    NotInPortalError,
    PathNotAvailableError,
    ScrollSize,
    bridge,
)
from bx24py.bridge import CALLBACK

from .conftest import FakeBridge, run

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
        (lambda c: c.resize_window(1, 1, timeout=0.01), "The portal's page may have done it anyway"),
        (lambda c: c.fit_window(timeout=0.01), "may have done it"),
        (lambda c: c.set_title("T", timeout=0.01), "may have done it"),
        (lambda c: c.scroll_parent_window(0, timeout=0.01), "may have done it"),
        (lambda c: c.close_application(timeout=0.01), "The application may have no window to close"),
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
        (
            lambda c: c.resize_window("980", 700),
            TypeError,
            "width: must be a number of pixels, or \"100%\", not str '980'",
        ),
        (lambda c: c.resize_window("50%", 700), TypeError, 'width: must be a number of pixels, or "100%", not str'),
        (lambda c: c.resize_window(None, 700), TypeError, "width: must be .* NoneType"),
        (lambda c: c.resize_window(True, 700), TypeError, "width: must be .* bool"),
        (lambda c: c.resize_window(0, 700), ValueError, "width: must be 1 or more pixels"),
        (lambda c: c.resize_window(980, "100%"), TypeError, "height: must be a number of pixels, not str '100%'"),
        (lambda c: c.resize_window(980, None), TypeError, "height: must be a number of pixels"),
        (lambda c: c.resize_window(980, 0), ValueError, "height: must be 1 or more pixels"),
        (lambda c: c.resize_window(980, -1), ValueError, "height: must be 1 or more pixels"),
        (lambda c: c.resize_window(980, math.nan), ValueError, "height: must be 1 or more pixels"),
        (lambda c: c.resize_window(math.inf, 5), ValueError, "width: must be 1 or more pixels"),
        (lambda c: c.set_title(None), TypeError, "title: must be a str, not NoneType"),
        (lambda c: c.set_title(5), TypeError, "title: must be a str, not int"),
        (lambda c: c.scroll_parent_window("top"), TypeError, "scroll: must be a number of pixels, not str 'top'"),
        (lambda c: c.scroll_parent_window(None), TypeError, "scroll: must be a number of pixels"),
        (lambda c: c.scroll_parent_window(math.nan), ValueError, "scroll: must be a number of pixels"),
        (lambda c: c.fit_window(timeout=0), ValueError, "timeout: must be more than 0"),
        (lambda c: c.open_application([1]), TypeError, "params: must be a mapping, not list"),
        (lambda c: c.open_application({1: 2}), TypeError, "params: a key must be a str, not int"),
        (lambda c: c.open_application({"a": Decimal(1)}), TypeError, "params: .*Decimal"),
        (lambda c: c.open_application({"a": math.inf}), ValueError, "params: "),
        (
            lambda c: c.open_application({"bx24_width": 5}),
            ValueError,
            r"params\['bx24_width'\]: .* use the keyword argument",
        ),
        (lambda c: c.open_application({}, widht=5), TypeError, "widht"),
        (lambda c: c.open_application(width="450"), TypeError, "width: must be a number of pixels"),
        (lambda c: c.open_application(left_boundary=-1), ValueError, "left_boundary: must be 0 or more pixels"),
        (lambda c: c.open_application(width=5, left_boundary=5), ValueError, "left_boundary: cannot be combined"),
        (lambda c: c.open_application(title=5), TypeError, "title: must be a str, not int"),
        (lambda c: c.open_application(label="new"), TypeError, "label: must be a mapping, .* not str"),
        (
            lambda c: c.open_application(label={"bgcolor": ""}),
            ValueError,
            "label: a key must be one of text, bgColor, color, not 'bgcolor'",
        ),
        (lambda c: c.open_application(label={"text": 5}), TypeError, r"label\['text'\]: must be a str"),
        (lambda c: c.open_path(None), TypeError, "path: must be a str, not NoneType"),
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
