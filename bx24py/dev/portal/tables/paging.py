"""Pages: how the three kinds of list methods read `start` and report the rest (contract, lists, number 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bx24py.dev.portal.phpform import php_int

PAGE = 50
"""Rows of a page (contract, section 3)."""


@dataclass(frozen=True)
class Found:
    """One page: its row numbers, the total number of rows, and the start of the next page if any."""

    numbers: list[int]
    total: int | None
    next: int | None


@dataclass(frozen=True)
class Pager:
    """How a kind of method makes pages.

    Args:
        size: rows of a page.
        rounds: whether `start` is rounded down to a whole page, or is the offset of a row.
        wraps: whether page 1 follows the end, or an empty page (contract, lists, number 3).
        uncounted: the `total` for a negative `start`; None: there is no `total` (contract, lists, number 5).
    """

    size: int = PAGE
    rounds: bool = True
    wraps: bool = True
    uncounted: int | None = 0

    def page(self, numbers: Sequence[int], start: int) -> Found:
        """Return the page that begins at `start`; if negative, the first page without counting."""
        if start < 0:
            return Found(list(numbers[: self.size]), self.uncounted, None)
        total = len(numbers)
        at = start // self.size * self.size if self.rounds else start
        if at >= total and self.wraps:
            at = 0
        page = list(numbers[at : at + self.size])
        end = at + len(page)
        return Found(page, total, end if page and end < total else None)


CLASSIC = Pager()
"""The classic database: crm.deal.list and the like, user.get, department.get, sonet_group.get, lists.*, entity.*."""

OFFSET = Pager(rounds=False, wraps=False)
"""The newer database layer: `start` is the offset of a row."""

CONTROLLER = Pager(wraps=False, uncounted=None)
"""Controllers: crm.item.list, crm.type.list, tasks.task.list, catalog.*, socialnetwork.api.*, documentgenerator.*."""


def start_of(params: Mapping[str, Any]) -> int:
    """Return the requested offset: only the lower-case name counts (contract, lists, number 2).

    Negative: without counting. A str is read as in PHP (`"50x"` is 50, `"x"` is 0).
    """
    return php_int(params.get("start", 0))
