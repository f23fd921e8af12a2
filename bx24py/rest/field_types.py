"""The types of fields: how the portal writes their values, and what they are in Python.

Nothing imports this module before fields are asked for: `decimal` takes its time at the start of a page.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from .macros import Reference
from .money import Money

Convert = Callable[[Any], Any]

_INTEGER = re.compile(r"-?\d+", re.ASCII)
_NUMBER = re.compile(r"-?\d+(\.\d*)?([eE][+-]?\d{1,3})?", re.ASCII)
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)([T ].*)?", re.ASCII)
_FLAGS = {"Y": True, "N": False, "1": True, "0": False}


class Kind(NamedTuple):
    """How values of a type are read and written.

    Attributes:
        read: makes a Python value of what the portal wrote; what does not fit is returned as it is.
        write: makes what the portal takes of a Python value; raises TypeError or ValueError, without the name.
    """

    read: Convert
    write: Convert


def _as_it_is(value: Any) -> Any:
    return value


def _read_int(value: Any) -> Any:
    return int(value) if type(value) is str and _INTEGER.fullmatch(value) else value


def _read_reference(value: Any) -> Any:
    number = _read_int(value)
    return None if type(number) is int and number == 0 else number


def _read_decimal(value: Any) -> Any:
    if type(value) not in (str, int, float) or not _NUMBER.fullmatch(str(value)):
        return value
    return Decimal(str(value))


def _read_money(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text, _, currency = value.partition("|")
    if not text and currency:
        return None
    return Money(Decimal(text), currency) if _NUMBER.fullmatch(text) and currency else value


def _read_flag(value: Any) -> Any:
    if type(value) is str:
        return _FLAGS.get(value, value)
    return bool(value) if isinstance(value, int) and value in (0, 1) else value


def _read_date(value: Any) -> Any:
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    return date.fromisoformat(found[1]) if found else value


def _read_datetime(value: Any) -> Any:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return value if moment is value or moment.tzinfo is None else moment


def _write_text(value: Any) -> Any:
    return _checked(value, isinstance(value, str), "str")


def _write_int(value: Any) -> Any:
    return int(_checked(value, isinstance(value, int) and not isinstance(value, bool), "int"))


def _write_decimal(value: Any) -> Any:
    fits = isinstance(value, Decimal | int | float) and not isinstance(value, bool)
    number = Decimal(str(_checked(value, fits, "Decimal, int or float")))
    if not number.is_finite():
        raise ValueError(f"must be a finite number, not {value}")
    return format(number, "f")


def _write_money(value: Any) -> Any:
    amount, currency = _checked(value, isinstance(value, tuple) and len(value) == 2, "Money(amount, currency)")
    if not isinstance(currency, str):
        raise TypeError(f"its currency must be a str, not {type(currency).__name__}")
    return f"{_write_decimal(amount)}|{currency}"


def _write_letter(value: Any) -> Any:
    return "Y" if _checked(value, isinstance(value, bool), "bool") else "N"


def _write_digit(value: Any) -> Any:
    return int(_checked(value, isinstance(value, bool), "bool"))


def _write_date(value: Any) -> Any:
    fits = isinstance(value, date) and not isinstance(value, datetime)
    return _checked(value, fits, "datetime.date").isoformat()


def _write_datetime(value: Any) -> Any:
    moment = _checked(value, isinstance(value, datetime), "datetime.datetime")
    if moment.utcoffset() is None:
        raise ValueError("must have a time zone, such as datetime.now(UTC)")
    return moment.isoformat(timespec="seconds")


def _checked(value: Any, fits: bool, needed: str) -> Any:
    if not fits:
        raise TypeError(f"must be {needed}, not {type(value).__name__}")
    return value


UNKNOWN = Kind(_as_it_is, _as_it_is)
TEXT = Kind(_as_it_is, _write_text)
INTEGER = Kind(_read_int, _write_int)
REFERENCE = Kind(_read_reference, _write_int)
LETTER = Kind(_read_flag, _write_letter)

_TYPES = {
    "string text url crm_status crm_currency": TEXT,
    "integer int crm_category": INTEGER,
    "user employee enumeration iblock_element iblock_section crm_entity crm_lead crm_deal crm_contact crm_company"
    " crm_quote crm_invoice": REFERENCE,
    "double float": Kind(_read_decimal, _write_decimal),
    "money": Kind(_read_money, _write_money),
    "char": LETTER,
    "boolean": Kind(_read_flag, _write_digit),
    "date": Kind(_read_date, _write_date),
    "datetime": Kind(_read_datetime, _write_datetime),
}
KINDS = {name: kind for names, kind in _TYPES.items() for name in names.split()}
"""By the portal's name of the type. Values of other types stay as they are, such as files."""


def reader(kind: Kind, multiple: bool | None) -> Convert:
    """Return the function that reads a field's values. It raises nothing.

    Args:
        kind: how one value is read.
        multiple: whether the value is a list; None: the portal does not say.
    """
    read, is_flag = kind.read, kind.read is _read_flag

    def one(value: Any) -> Any:
        if not value and ((value is False and not is_flag) or _is_empty(value)):
            return None
        try:
            return read(value)
        except (ValueError, ArithmeticError):  # a date that does not exist, a number that is too long
            return value

    def many(value: Any) -> Any:
        if value is False or _is_empty(value):
            return []
        if isinstance(value, dict) and kind is not UNKNOWN and all(str(key).isdecimal() for key in value):
            value = list(value.values())  # PHP writes a list with gaps as a mapping
        return [single(item) for item in value] if isinstance(value, list) else value

    def either(value: Any) -> Any:
        return many(value) if isinstance(value, list) and value else one(value)

    single = _as_it_is if kind is UNKNOWN else one
    if multiple is None and kind is not UNKNOWN:
        return either
    return many if multiple else single


def _is_empty(value: Any) -> bool:
    return value is None or (not value and type(value) in (str, list, dict))


def writer(kind: Kind, multiple: bool | None) -> Convert:
    """Return the function that writes a field's values; it raises TypeError or ValueError. Args as for `reader`."""

    def one(value: Any) -> Any:
        if value is None:
            return ""
        return value if isinstance(value, Reference) else kind.write(value)

    def many(value: Any) -> Any:
        if value is None or isinstance(value, Reference):
            return one(value)
        fits = isinstance(value, list | tuple) and not isinstance(value, Money)
        return [one(item) for item in _checked(value, fits, "a list")]

    def either(value: Any) -> Any:
        return many(value) if isinstance(value, list) else one(value)

    if kind is UNKNOWN or not (multiple or multiple is None):
        return one
    return many if multiple else either
