"""The fault matrix: what goes wrong, and what each way of calling ends with.

`docs/faults.md` shows it as a table; `tests/browser/test_faults.py` proves each cell in Chromium, and
`tests/engines/test_faults.py` those of two ways in Firefox and WebKit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from bx24py.dev.portal.portal import Portal

WAYS = ("call_method", "call_batch", "batch()", "next_page()")


FASTER_RETRIES = """
from bx24py.rest import call as retries
retries.FIRST_DELAY = 0.05
"""
FIRST_PAGE = """
import __main__
__main__.first = await bx24.call_method("user.get", timeout=timeout)
"""
CALL = """
import __main__, time
async def call():
    if way == "call_method":
        return (await bx24.call_method("user.get", {"ID": 7}, timeout=timeout)).data
    if way == "call_batch":
        calls = {"a": ["user.get", {"ID": 7}], "b": {"method": "user.get", "params": {"ID": "$result[a][0][ID]"}}}
        return (await bx24.call_batch(calls, timeout=timeout))["b"].data
    if way == "batch()":
        batch = bx24.batch(timeout=timeout)
        user = batch.call("user.get", {"ID": 7})
        again = batch.call("user.get", {"ID": user[0]["ID"]})
        await batch.run()
        return again.result.data
    return (await __main__.first.next_page()).data
begun = time.monotonic()
try:
    outcome = ["result", (await call())[0]["ID"]]
except BX24Error as error:
    outcome = [type(error).__name__, str(error)]
return [*outcome, time.monotonic() - begun]
"""


@dataclass(frozen=True)
class Fault:
    """One row of the matrix.

    Attributes:
        name: what goes wrong.
        script: makes the portal do it.
        outcome: `result`, or the class of the error.
        requests: how many the portal sees, of a method that only reads.
        plain: what the library's callback does for callMethod and callBatch without bx24py: `calls back` or `never`.
        timeout: seconds given to the call.
        longest: seconds within which it must have ended.
        of_method: outcome and requests of `call_method` and `next_page()`, where they differ.
    """

    name: str
    script: Callable[[Portal], object]
    outcome: str
    requests: int
    plain: tuple[str, str]
    timeout: float = 20.0
    longest: float = 4.0
    of_method: tuple[str, int] | None = None

    def expected(self, way: str) -> tuple[str, int]:
        """Give the outcome and the number of requests of one way of calling."""
        return (
            self.of_method
            if self.of_method and way in ("call_method", "next_page()")
            else (self.outcome, self.requests)
        )


def _expire(portal: Portal) -> None:
    portal.state.tokens.expire()


def _expire_for_good(portal: Portal) -> None:
    portal.state.tokens.expire()
    portal.frame.silence("refreshAuth")


BACK, NEVER = "calls back", "never"

FAULTS = (
    Fault("nothing", lambda portal: None, "result", 1, (BACK, BACK)),
    Fault(
        "rate limit once",
        lambda portal: portal.rest.route("*").fail("QUERY_LIMIT_EXCEEDED").times(1),
        "result",
        2,
        (NEVER, NEVER),
    ),
    Fault(
        "rate limit three times",
        lambda portal: portal.rest.route("*").fail("QUERY_LIMIT_EXCEEDED").times(3),
        "result",
        4,
        (NEVER, NEVER),
    ),
    Fault(
        "500 as JSON",
        lambda portal: portal.rest.route("*").fail("INTERNAL_SERVER_ERROR"),
        "ServerError",
        3,
        (NEVER, NEVER),
    ),
    Fault(
        "500 as JSON, once",
        lambda portal: portal.rest.route("*").fail("INTERNAL_SERVER_ERROR").times(1),
        "result",
        2,
        (NEVER, NEVER),
    ),
    Fault(
        "502 as HTML",
        lambda portal: portal.rest.route("*").body("<h1>Bad Gateway</h1>", status=502),
        "BadResponseError",
        3,
        (NEVER, NEVER),
    ),
    Fault(
        "200 as HTML",
        lambda portal: portal.rest.route("*").body("<h1>Maintenance</h1>"),
        "BadResponseError",
        3,
        (NEVER, NEVER),
    ),
    Fault("empty body", lambda portal: portal.rest.route("*").body(""), "BadResponseError", 3, (NEVER, NEVER)),
    Fault("dropped connection", lambda portal: portal.rest.route("*").drop(), "NetworkError", 3, (NEVER, NEVER)),
    Fault(
        "connection dropped in the middle of a body",
        lambda portal: portal.rest.route("*").drop(after_bytes=20),
        "NetworkError",
        3,
        (NEVER, NEVER),
    ),
    Fault("token expired once", _expire, "result", 2, (BACK, BACK)),
    Fault(
        "token expired always",
        lambda portal: portal.rest.route("*").fail("expired_token"),
        "AuthError",
        2,
        (NEVER, NEVER),
    ),
    Fault("NO_AUTH_FOUND", lambda portal: portal.rest.route("*").fail("NO_AUTH_FOUND"), "AuthError", 1, (BACK, NEVER)),
    Fault(
        "insufficient_scope",
        lambda portal: portal.rest.route("*").fail("insufficient_scope"),
        "AccessError",
        1,
        (BACK, NEVER),
    ),
    Fault(
        "OPERATION_TIME_LIMIT",
        lambda portal: portal.rest.route("*").fail("OPERATION_TIME_LIMIT"),
        "OperationTimeLimitError",
        1,
        (BACK, NEVER),
    ),
    Fault(
        "an empty batch answer",
        lambda portal: portal.rest.route("batch").body('{"result":[]}', content_type="application/json"),
        "BadResponseError",
        3,
        (BACK, NEVER),
        of_method=("result", 1),
    ),
    Fault(
        "500 without an error code",
        lambda portal: portal.rest.route("*").body('{"message":"Sorry"}', status=500),
        "ServerError",
        3,
        (NEVER, NEVER),
    ),
    Fault(
        "500 with a result",
        lambda portal: portal.rest.route("*").body('{"result":true}', status=500),
        "ServerError",
        3,
        (NEVER, NEVER),
    ),
    Fault(
        "403 without an error code",
        lambda portal: portal.rest.route("*").body('{"message":"No"}', status=403),
        "AccessError",
        1,
        (BACK, NEVER),
    ),
    Fault(
        "200 without a result",
        lambda portal: portal.rest.route("*").body('{"time":{}}'),
        "BadResponseError",
        3,
        (BACK, NEVER),
    ),
    Fault(
        "NaN in the answer",
        lambda portal: portal.rest.route("*").body('{"result":{"result":[NaN]}}'),
        "BadResponseError",
        3,
        (NEVER, NEVER),
    ),
    Fault(
        "a PHP notice behind the answer",
        lambda portal: portal.rest.route("*").body('{"result":{"result":[[]]}}<br>Notice: undefined {x}'),
        "BadResponseError",
        3,
        (NEVER, NEVER),
    ),
    Fault(
        "4,500 levels of JSON",
        lambda portal: portal.rest.route("*").body('{"result":' + "[" * 4500 + "]" * 4500 + "}"),
        "BadResponseError",
        3,
        (BACK, NEVER),
    ),
    Fault(
        "51 commands refused",
        lambda portal: portal.rest.route("user.get").fail("ERROR_BATCH_LENGTH_EXCEEDED"),
        "RestError",
        1,
        (BACK, BACK),
    ),
    Fault("no answer", lambda portal: portal.rest.route("*").never(), "CallTimeoutError", 1, (NEVER, NEVER), 0.5),
    Fault("slow answer of 5 s", lambda portal: portal.rest.route("*").delay(5), "result", 1, (BACK, BACK), longest=8.0),
    # Time enough for the refusal to arrive on a busy machine: without it the call ends as one that nobody answered.
    Fault("renewal never answered", _expire_for_good, "AuthError", 1, (NEVER, NEVER), 1.5),
)


class Page(Protocol):
    """An application of whose Python a test asks something."""

    portal: Portal

    def python(self, code: str, *, limit: float = 60, **values: Any) -> Any:
        """Run the body of an async function, and give what it returns."""


def requests_of(portal: Portal) -> int:
    """Count the HTTP requests that reached the portal."""
    return sum(not call.batch for call in portal.rest.calls)


def check(app: Page, fault: Fault, way: str) -> None:
    """See that a call ends as the matrix says: outcome, number of requests, time."""
    app.portal.reset()
    if way == "next_page()":
        app.python(FIRST_PAGE, timeout=fault.timeout)
        app.portal.rest.reset()
    fault.script(app.portal)
    outcome, value, seconds = app.python(CALL, way=way, timeout=fault.timeout)
    assert (outcome, requests_of(app.portal)) == fault.expected(way), value
    if outcome == "result":
        assert value == ("51" if way == "next_page()" else "7")
    assert seconds < fault.longest


def table() -> str:
    """Return the matrix as the table of `docs/faults.md`."""
    rows = [
        "| what goes wrong | `BX24.callMethod` calls back | `BX24.callBatch` calls back | with bx24py | requests |",
        "| --- | --- | --- | --- | --- |",
    ]
    yes = {BACK: "yes", NEVER: "never"}
    for fault in FAULTS:
        outcomes = dict.fromkeys(fault.expected(way) for way in WAYS)
        with_us = " / ".join("the result" if outcome == "result" else f"`{outcome}`" for outcome, _ in outcomes)
        requests = " / ".join(str(count) for _, count in outcomes)
        method, batch = (yes[one] for one in fault.plain)
        rows.append(f"| {fault.name} | {method} | {batch} | {with_us} | {requests} |")
    return "\n".join(rows)
