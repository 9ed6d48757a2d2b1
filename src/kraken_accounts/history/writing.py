"""One check into the store: a point of each account, and what has changed of what it holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import money
from .database import Transaction
from .identity import one_of
from .model import Figures, Snapshot
from .moments import DAY, to_stored
from .names import numbers_of

_NOTHING = "0"

_FIGURES = "circumstances_id, total, available, in_orders, earn"
_POINT = f"INSERT INTO points (account_id, quote_id, at, {_FIGURES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_CLOSING = f"""
    INSERT INTO closings (account_id, quote_id, at, {_FIGURES}, day) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (account_id, quote_id, day) DO UPDATE SET at = excluded.at,
    circumstances_id = excluded.circumstances_id, total = excluded.total, available = excluded.available,
    in_orders = excluded.in_orders, earn = excluded.earn
    WHERE excluded.at > closings.at
"""
_HELD_LAST = """
    INSERT INTO held_last (account_id, asset_id, amount) VALUES (?, ?, ?)
    ON CONFLICT (account_id, asset_id) DO UPDATE SET amount = excluded.amount
"""


@dataclass(slots=True)
class _Found:
    """An account of the store.

    Attributes:
        last_at: of its last point.
        is_late: whether that is later than the point that is being written.
    """

    id: int
    fingerprint: str | None
    last_at: int
    is_late: bool = False


def write(transaction: Transaction, whose: str, snapshot: Snapshot) -> tuple[str, ...]:
    """Add a check to the history of a set of accounts; the ids of ledger entries that were told otherwise before.

    Two checks of one set never have the same time: one that had is a thousandth of a second later.
    """
    return _Writer(transaction, whose, snapshot).write()


class _Writer:
    def __init__(self, transaction: Transaction, whose: str, snapshot: Snapshot) -> None:
        self._transaction = transaction
        self._snapshot = snapshot
        self._set = numbers_of(transaction, "sets", [whose])[whose]
        held = {asset for one in snapshot.observations for asset in one.holdings or ()}
        self._assets = numbers_of(transaction, "assets", sorted({snapshot.quote, *held, *snapshot.prices}))
        self._quote = self._assets[snapshot.quote]
        self._at = self._free_moment()

    def write(self) -> tuple[str, ...]:
        found = self._accounts()
        circumstances = self._circumstances()
        transaction, observations = self._transaction, self._snapshot.observations
        points = [
            (found[one.account.selector].id, self._quote, self._at, *_row(one.figures, circumstances))
            for one in observations
        ]
        transaction.run(
            "INSERT INTO checks (set_id, at, quote_id) VALUES (?, ?, ?)", self._set, self._at, self._quote
        )
        transaction.run_many(_POINT, points)
        whole = [row for row, one in zip(points, observations, strict=True) if one.figures.whole]
        transaction.run_many(_CLOSING, [(*row, self._at // DAY) for row in whole])
        transaction.run_many(
            "INSERT INTO prices (set_id, quote_id, asset_id, at, price) VALUES (?, ?, ?, ?, ?)",
            [
                (self._set, self._quote, self._assets[asset], self._at, money.plain(price))
                for asset, price in self._snapshot.prices.items()
            ],
        )
        transaction.run_many(
            "INSERT INTO standings (account_id, since, status) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [
                (found[one.account.selector].id, to_stored(one.since), one.figures.status)
                for one in observations
                if one.since is not None
            ],
        )
        self._write_holdings(found)
        ledgers = {found[one.account.selector].id: one.ledger for one in observations if one.ledger is not None}
        if not ledgers:
            return ()
        from .ledger_writing import keep

        return keep(transaction, ledgers)

    def _free_moment(self) -> int:
        at = to_stored(self._snapshot.at)
        while self._transaction.rows("SELECT 1 FROM checks WHERE set_id = ? AND at = ?", self._set, at):
            at += 1
        return at

    def _circumstances(self) -> Mapping[tuple[Any, ...], int]:
        """The number of each kind of point."""
        query = "SELECT status, covers, complete, whole, id FROM circumstances"
        known = {row[:4]: row[4] for row in self._transaction.rows(query)}
        for kind in sorted({_kind(one.figures) for one in self._snapshot.observations} - known.keys()):
            known[kind] = len(known) + 1
            self._transaction.run(
                "INSERT INTO circumstances (status, covers, complete, whole, id) VALUES (?, ?, ?, ?, ?)",
                *kind,
                known[kind],
            )
        return known

    # --- accounts ---------------------------------------------------------------------------------------

    def _accounts(self) -> Mapping[str, _Found]:
        """The account of each observation, by its selector; made where it is not there yet."""
        known: dict[str, list[_Found]] = {}
        query = "SELECT selector, id, fingerprint, last_at FROM accounts WHERE set_id = ?"
        for selector, number, fingerprint, last_at in self._transaction.rows(query, self._set):
            known.setdefault(selector, []).append(_Found(number, fingerprint, last_at))
        ((highest,),) = self._transaction.rows("SELECT coalesce(max(id), 0) FROM accounts")
        found = {}
        for one in self._snapshot.observations:
            account = self._one_of(known.get(one.account.selector, []), one.fingerprint)
            if account is None:
                highest += 1
                account = _Found(highest, one.fingerprint, self._at)
                self._transaction.run(
                    "INSERT INTO accounts (id, set_id, selector, fingerprint, last_at) VALUES (?, ?, ?, ?, ?)",
                    *(highest, self._set, one.account.selector, one.fingerprint, self._at),
                )
            account.is_late = account.last_at > self._at
            found[one.account.selector] = account
        self._transaction.run_many(
            "UPDATE accounts SET last_at = ? WHERE id = ?",
            [(self._at, one.id) for one in found.values() if not one.is_late],
        )
        return found

    def _one_of(self, known: Sequence[_Found], fingerprint: str | None) -> _Found | None:
        found = one_of(known, fingerprint)
        if found is not None and found.fingerprint is None and fingerprint is not None:
            self._transaction.run("UPDATE accounts SET fingerprint = ? WHERE id = ?", fingerprint, found.id)
        return found

    # --- holdings ---------------------------------------------------------------------------------------

    def _write_holdings(self, found: Mapping[str, _Found]) -> None:
        """What has changed of them. What an account does not hold any more, it holds nothing of."""
        last = self._held_last()
        changed: list[tuple[int, int, str]] = []
        for one in self._snapshot.observations:
            if one.holdings is None:
                continue
            account = found[one.account.selector]
            before = last.get(account.id, {})
            amounts = {self._assets[asset]: money.plain(amount) for asset, amount in one.holdings.items()}
            amounts = {**dict.fromkeys(before, _NOTHING), **amounts}
            if account.is_late:
                self._write_late(account, amounts, before)
            else:
                changed += [(account.id, a, new) for a, new in amounts.items() if before.get(a, _NOTHING) != new]
        self._transaction.run_many(
            "INSERT INTO holdings (account_id, asset_id, at, amount) VALUES (?, ?, ?, ?)",
            [(account, asset, self._at, amount) for account, asset, amount in changed],
        )
        self._transaction.run_many(_HELD_LAST, changed)

    def _held_last(self) -> Mapping[int, Mapping[int, str]]:
        """The last amounts of all accounts of the set, by account and asset."""
        found: dict[int, dict[int, str]] = {}
        query = """
            SELECT h.account_id, h.asset_id, h.amount FROM accounts a JOIN held_last h ON h.account_id = a.id
            WHERE a.set_id = ?
        """
        for account, asset, amount in self._transaction.rows(query, self._set):
            found.setdefault(account, {})[asset] = amount
        return found

    def _write_late(self, account: _Found, amounts: Mapping[int, str], ever: Collection[int]) -> None:
        """The amounts of a check that another one has overtaken, which keeps those that it found.

        Args:
            ever: the assets that the account has held.
        """
        query = "SELECT min(at) FROM checks WHERE set_id = ? AND at > ?"
        ((after,),) = self._transaction.rows(query, self._set, self._at)
        after = account.last_at if after is None else after
        for asset, amount in amounts.items():
            rows = self._transaction.rows(
                "SELECT amount FROM holdings WHERE account_id = ? AND asset_id = ? AND at <= ? "
                "ORDER BY at DESC LIMIT 1",
                *(account.id, asset, self._at),
            )
            before = rows[0][0] if rows else _NOTHING
            if amount != before:
                self._transaction.run_many(
                    "INSERT INTO holdings (account_id, asset_id, at, amount) VALUES (?, ?, ?, ?) "
                    "ON CONFLICT (account_id, asset_id, at) DO NOTHING",
                    [(account.id, asset, self._at, amount), (account.id, asset, after, before)],
                )
            if asset not in ever:
                self._transaction.run(_HELD_LAST, account.id, asset, before)


def _kind(figures: Figures) -> tuple[Any, ...]:
    return figures.status, " ".join(figures.covers), int(figures.complete), int(figures.whole)


def _row(figures: Figures, circumstances: Mapping[tuple[Any, ...], int]) -> tuple[Any, ...]:
    """As it is kept, in the order of `_FIGURES`."""
    parts = figures.parts
    amounts = (figures.total, parts.available, parts.in_orders, parts.earn)
    return circumstances[_kind(figures)], *(None if one is None else money.plain(one) for one in amounts)
