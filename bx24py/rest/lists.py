"""Whole lists: `bx24.call_list`, `bx24.fetch_list`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ..bridge import Options
from ..calls.call import check_function
from ..calls.pending import Pending, start_task
from ..errors import BX24Error
from ..monitor import log
from .interface import Rest
from .params import check_method, encode
from .result import Result, whole

if TYPE_CHECKING:
    from .list_methods import Profile

OnRows = Callable[[int, int | None], object]
"""Takes how many rows there are so far, and how many there will be; None where the portal does not say."""


class Reads(Protocol):
    """What reads rows: `fields` of `call_list`."""

    def read(self, row: Any, /) -> Any:
        """Return a row with Python values."""


class Steps(Protocol):
    """A list that is being read: a request and its rows at a time."""

    done: bool
    got: int

    @property
    def total(self) -> int | None:
        """How many rows there will be; None where the portal does not say."""

    @property
    def resume(self) -> dict[str, Any]:
        """The parameters that go on where this has stopped."""

    def begin(self) -> Pending[Result]:
        """Send the first request now."""

    async def step(self) -> list[Any]:
        """Make the next request and give its rows, if any; or raise why the list cannot be read any further."""


class RowStream(AsyncIterator[Any]):
    """The rows of a list, as they come: what `bx24.fetch_list` gives.

    The next request is on its way while the rows of the last one are worked on. Leaving the loop, or `aclose`, cancels
    it, and nothing more is asked for.
    """

    def __init__(self, listing: Steps, tell: Callable[[Steps], None], read: Callable[[Any], Any] | None) -> None:
        self._listing = listing
        self._tell = tell
        self._read = read
        self._rows: list[Any] = []
        self._next: asyncio.Task[list[Any]] | None = None
        self._closed = False

    async def __anext__(self) -> Any:
        """Return the next row, or raise the BX24Error of a list that cannot be read any further."""
        while not self._rows and not self._closed:
            if self._next is None:
                if self._listing.done:
                    break
                self._next = asyncio.ensure_future(self._listing.step())
            try:
                self._rows = await self._next
            except BaseException as error:
                if isinstance(error, BX24Error):
                    error.resume = self._listing.resume
                self._close()
                raise
            self._rows.reverse()
            self._tell(self._listing)
            self._next = None if self._listing.done else asyncio.ensure_future(self._listing.step())
        if not self._rows:
            raise StopAsyncIteration
        row = self._rows.pop()
        return row if self._read is None else self._read(row)

    async def aclose(self) -> None:
        """End it: cancel the request that is on its way, and give no more rows."""
        self._close()

    def _close(self) -> None:
        self._closed = True
        self._rows = []
        task, self._next = self._next, None
        if task is not None and not task.cancel() and not task.cancelled():
            task.exception()  # nobody else will look at it

    def __del__(self) -> None:
        self._close()


class Lists:
    """The part of the client that reads whole lists."""

    _rest: Rest

    def _options(self, timeout: float | None, retry: bool | None, wait_for_operating: bool) -> Options:
        raise NotImplementedError

    def call_list(
        self,
        method: str,
        params: Mapping[str, object] | None = None,
        *,
        limit: int | None = None,
        key: str | None = None,
        id_key: str | None = None,
        fields: Reads | None = None,
        timeout: float | None = None,
        retry: bool | None = None,
        wait_for_operating: bool = True,
        on_progress: OnRows | None = None,
    ) -> Pending[list[Any]]:
        """Read all rows of a list, in as few requests as the portal allows.

        Without an order of your own the rows come by id, each once, also while others come and go. With one, a row that
        moves meanwhile can be missed, and rows found in a second look stand at the end.

        Args:
            method: a method that lists, such as `crm.deal.list`.
            params: its parameters by name. With `start` it begins at that offset; in REST 3.0 with
                `{"pagination": {"offset": …}}`.
            limit: rows at the most.
            key: the key of the result that has the rows, where it is not found by itself.
            id_key: the name of the id, where it is not found by itself.
            fields: what reads each row, by its function `read`.
            timeout: seconds for each request; the client's when None.
            retry: as for `call_method`.
            wait_for_operating: wait when the method has used up its working time, up to ten minutes, instead of raising
                OperationTimeLimitError.
            on_progress: called after each request with how many rows there are, and how many there will be: None
                where the portal does not say.

        Raises:
            TypeError, ValueError: an argument that is wrong, or a method that cannot be read as a list: it has paging
                of its own, takes parameters by position, or removes what it gives.
            BX24Error: when awaited: what could not be read, or that the result is not a list. Its `rows` are those read
                so far, and `call_list` with its `resume` as params goes on there.
        """
        options = self._options(timeout, retry, wait_for_operating)
        listing, tell, read = self._listing(method, params, options, limit, key, id_key, fields, on_progress)
        first = listing.begin()

        async def all_rows() -> list[Any]:
            rows: list[Any] = []
            try:
                while not listing.done:
                    found = await listing.step()
                    rows += found if read is None else map(read, found)
                    tell(listing)
            except BX24Error as error:
                error.rows, error.resume = rows, listing.resume
                raise
            return rows

        task = start_task(all_rows())
        task.add_done_callback(lambda _: first.cancel())  # it may have been cancelled before it began
        return task

    def fetch_list(
        self,
        method: str,
        params: Mapping[str, object] | None = None,
        *,
        limit: int | None = None,
        key: str | None = None,
        id_key: str | None = None,
        fields: Reads | None = None,
        timeout: float | None = None,
        retry: bool | None = None,
        wait_for_operating: bool = True,
        on_progress: OnRows | None = None,
    ) -> RowStream:
        """Read all rows of a list as they come: `async for row in bx24.fetch_list(...)`.

        It starts with the loop. The next request is on its way while the rows of the last one are worked on, so the
        rows of two requests are held at the most. When the loop is left nothing more is asked for.

        The arguments are those of `call_list`; `on_progress` is called when the rows of a request are begun.

        Raises:
            TypeError, ValueError: as for `call_list`.
            BX24Error: in the loop, after the rows before it; `resume` as for `call_list`, and no `rows`.
        """
        options = self._options(timeout, retry, wait_for_operating)
        return RowStream(*self._listing(method, params, options, limit, key, id_key, fields, on_progress))

    def _listing(
        self,
        method: str,
        params: Mapping[str, object] | None,
        options: Options,
        limit: int | None,
        key: str | None,
        id_key: str | None,
        fields: Reads | None,
        on_progress: OnRows | None,
    ) -> tuple[Steps, Callable[[Steps], None], Callable[[Any], Any] | None]:
        check_method(method)
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int)):
            raise TypeError(f"limit: must be an int, not {type(limit).__name__}")
        if limit is not None and limit < 1:
            raise ValueError(f"limit: must be 1 or more, not {limit}")
        for name, value in (("key", key), ("id_key", id_key)):
            if value is not None and not isinstance(value, str):
                raise TypeError(f"{name}: must be a str, not {type(value).__name__}")
            if value is not None and (not value or set(value) & set("[]")):
                raise ValueError(f"{name}: {value!r} cannot be the name of a field")
        read = getattr(fields, "read", None)
        if fields is not None and not callable(read):
            raise TypeError(f"fields: must have a function `read`, not {type(fields).__name__}")
        if on_progress is not None:
            check_function(on_progress, "on_progress")
        if isinstance(params, list | tuple):
            raise TypeError("params: must be a mapping; a list takes its parameters by name")
        listing = self._steps(method, params, options, limit, key, id_key)

        def tell(listing: Steps) -> None:
            if on_progress is not None:
                try:
                    on_progress(listing.got, listing.total)
                except Exception:
                    log.exception("the on_progress function failed")

        return listing, tell, read

    def _steps(
        self,
        method: str,
        params: Mapping[str, object] | None,
        options: Options,
        limit: int | None,
        key: str | None,
        id_key: str | None,
    ) -> Steps:
        """Return the list to be read, or raise what is wrong with its parameters."""
        from .list_methods import profile_of  # here, because not every application reads lists
        from .listing import Listing, Plan

        profile = profile_of(method)
        if id_key is not None:
            known = id_key.lower() in (profile.ask.lower(), profile.row.lower()) and profile.ask
            profile = profile._replace(ask=profile.ask if known or profile.way == "guess" else id_key, row=id_key)
        encoded, start, profile = _folded(encode(params, method=method), profile)
        return Listing(self._rest, Plan(method, encoded, start, profile, options, limit, key))


def _folded(params: dict[str, Any], profile: Profile) -> tuple[dict[str, Any], int, Profile]:
    """Return the parameters under the names that the method reads, and the offset to begin at; or raise ValueError."""
    if profile.way == "guess":  # the caller knows better how it spells them
        given = {name.lower(): name for name in params}
        words = [given.get(word, word) for word in ("filter", "order", "select")]
        profile = profile._replace(filter=words[0], order=words[1], select=words[2])
    names = {name.lower(): name for name in profile.names}
    folded: dict[str, Any] = {}
    for name, value in params.items():
        known = names.get(name.lower(), name)
        if known in folded:
            raise ValueError(f"params: {name!r} is there twice, in upper and lower case; the portal keeps one of them")
        folded[known] = value
    offset = folded.pop("start", 0)
    start = 0 if offset in ("", "-1", -1) else whole(offset)
    if start is None:
        raise ValueError(f"params['start']: must be an offset, 0 or more, not {offset!r}")
    return folded, start, profile
