"""Kraken Earn: strategies, and what accounts have allocated to them. Times are unix seconds, amounts in the asset.

Field by field as in https://docs.kraken.com/api-reference/earn/list-earn-strategies and its neighbour
list-earn-allocations.
"""

from dataclasses import dataclass
from decimal import Decimal

HOUR = 3600
WEEK = 7 * 24 * HOUR

LOCK_TYPES = ("flex", "instant", "timed", "bonded")
"""Kraken's. `flex` is Kraken Rewards on what is in the spot wallet anyway."""

ALLOCATION_STATES = ("bonding", "allocated", "exit_queue", "unbonding")


@dataclass(frozen=True, slots=True)
class EarnStrategy:
    """A way to earn with one asset, by its code in Assets; `asset` may also be a name that is not listed there.

    `lock_type` may be one that Kraken does not have yet. A strategy that is not `listed` is left out of
    Earn/Strategies, as those are that a customer may not see; allocations to it are shown all the same. `name` is
    what Earn calls the asset, where that is not its altname. Periods are in seconds, `apr` in percent a year.
    """

    id: str
    asset: str
    lock_type: str = "instant"
    apr: Decimal = Decimal(0)
    bonding_period: int = 0
    unbonding_period: int = 0
    exit_queue_period: int = 0
    payout_frequency: int = WEEK
    minimum: Decimal | None = Decimal("0.01")
    cap: Decimal | None = None
    can_allocate: bool = True
    yield_source: str = "staking"
    listed: bool = True
    name: str | None = None

    def __post_init__(self) -> None:
        if self.payout_frequency < HOUR:
            raise ValueError(f"the time between two payouts is {HOUR} seconds or more")


@dataclass(slots=True)
class EarnAllocation:
    """An amount in one state of a strategy, since `created` and, where the state has an end, until `expires`.

    To have it moves no money: what Balance shows of it is in the account's balances already, under the code
    `held_as`: the asset's own (flex), a suffixed one (`DOT28.S`), or none (None: a vault, which no balance shows).
    `rewarded` is what it has brought so far, and `paid_until` until when that has been paid; None: its account is
    not open yet.
    """

    strategy: str
    amount: Decimal
    state: str = "allocated"
    created: float = 0
    expires: float | None = None
    rewarded: Decimal = Decimal(0)
    held_as: str | None = None
    paid_until: float | None = None

    def __post_init__(self) -> None:
        if self.state not in ALLOCATION_STATES:
            raise ValueError(f"unknown state {self.state!r}; there are {', '.join(ALLOCATION_STATES)}")
