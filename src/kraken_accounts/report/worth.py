"""What one account is worth, and whether that figure hangs on a question that Kraken did not answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from .. import money
from ..kraken.prices import NoPrice
from ..kraken.valuation import Balance, Holding, holdings
from .answers import MarketAnswers


@dataclass(frozen=True, slots=True)
class Worth:
    """What an account has.

    Attributes:
        total: of what has a price, rounded to the cents of the quote currency; None if nothing has one.
        holdings: priced ones first; None if unknown.
        open: those without a price because Kraken did not answer: they may have one.
        unpriced: those for which there is no market.
    """

    total: Decimal | None
    holdings: tuple[Holding, ...] | None
    open: tuple[Holding, ...] = ()
    unpriced: tuple[Holding, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the total counts everything."""
        return self.holdings is not None and not self.open and not self.unpriced

    @property
    def whole(self) -> bool:
        """Whether the total is known and hangs on no unanswered question."""
        return self.total is not None and not self.open


def worth_of(balances: Mapping[str, Balance] | None, market: MarketAnswers, quote: str) -> Worth:
    """What the balances amount to.

    Args:
        balances: None if unknown.
        quote: the common ticker of the currency in which `market` has its prices.
    """
    if balances is None:
        return Worth(None, None)
    held = holdings(balances, market.assets, market.prices)
    values = [holding.value for holding in held if holding.value is not None]
    return Worth(
        money.rounded(money.total(values), quote) if values or not held else None,
        held,
        open=tuple(one for one in held if isinstance(one.unit, NoPrice) and not one.unit.answered),
        unpriced=tuple(one for one in held if isinstance(one.unit, NoPrice) and one.unit.answered),
    )
