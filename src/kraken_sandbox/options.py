"""The options of the sandbox's commands, and what they may be."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .catalogue import MARKETS
from .throttle import Refusal

HOST = "127.0.0.1"
PORT = 8111
LARGEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Options:
    """What a sandbox is to be; `throttle` are requests a second, `clock` a time as somebody writes it."""

    host: str = HOST
    port: int = PORT
    accounts: Path | None = None
    market: str | None = None
    clock: str | None = None
    clock_speed: float | None = None
    live: bool = False
    seed: int | None = None
    throttle: float | None = None
    throttle_burst: int | None = None
    throttle_form: str | None = None
    tls: bool = False
    log: Path | None = None

    def check(self) -> None:
        """Raise ValueError where one goes with another that is not given."""
        if self.seed is not None and not self.live:
            raise ValueError("--seed says how prices move, which they only do with --live")
        if self.throttle is None and (self.throttle_burst is not None or self.throttle_form is not None):
            raise ValueError("--throttle-burst and --throttle-form go with --throttle, which says how fast")


HELP = {
    "host": "A loopback address.",
    "port": "0 takes any free port.",
    "accounts": "Accounts, keys and faults from this TOML file instead of the sample accounts.",
    "market": "What is listed: some hundred pairs (small, the default), or as many as at Kraken (whole).",
    "clock": "Begin at this time, such as 2027-01-31T00:00:00Z or unix seconds, instead of now.",
    "clock_speed": "Let time pass N times as fast: at 86400 a second is a day.",
    "live": "Let prices move every second.",
    "seed": "With --live: the same N makes the same moves.",
    "throttle": "Let an address make so many requests a second, as the servers in front of Kraken do.",
    "throttle_burst": "With --throttle: so many of them at once (default: a second's worth).",
    "throttle_form": "With --throttle: what the requests above it are answered with (default: http-429).",
    "tls": "Speak HTTPS, with a certificate made on the spot by the command openssl.",
    "log": "Append a line of JSON for each request to this file, without secrets.",
}


def read_options(arguments: Sequence[str] | None = None) -> Options:
    """The options of `kraken-sandbox`. Ends the process for --help, and with 2 for what makes no sense."""
    parser = argparse.ArgumentParser(
        prog="kraken-sandbox",
        description="Serve a simulated Kraken exchange for bots and clients. No money in it is real.",
        allow_abbrev=False,
    )
    parser.add_argument("--host", metavar="ADDRESS", default=HOST, help=f"{HELP['host']} [{HOST}]")
    parser.add_argument("--port", metavar="N", type=_port, default=PORT, help=f"{HELP['port']} [{PORT}]")
    parser.add_argument("--accounts", metavar="FILE", type=Path, help=HELP["accounts"])
    parser.add_argument("--market", choices=tuple(MARKETS), help=HELP["market"])
    parser.add_argument("--clock", metavar="TIME", help=HELP["clock"])
    parser.add_argument("--clock-speed", metavar="N", type=float, help=HELP["clock_speed"])
    parser.add_argument("--live", action="store_true", help=HELP["live"])
    parser.add_argument("--seed", metavar="N", type=int, help=HELP["seed"])
    parser.add_argument("--throttle", metavar="RATE", type=float, help=HELP["throttle"])
    parser.add_argument("--throttle-burst", metavar="N", type=int, help=HELP["throttle_burst"])
    parser.add_argument("--throttle-form", choices=tuple(map(str, Refusal)), help=HELP["throttle_form"])
    parser.add_argument("--tls", action="store_true", help=HELP["tls"])
    parser.add_argument("--log", metavar="FILE", type=Path, help=HELP["log"])
    return Options(**vars(parser.parse_args(arguments)))


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to {LARGEST_PORT}, not {port}")
    return port
