"""`kraken-accounts completion`: the script that has a shell complete commands, options and labels."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from .options import CONTEXT_SETTINGS, VERSION

SHELLS = ("bash", "zsh", "fish")
PROGRAM = "kraken-accounts"
VARIABLE = "_KRAKEN_ACCOUNTS_COMPLETE"
"""By which a shell asks for completions: click's own name for it."""


@click.command(context_settings=CONTEXT_SETTINGS)
@click.argument("shell", type=click.Choice(SHELLS))
@VERSION
@click.pass_context
def completion(ctx: click.Context, shell: str) -> int:
    """Print the script that has a shell complete commands, options, their choices and the labels of accounts.

    Labels are those of the `.env` that would be read; nobody is asked for them.

    \b
    In ~/.bashrc:
        eval "$(kraken-accounts completion bash)"
    In ~/.zshrc, after compinit:
        eval "$(kraken-accounts completion zsh)"
    Once, for fish:
        kraken-accounts completion fish \\
            > ~/.config/fish/completions/kraken-accounts.fish

    \b
    Exit codes: 0 done; 2 wrong usage.
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"click knows no completion for {shell}")
    script = kind(ctx.find_root().command, {}, PROGRAM, VARIABLE)
    # Not its `source`, which starts a bash to learn its version.
    click.echo(script.source_template % script.source_vars())
    return 0
