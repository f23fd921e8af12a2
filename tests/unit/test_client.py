"""Calls, results, initialisation and tokens, with the bridge replaced."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from typing import Any

import pytest

import bx24py
from bx24py import (
    BX24,
    AccessError,
    CallTimeoutError,
    InitTimeoutError,
    NotExecutedError,
    NotInBrowserError,
    Result,
)

from .conftest import TIME, FakeBridge, run


def test_outside_a_browser_every_call_says_so() -> None:
    client = BX24()
    calls: list[Callable[[], object]] = [
        client.init,
        client.get_auth,
        client.refresh_auth,
        client.get_lang,
        client.get_domain,
        client.is_admin,
        lambda: client.call_method("user.current"),
        lambda: client.call_batch({"a": ["user.current", {}]}),
        lambda: client.call_batch([]),
        lambda: bx24py.bx24.call_method("user.current"),
    ]
    for call in calls:
        with pytest.raises(NotInBrowserError, match="bx24py serve"):
            call()


def test_a_method_brings_a_result(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        call = client.call_method("user.get", {"ACTIVE": True})
        assert page.sent[0].params == {"ACTIVE": 1}  # sent by the call, before anybody awaits
        page.sent[0].respond([{"ID": "1"}], total=120, next=50, time=TIME)
        result = await call
        assert (result.data, result.total, result.next, result.more, result.status) == (
            [{"ID": "1"}],
            120,
            50,
            True,
            200,
        )
        assert result.time is not None
        assert (result.time.duration, result.time.operating_reset_at) == (0.5, 1767225600)
        assert repr(result) == "<Result user.get: 1 items of 120>"

    run(main())


def test_a_refused_method_raises(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        call = client.call_method("crm.deal.add", {"fields": {}})
        page.sent[0].respond(status=403, error="insufficient_scope", error_description="The request needs more")
        with pytest.raises(AccessError) as caught:
            await call
        error = caught.value
        assert (error.code, error.description, error.status, error.method) == (
            "insufficient_scope",
            "The request needs more",
            403,
            "crm.deal.add",
        )
        assert "crm.deal.add: insufficient_scope: The request needs more (HTTP 403)" in str(error)
        assert "scope" in str(error)

    run(main())


def test_pages_follow_one_another(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        call = client.call_method("user.get", {"ACTIVE": True})
        page.sent[0].respond(["a"], total=2, next=50)
        first = await call
        following = first.next_page()
        assert (page.sent[1].method, page.sent[1].params) == ("user.get", {"ACTIVE": 1, "start": 50})
        page.sent[1].respond(["b"], total=2)
        second = await following
        assert second is not None
        assert (second.data, second.total, second.more) == (["b"], 2, False)
        assert await second.next_page() is None

    run(main())


@pytest.mark.parametrize("start", [50, -1, "100"])
def test_start_reaches_the_portal(client: BX24, page: FakeBridge, start: Any) -> None:
    async def main() -> None:
        params = {"start": start}
        call = client.call_method("crm.deal.list", params)
        assert page.sent[0].params == {"start": start}
        page.sent[0].respond(status=403, error="ACCESS_DENIED", error_description="no")
        with pytest.raises(AccessError) as caught:
            await call
        assert caught.value.method == "crm.deal.list"
        assert params == {"start": start}

    run(main())


@pytest.mark.parametrize(("timeout", "error"), [(0, ValueError), (-1, ValueError), ("5", TypeError), (True, TypeError)])
def test_wrong_timeouts_are_refused_by_the_call(
    client: BX24, page: FakeBridge, timeout: Any, error: type[Exception]
) -> None:
    for call in (
        lambda: client.call_method("user.current", timeout=timeout),
        lambda: client.call_batch([["user.current"]], timeout=timeout),
        lambda: client.batch(timeout=timeout),
        lambda: client.init(timeout=timeout),
        lambda: client.refresh_auth(timeout=timeout),
        lambda: BX24(timeout=timeout),
    ):
        with pytest.raises(error, match="^timeout: "):
            call()
    with pytest.raises(TypeError, match="^halt_on_error: "):
        client.call_batch([], halt_on_error=1)  # type: ignore[call-overload]
    assert page.sent == []


def test_the_next_page_of_a_failed_result_is_its_error() -> None:
    async def main() -> None:
        error = NotExecutedError("skipped")
        with pytest.raises(NotExecutedError):
            await Result("user.get", error=error).next_page()

    run(main())


def test_calls_before_the_initialisation_wait_and_go_in_order(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        page.initialised = False
        calls = [client.call_method(f"m.{number}") for number in range(5)]
        init = client.init()
        calls[2].cancel()
        assert page.sent == []
        assert page.on_ready is not None
        page.on_ready()
        await init
        await client.init()
        assert [sent.method for sent in page.sent] == ["m.0", "m.1", "m.3", "m.4"]
        for sent in page.sent:
            sent.respond(sent.method)
        assert [(await call).data for call in calls if not call.cancelled()] == ["m.0", "m.1", "m.3", "m.4"]

    run(main())


def test_an_init_that_times_out_fails_all_queued_calls(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        page.initialised = False
        calls = [client.call_method("user.current") for _ in range(5)]
        with pytest.raises(InitTimeoutError, match=r"0\.02 s"):
            await client.init(timeout=0.02)
        for call in calls:
            with pytest.raises(InitTimeoutError):
                await call
        assert page.sent == []
        # A portal that answers late is welcome: the next call goes through.
        assert page.on_ready is not None
        page.on_ready()
        later = client.call_method("user.current")
        page.sent[0].respond(1)
        assert (await later).data == 1

    run(main())


def test_queued_calls_end_without_anybody_asking_for_init(
    client: BX24, page: FakeBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bx24py.client.INIT_TIMEOUT", 0.02)
    client = BX24()

    async def main() -> None:
        page.initialised = False
        with pytest.raises(InitTimeoutError):
            await client.call_method("user.current")
        with pytest.raises(InitTimeoutError):
            await client.call_method("user.current")

    run(main())


@pytest.mark.parametrize("end", ["timed out", "cancelled", "cancelled with a call behind it"])
def test_calls_end_after_an_init_that_is_over(page: FakeBridge, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    monkeypatch.setattr("bx24py.client.INIT_TIMEOUT", 0.02)
    client = BX24(timeout=float("inf"))

    async def main() -> None:
        page.initialised = False
        init = client.init(timeout=0.01 if end == "timed out" else float("inf"))
        call = client.call_method("user.current") if "behind" in end else None
        if end == "timed out":
            with pytest.raises(InitTimeoutError):
                await init
        else:
            init.cancel()
        with pytest.raises(InitTimeoutError):
            await (call or client.call_method("user.current"))

    run(main())


def test_a_call_without_an_answer_times_out(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        with pytest.raises(CallTimeoutError, match=r"user.current: no answer within 0\.01 s") as caught:
            await client.call_method("user.current", timeout=0.01)
        assert caught.value.maybe_executed
        assert isinstance(caught.value, TimeoutError)
        page.sent[0].respond(1)  # too late, and dropped
        page.initialised = False
        with pytest.raises(CallTimeoutError, match="not executed") as caught:
            await BX24().call_method("user.current", timeout=0.01)
        assert not caught.value.maybe_executed
        assert page.on_ready is not None
        page.on_ready()

    run(main())


def test_cancelling_frees_the_callback_and_the_next_call_works(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await client.call_method("user.current")
        assert page.sent[0].forgotten
        assert not page.timers
        page.sent[0].respond("late")
        call = client.call_method("user.current")
        page.sent[1].respond("in time")
        assert (await call).data == "in time"

    run(main())


def test_an_answer_of_an_unknown_shape_ends_the_call(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        renewing = client.refresh_auth()
        page.sent[0].reply({"access_token": "secret", "expires_in": "tomorrow"})
        with pytest.raises(bx24py.BX24Error, match="BX24.refreshAuth: the answer could not be read"):
            await renewing

    run(main())


def test_auth_is_typed_and_hides_its_tokens(client: BX24, page: FakeBridge) -> None:
    auth = {
        "access_token": "secret-1",
        "refresh_token": "secret-2",
        "expires_in": 1720011727002,
        "domain": "acme.bitrix24.com",
        "member_id": "m1",
    }

    async def main() -> None:
        page.values["getAuth"] = False
        assert client.get_auth() is None
        page.values["getAuth"] = auth
        found = client.get_auth()
        assert found is not None
        assert (found.access_token, found.refresh_token, found.domain) == ("secret-1", "secret-2", "acme.bitrix24.com")
        assert found.expires_at.isoformat() == "2024-07-03T13:02:07.002000+00:00"
        assert "secret" not in repr(found)
        renewing = client.refresh_auth()
        page.sent[0].reply({**auth, "access_token": "secret-3"})
        assert (await renewing).access_token == "secret-3"
        with pytest.raises(CallTimeoutError, match="BX24.refreshAuth"):
            await client.refresh_auth(timeout=0.01)

    run(main())


def test_values_that_come_at_once(client: BX24, page: FakeBridge) -> None:
    assert (client.get_lang(), client.get_domain(), client.is_admin()) == ("", "", False)
    page.values.update(getLang="en", getDomain="acme.bitrix24.com", isAdmin=True)
    assert (client.get_lang(), client.get_domain(), client.is_admin()) == ("en", "acme.bitrix24.com", True)


def test_results_are_freed_when_they_are_dropped(client: BX24, page: FakeBridge) -> None:
    """Without the garbage collector's help: they may be large."""

    def alive() -> int:
        return sum(isinstance(one, Result) for one in gc.get_objects())

    async def check() -> None:
        gc.collect()
        gc.disable()
        before = alive()
        call = client.call_batch({"user": ["user.current"], "department": ["d", {"ID": "$result[user][ID]"}]})
        page.sent[0].respond_batch({"user": {"ID": 1}, "department": []}, next={"department": 50})
        results = await call
        assert alive() == before + 2
        del results, call
        page.sent.clear()
        await asyncio.sleep(0)
        assert alive() == before

    try:
        run(check())
    finally:
        gc.enable()
