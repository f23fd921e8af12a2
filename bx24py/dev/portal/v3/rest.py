"""The REST 3.0 server of the local portal (contract, section 6): an ASGI application to mount at `/rest/api`.

portal.v3.route("tasks.task.add").drop(after_bytes=0)     # executed, and the answer is lost
portal.v3.route("my.method", lambda params, call: {"item": params})
portal.v3.received("tasks.task.list")                     # the parameters of every logged call of it
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

from bx24py.dev.portal import documented
from bx24py.dev.portal.api import BATCH_LIMIT, Api, bearer, times
from bx24py.dev.portal.calls import LoggedCall
from bx24py.dev.portal.exchange import Exchange, Message, Receive, Send
from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.method import Context, Function, Rows
from bx24py.dev.portal.phpform import BadFormError, parse_body, php_json
from bx24py.dev.portal.rest import Rest
from bx24py.dev.portal.routes import Plan, Route, Routes
from bx24py.dev.portal.v3.faults import V3Fault, fault
from bx24py.dev.portal.v3.kept import KeptAnswers
from bx24py.dev.portal.v3.method import MethodsV3, MethodV3
from bx24py.dev.portal.v3.methods import METHODS
from bx24py.dev.portal.v3.references import Results

KEY = b"idempotency-key"
"""The header with the key of a write, in lower case."""


class RestV3(Api):
    """REST 3.0 of one portal.

    Args:
        rest: the old version, with which it shares limits, network and log.
    """

    _version = 3

    def __init__(self, rest: Rest) -> None:
        front = rest.front
        super().__init__(rest.state, rest.company, front, Routes(front.calls, version=3, fault=fault))
        self.allow_idempotency_key = False
        """Whether a page may send `Idempotency-Key`: the preflight allows it. No live portal did when measured."""
        self._rest = rest
        self._methods = MethodsV3(METHODS)
        self._kept = KeptAnswers()

    # Scripting and the log

    def route(self, method: str, function: Function | None = None) -> Route:
        """Return the route of a method, `batch` or `*` for every request to REST 3.0: see `Route`.

        With a function, the route answers with what it returns: `result`, a mapping such as `{"item": …}`.
        """
        route = self._routes(method)
        return route.side_effect(function) if function else route

    def method(self, name: str, scope: str | None = None, *, writes: bool = False) -> Callable[[Function], Function]:
        """Add or replace a method: `@portal.v3.method("my.method")`.

        The function takes the parameters and a `Context`, returns `result`, may be async, and raises `V3Fault`.
        """
        return self._methods(name, *([scope] if scope else []), writes=writes)

    @property
    def methods(self) -> Mapping[str, MethodV3]:
        """All methods by name."""
        return self._methods

    def reset(self) -> None:
        """Remove all routes, custom methods and kept answers; the log is the old version's too."""
        self._routes.clear()
        self._methods = MethodsV3(METHODS)
        self._kept.clear()

    # HTTP

    def _exchange(self, scope: Message, receive: Receive, send: Send) -> Exchange:
        http = Exchange(scope, receive, send)
        path = [part for part in scope["path"].removeprefix(scope.get("root_path", "")).split("/") if part]
        # An incoming webhook's address has the user and the secret before the method.
        http.secret = path[-2] if len(path) > 2 and path[-3].isdigit() else None
        http.name = path[-1].lower() if path else ""
        if self.allow_idempotency_key:
            http.allowed_headers = (*http.allowed_headers, KEY.decode())
            http.exposed_headers = (KEY.decode(), "idempotent-replayed")
        return http

    def _read(self, http: Exchange, body: bytes) -> tuple[dict[str, Any], str | None]:
        """Return a request's parameters, which only its JSON body has, and its token."""
        if http.http_method not in {"GET", "POST"}:
            raise RestFault("INVALID_REQUEST", f"The HTTP method {http.http_method} is not supported", 405)
        content_type = http.headers.get(b"content-type", "")
        params: dict[str, Any] = {}
        if http.http_method == "POST" and (body.strip() or content_type):
            if content_type.partition(";")[0].strip().lower() != "application/json":
                raise V3Fault("INVALIDJSONEXCEPTION")
            try:
                params = parse_body(body, content_type)
            except BadFormError as error:
                raise V3Fault("INVALIDJSONEXCEPTION", str(error)) from None
        tokens = [bearer(http.headers), http.secret]
        if http.name == "batch":
            # Its body is the list of commands: there the token is one entry too many. So it may be in the address.
            tokens += [*parse_qs(http.query.decode("latin-1")).get("auth", []), params.get("auth")]
        else:
            tokens.append(params.pop("auth", None))
        return params, next((token for token in tokens if token and isinstance(token, str)), None)

    def _plan(self, name: str) -> Plan:
        """Return what a request gets: a script of this version, else one for every request of the portal."""
        every, own = self._rest.every(), self._routes.take(name, in_batch=False)
        return every if own == Plan() else own

    async def _answer(
        self, http: Exchange, call: LoggedCall, params: dict[str, Any], plan: Plan, token: str | None
    ) -> tuple[bytes, Mapping[str, str]]:
        if http.name == "batch" and plan.function is None:
            return php_json(await self._batch(params, call, http, token)), {}
        return await self._single(params, plan, call, http, token)

    def _refused(self, fault: RestFault) -> bytes:
        return self.state.tokens.mask(php_json(fault.answer()).decode()).encode()

    # Execution

    async def _single(
        self, params: dict[str, Any], plan: Plan, call: LoggedCall, http: Exchange, token: str | None
    ) -> tuple[bytes, Mapping[str, str]]:
        """Execute a method, or repeat the answer kept for its key; return the answer and its headers."""
        started = time.time()
        method = self._method(http.name, plan)
        key = http.headers.get(KEY) if method.writes else None
        if key is None:
            return self._written(await self._run(method, params, http, token), method.name, started, plan.delay), {}
        user = self.state.user_id
        if (kept := self._kept.get(user, method.name, key, params)) is not None:
            call.replayed = True
            return kept, {"Idempotency-Key": key, "Idempotent-Replayed": "true"}
        body = self._written(await self._run(method, params, http, token), method.name, started, plan.delay)
        self._kept.keep(user, method.name, key, params, body)
        return body, {"Idempotency-Key": key}

    def _method(self, name: str, plan: Plan) -> MethodV3:
        """Return the method of a call.

        Raises:
            RestFault: there is none, or it may not be called now.
        """
        method = self._methods.get(name)
        if plan.function:
            method = replace(method, function=plan.function, parameters={}) if method else _scripted(name, plan)
        if method is None:
            raise V3Fault("METHODNOTFOUNDEXCEPTION", documented.missing_v3(name))
        if not method.granted(self.state.scope):
            raise V3Fault("INSUFFICIENTSCOPEEXCEPTION")
        if self.limits.exhausted(name):
            raise RestFault("OPERATION_TIME_LIMIT")
        return method

    async def _run(self, method: MethodV3, params: dict[str, Any], http: Exchange, token: str | None) -> Any:
        """Execute a method and return its `result`."""
        method.check(params)
        started = time.time()
        context = Context(method.name, self.state, self.company, self._methods, http.origin, token or "")
        try:
            data = await self._execute(method.name, method.function, params, context)
        finally:
            self.limits.charge(method.name, time.time() - started)
        return data.data if isinstance(data, Rows) else data

    def _written(self, result: Any, name: str, started: float, waited: float) -> bytes:
        operating, reset = self.limits.operating(name)
        answer = {"result": result, "time": times(started - waited, started, operating, reset)}
        try:
            return php_json(answer)
        except (TypeError, ValueError, RecursionError) as error:
            raise RestFault("ERROR_UNEXPECTED_ANSWER", f"The method's answer is not JSON: {error}") from None

    async def _batch(
        self, commands: dict[str, Any], batch: LoggedCall, http: Exchange, token: str | None
    ) -> dict[str, Any]:
        """Execute the commands in order, all or nothing: the first error is the answer of the whole batch.

        What was executed before it stays executed.
        """
        if len(commands) > BATCH_LIMIT:
            raise RestFault("ERROR_BATCH_LENGTH_EXCEEDED")
        entries = [_command(entry) for entry in commands.values()]
        done, results = Results(), []
        for index, (name, query, alias) in enumerate(entries):
            result = await self._entry(name, done.resolve(query), batch, http, token)
            done.add(alias, index, result)
            results.append(result)
        return {"result": results, "time": _without_operating(times(batch.started, batch.started, 0.0, 0))}

    async def _entry(
        self, name: str, params: dict[str, Any], batch: LoggedCall, http: Exchange, token: str | None
    ) -> Any:
        """Execute one command of a batch; return its result."""
        call = self._open(name, batch.id)
        call.params = self._public(params)
        started = time.time()
        try:
            plan = self._routes.take(name, in_batch=True)
            await http.pause(plan.delay)
            await self._interrupt(plan, http)
            if name == "batch":
                raise RestFault("ERROR_BATCH_METHOD_NOT_ALLOWED")
            result = await self._run(self._method(name, plan), params, http, token)
            call.status = 200
            call.body = self._public_body(self._written(result, name, started, plan.delay), token)
        except RestFault as refusal:
            call.status, call.error, call.body = refusal.status, refusal.code, self._refused(refusal)
            raise
        finally:
            self._finish(call)
        return result


def _without_operating(given: dict[str, Any]) -> dict[str, Any]:
    """Return the `time` of a batch: it does not say how long methods have worked."""
    return {name: value for name, value in given.items() if not name.startswith("operating")}


def _scripted(name: str, plan: Plan) -> MethodV3:
    assert plan.function
    return MethodV3(name, plan.function, writes=True)


def _command(entry: Any) -> tuple[str, dict[str, Any], str]:
    """Return the method, the parameters and the name of an entry of a batch.

    Raises:
        V3Fault: it is not a command, such as the token of a client that adds it to the list.
    """
    query = entry.get("query") if isinstance(entry, dict) else None
    query = {} if query is None or query == [] else query
    if not isinstance(entry, dict) or not isinstance(entry.get("method"), str) or not isinstance(query, dict):
        raise V3Fault("INVALIDSELECTEXCEPTION", "Unable to recognize select expression `batch`")
    return entry["method"].strip().lower(), query, str(entry.get("as") or "")
