"""Errors: what they say to the user of an application."""

from __future__ import annotations

import pytest

from bx24py import (
    BadResponseError,
    BX24Error,
    CallTimeoutError,
    InitTimeoutError,
    NetworkError,
    PathNotAvailableError,
    WriteRefusedError,
)
from bx24py.rest.answers import rest_error

TROUBLE = "The portal has a problem. Try again in a few minutes."
NO_RIGHTS = "You do not have the rights for it. Ask the person responsible or an administrator."


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NetworkError("user.get"), "The connection failed. Check that you are online, then try again."),
        (InitTimeoutError(3), "The portal did not answer in time. Try again."),
        (CallTimeoutError("user.get", 3, maybe_executed=True), "The portal did not answer in time. Try again."),
        (BadResponseError("user.get", 200, "<p>", "not JSON"), TROUBLE),
        (WriteRefusedError(text="user.get: refused"), "The change was not allowed. Nothing was changed."),
        (WriteRefusedError("Not on a Friday."), "Not on a Friday."),
        (BX24Error("what nobody foresaw"), TROUBLE),
        (PathNotAvailableError("/x/", "PATH_NOT_AVAILABLE"), "The portal does not let this application open"),
        (rest_error("NO_AUTH_FOUND", "", 401, "user.get"), "Your session has ended. Reload the page"),
        (rest_error("ACCESS_DENIED", "Access denied!", 403, "user.get"), NO_RIGHTS),
        (rest_error("", "Access denied.", 400, "crm.deal.get"), NO_RIGHTS),
        (rest_error("insufficient_scope", "", 403, "crm.deal.get"), "The application lacks a permission."),
        (rest_error("QUERY_LIMIT_EXCEEDED", "Too many", 503, "user.get"), "The portal has had too many requests."),
        (rest_error("OPERATION_TIME_LIMIT", "", 429, "user.get"), "The portal has had too many requests."),
        (rest_error("ERROR_METHOD_NOT_FOUND", "Method not found!", 404, "x.get"), "This portal does not offer it"),
        (rest_error("", "Not found", 400, "crm.deal.get"), "It does not exist, or has been deleted."),
        (rest_error("", "Поле занято", 400, "crm.deal.update"), "The portal says: “Поле занято”."),
        (rest_error("ERROR_CORE", "", 400, "crm.deal.update"), TROUBLE),
        (rest_error("INTERNAL_SERVER_ERROR", "SQL in table b_x", 500, "user.get"), TROUBLE),
    ],
)
def test_each_error_has_words_for_the_user(error: BX24Error, said: str) -> None:
    assert error.user_message.startswith(said)
    for word in ("user.get", "crm.deal", "HTTP", "SQL", "BX24"):
        assert word not in error.user_message
