"""Requests to REST 3.0, which the library cannot call (contract, section 6): `fetch`, JSON, and the library's token."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from ..errors import BX24Error
from .answers import answer_of, unreadable
from .files import as_base64, contents_in
from .interface import Answer, OnAnswer, Sending
from .request import Request

try:
    import js
    from pyodide.ffi import JsException
except ImportError:  # plain CPython
    js = None  # type: ignore[assignment]

RENEWAL = 10.0
"""Seconds that all wait for a renewal of the token before one of them may start another."""


class Library(Protocol):
    """What is needed of the bridge to the library."""

    def tell(self, function: str, arguments: Sequence[Any] = ()) -> Any:
        """Call a synchronous function of the library."""

    def ask(self, function: str, arguments: Sequence[Any], on_answer: Callable[..., None]) -> Sending:
        """Call a function of the library that calls back."""

    def join_renewal(self, on_end: Callable[[], None]) -> bool:
        """Return whether the library is renewing the token already; then call a function at its end."""

    def token_renewed(self, token: str) -> None:
        """Note that there is a new token."""


class Fetcher:
    """Sends the requests of one bridge.

    Args:
        library: the bridge to the library.
        hide: removes tokens from a text.
        use: called with each token before it is sent, to be hidden from then on.
    """

    def __init__(self, library: Library, hide: Callable[[str], str], use: Callable[[str], object]) -> None:
        self._library = library
        self._renewal: asyncio.Future[None] | None = None
        self._renewing: Sending | None = None
        self._renewing_since = -math.inf
        self.hide = hide
        self.use = use

    def send(self, request: Request, on_answer: OnAnswer) -> Sending:
        """Send a request; see `Bridge.send`."""
        return _Fetching(self, request, on_answer)

    def address(self, method: str) -> str:
        """Return the URL of a method, without a token."""
        domain = self._library.tell("getDomain")
        scheme = "http" if str(js.name).split("|")[1:2] == ["0"] else "https"  # contract, section 1
        return f"{scheme}://{domain}/rest/api/{method}"

    def token(self) -> str:
        """Return the library's token; empty if it has expired by the library's clock."""
        auth = self._library.tell("getAuth")
        return str(auth.get("access_token") or "") if isinstance(auth, dict) else ""

    async def renewed(self, refused: str) -> str:
        """Return another token than the refused one, from one renewal for all who wait; empty if there is none."""
        token = self.token()
        if token and token != refused:
            return token
        if self._renewal is None or time.monotonic() - self._renewing_since > RENEWAL:
            self._renew()
        await asyncio.shield(self._renewal or asyncio.sleep(0))
        token = self.token()
        return token if token != refused else ""

    def _renew(self) -> None:
        if self._renewing is not None:
            self._renewing.abort()
        renewal = self._renewal = self._renewal or asyncio.get_running_loop().create_future()

        def end() -> None:
            self._renewal = self._renewing = None
            if not renewal.done():
                renewal.set_result(None)

        def answered(_auth: object = None) -> None:
            self._library.token_renewed(self.token())
            end()

        if not self._library.join_renewal(end):
            self._renewing = self._library.ask("refreshAuth", (), answered)
        self._renewing_since = time.monotonic()


class _Fetching:
    """A request on its way."""

    idle = math.inf

    def __init__(self, fetcher: Fetcher, request: Request, on_answer: OnAnswer) -> None:
        self.expired = False
        self._fetcher = fetcher
        self._request = request
        self._on_answer = on_answer
        self._left: float | None = None
        self._abort = js.AbortController.new()
        self._task = asyncio.ensure_future(self._run())

    @property
    def age(self) -> float | None:
        return None if self._left is None else time.monotonic() - self._left

    def abort(self) -> None:
        self._task.cancel()
        self._abort.abort()

    async def _run(self) -> None:
        try:
            answer: Answer | BX24Error = await self._answer(await self._body())
        except BX24Error as error:
            answer = error
        except Exception as error:  # the call must end
            answer = BX24Error(f"{self._request.name}: it could not be sent ({self._fetcher.hide(repr(error))})")
            answer.maybe_executed = self._left is not None
        self._on_answer(answer)

    async def _body(self) -> str:
        """Return the parameters as JSON, with the contents of files."""
        request = self._request
        body: Any = request.params
        if request.commands:
            body = [
                {"method": method, "query": params, **({"as": key} if key else {})}
                for key, method, params in request.commands
            ]
        text = json.dumps(body)
        for content in contents_in(text):
            try:
                text = text.replace(content, await as_base64(content))
            except Exception as error:  # such as a browser's: the file is gone, or too large
                raise unreadable("callMethod", error) from None
        return text

    async def _answer(self, body: str) -> Answer:
        """Send it, and once more with a new token if the portal says that the token has expired."""
        token = self._fetcher.token()
        answer = await self._post(body, token) if token else None
        if answer is None or _says_expired(answer):
            self.expired, self._left = True, None  # it was refused, and nothing was executed
            other = await self._fetcher.renewed(token)
            self.expired = False
            if other:
                return await self._post(body, other)
        return answer or Answer(401, {"error": "expired_token", "error_description": "The library has no token."})

    async def _post(self, body: str, token: str) -> Answer:
        self._fetcher.use(token)
        address = self._fetcher.address(self._request.method)
        quoted = json.dumps(token)
        if self._request.commands:
            address += f"?auth={js.encodeURIComponent(token)}"  # its body has no place for it
        else:
            body = f'{{"auth":{quoted},{body[1:]}' if body != "{}" else f'{{"auth":{quoted}}}'
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._request.key:
            headers["Idempotency-Key"] = self._request.key
        # A redirection would take the token along to another address.
        settings = {"method": "POST", "headers": headers, "cache": "no-store", "redirect": "error"}
        options = js.JSON.parse(json.dumps(settings))
        options.body, options.signal = body, self._abort.signal
        self._left = time.monotonic()
        try:
            response = await js.fetch(address, options)
            content = await response.arrayBuffer()
        except JsException:  # no answer, or not all of it, or not one that the browser hands on
            return Answer(0, None, "", self._fetcher.hide)
        answer = answer_of(response.status, content, self._fetcher.hide)
        return answer._replace(replayed=response.headers.get("Idempotent-Replayed") == "true")


def _says_expired(answer: Answer) -> bool:
    """Return whether an answer, of either shape, says that the token has expired."""
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    code = error.get("code") if isinstance(error, dict) else error
    return "expired" in str(code or "").lower() and "token" in str(code).lower()
