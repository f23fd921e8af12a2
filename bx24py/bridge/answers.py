"""Reading an answer: from the text of its request, or else from what the library calls back with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..errors import BX24Error
from .interface import NOT_JSON, Answer
from .request import WireCommand
from .values import loads, plain

try:
    import js
    from pyodide.ffi import JsException, jsnull
except ImportError:  # plain CPython
    js = None  # type: ignore[assignment]


def carried(method: str, hide: Callable[[str], str]) -> Answer | None:
    """Read the answer from the request whose `load` event is being handled.

    The library passes on only part of an answer: in a batch it drops error texts and timing (contract, section 4,
    number 6). Its callbacks run during that event, and the request has everything. Return None if there is no such
    request.
    """
    request: Any = getattr(getattr(js, "event", None), "target", None)
    address = getattr(request, "responseURL", None)
    if not isinstance(address, str) or not address.split("?")[0].removesuffix(".json").endswith(f"/{method}"):
        return None
    true_answer = getattr(js.XMLHttpRequest, "bx24pyAnswer", None)  # the loader shows the library a different one
    try:
        status, text = (true_answer and true_answer(request)) or (request.status, request.responseText)
        return answer_of(status, text, hide)
    except JsException:  # the library requested another response type
        return None


def answer_of(status: int, answer: Any, hide: Callable[[str], str]) -> Answer:
    """Read an answer from its text, or for a long one from the page's byte array."""
    text = answer if isinstance(answer, str) else answer.to_bytes()
    try:
        return Answer(status, loads(text), "", hide)
    except ValueError:
        return Answer(status, NOT_JSON, text if isinstance(text, str) else text.decode(errors="replace"), hide)


def from_result(result: Any, *, hide: Callable[[str], str]) -> Answer:
    """Build the answer to a method from its ajaxResult."""
    status = getattr(result, "status", None)
    return Answer(status if isinstance(status, int) else 200, _body(result), "", hide)


def _body(result: Any) -> dict[str, Any]:
    body = {"result": plain(result.data())}
    error = _error(result)
    if error:
        body |= error
    total = _number(result, "total")
    if total is not None:
        body["total"] = total
    answer = plain(getattr(result, "answer", None))
    if isinstance(answer, dict):
        body |= {name: answer[name] for name in ("next", "total", "time") if answer.get(name) is not None}
    return body


def from_results(results: Any, *, keys: Any, hide: Callable[[str], str]) -> Answer:
    """Build the answer to a batch from its ajaxResults; a skipped command has none."""
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
    found = plain(error.getError()) if hasattr(error, "getError") else plain(error)
    if not isinstance(found, dict):
        found = {"error": str(found)}
    return {
        "error": str(found.get("error") or "UNKNOWN"),
        "error_description": str(found.get("error_description") or ""),
    }


def _number(result: Any, name: str) -> int | None:
    value = getattr(result, name)() if hasattr(result, name) else None
    return int(value) if isinstance(value, int | float) and value == value else None


def of_first_command(answer: Answer) -> Answer:
    """Return the answer to a batch's first command as if it were called alone."""
    batch = answer.body.get("result") if isinstance(answer.body, dict) and not answer.body.get("error") else None
    if not isinstance(batch, dict):
        return answer
    body: dict[str, Any] = {}
    for name in ("", "_error", "_total", "_next", "_time"):
        part = batch.get(f"result{name}")  # a list where the only key is 0
        found = dict(enumerate(part)) if isinstance(part, list) else part
        if isinstance(found, dict):
            body |= {name.removeprefix("_") or "result": value for key, value in found.items() if str(key) == "0"}
    if isinstance(body.get("error"), dict):
        body = body["error"]
    return answer._replace(body=body)


def batch_arguments(commands: Sequence[WireCommand]) -> tuple[Any, Any]:
    """Return the argument of BX24.callBatch, and the keys of its answer."""
    if commands[0].key is None:
        return [[command.method, command.params] for command in commands], range(len(commands))
    calls = {command.key: [command.method, command.params] for command in commands}
    return calls, list(calls)


def illegible(name: str, why: Exception) -> BX24Error:
    """Return the error for a callback whose arguments cannot be read."""
    error = BX24Error(f"BX24.{name}: the library's callback arguments could not be read ({type(why).__name__})")
    error.maybe_executed = True
    return error


def unreadable(name: str, why: object) -> BX24Error:
    """Return the error for a file that cannot be read."""
    return BX24Error(f"BX24.{name}: a file could not be read, so nothing was sent: {why}")
