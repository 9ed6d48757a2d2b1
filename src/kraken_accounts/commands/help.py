"""`kraken-accounts help`: the help of a command, or the manual page of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
from click.exceptions import NoSuchCommand

from .options import CONTEXT_SETTINGS, VERSION

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def _complete_name(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    from click.shell_completion import CompletionItem

    try:
        found = _found(ctx.find_root(), ctx.params.get(param.name or "") or ())
    except click.UsageError:
        return []
    command = found.command
    names = command.list_commands(found) if isinstance(command, click.Group) else []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


@click.command(context_settings=CONTEXT_SETTINGS)
@click.argument("names", nargs=-1, metavar="[COMMAND]...", shell_complete=_complete_name)
@click.option("--man", "is_page", is_flag=True, help="Print the manual page of all commands, for `man -l -`.")
@VERSION
@click.pass_context
def help(ctx: click.Context, names: Sequence[str], is_page: bool) -> int:  # noqa: A001 - it is called so
    """Print the help of COMMAND, as `COMMAND --help` does; without one, which commands there are.

    Exit codes: 0 done; 2 there is no such command.
    """
    if is_page:
        from .man_page import man_page

        if names:
            raise click.UsageError("--man prints one page of all commands: leave COMMAND away")
        click.echo(man_page(ctx.find_root()), nl=False)
    else:
        click.echo(_found(ctx.find_root(), names).get_help())
    return 0


def _found(root: click.Context, names: Sequence[str]) -> click.Context:
    """The context of a command.

    Raises:
        click.UsageError: there is none of that name.
    """
    found = root
    for name in names:
        group = found.command
        known = group.list_commands(found) if isinstance(group, click.Group) else []
        command = group.get_command(found, name) if isinstance(group, click.Group) else None
        if command is None:
            message = f"there is no command {' '.join(names)!r}: see {root.info_name} help."
            raise NoSuchCommand(name, message, known)
        found = click.Context(command, info_name=name, parent=found, **command.context_settings)
    return found
