"""What an account's history is made of: orders, trades, positions and ledger entries.

Prices, costs and fees are in the pair's quote asset, volumes in its base asset, times in unix seconds.
"""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(slots=True)
class BookOrder:
    """One order; `status` is open, closed (filled) or canceled. A market order has no price.

    A trailing stop has the words of a relative one in `trailing` (`+5.0000%`); it rests and is never triggered.
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
    """One fill of an order."""

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


@dataclass(frozen=True, slots=True)
class Position:
    """One open margin position. `leverage` is how many times the cost exceeds the margin."""

    txid: str
    ordertxid: str
    pair: str
    type: str
    time: float
    volume: Decimal
    cost: Decimal
    fee: Decimal
    leverage: int

    @property
    def margin(self) -> Decimal:
        return self.cost / self.leverage


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
