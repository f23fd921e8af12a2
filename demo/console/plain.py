"""Single values as people read, sort and save them: what stands in a cell of a table, a tree, a chart and a file."""

from __future__ import annotations

import json
import math
import re
from datetime import date, datetime
from decimal import Decimal
from numbers import Real
from typing import Any

from bx24py import Money, Result
from bx24py.page import csv_cell

SHORT = 120
"""How many characters of a value a table or a tree shows."""
_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)


def safe_repr(value: Any) -> str:
    """Return the repr, also of an object whose repr fails."""
    try:
        return repr(value)
    except Exception as error:
        return f"<{type(value).__name__}: its repr raised {type(error).__name__}>"


def is_empty(value: Any) -> bool:
    """Whether there is nothing to read: None, an empty str, or not a number."""
    if isinstance(value, float | date):
        return bool(value != value)  # of dates, the NaT of pandas
    return value is None or (isinstance(value, str) and not value)


def number(value: Any) -> Any:
    """Return the number that a value is, or that its text is, as the portal sends them; None for anything else."""
    if isinstance(value, Money):
        value = value.amount
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            return None
        value = float(value) if len(value) > 15 or not value.isdecimal() else int(value)
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    return value if isinstance(value, Real) and (isinstance(value, int) or math.isfinite(value)) else None


def text(value: Any) -> str:
    """Return a value as text, without quotes."""
    if isinstance(value, str):
        return value
    if is_empty(value):
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, Money):
        return f"{value.amount} {value.currency}"
    if isinstance(value, Result):
        return text(value.data) if value.error is None else f"{type(value.error).__name__}: {value.error}"
    if isinstance(value, dict | list | tuple):
        try:
            return json.dumps(value, ensure_ascii=False, default=text)
        except (TypeError, ValueError, RecursionError):  # keys that JSON has not, or a list in itself
            return safe_repr(value)
    try:
        return str(value)
    except Exception:
        return safe_repr(value)


def is_nested(value: Any) -> bool:
    """Whether a value has others in it."""
    return isinstance(value, dict | list | tuple | set | frozenset) and not isinstance(value, Money)


def short(value: Any) -> str:
    """Return the beginning of a value's text, on one line."""
    if is_nested(value):
        found, size = [], 0
        for item in value.items() if isinstance(value, dict) else value:
            part = f"{text(item[0])}: {_brief(item[1])}" if isinstance(value, dict) else _brief(item)
            found.append(part)
            size += len(part)
            if size > SHORT:
                break
        whole = ", ".join(found)
        whole = f"{{{whole}}}" if isinstance(value, dict) else f"[{whole}]"
    else:
        whole = text(value)
    whole = whole if len(whole) <= SHORT else whole[:SHORT] + "…"
    return " ".join(whole.split()) if not whole.isspace() else whole


def _brief(value: Any) -> str:
    if is_nested(value):
        return "{…}" if isinstance(value, dict) else "[…]"
    return json.dumps(value[:SHORT], ensure_ascii=False) if isinstance(value, str) else safe_repr(value)[:SHORT]


def whole(value: Any) -> str:
    """Return all of a value: nested ones as indented JSON."""
    if not is_nested(value):
        return text(value)
    try:
        return json.dumps(value, ensure_ascii=False, default=text, indent=2)
    except (TypeError, ValueError, RecursionError):
        return safe_repr(value)


def order_key(value: Any) -> tuple[int, Any]:
    """Return what values of any types are sorted by: numbers, then dates, then texts without regard to case."""
    as_number = number(value)
    if as_number is not None:
        return 0, as_number
    if isinstance(value, date):
        moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
        try:
            return 1, moment.timestamp()
        except (ValueError, OverflowError):
            return 1, moment.toordinal() * 86400.0
    return 2, text(value).casefold()


def harmless(value: Any) -> str:
    """Return a value for a cell of a CSV file: an apostrophe keeps a text from being a formula, plain numbers stay."""
    return csv_cell(text(value))
