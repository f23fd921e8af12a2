"""The only door to the browser: plain Python on this side, the page's BX24 object on the other.

No other module imports `js` or `pyodide`. On plain CPython this module imports as well, and `connect` raises
NotInBrowserError; unit tests put another bridge in its place.

All callbacks given to JavaScript lead to one proxy of one function, which tells them apart by a number: one that comes
late finds nothing, and one that never comes holds nothing alive (contract, section 4, number 13).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol

from .errors import BX24Error, NotInBrowserError, NotInPortalError

try:
    import js
    from pyodide.ffi import JsException, JsProxy, create_proxy, jsnull
except ImportError:  # plain CPython
    js = None

Forget = Callable[[], None]
"""Called when nobody waits any more: what comes later is dropped."""

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")

_MAX_DELAY = 2**31 - 1  # milliseconds; a longer setTimeout fires at once


@dataclass(slots=True)
class Answer:
    """What came back for a request.

    Attributes:
        status: HTTP status; 0 when no complete answer came.
        body: the answer's JSON as contract, section 3 has it; None when it is none.
        text: what came when that is no JSON.
        hide: takes the tokens out of a text that goes into an error; what the portal says may quote the request.
    """

    status: int
    body: dict[str, Any] | None
    text: str = ""
    hide: Callable[[str], str] = str


@dataclass(slots=True)
class WireCommand:
    """A command of a batch in the form that is sent; key is None in a list."""

    key: str | None
    method: str
    params: dict[str, Any]


class Request(Protocol):
    """A request on its way."""

    @property
    def expired(self) -> bool:
        """Whether its token was refused as expired, and the portal has not renewed it yet."""

    def forget(self) -> None:
        """Drop whatever is answered."""

    def abort(self) -> None:
        """Drop whatever is answered, and stop the request where that is possible."""


class Bridge(Protocol):
    """What the rest of the package needs of a page and its BX24 object."""

    def init(self, on_ready: Callable[[], None]) -> None:
        """Have `on_ready` called once the library has the portal's data."""

    def call_method(self, method: str, params: dict[str, Any], on_answer: Callable[[Answer], None]) -> Request:
        """Send one method."""

    def call_batch(self, commands: list[WireCommand], halt: bool, on_answer: Callable[[Answer], None]) -> Request:
        """Send one batch; the answer's body is that of the method `batch`."""

    def refresh_auth(self, on_auth: Callable[[dict[str, Any] | None], None]) -> Request:
        """Ask the portal for a new token."""

    def value(self, function: str) -> Any:
        """Call a function of BX24 that returns at once, and give its value in plain Python."""

    def call_later(self, delay: float, function: Callable[[], None]) -> Forget:
        """Call a function after so many seconds."""


def connect(bx24: object = None) -> Bridge:
    """Open the door to a BX24 object: the given one, or the page's.

    Raises:
        NotInBrowserError: this is not Pyodide.
        NotInPortalError: the page has no BX24 object, or null in its place.
    """
    if js is None:
        raise NotInBrowserError
    found = getattr(js, "BX24", None) if bx24 is None else bx24
    if found is None or found is jsnull:
        raise NotInPortalError(
            "BX24 is null: the page was opened outside a portal. Open it as an application of Bitrix24."
            if found is jsnull
            else 'BX24 is missing: the page needs <script src="//api.bitrix24.com/api/v1/"></script>, '
            "and the script must have loaded."
        )
    return _PageBridge(found)


class _PageBridge:
    """The bridge inside Pyodide."""

    def __init__(self, bx24: Any) -> None:
        self._bx24 = bx24
        self._waiting: dict[int, Callable[..., None]] = {}
        self._ids = count(1)
        self._secrets: set[str] = set()
        self._dispatcher = create_proxy(self._dispatch, capture_this=True)
        # Looked up once: each look-up through `js` makes proxies.
        self._function_call = js.Function.prototype.call
        self._set_timeout, self._clear_timeout = js.setTimeout, js.clearTimeout
        self._parse = js.JSON.parse
        # Of the loader's subclass of XMLHttpRequest: the request that the library just opened.
        self._take = getattr(js.XMLHttpRequest, "bx24pyTake", None)

    def init(self, on_ready: Callable[[], None]) -> None:
        def ready(*_: Any) -> None:
            self._hide("")  # remembers the first token, which will have been replaced when it is quoted
            on_ready()

        self._ask(ready, lambda callback: self._call("init", callback))

    def call_method(self, method: str, params: dict[str, Any], on_answer: Callable[[Answer], None]) -> Request:
        return self._request(
            lambda result=None, *_: on_answer(_carried(method, self._hide) or _from_result(result, self._hide)),
            lambda callback: self._call("callMethod", method, self._to_js(params), callback),
        )

    def call_batch(self, commands: list[WireCommand], halt: bool, on_answer: Callable[[Answer], None]) -> Request:
        calls: Any
        if commands[0].key is None:
            calls = [[command.method, command.params] for command in commands]
        else:
            calls = {command.key: [command.method, command.params] for command in commands}
        keys = list(calls) if isinstance(calls, dict) else range(len(calls))
        return self._request(
            lambda results=None, *_: on_answer(
                _carried("batch", self._hide) or _from_results(results, keys, self._hide)
            ),
            lambda callback: self._call("callBatch", self._to_js(calls), callback, halt),
        )

    def refresh_auth(self, on_auth: Callable[[dict[str, Any] | None], None]) -> Request:
        return self._ask(
            lambda auth=None, *_: on_auth(_plain(auth)), lambda callback: self._call("refreshAuth", callback)
        )

    def value(self, function: str) -> Any:
        return _plain(self._call(function))

    def call_later(self, delay: float, function: Callable[[], None]) -> Forget:
        callback, forget = self._callback(function)
        timer = self._set_timeout(callback, min(delay * 1000, _MAX_DELAY))

        def cancel() -> None:
            forget()
            self._clear_timeout(timer)

        return cancel

    def _to_js(self, value: Any) -> Any:
        return self._parse(json.dumps(value))

    def _hide(self, text: str) -> str:
        try:
            auth = _plain(self._bx24.getAuth())
        except (AttributeError, JsException):  # a library made by hand may have none, or fail
            auth = None
        if isinstance(auth, dict):
            self._secrets |= {auth[name] for name in ("access_token", "refresh_token") if auth.get(name)}
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def _call(self, name: str, *arguments: Any) -> Any:
        function = getattr(self._bx24, name, None)
        if not callable(function):
            raise NotInPortalError(f"BX24.{name} is missing: this BX24 object is not the portal's library")
        try:
            return function(*arguments)
        except JsException as error:
            raise BX24Error(f"BX24.{name} failed inside the portal's library: {self._hide(str(error))}") from None

    def _ask(self, on_answer: Callable[..., None], send: Callable[[Any], Any]) -> Request:
        """Give JavaScript a callback; it is forgotten again when giving it fails."""
        callback, forget = self._callback(on_answer)
        try:
            send(callback)
        except BX24Error:
            forget()
            raise
        return _PageRequest(forget)

    def _request(self, on_answer: Callable[..., None], send: Callable[[Any], Any]) -> Request:
        """The same for a request to the REST interface, which the loader's subclass, if in place, can abort."""
        if self._take is None:
            return self._ask(on_answer, send)
        self._take()
        request = self._ask(on_answer, send)
        return _PageRequest(request.forget, self._take())

    def _callback(self, function: Callable[..., None]) -> tuple[Any, Forget]:
        """Make a JavaScript function that calls this one, once.

        It is `Function.prototype.call` bound to the dispatcher, with the number as `this`: a closure made without
        evaluating text, which a Content-Security-Policy may forbid.
        """
        number = next(self._ids)
        self._waiting[number] = function

        def forget() -> None:
            self._waiting.pop(number, None)

        return self._function_call.bind(self._dispatcher, number), forget

    def _dispatch(self, number: int, *arguments: Any) -> None:
        function = self._waiting.pop(number, None)
        if function is not None:
            function(*arguments)


class _PageRequest:
    """A request on its way; `xhr` is None where the loader's subclass of XMLHttpRequest is not in place."""

    def __init__(self, forget: Forget, xhr: Any = None) -> None:
        self.forget = forget
        self._xhr = None if xhr is jsnull else xhr

    @property
    def expired(self) -> bool:
        return self._xhr is not None and bool(self._xhr.bx24pyExpired)

    def abort(self) -> None:
        self.forget()
        if self._xhr is not None:
            self._xhr.abort()


def _plain(value: Any) -> Any:
    """Copy a JavaScript value into plain Python, with None for null and undefined."""
    if value is None or value is jsnull:
        return None
    if isinstance(value, JsProxy):
        text = js.JSON.stringify(value)
        return None if text is None else json.loads(text)
    return value


def _carried(method: str, hide: Callable[[str], str]) -> Answer | None:
    """Read the answer from the request whose `load` event is being handled now.

    The library hands on only part of an answer: in a batch the error's text and the timing are lost (contract,
    section 4, number 6). Its callbacks run while the request that carried the answer is being handled: that has it all.
    None where the library works otherwise.
    """
    request: Any = getattr(getattr(js, "event", None), "target", None)
    true = getattr(request, "bx24py", None)  # what the loader's subclass hides from the library, in one text
    if isinstance(true, str):
        begin = true.index("\n") + 1
        called, status = true[: begin - 1].split(" ")
        if called.lower() != method.lower():
            return None
        return _answer(int(status), true, begin, hide)
    address = getattr(request, "responseURL", None)
    if not isinstance(address, str) or not address.split("?")[0].removesuffix(".json").endswith(f"/{method}"):
        return None
    try:
        return _answer(request.status, request.responseText, 0, hide)
    except JsException:  # the library asked for another type of response
        return None


def _answer(status: int, text: str, begin: int, hide: Callable[[str], str]) -> Answer:
    """Read the JSON that begins somewhere in a text, without copying what may be megabytes."""
    try:
        body, end = _DECODER.raw_decode(text, begin + len(_SPACE.match(text, begin)[0]))  # type: ignore[index]  # it always matches
    except ValueError:
        return Answer(status, None, text[begin:], hide)
    whole = isinstance(body, dict) and not text[end:].strip()
    return Answer(status, body, "", hide) if whole else Answer(status, None, text[begin:], hide)


def _from_result(result: Any, hide: Callable[[str], str]) -> Answer:
    """Put together the answer to a method from its ajaxResult."""
    status = getattr(result, "status", None)
    return Answer(status if isinstance(status, int) else 200, _body(result), "", hide)


def _body(result: Any) -> dict[str, Any]:
    body = {"result": _plain(result.data())}
    error = _error(result)
    if error:
        body |= error
    total = _number(result, "total")
    if total is not None:
        body["total"] = total
    answer = _plain(getattr(result, "answer", None))
    if isinstance(answer, dict):
        body |= {name: answer[name] for name in ("next", "total", "time") if answer.get(name) is not None}
    return body


def _from_results(results: Any, keys: Any, hide: Callable[[str], str]) -> Answer:
    """Put together the answer to a batch from its ajaxResults; a skipped command has none."""
    batch: dict[str, dict[str, Any]] = {
        name: {} for name in ("result", "result_error", "result_total", "result_next", "result_time")
    }
    for key in keys:
        result = js.Reflect.get(results, key)
        if result is None or result is jsnull:
            continue
        body = _body(result)
        if "error" in body:
            batch["result_error"][str(key)] = body
            continue
        batch["result"][str(key)] = body["result"]
        for name in ("total", "next", "time"):
            if name in body:
                batch[f"result_{name}"][str(key)] = body[name]
    return Answer(200, {"result": batch}, "", hide)


def _error(result: Any) -> dict[str, str] | None:
    error = result.error()
    if error is None or error is jsnull:
        return None
    found = _plain(error.getError()) if hasattr(error, "getError") else _plain(error)
    if not isinstance(found, dict):
        found = {"error": str(found)}
    return {
        "error": str(found.get("error") or "UNKNOWN"),
        "error_description": str(found.get("error_description") or ""),
    }


def _number(result: Any, name: str) -> int | None:
    value = getattr(result, name)() if hasattr(result, name) else None
    return int(value) if isinstance(value, int | float) and value == value else None
