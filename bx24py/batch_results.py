"""What is known of the commands of a `call_batch`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .rest.result import Result


class BatchResults(Mapping[str | int, "Result"]):
    """How far a `call_batch` has come: the Result of each command that is answered, by its key, or number in a list.

    Attributes:
        uncertain: the commands of a batch whose answer was lost, timed out, cancelled or could not be read. They may
            have been executed: read back what they change before you send them again.
        remaining: those that were certainly not executed, or just read, and can be sent again.

    Both have `[method, params]` under each command's key, or number in a list, with the parameters as they are sent:
    `call_batch` takes them so.
    """

    def __init__(
        self,
        answered: Mapping[str | int, Result] = MappingProxyType({}),
        uncertain: Mapping[str | int, Sequence[object]] = MappingProxyType({}),
        remaining: Mapping[str | int, Sequence[object]] = MappingProxyType({}),
    ) -> None:
        self._answered = answered
        self.uncertain = uncertain
        self.remaining = remaining

    def __getitem__(self, key: str | int) -> Result:
        return self._answered[key]

    def __iter__(self) -> Iterator[str | int]:
        return iter(self._answered)

    def __len__(self) -> int:
        return len(self._answered)

    def __repr__(self) -> str:
        """Return numbers only: parameters may be private."""
        return f"<BatchResults: {len(self)} answered, {len(self.uncertain)} uncertain, {len(self.remaining)} remaining>"
