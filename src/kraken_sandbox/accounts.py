"""Simulated accounts and their API keys. Times are unix seconds."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from .archives import Export
from .earn import EarnAllocation
from .records import BookOrder, LedgerEntry, Position, Trade

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
class Tier:
    """How far a call counter may rise, and how fast it falls again, per second."""

    maximum: float
    decay: float


TIERS = {
    "starter": Tier(15, 0.33),
    "intermediate": Tier(20, 0.5),
    "pro": Tier(20, 1),
}
"""Numbers from https://docs.kraken.com/exchange/guides/rest/ratelimits."""


@dataclass(frozen=True, slots=True)
class SimulatedKey:
    """An API key as its owner set it up. Times are unix seconds, 0 where not set; the secret is base64.

    `nonce_window` counts in the key's nonces; `ip_allowlist` holds addresses and networks (`203.0.113.0/24`), and
    an empty one lets every address in; `query_from` and `query_to` bound what history the key may see. With
    `snake_case` GetApiKeyInfo writes its fields so, as Kraken does in some answers.
    """

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
    snake_case: bool = False

    @property
    def secret_bytes(self) -> bytes:
        return base64.b64decode(self.secret)


@dataclass(slots=True)
class SimulatedHolding:
    """What an account has of one asset code, without regard to what open orders hold of it."""

    amount: Decimal
    credit: Decimal = Decimal(0)
    credit_used: Decimal = Decimal(0)

    @property
    def owned(self) -> Decimal:
        """What is the account's own: a credit line is not, and what is used of it is owed."""
        return self.amount - self.credit_used

    @property
    def total(self) -> Decimal:
        """What can be spent."""
        return self.amount + self.credit - self.credit_used


@dataclass
class SimulatedAccount:
    """One account of the simulated exchange.

    `iban` is the internal number that its keys report, `tier` a name in `limits.TIERS`. With `amounts_as_numbers`
    its balances and its worth are sent as JSON numbers, as Kraken does in some answers. With `trading_agreement`
    its regulator asks for `trading_agreement=agree` with each order. Accounts of some kinds have no BalanceEx
    (`without_balance_ex`), some no `eb` in TradeBalance (`without_equivalent_balance`), and those that may not
    trade on margin (`spot_only`) neither `uv` nor `mfo`. Its fees are those of
    somebody who has traded `fee_volume`, in USD, in the last 30 days, beside its trades that are known here.
    `cancel_after` is when all its orders are canceled, unless it asks for another time before. `earn_failures` are
    Kraken's words for what went wrong with its last request, by whether it was to allocate or to deallocate and by
    the strategy.
    """

    label: str
    iban: str
    balances: dict[str, SimulatedHolding] = field(default_factory=dict)
    tier: str = "pro"
    amounts_as_numbers: bool = False
    trading_agreement: bool = False
    without_balance_ex: bool = False
    without_equivalent_balance: bool = False
    spot_only: bool = False
    fee_volume: Decimal = Decimal(0)
    open_orders: dict[str, BookOrder] = field(default_factory=dict)
    closed_orders: dict[str, BookOrder] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)
    closed_positions: dict[str, Position] = field(default_factory=dict)
    trades: dict[str, Trade] = field(default_factory=dict)
    ledger: dict[str, LedgerEntry] = field(default_factory=dict)
    allocations: list[EarnAllocation] = field(default_factory=list)
    cancel_after: float | None = None
    exports: dict[str, Export] = field(default_factory=dict)
    earn_failures: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.tier not in TIERS:
            raise ValueError(f"unknown tier {self.tier!r}; there are {', '.join(TIERS)}")

    def find_order(self, txid: str) -> BookOrder | None:
        return self.open_orders.get(txid) or self.closed_orders.get(txid)

    def orders(self) -> Iterator[BookOrder]:
        """Every order, the open ones first."""
        yield from self.open_orders.values()
        yield from self.closed_orders.values()
