import asyncio
import gc
from collections.abc import Callable
from typing import Any

import pytest

import bx24py
from bx24py import (
    BX24,
    AccessError,
    AuthError,
    BadResponseError,
    CallTimeoutError,
    InitTimeoutError,
    NotExecutedError,
    NotInBrowserError,
    RestError,
    Result,
)

from .conftest import FakeBridge, run

TIME = {
    "start": 1.5,
    "finish": 2.0,
    "duration": 0.5,
    "processing": 0.25,
    "date_start": "2026-01-01T00:00:00+00:00",
    "date_finish": "2026-01-01T00:00:01+00:00",
    "operating": 0.1,
    "operating_reset_at": 1767225600,
}


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


@pytest.mark.parametrize(
    "form", [["user.get", {"ID": 1}], ("user.get", {"ID": 1}), {"method": "user.get", "params": {"ID": 1}}]
)
def test_a_batch_of_a_mapping(client: BX24, page: FakeBridge, form: Any) -> None:
    async def main() -> None:
        call = client.call_batch({"one": form, "two": ["user.current"]}, halt_on_error=True)
        sent = page.sent[0]
        assert sent.halt is True
        assert [(c.key, c.method, c.params) for c in sent.params] == [
            ("one", "user.get", {"ID": 1}),
            ("two", "user.current", {}),
        ]
        sent.respond_batch(
            {"one": [1], "two": None}, total={"one": 70}, next={"one": 50}, time={"one": TIME, "two": TIME}
        )
        results = await call
        assert list(results) == ["one", "two"]
        assert (results["one"].data, results["one"].total, results["one"].next) == ([1], 70, 50)
        assert results["one"].time is not None
        assert results["two"].data is None
        assert results["two"].more is False

    run(main())


@pytest.mark.parametrize("keys", [[5, 7], ["5", "1"], ["a]", "b c"], ["приве", "т"], ["x", ""]])
def test_keys_that_would_not_arrive_are_sent_as_a_list_with_their_macros(
    client: BX24, page: FakeBridge, keys: list[Any]
) -> None:
    async def main() -> None:
        macro = f"$result[{keys[0]}][ID]" if "]" not in str(keys[0]) else "x"
        call = client.call_batch({keys[0]: ["user.current"], keys[1]: ["user.get", {"ID": macro}]})
        sent = page.sent[0]
        assert [command.key for command in sent.params] == [None, None]
        assert sent.params[1].params["ID"] in ("$result[0][ID]", "x")
        sent.respond_batch(["a", "b"])
        results = await call
        assert {key: result.data for key, result in results.items()} == {keys[0]: "a", keys[1]: "b"}

    run(main())


def test_nothing_to_send_is_answered_at_once(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        assert await client.call_batch({}) == {}
        assert await client.call_batch([]) == []
        assert await client.batch().run() == []
        assert page.sent == []

    run(main())


@pytest.mark.parametrize("halt", [False, True])
def test_a_failing_second_of_three(client: BX24, page: FakeBridge, halt: bool) -> None:
    async def main() -> None:
        call = client.call_batch([["a.b"], ["c.d"], ["e.f"]], halt_on_error=halt)
        error = {"error": "ERROR_CORE", "error_description": "broken"}
        page.sent[0].respond_batch(["one"] if halt else {"0": "one", "2": "three"}, {"1": error})
        first, second, third = await call
        assert first.data == "one"
        assert isinstance(second.error, RestError)
        with pytest.raises(RestError, match="c.d: ERROR_CORE: broken"):
            _ = second.data
        if halt:
            assert isinstance(third.error, NotExecutedError)
            with pytest.raises(NotExecutedError, match="e.f: not executed, because the command 1"):
                _ = third.data
        else:
            assert third.data == "three"

    run(main())


def test_a_batch_that_fails_as_a_whole_raises(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        call = client.call_batch({"a": ["user.current"]})
        page.sent[0].respond(status=401, error="expired_token", error_description="The access token has expired")
        with pytest.raises(AuthError) as caught:
            await call
        assert caught.value.status == 401

    run(main())


@pytest.mark.parametrize("result", [[], {}, None, "x", {"result": [], "result_error": []}])
def test_an_empty_batch_answer_raises(client: BX24, page: FakeBridge, result: Any) -> None:
    async def main() -> None:
        call = client.call_batch({"a": ["user.current"]}, retry=False)
        page.sent[0].respond(result)
        with pytest.raises(BadResponseError):
            await call

    run(main())


def test_a_command_that_the_answer_forgets_is_an_error_of_its_own(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        call = client.call_batch({"a": ["user.current"], "b": ["user.current"]})
        page.sent[0].respond_batch({"a": 1})
        results = await call
        assert isinstance(results["b"].error, BadResponseError)

    run(main())


def test_120_commands_are_three_batches_in_order(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        calls = [["user.get", {"ID": number}] for number in range(120)]
        calls[60][1] = {"ID": "$result[50][ID]"}
        call = client.call_batch(calls)
        for part in range(3):
            assert len(page.sent) == part + 1  # the next only after the answer
            sent = page.sent[part]
            sent.respond_batch([command.params["ID"] for command in sent.params])
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        assert page.sent[1].params[10].params == {"ID": "$result[0][ID]"}
        results = await call
        assert [result.data for result in results][:50] == list(range(50))
        assert len(results) == 120
        assert [len(sent.params) for sent in page.sent] == [50, 50, 20]

    run(main())


def test_halting_sends_nothing_after_a_batch_with_a_failure(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        call = client.call_batch({f"k{number}": ["user.get"] for number in range(60)}, halt_on_error=True)
        page.sent[0].respond_batch({"k0": 1}, {"k1": {"error": "X", "error_description": ""}})
        results = await call
        assert len(page.sent) == 1
        assert results["k0"].data == 1
        assert isinstance(results["k2"].error, NotExecutedError)
        assert isinstance(results["k59"].error, NotExecutedError)
        assert "'k1'" in str(results["k59"].error)

    run(main())


def test_a_later_batch_that_fails_leaves_the_results_before_it(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        call = client.call_batch([["user.get"]] * 60, retry=False)
        page.sent[0].respond_batch(list(range(50)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        page.sent[1].respond(status=500, error="INTERNAL_SERVER_ERROR")
        with pytest.raises(RestError) as caught:
            await call
        assert [result.data for result in caught.value.results.values()] == list(range(50))

    run(main())


def test_cancelling_several_batches_sends_no_more(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        call = client.call_batch([["user.get"]] * 60)
        call.cancel()
        assert page.sent[0].forgotten
        page.sent[0].respond_batch(list(range(50)))
        await asyncio.sleep(0.01)
        assert len(page.sent) == 1

    run(main())


@pytest.mark.parametrize(
    ("calls", "error", "words"),
    [
        ("user.current", TypeError, "calls: a mapping or a list"),
        (5, TypeError, "calls: a mapping or a list"),
        ({"a": "user.current"}, TypeError, "calls['a']: a command is"),
        ({"a": ["user.current", {}, 1]}, TypeError, "calls['a']: a command is"),
        ({"a": []}, TypeError, "calls['a']: a command is"),
        ({"a": {"method": "x", "parms": {}}}, TypeError, "calls['a']: a command is"),
        ({"a": {"params": {}}}, TypeError, "calls['a']: a command is"),
        ([["user.current", {"x": 1j}]], TypeError, "calls[0]: params['x']: "),
        ({"a": ["user current"]}, ValueError, "calls['a']: method: "),
        ({("a", 1): ["user.current"]}, TypeError, "calls: a key must be"),
        ({5: ["a.b"], "5": ["a.b"]}, ValueError, "the key '5' is there twice"),
        ({"a": ["x.y", {"ID": "$result[b][ID]"}]}, ValueError, "calls['a']: $result[b] names no command"),
        ({"a": ["x.y", {"ID": "$result[a][ID]"}]}, ValueError, "not executed before this one"),
        ({"a": ["x.y", {"ID": ["v $result[b]"]}], "b": ["x.y"]}, ValueError, "not executed before this one"),
        ([["x.y"]] * 50 + [["x.y", {"ID": "$result[49][ID]"}]], ValueError, "points into another batch"),
    ],
)
def test_wrong_commands_are_refused_by_the_call(
    client: BX24, page: FakeBridge, calls: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as caught:
        client.call_batch(calls)
    assert words in str(caught.value)
    assert page.sent == []


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


def test_the_builder_spells_the_macros(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        batch = client.batch(halt_on_error=True)
        user = batch.call("user.current")
        departments = batch.call("department.get", {"ID": user["UF_DEPARTMENT"]})
        batch.call("x.y", {"whole": user, "text": f"Mr {user['NAME']}", "deep": [departments[0]["ID"]]})
        with pytest.raises(RuntimeError, match="run"):
            _ = user.result
        running = batch.run()
        sent = page.sent[0]
        assert [command.params for command in sent.params] == [
            {},
            {"ID": "$result[0][UF_DEPARTMENT]"},
            {"whole": "$result[0]", "text": "Mr $result[0][NAME]", "deep": ["$result[1][0][ID]"]},
        ]
        sent.respond_batch([{"NAME": "Ann"}, [], 1])
        results = await running
        assert [result.method for result in results] == ["user.current", "department.get", "x.y"]
        assert user.result.data["NAME"] == "Ann"
        assert departments.result.data == []
        with pytest.raises(RuntimeError, match="already"):
            batch.run()
        with pytest.raises(RuntimeError, match="already"):
            batch.call("user.current")

    run(main())


def test_references_of_another_batch_are_refused(client: BX24, page: FakeBridge) -> None:
    user = client.batch().call("user.current")
    other = client.batch()
    with pytest.raises(
        ValueError, match=r"params\['ID'\]: <Reference \$result\[0\]\[ID\]> belongs to a command of another batch"
    ):
        other.call("user.get", {"ID": user["ID"]})
    assert len(other) == 0
    with pytest.raises(ValueError, match="another batch"):
        client.call_method("user.get", {"ID": user["ID"]})
    with pytest.raises(TypeError):
        user[None]  # type: ignore[index]
    with pytest.raises(ValueError, match="cannot be part"):
        user["a]b"]
    with pytest.raises(TypeError):
        list(user)  # type: ignore[call-overload]


def test_a_builder_whose_batch_failed_raises_its_error(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        batch = client.batch()
        user = batch.call("user.current")
        running = batch.run()
        page.sent[0].respond(status=401, error="NO_AUTH_FOUND")
        with pytest.raises(AuthError):
            await running
        with pytest.raises(AuthError):
            _ = user.result

    run(main())


def test_further_pages_of_a_command_with_a_macro_have_what_php_puts_there(client: BX24, page: FakeBridge) -> None:
    values = {
        "L": [1, True, None],
        "yes": True,
        "no": False,
        "null": None,
        "half": 0.5,
        "ten": 10.0,
        "large": 1e25,
        "d": {},
    }
    params = {
        "whole": "$result[me][L]",
        "true": "$result[me][yes]",
        "false": "$result[me][no]",
        "missing": "$result[me][NO]",
        "text": "<$result[me][yes]|$result[me][no]|$result[me][null]|$result[me][NO]|$result[me][L][0]|$result[me][L]>",
        "numbers": "$result[me][half] $result[me][ten] $result[me][large] $result[me][d]",
        "parts": [
            "$total[me]",
            "$next[me]",
            "$error[bad][error]",
            "$error[me]",
            "-$error[me]-",
            "$time[me][operating]",
        ],
        "typed": "$100 [EUR]",
    }

    async def main() -> None:
        call = client.call_batch({"me": ["user.current"], "bad": ["x.y"], "list": ["user.get", params]})
        page.sent[0].respond_batch(
            {"me": values, "list": []},
            {"bad": {"error": "NO", "error_description": "none"}},
            total={"me": 7},
            next={"me": 50, "list": 50},
            time={"me": {"operating": 1.5}},
        )
        following = (await call)["list"].next_page()
        assert page.sent[1].params == {
            "whole": [1, 1, ""],
            "true": 1,
            "false": "",
            "missing": "",
            "text": "<1||||1|Array>",
            "numbers": "0.5 10 1.0E+25 Array",
            "parts": [7, 50, "NO", "", "--", 1.5],
            "typed": "$100 [EUR]",
            "start": 50,
        }
        page.sent[1].respond(["x"])
        second = await following
        assert second is not None
        assert second.data == ["x"]

    run(main())


@pytest.mark.parametrize("word", ["result", "total", "next", "error", "time"])
def test_all_macros_name_earlier_commands_and_are_renamed(client: BX24, page: FakeBridge, word: str) -> None:
    async def main() -> None:
        call = client.call_batch({"a b": ["x.y"], "c": ["x.y", {"v": [f"${word}[a b][x] and ${word}[a b]"]}]})
        assert page.sent[0].params[1].params == {"v": [f"${word}[0][x] and ${word}[0]"]}
        call.cancel()
        for target, why in (
            ("d", r"names no command of this batch \(params\['v'\]\[0\]\), but the portal would replace it"),
            ("c", "not executed"),
        ):
            with pytest.raises(ValueError, match=rf"^calls\['c'\]: \${word}\[{target}\] .*{why}"):
                client.call_batch({"a": ["x.y"], "c": ["x.y", {"v": [f"${word}[{target}]"]}]})
        with pytest.raises(ValueError, match="alone, with call_method"):
            client.call_batch([["x.y"], ["x.y", {"v": f"${word.upper()}[0]"}]])
        assert len(page.sent) == 1

    run(main())


@pytest.mark.parametrize(
    "text",
    [
        "$result[0]",
        "a $result[0][ID] b",
        "$total[0]",
        "x$next[k]",
        "$error[0]",
        "$time[0]",
        "$RESULT[0]",
        "$result[",
    ],
)
def test_a_text_of_a_user_that_the_portal_would_replace_is_refused_by_the_builder(
    client: BX24, page: FakeBridge, text: str
) -> None:
    async def main() -> None:
        batch = client.batch()
        user = batch.call("user.current")
        for value in (text, f"{text} {user['NAME']}", f"{user['NAME']} {text}"):
            with pytest.raises(ValueError, match=r"^params\['f'\]\['T'\]\[0\]: .*alone, with call_method"):
                batch.call("crm.deal.add", {"f": {"T": [value]}})
        for value in ("$total: 5 [EUR]", "$results[0]", f"$total: {user['NAME']}"):  # only where they begin a text
            with pytest.raises(ValueError, match="alone, with call_method"):
                batch.call("crm.deal.add", {"T": value})
        assert len(batch) == 1
        call = client.call_method("crm.deal.add", {"T": text})
        assert page.sent[0].params == {"T": text}
        call.cancel()

    run(main())


def test_other_texts_and_references_in_texts_are_sent_by_the_builder(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        batch, other = client.batch(), client.batch()
        user = batch.call("user.current")
        foreign = other.call("user.current")
        texts = ["$result", "100 $ [net]", "cost: $total", "[0] $next", "result[0]"]
        batch.call("x.add", {"texts": texts, "T": f"{user['NAME']}: $result of {user}, {user['L'][0]}"})
        for scope, value in ((batch, f"by {foreign['ID']}"), (batch, str(foreign))):
            with pytest.raises(ValueError, match=r"params\['v'\]: .*another batch"):
                scope.call("x.add", {"v": value})
        for call in (
            lambda v: client.call_method("x.add", {"v": v}),
            lambda v: client.call_batch([["x.add", {"v": v}]]),
        ):
            with pytest.raises(ValueError, match=r"params\['v'\]: .*another batch"):
                call(f"by {user['ID']}")
        running = batch.run()
        assert page.sent[0].params[1].params == {
            "texts": texts,
            "T": "$result[0][NAME]: $result of $result[0], $result[0][L][0]",
        }
        running.cancel()

    run(main())


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
