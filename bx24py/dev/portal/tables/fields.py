"""Fields of the portal's tables: their types, how values are kept, read from a request and written as dates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from bx24py.dev.portal.phpform import php_int

ZONE = timezone(timedelta(hours=2))
"""The portal's time zone."""

INTEGERS = frozenset(
    {
        "integer",
        "user",
        "crm_category",
        "crm_company",
        "crm_contact",
        "crm_deal",
        "crm_lead",
        "crm_quote",
        "employee",
        "enumeration",
        "location",
    }
)
"""Types of fields whose values are whole numbers."""

REFERENCES = INTEGERS - {"integer", "crm_category"}
"""Types of fields that name another row, in which 0 means none."""

DATES = frozenset({"date", "datetime"})
"""Types of fields whose values are moments, kept as seconds since the epoch."""


@dataclass(frozen=True)
class Field:
    """One field of a table.

    Args:
        type: as the documentation's `.fields` methods name it.
        title: its name for people.
        make: the value in row N of the generated company, in the kept form of its type; None leaves it empty.
        read_only: a value sent for it is ignored.
        immutable: a value is taken when a row is added, not when it is updated.
        status_type: ENTITY_ID of the directory that a `crm_status` chooses from.
        multiple: the value is a list.
        required: it must be given when a row is added.
        items: number and word of each choice of an `enumeration`.
    """

    type: str
    title: str
    make: Callable[[int], Any] | None = None
    read_only: bool = False
    immutable: bool = False
    status_type: str | None = None
    multiple: bool = False
    required: bool = False
    items: tuple[tuple[int, str], ...] = ()

    def keep(self, value: Any) -> Any:
        """Turn a value that a client sent into the form that the table keeps; None if it is empty."""
        if self.multiple:
            return [self.read(item) for item in flatten(value) if item not in ("", None)]
        if self.type == "char":
            # A flag is Y for yes; a portal makes no more of 1, true or y than of any other text.
            return "Y" if value == "Y" else "N"
        kept = self.read(value)
        return None if kept == 0 and self.type in REFERENCES else kept

    def read(self, value: Any) -> Any:
        """Turn one value that a client filters by into the form that the table keeps; None if it is empty."""
        if value is None:
            return None
        if self.type in INTEGERS:
            return None if value == "" else php_int(value)
        if self.type == "double":
            return _double(value)
        if self.type in DATES:
            return moment(value)
        if self.type == "boolean":
            return "1" if value in (True, 1, "1", "Y", "y", "true") else "0"
        if isinstance(value, list | dict):
            return None
        if isinstance(value, bool):
            return "1" if value else ""
        return str(value)


def _double(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if abs(number) < 1e300 else None


def moment(value: Any) -> int | None:
    """Read a date or date-time in ISO 8601; a date alone is midnight in the portal's zone. None for other text."""
    try:
        read = datetime.fromisoformat(str(value).strip())
        return int((read if read.tzinfo else read.replace(tzinfo=ZONE)).timestamp())
    except (ValueError, OverflowError):
        return None


@lru_cache(10_000)
def iso(seconds: float) -> str:
    """Write a moment as the portal does: `2025-01-31T10:00:00+02:00`."""
    return datetime.fromtimestamp(int(seconds), ZONE).isoformat()


def flatten(value: Any) -> list[Any]:
    """Return the values of a parameter that may be one value, a list or (from `ID[]=$result[…]`) a list of lists."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [inner for item in value for inner in flatten(item)]
    return [value]
