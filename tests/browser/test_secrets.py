"""Tokens appear in no log, exception, repr, page or console, whatever goes wrong."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.portal import Portal
from bx24py.dev.portal.v3.faults import V3Fault

from .conftest import PythonPage

OpenApp = Callable[..., PythonPage]

# A run of faults; at its end the application stops with an error that quotes all that the run came to see.
APP = """
import io, logging, sys, traceback
from bx24py import BX24Error, bx24
from bx24py.rest import call
call.FIRST_DELAY = 0.01
stream = io.StringIO()
logging.basicConfig(level=logging.DEBUG, stream=stream, force=True)
seen = []

async def note(call):
    try:
        result = await call
        seen.append(repr(result))
        for one in result if isinstance(result, list) else []:
            seen.append(repr(one) + repr(one.error))
    except BX24Error as error:
        seen.append("".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)))

async def run():
    for name in "quoted", "quoted.html":
        await note(bx24.v3.call_method(name))
        await note(bx24.v3.call_method(name, idempotency_key="a key"))
        await note(bx24.v3.call_batch([[name], ["tasks.task.get", {"id": 1}]]))
        await note(bx24.v3.call_list(name, retry=False))
        await note(bx24.call_method(name))
        await note(bx24.call_batch([[name], ["user.current"]]))
        await note(bx24.call_method(name, {"start": 50}))

await run()
await note(bx24.call_method("no.answer", timeout=0.05))
await note(bx24.call_method("dropped"))
await note(bx24.v3.call_method("no.answer", timeout=0.05))
await note(bx24.v3.call_method("dropped"))
await note(bx24.v3.call_batch([["tasks.task.get", {"id": 1}]], timeout=0.001))
seen.append(repr(bx24.get_auth()))
for _ in range(2):
    seen.append(repr(await bx24.refresh_auth()))
    await run()
seen.append(stream.getvalue())
print("\\n".join(seen))
raise RuntimeError("\\n".join(seen))
"""


def test_no_token_anywhere(open_app: OpenApp) -> None:
    portal = Portal(deals=0)
    tokens, route, route_v3 = portal.state.tokens, portal.rest.route, portal.v3.route
    # The portal takes tokens out of its own texts; this is one that does not.
    tokens.mask = lambda text: text  # type: ignore[method-assign]

    def quote(_params: object, _call: object) -> None:
        route("quoted.html").body(f"<p>auth={' '.join(tokens._expires)}</p>", status=502)
        raise RestFault("WRONG_REQUEST", f"auth={' '.join(tokens._expires)}", 400)

    def quote_v3(_params: object, _call: object) -> None:
        all_tokens = f"auth={' '.join(tokens._expires)}"
        route_v3("quoted.html").body(f"<p>{all_tokens}</p>", status=502)
        raise V3Fault("VALIDATION_REQUESTVALIDATIONEXCEPTION", all_tokens, validation=[(all_tokens, all_tokens)])

    route("quoted").side_effect(quote)
    route_v3("quoted").side_effect(quote_v3)
    for one in (route, route_v3):
        one("no.answer").never()
        one("dropped").drop()
    app = open_app({"app.py": APP}, portal=portal)
    panel = app.frame.get_by_role("alert")
    expect(panel).to_contain_text("RuntimeError")

    everything = "\n".join([panel.inner_text(), *app.console, app.frame.content(), app.frame.url, app.page.url])
    assert "quoted: WRONG_REQUEST: auth=***" in everything
    assert "VALIDATIONEXCEPTION: auth=*** *** (HTTP 400). auth=*** ***: auth=***" in everything
    assert "<p>auth=***" in everything
    assert "DEBUG:bx24py:quoted: RestError" in everything
    assert len(tokens._expires) == 3
    for token in (*tokens._expires, *tokens._refresh):
        assert token not in everything

    # The addresses of batches of REST 3.0 are the one place: pages of other origins cannot read it (docs/rest3.md).
    entries = app.frame.evaluate("performance.getEntries().map(({ name }) => name)")
    for entry in entries:
        assert "/rest/api/batch?auth=" in entry or not any(token in entry for token in tokens._expires)
    assert sum("/rest/api/batch?auth=" in entry for entry in entries) >= 3
