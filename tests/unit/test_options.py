import asyncio
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest

from bx24py import BX24, AccessError, BX24Error, CallTimeoutError, NotInBrowserError

from .conftest import FakeBridge, run


class Colour(StrEnum):
    RED = "red"


# What is kept for each value, so that it survives a portal that makes text of everything.
KEPT = [
    ("plain text", "plain text"),
    ("", ""),
    ("grün 🙂", "grün 🙂"),
    ("42", '"42"'),
    (" 4.5 ", '" 4.5 "'),
    ("null", '"null"'),
    ('"quoted"', '"\\"quoted\\""'),
    ('{"a": 1}', '"{\\"a\\": 1}"'),
    ("NaN", "NaN"),
    ("[" * 100_000, "[" * 100_000),
    ("9" * 5000, "9" * 5000),
    (42, "42"),
    (2**70, str(2**70)),
    (-0.5, "-0.5"),
    (1e300, "1e+300"),
    (True, "true"),
    (False, "false"),
    (None, "null"),
    ([], "[]"),
    ({}, "{}"),
    ({"a": [1, "2", None, {"b": False}]}, '{"a": [1, "2", null, {"b": false}]}'),
]


@pytest.mark.parametrize(("value", "kept"), KEPT, ids=[str(kept)[:20] for _, kept in KEPT])
def test_values_come_back_as_they_were_given(client: BX24, page: FakeBridge, value: Any, kept: str) -> None:
    async def main() -> None:
        assert await client.user_option.set("name", value) is None  # type: ignore[func-returns-value]
        assert page.told == [("userOption.set", "name", kept)]
        page.values["userOption.get"] = kept
        got = client.user_option.get("name", "default")
        assert got == value
        assert type(got) is type(value)

    run(main())


def test_what_is_a_text_and_more_is_kept_as_text(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        await client.user_option.set("colour", Colour.RED)
        assert page.told == [("userOption.set", "colour", "red")]
        assert type(page.told[0][2]) is str

    run(main())


@pytest.mark.parametrize(
    ("kept", "value"),
    [(None, "default"), (5, 5), ([1, 2], [1, 2]), ({"a": 1}, {"a": 1}), (True, True), ("1", 1), ("text", "text")],
)
def test_what_javascript_has_set_comes_as_it_is(client: BX24, page: FakeBridge, kept: Any, value: Any) -> None:
    async def main() -> None:
        await client.init()
        page.values["appOption.get"] = page.values["userOption.get"] = kept
        assert client.app_option.get("name", "default") == value
        assert client.user_option.get("name", "default") == value
        assert page.told[-2:] == [("appOption.get", "name"), ("userOption.get", "name")]

    run(main())


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ((1, 2), TypeError, "value: must not contain tuples"),
        ({1: "a"}, TypeError, "value: must not contain tuples or keys that are not str"),
        ({"a": {1, 2}}, TypeError, "value: .*set"),
        (b"x", TypeError, "value: .*bytes"),
        (Decimal(1), TypeError, "value: .*Decimal"),
        (float("nan"), ValueError, "value: "),
        ([float("inf")], ValueError, "value: "),
        ("\ud800", ValueError, "value: .*surrogates"),
    ],
)
def test_values_that_would_not_come_back_are_refused(
    client: BX24, page: FakeBridge, value: Any, error: type[Exception], message: str
) -> None:
    async def main() -> None:
        for option in (client.user_option, client.app_option):
            with pytest.raises(error, match=message):
                option.set("name", value)
        assert page.told == []
        assert page.sent == []

    run(main())


def test_names_are_checked(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        calls: list[Callable[[Any], object]] = [
            client.user_option.get,
            client.app_option.get,
            lambda name: client.user_option.set(name, 1),
            lambda name: client.app_option.set(name, 1),
        ]
        for call in calls:
            with pytest.raises(TypeError, match="name: must be a str, not int"):
                call(5)
            with pytest.raises(ValueError, match="name: must not be empty"):
                call(" ")
        with pytest.raises(TypeError, match="timeout"):
            client.app_option.set("name", 1, timeout="5")  # type: ignore[arg-type]
        assert page.told == []

    run(main())


def test_an_application_option_is_awaited(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        page.values["isAdmin"] = True
        call = client.app_option.set("colour", {"hue": 1})
        assert (page.sent[0].method, page.sent[0].params) == ("appOption.set", ["colour", '{"hue": 1}'])
        assert not call.done()
        page.sent[0].reply({"colour": '{"hue": 1}'})
        assert await call is None  # type: ignore[func-returns-value]

    run(main())


def test_an_application_option_is_for_administrators(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        page.values["isAdmin"] = False
        with pytest.raises(AccessError, match="BX24.appOption.set: ACCESS_DENIED: it is for administrators") as caught:
            await client.app_option.set("colour", "red")
        assert (caught.value.code, caught.value.status) == ("ACCESS_DENIED", 0)
        assert page.sent == []

    run(main())


def test_administrators_are_asked_for_when_it_is_sent(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        page.initialised = False
        page.values["isAdmin"] = False  # as BX24 says before the portal's answer
        application, user = client.app_option.set("colour", "red"), client.user_option.set("size", 5)
        assert page.sent == []
        assert page.on_ready is not None
        page.values["isAdmin"] = True
        page.on_ready()
        page.sent[0].reply({"colour": "red"})
        await asyncio.gather(application, user)
        assert page.told[-1] == ("userOption.set", "size", "5")

    run(main())


def test_an_application_option_that_is_not_answered_ends(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        page.values["isAdmin"] = True
        with pytest.raises(CallTimeoutError, match="BX24.appOption.set: no answer within 0.01 s"):
            await client.app_option.set("colour", "red", timeout=0.01)

    run(main())


def test_before_the_initialisation_nothing_can_be_read(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        page.initialised = False
        for option in (client.user_option, client.app_option):
            with pytest.raises(BX24Error, match="await bx24.init"):
                option.get("name")

    run(main())


def test_options_do_not_work_in_the_installation_step(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        page.installing = True
        page.values["isAdmin"] = True
        for option in (client.user_option, client.app_option):
            with pytest.raises(BX24Error, match=r"Option.get does nothing during the installation"):
                option.get("name")
            with pytest.raises(BX24Error, match=r"Option.set does nothing during the installation"):
                await option.set("name", 1)
        assert page.told == []
        assert page.sent == []

    run(main())


def test_outside_a_browser_it_says_so() -> None:
    client = BX24()
    for call in (lambda: client.user_option.get("a"), lambda: client.user_option.set("a", 1)):
        with pytest.raises(NotInBrowserError):
            call()
