"""The depth of a pair: who would buy and sell how much of it, behind the best bid and the best ask.

Where a book was set level by level, that is all of it. Where any volume is bought at the best bid and sold at the
best ask, what is shown behind them is made up.
"""

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_UP, Decimal

from .candles import made_up
from .listed import ListedPair
from .market import Level, Market

MOST_LEVELS = 1000
ANY_VOLUME = Decimal(1)
"""What Ticker and Depth show where any volume is offered, in the base asset."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A price, in the quote asset, and how much is offered at it, in the base asset."""

    price: Decimal
    volume: Decimal


def depth(market: Market, pair: ListedPair, side: str, count: int) -> list[Offer]:
    """What an order of that side would meet, the best price first; nothing where nobody is there."""
    levels = market.levels(pair, side)
    if len(levels) == 1 and levels[0].volume is None:
        return _made_up(pair, side, levels[0], count)
    return [Offer(level.price, ANY_VOLUME if level.volume is None else level.volume) for level in levels[:count]]


def grouped(pair: ListedPair, side: str, offers: list[Offer], ticks: int) -> list[Offer]:
    """The offers with so many ticks put together, asks at the higher price and bids at the lower one."""
    step = pair.tick_size * ticks
    together: dict[Decimal, Decimal] = {}
    for offer in offers:
        groups = (offer.price / step).quantize(Decimal(1), ROUND_UP if side == "buy" else ROUND_DOWN)
        together[groups * step] = together.get(groups * step, Decimal(0)) + offer.volume
    return [Offer(price, volume) for price, volume in together.items()]


def _made_up(pair: ListedPair, side: str, best: Level, count: int) -> list[Offer]:
    offers = [Offer(best.price, ANY_VOLUME)]
    step = max(pair.tick_size, (best.price / 20_000).quantize(pair.tick_size))
    for index in range(1, count):
        price = best.price + step * index * (1 if side == "buy" else -1)
        if price <= 0:
            break
        lots = made_up(f"{pair.key} {side}", index) % 2000 + 1
        offers.append(Offer(price, Decimal(lots) / 1000 * (1 + index // 10)))
    return offers
