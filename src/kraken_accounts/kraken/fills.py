"""Fills: what of an account's orders somebody took, when and at what price, as TradesHistory lists them.

Source: https://docs.kraken.com/api-reference/account-data/get-trades-history (fifty at a time, the newest first;
`start` is exclusive; `count` is how many there are in all pages).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from . import wire
from .errors import UnexpectedAnswer

_PAGE = 50
_MOST = 500_000  # fills that anybody asks about


@dataclass(frozen=True, slots=True)
class Fill:
    """One trade of an account.

    Attributes:
        fill_id: Kraken's id of it.
        time: in UTC, to the microsecond.
        pair: Kraken's name of the pair, XXBTZUSD.
        side: whether the account bought or sold the pair's base: buy, sell.
        volume: in units of the base.
        price: of one of these, in units of the quote.
        cost: what was paid or got in all, in units of the quote, without the fee. It may be rounded to zero.
    """

    fill_id: str
    time: datetime
    pair: str
    side: str
    volume: Decimal
    price: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class FillsPage:
    """Fills of an account, the newest first.

    Attributes:
        count: how many there are of those that were asked for; None where Kraken does not say so credibly.
    """

    fills: tuple[Fill, ...]
    count: int | None

    @property
    def whole(self) -> bool:
        """Whether it has all that were asked for."""
        return len(self.fills) < _PAGE if self.count is None else len(self.fills) == self.count

    @property
    def is_consistent(self) -> bool:
        """Whether it has as many as it should have, if there are so many."""
        return self.count is not None and len(self.fills) >= min(self.count, _PAGE)


def parse_fills(result: Any) -> FillsPage:
    """The answer of TradesHistory.

    Raises:
        UnexpectedAnswer: it has not the documented shape, or contradicts itself.
    """
    fields = wire.mapping(result, "TradesHistory")
    if fields.get("trades") is None:
        raise UnexpectedAnswer("Kraken's answer about trades lists none, and does not say that there are none")
    entries = wire.entries(fields["trades"], "the trades")
    fills = [_fill(wire.text(fill_id, "a trade's id"), entry) for fill_id, entry in entries.items()]
    fills.sort(key=lambda fill: fill.time, reverse=True)
    said = fields.get("count")
    count = _count(said, len(fills))
    if not fills and count != 0 and said is not None:
        raise UnexpectedAnswer(f"Kraken lists no trades, and says that there are {wire.shown(said)} of them")
    return FillsPage(tuple(fills), count)


def _count(value: Any, listed: int) -> int | None:
    """How many there are; what is no count, or less than are listed, is none."""
    try:
        count = wire.amount(value, "the count of trades")
    except UnexpectedAnswer:
        return None
    if not count:
        return None if listed else 0
    return int(count) if listed <= count <= _MOST and count == count.to_integral_value() else None


def _fill(fill_id: str, entry: Any) -> Fill:
    fields = wire.mapping(entry, wire.Named("the trade", fill_id))
    fill = Fill(
        fill_id=fill_id,
        time=wire.instant(fields.get("time"), f"the time of trade {fill_id}"),
        pair=wire.text(fields.get("pair"), f"the pair of trade {fill_id}"),
        side=wire.text(fields.get("type"), f"the side of trade {fill_id}"),
        volume=wire.amount(fields.get("vol"), f"the volume of trade {fill_id}"),
        price=wire.amount(fields.get("price"), f"the price of trade {fill_id}"),
        cost=wire.amount(fields.get("cost"), f"the cost of trade {fill_id}"),
    )
    if fill.volume <= 0 or fill.price <= 0 or fill.cost < 0:
        raise UnexpectedAnswer(f"trade {fill_id} is of no credible volume, price or cost")
    return fill
