"""How long, as a command line says it: a whole number and a unit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from ..durations import parse_duration

LONGEST = timedelta(days=3660)


class Period(click.ParamType[timedelta]):
    """More than nothing, and no longer than ten years: `90m`, `24h`, `7d`, `2w`."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        try:
            duration = parse_duration(str(value))
        except ValueError:
            duration = timedelta()
        if not timedelta() < duration <= LONGEST:
            self.fail(f"{value!r} is no duration: a number with s, m, h, d or w, as in 24h or 400d", param, ctx)
        return duration
