"""Entries of ledgers into the store, each once, with the times of which all are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .. import money
from ..kraken.ledger import BookEntry
from ..spans import Span, joined
from .database import Transaction
from .ledger_model import EntryPrice
from .model import LedgerFound
from .moments import from_stored, to_stored
from .names import numbers_of

_AT_ONCE = 500  # ids in a statement
_ENTRY = """
    INSERT INTO ledger (account_id, kind_id, at, id, refid, code_id, amount, fee, balance)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def keep(transaction: Transaction, ledgers: Mapping[int, LedgerFound]) -> tuple[str, ...]:
    """Add what was read, by the number of the account in the store.

    An entry that is there already stays as it was told first.

    Returns:
        the ids of those that are told otherwise now.
    """
    entries = [entry for ledger in ledgers.values() for entry in ledger.entries]
    if not entries and not any(ledger.spans for ledger in ledgers.values()):
        return ()
    kinds = _kinds(transaction, entries)
    codes = _codes(transaction, ledgers.values())
    contradicted: list[str] = []
    for account, ledger in ledgers.items():
        rows = {entry.id: _row(account, entry, kinds, codes) for entry in ledger.entries}
        known = {row[3]: row for row in _known(transaction, account, tuple(rows))}
        transaction.run_many(_ENTRY, [row for name, row in rows.items() if name not in known])
        contradicted += [name for name, row in rows.items() if known.get(name, row) != row]
        _cover(transaction, account, ledger.spans)
    return tuple(contradicted)


def keep_prices(transaction: Transaction, quote: str, prices: Iterable[EntryPrice]) -> None:
    """Add what assets cost at the times of entries; what is there already stays."""
    prices = tuple(prices)
    assets = numbers_of(transaction, "assets", sorted({quote, *(one.asset for one in prices)}))
    transaction.run_many(
        "INSERT INTO ledger_prices (quote_id, asset_id, at, price, priced_at) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        [
            (assets[quote], assets[one.asset], to_stored(one.at), money.plain(one.price), to_stored(one.priced_at))
            for one in prices
        ],
    )


def _known(transaction: Transaction, account: int, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The entries of these ids that are there, as `_row` has them."""
    for first in range(0, len(names), _AT_ONCE):
        some = names[first : first + _AT_ONCE]
        yield from transaction.rows(
            "SELECT account_id, kind_id, at, id, refid, code_id, amount, fee, balance FROM ledger "
            f"WHERE account_id = ? AND id IN ({', '.join('?' * len(some))})",
            *(account, *some),
        )


def _row(
    account: int, entry: BookEntry, kinds: Mapping[tuple[str, str], int], codes: Mapping[str, int]
) -> tuple[Any, ...]:
    amounts = (entry.amount, entry.fee, entry.balance)
    return (
        account,
        kinds[(entry.type, entry.subtype)],
        to_stored(entry.at),
        entry.id,
        entry.refid,
        codes[entry.code],
        *(None if one is None else money.plain(one) for one in amounts),
    )


def _kinds(transaction: Transaction, entries: Iterable[BookEntry]) -> Mapping[tuple[str, str], int]:
    """The number of each type with its subtype."""
    known = {
        (type_, subtype): number
        for number, type_, subtype in transaction.rows("SELECT id, type, subtype FROM ledger_kinds")
    }
    for kind in sorted({(entry.type, entry.subtype) for entry in entries} - known.keys()):
        known[kind] = len(known) + 1
        transaction.run("INSERT INTO ledger_kinds (id, type, subtype) VALUES (?, ?, ?)", known[kind], *kind)
    return known


def _codes(transaction: Transaction, ledgers: Iterable[LedgerFound]) -> Mapping[str, int]:
    """The number of each code; of which asset it is, the last run knows best that could tell."""
    ledgers = tuple(ledgers)
    tickers = {entry.code: entry.code for ledger in ledgers for entry in ledger.entries}
    told = {code: name for ledger in ledgers for code, name in ledger.tickers.items() if code in tickers}
    assets = numbers_of(transaction, "assets", sorted({*tickers, *told.values()}))
    known: dict[str, int] = {}
    asset_of: dict[str, int] = {}
    for number, name, asset in transaction.rows("SELECT id, name, asset_id FROM codes"):
        known[name], asset_of[name] = number, asset
    for code in sorted(tickers):
        asset = assets[told.get(code, code)]
        if code not in known:
            known[code] = len(known) + 1
            transaction.run("INSERT INTO codes (id, name, asset_id) VALUES (?, ?, ?)", known[code], code, asset)
        elif code in told and asset_of[code] != asset:
            transaction.run("UPDATE codes SET asset_id = ? WHERE id = ?", asset, known[code])
    return known


def _cover(transaction: Transaction, account: int, spans: Iterable[Span]) -> None:
    """Take note that of these times, too, all is there."""
    rows = transaction.rows("SELECT begins, ends FROM ledger_spans WHERE account_id = ?", account)
    before = [Span(from_stored(begins), from_stored(ends)) for begins, ends in rows]
    after = {(to_stored(span.start), to_stored(span.end)) for span in joined((*before, *spans))}
    transaction.run_many(
        "DELETE FROM ledger_spans WHERE account_id = ? AND begins = ?",
        [(account, begins) for begins, ends in rows if (begins, ends) not in after],
    )
    transaction.run_many(
        "INSERT INTO ledger_spans (account_id, begins, ends) VALUES (?, ?, ?)",
        [(account, *span) for span in sorted(after - set(rows))],
    )
