"""Lengths of time as people write them, `24h`, and as they read them, `2 h 10 min`."""

from __future__ import annotations

import re
from datetime import timedelta

LIMIT = 'a length of time such as "90s", "30m", "24h" or "2d", or "never"'

_NEVER = ("0", "never")
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_WRITTEN = re.compile(rf"([0-9]{{1,6}})([{''.join(_UNITS)}])")


def parse_duration(text: str) -> timedelta:
    """A whole number and its unit: `90s`, `30m`, `24h`, `2d`, `3w`.

    Raises:
        ValueError: it is written otherwise.
    """
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise ValueError("a whole number with s, m, h, d or w behind it, as in 90s, 30m, 24h or 2d")
    return int(written[1]) * _UNITS[written[2]]


def parse_limit(text: str) -> timedelta | None:
    """The same; None for `0` or `never`.

    Raises:
        ValueError: it is written otherwise.
    """
    return None if text.lower() in _NEVER else parse_duration(text) or None


def duration_in_words(time: timedelta) -> str:
    """In its two largest units: `45 s`, `17 min`, `2 h 10 min`, `3 d 4 h`; never less than nothing."""
    seconds = max(int(time.total_seconds()), 0)
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def roughly(time: timedelta) -> str:
    """In the largest unit that it has two of: `90 s`, `17 min`, `3 h`, `9 d`; never less than nothing."""
    seconds = max(int(time.total_seconds()), 0)
    for size, unit in ((24 * 3600, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
