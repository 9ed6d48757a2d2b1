"""The rate at which an account has grown, whatever was paid in or out meanwhile: its time-weighted return.

Between two points, what was gained is divided by what was there on average, each flow weighed by how much of the
time it was there: the method that is called modified Dietz,

    R = (V1 - V0 - F) / (V0 + W)        F = sum of f,  W = sum of f * (t1 - t) / (t1 - t0)

where V0 and V1 are worth at the times t0 and t1, and f came in at the time t, below zero if it went out. What the
ledger does not explain is no gain: it is taken from the numerator. The rates between one point and the next are
chained, (1 + R) * (1 + R') * … - 1, so that the size of a flow weighs no rate but that of the time around it.

Where nothing was there before the first flow, or is there after the last, time counts from or to that flow: a flow
would be weighed by time in which there was nothing. Where what was there on average is not above zero, no rate is
known.

Sources: P. O. Dietz, Pension Funds: Measuring Investment Performance (1966);
https://en.wikipedia.org/wiki/Modified_Dietz_method, also for holding periods that are adjusted;
https://en.wikipedia.org/wiki/Time-weighted_return
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Context, Decimal

PRECISE = Context(prec=34)
"""For rates, which have no last digit."""

_NEXT_TO_NOTHING = Decimal(
    "0.01"
)  # of the largest flow; what is less does not make an account one with money in it
_MICROSECOND = timedelta(microseconds=1)
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Valuation:
    """What an account was worth at one time (UTC), in the quote currency."""

    at: datetime
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Flow:
    """What came in at one time (UTC), in the quote currency; below zero, it went out."""

    at: datetime
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Growth:
    """What is needed for the rate between two points; those of several accounts add up.

    Attributes:
        gained: in the quote currency.
        capital: what was there on average.
    """

    gained: Decimal
    capital: Decimal

    @property
    def rate(self) -> Decimal | None:
        """0.05 is five percent; None where none can be told."""
        if self.capital > 0:
            return PRECISE.divide(self.gained, self.capital)
        return _NOTHING if not self.gained and not self.capital else None


def growth(start: Valuation, end: Valuation, flows: Sequence[Flow], unexplained: Decimal = _NOTHING) -> Growth:
    """Of the time between two points.

    Args:
        flows: those between them, the earliest first.
        unexplained: how much of the difference between the two is neither a flow nor gained.
    """
    paid = sum((flow.amount for flow in flows), _NOTHING)
    began, ended = _holding_period(start, end, flows)
    length = Decimal((ended - began) // _MICROSECOND)
    capital = start.amount
    for flow in flows:
        # A little outside: a flow may have been seen by the check that was under way.
        left = min(max(Decimal((ended - flow.at) // _MICROSECOND), _NOTHING), length)
        weight = PRECISE.divide(left, length) if length else _NOTHING
        capital = PRECISE.add(capital, PRECISE.multiply(flow.amount, weight))
    return Growth(end.amount - start.amount - paid - unexplained, capital)


def chained(rates: Iterable[Decimal | None]) -> Decimal | None:
    """The rate over all of the times, one after the other; None where one of them is unknown."""
    grown = Decimal(1)
    for rate in rates:
        if rate is None:
            return None
        grown = PRECISE.multiply(grown, PRECISE.add(Decimal(1), rate))
    return PRECISE.subtract(grown, Decimal(1))


def _holding_period(start: Valuation, end: Valuation, flows: Sequence[Flow]) -> tuple[datetime, datetime]:
    """From when to when there was something that could grow."""
    began, ended = start.at, end.at
    if flows:
        least = _NEXT_TO_NOTHING * max(abs(flow.amount) for flow in flows)
        if abs(start.amount) < least and flows[0].amount > 0:
            began = min(max(flows[0].at, start.at), end.at)
        if abs(end.amount) < least and flows[-1].amount < 0:
            ended = max(min(flows[-1].at, end.at), began)
    return began, ended
