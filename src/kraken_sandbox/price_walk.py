"""How a market's prices move, step by step."""

import random
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal

from .listed import ListedPair
from .market import Market, Ticker

LARGEST_STEP = 10
"""How far an asset's worth moves in one step at most, in hundredths of a percent."""

STILL = "ZUSD"
"""The asset that all the others move against."""


class PriceWalk:
    """Moves a market's prices step by step. The same seed gives the same prices, no seed others each time."""

    def __init__(self, market: Market, seed: int | None) -> None:
        self._market = market
        self._random = random.Random(seed)  # noqa: S311 - prices, not secrets
        self._start = dict(market.tickers)
        self._worth = dict.fromkeys(market.assets, Decimal(1))

    def step(self) -> None:
        """Move every asset a little, and every pair's prices with the assets it is made of."""
        for code in self._worth:
            move = self._random.randint(-LARGEST_STEP, LARGEST_STEP)
            if code != STILL:
                self._worth[code] *= 1 + Decimal(move) / 10_000
        for pair in self._market.pairs.values():
            factor = self._worth[pair.base.code] / self._worth[pair.quote.code]
            self._market.show(pair, _moved(pair, self._start[pair.key], self._market.tickers[pair.key], factor))


def _moved(pair: ListedPair, start: Ticker, now: Ticker, factor: Decimal) -> Ticker:
    def price(value: Decimal) -> Decimal:
        # Never less than one tick: a price of zero means that nobody trades.
        return max(pair.tick_size, (value * factor).quantize(pair.tick_size, ROUND_HALF_EVEN))

    last = price(start.last)
    return replace(
        now,
        bid=min(price(start.bid), last),
        ask=max(price(start.ask), last + pair.tick_size),
        last=last,
        high=max(now.high, last),
        low=min(now.low, last),
        trades=now.trades + 1,
    )
