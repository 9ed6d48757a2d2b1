"""What the exchange lists: assets and pairs, as Kraken's Assets and AssetPairs describe them.

Field names follow https://docs.kraken.com/api-reference/market-data/get-asset-info and its neighbour
get-tradable-asset-pairs.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

from .fees import MAKER_FEES, TAKER_FEES, FeeSteps, fee_rate
from .names import display_name

CURRENCY = "currency"
"""The class of every asset but the tokenized ones."""


def asset_class(name: str) -> str:
    """The class that a parameter names: without one currencies, which older clients call `forex`."""
    return CURRENCY if name in ("", "forex") else name


EXACT = Context(prec=60)
"""Wide enough for the cost of any order that can be asked for, down to its last decimal."""


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

    @property
    def display_name(self) -> str:
        return display_name(self.altname)

    @property
    def is_shown(self) -> bool:
        """Whether Assets lists it: accounts hold codes that it does not have, those of rewards and of yield."""
        return not self.code.endswith((".F", ".B"))

    @property
    def names(self) -> tuple[str, ...]:
        """What a client may call it, the most binding first."""
        return self.code, self.altname, self.display_name

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
    Kraken leaves the `status` of some pairs out: those have None.
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
    status: str | None = "online"

    @property
    def altname(self) -> str:
        return self.base.altname + self.quote.altname

    @property
    def wsname(self) -> str:
        return f"{self.base.altname}/{self.quote.altname}"

    @property
    def display_name(self) -> str:
        return f"{self.base.display_name}/{self.quote.display_name}"

    @property
    def names(self) -> tuple[str, ...]:
        """What a client may call it, the most binding first."""
        return self.key, self.altname, self.wsname, self.display_name, self.display_name.replace("/", "")

    @property
    def tick_size(self) -> Decimal:
        return Decimal(1).scaleb(-self.pair_decimals)

    def price_text(self, price: Decimal) -> str:
        """A price with the pair's decimals."""
        return f"{price:.{self.pair_decimals}f}"

    def ticker_price(self, price: Decimal) -> str:
        """A price as Ticker and its neighbours show it."""
        return f"{price:.{self.ticker_decimals}f}"

    def volume_text(self, volume: Decimal) -> str:
        """A volume with the pair's decimals."""
        return f"{volume:.{self.lot_decimals}f}"

    def cost(self, volume: Decimal, price: Decimal) -> Decimal:
        """What that volume costs at that price."""
        return self.round_cost(EXACT.multiply(volume, price))

    def fee(self, cost: Decimal, *, maker: bool, traded: Decimal = Decimal(0)) -> Decimal:
        """The fee on a trade of that cost, for an account that has traded so much, in USD, in the last 30 days."""
        rate = fee_rate(self.maker_fees if maker else self.taker_fees, traded)
        return self.round_cost(EXACT.divide(EXACT.multiply(cost, rate), Decimal(100)))

    def spending(self, volume: Decimal, price: Decimal, *, maker: bool, traded: Decimal) -> Decimal:
        """What buying takes off the quote asset's balance: cost and fee, each with the asset's decimals."""
        cost = self.cost(volume, price)
        return self.quote.quantize(cost) + self.quote.quantize(self.fee(cost, maker=maker, traded=traded))

    def round_cost(self, amount: Decimal) -> Decimal:
        """The amount with the decimals that costs and fees of this pair have."""
        return amount.quantize(Decimal(1).scaleb(-self.cost_decimals), ROUND_HALF_EVEN, EXACT)

    @property
    def ticker_decimals(self) -> int:
        """Ticker shows prices with five decimals, or with the pair's own where it has more."""
        return max(5, self.pair_decimals)
