"""Whether the portal lets this page send an `Idempotency-Key` (contract, section 6)."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from ..bridge import Answer, Options, Request
from ..calls.pending import Pending
from ..monitor import log

PROBE = "rest.scope.list"
"""A read that every application may call."""

PROBE_SECONDS = 10.0

KEY_LENGTH = 255


def new_key() -> str:
    """Return a key that no other call has."""
    return str(uuid.uuid4())


def check_key(key: object) -> str:
    """Return the caller's key; "" for None.

    Raises:
        TypeError: it is not a str.
        ValueError: it is not 1 to 255 printable ASCII characters.
    """
    if key is None:
        return ""
    if not isinstance(key, str):
        raise TypeError(f"idempotency_key: must be a str, not {type(key).__name__}")
    if not 1 <= len(key) <= KEY_LENGTH or not (key.isascii() and key.isprintable()):
        raise ValueError(f"idempotency_key: must be 1 to {KEY_LENGTH} printable ASCII characters")
    return key


class Keys:
    """What is known of the header, asked once and only when a call would profit.

    Args:
        start: starts a request, and makes its value of the answer.

    Attributes:
        allowed: whether it can be sent; None: not known yet.
    """

    def __init__(self, start: Callable[[Request, Callable[[Answer], bool]], Pending[bool]]) -> None:
        self.allowed: bool | None = None
        self._start = start
        self._waiting: list[Callable[[], object]] = []

    def ask(self, then: Callable[[], object]) -> None:
        """Find it out with one harmless read that carries the header, and call a function when it is known.

        The browser does not send a request whose header the portal does not allow, and a read changes nothing.
        """
        self._waiting.append(then)
        if len(self._waiting) > 1:
            return
        request = Request(PROBE, PROBE, {}, (), False, True, False, Options(PROBE_SECONDS, False), True, new_key())
        self._start(request, lambda answer: answer.status != 0).add_done_callback(self._known)

    def _known(self, probe: Pending[bool]) -> None:
        self.allowed = not probe.cancelled() and probe.exception() is None and probe.result()
        words = "can be sent" if self.allowed else "cannot be sent, so a write whose answer is lost is not sent again"
        log.info("Idempotency-Key %s", words)
        waiting, self._waiting = self._waiting, []
        for then in waiting:
            then()
