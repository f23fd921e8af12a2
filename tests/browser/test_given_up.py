"""A call that has ended never leaves the page again, and its time is that of the portal's silence alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import PAGE, PythonPage, wait_until

OpenApp = Callable[..., PythonPage]

RENEWAL = 0.6
"""Seconds that the portal takes to renew a token; its whole server stands still meanwhile."""

CALLS = """
calls = {
    "call_method": lambda n: bx24.call_method("test.count", {"n": n}, timeout=timeout),
    "call_batch": lambda n: bx24.call_batch([["test.count", {"n": n}], ["user.current"]], timeout=timeout),
    "with a file": lambda n: bx24.call_method("test.count", {"n": n, "f": File("a", b"x" * 100_000)}, timeout=timeout),
}
timeout = 30
"""


def count(app: PythonPage) -> list[str]:
    """Have a method that writes; give what it will have been called with."""
    counted: list[str] = []

    @app.portal.rest.method("test.count")
    def add(params: dict[str, Any], _call: object) -> bool:
        counted.append(params["n"])
        return True

    return counted


def renew_late(app: PythonPage) -> None:
    """Let all tokens be expired, and the portal take its time to renew one."""

    def renew(_params: object) -> Any:
        time.sleep(RENEWAL)
        return app.portal.state.tokens.issue()

    app.portal.frame.answer("refreshAuth", renew)
    app.portal.state.tokens.expire()


def renewed(app: PythonPage) -> None:
    """Wait until the library has got a token, and would have sent what waited for it."""
    wait_until(app.page, lambda: any(one.command == "refreshAuth" for one in app.portal.frame.sent), "a renewal")
    app.page.wait_for_timeout((RENEWAL + 0.3) * 1000)


WAYS = ["call_method", "call_batch", "with a file"]


@pytest.mark.parametrize("way", WAYS)
def test_cancelled_while_the_token_is_renewed_it_is_not_sent(app: PythonPage, way: str) -> None:
    counted = count(app)
    renew_late(app)
    ids = app.python(
        CALLS
        + """
cancelled = calls[way](1)
await asyncio.sleep(0.3)  # it has been refused by now, and the library asks for a token
others = [bx24.call_method("user.get", {"ID": n + 1}) for n in range(3)] + [calls[way](2)]
await asyncio.sleep(0.1)
cancelled.cancel()
return [result.data[0]["ID"] for result in (await asyncio.gather(*others))[:3]]
""",
        way=way,
    )
    assert ids == ["1", "2", "3"]  # those that wait for the same token go on
    renewed(app)
    assert counted == ["2"]


@pytest.mark.parametrize("way", WAYS)
def test_timed_out_while_the_token_is_renewed_it_was_not_executed_and_is_not_sent(app: PythonPage, way: str) -> None:
    counted = count(app)
    renew_late(app)
    name, text, _ = app.python(CALLS + "timeout = 0.3\nreturn await failure(calls[way](1))", way=way)
    assert name == "AuthError"
    assert "within 0.3 s. The call was not executed" in text
    renewed(app)
    assert counted == []
    assert app.python('return (await bx24.call_method("test.count", {"n": 3})).data') is True
    assert counted == ["3"]


def test_a_token_that_ran_out_by_the_librarys_clock_sends_nothing_that_was_given_up(open_app: OpenApp) -> None:
    app = open_app({"index.html": PAGE})
    counted = count(app)
    app.portal.state.tokens.lifetime = 1
    app.python("await bx24.refresh_auth()")
    app.portal.state.tokens.lifetime = 3600
    app.page.wait_for_timeout(1100)
    renew_late(app)
    name, text, _ = app.python(CALLS + "timeout = 0.3\nreturn await failure(calls['call_method'](1))")
    assert name == "AuthError"
    assert "The call was not executed" in text
    renewed(app)
    assert app.python(CALLS + "return (await calls['call_method'](2)).data") is True
    assert counted == ["2"]


def test_what_the_librarys_own_guard_holds_is_not_sent_after_it_was_cancelled(open_app: OpenApp) -> None:
    app = open_app({"index.html": PAGE})  # its library lets 90 requests through (contract, section 4, number 9)
    app.portal.rest.limits.enabled = False
    counted = count(app)
    seconds = app.python(
        """
        import time
        bx24.limits = Limits(capacity=float("inf"))
        first = asyncio.gather(*[bx24.call_method("user.current") for n in range(92)])
        held = [bx24.call_method("test.count", {"n": n}) for n in range(3)]
        late = bx24.call_method("test.count", {"n": 3}, timeout=1)
        await asyncio.sleep(0.1)
        for call in held:
            call.cancel()
        begun = time.monotonic()
        assert (await late).data is True  # the guard holds it for longer than its second: the portal is not silent
        await first
        return time.monotonic() - begun
        """
    )
    assert seconds > 1
    assert counted == ["3"]


def test_waiting_for_the_portals_limit_is_not_the_portals_silence(app: PythonPage) -> None:
    seconds = app.python(
        """
        import time
        client = BX24(timeout=1, limits=Limits(capacity=5, per_second=10))
        begun = time.monotonic()
        results = await asyncio.gather(*[client.call_method("user.current") for n in range(30)])
        assert len(results) == 30
        return time.monotonic() - begun
        """
    )
    assert seconds > 2


def test_a_call_that_the_portal_does_not_answer_still_ends_in_time(app: PythonPage) -> None:
    app.portal.rest.route("test.silent").never()
    name, text, attributes = app.python('return await failure(bx24.call_method("test.silent", timeout=0.5))')
    assert (name, attributes["maybe_executed"]) == ("CallTimeoutError", True)
    assert "may have been executed" in text
