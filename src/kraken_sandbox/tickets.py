"""What AddOrder takes and refuses.

Rules of https://docs.kraken.com/api-reference/trading/add-order. Margin orders, triggered order types, relative
prices and conditional closes are not simulated and refused.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from .accounts import SimulatedAccount
from .books import available, traded
from .listed import CURRENCY, ListedPair
from .market import Market
from .messages import (
    CANNOT_OPEN_POSITION,
    COST_MINIMUM,
    INSUFFICIENT_FUNDS,
    INVALID_ARGUMENTS,
    ORDER_MINIMUM,
    TICK_SIZE,
    UNAVAILABLE,
    UNKNOWN_PAIR,
    ExchangeError,
    Parameters,
    invalid_argument,
    market_mode,
)
from .state import ExchangeState

SIDES = ("buy", "sell")
FLAGS = frozenset({"fciq", "post", "nompp"})

# A UUID with or without hyphens, or up to 18 printable characters.
CLIENT_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}|[!-~]{1,18}")


@dataclass(frozen=True, slots=True)
class Ticket:
    """An order as it was asked for; a market order has no price."""

    pair: ListedPair
    side: str
    ordertype: str
    volume: Decimal
    price: Decimal | None
    post_only: bool
    userref: int | None
    cl_ord_id: str | None

    @property
    def description(self) -> str:
        """Kraken's words for it: `buy 1.25000000 XBTUSD @ limit 27500.0`."""
        return describe(self.pair, self.side, self.ordertype, self.volume, self.price)


def describe(pair: ListedPair, side: str, ordertype: str, volume: Decimal, price: Decimal | str | None) -> str:
    """An order in Kraken's words; the price is an amount, or the words for a relative one."""
    if isinstance(price, Decimal):
        price = f"{price:.{pair.pair_decimals}f}"
    limit = "" if price is None else f" {price}"
    return f"{side} {volume:.{pair.lot_decimals}f} {pair.altname} @ {ordertype.replace('-', ' ')}{limit}"


def read_ticket(parameters: Parameters, market: Market) -> Ticket:
    """The order that AddOrder's parameters describe. Raises ExchangeError where they make no sense."""
    ordertype = parameters.required("ordertype")
    if ordertype not in ("market", "limit"):
        raise invalid_argument("ordertype")
    side = parameters.required("type")
    if side not in SIDES:
        raise invalid_argument("type")
    pair = market.find_pair(parameters.required("pair"))
    if pair is None or pair.base.aclass != parameters.text("asset_class", CURRENCY):
        raise ExchangeError(UNKNOWN_PAIR)
    volume = parameters.decimal("volume")
    if volume != round(volume, pair.lot_decimals):
        raise invalid_argument("volume")
    price = parameters.decimal("price") if ordertype == "limit" else None
    if price is not None and price % pair.tick_size:
        raise ExchangeError(TICK_SIZE)
    flags = set(parameters.names("oflags"))
    if not flags <= FLAGS or ("post" in flags and ordertype == "market"):
        raise invalid_argument("oflags")
    if parameters.text("timeinforce", "GTC").upper() != "GTC":
        raise invalid_argument("timeinforce")
    if parameters.text("leverage", "none") not in ("none", ""):
        raise ExchangeError(CANNOT_OPEN_POSITION)
    userref = parameters.integer("userref")
    if userref is not None and not -(2**31) <= userref < 2**31:
        raise invalid_argument("userref")
    cl_ord_id = parameters.text("cl_ord_id") or None
    if cl_ord_id is not None and CLIENT_ID.fullmatch(cl_ord_id) is None:
        raise invalid_argument("cl_ord_id")
    if userref is not None and cl_ord_id is not None:
        raise ExchangeError(INVALID_ARGUMENTS)
    return Ticket(pair, side, ordertype, volume, price, "post" in flags, userref, cl_ord_id)


def check_ticket(state: ExchangeState, account: SimulatedAccount, ticket: Ticket, now: float) -> None:
    """Raise ExchangeError when the account may not place this order now."""
    _check_mode(state.status, ticket)
    if ticket.volume < ticket.pair.ordermin:
        raise ExchangeError(ORDER_MINIMUM)
    price = ticket.price if ticket.price is not None else state.market.taker_price(ticket.pair, ticket.side)
    if not price:
        raise ExchangeError(UNAVAILABLE)
    if ticket.pair.cost(ticket.volume, price) < ticket.pair.costmin:
        raise ExchangeError(COST_MINIMUM)
    if ticket.cl_ord_id and any(order.cl_ord_id == ticket.cl_ord_id for order in account.open_orders.values()):
        raise invalid_argument("cl_ord_id")
    asset = ticket.pair.base if ticket.side == "sell" else ticket.pair.quote
    if _spending(state, account, ticket, now) > available(account, asset, state.market, now):
        raise ExchangeError(INSUFFICIENT_FUNDS)


def _spending(state: ExchangeState, account: SimulatedAccount, ticket: Ticket, now: float) -> Decimal:
    """What the order may take off its account: the volume to sell, or the cost of buying with a taker's fee."""
    if ticket.side == "sell":
        return ticket.volume
    volume = traded(account, state.market, now)
    if ticket.price is not None:
        return ticket.pair.spending(ticket.volume, ticket.price, maker=False, traded=volume)
    left = ticket.volume
    spending = Decimal(0)
    for level in state.market.levels(ticket.pair, ticket.side):
        part = left if level.volume is None else min(left, level.volume)
        spending += ticket.pair.spending(part, level.price, maker=False, traded=volume)
        left -= part
    return spending


def _check_mode(status: str, ticket: Ticket) -> None:
    """What https://docs.kraken.com/api-reference/market-data/get-system-status says of each mode."""
    match status:
        case "maintenance":
            raise ExchangeError(UNAVAILABLE)
        case "cancel_only":
            raise market_mode(status)
        case "post_only" if not ticket.post_only:
            raise market_mode(status)
        case "limit_only" if ticket.ordertype != "limit":
            raise market_mode(status)
