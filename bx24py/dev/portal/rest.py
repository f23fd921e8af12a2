"""The REST server of the emulated portal (contract, section 3): an ASGI application to mount at `/rest`.

rest = Rest(State(), Company(seed=1, deals=5000, users=120))
rest.route("user.current").fail("QUERY_LIMIT_EXCEEDED").times(1)
rest.received("user.get")          # the parameters of every logged call of user.get
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from bx24py.dev.portal import documented
from bx24py.dev.portal.api import BATCH_LIMIT, Api, Front, bearer, times
from bx24py.dev.portal.calls import LoggedCall
from bx24py.dev.portal.company import Company
from bx24py.dev.portal.exchange import Exchange
from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.log import cut_texts
from bx24py.dev.portal.macros import MACROS, resolve
from bx24py.dev.portal.method import Context, Function, Method, Methods, Rows
from bx24py.dev.portal.methods import METHODS
from bx24py.dev.portal.phpform import BadFormError, parse_body, parse_query, php_bool, php_json, php_json_object
from bx24py.dev.portal.quota import WINDOW
from bx24py.dev.portal.routes import Plan, Route, Routes
from bx24py.dev.portal.state import State
from bx24py.dev.portal.v3.methods import METHODS as METHODS_V3

COMMAND_LENGTH = 64 * 1024
"""Characters of a command kept in the record of the batch itself."""

TOKEN_NAMES = ("auth", "access_token")
"""Parameters that carry the access token."""

_TRACING = frozenset({"bx24_request_id", "bx24_sdk_ver", "bx24_sdk_type"})
"""Query parameters that the official client adds to its requests, not parameters of the method."""


class Rest(Api):
    """The REST server of one portal.

    Args:
        state: the calling application, shared with the frame: tokens, scopes, options, administrator or not.
        company: the data.
    """

    def __init__(self, state: State, company: Company) -> None:
        front = Front()
        super().__init__(state, company, front, Routes(front.calls))
        self._methods = Methods(METHODS)

    # Scripting and the log

    def route(self, method: str) -> Route:
        """Return the route of a method, `batch`, or `*` for every HTTP request, of REST 3.0 too: see `Route`."""
        return self._routes(method)

    def every(self) -> Plan:
        """Return what the route of `*` has for a request of REST 3.0: it is for every request of the portal."""
        return self._routes.every()

    def reset(self) -> None:
        """Remove all routes and custom methods, and clear the log."""
        self._routes.clear()
        self._methods = Methods(METHODS)
        self.front.calls.clear()

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
        tokens.append(bearer(http.headers))
        params = {name: value for name, value in params.items() if name not in _TRACING}
        return params, next((token for token in tokens if token and isinstance(token, str)), None)

    def _logged(self, name: str, params: dict[str, Any]) -> dict[str, Any]:
        public = self._public(params)
        return cut_texts(public, COMMAND_LENGTH) if name == "batch" else public  # its commands are logged in full

    def _plan(self, name: str) -> Plan:
        return self._routes.take(name, in_batch=False)

    async def _answer(
        self, http: Exchange, call: LoggedCall, params: dict[str, Any], plan: Plan, token: str | None
    ) -> tuple[bytes, Mapping[str, str]]:
        if http.name == "batch" and plan.function is None:
            return await self._batch(params, call, http, token), {}
        return php_json_object(self._encode(await self._run(http, http.name, params, plan, token))), {}

    def _refused(self, fault: RestFault) -> bytes:
        return php_json(self._refusal(fault))

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
            raise RestFault("ERROR_METHOD_NOT_FOUND", _only_in_v3(name) or documented.missing(name))
        if not method.granted(self.state.scope):
            raise RestFault("insufficient_scope")
        if self.limits.exhausted(name):
            raise RestFault("OPERATION_TIME_LIMIT")
        context = Context(name, self.state, self.company, self._methods, http.origin, token or "")
        try:
            data = await self._execute(name, method.function, params, context)
        finally:
            self.limits.charge(name, time.time() - start + waited)
        rows = data if isinstance(data, Rows) else Rows(data)
        answer: dict[str, Any] = {"result": rows.data}
        if rows.next is not None:
            answer["next"] = rows.next
        if rows.total is not None:
            answer["total"] = rows.total
        operating, reset = self.limits.operating(name)
        answer["time"] = times(start - waited, start, operating, reset)
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
        time_ = php_json(times(batch.started, batch.started, 0.0, int(time.time()) + WINDOW))
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
        call = self._open(name, parent)
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


def _only_in_v3(name: str) -> str | None:
    """Return what an author must know about a method of REST 3.0 that was called at the old address."""
    return f"{name} is a method of REST 3.0: its address is /rest/api/{name}" if name in METHODS_V3 else None
