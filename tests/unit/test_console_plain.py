"""The console: single values as they are read, sorted and saved."""

from __future__ import annotations

import importlib.util
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bx24py import Money, RestError, Result


def load() -> Any:
    path = Path(__file__).parents[2] / "demo" / "console" / "plain.py"
    spec = importlib.util.spec_from_file_location("console_plain", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


plain = load()


@pytest.mark.parametrize(
    "value", ["=1", "+1+1", "-x", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", "-1+cmd|' /C calc'!A0"]
)
def test_a_formula_gets_an_apostrophe(value: str) -> None:
    assert plain.harmless(value) == "'" + value


@pytest.mark.parametrize("value", ["-5", "+7.5", "1e5", "a=1", "", "'=1", -5, Decimal("-2.50"), date(2026, 1, 2)])
def test_numbers_and_other_texts_stay(value: object) -> None:
    assert plain.harmless(value) == str(value)


def test_values_of_any_types_are_sorted() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    money = Money(Decimal("7.5"), "EUR")
    mixed = ["b", moment, "10", 9, date(2020, 1, 1), Decimal("9.5"), "A", money, {"a": 1}, True, float("inf"), "٣"]
    ordered = sorted(mixed, key=plain.order_key)
    assert ordered[:7] == [True, money, 9, Decimal("9.5"), "10", date(2020, 1, 1), moment]
    assert ordered[7:9] == ["A", "b"]
    assert plain.is_empty(None)
    assert plain.is_empty("")
    assert plain.is_empty(float("nan"))
    assert not plain.is_empty(0)
    assert not plain.is_empty([])


def test_values_as_text() -> None:
    class Bad:
        def __str__(self) -> str:
            raise RuntimeError

        __repr__ = __str__

    looped: list[Any] = []
    looped.append(looped)
    assert plain.text(Money(Decimal("100.00"), "USD")) == "100.00 USD"
    assert plain.text({"я": [date(2026, 1, 2)]}) == '{"я": ["2026-01-02"]}'
    assert "raised RuntimeError" in plain.text(Bad())
    assert "raised RuntimeError" in plain.short([Bad()])
    assert plain.short(looped) == "[[…]]"
    assert plain.whole(looped) == "[[...]]"
    assert plain.text(Result("a.b", error=RestError("X", "gone", 400, "a.b"))).startswith("RestError: ")
    assert len(plain.short("x" * 500)) == plain.SHORT + 1
    assert plain.short({"a": {"b": 1}, "c": "d"}) == '{a: {…}, c: "d"}'
