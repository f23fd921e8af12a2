"""The REST server of the emulated portal (contract, section 3): an ASGI application to mount at `/rest`.

rest = Rest(State(), Company(seed=1, deals=5000, users=120))
rest.route("user.current").fail("QUERY_LIMIT_EXCEEDED").times(1)
rest.received("user.get")          # the parameters of every logged call of user.get
"""

from __future__ import annotations

import inspect
import json
import logging
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from bx24py.dev.portal import documented
from bx24py.dev.portal.calls import CallLog, LoggedCall
from bx24py.dev.portal.company import Company
from bx24py.dev.portal.exchange import Exchange, Message, NoAnswerError, Receive, Send
from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.log import cut_texts
from bx24py.dev.portal.macros import MACROS, resolve
from bx24py.dev.portal.method import Context, Function, Method, Methods, Raw, Rows
from bx24py.dev.portal.methods import METHODS
from bx24py.dev.portal.phpform import BadFormError, parse_body, parse_query, php_bool, php_json, php_json_object
from bx24py.dev.portal.quota import WINDOW, Quota
from bx24py.dev.portal.routes import Plan, Route, Routes
from bx24py.dev.portal.state import State
from bx24py.dev.portal.tables.fields import iso

BATCH_LIMIT = 50
"""Commands that one batch executes."""

COMMAND_LENGTH = 64 * 1024
"""Characters of a command kept in the record of the batch itself."""

TOKEN_NAMES = ("auth", "access_token")
"""Parameters that carry the access token."""

_TRACING = frozenset({"bx24_request_id", "bx24_sdk_ver", "bx24_sdk_type"})
"""Query parameters that the official client adds to its requests, not parameters of the method."""

_log = logging.getLogger(__name__)


class Rest:
    """The REST server of one portal.

    Args:
        state: the calling application, shared with the frame: tokens, scopes, options, administrator or not.
        company: the data.
    """

    def __init__(self, state: State, company: Company) -> None:
        self.state = state
        self.company = company
        self.limits = Quota()
        """The portal's limits; calls beyond them are refused."""
        self.offline = False
        """Whether every connection is dropped without an answer."""
        self.latency = 0.0
        """Seconds added to each answer."""
        self._calls = CallLog()
        self._routes = Routes(self._calls)
        self._methods = Methods(METHODS)
        self._listeners: list[Callable[[LoggedCall], object]] = []

    # Scripting and the log

    @property
    def calls(self) -> list[LoggedCall]:
        """The newest 2,000 calls, newest last; long strings are cut once the values exceed 64 MB."""
        return list(self._calls)

    def received(self, method: str) -> list[dict[str, Any]]:
        """Return the parameters of all calls of a method, even in batches, oldest first.

        They come from the log of 2,000 calls. The newest are whole, as far as parameters and answers fit into 64 MB;
        strings of older ones are cut after 1,024 characters and end with their original length.
        """
        return [call.params for call in self._calls if call.method == method.lower()]

    def on_call(self, callback: Callable[[LoggedCall], object]) -> Callable[[], None]:
        """Call a function with each finished call, on the server's thread; return a function that stops it."""
        self._listeners.append(callback)

        def remove() -> None:
            if callback in self._listeners:
                self._listeners.remove(callback)

        return remove

    def route(self, method: str) -> Route:
        """Return the route of a method, `batch` or `*` for every HTTP request: see `Route`."""
        return self._routes(method)

    def reset(self) -> None:
        """Remove all routes and custom methods, and clear the log."""
        self._routes.clear()
        self._methods = Methods(METHODS)
        self._calls.clear()

    def method(self, name: str, scope: str | None = None) -> Callable[[Function], Function]:
        """Add or replace a method: `@rest.method("my.method")`, `rest.method(name)(function)`.

        The function takes the parameters and a `Context`; it returns data or `Rows`, may be async, raises `RestFault`.
        """
        return self._methods(name, *([scope] if scope else []))

    @property
    def methods(self) -> Mapping[str, Method]:
        """All methods by name."""
        return self._methods

    # HTTP

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            return
        http = Exchange(scope, receive, send)
        call = self._calls.open(self.state.tokens.mask(http.name), time.time())
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

    async def _serve(self, http: Exchange, call: LoggedCall) -> None:
        allowed = self.limits.take()
        content_type, token = "application/json; charset=utf-8", None
        headers: Mapping[str, str] = {}
        try:
            body = await http.read()
            params, token = self._read(http, body)
            call.params = self._public(params)
            if http.name == "batch":  # its commands are logged too, in full
                call.params = cut_texts(call.params, COMMAND_LENGTH)
            if not allowed:
                raise RestFault("QUERY_LIMIT_EXCEEDED")
            plan = self._routes.take(http.name, in_batch=False)
            await http.pause(self.latency + plan.delay)
            await self._interrupt(plan, http)
            if refused := self.state.tokens.error(token):
                raise RestFault(refused)
            if http.name == "batch" and plan.function is None:
                body = await self._batch(params, call, http, token)
            else:
                body = php_json_object(self._encode(await self._run(http, http.name, params, plan, token)))
            call.status = 200
        except RestFault as fault:
            call.status, call.error, body = fault.status, fault.code, php_json(self._refusal(fault))
        except _RawAnswerError as other:
            call.status, body, content_type = other.raw.status, other.raw.body, other.raw.content_type
            headers = other.raw.headers
        call.body = self._public_body(body, token)
        await http.answer(call.status, body, content_type, headers)

    def _public_body(self, body: bytes, token: str | None) -> bytes:
        """Return an answer that may be shown: links to files have the caller's token in them."""
        return body.replace(token.encode(), b"***") if token and token.encode() in body else body

    def _read(self, http: Exchange, body: bytes) -> tuple[dict[str, Any], str | None]:
        """Return a request's parameters, where the body takes precedence over the query, and its token."""
        if http.http_method not in {"GET", "POST"}:
            raise RestFault("INVALID_REQUEST", f"The HTTP method {http.http_method} is not supported", 405)
        try:
            params = parse_query(http.query.decode("latin-1"))
            if http.http_method == "POST":
                params.update(parse_body(body, http.headers.get(b"content-type", "")))
        except BadFormError as error:
            raise RestFault("INVALID_REQUEST", str(error)) from None
        tokens = [params.pop(name, None) for name in TOKEN_NAMES]
        kind, _, bearer = http.headers.get(b"authorization", "").partition(" ")
        tokens.append(bearer.strip() if kind.lower() == "bearer" else None)
        params = {name: value for name, value in params.items() if name not in _TRACING}
        return params, next((token for token in tokens if token and isinstance(token, str)), None)

    async def _interrupt(self, plan: Plan, http: Exchange) -> None:
        """Do what a script wants instead of the method's answer, if anything."""
        if plan.never:
            await http.never()
        if plan.drop:
            await http.drop()
        if plan.raw:
            raise _RawAnswerError(plan.raw)
        if plan.fault:
            raise plan.fault
        if plan.after_bytes is not None:
            http.cut_after = plan.after_bytes

    # Execution

    async def _run(
        self, http: Exchange, name: str, params: dict[str, Any], plan: Plan, token: str | None
    ) -> dict[str, Any]:
        """Execute a method and return the answer: `result`, `total` and `next` for a list, and `time`.

        Raises:
            RestFault: there is an error instead.
        """
        start, waited = time.time(), plan.delay
        method = Method(name, plan.function) if plan.function else self._methods.get(name)
        if method is None:
            raise RestFault("ERROR_METHOD_NOT_FOUND", documented.missing(name))
        if not method.granted(self.state.scope):
            raise RestFault("insufficient_scope")
        if self.limits.exhausted(name):
            raise RestFault("OPERATION_TIME_LIMIT")
        try:
            context = Context(name, self.state, self.company, self._methods, http.origin, token or "")
            data = method.function(params, context)
            if inspect.isawaitable(data):
                data = await data
        except RestFault:
            raise
        except Exception as error:  # a custom method may raise anything; the portal goes on
            _log.error("%s failed:\n%s", name, self.state.tokens.mask(traceback.format_exc()))
            text = self.state.tokens.mask(f"{type(error).__name__}: {error}")
            raise RestFault("INTERNAL_SERVER_ERROR", f"{name} raised {text}") from None
        finally:
            self.limits.charge(name, time.time() - start + waited)
        if isinstance(data, Raw):
            raise _RawAnswerError(data)
        rows = data if isinstance(data, Rows) else Rows(data)
        answer: dict[str, Any] = {"result": rows.data}
        if rows.next is not None:
            answer["next"] = rows.next
        if rows.total is not None:
            answer["total"] = rows.total
        operating, reset = self.limits.operating(name)
        answer["time"] = _time(start - waited, start, operating, reset)
        return answer

    async def _batch(self, params: dict[str, Any], batch: LoggedCall, http: Exchange, token: str | None) -> bytes:
        """Execute `batch` (contract, section 3) and return the answer: commands in order, macros, halt, at most 50."""
        named = {name.lower(): value for name, value in params.items()}
        commands = named.get("cmd")
        if isinstance(commands, list):
            commands = dict(enumerate(commands))
        if not isinstance(commands, dict):
            commands = {}
        halt = php_bool(named.get("halt"))
        done: dict[str, dict[str, Any]] = {part: {} for part in MACROS}
        written: dict[str, dict[str, bytes]] = {part: {} for part in MACROS}
        for index, (name, command) in enumerate(commands.items()):
            if not isinstance(command, str):
                continue
            key = str(name)
            answer, parts = await self._command(command, index, done, http, token, batch.id)
            if "error" in answer:
                done["error"][key], written["error"][key] = answer, php_json(answer)
                if halt:
                    break
                continue
            for part in parts:
                done[part][key], written[part][key] = answer[part], parts[part]
        result = {
            "result" if part == "result" else f"result_{part}": php_json_object(values)
            for part, values in written.items()
        }
        time_ = php_json(_time(batch.started, batch.started, 0.0, int(time.time()) + WINDOW))
        return php_json_object({"result": php_json_object(result), "time": time_})

    async def _command(
        self,
        command: str,
        index: int,
        done: dict[str, dict[str, Any]],
        http: Exchange,
        token: str | None,
        parent: int,
    ) -> tuple[dict[str, Any], dict[str, bytes]]:
        """Execute one command of a batch; return its answer, and the parts of a good one as sent.

        An error is an answer with `error` and `error_description`.
        """
        path, _, query = command.partition("?")
        name = path.strip().strip("/").lower().removesuffix(".json")
        call = self._calls.open(self.state.tokens.mask(name), time.time(), parent=parent)
        parts: dict[str, bytes] = {}
        try:
            if index >= BATCH_LIMIT:
                raise RestFault("ERROR_BATCH_LENGTH_EXCEEDED")
            try:
                given = parse_query(query)
            except BadFormError as error:
                raise RestFault("INVALID_REQUEST", str(error)) from None
            params = {key: resolve(value, done) for key, value in given.items() if key not in TOKEN_NAMES}
            call.params = self._public(params)
            plan = self._routes.take(name, in_batch=True)
            await http.pause(plan.delay)
            await self._interrupt(plan, http)
            if name == "batch":
                raise RestFault("ERROR_BATCH_METHOD_NOT_ALLOWED")
            answer = await self._run(http, name, params, plan, token)
            parts = self._encode(answer)
            call.status, call.body = 200, self._public_body(php_json_object(parts), token)
        except RestFault as fault:
            answer = self._refusal(fault)
            call.status, call.error, call.body = fault.status, fault.code, php_json(answer)
        finally:
            self._finish(call)
        return answer, parts

    def _refusal(self, fault: RestFault) -> dict[str, Any]:
        """Return the answer for a fault; it may quote what the client sent, but not a token."""
        answer = fault.answer()
        return {**answer, "error_description": self.state.tokens.mask(answer["error_description"])}

    def _encode(self, answer: dict[str, Any]) -> dict[str, bytes]:
        """Return the parts of an answer as sent: in a batch they go to different places."""
        try:
            return {name: php_json(part) for name, part in answer.items()}
        except (TypeError, ValueError, RecursionError) as error:
            raise RestFault("ERROR_UNEXPECTED_ANSWER", f"The method's answer is not JSON: {error}") from None

    def _public(self, params: dict[str, Any]) -> dict[str, Any]:
        """Return parameters that may be shown: every token of this portal is masked."""
        text = json.dumps(params)
        masked = self.state.tokens.mask(text)
        public: dict[str, Any] = json.loads(masked)
        return public

    def _finish(self, call: LoggedCall) -> None:
        call.duration = time.time() - call.started
        self._calls.append(call)
        for listener in list(self._listeners):
            try:
                listener(call)
            except Exception:  # a listener is somebody else's code; the server goes on
                _log.exception("A listener of REST calls failed")


class _RawAnswerError(Exception):
    """A script answers with a body that is not a REST answer."""

    def __init__(self, raw: Raw) -> None:
        super().__init__(f"status {raw.status}")
        self.raw = raw


def _time(start: float, processing: float, operating: float, reset: int) -> dict[str, Any]:
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
