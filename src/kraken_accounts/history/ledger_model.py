"""What came and went, as it is read from a history: plain data, amounts exact, times in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .. import money
from ..kraken.ledger import BookEntry
from ..spans import Span
from .model import PriceAt


@dataclass(frozen=True, slots=True)
class Entry(BookEntry):
    """An entry of an account's ledger.

    Attributes:
        asset: the common ticker of what the amount is of, ``BTC``; the code where Kraken does not list it.
    """

    asset: str


@dataclass(frozen=True, slots=True)
class EntryPrice:
    """What one unit of an asset cost at the time of an entry.

    Attributes:
        at: the time of the entry (UTC).
        price: in the quote currency.
        priced_at: when it cost that (UTC); of a candle its middle.
    """

    asset: str
    at: datetime
    price: Decimal
    priced_at: datetime


@dataclass(frozen=True, slots=True)
class ValuedEntry:
    """An entry, and what one unit of its asset cost when it was made.

    Attributes:
        price: in the quote currency; None is unknown.
    """

    entry: Entry
    price: PriceAt | None

    @property
    def value(self) -> Decimal | None:
        """Of the amount, with its sign, in the quote currency, to the last digit; None if unknown."""
        return self._of(self.entry.amount)

    @property
    def fee_value(self) -> Decimal | None:
        """Of the fee, likewise."""
        return self._of(self.entry.fee)

    def _of(self, amount: Decimal) -> Decimal | None:
        if not amount:
            return Decimal(0)  # whatever a unit costs
        return None if self.price is None else money.EXACT.multiply(amount, self.price.price)


@dataclass(frozen=True, slots=True)
class LedgerCoverage:
    """Of which times all entries of an account's ledger are in the store.

    Attributes:
        spans: the earliest first, none touching another; empty if nothing was ever read.
    """

    spans: tuple[Span, ...] = ()

    @property
    def known_until(self) -> datetime | None:
        """Nothing is known of what was later; None if nothing was ever read."""
        return self.spans[-1].end if self.spans else None

    @property
    def complete_since(self) -> datetime | None:
        """All after that time, up to `known_until`, is known; None if nothing was ever read."""
        return self.spans[-1].start if self.spans else None

    def covers(self, start: datetime, end: datetime) -> bool:
        """Whether all that came and went after one time, up to another and with it, is known."""
        return any(span.start <= start and end <= span.end for span in self.spans)


@dataclass(frozen=True, slots=True)
class OwnTransfer:
    """What left one of the operator's accounts and came to another: a flow of each, and of neither in all.

    Attributes:
        sent: the entry by which it left.
        received: the one by which it came.
    """

    sent: Entry
    received: Entry
