"""Days, weeks and months of a span: each begins at midnight in UTC, weeks on Monday."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from enum import StrEnum

from ..spans import Span


class By(StrEnum):
    """How long a period is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_MOST_DAYS = timedelta(days=35)  # of which a list or a chart is still easy to read
_MOST_WEEKS = timedelta(weeks=27)


def periods(span: Span, by: By) -> list[Span]:
    """The periods that a span has a part of; the first begins, and the last ends, with the span."""
    starts = [span.start, *_starts(span, by)]
    return [Span(start, end) for start, end in zip(starts, [*starts[1:], span.end], strict=True)]


def suitable(span: Span) -> By:
    """Days for a month, weeks for half a year, months for more."""
    length = span.end - span.start
    if length <= _MOST_DAYS:
        return By.DAY
    return By.WEEK if length <= _MOST_WEEKS else By.MONTH


def midnight(day: date) -> datetime:
    """When a day begins."""
    return datetime.combine(day, time_of_day(), UTC)


def _starts(span: Span, by: By) -> Iterator[datetime]:
    """When periods begin after the span has, and before it ends."""
    start = _next(span.start.date(), by)
    while midnight(start) < span.end:
        yield midnight(start)
        start = _next(start, by)


def _next(day: date, by: By) -> date:
    """The first day of the period after the one in which a day is."""
    if by is By.DAY:
        return day + timedelta(days=1)
    if by is By.WEEK:
        return day + timedelta(days=7 - day.weekday())
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
