"""A whole list, one request after the other: chained by id where the method allows it, else by offset.

In a chain each page asks for the ids beyond the last one of the page before it, also within one batch. It stays right
while rows come and go. By offset, rows that were seen are dropped. Nothing that an answer says of itself is taken for
granted: a total may lie, a page may be short or come again (contract, lists).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..bridge import Options
from ..calls.pending import Pending
from ..errors import BX24Error, CallTimeoutError, RestError, ServerError
from ..monitor import log
from .interface import Rest
from .list_methods import Profile
from .list_pages import id_in, ids_in, keys_in, name_in, page_of
from .list_steps import ListSteps
from .macros import looks_like_macro
from .result import Result

_OTHER_SIZES = (10, 20, 25, 30, 40, 100, 200, 500)  # of pages


class Plan(NamedTuple):
    """What is to be read."""

    method: str
    params: dict[str, Any]  # the caller's, encoded, under the names that the method reads, without `start`
    start: int
    profile: Profile
    options: Options
    limit: int | None
    key: str | None  # of the rows; None: to be found


class Listing(ListSteps):
    """A list that is being read."""

    def __init__(self, rest: Rest, plan: Plan) -> None:
        alone = looks_like_macro(plan.params)  # the portal would replace such a text in a batch
        super().__init__(rest, plan.method, plan.options, plan.limit, alone=alone)
        self._plan = plan
        self._first: Pending[Result] | None = None
        self._size = plan.profile.size
        self._whole: int | None = None  # how many rows the portal says it has
        self._under = plan.key
        self._head: list[Any] = []  # the rows of the first page
        self._stalls = 0  # pages in a row without anything new
        # Of a chain
        self._id = ""
        self._cursor: int | None = None
        self._chained = self._short = False  # a page was as it should be; the last one was not full
        # By offset
        self._at = plan.start
        self._seen: set[Any] = set()
        self._first_keys: list[Any] = []
        self._last: list[Any] = []
        self._nexts = self._shrank = self._again = False
        self._params = dict(plan.params)
        self._ordered = self._has_own_order()
        self._select_id()
        self._order_by_id()

    def _select_id(self) -> None:
        ask, name = self._plan.profile.ask, self._plan.profile.select
        given = self._params.get(name)
        chosen = [given] if isinstance(given, str) else list(given.values()) if isinstance(given, dict) else given or []
        known = {str(one).lower() for one in chosen}
        if known and ask and "," not in ask and not {"*", ask.lower()} & known:
            self._params[name], self._strip = [*chosen, ask], ask

    def _has_own_order(self) -> bool:
        """Return whether the caller wants an order other than by id."""
        profile = self._plan.profile
        order = way = self._params.get(profile.order)
        by = self._params.get(profile.sort) if profile.sort else None
        if isinstance(order, dict) and len(order) == 1:
            by, way = next(iter(order.items()))
        by_id = str(by).lower() in (profile.ask.lower(), profile.row.lower()) and str(way or "ASC").upper() == "ASC"
        return bool(by or order) and not by_id

    def _order_by_id(self) -> None:
        """Order by id where the caller does not, or after what the caller orders by."""
        profile = self._plan.profile
        if profile.way == "guess" or not profile.order or not profile.ask or (profile.sort and self._ordered):
            return
        if profile.sort:
            self._params |= {profile.sort: profile.ask, profile.order: "ASC"}
            return
        order = self._params.get(profile.order) or {}
        if isinstance(order, dict):
            known = {name.lower() for name in order}
            more = {name: "ASC" for name in profile.ask.split(",") if name.lower() not in known}
            self._params[profile.order] = {**order, **more}

    @property
    def total(self) -> int | None:
        """How many rows there will be; None where the portal does not say, or lies."""
        total, limit = self._whole, self._plan.limit
        if total is None or total - self._plan.start < self.got:
            return None
        return total - self._plan.start if limit is None else min(limit, total - self._plan.start)

    @property
    def resume(self) -> dict[str, Any]:
        """The parameters that go on where this has stopped."""
        plan = self._plan
        if self._way == "chain" and self._cursor is not None:
            where = plan.params.get(plan.profile.filter) or {}
            return {**plan.params, plan.profile.filter: self._beyond(where, self._cursor)}
        return {**plan.params, "start": self._at} if self._way != "chain" and self._at else dict(plan.params)

    def begin(self) -> Pending[Result]:
        """Send the first request now."""
        self._first = self._requests.call((self._params, self._at))
        return self._first

    async def _read_first(self) -> list[Any]:
        plan, result = self._plan, await self._ask_first()
        profile, page = plan.profile, page_of(result.data, plan.key, plan.method)
        count, end = len(page.rows), self._at + len(page.rows)
        if profile.counts and result.total is not None and 0 < result.total <= self._at:
            self.done = True
            return []  # past the end
        total = result.total if profile.counts and (result.total or 0) >= end else None
        self._under, self._nexts = page.under, result.next is not None
        if not self._nexts and (total or 0) <= end and (count != self._size or total == end):
            self.done = True
            return page.rows
        self._whole = None if total == end else total  # `next` says that there is more
        if count > self._size or (profile.way == "guess" and count in _OTHER_SIZES):
            self._size = count
        keys = keys_in(page, profile.row) or []
        if len(set(keys)) < len(keys):
            keys = []  # an event that recurs comes several times with its id
        self._first_keys, self._seen, self._head, self._last = keys, set(keys), page.rows, page.rows
        if self._at:  # it needs to know the first page, which may come past the end
            head = page_of((await self._requests.patiently((self._params, 0))).data, self._under, plan.method)
            self._first_keys, self._head = keys_in(head, profile.row) or [], head.rows
            self._seen.update(self._first_keys)
        self._at += self._size
        self._way = "chain" if page.keys is None and self._can_chain(page.rows) else "offset"
        # A chain that begins anew, because the first page may have any order, brings these rows again.
        return [] if self._way == "chain" and self._cursor is None and self._short_of_limit(count) else page.rows

    def _short_of_limit(self, count: int) -> bool:
        return self._plan.limit is None or count < self._plan.limit

    async def _ask_first(self) -> Result:
        first, self._first = self._first, None
        try:
            return await self._requests.patiently((self._params, self._at), first)
        except (CallTimeoutError, ServerError):
            # It may be the counting that takes so long.
            if self._plan.profile.way != "chain" or self._ordered or self._at or self._plan.options.retry is False:
                raise
        return await self._requests.patiently((self._params, -1))

    async def _room(self, pages: int | None) -> int:
        if self._plan.limit is not None:
            needed = -(-(self._plan.limit - self.got) // self._size)
            pages = needed if pages is None else min(pages, needed)
        return await self._requests.room(pages)

    # By id

    def _can_chain(self, rows: list[Any]) -> bool:
        """Return whether the pages after the first can be requested by id."""
        profile = self._plan.profile
        where = self._params.get(profile.filter) or {}
        self._id = (name_in(rows[0], profile.row) if rows else None) or ""
        if profile.way == "offset" or self._ordered or self._plan.start or not self._id or not isinstance(where, dict):
            return False
        for name, value in where.items():
            if name.lower() == "logic" and str(value).upper() == "OR":
                return False  # one more condition would be one more alternative
            if name.lower() == self._bound.lower() and id_in(where, name) is None:
                return False
        ids = ids_in(rows, self._id)
        if ids is None or len(set(ids)) < len(ids):
            return False
        if profile.way != "guess":
            self._cursor = ids[-1]
        return profile.way == "guess" or ids == sorted(ids)

    @property
    def _bound(self) -> str:
        return f">{self._plan.profile.ask or self._id}"

    def _beyond(self, where: dict[str, Any], cursor: int | str) -> dict[str, Any]:
        """Return a filter for what is beyond an id, or beyond the caller's own bound if that is larger."""
        kept = {name: value for name, value in where.items() if name.lower() != self._bound.lower()}
        if isinstance(cursor, int):
            cursor = max([cursor, *(id_in(where, name) or 0 for name in where if name not in kept)])
        return {**kept, self._bound: cursor}

    def _chain(self, place: int) -> dict[str, Any]:
        """Return the parameters of a page of a chain: the first one of a batch, or one after another."""
        profile, params = self._plan.profile, dict(self._params)
        where = params.get(profile.filter) or {}
        if profile.way == "guess":
            params[profile.order] = {self._bound[1:]: "ASC"}
        if place:
            under = "" if self._under is None else f"[{self._under}]"
            where = self._beyond(where, f"$result[{place - 1}]{under}[{self._size - 1}][{self._id}]")
        elif self._cursor is not None:
            where = self._beyond(where, self._cursor)
        return {**params, profile.filter: where} if where else params

    async def _read_chain(self) -> list[Any]:
        left = None if self._whole is None else self._whole - self.got
        count = await self._room(left // self._size + 1 if left else 1 if self._short else None)
        results = await self._requests.send([(self._chain(place), -1) for place in range(count)], halt=True)
        if not results and self._is_refused:
            return self._by_offset()
        anew, rows = self._cursor is None, list[Any]()
        for result in results:
            good: Result | None = result
            if result.error is not None:
                good = await self._requests.once_more((self._chain(0), -1), result.error)
            if good is None:
                return self._by_offset() if self._is_refused else rows
            page = page_of(good.data, self._under, self._plan.method).rows
            ids, low = ids_in(page, self._id), -1 if self._cursor is None else self._cursor
            if not page:
                self.done = True
                break
            # Before all else: a page that is not beyond the last one means that filter or order are ignored.
            if ids is None or ids != sorted(ids) or ids[0] < low or ids[-1] == low:
                if not self._chained:
                    return self._by_offset()
                self._stalls += 1
                if self._stalls == 2:
                    self._requests.failure = BX24Error(
                        f"{self._plan.method}: what comes after the id {low} is not beyond it, so the list has no end"
                    )
                break
            for row, found in zip(page, ids, strict=True):
                if found != low:
                    rows.append(row)
                low = found
            self._chained = self._chained or self._cursor is not None
            self._cursor, self._stalls, self._short = low, 0, len(page) < self._size
            if self._short or result.error is not None:
                break  # what follows in the batch means nothing
        if results and anew and not self._chained and not (self.done and rows):
            return self._by_offset()
        got = self.got + len(rows)
        self.done = self.done or got == self._whole
        if self._whole is not None and got > self._whole:
            self._whole = None
        return rows

    @property
    def _is_refused(self) -> bool:
        """Whether the method does not take a filter by id."""
        return not self._chained and type(self._requests.failure) is RestError

    def _by_offset(self) -> list[Any]:
        """Go on by offset, and give the rows of the first page if they have not been given."""
        self._way, self._cursor, self._requests.failure, self.done = "offset", None, None, False
        return [] if self.got else self._head

    # By offset

    async def _read_offsets(self) -> list[Any]:
        left = None if self._whole is None else max(0, self._whole - self._at)
        count = await self._room(None if left is None else left // self._size + 1)
        starts = [self._at + place * self._size for place in range(count)]
        results = await self._requests.send([(self._params, start) for start in starts], halt=False)
        rows: list[Any] = []
        ended = over = repeated = False
        for start, result in zip(starts, results, strict=False):
            self._at, good = start, result
            if result.error is not None:
                # Of several that failed the others get their turn in the next step.
                again = None if repeated else await self._requests.once_more((self._params, start), result.error)
                if again is None:
                    return rows
                repeated, good = True, again
            fresh, ended = self._fresh(good, start)
            rows += fresh
            over = self._whole is None and self._nexts and good.next is None
            self._nexts = good.next is not None
            if ended or over or self._requests.failure is not None:
                break
            self._at = start + self._size
        ended = ended or over or (self._whole is not None and self._at >= self._whole and not self._nexts)
        got = self._plan.start + self.got + len(rows)
        if self._whole is not None and got > self._whole and not self._again:
            self._whole, ended = None, ended and not rows
        if ended and self._requests.failure is None:
            self._end_offsets(got)
        return rows

    def _fresh(self, result: Result, start: int) -> tuple[list[Any], bool]:
        """Return the rows of a page that were not seen before, and whether it lies past the end."""
        page = page_of(result.data, self._under, self._plan.method)
        if result.total and self._whole is not None:
            self._shrank |= result.total < self._whole
            self._whole = max(self._whole, result.total)
        if not page.rows:
            return [], True
        keys = keys_in(page, self._plan.profile.row) if self._first_keys else None
        if keys is None:
            rows = [] if page.rows in (self._head, self._last) else page.rows
            as_first, self._last = page.rows == self._head, page.rows
        else:
            as_first = not set(self._first_keys).isdisjoint(keys)
            new = {key: row for key, row in zip(keys, page.rows, strict=True) if key not in self._seen}
            self._seen.update(new)
            rows = list(new.values())
        as_first = as_first or (self._whole is not None and start >= (result.total or start + 1))
        self._stalls = 0 if rows or self._again else self._stalls + 1
        if not self._stalls or as_first:
            return rows, as_first and self._stalls > 0  # past the end, or `start` is ignored
        if self._stalls == 2:
            self._requests.failure = BX24Error(
                f"{self._plan.method}: the same rows come again from start={start} on, so the rest cannot be read"
            )
        return [], False

    def _end_offsets(self, got: int) -> None:
        """End, or go through all pages once more where rows went or moved, and one may have been missed."""
        whole = self._whole or 0
        if self._first_keys and not self._again and (self._shrank or got < whole <= self._at):
            self._again, self._at = True, self._plan.start
            return
        self.done = True
        if got < whole:
            log.warning("%s: the portal counts %d rows, and gives %d", self._plan.method, whole, got)
