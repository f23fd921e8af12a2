"""Tokens appear in no log, exception, repr, page or console, whatever goes wrong."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.portal import Portal

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
        await note(bx24.call_method(name))
        await note(bx24.call_batch([[name], ["user.current"]]))
        await note(bx24.call_method(name, {"start": 50}))

await run()
await note(bx24.call_method("no.answer", timeout=0.05))
await note(bx24.call_method("dropped"))
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
    tokens, route = portal.state.tokens, portal.rest.route
    # The portal takes tokens out of its own texts; this is one that does not.
    tokens.mask = lambda text: text  # type: ignore[method-assign]

    def quote(_params: object, _call: object) -> None:
        route("quoted.html").body(f"<p>auth={' '.join(tokens._expires)}</p>", status=502)
        raise RestFault("WRONG_REQUEST", f"auth={' '.join(tokens._expires)}", 400)

    route("quoted").side_effect(quote)
    route("no.answer").never()
    route("dropped").drop()
    app = open_app({"app.py": APP}, portal=portal)
    panel = app.frame.get_by_role("alert")
    expect(panel).to_contain_text("RuntimeError")

    everything = "\n".join([panel.inner_text(), *app.console, app.frame.content(), app.frame.url])
    assert "quoted: WRONG_REQUEST: auth=***" in everything
    assert "<p>auth=***" in everything
    assert "DEBUG:bx24py:quoted: RestError" in everything
    assert len(tokens._expires) == 3
    for token in (*tokens._expires, *tokens._refresh):
        assert token not in everything
