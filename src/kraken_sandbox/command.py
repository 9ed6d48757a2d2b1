"""What `kraken-accounts sandbox` does: serve the simulated exchange until it is told to stop."""

import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from .accounts_file import load_exchange
from .catalogue import MARKETS
from .clock import SettableClock
from .exchange import Exchange
from .price_walk import PriceWalk
from .samples import environment, sample_exchange
from .server import SandboxServer
from .throttle import AddressThrottle

SECONDS_BETWEEN_MOVES = 1.0

PLAIN = re.compile(r"[A-Za-z0-9_.:/+=<>@\[\]-]+")


def serve(
    host: str,
    port: int,
    accounts_file: Path | None,
    seed: int | None,
    live: bool,
    echo: Callable[[str], None],
    market: str | None = None,
    throttle: AddressThrottle | None = None,
    clock: SettableClock | None = None,
) -> None:
    """Serve the exchange of the accounts file, or of the sample accounts, until Ctrl-C or SIGTERM.

    `echo` prints a line: first the `.env` lines that make kraken-accounts ask this exchange, then what goes on.
    With `live`, prices move every second, the same way for the same `seed`. Port 0 takes any that is free.
    A `market`, one of the names in MARKETS, a `throttle` and a `clock` replace those of the accounts file.
    Raises AccountsFileError, and ValueError for an address that is no loopback one or a port that cannot be had.
    """
    listed = None if market is None else MARKETS[market]()
    if accounts_file is None:
        exchange = sample_exchange(listed, clock=clock or time.time)
    else:
        exchange = load_exchange(accounts_file, listed, clock=clock)
    if throttle is not None:
        exchange.throttle = throttle
    try:
        server = SandboxServer(exchange, host=host, port=port)
    except (OSError, OverflowError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ValueError(
            f"port {port} on {host} cannot be had: {why}; choose another with --port (0 takes any that is free)"
        ) from error
    walk = PriceWalk(exchange.state.market, seed) if live else None
    with server, _stop_signals() as stop:
        for line in _introduction(exchange, server.url):
            echo(line)
        while not stop.wait(SECONDS_BETWEEN_MOVES if walk else None):
            if walk:
                exchange.move_prices(walk)
    echo("# The sandbox has stopped.")


def _introduction(exchange: Exchange, url: str) -> Iterator[str]:
    yield f"# The simulated Kraken exchange listens at {url}"
    yield "# No account and no money here is real. Put these lines into a .env and run: kraken-accounts check"
    for name, value in environment(exchange, url).items():
        yield f"{name}={_quoted(value)}"
    if (throttle := exchange.throttle) is not None:
        yield (
            f"# An address may make {throttle.rate:g} requests a second, {throttle.burst} of them at once; "
            f"what comes faster is refused ({throttle.form})."
        )
    if exchange.clock.is_set:
        now = datetime.fromtimestamp(exchange.clock(), UTC)
        speed = exchange.clock.speed
        yield f"# Its clock says {now:%Y-%m-%d %H:%M:%S} UTC and goes {speed:g} times as fast as yours."
    yield "# Ctrl-C stops it."


def _quoted(value: str) -> str:
    """The value as a `.env` file spells it: in quotes where a plain one would be read as something else."""
    if PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


@contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set. Only a program's main thread gets to hear of them."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
