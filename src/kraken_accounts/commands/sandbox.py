"""`kraken-accounts sandbox`: serve the simulated exchange."""

from __future__ import annotations

from pathlib import Path

import click

from .options import CONTEXT_SETTINGS
from .run import Refused


@click.command(context_settings=CONTEXT_SETTINGS)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="A loopback address.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8111,
    show_default=True,
    metavar="N",
    help="0 takes any free port.",
)
@click.option(
    "--accounts",
    "accounts_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Accounts, keys and faults from this TOML file instead of the sample accounts.",
)
@click.option("--live", is_flag=True, help="Let prices move every second.")
@click.option("--seed", type=int, metavar="N", help="With --live: the same N makes the same moves.")
def sandbox(host: str, port: int, accounts_file: Path | None, live: bool, seed: int | None) -> int:
    """Serve the simulated exchange, and print the lines that point `.env` to it.

    Try everything on it first: it speaks HTTP and checks signatures as Kraken does. Ctrl-C ends it.
    """
    from kraken_sandbox import AccountsFileError
    from kraken_sandbox.command import serve

    if seed is not None and not live:
        raise click.UsageError("--seed says how prices move, which they only do with --live")
    try:
        serve(host, port, accounts_file, seed, live, click.echo)
    except (AccountsFileError, ValueError) as error:
        raise Refused(str(error)) from error
    return 0
