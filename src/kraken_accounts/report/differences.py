"""What is different from earlier: since a run or a time, and since the day and the month began."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Change:
    """What is different from an earlier run, or from how it was at an earlier time.

    Attributes:
        first: nothing is known of that run, or of that time.
        previous_status: of the account then; None at first, and for sums.
        previous_total: the last whole total before this run, or until that time, in the quote currency; None if
            there was none.
        since: when that total was (UTC); None without one, and for sums.
        amount: the difference between the totals; None unless both are whole.
        percent: the same in percent of the earlier total; None where that is unknown or zero.
        asked: the time that was asked for (UTC); None where that was the previous run.
        far: whether that total is much older than the time that was asked for.
        deposits, withdrawals: what of the difference was paid in and out, both positive; None where that is
            unknown, or nobody asked.
    """

    first: bool
    previous_status: str | None = None
    previous_total: Decimal | None = None
    since: datetime | None = None
    amount: Decimal | None = None
    percent: Decimal | None = None
    asked: datetime | None = None
    far: bool = False
    deposits: Decimal | None = None
    withdrawals: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RunningGain:
    """What has come of a day or a month that is not over yet, in the quote currency; None is unknown.

    Attributes:
        since: when the total was that it is counted from (UTC): the last one before the period began, less than a
            day, or else the first one in it.
        deposits, withdrawals: what was paid in and out, both positive.
        gain: what prices, trades, fees and rewards have come to.
        complete: whether that is of the whole period until now, and of all that was there.
    """

    since: datetime | None = None
    deposits: Decimal | None = None
    withdrawals: Decimal | None = None
    gain: Decimal | None = None
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Gains:
    """Of the day and the month in which a run is; both began at midnight in UTC."""

    day: RunningGain = RunningGain()
    month: RunningGain = RunningGain()
