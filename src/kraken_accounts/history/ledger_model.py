"""What came and went, as the history keeps it: plain data, amounts exact, times in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .. import money
from ..kraken.ledger_types import Meaning, meaning_of
from .model import PriceAt


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an account's ledger: one change of one balance.

    The balance afterwards is the one before, plus the amount, less the fee.

    Attributes:
        id: Kraken's, unique within the account.
        refid: of what it belongs to; the two legs of a trade share it. Empty or `Unknown` where Kraken gives none.
        at: in UTC.
        type: Kraken's word, `deposit` for instance.
        subtype: Kraken's word, or empty.
        code: Kraken's code of the balance, ``XXBT`` or ``DOT28.S``.
        asset: the common ticker of what that is an amount of, ``BTC``; the code where Kraken does not list it.
        amount: below zero, it went away.
        fee: in the same asset, taken beside the amount.
        balance: of that code afterwards; None where Kraken does not tell it.
    """

    id: str
    refid: str
    at: datetime
    type: str
    subtype: str
    code: str
    asset: str
    amount: Decimal
    fee: Decimal
    balance: Decimal | None

    @property
    def meaning(self) -> Meaning:
        return meaning_of(self.type, self.subtype)


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
        return None if self.price is None else money.EXACT.multiply(self.entry.amount, self.price.price)

    @property
    def fee_value(self) -> Decimal | None:
        """Of the fee, likewise; nothing is worth nothing without a price."""
        if not self.entry.fee:
            return Decimal(0)
        return None if self.price is None else money.EXACT.multiply(self.entry.fee, self.price.price)


@dataclass(frozen=True, slots=True)
class Span:
    """From one time to another, both in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of which times all entries of an account's ledger are in the store.

    Attributes:
        spans: the earliest first, none touching another; empty if nothing was ever fetched.
    """

    spans: tuple[Span, ...] = ()

    @property
    def known_until(self) -> datetime | None:
        """When the last of them ends; None if there is none."""
        return self.spans[-1].end if self.spans else None

    def covers(self, start: datetime, end: datetime) -> bool:
        """Whether every entry between these two times is there."""
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


EntriesByAccount = Mapping[str, tuple[Entry, ...]]
"""By the selector of the account, ``master`` or a user id."""
