"""`kraken-accounts history`: what checks have left, and making it smaller."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import click

from .configuration import Refused
from .durations import Duration
from .histories import history_of_user
from .options import CONTEXT_SETTINGS, VERSION

_THEN = ("daily",)


class _Failed(click.ClickException):
    """The store cannot be used."""

    exit_code = 1


@click.group(context_settings=CONTEXT_SETTINGS)
@VERSION
def history() -> None:
    """What checks have left: a point of each account, in the state directory or in the PostgreSQL that
    KRAKEN_ACCOUNTS_STORE names.
    """


@history.command(context_settings=CONTEXT_SETTINGS)
@click.option(
    "--keep",
    type=Duration(),
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
        raise _Failed(f"{trouble}. {trouble.remedy}") from trouble
    click.echo(f"Points removed: {pruned.removed:,}; left: {pruned.left:,}.", err=True)
    return 0
