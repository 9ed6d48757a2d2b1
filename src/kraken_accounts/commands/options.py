"""The options that commands have in common, and what they may be."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from .. import __version__

Command = TypeVar("Command", bound=Callable[..., Any])

VERSION = click.version_option(__version__, prog_name="kraken-accounts")
CONTEXT_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Seconds(click.ParamType[float]):
    """A duration that is a number, more than nothing and no longer than a day."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            seconds = float(value)
        except ValueError:
            self.fail(f"{value!r} is not a number of seconds", param, ctx)
        if not 0 < seconds <= 86_400 or math.isnan(seconds):
            self.fail(f"{value} is not above 0 and at most 86400 seconds", param, ctx)
        return seconds


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options that every command about accounts has."""

    env_file: Path | None
    demo: bool
    selectors: tuple[str, ...]
    quote: str
    format_name: str
    output: Path | None
    timeout: float
    deadline: float
    workers: int | None
    no_color: bool
    verbose: bool


def options_of_a_run(formats: Sequence[str]) -> Callable[[Command], Command]:
    """Those options, for a command that can write these formats."""
    options = (
        click.option(
            "--env-file",
            type=click.Path(path_type=Path),
            metavar="PATH",
            help="Read the keys from this file or pipe instead of a `.env`; it wins over the environment.",
        ),
        click.option(
            "--demo", is_flag=True, help="Take the sample accounts of a simulated exchange; needs no keys."
        ),
        click.option(
            "--account",
            "selectors",
            multiple=True,
            metavar="LABEL",
            help="Take this account only: `master` or a user id. May be given more than once.",
        ),
        click.option(
            "--quote", default="USD", show_default=True, metavar="CODE", help="The currency of all totals."
        ),
        click.option(
            "--format",
            "format_name",
            type=click.Choice(formats),
            default=formats[0],
            show_default=True,
            help="How the report is written.",
        ),
        click.option(
            "-o",
            "--output",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="PATH",
            help="Write the report to this file, whole or not at all, instead of standard output.",
        ),
        click.option(
            "--timeout",
            type=Seconds(),
            default=10,
            show_default=True,
            metavar="S",
            help="Seconds for one request.",
        ),
        click.option(
            "--deadline",
            type=Seconds(),
            default=60,
            show_default=True,
            metavar="S",
            help="Seconds for the whole run.",
        ),
        click.option(
            "--workers",
            type=click.IntRange(1, 256),
            metavar="N",
            help="How many accounts are asked at once; by itself, as many as is fastest.",
        ),
        click.option("--no-color", is_flag=True, help="No colours; the variable NO_COLOR does the same."),
        click.option("-v", "--verbose", is_flag=True, help="Tell on standard error what is asked and answered."),
        VERSION,
    )

    def with_options(command: Command) -> Command:
        return functools.reduce(lambda decorated, option: option(decorated), reversed(options), command)

    return with_options
