"""What a check leaves in the history, and what is read from it: plain data, amounts exact, times in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .. import money
from ..accounts import Account
from ..kraken.ledger import BookEntry
from ..spans import Span


@dataclass(frozen=True, slots=True)
class Parts:
    """What a total is made of, in the quote currency and rounded to its cents; None is unknown, or not asked.

    Attributes:
        available: what can be traded with, credit lines included.
        in_orders: what open orders hold.
        earn: what is in Earn and in no balance.
    """

    available: Decimal | None = None
    in_orders: Decimal | None = None
    earn: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What a check found of one account, but for what it holds.

    Attributes:
        status: as a report has it.
        total: in the quote currency, rounded to its cents; None if unknown.
        covers: the wallets that the total counts, `spot` and `earn`; two totals that cover different ones are not
            comparable.
        complete: whether it counts everything there.
        whole: whether it hangs on no question that Kraken left unanswered; only such a total may be compared.
    """

    status: str
    total: Decimal | None = None
    parts: Parts = Parts()
    covers: tuple[str, ...] = ()
    complete: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class LedgerFound:
    """What was read of an account's ledger.

    Attributes:
        spans: the times of which all entries are among these.
        tickers: the common ticker of the asset that a code is a form of, as far as Kraken lists it.
    """

    entries: tuple[BookEntry, ...]
    spans: tuple[Span, ...]
    tickers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Observation:
    """What a check found of one account.

    Attributes:
        fingerprint: of the Kraken account behind it; None where Kraken did not tell it, or it is not the account's
            own: then this is of the Kraken account that was found last.
        since: when the account began to have its status (UTC); None where that is not remembered.
        holdings: how much of each asset, by its common ticker; None if unknown.
        ledger: what was read of it; None if nothing was.
    """

    account: Account
    fingerprint: str | None
    figures: Figures
    since: datetime | None = None
    holdings: Mapping[str, Decimal] | None = None
    ledger: LedgerFound | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one check leaves.

    Attributes:
        at: in UTC.
        quote: the common ticker of the currency of totals and prices.
        prices: of one unit of each asset that has one, at full precision.
    """

    at: datetime
    quote: str
    observations: tuple[Observation, ...]
    prices: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Series:
    """The history of one account. Another Kraken account under the same name has one of its own.

    Attributes:
        id: in its store.
        fingerprint: of the Kraken account; None where Kraken has never told it.
        last_at: the last check of it (UTC).
    """

    id: int
    account: Account
    fingerprint: str | None
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Point:
    """One account at one time (UTC)."""

    at: datetime
    figures: Figures


@dataclass(frozen=True, slots=True)
class Held:
    """So much of one asset.

    Attributes:
        price: of one unit, in the quote currency, at that check; None if there was none.
    """

    asset: str
    amount: Decimal
    price: Decimal | None

    @property
    def value(self) -> Decimal | None:
        """In the quote currency, to the last digit; None without a price."""
        return None if self.price is None else money.EXACT.multiply(self.amount, self.price)


@dataclass(frozen=True, slots=True)
class PriceAt:
    """What one unit of an asset cost, as the check of that time found it (UTC)."""

    at: datetime
    price: Decimal


@dataclass(frozen=True, slots=True)
class StatusSince:
    """A status, and since when an account had it (UTC)."""

    since: datetime
    status: str


@dataclass(frozen=True, slots=True)
class Pruned:
    """What came of thinning.

    Attributes:
        removed: points that are gone.
        left: points that are there.
    """

    removed: int
    left: int
