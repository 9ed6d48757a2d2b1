"""What becomes of an order: filled at the prices of the book, in part or whole, resting, or canceled.

Where a book does not say how much is offered, any volume is bought at the best bid and sold at the best ask.
"""

from .accounts import SimulatedAccount
from .books import close, fill
from .market import Level, Market
from .records import BookOrder
from .state import ExchangeState
from .tickets import Ticket

MODES_WITHOUT_MATCHING = frozenset({"maintenance", "cancel_only", "post_only"})

NO_LIQUIDITY = "Insufficient liquidity"  # an assumption: which words Kraken has for it is not documented


def place(state: ExchangeState, account: SimulatedAccount, ticket: Ticket, now: float) -> BookOrder:
    """Carry out a checked order: fill it, let it rest, or cancel it when it was to be post-only and would fill."""
    order = BookOrder(
        txid=state.new_id("O"),
        pair=ticket.pair.key,
        type=ticket.side,
        ordertype=ticket.ordertype,
        price=ticket.price,
        volume=ticket.volume,
        opentm=round(now, 4),
        userref=ticket.userref,
        cl_ord_id=ticket.cl_ord_id,
        post_only=ticket.post_only,
    )
    account.open_orders[order.txid] = order
    if state.status in MODES_WITHOUT_MATCHING:
        return order
    if order.post_only and _met(order, state.market) is not None:
        cancel(account, order, "Post only order", now)
    else:
        _fill(state, account, order, now, maker=False)
        if order.price is None and order.volume_left:
            cancel(account, order, NO_LIQUIDITY, now)
    return order


def cancel(account: SimulatedAccount, order: BookOrder, reason: str, now: float) -> None:
    """Take an open order off the book; what it held is free again."""
    order.status = "canceled"
    order.reason = reason
    close(account, order, now)


def match_resting(state: ExchangeState, now: float) -> None:
    """Fill the resting orders that the market's prices have reached, at the orders' own prices.

    Who offers the better price comes first, then who was there before.
    """
    if state.status in MODES_WITHOUT_MATCHING:
        return
    resting = [
        (-order.price if order.type == "buy" else order.price, order.opentm, account, order)
        for account in state.accounts.values()
        for order in account.open_orders.values()
        if order.price is not None and _met(order, state.market) is not None
    ]
    for _, _, account, order in sorted(resting, key=lambda waiting: waiting[:2]):
        _fill(state, account, order, now, maker=True)


def _fill(state: ExchangeState, account: SimulatedAccount, order: BookOrder, now: float, *, maker: bool) -> None:
    """Let an order have what the book offers it; a maker gets its own price for that."""
    while order.volume_left and (level := _met(order, state.market)) is not None:
        volume = order.volume_left if level.volume is None else min(order.volume_left, level.volume)
        price = order.price if maker and order.price is not None else level.price
        fill(state, account, order, price, volume=volume, maker=maker, now=now)
        state.market.take(state.market.pair(order.pair), order.type, volume)


def _met(order: BookOrder, market: Market) -> Level | None:
    """The best offer that an order could take at once; None where it reaches none."""
    best = next(iter(market.levels(market.pair(order.pair), order.type)), None)
    if best is None or order.price is None:
        return best
    reached = best.price <= order.price if order.type == "buy" else best.price >= order.price
    return best if reached else None
