"""The log of REST calls: parameters and answers, never a token."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from bx24py.dev.portal.log import CUT_LENGTH, Log, cut_texts, weigh

KEPT_CALLS = 2_000
"""How many calls the log keeps."""


@dataclass
class LoggedCall:
    """One call, or one command of a batch."""

    id: int
    method: str
    started: float
    """Seconds since the epoch."""
    batch: bool = False
    """Whether it was a command of a batch; the batch itself is a separate call, logged after its commands."""
    parent: int | None = None
    """The id of the batch that it was a command of."""
    version: int = 2
    """3 for REST 3.0."""
    replayed: bool = False
    """Whether it was not executed: REST 3.0 gave the answer that was kept for its `Idempotency-Key`."""
    params: dict[str, Any] = field(default_factory=dict)
    """As the portal read them, nested as in PHP, without tokens."""
    status: int | None = None
    """HTTP status; for a command, the status it would have alone; None: no answer."""
    error: str | None = None
    """The error code; None if it succeeded or got no answer."""
    duration: float = 0.0
    """Seconds."""
    body: bytes | None = field(default=None, repr=False)
    """The answer as sent."""

    @property
    def answer(self) -> Any:
        """The answer decoded from JSON; the text if it is not JSON, None if there was no answer."""
        if self.body is None:
            return None
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body.decode(errors="replace")

    def weight(self) -> int:
        """Return the approximate memory in bytes of the parameters and the answer."""
        return weigh(self.params) + len(self.body or b"")

    def cut(self) -> None:
        """Cut long strings in the parameters and the answer."""
        self.params = cut_texts(self.params)
        if self.body is not None and len(self.body) > CUT_LENGTH:
            answer = self.answer
            text = cut_texts(answer)
            self.body = (text if isinstance(answer, str) else json.dumps(text)).encode()


class CallLog(Log[LoggedCall]):
    """The newest calls."""

    def __init__(self) -> None:
        super().__init__(KEPT_CALLS)
        self.next_id = 1

    def open(self, method: str, started: float, *, parent: int | None = None, version: int = 2) -> LoggedCall:
        """Return the record of a new call, or of a command of a batch; `append` adds it to the log."""
        call = LoggedCall(self.next_id, method, started, parent is not None, parent, version)
        self.next_id += 1
        return call
