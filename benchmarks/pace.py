"""How long does a check take where an address may ask only so often? python benchmarks/pace.py

The simulated exchange serves TLS with 50 ms a request and lets an address make so many requests a second, so many
at once; what is above that it refuses, in each form that Kraken's users have met. Each time the real command runs
twice with its default options: first it knows nothing, the next time it has what the first has left. Before both
nobody has asked for a while. The table says how long they took, as a multiple of the least time in which the
exchange would have taken their requests, and how many requests it refused: that depends little on the machine. It
is printed and written to docs/PERFORMANCE.md.

    python benchmarks/pace.py           the real thing, some minutes
    python benchmarks/pace.py --small   only to see that it works; writes nothing
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from exchange import served
from run import CHECK, MEMORY, write_figures

from kraken_sandbox.throttle import AddressThrottle, Refusal

LATENCY = 0.05  # seconds


@dataclass(frozen=True)
class Door:
    """How many accounts are asked, and how fast: requests a second, and at once."""

    accounts: int
    rate: int
    burst: int


FULL = (Door(101, 20, 20), Door(501, 100, 20), Door(501, 100, 100))
SMALL = (Door(12, 20, 5),)


@dataclass(frozen=True)
class Run:
    """Of one run: seconds, and requests.

    Attributes:
        least: seconds in which the exchange could have taken as many requests.
    """

    seconds: float
    least: float
    taken: int
    refused: int
    right: int

    def __str__(self) -> str:
        return f"{self.seconds / self.least:.2f} | {self.refused} of {self.taken + self.refused}"


def two_runs(door: Door, form: Refusal) -> Iterator[Run]:
    """The first run of a check, and the next."""
    with (
        tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name,
        served(Path(name), door.accounts, LATENCY, "whole") as exchange,
    ):
        env = {"PATH": os.environ["PATH"], "HOME": name, "SSL_CERT_FILE": f"{name}/authorities.pem"}
        command = [sys.executable, str(CHECK), "--env-file", f"{name}/env", "--format", "json"]
        for _ in range(2):
            exchange.throttle = throttle = AddressThrottle(door.rate, door.burst, form)
            started = time.monotonic()
            output = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=False).stdout
            seconds = time.monotonic() - started
            right = sum(account["status"] == "trading" for account in json.loads(output)["accounts"])
            least = (throttle.allowed - door.burst) / door.rate
            yield Run(seconds, least, throttle.allowed, throttle.refused, right)


def rows(doors: tuple[Door, ...]) -> Iterator[str]:
    """The table, line by line as it comes about."""
    yield "| accounts | a second, at once | a refusal | first run | refused | next run | refused | right |"
    yield "|---|---|---|---|---|---|---|---|"
    for door in doors:
        for form in Refusal:
            first, again = two_runs(door, form)
            right = min(first.right, again.right)
            yield (
                f"| {door.accounts} | {door.rate}, {door.burst} | `{form}` | {first} | {again} "
                f"| {'all' if right == door.accounts else right} |"
            )


def main() -> None:
    small = "--small" in sys.argv[1:]
    lines = []
    for line in rows(SMALL if small else FULL):
        print(line, flush=True)
        lines.append(line)
    if not small:
        write_figures("pace", "\n".join(lines))


if __name__ == "__main__":
    main()
