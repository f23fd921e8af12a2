"""Every error that an await on bx24py can end with.

BX24Error
├─ NotInBrowserError          imported outside Pyodide
├─ NotInPortalError           BX24 is missing or null: the page was opened outside a portal
├─ InitTimeoutError           (also TimeoutError) the portal did not answer
├─ CallTimeoutError           (also TimeoutError) no answer in time; says whether it may have been executed
├─ NetworkError               the request did not get through
├─ BadResponseError           not JSON, or an empty batch answer; keeps status and the first 500 characters
├─ NotExecutedError           skipped: an earlier command of a halting batch failed
├─ UnknownCommandError        the placement has no such command, or BX24 does not pass it on; commands
├─ UnknownEventError          the placement has no such event; events
├─ CommandError               a command of the placement failed; command, code
├─ PathNotAvailableError      the portal does not open this path; path, code
├─ ScriptError                a script could not be loaded; address
└─ RestError                  code, description, status, method
   ├─ AuthError               expired_token, invalid_token, NO_AUTH_FOUND, ...
   ├─ AccessError             insufficient_scope, ACCESS_DENIED, INVALID_CREDENTIALS, not an administrator
   ├─ MethodNotFoundError
   ├─ RateLimitError          QUERY_LIMIT_EXCEEDED, OVERLOAD_LIMIT
   ├─ OperationTimeLimitError operating_reset_at
   └─ ServerError             5xx

A message says what was called, what came back and what the reader can do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .rest.result import Result

_KEPT_TEXT = 500
_SENT = "It had been sent and may have been executed: check before repeating a call that writes."


class BX24Error(Exception):
    """Base of all errors of bx24py.

    Attributes:
        results: where a `call_batch` of more than 50 commands failed in a later batch, the results by key of the
            batches before it, which were executed: `bx24py.Result`. Else empty.
        rows: where a `call_list` could not be read to its end, the rows read so far. Else empty.
        resume: where a `call_list` or a `fetch_list` could not be read to its end, the parameters with which the same
            call reads the rest: with a filter for ids beyond the last one read, or with `start`. Else None.
    """

    results: Mapping[str | int, Result] = MappingProxyType({})
    rows: Sequence[Any] = ()
    resume: Mapping[str, Any] | None = None


class NotInBrowserError(BX24Error):
    """The call needs a browser: this Python does not run in Pyodide."""

    def __init__(self) -> None:
        super().__init__(
            "bx24py drives the BX24 object of a page and works only where Python runs in a browser (Pyodide). "
            "Open the application with `bx24py serve`, or replace the client in a unit test."
        )


class NotInPortalError(BX24Error):
    """There is no usable BX24 object: missing, null, or without the function that was needed."""


class InitTimeoutError(BX24Error, TimeoutError):
    """The portal did not answer the library's request for its data in time."""

    def __init__(self, timeout: float) -> None:
        super().__init__(
            f"the portal did not answer BX24.init within {timeout:g} s, so nothing was sent. "
            "Open the page as an application of the portal, or reload it."
        )


class CallTimeoutError(BX24Error, TimeoutError):
    """No answer came in time.

    Attributes:
        maybe_executed: whether the request had been sent, so that the portal may have carried it out.
    """

    def __init__(self, called: str, timeout: float, *, maybe_executed: bool, sent: str = _SENT) -> None:
        fate = sent if maybe_executed else "It had not been sent, so it was not executed."
        super().__init__(f"{called}: no answer within {timeout:g} s. {fate}")
        self.maybe_executed = maybe_executed


class NetworkError(BX24Error):
    """The request did not get through, or the connection broke before the answer was complete."""

    def __init__(self, called: str) -> None:
        super().__init__(
            f"{called}: the connection failed, or broke before the answer was complete. "
            "It may have been executed: check before repeating a call that writes."
        )


class BadResponseError(BX24Error):
    """What came back is not an answer of the REST interface: not JSON, or a batch answer with nothing in it.

    Attributes:
        status: HTTP status of the answer.
        text: the first 500 characters of the answer.
    """

    def __init__(self, called: str, status: int, text: str, why: str) -> None:
        super().__init__(
            f"{called}: {why} (HTTP {status}). The portal or a proxy before it is in trouble. "
            "It may have been executed: check before repeating a call that writes."
        )
        self.status = status
        self.text = text[:_KEPT_TEXT]


class NotExecutedError(BX24Error):
    """The command was skipped because an earlier command of its halting batch failed."""


class UnknownCommandError(BX24Error):
    """The placement has no such command; or BX24 has a function of that name, and does not pass the command on.

    Attributes:
        command: its name.
        commands: those that the placement has.
    """

    def __init__(self, command: str, commands: tuple[str, ...], *, swallowed: bool = False) -> None:
        why = (
            "is a function of BX24, which does not pass on a command of that name; call the function of this client"
            if swallowed
            else "is no command of this placement"
        )
        super().__init__(f"BX24.placement.call: {command!r} {why}. {_listed('commands', commands)}")
        self.command = command
        self.commands = commands


class UnknownEventError(BX24Error):
    """The placement has no such event.

    Attributes:
        event: its name.
        events: those that the placement has.
    """

    def __init__(self, event: str, events: tuple[str, ...]) -> None:
        super().__init__(
            f"BX24.placement.bindEvent: {event!r} is no event of this placement. {_listed('events', events)}"
        )
        self.event = event
        self.events = events


def _listed(what: str, names: tuple[str, ...]) -> str:
    return f"Its {what}: {', '.join(names)}." if names else f"It has no {what}."


class CommandError(BX24Error):
    """A command of the placement failed.

    Attributes:
        command: its name.
        code: the portal's words, such as `Call card is undefined`.
    """

    def __init__(self, command: str, code: str) -> None:
        super().__init__(
            f"BX24.placement.call: {command!r} failed: {code}. The portal's documentation of the command says when."
        )
        self.command = command
        self.code = code


class PathNotAvailableError(BX24Error):
    """The portal does not open this path.

    Attributes:
        path: as it was given.
        code: the portal's: `PATH_NOT_AVAILABLE`, or `METHOD_NOT_SUPPORTED_ON_DEVICE` in the mobile application, where
            no path is opened (contract, section 2).
    """

    def __init__(self, path: str, code: str) -> None:
        why = (
            "the portal's mobile application opens no paths. Show the data in the application itself"
            if code == "METHOD_NOT_SUPPORTED_ON_DEVICE"
            else "the portal opens /crm/deal/, /crm/lead/, /crm/contact/, /crm/company/, /crm/type/N/, /marketplace/, "
            "/company/personal/user/N/ and /workgroups/group/N/ and what is below them"
        )
        super().__init__(f"BX24.openPath: {path!r} was not opened ({code}): {why}.")
        self.path = path
        self.code = code


class ScriptError(BX24Error):
    """A script could not be loaded.

    Attributes:
        address: as it was given.
    """

    def __init__(self, address: str) -> None:
        super().__init__(
            f"BX24.loadScript: {address} could not be loaded. Check the address, and that the page's "
            "Content-Security-Policy allows it."
        )
        self.address = address


class RestError(BX24Error):
    """The portal refused the call.

    Attributes:
        code: the portal's error code, such as `ACCESS_DENIED`.
        description: the portal's own words; may be empty.
        status: HTTP status of the answer. A failed command of a batch has the batch's status, 200
            (contract, section 3). 0 when nothing was sent, because the portal would refuse it.
        method: the REST method that was called.
    """

    advice = "The code and the text are the portal's; its documentation of the method lists them."

    def __init__(self, code: str, description: str, status: int, method: str) -> None:
        words = ": ".join(dict.fromkeys(part for part in (method, code, description) if part))
        where = f" (HTTP {status})" if status else ""
        super().__init__(f"{words}{where}. {self.advice}")
        self.code = code
        self.description = description
        self.status = status
        self.method = method


class AuthError(RestError):
    """The access token is missing, wrong or expired."""

    advice = "Reload the application's page so that the portal gives it a new token."


class AccessError(RestError):
    """The application or the current user may not do this."""

    advice = "Check the application's permissions (scope) and the rights of the current user."


class MethodNotFoundError(RestError):
    """The portal has no such REST method."""

    advice = "Check the spelling, and that the portal's edition and the application's permissions include it."


class RateLimitError(RestError):
    """Too many requests.

    With `QUERY_LIMIT_EXCEEDED` this one was not executed (contract, section 3). `OVERLOAD_LIMIT` does not say.
    """

    advice = "Call less often, or put several calls into one call_batch."

    def __init__(self, code: str, description: str, status: int, method: str) -> None:
        never = code.upper() == "QUERY_LIMIT_EXCEEDED"
        self.advice = f"{'It was not executed' if never else 'It may have been executed'}. {type(self).advice}"
        super().__init__(code, description, status, method)


class OperationTimeLimitError(RestError):
    """The method has used up its working time of the last ten minutes.

    Attributes:
        operating_reset_at: when the portal frees some of it, in seconds since the epoch, as told by the last
            good answer of this method; None when there was none.
    """

    advice = "Wait until operating_reset_at, and ask for less at a time."

    def __init__(
        self, code: str, description: str, status: int, method: str, operating_reset_at: float | None = None
    ) -> None:
        super().__init__(code, description, status, method)
        self.operating_reset_at = operating_reset_at


class ServerError(RestError):
    """The portal failed while working on the call (5xx)."""

    advice = "It may have been executed in part: check before repeating a call that writes."


# Codes of the contract (section 3) and of the official page on common errors, in lower case.
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
    **dict.fromkeys(("internal_server_error", "error_unexpected_answer"), ServerError),
}


_BY_STATUS: dict[int, type[RestError]] = {401: AuthError, 403: AccessError, 429: RateLimitError}


def rest_error(code: str, description: str, status: int, method: str) -> RestError:
    """Make the error for what the portal answered: by its code, else by its status."""
    by_status = ServerError if status >= 500 else _BY_STATUS.get(status, RestError)
    if not code and status == 404:
        by_status = MethodNotFoundError
    if not code and "access denied" in description.lower():  # CRM methods say it without a code
        by_status = AccessError
    return _CLASSES.get(code.lower(), by_status)(code, description, status, method)
