"""The bridge to any BX24 object: on a page without the loader, or one that is not the page's own library."""

from __future__ import annotations

import asyncio
import functools
import json
import math
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import BX24Error, NotInPortalError
from .answers import batch_arguments, carried, from_result, from_results, illegible, of_first_command, unreadable
from .callbacks import Callbacks
from .fetching import Fetcher
from .files import as_base64, contents_in
from .interface import CALLBACK, Answer, Forget, FrameSize, OnAnswer, Sending
from .measuring import frame_size, watch_size
from .modals import keep_modals_in_view
from .request import Request, WireCommand
from .timers import Timers
from .values import plain

try:
    import js
    from pyodide.ffi import JsException
except ImportError:  # plain CPython
    js = None  # type: ignore[assignment]


class PlainBridge:
    """The bridge to any BX24 object. It cannot see progress, so `on_progress` is never called."""

    def __init__(self, bx24: Any) -> None:
        self._bx24 = bx24
        self._secrets: set[str] = set()
        self._callbacks = Callbacks()
        self._parse = js.JSON.parse  # once: each lookup through `js` creates proxies
        self.call_later = Timers().call_later
        self._fetcher = Fetcher(self, self._hide, self._secrets.add)

    def init(self, on_ready: Callable[[], None]) -> None:
        def ready(*_: Any) -> None:
            self._remember()
            on_ready()

        # `init` handlers run only after the installation, but calls work already: the portal has answered. Later they
        # run on a timer (contract, section 1); if the loader's handler has run, there is no need to wait for it.
        if self.installing or self._bx24 == getattr(getattr(js, "bx24py", None), "initialised", None):
            ready()
        else:
            self.ask("init", (), ready)

    @property
    def installing(self) -> bool:
        state = getattr(js, "bx24py", None)  # the loader's
        return bool(getattr(state, "installing", False)) and self._bx24 == getattr(js, "BX24", None)

    def ask(self, function: str, arguments: Sequence[Any], on_answer: Callable[..., None]) -> Sending:
        def answered(*values: Any) -> None:
            try:
                given: list[Any] = [plain(value) for value in values]
            except Exception as error:
                given = [illegible(function, error)]
            on_answer(*given)

        callback, forget = self._callbacks.make(answered)
        self._give(callback, forget, function, arguments)
        return PageSending(forget)

    def subscribe(self, function: str, arguments: Sequence[Any], on_event: Callable[..., None]) -> Forget:
        callback, forget = self._callbacks.make(lambda *values: on_event(*map(plain, values)), lasting=True)
        self._give(callback, forget, function, arguments)
        return forget

    def tell(self, function: str, arguments: Sequence[Any] = ()) -> Any:
        return plain(self._call(function, *map(self._to_js, arguments)))

    def has(self, function: str) -> bool:
        return callable(js.Reflect.get(self._bx24, function))

    def listen(self, element: Any, event: str, on_event: Callable[[Any], None]) -> Forget:
        callback, forget = self._callbacks.make(on_event, lasting=True)

        def stop() -> None:
            forget()  # BX24.unbind does not remove the prefixed names of `transitionend`
            self._call("unbind", element, event, callback)

        try:
            self._call("bind", element, event, callback)
        except BX24Error:
            forget()
            raise
        return stop

    def frame_size(self) -> FrameSize:
        return frame_size()

    def watch_size(self, on_change: Callable[[], None]) -> Forget:
        return watch_size(self._callbacks, on_change)

    def keep_modals_in_view(self) -> Forget:
        return keep_modals_in_view(self._callbacks)

    def load_script(self, address: str, on_end: Callable[[bool], None]) -> Sending:
        script = js.document.createElement("script")

        def end(loaded: bool) -> None:
            forget()
            on_end(loaded)

        on_load, forget_load = self._callbacks.make(lambda *_: end(True))
        on_error, forget_error = self._callbacks.make(lambda *_: end(False))

        def forget() -> None:
            forget_load()
            forget_error()

        script.addEventListener("load", on_load)
        script.addEventListener("error", on_error)
        script.src = address
        js.document.head.append(script)
        return PageSending(forget)

    def _give(self, callback: Any, forget: Forget, function: str, arguments: Sequence[Any]) -> None:
        """Call a function with a callback, and forget the callback if that fails."""
        with_callback = arguments if CALLBACK in arguments else (*arguments, CALLBACK)
        try:
            self._call(function, *(callback if value is CALLBACK else self._to_js(value) for value in with_callback))
        except BX24Error:
            forget()
            raise

    def send(self, request: Request, on_answer: OnAnswer) -> Sending:
        if request.v3:
            return self._fetcher.send(request, on_answer)
        if request.commands:
            return self._send_batch(request.commands, request.halt, on_answer)
        if request.has_start:
            return self._send_page(request, on_answer)

        def give(params: Any) -> Forget:
            return self._give_callback("callMethod", request.method, from_result, on_answer, (request.method, params))

        return self._give_filled("callMethod", json.dumps(request.params), give, on_answer)

    def join_renewal(self, on_end: Callable[[], None]) -> bool:  # noqa: ARG002  only the loader knows
        """Return False: the library does not tell of its own renewals."""
        return False

    def token_renewed(self, token: str) -> None:
        """Do nothing: the library knows it."""

    def _send_page(self, request: Request, on_answer: OnAnswer) -> Sending:
        """Send a method with `start` as a batch of one command, in which the library keeps it."""
        if request.has_macro:
            raise BX24Error(
                f"{request.method}: nothing was sent. A parameter contains text such as $result[0], which the portal "
                "would replace. With `start`, as for a next page, it can only be sent on a page with the loader."
            )
        return self._send_batch(
            (WireCommand(None, request.method, request.params),),
            False,
            lambda answer: on_answer(answer if isinstance(answer, BX24Error) else of_first_command(answer)),
        )

    def _send_batch(self, commands: tuple[WireCommand, ...], halt: bool, on_answer: OnAnswer) -> Sending:
        calls, keys = batch_arguments(commands)
        read = functools.partial(from_results, keys=keys)

        def give(calls: Any) -> Forget:
            return self._give_callback("callBatch", "batch", read, on_answer, (calls, CALLBACK, halt))

        return self._give_filled("callBatch", json.dumps(calls), give, on_answer)

    def _give_callback(
        self,
        function: str,
        method: str,
        read: Callable[..., Answer],
        on_answer: OnAnswer,
        arguments: Sequence[Any],
    ) -> Forget:
        """Call a library function that calls back with ajaxResults, and read them with `read`."""
        self._remember()
        callback, forget = self._callbacks.make(
            lambda results=None, *_: on_answer(carried(method, self._hide) or self._read(function, read, results))
        )
        self._give(callback, forget, function, arguments)
        return forget

    def _give_filled(self, name: str, text: str, give: Callable[[Any], Forget], on_answer: OnAnswer) -> Sending:
        """Replace the marks in parameters, given as JSON, with the contents, which are read first, and pass them on."""
        contents = contents_in(text)
        if not contents:
            return PageSending(give(self._parse(text)))
        forgets: list[Forget] = []

        async def read() -> None:
            filled = text
            try:
                for content in contents:
                    filled = filled.replace(content, await as_base64(content))
                forgets.append(give(self._parse(filled)))
            except BX24Error as error:
                on_answer(error)
            except Exception as error:  # such as a browser's: the file is gone, or too large
                on_answer(unreadable(name, error))

        task = asyncio.ensure_future(read())

        def forget() -> None:
            task.cancel()
            for one in forgets:
                one()

        return PageSending(forget)

    def _to_js(self, value: Any) -> Any:
        """Convert dicts to plain objects and lists to arrays; all else converts by itself."""
        return self._parse(json.dumps(value)) if isinstance(value, dict | list) else value

    def _hide(self, text: str) -> str:
        """Remove from a text every token that this page has used."""
        self._remember()
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def _remember(self) -> None:
        """Remember the current tokens: a later answer may quote them."""
        try:
            auth = plain(self._bx24.getAuth())
        except (AttributeError, JsException):  # a BX24 object of another kind may have none, or fail
            return
        if isinstance(auth, dict):
            self._secrets |= {auth[name] for name in ("access_token", "refresh_token") if auth.get(name)}

    def _function(self, name: str) -> Any:
        """Return a BX24 function by its name, such as `placement.call`."""
        function = self._bx24
        for part in name.split("."):
            function = getattr(function, part, None)
        if not callable(function):
            raise NotInPortalError(f"BX24.{name} is missing: this BX24 object is not the portal's library")
        return function

    def _call(self, name: str, *arguments: Any) -> Any:
        function = self._function(name)
        try:
            return function(*arguments)
        except JsException as error:
            raise self._failed(name, str(error)) from None

    def _read(self, name: str, read: Callable[..., Answer], value: Any) -> Answer | BX24Error:
        """Read the callback arguments of a BX24 function."""
        try:
            return read(value, hide=self._hide)
        except Exception as error:  # an exception would be lost in the page, and the call would hang
            return illegible(name, error)

    def _failed(self, name: str, text: str) -> BX24Error:
        try:
            self._function(name)
        except NotInPortalError as error:
            return error
        failed = BX24Error(f"BX24.{name} failed inside the portal's library: {self._hide(text)}")
        failed.maybe_executed = True
        return failed


class PageSending:
    """A request on its way that cannot be aborted or observed."""

    expired = False
    age = idle = math.inf

    def __init__(self, forget: Forget) -> None:
        self.abort = forget
