"""The command line: the group of commands, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click
from click.exceptions import NoSuchCommand
from click.shell_completion import CompletionItem

from .commands.check import check
from .commands.epilogs import epilog_of
from .commands.options import CONTEXT_SETTINGS, VERSION
from .commands.process import run

__all__ = ["check", "cli", "main"]

# Each is `commands/NAME.py`, loaded when it is used.
_OTHERS = (
    "accounts",
    "audit",
    "combine",
    "completion",
    "config",
    "doctor",
    "help",
    "history",
    "notify",
    "sandbox",
)


class _Commands(click.Group):
    """`kraken-accounts` alone, or with options of `check`, is `kraken-accounts check`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted((*super().list_commands(ctx), *_OTHERS))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _OTHERS:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(import_module(f".commands.{cmd_name}", __package__), cmd_name)
        command.epilog = epilog_of(cmd_name)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"-h", "--help", "--version", *self.list_commands(ctx)}
        # A shell that completes the first word has none yet: it may become another command.
        if (not args and not ctx.resilient_parsing) or (args and args[0] not in own and args[0].startswith("-")):
            args = ["check", *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand as error:
            # click itself would think only of commands that are loaded.
            raise NoSuchCommand(error.command_name, possibilities=self.list_commands(ctx), ctx=ctx) from None

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[Any]]:
        """What the first word may become: a command, or an option of `check`."""
        found = super().shell_complete(ctx, incomplete)
        of_check = check.shell_complete(click.Context(check, parent=ctx, resilient_parsing=True), incomplete)
        return list({item.value: item for item in (*of_check, *found)}.values())


@click.group(cls=_Commands, context_settings=CONTEXT_SETTINGS)
@VERSION
def cli() -> None:
    """Is each Kraken account trading, how much is in it, and are the accounts truly separate?

    Reads the accounts' API keys from the environment and `.env`. It never withdraws and never
    places an order.

    Without a command, or with options of `check`, it checks. `kraken-accounts help COMMAND` tells of a command,
    `man kraken-accounts`, or `kraken-accounts help --man`, of all of them. The pages that these name lie in
    share/doc/kraken-accounts of the environment that it is installed in, and in the clone.
    """


check.epilog = epilog_of("check")
cli.add_command(check)


def main(args: Sequence[str] | None = None, command: click.Command = cli) -> None:
    """Run a command and end the process with its exit code; no traceback ever reaches a user."""
    run(command, args)
