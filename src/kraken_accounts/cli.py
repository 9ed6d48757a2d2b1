"""The command line: the group of commands, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import click

from .commands.accounts import accounts
from .commands.audit import audit
from .commands.check import check
from .commands.combine import combine
from .commands.config import config
from .commands.notify import notify
from .commands.options import CONTEXT_SETTINGS, VERSION
from .commands.process import run
from .commands.sandbox import sandbox

__all__ = ["check", "cli", "main"]


class _CheckByDefault(click.Group):
    """`kraken-accounts` alone, or with options of `check`, is `kraken-accounts check`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"-h", "--help", "--version", *self.list_commands(ctx)}
        if not args or (args[0] not in own and args[0].startswith("-")):
            args = ["check", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_CheckByDefault, context_settings=CONTEXT_SETTINGS)
@VERSION
def cli() -> None:
    """Is each Kraken account trading, how much is in it, and are the accounts truly separate?

    Reads the accounts' API keys from the environment and `.env`. It never withdraws and never
    places an order.
    """


for command in (check, audit, accounts, combine, config, notify, sandbox):
    cli.add_command(command)


def main(args: Sequence[str] | None = None, command: click.Command = cli) -> None:
    """Run a command and end the process with its exit code; no traceback ever reaches a user."""
    run(command, args)
