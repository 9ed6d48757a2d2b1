"""`kraken-accounts notify`: is there a way to those who are to be told?"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..run_variables import NOTIFY
from .configuration import Refused, configuration_of
from .options import CONFIG, CONTEXT_SETTINGS, VERSION
from .telling import channels_of, named_in, secret_url

if TYPE_CHECKING:
    from ..config.secret import Secret


@click.command(context_settings=CONTEXT_SETTINGS)
@click.option("--test", "is_test", is_flag=True, help="Send a message that says it is a test; required.")
@click.option(
    "--notify",
    "urls",
    type=secret_url,
    multiple=True,
    metavar="URL",
    help=f"Try this URL of Apprise. May be given more than once; without it, those of {NOTIFY}, or of the "
    "variables that config.toml names.",
)
@click.option(
    "--env-file",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The file with the keys, as for check, beside which a config.toml may lie.",
)
@CONFIG
@VERSION
def notify(is_test: bool, urls: Sequence[Secret], env_file: Path | None, config: Path | None) -> int:
    """Prove the way of notifications: send a test message by every URL, and say of each whether it arrived.

    A URL is called by its scheme and a fingerprint, since it is a secret. What waits of earlier runs goes on
    waiting.

    \b
    Exit codes: 0 all were delivered; 1 at least one was not; 2 wrong usage or
    configuration.
    """
    from ..config import ConfigurationError

    if not is_test:
        raise click.UsageError("say what to do: --test sends a test message")
    try:
        named = () if urls else named_in(configuration_of(config, env_file), "notify")
        channels = channels_of(urls, os.environ, named)
    except ConfigurationError as error:
        raise Refused(str(error)) from error
    if not channels:
        raise Refused(f"there is nobody to tell: set {NOTIFY}, or give --notify URL")
    from ..notify.delivery import send_now
    from ..notify.message import Message
    from ..report.findings import Severity

    message = Message("kraken-accounts: a test", "Notifications of kraken-accounts arrive here.", Severity.INFO)
    arrived = send_now(channels, message)
    for channel, was_delivered in zip(channels, arrived, strict=True):
        click.echo(f"{channel.name}: {'delivered' if was_delivered else 'NOT delivered'}")
    return 0 if all(arrived) else 1
