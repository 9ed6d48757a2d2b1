"""Durations as people write them (90s, 30m, 6h, 2d) and read them (90 s, 30 min, 6 h, 2 d)."""

from __future__ import annotations

import re
from datetime import timedelta

FORM = "a duration such as 90s, 30m, 6h or 2d"

_WRITTEN = re.compile(r"([0-9]{1,9})([smhd])")
_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_LONGEST = timedelta(days=3650)


def parse_duration(text: str) -> timedelta:
    """What was written.

    Raises:
        ValueError: it is none, nothing, or more than ten years; the message says so after the text.
    """
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise ValueError(f"is not {FORM}")
    count = int(written[1])
    if not 0 < count <= _LONGEST // _UNITS[written[2]]:
        raise ValueError("is not more than nothing and at most 3650d")
    return count * _UNITS[written[2]]


def in_words(duration: timedelta) -> str:
    """In the largest unit that it has two of, rounded down: "40 s", "17 min", "3 h", "12 d"."""
    seconds = max(0, duration // timedelta(seconds=1))
    for size, unit in ((24 * 3600, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
