"""Ten thousand calls, failures among them, leave nothing behind."""

from __future__ import annotations

from collections.abc import Callable

from .conftest import PAGE, PythonPage

OpenApp = Callable[..., PythonPage]

ROUND = """
import gc
async def one(n):
    kind = n % 10
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
    else:
        await bx24.call_method("user.current")
for chunk in range(calls // 20):
    await asyncio.gather(*[one(chunk * 20 + n) for n in range(20)])
await asyncio.sleep(0.3)
gc.collect()
page = bx24._sender._bridge
from pyodide_js import _module
return {
    "callbacks": len(page._waiting),
    "objects": len(gc.get_objects()),
    "wasm": _module.HEAP8.length,
    "proxies": _module.pyproxy_alloc_map.size if hasattr(_module, "pyproxy_alloc_map") else 0,
    "timers": js.liveTimers,
}
"""
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


def test_ten_thousand_calls_leave_nothing_behind(open_app: OpenApp) -> None:
    page = PAGE.replace("api/v1/", "api/v1/?rateguard=0")
    app = open_app({"index.html": page}, before=lambda page: page.add_init_script(COUNT_TIMERS))
    app.portal.rest.limits.enabled = False
    app.portal.rest.route("lost.write").body("<h1>Bad Gateway</h1>", status=502)
    app.portal.rest.route("slow").delay(0.01)
    app.python("bx24.limits = Limits(capacity=float('inf'))")
    after_1000 = app.python(ROUND, calls=1000, limit=120)
    after_10000 = app.python(ROUND, calls=9000, limit=240)
    assert after_10000["callbacks"] == 0
    assert after_10000["timers"] == after_1000["timers"] == 1  # the one that limits this test
    assert after_10000["wasm"] == after_1000["wasm"]
    assert after_10000["objects"] - after_1000["objects"] < 100
    assert after_10000["proxies"] - after_1000["proxies"] < 20
