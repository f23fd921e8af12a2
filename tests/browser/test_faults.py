"""Every await ends: the fault matrix on each way of calling, and what plain promises around the library make of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame

from bx24py.dev.assets import archive, browser_sources
from bx24py.dev.portal.portal import Portal
from bx24py.dev.portal.routes import Route
from bx24py.dev.portal.server import PortalServer
from tests.faults import BACK, CALL, FASTER_RETRIES, FAULTS, FIRST_PAGE, WAYS, Fault, check, requests_of

from .conftest import PAGE, PythonPage

OpenApp = Callable[..., PythonPage]

LIBRARY = "//api.bitrix24.com/api/v1/"


def open_for_faults(open_app: OpenApp, library: str = LIBRARY) -> PythonPage:
    """Open an application whose calls are not paced, and repeated ten times as fast."""
    app = open_app({"index.html": PAGE.replace(LIBRARY, library)})
    app.python("bx24.limits = Limits(capacity=float('inf'))" + FASTER_RETRIES)
    app.portal.rest.limits.enabled = False
    return app


@pytest.fixture(scope="module", params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """A way of calling."""
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def guarded_app(open_for_module: OpenApp, way: str) -> PythonPage:
    """A page for one way of calling: the library's own guard lets 90 requests through (contract, section 4)."""
    return open_for_faults(open_for_module)


@pytest.fixture(scope="module")
def fast_app(open_for_module: OpenApp) -> PythonPage:
    """A page with a second version of the library, which has no such guard."""
    return open_for_faults(open_for_module, f"{LIBRARY}?rateguard=0")


@pytest.fixture(scope="module")
def unguarded_app(open_for_module: OpenApp, way: str) -> PythonPage:
    """The same for one way of calling: a renewal that is never answered leaves a page behind that waits for it."""
    return open_for_faults(open_for_module, f"{LIBRARY}?rateguard=0")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_every_await_ends(guarded_app: PythonPage, fault: Fault, way: str) -> None:
    check(guarded_app, fault, way)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if "slow" not in fault.name], ids=lambda fault: fault.name)
def test_every_await_ends_without_the_librarys_guard(unguarded_app: PythonPage, fault: Fault, way: str) -> None:
    check(unguarded_app, fault, way)


PLAIN = """
([kind, wait]) => new Promise((resolve) => {
  const back = () => resolve("calls back");
  setTimeout(resolve, wait, "never");
  BX24.init(() => {
    if (kind === "callMethod") BX24.callMethod("user.get", { ID: 7 }, back);
    else BX24.callBatch({ a: ["user.get", { ID: 7 }] }, back);
  });
})
"""


LEAVE_IT_WAITING = {"token expired always", "no answer", "renewal never answered"}
"""Faults after which the library still asks or waits."""


@pytest.fixture(scope="module")
def plain(bx24_browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Fault], Frame]]:
    """Have a page with nothing but the library, in a portal that has this fault."""
    folder = tmp_path_factory.mktemp("plain")
    (folder / "index.html").write_text(f'<!doctype html><script src="{LIBRARY}"></script>')
    with PortalServer(Portal(deals=0), folder) as server, ExitStack() as stack:
        frames: list[Frame] = []

        def frame_for(fault: Fault) -> Frame:
            server.portal.reset()
            if not frames:
                page = stack.enter_context(bx24_browser.new_page())
                page.goto(server.url)
                page.wait_for_function("frames.length")
                frames.append(page.frames[1])
                frames[0].wait_for_function("window.BX24?.getAuth()")
            fault.script(server.portal)
            return frames.pop() if fault.name in LEAVE_IT_WAITING else frames[0]

        yield frame_for


@pytest.mark.parametrize("kind", ["callMethod", "callBatch"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_plain_promises_for_comparison(plain: Callable[[Fault], Frame], fault: Fault, kind: str) -> None:
    expected = fault.plain[kind == "callBatch"]
    wait = fault.longest * 1000 if expected == BACK else 1000
    frame = plain(fault)
    assert frame.evaluate(PLAIN, [kind, wait]) == expected
    if fault.name in LEAVE_IT_WAITING:
        frame.page.close()


BY_HAND = f"""<!doctype html>
<script src="{LIBRARY}"></script>
<script type="text/plain" data-app="app.py"></script>
<script type="module">
  window.bx24py = {{ ready: (async () => {{
    const {{ loadPyodide }} = await import("./pyodide/pyodide.mjs");
    const pyodide = await loadPyodide();
    const archive = await (await fetch("package.zip")).arrayBuffer();
    pyodide.unpackArchive(archive, "zip", {{ extractDir: "/lib/python3.14/site-packages" }});
    return pyodide;
  }})() }};
</script>
"""


def open_by_hand(open_app: OpenApp) -> PythonPage:
    """Open a page without the loader: nothing makes lost answers come back."""
    app = open_app(
        {
            "index.html": BY_HAND.replace(LIBRARY, f"{LIBRARY}?rateguard=0"),
            "package.zip": archive({name: source.encode() for name, source in browser_sources().items()}),
        }
    )
    app.python("bx24.limits = Limits(capacity=float('inf'))" + FASTER_RETRIES)
    app.portal.rest.limits.enabled = False
    return app


@pytest.fixture(scope="module")
def page_by_hand(open_for_module: OpenApp) -> PythonPage:
    """The same for many tests."""
    return open_by_hand(open_for_module)


def test_without_the_loader_an_endless_renewal_ends_too(open_app: OpenApp) -> None:
    """The library goes on asking, for ever; that is why this has a page of its own."""
    app = open_by_hand(open_app)
    app.portal.rest.route("*").fail("expired_token")
    for way in WAYS[:3]:
        outcome, value, seconds = app.python(CALL, way=way, timeout=0.6)
        assert outcome == "CallTimeoutError", value
        assert seconds < 3


@pytest.mark.parametrize(
    "fault",
    [fault for fault in FAULTS if fault.name not in ("slow answer of 5 s", "token expired always")],
    ids=lambda fault: fault.name,
)
def test_without_the_loader_every_await_ends_too(page_by_hand: PythonPage, fault: Fault, way: str) -> None:
    portal = page_by_hand.portal
    portal.reset()
    if way == "next_page()":
        page_by_hand.python(FIRST_PAGE, timeout=0.6)
        portal.rest.reset()
    fault.script(portal)
    outcome, value, seconds = page_by_hand.python(CALL, way=way, timeout=0.6)
    delivered = fault.plain[way != "call_method"] == BACK
    assert outcome == (fault.expected(way)[0] if delivered else "CallTimeoutError"), value
    assert seconds < 3


RANDOM_FAULTS: list[Callable[[Route], Route]] = [
    lambda route: route.fail("QUERY_LIMIT_EXCEEDED"),
    lambda route: route.fail("INTERNAL_SERVER_ERROR"),
    lambda route: route.fail("OVERLOAD_LIMIT"),
    lambda route: route.body("<h1>Bad Gateway</h1>", status=502),
    lambda route: route.body(""),
    lambda route: route.drop(),
    lambda route: route.drop(after_bytes=10),
    lambda route: route.fail("expired_token"),
    lambda route: route.fail("OPERATION_TIME_LIMIT"),
    lambda route: route.delay(0.5),
    lambda route: route.never(),
]

UNCERTAIN = {"NetworkError", "ServerError", "BadResponseError", "RateLimitError", "CallTimeoutError"}


def test_two_thousand_calls_with_random_faults(fast_app: PythonPage) -> None:
    """All reads are answered; each write is counted once, or reported as uncertain and counted once at the most."""
    portal = fast_app.portal
    portal.reset()
    counted: list[str] = []

    @portal.rest.method("test.tick")
    def count(params: dict[str, Any], _call: object) -> bool:
        counted.append(params["n"])
        return True

    rng = random.Random(24)
    stop = portal.rest.on_call(
        lambda call: call.batch or rng.random() >= 0.05 or rng.choice(RANDOM_FAULTS)(portal.rest.route("*")).times(1)
    )
    reads, writes = fast_app.python(
        """
        import time
        client = BX24(timeout=2, limits=bx24.limits, max_tries=8)
        async def read(n):
            while True:
                begun = time.monotonic()
                try:
                    return await ask(n)
                except (CallTimeoutError, OperationTimeLimitError):
                    pass  # these are the caller's to repeat
                except BX24Error:
                    if time.monotonic() - begun < 1:  # else another try did not fit into its 2 s
                        raise
        async def ask(n):
            if n % 3:
                return int((await client.call_method("user.get", {"ID": n % 120 + 1})).data[0]["ID"]) == n % 120 + 1
            results = await client.call_batch([["user.get", {"ID": n % 120 + 1}], ["user.current"]])
            return int(results[0].data[0]["ID"]) == n % 120 + 1 and results[1].data["ID"] == "1"
        async def write(n):
            try:
                await client.call_method("test.tick", {"n": n})
            except BX24Error as error:
                return type(error).__name__
            return "counted"
        reads, writes = [], []
        numbers = iter(range(2000))
        async def work():
            for n in numbers:
                if n < 300 and n % 10 == 0:
                    writes.append([n, await write(n)])
                    continue
                try:
                    reads.append(str(await read(n)))
                except Exception as error:
                    reads.append(str(error))
        await asyncio.gather(*[work() for _ in range(10)])
        bx24.finished = client
        return [reads, writes]
    """,
        limit=300,
    )
    stop()
    assert [one for one in reads if one != "True"] == []
    assert len(writes) == 30
    assert len(counted) == len(set(counted)), "a write was executed twice"
    for number, outcome in writes:
        if outcome == "counted":
            assert str(number) in counted
        else:
            assert outcome in UNCERTAIN or (outcome == "OperationTimeLimitError" and str(number) not in counted)
    assert fast_app.python("return len(bx24.finished._sender._bridge._callbacks.waiting)") == 0


def test_a_page_alone_does_not_exceed_the_portals_limit(open_app: OpenApp) -> None:
    app = open_app()
    app.portal.rest.limits.enabled = True
    ids, seconds = app.python("""
        import time
        begun = time.monotonic()
        results = await asyncio.gather(*[bx24.call_method("user.get", {"ID": n + 1}) for n in range(56)])
        return [[int(result.data[0]["ID"]) for result in results], time.monotonic() - begun]
    """)
    assert ids == list(range(1, 57))
    assert seconds > 2
    assert {call.status for call in app.portal.rest.calls} == {200}


def test_one_renewal_serves_all_waiting_calls(fast_app: PythonPage) -> None:
    portal = fast_app.portal
    portal.reset()
    portal.state.tokens.expire()
    names = fast_app.python("""
        calls = [bx24.call_method("user.get", {"ID": n + 1}) for n in range(10)]
        calls += [bx24.call_method("user.current"), bx24.call_method("user.current")]
        calls += [bx24.call_batch([["user.current"]])]
        return len(await asyncio.gather(*calls))
    """)
    assert names == 13
    assert [message.command for message in portal.frame.sent] == ["refreshAuth"]


def test_a_cancelled_call_is_aborted_and_the_next_works(fast_app: PythonPage) -> None:
    portal = fast_app.portal
    portal.reset()
    portal.rest.route("user.get").never()
    aborted: list[str] = []
    fast_app.page.on(
        "requestfailed", lambda request: aborted.append(f"{request.url.rsplit('/')[-1]}: {request.failure}")
    )
    fast_app.python("""
        try:
            async with asyncio.timeout(0.2):
                await bx24.call_method("user.get")
        except TimeoutError:
            pass
        task = asyncio.ensure_future(bx24.call_batch([["user.get"]]))
        await asyncio.sleep(0.2)
        task.cancel()
        assert (await bx24.call_method("user.current")).data["ID"] == "1"
        assert not bx24._sender._bridge._callbacks.waiting
    """)
    assert aborted == ["user.get.json: net::ERR_ABORTED", "batch.json: net::ERR_ABORTED"]


def test_writes_are_not_repeated_unless_the_caller_says_so(fast_app: PythonPage) -> None:
    portal = fast_app.portal
    portal.reset()
    portal.rest.route("*").fail("INTERNAL_SERVER_ERROR")
    code = """
        calls = {
            "write": lambda: bx24.call_method("crm.deal.add", {"fields": {}}),
            "write, retry": lambda: bx24.call_method("crm.deal.add", {"fields": {}}, retry=True),
            "read": lambda: bx24.call_method("crm.deal.list"),
            "read, no retry": lambda: bx24.call_method("crm.deal.list", retry=False),
            "mixed batch": lambda: bx24.call_batch([["crm.deal.list"], ["crm.deal.add"]]),
            "reading batch": lambda: bx24.call_batch([["crm.deal.list"], ["user.current"]]),
        }
        return (await failure(calls[name]()))[0]
    """
    for name, count in {
        "write": 1,
        "write, retry": 3,
        "read": 3,
        "read, no retry": 1,
        "mixed batch": 1,
        "reading batch": 3,
    }.items():
        before = requests_of(portal)
        assert fast_app.python(code, name=name) == "ServerError"
        assert requests_of(portal) - before == count, name


def test_a_write_refused_for_the_rate_is_sent_again(fast_app: PythonPage) -> None:
    portal = fast_app.portal
    portal.reset()
    counted: list[Any] = []

    @portal.rest.method("test.tick")
    def count(params: dict[str, Any], _call: object) -> bool:
        counted.append(params)
        return True

    portal.rest.route("*").fail("QUERY_LIMIT_EXCEEDED").times(2)
    assert fast_app.python('return (await bx24.call_method("test.tick")).data') is True
    assert len(counted) == 1
    portal.rest.route("*").fail("QUERY_LIMIT_EXCEEDED")
    # Tries after 0, 0.5 and 1.5 s: the next, after 3.5 s, would come too late, and the last has time for its answer.
    name, seconds = fast_app.python("""
        import random, time
        uniform, random.uniform = random.uniform, lambda least, most: (least + most) / 2
        begun = time.monotonic()
        try:
            name, _, _ = await failure(bx24.call_method("test.tick", timeout=3))
        finally:
            random.uniform = uniform
        return [name, time.monotonic() - begun]
    """)
    assert name == "RateLimitError"
    assert seconds < 3
    assert len(counted) == 1


def test_operating_time_is_kept_told_and_waited_for(fast_app: PythonPage) -> None:
    portal = fast_app.portal
    portal.reset()
    operating, reset_at = fast_app.python("""
        await bx24.call_method("user.get")
        time = bx24.operating["user.get"]
        return [time.operating, time.operating_reset_at]
    """)
    assert operating >= 0
    portal.rest.route("user.get").fail("OPERATION_TIME_LIMIT").times(2)
    told, batched = fast_app.python("""
        async def reset_at(call):
            try:
                (await call)[0].data
            except OperationTimeLimitError as error:
                return error.operating_reset_at
        return [await reset_at(bx24.call_method("user.get")), await reset_at(bx24.call_batch([["user.get"]]))]
    """)
    assert told == reset_at
    assert batched == reset_at
    portal.rest.route("user.get").fail("OPERATION_TIME_LIMIT").times(1)
    waited = fast_app.python("""
        import time
        bx24._rest.history.operating["user.get"]["operating_reset_at"] = time.time() + 0.5  # in life minutes ahead
        begun = time.monotonic()
        result = await bx24.call_method("user.get", wait_for_operating=True)
        return [len(result.data), time.monotonic() - begun]
    """)
    assert waited[0] == 50
    assert 0.5 < waited[1] < 3
