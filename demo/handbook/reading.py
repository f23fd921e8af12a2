"""Reads the whole company from the portal in as few requests as possible."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from company import Department, Person

from bx24py import BX24Error, Result, bx24

PAGE = 50
"""Rows of a page of a REST list."""

BATCH = 50
"""Commands of a batch: 2,500 people in one request."""

TIMEOUT = 30.0
"""Seconds for each request."""

FIELDS = [
    "ID",
    "NAME",
    "LAST_NAME",
    "ACTIVE",
    "USER_TYPE",
    "WORK_POSITION",
    "UF_DEPARTMENT",
    "WORK_PHONE",
    "PERSONAL_MOBILE",
    "UF_PHONE_INNER",
    "EMAIL",
    "PERSONAL_PHOTO",
]

COMMANDS: dict[str, tuple[str, dict[str, Any]]] = {
    "departments": ("department.get", {"sort": "ID", "order": "ASC"}),
    # Sorted by ID, so that people who join during reading come last, and no page shifts.
    "people": ("user.get", {"sort": "ID", "order": "ASC", "select": FIELDS, "IMAGE_RESIZE": "small"}),
}


@dataclass
class Reading:
    """What was read, and what could not be."""

    departments: list[Department] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    problems: dict[str, BX24Error] = field(default_factory=dict)
    """The first error for `departments` and for `people`, if any."""

    def add(self, what: str, result: Result) -> None:
        """Add one page."""
        if result.error is not None:
            self.problems.setdefault(what, result.error)
        elif what == "people":
            self.people += map(Person.from_row, result.data)
        else:
            self.departments += map(Department.from_row, result.data)


async def read_company(progress: Callable[[int, int], None]) -> Reading:
    """Read all departments and all people: the first page of both in one request, the other pages in another.

    Args:
        progress: called with the number of rows read so far, and the total.

    Raises:
        BX24Error: nothing could be read. Partial failures are in the `problems` of the result.
    """
    reading = Reading()
    first = await bx24.call_batch({what: _command(what, 0) for what in COMMANDS}, timeout=TIMEOUT)
    for what, result in first.items():
        reading.add(what, result)
    total = sum(result.total or 0 for result in first.values())
    pages = [(what, start) for what, result in first.items() for start in range(PAGE, result.total or 0, PAGE)]
    for part in _parts(pages):
        progress(len(reading.people) + len(reading.departments), total)
        await _read_pages(part, reading)
    return reading


async def _read_pages(pages: list[tuple[str, int]], reading: Reading) -> None:
    try:
        results = await bx24.call_batch([_command(what, start) for what, start in pages], timeout=TIMEOUT)
    except BX24Error as error:
        for what, _ in pages:
            reading.problems.setdefault(what, error)
    else:
        for (what, _), result in zip(pages, results, strict=True):
            reading.add(what, result)


def _command(what: str, start: int) -> tuple[str, dict[str, Any]]:
    method, params = COMMANDS[what]
    return method, {**params, "start": start}


def _parts(pages: list[tuple[str, int]]) -> Iterator[list[tuple[str, int]]]:
    for at in range(0, len(pages), BATCH):
        yield pages[at : at + BATCH]
