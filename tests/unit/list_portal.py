"""A page whose calls are answered by the emulated portal's REST server, in the test's own event loop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from bx24py.bridge import Answer, OnAnswer, Request
from bx24py.dev.portal.company import Company
from bx24py.dev.portal.method import Rows
from tests.unit.conftest import FakeBridge, Sent
from tests.unit.rest_client import Caller


def query(params: Any, path: str = "") -> str:
    """Write parameters as a query, nested ones with brackets."""
    if not isinstance(params, dict | list):
        return f"{quote(path)}={quote(str(params))}"
    items = params.items() if isinstance(params, dict) else enumerate(params)
    return "&".join(query(value, f"{path}[{name}]" if path else str(name)) for name, value in items)


@dataclass
class ListPortal(FakeBridge):
    """The page, and the portal behind it."""

    caller: Caller = field(default_factory=lambda: Caller(Company(deals=0)))
    requests: list[list[dict[str, Any]]] = field(default_factory=list)
    """The parameters of each request's calls; those of a batch have been resolved by the portal."""
    before: Callable[[int], object] = lambda _number: None
    """Called with the number of each request before it is executed, from 1."""
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    aborts: int = 0
    replies: list[Any] = field(default_factory=list)
    """What comes back instead of the next answers: an `Answer`, or None for the portal's own."""

    def send(self, request: Request, on_answer: OnAnswer) -> Sent:
        sent = super().send(request, on_answer)
        task = asyncio.ensure_future(self._answer(request, sent))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        sent.abort = lambda: self._abort(sent, task)  # type: ignore[method-assign]
        return sent

    def _abort(self, sent: Sent, task: asyncio.Task[None]) -> None:
        self.aborts += not sent.forgotten
        sent.forgotten = sent.aborted = True
        task.cancel()

    async def _answer(self, request: Request, sent: Sent) -> None:
        await asyncio.sleep(0)
        reply = self.replies.pop(0) if self.replies else None
        if reply is None:
            self.before(len(self.requests) + 1)
            already = len(self.caller.rest.calls)
            if request.commands:
                cmd = [f"{command.method}?{query(command.params)}" for command in request.commands]
                content = f"halt={int(request.halt)}&" + query({"cmd": cmd})
            else:
                content = query(request.params)
            body = f"{content}&auth={self.caller.token}".encode()
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            answer = await self.caller.request("POST", f"/rest/{request.method}.json", body, kind)
            reply = Answer(answer.status, json.loads(answer.body))
            calls = [call for call in self.caller.rest.calls[already:] if call.method != "batch"]
            self.requests.append([call.params for call in calls])
        if not sent.aborted:
            sent.reply(reply)


def rows(count: int, name: str = "ID") -> list[dict[str, Any]]:
    """Make rows with ids from 1 on."""
    return [{name: str(number) if name == "ID" else number, "TITLE": f"Row {number}"} for number in range(1, count + 1)]


@dataclass
class Scripted:
    """A method whose answers a test bends: it orders by id, filters by `>ID`, and makes pages as the portal does.

    Attributes:
        table: its rows, in its default order; tests change them while they are read.
        name: the id, in request and row.
        under: the key of the rows.
        total: makes the `total` of an answer from the true one; None: there is none.
        next: whether there is a `next`.
        size: rows of a page.
        ignores: what it ignores: `filter`, `order`, `start`.
        wraps: past the end comes the first page again.
        hides: ids of rows that are dropped from pages after the query.
        keyed: the rows come as a mapping by id.
    """

    table: list[dict[str, Any]]
    name: str = "ID"
    under: str | None = None
    total: Callable[[int], int | None] = lambda count: count
    next: bool = True
    size: int = 50
    ignores: tuple[str, ...] = ()
    wraps: bool = True
    hides: frozenset[int] = frozenset()
    keyed: bool = False

    def __call__(self, params: dict[str, Any], _call: Any) -> Rows:
        found = list(self.table)
        where = {name.lower(): value for name, value in (params.get("filter") or {}).items()}
        bound = where.get(f">{self.name}".lower())
        if isinstance(bound, list | dict):
            bound = 0
        if bound is not None and "filter" not in self.ignores:
            found = [row for row in found if int(row[self.name]) > int(bound)]
        order = params.get("order") or {}
        if "order" not in self.ignores and isinstance(order, dict):
            for name, way in reversed(order.items()):
                kind = int if name == self.name else str
                found.sort(key=lambda row, n=name, k=kind: k(row[n]), reverse=str(way).upper() == "DESC")  # type: ignore
        start, count = int(params.get("start") or 0), len(found)
        counted, start = start >= 0, max(0, start)
        start = 0 if "start" in self.ignores or (start >= count and self.wraps) else start
        page = found[start : start + self.size]
        end = start + len(page)
        page = [row for row in page if not self.hides or int(row[self.name]) not in self.hides]
        more = end if counted and end < count and self.next else None
        data: Any = {str(row[self.name]): row for row in page} if self.keyed else page
        return Rows(data if self.under is None else {self.under: data}, self.total(count) if counted else 0, more)


def script(portal: ListPortal, method: str, **how: Any) -> Scripted:
    """Replace a method of the portal by one that a test bends."""
    scripted = Scripted(**how)
    portal.caller.rest.method(method)(scripted)
    return scripted
