"""The tape of a pair, made up: its trades and its spreads before now.

Eight trades a minute have the prices that the minute's candle is made of (`candles.py`), so each lies within it,
the last one of a minute is where it closed, and the latest of all has the ticker's last price.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from .candles import SAMPLES, made_up, past_price, samples_done
from .listed import ListedPair
from .market import LAST_VOLUME, Market

MINUTE = 60
OLDEST = 30 * 86400
"""How many seconds back the tape goes."""

NANO = 10**9


@dataclass(frozen=True, slots=True)
class TapeTrade:
    """A trade of somebody: when, in nanoseconds, at which price in the quote asset, how much of the base asset."""

    id: int
    time: int
    price: Decimal
    volume: Decimal
    side: str
    ordertype: str


@dataclass(frozen=True, slots=True)
class Spread:
    """What was bid and asked from a time on, in unix seconds."""

    time: int
    bid: Decimal
    ask: Decimal


def trades(market: Market, pair: ListedPair, since: int | None, count: int, now: float) -> list[TapeTrade]:
    """The first trades after `since`, in nanoseconds, or the latest ones; oldest first, so many at most."""
    latest = _latest(now)
    first = latest - count + 1
    if since is not None:
        first = max(_number(since // NANO) - 1, _number(int(now) - OLDEST))
    made: list[TapeTrade] = []
    for number in range(first, latest + 1):
        trade = _trade(market, pair, number, latest, now)
        if since is None or trade.time > since:
            made.append(trade)
        if len(made) == count:
            break
    return made


def spreads(market: Market, pair: ListedPair, since: int, count: int, now: float) -> list[Spread]:
    """The latest spreads, none before `since`, oldest first, so many at most; the last one is the ticker's."""
    latest = _latest(now)
    ticker = market.ticker(pair)
    below = ticker.last - ticker.bid if ticker.bid else pair.tick_size
    above = ticker.ask - ticker.last if ticker.ask else pair.tick_size

    def made() -> Iterator[Spread]:
        for number in range(latest - count + 1, latest):
            price = _price(market, pair, number)
            yield Spread(_start(number), max(pair.tick_size, price - below), price + above)
        yield Spread(_start(latest), ticker.bid, ticker.ask)

    return [spread for spread in made() if spread.time >= since]


def _trade(market: Market, pair: ListedPair, number: int, latest: int, now: float) -> TapeTrade:
    chance = made_up(f"{pair.key} trade", number)
    price = market.ticker(pair).last if number == latest else _price(market, pair, number)
    volume = pair.ordermin * (1 + chance % 900)
    return TapeTrade(
        id=number,
        time=min(_start(number) * NANO + chance % (NANO // 1000), int(now * NANO)),
        price=price,
        volume=LAST_VOLUME if number == latest else volume,
        side="b" if price >= _price(market, pair, number - 1) else "s",
        ordertype="m" if chance % 3 else "l",
    )


def _price(market: Market, pair: ListedPair, number: int) -> Decimal:
    """The price at the end of an eighth of a minute, which are numbered from the beginning of all times."""
    return past_price(market, pair, _start(number + 1))


def _start(number: int) -> int:
    minute, part = divmod(number, SAMPLES)
    return MINUTE * minute + MINUTE * part // SAMPLES


def _number(seconds: int) -> int:
    """The eighth of a minute that a time lies in, or the one before it."""
    return seconds * SAMPLES // MINUTE


def _latest(now: float) -> int:
    minute = int(now) // MINUTE
    return minute * SAMPLES + samples_done(now - MINUTE * minute, MINUTE) - 1
