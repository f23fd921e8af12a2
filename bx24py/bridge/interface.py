"""What the rest of the package needs from a page and its BX24 object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from ..errors import BX24Error
from .request import Request

Forget = Callable[[], None]
"""Stops waiting: what comes later is dropped."""

CALLBACK = object()
"""Placeholder for the callback among the arguments of a BX24 function."""

NOT_JSON = object()
"""The body of an answer that is not JSON."""


class Answer(NamedTuple):
    """The answer to a request.

    Attributes:
        status: HTTP status; 0 if no complete answer came.
        body: the parsed JSON (contract, section 3); NOT_JSON if it is not JSON.
        text: the raw text if it is not JSON.
        hide: removes tokens from a text for an error message; the portal's answer may quote the request.
        replayed: whether the portal gave the answer that it had kept for the request's key.
    """

    status: int
    body: Any
    text: str = ""
    hide: Callable[[str], str] = str
    replayed: bool = False

    def __repr__(self) -> str:
        """Return the status only: the rest may contain a token."""
        return f"<Answer {self.status}>"


OnAnswer = Callable[[Answer | BX24Error], None]
"""Takes the answer to a request, or an error if the library itself failed."""


class FrameSize(NamedTuple):
    """The application's frame and its content, in pixels.

    Attributes:
        height: of the frame; 0 if it is hidden.
        overhang: how much higher the content is than the frame; negative if it is lower.
    """

    height: int
    overhang: int


class Sending(Protocol):
    """A request on its way."""

    @property
    def expired(self) -> bool:
        """Whether its token has expired and has not been renewed yet."""

    @property
    def age(self) -> float | None:
        """Seconds since its body was sent; None if it was not, or was refused unread. Infinity if unknown."""

    @property
    def idle(self) -> float:
        """Seconds since the library sent any request: its own guard may hold this one back."""

    def abort(self) -> None:
        """Drop any answer, and abort the request if possible."""


class Bridge(Protocol):
    """What the rest of the package needs from a page and its BX24 object."""

    @property
    def installing(self) -> bool:
        """Whether the loader is running install.py, before the library's `init` handlers (contract, section 1)."""

    def init(self, on_ready: Callable[[], None]) -> None:
        """Call `on_ready` once the library has the portal's data."""

    def send(self, request: Request, on_answer: OnAnswer) -> Sending:
        """Send a request. The answer's body is that of the method, or of `batch`."""

    def ask(self, function: str, arguments: Sequence[Any], on_answer: Callable[..., None]) -> Sending:
        """Call a BX24 function that calls back once, such as `placement.call`, and convert the values to plain Python.

        The callback replaces CALLBACK among the arguments, or else comes last.
        """

    def subscribe(self, function: str, arguments: Sequence[Any], on_event: Callable[..., None]) -> Forget:
        """Call a BX24 function that calls back repeatedly, until the returned function is called."""

    def tell(self, function: str, arguments: Sequence[Any] = ()) -> Any:
        """Call a synchronous BX24 function, and return its value in plain Python."""

    def has(self, function: str) -> bool:
        """Return whether BX24 itself has a function of this name."""

    def listen(self, element: Any, event: str, on_event: Callable[[Any], None]) -> Forget:
        """Call a function with each JavaScript event of an element, until the returned function is called."""

    def frame_size(self) -> FrameSize:
        """Measure the frame and its content."""

    def watch_size(self, on_change: Callable[[], None]) -> Forget:
        """Call a function when they may have changed, at most once per animation frame."""

    def keep_modals_in_view(self) -> Forget:
        """Move each modal dialog that opens into the visible part of a high frame."""

    def load_script(self, address: str, on_end: Callable[[bool], None]) -> Sending:
        """Load a script into the page; call `on_end` with whether that worked."""

    def call_later(self, delay: float, function: Callable[[], None]) -> Forget:
        """Call a function after `delay` seconds."""
