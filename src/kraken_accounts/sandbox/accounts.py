"""Simulated accounts and their API keys: what each holds, and what each key may do."""

import base64
from dataclasses import dataclass, field
from decimal import Decimal

PERMISSIONS = (
    "query-funds",
    "add-funds",
    "withdraw-funds",
    "earn-funds",
    "query-open-trades",
    "query-closed-trades",
    "modify-trades",
    "close-trades",
    "query-ledger",
    "export-data",
    "create-ws-token",
    "add-withdraw-address",
    "update-withdraw-address",
)

QUERY_PERMISSIONS = frozenset({"query-funds", "query-open-trades", "query-closed-trades", "query-ledger"})
TRADE_PERMISSIONS = QUERY_PERMISSIONS | {"modify-trades", "close-trades", "create-ws-token"}


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key as its owner set it up. Times are unix seconds, 0 where not set; the secret is base64."""

    key: str
    secret: str = field(repr=False)
    name: str = "api-key"
    permissions: frozenset[str] = TRADE_PERMISSIONS
    nonce_window: int = 0
    valid_until: int = 0
    query_from: int = 0
    query_to: int = 0
    created: int = 0
    modified: int = 0
    ip_allowlist: tuple[str, ...] = ()
    otp: str | None = field(default=None, repr=False)

    @property
    def secret_bytes(self) -> bytes:
        return base64.b64decode(self.secret)


@dataclass(slots=True)
class Holding:
    """What an account has of one asset code, without what open orders hold of it."""

    amount: Decimal
    credit: Decimal = Decimal(0)
    credit_used: Decimal = Decimal(0)


@dataclass(slots=True)
class Order:
    """One order. Price, cost and fee in the pair's quote asset, volumes in its base asset."""

    txid: str
    pair: str
    type: str
    ordertype: str
    price: Decimal
    volume: Decimal
    opentm: float
    status: str = "open"
    userref: int | None = None
    cl_ord_id: str | None = None
    oflags: tuple[str, ...] = ("fciq",)
    volume_executed: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    fee: Decimal = Decimal(0)
    trades: list[str] = field(default_factory=list)
    closetm: float | None = None
    reason: str | None = None

    @property
    def volume_left(self) -> Decimal:
        return self.volume - self.volume_executed


@dataclass(slots=True)
class Position:
    """One open margin position, with its cost, fee and margin in the pair's quote asset."""

    txid: str
    ordertxid: str
    pair: str
    type: str
    time: float
    cost: Decimal
    fee: Decimal
    volume: Decimal
    margin: Decimal


@dataclass
class Account:
    """One account of the simulated exchange; `iban` is the internal number that its keys report."""

    label: str
    iban: str
    balances: dict[str, Holding] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)

    @property
    def open_orders(self) -> list[Order]:
        return [order for order in self.orders.values() if order.status == "open"]
