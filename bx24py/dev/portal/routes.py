"""Scripting a portal's REST server: what the next calls of a method get instead of its real behaviour.

portal.rest.route("user.current").respond({"ID": "7", "NAME": "Ann"})
portal.rest.route("crm.deal.list").fail("QUERY_LIMIT_EXCEEDED").times(2)
portal.rest.route("batch").delay(2).drop()
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.method import Function, Raw, Rows

if TYPE_CHECKING:
    from bx24py.dev.portal.calls import CallLog, LoggedCall

MakeFault = Callable[[str, "str | None", "int | None"], RestFault]
"""Makes an error of its code, description and status."""


@dataclass(frozen=True)
class Plan:
    """What one call gets. With nothing set it is the real behaviour."""

    delay: float = 0.0
    fault: RestFault | None = None
    function: Function | None = None
    raw: Raw | None = None
    never: bool = False
    drop: bool = False
    after_bytes: int | None = None


class Route:
    """What calls of one method get, and which calls arrived. Its methods return it, for chaining.

    `respond` and `side_effect` replace the method: token, limits and operating time are still checked.
    `fail`, `body`, `drop` and `never` come before all of that, and the method is not executed, except with
    `drop(after_bytes)`. `delay` alone only makes the behaviour slower.
    """

    def __init__(self, pattern: str, log: CallLog, version: int = 2, fault: MakeFault = RestFault) -> None:
        self.pattern = pattern
        self.call_count = 0
        """Calls since the route was created."""
        self._log = log
        self._version = version
        self._fault = fault
        self._first = log.next_id
        self._plan = Plan()
        self._left: int | None = None

    def __repr__(self) -> str:
        return f"<Route {self.pattern} called {self.call_count} times>"

    def respond(self, data: Any, *, total: int | None = None, next: int | None = None) -> Route:  # noqa: A002
        """Answer with this data; `total` and `next` make it a page of a list."""
        return self._replace(function=lambda _params, _call: Rows(data, total, next))

    def side_effect(self, function: Function) -> Route:
        """Answer with what `function(params, call)` returns, awaited if necessary; it may raise `RestFault`."""
        return self._replace(function=function)

    def fail(self, code: str, description: str | None = None, status: int | None = None) -> Route:
        """Answer with an error; description and HTTP status default to the code's usual ones (`FAULTS`)."""
        return self._replace(fault=self._fault(code, description, status))

    def body(self, text: str | bytes, *, status: int = 200, content_type: str = "text/html; charset=utf-8") -> Route:
        """Answer with a body that is not a REST answer, such as `.body("<h1>Bad Gateway</h1>", status=502)`."""
        return self._replace(raw=Raw(text.encode() if isinstance(text, str) else text, status, content_type))

    def drop(self, after_bytes: int | None = None) -> Route:
        """Close the connection without an answer; with `after_bytes`, execute the call and cut its answer there."""
        if after_bytes is None:
            return self._replace(drop=True)
        return self._replace(after_bytes=after_bytes, function=self._plan.function)

    def never(self) -> Route:
        """Keep the request open without an answer until the client goes away or the server stops."""
        return self._replace(never=True)

    def delay(self, seconds: float) -> Route:
        """Wait this many seconds before anything else."""
        if self._left == 0:
            self.pass_through()
        self._plan = replace(self._plan, delay=seconds)
        return self

    def times(self, count: int) -> Route:
        """Apply this only to the next `count` calls; after that the method behaves normally again."""
        self._left = count
        return self

    def pass_through(self) -> Route:
        """Restore the method's normal behaviour; calls are still counted."""
        self._plan, self._left = Plan(), None
        return self

    @property
    def called(self) -> bool:
        """Whether there was a call."""
        return self.call_count > 0

    @property
    def calls(self) -> list[LoggedCall]:
        """The finished calls that are still in the log, oldest first."""
        return [call for call in self._log if call.id >= self._first and self._is_of(call)]

    def matches(self, method: str, in_batch: bool) -> bool:
        """Return whether a call of the route's version of REST belongs to it; `*` is every HTTP request."""
        return self.pattern == method or (self.pattern == "*" and not in_batch)

    def _is_of(self, call: LoggedCall) -> bool:
        # The old version's `*` is for every request of the portal.
        same = call.version == self._version or (self.pattern == "*" and self._version == 2)
        return same and self.matches(call.method, call.batch)

    def take(self) -> Plan | None:
        """Count a call and return what it gets; None if the script is over, or there is none."""
        self.call_count += 1
        if self._left is not None:
            if self._left <= 0:
                return None
            self._left -= 1
        return self._plan if self._plan != Plan() else None

    def _replace(self, **what: Any) -> Route:
        self._plan = Plan(delay=self._plan.delay, **what)
        self._left = None
        return self


class Routes:
    """All routes of one portal."""

    def __init__(self, log: CallLog, version: int = 2, fault: MakeFault = RestFault) -> None:
        self._log = log
        self._version = version
        self._fault = fault
        self._routes: dict[str, Route] = {}

    def __call__(self, pattern: str) -> Route:
        """Return the route of a method (in any case) or `*`; create it if there is none."""
        pattern = pattern.lower()
        if pattern not in self._routes:
            self._routes[pattern] = Route(pattern, self._log, self._version, self._fault)
        return self._routes[pattern]

    def take(self, method: str, *, in_batch: bool) -> Plan:
        """Return what a call gets: its own route's script, else that of `*`, else the real behaviour."""
        found = [route for route in (self._routes.get(method), self._routes.get("*")) if route]
        plans = [route.take() for route in found if route.matches(method, in_batch)]
        return next((plan for plan in plans if plan), Plan())

    def every(self) -> Plan:
        """Return what the route of `*` has for a request of the other version of REST."""
        route = self._routes.get("*")
        return (route and route.take()) or Plan()

    def clear(self) -> None:
        """Remove all routes."""
        self._routes.clear()
