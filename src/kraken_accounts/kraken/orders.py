"""Orders: what came of one, and what rests in the book.

Sources: https://docs.kraken.com/api-reference/trading/add-order and …/cancel-order
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from .. import money
from ..accounts import Account
from . import wire
from .errors import UnexpectedAnswer

_NUMBER = r"[0-9]{1,20}(?:\.[0-9]{1,20})?"
_RELATIVE = re.compile(rf"[-+#]{_NUMBER}%?|{_NUMBER}%")


class Side(StrEnum):
    """Of an order: buy or sell the pair's base."""

    BUY = "buy"
    SELL = "sell"


class OrderType(StrEnum):
    """At once at the market's price, or at a price of one's own or better."""

    MARKET = "market"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class OrderResult:
    """An order that Kraken took.

    Attributes:
        account: whose it is.
        client_order_id: the broker's own id of it, under which `find_order` finds it.
        order_ids: Kraken's; empty if it was only validated.
        description: Kraken's words for it.
    """

    account: Account
    client_order_id: str
    order_ids: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class CancelResult:
    """A cancellation that Kraken took.

    Attributes:
        account: whose order it was.
        count: how many orders it concerns.
        pending: whether it is still to be carried out.
    """

    account: Account
    count: int
    pending: bool


@dataclass(frozen=True, slots=True)
class Order:
    """An order in Kraken's books. Volumes are in units of the pair's base, the price in its quote.

    Attributes:
        pair: as Kraken abbreviates it in an order, XBTUSD.
        status: Kraken's word: pending, open, closed, canceled or expired.
        executed: how much of the volume is done.
        price: None where the order has none, as a market order, or only a relative one.
        opened_at: in UTC.
        client_order_id: the id its broker gave it; None without one.
        price_relative: in Kraken's words, where the price is one to be added to the market's or taken off it, as
            that of a trailing stop: “+50.0000%”, “-5”, “#5%”; None for any other order.
    """

    order_id: str
    pair: str
    side: str
    order_type: str
    status: str
    volume: Decimal
    executed: Decimal
    price: Decimal | None
    opened_at: datetime | None
    client_order_id: str | None
    price_relative: str | None = None


@dataclass(frozen=True, slots=True)
class OpenPosition:
    """A margin position. `volume` and `closed` are in units of the pair's base, `cost` and `profit` in its quote.

    `position_id` is Kraken's; the pair where Kraken tells all positions of one pair together, without ids.
    `profit` is what closing it now would gain, negative for a loss; None where Kraken does not say.
    """

    position_id: str
    pair: str
    side: str
    volume: Decimal
    closed: Decimal
    cost: Decimal
    profit: Decimal | None = None


def parse_placed(result: Any, account: Account, client_order_id: str, *, only_validated: bool) -> OrderResult:
    """The answer of AddOrder.

    Raises:
        UnexpectedAnswer: it has not the documented shape.
    """
    fields = wire.mapping(result, "AddOrder")
    order_ids = wire.texts(fields.get("txid"), "the order's ids")
    if not order_ids and not only_validated:
        raise UnexpectedAnswer("Kraken took the order but named no id of it")
    described = wire.mapping(fields.get("descr"), "the order's description")
    description = wire.text(described.get("order"), "the order's description")
    return OrderResult(account, client_order_id, order_ids, description)


def parse_cancellation(result: Any, account: Account) -> CancelResult:
    """The answer of CancelOrder.

    Raises:
        UnexpectedAnswer: it has not the documented shape.
    """
    fields = wire.mapping(result, "CancelOrder")
    count = int(wire.amount(fields.get("count"), "the count of cancelled orders"))
    return CancelResult(account, count, bool(fields.get("pending")))


def parse_orders(entries: Any) -> tuple[Order, ...]:
    """Orders by their id, as OpenOrders and ClosedOrders list them.

    Raises:
        UnexpectedAnswer: they have not the documented shape.
    """
    return tuple(
        _order(wire.text(order_id, "an order's id"), entry)
        for order_id, entry in wire.entries(entries, "the orders").items()
    )


def listed_orders(result: Any, endpoint: str, field: str) -> tuple[Order, ...]:
    """The orders in an answer of OpenOrders, in its field `open`, or of ClosedOrders, in `closed`.

    Raises:
        UnexpectedAnswer: it has not the documented shape; one without the field does not say that there are none.
    """
    fields = wire.mapping(result, endpoint)
    if field not in fields:
        raise UnexpectedAnswer(f"Kraken's answer to {endpoint} says nothing of orders")
    return parse_orders(fields[field])


def parse_positions(entries: Any) -> tuple[OpenPosition, ...]:
    """The answer of OpenPositions.

    Source: https://docs.kraken.com/api-reference/account-data/get-open-positions (`net` is the unrealized profit)

    Raises:
        UnexpectedAnswer: it has not the documented shape.
    """
    if isinstance(entries, list):
        return tuple(_position(None, entry) for entry in wire.several(entries, "OpenPositions"))
    return tuple(
        _position(wire.text(position_id, "a position's id"), entry)
        for position_id, entry in wire.entries(entries, "OpenPositions").items()
    )


def _order(order_id: str, entry: Any) -> Order:
    fields = wire.mapping(entry, f"order {order_id}")
    description = wire.mapping(fields.get("descr"), f"the description of order {order_id}")
    price, price_relative = _price(description.get("price"), f"the price of order {order_id}")
    client_order_id = fields.get("cl_ord_id")
    return Order(
        order_id=order_id,
        pair=wire.text(description.get("pair"), f"the pair of order {order_id}"),
        side=wire.text(description.get("type"), f"the side of order {order_id}"),
        order_type=wire.text(description.get("ordertype"), f"the type of order {order_id}"),
        status=wire.text(fields.get("status"), f"the status of order {order_id}"),
        volume=wire.amount(fields.get("vol"), f"the volume of order {order_id}"),
        executed=wire.optional_amount(fields.get("vol_exec"), f"the executed volume of order {order_id}"),
        price=price,
        opened_at=wire.moment(fields.get("opentm"), f"the opening time of order {order_id}"),
        client_order_id=wire.label(client_order_id, "a client order id") if client_order_id else None,
        price_relative=price_relative,
    )


def _price(value: Any, what: str) -> tuple[Decimal | None, str | None]:
    """A price, or the words for a relative one; a price of zero is none.

    Source of the signs + - # %: https://docs.kraken.com/api-reference/trading/add-order
    """
    words = value.strip() if isinstance(value, str) else ""
    if _RELATIVE.fullmatch(words):
        return None, words
    price = wire.optional_amount(value, what)
    return (None, money.plain(price)) if price < 0 else (price or None, None)


def _position(position_id: str | None, entry: Any) -> OpenPosition:
    fields = wire.mapping(entry, f"position {position_id or 'without an id'}")
    position_id = position_id or wire.text(fields.get("pair"), "the pair of a position")
    profit = fields.get("net")
    return OpenPosition(
        position_id=position_id,
        pair=wire.text(fields.get("pair"), f"the pair of position {position_id}"),
        side=wire.text(fields.get("type"), f"the side of position {position_id}"),
        volume=wire.amount(fields.get("vol"), f"the volume of position {position_id}"),
        closed=wire.optional_amount(fields.get("vol_closed"), f"the closed volume of position {position_id}"),
        cost=wire.amount(fields.get("cost"), f"the cost of position {position_id}"),
        profit=None if profit in (None, "") else wire.amount(profit, f"the profit of position {position_id}"),
    )
