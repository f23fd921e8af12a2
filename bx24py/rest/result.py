"""The result of a call."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from ..calls.pending import Pending, failed, finished
from ..errors import BX24Error


def number(value: object) -> float | None:
    """Read a number from an answer, which may be a str; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        read = float(value)
    except (ValueError, OverflowError):
        return None
    return read if math.isfinite(read) else None


def whole(value: object) -> int | None:
    """Read a non-negative int, as `number` does; None for anything else."""
    read = number(value)
    return int(read) if read is not None and read >= 0 and read.is_integer() else None


class Time(NamedTuple):
    """How long the portal worked on a call: the `time` of its answer (contract, section 3).

    Attributes:
        start: when the portal started, in seconds since the epoch.
        finish: when it finished, in seconds since the epoch.
        duration: seconds from start to finish.
        processing: seconds of actual work.
        date_start: `start` as an ISO 8601 str.
        date_finish: `finish` as an ISO 8601 str.
        operating: seconds of working time that this method has used in the last ten minutes; None if the portal
            does not say.
        operating_reset_at: when some of that time is freed, in seconds since the epoch; None if not given.
    """

    start: float
    finish: float
    duration: float
    processing: float
    date_start: str
    date_finish: str
    operating: float | None = None
    operating_reset_at: float | None = None

    @classmethod
    def from_answer(cls, time: object) -> Time | None:
        """Read the `time` of an answer; None if it has none."""
        if not isinstance(time, dict):
            return None
        seconds = {name: number(time.get(name)) for name in cls._fields}
        return cls(
            start=seconds["start"] or 0.0,
            finish=seconds["finish"] or 0.0,
            duration=seconds["duration"] or 0.0,
            processing=seconds["processing"] or 0.0,
            date_start=str(time.get("date_start") or ""),
            date_finish=str(time.get("date_finish") or ""),
            operating=seconds["operating"],
            operating_reset_at=seconds["operating_reset_at"],
        )


class Result:
    """The outcome of one REST method: its data, or the error that reading the data raises.

    Attributes:
        method: the REST method.
        error: why the command failed, or None.
        total: how many rows the whole list has; None if the portal did not count.
        next: the offset of the next page; None after the last one.
        status: HTTP status of the answer. Commands of a batch have the batch's.
        replayed: whether the portal had executed the call before, and gave the answer that it had kept for the call's
            `Idempotency-Key` (REST 3.0 only).
    """

    __slots__ = ("_data", "_fetch", "_time", "error", "method", "next", "replayed", "status", "total")

    def __init__(
        self,
        method: str,
        data: Any = None,
        *,
        error: BX24Error | None = None,
        total: int | None = None,
        next: int | None = None,  # noqa: A002  the answer's own name
        time: object = None,
        status: int = 200,
        fetch: Callable[[int], Pending[Result]] | None = None,
        replayed: bool = False,
    ) -> None:
        self.method = method
        self._data = data
        self.error = error
        self.total = total
        self.next = next
        self._time = time
        self.status = status
        self._fetch = fetch
        self.replayed = replayed

    @property
    def data(self) -> Any:
        """What the method returned, in plain Python: dict, list, str, int, float, bool or None.

        Raises:
            BX24Error: the command failed or was not executed; the same as `error`.
        """
        if self.error is not None:
            raise self.error
        return self._data

    @property
    def time(self) -> Time | None:
        """How long the portal worked; None if it did not say."""
        return Time.from_answer(self._time)

    @property
    def more(self) -> bool:
        """Whether there are more pages after this one."""
        return self.next is not None

    def next_page(self) -> Pending[Result | None]:
        """Request the next page of the list: the same call, starting at `next`.

        Starts when called. The awaited value is None after the last page.

        Raises:
            BX24Error: when awaited: as for `call_method`, or because this result is an error itself.
        """
        if self.error is not None:
            return failed(self.error)
        if self.next is None or self._fetch is None:
            return finished(None)
        return self._fetch(self.next)  # type: ignore[return-value]  # Future is invariant, but this one is only read

    def __repr__(self) -> str:
        """Return a summary without the data, which may be large or private."""
        if self.error is not None:
            return f"<Result {self.method}: {type(self.error).__name__}>"
        size = f"{len(self._data)} items" if isinstance(self._data, list | dict) else type(self._data).__name__
        total = f" of {self.total}" if self.total is not None else ""
        return f"<Result {self.method}: {size}{total}>"
