"""Times as a store has them: whole milliseconds since 1970, in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

DAY = 86_400_000
"""Milliseconds of a day; each begins at midnight in UTC."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_stored(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND


def from_stored(milliseconds: int) -> datetime:
    """Raises:
    OverflowError: no calendar has that day.
    """
    return _EPOCH + milliseconds * _MILLISECOND


def day_of(day: date) -> int:
    """The number of a day, in UTC, as `to_stored` of any of its moments divided by `DAY`."""
    return (day - _EPOCH.date()).days
