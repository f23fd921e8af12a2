"""Ten thousand calls, failures among them, and a thousand handlers and events leave nothing behind."""

from __future__ import annotations

from collections.abc import Callable

from bx24py.dev.portal.portal import Portal

from .conftest import PAGE, PythonPage

OpenApp = Callable[..., PythonPage]

# What JavaScript holds of Python, but for what PythonPage.python leaves behind: a `dict` each time.
TRACE = """
from pyodide_js import _module
_module.enable_pyproxy_allocation_tracing()
"""
PROXIES = """
import gc
from pyodide_js import _module
gc.collect()
proxies = sum(held is not dict for held in _module.pyproxy_alloc_map.keys())
"""

ROUND = (
    """
async def one(n):
    kind = n % 14
    if kind == 0:
        await failure(bx24.call_method("no.such.method"))
    elif kind == 1:
        await bx24.call_batch({"a": ["user.current"], "b": ["no.such"], "c": ["user.get", {"ID": "$result[a][ID]"}]})
    elif kind == 2:
        bx24.call_method("user.current").cancel()
    elif kind == 3:
        await failure(bx24.call_method("lost.write"))
    elif kind == 4:
        await failure(bx24.call_method("slow", timeout=0.001))
    elif kind == 5:
        await bx24.v3.call_method("tasks.task.get", {"id": 1})
    elif kind == 6:
        await bx24.v3.call_batch([["tasks.task.get", {"id": 1}]])
    elif kind == 7:
        call = bx24.v3.call_method("tasks.task.get", {"id": 1})
        await asyncio.sleep(0.001 * (n % 5))
        call.cancel()
    elif kind == 8:
        await failure(bx24.v3.call_method("slow", timeout=0.001))
    else:
        await bx24.call_method("user.current")
for chunk in range(calls // 100):
    await asyncio.gather(*[one(chunk * 100 + n) for n in range(100)])
await asyncio.sleep(0.3)
"""
    + PROXIES
    + """
page = bx24._sender._bridge
return {
    "callbacks": len(page._callbacks.waiting),
    "objects": len(gc.get_objects()),
    "wasm": _module.HEAP8.length,
    "proxies": proxies,
    "timers": js.liveTimers,
}
"""
)
COUNT_TIMERS = """
(() => {
  const live = new Set(), set = window.setTimeout, clear = window.clearTimeout;
  window.setTimeout = (run, delay, ...rest) => {
    const id = set(() => { live.delete(id); run(...rest); }, delay);
    if (delay > 1000) live.add(id);
    return id;
  };
  window.clearTimeout = (id) => { live.delete(id); clear(id); };
  Object.defineProperty(window, "liveTimers", { get: () => live.size });
})();
"""


def test_three_thousand_calls_leave_nothing_behind(open_app: OpenApp) -> None:
    page = PAGE.replace("api/v1/", "api/v1/?rateguard=0")
    app = open_app({"index.html": page}, before=lambda page: page.add_init_script(COUNT_TIMERS))
    app.portal.rest.limits.enabled = False
    app.portal.rest.route("lost.write").body("<h1>Bad Gateway</h1>", status=502)
    app.portal.rest.route("slow").delay(0.01)
    app.portal.v3.route("slow").delay(0.01)
    app.python(TRACE)
    app.python("bx24.limits = Limits(capacity=float('inf'))")
    after_500 = app.python(ROUND, calls=500, limit=120)
    after_3000 = app.python(ROUND, calls=2500, limit=240)
    assert after_3000["callbacks"] == 0
    assert after_3000["timers"] == after_500["timers"] == 1  # the one that limits this test
    assert after_3000["wasm"] == after_500["wasm"]
    assert after_3000["objects"] - after_500["objects"] < 50
    assert after_3000["proxies"] - after_500["proxies"] < 10


COUNT = (
    PROXIES
    + """
return {
    "proxies": proxies,
    "callbacks": len(bx24._sender._bridge._callbacks.waiting),
    "listening": len(bx24._listening),
    "objects": len(gc.get_objects()),
}
"""
)
BIND = """
one = js.document.getElementById("out")
bx24.seen = 0
async def handle(event):
    bx24.seen += 1
for n in range(rounds):
    def handler(event):
        bx24.seen += 1
    for each in handler, handle:
        bx24.bind(one, "click", each)
    await bx24.placement.bind_event(name, handler)
    one.click()
    for each in handler, handle:
        bx24.unbind(js.document.getElementById("out"), "click", each)
    bx24.placement.unbind_event(name, handler)
    one.click()
del handler
while bx24.seen < 2 * rounds:
    await asyncio.sleep(0)
"""
LISTEN = """
bx24.seen, bx24.all = 0, asyncio.Event()
async def changed(data):
    assert data["list"] == [1, {"a": None}]
    bx24.seen += 1
    if bx24.seen == rounds:
        bx24.all.set()
bx24.changed = changed
await bx24.placement.bind_event(name, changed)
"""
FORGET = """
await bx24.all.wait()
bx24.placement.unbind_event(name, bx24.changed)
del bx24.changed, bx24.all
"""


def test_a_thousand_handlers_and_events_leave_nothing_behind(open_app: OpenApp) -> None:
    portal = Portal(deals=5)
    portal.state.placement = "CALL_CARD"
    app = open_app(portal=portal)
    name = "CallCard::CallStateChanged"

    def rounds(count: int) -> dict[str, int]:
        app.python(BIND, name=name, rounds=count, limit=120)
        app.python(LISTEN, name=name, rounds=count)
        for _ in range(count):
            assert portal.frame.emit(name, {"list": [1, {"a": None}]}) == 1
        app.python(FORGET, name=name, limit=120)
        counted: dict[str, int] = app.python(COUNT)
        return counted

    app.python(TRACE)
    after_50 = rounds(50)
    after_1050 = rounds(1000)
    assert after_1050["proxies"] == after_50["proxies"]  # the bridge's own few
    assert after_1050["callbacks"] == after_50["callbacks"] == 1  # the subscription, which BX24 cannot end
    assert after_1050["listening"] == 0
    assert after_1050["objects"] - after_50["objects"] < 100
    assert len([message for message in portal.frame.sent if message.command == "placementBindEvent"]) == 1
