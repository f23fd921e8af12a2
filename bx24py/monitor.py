"""Monitoring of calls: a hook for each finished call, and the log."""

from __future__ import annotations

import logging
from typing import NamedTuple

from .errors import BX24Error

log = logging.getLogger("bx24py")
"""INFO for retries and waits, DEBUG for each finished call. Parameters and tokens are never logged."""


class CallInfo(NamedTuple):
    """A finished call.

    Attributes:
        method: the REST method; `batch` for a batch.
        duration: seconds from the call to its end, including waits.
        status: HTTP status of the last answer; None if none came.
        tries: how often it was sent.
        error: its error, or None. A failed command inside a batch is not an error of the batch.
    """

    method: str
    duration: float
    status: int | None
    tries: int
    error: BX24Error | None
