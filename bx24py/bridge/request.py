"""A REST call as an immutable value, passed down to the page as it is, and again for each retry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

OnProgress = Callable[[int, int], object]
"""Takes the bytes of a request sent so far, and their total."""


class WireCommand(NamedTuple):
    """A command of a batch, as sent; `key` is None in a list."""

    key: str | None
    method: str
    params: dict[str, Any]


class Options(NamedTuple):
    """The options of a REST call.

    Attributes:
        timeout: seconds to wait for an answer. Waiting for the portal's limits does not count.
        retry: whether to resend it if its outcome is unknown; None: if it only reads; False: never for any reason.
        wait_for_operating: if the method has used up its working time, wait instead of failing at once.
        on_progress: called with the bytes of the request sent so far, and their total.
        key: the caller's own Idempotency-Key.
    """

    timeout: float
    retry: bool | None = None
    wait_for_operating: bool = False
    on_progress: OnProgress | None = None
    key: str = ""


class Request(NamedTuple):
    """A REST call.

    Attributes:
        name: its name in messages.
        method: the REST method; `batch` for a batch.
        params: the method's parameters, encoded.
        commands: the commands of a batch, otherwise empty.
        halt: whether a batch stops at the first failed command.
        only_reads: whether executing it twice does no more than executing it once.
        has_macro: whether a batch would replace text in its parameters. Set only if `start` is among them.
        options: its options.
        v3: whether it goes to REST 3.0 (contract, section 6).
        key: the Idempotency-Key to send; empty: none. With one the portal executes it once, however often it comes.
    """

    name: str
    method: str
    params: dict[str, Any]
    commands: tuple[WireCommand, ...]
    halt: bool
    only_reads: bool
    has_macro: bool
    options: Options
    v3: bool = False
    key: str = ""

    @property
    def methods(self) -> list[str]:
        """The REST methods that it executes."""
        return [command.method for command in self.commands] or [self.method]

    @property
    def may_be_repeated(self) -> bool:
        """Whether it may be resent if its outcome is unknown."""
        return self.only_reads or bool(self.key) if self.options.retry is None else self.options.retry

    @property
    def has_start(self) -> bool:
        """Whether BX24.callMethod would delete the offset of a list (contract, section 4, number 7)."""
        return self.params.get("start") not in (None, 0, "", "0")

    def __repr__(self) -> str:
        """Return the name only: parameters may be private."""
        return f"<Request {self.name}>"
