"""The server's interface for the portal page: the wire, the settings, the log, and the data of dialogs.

Only the portal's own page may use it: answers contain access tokens, so each request must come from its origin. A page
of another origin cannot omit or forge the `Origin` header.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import anyio.to_thread
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route

from bx24py.dev.portal import catalog
from bx24py.dev.portal.activity import Activity
from bx24py.dev.portal.messages import NO_ANSWER, NOTHING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from bx24py.dev.portal.messages import Action
    from bx24py.dev.portal.opening import Opening
    from bx24py.dev.portal.portal import Portal

BODY_LIMIT = 32 * 1024 * 1024
"""The largest request of the page in bytes: a batch of messages."""


class PageApi:
    """The private interface of the portal page, as an ASGI application.

    Args:
        portal: the portal.
        origins: the origins of the portal page.
        opening: says which page of the application is opened.
    """

    def __init__(self, portal: Portal, origins: set[str], opening: Opening) -> None:
        self._portal = portal
        self._origins = origins
        self._opening = opening
        self.activity = Activity(portal, self.settings)
        routes = {
            "/events": self._events,
            "/wire": self._wire,
            "/complete": self._complete,
            "/form": self._form,
            "/forget": self._forget,
            "/error": self._error,
            "/settings": self._settings,
            "/do": self._do,
            "/choices": self._choices,
            "/record": self._record,
            "/entry": self._entry,
        }
        self.app = Starlette(
            routes=[
                Route(path, self._guarded(function), methods=["GET" if path == "/events" else "POST"])
                for path, function in routes.items()
            ]
        )

    def settings(self) -> dict[str, Any]:
        """Return the state of the page's switches."""
        portal = self._portal
        state = portal.state
        return {
            "admin": state.admin,
            "lang": state.lang,
            "placement": state.placement,
            "placement_options": state.placement_options,
            "handler": state.handler,
            "places": self._opening.places(),
            "first_run": state.first_run,
            "install": state.install,
            "rate_limit": portal.rest.limits.enabled,
            "offline": portal.rest.offline,
            "latency": portal.rest.latency,
            "allow_idempotency_key": portal.v3.allow_idempotency_key,
            "mobile": portal.frame.mobile,
            "renews_tokens": portal.frame.renews_tokens,
            "opens_with_post": portal.frame.opens_with_post,
            "placements": {code: place.options for code, place in portal.frame.placements.items()},
            "events": portal.frame.events(),
        }

    def _guarded(self, function: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def respond(request: Request) -> Response:
            origin = request.headers.get("origin", "")
            if origin not in self._origins:
                return PlainTextResponse("Only the portal page may request this.\n", 403)
            try:
                response = await function(request)
            except (KeyError, TypeError, ValueError) as error:
                response = PlainTextResponse(f"{type(error).__name__}: {error}\n", 400)
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Vary"] = "Origin"
            response.headers["Cache-Control"] = "no-store"
            return response

        return respond

    async def _body(self, request: Request) -> dict[str, Any]:
        # Sent as text/plain, which saves the browser a preflight per message.
        data = b""
        async for chunk in request.stream():
            data += chunk
            if len(data) > BODY_LIMIT:
                raise ValueError("the request is too long")
        body = json.loads(data)
        if not isinstance(body, dict):
            raise TypeError("the body must be a JSON object")
        return body

    async def _events(self, _request: Request) -> Response:
        return StreamingResponse(self.activity.watch(), media_type="text/event-stream")

    async def _wire(self, request: Request) -> Response:
        """Answer frames' messages in order: a list of what the page must do and post."""
        body = await self._body(request)
        place = urlsplit(request.headers["origin"])
        replies = []
        for one in body["messages"]:
            message, action = self._portal.frame.receive(
                one["frame"],
                one["command"],
                one["params"],
                callback=one["callback"],
                domain=place.netloc,
                protocol=int(place.scheme == "https"),
            )
            replies.append(_reply(message.id, action))
        return JSONResponse(replies)

    async def _complete(self, request: Request) -> Response:
        body = await self._body(request)
        return JSONResponse(self._portal.frame.complete(body["id"], body.get("answer", NOTHING)))

    async def _form(self, request: Request) -> Response:
        """Return how a frame opens the application: the page, the fields of a POST, the title."""
        frame = (await self._body(request))["frame"]
        page = self._opening.page() if str(frame).startswith("main") else self._opening.app_url
        return JSONResponse({"page": page, "fields": self._portal.frame.form(frame), "title": self._opening.title()})

    async def _forget(self, request: Request) -> Response:
        body = await self._body(request)
        self._portal.frame.forget(body["frame"])
        return JSONResponse(None)

    async def _error(self, request: Request) -> Response:
        """Log an error of the application that nobody caught."""
        body = await self._body(request)
        self.activity.failed(str(body["title"]), str(body["text"]))
        return JSONResponse(None)

    async def _settings(self, request: Request) -> Response:
        """Change settings; the pages get an event."""
        portal = self._portal
        for name, value in (await self._body(request)).items():
            match name, value:
                case (("admin" | "first_run" | "install"), bool()):
                    setattr(portal.state, name, value)
                case (("lang" | "placement"), str()) if value:
                    setattr(portal.state, name, value)
                case "handler", str():
                    portal.state.handler = value
                case "placement_options", dict():
                    portal.state.placement_options = value
                case "rate_limit", bool():
                    portal.rest.limits.enabled = value
                case "offline", bool():
                    portal.rest.offline = value
                case "latency", float() | int() if 0 <= value <= 60:
                    portal.rest.latency = float(value)
                case "allow_idempotency_key", bool():
                    portal.v3.allow_idempotency_key = value
                case (("mobile" | "renews_tokens" | "opens_with_post"), bool()):
                    setattr(portal.frame, name, value)
                case _:
                    raise ValueError(f"no such setting or value: {name}")
        return JSONResponse(None)

    async def _do(self, request: Request) -> Response:
        """Perform an action: expire the tokens, reinstall the application, emit an event, clear the log."""
        body = await self._body(request)
        portal = self._portal
        match body["name"]:
            case "expire":
                portal.state.tokens.expire()
            case "reinstall":
                portal.state.user_options.clear()
                portal.state.app_options.clear()
                portal.state.placement_handlers.clear()
                portal.state.event_handlers.clear()
                portal.state.first_run = portal.state.install = True
            case "emit":
                return JSONResponse(portal.frame.emit(str(body["event"]), body.get("data", NOTHING)))
            case "clear":
                self.activity.clear()
            case name:
                raise ValueError(f"no such action: {name}")
        return JSONResponse(None)

    async def _choices(self, request: Request) -> Response:
        """Return a dialog's choices for a search text."""
        body = await self._body(request)
        kind, search, ids = str(body["kind"]), str(body.get("search", "")), body.get("ids")
        if ids is not None:
            ids = [int(number) for number in ids]
        # In a thread: a search may scan a hundred thousand deals.
        found = await anyio.to_thread.run_sync(catalog.choices, self._portal.company, kind, search, ids)
        return JSONResponse(found)

    async def _record(self, request: Request) -> Response:
        """Return the portal page that `openPath` shows in its slider."""
        body = await self._body(request)
        return JSONResponse(catalog.record(self._portal.company, str(body["path"])))

    async def _entry(self, request: Request) -> Response:
        """Return the parameters and the answer of one entry of the log."""
        return JSONResponse(self.activity.entry(str((await self._body(request))["key"])))


def _reply(message_id: int, action: Action) -> dict[str, Any]:
    reply: dict[str, Any] = {"id": message_id, "do": action.do, "args": action.args, "delay": action.delay}
    if action.answer is not NO_ANSWER:
        reply["text"] = "" if action.answer is NOTHING else json.dumps(action.answer)
    return reply
