"""Whether an account may place an order now: what the exchange's mode, the pair's minima and the account allow."""

from decimal import ROUND_DOWN, Decimal

from .accounts import SimulatedAccount
from .books import available, spending
from .listed import EXACT, ListedPair
from .messages import (
    COST_MINIMUM,
    INSUFFICIENT_FUNDS,
    UNAVAILABLE,
    VOLUME_MINIMUM,
    ExchangeError,
    invalid_argument,
    market_mode,
)
from .order_prices import LIMIT_TYPES
from .records import BookOrder
from .reducing import check_positions, reduces
from .state import ExchangeState


def check_order(state: ExchangeState, account: SimulatedAccount, order: BookOrder, now: float) -> None:
    """Raise ExchangeError when the account may not place this order now."""
    check_request(state, account, order)
    check_funds(state, account, order, now)


def check_request(state: ExchangeState, account: SimulatedAccount, order: BookOrder) -> None:
    """Raise ExchangeError for an order that no amount of money would help.

    One whose volume was given in the quote asset learns here how much that is at the market's prices.
    """
    _check_mode(state.status, order)
    pair = state.market.pair(order.pair)
    check_positions(account, order)
    if reduces(order):
        if not state.market.taker_price(pair, order.type):
            raise ExchangeError(UNAVAILABLE)
        return
    if order.quote_volume is not None:
        order.volume = _base_volume(state, order, pair)
    if order.volume < pair.ordermin:
        raise ExchangeError(VOLUME_MINIMUM)
    price = order.price or order.trigger or state.market.taker_price(pair, order.type)
    if not price:
        raise ExchangeError(UNAVAILABLE)
    if order.quote_volume is None and pair.cost(order.volume, price) < pair.costmin:
        raise ExchangeError(COST_MINIMUM)
    if order.cl_ord_id and any(other.cl_ord_id == order.cl_ord_id for other in account.open_orders.values()):
        raise invalid_argument("cl_ord_id")


def check_funds(state: ExchangeState, account: SimulatedAccount, order: BookOrder, now: float) -> None:
    """Raise ExchangeError when the account has too little left for what the order may spend."""
    if not can_pay(state, account, order, now):
        raise ExchangeError(INSUFFICIENT_FUNDS)


def can_pay(state: ExchangeState, account: SimulatedAccount, order: BookOrder, now: float) -> bool:
    """Whether the account has what the order may spend, beside what its other orders hold."""
    if reduces(order):
        return True
    asset, amount = spending(account, order, state.market, now)
    return amount <= available(account, asset, state.market, now)


def _base_volume(state: ExchangeState, order: BookOrder, pair: ListedPair) -> Decimal:
    """How much of the base asset the order's money buys at the prices of the book, rounded down."""
    left, volume = order.quote_volume or Decimal(0), Decimal(0)
    for level in state.market.levels(pair, order.type):
        part = EXACT.divide(left, level.price)
        part = part if level.volume is None else min(part, level.volume)
        volume += part
        left -= EXACT.multiply(part, level.price)
    return volume.quantize(Decimal(1).scaleb(-pair.lot_decimals), ROUND_DOWN, EXACT)


def _check_mode(status: str, order: BookOrder) -> None:
    """What https://docs.kraken.com/api-reference/market-data/get-system-status says of each mode."""
    match status:
        case "maintenance":
            raise ExchangeError(UNAVAILABLE)
        case "cancel_only":
            raise market_mode(status)
        case "post_only" if not order.post_only:
            raise market_mode(status)
        case "limit_only" if order.ordertype not in LIMIT_TYPES:
            raise market_mode(status)
