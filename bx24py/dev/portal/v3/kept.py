"""Answers kept for an `Idempotency-Key`: a repeated write gets the first good answer and is not executed again."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bx24py.dev.portal.v3.faults import V3Fault

LIFETIME = 24 * 3600.0
"""Seconds that an answer is kept."""

KEY_LENGTH = 255
"""Characters of the longest key."""


@dataclass(frozen=True)
class _Answer:
    digest: str
    body: bytes
    until: float


class KeptAnswers:
    """The answers of one application, by user, method and key."""

    def __init__(self) -> None:
        self._answers: dict[tuple[int, str, str], _Answer] = {}

    def get(self, user: int, method: str, key: str, params: Mapping[str, Any]) -> bytes | None:
        """Return the kept answer, or None.

        Raises:
            V3Fault: the key is not valid, or was used with other parameters.
        """
        if not 0 < len(key) <= KEY_LENGTH or not (key.isascii() and key.isprintable()):
            raise V3Fault("INVALIDIDEMPOTENCYKEYEXCEPTION")
        kept = self._answers.get((user, method, key))
        if kept is None or kept.until <= time.time():
            return None
        if kept.digest != _digest(params):
            raise V3Fault("IDEMPOTENCYKEYREUSEDEXCEPTION")
        return kept.body

    def keep(self, user: int, method: str, key: str, params: Mapping[str, Any], body: bytes) -> None:
        """Keep a good answer, and forget those that are too old."""
        now = time.time()
        self._answers = {name: kept for name, kept in self._answers.items() if kept.until > now}
        self._answers[user, method, key] = _Answer(_digest(params), body, now + LIFETIME)

    def clear(self) -> None:
        """Forget all answers."""
        self._answers.clear()


def _digest(params: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(params).encode()).hexdigest()
