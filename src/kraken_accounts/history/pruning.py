"""Thins what is old to a point a day, and keeps what tells of movement.

A day of movement, in UTC, is one on which an amount that the account holds changed: by a trade, a deposit, a
withdrawal, a reward or a fee. Prices alone move nothing. Of such a day the first and the last point stay, and the
first and last of those with a whole total, of any other the last one with a whole total, or without any the last.
What the account held at the points that stay, it held there before and after.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise, product
from typing import Any

from .database import Database, Transaction
from .model import Pruned
from .moments import DAY

_Row = tuple[int, bool]  # the time of a point, and whether its total is whole


def prune(database: Database, before: int) -> Pruned:
    """Thin all points of days that were over before a time, of all sets of accounts in the store.

    Each account is thinned in a transaction of its own, so that checks are not kept waiting; whoever interrupts it
    leaves some accounts thinned and the others not.

    Args:
        before: as `to_stored` has it.

    Raises:
        StoreTrouble: the store cannot be used.
    """
    before = before // DAY * DAY
    with database.reading() as transaction:
        accounts = [number for (number,) in transaction.rows("SELECT id FROM accounts ORDER BY id")]
        sets = [number for (number,) in transaction.rows("SELECT id FROM sets ORDER BY id")]
    removed = 0
    for account in accounts:
        with database.writing() as transaction:
            removed += _thin(transaction, account, before)
    for number in sets:
        with database.writing() as transaction:
            _forget_checks(transaction, number, before)
    with database.reading() as transaction:
        ((left,),) = transaction.rows("SELECT count(*) FROM points")
    database.give_back()
    return Pruned(removed, left)


def _thin(transaction: Transaction, account: int, before: int) -> int:
    """One account; how many points that takes away."""
    whole = {number for (number,) in transaction.rows("SELECT id FROM circumstances WHERE whole = 1")}
    moved = {
        day
        for (day,) in transaction.rows(
            f"SELECT DISTINCT at / {DAY} FROM holdings WHERE account_id = ? AND at < ?", account, before
        )
    }
    gone: list[tuple[Any, ...]] = []
    kept: set[int] = set()
    for quote, rows in groupby(
        transaction.rows(
            "SELECT quote_id, at, circumstances_id FROM points WHERE account_id = ? AND at < ? "
            "ORDER BY quote_id, at",
            *(account, before),
        ),
        key=lambda row: row[0],
    ):
        points = [(at, kind in whole) for _, at, kind in rows]
        stay = set(_staying(points, moved))
        kept |= stay
        gone += [(account, quote, at) for at, _ in points if at not in stay]
    transaction.run_many("DELETE FROM points WHERE account_id = ? AND quote_id = ? AND at = ?", gone)
    amounts = transaction.rows(
        "SELECT asset_id, at FROM holdings WHERE account_id = ? AND at < ? ORDER BY asset_id, at", account, before
    )
    transaction.run_many(
        "DELETE FROM holdings WHERE account_id = ? AND asset_id = ? AND at = ?",
        [(account, asset, at) for asset, at in _unneeded(amounts, sorted(kept))],
    )
    return len(gone)


def _staying(points: Iterable[_Row], moved: Iterable[int]) -> Iterator[int]:
    """The times of those that stay, of one account in one currency."""
    moved = set(moved)
    for day, rows in groupby(points, key=lambda row: row[0] // DAY):
        of_day = list(rows)
        whole = [at for at, is_whole in of_day if is_whole]
        if day in moved:
            yield from (of_day[0][0], of_day[-1][0], *whole[:1], *whole[-1:])
        else:
            yield whole[-1] if whole else of_day[-1][0]


def _unneeded(amounts: Sequence[tuple[int, int]], kept: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The amounts, by asset and time, that hold at no point that is kept; the last one of each stays."""
    for (asset, at), (next_asset, next_at) in pairwise(amounts):
        if asset == next_asset and bisect_left(kept, at) == bisect_left(kept, next_at):
            yield asset, at


def _forget_checks(transaction: Transaction, number: int, before: int) -> None:
    """The checks of a set of which no point is left, with their prices."""
    accounts = transaction.rows("SELECT id FROM accounts WHERE set_id = ?", number)
    quotes = transaction.rows("SELECT DISTINCT quote_id FROM checks WHERE set_id = ?", number)
    there: set[tuple[Any, ...]] = set()
    for (account,), (quote,) in product(accounts, quotes):
        there.update(
            transaction.rows(
                "SELECT at FROM points WHERE account_id = ? AND quote_id = ? AND at < ?", account, quote, before
            )
        )
    checks = transaction.rows("SELECT at FROM checks WHERE set_id = ? AND at < ?", number, before)
    gone = sorted(set(checks) - there)
    transaction.run_many("DELETE FROM checks WHERE set_id = ? AND at = ?", [(number, at) for (at,) in gone])
    transaction.run(
        "DELETE FROM prices WHERE set_id = ? AND at < ? AND NOT EXISTS "
        "(SELECT 1 FROM checks c WHERE c.set_id = prices.set_id AND c.at = prices.at)",
        number,
        before,
    )
