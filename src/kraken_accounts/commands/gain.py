"""One run of `kraken-accounts history`: whose accounts, what the store has of them, and where the answer goes."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..formats import View, load
from ..spans import Span
from .beginnings import Beginning
from .configuration import Refused, configuration_of
from .histories import history_of_user

if TYPE_CHECKING:
    from ..accounts import Account
    from ..config import Settings
    from ..history.reading import Reader
    from ..history.statement import Statement
    from ..history.store import History

_NOT_CONFIGURED = "not configured any more"
_BINARY = ("xlsx",)
_LIBRARIES = {"html": ("jinja2", "pygal"), "xlsx": ("xlsxwriter",)}


@dataclass(frozen=True, slots=True)
class HistoryOptions:
    """What the command line says."""

    env_file: Path | None
    config: Path | None
    demo: bool
    selectors: tuple[str, ...]
    since: Beginning
    by: str | None
    quote: str | None
    ledger: bool
    deadline: float
    format_name: str
    output: Path | None
    color: str
    verbose: bool


@dataclass(frozen=True, slots=True)
class _Source:
    """Where it comes from.

    Attributes:
        now: until when it is told.
        asks: whether there is somebody to ask what came and went.
    """

    settings: Settings
    history: History
    now: datetime
    asks: bool


def tell(options: HistoryOptions) -> int:
    """Write the answer, and say what the process ends with."""
    from ..config import ConfigurationError
    from ..history.database import StoreTrouble
    from .output import OutputError, has_color, open_output
    from .run import spare_the_keys

    if options.demo and options.env_file is not None:
        raise click.UsageError("--demo takes sample accounts and reads no file: leave --env-file away")
    if options.demo and options.config is not None:
        raise click.UsageError("--demo takes sample accounts and reads no file: leave --config away")
    if options.verbose:
        logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
        logging.getLogger("kraken_accounts").setLevel(logging.DEBUG)
    name = f"history_{options.format_name}"
    try:
        _require_libraries(options.format_name)
        output_format = load(name)
        target = open_output(options.output)
        if options.format_name in _BINARY and target.width is not None:
            raise Refused(f"{options.format_name} is nothing for a terminal: name a file with --output PATH")
        with _source(options) as source:
            spare_the_keys(options.output, source.settings.env_file)
            statement = _statement(options, source)
        view = View(
            periods=options.by is not None,
            width=target.width,
            color=has_color(target, options.color, os.environ),
            encoding=target.encoding,
        )
        target.write(output_format.render(statement, view))
    except (ConfigurationError, OutputError) as error:
        raise Refused(str(error)) from error
    except StoreTrouble as trouble:
        from .history import StoreUnusable

        raise StoreUnusable(f"{trouble}. {trouble.remedy}") from trouble
    return output_format.exit_code(statement)


def _require_libraries(format_name: str) -> None:
    """Raises:
    ConfigurationError: what the format needs is not installed.
    """
    from ..config import ConfigurationError

    missing = [name for name in _LIBRARIES.get(format_name, ()) if find_spec(name) is None]
    if missing:
        raise ConfigurationError(
            f"--format {format_name} needs {' and '.join(missing)}, which is missing here: run `make history`, or "
            "install kraken-accounts[history]"
        )


@contextmanager
def _source(options: HistoryOptions) -> Iterator[_Source]:
    from ..config import load_settings

    if options.demo:
        from .history_demo import sample_month

        with sample_month() as month:
            yield _Source(month.settings, month.history, month.now, asks=False)
        return
    configuration = configuration_of(options.config, options.env_file)
    settings = load_settings(os.environ, options.env_file, configuration.config)
    yield _Source(settings, history_of_user(os.environ), datetime.now(UTC), asks=options.ledger)


def _statement(options: HistoryOptions, source: _Source) -> Statement:
    from ..history.answering import make_statement
    from ..history.periods import By, suitable
    from ..memory.file import set_of

    span = Span(options.since(source.now), source.now)
    by = suitable(span) if options.by is None else By(options.by)
    whose = set_of(source.settings)
    with source.history.reader(whose) as reader:
        chosen = _chosen(reader, source.settings, options.selectors, span)
        quote = _quote(reader, options.quote)
    if source.asks:
        _ask(options, source, chosen, quote)
    with source.history.reader(whose) as reader:
        accounts = [one.account for one in chosen.accounts]
        return make_statement(reader, accounts, quote, span, by, demo=source.settings.demo, now=source.now)


def _chosen(reader: Reader, settings: Settings, selectors: Sequence[str], span: Span) -> Settings:
    """The accounts to tell of: those with a key, and those that were checked in that time.

    Raises:
        ConfigurationError: no account is called so.
    """
    from ..config import ConfigurationError
    from ..config.model import unset

    configured = {one.account for one in settings.accounts}
    seen: dict[Account, bool] = {}
    for series in reader.series():
        seen[series.account] = seen.get(series.account, False) or series.last_at > span.start
    gone = [unset(account, _NOT_CONFIGURED) for account in seen if account not in configured]
    every = sorted((*settings.accounts, *gone), key=lambda one: one.account.sort_key)
    known = replace(settings, accounts=tuple(every))
    if selectors:
        return known.select(selectors)
    told = tuple(one for one in every if one.credentials is not None or seen.get(one.account))
    if not told:
        raise ConfigurationError("no account has a key, and none was checked in that time")
    return replace(known, accounts=told)


def _quote(reader: Reader, wanted: str | None) -> str:
    """Raises:
    ConfigurationError: there are totals in several currencies, or none in the one that is wanted.
    """
    from ..config import ConfigurationError
    from ..history.answering import TwoCurrencies, quote_of
    from ..history.database import NothingRecorded, first_check
    from ..text import printable

    try:
        quote = quote_of(reader, wanted)
    except TwoCurrencies as error:
        raise ConfigurationError(
            f"checks have found totals in {' and '.join(error.quotes)}, which do not add up: choose with --quote"
        ) from error
    if quote is not None:
        return quote
    if wanted is None:
        raise NothingRecorded("no check of these accounts was recorded yet", first_check())
    found = ", ".join(sorted(reader.quotes())) or "nothing"
    raise ConfigurationError(f"no check has found totals in {printable(wanted, 20)}, but in {found}")


def _ask(options: HistoryOptions, source: _Source, chosen: Settings, quote: str) -> None:
    """Learn what came and went; what could not be learned is said, and the answer is of what is known."""
    from ..fleet.multi_account_broker_manager import MultiAccountBrokerManager
    from ..formats.phrases import sentence
    from .progress import progress_bar

    if not any(one.credentials for one in chosen.accounts):
        return
    with (
        progress_bar() as progress,
        MultiAccountBrokerManager(chosen, deadline=options.deadline, history=source.history) as manager,
    ):
        followed = manager.follow_ledgers(quote=quote, progress=progress)
    for account, failure in followed.failures.items():
        remedy = f" {failure.remedy}" if failure.remedy else ""
        click.echo(
            f"{account.label}: its ledger was not read to the end. {sentence(failure.reason)}{remedy}", err=True
        )
    if followed.trouble is not None:
        click.echo(
            f"What came and went could not be kept: {followed.trouble}. {followed.trouble.remedy}", err=True
        )
    if followed.contradicted:
        count = len(followed.contradicted)
        click.echo(
            f"Kraken tells {count} entries of the ledger otherwise than before; what it told first stays.",
            err=True,
        )
