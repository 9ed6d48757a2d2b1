"""Since when, as a command line says it: so long ago, a day, or the beginning of this month or year."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from .durations import LONGEST, Period

Beginning = Callable[[datetime], datetime]
"""When it was, at a time."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OF_THE_CALENDAR: dict[str, Beginning] = {
    "month": lambda now: _midnight(now).replace(day=1),
    "year": lambda now: _midnight(now).replace(month=1, day=1),
}


class Since(click.ParamType[Beginning]):
    """`7d`, `2026-11-01`, `month` or `year`; days begin at midnight in UTC."""

    name = "since"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Beginning:
        if callable(value):
            return value  # type: ignore[no-any-return] # click converts a default once more
        text = str(value)
        if text in _OF_THE_CALENDAR:
            return _OF_THE_CALENDAR[text]
        if _DAY.fullmatch(text):
            try:
                day = datetime.fromisoformat(text).replace(tzinfo=UTC)
            except ValueError:
                self.fail(f"{text!r} is no day of the calendar", param, ctx)
            return lambda now: self._within_reach(day, text, now, param, ctx)
        try:
            ago = Period().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{text!r} is no such time: write 7d, a day as in 2026-11-01, month or year", param, ctx)
        return lambda now: now - ago

    def _within_reach(
        self, day: datetime, text: str, now: datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if day >= now:
            self.fail(f"{text} is not over yet, and there is nothing to tell of what comes", param, ctx)
        if now - day > LONGEST:
            self.fail(f"{text} is longer ago than ten years", param, ctx)
        return day


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)
