"""A whole list of REST 3.0, whose answers say neither how many rows there are nor whether there are more.

Each page asks for the ids beyond the last one, so rows that come and go do not matter. One command of a batch cannot
refer to the last row of another. So several pages at a time are asked for by ranges of ids, each so narrow that its
rows fit into a page, and the last one by all ids beyond them: where it is not full, the list ends. Methods that do not
order or filter by id are read by offset, and rows seen before are dropped.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

from ..bridge import Options
from ..calls.pending import Pending
from ..errors import (
    AuthError,
    BX24Error,
    CallTimeoutError,
    OperationTimeLimitError,
    RateLimitError,
    RestError,
    ServerError,
)
from ..rest.interface import Rest
from ..rest.list_pages import ids_in, page_of
from ..rest.list_requests import Ask
from ..rest.list_steps import ListSteps
from ..rest.result import Result

MOST = 1000
"""Rows of the largest page of any method."""

USUAL = 50
"""Rows of a page of every method."""

BATCH_ROWS = 10_000
"""Rows that one batch asks for at the most."""

FIRST_PAGES = 10
"""Pages of the first batch: the list may end soon."""

FULLNESS = 0.6
"""How full a range's page is expected to be; one that is full may lack rows."""


class Plan(NamedTuple):
    """What is to be read."""

    method: str
    params: dict[str, Any]  # the caller's, encoded, without `pagination`
    offset: int
    size: int  # of a page
    options: Options
    limit: int | None
    key: str | None  # of the rows; None: to be found
    id: str


class Listing(ListSteps):
    """A list that is being read."""

    total = None

    def __init__(self, rest: Rest, plan: Plan) -> None:
        super().__init__(rest, plan.method, plan.options, plan.limit, alone=False)
        self._plan = plan
        self._first: Pending[Result] | None = None
        self._ask = plan.size if plan.limit is None else min(plan.size, plan.limit)
        self._size = 0  # of the longest page seen
        self._pages = 1  # to ask for next
        self._under = plan.key
        # Of a chain
        self._cursor = 0
        self._width = 0  # of a range of ids
        self._chained = False  # a page was as it should be
        # By offset
        self._at = plan.offset
        self._seen: set[Any] = set()
        self._last: list[Any] = []
        order = plan.params.get("order") or {}
        self._ordered = [(name, str(way).upper()) for name, way in order.items()] not in ([], [(plan.id, "ASC")])
        self._order = order if plan.id in order else {**order, plan.id: "ASC"}
        select = plan.params.get("select") or []
        self._strip = plan.id if select and plan.id not in select else ""
        self._params = {**plan.params, **({"select": [*select, plan.id]} if self._strip else {})}

    @property
    def resume(self) -> dict[str, Any]:
        """The parameters that go on where this has stopped."""
        plan = self._plan
        if self._way == "chain":
            return {**plan.params, "filter": self._beyond(self._cursor)}
        return {**plan.params, "pagination": {"offset": self._at}} if self._at else dict(plan.params)

    def begin(self) -> Pending[Result]:
        """Send the first request now."""
        self._first = self._requests.call(self._page(self._at))
        return self._first

    def _page(self, offset: int = 0, conditions: list[Any] | None = None) -> Ask:
        """Return the parameters of a page."""
        params = {**self._params, "pagination": {"limit": self._ask, **({"offset": offset} if offset else {})}}
        if self._order:
            params["order"] = self._order
        if conditions is not None:
            params["filter"] = conditions
        return params, None

    async def _read_first(self) -> list[Any]:
        plan, result = self._plan, await self._ask_first()
        page = page_of(result.data, plan.key, plan.method)
        rows, self._under, self._size = page.rows, page.under, len(page.rows)
        self._at += len(rows)
        ids = ids_in(rows, plan.id)
        self._fresh(rows)
        if not rows:
            self.done = True
        elif self._ordered or plan.id not in self._order or ids is None or not _rises(ids):
            self._way = "offset"
        else:
            self._way = "chain"
            self._advance(ids)
        if self._size >= USUAL:
            self._pages = FIRST_PAGES
        return rows

    async def _ask_first(self) -> Result:
        """Ask for the largest page that the method gives, and by id only where it knows that."""
        while True:
            first, self._first = self._first, None
            try:
                return await self._requests.patiently(self._page(self._at), first)
            except (CallTimeoutError, ServerError):
                if self._ask <= USUAL or self._plan.options.retry is False:
                    raise
                self._ask = USUAL
            except RestError as error:
                if "PAGINATION" in error.code and self._ask > USUAL:
                    self._ask = max(USUAL, self._ask // 2)
                elif "ORDER" in error.code and self._order != (self._plan.params.get("order") or {}):
                    self._order = self._plan.params.get("order") or {}
                else:
                    raise

    async def _room(self) -> int:
        """Return how many pages to ask for next."""
        pages = min(self._pages, max(1, BATCH_ROWS // self._size))
        if self._plan.limit is not None:
            pages = min(pages, -(-(self._plan.limit - self.got) // self._size))
        return await self._requests.room(pages)

    async def _send(self, asks: list[Ask]) -> list[Result]:
        """Request several pages. No results: see `failure`, or request fewer pages at a time."""
        try:
            results = await self._requests.send(asks, halt=True)
        except RestError as error:
            if isinstance(error, AuthError | RateLimitError | OperationTimeLimitError | ServerError):
                raise
            self._pages = 1  # the portal does not say which one it refused
            return []
        if len(asks) > 1 and results:
            self._pages = MOST
        return results

    @property
    def _is_refused(self) -> bool:
        """Whether the method does not take what was added to the caller's parameters."""
        return not self._chained and type(self._requests.failure) is RestError

    # By id

    def _beyond(self, low: int, high: int | None = None) -> list[Any]:
        """Return a filter for a range of ids among the rows that the caller wants."""
        name = self._plan.id
        upper = [] if high is None else [[name, "<=", high]]
        return [*(self._plan.params.get("filter") or []), [name, ">", low], *upper]

    def _advance(self, ids: list[int]) -> None:
        """Note the ids of a page; how far apart they are says how wide a range may be."""
        self._cursor = ids[-1]
        between = (ids[-1] - ids[0] + 1) / len(ids)
        self._width = max(self._size, int(self._size * between * FULLNESS))

    async def _read_chain(self) -> list[Any]:
        count, width, size = await self._room(), self._width, self._size
        lows = [self._cursor + place * width for place in range(count)]
        highs: list[int | None] = [*lows[1:], None]
        asks = [self._page(0, self._beyond(low, high)) for low, high in zip(lows, highs, strict=True)]
        results = await self._send(asks)
        if not results:
            return self._by_offset() if self._is_refused else []
        rows: list[Any] = []
        for result, high in zip(results, highs, strict=True):
            page = page_of(result.data, self._under, self._plan.method).rows
            ids = ids_in(page, self._plan.id)
            # A page that is not beyond the last one means that filter or order are ignored.
            if ids is None or not _rises([self._cursor, *ids]) or (high is not None and ids and ids[-1] > high):
                if not self._chained and not rows:
                    return self._by_offset()
                where = f"{self._plan.method}: what comes after the id {self._cursor}"
                self._requests.failure = BX24Error(f"{where} is not beyond it, so the list has no end")
                break
            rows += page
            self._chained, full = True, len(page) >= size
            self._size = max(self._size, len(page))
            if ids:
                self._advance(ids)
            if high is None:
                self.done = not full
            elif full and width > size and self._cursor < high:
                break  # the range may have more rows, and what follows in the batch comes after them
            else:
                self._cursor = high
        return rows

    def _by_offset(self) -> list[Any]:
        """Go on by offset: the method does not chain."""
        self._way, self._requests.failure, self._pages = "offset", None, 1
        return []

    # By offset

    async def _read_offsets(self) -> list[Any]:
        count = await self._room()
        results = await self._send([self._page(self._at + place * self._size) for place in range(count)])
        rows: list[Any] = []
        for result in results:
            page = page_of(result.data, self._under, self._plan.method).rows
            fresh = self._fresh(page)
            rows += fresh
            self._at += self._size
            if len(page) < self._size or not fresh:
                self.done = True  # past the end, or the offset is ignored
                break
        return rows

    def _fresh(self, rows: list[Any]) -> list[Any]:
        """Return the rows of a page that were not seen before."""
        keys = [row.get(self._plan.id) if isinstance(row, dict) else None for row in rows]
        if not all(isinstance(key, int | str) for key in keys):
            same, self._last = rows == self._last, rows
            return [] if same else rows
        new = {key: row for key, row in zip(keys, rows, strict=True) if key not in self._seen}
        self._seen.update(new)
        return list(new.values())


def _rises(ids: list[int]) -> bool:
    return all(one < other for one, other in pairwise(ids))
