"""Which wallets a total is of, and what is in each: what was asked, what was learned, and what never is."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from .. import money


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of which wallets something is known: True if it is, False if it was asked in vain, None if nobody asked.

    Attributes:
        spot: the balances.
        earn: what is in Earn, which a total counts as far as no balance has it.
        margin: what open margin positions have gained, which no total counts.
        futures: never asked; see `NEVER_ASKED`.
    """

    spot: bool | None = None
    earn: bool | None = None
    margin: bool | None = None
    futures: None = None


@dataclass(frozen=True, slots=True)
class Wallets:
    """What is where, in the quote currency and rounded to its cents; None if unknown, or not asked.

    Attributes:
        spot: what the balances are worth.
        earn: what is in Earn and in no balance; a total is the sum of both.
        margin_profit: what open margin positions have gained, beside the total; negative for a loss.
    """

    spot: Decimal | None = None
    earn: Decimal | None = None
    margin_profit: Decimal | None = None


NOTHING_COVERED = Coverage()
UNKNOWN_WALLETS = Wallets()

NOT_ASKED = {"earn": "--wallets asks for it", "margin": "--wallets asks for it"}
"""What a total is without, unless `--wallets` says otherwise; and why."""

NEVER_ASKED = {
    "futures": "the futures wallet has an API and keys of its own",
    "subaccounts": "a subaccount has a balance and keys of its own; with these it can be a user here",
}
"""What no total ever counts, and why.

Sources: https://support.kraken.com/articles/360022839451-how-to-create-an-api-key-for-kraken-derivatives ("there
are separate APIs for derivative and spot trading") and https://docs.kraken.com/exchange/guides/general/subaccounts
"""


def not_asked(coverage: Coverage) -> dict[str, str]:
    """The wallets that were not asked, each with the reason."""
    return {
        **{wallet: why for wallet, why in NOT_ASKED.items() if getattr(coverage, wallet) is None},
        **NEVER_ASKED,
    }


def common_coverage(each: Collection[Coverage], *, asked: bool) -> Coverage:
    """Of a sum over these accounts.

    Args:
        asked: whether Earn and margin were.
    """
    return Coverage(
        spot=all(one.spot is True for one in each) if each else None,
        earn=bool(each) and all(one.earn is True for one in each) if asked else None,
        margin=bool(each) and all(one.margin is True for one in each) if asked else None,
    )


def sum_of(each: Iterable[Wallets]) -> Wallets:
    """Over several accounts; what is unknown of one of them is unknown of all."""
    each = tuple(each)
    return Wallets(
        _sum([one.spot for one in each]),
        _sum([one.earn for one in each]),
        _sum([one.margin_profit for one in each]),
    )


def _sum(amounts: Collection[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return money.total(known) if known and len(known) == len(amounts) else None
