"""Private endpoints that move money into Earn and out of it, and tell how that went.

Kraken checks what it can at once, moves the money later, and tells of what went wrong then when it is asked for
the status. Here it is moved at once, and too little money is told with the status.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from .. import earn_moves
from ..books import available
from ..earn import EarnAllocation, EarnStrategy
from ..messages import (
    EARN_FUNDS,
    EARN_MAXIMUM,
    EARN_MINIMUM,
    EARN_TIER,
    INVALID_STRATEGY,
    ExchangeError,
)
from ..state import Call

ALLOCATE, DEALLOCATE = "allocate", "deallocate"


def allocate(call: Call) -> Any:
    """Earn/Allocate: https://docs.kraken.com/api-reference/earn/allocate-earn-funds

    The money is where the account's other allocations to the strategy are, and without one in a vault.
    """
    strategy, amount = _asked(call)
    if not strategy.can_allocate or strategy.lock_type == "flex":
        raise ExchangeError(EARN_TIER)
    own = _own(call, strategy)
    asset = call.state.market.assets.get(strategy.asset)
    if asset is None or amount > available(call.account, asset, call.state.market, call.now):
        return _done(call, ALLOCATE, strategy, EARN_FUNDS)
    if strategy.cap is not None and amount + sum((each.amount for each in own), Decimal(0)) > strategy.cap:
        return _done(call, ALLOCATE, strategy, EARN_MAXIMUM)
    held_as = next((each.held_as for each in own), None)
    earn_moves.allocate(call.state, call.account, strategy, asset.quantize(amount), held_as, call.now)
    return _done(call, ALLOCATE, strategy)


def deallocate(call: Call) -> Any:
    """Earn/Deallocate: https://docs.kraken.com/api-reference/earn/deallocate-earn-funds"""
    strategy, amount = _asked(call)
    if strategy.lock_type == "flex":
        raise ExchangeError(EARN_TIER)
    free = [each for each in _own(call, strategy) if each.state == "allocated" and each.amount > 0]
    if amount > sum((each.amount for each in free), Decimal(0)):
        return _done(call, DEALLOCATE, strategy, EARN_FUNDS)
    for allocation in free:
        part = min(amount, allocation.amount)
        amount -= part
        if part < allocation.amount:
            call.account.allocations.append(replace(allocation, amount=allocation.amount - part))
            allocation.amount, allocation.rewarded = part, Decimal(0)
        earn_moves.deallocate(call.state, call.account, allocation, call.now)
        if not amount:
            break
    return _done(call, DEALLOCATE, strategy)


def allocate_status(call: Call) -> Any:
    """Earn/AllocateStatus: https://docs.kraken.com/api-reference/earn/get-allocation-status"""
    return _status(call, ALLOCATE)


def deallocate_status(call: Call) -> Any:
    """Earn/DeallocateStatus: https://docs.kraken.com/api-reference/earn/get-deallocation-status"""
    return _status(call, DEALLOCATE)


def _asked(call: Call) -> tuple[EarnStrategy, Decimal]:
    """The strategy and how much of its asset. Raises ExchangeError for less than it takes."""
    strategy = _strategy(call)
    amount = call.parameters.decimal("amount")
    if strategy.minimum is not None and amount < strategy.minimum:
        raise ExchangeError(EARN_MINIMUM)
    return strategy, amount


def _strategy(call: Call) -> EarnStrategy:
    strategy = call.state.strategies.get(call.parameters.required("strategy_id"))
    if strategy is None:
        raise ExchangeError(INVALID_STRATEGY)
    return strategy


def _own(call: Call, strategy: EarnStrategy) -> list[EarnAllocation]:
    return [each for each in call.account.allocations if each.strategy == strategy.id]


def _done(call: Call, what: str, strategy: EarnStrategy, failure: str | None = None) -> bool:
    """What is answered to a request that was taken, and keeps how it ended."""
    failures = call.account.earn_failures
    if failure is None:
        failures.pop((what, strategy.id), None)
    else:
        failures[what, strategy.id] = failure
    return True


def _status(call: Call, what: str) -> dict[str, bool]:
    failure = call.account.earn_failures.get((what, _strategy(call).id))
    if failure is not None:
        raise ExchangeError(failure)
    return {"pending": False}
