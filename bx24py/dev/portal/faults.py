"""The errors of a portal's REST server, with their usual statuses and descriptions."""

from __future__ import annotations

from typing import Any

FAULTS: dict[str, tuple[int, str]] = {
    "NO_AUTH_FOUND": (401, "Wrong authorization data"),
    "invalid_token": (401, "Unable to get application by token"),
    "expired_token": (401, "The access token provided has expired."),
    "insufficient_scope": (
        403,
        "The request requires higher privileges than provided by the access token",
    ),
    "ACCESS_DENIED": (403, "Access denied!"),
    "INVALID_CREDENTIALS": (403, "Invalid request credentials"),
    "WRONG_AUTH_TYPE": (403, "Current authorization type is denied for this method"),
    "user_access_error": (403, "The user does not have access to the application"),
    "allowed_only_intranet_user": (403, "Action is allowed for intranet users only"),
    "ERROR_METHOD_NOT_FOUND": (404, "Method not found!"),
    "ERROR_MANIFEST_IS_NOT_AVAILABLE": (404, "Manifest is not available"),
    "ERROR_BATCH_METHOD_NOT_ALLOWED": (405, "Method is not allowed for batch usage"),
    "ERROR_BATCH_LENGTH_EXCEEDED": (400, "Max batch length exceeded"),
    "ERROR_CORE": (400, "Internal error"),
    "INVALID_REQUEST": (400, "Invalid request"),
    "OPERATION_TIME_LIMIT": (429, "Method is blocked due to operation time limit."),
    "INTERNAL_SERVER_ERROR": (500, "Internal server error"),
    "ERROR_UNEXPECTED_ANSWER": (500, "Server returned an unexpected response"),
    "PORTAL_DELETED": (500, "Portal was deleted"),
    "QUERY_LIMIT_EXCEEDED": (503, "Too many requests"),
    "OVERLOAD_LIMIT": (503, "REST API is blocked due to overload"),
}
"""Error code: HTTP status and usual description (contract, section 3; documentation, "System errors")."""


class RestFault(Exception):  # noqa: N818 - named for the portal's answer, not for a failure here
    """An error that the portal answers with: `{"error": code, "error_description": description}`.

    Args:
        code: the `error` field; may be empty, as for many crm methods.
        description: the `error_description` field; default: the code's usual description.
        status: the HTTP status; default: the code's usual status, else 400.
        extra: more fields of the answer, such as `argument` of placement.bind.
    """

    def __init__(
        self,
        code: str,
        description: str | None = None,
        status: int | None = None,
        *,
        extra: dict[str, Any] | None = None,
    ) -> None:
        usual_status, usual_description = FAULTS.get(code, (400, code))
        self.code = code
        self.description = usual_description if description is None else description
        self.status = usual_status if status is None else status
        self.extra = extra or {}
        super().__init__(f"{self.code or '(no code)'}: {self.description} ({self.status})")

    def answer(self) -> dict[str, Any]:
        """Return the fields of the answer."""
        return {"error": self.code, "error_description": self.description, **self.extra}
