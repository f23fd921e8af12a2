"""What the portal's logs keep of calls and messages: all of the newest, not much of the older ones, never too much."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from bx24py.dev.portal import log
from bx24py.dev.portal.activity import Activity
from bx24py.dev.portal.calls import LoggedCall
from bx24py.dev.portal.log import CUT_LENGTH, Log, cut_texts
from bx24py.dev.portal.portal import Portal
from tests.unit.rest_client import Caller

MB = 1024 * 1024
KEPT = 2 * MB
BIG = KEPT // 8
"""Most tests have a log of 2 MB and posts of 256 KB in the place of 64 MB and 8 MB."""

pytestmark = pytest.mark.filterwarnings("error")


def kept(work: Callable[[], object]) -> int:
    """Return how many bytes more are in use after some work than before."""
    gc.collect()
    tracemalloc.start()
    try:
        work()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "KEPT_BYTES", KEPT)


@pytest.fixture
def call(small: None) -> Caller:
    return caller()


def caller() -> Caller:
    portal = Portal(deals=10)
    call = Caller()
    call.state, call.rest = portal.state, portal.rest
    call.token = portal.state.tokens.issue()["AUTH_ID"]
    portal.rest.limits.enabled = False
    portal.rest.method("my.upload")(lambda _params, _call: True)
    portal.rest.method("my.download")(lambda _params, _call: "d" * BIG)
    # The developer tools listen, as in `bx24py serve`, and nobody looks.
    call.activity = Activity(portal, dict)  # type: ignore[attr-defined]
    return call


def upload(call: Caller, number: int) -> None:
    call.form("my.upload", f"number={number}&file[]=name&file[]=" + "A" * BIG)


def upload_as_json(call: Caller, number: int) -> None:
    call("my.upload", number=number, file=["name", "A" * BIG])


def upload_in_a_batch(call: Caller, number: int) -> None:
    call.batch({"one": f"my.upload?number={number}&file[]=name&file[]=" + "A" * BIG})


def upload_that_is_refused(call: Caller, number: int) -> None:
    call("no.such.method", number=number, file=["name", "A" * BIG])


def download(call: Caller, _number: int) -> None:
    call("my.download")


def test_thirty_posts_of_8_mb_leave_less_than_80_mb() -> None:
    call, text = caller(), "A" * (8 * MB)

    def many() -> None:
        for _ in range(30):
            call.form("my.upload", f"file={text}")

    assert kept(many) < 80 * MB
    assert [len(params["file"]) == 8 * MB for params in call.rest.received("my.upload")] == [False] * 23 + [True] * 7


@pytest.mark.parametrize("post", [upload, upload_as_json, upload_in_a_batch, upload_that_is_refused, download])
def test_thirty_posts_leave_what_the_log_may_hold(call: Caller, post: Callable[[Caller, int], None]) -> None:
    def many() -> None:
        for number in range(30):
            post(call, number)

    assert kept(many) < KEPT + MB
    assert len([one for one in call.rest.calls if one.method != "batch"]) == 30


@pytest.mark.parametrize("post", [upload, upload_as_json, upload_in_a_batch])
def test_the_newest_are_whole_and_the_others_say_how_long_they_were(
    call: Caller, post: Callable[[Caller, int], None]
) -> None:
    for number in range(12):
        post(call, number)
    received = call.rest.received("my.upload")
    assert [int(params["number"]) for params in received] == list(range(12))
    texts = [params["file"][1] for params in received]
    assert texts[-5:] == ["A" * BIG] * 5
    assert texts[0] == "A" * CUT_LENGTH + "… (262,144 characters)"


def test_small_parameters_of_old_calls_are_never_touched(call: Caller) -> None:
    for number in range(3):
        call("my.upload", number=number, text="short")
    for number in range(12):
        upload(call, number)
    assert [params.get("text") for params in call.rest.received("my.upload")][:3] == ["short"] * 3


def test_an_entry_larger_than_the_log_is_kept_whole_while_it_is_the_newest() -> None:
    entries = Log[LoggedCall](count=10, size=10_000)
    for number, text in enumerate(("A" * 20_000, "next"), 1):
        entries.append(LoggedCall(number, "my.upload", 0.0, params={"text": text}))
        assert entries[-1].params == {"text": text}
    assert len(entries) == 2
    assert entries[0].params["text"].endswith("… (20,000 characters)")


def test_many_small_values_are_forgotten_as_calls(call: Caller) -> None:
    """Where cutting texts does not help."""
    rows = [[f"{number:020}" for number in range(600)]]

    def post() -> None:
        for _ in range(60):
            call("my.upload", rows=rows)

    assert kept(post) < KEPT + MB
    assert 5 < len(call.rest.calls) < 60
    assert call.rest.received("my.upload")[0] == {"rows": rows}


def test_an_old_answer_is_still_an_answer(call: Caller) -> None:
    call.rest.method("my.row")(lambda _params, _call: {"ID": "1", "TEXT": "t" * 5000})
    call.rest.route("my.page").body("<h1>" + "p" * 5000)
    call("my.row")
    call("my.page")
    for _ in range(10):
        call("my.download")
    row, page = call.rest.calls[:2]
    assert (row.answer["result"]["ID"], row.answer["result"]["TEXT"]) == (
        "1",
        "t" * CUT_LENGTH + "… (5,000 characters)",
    )
    assert page.answer.endswith("… (5,004 characters)")


def test_messages_of_the_wire_are_bounded_too(small: None) -> None:
    portal = Portal(deals=10)
    activity = Activity(portal, dict)

    def post() -> None:
        for _ in range(30):
            portal.frame.receive("main", "setTitle", {"title": "A" * BIG}, callback="c", domain="acme.example")

    # Each holds its parameters and the same again as the answer.
    assert kept(post) < KEPT + MB
    assert len(portal.frame.sent) == 30
    assert portal.frame.sent[-1].params == portal.frame.sent[-1].answer == {"title": "A" * BIG}
    assert portal.frame.sent[0].params["title"].endswith("… (262,144 characters)")
    assert activity.entry("wire1") == {"params": json.dumps(portal.frame.sent[0].params, ensure_ascii=False)} | {
        "answer": json.dumps(portal.frame.sent[0].answer, ensure_ascii=False)
    }


def test_resetting_frees_what_the_logs_held(call: Caller) -> None:
    def post() -> None:
        for _ in range(5):
            for number in range(6):
                upload(call, number)
            call.rest.reset()
            call.rest.method("my.upload")(lambda _params, _call: True)

    assert kept(post) < MB // 2


@pytest.mark.parametrize("value", [None, 1, 1.5, True, "text", [], {}, {"a": [1, {"b": "c"}]}])
def test_what_is_short_stays_as_it_is(value: Any) -> None:
    assert cut_texts(value) == value
