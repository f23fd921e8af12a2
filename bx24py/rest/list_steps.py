"""The steps of reading a whole list, whichever REST it is of."""

from __future__ import annotations

from typing import Any

from ..bridge import Options
from .interface import Rest
from .list_pages import name_in
from .list_requests import Requests


class ListSteps:
    """A list that is being read: each `step` gives the rows of one request, until `done`.

    Args:
        rest: where to send.
        method: the list's.
        options: of each request.
        limit: how many rows are wanted at the most; None: all.
        alone: whether pages must not be asked for in a batch.
    """

    def __init__(self, rest: Rest, method: str, options: Options, limit: int | None, *, alone: bool) -> None:
        self.done = False
        self.got = 0
        self._requests = Requests(rest, method, options, alone=alone)
        self._limit = limit
        self._way = "first"
        self._strip = ""  # the id, if the caller has not selected it

    async def step(self) -> list[Any]:
        """Make the next request and give its rows, if any; or raise why the list cannot be read any further."""
        if self._requests.failure is not None:
            raise self._requests.failure
        if self._way == "first":
            rows = await self._read_first()
        else:
            rows = await (self._read_chain() if self._way == "chain" else self._read_offsets())
        limit = self._limit
        if limit is not None and self.got + len(rows) >= limit:
            rows, self.done = rows[: limit - self.got], True
        self.got += len(rows)
        spelled = name_in(rows[0], self._strip) if rows else None
        if spelled:
            rows = [{name: value for name, value in row.items() if name != spelled} for row in rows]
        return rows

    async def _read_first(self) -> list[Any]:
        """Read the first page, and see in which way to go on: `chain` or `offset`."""
        raise NotImplementedError

    async def _read_chain(self) -> list[Any]:
        """Read the rows beyond the last id."""
        raise NotImplementedError

    async def _read_offsets(self) -> list[Any]:
        """Read the rows beyond the last place."""
        raise NotImplementedError
