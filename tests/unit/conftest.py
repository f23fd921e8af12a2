"""A bridge for unit tests: what would go to the page is kept, and the test answers."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from bx24py import BX24, bridge
from bx24py.bridge import Answer, Forget, OnAnswer, OnProgress, Request

TIME = {
    "start": 1.5,
    "finish": 2.0,
    "duration": 0.5,
    "processing": 0.25,
    "date_start": "2026-01-01T00:00:00+00:00",
    "date_finish": "2026-01-01T00:00:01+00:00",
    "operating": 0.1,
    "operating_reset_at": 1767225600,
}
"""The times of a call, as the portal tells them."""


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a test's coroutine, for 20 seconds at the most."""
    asyncio.run(asyncio.wait_for(coroutine, 20))


@dataclass
class Sent:
    """One request that reached the page."""

    method: str
    params: Any
    halt: bool | None
    answer: OnAnswer
    on_progress: OnProgress | None = None
    forgotten: bool = False
    aborted: bool = False
    expired: bool = False
    age: float | None = math.inf
    idle: float = math.inf
    lasting: bool = False
    request: Request | None = None

    def forget(self) -> None:
        self.forgotten = True

    def abort(self) -> None:
        self.forgotten = self.aborted = True

    def respond(self, result: Any = None, status: int = 200, **body: Any) -> None:
        """Answer as the REST interface does."""
        self.reply(Answer(status, {"result": result, **body} if "error" not in body else body))

    def reply(self, answer: Answer | dict[str, Any] | None) -> None:
        """Hand over what came back; the page has forgotten the callback by then."""
        self.forgotten = True
        self.answer(answer)  # type: ignore[arg-type]

    def respond_batch(self, results: Any, errors: Any = (), **parts: Any) -> None:
        """Answer a batch."""
        parts = {f"result_{name}": value for name, value in parts.items()}
        self.respond({"result": results, "result_error": errors or [], **parts})


@dataclass
class FakeBridge:
    """Stands in for the page."""

    initialised: bool = True
    installing: bool = False
    sent: list[Sent] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    told: list[tuple[Any, ...]] = field(default_factory=list)
    timers: set[asyncio.TimerHandle] = field(default_factory=set)
    on_ready: Callable[[], None] | None = None
    functions: set[str] = field(default_factory=set)
    listening: list[tuple[Any, str, Callable[[Any], None]]] = field(default_factory=list)

    def init(self, on_ready: Callable[[], None]) -> None:
        if self.initialised:
            on_ready()
        else:
            self.on_ready = on_ready

    def send(self, request: Request, on_answer: OnAnswer) -> Sent:
        content: Any = list(request.commands) or request.params
        halt = request.halt if request.commands else None
        progress = request.options.on_progress
        return self._keep(Sent(request.method, content, halt, on_answer, progress, request=request))

    def ask(self, function: str, arguments: Sequence[Any], on_answer: Callable[..., None]) -> Sent:
        return self._keep(Sent(function, list(arguments), None, on_answer))

    def subscribe(self, function: str, arguments: Sequence[Any], on_event: Callable[..., None]) -> Forget:
        return self._keep(Sent(function, list(arguments), None, on_event, lasting=True)).forget

    def has(self, function: str) -> bool:
        return function in self.functions

    def listen(self, element: Any, event: str, on_event: Callable[[Any], None]) -> Forget:
        self.listening.append((element, event, on_event))
        return lambda: self.listening.remove((element, event, on_event))

    def load_script(self, address: str, on_end: Callable[..., None]) -> Sent:
        return self._keep(Sent("load_script", address, None, on_end))

    def tell(self, function: str, arguments: Sequence[Any] = ()) -> Any:
        self.told.append((function, *arguments))
        return self.values.get(function)

    def call_later(self, delay: float, function: Callable[[], None]) -> Forget:
        def fire() -> None:
            self.timers.discard(timer)
            function()

        def cancel() -> None:
            timer.cancel()
            self.timers.discard(timer)

        timer = asyncio.get_running_loop().call_later(delay, fire)
        self.timers.add(timer)
        return cancel

    def _keep(self, sent: Sent) -> Sent:
        self.sent.append(sent)
        return sent


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeBridge]:
    """The page that clients made in the test talk to. Every callback and timer is freed in the end."""
    fake = FakeBridge()
    monkeypatch.setattr(bridge, "connect", lambda _bx24=None: fake)
    yield fake
    assert not fake.timers
    assert all(sent.forgotten for sent in fake.sent if not sent.lasting)


@pytest.fixture
def client(page: FakeBridge) -> BX24:
    """A client of that page."""
    return BX24()
