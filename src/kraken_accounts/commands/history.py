"""`kraken-accounts history`: what each account has made, from what checks have left; and making that smaller."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from ..formats import HISTORY_NAMES
from .beginnings import Since
from .configuration import Refused
from .durations import Period
from .histories import history_of_user
from .labels import complete_label
from .options import COLORS, CONFIG, CONTEXT_SETTINGS, VERSION, Seconds

_THEN = ("daily",)
_BY = ("day", "week", "month")


class StoreUnusable(click.ClickException):
    """The store cannot be used, or has nothing in it."""

    exit_code = 1


@click.group(context_settings=CONTEXT_SETTINGS, invoke_without_command=True)
@click.option(
    "--env-file",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The file or pipe with the keys, as for check: each source of keys has accounts of its own.",
)
@CONFIG
@click.option(
    "--demo", is_flag=True, help="Take a month of sample accounts on a simulated exchange; needs no keys."
)
@click.option(
    "--account",
    "selectors",
    multiple=True,
    metavar="LABEL",
    shell_complete=complete_label,
    help="Take this account only: `master` or a user id, in any case, or all that a pattern such as `investor_*` "
    "matches. May be given more than once; what is written has nothing of any other.",
)
@click.option(
    "--since",
    type=Since(),
    default="30d",
    show_default=True,
    metavar="TIME",
    help="`7d`, a day as in `2026-11-01`, `month` or `year` (since these began). Days are those of UTC.",
)
@click.option(
    "--by",
    type=click.Choice(_BY),
    help="Also tell each day, week (from Monday on) or month. Files have them anyway, as long as suits the time.",
)
@click.option(
    "--quote", metavar="CODE", help="The currency of all totals; needed only where checks have found several."
)
@click.option(
    "--ledger/--no-ledger",
    default=True,
    help="Ask Kraken what came and went since that was asked last.  [default: ledger]",
)
@click.option(
    "--deadline", type=Seconds(), default=60, show_default=True, metavar="S", help="Seconds for asking that."
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(HISTORY_NAMES),
    default=HISTORY_NAMES[0],
    show_default=True,
    help="How it is written. `html` is a page that can be sent to whom it is about; `xlsx` is for spreadsheets.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PATH",
    help="Write it to this file, whole or not at all, instead of standard output.",
)
@click.option("--color", type=click.Choice(COLORS), default=COLORS[0], show_default=True, help="As for check.")
@click.option("-v", "--verbose", is_flag=True, help="Tell on standard error what is asked and answered.")
@VERSION
@click.pass_context
def history(ctx: click.Context, /, **options: Any) -> int:
    """Say how much each account has made, and all together: from what checks have left, and from Kraken's ledgers.

    What was paid in is no gain, and what was paid out no loss: start + paid in - paid out + gain = end. What the
    ledger does not explain is told apart. The return is time-weighted: the size of a payment weighs nothing.

    \b
    Exit codes: 0 told; 1 the store cannot be used, or has nothing in it;
    2 wrong usage or configuration; 130 interrupted.
    """
    if ctx.invoked_subcommand is not None:
        given = [name for name in options if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]
        if given:
            raise click.UsageError(f"{ctx.invoked_subcommand} is of all accounts; its options stand behind it")
        return 0
    from .gain import HistoryOptions, tell

    return tell(HistoryOptions(**options))


@history.command(context_settings=CONTEXT_SETTINGS)
@click.option(
    "--keep",
    type=Period(),
    required=True,
    metavar="DURATION",
    help="How far back all points stay, `400d` for instance.",
)
@click.option(
    "--then",
    type=click.Choice(_THEN),
    default=_THEN[0],
    show_default=True,
    expose_value=False,
    help="What becomes of older ones: `daily` leaves one a day.",
)
def prune(keep: timedelta) -> int:
    """Thin old points to one a day, of all accounts in the store.

    Days are those of UTC. Of a day on which an amount that the account holds has changed, by a trade, a deposit
    or a reward for instance, the first and the last point stay; of any other day the last whole one. Checks may
    go on meanwhile.

    Exit codes: 0 done; 1 the store cannot be used; 2 wrong usage or configuration.
    """
    from ..config import ConfigurationError
    from ..history.database import NothingRecorded, StoreTrouble

    try:
        pruned = history_of_user(os.environ).prune(datetime.now(UTC) - keep)
    except ConfigurationError as error:
        raise Refused(str(error)) from error
    except NothingRecorded as error:
        click.echo(f"There is nothing to thin: {error}.", err=True)
        return 0
    except StoreTrouble as trouble:
        raise StoreUnusable(f"{trouble}. {trouble.remedy}") from trouble
    click.echo(f"Points removed: {pruned.removed:,}; left: {pruned.left:,}.", err=True)
    return 0
