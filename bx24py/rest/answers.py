"""Answers of the REST interface: checked for errors, and converted to results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..bridge import NOT_JSON, Answer, WireCommand
from ..complaint import Complaint
from ..errors import (
    AccessError,
    AuthError,
    BadResponseError,
    BX24Error,
    MethodNotFoundError,
    NetworkError,
    NotExecutedError,
    OperationTimeLimitError,
    RateLimitError,
    RestError,
    ServerError,
)
from . import macros
from .commands import Command, Key
from .method_names import scope_of, similar
from .result import Result, whole

_FIRST_ERROR = 400  # of the HTTP statuses

# Codes from the contract (section 3) and the official page on common errors, in lower case.
_CLASSES: dict[str, type[RestError]] = {
    **dict.fromkeys(
        (
            "expired_token",
            "invalid_token",
            "no_auth_found",
            "invalid_grant",
            "wrong_auth_type",
            "authorization_error",
        ),
        AuthError,
    ),
    **dict.fromkeys(
        (
            "insufficient_scope",
            "access_denied",
            "invalid_credentials",
            "user_access_error",
            "error_access_denied",
        ),
        AccessError,
    ),
    **dict.fromkeys(("error_method_not_found", "method_not_found"), MethodNotFoundError),
    **dict.fromkeys(("query_limit_exceeded", "overload_limit"), RateLimitError),
    "operation_time_limit": OperationTimeLimitError,
    # Of REST 3.0, whose many other codes go by the status.
    "methodnotfoundexception": MethodNotFoundError,
    **dict.fromkeys(("accessdeniedexception", "insufficientscopeexception"), AccessError),
    **dict.fromkeys(("internal_server_error", "error_unexpected_answer"), ServerError),
}

_V3 = "bitrix_rest_v3_exception_"
"""What the codes of REST 3.0 begin with."""

_BY_STATUS: dict[int, type[RestError]] = {401: AuthError, 403: AccessError, 429: RateLimitError}

Fetch = Callable[[str, dict[str, Any], int], Any]
"""Requests a page of a list: method, parameters without macros, offset."""


def answer_body(answer: Answer, called: str) -> dict[str, Any]:
    """Return the JSON of a good answer: its status is below 400, and it has a `result` and no error.

    Raises:
        NetworkError: no complete answer came.
        BadResponseError: it is not JSON, or has neither a result nor an error.
        RestError: it is an error, by code or status.
    """
    body = answer.body
    if answer.status == 0:
        raise NetworkError(called)
    if body is NOT_JSON:
        raise BadResponseError(called, answer.status, answer.hide(answer.text), "the answer is not JSON")
    said = body if isinstance(body, dict) else {}
    is_refused = said.get("error") or ("result" not in said and said.get("error_description"))
    if is_refused or answer.status >= _FIRST_ERROR:
        raise _error(said, answer, called)
    if "result" not in said:
        raise BadResponseError(called, answer.status, answer.hide(str(body)), "the answer has no result")
    return said


def read_answer(
    answer: Answer, commands: list[Command], wire: Sequence[WireCommand], *, halt: bool, fetch: Fetch
) -> dict[Key, Result]:
    """Read the answer to one batch.

    Raises:
        BX24Error: the batch failed as a whole, or its answer is empty.
    """
    body, status = answer_body(answer, "batch"), answer.status
    parts = body.get("result")
    if not isinstance(parts, dict) or not (parts.get("result") or parts.get("result_error")):
        raise BadResponseError("batch", status, answer.hide(str(body)), "the answer has no results")

    data, errors, totals, nexts, times = (
        _by_key(parts.get(f"result{part}")) for part in ("", "_error", "_total", "_next", "_time")
    )
    results: dict[Key, Result] = {}
    by_name: dict[str, Result] = {}  # by the keys that macros use
    failed: Command | None = None
    for place, (command, sent) in enumerate(zip(commands, wire, strict=True)):
        key = sent.key if sent.key is not None else str(place)
        error: BX24Error | None = None
        if errors.get(key) or (key in errors and key not in data):
            failed = failed or command
            error = _error(errors[key], answer, command.method)
        elif key not in data:
            if halt and failed is not None:
                error = _skipped(command.method, failed.key)
            else:
                why = "the batch's answer does not mention this command"
                error = BadResponseError(command.method, status, answer.hide(str(body)), why)
        result = Result(
            command.method,
            data.get(key),
            error=error,
            total=whole(totals.get(key)),
            next=next_offset(nexts.get(key), command.params),
            time=times.get(key),
            status=status,
            fetch=_page_fetcher(command, by_name, fetch),
        )
        results[command.key] = by_name[str(command.key)] = result
    return results


def not_executed(commands: list[Command], failed: Key) -> dict[Key, Result]:
    """Return the results of commands that were never sent, because an earlier command failed."""
    return {command.key: Result(command.method, error=_skipped(command.method, failed)) for command in commands}


def _by_key(part: object) -> dict[str, Any]:
    """Return a part of the answer by command key.

    PHP writes it as `[]` if empty, and as a list if the keys are 0, 1, 2… (contract, section 3).
    """
    if isinstance(part, list):
        return {str(place): value for place, value in enumerate(part)}
    return part if isinstance(part, dict) else {}


def next_offset(value: object, params: dict[str, Any]) -> int | None:
    """Return the `next` of an answer; None at the end of the list, or if it is not beyond this page."""
    offset = whole(value)
    return offset if offset is not None and offset > (whole(params.get("start")) or 0) else None


def _error(said: object, answer: Answer, method: str) -> BX24Error:
    """Return the error for an answer: `{error, error_description}`, a code alone, or only a status."""
    parts = said if isinstance(said, dict) else {"error": said}
    code, text = parts.get("error") or "", parts.get("error_description") or parts.get("message") or ""
    complaints: object = None
    if isinstance(code, dict):  # the form of REST 3.0
        text, complaints = code.get("message") or text, code.get("validation")
        code = code.get("code") or ""
    error = rest_error(answer.hide(str(code)), answer.hide(str(text)), answer.status, method)
    if isinstance(complaints, list):
        found = [one for one in complaints if isinstance(one, dict)]
        texts = [[answer.hide(str(one.get(name) or "")) for name in Complaint._fields] for one in found]
        error._complain(tuple(Complaint(*both) for both in texts))
    return error


def rest_error(code: str, description: str, status: int, method: str) -> RestError:
    """Return the error for the portal's answer, by code or else by status."""
    by_status = ServerError if status >= 500 else _BY_STATUS.get(status, RestError)
    if not code and status == 404:
        by_status = MethodNotFoundError
    if not code and "access denied" in description.lower():  # CRM methods send it without a code
        by_status = AccessError
    known = code.lower().removeprefix(_V3)
    error = _CLASSES.get(known, by_status)(code, description, status, method)
    if isinstance(error, MethodNotFoundError):
        error._suggest(similar(method))
    elif isinstance(error, AccessError) and known.startswith("insufficient") and method != "batch":
        error._needs(scope_of(method))
    return error


def _page_fetcher(command: Command, results: dict[str, Result], fetch: Fetch) -> Callable[[int], Any]:
    """Return a function that requests further pages. Macros mean nothing outside their batch, so they are resolved."""
    # Only those it refers to: with all of them, the results would keep one another alive.
    named = {key: results[key] for _, _, key in macros.macros_in(command.params, "")}

    def data(word: str, key: str) -> Any:
        result = named[key]
        if word == "error":
            error = result.error
            return error and {
                "error": getattr(error, "code", ""),
                "error_description": getattr(error, "description", ""),
            }
        return result._time if word == "time" else getattr(result, "_data" if word == "result" else word)

    return lambda start: fetch(command.method, macros.resolve(command.params, data), start)


def _skipped(method: str, failed: Key) -> NotExecutedError:
    return NotExecutedError(
        f"{method}: not executed, because the earlier command {failed!r} failed and the batch halts on errors"
    )
