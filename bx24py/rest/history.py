"""Data from finished calls: the working time that methods have used, and the hooks to call."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from ..monitor import CallInfo, log
from .result import number


class History:
    """Data from the finished calls of one client.

    Attributes:
        operating: the `time` of each method's last good answer.
        hooks: functions to call with each finished call.
    """

    def __init__(self) -> None:
        self.operating: dict[str, dict[str, Any]] = {}
        self.hooks: dict[object, Callable[[CallInfo], object]] = {}

    def note(self, method: str, time: object) -> None:
        """Keep the `time` of a good answer if it has the method's working time."""
        if isinstance(time, dict) and number(time.get("operating")) is not None:
            self.operating[method] = time

    def operating_reset_at(self, methods: list[str]) -> float | None:
        """Return when the portal frees working time of all these methods, if their last good answers say."""
        times = [number(self.operating.get(method, {}).get("operating_reset_at")) for method in methods]
        return max((time for time in times if time is not None), default=None)

    @property
    def watched(self) -> bool:
        """Whether anybody is watching finished calls."""
        return bool(self.hooks) or log.isEnabledFor(logging.DEBUG)

    def ended(self, info: CallInfo) -> None:
        """Report a finished call to the log and the hooks."""
        log.debug(
            "%s: %s after %.3f s, status %s, tries %d",
            info.method,
            type(info.error).__name__ if info.error else "done",
            info.duration,
            info.status,
            info.tries,
        )
        for hook in list(self.hooks.values()):
            try:
                hook(info)
            except Exception:
                log.exception("an on_call function failed")
