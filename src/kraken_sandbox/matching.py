"""What becomes of an order: it waits, is filled at the prices of the book, in part or whole, or canceled.

Where a book does not say how much is offered, any volume is bought at the best bid and sold at the best ask.
"""

from decimal import Decimal

from .accounts import SimulatedAccount
from .books import close, fill
from .market import Level, Market
from .messages import ExchangeError
from .order_checks import can_pay
from .order_prices import order_prices
from .records import BookOrder, Trade
from .reducing import reduce, reduces
from .state import ExchangeState
from .triggers import follow, is_reached, release

MODES_WITHOUT_MATCHING = frozenset({"maintenance", "cancel_only", "post_only"})

REQUESTED = "User requested"

# Assumptions: which words Kraken has for these is not documented.
NO_LIQUIDITY = "Insufficient liquidity"
NO_FUNDS = "Insufficient funds"
NOT_AT_ONCE = "Immediate or cancel order"
NOT_WHOLE = "Fill or kill order"
SELF_TRADE = "Self trade prevention"


def place(state: ExchangeState, account: SimulatedAccount, order: BookOrder, now: float) -> BookOrder:
    """Carry out a checked order, or let it wait for its time."""
    order.txid = state.new_id("O")
    account.open_orders[order.txid] = order
    if order.starttm > now:
        order.status = "pending"
    else:
        start(state, account, order, now)
    return order


def start(state: ExchangeState, account: SimulatedAccount, order: BookOrder, now: float) -> None:
    """Let an order begin: fill it, or let it rest or wait for its trigger."""
    # Asked before it holds anything itself.
    affordable = order.status != "pending" or can_pay(state, account, order, now)
    order.status = "open"
    if state.status in MODES_WITHOUT_MATCHING:
        if not order.waits and not order.is_limited:
            cancel(account, order, f"Market in {state.status} mode", now)
    elif order.waits:
        _watch(state, account, order, now)
    elif reduces(order):
        reduce(state, account, order, now)
    elif not affordable:
        cancel(account, order, NO_FUNDS, now)
    else:
        _take(state, account, order, now)


def cancel(account: SimulatedAccount, order: BookOrder, reason: str, now: float) -> None:
    """Take an open order off the book; what it held is free again."""
    end(account, order, "canceled", reason, now)


def end(account: SimulatedAccount, order: BookOrder, status: str, reason: str | None, now: float) -> None:
    """Close an order before it is filled, as `canceled` or `expired`."""
    order.status = status
    order.reason = reason
    close(account, order, now)


def match_resting(state: ExchangeState, now: float) -> None:
    """Trigger the orders that the market's prices have come to, and fill the resting ones at their own prices.

    Who offers the better price comes first, then who was there before.
    """
    if state.status in MODES_WITHOUT_MATCHING:
        return
    for account in state.accounts.values():
        for order in [order for order in account.open_orders.values() if order.waits]:
            if order.status == "open":
                _watch(state, account, order, now)
    resting = [
        (-order.price if order.type == "buy" else order.price, order.opentm, account, order)
        for account in state.accounts.values()
        for order in account.open_orders.values()
        if order.price is not None and not order.waits and _met(order, state.market) is not None
    ]
    for _, _, account, order in sorted(resting, key=lambda waiting: waiting[:2]):
        if order.status == "open":
            _fill(state, account, order, now, maker=True)


def meets(order: BookOrder, market: Market) -> bool:
    """Whether the order could take something at once."""
    return _met(order, market) is not None


def rematch(state: ExchangeState, account: SimulatedAccount, order: BookOrder, now: float) -> None:
    """Look again at an open order that was changed."""
    if state.status in MODES_WITHOUT_MATCHING or order.status != "open":
        return
    if order.waits:
        _watch(state, account, order, now)
    else:
        _fill(state, account, order, now, maker=False)


def _watch(state: ExchangeState, account: SimulatedAccount, order: BookOrder, now: float) -> None:
    """Trigger an order that waits for it, where the last price has come that far."""
    pair = state.market.pair(order.pair)
    last = state.market.ticker(pair).last
    follow(order, last)
    if not is_reached(order, last, pair):
        return
    affordable = can_pay(state, account, order, now)
    release(order, pair)
    if affordable:
        _take(state, account, order, now)
    else:
        cancel(account, order, NO_FUNDS, now)


def _take(state: ExchangeState, account: SimulatedAccount, order: BookOrder, now: float) -> None:
    """Let an order that comes to the book have what it reaches, and rest or be canceled with what is left."""
    if order.post_only and meets(order, state.market):
        cancel(account, order, "Post only order", now)
        return
    if order.time_in_force == "fok" and _offered(order, state.market) < order.volume_left:
        cancel(account, order, NOT_WHOLE, now)
        return
    _fill(state, account, order, now, maker=False)
    if order.status == "open" and order.price is None:
        cancel(account, order, NO_LIQUIDITY, now)
    elif order.status == "open" and order.time_in_force == "ioc":
        cancel(account, order, NOT_AT_ONCE, now)


def _fill(state: ExchangeState, account: SimulatedAccount, order: BookOrder, now: float, *, maker: bool) -> None:
    """Let an order have what the book offers it; a maker gets its own price for that."""
    trades: list[Trade] = []
    while order.status == "open" and (level := _met(order, state.market)) is not None:
        if not maker and (own := _own(account, order, level)) is not None:
            _prevent(account, order, own, now)
            continue
        volume = order.volume_left if level.volume is None else min(order.volume_left, level.volume)
        price = order.price if maker and order.price is not None else level.price
        trades.append(fill(state, account, order, price, volume=volume, maker=maker, now=now))
        state.market.take(state.market.pair(order.pair), order.type, volume)
    for trade in trades:
        _close_again(state, account, trade, now)


def _close_again(state: ExchangeState, account: SimulatedAccount, trade: Trade, now: float) -> None:
    """Place the order that closes what a fill has bought or sold; relative prices are so to the fill's price.

    Each fill brings one (Kraken says so of the same orders in its websocket, `batch_add`).
    """
    parent = trade.order
    terms = parent.close
    if terms is None:
        return
    side = "sell" if parent.type == "buy" else "buy"
    pair = state.market.pair(parent.pair)
    try:
        prices = order_prices(terms.ordertype, side, terms.price, terms.price2, pair, trade.price)
    except ExchangeError:
        # An offset that has become larger than the price: there is nothing to place it at.
        return
    order = BookOrder(
        txid=state.new_id("O"),
        pair=pair.key,
        type=side,
        ordertype=terms.ordertype,
        price=prices.limit,
        volume=trade.volume,
        opentm=round(now, 4),
        userref=parent.userref,
        trigger=prices.trigger,
        reference=parent.reference,
        trailing=prices.trailing,
        trailing_limit=prices.trailing_limit,
        refid=parent.txid,
    )
    affordable = order.waits or can_pay(state, account, order, now)
    account.open_orders[order.txid] = order
    if affordable:
        start(state, account, order, now)
    else:
        cancel(account, order, NO_FUNDS, now)


def _met(order: BookOrder, market: Market) -> Level | None:
    """The best offer that an order could take at once; None where it reaches none."""
    best = next(iter(market.levels(market.pair(order.pair), order.type)), None)
    return best if best is not None and _reaches(order, best.price) else None


def _reaches(order: BookOrder, price: Decimal) -> bool:
    if order.price is None:
        return True
    return price <= order.price if order.type == "buy" else price >= order.price


def _offered(order: BookOrder, market: Market) -> Decimal:
    """How much of an order could be filled at once."""
    within = [
        level for level in market.levels(market.pair(order.pair), order.type) if _reaches(order, level.price)
    ]
    return sum((order.volume_left if level.volume is None else level.volume for level in within), Decimal(0))


def _own(account: SimulatedAccount, order: BookOrder, level: Level) -> BookOrder | None:
    """The account's own resting order that would be met before that level of the book."""
    sign = 1 if order.type == "buy" else -1
    own = [
        other
        for other in account.open_orders.values()
        if other.pair == order.pair and other.type != order.type and not other.waits and other.price is not None
        if sign * other.price < sign * level.price
    ]
    return min(own, key=lambda other: sign * (other.price or Decimal(0)), default=None)


def _prevent(account: SimulatedAccount, order: BookOrder, own: BookOrder, now: float) -> None:
    """Keep two orders of one account from each other, as the newer one asks for."""
    if order.stptype in ("cancel-oldest", "cancel-both"):
        cancel(account, own, SELF_TRADE, now)
    if order.stptype in ("cancel-newest", "cancel-both"):
        cancel(account, order, SELF_TRADE, now)
