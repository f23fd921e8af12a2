"""Words for errors that tell the reader what to do."""

from __future__ import annotations

from bx24py import (
    AuthError,
    BadResponseError,
    BX24Error,
    NetworkError,
    PathNotAvailableError,
    RateLimitError,
    ServerError,
)


def not_saved(error: BX24Error) -> str:
    """Return that the changes were not saved, or that this is uncertain."""
    match error:
        case NetworkError() | TimeoutError() | ServerError() | BadResponseError():
            first = "It is not certain that your changes were saved."
        case RateLimitError(code="OVERLOAD_LIMIT") | AuthError(code="expired_token"):  # the token may still be renewed
            first = "It is not certain that your changes were saved."
        case _:
            first = "Not saved."
    return f"{first} {error.user_message} What you entered is still here."


def not_opened(error: BX24Error) -> str:
    """Return why a portal page did not open."""
    match error:
        case PathNotAvailableError(code="METHOD_NOT_SUPPORTED_ON_DEVICE"):
            return "The mobile application cannot open that page from here."
        case PathNotAvailableError():
            return "The portal does not let this application open that page. Find it in the portal's menu."
        case _:
            return f"The page did not open. {error.user_message}"
