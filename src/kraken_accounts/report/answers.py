"""What was asked, and what came of it: of each account, and of Kraken's market."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from ..config import AccountSettings
from ..kraken.assets import Assets
from ..kraken.earn import Allocation, LockType
from ..kraken.errors import KrakenError
from ..kraken.fill_history import FillHistory
from ..kraken.key_info import KeyInfo
from ..kraken.ledger_pages import LedgerRead
from ..kraken.margin import Margin
from ..kraken.markets import Pair
from ..kraken.orders import OpenPosition, Order, OrderResult
from ..kraken.points import UNLIMITED, Points
from ..kraken.prices import Prices
from ..kraken.public import SystemStatus
from ..kraken.valuation import Balance
from ..spans import Span


@dataclass(frozen=True, slots=True)
class LedgerAnswer:
    """What was read of an account's ledger.

    Attributes:
        asked_at: when reading began (UTC, by Kraken's clock).
        missing: of what the history needs, the times of which not all is known yet.
        tickers: the common ticker of the asset that a code is a form of, as far as Kraken lists it.
    """

    asked_at: datetime
    read: LedgerRead
    missing: tuple[Span, ...]
    tickers: Mapping[str, str] = field(default_factory=dict)


def with_tickers(ledger: LedgerAnswer, assets: Assets) -> LedgerAnswer:
    """The same, once it is known what Kraken lists."""
    found = {code: assets.resolve(code) for code in {entry.code for entry in ledger.read.entries}}
    return replace(ledger, tickers={code: asset.name for code, asset in found.items() if asset is not None})


NO_KINDS: Mapping[str, LockType | None] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class AccountAnswers:
    """What one account answered. None: was not asked; an audit asks more than a check.

    Attributes:
        known_fills: what earlier runs have told of them.
        asked_at: when it was asked what it does, by Kraken's clock (UTC).
        earn: what is in Earn.
        margin: what open margin positions have gained, in the quote currency.
        equivalent_balance: Kraken's own figure for all the account has, in the quote currency.
        probe: what came of an order that was only validated.
        ledger: None also where nothing of it is needed yet.
        points: what is left of those that the run may spend on it.
        session: the HTTP session over which all of this was asked; None if an audit did not ask.
    """

    settings: AccountSettings
    key_info: KeyInfo | KrakenError | None = None
    balances: Mapping[str, Balance] | KrakenError | None = None
    open_orders: Sequence[Order] | KrakenError | None = None
    open_positions: Sequence[OpenPosition] | KrakenError | None = None
    fills: FillHistory | KrakenError | None = None
    known_fills: FillHistory | None = None
    asked_at: datetime | None = None
    earn: Sequence[Allocation] | KrakenError | None = None
    margin: Margin | KrakenError | None = None
    equivalent_balance: Decimal | KrakenError | None = None
    probe: OrderResult | KrakenError | None = None
    ledger: LedgerAnswer | KrakenError | None = None
    points: Points = UNLIMITED
    session: object = None

    @property
    def of_kraken(self) -> tuple[object, ...]:
        """All of them."""
        return (
            self.key_info,
            self.balances,
            self.open_orders,
            self.open_positions,
            self.fills,
            self.earn,
            self.margin,
            self.equivalent_balance,
            self.probe,
            self.ledger.read.failure if isinstance(self.ledger, LedgerAnswer) else self.ledger,
        )


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question about the market that Kraken did not answer.

    Attributes:
        what: assets, pairs or prices.
    """

    what: str
    error: KrakenError


@dataclass(frozen=True, slots=True)
class Throttling:
    """What it means that Kraken lets this address ask only so often.

    Attributes:
        rate: requests a second, about.
        accounts: how many there are to ask.
        seconds: how long all of them take, about; None where that cannot be told.
    """

    rate: float
    accounts: int
    seconds: int | None


@dataclass(frozen=True, slots=True)
class MarketAnswers:
    """What Kraken's public endpoints answered.

    Attributes:
        system_status: None where nobody had to be asked, as without any key.
        prices: in the quote currency; None where not even that currency is known.
        unanswered: what could not be learned.
        throttling: None where Kraken limits nothing.
        pairs: what Kraken trades, by its names.
        kinds: of what kind Earn's strategies are, by id; None for one that Kraken does not explain.
        kinds_missing: why not all of them that are in use were learned; None if they were.
    """

    system_status: SystemStatus | KrakenError | None
    assets: Assets
    prices: Prices | None = None
    unanswered: tuple[Unanswered, ...] = ()
    throttling: Throttling | None = None
    pairs: Mapping[str, Pair] = field(default_factory=dict)
    kinds: Mapping[str, LockType | None] = field(default_factory=lambda: NO_KINDS)
    kinds_missing: KrakenError | None = None
