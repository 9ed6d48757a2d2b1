"""Candles, made up: what a pair's prices were before now.

A price of the past is the price in force at that time, moved a little by noise that depends on nothing but the
pair and the time: the same question has the same answer, and each candle opens where the one before it closed,
whatever their length. Only the candle that is not over yet knows the ticker's last price.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from .listed import ListedPair
from .market import Market

INTERVALS = (1, 5, 15, 30, 60, 240, 1440, 10080, 21600)
"""In minutes, https://docs.kraken.com/api-reference/market-data/get-ohlc-data"""

MOST_CANDLES = 720

WAVES = ((30 * 86400, 8_000), (3 * 86400, 4_000), (8 * 3600, 2_000), (3600, 800), (300, 300))
"""How the noise moves: between two moments so many seconds apart, by so many millionths at most, up or down."""

MILLION = 1_000_000
SAMPLES = 8


@dataclass(frozen=True, slots=True)
class Candle:
    """What happened to a pair from `time` on: prices in its quote asset, the volume in its base asset."""

    time: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    vwap: Decimal
    volume: Decimal
    count: int


def candles(market: Market, pair: ListedPair, minutes: int, since: int, now: float) -> list[Candle]:
    """The candles after `since`, oldest first, 720 at most; the last one is not over and always there."""
    length = 60 * minutes
    current = int(now) // length * length
    first = max(current - (MOST_CANDLES - 1) * length, (since // length + 1) * length, 0)
    closed = [_closed(market, pair, time, length) for time in range(first, current, length)]
    return [*closed, _current(market, pair, current, length, now)]


def _closed(market: Market, pair: ListedPair, time: int, length: int) -> Candle:
    return _candle(pair, time, length, list(_prices(market, pair, time, length, SAMPLES)), SAMPLES)


def _current(market: Market, pair: ListedPair, time: int, length: int, now: float) -> Candle:
    """The candle that is not over: its last price is the ticker's."""
    done = samples_done(now - time, length)
    prices = list(_prices(market, pair, time, length, done))
    return _candle(pair, time, length, [*prices[:-1], market.ticker(pair).last], done)


def samples_done(seconds: float, length: int) -> int:
    """How many of its prices a candle has had, so many seconds after it began; the last one is the ticker's."""
    return max(1, int(seconds / length * SAMPLES))


def _prices(market: Market, pair: ListedPair, time: int, length: int, parts: int) -> Iterator[Decimal]:
    """Prices at the beginning and after each eighth of the candle's time."""
    for part in range(parts + 1):
        yield past_price(market, pair, time + length * part // SAMPLES)


def past_price(market: Market, pair: ListedPair, moment: int) -> Decimal:
    """What the pair cost at a time before now."""
    moved = market.price_at(pair, moment) * (MILLION + _noise(pair.key, moment)) / MILLION
    tick = pair.tick_size
    return max(tick, moved.quantize(tick, ROUND_HALF_EVEN))


def _candle(pair: ListedPair, time: int, length: int, prices: list[Decimal], parts: int) -> Candle:
    count = 1 + made_up(pair.key, time) % (5 * length // 60 + 1) * parts // SAMPLES
    return Candle(
        time=time,
        open=prices[0],
        high=max(prices),
        low=min(prices),
        close=prices[-1],
        vwap=(sum(prices, Decimal(0)) / len(prices)).quantize(pair.tick_size, ROUND_HALF_EVEN),
        volume=pair.ordermin * count * (1 + made_up(pair.key, time + 1) % 900),
        count=count,
    )


@lru_cache(maxsize=100_000)
def _noise(key: str, moment: int) -> int:
    """In millionths: a sum of waves, each a straight line from one random height to the next."""
    total = 0
    for period, height in WAVES:
        knot, rest = divmod(moment, period)
        ends = (_height(key, period, knot, height), _height(key, period, knot + 1, height))
        total += (ends[0] * (period - rest) + ends[1] * rest) // period
    return total


@lru_cache(maxsize=100_000)
def _height(key: str, period: int, knot: int, height: int) -> int:
    return made_up(f"{key} {period}", knot) % (2 * height + 1) - height


def made_up(key: str, number: int) -> int:
    """A large number that is always the same one for the two."""
    return int.from_bytes(hashlib.blake2s(f"{key} {number}".encode(), digest_size=8).digest())
