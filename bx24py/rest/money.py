"""Amounts of money, as fields of the type `money` hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from decimal import Decimal


class Money(NamedTuple):
    """An amount and its currency: the value of a field of the type `money`, which the portal writes as `100|USD`.

    Attributes:
        amount: a Decimal.
        currency: its code, such as `USD`.
    """

    amount: Decimal
    currency: str
