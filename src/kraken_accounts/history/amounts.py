"""Amounts as a store has them: texts, exact to the last digit."""

from __future__ import annotations

from decimal import Decimal


def amount_of(text: str) -> Decimal:
    """Raises:
    ArithmeticError, ValueError: that is no amount.
    """
    amount = Decimal(text)
    if not amount.is_finite():
        raise ValueError(text)
    return amount
