"""`kraken-accounts check`: is each account trading, and how much is in it?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import click

from ..formats import NAMES, Sort, View
from .beginnings import Beginning, Since
from .configuration import ConfiguredCommand
from .options import CONTEXT_SETTINGS, Duration, RunOptions, options_of_a_run
from .run import report

if TYPE_CHECKING:
    from ..config import Settings
    from ..fleet.concurrency import Progress
    from ..fleet.multi_account_broker_manager import MultiAccountBrokerManager
    from ..report.model import Report

_EVERY_USER = "user=*"
_ABSURD = Decimal("1e30")  # in any currency


class _Minimum(click.ParamType[tuple[str, "Decimal"]]):
    """An account, or all users, and the least that its total should be."""

    name = "minimum"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Decimal]:
        label, _, amount = str(value).rpartition("=")
        try:
            minimum = Decimal(amount)
        except InvalidOperation:
            minimum = Decimal(-1)
        if not label or not minimum.is_finite() or not 0 <= minimum < _ABSURD:
            self.fail(f"{value!r} is not LABEL=AMOUNT, as in master=1000 or {_EVERY_USER}=250.50", param, ctx)
        return label, minimum


@click.command(cls=ConfiguredCommand, context_settings=CONTEXT_SETTINGS)
@click.option("--assets/--no-assets", help="Also list what each account holds.")
@click.option(
    "--activity/--no-activity",
    help="Also ask what each account does: its last fill, fills in 24 hours, open orders, open positions. Fills "
    "prove that an account is trading, though its key may only look.",
)
@click.option(
    "--idle-after",
    type=Duration(),
    metavar="DURATION",
    help="Also warn of an account that has had no fill for so long: `6h`, `2d`; or `never`. Asks as `--activity` "
    "does.",
)
@click.option(
    "--wallets/--no-wallets",
    help="Also ask what is in Earn, which totals then count, and what margin positions have gained, beside them.",
)
@click.option(
    "-q/ ", "--quiet/--no-quiet", help="Print nothing unless something is worse than information: warnings count."
)
@click.option(
    "--news/--no-news",
    help="Print only what is new since the last run with it: what broke, got worse, recovered, came or went, and "
    "reminders; nothing where nothing is. JSON and CSV are whole where there is news, prometheus and nagios "
    "always. With it, --quiet changes nothing.",
)
@click.option("--since-last/--no-since-last", help="Also tell what changed since the previous run with it.")
@click.option(
    "--since",
    type=Since(),
    metavar="TIME",
    help="Also tell what changed since then, by the history, instead of since the previous run: `24h`, `7d`, a "
    "day as in `2026-11-01` (UTC), `month` or `year`.",
)
@click.option(
    "--record/--no-record",
    default=True,
    help="Leave a point of each account in the history, see `history`.  [default: record]",
)
@click.option(
    "--ledger/--no-ledger",
    help="Also learn what came and went, for the history: deposits, withdrawals, rewards, fees. Needs the "
    "permission “Data: Query ledger entries”.",
)
@click.option(
    "--gain/--no-gain",
    help="Also tell, in JSON and prometheus, what each account has gained this day and this month (UTC), and what "
    "was paid in and out. Asks as `--ledger` does.",
)
@click.option(
    "--min-total",
    "minimums",
    type=_Minimum(),
    multiple=True,
    metavar="LABEL=AMOUNT",
    help="A total that is below it, or that cannot be told, is critical; `user=*=AMOUNT` is for all users. May be "
    "given more than once.",
)
@click.option("--force", is_flag=True, help="Ask even a key that Kraken has locked out for a while.")
@options_of_a_run(NAMES, [sort.value for sort in Sort])
def check(
    assets: bool,
    activity: bool,
    idle_after: timedelta | None,
    wallets: bool,
    quiet: bool,
    news: bool,
    since_last: bool,
    since: Beginning | None,
    record: bool,
    ledger: bool,
    gain: bool,
    minimums: Sequence[tuple[str, Decimal]],
    force: bool,
    **options: Any,
) -> int:
    """Say of each account whether it is trading, and how much is in it.

    \b
    Exit codes: 0 every account is trading and nothing is critical; 1 at least
    one needs attention; 2 wrong usage or configuration, or nothing configured;
    3 Kraken is down, restricted or unreachable for every account, and nothing
    is critical; 130 interrupted.
    """
    run = RunOptions(**options)
    activity = activity or idle_after is not None
    for option, is_on in (("ledger", ledger), ("gain", gain)):
        if is_on and (run.demo or not record) and _is_typed(option):
            why = "sample accounts leave none" if run.demo else "leave --no-record away"
            raise click.UsageError(f"--{option} needs a history: {why}")
    if since is not None and since_last:
        if _is_typed("since_last"):
            raise click.UsageError("--since and --since-last count changes from different times: choose one")
        since_last = False  # of config.toml
    if run.sort == Sort.CHANGE and not (since_last or since):
        raise click.UsageError("--sort change needs --since-last or --since: without it no change is known")
    begin = None if since is None else since(datetime.now(UTC))

    def question(manager: MultiAccountBrokerManager, settings: Settings, progress: Progress) -> Report:
        return manager.check(
            quote=run.quote,
            activity=activity,
            idle_after=idle_after,
            wallets=wallets,
            minimums=_by_account(minimums, settings, run),
            since_last=since_last,
            since=begin,
            ledger=ledger and record,
            gain=gain and record and not run.demo,
            progress=progress,
        )

    view = View(assets=assets, activity=activity)
    return report(run, question, run.format_name, view, quiet=quiet, news=news, force=force, record=record)


def _is_typed(parameter: str) -> bool:
    """Whether an option stands on the command line, and not in a file alone."""
    source = click.get_current_context().get_parameter_source(parameter)
    return source is click.core.ParameterSource.COMMANDLINE


def _by_account(
    minimums: Iterable[tuple[str, Decimal]], settings: Settings, run: RunOptions
) -> dict[str, Decimal]:
    """The minimum of each account, where it has one; a later one counts.

    Raises:
        ConfigurationError: it is the minimum of nobody who is asked, so that nobody would look.
    """
    from ..config import ConfigurationError

    asked = {account.account.selector for account in run.chosen(settings).accounts}
    found: dict[str, Decimal] = {}
    for label, minimum in minimums:
        accounts = settings.users if label == _EVERY_USER else settings.select([label]).accounts
        meant = {account.account.selector for account in accounts} & asked
        # Each part has the same command line, and its share of the users may be none.
        shared_out = label == _EVERY_USER and run.shard is not None and settings.select(run.selectors).users
        if not (meant or shared_out):
            raise ConfigurationError(
                f"--min-total {label}: there is no such account among those that are asked; see --account"
                + (" and --shard" if run.shard else "")
            )
        found |= dict.fromkeys(meant, minimum)
    return found
