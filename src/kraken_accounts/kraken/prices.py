"""What one asset is worth in another: prices that somebody could have, along the shortest way through the pairs.

A pair gives a price if it is open for trading and its book has bids and is not crossed. Where the book is narrow,
that is the middle of best bid and best ask. In a wide one, and in one of bids alone, it is what whoever sells at
once gets: for the base the best bid; for the quote, which has to buy the base, one divided by the best ask.

Bases and quotes come from AssetPairs, never from the name of a pair.
"""

from __future__ import annotations

import functools
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from enum import StrEnum

from ..money import EXACT
from ..text import printable
from . import wire
from .assets import Asset, Assets
from .markets import Book, Pair

STEPS = ("USD", "EUR", "USDT", "USDC", "BTC", "ETH")

_INVERSE = Context(prec=28)


class Basis(StrEnum):
    """What a price is: the middle of narrow books all along, or somewhere no more than is bid."""

    MID = "mid"
    BID = "bid"


@dataclass(frozen=True, slots=True)
class Price:
    """Of one unit, in the quote asset."""

    amount: Decimal
    basis: Basis

    def value_of(self, units: Decimal) -> Decimal:
        """So many units in the quote asset, to the last digit."""
        return EXACT.multiply(units, self.amount)


@dataclass(frozen=True, slots=True)
class NoPrice:
    """Why there is none.

    Attributes:
        reason: in words.
        answered: whether Kraken has answered all that this hangs on. If not, there may well be a price.
    """

    reason: str
    answered: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """From one asset to another, for so much a unit.

    Attributes:
        price: of the pair's base in its quote.
        pair: the market that says so, by its name.
        narrow: whether its book is.
        inverse: whether it is the pair's quote that a price is asked for.
    """

    price: Decimal
    narrow: bool
    pair: str
    inverse: bool = False

    @property
    def rate(self) -> Decimal:
        """What a unit of the one is worth in the other."""
        return inverse_of(self.price) if self.inverse else self.price


class Prices:
    """Prices of every listed asset in one quote asset.

    Args:
        assets: resolves the codes of the pairs.
        pairs: the pairs Kraken trades.
        books: the book of each pair, by its name, as `parse_tickers` gives it.
        quote: the asset in which to price.
        unlearned: codes of assets of whose pairs and books Kraken did not tell.
    """

    def __init__(
        self,
        assets: Assets,
        pairs: Iterable[Pair],
        books: Mapping[str, Book],
        quote: Asset,
        unlearned: Collection[str] = (),
    ) -> None:
        self.quote = quote
        self._unlearned = unlearned
        self._names = {quote.code: quote.name}
        self._steps: defaultdict[str, dict[str, Step]] = defaultdict(dict)
        self._gaps: defaultdict[str, dict[str, NoPrice]] = defaultdict(dict)
        markets = [(pair, assets.resolve(pair.base), assets.resolve(pair.quote)) for pair in pairs]
        for pair, base, counter in sorted(markets, key=_plain_first):
            if base is None or counter is None or base == counter:
                continue
            self._names[base.code], self._names[counter.code] = base.name, counter.name
            forth, back = _both_ways(pair, books.get(pair.name))
            self._learn(base.code, counter.code, forth)
            self._learn(counter.code, base.code, back)
        self._narrow = self._distances_to_quote(narrow=True)
        self._any = self._distances_to_quote(narrow=False)
        self._known: dict[str, Price | NoPrice] = {}

    def price(self, asset: Asset) -> Price | NoPrice:
        """One unit of the asset in the quote asset, or why that cannot be said.

        The route is the pair itself, its inverse, else the shortest chain; among chains of one length the one
        whose first differing step comes first in `STEPS`. A route of narrow books comes before any other.
        """
        if asset.code not in self._known:
            self._known[asset.code] = self._find(asset)
        return self._known[asset.code]

    def route(self, asset: Asset) -> tuple[Step, ...] | None:
        """The markets that its price comes by, in that order; None if there is no price."""
        for distances, narrow in ((self._narrow, True), (self._any, False)):
            if asset.code in distances:
                return tuple(self._along_the_route(asset.code, distances, narrow=narrow))
        return None

    def _find(self, asset: Asset) -> Price | NoPrice:
        if asset.code in self._narrow:
            found = Price(_product(self._along_the_route(asset.code, self._narrow, narrow=True)), Basis.MID)
        elif asset.code in self._any:
            found = Price(_product(self._along_the_route(asset.code, self._any, narrow=False)), Basis.BID)
        else:
            return self._why_not(asset)
        return found if wire.credible(found.amount) else NoPrice("its price is of no credible size")

    def _why_not(self, asset: Asset) -> NoPrice:
        if self._steps.get(asset.code):
            told = all(gap.answered for gaps in self._gaps.values() for gap in gaps.values())
            return NoPrice(f"none of its markets leads to {self.quote.name}", told and not self._unlearned)
        if asset.code in self._unlearned:
            return NoPrice("Kraken did not tell its markets or their prices", answered=False)
        gaps = self._gaps.get(asset.code)
        if not gaps:
            return NoPrice(f"Kraken has no market for it{f' and {asset.apart}' if asset.apart else ''}")
        first = gaps[min(gaps, key=self._preference)]
        others = ", and no other of its markets gives a price" if len(gaps) > 1 else ""
        return NoPrice(first.reason + others, all(gap.answered for gap in gaps.values()))

    def _along_the_route(self, here: str, distances: Mapping[str, int], *, narrow: bool) -> Iterator[Step]:
        while here != self.quote.code:
            step = min(
                (
                    code
                    for code, step in self._steps[here].items()
                    if distances.get(code) == distances[here] - 1 and (step.narrow or not narrow)
                ),
                key=self._preference,
            )
            yield self._steps[here][step]
            here = step

    def _distances_to_quote(self, *, narrow: bool) -> dict[str, int]:
        """How many pairs lie between each asset and the quote, through narrow books only or through all."""
        sources: defaultdict[str, list[str]] = defaultdict(list)
        for source, targets in self._steps.items():
            for target, step in targets.items():
                if step.narrow or not narrow:
                    sources[target].append(source)
        distances = {self.quote.code: 0}
        ahead = deque(distances)
        while ahead:
            here = ahead.popleft()
            for code in sources[here]:
                if code not in distances:
                    distances[code] = distances[here] + 1
                    ahead.append(code)
        return distances

    def _learn(self, source: str, target: str, found: Step | NoPrice) -> None:
        """Keep the best step from one asset to another: a narrow one, and the pair itself before its inverse."""
        if isinstance(found, NoPrice):
            self._gaps[source].setdefault(target, found)
            return
        known = self._steps[source].get(target)
        if known is None or (found.narrow, known.inverse) > (known.narrow, found.inverse):
            self._steps[source][target] = found

    def _preference(self, code: str) -> tuple[bool, int, str]:
        name = self._names[code]
        return (code != self.quote.code, STEPS.index(name) if name in STEPS else len(STEPS), name)


def _product(steps: Iterable[Step]) -> Decimal:
    return functools.reduce(EXACT.multiply, (step.rate for step in steps), Decimal(1))


def _plain_first(market: tuple[Pair, Asset | None, Asset | None]) -> tuple[bool, str]:
    """Markets of an asset's plain code before those of a form of it, which may trade at a discount."""
    pair, base, counter = market
    plain = base is not None and counter is not None and (base.code, counter.code) == (pair.base, pair.quote)
    return (not plain, pair.name)


def _both_ways(pair: Pair, book: Book | None) -> tuple[Step | NoPrice, Step | NoPrice]:
    """What the base costs in the quote and the quote in the base, or why a pair does not say."""
    if (none := _why_no_step(pair, book)) is not None or book is None or book.bid is None:
        none = none or NoPrice(f"the book of its market {printable(pair.name)} has no bids")
        return none, none
    if (mid := book.mid) is not None:
        return Step(mid, True, pair.name), Step(mid, True, pair.name, inverse=True)
    if book.ask is None:
        none = NoPrice(f"the book of its market {printable(pair.name)} has no asks")
        return Step(book.bid, False, pair.name), none
    return Step(book.bid, False, pair.name), Step(book.ask, False, pair.name, inverse=True)


def _why_no_step(pair: Pair, book: Book | None) -> NoPrice | None:
    if not pair.open:
        return NoPrice(f"its market {printable(pair.name)} is not open: Kraken's status is {pair.status}")
    if book is None:
        return NoPrice(f"Kraken did not tell the book of its market {printable(pair.name)}", answered=False)
    return NoPrice(f"the book of its market {printable(pair.name)} is crossed") if book.crossed else None


def inverse_of(price: Decimal) -> Decimal:
    """What one unit of the quote costs in the base."""
    return _INVERSE.divide(Decimal(1), price)
