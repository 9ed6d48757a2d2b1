"""What a market's prices were: candles, each of so many minutes.

Source: https://docs.kraken.com/api-reference/market-data/get-ohlc-data
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from . import wire
from .errors import UnexpectedAnswer

INTERVALS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 240, 1440))
"""How long a candle lasts. Kraken has longer ones, in which a price of the middle tells little."""

_KEPT = 700
"""Candles of one length that Kraken still has, and some more."""


@dataclass(frozen=True, slots=True)
class CandlePrice:
    """What happened in a market for some time.

    Attributes:
        begins: in UTC.
        price: of one unit of the base in the quote: the average of what was paid, by volume; where nothing was
            traded, the last price before.
    """

    begins: datetime
    price: Decimal


def interval_for(moment: datetime, now: datetime) -> timedelta | None:
    """How long the shortest candles last that Kraken still has of a time; None if it has none that are short."""
    age = max(now - moment, timedelta())
    return next((interval for interval in INTERVALS if age < _KEPT * interval), None)


def begin_of(moment: datetime, interval: timedelta) -> datetime:
    """When the candle begins that a time is in."""
    return moment - (moment - datetime(1970, 1, 1, tzinfo=UTC)) % interval


def parse_candles(result: Any) -> tuple[CandlePrice, ...]:
    """The answer of OHLC about one pair. A candle without a credible price is left out.

    Raises:
        UnexpectedAnswer: it has not the documented shape.
    """
    fields = wire.mapping(result, "OHLC")
    listed = [candles for name, candles in fields.items() if name != "last"]
    if len(listed) != 1:
        raise UnexpectedAnswer("OHLC should tell of one pair")
    found = (_candle(entry) for entry in wire.several(listed[0], "the candles"))
    return tuple(candle for candle in found if candle is not None)


def _candle(entry: Any) -> CandlePrice | None:
    fields = wire.several(entry, "a candle")
    if len(fields) < 8:
        raise UnexpectedAnswer("a candle should have 8 fields")
    begins = wire.precise_moment(fields[0], "the time of a candle")
    close, average = (wire.amount(fields[place], "a price of a candle") for place in (4, 5))
    price = average if average > 0 else close
    return CandlePrice(begins, price) if price > 0 else None
