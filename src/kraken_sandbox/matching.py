"""What becomes of an order: filled at the market's prices, resting until they reach it, or canceled.

The market has no depth: it sells any volume at the best ask and buys any volume at the best bid.
"""

from .accounts import SimulatedAccount
from .books import close, fill
from .market import Market
from .records import BookOrder
from .state import ExchangeState
from .tickets import Ticket

MODES_WITHOUT_MATCHING = frozenset({"maintenance", "cancel_only", "post_only"})


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
    if state.status not in MODES_WITHOUT_MATCHING and _crosses(order, state.market):
        if order.post_only:
            cancel(account, order, "Post only order", now)
        else:
            price = state.market.taker_price(ticket.pair, ticket.side)
            fill(state, account, order, price, maker=False, now=now)
    return order


def cancel(account: SimulatedAccount, order: BookOrder, reason: str, now: float) -> None:
    """Take an open order off the book; what it held is free again."""
    order.status = "canceled"
    order.reason = reason
    close(account, order, now)


def match_resting(state: ExchangeState, now: float) -> None:
    """Fill the resting orders that the market's prices have reached, at the orders' own prices."""
    if state.status in MODES_WITHOUT_MATCHING:
        return
    for account in state.accounts.values():
        for order in list(account.open_orders.values()):
            if order.price is not None and _crosses(order, state.market):
                fill(state, account, order, order.price, maker=True, now=now)


def _crosses(order: BookOrder, market: Market) -> bool:
    """Whether the market would take the order at once; nobody is there to take it at a price of zero."""
    price = market.taker_price(market.pairs[order.pair], order.type)
    if order.price is None or not price:
        return bool(price)
    return price <= order.price if order.type == "buy" else price >= order.price
