"""The tables in which a name that repeats stands once, and has a number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .database import Transaction


def numbers_of(transaction: Transaction, table: str, names: Iterable[str]) -> Mapping[str, int]:
    """The number of each name in a table of names, which get one where they have none."""
    known = {name: number for number, name in transaction.rows(f"SELECT id, name FROM {table}")}
    for name in names:
        if name not in known:
            known[name] = len(known) + 1
            transaction.run(f"INSERT INTO {table} (id, name) VALUES (?, ?)", known[name], name)
    return known
