"""What `kraken-sandbox` and `kraken-accounts sandbox` do: serve the simulated exchange until told to stop."""

import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from .accounts_file import AccountsFileError, load_exchange
from .catalogue import MARKETS
from .certificates import Certificate, own_certificate
from .clock import SettableClock
from .exchange import Exchange
from .options import Options, read_options
from .price_walk import PriceWalk
from .request_log import RequestLog
from .samples import environment, sample_exchange
from .server import SandboxServer
from .throttle import AddressThrottle, Refusal

SECONDS_BETWEEN_MOVES = 1.0

PLAIN = re.compile(r"[A-Za-z0-9_.:/+=<>@\[\]-]+")


def main(arguments: Sequence[str] | None = None) -> int:
    """`kraken-sandbox`: its exit code, 2 with one sentence on standard error for what makes no sense."""
    options = read_options(arguments)
    try:
        serve(options, lambda line: print(line, flush=True))  # noqa: T201 - this is the command's output
    except (AccountsFileError, ValueError) as error:
        sys.stderr.write(f"Error: {error}\n")
        return 2
    except BrokenPipeError:
        # Who reads the lines has gone; nothing can be said any more.
        sys.stdout = None
        return 1
    return 0


def serve(options: Options, echo: Callable[[str], None]) -> None:
    """Serve the exchange of the accounts file, or of the sample accounts, until Ctrl-C or SIGTERM.

    `echo` prints a line: first the `.env` lines that make kraken-accounts ask this exchange, then what goes on.
    Raises AccountsFileError, and ValueError for options that make no sense, an address that is no loopback one, a
    port that cannot be had, a log that cannot be written, or a certificate that cannot be made.
    """
    exchange = _exchange(options)
    walk = PriceWalk(exchange.state.market, options.seed) if options.live else None
    with ExitStack() as stack:
        log = None if options.log is None else stack.enter_context(RequestLog(options.log))
        certificate = stack.enter_context(own_certificate(options.host)) if options.tls else None
        server = stack.enter_context(_server(options, exchange, log, certificate))
        stop = stack.enter_context(_stop_signals())
        for line in _introduction(exchange, server.url, options.log, certificate):
            echo(line)
        while not stop.wait(SECONDS_BETWEEN_MOVES if walk else None):
            if walk:
                exchange.move_prices(walk)
    echo("# The sandbox has stopped.")


def _exchange(options: Options) -> Exchange:
    """What is served. The options replace what the accounts file says of market, clock and throttle."""
    options.check()
    clock = None
    if options.clock is not None or options.clock_speed is not None:
        start = None if options.clock is None else _moment(options.clock)
        speed = 1 if options.clock_speed is None else options.clock_speed
        clock = SettableClock(time.time, start=start, speed=speed)
    throttle = None
    if options.throttle is not None:
        form = Refusal(options.throttle_form or Refusal.HTTP_429)
        throttle = AddressThrottle(options.throttle, options.throttle_burst, form)
    market = None if options.market is None else MARKETS[options.market]()
    if options.accounts is None:
        exchange = sample_exchange(market, clock=clock or time.time)
    else:
        exchange = load_exchange(options.accounts, market, clock=clock)
    exchange.throttle = throttle or exchange.throttle
    return exchange


def _server(
    options: Options, exchange: Exchange, log: RequestLog | None, certificate: Certificate | None
) -> SandboxServer:
    context = None if certificate is None else certificate.context
    host, port = options.host, options.port
    try:
        return SandboxServer(exchange, host=host, port=port, ssl_context=context, request_log=log)
    except (OSError, OverflowError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ValueError(
            f"port {port} on {host} cannot be had: {why}; choose another with --port (0 takes any that is free)"
        ) from error


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


def _introduction(
    exchange: Exchange, url: str, log: Path | None, certificate: Certificate | None
) -> Iterator[str]:
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
    if certificate is not None:
        yield f"# Clients trust its certificate by this file, as long as it runs: {certificate.authority}"
        yield "# (SSL_CERT_FILE, REQUESTS_CA_BUNDLE or NODE_EXTRA_CA_CERTS in their environment; curl --cacert)"
    if log is not None:
        yield f"# Each request is noted in {log}"
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
