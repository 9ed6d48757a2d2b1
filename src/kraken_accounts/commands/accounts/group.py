"""The group `accounts`: alone it lists what is known."""

from __future__ import annotations

from pathlib import Path

import click

from ..options import CONFIG, CONTEXT_SETTINGS, VERSION
from .basics import ENV_FILE, Names
from .listing import write_list

_FORMATS = ("table", "json")
_FORMAT = click.option(
    "--format",
    "format_name",
    type=click.Choice(_FORMATS),
    default=_FORMATS[0],
    show_default=True,
    help="For whom.",
)


@click.group(context_settings=CONTEXT_SETTINGS, invoke_without_command=True)
@ENV_FILE
@CONFIG
@_FORMAT
@VERSION
@click.pass_context
def accounts(ctx: click.Context, env_file: Path | None, config: Path | None, format_name: str) -> int:
    """List the accounts that are known: whose key opens which Kraken account, since when, and how the last check
    found it. Asks Kraken nothing. The commands put keys in, exchange and remove them.

    Exit codes: 0 done; 1 not done; 2 wrong usage or configuration; 3 Kraken could not be reached.
    """
    ctx.obj = env_file, config
    if ctx.invoked_subcommand is None:
        write_list(env_file, config, format_name)
    return 0


@accounts.command("list", context_settings=CONTEXT_SETTINGS)
@ENV_FILE
@CONFIG
@_FORMAT
@click.pass_obj
def list_accounts(parent: Names, env_file: Path | None, config: Path | None, format_name: str) -> int:
    """The same as `accounts` alone."""
    write_list(env_file or parent[0], config or parent[1], format_name)
    return 0
