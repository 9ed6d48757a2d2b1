"""The simulated market: assets, pairs, their prices, and how these move.

Field names follow Kraken's Assets, AssetPairs and Ticker, whose pages are beside
https://docs.kraken.com/api-reference/market-data/get-asset-info.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Context, Decimal

from .fees import MAKER_FEES, TAKER_FEES, FeeSteps

CURRENCY = "currency"
"""The class of every asset but the tokenized ones."""

EXACT = Context(prec=60)
"""Wide enough for the cost of any order that can be asked for, down to its last decimal."""

LARGEST_STEP = 10
"""How far an asset's worth moves in one step at most, in hundredths of a percent."""

STILL = "ZUSD"
"""The asset that all the others move against."""


@dataclass(frozen=True, slots=True)
class ListedAsset:
    """One entry of Assets, e.g. `XXBT` with the altname `XBT`.

    `stands_for` is the code of the asset that this one is a holding of (`DOT` for `DOT28.S`). Kraken does not
    publish it; it is what the exchange itself knows when it values an account.
    """

    code: str
    altname: str
    decimals: int
    display_decimals: int
    aclass: str = CURRENCY
    collateral_value: Decimal | None = None
    stands_for: str | None = None
    status: str = "enabled"

    def quantize(self, amount: Decimal, rounding: str = ROUND_HALF_EVEN) -> Decimal:
        """The amount with the asset's decimals, as Kraken keeps it on its books."""
        return amount.quantize(Decimal(1).scaleb(-self.decimals), rounding, EXACT)

    def text(self, amount: Decimal) -> str:
        """The amount as Kraken sends it, with all the asset's decimals: `1.2435000000`."""
        return f"{self.quantize(amount):f}"


@dataclass(frozen=True, slots=True)
class ListedPair:
    """One entry of AssetPairs; `pair_decimals` are the price's, in the quote asset.

    `position_limits` are the largest margin positions of one account, bought and sold, in the base asset.
    """

    key: str
    base: ListedAsset
    quote: ListedAsset
    pair_decimals: int
    lot_decimals: int
    cost_decimals: int
    ordermin: Decimal
    costmin: Decimal
    leverage_buying: tuple[int, ...] = ()
    leverage_selling: tuple[int, ...] = ()
    position_limits: tuple[int, int] | None = None
    taker_fees: FeeSteps = TAKER_FEES["standard"]
    maker_fees: FeeSteps = MAKER_FEES["standard"]
    status: str = "online"

    @property
    def altname(self) -> str:
        return self.base.altname + self.quote.altname

    @property
    def wsname(self) -> str:
        return f"{self.base.altname}/{self.quote.altname}"

    @property
    def tick_size(self) -> Decimal:
        return Decimal(1).scaleb(-self.pair_decimals)

    def cost(self, volume: Decimal, price: Decimal) -> Decimal:
        """What that volume costs at that price."""
        return self._round_cost(EXACT.multiply(volume, price))

    def fee(self, cost: Decimal, *, maker: bool) -> Decimal:
        """The fee on a trade of that cost, at the rates of the smallest trading volume."""
        rate = (self.maker_fees if maker else self.taker_fees)[0][1]
        return self._round_cost(EXACT.divide(EXACT.multiply(cost, rate), Decimal(100)))

    def spending(self, volume: Decimal, price: Decimal, *, maker: bool) -> Decimal:
        """What buying takes off the quote asset's balance: cost and fee, each with the asset's decimals."""
        cost = self.cost(volume, price)
        return self.quote.quantize(cost) + self.quote.quantize(self.fee(cost, maker=maker))

    def _round_cost(self, amount: Decimal) -> Decimal:
        return amount.quantize(Decimal(1).scaleb(-self.cost_decimals), ROUND_HALF_EVEN, EXACT)

    @property
    def ticker_decimals(self) -> int:
        """Ticker shows prices with five decimals, or with the pair's own where it has more."""
        return max(5, self.pair_decimals)


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
    """

    assets: dict[str, ListedAsset]
    pairs: dict[str, ListedPair]
    tickers: dict[str, Ticker]
    delisted: dict[str, ListedPair] = field(default_factory=dict)
    _pair_names: dict[str, ListedPair] = field(init=False, repr=False)
    _asset_names: dict[str, ListedAsset] = field(init=False, repr=False)
    _pairs_of: dict[str, list[ListedPair]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._index()

    def _index(self) -> None:
        self._pair_names = {
            name: pair for pair in self.pairs.values() for name in (pair.wsname, pair.altname, pair.key)
        }
        self._asset_names = {name: asset for asset in self.assets.values() for name in (asset.altname, asset.code)}
        self._pairs_of = defaultdict(list)
        for pair in self.pairs.values():
            self._pairs_of[pair.base.code].append(pair)
            self._pairs_of[pair.quote.code].append(pair)

    def find_asset(self, name: str) -> ListedAsset | None:
        """The asset of that code or altname."""
        return self._asset_names.get(name)

    def find_pair(self, name: str) -> ListedPair | None:
        """The pair of that key, altname or websocket name: `XXBTZUSD`, `XBTUSD`, `XBT/USD`."""
        return self._pair_names.get(name)

    def pair(self, key: str) -> ListedPair:
        """The pair of that key, though it be listed no more. KeyError where it never was."""
        return self.pairs[key] if key in self.pairs else self.delisted[key]

    def find_past_pair(self, name: str) -> ListedPair | None:
        """The pair of that name, listed or delisted."""
        return self.find_pair(name) or next(
            (pair for pair in self.delisted.values() if name in (pair.key, pair.altname, pair.wsname)), None
        )

    def delist(self, name: str) -> None:
        """Take a pair from the market. KeyError for an unknown pair."""
        pair = self._pair_names[name]
        self.delisted[pair.key] = self.pairs.pop(pair.key)
        self._index()

    def ticker(self, pair: ListedPair) -> Ticker:
        return self.tickers[pair.key]

    def taker_price(self, pair: ListedPair, side: str) -> Decimal:
        """What an order that is filled at once gets: the ask when buying, the bid when selling."""
        ticker = self.tickers[pair.key]
        return ticker.ask if side == "buy" else ticker.bid

    def set_ticker(
        self,
        name: str,
        *,
        bid: Decimal | str | None = None,
        ask: Decimal | str | None = None,
        last: Decimal | str | None = None,
    ) -> None:
        """Change a pair's prices; what is left out stays, and 0 empties a side. KeyError for an unknown pair."""
        pair = self._pair_names[name]
        now = self.tickers[pair.key]
        self.tickers[pair.key] = replace(
            now,
            bid=now.bid if bid is None else Decimal(bid),
            ask=now.ask if ask is None else Decimal(ask),
            last=now.last if last is None else Decimal(last),
        )

    def set_pair_status(self, name: str, status: str) -> None:
        """Say in AssetPairs that a pair is `online`, `cancel_only`, `delisted` … KeyError for an unknown pair."""
        key = self._pair_names[name].key
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
            self._market.tickers[pair.key] = _moved(
                pair, self._start[pair.key], self._market.tickers[pair.key], factor
            )


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
