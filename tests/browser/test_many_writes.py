"""Hundreds of updates in the local portal: connections that break, timeouts, cancelling, and sending the rest."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from textwrap import dedent
from typing import Any

import pytest

from bx24py.dev.portal.portal import Portal

from .conftest import PythonPage

CALLS = 'calls = {n: ["test.add", {"n": n}] for n in range(320)}\n'

FATE = """
def fate(results):
    groups = (results, results.uncertain, results.remaining)
    return [[min(group), max(group), len(group)] if group else [] for group in groups]
"""


class Counting:
    """A method of the portal that writes, and how often it was executed for each number."""

    def __init__(self, portal: Portal) -> None:
        self.counts: Counter[int] = Counter()
        self.hangs_at = -1
        portal.rest.method("test.add")(self.count)

    async def count(self, params: dict[str, Any], _call: object) -> int:
        number = int(params["n"])
        if number == self.hangs_at:
            self.hangs_at = -1
            await asyncio.sleep(600)
        self.counts[number] += 1
        return number

    @property
    def numbers(self) -> list[int]:
        """The numbers that were executed; none was twice."""
        assert set(self.counts.values()) <= {1}
        return sorted(self.counts)


def after(portal: Portal, number: int, then: Callable[[], object]) -> None:
    """Do something once so many batches have been answered."""
    route = portal.rest.route("batch")
    portal.rest.on_call(lambda call: call.method == "batch" and route.call_count == number and then())


def batches(portal: Portal) -> int:
    return sum(call.method == "batch" for call in portal.rest.calls)


@pytest.fixture
def counting(app: PythonPage) -> Iterator[Counting]:
    app.portal.rest.limits.enabled = False
    app.python("bx24.limits = Limits(capacity=float('inf'))")
    listeners = list(app.portal.rest.front.listeners)
    yield Counting(app.portal)
    app.portal.rest.front.listeners[:] = listeners


def test_320_updates_are_seven_requests_and_told_in_order(app: PythonPage, counting: Counting) -> None:
    told, steps, left = app.python(
        CALLS
        + FATE
        + dedent("""
        told, steps = [], []
        call = bx24.call_batch(
            calls,
            on_result=lambda key, result: told.append([key, result.data]),
            on_progress=lambda done, total: steps.append([done, total, len(told)]),
        )
        results = await call
        assert list(results) == list(calls)
        return told, steps, fate(call.results)
        """)
    )
    assert told == [[n, n] for n in range(320)]
    assert counting.numbers == list(range(320))
    assert batches(app.portal) == 7
    assert left == [[0, 319, 320], [], []]
    assert [done for done, _, _ in steps] == sorted(done for done, _, _ in steps)
    assert steps[-1][0] == steps[-1][1]
    assert all(0.9 * steps[-1][1] < total < 1.1 * steps[-1][1] for _, total, _ in steps)
    assert {count for _, _, count in steps} == set(range(0, 301, 50))


RESUME = """
try:
    await bx24.call_batch(calls, timeout=timeout)
except BX24Error as error:
    results = error.results
    await bx24.call_batch(results.remaining)
    return type(error).__name__, fate(results)
"""

FIRST_THREE = [0, 149, 150]
UNCERTAIN = [FIRST_THREE, [150, 199, 50], [200, 319, 120]]
CERTAIN = [FIRST_THREE, [], [150, 319, 170]]

FAULTS: dict[str, tuple[Callable[[Portal, Counting], object], str, list[list[int]], int]] = {
    "lost when it had been executed": (
        lambda portal, _: portal.rest.route("batch").drop(after_bytes=10).times(1),
        "NetworkError",
        UNCERTAIN,
        320,
    ),
    "lost before it was executed": (
        lambda portal, _: portal.rest.route("batch").drop().times(1),
        "NetworkError",
        UNCERTAIN,
        270,
    ),
    "silent in the middle of it": (
        lambda _, counting: setattr(counting, "hangs_at", 175),
        "CallTimeoutError",
        UNCERTAIN,
        295,
    ),
    "bad gateway": (
        lambda portal, _: portal.rest.route("batch").body("<h1>Bad Gateway</h1>", status=502).times(1),
        "BadResponseError",
        UNCERTAIN,
        270,
    ),
    "no rights": (
        lambda portal, _: portal.rest.route("batch").fail("ACCESS_DENIED").times(1),
        "AccessError",
        CERTAIN,
        320,
    ),
    "working time": (
        lambda portal, _: portal.rest.route("batch").fail("OPERATION_TIME_LIMIT").times(1),
        "OperationTimeLimitError",
        CERTAIN,
        320,
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fourth_batch_that_is_lost(app: PythonPage, counting: Counting, fault: str) -> None:
    """The remainder is known and sent; nothing is executed twice. What is uncertain is left alone."""
    script, error, expected, executed = FAULTS[fault]
    after(app.portal, 3, lambda: script(app.portal, counting))
    assert app.python(CALLS + FATE + RESUME, timeout=3) == [error, expected]
    assert len(counting.numbers) == executed
    assert set(counting.numbers) >= {*range(150), *range(200, 320)}


def test_cancelling_in_the_middle(app: PythonPage, counting: Counting) -> None:
    counting.hangs_at = 175
    told, left = app.python(
        CALLS
        + FATE
        + dedent("""
        told = []
        call = bx24.call_batch(calls, on_result=lambda key, _: told.append(key))
        while len(told) < 150:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        call.cancel()
        try:
            await call
        except asyncio.CancelledError:
            pass
        await bx24.call_batch(call.results.remaining)
        return told, fate(call.results)
        """)
    )
    assert told == list(range(150))
    assert left == UNCERTAIN
    assert counting.numbers == [*range(175), *range(200, 320)]


def test_progress_of_files_in_several_batches(app: PythonPage) -> None:
    @app.portal.rest.method("test.file")
    def size(params: dict[str, Any], _call: object) -> int:
        return len(params["file"][1])

    steps = app.python(
        """
        steps = []
        file = ["test.file", {"file": File("a.bin", b"\\xff\\xfe" * 50_000)}]
        calls = [file] * 60 + [["test.file", {"file": File("b.bin", b"x")}]] * 60
        results = await bx24.call_batch(calls, on_progress=lambda *step: steps.append(step))
        assert [result.data for result in results] == [133336] * 60 + [4] * 60
        return steps
        """
    )
    done = [one for one, _ in steps]
    assert done == sorted(done)
    assert steps[-1][0] == steps[-1][1]
    parts = [one / total for one, total in steps]
    assert all(later > earlier - 0.02 for earlier, later in pairwise(parts))
    assert all(0.8 * steps[-1][1] < total < 1.2 * steps[-1][1] for _, total in steps)
