"""What both versions of REST have in common: limits, network and log, and the way of an HTTP request."""

from __future__ import annotations

import inspect
import json
import logging
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from bx24py.dev.portal.calls import CallLog, LoggedCall
from bx24py.dev.portal.company import Company
from bx24py.dev.portal.exchange import Exchange, Message, NoAnswerError, Receive, Send
from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.method import Context, Function, Raw
from bx24py.dev.portal.quota import Quota
from bx24py.dev.portal.routes import Plan, Routes
from bx24py.dev.portal.state import State
from bx24py.dev.portal.tables.fields import iso

BATCH_LIMIT = 50
"""Commands that one batch executes."""

_log = logging.getLogger(__name__)


class Front:
    """What stands in front of both versions of REST: limits, the network, and the log of calls."""

    def __init__(self) -> None:
        self.limits = Quota()
        self.offline = False
        self.latency = 0.0
        self.calls = CallLog()
        self.listeners: list[Callable[[LoggedCall], object]] = []


class Api:
    """One version of a portal's REST: an ASGI application.

    Args:
        state: the calling application, shared with the frame: tokens, scopes, options, administrator or not.
        company: the data.
        front: what both versions share.
        routes: the scripts of this version.
    """

    _version = 2

    def __init__(self, state: State, company: Company, front: Front, routes: Routes) -> None:
        self.state = state
        self.company = company
        self.front = front
        """What both versions share."""
        self._routes = routes

    # What both versions share

    @property
    def limits(self) -> Quota:
        """The portal's limits; calls beyond them are refused. Both versions of REST fill one bucket."""
        return self.front.limits

    @limits.setter
    def limits(self, limits: Quota) -> None:
        self.front.limits = limits

    @property
    def offline(self) -> bool:
        """Whether every connection is dropped without an answer."""
        return self.front.offline

    @offline.setter
    def offline(self, offline: bool) -> None:
        self.front.offline = offline

    @property
    def latency(self) -> float:
        """Seconds added to each answer."""
        return self.front.latency

    @latency.setter
    def latency(self, seconds: float) -> None:
        self.front.latency = seconds

    # Scripting and the log

    @property
    def calls(self) -> list[LoggedCall]:
        """The newest of 2,000 calls, newest last; long strings are cut once the values exceed 64 MB."""
        return [call for call in self.front.calls if call.version == self._version]

    def received(self, method: str) -> list[dict[str, Any]]:
        """Return the parameters of all calls of a method, even in batches, oldest first.

        They come from the log of 2,000 calls. The newest are whole, as far as parameters and answers fit into 64 MB;
        strings of older ones are cut after 1,024 characters and end with their original length.
        """
        return [call.params for call in self.calls if call.method == method.lower()]

    def on_call(self, callback: Callable[[LoggedCall], object]) -> Callable[[], None]:
        """Call a function with each finished call of any version, on the server's thread; return one that stops it."""
        listeners = self.front.listeners
        listeners.append(callback)

        def remove() -> None:
            if callback in listeners:
                listeners.remove(callback)

        return remove

    # HTTP

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            return
        http = self._exchange(scope, receive, send)
        call = self._open(http.name)
        if http.http_method != "OPTIONS":
            http.on_end = lambda: self._finish(call)
        try:
            if self.offline:
                await http.drop()
            if http.http_method == "OPTIONS":
                await http.answer(200, b"")
                return
            await self._serve(http, call)
        except NoAnswerError:
            call.status, call.error, call.body = None, None, None
        http.end()

    def _exchange(self, scope: Message, receive: Receive, send: Send) -> Exchange:
        return Exchange(scope, receive, send)

    async def _serve(self, http: Exchange, call: LoggedCall) -> None:
        allowed = self.limits.take()
        content_type, token = "application/json; charset=utf-8", None
        headers: Mapping[str, str] = {}
        try:
            given = await http.read()
            params, token = self._read(http, given)
            call.params = self._logged(http.name, params)
            if not allowed:
                raise RestFault("QUERY_LIMIT_EXCEEDED")
            plan = self._plan(http.name)
            await http.pause(self.latency + plan.delay)
            await self._interrupt(plan, http)
            if refused := self.state.tokens.error(token):
                raise RestFault(refused)
            body, headers = await self._answer(http, call, params, plan, token)
            call.status = 200
        except RestFault as fault:
            call.status, call.error, body = fault.status, fault.code, self._refused(fault)
        except RawAnswerError as other:
            call.status, body, content_type = other.raw.status, other.raw.body, other.raw.content_type
            headers = other.raw.headers
        call.body = self._public_body(body, token)
        await http.answer(call.status, body, content_type, headers)

    # What each version does in its own way

    def _read(self, http: Exchange, body: bytes) -> tuple[dict[str, Any], str | None]:
        """Return a request's parameters and its token."""
        raise NotImplementedError

    def _logged(self, name: str, params: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002  the old one asks for it
        """Return the parameters as the log has them."""
        return self._public(params)

    def _plan(self, name: str) -> Plan:
        """Return what a script wants with a request."""
        raise NotImplementedError

    async def _answer(
        self, http: Exchange, call: LoggedCall, params: dict[str, Any], plan: Plan, token: str | None
    ) -> tuple[bytes, Mapping[str, str]]:
        """Execute a method or a batch; return the answer and its headers."""
        raise NotImplementedError

    def _refused(self, fault: RestFault) -> bytes:
        """Return the answer for an error; it may quote what the client sent, but not a token."""
        raise NotImplementedError

    # Execution

    async def _interrupt(self, plan: Plan, http: Exchange) -> None:
        """Do what a script wants instead of the method's answer, if anything."""
        if plan.never:
            await http.never()
        if plan.drop:
            await http.drop()
        if plan.raw:
            raise RawAnswerError(plan.raw)
        if plan.fault:
            raise plan.fault
        if plan.after_bytes is not None:
            http.cut_after = plan.after_bytes

    async def _execute(self, name: str, function: Function, params: dict[str, Any], context: Context) -> Any:
        """Return what a method's function returns, awaited if necessary.

        Raises:
            RestFault: there is an error instead.
            RawAnswerError: the answer is not a REST answer.
        """
        try:
            data = function(params, context)
            if inspect.isawaitable(data):
                data = await data
        except RestFault:
            raise
        except Exception as error:  # a custom method may raise anything; the portal goes on
            _log.error("%s failed:\n%s", name, self.state.tokens.mask(traceback.format_exc()))
            text = self.state.tokens.mask(f"{type(error).__name__}: {error}")
            raise RestFault("INTERNAL_SERVER_ERROR", f"{name} raised {text}") from None
        if isinstance(data, Raw):
            raise RawAnswerError(data)
        return data

    # The log

    def _open(self, name: str, parent: int | None = None) -> LoggedCall:
        """Return the record of a new call, or of a command of a batch."""
        name = self.state.tokens.mask(name)
        return self.front.calls.open(name, time.time(), parent=parent, version=self._version)

    def _finish(self, call: LoggedCall) -> None:
        call.duration = time.time() - call.started
        self.front.calls.append(call)
        for listener in list(self.front.listeners):
            try:
                listener(call)
            except Exception:  # a listener is somebody else's code; the server goes on
                _log.exception("A listener of REST calls failed")

    def _public(self, params: dict[str, Any]) -> dict[str, Any]:
        """Return parameters that may be shown: every token of this portal is masked."""
        text = json.dumps(params)
        masked = self.state.tokens.mask(text)
        public: dict[str, Any] = json.loads(masked)
        return public

    def _public_body(self, body: bytes, token: str | None) -> bytes:
        """Return an answer that may be shown: links to files have the caller's token in them."""
        return body.replace(token.encode(), b"***") if token and token.encode() in body else body


class RawAnswerError(Exception):
    """A script or a method answers with a body that is not a REST answer."""

    def __init__(self, raw: Raw) -> None:
        super().__init__(f"status {raw.status}")
        self.raw = raw


def bearer(headers: Mapping[bytes, str]) -> str | None:
    """Return the token of an `Authorization` header."""
    kind, _, token = headers.get(b"authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def times(start: float, processing: float, operating: float, reset: int) -> dict[str, Any]:
    """Return the `time` of an answer."""
    finish = time.time()
    return {
        "start": start,
        "finish": finish,
        "duration": finish - start,
        "processing": finish - processing,
        "date_start": iso(start),
        "date_finish": iso(finish),
        "operating_reset_at": reset,
        "operating": operating,
    }
