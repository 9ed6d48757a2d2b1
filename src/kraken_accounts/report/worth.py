"""What one account is worth, and whether that figure hangs on a question that Kraken did not answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from .. import money
from ..kraken.earn_counting import EarnEntry, count_earn, in_doubt
from ..kraken.errors import KrakenError
from ..kraken.margin import Margin
from ..kraken.prices import NoPrice
from ..kraken.valuation import NOTHING_IN_EARN, Holding, holdings
from .answers import AccountAnswers, MarketAnswers
from .wallets import NOTHING_COVERED, UNKNOWN_WALLETS, Coverage, Wallets


@dataclass(frozen=True, slots=True)
class Worth:
    """What an account has.

    Attributes:
        total: of what has a price, balances and Earn each rounded to the cents of the quote currency, so that they
            add up to it; None if nothing has one.
        holdings: priced ones first; None if unknown.
        open: those without a price because Kraken did not answer: they may have one.
        unpriced: those for which there is no market.
        coverage: which wallets that is of.
        wallets: the same, one by one.
        earn: what is in Earn; None unless asked for and answered.
        unknown_strategies: the ids of those in Earn on whose kind it hangs how much that is.
        equity: what Kraken counts as such, in the quote currency; None unless asked for and answered.
    """

    total: Decimal | None
    holdings: tuple[Holding, ...] | None
    open: tuple[Holding, ...] = ()
    unpriced: tuple[Holding, ...] = ()
    coverage: Coverage = NOTHING_COVERED
    wallets: Wallets = UNKNOWN_WALLETS
    earn: tuple[EarnEntry, ...] | None = None
    unknown_strategies: tuple[str, ...] = ()
    equity: Decimal | None = None

    @property
    def complete(self) -> bool:
        """Whether the total counts everything that was asked for, and what stands beside is known."""
        learned = self.coverage.earn is not False and self.coverage.margin is not False
        return self.holdings is not None and learned and not (self.open or self.unpriced or self.in_doubt)

    @property
    def whole(self) -> bool:
        """Whether the total is known and hangs on no unanswered question."""
        return self.total is not None and self.coverage.earn is not False and not (self.open or self.in_doubt)

    @property
    def in_doubt(self) -> Mapping[str, Decimal]:
        """How much more there may be in Earn, by asset."""
        return in_doubt(self.earn or ())


def worth_of(answers: AccountAnswers, market: MarketAnswers, quote: str) -> Worth:
    """What an account amounts to that answered so.

    Args:
        quote: the common ticker of the currency in which `market` has its prices.
    """
    margin = answers.margin if isinstance(answers.margin, Margin) else None
    profit = None if margin is None else money.rounded(margin.profit, quote)
    equity = None if margin is None else margin.equity
    coverage = Coverage(_learned(answers.balances), _learned(answers.earn), _learned(answers.margin))
    if not isinstance(answers.balances, Mapping):
        return Worth(None, None, coverage=coverage, wallets=Wallets(margin_profit=profit), equity=equity)
    count = None
    if isinstance(answers.earn, Sequence):
        count = count_earn(answers.earn, market.kinds, answers.balances, market.assets)
    added = NOTHING_IN_EARN if count is None else count.added
    held = holdings(answers.balances, market.assets, market.prices, added)
    spot = _value([one for one in held if one.in_spot or one.available], lambda one: one.in_spot, quote)
    earn = None if count is None else _value([one for one in held if one.earn], lambda one: one.earn, quote)
    is_priced = not held or any(one.price is not None for one in held)
    return Worth(
        money.total(part for part in (spot, earn) if part is not None) if is_priced else None,
        held,
        open=tuple(one for one in held if isinstance(one.unit, NoPrice) and not one.unit.answered),
        unpriced=tuple(one for one in held if isinstance(one.unit, NoPrice) and one.unit.answered),
        coverage=coverage,
        wallets=Wallets(spot, earn, profit),
        earn=None if count is None else count.entries,
        unknown_strategies=() if count is None else count.unknown_strategies,
        equity=equity,
    )


def _value(held: Sequence[Holding], part: Callable[[Holding], Decimal], quote: str) -> Decimal | None:
    """What a part of each is worth, rounded; None if nothing of it has a price."""
    values = [one.unit.value_of(part(one)) for one in held if not isinstance(one.unit, NoPrice)]
    return money.rounded(money.total(values), quote) if values or not held else None


def _learned(answer: object) -> bool | None:
    return None if answer is None else not isinstance(answer, KrakenError)
