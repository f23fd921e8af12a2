"""The application's frame and the portal's windows: `BX24.resizeWindow`, `BX24.openPath` and the like."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, TypedDict

from ..bridge import CALLBACK, Forget, FrameSize
from ..calls.pending import Pending
from ..errors import PathNotAvailableError
from ..monitor import log
from .portal_page import LATE, TIMEOUT, PortalPage, json_text

REST = 0.5
"""Seconds after which `auto_fit` considers unchanged content to be at rest."""

_LATE_CLOSING = "The window may still be open; nobody waits for its closing any more."
_NOT_CLOSED = "The application may have no window to close."


class ScrollSize(NamedTuple):
    """The size of the page in the frame.

    Attributes:
        scroll_width: pixels; not less than the frame's width.
        scroll_height: pixels; not less than the frame's height.
    """

    scroll_width: int
    scroll_height: int


class Label(TypedDict, total=False):
    """The label at the edge of a window, with the keys of BX24.openApplication.

    Attributes:
        text: its text.
        bgColor: the background colour, as in CSS.
        color: the text colour, as in CSS.
    """

    text: str
    bgColor: str
    color: str


class Window:
    """The part of the client for windows and navigation."""

    _page: PortalPage

    def resize_window(
        self, width: float | Literal["100%"], height: float, *, timeout: float | None = None
    ) -> Pending[None]:
        """Change the size of the application's frame.

        Args:
            width: pixels, or "100%" for the full width. Fractions are rounded up.
            height: pixels.
            timeout: seconds to wait for the portal; None: 30.

        Raises:
            TypeError, ValueError: not a number of pixels. BX24.resizeWindow would replace such a width with 100, and
                ignore such a height (official documentation, BX24.resizeWindow).
            CallTimeoutError: when awaited: the portal did not answer in time.
        """
        wide = width if width == "100%" else _pixels(width, "width", 'pixels, or "100%"')
        return self._ask("resizeWindow", wide, _pixels(height, "height"), timeout=timeout)

    def fit_window(self, *, timeout: float | None = None) -> Pending[None]:
        """Make the application's frame as wide as possible, and as high as its content.

        BX24.fitWindow makes the frame higher, but never lower: it uses `get_scroll_size`. `auto_fit` does both.

        Args:
            timeout: seconds to wait for the portal; None: 30.

        Raises:
            CallTimeoutError: when awaited: the portal did not answer in time.
        """
        return self._ask("fitWindow", timeout=timeout)

    def auto_fit(self) -> Callable[[], None]:
        """Keep the application's frame as wide as possible, and as high as its content, as that changes.

        The frame also becomes lower if the page has a doctype and nothing in it is as high as the frame (`100vh`, or
        `html` with `height: 100%`). May be called before the initialisation. A failed command is logged, and the next
        change of the content tries again. A modal `<dialog>` opens in the middle of the visible part of the frame.

        Returns:
            A function that stops it.

        Raises:
            NotInPortalError: the page was opened outside a portal.
        """
        return _AutoFit(self._page).stop

    def reload_window(self) -> Pending[None]:
        """Reload the portal's page, and the application with it.

        The portal does not answer (contract, section 2): awaiting it ends when the command has been sent, and the code
        after it may or may not run before the page is gone.
        """
        return self._page.tell("reloadWindow")

    def set_title(self, title: str, *, timeout: float | None = None) -> Pending[None]:
        """Set the title above the application: that of the portal's page, or of the application's slider.

        Args:
            title: the new title.
            timeout: seconds to wait for the portal; None: 30.

        Raises:
            TypeError: not a str.
            CallTimeoutError: when awaited: the portal did not answer in time.
        """
        return self._ask("setTitle", _text(title, "title"), timeout=timeout)

    def scroll_parent_window(self, scroll: float, *, timeout: float | None = None) -> Pending[None]:
        """Scroll the portal's page. Does nothing if the application is in a slider.

        Args:
            scroll: pixels from the top; a fraction is rounded up.
            timeout: seconds to wait for the portal; None: 30.

        Raises:
            TypeError, ValueError: not a number. BX24.scrollParentWindow sends nothing then, and never answers (official
                documentation, BX24.scrollParentWindow).
            CallTimeoutError: when awaited: the portal did not answer in time.
        """
        return self._ask("scrollParentWindow", _pixels(scroll, "scroll", least=None), timeout=timeout)

    def get_scroll_size(self) -> ScrollSize:
        """Return the size of the page in the frame. Works before the initialisation too.

        Raises:
            NotInPortalError: the page was opened outside a portal.
        """
        size = self._page.bridge.tell("getScrollSize")
        return ScrollSize(int(size["scrollWidth"]), int(size["scrollHeight"]))

    def open_application(
        self,
        params: Mapping[str, object] | None = None,
        *,
        width: float | None = None,
        left_boundary: float | None = None,
        title: str | None = None,
        label: Label | None = None,
        timeout: float | None = None,
    ) -> Pending[None]:
        """Open the application again, in a window (slider) over the portal's page, and wait until it is closed.

        Args:
            params: for the opened application, which finds them in `placement.info().options`: str, numbers, bool,
                None, or lists and dicts of these.
            width: its width in pixels.
            left_boundary: pixels that stay free on its left; not together with `width`.
            title: its title.
            label: the label at its edge: `{"text": …, "bgColor": …, "color": …}`. Some portal windows show none.
            timeout: seconds to wait until it is closed; None: no limit.

        Raises:
            TypeError, ValueError: values that cannot be sent, settings that exclude each other, or parameters that
                BX24.openApplication would take for settings or silently drop.
            CallTimeoutError: when awaited: the window was not closed in time.
        """
        if width is not None and left_boundary is not None:
            raise ValueError("left_boundary: cannot be combined with width")
        settings: dict[str, Any] = {}
        if width is not None:
            settings["width"] = _pixels(width, "width")
        if left_boundary is not None:
            settings["leftBoundary"] = _pixels(left_boundary, "left_boundary", least=0)
        if title is not None:
            settings["title"] = _text(title, "title")
        if label is not None:
            settings["label"] = _label(label)
        copy = _application_params(params)
        return self._ask(
            "openApplication", copy, CALLBACK, settings, timeout=timeout, default=math.inf, late=_LATE_CLOSING
        )

    def close_application(self, *, timeout: float | None = None) -> Pending[None]:
        """Close the application's window, or the last one that it has opened.

        If it closes its own window, the code after it does not run: the page is gone.

        Args:
            timeout: seconds to wait until it is closed; None: 30.

        Raises:
            CallTimeoutError: when awaited: nothing was closed in time. If there is no window to close, the portal never
                answers.
        """
        return self._ask("closeApplication", timeout=timeout, late=_NOT_CLOSED)

    def open_path(self, path: str, *, timeout: float | None = None) -> Pending[None]:
        """Open a page of the portal in a slider, and wait until it is closed.

        Args:
            path: below /crm/deal/, /crm/lead/, /crm/contact/, /crm/company/, /crm/type/N/, /marketplace/,
                /company/personal/user/N/ or /workgroups/group/N/ (contract, section 2), such as
                `/crm/deal/details/5/`.
            timeout: seconds to wait until it is closed; None: no limit.

        Raises:
            TypeError, ValueError: not a path in the portal, which begins with one slash.
            PathNotAvailableError: when awaited: the portal does not open this path, or, in the mobile application, any
                path. Its `code` says which.
            CallTimeoutError: when awaited: the slider was not closed in time.
        """
        if not _text(path, "path").startswith("/") or path.startswith("//"):
            raise ValueError(f"path: must be a path in the portal, such as '/crm/deal/details/5/', not {path!r}")

        def read(answer: Any) -> None:
            if isinstance(answer, dict) and answer.get("result") == "error":
                raise PathNotAvailableError(path, str(answer.get("errorCode") or "PATH_NOT_AVAILABLE"))

        return self._page.ask("openPath", path, read=read, timeout=timeout, default=math.inf, late=_LATE_CLOSING)

    def _ask(
        self, function: str, *arguments: Any, timeout: float | None, default: float = TIMEOUT, late: str = LATE
    ) -> Pending[None]:
        return self._page.ask(function, *arguments, read=_nothing, timeout=timeout, default=default, late=late)


class _AutoFit:
    """Resizes the frame whenever its content does not fit, one command at a time.

    Two kinds of content never fit, and would resize the frame forever. If the content's height follows the frame's
    (`100vh` and a margin), making the frame higher does not help: the remaining overhang counts as slack and is
    ignored. If the content no longer fits after the frame was made lower (it overflows the page's box, or depends on
    the frame's height), the frame is made higher again, and not made as low again before the content has changed by
    itself.
    """

    def __init__(self, page: PortalPage) -> None:
        self._page = page
        self._size: FrameSize | None = None
        self._command: asyncio.Future[None] | None = None
        self._asked: int | None = None  # the height that is being set
        self._lowered: set[int] = set()  # heights it was lowered to since the content last changed by itself
        self._raised_for: int | None = None  # the overhang for which the frame is being made higher
        self._in_vain = 0  # how often in a row that has not helped
        self._slack = 0
        self._at_rest = False  # whether its content was at rest when it was last made higher
        self._stop_clock: Forget | None = None
        self._forget = page.bridge.watch_size(self._check)
        self._forget_modals = page.bridge.keep_modals_in_view()
        self._check()

    def stop(self) -> None:
        self._forget()
        self._forget_modals()
        self._stop_own_clock()
        if self._command is not None:
            self._command.cancel()

    def _check(self) -> None:
        size = self._page.bridge.frame_size()
        if not size.height:
            return  # the frame is hidden, so nothing in it has a size
        self._learn(size)
        if self._command is None:
            self._fit(size)

    def _learn(self, size: FrameSize) -> None:
        old, self._size = self._size, size
        if old is not None and size.height != old.height:
            if self._command is None:
                self._asked = None
            if self._raised_for is not None:
                self._raised(size.overhang, self._raised_for)
        elif old is not None and size.overhang != old.overhang:  # the content has changed by itself
            self._lowered.clear()
            self._raised_for = None
            self._at_rest = False
            self._in_vain = 0
            if self._stop_clock is not None:
                self._wind()
        if size.overhang < self._slack:
            self._slack = self._in_vain = 0

    def _raised(self, overhang: int, before: int) -> None:
        """Check whether making the frame higher has helped."""
        at_rest, self._at_rest, self._raised_for = self._at_rest, False, None
        self._in_vain = self._in_vain + 1 if overhang >= before else 0
        if self._in_vain and at_rest:
            self._slack = overhang
        elif self._in_vain > 1:
            # It may have grown at the same time. So try once more when it is at rest.
            self._slack = overhang
            self._wind()

    def _wind(self) -> None:
        self._stop_own_clock()
        self._stop_clock = self._page.bridge.call_later(REST, self._try_again)

    def _try_again(self) -> None:
        self._stop_clock = None
        if self._command is not None:
            self._wind()
            return
        self._slack = 0
        self._check()
        self._at_rest = self._raised_for is not None

    def _stop_own_clock(self) -> None:
        if self._stop_clock is not None:
            self._stop_clock()
            self._stop_clock = None

    def _fit(self, size: FrameSize) -> None:
        height = size.height + size.overhang
        if height == self._asked:
            return  # the portal has answered, but the frame does not have its new size yet
        if size.overhang > self._slack:
            self._raised_for = size.overhang
        elif size.overhang < 0 < height and height not in self._lowered:
            self._raised_for = None
            self._lowered.add(height)
        else:
            return
        self._asked = height
        self._command = self._page.ask("resizeWindow", "100%", height, read=_nothing, timeout=None, default=TIMEOUT)
        self._command.add_done_callback(self._done)

    def _done(self, command: asyncio.Future[None]) -> None:
        self._command = None
        if command.cancelled():
            return
        error = command.exception()
        if error is None:
            self._check()
        else:
            self._asked = None
            log.warning("auto_fit: %s", error)


def _nothing(_answer: object) -> None:
    return None


def _pixels(value: object, name: str, what: str = "pixels", *, least: int | None = 1) -> int:
    """Return a whole number of pixels."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name}: must be a number of {what}, not {type(value).__name__} {value!r}")
    if not math.isfinite(value) or (least is not None and value <= least - 1):
        wanted = "a number of pixels" if least is None else f"{least} or more pixels"
        raise ValueError(f"{name}: must be {wanted}, not {value}")
    return math.ceil(value)


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name}: must be a str, not {type(value).__name__}")
    return value


def _label(label: object) -> dict[str, str]:
    if not isinstance(label, Mapping):
        raise TypeError(f"label: must be a mapping, such as {{'text': 'New'}}, not {type(label).__name__}")
    known = Label.__annotations__
    for key, value in label.items():
        if key not in known:
            raise ValueError(f"label: a key must be one of {', '.join(known)}, not {key!r}")
        _text(value, f"label[{key!r}]")
    return dict(label)


def _application_params(params: object) -> dict[str, Any]:
    """Copy the parameters for the opened application: the caller may change them before they are sent."""
    if params is None:
        return {}
    if not isinstance(params, Mapping):
        raise TypeError(f"params: must be a mapping, not {type(params).__name__}")
    for key in params:
        if not isinstance(key, str):
            raise TypeError(f"params: a key must be a str, not {type(key).__name__}")
        if key.startswith("bx24_"):
            raise ValueError(
                f"params[{key!r}]: BX24 would take it for a setting of the window; use the keyword argument"
            )
    copy: dict[str, Any] = json.loads(json_text(dict(params), "params"))
    return copy
