"""Earn as Kraken tells it: what an account has allocated, in which state, and of what kind the strategies are.

Sources: https://docs.kraken.com/api-reference/earn/list-earn-allocations,
https://docs.kraken.com/api-reference/earn/list-earn-strategies and https://docs.kraken.com/exchange/guides/rest/earn
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from .. import money
from . import wire
from .errors import UnexpectedAnswer

MOST_PAGES = 5
"""So many pages of one list are asked for: each costs a point of the key's counter, of which there are 15."""

_LONGEST_CODE = 40  # characters; Kraken's longest have about 10


class LockType(StrEnum):
    """What a strategy does with the money, in Kraken's words (`lock_type` of Earn/Strategies)."""

    FLEX = "flex"
    """Kraken Rewards: earns on what is in the spot wallet, and stays there."""
    INSTANT = "instant"
    TIMED = "timed"
    BONDED = "bonded"


class EarnState(StrEnum):
    """What becomes of an amount in Earn, in Kraken's words; pending is what is just being moved."""

    ALLOCATED = "allocated"
    BONDING = "bonding"
    EXIT_QUEUE = "exit_queue"
    UNBONDING = "unbonding"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class EarnPart:
    """A part of an allocation that is in one state.

    Attributes:
        amount: in units of the asset.
        state: None if unknown.
        until: when the state ends (UTC); None without an end, or if Kraken does not say.
    """

    amount: Decimal
    state: EarnState | None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Allocation:
    """What one account has in one strategy.

    Attributes:
        code: Kraken's name of the asset.
        parts: what `total` is made of.
        total: in units of the asset.
        pending: how much is just being moved to the strategy, or away from it: never negative.
    """

    strategy_id: str
    code: str
    parts: tuple[EarnPart, ...]
    total: Decimal
    pending: Decimal = Decimal(0)


def parse_allocations(pages: Iterable[Any]) -> tuple[Allocation, ...]:
    """The pages of Earn/Allocations; what an account has had in a strategy once, and not now, is left out.

    Raises:
        UnexpectedAnswer: one has not the documented shape, or an amount that nobody can have.
    """
    found: dict[str, Allocation] = {}
    for item in _items(pages, "Earn/Allocations"):
        allocation = _allocation(wire.mapping(item, "an Earn allocation"))
        if allocation.strategy_id in found:
            raise UnexpectedAnswer(f"Kraken sent two Earn allocations to {allocation.strategy_id}")
        found[allocation.strategy_id] = allocation
    return tuple(one for one in found.values() if one.total or one.pending)


def parse_strategies(pages: Iterable[Any]) -> dict[str, LockType | None]:
    """The pages of Earn/Strategies: of what kind each is, by its id; None for a kind that is not known here.

    Raises:
        UnexpectedAnswer: one has not the documented shape.
    """
    kinds: dict[str, LockType | None] = {}
    for item in _items(pages, "Earn/Strategies"):
        fields = wire.mapping(item, "an Earn strategy")
        lock = fields.get("lock_type")
        kinds[wire.label(fields.get("id"), "the id of an Earn strategy")] = lock_type(
            lock.get("type") if isinstance(lock, Mapping) else lock
        )
    return kinds


def lock_type(word: Any) -> LockType | None:
    """The kind that is called so; None where that says nothing to this version."""
    return LockType(word) if word in LockType.__members__.values() else None


def _items(pages: Iterable[Any], what: str) -> Iterator[Any]:
    """What is on all pages. A new account may get no result at all: that is nothing, not an error."""
    for page in pages:
        if page is not None:
            yield from wire.several(wire.mapping(page, what).get("items"), f"the items of {what}")


def _allocation(fields: Mapping[str, Any]) -> Allocation:
    strategy = wire.label(fields.get("strategy_id"), "the strategy of an Earn allocation")
    code = wire.text(fields.get("native_asset"), "the asset of an Earn allocation")
    if len(code) > _LONGEST_CODE:
        raise UnexpectedAnswer(f"Kraken sent an Earn allocation of {wire.shown(code)}, which is no code")
    amounts = wire.mapping(fields.get("amount_allocated"), wire.Named("the Earn allocation to", strategy))
    total = _native(amounts.get("total"), code)
    pending = amounts.get("pending")
    return Allocation(
        strategy,
        code,
        tuple(_parts(amounts, total, code)),
        total,
        Decimal(0) if pending is None else _native(pending, code, signed=True).copy_abs(),
    )


def _parts(amounts: Mapping[str, Any], total: Decimal, code: str) -> Iterator[EarnPart]:
    """The states that Kraken names; what of the total is in none of them is simply allocated.

    Source: "Any funds in `total` not in `bonding`/`unbonding` are simply allocated" (list-earn-allocations). What
    is in a state that this version does not know is in an unknown one; where the states come to more than the
    total, nobody knows what is in which.
    """
    named: list[EarnPart] = []
    for state in (EarnState.BONDING, EarnState.EXIT_QUEUE, EarnState.UNBONDING):
        if amounts.get(state) is not None:
            named += _dated(wire.mapping(amounts[state], f"{state} of {code} in Earn"), state, code)
    for name, fields in amounts.items():
        is_state = isinstance(fields, Mapping) and "native" in fields and name != "total"
        if is_state and name not in EarnState.__members__.values() and (amount := _native(fields, code)):
            named.append(EarnPart(amount, None))
    rest = money.EXACT.subtract(total, money.total(part.amount for part in named))
    if rest < 0:
        yield EarnPart(total, None)
        return
    if rest:
        yield EarnPart(rest, EarnState.ALLOCATED)
    yield from named


def _dated(fields: Mapping[str, Any], state: EarnState, code: str) -> Iterator[EarnPart]:
    """What is in one state, by the date until which it is."""
    amount = _native(fields, code)
    listed = fields.get("allocations")
    several = [] if listed is None else wire.several(listed, f"what is {state} of {code} in Earn")
    dated = [(_native(one, code), _moment(one.get("expires"))) for one in several if isinstance(one, Mapping)]
    rest = money.EXACT.subtract(amount, money.total(part for part, _ in dated))
    if rest < 0 or len(dated) < len(several):
        dated, rest = [], amount
    yield from (EarnPart(part, state, until) for part, until in dated if part)
    if rest:
        yield EarnPart(rest, state)


def _native(fields: Any, code: str, *, signed: bool = False) -> Decimal:
    """The amount in units of the asset."""
    amount = wire.amount(
        wire.mapping(fields, f"an amount of {code} in Earn").get("native"), f"an amount of {code} in Earn"
    )
    if amount < 0 and not signed:
        raise UnexpectedAnswer(f"an amount of {code} in Earn cannot be negative: Kraken sent {wire.shown(amount)}")
    return amount


def _moment(value: Any) -> datetime | None:
    """A time in UTC from ISO 8601; None where that is none. Source: `expires`, "2023-08-19T02:34:05.807Z"."""
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.astimezone(UTC) if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None
    return moment if moment.year >= wire.FIRST_YEAR else None
