"""Holds the balances that checks found against the ledger: which entries a check had seen, and what none explains.

Between two checks the amount of each asset should have changed by what the ledger's entries come to. Where it has
not, the difference belongs to the two checks between which it came, as near as there are checks, and is spread
over no others.

A check takes a while, and its time is that of its end: an entry of the last minute before may have come after
Kraken was asked. Which ones it had seen is told by the amounts: those after which all of them are as they should.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from .. import money
from ..kraken.ledger_types import Meaning
from .ledger_model import Entry
from .model import Point
from .track import Look

_APART = timedelta(seconds=5)  # by how much a clock may be behind Kraken's and nobody minds
_MOST_TRIED = 50  # places among the entries of that minute
_NOTHING = Decimal(0)

UNDER_WAY = timedelta(seconds=60)
"""As long as a check takes, unless it is told to take longer."""

Amounts = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Difference:
    """What came, below zero went, between two points, and is in no entry.

    Attributes:
        index: of the later point.
        amounts: by asset, none of them zero.
    """

    index: int
    amounts: Amounts


@dataclass(frozen=True, slots=True)
class Matched:
    """What came of it.

    Attributes:
        seen: for each point, how many of the entries it had seen.
        differences: by the index of the later point.
    """

    seen: Sequence[int]
    differences: Mapping[int, Difference]


def match(points: Sequence[Point], entries: Sequence[Entry], look: Look, keys: Iterable[int]) -> Matched:
    """Hold the points with these indices against the ledger, and where it does not explain them, those between.

    Args:
        points: the earliest first.
        entries: likewise; all that were made since the first point, and those of the minute before.
    """
    matcher = _Matcher(points, entries, look)
    first, *others = sorted({*keys})
    for key in others:
        if matcher.settle(first, key):
            first = key
    return matcher.matched()


class _Matcher:
    def __init__(self, points: Sequence[Point], entries: Sequence[Entry], look: Look) -> None:
        self._points = points
        self._look = look
        self._times = [entry.at for entry in entries]
        self._seen = [bisect_right(self._times, point.at) for point in points]
        self._settled: set[int] = set()
        self._differences: dict[int, Difference] = {}
        self._amounts: dict[int, Amounts | None] = {}
        # For each asset, the places of its entries and what they come to until there.
        self._places: dict[str, list[int]] = {}
        self._sums: dict[str, list[Decimal]] = {}
        for place, entry in enumerate(entries):
            if entry.meaning is Meaning.FEE_CREDITS:
                continue  # no money, and in no balance of the history
            sums = self._sums.setdefault(entry.asset, [_NOTHING])
            sums.append(money.EXACT.add(sums[-1], money.EXACT.subtract(entry.amount, entry.fee)))
            self._places.setdefault(entry.asset, []).append(place)

    def matched(self) -> Matched:
        seen = self._seen
        for index in range(1, len(seen)):
            seen[index] = max(seen[index], seen[index - 1])
        return Matched(tuple(seen), dict(self._differences))

    def settle(self, first: int, last: int) -> bool:
        """Hold one point against an earlier one; False if it cannot be, since its amounts are not known."""
        before, after = self._held(first), self._held(last)
        if before is None or after is None:
            return before is None  # then the next one begins anew
        # Fewest differences first; that there is none ends the search.
        best: tuple[int, int, int, Amounts] | None = None
        for seen_first in self._candidates(first):
            for seen_last in self._candidates(last):
                if seen_last < seen_first:
                    continue
                amounts = self._unexplained(before, after, seen_first, seen_last)
                if best is None or len(amounts) < best[0]:
                    best = (len(amounts), seen_first, seen_last, amounts)
                if not amounts:
                    break
            if best is not None and not best[0]:
                break
        middle = next((at for at in _middle_out(first, last) if self._held(at) is not None), None)
        if best is None:
            return False
        if best[0] and middle is not None:
            return self.settle(first, middle) and self.settle(middle, last)
        _, self._seen[first], self._seen[last], amounts = best
        self._settled |= {first, last}
        if amounts:
            self._differences[last] = Difference(last, amounts)
        return True

    def _held(self, index: int) -> Amounts | None:
        if index not in self._amounts:
            self._amounts[index] = self._look.amounts(self._points[index])
        return self._amounts[index]

    def _candidates(self, index: int) -> Iterator[int]:
        """How many entries a point may have seen, the likeliest first."""
        if index in self._settled:
            yield self._seen[index]
            return
        at, likeliest = self._points[index].at, self._seen[index]
        least = bisect_right(self._times, at - UNDER_WAY)
        most = bisect_right(self._times, at + _APART)
        yield from sorted(range(least, most + 1), key=lambda seen: abs(seen - likeliest))[:_MOST_TRIED]

    def _unexplained(self, before: Amounts, after: Amounts, seen_before: int, seen_after: int) -> Amounts:
        found = {}
        for asset in {*before, *after, *self._places}:
            changed = money.EXACT.subtract(after.get(asset, _NOTHING), before.get(asset, _NOTHING))
            booked = money.EXACT.subtract(self._booked(asset, seen_after), self._booked(asset, seen_before))
            if changed != booked:
                found[asset] = money.EXACT.subtract(changed, booked)
        return found

    def _booked(self, asset: str, seen: int) -> Decimal:
        """What the first so many entries come to, of one asset."""
        places = self._places.get(asset)
        return _NOTHING if places is None else self._sums[asset][bisect_right(places, seen - 1)]


def _middle_out(first: int, last: int) -> Iterator[int]:
    """The numbers between two, from the middle on."""
    yield from sorted(range(first + 1, last), key=lambda at: abs(2 * at - first - last))
