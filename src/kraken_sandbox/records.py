"""What an account's history is made of: orders, trades, positions and ledger entries.

Prices, costs and fees are in the pair's quote asset, volumes in its base asset, times in unix seconds.
"""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(slots=True)
class BookOrder:
    """One order; `status` is open, closed (filled) or canceled. A market order has no price.

    A trailing stop has the words of a relative one in `trailing` (`+5.0000%`); it rests and is never triggered. An
    order on margin has a `leverage`.
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
    post_only: bool = False
    trailing: str | None = None
    leverage: int | None = None
    volume_executed: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    fee: Decimal = Decimal(0)
    trades: list[str] = field(default_factory=list)
    closetm: float | None = None
    reason: str | None = None

    @property
    def volume_left(self) -> Decimal:
        return self.volume - self.volume_executed


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
