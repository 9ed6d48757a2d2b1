"""Runs clients that others wrote for Kraken against the sandbox, unchanged but for the address.

    python clients/run_clients.py          all of them, some twelve minutes: freqtrade trades for ten
    python clients/run_clients.py ccxt-python   only these
    python clients/run_clients.py --list   their names

Each comes from its package index, at the versions that clients/pins has, into an environment of its own under
clients/.cache; each meets a sandbox of its own, which is the command `kraken-sandbox` with clients/accounts.toml.
What it says the account has in the end is held against the sandbox's books. The exit code is 1 where a row is not
whole for another reason than the one that the client's script gives.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from catalogue import CLIENTS, Client
from installing import NotInstalled, install
from outcome import Row, table
from sessions import run

AT_ONCE = 2
"""The processors that there are; freqtrade, which mostly waits, comes beside these."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Run other people's clients against the sandbox.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these")
    parser.add_argument("--list", action="store_true", help="tell the names of all")
    options = parser.parse_args(arguments)
    if options.list:
        print("\n".join(CLIENTS))
        return 0
    if unknown := [name for name in options.names if name not in CLIENTS]:
        parser.error(f"there is no {', '.join(unknown)}; --list tells what there is")
    chosen = [client for name, client in CLIENTS.items() if name in options.names or not options.names]
    with ThreadPoolExecutor(AT_ONCE) as pool, ThreadPoolExecutor(len(chosen)) as waiting:
        futures = [(waiting if client.waits else pool).submit(row_of, client) for client in chosen]
        rows = [future.result() for future in futures]
    print(table(rows))
    return 0 if all(row.explained for row in rows) else 1


def row_of(client: Client) -> Row:
    try:
        environment = install(client)
    except NotInstalled as error:
        return Row(client, not_run=str(error))
    row = run(client, environment)
    print(f"{client.name}: {row.result}", file=sys.stderr, flush=True)
    return row


if __name__ == "__main__":
    sys.exit(main())
