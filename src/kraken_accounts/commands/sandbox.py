"""`kraken-accounts sandbox`: serve the simulated exchange."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .configuration import Refused
from .options import CONTEXT_SETTINGS

# Names of kraken_sandbox, which is only loaded where it is needed: of its markets, and of its refusals.
MARKETS = ("small", "whole")
REFUSALS = ("http-429", "http-429-retry-after", "http-429-json", "too-many-requests", "throttled")


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
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Accounts, keys and faults from this TOML file instead of the sample accounts.",
)
@click.option(
    "--market",
    type=click.Choice(MARKETS),
    help="What is listed: some hundred pairs (small, the default), or as many as at Kraken (whole).",
)
@click.option(
    "--clock",
    metavar="TIME",
    help="Begin at this time, such as 2027-01-31T00:00:00Z or unix seconds, instead of now.",
)
@click.option(
    "--clock-speed",
    type=float,
    metavar="N",
    help="Let time pass N times as fast: at 86400 a second is a day.",
)
@click.option("--live", is_flag=True, help="Let prices move every second.")
@click.option("--seed", type=int, metavar="N", help="With --live: the same N makes the same moves.")
@click.option(
    "--throttle",
    type=float,
    metavar="RATE",
    help="Let an address make so many requests a second, as the servers in front of Kraken do.",
)
@click.option(
    "--throttle-burst",
    type=int,
    metavar="N",
    help="With --throttle: so many of them at once (default: a second's worth).",
)
@click.option(
    "--throttle-form",
    type=click.Choice(REFUSALS),
    help="With --throttle: what the requests above it are answered with (default: http-429).",
)
@click.option(
    "--tls", is_flag=True, help="Speak HTTPS, with a certificate made on the spot by the command openssl."
)
@click.option(
    "--log",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Append a line of JSON for each request to this file, without secrets.",
)
def sandbox(**options: Any) -> int:
    """Serve the simulated exchange, and print the lines that point `.env` to it.

    Try everything on it first: it speaks HTTP and checks signatures as Kraken does. Ctrl-C ends it.
    """
    from kraken_sandbox import AccountsFileError
    from kraken_sandbox.command import serve
    from kraken_sandbox.options import Options

    try:
        serve(Options(**options), click.echo)
    except (AccountsFileError, ValueError) as error:
        raise Refused(str(error)) from error
    return 0
