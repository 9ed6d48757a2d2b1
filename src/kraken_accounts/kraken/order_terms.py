"""What may be sent as an order, and what Kraken asks of one.

Sources: https://docs.kraken.com/api-reference/trading/add-order and
https://docs.kraken.com/api-reference/market-data/get-tradable-asset-pairs
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self, TypeVar

from .. import money
from ..money import EXACT
from . import wire
from .errors import InvalidOrder
from .orders import OrderType, Side

Member = TypeVar("Member", Side, OrderType)

_IDENTITY = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}|[!-~]{1,18}", re.IGNORECASE
)


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
class OrderTerms:
    """What is to be bought or sold, at which price: whatever the pair, they may be right.

    Attributes:
        volume: in units of the pair's base.
        price: of a limit order, in units of the pair's quote for one of its base; None for a market order.
    """

    side: Side
    order_type: OrderType
    volume: Decimal
    price: Decimal | None

    @classmethod
    def checked(
        cls, side: Side | str, order_type: OrderType | str, volume: Decimal, price: Decimal | None
    ) -> Self:
        """The terms that a caller has named.

        Raises:
            InvalidOrder: they are those of no order; the message says which and why.
        """
        side, order_type = _member(Side, side), _member(OrderType, order_type)
        volume = _positive(volume, "volume")
        if (price is None) != (order_type is OrderType.MARKET):
            raise InvalidOrder("a limit order needs a price, and a market order has none")
        return cls(side, order_type, volume, None if price is None else _positive(price, "price"))

    def parameters(self, rules: PairRules) -> dict[str, str]:
        """What AddOrder is sent of them, for a pair.

        Raises:
            InvalidOrder: the pair does not allow them.
        """
        rules.check(self.volume, self.price)
        parameters = {
            "pair": rules.name,
            "type": self.side.value,
            "ordertype": self.order_type.value,
            "volume": money.plain(self.volume),
        }
        if self.price is not None:
            parameters["price"] = money.plain(self.price)
        return parameters


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


def _positive(value: object, what: str) -> Decimal:
    """A volume or a price that may be sent.

    Raises:
        InvalidOrder: no Decimal (a float has lost digits already), not finite, or not above zero.
    """
    if not isinstance(value, Decimal):
        raise InvalidOrder(f"{what} must be a Decimal, not {type(value).__name__}: write Decimal('0.1')")
    if not value.is_finite() or value <= 0:
        raise InvalidOrder(f"{what} must be above zero, not {value}")
    return value


def _member(kind: type[Member], value: str) -> Member:
    try:
        return kind(value)
    except ValueError:
        raise InvalidOrder(f"{value!r} is none of {', '.join(member.value for member in kind)}") from None


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
