"""The helpers for pages, as far as they need no browser."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest

from bx24py import NotInBrowserError
from bx24py.page import by_id, csv_file, element, text_of


def test_a_csv_file_holds_no_formulas() -> None:
    hostile = ["=1+1", "+1+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\tx", "\rx", "\uff1d1"]
    made = csv_file(
        [["ID", "TITLE"], [1, 'a "b", c\nd'], ["-7.50", "+1"], *([-5, text] for text in hostile), [None, "für 李"]]
    )
    assert made.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(made.decode("utf-8-sig"), newline="")))
    assert rows[:2] == [["ID", "TITLE"], ["1", 'a "b", c\nd']]
    assert rows.pop(2) == ["-7.50", "+1"]  # as the portal sends numbers
    assert [row[1] for row in rows[2:-1]] == [f"'{text}" for text in hostile]
    assert {row[0] for row in rows[2:-1]} == {"-5"}  # a number stays one
    assert rows[-1] == ["", "für 李"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((None, ""), ("text", "text"), (0, "0"), (1234567, "1,234,567"), (True, "True")),
        *((1234.5, "1,234.50"), (1000.0, "1,000"), (Decimal("1234.50"), "1,234.50"), (date(2026, 1, 2), "2026-01-02")),
    ],
)
def test_values_as_a_person_reads_them(value: object, text: str) -> None:
    assert text_of(value) == text


def test_outside_a_browser_it_says_so() -> None:
    with pytest.raises(NotInBrowserError):
        by_id("x")
    with pytest.raises(NotInBrowserError):
        element("p")
