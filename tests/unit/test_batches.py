"""Batches: their commands, macros and errors, with the bridge replaced."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bx24py import (
    BX24,
    AuthError,
    BadResponseError,
    NotExecutedError,
    RestError,
)

from .conftest import TIME, FakeBridge, run


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
            with pytest.raises(NotExecutedError, match="e.f: not executed, because the earlier command 1"):
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
        ("user.current", TypeError, "calls: must be a mapping or a list"),
        (5, TypeError, "calls: must be a mapping or a list"),
        ({"a": "user.current"}, TypeError, "calls['a']: must be [method, params]"),
        ({"a": ["user.current", {}, 1]}, TypeError, "calls['a']: must be [method, params]"),
        ({"a": []}, TypeError, "calls['a']: must be [method, params]"),
        ({"a": {"method": "x", "parms": {}}}, TypeError, "calls['a']: must be [method, params]"),
        ({"a": {"params": {}}}, TypeError, "calls['a']: must be [method, params]"),
        ([["user.current", {"x": 1j}]], TypeError, "calls[0]: params['x']: "),
        ({"a": ["user current"]}, ValueError, "calls['a']: method: "),
        ({("a", 1): ["user.current"]}, TypeError, "calls: a key must be"),
        ({5: ["a.b"], "5": ["a.b"]}, ValueError, "duplicate key '5'"),
        ({"a": ["x.y", {"ID": "$result[b][ID]"}]}, ValueError, "calls['a']: $result[b] names no command"),
        ({"a": ["x.y", {"ID": "$result[a][ID]"}]}, ValueError, "not executed before this one"),
        ({"a": ["x.y", {"ID": ["v $result[b]"]}], "b": ["x.y"]}, ValueError, "not executed before this one"),
        ([["x.y"]] * 50 + [["x.y", {"ID": "$result[49][ID]"}]], ValueError, "refers to another batch"),
    ],
)
def test_wrong_commands_are_refused_by_the_call(
    client: BX24, page: FakeBridge, calls: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as caught:
        client.call_batch(calls)
    assert words in str(caught.value)
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
