"""Words for errors that tell the reader what to do."""

from __future__ import annotations

from bx24py import (
    AccessError,
    AuthError,
    BadResponseError,
    BX24Error,
    MethodNotFoundError,
    NetworkError,
    OperationTimeLimitError,
    PathNotAvailableError,
    RateLimitError,
    RestError,
    ServerError,
)

NO_RIGHTS = "You do not have the rights for it. Ask the person responsible or an administrator."


def reason(error: BX24Error) -> str:
    """Return why something failed, and what to do."""
    match error:
        case AccessError(code="insufficient_scope"):
            return "The application may not use the CRM. Ask an administrator to give it the permission “crm”."
        case AccessError():
            return NO_RIGHTS
        case AuthError():
            return "Your session has ended. Reload the page to begin a new one."
        case RateLimitError() | OperationTimeLimitError():
            return "The portal has had too many requests. Wait a minute, then try again."
        case MethodNotFoundError():
            return "This portal does not offer it to applications."
        case NetworkError():
            return "The connection failed. Check that you are online, then try again."
        case TimeoutError():
            return "The portal did not answer in time. Try again."
        case ServerError() | BadResponseError():
            return "The portal has a problem. Try again in a few minutes."
        # The CRM's own errors have no code, only a text.
        case RestError(code="", description=text) if "access denied" in text.lower():
            return NO_RIGHTS
        case RestError(code="", description=text) if "not found" in text.lower():
            return "It does not exist, or has been deleted."
        case RestError(description=text) if text:
            return f"The portal says: “{text}”."
        case _:
            return "The portal has a problem. Try again in a few minutes."


def not_saved(error: BX24Error) -> str:
    """Return that the changes were not saved, or that this is uncertain."""
    match error:
        case NetworkError() | TimeoutError() | ServerError() | BadResponseError():
            first = "It is not certain that your changes were saved."
        case RateLimitError(code="OVERLOAD_LIMIT") | AuthError(code="expired_token"):  # the token may still be renewed
            first = "It is not certain that your changes were saved."
        case _:
            first = "Not saved."
    return f"{first} {reason(error)} What you entered is still here."


def not_opened(error: BX24Error) -> str:
    """Return why a portal page did not open."""
    match error:
        case PathNotAvailableError(code="METHOD_NOT_SUPPORTED_ON_DEVICE"):
            return "The mobile application cannot open that page from here."
        case PathNotAvailableError():
            return "The portal does not let this application open that page. Find it in the portal's menu."
        case _:
            return f"The page did not open. {reason(error)}"
