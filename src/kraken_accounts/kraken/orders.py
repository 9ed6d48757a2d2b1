"""Orders: what may be sent, what came of it, and what rests in the book.

Sources: https://docs.kraken.com/api-reference/trading/add-order, …/cancel-order and
https://docs.kraken.com/api-reference/market-data/get-tradable-asset-pairs
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from .. import money
from ..accounts import Account
from ..money import EXACT
from . import wire
from .errors import InvalidOrder

_IDENTITY = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}|[!-~]{1,18}", re.IGNORECASE
)
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
class PairRules:
    """What Kraken asks of an order for one pair; None where it does not say.

    Attributes:
        name: Kraken's key of the pair, XXBTZUSD.
        volume_decimals: of a volume, in units of the base.
        price_decimals: of a price, in units of the quote.
        least_volume: in units of the base.
        least_cost: volume times price, in units of the quote.
    """

    name: str
    volume_decimals: int | None
    price_decimals: int | None
    least_volume: Decimal | None
    least_cost: Decimal | None

    def check(self, volume: Decimal, price: Decimal | None) -> None:
        """Refuse what Kraken would refuse.

        Raises:
            InvalidOrder: volume or price do not do; the message says which and why.
        """
        self._check_decimals("volume", volume, self.volume_decimals)
        self._check_minimum("volume", volume, self.least_volume)
        if price is not None:
            self._check_decimals("price", price, self.price_decimals)
            self._check_minimum("cost", EXACT.multiply(volume, price), self.least_cost)

    def _check_decimals(self, what: str, value: Decimal, most: int | None) -> None:
        if most is not None and len(money.plain(value).partition(".")[2]) > most:
            raise InvalidOrder(f"{what} {money.plain(value)} has more than the {most} decimals {self.name} allows")

    def _check_minimum(self, what: str, value: Decimal, least: Decimal | None) -> None:
        if least is not None and value < least:
            raise InvalidOrder(
                f"{what} {money.plain(value)} is below the minimum of {self.name}, {money.plain(least)}"
            )


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
    """A margin position. `volume` and `closed` are in units of the pair's base, `cost` in its quote.

    `position_id` is Kraken's; the pair where Kraken tells all positions of one pair together, without ids.
    """

    position_id: str
    pair: str
    side: str
    volume: Decimal
    closed: Decimal
    cost: Decimal


def order_identity(client_order_id: str | None) -> str:
    """The client order id to send: the caller's own, or a new one.

    Source of its forms: https://docs.kraken.com/api-reference/trading/add-order

    Raises:
        InvalidOrder: Kraken would take it for none.
    """
    if client_order_id is None:
        return str(uuid.uuid4())
    if not isinstance(client_order_id, str) or not _IDENTITY.fullmatch(client_order_id):
        raise InvalidOrder(
            f"{client_order_id!r} is no client order id: give a UUID, or 1 to 18 letters, digits and other "
            "characters of ASCII without spaces"
        )
    return client_order_id


def positive(value: object, what: str) -> Decimal:
    """A volume or a price that may be sent.

    Raises:
        InvalidOrder: no Decimal (a float has lost digits already), not finite, or not above zero.
    """
    if not isinstance(value, Decimal):
        raise InvalidOrder(f"{what} must be a Decimal, not {type(value).__name__}: write Decimal('0.1')")
    if not value.is_finite() or value <= 0:
        raise InvalidOrder(f"{what} must be above zero, not {value}")
    return value


def parse_rules(result: Any) -> PairRules:
    """The answer of AssetPairs for one pair.

    Raises:
        UnexpectedAnswer: it has not the documented shape.
    """
    ((name, entry),) = wire.mapping(result, "AssetPairs").items()
    fields = wire.mapping(entry, f"the pair {wire.shown(name)}")

    def whole(field: str) -> int | None:
        value = fields.get(field)
        return value if isinstance(value, int) else None

    def least(field: str) -> Decimal | None:
        return wire.amount(fields[field], f"{field} of {wire.shown(name)}") if fields.get(field) else None

    return PairRules(name, whole("lot_decimals"), whole("pair_decimals"), least("ordermin"), least("costmin"))


def parse_orders(entries: Any) -> tuple[Order, ...]:
    """Orders by their id, as OpenOrders and ClosedOrders list them.

    Raises:
        UnexpectedAnswer: they have not the documented shape.
    """
    return tuple(
        _order(wire.text(order_id, "an order's id"), entry)
        for order_id, entry in wire.entries(entries, "the orders").items()
    )


def parse_positions(entries: Any) -> tuple[OpenPosition, ...]:
    """The answer of OpenPositions.

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
    return OpenPosition(
        position_id=position_id,
        pair=wire.text(fields.get("pair"), f"the pair of position {position_id}"),
        side=wire.text(fields.get("type"), f"the side of position {position_id}"),
        volume=wire.amount(fields.get("vol"), f"the volume of position {position_id}"),
        closed=wire.optional_amount(fields.get("vol_closed"), f"the closed volume of position {position_id}"),
        cost=wire.amount(fields.get("cost"), f"the cost of position {position_id}"),
    )
