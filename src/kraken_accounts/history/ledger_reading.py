"""What came and went, as it is in the store: entries, what they were worth, and of which times all is known."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial

from ..kraken.ledger_types import Meaning, meaning_of
from ..spans import Span
from .amounts import amount_of
from .database import Transaction
from .ledger_model import Coverage, Entry, ValuedEntry
from .model import PriceAt, Series
from .moments import from_stored, to_stored

ALL = frozenset(Meaning)


class LedgerReader:
    """The ledgers of one set of accounts, as the store was when the transaction began.

    Args:
        assets: the number of each asset by its common ticker.
    """

    def __init__(self, transaction: Transaction, assets: Mapping[str, int]) -> None:
        self._transaction = transaction
        self._assets = assets
        names = {number: name for name, number in assets.items()}
        self._kinds = {
            number: (type_, subtype)
            for number, type_, subtype in transaction.rows("SELECT id, type, subtype FROM ledger_kinds")
        }
        self._codes = {
            number: (code, names[asset])
            for number, code, asset in transaction.rows("SELECT id, name, asset_id FROM codes")
        }

    def coverage(self, series: Series) -> Coverage:
        """Of which times all entries are there."""
        query = "SELECT begins, ends FROM ledger_spans WHERE account_id = ? ORDER BY begins"
        return Coverage(tuple(self._transaction.read(_span, query, series.id)))

    def entries(
        self, series: Series, start: datetime, end: datetime, meanings: Collection[Meaning] = ALL
    ) -> list[Entry]:
        """Those after one time, up to another and with it, that mean one of these things; the oldest first."""
        found = []
        for kind, (type_, subtype) in self._kinds.items():
            possible = {meaning_of(type_, subtype, code) for code, _ in self._codes.values()}
            if possible.isdisjoint(meanings):
                continue
            found += self._transaction.read(
                partial(self._entry, type_, subtype),
                "SELECT id, refid, at, code_id, amount, fee, balance FROM ledger "
                "WHERE account_id = ? AND kind_id = ? AND at > ? AND at <= ?",
                *(series.id, kind, to_stored(start), to_stored(end)),
            )
        return sorted(
            (entry for entry in found if entry.meaning in meanings), key=lambda entry: (entry.at, entry.id)
        )

    def valued(
        self,
        series: Series,
        quote: str,
        start: datetime,
        end: datetime,
        meanings: Collection[Meaning] = ALL,
    ) -> list[ValuedEntry]:
        """The same with what they were worth when they were made, as far as that was looked up."""
        return [
            ValuedEntry(entry, self.price(entry.asset, quote, entry.at))
            for entry in self.entries(series, start, end, meanings)
        ]

    def price(self, asset: str, quote: str, at: datetime) -> PriceAt | None:
        """What one unit cost at the time of an entry, as it was looked up for that; None if it was not."""
        if asset == quote:
            return PriceAt(at, Decimal(1))
        found = self._transaction.read(
            _price_at,
            "SELECT price, priced_at FROM ledger_prices WHERE quote_id = ? AND asset_id = ? AND at = ?",
            *(self._assets.get(quote, 0), self._assets.get(asset, 0), to_stored(at)),
        )
        return found[0] if found else None

    def _entry(
        self,
        type_: str,
        subtype: str,
        name: str,
        refid: str,
        at: int,
        code: int,
        amount: str,
        fee: str,
        balance: str | None,
    ) -> Entry:
        kraken_code, asset = self._codes[code]
        return Entry(
            id=name,
            refid=refid,
            at=from_stored(at),
            type=type_,
            subtype=subtype,
            code=kraken_code,
            amount=amount_of(amount),
            fee=amount_of(fee),
            balance=None if balance is None else amount_of(balance),
            asset=asset,
        )


def _span(begins: int, ends: int) -> Span:
    return Span(from_stored(begins), from_stored(ends))


def _price_at(price: str, priced_at: int) -> PriceAt:
    return PriceAt(from_stored(priced_at), amount_of(price))
