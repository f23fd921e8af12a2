"""Errors: what they say to the user of an application."""

from __future__ import annotations

import pytest

from bx24py import (
    AccessError,
    BadResponseError,
    BX24Error,
    CallTimeoutError,
    InitTimeoutError,
    MethodNotFoundError,
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


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("crm.deal.lst", "crm.deal.list"),
        ("crm.deals.list", "crm.deal.list"),
        ("tasks.task.getField", "tasks.task.getFields"),
    ],
)
def test_a_wrong_method_name_suggests_the_right_one(wrong: str, right: str) -> None:
    error = rest_error("ERROR_METHOD_NOT_FOUND", "Method not found!", 404, wrong)
    assert isinstance(error, MethodNotFoundError)
    assert error.suggestions[0] == right
    assert f"Did you mean {right}" in str(error)


def test_nothing_is_suggested_for_a_name_that_is_right_or_like_no_other() -> None:
    for name in ("crm.deal.list", "qqq.zzz"):
        assert "Did you mean" not in str(rest_error("ERROR_METHOD_NOT_FOUND", "", 404, name))


def test_a_missing_scope_is_named() -> None:
    error = rest_error("insufficient_scope", "The request requires higher privileges", 401, "tasks.task.list")
    assert isinstance(error, AccessError)
    assert error.scope == "task"
    assert "scope) 'task'. Give it in the application's settings" in str(error)
