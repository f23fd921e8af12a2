"""What tests of windows, dialogs and the frame's size share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .conftest import PythonPage

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


def stage(app: PythonPage) -> list[int]:
    """Give the size of the application's frame in the portal's page."""
    size: list[int] = app.page.locator("#stage iframe").evaluate("(frame) => [frame.offsetWidth, frame.offsetHeight]")
    return size


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
