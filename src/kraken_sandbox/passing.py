"""What the passing of time brings to an account: orders begin and end, positions are paid for, Earn pays."""

from collections.abc import Callable, Iterator
from functools import partial

from .accounts import SimulatedAccount
from .earn_moves import expire, next_payout, pay_reward
from .matching import cancel, end, start
from .positions import next_rollover, roll_over
from .records import BookOrder
from .state import ExchangeState

CANCEL_AFTER = "Cancel all orders after timer"  # an assumption, as in matching.py

Due = tuple[float, Callable[[float], None]]
"""When something is due, and what does it; that is handed the time."""


def begin(account: SimulatedAccount, now: float) -> None:
    """Let time pass for what the account has from now on; whatever came before has been paid."""
    for position in account.positions.values():
        if position.charged_until is None:
            position.charged_until = now
    for allocation in account.allocations:
        if allocation.paid_until is None:
            allocation.paid_until = now


def catch_up(state: ExchangeState, account: SimulatedAccount, now: float) -> None:
    """Do all that has become due in an account, one after the other, each at its own time."""
    begin(account, now)
    while due := min(_due(state, account), key=lambda waiting: waiting[0], default=None):
        time, happen = due
        if time > now:
            return
        happen(time)


def _due(state: ExchangeState, account: SimulatedAccount) -> Iterator[Due]:
    if account.cancel_after is not None:
        yield account.cancel_after, partial(_cancel_all, account)
    for order in account.open_orders.values():
        if order.status == "pending":
            yield order.starttm, partial(start, state, account, order)
        elif order.expiretm:
            yield order.expiretm, partial(_expire_order, account, order)
    for position in account.positions.values():
        if position.charged_until is not None:
            time = next_rollover(position, position.charged_until)
            yield time, partial(roll_over, state, account, position)
    for allocation in account.allocations:
        strategy = state.strategies.get(allocation.strategy)
        if strategy is None or allocation.paid_until is None:
            continue
        # What should have ended before all this began stays as it is: somebody wants to see that.
        if allocation.expires is not None and allocation.expires > allocation.paid_until:
            yield allocation.expires, partial(expire, state, account, allocation)
        if strategy.apr:
            time = next_payout(strategy, allocation, allocation.paid_until)
            yield time, partial(pay_reward, state, account, allocation)


def _expire_order(account: SimulatedAccount, order: BookOrder, now: float) -> None:
    end(account, order, "expired", "Order expired", now)


def _cancel_all(account: SimulatedAccount, now: float) -> None:
    """What https://docs.kraken.com/api-reference/trading/cancel-all-orders-after-x does when its time has come."""
    account.cancel_after = None
    for order in list(account.open_orders.values()):
        cancel(account, order, CANCEL_AFTER, now)
