"""Who is told of a run: those who read the news in its output, and those who do not look, by message or ping."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

import click

from ..errors import ConfigurationError, sealed
from ..run_variables import NOTIFY, PING

if TYPE_CHECKING:
    from ..config import Settings
    from ..config.secret import Secret
    from ..memory.audience import Hearing
    from ..notify.channel import Channel
    from ..notify.ping import Ping
    from ..report.audit import AuditReport
    from ..report.model import Report
    from .configuration import Configuration
    from .options import RunOptions

_log = logging.getLogger(__name__)


def secret_url(value: str) -> Secret:
    """A URL that gives access, as an option has it: hidden as soon as it is read."""
    from ..config.secret import Secret

    return Secret(value)


class Ended:
    """What is known of a run at its end: its report and its accounts, if it came so far, and its exit code."""

    settings: Settings  # as soon as there is a report

    def __init__(self) -> None:
        self.report: Report | AuditReport | None = None
        self.code: int | None = None

    def heard(self, answered: Callable[[], Any]) -> Callable[[], Any]:
        """The same function, whose report is kept here."""

        def answer() -> Any:
            self.report = answered()
            return self.report

        return answer


def news_for_output(
    run: RunOptions, ended: Ended, report: Report | AuditReport
) -> AbstractContextManager[Hearing]:
    """What of the report is new to those who read the output."""
    from ..memory.audience import OUTPUT

    return _hearing(run, ended, OUTPUT, report)


def remember(hearing: Hearing) -> None:
    """That somebody was told; that it cannot be remembered fails no run."""
    if (why := hearing.remember()) is not None:
        click.echo(f"What was told cannot be remembered, so the next run may tell it again: {why}.", err=True)


def _hearing(
    run: RunOptions, ended: Ended, way: str, report: Report | AuditReport
) -> AbstractContextManager[Hearing]:
    from ..memory.audience import Audience
    from ..report.comparison import Terms
    from ..storage import Storage

    return Audience(Storage.state(), ended.settings, way, Terms(run.remind, run.after)).hears(report)


@contextmanager
def telling(run: RunOptions, environ: Mapping[str, str]) -> Iterator[Ended]:
    """Tell of the run once it has ended, however that was; only of one that somebody interrupts nothing is told.

    Raises:
        ConfigurationError: a URL cannot be used, or the library for them is missing; before anything is asked.
    """
    # A demo is nobody's trouble, unless somebody wants to see one.
    environ = {} if run.demo else environ
    ping = _ping(run.ping, environ, named_in(run.config, "ping"))
    ended = Ended()
    try:
        channels = channels_of(run.notify, environ, named_in(run.config, "notify"))
        try:
            yield ended
        except (KeyboardInterrupt, click.Abort):
            raise
        except BaseException:
            _notify(run, channels, ended)
            raise
        _notify(run, channels, ended)
    except (KeyboardInterrupt, click.Abort):
        raise
    except BaseException:
        _send(ping, well=False)
        raise
    _send(ping, well=ended.code == 0)


def channels_of(
    urls: Sequence[Secret], environ: Mapping[str, str], named: Sequence[str] = ()
) -> Sequence[Channel]:
    """The ways to those who are to be told: the URLs of the command line, else those of the environment.

    Args:
        named: the variables of the environment that config.toml names; only of use where it has none by our name.

    Raises:
        ConfigurationError: one of the URLs cannot be used, or is not there, or the library for them is missing.
    """
    return sealed(_channels_of, urls, environ, named)


def named_in(config: Configuration, option: str) -> Sequence[str]:
    """The variables that config.toml names for it."""
    return [name.removeprefix("$") for name in config.options.get(option, ())]


def _value_of(name: str, environ: Mapping[str, str]) -> str:
    if not (value := environ.get(name, "").strip()):
        raise ConfigurationError(f"config.toml names ${name}, which is not set in the environment")
    return value


def _channels_of(urls: Sequence[Secret], environ: Mapping[str, str], named: Sequence[str]) -> Sequence[Channel]:
    texts, origin = [url.reveal() for url in urls], "--notify"
    if not texts:
        texts, origin = [environ.get(NOTIFY, "")], NOTIFY
    if named and environ and not "".join(texts).strip():
        texts, origin = [_value_of(name, environ) for name in named], "config.toml"
    words = [word for text in texts for word in text.split()]
    if not words:
        if urls:
            raise ConfigurationError("--notify is empty: give it the URL of Apprise that leads to you")
        return ()
    from ..config.secret import Secret
    from ..notify.channel import open_channels

    return open_channels((Secret(word), origin) for word in words)


def _ping(url: Secret | None, environ: Mapping[str, str], named: Sequence[str]) -> Ping | None:
    from_environment, origin = environ.get(PING, "").strip(), PING
    if url is None and not from_environment and named and environ:
        from_environment, origin = _value_of(named[0], environ), "config.toml"
    if url is None and not from_environment:
        return None
    from ..config.secret import Secret
    from ..notify.ping import Ping

    return Ping(Secret(from_environment), origin) if url is None else Ping(url, "--ping")


def _notify(run: RunOptions, channels: Sequence[Channel], ended: Ended) -> None:
    """Send what is new, and what earlier runs could not send; nothing that fails here fails the run."""
    if not channels:
        return
    try:
        failures = _notified(run, channels, ended)
    except Exception as error:  # noqa: BLE001 - whatever it is, the check has been made
        _log.debug("the notification failed: %s", type(error).__name__)
        failures = [f"No notification was sent, for a defect of kraken-accounts ({type(error).__name__})."]
    for failure in failures:
        click.echo(failure, err=True)


def _notified(run: RunOptions, channels: Sequence[Channel], ended: Ended) -> Sequence[str]:
    """What could not be delivered, in a sentence each.

    What is new counts as told once it is kept for delivery: it is sent now, or with a later run.
    """
    from ..memory.audience import MESSAGES
    from ..notify.composing import compose
    from ..notify.delivery import deliver, post
    from ..storage import NOTHING_KEPT, Storage

    storage = NOTHING_KEPT if run.demo else Storage.state()
    if ended.report is None:
        return deliver(post(channels, None, storage))
    with _hearing(run, ended, MESSAGES, ended.report) as hearing:
        posts = post(channels, compose(ended.report, hearing.news, amounts=run.notify_amounts), storage)
        if all(one.is_kept for one in posts):
            remember(hearing)
    return deliver(posts)


def _send(ping: Ping | None, *, well: bool) -> None:
    if ping is None:
        return
    try:
        failure = ping.send(well=well)
    except Exception as error:  # noqa: BLE001 - whatever it is, the check has been made
        # The words of a refusal are this program's own, with nothing secret in them.
        why = str(error) if isinstance(error, ConfigurationError) else type(error).__name__
        failure = f"Ping not delivered ({why})."
    if failure:
        click.echo(failure, err=True)
