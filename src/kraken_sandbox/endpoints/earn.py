"""Private endpoints about Kraken Earn: what there is to earn with, and what the account has allocated.

The page of Earn/Allocations says that it has one page only, but its example tells of a second one (`next_cursor`);
an exchange whose `earn_page` is set sends pages.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from typing import Any, TypeVar

from ..clock import next_multiple
from ..earn import ALLOCATION_STATES, EarnAllocation, EarnStrategy
from ..earn_moves import EARNING, reward
from ..listed import EXACT, ListedAsset
from ..market import Market
from ..messages import UNKNOWN_ASSET, ExchangeError, invalid_argument
from ..state import Call

USD = "ZUSD"
UNLISTED_DECIMALS = 10

ALLOCATED = "allocated"
"""What is in no other state. Kraken shows it in the total only."""

Item = TypeVar("Item")


def strategies(call: Call) -> Any:
    """Earn/Strategies: https://docs.kraken.com/api-reference/earn/list-earn-strategies"""
    market = call.state.market
    named = call.parameters.text("asset")
    kinds = call.parameters.names("lock_type") or call.parameters.names("lock_type[]")
    found = [
        strategy
        for strategy in call.state.strategies.values()
        if strategy.listed
        and (not named or named in (strategy.asset, asset_name(market, strategy.asset)))
        and (not kinds or strategy.lock_type in kinds)
    ]
    page, cursor = _page(call, found)
    return {"items": [_strategy_entry(market, strategy) for strategy in page], "next_cursor": cursor}


def allocations(call: Call) -> Any:
    """Earn/Allocations: https://docs.kraken.com/api-reference/earn/list-earn-allocations"""
    with localcontext(EXACT):
        return _allocations(call)


def _allocations(call: Call) -> dict[str, Any]:
    market = call.state.market
    quote = market.find_asset(call.parameters.text("converted_asset", USD))
    if quote is None:
        raise ExchangeError(UNKNOWN_ASSET)
    by_strategy: dict[str, list[EarnAllocation]] = defaultdict(list)
    for allocation in call.account.allocations:
        by_strategy[allocation.strategy].append(allocation)
    if call.parameters.flag("hide_zero_allocations"):
        by_strategy = {name: found for name, found in by_strategy.items() if _sum(found)}
    items = [_Item(market, call.state.strategies[name], found, quote) for name, found in by_strategy.items()]
    page, cursor = _page(call, items)
    result = {
        "converted_asset": quote.altname,
        "total_allocated": f"{sum((item.converted(item.amount) for item in items), Decimal(0)):.4f}",
        "total_rewarded": f"{sum((item.converted(item.rewarded) for item in items), Decimal(0)):.4f}",
        "items": [item.entry(call.now) for item in page],
    }
    return result if cursor is None else result | {"next_cursor": cursor}


def asset_name(market: Market, code: str) -> str:
    """What Earn calls an asset: its altname, or the very name where it is not listed."""
    asset = market.assets.get(code)
    return code if asset is None else asset.altname


def _page(call: Call, items: Sequence[Item]) -> tuple[Sequence[Item], str | None]:
    """The page whose number the cursor is, and the cursor of the next one; None after the last."""
    size = call.parameters.integer("limit") or call.state.earn_page or len(items) or 1
    number = call.parameters.integer("cursor", 1)
    if size < 1 or number is None or number < 1:
        raise invalid_argument("cursor")
    if call.state.earn_page:
        size = min(size, call.state.earn_page)
    if call.endless:
        return items[:size], str(number + 1)
    end = size * number
    return items[end - size : end], str(number + 1) if end < len(items) else None


def _sum(allocated: Iterable[EarnAllocation]) -> Decimal:
    return sum((allocation.amount for allocation in allocated), Decimal(0))


class _Item:
    """What an account has in one strategy."""

    def __init__(
        self, market: Market, strategy: EarnStrategy, allocated: list[EarnAllocation], quote: ListedAsset
    ) -> None:
        self._asset = market.assets.get(strategy.asset)
        self._name = strategy.name or asset_name(market, strategy.asset)
        self._strategy = strategy
        self._allocated = allocated
        price = None if self._asset is None else market.price(self._asset, quote)
        self._price = price or Decimal(0)
        self.amount = _sum(allocated)
        self.rewarded = sum((allocation.rewarded for allocation in allocated), Decimal(0))

    def converted(self, amount: Decimal) -> Decimal:
        """What the amount is worth; what no pair leads from is worth nothing."""
        return amount * self._price if self._price else Decimal(0)

    def entry(self, now: float) -> dict[str, Any]:
        states = {
            state: self._state(found)
            for state in ALLOCATION_STATES
            if state != ALLOCATED
            and (found := [allocation for allocation in self._allocated if allocation.state == state])
        }
        entry = {
            "strategy_id": self._strategy.id,
            "native_asset": self._name,
            "amount_allocated": {**states, "total": self._both(self.amount)},
            "total_rewarded": self._both(self.rewarded),
        }
        return entry if not self._strategy.apr else entry | {"payout": self._payout(now)}

    def _payout(self, now: float) -> dict[str, Any]:
        """When the next reward comes, and how much of it there is by now; 0 where nothing earns."""
        earning = [allocation for allocation in self._allocated if allocation.state in EARNING]
        created = max((allocation.created for allocation in earning), default=now)
        end = next_multiple(created, self._strategy.payout_frequency, now)
        start = end - self._strategy.payout_frequency
        estimated = sum((reward(self._strategy, allocation) for allocation in earning), Decimal(0))
        passed = Decimal(now - start) / self._strategy.payout_frequency
        return {
            "period_start": _moment(start),
            "period_end": _moment(end),
            "accumulated_reward": self._both(estimated * max(passed, Decimal(0))),
            "estimated_reward": self._both(estimated),
        }

    def _state(self, allocated: list[EarnAllocation]) -> dict[str, Any]:
        return {
            **self._both(_sum(allocated)),
            "allocation_count": len(allocated),
            "allocations": [
                {
                    "created_at": _moment(allocation.created),
                    **({} if allocation.expires is None else {"expires": _moment(allocation.expires)}),
                    **self._both(allocation.amount),
                }
                for allocation in allocated
            ],
        }

    def _both(self, amount: Decimal) -> dict[str, str]:
        native = f"{amount:.{UNLISTED_DECIMALS}f}" if self._asset is None else self._asset.text(amount)
        return {"native": native, "converted": f"{self.converted(amount):.4f}"}


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _strategy_entry(market: Market, strategy: EarnStrategy) -> dict[str, Any]:
    lock: dict[str, Any] = {"type": strategy.lock_type}
    if strategy.lock_type != "flex":
        lock["payout_frequency"] = strategy.payout_frequency
    if strategy.lock_type == "bonded":
        lock |= {
            "bonding_period": strategy.bonding_period,
            "bonding_period_variable": False,
            "bonding_rewards": False,
            "exit_queue_period": strategy.exit_queue_period,
            "unbonding_period": strategy.unbonding_period,
            "unbonding_period_variable": False,
            "unbonding_rewards": False,
        }
    entry: dict[str, Any] = {
        "id": strategy.id,
        "asset": strategy.name or asset_name(market, strategy.asset),
        "lock_type": lock,
        "apr_estimate": {"low": f"{strategy.apr:.4f}", "high": f"{strategy.apr:.4f}"},
        "allocation_fee": "0.0000",
        "deallocation_fee": "0.0000",
        "auto_compound": {"type": "enabled"},
        "yield_source": {"type": strategy.yield_source},
        "can_allocate": strategy.can_allocate,
        "can_deallocate": strategy.lock_type != "flex",
        "allocation_restriction_info": [] if strategy.can_allocate else ["tier"],
    }
    if strategy.minimum is not None:
        entry["user_min_allocation"] = f"{strategy.minimum:f}"
    if strategy.cap is not None:
        entry["user_cap"] = f"{strategy.cap:f}"
    return entry
