"""Every await of REST 3.0 ends: the fault matrix on a call, a batch and a list, with and without the loader."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from bx24py.dev.portal.portal import Portal
from bx24py.dev.portal.routes import Route
from tests.faults import BACK, FAULTS, NEVER, Fault

from .conftest import PythonPage
from .test_faults import open_by_hand, open_for_faults

OpenApp = Callable[..., PythonPage]

WAYS = ("call_method", "call_batch", "call_list")
TASKS = 360
"""In the portal: a first page, and the rest in one batch."""

PREFIX = "BITRIX_REST_V3_EXCEPTION_"


def v3(name: str, script: Callable[[Portal], object], outcome: str, requests: int) -> Fault:
    return Fault(name, script, outcome, requests, (BACK, NEVER))


OWN = (
    v3(
        "an unknown code with 400",
        lambda portal: portal.v3.route("*").fail("BITRIX_TASKS_V3_EXCEPTION_ODD", status=400),
        "RestError",
        1,
    ),
    v3("ACCESSDENIED", lambda portal: portal.v3.route("*").fail("ACCESSDENIEDEXCEPTION"), "AccessError", 1),
    v3(
        "500 in the new shape", lambda portal: portal.v3.route("*").fail("INTERNAL_INTERNALEXCEPTION"), "ServerError", 3
    ),
    v3(
        "503 in the new shape, once",
        lambda portal: portal.v3.route("*").fail("INTERNAL_INTERNALEXCEPTION", status=503).times(1),
        "result",
        2,
    ),
    v3(
        "404 as HTML", lambda portal: portal.v3.route("*").body("<h1>Not found</h1>", status=404), "BadResponseError", 1
    ),
    v3(
        "a result of another shape",
        lambda portal: portal.v3.route("*").body('{"result":5}', content_type="application/json"),
        "BX24Error",
        1,
    ),
)
OF_THE_OLD = {"an empty batch answer", "51 commands refused"}
"""Faults of single commands of its batches."""

FAULTS_V3 = (*OWN, *(fault for fault in FAULTS if fault.name not in OF_THE_OLD))

ITS_OWN = "renewal never answered"
"""It has a page of its own: later calls of a page wait for that renewal, whatever order the tests run in."""

CALL = """
import time
async def call():
    if way == "call_method":
        result = await bx24.v3.call_method("tasks.task.get", {"id": 7, "select": ["id"]}, timeout=timeout)
        return result.data if result.data == 5 else result.data["item"]["id"]
    if way == "call_batch":
        calls = {
            "a": ["tasks.task.get", {"id": 7, "select": ["id"]}],
            "b": ["tasks.task.get", {"id": {"$ref": "a.id"}, "select": ["id"]}],
        }
        return (await bx24.v3.call_batch(calls, timeout=timeout))["b"].data["item"]["id"]
    return len(await bx24.v3.call_list("tasks.task.list", timeout=timeout, wait_for_operating=False))
begun = time.monotonic()
try:
    outcome = ["result", await call()]
except BX24Error as error:
    outcome = [type(error).__name__, str(error)]
return [*outcome, time.monotonic() - begun]
"""


def expected(fault: Fault, way: str) -> tuple[str, int]:
    """Give the outcome and the number of requests."""
    outcome, requests = fault.outcome, fault.requests
    if fault.name == "a result of another shape":
        return {"call_method": ("result", 1), "call_batch": ("BadResponseError", 3)}.get(way, (outcome, 1))
    if way == "call_list" and fault.longest > 4:
        return outcome, 5  # fewer pages at a time, because one took so long
    if way == "call_list":
        # The rest of the list; or a smaller page, which may be what a slow portal can give.
        more = {"result": 1, "ServerError": 3, "CallTimeoutError": 1}
        requests += more.get(outcome, 0)
    return outcome, requests


def check(app: PythonPage, fault: Fault, way: str) -> None:
    app.portal.reset()
    if fault.longest > 4 and way == "call_list":
        app.portal.v3.route("*").delay(5).times(1)  # only the first page, to save time
    else:
        fault.script(app.portal)
    outcome, value, seconds = app.python(CALL, way=way, timeout=fault.timeout)
    requests = [call.method for call in app.portal.v3.calls if not call.batch]
    assert (outcome, len(requests)) == expected(fault, way), (value, requests)
    if outcome == "result":
        assert value == (5 if fault.outcome != "result" else TASKS if way == "call_list" else 7)
    assert seconds < fault.longest


@pytest.fixture(scope="module")
def guarded(open_for_module: OpenApp) -> PythonPage:
    return open_for_faults(open_for_module)


@pytest.fixture(scope="module")
def by_hand(open_for_module: OpenApp) -> PythonPage:
    """A page without the loader."""
    return open_by_hand(open_for_module)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fault", FAULTS_V3, ids=lambda fault: fault.name)
def test_every_await_ends(guarded: PythonPage, open_app: OpenApp, fault: Fault, way: str) -> None:
    check(open_for_faults(open_app) if fault.name == ITS_OWN else guarded, fault, way)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "fault",
    [fault for fault in FAULTS_V3 if "slow" not in fault.name and "JSON" not in fault.name],
    ids=lambda fault: fault.name,
)
def test_without_the_loader_too(by_hand: PythonPage, open_app: OpenApp, fault: Fault, way: str) -> None:
    check(open_by_hand(open_app) if fault.name == ITS_OWN else by_hand, fault, way)


RANDOM_FAULTS: list[Callable[[Route], Route]] = [
    lambda route: route.fail("QUERY_LIMIT_EXCEEDED"),
    lambda route: route.fail("INTERNAL_INTERNALEXCEPTION"),
    lambda route: route.body("<h1>Bad Gateway</h1>", status=502),
    lambda route: route.drop(),
    lambda route: route.drop(after_bytes=0),
    lambda route: route.drop(after_bytes=10),
]


def _expired(route: Route) -> Route:
    return route.fail("expired_token")


WRITE = """
client = BX24(limits=bx24.limits, max_tries=8)
outcomes, numbers = [], iter(range(200))
async def work():
    for n in numbers:
        try:
            result = await client.v3.call_method("test.tick", {"n": n})
            outcomes.append([n, "replayed" if result.replayed else "counted"])
        except BX24Error as error:
            outcomes.append([n, "unknown" if error.maybe_executed else "refused"])
await asyncio.gather(*[work() for _ in range(10)])
return outcomes
"""


@pytest.mark.parametrize("allowed", [True, False], ids=["with the key", "without it"])
def test_two_hundred_writes_with_random_faults(guarded: PythonPage, allowed: bool) -> None:
    """With a key each is answered, and counted once; without, once or not at all where the answer was lost."""
    portal = guarded.portal
    portal.reset()
    portal.v3.allow_idempotency_key = allowed
    counted: list[int] = []

    @portal.v3.method("test.tick", writes=True)
    def count(params: dict[str, Any], _call: object) -> dict[str, Any]:
        counted.append(params["n"])
        return {"result": True}

    rng = random.Random(3)
    faults = [*RANDOM_FAULTS, _expired]

    def maybe_fail(_call: object) -> None:
        if rng.random() < 0.15:
            fault = rng.choice(faults)
            fault(portal.v3.route("test.tick")).times(1)
            if fault is _expired:  # once in all: a call whose renewed token is refused as well ends with AuthError
                faults.remove(fault)

    stop = portal.v3.on_call(maybe_fail)
    outcomes = dict(guarded.python(WRITE, limit=120))
    stop()
    portal.v3.allow_idempotency_key = False
    assert len(outcomes) == 200
    assert len(counted) == len(set(counted)), "a write was executed twice"
    told = {number for number, outcome in outcomes.items() if outcome in ("counted", "replayed")}
    assert told <= set(counted)
    assert not {number for number, outcome in outcomes.items() if outcome == "refused"} & set(counted)
    if allowed:
        assert len(told) == 200
        assert "replayed" in outcomes.values()
    else:
        assert "unknown" in outcomes.values()
