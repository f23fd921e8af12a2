"""The only door to the browser: plain Python on this side, the page's BX24 object on the other.

No other module imports `js` or `pyodide`. On plain CPython this module imports as well, and `connect` raises
NotInBrowserError; unit tests put another bridge in its place.

All callbacks given to JavaScript lead to one proxy of one function, which tells them apart by a number: one that comes
late finds nothing, and one that never comes holds nothing alive (contract, section 4, number 13).
"""

from __future__ import annotations

import asyncio
import base64
import functools
import gc
import heapq
import json
import math
import time
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, NamedTuple, NoReturn, Protocol

from .depth import check_depth
from .errors import BX24Error, NotInBrowserError, NotInPortalError
from .files import Blob, Content, contents_in
from .macros import looks_like_macro
from .monitor import log

try:
    import js
    from pyodide.ffi import JsException, JsProxy, create_proxy, jsnull
except ImportError:  # plain CPython
    js = None

Forget = Callable[[], None]
"""Called when nobody waits any more: what comes later is dropped."""

CALLBACK = object()
"""Stands for the callback among the arguments of a function of BX24."""

NOT_JSON = object()
"""Stands for the JSON of an answer that has none."""


# In place of a status, from the loader's subclass of XMLHttpRequest: ajaxResults instead of an answer, or an exception.
_ANSWERED = -1
_THREW = -2
_UNREADABLE = -3  # a file that was to be sent

# From it as well, in place of the milliseconds since the body of a request left the page.
_NOT_LEFT = -1
_EXPIRED = -2

# What `start` is called on its way through the library, which would delete it (contract, section 4, number 7). The
# loader's subclass of XMLHttpRequest gives it its name again; PHP, too, drops a space in front of a name.
_START = " start"

_MAX_DELAY = 2**31 - 1  # milliseconds; a longer setTimeout fires at once


class Answer(NamedTuple):
    """What came back for a request.

    Attributes:
        status: HTTP status; 0 when no complete answer came.
        body: the answer's JSON, as contract, section 3 has it if all is well; NOT_JSON when it is not JSON.
        text: what came when that is not JSON.
        hide: takes the tokens out of a text that goes into an error; what the portal says may quote the request.
    """

    status: int
    body: Any
    text: str = ""
    hide: Callable[[str], str] = str

    def __repr__(self) -> str:
        """Tell the status only: the rest may quote a token."""
        return f"<Answer {self.status}>"


class WireCommand(NamedTuple):
    """A command of a batch in the form that is sent; key is None in a list."""

    key: str | None
    method: str
    params: dict[str, Any]


OnProgress = Callable[[int, int], object]
"""Takes how many bytes of a request have been sent, and how many it has."""

OnAnswer = Callable[[Answer | BX24Error], None]
"""Takes what came back for a request; an error where the library itself failed."""


class FrameSize(NamedTuple):
    """The application's frame and what is in it, in pixels.

    Attributes:
        height: of the frame; 0 when it is hidden.
        overhang: by how much the content is higher than what can be seen of it; negative when it is lower.
    """

    height: int
    overhang: int


class PageFiles(NamedTuple):
    """What a value of the page holds.

    Attributes:
        many: whether it is a list, or an element that takes several.
        files: each file's name (None: a Blob without one) and content.
    """

    many: bool
    files: list[tuple[str | None, Blob]]


class Request(Protocol):
    """A request on its way."""

    @property
    def expired(self) -> bool:
        """Whether its token has expired, and the portal has not renewed it yet."""

    @property
    def age(self) -> float | None:
        """Seconds since its body left the page; None when it has not, or was refused unread. Infinity: unknown."""

    @property
    def idle(self) -> float:
        """Seconds since the library sent any request: its own guard may hold this one."""

    def abort(self) -> None:
        """Drop whatever is answered, and stop the request where that is possible."""


class Bridge(Protocol):
    """What the rest of the package needs of a page and its BX24 object."""

    @property
    def installing(self) -> bool:
        """Whether the loader is running the installation step inside the library's chain (contract, section 1)."""

    def init(self, on_ready: Callable[[], None]) -> None:
        """Have `on_ready` called once the library has the portal's data."""

    def call_method(
        self, method: str, params: dict[str, Any], on_answer: OnAnswer, on_progress: OnProgress | None = None
    ) -> Request:
        """Send one method. Its `start` reaches the portal, which BX24.callMethod alone would delete."""

    def call_batch(
        self, commands: list[WireCommand], halt: bool, on_answer: OnAnswer, on_progress: OnProgress | None = None
    ) -> Request:
        """Send one batch; the answer's body is that of the method `batch`."""

    def ask(self, function: str, arguments: Sequence[Any], on_answer: Callable[..., None]) -> Request:
        """Call a function of BX24, such as `placement.call`, that calls back once, with values made plain Python.

        The callback stands where CALLBACK is among the arguments, else after the last.
        """

    def subscribe(self, function: str, arguments: Sequence[Any], on_event: Callable[..., None]) -> Forget:
        """The same for a function that calls back again and again, until that is no longer wanted."""

    def tell(self, function: str, arguments: Sequence[Any] = ()) -> Any:
        """Call a function of BX24 that returns at once, and give its value in plain Python."""

    def has(self, function: str) -> bool:
        """Tell whether BX24 itself has a function of this name."""

    def listen(self, element: Any, event: str, on_event: Callable[[Any], None]) -> Forget:
        """Have a function called with each event of an element, as the page has it, until that is no longer wanted."""

    def frame_size(self) -> FrameSize:
        """Measure the frame and its content."""

    def watch_size(self, on_change: Callable[[], None]) -> Forget:
        """Have a function called when they may have changed, once for each picture drawn, while that is wanted."""

    def load_script(self, address: str, on_end: Callable[[bool], None]) -> Request:
        """Load a script into the page; tell whether that worked."""

    def call_later(self, delay: float, function: Callable[[], None]) -> Forget:
        """Call a function after so many seconds."""


def connect(bx24: object = None) -> Bridge:
    """Open the door to a BX24 object: the given one, or the page's.

    Raises:
        NotInBrowserError: this is not Pyodide.
        NotInPortalError: the page has no BX24 object, or null in its place.
    """
    if js is None:
        raise NotInBrowserError
    found = getattr(js, "BX24", None) if bx24 is None else bx24
    if found is None or found is jsnull:
        raise NotInPortalError(
            "BX24 is null: the page was opened outside a portal. Open it as an application of Bitrix24."
            if found is jsnull
            else 'BX24 is missing: the page needs <script src="//api.bitrix24.com/api/v1/"></script>, '
            "and the script must have loaded."
        )
    # Of the loader's subclass of XMLHttpRequest, through which the page's own library sends.
    loaded = getattr(js.XMLHttpRequest, "bx24pyConnect", None)
    is_own = found == getattr(js, "BX24", None)
    return _LoadedPageBridge(found, loaded) if loaded is not None and is_own else _PageBridge(found)


def page_files(value: object) -> PageFiles | None:
    """Give the files that a value of the page is or holds; None when it is none of that."""
    if js is None or not isinstance(value, JsProxy):
        return None
    page: Any = value
    kind = js.Object.prototype.toString.call(page)
    if kind in ("[object File]", "[object Blob]"):
        return PageFiles(False, [(str(page.name) if kind == "[object File]" else None, page)])
    if kind == "[object HTMLInputElement]" and page.type == "file":
        listed, many = page.files, bool(page.multiple)
    elif kind == "[object FileList]":
        listed, many = page, True
    else:
        return None
    files = (listed.item(index) for index in range(listed.length))
    return PageFiles(many, [(str(file.name), file) for file in files])


def page_type(value: object) -> str:
    """Name the type of a value of the page, such as `Promise`; empty when it is none."""
    if js is None or not isinstance(value, JsProxy):
        return ""
    return str(js.Object.prototype.toString.call(value)).removeprefix("[object ").removesuffix("]")


def page_value(value: object) -> object:
    """Give a value of the page, such as an array or a Date, as the Python value that it stands for; any other as it is.

    What an array, object, Map or Set holds is left as it is. Properties that are undefined are left out.
    """
    if js is None:
        return value
    if value is jsnull:
        return None
    if not isinstance(value, JsProxy):
        return value
    page: Any = value
    match page_type(value):
        case "Array" | "Set":
            return list(page.values())
        case "Object":
            entries = zip(js.Object.keys(page), js.Object.values(page), strict=True)
            return {name: item for name, item in entries if item is not None}
        case "Map":
            return {pair[0]: pair[1] for pair in page.entries()}
        case "Date":
            from datetime import UTC, datetime

            milliseconds = page.getTime()
            if math.isnan(milliseconds):  # an invalid Date
                return milliseconds
            return datetime.fromtimestamp(milliseconds / 1000, UTC)
        case "ArrayBuffer" | "DataView" | "Uint8Array" | "Uint8ClampedArray" | "Int8Array":
            return page.to_bytes()
        case name if name.endswith("Array"):  # of numbers
            return list(page.values())
        case "String" | "Number" | "Boolean":
            return page.valueOf()
    return value


class _PageBridge:
    """The bridge inside Pyodide. Nothing tells it how far a request is, so `on_progress` is never called."""

    def __init__(self, bx24: Any) -> None:
        self._bx24 = bx24
        self._waiting: dict[int, Callable[..., None]] = {}
        self._lasting: set[int] = set()
        self._ids = count(1)
        self._secrets: set[str] = set()
        self._dispatcher = create_proxy(self._dispatch, capture_this=True)
        # Looked up once: each look-up through `js` makes proxies.
        self._function_call = js.Function.prototype.call
        self._parse = js.JSON.parse
        self._timers = _Timers()
        self.call_later = self._timers.call_later

    def init(self, on_ready: Callable[[], None]) -> None:
        def ready(*_: Any) -> None:
            self._remember()
            on_ready()

        # `init` handlers run after the chain of installation only, but calls can be made: the portal has answered.
        # Later they run on a timer (contract, section 1); where the loader's handler has run, that is not waited for.
        if self.installing or self._bx24 == getattr(getattr(js, "bx24py", None), "initialised", None):
            ready()
        else:
            self.ask("init", (), ready)

    @property
    def installing(self) -> bool:
        state = getattr(js, "bx24py", None)  # the loader's
        return bool(getattr(state, "installing", False)) and self._bx24 == getattr(js, "BX24", None)

    def ask(self, function: str, arguments: Sequence[Any], on_answer: Callable[..., None]) -> Request:
        def answered(*values: Any) -> None:
            try:
                plain = [_plain(value) for value in values]
            except Exception as error:
                plain = [_illegible(function, error)]
            on_answer(*plain)

        callback, forget = self._callback(answered)
        self._give(callback, forget, function, arguments)
        return _PageRequest(forget)

    def subscribe(self, function: str, arguments: Sequence[Any], on_event: Callable[..., None]) -> Forget:
        callback, forget = self._callback(lambda *values: on_event(*map(_plain, values)), lasting=True)
        self._give(callback, forget, function, arguments)
        return forget

    def tell(self, function: str, arguments: Sequence[Any] = ()) -> Any:
        return _plain(self._call(function, *map(self._to_js, arguments)))

    def has(self, function: str) -> bool:
        return callable(js.Reflect.get(self._bx24, function))

    def listen(self, element: Any, event: str, on_event: Callable[[Any], None]) -> Forget:
        callback, forget = self._callback(on_event, lasting=True)

        def stop() -> None:
            forget()  # BX24.unbind leaves the older names of `transitionend` in place
            self._call("unbind", element, event, callback)

        try:
            self._call("bind", element, event, callback)
        except BX24Error:
            forget()
            raise
        return stop

    def frame_size(self) -> FrameSize:
        root = js.document.documentElement
        page = js.document.scrollingElement or root
        overhang = page.scrollHeight - page.clientHeight
        if overhang <= 0:  # which says nothing: scrollHeight is never less than what can be seen
            bottom = root.getBoundingClientRect().bottom
            body = js.document.body
            if body:  # with what hangs out of it, such as an open menu
                bottom = max(bottom, body.getBoundingClientRect().top + body.scrollHeight)
            overhang = min(0, math.ceil(bottom) - page.clientHeight)
        return FrameSize(js.innerHeight, overhang)

    def watch_size(self, on_change: Callable[[], None]) -> Forget:
        frame: Any = None

        def changed(*_: Any) -> None:
            nonlocal frame
            if frame is None:
                frame = js.requestAnimationFrame(draw)

        def drawn(*_: Any) -> None:
            nonlocal frame
            frame = None
            on_change()

        change, forget_change = self._callback(changed, lasting=True)
        draw, forget_draw = self._callback(drawn, lasting=True)
        root, body = js.document.documentElement, js.document.body
        boxes = js.ResizeObserver.new(change)
        for element in filter(None, (root, body)):
            boxes.observe(element)
        # Where the height of the page is that of the frame (height: 100%), its boxes stay as they are.
        nodes = js.MutationObserver.new(change)
        every = dict.fromkeys(("subtree", "childList", "characterData", "attributes"), True)
        nodes.observe(root, self._to_js(every))
        listened = (js.window, "resize"), (js.document, "load")  # of the frame; of images and the like
        for target, event in listened:
            target.addEventListener(event, change, True)

        def forget() -> None:
            boxes.disconnect()
            nodes.disconnect()
            for target, event in listened:
                target.removeEventListener(event, change, True)
            if frame is not None:
                js.cancelAnimationFrame(frame)
            forget_change()
            forget_draw()

        return forget

    def load_script(self, address: str, on_end: Callable[[bool], None]) -> Request:
        script = js.document.createElement("script")

        def end(loaded: bool) -> None:
            forget()
            on_end(loaded)

        on_load, forget_load = self._callback(lambda *_: end(True))
        on_error, forget_error = self._callback(lambda *_: end(False))

        def forget() -> None:
            forget_load()
            forget_error()

        script.addEventListener("load", on_load)
        script.addEventListener("error", on_error)
        script.src = address
        js.document.head.append(script)
        return _PageRequest(forget)

    def _give(self, callback: Any, forget: Forget, function: str, arguments: Sequence[Any]) -> None:
        """Call a function with a callback; it is forgotten again when that fails."""
        with_callback = arguments if CALLBACK in arguments else (*arguments, CALLBACK)
        try:
            self._call(function, *(callback if value is CALLBACK else self._to_js(value) for value in with_callback))
        except BX24Error:
            forget()
            raise

    def call_method(
        self,
        method: str,
        params: dict[str, Any],
        on_answer: OnAnswer,
        on_progress: OnProgress | None = None,  # noqa: ARG002
    ) -> Request:
        if _has_start(params):
            return self._call_page(method, params, on_answer)

        def give(params: Any) -> Forget:
            self._remember()
            callback, forget = self._callback(
                lambda result=None, *_: on_answer(
                    _carried(method, self._hide) or self._read("callMethod", _from_result, result)
                )
            )
            self._give(callback, forget, "callMethod", (method, params))
            return forget

        return self._give_filled("callMethod", json.dumps(params), give, on_answer)

    def _call_page(self, method: str, params: dict[str, Any], on_answer: OnAnswer) -> Request:
        """Send a method with its `start` as the one command of a batch, where the library keeps it."""
        if looks_like_macro(params):
            raise BX24Error(
                f"{method}: nothing was sent. A parameter contains a text such as $result[0], which the portal would "
                "replace. With `start`, also for the next page, it can be sent on a page with the loader only."
            )
        return self.call_batch(
            [WireCommand(None, method, params)],
            False,
            lambda answer: on_answer(answer if isinstance(answer, BX24Error) else _of_first_command(answer)),
        )

    def call_batch(
        self,
        commands: list[WireCommand],
        halt: bool,
        on_answer: OnAnswer,
        on_progress: OnProgress | None = None,  # noqa: ARG002
    ) -> Request:
        calls, keys = _batch(commands)

        def give(calls: Any) -> Forget:
            self._remember()
            callback, forget = self._callback(
                lambda results=None, *_: on_answer(
                    _carried("batch", self._hide)
                    or self._read("callBatch", functools.partial(_from_results, keys=keys), results)
                )
            )
            self._give(callback, forget, "callBatch", (calls, CALLBACK, halt))
            return forget

        return self._give_filled("callBatch", json.dumps(calls), give, on_answer)

    def _give_filled(self, name: str, text: str, give: Callable[[Any], Forget], on_answer: OnAnswer) -> Request:
        """Give parameters, written as JSON, with contents in the place of their marks; those are read first."""
        contents = contents_in(text)
        if not contents:
            return _PageRequest(give(self._parse(text)))
        forgets: list[Forget] = []

        async def read() -> None:
            filled = text
            try:
                for content in contents:
                    filled = filled.replace(content, await _base64(content))
                forgets.append(give(self._parse(filled)))
            except BX24Error as error:
                on_answer(error)
            except Exception as error:  # of the browser, for example: the file is gone, or too large
                on_answer(_unreadable(name, error))

        task = asyncio.ensure_future(read())

        def forget() -> None:
            task.cancel()
            for one in forgets:
                one()

        return _PageRequest(forget)

    def _to_js(self, value: Any) -> Any:
        """Make plain objects of dicts and arrays of lists; all else crosses by itself."""
        return self._parse(json.dumps(value)) if isinstance(value, dict | list) else value

    def _hide(self, text: str) -> str:
        """Take all tokens out of a text that have been used on this page."""
        self._remember()
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def _remember(self) -> None:
        """Remember the tokens of now: later, an answer may quote them."""
        try:
            auth = _plain(self._bx24.getAuth())
        except (AttributeError, JsException):  # another object than the library may have none, or fail
            return
        if isinstance(auth, dict):
            self._secrets |= {auth[name] for name in ("access_token", "refresh_token") if auth.get(name)}

    def _function(self, name: str) -> Any:
        """Find a function of BX24 by its name, such as `placement.call`."""
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
        """Read what a function of BX24 has called back with."""
        try:
            return read(value, hide=self._hide)
        except Exception as error:  # an exception would be lost in the page, and the call wait on
            return _illegible(name, error)

    def _failed(self, name: str, text: str) -> BX24Error:
        try:
            self._function(name)
        except NotInPortalError as error:
            return error
        return BX24Error(f"BX24.{name} failed inside the portal's library: {self._hide(text)}")

    def _callback(self, function: Callable[..., None], *, lasting: bool = False) -> tuple[Any, Forget]:
        """Make a JavaScript function that calls this one: once, or if it is lasting, until it is forgotten.

        It is `Function.prototype.call` bound to the dispatcher, with the number as `this`: a closure made without
        evaluating text, which a Content-Security-Policy may forbid.
        """
        number = next(self._ids)
        self._waiting[number] = function
        if lasting:
            self._lasting.add(number)

        def forget() -> None:
            self._waiting.pop(number, None)
            self._lasting.discard(number)

        return self._function_call.bind(self._dispatcher, number), forget

    def _dispatch(self, number: int, *arguments: Any) -> None:
        function = self._waiting.get(number)
        if number not in self._lasting:
            self._waiting.pop(number, None)
        if function is not None:
            function(*arguments)


class _LoadedPageBridge(_PageBridge):
    """The same where the loader has put its subclass of XMLHttpRequest in place.

    Calls to the REST interface cross as numbers and text, with no proxy of their own, and requests can be aborted.
    """

    def __init__(self, bx24: Any, connect: Any) -> None:
        super().__init__(bx24)
        connection = connect(bx24, create_proxy(self._dispatch), create_proxy(self._sent))
        self._watching: dict[int, OnProgress] = {}
        self._attach, self._watch = connection.attach, connection.watch
        self._call_method, self._call_batch = connection.callMethod, connection.callBatch
        self._abort = connection.abort
        self._since_left, self._since_any_sent = connection.sinceLeft, connection.sinceAnySent
        self._tokens = connection.tokens

    def call_method(
        self, method: str, params: dict[str, Any], on_answer: OnAnswer, on_progress: OnProgress | None = None
    ) -> Request:
        if _has_start(params):
            params = {_START if name == "start" else name: value for name, value in params.items()}
        text = json.dumps(params)
        number = self._number(contents_in(text), on_progress)
        return self._send("callMethod", number, on_answer, _from_result, self._call_method, method, text)

    def call_batch(
        self, commands: list[WireCommand], halt: bool, on_answer: OnAnswer, on_progress: OnProgress | None = None
    ) -> Request:
        calls, keys = _batch(commands)
        text = json.dumps(calls)
        number = self._number(contents_in(text), on_progress)
        fallback = functools.partial(_from_results, keys=keys)
        return self._send("callBatch", number, on_answer, fallback, self._call_batch, text, halt)

    def _remember(self) -> None:
        super()._remember()
        self._secrets.update(self._tokens().split())

    def _number(self, contents: list[Content], on_progress: OnProgress | None) -> int:
        """Make a call's number, under which the page has what it needs besides."""
        number = next(self._ids)
        for content in contents:
            self._attach(number, content, _on_page(content))
        if on_progress is not None:
            self._watching[number] = on_progress
            self._watch(number)
        return number

    def _send(
        self,
        name: str,
        number: int,
        on_answer: OnAnswer,
        fallback: Callable[..., Answer],
        function: Any,
        *arguments: Any,
    ) -> Request:
        """Have the page call a function of the library, and tell what came back; `fallback` reads ajaxResults."""

        def answered(status: int, answer: Any) -> None:
            self._watching.pop(number, None)
            if status == _THREW:
                on_answer(self._failed(name, answer))
            elif status == _UNREADABLE:
                on_answer(_unreadable(name, answer))
            elif status == _ANSWERED:
                on_answer(self._read(name, fallback, answer))
            else:
                on_answer(_answer(status, answer, self._hide))

        self._waiting[number] = answered
        function(number, *arguments)
        return _LoadedRequest(self, number)

    def _sent(self, number: int, done: float, total: float) -> None:
        on_progress = self._watching.get(number)
        if on_progress is not None:
            try:
                on_progress(int(done), int(total))
            except Exception:
                log.exception("a function given as on_progress failed")


class _PageRequest:
    """A request on its way that can only be forgotten, and of which nothing is known."""

    expired = False
    age = idle = math.inf

    def __init__(self, forget: Forget) -> None:
        self.abort = forget


class _LoadedRequest:
    """A request on its way."""

    __slots__ = ("_bridge", "_number")

    def __init__(self, bridge: _LoadedPageBridge, number: int) -> None:
        self._bridge = bridge
        self._number = number

    @property
    def expired(self) -> bool:
        since = self._bridge._since_left(self._number)
        # By its own clock the library renews a token before it sends a request.
        return bool(since == _EXPIRED or (since == _NOT_LEFT and not self._bridge.tell("getAuth")))

    @property
    def age(self) -> float | None:
        since = self._bridge._since_left(self._number)
        return None if since < 0 else since / 1000

    @property
    def idle(self) -> float:
        return float(self._bridge._since_any_sent() / 1000)

    def abort(self) -> None:
        self._bridge._waiting.pop(self._number, None)
        self._bridge._watching.pop(self._number, None)
        self._bridge._abort(self._number)


class _Timers:
    """Functions to call later, by way of one timer of the page, which is there while any of them waits."""

    def __init__(self) -> None:
        self._waiting: dict[int, Callable[[], None]] = {}
        self._due: list[tuple[float, int]] = []  # a heap; those not waiting any more are left out when their time comes
        self._ids = count(1)
        self._timer: Any = None
        self._rings_at = math.inf
        self._ring_proxy = create_proxy(self._ring)
        self._set_timeout, self._clear_timeout = js.setTimeout, js.clearTimeout

    def call_later(self, delay: float, function: Callable[[], None]) -> Forget:
        number = next(self._ids)
        self._waiting[number] = function
        heapq.heappush(self._due, (time.monotonic() + delay, number))
        self._wind()

        def forget() -> None:
            if self._waiting.pop(number, None) is not None and (
                not self._waiting or len(self._due) > 2 * len(self._waiting) + 100
            ):
                self._due = [due for due in self._due if due[1] in self._waiting]
                heapq.heapify(self._due)
                self._wind()

        return forget

    def _wind(self) -> None:
        """Have the timer ring at the first time that is due."""
        first = self._due[0][0] if self._due else math.inf
        if first == self._rings_at or (self._rings_at < first < math.inf):
            return
        if self._timer is not None:
            self._clear_timeout(self._timer)
            self._timer = None
        self._rings_at = first
        if first < math.inf:
            delay = max(0.0, first - time.monotonic()) * 1000
            self._timer = self._set_timeout(self._ring_proxy, min(delay + 1, _MAX_DELAY))

    def _ring(self, *_: Any) -> None:
        self._timer = None
        self._rings_at = math.inf
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            function = self._waiting.pop(heapq.heappop(self._due)[1], None)
            if function is not None:
                try:
                    function()
                except Exception:  # of a function of the application; the timers behind this one shall ring
                    log.exception("a timer's function failed")
        self._wind()


def _on_page(content: Content) -> Any:
    """Give a content as the page can read it."""
    source: Any = content.source
    if not isinstance(source, bytes):
        return source
    array = js.Uint8Array.new(len(source))
    array.assign(source)
    return array


async def _base64(content: Content) -> str:
    source: Any = content.source
    if not isinstance(source, bytes):
        source = (await source.arrayBuffer()).to_bytes()
    return base64.b64encode(source).decode("ascii")


def _illegible(name: str, why: Exception) -> BX24Error:
    return BX24Error(f"BX24.{name}: what the library called back with could not be read ({type(why).__name__})")


def _unreadable(name: str, why: object) -> BX24Error:
    return BX24Error(f"BX24.{name}: a file could not be read, so nothing was sent: {why}")


def _batch(commands: list[WireCommand]) -> tuple[Any, Any]:
    """Give what BX24.callBatch takes, and the keys under which it answers."""
    if commands[0].key is None:
        return [[command.method, command.params] for command in commands], range(len(commands))
    calls = {command.key: [command.method, command.params] for command in commands}
    return calls, list(calls)


def _has_start(params: dict[str, Any]) -> bool:
    """Tell whether BX24.callMethod would delete the offset of a list (contract, section 4, number 7)."""
    return params.get("start") not in (None, 0, "", "0")


def _of_first_command(answer: Answer) -> Answer:
    """Give the answer to a batch's first command in the form of an answer to a method."""
    batch = answer.body.get("result") if isinstance(answer.body, dict) and not answer.body.get("error") else None
    if not isinstance(batch, dict):
        return answer
    body: dict[str, Any] = {}
    for name in ("", "_error", "_total", "_next", "_time"):
        part = batch.get(f"result{name}")  # a list where the only key is 0
        found = dict(enumerate(part)) if isinstance(part, list) else part
        if isinstance(found, dict):
            body |= {name.removeprefix("_") or "result": value for key, value in found.items() if str(key) == "0"}
    if isinstance(body.get("error"), dict):
        body = body["error"]
    return answer._replace(body=body)


def _plain(value: Any) -> Any:
    """Copy a JavaScript value into plain Python, with None for null and undefined."""
    if value is None or value is jsnull:
        return None
    if isinstance(value, JsProxy):
        text = js.JSON.stringify(value)
        return None if text is None else _loads(text)
    return value


def _carried(method: str, hide: Callable[[str], str]) -> Answer | None:
    """Read the answer from the request whose `load` event is being handled now.

    The library hands on only part of an answer: in a batch the error's text and the timing are lost (contract,
    section 4, number 6). Its callbacks run while the request that carried the answer is being handled: that has it all.
    None where the library works otherwise.
    """
    request: Any = getattr(getattr(js, "event", None), "target", None)
    address = getattr(request, "responseURL", None)
    if not isinstance(address, str) or not address.split("?")[0].removesuffix(".json").endswith(f"/{method}"):
        return None
    true_answer = getattr(js.XMLHttpRequest, "bx24pyAnswer", None)  # of the loader, which shows the library another
    try:
        status, text = (true_answer and true_answer(request)) or (request.status, request.responseText)
        return _answer(status, text, hide)
    except JsException:  # the library asked for another type of response
        return None


def _answer(status: int, answer: Any, hide: Callable[[str], str]) -> Answer:
    """Read an answer: its text, or for a long one the page's array of bytes."""
    text = answer if isinstance(answer, str) else answer.to_bytes()
    try:
        return Answer(status, _loads(text), "", hide)
    except ValueError:
        return Answer(status, NOT_JSON, text if isinstance(text, str) else text.decode(errors="replace"), hide)


def _loads(text: str | bytes) -> Any:
    """Parse JSON.

    The garbage collector would look for cycles in the new objects again and again, but JSON has none. So it is held
    off meanwhile, and looks at them once at the end: else it would be due at once, and begin with all that there is.
    """
    check_depth(text)
    if isinstance(text, str) or not gc.isenabled():
        return json.loads(text, parse_constant=_refuse)
    gc.disable()
    try:
        return json.loads(text, parse_constant=_refuse)
    finally:
        gc.collect(0)
        gc.enable()


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _from_result(result: Any, *, hide: Callable[[str], str]) -> Answer:
    """Put together the answer to a method from its ajaxResult."""
    status = getattr(result, "status", None)
    return Answer(status if isinstance(status, int) else 200, _body(result), "", hide)


def _body(result: Any) -> dict[str, Any]:
    body = {"result": _plain(result.data())}
    error = _error(result)
    if error:
        body |= error
    total = _number(result, "total")
    if total is not None:
        body["total"] = total
    answer = _plain(getattr(result, "answer", None))
    if isinstance(answer, dict):
        body |= {name: answer[name] for name in ("next", "total", "time") if answer.get(name) is not None}
    return body


def _from_results(results: Any, *, keys: Any, hide: Callable[[str], str]) -> Answer:
    """Put together the answer to a batch from its ajaxResults; a skipped command has none."""
    batch: dict[str, dict[str, Any]] = {
        name: {} for name in ("result", "result_error", "result_total", "result_next", "result_time")
    }
    for key in keys:
        result = js.Reflect.get(results, key)
        if result is None or result is jsnull:
            continue
        body = _body(result)
        if "error" in body:
            batch["result_error"][str(key)] = body
            continue
        batch["result"][str(key)] = body["result"]
        for name in ("total", "next", "time"):
            if name in body:
                batch[f"result_{name}"][str(key)] = body[name]
    return Answer(200, {"result": batch}, "", hide)


def _error(result: Any) -> dict[str, str] | None:
    error = result.error()
    if error is None or error is jsnull:
        return None
    found = _plain(error.getError()) if hasattr(error, "getError") else _plain(error)
    if not isinstance(found, dict):
        found = {"error": str(found)}
    return {
        "error": str(found.get("error") or "UNKNOWN"),
        "error_description": str(found.get("error_description") or ""),
    }


def _number(result: Any, name: str) -> int | None:
    value = getattr(result, name)() if hasattr(result, name) else None
    return int(value) if isinstance(value, int | float) and value == value else None
