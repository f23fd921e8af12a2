"""Moves deals, and knows of each whether it has been moved, or may have been. Nothing in here knows of the page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bx24py import BatchRun, BX24Error, Result, bx24

LIMIT = 300
"""How many deals are moved at once."""

PAGE = 50
"""Rows of a page of a REST list."""

TIMEOUT = 30.0
"""Seconds for each request."""

Commands = Mapping[Any, Sequence[object]]
"""Commands for `call_batch`, by the numbers of the deals."""


@dataclass(frozen=True)
class Stage:
    """A stage of the first pipeline."""

    id: str
    name: str


@dataclass(frozen=True)
class Deal:
    """A deal as the page shows it."""

    id: int
    title: str
    amount: float
    currency: str

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Deal:
        """Read a row of crm.deal.list."""
        number = int(row["ID"])
        title = " ".join((row.get("TITLE") or "").split()) or f"Deal {number}"
        return cls(number, title, float(row.get("OPPORTUNITY") or 0), row.get("CURRENCY_ID") or "")


async def read_stages() -> list[Stage]:
    """Read the stages in their order.

    Raises:
        BX24Error: they could not be read.
    """
    params = {"filter": {"ENTITY_ID": "DEAL_STAGE"}, "order": {"SORT": "ASC"}}
    result = await bx24.call_method("crm.status.list", params, timeout=TIMEOUT)
    return [Stage(row["STATUS_ID"], row["NAME"]) for row in result.data]


async def read_deals(stage: str) -> tuple[list[Deal], int]:
    """Read the newest deals of a stage in one request, and how many it has.

    Raises:
        BX24Error: they could not be read.
    """
    params = {
        "select": ["ID", "TITLE", "OPPORTUNITY", "CURRENCY_ID"],
        "filter": {"CATEGORY_ID": 0, "STAGE_ID": stage},
        "order": {"ID": "DESC"},
    }
    pages = [("crm.deal.list", {**params, "start": start}) for start in range(0, LIMIT, PAGE)]
    results = await bx24.call_batch(pages, timeout=TIMEOUT)
    deals = {deal.id: deal for result in results for deal in map(Deal.from_row, result.data)}
    return list(deals.values()), results[0].total or len(deals)


@dataclass
class Change:
    """Deals on their way to another stage. Each of them is in one of the four groups below."""

    deals: dict[int, Deal]
    stage: str
    moved: set[int] = field(default_factory=set)
    failed: dict[int, BX24Error] = field(default_factory=dict)
    """Those that the portal refused to move, and why."""
    uncertain: dict[int, Sequence[object]] = field(default_factory=dict)
    """The commands of a request whose answer was lost: they may have been executed."""
    remaining: dict[int, Sequence[object]] = field(default_factory=dict)
    """The commands that have not been executed."""
    problem: BX24Error | None = None
    """Why the last run did not come to its end."""
    cancelled: bool = False
    _call: BatchRun[dict[int, Result]] | None = None

    def __post_init__(self) -> None:
        self.remaining = {number: self._command(number) for number in self.deals}

    def _command(self, number: int) -> Sequence[object]:
        return ["crm.deal.update", {"id": number, "fields": {"STAGE_ID": self.stage}}]

    @property
    def again(self) -> dict[int, Sequence[object]]:
        """What can be sent without moving anything twice: what has failed, and what remains."""
        return {**{number: self._command(number) for number in self.failed}, **self.remaining}

    async def run(self, commands: Commands, progress: Callable[[int, int], None]) -> None:
        """Send these commands, of `again`. What becomes of each is noted as soon as its 50 are answered.

        Args:
            commands: what to send.
            progress: called with how many are answered, and of how many.
        """
        done = 0

        def note(number: int, result: Result) -> None:
            nonlocal done
            done += 1
            self._note(number, result.error)
            progress(done, len(commands))

        for number in commands:
            self.failed.pop(number, None)
            self.remaining.pop(number, None)
        self.problem, self.cancelled = None, False
        self._call = bx24.call_batch(commands, on_result=note, timeout=TIMEOUT)
        try:
            await self._call
        except BX24Error as error:
            self.problem = error
        except asyncio.CancelledError:
            self.cancelled = True
        left = self._call.results
        self.uncertain |= {int(number): command for number, command in left.uncertain.items()}
        self.remaining |= {int(number): command for number, command in left.remaining.items()}

    def _note(self, number: int, error: BX24Error | None) -> None:
        if error is None:
            self.moved.add(number)
        elif error.maybe_executed:
            self.uncertain[number] = self._command(number)
        else:
            self.failed[number] = error

    def cancel(self) -> None:
        """Send nothing more. The request that is on its way may be executed nevertheless."""
        if self._call is not None:
            self._call.cancel()

    async def check(self) -> Commands:
        """Read back the uncertain deals; return the commands of those that have not been moved.

        Raises:
            BX24Error: they could not be read; they stay uncertain.
        """
        numbers = list(self.uncertain)
        pages = [
            (
                "crm.deal.list",
                {
                    "select": ["ID"],
                    "filter": {"@ID": numbers[at : at + PAGE], "STAGE_ID": self.stage},
                    "start": -1,
                },
            )
            for at in range(0, len(numbers), PAGE)
        ]
        results = await bx24.call_batch(pages, timeout=TIMEOUT)
        found = {int(row["ID"]) for result in results for row in result.data}
        self.moved |= found
        unmoved = {number: command for number, command in self.uncertain.items() if number not in found}
        self.remaining |= unmoved
        self.uncertain.clear()
        return unmoved
