"""Values as programs read them, in every format that is for programs: decimal digits, UTC, nothing rounded."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from .. import money


def time(moment: datetime) -> str:
    """A time in UTC: "2026-11-22T10:00:00Z"."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(duration: timedelta) -> str:
    """A duration in seconds, to the microsecond: "1.25"."""
    return money.plain(Decimal(duration // timedelta(microseconds=1)).scaleb(-6))


def cents(total: Decimal | None) -> str | None:
    """A total as it was rounded, its cents included: "13580.10"; None is unknown."""
    return None if total is None else f"{total:f}"
