"""Which money in Earn the balances have already, and which is to be added: none counted twice, none lost.

Balances (BalanceEx) and Earn/Allocations tell of the same money in part, and no field that Kraken documents says
of which. For each asset, all its codes together:

- Flex allocations are Kraken Rewards, "earning on your spot balances" (list-earn-strategies): they are in the
  plain code, or under `.F` until that was deprecated (changelog of 2025-11-13). Nothing is added.
- Any other allocation is under the codes that are Earn's own (`.B`, `.S`, `.M`, `.P`, ETH2; get-extended-balance),
  or under `.F`, or in no balance at all, as with vaults (https://github.com/vanities/docvault, commit 8bbcd20).
  What these allocations exceed those codes is in no balance, and is added; what is under the plain code is other
  money.
- Where the kind of a strategy is not known, it may be flex: only what the allocations exceed all codes of the
  asset is added for sure. The rest may be in the balances or not, and is in doubt.
- What is under `.F` may be flex or not, so as much of it as there are flex allocations may hide others: in doubt
  too. So is what is just being moved (`pending`), which may be on either side, or on none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from .. import money
from .assets import Assets, Form, form_of
from .earn import Allocation, EarnPart, EarnState, LockType
from .valuation import Balance

_NOTHING = Decimal(0)


class CountedIn(StrEnum):
    """Where an amount in Earn is counted."""

    SPOT = "spot"
    """In the balances, which are counted as they are."""
    EARN = "earn"
    """In no balance, so that it is added."""


@dataclass(frozen=True, slots=True)
class EarnEntry:
    """An amount in Earn.

    Attributes:
        asset: the common ticker, or Kraken's code where Kraken lists no such asset.
        amount: in units of the asset.
        state: None if unknown.
        until: when the state ends (UTC); None without an end, or if unknown.
        counted_in: None where nobody knows whether it is counted.
    """

    asset: str
    amount: Decimal
    state: EarnState | None
    until: datetime | None
    counted_in: CountedIn | None

    @property
    def has_end(self) -> bool:
        """Whether its state ends by itself: what is simply allocated, or on its way, has no date."""
        return self.state not in (EarnState.ALLOCATED, EarnState.PENDING)


@dataclass(frozen=True, slots=True)
class EarnCount:
    """What an account has in Earn, and what of that is in no balance.

    Attributes:
        entries: all of it, by asset.
        added: what is in no balance, in units of the asset, by a code of it.
        unknown_strategies: the ids of those that may be flex or not, so that something is in doubt.
    """

    entries: tuple[EarnEntry, ...]
    added: Mapping[str, Decimal]
    unknown_strategies: tuple[str, ...]


@dataclass(slots=True)
class _InOneAsset:
    """What there is of one asset, in its units.

    Attributes:
        code: its plain one, or what Earn calls it where Kraken lists no such asset.
        is_known: whether it is certain which balances are of it too.
        balances: what they have, by the form of their codes.
    """

    name: str
    code: str
    is_known: bool
    flex: list[Allocation] = field(default_factory=list)
    locked: list[Allocation] = field(default_factory=list)
    unknown: list[Allocation] = field(default_factory=list)
    balances: dict[Form, Decimal] = field(default_factory=lambda: dict.fromkeys(Form, _NOTHING))


def count_earn(
    allocations: Iterable[Allocation],
    kinds: Mapping[str, LockType | None],
    balances: Mapping[str, Balance],
    assets: Assets,
) -> EarnCount:
    """What of the allocations is in the balances, and what is not.

    Args:
        kinds: of the strategies, by id; what is not there, or None, is not known.
        balances: of the same account, by code.
    """
    each = _by_asset(allocations, kinds, balances, assets)
    entries: list[EarnEntry] = []
    added: dict[str, Decimal] = {}
    unknown: list[str] = []
    for one in sorted(each, key=lambda one: one.name):
        shares = _shares(one)
        entries += _entries(one, shares)
        if shares.added:
            added[one.code] = shares.added
        if shares.unknown_in_doubt:
            unknown += [allocation.strategy_id for allocation in one.unknown]
    return EarnCount(tuple(entries), added, tuple(unknown))


def _by_asset(
    allocations: Iterable[Allocation],
    kinds: Mapping[str, LockType | None],
    balances: Mapping[str, Balance],
    assets: Assets,
) -> list[_InOneAsset]:
    found: dict[str, _InOneAsset] = {}
    for allocation in sorted(allocations, key=lambda one: one.strategy_id):
        asset = assets.meant_by(allocation.code)  # ETH, XETH, ETH2 or BTC, all of which have been seen
        key, name = (asset.code, asset.name) if asset else (allocation.code, allocation.code)
        one = found.setdefault(key, _InOneAsset(name, key, asset is not None or assets.whole))
        kind = kinds.get(allocation.strategy_id)
        (one.unknown if kind is None else one.flex if kind is LockType.FLEX else one.locked).append(allocation)
    for code, balance in balances.items():
        asset = assets.resolve(code)
        of = found.get(asset.code if asset else code)
        if of is not None:
            there = max(balance.there, _NOTHING)
            of.balances[form_of(code)] = money.EXACT.add(of.balances[form_of(code)], there)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Shares:
    """How much of what is allocated of one asset is added, and how much is in doubt.

    Attributes:
        locked_added, locked_in_doubt: of strategies that are not flex for sure.
        unknown_added, unknown_in_doubt: of strategies that may be.
    """

    locked_added: Decimal
    locked_in_doubt: Decimal
    unknown_added: Decimal
    unknown_in_doubt: Decimal

    @property
    def added(self) -> Decimal:
        return money.EXACT.add(self.locked_added, self.unknown_added)


def _shares(one: _InOneAsset) -> _Shares:
    """By the rules at the top; where nobody knows which balances are of the same asset, all of it is in doubt."""
    subtract, add = money.EXACT.subtract, money.EXACT.add
    flex, locked, unknown = map(_total, (one.flex, one.locked, one.unknown))
    if not one.is_known:
        return _Shares(_NOTHING, locked, _NOTHING, unknown)
    rewards, own = one.balances[Form.REWARDS], one.balances[Form.EARN]
    suffixed = add(own, rewards)
    every = add(suffixed, one.balances[Form.PLAIN])
    not_flex = add(locked, unknown)
    locked_added = max(_NOTHING, subtract(locked, suffixed))
    added = max(locked_added, subtract(not_flex, every))
    at_most = max(added, subtract(not_flex, subtract(suffixed, min(flex, rewards))))
    in_doubt, unknown_added = subtract(at_most, added), subtract(added, locked_added)
    unknown_in_doubt = min(in_doubt, subtract(unknown, unknown_added))
    return _Shares(locked_added, subtract(in_doubt, unknown_in_doubt), unknown_added, unknown_in_doubt)


def _total(allocations: Iterable[Allocation]) -> Decimal:
    return money.total(allocation.total for allocation in allocations)


def _entries(one: _InOneAsset, shares: _Shares) -> Iterator[EarnEntry]:
    """The parts of all allocations of one asset; which of several is in no balance, Kraken does not tell."""
    groups = (
        (one.flex, _NOTHING, _NOTHING),
        (one.locked, shares.locked_in_doubt, shares.locked_added),
        (one.unknown, shares.unknown_in_doubt, shares.unknown_added),
    )
    for allocations, in_doubt, added in groups:
        parts = [part for allocation in allocations for part in allocation.parts]
        in_spot = money.EXACT.subtract(_total(allocations), money.EXACT.add(in_doubt, added))
        for where, part in _shared_out(parts, (in_spot, in_doubt, added)):
            yield EarnEntry(one.name, part.amount, part.state, part.until, where)
        for allocation in allocations:
            if allocation.pending:
                yield EarnEntry(one.name, allocation.pending, EarnState.PENDING, None, None)


_PLACES = (CountedIn.SPOT, None, CountedIn.EARN)


def _shared_out(
    parts: Iterable[EarnPart], amounts: Sequence[Decimal]
) -> Iterator[tuple[CountedIn | None, EarnPart]]:
    """The parts in order, so much of them in each of the places; one may be in several."""
    left = dict(zip(_PLACES, amounts, strict=True))
    for part in parts:
        rest = part.amount
        for place in _PLACES:
            share = min(rest, left[place])
            if share > 0:
                left[place], rest = money.EXACT.subtract(left[place], share), money.EXACT.subtract(rest, share)
                yield place, EarnPart(share, part.state, part.until)


def in_doubt(entries: Iterable[EarnEntry]) -> Mapping[str, Decimal]:
    """How much more there may be than is counted, by asset."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for entry in entries:
        if entry.counted_in is None:
            found[entry.asset] = money.EXACT.add(found[entry.asset], entry.amount)
    return found
