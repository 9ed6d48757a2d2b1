"""What is in the store, for whoever asks: points, the last of each day, holdings, prices."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..accounts import Account
from ..kraken.assets import may_be_equity
from .amounts import amount_of
from .database import Transaction
from .model import Figures, Held, Parts, Point, PriceAt, Series, StatusSince
from .moments import day_of, from_stored, to_stored

if TYPE_CHECKING:
    from .ledger_plan import LedgerPlan
    from .ledger_reading import LedgerReader

_FIGURES = "at, circumstances_id, total, available, in_orders, earn"
_EARLIEST = "at >= ? ORDER BY at LIMIT 1"
_LATEST = "at <= ? ORDER BY at DESC LIMIT 1"

_Kind = tuple[str, tuple[str, ...], bool, bool]  # status, covers, complete, whole


class Reader:
    """One set of accounts, as the store was when the transaction began.

    Args:
        whose: see `set_of`.
    """

    def __init__(self, transaction: Transaction, whose: str) -> None:
        self._transaction = transaction
        # No number is 0.
        self._set = next(iter(transaction.read(int, "SELECT id FROM sets WHERE name = ?", whose)), 0)
        self._assets: dict[str, int] = dict(transaction.rows("SELECT name, id FROM assets"))
        kinds = transaction.read(_kind, "SELECT id, status, covers, complete, whole FROM circumstances")
        self._kinds: dict[int, _Kind] = dict(kinds)

    # --- whose ------------------------------------------------------------------------------------------

    def series(self) -> tuple[Series, ...]:
        """The histories of all accounts, the master's first, then the users' by id.

        Of several Kraken accounts under one name, the last that was checked comes first.
        """
        found = self._transaction.read(
            _series, "SELECT id, selector, fingerprint, last_at FROM accounts WHERE set_id = ?", self._set
        )
        found.sort(key=lambda one: one.last_at, reverse=True)
        return tuple(sorted(found, key=lambda one: one.account.sort_key))

    def quotes(self) -> frozenset[str]:
        """The currencies in which there are points."""
        return frozenset(name for name, number in self._assets.items() if number in self._quotes)

    @cached_property
    def _quotes(self) -> frozenset[int]:
        rows = self._transaction.rows("SELECT DISTINCT quote_id FROM checks WHERE set_id = ?", self._set)
        return frozenset(number for (number,) in rows)

    # --- points -----------------------------------------------------------------------------------------

    def points(self, series: Series, quote: str, start: datetime, end: datetime) -> list[Point]:
        """All from one time up to another, that one excluded."""
        return self._points(
            "points", "at >= ? AND at < ? ORDER BY at", series, quote, to_stored(start), to_stored(end)
        )

    def last_until(
        self,
        series: Series,
        quote: str,
        moment: datetime,
        *,
        whole: bool = True,
        covers: tuple[str, ...] | None = None,
    ) -> Point | None:
        """The last one at a time or before it; None if there is none.

        Args:
            whole: only of those whose total may be compared.
            covers: only of those whose total counts these wallets; None for any.
        """
        return self._one(_LATEST, series, quote, moment, whole, covers)

    def first_from(self, series: Series, quote: str, moment: datetime, *, whole: bool = True) -> Point | None:
        """The first one at a time or after it; None if there is none.

        Args:
            whole: only of those whose total may be compared.
        """
        return self._one(_EARLIEST, series, quote, moment, whole)

    def first_at(self, series: Series) -> datetime | None:
        """When the account was checked first; None if no point of it is left."""
        found = [
            at
            for quote in self._quotes
            for (at,) in self._transaction.rows(
                "SELECT min(at) FROM points WHERE account_id = ? AND quote_id = ?", series.id, quote
            )
            if at is not None
        ]
        return from_stored(min(found)) if found else None

    def closings(self, series: Series, quote: str, first: date, last: date) -> list[Point]:
        """The last whole point of each day that has one, in UTC, both of these days included."""
        return self._points(
            "closings", "day >= ? AND day <= ? ORDER BY day", series, quote, day_of(first), day_of(last)
        )

    def standings(self, series: Series, start: datetime, end: datetime) -> list[StatusSince]:
        """Which status the account had from when on: from the one at `start` to the last before `end`."""
        return self._transaction.read(
            _status_since,
            "SELECT since, status FROM standings WHERE account_id = ? AND since < ? AND since >= coalesce("
            "(SELECT max(since) FROM standings WHERE account_id = ? AND since <= ?), 0) ORDER BY since",
            *(series.id, to_stored(end), series.id, to_stored(start)),
        )

    # --- what it is made of -----------------------------------------------------------------------------

    def holdings(self, series: Series, quote: str, point: Point) -> tuple[Held, ...] | None:
        """What the account held, the most valuable first; None where that was not known."""
        if not point.figures.covers:
            return None
        at, found = to_stored(point.at), []
        ever = set(self._transaction.read(int, "SELECT asset_id FROM held_last WHERE account_id = ?", series.id))
        for asset, number in self._assets.items():
            # What it never held is not looked for.
            amounts = self._transaction.read(amount_of, _AMOUNT, series.id, number, at) if number in ever else []
            if any(amounts):
                prices = self._transaction.read(
                    amount_of,
                    "SELECT price FROM prices WHERE set_id = ? AND quote_id = ? AND asset_id = ? AND at = ?",
                    *(self._set, self._assets.get(quote, 0), number, at),
                )
                found.append(Held(asset, amounts[0], next(iter(prices), None)))
        return tuple(sorted(found, key=lambda one: (one.price is None, -(one.value or 0), one.asset)))

    def price_near(self, asset: str, quote: str, moment: datetime, within: timedelta) -> PriceAt | None:
        """What a unit of it cost at the check that is nearest to a time; None if there is none as near as that."""
        found: list[PriceAt] = []
        for which in (_EARLIEST, _LATEST):
            found += self._transaction.read(
                _price_at,
                f"SELECT at, price FROM prices WHERE set_id = ? AND quote_id = ? AND asset_id = ? AND {which}",
                *(self._set, self._assets.get(quote, 0), self._assets.get(asset, 0), to_stored(moment)),
            )
        near = [one for one in found if abs(one.at - moment) <= within]
        return min(near, key=lambda one: abs(one.at - moment), default=None)

    # --- what came and went -----------------------------------------------------------------------------

    @property
    def ledger(self) -> LedgerReader:
        """The same accounts' ledgers."""
        from .ledger_reading import LedgerReader

        return LedgerReader(self._transaction, self._assets)

    def ledger_plan(self) -> LedgerPlan:
        """What is needed of them."""
        from .ledger_plan import LedgerNeed, LedgerPlan

        ledger, needs = self.ledger, defaultdict[str, list[LedgerNeed]](list)
        for one in self.series():
            if (since := self.first_at(one)) is not None:
                known = ledger.coverage(one).spans
                need = LedgerNeed(one.id, one.fingerprint, one.last_at, since, known, self._has_equities(one))
                needs[one.account.selector].append(need)
        return LedgerPlan(needs)

    def _has_equities(self, series: Series) -> bool:
        names = self._transaction.rows(
            "SELECT a.name FROM held_last h JOIN assets a ON a.id = h.asset_id WHERE h.account_id = ?", series.id
        )
        return any(may_be_equity(name) for (name,) in names)

    def unpriced(self, quote: str, fees_since: datetime) -> list[tuple[str, datetime]]:
        """Assets, and the times of entries at which it was not looked up yet what they cost.

        What is a flow or a reward comes before what is only a fee, and the newest first.

        Args:
            fees_since: earlier fees are left out.
        """
        ledger, found = self.ledger, dict[tuple[str, datetime], bool]()
        for one in self.series():
            for asset, at, only_fee in ledger.unpriced(one, quote, fees_since):
                found[asset, at] = only_fee and found.get((asset, at), True)
        return sorted(sorted(found, key=lambda needed: needed[1], reverse=True), key=lambda needed: found[needed])

    # --- as it is kept ----------------------------------------------------------------------------------

    def _one(
        self,
        which: str,
        series: Series,
        quote: str,
        moment: datetime,
        whole: bool,
        covers: tuple[str, ...] | None = None,
    ) -> Point | None:
        if whole or covers is not None:
            kinds = [
                number
                for number, (_, covered, _, is_whole) in self._kinds.items()
                if (is_whole or not whole) and covers in (None, covered)
            ]
            which = f"circumstances_id IN ({', '.join(map(str, kinds)) or 0}) AND {which}"
        return next(iter(self._points("points", which, series, quote, to_stored(moment))), None)

    def _points(self, table: str, which: str, series: Series, quote: str, *values: Any) -> list[Point]:
        return self._transaction.read(
            self._point,
            f"SELECT {_FIGURES} FROM {table} WHERE account_id = ? AND quote_id = ? AND {which}",
            *(series.id, self._assets.get(quote, 0), *values),
        )

    def _point(
        self,
        at: int,
        kind: int,
        total: str | None,
        available: str | None,
        in_orders: str | None,
        earn: str | None,
    ) -> Point:
        status, covers, complete, whole = self._kinds[kind]
        parts = Parts(_known(available), _known(in_orders), _known(earn))
        return Point(from_stored(at), Figures(status, _known(total), parts, covers, complete, whole))


_AMOUNT = f"SELECT amount FROM holdings WHERE account_id = ? AND asset_id = ? AND {_LATEST}"


def _kind(number: int, status: str, covers: str, complete: int, whole: int) -> tuple[int, _Kind]:
    return number, (status, tuple(covers.split()), bool(complete), bool(whole))


def _series(number: int, selector: str, fingerprint: str | None, last_at: int) -> Series:
    return Series(number, Account.called(selector), fingerprint, from_stored(last_at))


def _status_since(since: int, status: str) -> StatusSince:
    return StatusSince(from_stored(since), status)


def _price_at(at: int, price: str) -> PriceAt:
    return PriceAt(from_stored(at), amount_of(price))


def _known(text: str | None) -> Decimal | None:
    return None if text is None else amount_of(text)
