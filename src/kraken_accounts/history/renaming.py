"""An account by another name: what was recorded of it goes on under that."""

from __future__ import annotations

from .database import StoreTrouble, Transaction

_OF_NAME = "FROM accounts WHERE selector = ? AND set_id = (SELECT id FROM sets WHERE name = ?)"


def rename(transaction: Transaction, whose: str, selector: str, to: str) -> bool:
    """Call an account otherwise; False where nothing was recorded of it.

    Args:
        whose: the set of accounts.

    Raises:
        StoreTrouble: there are points of another account by that name.
    """
    numbers = [number for (number,) in transaction.rows(f"SELECT id {_OF_NAME}", selector, whose)]
    if not numbers:
        return False
    if transaction.rows(f"SELECT id {_OF_NAME}", to, whose):
        raise StoreTrouble(f"the history has points of an account {to!r} already", "Take another name.")
    transaction.run_many("UPDATE accounts SET selector = ? WHERE id = ?", [(to, number) for number in numbers])
    return True
