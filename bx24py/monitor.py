"""What can be seen of calls from outside: a hook for each finished call, and the log."""

from __future__ import annotations

import logging
from typing import NamedTuple

from .errors import BX24Error

log = logging.getLogger("bx24py")
"""INFO for retries and waits, DEBUG for each finished call. No parameter and no token is ever logged."""


class CallInfo(NamedTuple):
    """A finished call.

    Attributes:
        method: the REST method; `batch` for a batch.
        duration: seconds from the call to its end, waiting included.
        status: HTTP status of the last answer; None when none came.
        tries: how often it was sent.
        error: what it failed with, or None. Commands that fail inside a batch are not errors of the batch.
    """

    method: str
    duration: float
    status: int | None
    tries: int
    error: BX24Error | None
