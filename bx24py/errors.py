"""Every error that awaiting a call of bx24py can raise.

BX24Error
├─ NotInBrowserError          imported outside Pyodide
├─ NotInPortalError           BX24 is missing or null: the page was opened outside a portal
├─ InitTimeoutError           (also TimeoutError) the portal did not answer
├─ CallTimeoutError           (also TimeoutError) no answer in time; says whether it may have been executed
├─ NetworkError               the request did not get through
├─ BadResponseError           not JSON, or an empty batch answer; keeps status and the first 500 characters
├─ NotExecutedError           skipped: an earlier command of a halting batch failed
├─ WriteRefusedError          a function given to `on_write` refused it; nothing was sent
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

A message says what was called, what came back and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .batch_results import BatchResults
from .complaint import Complaint

_KEPT_TEXT = 500
_TROUBLE = "The portal has a problem. Try again in a few minutes."
_NO_ANSWER = "The portal did not answer in time. Try again."
_TOO_MANY = "The portal has had too many requests. Wait a minute, then try again."
_SENT = "It was sent and may have been executed: check before repeating a call that writes."


class BX24Error(Exception):
    """Base of all errors of bx24py.

    Attributes:
        results: where a `call_batch` failed as a whole, what is known of each of its commands. Else empty.
        maybe_executed: whether the portal may have executed the call, or some commands of the batch, nevertheless.
        rows: where a `call_list` could not be read to its end, the rows read so far. Else empty.
        resume: where a `call_list` or a `fetch_list` could not be read to its end, the parameters with which the same
            call reads the rest: with a filter for ids beyond the last one read, or with `start`. Else None.
    """

    results = BatchResults()
    maybe_executed = False
    rows: Sequence[Any] = ()
    resume: Mapping[str, Any] | None = None
    _user_message = ""

    @property
    def user_message(self) -> str:
        """What to show to the user of an application, in English: why it did not work, and what helps.

        Of an error that only the portal knows, its own description in the portal's language. The error's text, by
        `str`, is for the author of the application, and names methods and parameters.
        """
        return self._user_message or _TROUBLE


class NotInBrowserError(BX24Error):
    """The call needs a browser: this Python is not Pyodide."""

    def __init__(self) -> None:
        super().__init__(
            "bx24py drives the BX24 object of a page and works only in a browser (Pyodide). "
            "Open the application with `bx24py serve`, or use a fake client in a unit test."
        )


class NotInPortalError(BX24Error):
    """There is no usable BX24 object: it is missing, null, or lacks the function."""

    _user_message = "This page works inside Bitrix24. Open it from the menu or a card of your Bitrix24."


class InitTimeoutError(BX24Error, TimeoutError):
    """The portal did not answer the library's request for its data in time."""

    _user_message = _NO_ANSWER

    def __init__(self, timeout: float) -> None:
        super().__init__(
            f"the portal did not answer BX24.init within {timeout:g} s, so nothing was sent. "
            "Open the page as an application of the portal, or reload it."
        )


class CallTimeoutError(BX24Error, TimeoutError):
    """No answer came in time.

    Attributes:
        maybe_executed: whether the request was sent, so that the portal may have executed it.
    """

    _user_message = _NO_ANSWER

    def __init__(self, called: str, timeout: float, *, maybe_executed: bool, sent: str = _SENT) -> None:
        fate = sent if maybe_executed else "It was not sent, so it was not executed."
        super().__init__(f"{called}: no answer within {timeout:g} s. {fate}")
        self.maybe_executed = maybe_executed


class NetworkError(BX24Error):
    """The request failed, or the connection broke before the answer was complete."""

    maybe_executed = True
    _user_message = "The connection failed. Check that you are online, then try again."

    def __init__(self, called: str) -> None:
        super().__init__(
            f"{called}: the connection failed, or broke before the answer was complete. "
            "It may have been executed: check before repeating a call that writes."
        )


class BadResponseError(BX24Error):
    """The answer is not one of the REST interface: not JSON, or an empty batch answer.

    Attributes:
        status: HTTP status of the answer.
        text: the first 500 characters of the answer.
    """

    maybe_executed = True

    def __init__(self, called: str, status: int, text: str, why: str) -> None:
        super().__init__(
            f"{called}: {why} (HTTP {status}). The portal, or a proxy in front of it, has a problem. "
            "It may have been executed: check before repeating a call that writes."
        )
        self.status = status
        self.text = text[:_KEPT_TEXT]


class NotExecutedError(BX24Error):
    """The command was not sent: an earlier one of its halting batch failed, or the batch before it as a whole."""


class WriteRefusedError(BX24Error):
    """A function given to `on_write` refused the call or batch, or failed; nothing was sent.

    Raise it in such a function to refuse with a reason. The user sees that reason: it is the `user_message`.

    Attributes:
        reason: the text that the function raised it with; empty if it returned False, or raised another error, which is
            the `__cause__`.
    """

    _user_message = "The change was not allowed. Nothing was changed."

    def __init__(self, reason: str = "", *, text: str = "") -> None:
        super().__init__(text or reason)
        self.reason = reason
        self._user_message = reason or self._user_message


class UnknownCommandError(BX24Error):
    """The placement has no such command, or BX24 has a function of that name and does not pass the command on.

    Attributes:
        command: its name.
        commands: the placement's commands.
    """

    def __init__(self, command: str, commands: tuple[str, ...], *, swallowed: bool = False) -> None:
        why = (
            "is a function of BX24, which does not pass on such a command; call the client's function instead"
            if swallowed
            else "is not a command of this placement"
        )
        super().__init__(f"BX24.placement.call: {command!r} {why}. {_listed('commands', commands)}")
        self.command = command
        self.commands = commands


class UnknownEventError(BX24Error):
    """The placement has no such event.

    Attributes:
        event: its name.
        events: the placement's events.
    """

    def __init__(self, event: str, events: tuple[str, ...]) -> None:
        super().__init__(
            f"BX24.placement.bindEvent: {event!r} is not an event of this placement. {_listed('events', events)}"
        )
        self.event = event
        self.events = events


def _listed(what: str, names: tuple[str, ...]) -> str:
    return f"Its {what}: {', '.join(names)}." if names else f"It has no {what}."


class CommandError(BX24Error):
    """A command of the placement failed.

    Attributes:
        command: its name.
        code: the portal's text, such as `Call card is undefined`.
    """

    def __init__(self, command: str, code: str) -> None:
        super().__init__(
            f"BX24.placement.call: {command!r} failed: {code}. See the portal's documentation of the command."
        )
        self.command = command
        self.code = code


class PathNotAvailableError(BX24Error):
    """The portal does not open this path.

    Attributes:
        path: as passed.
        code: the portal's code: `PATH_NOT_AVAILABLE`, or `METHOD_NOT_SUPPORTED_ON_DEVICE` in the mobile application,
            which opens no paths (contract, section 2).
    """

    _user_message = "The portal does not let this application open that page. Find it in the portal's menu."

    def __init__(self, path: str, code: str) -> None:
        why = (
            "the portal's mobile application opens no paths. Show the data in the application itself"
            if code == "METHOD_NOT_SUPPORTED_ON_DEVICE"
            else "the portal only opens paths that start with /crm/deal/, /crm/lead/, /crm/contact/, /crm/company/, "
            "/crm/type/N/, /marketplace/, /company/personal/user/N/ or /workgroups/group/N/"
        )
        super().__init__(f"BX24.openPath: {path!r} was not opened ({code}): {why}.")
        self.path = path
        self.code = code


class ScriptError(BX24Error):
    """A script could not be loaded.

    Attributes:
        address: as passed.
    """

    def __init__(self, address: str) -> None:
        super().__init__(
            f"BX24.loadScript: {address} could not be loaded. Check the URL, and that the page's "
            "Content-Security-Policy allows it."
        )
        self.address = address


class RestError(BX24Error):
    """The portal refused the call.

    Attributes:
        code: the portal's error code, such as `ACCESS_DENIED`.
        description: the portal's text; may be empty.
        status: HTTP status of the answer. A failed command of a batch has the batch's status, 200
            (contract, section 3). 0 if nothing was sent, because the portal would refuse it.
        method: the REST method that was called.
        validation: what REST 3.0 has against each parameter.
    """

    validation: tuple[Complaint, ...] = ()

    advice = "The code and text are the portal's; see its documentation of the method."

    def __init__(self, code: str, description: str, status: int, method: str) -> None:
        words = ": ".join(dict.fromkeys(part for part in (method, code, description) if part))
        where = f" (HTTP {status})" if status else ""
        super().__init__(f"{words}{where}. {self.advice}")
        self.code = code
        self.description = description
        self.status = status
        self.method = method

    def _complain(self, validation: tuple[Complaint, ...]) -> None:
        """Name what is wrong with the parameters in the text."""
        self.validation = validation
        self.args = (str(self).replace(self.advice, f"{'; '.join(map(str, validation))}. {self.advice}"),)

    @property
    def user_message(self) -> str:
        """As of every error."""
        missing = "ENTITYNOTFOUND" in self.code or (not self.code and "not found" in self.description.lower())
        if missing:  # as REST 3.0 and the CRM say it
            return "It does not exist, or has been deleted."
        said = ": ".join(filter(None, (self.description, "; ".join(one.message for one in self.validation))))
        return self._user_message or (f"The portal says: “{said}”." if said else _TROUBLE)


class AuthError(RestError):
    """The access token is missing, wrong or expired."""

    _user_message = "Your session has ended. Reload the page to begin a new one."
    advice = "Reload the application's page to get a new token."


class AccessError(RestError):
    """The application or the current user is not allowed to do this.

    Attributes:
        scope: the permission that the application lacks (`insufficient_scope`); else empty.
    """

    scope = ""
    advice = "Check the application's permissions (scope) and the rights of the current user."

    def _needs(self, scope: str) -> None:
        """Name the missing permission in the text."""
        self.scope = scope
        advice = (
            f"The application lacks the permission (scope) {scope!r}. Give it in the application's settings in the "
            "portal (Developer resources, Integrations, Assign permissions), then reload the page."
        )
        self.args = (str(self).replace(self.advice, advice),)

    @property
    def user_message(self) -> str:
        """As of every error."""
        if self.code.lower() == "insufficient_scope":
            return "The application lacks a permission. Ask an administrator to give it."
        return "You do not have the rights for it. Ask the person responsible or an administrator."


class MethodNotFoundError(RestError):
    """The portal has no such REST method.

    Attributes:
        suggestions: names of similar methods, the most similar first.
    """

    suggestions: tuple[str, ...] = ()

    _user_message = "This portal does not offer it to applications."
    advice = "Check the spelling, the portal's edition and the application's permissions."

    def __init__(self, code: str, description: str, status: int, method: str) -> None:
        self._only_here = description.startswith(f"The local portal does not have {method.lower()}:")
        if self._only_here:
            self.advice = "It will work in a portal that has the method."
        super().__init__(code, description, status, method)

    def _suggest(self, names: tuple[str, ...]) -> None:
        """Name similar methods in the text."""
        self.suggestions = names
        if names and not self._only_here:
            self.args = (f"{self} Did you mean {' or '.join(names)}?",)


class RateLimitError(RestError):
    """Too many requests.

    With `QUERY_LIMIT_EXCEEDED` this one was not executed (contract, section 3). With `OVERLOAD_LIMIT` that is unknown.
    """

    _user_message = _TOO_MANY
    advice = "Call less often, or put several calls into one call_batch."

    def __init__(self, code: str, description: str, status: int, method: str) -> None:
        never = code.upper() == "QUERY_LIMIT_EXCEEDED"
        self.advice = f"{'It was not executed' if never else 'It may have been executed'}. {type(self).advice}"
        super().__init__(code, description, status, method)
        self.maybe_executed = not never


class OperationTimeLimitError(RestError):
    """The method has used up its working time for the last ten minutes.

    Attributes:
        operating_reset_at: when the portal frees some of it, in seconds since the epoch, from the last
            good answer of this method; None if there was none.
    """

    _user_message = _TOO_MANY
    advice = "Wait until operating_reset_at, and request less at a time."

    def __init__(
        self, code: str, description: str, status: int, method: str, operating_reset_at: float | None = None
    ) -> None:
        super().__init__(code, description, status, method)
        self.operating_reset_at = operating_reset_at


class ServerError(RestError):
    """The portal failed while working on the call (5xx)."""

    maybe_executed = True
    _user_message = _TROUBLE
    advice = "It may have been partly executed: check before repeating a call that writes."
