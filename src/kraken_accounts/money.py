"""Amounts as people and machines read them: cents, symbols, thousands; never a float, never an exponent."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal

from .text import encodable

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_WITHOUT_CENTS = {"JPY", "KRW"}
_FIAT = {"USD", "EUR", "GBP", "CAD", "AUD", "CHF", "AED", "ARS", "BRL", "MXN"}
_STABLECOINS = {"USDT", "USDC", "USDG", "PYUSD", "RLUSD", "DAI", "EURC", "EURT"}
_WITH_CENTS = _FIAT | _STABLECOINS
_SIX_DIGITS = Context(prec=6)

EXACT = Context(prec=250, rounding=ROUND_HALF_EVEN)
"""Wide enough that no sum and no product of prices and amounts is ever rounded."""


def decimal_places(currency: str) -> int:
    """How many decimals an amount of this currency is rounded to: 2 for dollars, 0 for yen, 8 for bitcoin."""
    if currency in _WITHOUT_CENTS:
        return 0
    return 2 if currency in _WITH_CENTS else 8


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount to the currency's cents, half to even; what rounds to nothing has no sign."""
    return EXACT.add(amount.quantize(Decimal(1).scaleb(-decimal_places(currency)), context=EXACT), Decimal(0))


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The sum, to the last digit; zero of nothing."""
    return functools.reduce(EXACT.add, amounts, Decimal(0))


def plain(amount: Decimal) -> str:
    """All digits there are and no others: 1.50 is "1.5", 1E+3 is "1000"."""
    text = f"{amount:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def formatted(amount: Decimal, currency: str, encoding: str = "utf-8") -> str:
    """For people: "$1,234.50", or "1,234.50 CHF"; the code instead of a symbol that `encoding` lacks."""
    shown = rounded(amount, currency)
    text = f"{shown.copy_abs():,f}"
    sign = "-" if shown < 0 else ""
    symbol = _SYMBOLS.get(currency)
    if symbol is None or not encodable(symbol, encoding):
        return f"{sign}{text} {currency}"
    return f"{sign}{symbol}{text}"


def formatted_price(price: Decimal, currency: str, encoding: str = "utf-8") -> str:
    """For people: at least to the cent, and with as many decimals as it takes to check the value by."""
    if price >= 1:
        decimals = len(plain(price).partition(".")[2])
        least = decimal_places(currency) if decimal_places(currency) <= 2 else 0
        digits = f"{price:,.{max(least, min(decimals, 6))}f}"
    else:
        digits = plain(_SIX_DIGITS.plus(price))
    symbol = _SYMBOLS.get(currency)
    return f"{symbol}{digits}" if symbol and encodable(symbol, encoding) else f"{digits} {currency}"
