"""What one asset is worth in another: mid prices, and the shortest way through the pairs that Kraken trades.

Bases and quotes come from AssetPairs, never from the name of a pair. Sources:
https://docs.kraken.com/api/docs/rest-api/get-tradable-asset-pairs and …/get-ticker-information
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any

from ..money import EXACT
from . import wire
from .assets import Asset, Assets
from .errors import UnexpectedAnswer

STEPS = ("USD", "EUR", "USDT", "USDC", "BTC", "ETH")

_INVERSE = Context(prec=28)


@dataclass(frozen=True, slots=True)
class Pair:
    """A market: so much of the quote for one of the base, both by Kraken's codes."""

    name: str
    base: str
    quote: str


class Prices:
    """Prices of every listed asset in one quote asset.

    Args:
        assets: resolves the codes of the pairs.
        pairs: the pairs Kraken trades.
        mids: the price of a pair, by its name, as `parse_tickers` gives it.
        quote: the asset in which to price.
    """

    def __init__(self, assets: Assets, pairs: Iterable[Pair], mids: Mapping[str, Decimal], quote: Asset) -> None:
        self.quote = quote
        self._names = {quote.code: quote.name}
        self._rates: dict[str, dict[str, Decimal]] = {}
        inverses = []
        for pair in sorted(pairs, key=lambda pair: pair.name):
            base, counter = assets.resolve(pair.base), assets.resolve(pair.quote)
            mid = mids.get(pair.name)
            if base is None or counter is None or base == counter or mid is None:
                continue
            self._names |= {base.code: base.name, counter.code: counter.name}
            self._rates.setdefault(base.code, {}).setdefault(counter.code, mid)
            inverses.append((counter.code, base.code, mid))
        for source, target, mid in inverses:
            if target not in self._rates.setdefault(source, {}):
                self._rates[source][target] = _INVERSE.divide(Decimal(1), mid)
        self._distances = self._distances_to_quote()
        self._known: dict[str, Decimal | None] = {}

    def price(self, asset: Asset) -> Decimal | None:
        """One unit of the asset in the quote asset; None if no chain of credibly priced pairs leads there.

        The route is the pair itself, its inverse, else the shortest chain; among chains of one length the one
        whose first differing step comes first in `STEPS`.
        """
        if asset.code not in self._known:
            self._known[asset.code] = self._along_the_route(asset.code)
        return self._known[asset.code]

    def _along_the_route(self, here: str) -> Decimal | None:
        if here not in self._distances:
            return None
        price = Decimal(1)
        while here != self.quote.code:
            nearer = self._distances[here] - 1
            step = min(
                (code for code in self._rates[here] if self._distances.get(code) == nearer),
                key=self._preference,
            )
            price = EXACT.multiply(price, self._rates[here][step])
            here = step
        return price if wire.credible(price) else None

    def _distances_to_quote(self) -> dict[str, int]:
        """How many pairs lie between each asset and the quote; rates exist in both directions or not at all."""
        distances = {self.quote.code: 0}
        ahead = deque(distances)
        while ahead:
            here = ahead.popleft()
            for code in self._rates.get(here, ()):
                if code not in distances:
                    distances[code] = distances[here] + 1
                    ahead.append(code)
        return distances

    def _preference(self, code: str) -> tuple[int, str]:
        name = self._names[code]
        return (STEPS.index(name) if name in STEPS else len(STEPS), name)


def parse_pairs(result: Any) -> tuple[Pair, ...]:
    """The answer of AssetPairs.

    Raises:
        UnexpectedAnswer: it has not the documented shape.
    """
    pairs = []
    for name, entry in wire.mapping(result, "AssetPairs").items():
        fields = wire.mapping(entry, f"the pair {wire.shown(name)}")
        base, quote = (wire.text(fields.get(side), f"{side} of {wire.shown(name)}") for side in ("base", "quote"))
        pairs.append(Pair(name, base, quote))
    return tuple(pairs)


def parse_tickers(result: Any) -> dict[str, Decimal]:
    """The answer of Ticker, as one price a pair: the middle of best bid and best ask, else the last trade.

    A pair without any credible price is left out: what it trades then has no price, but the others keep theirs.

    Raises:
        UnexpectedAnswer: it has not the documented shape.
    """
    mids = {}
    for name, entry in wire.mapping(result, "Ticker").items():
        fields = wire.mapping(entry, f"the ticker of {wire.shown(name)}")
        ask, bid, last = (_positive(fields.get(side)) for side in ("a", "b", "c"))
        if ask is not None and bid is not None:
            mids[name] = EXACT.divide(EXACT.add(bid, ask), Decimal(2))
        elif last is not None:
            mids[name] = last
    return mids


def _positive(side: Any) -> Decimal | None:
    """The price that leads one side of a ticker; None where it is missing, zero or nonsense."""
    try:
        price = wire.amount(side[0], "a price")
    except (UnexpectedAnswer, LookupError, TypeError):
        return None
    return price if price > 0 else None
