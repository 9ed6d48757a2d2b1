"""Who an account belongs to: the master, or one user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class AccountType(Enum):
    """The two kinds of account an operator runs."""

    MASTER = "master"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Account:
    """One Kraken account of the operator.

    Attributes:
        account_type: the master account, or the account of a user; who says ``"user"`` means that, too.
        user_id: the user's id such as ``"daivon_frazier"``; None for the master.
    """

    account_type: AccountType
    user_id: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "account_type", AccountType(self.account_type))
        if (self.account_type is AccountType.USER) != bool(self.user_id):
            raise ValueError("a USER account needs a user_id, and the MASTER account has none")

    @classmethod
    def called(cls, selector: str) -> Account:
        """The account that a command line calls so, exactly.

        Raises:
            ValueError: none can be.
        """
        return MASTER if selector == MASTER.selector else cls(AccountType.USER, selector)

    @property
    def label(self) -> str:
        """What a report calls it: ``MASTER``, or ``USER (daivon_frazier)``."""
        return "MASTER" if self.user_id is None else f"USER ({self.user_id})"

    @property
    def selector(self) -> str:
        """What a command line calls it: ``master``, or the user id."""
        return "master" if self.user_id is None else self.user_id

    @property
    def sort_key(self) -> tuple[bool, str]:
        """Orders the master before the users, and users by id."""
        return (self.user_id is not None, self.user_id or "")


MASTER = Account(AccountType.MASTER)

_MOST_NAMED = 20


def named(accounts: Sequence[Account]) -> str:
    """Their labels; of very many only the first, and how many more there are."""
    more = f" and {len(accounts) - _MOST_NAMED} more" if len(accounts) > _MOST_NAMED else ""
    return ", ".join(account.label for account in accounts[:_MOST_NAMED]) + more
