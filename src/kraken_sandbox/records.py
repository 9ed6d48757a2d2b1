"""What an account's history is made of: orders, trades, positions and ledger entries.

Prices, costs and fees are in the pair's quote asset, volumes in its base asset, times in unix seconds.
"""

from dataclasses import dataclass, field
from decimal import Decimal

SETTLE = "settle-position"


@dataclass(frozen=True, slots=True)
class CloseTerms:
    """The kind of order that closes again what another has bought or sold; prices in the words they came in."""

    ordertype: str
    price: str
    price2: str = ""


@dataclass(frozen=True, slots=True)
class Amend:
    """What an order was like from a time on: as it was placed (`original`), or as it was changed then (`user`)."""

    id: str
    type: str
    time: float
    volume: Decimal
    volume_left: Decimal
    display_volume: Decimal | None
    limit: str
    trigger: str
    post_only: bool


@dataclass(slots=True)
class BookOrder:
    """One order; `status` is pending, open, closed (filled), canceled or expired; `price` is its limit, if any.

    A triggered order waits until the market's last price has come to its `trigger`. That of a trailing stop
    follows the market's `extreme` at the distance in `trailing` (`+5.0000%`, or an amount); where such an order
    has a limit, it lies `trailing_limit` from the trigger. An order is to begin at `starttm` and to end at
    `expiretm`, 0 where that is not set. What is to `close` its fills again is placed as orders of their own, whose
    `refid` names this one. An order whose volume was given in the quote asset has that in `quote_volume`. One on
    margin has a `leverage`.
    """

    txid: str
    pair: str
    type: str
    ordertype: str
    price: Decimal | None
    volume: Decimal
    opentm: float
    status: str = "open"
    userref: int | None = None
    cl_ord_id: str | None = None
    oflags: tuple[str, ...] = ("fciq",)
    time_in_force: str = "gtc"
    starttm: float = 0
    expiretm: float = 0
    trigger: Decimal | None = None
    reference: str = "last"
    trailing: str | None = None
    trailing_limit: str | None = None
    extreme: Decimal | None = None
    triggered: bool = False
    display_volume: Decimal | None = None
    quote_volume: Decimal | None = None
    stptype: str = "cancel-newest"
    close: CloseTerms | None = None
    refid: str | None = None
    leverage: int | None = None
    reduce_only: bool = False
    volume_executed: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    fee: Decimal = Decimal(0)
    trades: list[str] = field(default_factory=list)
    amends: list[Amend] = field(default_factory=list)
    closetm: float | None = None
    reason: str | None = None

    @property
    def volume_left(self) -> Decimal:
        return self.volume - self.volume_executed

    @property
    def settles(self) -> bool:
        """Whether it takes over what margin positions have bought or sold, instead of trading."""
        return self.ordertype == SETTLE

    @property
    def post_only(self) -> bool:
        return "post" in self.oflags

    @property
    def fee_in_base(self) -> bool:
        """Whether the fee is taken in the base asset."""
        return "fcib" in self.oflags

    @property
    def is_limited(self) -> bool:
        """Whether it has a limit, or will have one once it is triggered."""
        return self.price is not None or self.trailing_limit is not None

    @property
    def waits(self) -> bool:
        """Whether it is not in the book yet: for its time, or for its trigger."""
        return self.status == "pending" or (
            not self.triggered and (self.trigger is not None or self.trailing is not None)
        )


@dataclass(frozen=True, slots=True)
class Trade:
    """One fill of an order; of one on margin, `position` is what it opened or, where it is `closing`, closed."""

    txid: str
    number: int
    order: BookOrder
    time: float
    price: Decimal
    volume: Decimal
    cost: Decimal
    fee: Decimal
    maker: bool
    ledgers: tuple[str, ...]
    position: str | None = None
    closing: bool = False
    margin: Decimal = Decimal(0)


@dataclass(slots=True)
class Position:
    """One margin position. `leverage` is how many times the cost exceeds the margin.

    `rollover` is what it costs every four hours, in percent of its cost, and `charged_until` until when that has
    been taken; None: its account is not open yet.
    """

    txid: str
    ordertxid: str
    pair: str
    type: str
    time: float
    volume: Decimal
    cost: Decimal
    fee: Decimal
    leverage: int
    volume_closed: Decimal = Decimal(0)
    ordertype: str = "market"
    rollover: Decimal = Decimal("0.02")
    charged_until: float | None = None

    @property
    def margin(self) -> Decimal:
        return self.cost / self.leverage

    @property
    def volume_left(self) -> Decimal:
        return self.volume - self.volume_closed

    @property
    def cost_left(self) -> Decimal:
        """What opening the part that is still open cost."""
        return self.cost * self.volume_left / self.volume if self.volume else self.cost


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One change of a balance: `balance` is what it left behind, after amount and fee."""

    id: str
    refid: str
    time: float
    type: str
    subtype: str
    asset: str
    amount: Decimal
    fee: Decimal
    balance: Decimal
