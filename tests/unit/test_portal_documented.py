"""What the local portal says about methods that it does not have."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from bx24py.dev.portal import documented
from bx24py.dev.portal.activity import Activity
from bx24py.dev.portal.methods import METHODS
from bx24py.dev.portal.portal import Portal
from bx24py.errors import MethodNotFoundError
from tests.unit.rest_client import Caller


def error_of(name: str) -> MethodNotFoundError:
    answer = Caller()(name)
    return MethodNotFoundError(answer.data["error"], answer.data["error_description"], answer.status, name)


def test_a_documented_method_is_lacking_here_and_how_to_add_it() -> None:
    error = error_of("sale.order.list")
    assert (error.code, error.status) == ("ERROR_METHOD_NOT_FOUND", 404)
    assert error.description.startswith("The local portal does not have sale.order.list: add a route in fixtures.py:")
    assert '    portal.rest.route("sale.order.list").respond({})' in error.description.splitlines()
    assert "spelling" not in str(error)
    assert error.user_message == "This portal does not offer it to applications."


def test_the_lines_work() -> None:
    portal = Portal(deals=0)
    words = documented.missing("sale.order.list") or ""
    names: dict[str, object] = {}
    exec(words.partition("\n\n")[2].partition("\n\n")[0], names)
    names["script"](portal)  # type: ignore[operator]
    caller = Caller()
    caller.rest = portal.rest
    caller.token = portal.state.tokens.issue()["AUTH_ID"]
    assert caller("sale.order.list").result == []


@pytest.mark.parametrize(("name", "hint"), [("crm.deal.lst", "crm.deal.list"), ("crm.timeline.comment.xyz", "")])
def test_a_name_beside_documented_ones_may_be_either(name: str, hint: str) -> None:
    error = error_of(name)
    assert error.description.startswith(f"The local portal does not have {name}")
    assert hint in error.description
    assert "route" in error.description
    assert "Check the spelling" in str(error)


@pytest.mark.parametrize("name", ["nope", "no.such.method", "crm", ""])
def test_a_name_like_no_other_is_a_misspelling(name: str) -> None:
    error = error_of(name)
    assert error.description == "Method not found!"
    assert "Check the spelling" in str(error)


def test_the_log_says_it() -> None:
    portal = Portal(deals=0)
    caller = Caller()
    caller.rest = portal.rest
    caller.token = portal.state.tokens.issue()["AUTH_ID"]
    activity = Activity(portal, Mock(return_value={}))
    caller("sale.order.list")
    [call] = portal.rest.calls
    entry = activity.entry(f"rest{call.id}")
    assert entry is not None
    assert entry["why"].startswith("The local portal does not have sale.order.list")


def test_all_methods_here_are_documented() -> None:
    own = {"crm.item.fields", "crm.requisite.fields", "download", "methods", "profile", "scope", "upload"}
    assert set(METHODS) - documented.names() == own
