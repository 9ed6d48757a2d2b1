"""The words for wallets: which of them a total is of, what is in each, and what it is without."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from .. import money
from ..kraken.earn_counting import in_doubt
from ..report.amounts import Amounts, amounts_in_all, amounts_of
from ..report.model import AccountReport, in_sum
from ..report.wallets import Coverage, Wallets, common_coverage, sum_of

UNKNOWN = "unknown"


def what_it_is(coverage: Coverage) -> str:
    """Of which wallets a total is."""
    return "spot balance and Earn" if coverage.earn else "spot balance"


def gaps(account: AccountReport, *, in_short: bool = False) -> str:
    """What a total is without, may be without, or has nothing known beside: "without 75 XRT; margin unknown".

    Args:
        in_short: say of several assets only how many they are.
    """
    without, doubts = [f"{money.plain(held.amount)} {held.asset}" for held in account.unpriced], _in_doubt(account)
    if in_short:
        without = [f"{len(without)} assets"] if len(without) > 1 else without
        doubts = [f"{len(doubts)} assets"] if len(doubts) > 1 else doubts
    without += ["Earn"] if account.coverage.earn is False else []
    return "; ".join(
        (
            *([f"without {', '.join(without)}"] if without else []),
            *([f"up to {', '.join(doubts)} more in Earn"] if doubts else []),
            *(["margin unknown"] if account.coverage.margin is False else []),
        )
    )


def _in_doubt(account: AccountReport) -> list[str]:
    return [f"{money.plain(amount)} {asset}" for asset, amount in in_doubt(account.earn or ()).items()]


class WalletWords:
    """Says what is where, in a currency and in characters that an encoding has."""

    def __init__(self, quote: str, encoding: str) -> None:
        self._quote = quote
        self._encoding = encoding

    def below(self, account: AccountReport) -> Iterator[str]:
        """What stands below the total of an account: of what it is, and where that is; then what is beside it."""
        amounts = amounts_of(account, self._quote)
        yield from self._where(account.coverage, amounts, is_all=not _in_doubt(account))
        yield from self._margin(account.coverage, account.wallets, account.equity)

    def below_sum(self, accounts: Iterable[AccountReport], *, asked: bool) -> Iterator[str]:
        """The same of several accounts.

        Args:
            asked: whether Earn and margin were.
        """
        counted = [account for account in accounts if in_sum(account)]
        coverage = common_coverage([account.coverage for account in counted], asked=asked)
        amounts = amounts_in_all(counted, self._quote)
        yield from self._where(coverage, amounts, is_all=not any(map(_in_doubt, counted)))
        yield from self._margin(coverage, sum_of(account.wallets for account in counted), None)

    def _where(self, coverage: Coverage, amounts: Amounts, *, is_all: bool) -> Iterator[str]:
        if amounts.total is not None:
            parts = {
                "available": self._money(amounts.available),
                "in orders": self._money(amounts.in_orders),
                "in Earn": self._in_earn(amounts, is_all=is_all and coverage.earn is True),
                "in all": self._money(amounts.total),
            }
            yield f"{what_it_is(coverage)}: {', '.join(f'{name} {said}' for name, said in parts.items())}"

    def _in_earn(self, amounts: Amounts, *, is_all: bool) -> str:
        """Where not all of Earn was learned, what is known of it is the least that there is."""
        if is_all:
            return self._money(amounts.in_earn)
        return f"at least {self._money(amounts.in_earn)}" if amounts.in_earn else UNKNOWN

    def _margin(self, coverage: Coverage, wallets: Wallets, equity: Decimal | None) -> Iterator[str]:
        if coverage.margin:
            profit = f"unrealized profit {self._money(wallets.margin_profit)}"
            collateral = "" if equity is None else f", equity {self._money(equity)}"
            yield f"margin, not in the total: {profit}{collateral}"

    def _money(self, amount: Decimal | None) -> str:
        return UNKNOWN if amount is None else money.formatted(amount, self._quote, self._encoding)
