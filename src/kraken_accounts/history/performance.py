"""What an account has made between two times, and all accounts together.

    start + deposits - withdrawals + gain + unexplained = end

to the cent, of each account and in all. Gained is what the prices of the holdings, trades, fees and rewards have
brought. What is in the balances but not in the ledger is no gain and no loss: it is unexplained, and so is what
the ledger has under a type without a known meaning.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate

from .. import money
from ..spans import Span
from .intervals import Interval, intervals
from .matching import UNDER_WAY
from .returns import Valuation, chained, growth
from .track import Track, total_of

_NEAR = timedelta(days=1)

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Performance:
    """Of a span, in the quote currency; None is unknown.

    Attributes:
        span: what was asked for (UTC).
        began, ended: the times of the points that it is between; None if there are no two points.
        start, end: the totals at these.
        deposits, withdrawals: what was paid in and out, both positive.
        fees: what was paid, positive; of the gain.
        rewards: what Kraken gave; of the gain.
        unexplained: what the ledger does not tell.
        rate: the time-weighted return; 0.05 is five percent.
        complete: whether that is of the whole span, and of all that was there.
    """

    span: Span
    began: datetime | None = None
    ended: datetime | None = None
    start: Decimal | None = None
    deposits: Decimal | None = None
    withdrawals: Decimal | None = None
    fees: Decimal | None = None
    rewards: Decimal | None = None
    gain: Decimal | None = None
    end: Decimal | None = None
    unexplained: Decimal | None = None
    rate: Decimal | None = None
    complete: bool = False


def is_near(point: datetime, moment: datetime) -> bool:
    """Whether a point tells what was there at a time: it is no later, and less than a day before that."""
    return timedelta() <= moment - point < _NEAR


class AccountBooks:
    """The points of one account with its ledger in sums, and what comes of it in any span between them.

    Args:
        track: see there.
        quote: the currency of all totals.
        boundaries: the times at which figures begin or end.
    """

    def __init__(self, track: Track, quote: str, boundaries: Iterable[datetime]) -> None:
        self.track = track
        self.quote = quote
        self._times = [point.at for point in track.points]
        self.worths = [Valuation(point.at, total_of(point)) for point in track.points]
        within = {index for at in boundaries for index in self._ends_near(at) if 0 <= index < len(self._times)}
        self.intervals: Mapping[int, Interval] = intervals(track, quote, within) if track.points else {}
        self._busy = list(self.intervals)
        # Sums from the first point on, so that what is rounded of two spans adds up to what is of both.
        self._fees = list(accumulate((interval.fees for interval in self.intervals.values()), initial=_NOTHING))
        self._rewards = list(
            accumulate((interval.rewards for interval in self.intervals.values()), initial=_NOTHING)
        )

    def ends_of(self, span: Span) -> tuple[int, int] | None:
        """The points that figures of a span are between: those at its ends, or else the first and last within.

        None if these are no two.
        """
        first, last = self._until(span.start), self._until(span.end)
        if first < 0 or not is_near(self._times[first], span.start):
            first += 1
        return (first, last) if first < last else None

    def last_of(self, span: Span) -> int | None:
        """The last point within a span, or the one at its beginning; None if there is neither."""
        last = self._until(span.end)
        is_of_span = last >= 0 and (self._times[last] > span.start or is_near(self._times[last], span.start))
        return last if is_of_span else None

    def performance(self, span: Span) -> Performance:
        """Between two times."""
        ends = self.ends_of(span)
        if ends is None:
            last = self.last_of(span)
            return Performance(span, end=None if last is None else self.worths[last].amount)
        first, last = ends
        start, end = self.worths[first], self.worths[last]
        bare = Performance(span, start.at, end.at, start.amount, end=end.amount)
        if not self.is_known(first, last):
            return bare
        within = self.between(first, last)
        deposits = self._sum(interval.deposits for interval in within)
        withdrawals = self._sum(interval.withdrawals for interval in within)
        unexplained = self._sum(interval.unexplained for interval in within)
        return Performance(
            span,
            start.at,
            end.at,
            start.amount,
            deposits,
            withdrawals,
            None if any(one.fees_unknown for one in within) else self._booked(self._fees, first, last),
            None
            if any(interval.rewards_unknown for interval in within)
            else self._booked(self._rewards, first, last),
            end.amount - start.amount - deposits + withdrawals - unexplained,
            end.amount,
            unexplained,
            self.rate(first, last),
            self.is_whole(span, first, last),
        )

    def between(self, first: int, last: int) -> list[Interval]:
        """What happened between two points."""
        busy = self._busy[bisect_right(self._busy, first) : bisect_right(self._busy, last)]
        return [self.intervals[index] for index in busy]

    def is_known(self, first: int, last: int) -> bool:
        """Whether the ledger is, between two points, with what each flow was worth."""
        known = self.track.known
        # The check of the last point asked for the ledger after the balances, and its time is that of its end.
        if known is None or not known.covers(self._times[first], self._times[last] - UNDER_WAY):
            return False
        return not any(interval.without_worth for interval in self.between(first, last))

    def is_whole(self, span: Span, first: int, last: int) -> bool:
        """Whether what is between two points is all of a span, and all that was there."""
        points, within = self.track.points, self.between(first, last)
        reaches = is_near(points[first].at, span.start) and is_near(points[last].at, span.end)
        counted = points[first].figures.complete and points[last].figures.complete
        return reaches and counted and not any(interval.is_doubtful for interval in within)

    def rate(self, first: int, last: int) -> Decimal | None:
        """The time-weighted return between two points."""
        return chained(self._rates(first, last))

    def _rates(self, first: int, last: int) -> Iterator[Decimal | None]:
        since = first
        for interval in self.between(first, last):
            if not (interval.flows or interval.unexplained):
                continue  # without a flow, the rates of several intervals are that of all
            before = interval.index - 1
            if since < before:
                yield growth(self.worths[since], self.worths[before], ()).rate
            yield growth(
                self.worths[before], self.worths[interval.index], interval.flows, interval.unexplained
            ).rate
            since = interval.index
        if since < last:
            yield growth(self.worths[since], self.worths[last], ()).rate

    def _sum(self, amounts: Iterable[Decimal]) -> Decimal:
        return money.rounded(money.total(amounts), self.quote)

    def _booked(self, sums: Sequence[Decimal], first: int, last: int) -> Decimal:
        before, until = (sums[bisect_right(self._busy, index)] for index in (first, last))
        return money.rounded(until, self.quote) - money.rounded(before, self.quote)

    def _ends_near(self, moment: datetime) -> Iterator[int]:
        """The points that figures which begin or end at a time may begin or end with."""
        index = self._until(moment)
        yield index
        if index < 0 or not is_near(self._times[index], moment):
            yield index + 1

    def _until(self, moment: datetime) -> int:
        """The last point at a time or before; -1 if there is none."""
        return bisect_right(self._times, moment) - 1
