"""A log with bounded memory: the newest entries whole, older ones with long strings cut, and then none."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, Generic, Protocol, TypeVar, overload

KEPT_BYTES = 64 * 1024 * 1024
"""Memory in bytes for the parameters and answers of one log; the newest entry is always kept whole."""

CUT_LENGTH = 1024
"""Characters kept of each string in an entry that is no longer whole."""


class Entry(Protocol):
    """An entry of a log."""

    def weight(self) -> int:
        """Return the approximate memory of its values in bytes."""

    def cut(self) -> None:
        """Shorten its values; a cut string says how long it was."""


EntryT = TypeVar("EntryT", bound=Entry)


class Log(Sequence[EntryT], Generic[EntryT]):
    """The newest entries, oldest first. Can be read from any thread.

    Args:
        count: how many entries are kept.
        size: memory for their values in bytes; default: `KEPT_BYTES`.
    """

    def __init__(self, count: int, size: int | None = None) -> None:
        self._count, self._size = count, KEPT_BYTES if size is None else size
        self._entries: deque[EntryT] = deque()
        self._whole: deque[tuple[EntryT, int]] = deque()
        """The newest, uncut entries with their weights."""
        self._cut: deque[int] = deque()
        """The weights of the others, oldest first."""
        self._weight = 0
        self._lock = threading.Lock()

    @overload
    def __getitem__(self, at: int) -> EntryT: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[EntryT]: ...
    def __getitem__(self, at: int | slice) -> EntryT | Sequence[EntryT]:
        with self._lock:
            return self._entries[at] if isinstance(at, int) else list(self._entries)[at]

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[EntryT]:
        with self._lock:
            return iter(list(self._entries))

    def __repr__(self) -> str:
        return repr(list(self))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def append(self, entry: EntryT) -> None:
        """Add an entry, and cut or drop older ones."""
        with self._lock:
            self._entries.append(entry)
            self._whole.append((entry, weight := entry.weight()))
            self._weight += weight
            self._trim()

    def grown(self, entry: EntryT) -> None:
        """Update the weight of an entry after something was added to it."""
        with self._lock:
            for at, (kept, weight) in enumerate(reversed(self._whole), 1):
                if kept is entry:
                    now = entry.weight()
                    self._whole[-at] = entry, now
                    self._weight += now - weight
                    self._trim()
                    return
        entry.cut()

    def clear(self) -> None:
        """Remove all entries."""
        with self._lock:
            self._entries.clear()
            self._whole.clear()
            self._cut.clear()
            self._weight = 0

    def _trim(self) -> None:
        while self._weight > self._size and len(self._whole) > 1:
            entry, weight = self._whole.popleft()
            entry.cut()
            self._cut.append(entry.weight())
            self._weight += self._cut[-1] - weight
        while len(self._entries) > 1 and (len(self._entries) > self._count or self._weight > self._size):
            entry = self._entries.popleft()
            if self._cut:
                self._weight -= self._cut.popleft()
            else:
                self._weight -= self._whole.popleft()[1]
                entry.cut()  # others may still hold it


def weigh(value: Any) -> int:
    """Return the approximate memory of a JSON value in bytes."""
    size, left = 0, [value]
    while left:
        one = left.pop()
        size += sys.getsizeof(one)
        if isinstance(one, dict):
            left += one.keys()
            left += one.values()
        elif isinstance(one, list | tuple):
            left += one
    return size


def cut_texts(value: Any, length: int = CUT_LENGTH) -> Any:
    """Return a JSON value with its long strings cut; a cut string ends with its original length."""
    if isinstance(value, str):
        return value if len(value) <= length else f"{value[:length]}… ({len(value):,} characters)"
    if isinstance(value, dict):
        return {cut_texts(key, length): cut_texts(item, length) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [cut_texts(item, length) for item in value]
    return value
