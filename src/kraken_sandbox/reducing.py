"""Orders that close or settle margin positions, the oldest one first; no order here opens any.

As https://docs.kraken.com/api-reference/trading/add-order says, a `reduce_only` order and one to `settle-position`
go against the positions of the other side, and a volume of 0 stands for all there is of them.
"""

from decimal import Decimal

from .accounts import SimulatedAccount
from .books import close
from .messages import (
    CANNOT_OPEN_POSITION,
    NO_POSITION,
    UNKNOWN_POSITION,
    ExchangeError,
    invalid_argument,
)
from .positions import close_position, settle_position
from .records import BookOrder, Position
from .state import ExchangeState

POSITION_CLOSED = "Reduce only:Position is closed"


def reduces(order: BookOrder) -> bool:
    """Whether the order goes against positions, and not to the book for itself."""
    return order.reduce_only or order.settles


def check_positions(account: SimulatedAccount, order: BookOrder) -> None:
    """Raise ExchangeError where a margin order finds nothing that it could reduce.

    An order that reduces learns here how much there is, where it is to take all.
    """
    if not reduces(order):
        if order.leverage is not None:
            # Kraken's words for who is not admitted to margin trading, as no account here is.
            raise ExchangeError(CANNOT_OPEN_POSITION)
        return
    positions = _against(account, order)
    if not positions:
        raise ExchangeError(UNKNOWN_POSITION if order.settles else NO_POSITION)
    if order.leverage is None:
        raise invalid_argument("leverage")
    if order.close is not None:
        raise invalid_argument("close[ordertype]")
    if order.quote_volume is not None:
        raise invalid_argument("viqc")
    if order.reduce_only and order.ordertype != "market":
        raise invalid_argument("ordertype")
    there_is = sum((position.volume_left for position in positions), Decimal(0))
    if order.settles and order.volume and order.volume != there_is:
        raise invalid_argument("volume")
    order.volume = order.volume or there_is


def reduce(state: ExchangeState, account: SimulatedAccount, order: BookOrder, now: float) -> None:
    """Close positions at the market's price, or settle them."""
    for position in _against(account, order):
        if order.settles:
            settle_position(state, account, position, now)
        elif order.volume_left:
            part = min(order.volume_left, position.volume_left)
            close_position(state, account, position, part, now, order=order)
    if order.status == "open":
        order.status = "closed" if order.settles else "canceled"
        order.reason = None if order.settles else POSITION_CLOSED
        close(account, order, now)


def _against(account: SimulatedAccount, order: BookOrder) -> list[Position]:
    found = [
        position
        for position in account.positions.values()
        if position.pair == order.pair and position.type != order.type
    ]
    return sorted(found, key=lambda position: position.time)
