"""The options that commands have in common, and what they may be."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .. import __version__
from ..durations import parse_limit
from ..formats import FLEET, Sort, View
from ..run_variables import NOTIFY, PING
from ..shard import Shard
from .labels import complete_label
from .telling import secret_url

if TYPE_CHECKING:
    from ..config import Settings
    from ..config.secret import Secret
    from .configuration import Configuration

Command = TypeVar("Command", bound=Callable[..., Any])

VERSION = click.version_option(__version__, prog_name="kraken-accounts")
VIEWS = ("fleet", "full")
COLORS = ("auto", "always", "never")
REMIND = "24h"
MOST_CHECKS_TO_WAIT = 1000
CONFIG = click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Take what is said of accounts from this file instead of the config.toml that check would read.",
)
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


class Duration(click.ParamType[timedelta | None]):
    """A length of time such as `24h`; none for `0` or `never`."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta | None:
        text = str(value).strip()
        try:
            return parse_limit(text)
        except ValueError as error:
            self.fail(f"{text!r} is not {error}; nor is it 0 or never", param, ctx)


class ShardOption(click.ParamType[Shard]):
    """Which part of the accounts, of how many: `2/3`."""

    name = "shard"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Shard:
        try:
            return Shard.parse(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """The options that every command has which writes a report."""

    format_name: str
    output: Path | None
    view: str | None
    sort: str
    only_problems: bool
    color: str
    no_color: bool

    def shown(self, view: View) -> View:
        """How much of the report to show, and in which order."""
        fleet = None if self.view is None else self.view == VIEWS[0]
        return replace(view, fleet=fleet, sort=Sort(self.sort), only_problems=self.only_problems)

    @property
    def colors(self) -> str:
        """One of `COLORS`."""
        return "never" if self.no_color else self.color


@dataclass(frozen=True, slots=True)
class RunOptions(ReportOptions):
    """The options that every command about accounts has, where nothing else is given as config.toml has them.

    Attributes:
        config: what config.toml says beside.
    """

    config: Configuration
    env_file: Path | None
    demo: bool
    selectors: tuple[str, ...]
    shard: Shard | None
    quote: str
    timeout: float
    deadline: float
    workers: int | None
    verbose: bool
    remind: timedelta | None
    after: int
    notify: tuple[Secret, ...]
    notify_amounts: bool
    ping: Secret | None

    def chosen(self, settings: Settings) -> Settings:
        """The settings of the accounts to ask: those that are named, and of these the part that is asked for.

        Raises:
            ConfigurationError: no account is called so, or none has a key.
        """
        selected = settings.select(self.selectors)
        return selected if self.shard is None else selected.shard(self.shard.index, self.shard.of)


def options_of_a_report(formats: Sequence[str], sorts: Sequence[str]) -> Callable[[Command], Command]:
    """How it is written, for a command that can write these formats and list accounts by these things."""
    return _with(
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
            "--view",
            type=click.Choice(VIEWS),
            help="Tables of a fleet (what needs doing by its cause, and a line an account), or in full.  "
            f"[default: fleet from {FLEET} accounts on]",
        ),
        click.option(
            "--sort",
            type=click.Choice(sorts),
            default=sorts[0],
            show_default=True,
            help="What tables and text list accounts by: greatest total, worst status, or greatest loss first.",
        ),
        click.option(
            "--only-problems",
            is_flag=True,
            help="Leave accounts that are fine out of the lists of tables and text; totals stay those of all.",
        ),
        click.option(
            "--color",
            type=click.Choice(COLORS),
            default=COLORS[0],
            show_default=True,
            help="Colours; `auto` is on a terminal or with FORCE_COLOR or CLICOLOR_FORCE, unless NO_COLOR is set.",
        ),
        click.option("--no-color", is_flag=True, help="The same as `--color never`."),
    )


def options_of_a_run(formats: Sequence[str], sorts: Sequence[str]) -> Callable[[Command], Command]:
    """All options of a command about accounts, which can write these formats and list accounts by these things."""
    of_the_report = options_of_a_report(formats, sorts)
    before = _with(
        click.option(
            "--env-file",
            type=click.Path(path_type=Path),
            metavar="PATH",
            help="Read the keys from this file or pipe instead of a `.env`; it wins over the environment.",
        ),
        click.option(
            "--config",
            type=click.Path(path_type=Path),
            metavar="PATH",
            help="Read what is expected, what is accepted and defaults of these options from this file instead of "
            "the config.toml beside the keys, or the user's own.",
        ),
        click.option(
            "--demo", is_flag=True, help="Take the sample accounts of a simulated exchange; needs no keys."
        ),
        click.option(
            "--account",
            "selectors",
            multiple=True,
            metavar="LABEL",
            shell_complete=complete_label,
            help="Take this account only: `master` or a user id, in any case, or all that a pattern such as "
            "`investor_*` matches. May be given more than once.",
        ),
        click.option(
            "--shard",
            type=ShardOption(),
            metavar="I/N",
            help="Take the I-th of N parts of the accounts only, the same ones each time; see `combine`.",
        ),
        click.option(
            "--quote", default="USD", show_default=True, metavar="CODE", help="The currency of all totals."
        ),
    )
    after = _with(
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
        click.option(
            "--notify",
            type=secret_url,
            multiple=True,
            metavar="URL",
            help="Send what is new since the last run with it by this URL of Apprise. May be given more than "
            f"once; a URL is a secret, which {NOTIFY} keeps out of the list of processes.",
        ),
        click.option(
            "--remind",
            type=Duration(),
            default=REMIND,
            show_default=True,
            metavar="24h",
            help="With --news or --notify: tell again what is still wrong after so long, 2d for instance; or "
            "`never`.",
        ),
        click.option(
            "--after",
            type=click.IntRange(1, MOST_CHECKS_TO_WAIT),
            default=1,
            show_default=True,
            metavar="N",
            help="With --news or --notify: tell of what may pass by itself (unreachable, throttled, busy and the "
            "like) only after N checks in a row that find it.",
        ),
        click.option("--notify-amounts", is_flag=True, help="Let these messages say how much there is."),
        click.option(
            "--ping",
            type=secret_url,
            metavar="URL",
            help="Ask for this URL when the run ended with code 0, and for URL/fail otherwise, so that somebody "
            f"notices silence; or set {PING}.",
        ),
        click.option("-v", "--verbose", is_flag=True, help="Tell on standard error what is asked and answered."),
        VERSION,
    )
    return lambda command: before(of_the_report(after(command)))


def _with(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """A decorator that gives a command these options, which its help tells in this order."""
    return lambda command: functools.reduce(
        lambda decorated, option: option(decorated), reversed(options), command
    )
