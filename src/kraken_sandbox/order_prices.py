"""The prices of an order, absolute or relative, in the forms that AddOrder takes them.

From https://docs.kraken.com/api-reference/trading/add-order: a price that begins with `+`, `-` or `#` is an offset
to the last traded price, in the quote asset or with a `%` in percent; `#` goes into the direction that the kind of
order asks for. The price of a trailing stop is always an offset with a `+`, to the best price since it was placed,
and the limit of one is an offset to its trigger.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from .listed import EXACT, ListedPair
from .messages import (
    INVALID_PRICE,
    INVALID_SECONDARY_PRICE,
    LARGEST_AMOUNT,
    ExchangeError,
    invalid_argument,
    price_decimals,
)

LIMIT_TYPES = frozenset({"limit", "iceberg"})
STOP_TYPES = frozenset({"stop-loss", "stop-loss-limit"})
TRIGGER_TYPES = STOP_TYPES | {"take-profit", "take-profit-limit"}
TRAILING_TYPES = frozenset({"trailing-stop", "trailing-stop-limit"})

SMALLEST_PERCENT = Decimal("0.0001")
"""Kraken shows percentages with four decimals."""

PRICE = re.compile(
    r"(?P<sign>[-+#]?)(?P<amount>(?:[0-9]{1,30}\.?[0-9]{0,30}|\.[0-9]{1,30})(?:[eE][-+]?[0-9]{1,2})?)(?P<percent>%?)"
)


@dataclass(frozen=True, slots=True)
class PriceWords:
    """A price as it was written: a sign, none where it is absolute, an amount, and whether that is in percent."""

    sign: str
    amount: Decimal
    percent: bool

    def distance(self, reference: Decimal) -> Decimal:
        """How far from a price it is, in the quote asset."""
        return EXACT.multiply(reference, self.amount) / 100 if self.percent else self.amount

    def text(self, pair: ListedPair) -> str:
        """It as Kraken shows it: `+5.0000%`, `-100.0`, `22000.0`."""
        return (
            f"{self.sign}{self.amount:.4f}%"
            if self.percent
            else f"{self.sign}{self.amount:.{pair.pair_decimals}f}"
        )


@dataclass(frozen=True, slots=True)
class OrderPrices:
    """What an order's prices come to, in the quote asset; the offsets of a trailing stop stay words."""

    limit: Decimal | None = None
    trigger: Decimal | None = None
    trailing: str | None = None
    trailing_limit: str | None = None


def read_words(text: str, name: str) -> PriceWords:
    """A price's form. Raises ExchangeError, which names the parameter, where it has none."""
    form = PRICE.fullmatch(text)
    amount = Decimal(form["amount"]) if form is not None else Decimal(0)
    if form is None or not 0 < amount < LARGEST_AMOUNT or (form["percent"] and not form["sign"]):
        raise invalid_argument(name)
    return PriceWords(form["sign"], amount, bool(form["percent"]))


def absolute(text: str, name: str, pair: ListedPair, reference: Decimal, *, rising: bool) -> Decimal:
    """What a price comes to beside the price it is relative to; `rising` is where `#` leads."""
    words = read_words(text, name)
    if not words.percent and words.amount % pair.tick_size:
        raise price_decimals(pair.altname, pair.pair_decimals)
    if not words.sign:
        return words.amount
    up = words.sign == "+" or (words.sign == "#" and rising)
    price = reference + words.distance(reference) * (1 if up else -1)
    price = price.quantize(pair.tick_size, ROUND_HALF_EVEN, EXACT)
    if price <= 0:
        raise ExchangeError(INVALID_PRICE)
    return price


def order_prices(
    ordertype: str, side: str, price: str, price2: str, pair: ListedPair, reference: Decimal
) -> OrderPrices:
    """The prices of such an order. Raises ExchangeError for one that is missing, nonsense, or one too many."""
    limited = ordertype.endswith("-limit")
    if price2 not in ("", "0") and not limited:
        raise ExchangeError(INVALID_SECONDARY_PRICE)
    if ordertype in LIMIT_TYPES:
        return OrderPrices(absolute(price, "price", pair, reference, rising=side == "sell"))
    if ordertype in TRIGGER_TYPES:
        rising = (side == "buy") == (ordertype in STOP_TYPES)
        trigger = absolute(price, "price", pair, reference, rising=rising)
        limit = absolute(price2, "price2", pair, reference, rising=side == "buy") if limited else None
        return OrderPrices(limit, trigger)
    if ordertype in TRAILING_TYPES:
        trailing = offset(price, "price", pair, "+")
        return OrderPrices(
            trailing=trailing, trailing_limit=offset(price2, "price2", pair, "+-") if limited else None
        )
    return OrderPrices()


def offset(text: str, name: str, pair: ListedPair, signs: str) -> str:
    """An offset with one of these signs, in the words of Kraken's orders."""
    words = read_words(text, name)
    if not words.sign or words.sign not in signs:
        raise ExchangeError(INVALID_SECONDARY_PRICE if name == "price2" else INVALID_PRICE)
    if words.percent and words.amount % SMALLEST_PERCENT:
        raise ExchangeError(INVALID_PRICE)
    if not words.percent and words.amount % pair.tick_size:
        raise price_decimals(pair.altname, pair.pair_decimals)
    return words.text(pair)
