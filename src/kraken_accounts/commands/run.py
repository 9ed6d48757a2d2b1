"""One run of a command about accounts: load them, put its question to them, write what came of it."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..formats import Format, View, load
from .configuration import Refused
from .histories import history_of_user
from .options import ReportOptions, RunOptions
from .telling import Ended, news_for_output, remember, telling

if TYPE_CHECKING:
    from ..config import Settings
    from ..fleet.concurrency import Progress
    from ..fleet.multi_account_broker_manager import MultiAccountBrokerManager
    from ..memory.audience import Hearing
    from ..report.audit import AuditReport
    from ..report.model import Report
    from .output import Output

Answered = TypeVar("Answered", "Report", "AuditReport")


def report(
    run: RunOptions,
    question: Callable[[MultiAccountBrokerManager, Settings, Progress], Answered],
    formatter: str,
    view: View,
    *,
    quiet: bool = False,
    news: bool = False,
    force: bool = False,
    record: bool = False,
) -> int:
    """Load the accounts, put the question to them, write what came of it, and tell those who do not look.

    Args:
        quiet: write nothing on a stream unless something is worse than information.
        force: ask even a key that is locked out.
        record: leave a point of each account in the history.
    """
    from ..config import ConfigurationError

    ends = time.monotonic() + run.deadline
    if run.demo and run.config.file is not None:
        raise click.UsageError("--demo takes sample accounts and reads no file: leave --config away")
    if run.verbose:
        logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
        logging.getLogger("kraken_accounts").setLevel(logging.DEBUG)
    try:
        with telling(run, os.environ) as ended:
            if run.demo and run.env_file is not None:
                raise click.UsageError("--demo takes sample accounts and reads no file: leave --env-file away")
            answered = ended.heard(partial(_answered, run, question, ended, force, record))
            news_of = partial(news_for_output, run, ended) if news else None
            ended.code = write(answered, formatter, view, run, ends, quiet=quiet, news_of=news_of)
    except ConfigurationError as error:
        raise Refused(str(error)) from error
    return ended.code


def write(
    answered: Callable[[], Answered],
    formatter: str,
    view: View,
    options: ReportOptions,
    ends: float,
    *,
    quiet: bool,
    news_of: Callable[[Answered], AbstractContextManager[Hearing]] | None = None,
) -> int:
    """Write a report, or in words why there is none, and say what the process ends with.

    Args:
        answered: gives the report, or raises a `ConfigurationError`; called once it can be written.
        ends: when, on the monotonic clock, to stop waiting for a reader.
        quiet: write nothing on a stream unless something is worse than information; without `news_of`.
        news_of: what of the report is new to those who read it, where they want to see no more and, on a stream,
            nothing if nothing is.
    """
    from ..config import ConfigurationError
    from .output import OutputError, has_color, open_output

    output_format = load(formatter)
    try:
        target = open_output(options.output, ends)
        color = has_color(target, options.colors, os.environ)
        view = replace(options.shown(view), width=target.width, color=color, encoding=target.encoding)
        try:
            answer = answered()
        except ConfigurationError as error:
            refusal = output_format.refusal(str(error), view)
            if refusal is None:
                raise Refused(str(error)) from error
            target.write(refusal[0])
            return refusal[1]
        if news_of is not None and not output_format.is_state:
            with news_of(answer) as hearing:
                answer = _tell(hearing, answer, output_format, view, target)
        elif news_of is not None or not quiet or answer.speaks_up or not target.is_stream:
            answer, shown = _shown(output_format, answer, view)
            target.write(shown)
    except OutputError as error:
        raise Refused(str(error)) from error
    return output_format.exit_code(answer)


def _tell(
    hearing: Hearing, report: Answered, output_format: Format[Answered], view: View, target: Output
) -> Answered:
    """Write what is new, and remember it once it is written; a file has to be written in any case.

    Raises:
        OutputError: it cannot be written.
    """
    if hearing.news or not target.is_stream:
        report, shown = _shown(output_format, report, replace(view, news=hearing.news))
        if not target.write(shown):
            return report
    remember(hearing)
    return report


def _shown(output_format: Format[Answered], report: Answered, view: View) -> tuple[Answered, str]:
    """The report as that format shows it, and itself; an account that cannot be shown says so in it."""
    from ..defects import kept_apart

    def show(accounts: Sequence[Any]) -> tuple[Answered, str]:
        whole = report.of(accounts)
        return whole, output_format.render(whole, view)

    return kept_apart(show, report.accounts, lambda account, reason: account.failed(reason))


def _answered(
    run: RunOptions,
    question: Callable[[MultiAccountBrokerManager, Settings, Progress], Answered],
    ended: Ended,
    force: bool,
    record: bool,
) -> Answered:
    """The report that came of the question.

    Raises:
        ConfigurationError: there is nothing that could be asked so.
    """
    from ..fleet.multi_account_broker_manager import MultiAccountBrokerManager
    from .progress import progress_bar

    with _settings(run) as settings, progress_bar() as progress:
        spare_the_keys(run.output, settings.env_file)
        ended.settings = run.chosen(settings)
        history = history_of_user(os.environ) if record and not run.demo else None
        with MultiAccountBrokerManager(
            ended.settings,
            timeout=run.timeout,
            deadline=run.deadline,
            workers=run.workers,
            force=force,
            history=history,
        ) as manager:
            return question(manager, settings, progress)


def spare_the_keys(output: Path | None, env_file: Path | None) -> None:
    """Make sure that the report is not written over keys: those of this run, nor those that it passes over.

    Raises:
        ConfigurationError: it would be.
    """
    from ..config import ConfigurationError, find_env_file

    for keys in (env_file, find_env_file()):
        try:
            is_spared = output is None or keys is None or not output.samefile(keys)
        except OSError:
            is_spared = True  # one of them is not there
        if not is_spared:
            raise ConfigurationError(f"{output}: is the file with the keys, so no report is written over it")


@contextmanager
def _settings(run: RunOptions) -> Iterator[Settings]:
    """The accounts to take: those of the environment, or the demo's, whose exchange runs meanwhile."""
    from ..config import demo_settings, load_settings

    if run.demo:
        from kraken_sandbox import SandboxServer, sample_environment, sample_exchange

        with SandboxServer(sample_exchange()) as server:
            yield demo_settings(sample_environment(server.url))
    else:
        yield load_settings(os.environ, run.env_file, run.config.config)
