"""The errors of REST 3.0: `{"error": {"code", "message", "validation"?}}`, where the code is the name of a class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bx24py.dev.portal.faults import FAULTS, RestFault

PREFIX = "BITRIX_REST_V3_EXCEPTION_"
"""What the portal's own codes start with; a module's codes may start with something else."""

V3_FAULTS: dict[str, tuple[int, str]] = {
    "VALIDATION_REQUESTVALIDATIONEXCEPTION": (400, "Error during request object validation"),
    "INVALIDJSONEXCEPTION": (400, "The request body is not valid JSON"),
    "UNKNOWNDTOPROPERTYEXCEPTION": (400, "Unknown field"),
    "UNKNOWNFILTEROPERATOREXCEPTION": (400, "Unknown filter operator"),
    "INVALIDFILTEREXCEPTION": (400, "Unable to recognize filter expression"),
    "INVALIDORDEREXCEPTION": (400, "Unable to recognize sorting parameter"),
    "INVALIDSELECTEXCEPTION": (400, "Unable to recognize select expression"),
    "INVALIDPAGINATIONEXCEPTION": (400, "Unable to recognize pagination parameter"),
    "INVALIDIDEMPOTENCYKEYEXCEPTION": (400, "The idempotency key must be 1 to 255 printable ASCII characters"),
    "ENTITYNOTFOUNDEXCEPTION": (400, "Record not found"),
    "ACCESSDENIEDEXCEPTION": (403, "Access denied"),
    "INSUFFICIENTSCOPEEXCEPTION": (403, "Insufficient access rights: required scope is missing"),
    "METHODNOTFOUNDEXCEPTION": (404, "Method not found"),
    "IDEMPOTENCYKEYREUSEDEXCEPTION": (422, "The idempotency key was already used with another request body"),
    "INTERNAL_INTERNALEXCEPTION": (500, "Internal error"),
}
"""Code without the prefix: HTTP status and usual message (contract, section 6)."""


class V3Fault(RestFault):
    """An error in the shape of REST 3.0.

    Args:
        code: with or without the prefix.
        message: default: the code's usual message.
        status: the HTTP status; default: the code's usual status, else 400.
        validation: a field and a complaint each; a field may be empty.
    """

    def __init__(
        self,
        code: str,
        message: str | None = None,
        status: int | None = None,
        *,
        validation: Sequence[tuple[str, str]] = (),
    ) -> None:
        usual_status, usual_message = V3_FAULTS.get(code.removeprefix(PREFIX), (400, code))
        full = PREFIX + code if code in V3_FAULTS else code
        super().__init__(full, message or usual_message, usual_status if status is None else status)
        self.validation = tuple(validation)

    def answer(self) -> dict[str, Any]:
        """Return the fields of the answer."""
        error: dict[str, Any] = {"code": self.code, "message": self.description}
        if self.validation:
            error["validation"] = [
                {"field": field, "message": message} if field else {"message": message}
                for field, message in self.validation
            ]
        return {"error": error}


def fault(code: str, message: str | None = None, status: int | None = None) -> RestFault:
    """Return an error for a script: codes of the gateway in front have the old shape, all others the new one."""
    return RestFault(code, message, status) if code in FAULTS else V3Fault(code, message, status)


def invalid(*complaints: tuple[str, str]) -> V3Fault:
    """Return the error about parameters: a field and a complaint each."""
    return V3Fault("VALIDATION_REQUESTVALIDATIONEXCEPTION", validation=complaints)


def missing(*fields: str) -> V3Fault:
    """Return the error about parameters that are required and absent."""
    return invalid(*((field, f"Required field `{field}` is not specified") for field in fields))


def unknown_field(name: str, dto: str) -> V3Fault:
    """Return the error about a field that an object does not have."""
    return V3Fault("UNKNOWNDTOPROPERTYEXCEPTION", f"Unknown field `{name}` for entity `{dto}`")


def not_found(number: object) -> V3Fault:
    """Return the error about a row that does not exist."""
    return V3Fault("ENTITYNOTFOUNDEXCEPTION", f"Record with ID = `{number}` not found")
