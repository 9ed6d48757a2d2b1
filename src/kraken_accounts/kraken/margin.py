"""What TradeBalance says of open margin positions."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from . import wire


@dataclass(frozen=True, slots=True)
class Margin:
    """What open margin positions have gained, in the currency that was asked for, as Kraken gives it.

    A balance does not change while a position is open, long or short: what it would gain or lose if it were closed
    now is in `profit` and nowhere else.

    Attributes:
        profit: `n`, the unrealized profit; negative for a loss.
        equity: `e`, what may serve as collateral and the profit; None if Kraken does not say.
    """

    profit: Decimal
    equity: Decimal | None


def parse_margin(result: Any) -> Margin:
    """The answer of TradeBalance.

    Source: https://docs.kraken.com/api-reference/account-data/get-trade-balance (`n` is the unrealized net
    profit/loss of open positions, `e` the equity: trade balance + unrealized net profit/loss).

    Raises:
        UnexpectedAnswer: it has not the documented shape.
    """
    fields = wire.mapping(result, "TradeBalance")
    equity = fields.get("e")
    return Margin(
        wire.amount(fields.get("n"), "the unrealized profit of open positions"),
        None if equity in (None, "") else wire.amount(equity, "the equity"),
    )
