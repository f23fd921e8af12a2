"""A call to the REST interface as a value: it goes down to the page as it is, and again when it is repeated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

OnProgress = Callable[[int, int], object]
"""Takes how many bytes of a request have been sent, and how many it has."""


class WireCommand(NamedTuple):
    """A command of a batch in the form that is sent; key is None in a list."""

    key: str | None
    method: str
    params: dict[str, Any]


class Options(NamedTuple):
    """What the caller of a REST method asked for besides.

    Attributes:
        timeout: seconds without an answer until it fails. Waiting for the portal's limits does not count.
        retry: whether to send it again when its fate is unknown; None: when it only reads; False: never again at all.
        wait_for_operating: wait where the method has used up its working time, instead of failing at once.
        on_progress: told how many bytes of the request have been sent, and of how many.
    """

    timeout: float
    retry: bool | None = None
    wait_for_operating: bool = False
    on_progress: OnProgress | None = None


class Request(NamedTuple):
    """A call to the REST interface.

    Attributes:
        name: what messages call it.
        method: the REST method; `batch` for a batch.
        params: the method's parameters, encoded.
        commands: those of a batch; else empty.
        halt: whether a batch stops at the first command that fails.
        only_reads: whether executing it twice does no more than executing it once.
        has_macro: whether a batch would replace a text of its parameters. Told only where `start` is among them.
        options: what the caller asked for besides.
    """

    name: str
    method: str
    params: dict[str, Any]
    commands: tuple[WireCommand, ...]
    halt: bool
    only_reads: bool
    has_macro: bool
    options: Options

    @property
    def methods(self) -> list[str]:
        """All REST methods that it executes."""
        return [command.method for command in self.commands] or [self.method]

    @property
    def may_be_repeated(self) -> bool:
        """Whether it may be sent again when its fate is unknown."""
        return self.only_reads if self.options.retry is None else self.options.retry

    @property
    def has_start(self) -> bool:
        """Whether BX24.callMethod would delete the offset of a list (contract, section 4, number 7)."""
        return self.params.get("start") not in (None, 0, "", "0")

    def __repr__(self) -> str:
        """Tell the name only: parameters may be private."""
        return f"<Request {self.name}>"
