"""What an account has, by what can be done with it: what open orders hold, what is in Earn, and what is free."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from .. import money
from ..kraken.prices import NoPrice
from ..kraken.valuation import Holding
from .model import AccountReport, in_sum


@dataclass(frozen=True, slots=True)
class Amounts:
    """In the quote currency; None is unknown.

    They count what has a price, as a total does. Where that is nothing, but something is there, nobody knows what
    it is worth.

    All are rounded to cents, so that sums agree with what a reader adds up.

    Attributes:
        in_orders: what open orders hold.
        available: what can be traded with, credit lines included: Kraken Rewards are, what is staked is not.
        in_earn: what is staked, bonded and the like, as far as that was asked: in balances, or in Earn alone.
    """

    total: Decimal | None
    in_orders: Decimal | None
    available: Decimal | None
    in_earn: Decimal | None


def amounts_of(account: AccountReport, quote: str) -> Amounts:
    return Amounts(
        account.total,
        _worth(account.holdings, lambda held: held.on_hold, quote),
        _worth(account.holdings, _free, quote),
        _worth(account.holdings, lambda held: money.total((held.staked, held.earn)), quote),
    )


def _free(held: Holding) -> Decimal | None:
    """Less what is under codes of Earn's own: they are "read-only", though BalanceEx tells of no hold on them.

    Source: https://docs.kraken.com/api-reference/account-data/get-extended-balance
    """
    return None if held.available is None else money.EXACT.subtract(held.available, held.staked)


def amounts_in_all(accounts: Iterable[AccountReport], quote: str) -> Amounts:
    """Of all accounts that a sum may count; what is unknown of one of these is unknown of all."""
    each = [amounts_of(account, quote) for account in accounts if in_sum(account)]
    return Amounts(
        _sum([one.total for one in each]),
        _sum([one.in_orders for one in each]),
        _sum([one.available for one in each]),
        _sum([one.in_earn for one in each]),
    )


def _worth(
    holdings: Sequence[Holding] | None, part: Callable[[Holding], Decimal | None], quote: str
) -> Decimal | None:
    """What a part of all holdings is worth."""
    if holdings is None:
        return None
    worth, unpriced = Decimal(0), False
    for held in holdings:
        amount = part(held)
        if amount is None:
            return None
        if not isinstance(held.unit, NoPrice):
            worth = money.EXACT.add(worth, held.unit.value_of(amount))
        elif amount:
            unpriced = True
    return None if unpriced and not worth else money.rounded(worth, quote)


def _sum(amounts: Sequence[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return money.total(known) if known and len(known) == len(amounts) else None
