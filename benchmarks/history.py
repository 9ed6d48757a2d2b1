"""What does a history take: to record a check, on the disk, to be read? python benchmarks/history.py

Bots trade in every account between two checks: two of its five assets, of fifty in all, change each time, and all
prices do. Such checks are recorded, thinned and read through the command's own code, in SQLite on this disk.
500 accounts that were checked every 15 minutes for a year are read, too; their 17.5 million points are written
straight into the tables, in order, since recording them as they come would take an hour. What is on the disk only
is read then, as far as the system can be told to forget what it has in memory. The tables are printed and written
to docs/PERFORMANCE.md.

    python benchmarks/history.py           the real thing, some minutes and 3 GB
    python benchmarks/history.py --small   only to see that it works; writes nothing
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from run import write_figures

from kraken_accounts import Account, open_history
from kraken_accounts.history.model import Figures, Observation, Parts, Snapshot
from kraken_accounts.history.moments import DAY, to_stored
from kraken_accounts.history.sqlite import NAME, SqliteDatabase
from kraken_accounts.history.store import History
from kraken_accounts.storage import Storage

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
EVERY = timedelta(minutes=15)
ASSETS = ("BTC", "DOT", "ETH", "SOL", "USD", *(f"COIN{number}" for number in range(45)))
OURS = "accounts of a benchmark"


@dataclass(frozen=True)
class Plan:
    """So many accounts, and checks."""

    many: tuple[int, int]
    one: tuple[int, int]
    year: tuple[int, int]


FULL = Plan(many=(500, 1000), one=(1, 35_000), year=(500, 35_000))
SMALL = Plan(many=(5, 20), one=(1, 100), year=(3, 300))


def checks(accounts: int, count: int) -> Iterator[Snapshot]:
    """Checks of accounts in which bots trade."""
    chance = random.Random(1)
    held = [
        {asset: Decimal(chance.randrange(10**10)) / 10**8 for asset in chance.sample(ASSETS, 5)}
        for _ in range(accounts)
    ]
    prices = {asset: Decimal(chance.randrange(1, 10**9)) / 10**4 for one in held for asset in one}
    for number in range(count):
        prices = {asset: price + Decimal(chance.randrange(-50, 51)) / 10**4 for asset, price in prices.items()}
        found = []
        for account in range(accounts):
            for asset in chance.sample(list(held[account]), 2):
                held[account][asset] += Decimal(chance.randrange(10**7)) / 10**8
            total = chance.randrange(10**5, 10**8)
            in_orders = total // 7
            parts = Parts(Decimal(total - in_orders) / 100, Decimal(in_orders) / 100)
            figures = Figures("trading", Decimal(total) / 100, parts, ("spot",), complete=True, whole=True)
            label = f"user_{account:04}"
            found.append(
                Observation(Account.called(label), f"{account:012x}", figures, BEGIN, dict(held[account]))
            )
        yield Snapshot(BEGIN + number * EVERY, "USD", tuple(found), prices)


@contextmanager
def new_history() -> Iterator[tuple[History, Path]]:
    """An empty one on this disk, and its file."""
    with tempfile.TemporaryDirectory(prefix="kraken-accounts-history-", dir=Path.home()) as folder:
        os.environ["XDG_STATE_HOME"] = folder
        yield open_history(), Path(folder, "kraken-accounts", NAME)


def recorded(accounts: int, count: int) -> str:
    """A row of the table: record, then thin all but the last tenth."""
    with new_history() as (history, file):
        times = []
        for snapshot in checks(accounts, count):
            begun = time.perf_counter()
            history.record(OURS, snapshot)
            times.append(time.perf_counter() - begun)
        size = file.stat().st_size
        begun = time.perf_counter()
        pruned = history.prune(BEGIN + count * EVERY * 9 / 10)
        thinning = time.perf_counter() - begun
        after = file.stat().st_size
    return (
        f"| {accounts:,} × {count:,} | {statistics.median(times) * 1000:.1f} ms | {max(times) * 1000:.0f} ms "
        f"| {size / 1e6:.0f} MB | {size / accounts / count:.0f} | {thinning:.1f} s: {pruned.removed:,} points, "
        f"{after / 1e6:.0f} MB left |"
    )


def lay_down(accounts: int, count: int) -> None:
    """Points and the last of each day, as checks would have left them."""
    first, chance = next(checks(accounts, 1)), random.Random(2)
    open_history().record(OURS, first)
    with SqliteDatabase(Storage.state()).writing() as transaction:
        quote = transaction.rows("SELECT id FROM assets WHERE name = 'USD'")[0][0]
        moments = [to_stored(first.at + number * EVERY) for number in range(1, count)]
        for account in range(1, accounts + 1):
            rows = [
                (
                    account,
                    quote,
                    at,
                    1,
                    f"{total}.{total % 90 + 10}",
                    f"{total // 7 * 6}.5",
                    f"{total // 7}.25",
                    None,
                )
                for at, total in zip(moments, chance.choices(range(1000, 999_999), k=count - 1), strict=True)
            ]
            transaction.run_many("INSERT INTO points VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            last = {row[2] // DAY: row for row in rows}
            transaction.run_many(
                "INSERT OR REPLACE INTO closings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(row[0], row[1], day, *row[2:]) for day, row in last.items()],
            )


def forget(file: Path) -> None:
    """Have the system forget what it has of a file in memory."""
    os.sync()
    with file.open("rb") as opened:
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def read(accounts: int, count: int) -> str:
    """A row of the table: what it takes to tell of each account how the year began, each day, and how it ended."""
    end = BEGIN + count * EVERY
    with new_history() as (history, file):
        lay_down(accounts, count)
        times = []
        for is_cold in (True, False):
            if is_cold:
                forget(file)
            begun, points = time.perf_counter(), 0
            with history.reader(OURS) as reader:
                for series in reader.series():
                    first = reader.first_from(series, "USD", BEGIN)
                    last = reader.last_until(series, "USD", end)
                    days = reader.closings(series, "USD", BEGIN.date(), end.date())
                    points += len(days) + (first is not None) + (last is not None)
                    if last is not None:
                        reader.holdings(series, "USD", last)
            times.append(time.perf_counter() - begun)
        size = file.stat().st_size
    return (
        f"| {accounts:,} × {count:,} | {size / 1e6:,.0f} MB | {points:,} | {times[0]:.2f} s | {times[1]:.2f} s |"
    )


def table(plan: Plan) -> str:
    return "\n".join(
        (
            "| accounts × checks | to record one | the slowest | size | bytes a point | thinning nine tenths |",
            "|---|---|---|---|---|---|",
            recorded(*plan.many),
            recorded(*plan.one),
            "",
            "| accounts × checks | size, points alone | points read | from the disk | from memory |",
            "|---|---|---|---|---|",
            read(*plan.year),
        )
    )


def main() -> None:
    plan = SMALL if "--small" in sys.argv[1:] else FULL
    figures = table(plan)
    print(figures)
    if plan is FULL:
        write_figures("history", figures)


if __name__ == "__main__":
    main()
