"""How long, as a command line says it: a whole number and a unit."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import click

_WRITTEN = re.compile(r"([0-9]{1,6})([mhdw])")
_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
LONGEST = timedelta(days=3660)


class Period(click.ParamType[timedelta]):
    """More than nothing, and no longer than ten years: `90m`, `24h`, `7d`, `2w`."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        written = _WRITTEN.fullmatch(str(value))
        duration = timedelta() if written is None else int(written[1]) * _UNITS[written[2]]
        if not timedelta() < duration <= LONGEST:
            self.fail(f"{value!r} is no duration: a number with m, h, d or w, as in 24h or 400d", param, ctx)
        return duration
