"""The bridge to the page's own library on a page with the loader and its subclass of XMLHttpRequest."""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Callable
from typing import Any

from ..monitor import log
from .answers import answer_of, batch_arguments, from_result, from_results, unreadable
from .files import Content, contents_in, on_page
from .interface import Answer, OnAnswer, Sending
from .plain import PlainBridge
from .request import OnProgress, Request

with contextlib.suppress(ImportError):  # on plain CPython
    from pyodide.ffi import create_proxy

# Statuses set by the loader's subclass of XMLHttpRequest: ajaxResults instead of an answer, or an exception.
_ANSWERED = -1
_THREW = -2
_UNREADABLE = -3  # a file that cannot be read

# Also set by it, instead of the milliseconds since the body of a request was sent.
_NOT_LEFT = -1
_EXPIRED = -2

# The name of `start` on its way through the library, which would delete it (contract, section 4, number 7). The
# loader's subclass of XMLHttpRequest restores it; PHP, too, drops a space in front of a name.
_START = " start"


class LoadedBridge(PlainBridge):
    """The bridge on a page with the loader.

    REST calls cross as numbers and text, without a proxy for each, and requests can be aborted.
    """

    def __init__(self, bx24: Any, connect: Any) -> None:
        super().__init__(bx24)
        connection = connect(bx24, create_proxy(self._callbacks.dispatch), create_proxy(self._sent))
        self._watching: dict[int, OnProgress] = {}
        self._attach, self._watch = connection.attach, connection.watch
        self._call_method, self._call_batch = connection.callMethod, connection.callBatch
        self._abort = connection.abort
        self._since_left, self._since_any_sent = connection.sinceLeft, connection.sinceAnySent
        self._tokens = connection.tokens
        self._join_renewal, self._use_token = connection.joinRenewal, connection.useToken

    def send(self, request: Request, on_answer: OnAnswer) -> Sending:
        if request.v3:
            return self._fetcher.send(request, on_answer)
        if request.commands:
            calls, keys = batch_arguments(request.commands)
            text = json.dumps(calls)
            fallback: Callable[..., Answer] = functools.partial(from_results, keys=keys)
            arguments: tuple[Any, ...] = (text, request.halt)
            name, function = "callBatch", self._call_batch
        else:
            params = request.params
            if request.has_start:
                params = {_START if name == "start" else name: value for name, value in params.items()}
            text = json.dumps(params)
            fallback = from_result
            arguments = (request.method, text)
            name, function = "callMethod", self._call_method
        number = self._number(contents_in(text), request.options.on_progress)

        def answered(status: int, answer: Any) -> None:
            self._watching.pop(number, None)
            if status == _THREW:
                on_answer(self._failed(name, answer))
            elif status == _UNREADABLE:
                on_answer(unreadable(name, answer))
            elif status == _ANSWERED:
                on_answer(self._read(name, fallback, answer))
            else:
                on_answer(answer_of(status, answer, self._hide))

        self._callbacks.waiting[number] = answered
        function(number, *arguments)
        return LoadedSending(self, number)

    def join_renewal(self, on_end: Callable[[], None]) -> bool:
        number = self._callbacks.number()
        self._callbacks.waiting[number] = on_end
        joined = bool(self._join_renewal(number))
        if not joined:
            del self._callbacks.waiting[number]
        return joined

    def token_renewed(self, token: str) -> None:
        if token:
            self._use_token(token)

    def _remember(self) -> None:
        super()._remember()
        self._secrets.update(self._tokens().split())

    def _number(self, contents: list[Content], on_progress: OnProgress | None) -> int:
        """Return a new call number, under which the page keeps the contents and the progress callback."""
        number = self._callbacks.number()
        for content in contents:
            self._attach(number, content, on_page(content))
        if on_progress is not None:
            self._watching[number] = on_progress
            self._watch(number)
        return number

    def _sent(self, number: int, done: float, total: float) -> None:
        on_progress = self._watching.get(number)
        if on_progress is not None:
            try:
                on_progress(int(done), int(total))
            except Exception:
                log.exception("the on_progress function failed")


class LoadedSending:
    """A request on its way."""

    __slots__ = ("_bridge", "_number")

    def __init__(self, bridge: LoadedBridge, number: int) -> None:
        self._bridge = bridge
        self._number = number

    @property
    def expired(self) -> bool:
        since = self._bridge._since_left(self._number)
        # The library itself renews a token that has expired by its own clock before it sends a request.
        return bool(since == _EXPIRED or (since == _NOT_LEFT and not self._bridge.tell("getAuth")))

    @property
    def age(self) -> float | None:
        since = self._bridge._since_left(self._number)
        return None if since < 0 else since / 1000

    @property
    def idle(self) -> float:
        return float(self._bridge._since_any_sent() / 1000)

    def abort(self) -> None:
        self._bridge._callbacks.waiting.pop(self._number, None)
        self._bridge._watching.pop(self._number, None)
        self._bridge._abort(self._number)
