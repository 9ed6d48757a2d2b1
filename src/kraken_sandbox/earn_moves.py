"""Money that goes into Earn, what it brings, and its way back.

What Balance shows under a code moves there with two entries of the ledger, `earn` with the subtypes `allocation`
and `deallocation`; what goes into a vault leaves it as `hybridearnwithdrawal` and comes back as
`hybridearndeposit` (https://github.com/provinzio/CoinTaxman/issues/185). Rewards are `earn`, subtype `reward`.
"""

from decimal import Decimal

from .accounts import SimulatedAccount
from .books import enter
from .clock import next_multiple
from .earn import EarnAllocation, EarnStrategy
from .state import ExchangeState

YEAR = 365 * 24 * 3600

EARNING = frozenset({"allocated", "exit_queue"})
"""The states that bring something; of the others it depends on the strategy, and here they bring nothing."""


def allocate(
    state: ExchangeState,
    account: SimulatedAccount,
    strategy: EarnStrategy,
    amount: Decimal,
    held_as: str | None,
    now: float,
) -> EarnAllocation:
    """Put money of the spot wallet into a strategy. Raises ValueError where that cannot be done."""
    if strategy.lock_type == "flex":
        raise ValueError("Kraken Rewards are switched on for an account, nothing is allocated to them")
    if strategy.asset not in state.market.assets:
        raise ValueError(f"there is no asset {strategy.asset!r}")
    if not amount > 0:
        raise ValueError(f"an amount is above 0, not {amount}")
    _move(state, account, strategy.asset, held_as, amount, "allocation", now)
    bonding = strategy.bonding_period > 0
    allocation = EarnAllocation(
        strategy=strategy.id,
        amount=amount,
        state="bonding" if bonding else "allocated",
        created=now,
        expires=now + strategy.bonding_period if bonding else None,
        held_as=held_as,
        paid_until=now,
    )
    account.allocations.append(allocation)
    return allocation


def deallocate(state: ExchangeState, account: SimulatedAccount, allocation: EarnAllocation, now: float) -> None:
    """Take an allocation back, at once or after the time that its strategy takes for it.

    Raises ValueError unless it is simply allocated.
    """
    if allocation.state != "allocated":
        raise ValueError(f"what is in the state {allocation.state!r} cannot be taken back")
    strategy = state.strategies[allocation.strategy]
    wait = strategy.exit_queue_period + strategy.unbonding_period
    if wait:
        allocation.state = "exit_queue" if strategy.exit_queue_period else "unbonding"
        allocation.created, allocation.expires = now, now + wait
    else:
        _give_back(state, account, allocation, now)


def expire(state: ExchangeState, account: SimulatedAccount, allocation: EarnAllocation, now: float) -> None:
    """What happens to an allocation when its state ends: bonding earns, the others give the money back."""
    allocation.expires = None
    if allocation.state == "bonding":
        allocation.state = "allocated"
    elif allocation.state != "allocated":
        _give_back(state, account, allocation, now)


def next_payout(strategy: EarnStrategy, allocation: EarnAllocation, after: float) -> float:
    """When an allocation is paid for next."""
    return next_multiple(allocation.created, strategy.payout_frequency, after)


def reward(strategy: EarnStrategy, allocation: EarnAllocation) -> Decimal:
    """What an allocation brings between two payouts."""
    return allocation.amount * strategy.apr / 100 * strategy.payout_frequency / YEAR


def pay_reward(state: ExchangeState, account: SimulatedAccount, allocation: EarnAllocation, now: float) -> None:
    """Pay for the time since the last payout, under the code where the money is; a vault's stays in the vault."""
    allocation.paid_until = now
    strategy = state.strategies[allocation.strategy]
    asset = state.market.assets.get(strategy.asset)
    if asset is None or allocation.state not in EARNING:
        return
    brought = asset.quantize(reward(strategy, allocation))
    if not brought:
        return
    allocation.amount += brought
    allocation.rewarded += brought
    if allocation.held_as is not None:
        _enter(state, account, allocation.held_as, brought, "earn", "reward", state.new_id("E"), now)


def _give_back(state: ExchangeState, account: SimulatedAccount, allocation: EarnAllocation, now: float) -> None:
    code = state.strategies[allocation.strategy].asset
    if code in state.market.assets:
        _move(state, account, code, allocation.held_as, -allocation.amount, "deallocation", now)
    allocation.amount = Decimal(0)
    allocation.state = "allocated"


def _move(
    state: ExchangeState,
    account: SimulatedAccount,
    code: str,
    held_as: str | None,
    amount: Decimal,
    subtype: str,
    now: float,
) -> None:
    """Move an amount from the plain code to where an allocation is, or back where it is below zero."""
    refid = state.new_id("E")
    if held_as is None:
        kind = "hybridearnwithdrawal" if amount > 0 else "hybridearndeposit"
        _enter(state, account, code, -amount, kind, "", refid, now)
    elif held_as != code:
        _enter(state, account, code, -amount, "earn", subtype, refid, now)
        _enter(state, account, held_as, amount, "earn", subtype, refid, now)


def _enter(
    state: ExchangeState,
    account: SimulatedAccount,
    code: str,
    amount: Decimal,
    kind: str,
    subtype: str,
    refid: str,
    now: float,
) -> None:
    asset = state.market.assets.get(code)
    if asset is None:
        raise ValueError(f"there is no asset {code!r}")
    enter(state, account, asset, amount, type=kind, subtype=subtype, refid=refid, time=round(now, 4))
