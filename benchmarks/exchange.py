"""Serves the simulated exchange over TLS, with a settable latency and any number of accounts, until it is stopped.

    python benchmarks/exchange.py FOLDER ACCOUNTS LATENCY MARKET

MARKET is `whole` for all that Kraken lists, or `small`. FOLDER gets the authorities' certificates,
authorities.pem, and the accounts' variables, env. The certificates that real clients trust are among the former,
so that reading them costs what it costs in real life. What it lists is made before anybody asks for it: a megabyte
of AssetPairs lies ready at Kraken, and takes a tenth of a second here, in which nobody else would be answered.
"""

from __future__ import annotations

import ssl
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import certifi
import trustme

from kraken_sandbox import (
    Exchange,
    PastTrade,
    SandboxServer,
    SimulatedAccount,
    SimulatedHolding,
    SimulatedKey,
)
from kraken_sandbox.catalogue import MARKETS
from kraken_sandbox.messages import ReceivedRequest


@contextmanager
def served(folder: Path, accounts: int, latency: float, market: str) -> Iterator[Exchange]:
    """An exchange with so many accounts, served from threads of this process; the files are in the folder."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    (folder / "authorities.pem").write_bytes(Path(certifi.where()).read_bytes() + authority.cert_pem.bytes())

    exchange = Exchange(MARKETS[market]())
    names = ["MASTER", *(f"USER_BENCH{number:04}" for number in range(1, accounts))]
    lines = []
    now, price = exchange.clock(), Decimal(64000)
    fills = [PastTrade("XBTUSD", "buy", Decimal("0.001"), price, now - 3600 * hour) for hour in range(40)]
    for number, name in enumerate(names):
        key = f"{number:04}-sample-key-for-the-benchmark"
        secret = b64encode(f"sample secret {number} of the benchmark".ljust(64, ".").encode()).decode()
        amounts = {"ZUSD": 1000, "XXBT": 1, "XBT.F": 2, "XETH": 3, "DOT28.S": 40, "SOL": 5}
        holdings = {code: SimulatedHolding(Decimal(amount)) for code, amount in amounts.items()}
        exchange.add_account(SimulatedAccount(name, f"SAMPLE {number:04}", holdings), past=fills)
        exchange.add_key(name, SimulatedKey(key, secret, ip_allowlist=("127.0.0.1",)))
        lines += [f"KRAKEN_{name}_API_KEY={key}", f"KRAKEN_{name}_API_SECRET={secret}"]
    for endpoint in ("Assets", "AssetPairs", "Ticker"):
        exchange.handle(ReceivedRequest("GET", f"/0/public/{endpoint}", headers={"user-agent": "benchmark"}))
    with SandboxServer(exchange, ssl_context=context, latency=latency) as server:
        (folder / "env").write_text("\n".join([f"KRAKEN_API_URL={server.url}", *lines, ""]))
        (folder / "env").chmod(0o600)
        yield exchange


def main(folder: Path, accounts: int, latency: float, market: str) -> None:
    with served(folder, accounts, latency, market):
        print("serving", flush=True)
        sys.stdin.read()  # until whoever started it closes the pipe


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4])
