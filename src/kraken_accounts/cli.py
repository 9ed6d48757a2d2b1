"""The command line: options in, a report out, an exit code. Heavy parts are imported when they are needed."""

from __future__ import annotations

import functools
import gc
import logging
import math
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from . import __version__
from .formats import AUDIT_NAMES, NAMES, Format, View, load
from .process import run as run_to_the_end

if TYPE_CHECKING:
    from .audit import AuditReport
    from .credentials import Settings
    from .multi_account_broker_manager import MultiAccountBrokerManager
    from .report import Report
    from .side_by_side import Progress

_OBJECTS_BETWEEN_COLLECTIONS = 100_000
_EVERY_USER = "user=*"
_ABSURD = Decimal("1e30")  # in any currency

Command = TypeVar("Command", bound=Callable[..., Any])
Answered = TypeVar("Answered", "Report", "AuditReport")


class _Seconds(click.ParamType[float]):
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


class _CheckByDefault(click.Group):
    """`kraken-accounts` alone, or with options of `check`, is `kraken-accounts check`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"-h", "--help", "--version", *self.list_commands(ctx)}
        if not args or (args[0] not in own and args[0].startswith("-")):
            args = ["check", *args]
        return super().parse_args(ctx, args)


_VERSION = click.version_option(__version__, prog_name="kraken-accounts")
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=_CheckByDefault, context_settings=_SETTINGS)
@_VERSION
def cli() -> None:
    """Is each Kraken account trading, how much is in it, and are the accounts truly separate?

    Reads the accounts' API keys from the environment and `.env`. It never withdraws and never
    places an order.
    """


@dataclass(frozen=True, slots=True)
class _Run:
    """The options that every command about accounts has."""

    env_file: Path | None
    demo: bool
    selectors: tuple[str, ...]
    quote: str
    format_name: str
    output: Path | None
    timeout: float
    deadline: float
    workers: int
    no_color: bool
    verbose: bool


def _options_of_a_run(formats: Sequence[str]) -> Callable[[Command], Command]:
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
            type=_Seconds(),
            default=10,
            show_default=True,
            metavar="S",
            help="Seconds for one request.",
        ),
        click.option(
            "--deadline",
            type=_Seconds(),
            default=60,
            show_default=True,
            metavar="S",
            help="Seconds for the whole run.",
        ),
        click.option(
            "--workers",
            type=click.IntRange(1, 256),
            default=32,
            show_default=True,
            metavar="N",
            help="How many accounts are asked at once.",
        ),
        click.option("--no-color", is_flag=True, help="No colours; the variable NO_COLOR does the same."),
        click.option("-v", "--verbose", is_flag=True, help="Tell on standard error what is asked and answered."),
        _VERSION,
    )

    def with_options(command: Command) -> Command:
        return functools.reduce(lambda decorated, option: option(decorated), reversed(options), command)

    return with_options


@cli.command(context_settings=_SETTINGS)
@click.option("--assets", is_flag=True, help="Also list what each account holds.")
@click.option("--activity", is_flag=True, help="Also list open orders and open positions.")
@click.option(
    "-q", "--quiet", is_flag=True, help="Print nothing unless something is worse than information: warnings count."
)
@click.option("--since-last", is_flag=True, help="Also tell what changed since the previous run with this option.")
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
@_options_of_a_run(NAMES)
def check(
    assets: bool,
    activity: bool,
    quiet: bool,
    since_last: bool,
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
    run = _Run(**options)

    def question(manager: MultiAccountBrokerManager, settings: Settings, progress: Progress) -> Report:
        report = manager.check(
            quote=run.quote,
            activity=activity,
            minimums=_by_account(minimums, settings, run.selectors),
            progress=progress,
        )
        return _compared(report, settings) if since_last else report

    return _report(
        run, question, run.format_name, View(assets=assets, activity=activity), quiet=quiet, force=force
    )


@cli.command(context_settings=_SETTINGS)
@click.option(
    "--probe-orders",
    is_flag=True,
    help="Also let Kraken validate one order of each account; nothing is placed.",
)
@_options_of_a_run(AUDIT_NAMES)
def audit(probe_orders: bool, **options: Any) -> int:
    """Examine every key, and whether the accounts are truly separate.

    Permissions, expiry, IP allow list and nonce window of each key; two keys of one account; the own
    total against Kraken's figure; this machine's clock; who may read `.env`. Worst finding first, each
    with what to do about it.

    \b
    Exit codes: 0 nothing is worse than information; 1 something is;
    2, 3 and 130 as for check.
    """
    run = _Run(**options)

    def question(manager: MultiAccountBrokerManager, _: Settings, progress: Progress) -> AuditReport:
        return manager.audit(quote=run.quote, probe_orders=probe_orders, progress=progress)

    return _report(run, question, f"audit_{run.format_name}", View())


def _report(
    run: _Run,
    question: Callable[[MultiAccountBrokerManager, Settings, Progress], Answered],
    formatter: str,
    view: View,
    *,
    quiet: bool = False,
    force: bool = False,
) -> int:
    """Load the accounts, put the question to them, and write what came of it."""
    if run.demo and run.env_file is not None:
        raise click.UsageError("--demo takes sample accounts and reads no file: leave --env-file away")
    if run.verbose:
        logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
        logging.getLogger("kraken_accounts").setLevel(logging.DEBUG)

    from .credentials import ConfigurationError
    from .output import OutputError, open_output

    output_format = load(formatter)
    ends = time.monotonic() + run.deadline
    try:
        target = open_output(run.output, ends)
        color = target.color and not run.no_color and not os.environ.get("NO_COLOR")
        view = replace(view, width=target.width, color=color, encoding=target.encoding)
        try:
            report = _answered(run, question, force)
        except ConfigurationError as error:
            refusal = output_format.refusal(str(error), view)
            if refusal is None:
                raise _Refused(str(error)) from error
            target.write(refusal[0])
            return refusal[1]
        if not quiet or report.speaks_up or not target.is_stream:
            report, shown = _shown(output_format, report, view)
            target.write(shown)
    except OutputError as error:
        raise _Refused(str(error)) from error
    return output_format.exit_code(report)


def _shown(output_format: Format[Answered], report: Answered, view: View) -> tuple[Answered, str]:
    """The report as that format shows it, and itself; an account that cannot be shown says so in it."""
    from .defects import kept_apart

    def show(accounts: Sequence[Any]) -> tuple[Answered, str]:
        whole = report.of(accounts)
        return whole, output_format.render(whole, view)

    return kept_apart(show, report.accounts, lambda account, reason: account.failed(reason))


def _answered(
    run: _Run,
    question: Callable[[MultiAccountBrokerManager, Settings, Progress], Answered],
    force: bool,
) -> Answered:
    """The report that came of the question.

    Raises:
        ConfigurationError: there is nothing that could be asked so.
    """
    from .multi_account_broker_manager import MultiAccountBrokerManager
    from .progress import progress_bar

    # A run is short and leaves few cycles behind; looking for them after every few hundred objects would cost a
    # fifth of its time.
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    with _settings(run.env_file, run.demo) as settings, progress_bar() as progress:
        _spare_the_keys(run.output, settings)
        manager = MultiAccountBrokerManager(
            settings.select(run.selectors),
            timeout=run.timeout,
            deadline=run.deadline,
            workers=run.workers,
            force=force,
        )
        return question(manager, settings, progress)


def _spare_the_keys(output: Path | None, settings: Settings) -> None:
    """Make sure that the report is not written over keys: those of this run, nor those that it passes over.

    Raises:
        ConfigurationError: it would be.
    """
    from .credentials import ConfigurationError, find_env_file

    for keys in (settings.env_file, find_env_file()):
        try:
            is_spared = output is None or keys is None or not output.samefile(keys)
        except OSError:
            is_spared = True  # one of them is not there
        if not is_spared:
            raise ConfigurationError(f"{output}: is the file with the keys, so no report is written over it")


@contextmanager
def _settings(env_file: Path | None, demo: bool) -> Iterator[Settings]:
    """The accounts to take: those of the environment, or the demo's, whose exchange runs meanwhile."""
    from .credentials import demo_settings, load_settings

    if demo:
        from kraken_sandbox import SandboxServer, sample_environment, sample_exchange

        with SandboxServer(sample_exchange()) as server:
            yield demo_settings(sample_environment(server.url))
    else:
        yield load_settings(os.environ, env_file)


def _by_account(
    minimums: Iterable[tuple[str, Decimal]], settings: Settings, selectors: Sequence[str]
) -> dict[str, Decimal]:
    """The minimum of each account, where it has one; a later one counts.

    Raises:
        ConfigurationError: it is the minimum of nobody who is asked, so that nobody would look.
    """
    from .credentials import ConfigurationError

    asked = {account.account.selector for account in settings.select(selectors).accounts}
    found: dict[str, Decimal] = {}
    for label, minimum in minimums:
        accounts = settings.users if label == _EVERY_USER else settings.select([label]).accounts
        meant = {account.account.selector for account in accounts} & asked
        if not meant:
            raise ConfigurationError(
                f"--min-total {label}: there is no such account among those that are asked; see --account"
            )
        found |= dict.fromkeys(meant, minimum)
    return found


def _compared(report: Report, settings: Settings) -> Report:
    """The report with what changed since the previous run, for which this one is then the previous one."""
    from .changes import PreviousRun
    from .findings import not_remembered
    from .report import worst_first
    from .storage import NOTHING_KEPT, Storage

    previous = PreviousRun(NOTHING_KEPT if settings.demo else Storage.state(), settings)
    compared = previous.compare(report)
    if not previous.remember(report) and not settings.demo:
        compared = replace(compared, findings=worst_first((*compared.findings, not_remembered())))
    return compared


@cli.command(context_settings=_SETTINGS)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="A loopback address.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8111,
    show_default=True,
    metavar="N",
    help="0 takes any free port.",
)
@click.option(
    "--accounts",
    "accounts_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Accounts, keys and faults from this TOML file instead of the sample accounts.",
)
@click.option("--live", is_flag=True, help="Let prices move every second.")
@click.option("--seed", type=int, metavar="N", help="With --live: the same N makes the same moves.")
def sandbox(host: str, port: int, accounts_file: Path | None, live: bool, seed: int | None) -> int:
    """Serve the simulated exchange, and print the lines that point `.env` to it.

    Try everything on it first: it speaks HTTP and checks signatures as Kraken does. Ctrl-C ends it.
    """
    from kraken_sandbox import AccountsFileError
    from kraken_sandbox.command import serve

    if seed is not None and not live:
        raise click.UsageError("--seed says how prices move, which they only do with --live")
    try:
        serve(host, port, accounts_file, seed, live, click.echo)
    except (AccountsFileError, ValueError) as error:
        raise _Refused(str(error)) from error
    return 0


class _Refused(click.ClickException):
    """Wrong usage or configuration: one sentence on standard error."""

    exit_code = 2


def main(args: Sequence[str] | None = None, command: click.Command = cli) -> None:
    """Run a command and end the process with its exit code; no traceback ever reaches a user."""
    run_to_the_end(command, args)
