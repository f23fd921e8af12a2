"""Calls and batches of REST 3.0: the way of the old REST, with other requests, answers and repetitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ..bridge import Answer, Bridge, Options, Request
from ..calls.call import Call
from ..calls.pending import Pending
from ..errors import AuthError, BadResponseError, RateLimitError, RestError
from ..rest import writes
from ..rest.answers import answer_body
from ..rest.call import RestCall
from ..rest.commands import Command, Key, describe
from ..rest.interface import Rest
from ..rest.read_only import reads
from ..rest.result import Result
from .keys import Keys, new_key
from .references import references_in, to_wire

T = TypeVar("T")

_TOGETHER = (
    "The portal does not say which command of a batch of REST 3.0 failed. Those before it may have been executed: "
    "check before repeating commands that write."
)


class RestV3(Rest):
    """REST 3.0 of one client: it shares the limits, the history and the functions given to `on_write` with the old."""

    _v3 = True

    def __init__(self, old: Rest) -> None:
        self.history, self.writes = old.history, old.writes
        self._sender, self._max_tries = old._sender, old._max_tries
        make = super()._make
        self._keys = Keys(lambda request, read: self._sender.start(lambda: make(request, read, None, None)))

    def _request(self, command: Command, options: Options) -> Request:
        method, only_reads = command.method, reads(command.method)
        profits = not only_reads and options.retry is not False and self._max_tries > 1
        key = options.key or (new_key() if profits else "")
        return Request(method, method, command.params, (), False, only_reads, False, options, True, key)

    def _make(
        self,
        request: Request,
        read: Callable[[Answer], T],
        check: Callable[[Bridge], None] | None,
        hold: Callable[[Call[Any]], bool] | None,
    ) -> RestCall[T]:
        call = _KeyedCall(self._sender, self.history, self._max_tries, request, read, check, hold)
        call.keys = self._keys
        return call

    @staticmethod
    def _names(command: Command) -> set[str]:
        return {name for _, _, name in references_in(command.params, "")}

    def _send_batch(
        self,
        part: list[Command],
        options: Options,
        asked: writes.Asked | None,
        *,
        named: bool,  # noqa: ARG002  the answer is a list in any case
        halt: bool,
    ) -> Pending[dict[Key, Result]]:
        only_reads = all(reads(command.method) for command in part)
        request = Request(describe(part), "batch", {}, to_wire(part), halt, only_reads, False, options, True)
        return self._start(request, lambda answer: self._results(answer, part, request), asked)

    def _result(self, answer: Answer, command: Command, _options: Options) -> Result:
        document = answer.body
        if isinstance(document, dict) and "openapi" in document:  # it stands alone, not in a `result`
            return Result(command.method, document, status=answer.status)
        body = answer_body(answer, command.method)
        time = body.get("time")
        self.history.note(command.method, time)
        return Result(command.method, body["result"], time=time, status=answer.status, replayed=answer.replayed)

    def _results(self, answer: Answer, part: list[Command], request: Request) -> dict[Key, Result]:
        try:
            found = answer_body(answer, "batch")["result"]
        except RestError as error:
            unread = isinstance(error, AuthError) or (isinstance(error, RateLimitError) and not error.maybe_executed)
            if len(part) > 1 and not request.only_reads and not unread:
                error.maybe_executed = True
                error.args = (f"{error} {_TOGETHER}",)
            raise
        if not isinstance(found, list) or len(found) != len(part):
            why = f"the answer has not the results of {len(part)} commands"
            raise BadResponseError("batch", answer.status, answer.hide(str(found)), why)
        return {
            command.key: Result(command.method, data, status=answer.status)
            for command, data in zip(part, found, strict=True)
        }


class _KeyedCall(RestCall[T]):
    """A call that waits until it is known whether its key can be sent."""

    keys: Keys

    def prepare(self) -> bool:
        if not self._content.key or self.done():
            return False
        if self.keys.allowed is None:
            self.stop_clock()
            self._left = self.timeout
            self.start_clock(self._sender.bridge)
            self.keys.ask(self._known)
            return True
        if not self.keys.allowed:
            self._content = self._content._replace(key="")
        return False

    def _known(self) -> None:
        if not self.done():
            self._sender.release(self)
