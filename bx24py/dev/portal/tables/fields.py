"""Fields of the portal's tables: their types, how values are stored, read from a request and written as dates."""

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
"""Types of fields with int values."""

REFERENCES = INTEGERS - {"integer", "crm_category"}
"""Types of fields that refer to another row, where 0 means none."""

DATES = frozenset({"date", "datetime"})
"""Types of fields with times, stored as seconds since the epoch."""


@dataclass(frozen=True)
class Field:
    """One field of a table.

    Args:
        type: as in the documentation's `.fields` methods.
        title: its display name.
        make: returns the stored value in row N of the generated company; None leaves it empty.
        read_only: whether values sent for it are ignored.
        immutable: whether it can be set only when a row is added.
        status_type: ENTITY_ID of the directory for a `crm_status`.
        multiple: whether the value is a list.
        required: whether a new row needs it.
        items: number and label of each choice of an `enumeration`.
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
        """Convert a value from a client to the stored form; None if it is empty."""
        if self.multiple:
            return [self.read(item) for item in flatten(value) if item not in ("", None)]
        if self.type == "char":
            # A flag is Y for yes; for a portal 1, true and y are like any other text.
            return "Y" if value == "Y" else "N"
        kept = self.read(value)
        return None if kept == 0 and self.type in REFERENCES else kept

    def read(self, value: Any) -> Any:
        """Convert a filter value from a client to the stored form; None if it is empty."""
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
    """Parse a date or date-time in ISO 8601; a date alone is midnight in the portal's zone. None for other text."""
    try:
        read = datetime.fromisoformat(str(value).strip())
        return int((read if read.tzinfo else read.replace(tzinfo=ZONE)).timestamp())
    except (ValueError, OverflowError):
        return None


@lru_cache(10_000)
def iso(seconds: float) -> str:
    """Return a time as the portal writes it: `2025-01-31T10:00:00+02:00`."""
    return datetime.fromtimestamp(int(seconds), ZONE).isoformat()


def flatten(value: Any) -> list[Any]:
    """Return the values of a parameter that may be one value, a list or (from `ID[]=$result[…]`) a list of lists."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [inner for item in value for inner in flatten(item)]
    return [value]
