"""What the rest of the package needs of a page and its BX24 object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from ..errors import BX24Error
from .request import Request

Forget = Callable[[], None]
"""Called when nobody waits any more: what comes later is dropped."""

CALLBACK = object()
"""Stands for the callback among the arguments of a function of BX24."""

NOT_JSON = object()
"""Stands for the JSON of an answer that has none."""


class Answer(NamedTuple):
    """What came back for a request.

    Attributes:
        status: HTTP status; 0 when no complete answer came.
        body: the answer's JSON, as contract, section 3 has it if all is well; NOT_JSON when it is not JSON.
        text: what came when that is not JSON.
        hide: takes the tokens out of a text that goes into an error; what the portal says may quote the request.
    """

    status: int
    body: Any
    text: str = ""
    hide: Callable[[str], str] = str

    def __repr__(self) -> str:
        """Tell the status only: the rest may quote a token."""
        return f"<Answer {self.status}>"


OnAnswer = Callable[[Answer | BX24Error], None]
"""Takes what came back for a request; an error where the library itself failed."""


class FrameSize(NamedTuple):
    """The application's frame and what is in it, in pixels.

    Attributes:
        height: of the frame; 0 when it is hidden.
        overhang: by how much the content is higher than what can be seen of it; negative when it is lower.
    """

    height: int
    overhang: int


class Sending(Protocol):
    """A request on its way."""

    @property
    def expired(self) -> bool:
        """Whether its token has expired, and the portal has not renewed it yet."""

    @property
    def age(self) -> float | None:
        """Seconds since its body left the page; None when it has not, or was refused unread. Infinity: unknown."""

    @property
    def idle(self) -> float:
        """Seconds since the library sent any request: its own guard may hold this one."""

    def abort(self) -> None:
        """Drop whatever is answered, and stop the request where that is possible."""


class Bridge(Protocol):
    """What the rest of the package needs of a page and its BX24 object."""

    @property
    def installing(self) -> bool:
        """Whether the loader is running the installation step inside the library's chain (contract, section 1)."""

    def init(self, on_ready: Callable[[], None]) -> None:
        """Have `on_ready` called once the library has the portal's data."""

    def send(self, request: Request, on_answer: OnAnswer) -> Sending:
        """Send a request. The answer's body is that of the method, or of the method `batch`."""

    def ask(self, function: str, arguments: Sequence[Any], on_answer: Callable[..., None]) -> Sending:
        """Call a function of BX24, such as `placement.call`, that calls back once, with values made plain Python.

        The callback stands where CALLBACK is among the arguments, else after the last.
        """

    def subscribe(self, function: str, arguments: Sequence[Any], on_event: Callable[..., None]) -> Forget:
        """The same for a function that calls back again and again, until that is no longer wanted."""

    def tell(self, function: str, arguments: Sequence[Any] = ()) -> Any:
        """Call a function of BX24 that returns at once, and give its value in plain Python."""

    def has(self, function: str) -> bool:
        """Tell whether BX24 itself has a function of this name."""

    def listen(self, element: Any, event: str, on_event: Callable[[Any], None]) -> Forget:
        """Have a function called with each event of an element, as the page has it, until that is no longer wanted."""

    def frame_size(self) -> FrameSize:
        """Measure the frame and its content."""

    def watch_size(self, on_change: Callable[[], None]) -> Forget:
        """Have a function called when they may have changed, once for each picture drawn, while that is wanted."""

    def keep_modals_in_view(self) -> Forget:
        """Put each modal dialog that opens where it can be seen of a high frame, until that is no longer wanted."""

    def load_script(self, address: str, on_end: Callable[[bool], None]) -> Sending:
        """Load a script into the page; tell whether that worked."""

    def call_later(self, delay: float, function: Callable[[], None]) -> Forget:
        """Call a function after so many seconds."""
