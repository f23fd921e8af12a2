"""The portal's REST interface: calls start here, and their answers become results."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from ..bridge import Answer, Bridge, Options, Request
from ..calls.call import Call
from ..calls.pending import Pending, finished
from ..calls.sender import Sender
from ..errors import OperationTimeLimitError
from . import answers, commands, writes
from .batch_run import BatchRun, OnResult, RunProgress
from .call import RestCall
from .commands import Command, Key
from .history import History
from .macros import looks_like_macro, macros_in
from .read_only import reads
from .result import Result, whole

T = TypeVar("T")


class Rest:
    """The REST interface of one client.

    Args:
        sender: sends the calls.
        max_tries: how often a call is sent at most while its outcome is unknown.
    """

    _v3 = False

    def __init__(self, sender: Sender, max_tries: int) -> None:
        self.history = History()
        self.writes = writes.Writes(sender)
        self._sender = sender
        self._max_tries = max_tries

    def call(
        self, command: Command, options: Options, *, check: Callable[[Bridge], None] | None = None
    ) -> Pending[Result]:
        """Call one method. `check` runs just before sending; it raises a BX24Error if the call must not be sent."""
        asked = writes.Asked([command], in_batch=False, v3=self._v3)
        request = self._request(command, options)
        call = self._start(request, lambda answer: self._result(answer, command, options), asked, check)
        return asked.started(call)

    def _request(self, command: Command, options: Options) -> Request:
        """Return the request of one method."""
        method, params = command.method, command.params
        request = Request(method, method, params, (), False, reads(method), False, options)
        return request._replace(has_macro=looks_like_macro(params)) if request.has_start else request

    def batch(
        self,
        given: list[Command],
        options: Options,
        *,
        named: bool,
        halt: bool,
        on_result: OnResult | None = None,
    ) -> BatchRun[Any]:
        """Send commands, 50 at a time, and return their results by key, or as a list."""

        def shape(results: dict[Key, Result]) -> Any:
            return results if named else list(results.values())

        parts = commands.chunks(given)
        progress: RunProgress | None = None
        if options.on_progress is not None and len(parts) > 1:
            progress = RunProgress(options.on_progress, [commands.to_wire(part, named=named) for part in parts])

        asked = writes.Asked(given, in_batch=True, v3=self._v3)

        def send(part: list[Command]) -> Pending[dict[Key, Result]]:
            if asked.skipped:
                return finished(writes.unsent(part))
            told = options._replace(on_progress=progress.next()) if progress is not None else options
            about = asked if part[0] is given[0] else None  # once, for all of them
            return self._send_batch(part, told, about, named=named, halt=halt)

        self._sender.require_browser()
        return asked.started(BatchRun(parts, halt=halt, on_result=on_result, send=send, shape=shape, names=self._names))

    @staticmethod
    def _names(command: Command) -> set[str]:
        """Return the keys of the commands that a command refers to."""
        return {key for _, _, key in macros_in(command.params, "")}

    def _send_batch(
        self, part: list[Command], options: Options, asked: writes.Asked | None, *, named: bool, halt: bool
    ) -> Pending[dict[Key, Result]]:
        wire = tuple(commands.to_wire(part, named=named))
        only_reads = all(reads(command.method) for command in part)
        request = Request(commands.describe(part), "batch", {}, wire, halt, only_reads, False, options)
        return self._start(request, lambda answer: self._results(answer, part, request), asked)

    def _start(
        self,
        request: Request,
        read: Callable[[Answer], T],
        asked: writes.Asked | None,
        check: Callable[[Bridge], None] | None = None,
    ) -> Pending[T]:
        """Start a call. `asked` is what the functions given to `on_write` are asked about before."""
        hold = partial(self.writes.hold, asked=asked)
        return self._sender.start(lambda: self._make(request, read, check, hold))

    def _make(
        self,
        request: Request,
        read: Callable[[Answer], T],
        check: Callable[[Bridge], None] | None,
        hold: Callable[[Call[Any]], bool] | None,
    ) -> RestCall[T]:
        return RestCall(self._sender, self.history, self._max_tries, request, read, check, hold)

    def _result(self, answer: Answer, command: Command, options: Options) -> Result:
        body = answers.answer_body(answer, command.method)
        time = body.get("time")
        self.history.note(command.method, time)
        return Result(
            command.method,
            body["result"],
            total=whole(body.get("total")),
            next=answers.next_offset(body.get("next"), command.params),
            time=time,
            status=answer.status,
            fetch=lambda start: self._next_page(command.method, command.params, start, options),
        )

    def _results(self, answer: Answer, part: list[Command], request: Request) -> dict[Key, Result]:
        results = answers.read_answer(
            answer,
            part,
            request.commands,
            halt=request.halt,
            fetch=lambda method, params, start: self._next_page(method, params, start, request.options),
        )
        for result in results.values():
            self.history.note(result.method, result._time)
            if isinstance(result.error, OperationTimeLimitError):
                result.error.operating_reset_at = self.history.operating_reset_at([result.method])
        return results

    def _next_page(self, method: str, params: dict[str, Any], start: int, options: Options) -> Pending[Result]:
        return self.call(Command(0, method, {**params, "start": start}), options._replace(on_progress=None))
