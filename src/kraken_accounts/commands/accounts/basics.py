"""What the commands about accounts have in common: options, refusals, and the accounts that they are about."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..configuration import Refused, configuration_of
from ..labels import complete_label

if TYPE_CHECKING:
    from ...config import Settings
    from ...memory.register import Register

NOT_CONFIGURED = "not configured any more"
NO_USER_ID = (
    "a user id has letters, digits and _ . @ - only, 64 at most, begins with none of the signs, and is not master"
)
ENV_FILE = click.option(
    "--env-file",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The file or pipe with the keys, as for check: each source of keys has accounts of its own.",
)
FILE_TO_CHANGE = click.option(
    "--env-file",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The file to change, made if need be; by itself the `.env` that a check would read.",
)
YES = click.option("--yes", is_flag=True, help="Do it without asking.")
LABEL = click.argument("label", shell_complete=complete_label)
Names = tuple[Path | None, Path | None]
"""The file with the keys, and config.toml, where they are named."""


class Failed(click.ClickException):
    """What was asked for was not done."""

    exit_code = 1


class NotReached(Failed):
    """Nor did Kraken answer at all."""

    exit_code = 3


@contextmanager
def refusals() -> Iterator[None]:
    """Words in place of a `ConfigurationError`."""
    from ...config import ConfigurationError

    try:
        yield
    except ConfigurationError as error:
        raise Refused(str(error)) from error


def registered(env_file: Path | None, config: Path | None) -> tuple[Settings, Register]:
    """The accounts that are configured, and what is remembered of them."""
    from ...config import load_settings
    from ...memory.register import Register
    from ...storage import Storage

    with refusals():
        settings = load_settings(os.environ, env_file, configuration_of(config, env_file).config)
    return settings, Register(Storage.state(), settings)
