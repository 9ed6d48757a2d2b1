"""What came to an account, and what went, between each of its points and the one before: the ledger in sums.

Amounts are in the quote currency. What was paid in or out is rounded to its cents one by one, so that sums agree
with what a reader adds up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from .. import money
from ..kraken.ledger_types import Meaning
from .comparable import EARN
from .ledger_model import ValuedEntry
from .matching import Amounts, match
from .model import Point
from .returns import Flow
from .track import Track

_NOTHING = Decimal(0)
_CLOSE = timedelta(minutes=2)  # of a point: whether the check had seen the entry is told by amounts


@dataclass(slots=True)
class Interval:
    """Between two points.

    Attributes:
        index: of the later point.
        deposits, withdrawals: what was paid in and out, both positive.
        fees: what was paid for trading, for positions and for moving money, positive.
        rewards: what Kraken gave.
        unexplained: what is in the balances and not in the ledger, or is there without a known meaning.
        differences: the amounts of it that are in no entry, by asset.
        unknown_types: of entries that nobody knows the meaning of.
        flows: what was paid, for a return.
        own: those of them that another of the operator's accounts has sent or received, by the id of the entry.
        without_worth: the entries that were paid in or out, of which nobody knows what they were worth.
        not_counted: likewise, of assets that no total counts, since they have no price.
        fees_unknown, rewards_unknown: whether one of them has no known worth.
    """

    index: int
    deposits: Decimal = _NOTHING
    withdrawals: Decimal = _NOTHING
    fees: Decimal = _NOTHING
    rewards: Decimal = _NOTHING
    unexplained: Decimal = _NOTHING
    differences: Mapping[str, Decimal] = field(default_factory=dict)
    unknown_types: set[str] = field(default_factory=set)
    flows: list[Flow] = field(default_factory=list)
    own: dict[str, Flow] = field(default_factory=dict)
    without_worth: list[ValuedEntry] = field(default_factory=list)
    not_counted: list[ValuedEntry] = field(default_factory=list)
    fees_unknown: bool = False
    rewards_unknown: bool = False

    @property
    def is_doubtful(self) -> bool:
        """Whether there is anything in it that a figure does not tell, or that nobody can."""
        return bool(
            self.unexplained
            or self.unknown_types
            or self.without_worth
            or self.not_counted
            or self.fees_unknown
            or self.rewards_unknown
        )

    def pay(self, amount: Decimal, at: datetime) -> Flow:
        """Let so much come in; below zero, go out."""
        if amount > 0:
            self.deposits += amount
        else:
            self.withdrawals -= amount
        flow = Flow(at, amount)
        self.flows.append(flow)
        return flow


def intervals(track: Track, quote: str, boundaries: Iterable[int]) -> dict[int, Interval]:
    """Those in which anything happened, by the index of the later point, in order.

    Args:
        boundaries: the indices of the points that figures begin or end with: those are held against the ledger,
            beside those which may or may not have seen a flow.
    """
    entries = [valued.entry for valued in track.entries]
    moving = [entry.at for entry in entries if entry.meaning in (Meaning.FLOW, Meaning.INTERNAL)]
    keys = {0, len(track.points) - 1, *boundaries, *_close_to(track.points, moving)}
    matched = match(track.points, entries, track.look, keys)
    found: dict[int, Interval] = {}
    for index in range(1, len(track.points)):
        before, until = matched.seen[index - 1 : index + 1]
        difference = matched.differences.get(index)
        if before < until or difference is not None:
            found[index] = Interval(index)
            booking = _Booking(track, quote, found[index])
            booking.book(track.entries[before:until])
            booking.add_differences({} if difference is None else difference.amounts)
    return found


def _close_to(points: Sequence[Point], moments: Iterable[datetime]) -> Iterable[int]:
    """The points that lie close to one of the moments; both are in order."""
    at = 0
    for moment in moments:
        while at < len(points) and points[at].at < moment - _CLOSE:
            at += 1
        nearby = at
        while nearby < len(points) and points[nearby].at <= moment + _CLOSE:
            yield nearby
            nearby += 1


class _Booking:
    """Puts entries into a interval."""

    def __init__(self, track: Track, quote: str, interval: Interval) -> None:
        self._track = track
        self._quote = quote
        self._interval = interval

    def book(self, entries: Iterable[ValuedEntry]) -> None:
        moved: dict[str, list[ValuedEntry]] = {}
        for valued in entries:
            entry = valued.entry
            if entry.fee and entry.meaning is not Meaning.FEE_CREDITS:
                self._add_fee(valued.fee_value)
            match entry.meaning:
                case Meaning.FLOW:
                    self._pay(valued)
                case Meaning.REWARD:
                    self._add_reward(valued.value)
                case Meaning.ROLLOVER if entry.amount:
                    self._add_fee(None if valued.value is None else -valued.value)
                case Meaning.UNKNOWN:
                    self._interval.unknown_types.add(f"{entry.type} {entry.subtype}".strip())
                    self._add_unexplained(valued)
                case Meaning.INTERNAL if EARN not in self._track.covers:
                    moved.setdefault(entry.asset, []).append(valued)
        for of_asset in moved.values():
            self._move(of_asset)

    def add_differences(self, amounts: Amounts) -> None:
        """What no entry explains, at the price of the later point, else of the earlier."""
        self._interval.differences = amounts
        for asset, amount in amounts.items():
            price = self._price(asset)
            if price is not None:
                worth = money.rounded(money.EXACT.multiply(amount, price), self._quote)
                self._interval.unexplained += worth

    def _price(self, asset: str) -> Decimal | None:
        if asset == self._quote:
            return Decimal(1)
        index, points, look = self._interval.index, self._track.points, self._track.look
        price = look.price(asset, points[index])
        return look.price(asset, points[index - 1]) if price is None else price

    def _pay(self, valued: ValuedEntry) -> None:
        worth = self._worth(valued)
        if worth is not None:
            flow = self._interval.pay(worth, valued.entry.at)
            if valued.entry.id in self._track.own:
                self._interval.own[valued.entry.id] = flow

    def _move(self, entries: Sequence[ValuedEntry]) -> None:
        """What came from Earn, or went there, of one asset, where the total does not count Earn."""
        amount = money.total(valued.entry.amount for valued in entries)
        if not amount:
            return
        last = next(valued for valued in reversed(entries) if valued.entry.amount)
        worth = self._worth(last)
        if worth is not None and last.value is not None and last.price is not None:
            worth = money.rounded(money.EXACT.multiply(amount, last.price.price), self._quote)
            self._interval.pay(worth, last.entry.at)

    def _add_unexplained(self, valued: ValuedEntry) -> None:
        worth = self._worth(valued)
        if worth is not None:
            self._interval.unexplained += worth

    def _worth(self, valued: ValuedEntry) -> Decimal | None:
        """In cents; None where it is not known, which is noted."""
        if valued.value is not None:
            return money.rounded(valued.value, self._quote)
        is_counted = self._price(valued.entry.asset) is not None
        (self._interval.without_worth if is_counted else self._interval.not_counted).append(valued)
        return None

    def _add_fee(self, worth: Decimal | None) -> None:
        if worth is None:
            self._interval.fees_unknown = True
        else:
            self._interval.fees += worth

    def _add_reward(self, worth: Decimal | None) -> None:
        if worth is None:
            self._interval.rewards_unknown = True
        else:
            self._interval.rewards += worth
