"""Lengths of time, as people write and as they read them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kraken_accounts.durations import duration_in_words, parse_duration, parse_limit, roughly


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1800), ("24h", 86_400), ("2d", 172_800), ("3w", 1_814_400), ("0s", 0), ("007m", 420)],
)
def test_are_understood(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "24", "h", "1.5h", "-1h", "1 h", "1h30m", "1H", "1y", "1234567d", "١h", "1h\n"]
)
def test_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a whole number with s, m, h, d or w behind it"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("time", "words"),
    [
        ({"seconds": -5}, "0 s"),
        ({"milliseconds": 999}, "0 s"),
        ({"seconds": 59.9}, "59 s"),
        ({"seconds": 60}, "1 min"),
        ({"minutes": 59, "seconds": 59}, "59 min"),
        ({"hours": 1}, "1 h"),
        ({"hours": 2, "minutes": 10}, "2 h 10 min"),
        ({"hours": 47, "minutes": 59}, "47 h 59 min"),
        ({"hours": 48}, "2 d"),
        ({"days": 3, "hours": 4, "minutes": 5}, "3 d 4 h"),
        ({"days": 400}, "400 d"),
    ],
)
def test_are_said(time: dict[str, float], words: str) -> None:
    assert duration_in_words(timedelta(**time)) == words


@pytest.mark.parametrize(
    ("time", "words"),
    [
        ({"seconds": -5}, "0 s"),
        ({"seconds": 119}, "119 s"),
        ({"seconds": 120}, "2 min"),
        ({"minutes": 14, "seconds": 59}, "14 min"),
        ({"minutes": 119}, "119 min"),
        ({"hours": 2}, "2 h"),
        ({"hours": 47, "minutes": 59}, "47 h"),
        ({"hours": 48}, "2 d"),
        ({"days": 9, "hours": 23}, "9 d"),
    ],
)
def test_are_said_roughly(time: dict[str, float], words: str) -> None:
    assert roughly(timedelta(**time)) == words


@pytest.mark.parametrize(
    ("text", "limit"),
    [("6h", timedelta(hours=6)), ("never", None), ("NEVER", None), ("0", None), ("0s", None), ("000d", None)],
)
def test_may_be_no_limit(text: str, limit: timedelta | None) -> None:
    assert parse_limit(text) == limit
