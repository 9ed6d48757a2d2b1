"""`kraken-accounts sandbox`: serve the simulated exchange."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

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
    "accounts_file",
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
    "start",
    metavar="TIME",
    help="Begin at this time, such as 2027-01-31T00:00:00Z or unix seconds, instead of now.",
)
@click.option(
    "--clock-speed",
    "speed",
    type=float,
    metavar="N",
    help="Let time pass N times as fast: at 86400 a second is a day.",
)
@click.option("--live", is_flag=True, help="Let prices move every second.")
@click.option("--seed", type=int, metavar="N", help="With --live: the same N makes the same moves.")
@click.option(
    "--throttle",
    "rate",
    type=float,
    metavar="RATE",
    help="Let an address make so many requests a second, as the servers in front of Kraken do.",
)
@click.option(
    "--throttle-burst",
    "burst",
    type=int,
    metavar="N",
    help="With --throttle: so many of them at once (default: a second's worth).",
)
@click.option(
    "--throttle-form",
    "form",
    type=click.Choice(REFUSALS),
    help="With --throttle: what the requests above it are answered with (default: http-429).",
)
def sandbox(
    host: str,
    port: int,
    accounts_file: Path | None,
    market: str | None,
    start: str | None,
    speed: float | None,
    live: bool,
    seed: int | None,
    rate: float | None,
    burst: int | None,
    form: str | None,
) -> int:
    """Serve the simulated exchange, and print the lines that point `.env` to it.

    Try everything on it first: it speaks HTTP and checks signatures as Kraken does. Ctrl-C ends it.
    """
    from kraken_sandbox import AccountsFileError, AddressThrottle, Refusal, SettableClock
    from kraken_sandbox.command import serve

    if seed is not None and not live:
        raise click.UsageError("--seed says how prices move, which they only do with --live")
    if rate is None and (burst is not None or form is not None):
        raise click.UsageError("--throttle-burst and --throttle-form go with --throttle, which says how fast")
    try:
        throttle = None if rate is None else AddressThrottle(rate, burst, Refusal(form or Refusal.HTTP_429))
        clock = None
        if start is not None or speed is not None:
            moment = None if start is None else _moment(start)
            clock = SettableClock(time.time, start=moment, speed=1 if speed is None else speed)
        serve(host, port, accounts_file, seed, live, click.echo, market, throttle, clock)
    except (AccountsFileError, ValueError) as error:
        raise Refused(str(error)) from error
    return 0


def _moment(text: str) -> float:
    """A time in unix seconds. Raises ValueError for what is none, or does not say in which zone it is."""
    if text.isascii() and text.isdigit():
        return float(text)
    moment = None
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"--clock: {text!r} is no time; write one such as 2027-01-31T00:00:00Z, or unix seconds")
    return moment.timestamp()
