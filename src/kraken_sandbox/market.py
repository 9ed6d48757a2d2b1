"""The simulated market: what is listed, what it costs just now, and who offers how much of it.

Field names follow Kraken's Ticker, https://docs.kraken.com/api-reference/market-data/get-ticker-information.
"""

import math
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from operator import itemgetter

from .listed import ListedAsset, ListedPair
from .names import Names

LAST_VOLUME = Decimal("0.1")
"""How much the last trade of every pair was about, in its base asset."""

SWING = Decimal("0.02")
"""How far a pair's price may have been from the last one today: more than the noise of the past ever is."""

MOST_CHANGES = 1000
"""How many prices that were set are remembered of each pair."""


@dataclass(frozen=True, slots=True)
class Level:
    """A price in the book, in the quote asset, and how much is offered at it; None is any volume."""

    price: Decimal
    volume: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Ticker:
    """The prices of one pair, in its quote asset; volumes in its base asset. A bid or an ask of 0: nobody does."""

    bid: Decimal
    ask: Decimal
    last: Decimal
    open: Decimal
    high: Decimal
    low: Decimal
    vwap: Decimal
    volume: Decimal
    trades: int

    @property
    def mid(self) -> Decimal:
        """The middle of bid and ask; the last trade where one of them is missing."""
        return (self.bid + self.ask) / 2 if self.bid and self.ask else self.last


@dataclass
class Market:
    """Everything public: what is listed, and what it costs just now.

    `delisted` are pairs that were listed once: nothing public knows them any more, but accounts remember trades.
    `books` has, for a pair's key and an order's side, the levels that such an order meets, the best one first.
    Where it has none, any volume is bought at the ticker's bid and sold at its ask. `changes` has, for a pair's
    key, the last prices that were set and from when on they have been in force.
    """

    assets: dict[str, ListedAsset]
    pairs: dict[str, ListedPair]
    tickers: dict[str, Ticker]
    delisted: dict[str, ListedPair] = field(default_factory=dict)
    books: dict[tuple[str, str], tuple[Level, ...]] = field(default_factory=dict)
    changes: dict[str, deque[tuple[float, Decimal]]] = field(default_factory=dict)
    _pair_names: Names[ListedPair] = field(init=False, repr=False)
    _asset_names: Names[ListedAsset] = field(init=False, repr=False)
    _pairs_of: dict[str, list[ListedPair]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._index()

    def _index(self) -> None:
        self._pair_names = Names((pair, pair.names) for pair in self.pairs.values())
        self._asset_names = Names((asset, asset.names) for asset in self.assets.values())
        self._pairs_of = defaultdict(list)
        for pair in self.pairs.values():
            self._pairs_of[pair.base.code].append(pair)
            self._pairs_of[pair.quote.code].append(pair)

    def has_margin(self, asset: ListedAsset) -> bool:
        """Whether the asset is one of a pair that is traded on margin."""
        return any(pair.leverage_buying or pair.leverage_selling for pair in self._pairs_of[asset.code])

    def find_asset(self, name: str) -> ListedAsset | None:
        """The asset of that code, altname or display name: `XXBT`, `XBT`, `BTC`."""
        return self._asset_names.find(name)

    def find_pair(self, name: str) -> ListedPair | None:
        """The pair of that key, altname, websocket or display name: `XXBTZUSD`, `XBTUSD`, `XBT/USD`, `BTC/USD`."""
        return self._pair_names.find(name)

    def _listed_pair(self, name: str) -> ListedPair:
        pair = self.find_pair(name)
        if pair is None:
            raise KeyError(name)
        return pair

    def pair(self, key: str) -> ListedPair:
        """The pair of that key, though it be listed no more. KeyError where it never was."""
        return self.pairs[key] if key in self.pairs else self.delisted[key]

    def find_past_pair(self, name: str) -> ListedPair | None:
        """The pair of that name, listed or delisted."""
        gone = Names((pair, pair.names) for pair in self.delisted.values())
        return self.find_pair(name) or gone.find(name)

    def delist(self, name: str) -> None:
        """Take a pair from the market. KeyError for an unknown pair."""
        pair = self._listed_pair(name)
        self.delisted[pair.key] = self.pairs.pop(pair.key)
        self._index()

    def ticker(self, pair: ListedPair) -> Ticker:
        return self.tickers[pair.key]

    def taker_price(self, pair: ListedPair, side: str) -> Decimal:
        """What an order that is filled at once gets: the ask when buying, the bid when selling."""
        ticker = self.tickers[pair.key]
        return ticker.ask if side == "buy" else ticker.bid

    def levels(self, pair: ListedPair, side: str) -> tuple[Level, ...]:
        """What an order of that side meets, the best price first; nothing where nobody is there."""
        levels = self.books.get((pair.key, side))
        if levels is not None:
            return levels
        price = self.taker_price(pair, side)
        return (Level(price),) if price else ()

    def take(self, pair: ListedPair, side: str, volume: Decimal) -> None:
        """Let an order of that side have so much of what is offered at the best price."""
        best, *others = self.levels(pair, side)
        if best.volume is None:
            return
        left = [Level(best.price, best.volume - volume)] if best.volume > volume else []
        self._show_levels(pair, side, [*left, *others])

    def set_book(
        self, name: str, *, bids: Sequence[Level] | None = None, asks: Sequence[Level] | None = None
    ) -> None:
        """Say who buys and who sells a pair, at which prices and how much; what is left out stays.

        Raises KeyError for an unknown pair.
        """
        pair = self._listed_pair(name)
        if asks is not None:
            self._show_levels(pair, "buy", sorted(asks, key=lambda level: level.price))
        if bids is not None:
            self._show_levels(pair, "sell", sorted(bids, key=lambda level: level.price, reverse=True))

    def _show_levels(self, pair: ListedPair, side: str, levels: Sequence[Level]) -> None:
        best = levels[0].price if levels else Decimal(0)
        ticker = self.tickers[pair.key]
        self.tickers[pair.key] = replace(ticker, ask=best) if side == "buy" else replace(ticker, bid=best)
        self.books[pair.key, side] = tuple(levels)

    def show(self, pair: ListedPair, ticker: Ticker) -> None:
        """Give a pair other prices, at which any volume is bought and sold; they are no prices that were set."""
        self._changes(pair)
        self.tickers[pair.key] = ticker
        for side in ("buy", "sell"):
            self.books.pop((pair.key, side), None)

    def _changes(self, pair: ListedPair) -> deque[tuple[float, Decimal]]:
        listed = (-math.inf, self.tickers[pair.key].last)
        return self.changes.setdefault(pair.key, deque([listed], maxlen=MOST_CHANGES))

    def price_at(self, pair: ListedPair, moment: float) -> Decimal:
        """The last price in force at a time, among those that were set; prices that move by themselves are not."""
        changes = self._changes(pair)
        return changes[max(0, bisect_right(changes, moment, key=itemgetter(0)) - 1)][1]

    def set_ticker(
        self,
        name: str,
        *,
        bid: Decimal | str | None = None,
        ask: Decimal | str | None = None,
        last: Decimal | str | None = None,
        since: float | None = None,
    ) -> None:
        """Change a pair's prices; what is left out stays, and 0 empties a side. KeyError for an unknown pair.

        At a bid or an ask that is given any volume is bought or sold. A last price has been in force from `since`
        on; without that, always.
        """
        pair = self._listed_pair(name)
        now = self.tickers[pair.key]
        if last is not None:
            changes = self._changes(pair)
            if since is None:
                changes.clear()
            else:
                # A clock that was set back: what was set later than now is not yet.
                while changes and changes[-1][0] > since:
                    changes.pop()
            changes.append((-math.inf if since is None else since, Decimal(last)))
            now = _around(pair, now, Decimal(last), always=since is None)
        self.tickers[pair.key] = replace(
            now,
            bid=now.bid if bid is None else Decimal(bid),
            ask=now.ask if ask is None else Decimal(ask),
        )
        for side, price in (("buy", ask), ("sell", bid)):
            if price is not None:
                self.books.pop((pair.key, side), None)

    def set_pair_status(self, name: str, status: str) -> None:
        """Say in AssetPairs that a pair is `online`, `cancel_only`, `delisted` … KeyError for an unknown pair."""
        key = self._listed_pair(name).key
        self.pairs[key] = replace(self.pairs[key], status=status)
        self._index()

    def price(self, asset: ListedAsset, quote: ListedAsset) -> Decimal | None:
        """What one unit is worth in `quote` at mid prices, over the fewest pairs; None where none lead there."""
        start = asset.stands_for or asset.code
        prices = {start: Decimal(1)}
        queue = [start]
        for here in queue:
            if here == quote.code:
                return prices[here]
            for pair in self._pairs_of[here]:
                mid = self.tickers[pair.key].mid
                there = pair.quote.code if pair.base.code == here else pair.base.code
                if mid and there not in prices:
                    prices[there] = prices[here] * mid if pair.base.code == here else prices[here] / mid
                    queue.append(there)
        return None


def _around(pair: ListedPair, ticker: Ticker, last: Decimal, *, always: bool) -> Ticker:
    """The ticker with another last price, which today's prices lie around, alone or beside those before."""

    def part(factor: Decimal) -> Decimal:
        return (last * factor).quantize(pair.tick_size)

    high, low = part(1 + SWING), part(1 - SWING)
    if always:
        return replace(ticker, last=last, open=part(Decimal("0.99")), vwap=last, high=high, low=low)
    return replace(ticker, last=last, high=max(ticker.high, high), low=min(ticker.low, low))
