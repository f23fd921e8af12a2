"""The log of REST calls: what came, what was answered. It holds the newest calls, never a token."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

KEPT_CALLS = 2_000
KEPT_BYTES = 16 * 1024 * 1024
"""What the log holds at most; older calls are forgotten first."""


@dataclass
class RestCall:
    """One call, or one command of a batch."""

    id: int
    method: str
    started: float
    """Seconds since the epoch."""
    batch: bool = False
    """Whether it was a command inside a batch; the batch itself is a call of its own, logged after its commands."""
    params: dict[str, Any] = field(default_factory=dict)
    """As the portal read them, nested as PHP does, without tokens."""
    status: int | None = None
    """HTTP status, of a command the one that it would have had alone; None: there was no answer."""
    error: str | None = None
    """The code of the error, None when it succeeded or got no answer."""
    duration: float = 0.0
    """Seconds."""
    body: bytes | None = field(default=None, repr=False)
    """The answer as it was sent."""

    @property
    def answer(self) -> Any:
        """The answer decoded from JSON; text when it is no JSON, None when there was none."""
        if self.body is None:
            return None
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body.decode(errors="replace")


class CallLog:
    """The newest calls, bounded by number and size. May be read from any thread."""

    def __init__(self) -> None:
        self.next_id = 1
        self._calls: deque[RestCall] = deque()
        self._size = 0
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[RestCall]:
        with self._lock:
            return iter(list(self._calls))

    def open(self, method: str, started: float, *, batch: bool = False) -> RestCall:
        """Return the record of a call that begins; it is in the log once it is closed."""
        call = RestCall(self.next_id, method, started, batch)
        self.next_id += 1
        return call

    def close(self, call: RestCall) -> None:
        """Add a finished call."""
        with self._lock:
            self._calls.append(call)
            self._size += len(call.body or b"")
            while len(self._calls) > 1 and (len(self._calls) > KEPT_CALLS or self._size > KEPT_BYTES):
                self._size -= len(self._calls.popleft().body or b"")

    def clear(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._calls.clear()
            self._size = 0
