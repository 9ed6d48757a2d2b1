"""What came and went, as it is in the store: entries, what they were worth, and of which times all is known."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial

from ..kraken.assets import FEE_CREDITS
from ..kraken.ledger_types import Meaning, meaning_of
from ..spans import Span
from .amounts import amount_of
from .database import Transaction
from .ledger_model import Entry, LedgerCoverage, ValuedEntry
from .model import PriceAt, Series
from .moments import from_stored, to_stored

ALL = frozenset(Meaning)
PRICED = ALL - {Meaning.TRADE, Meaning.ROLLOVER, Meaning.FEE_CREDITS}
"""Those whose amounts are valued. What a trade or a position has brought shows in the totals, but for its fee."""


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

    def coverage(self, series: Series) -> LedgerCoverage:
        """Of which times all entries are there."""
        query = "SELECT begins, ends FROM ledger_spans WHERE account_id = ? ORDER BY begins"
        return LedgerCoverage(tuple(self._transaction.read(_span, query, series.id)))

    def entries(
        self, series: Series, start: datetime, end: datetime, meanings: Collection[Meaning] = ALL
    ) -> list[Entry]:
        """Those after one time, up to another and with it, that mean one of these things; the oldest first."""
        found = []
        for kind in self._kinds_of(meanings):
            type_, subtype = self._kinds[kind]
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
        entries = self.entries(series, start, end, meanings)
        assets = {entry.asset for entry in entries} - {quote}
        prices = {asset: self._prices(asset, quote, start, end) for asset in assets}
        return [
            ValuedEntry(
                entry, PriceAt(entry.at, Decimal(1)) if entry.asset == quote else prices[entry.asset].get(entry.at)
            )
            for entry in entries
        ]

    def unpriced(self, series: Series, quote: str, fees_since: datetime) -> set[tuple[str, datetime, bool]]:
        """Assets, times of entries at which it was not looked up yet what they cost, and whether only fees ask."""
        found: set[tuple[str, datetime, bool]] = set()
        priced = self._kinds_of(PRICED)
        for kind in self._kinds:
            only_fee = kind not in priced
            found.update(
                self._transaction.read(
                    partial(_needed, only_fee),
                    "SELECT DISTINCT a.name, l.at FROM ledger l JOIN codes c ON c.id = l.code_id "
                    "JOIN assets a ON a.id = c.asset_id WHERE l.account_id = ? AND l.kind_id = ? AND c.name <> ? "
                    "AND c.asset_id <> ? AND NOT EXISTS (SELECT 1 FROM ledger_prices p "
                    "WHERE p.quote_id = ? AND p.asset_id = c.asset_id AND p.at = l.at)"
                    + (" AND l.fee <> '0' AND l.at >= ?" if only_fee else ""),
                    *(series.id, kind, FEE_CREDITS),
                    *[self._assets.get(quote, 0)] * 2,
                    *([to_stored(fees_since)] if only_fee else []),
                )
            )
        return found

    def _prices(self, asset: str, quote: str, start: datetime, end: datetime) -> Mapping[datetime, PriceAt]:
        """What one unit cost at the times of entries between two times, where it was looked up."""
        return dict(
            self._transaction.read(
                _price,
                "SELECT at, price, priced_at FROM ledger_prices "
                "WHERE quote_id = ? AND asset_id = ? AND at > ? AND at <= ?",
                *(self._assets.get(quote, 0), self._assets.get(asset, 0), to_stored(start), to_stored(end)),
            )
        )

    def _kinds_of(self, meanings: Collection[Meaning]) -> list[int]:
        """The numbers of the kinds of which some entries have one of these meanings."""
        codes = {code for code, _ in self._codes.values()}
        return [
            kind
            for kind, words in self._kinds.items()
            if not {meaning_of(*words, code) for code in codes}.isdisjoint(meanings)
        ]

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


def _needed(only_fee: bool, asset: str, at: int) -> tuple[str, datetime, bool]:
    return asset, from_stored(at), only_fee


def _span(begins: int, ends: int) -> Span:
    return Span(from_stored(begins), from_stored(ends))


def _price(at: int, price: str, priced_at: int) -> tuple[datetime, PriceAt]:
    return from_stored(at), PriceAt(from_stored(priced_at), amount_of(price))
