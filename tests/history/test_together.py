"""Several that write at once, and one that is killed while it does: no check is lost, doubled or half."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from kraken_accounts.config import load_settings
from kraken_accounts.history.database import NothingRecorded
from kraken_accounts.history.model import Snapshot
from kraken_accounts.history.store import History
from kraken_accounts.memory.file import set_of

from ..conftest import Sandbox
from ..running import NO_KEYS
from ..running import check as run_check
from .conftest import opened
from .support import NOON, OURS, all_points, check, seen

ACCOUNTS = [f"user_{number}" for number in range(5)]


def numbered(number: int, at: datetime | None = None) -> Snapshot:
    """A check in which everything is this number, so that half of one shows."""
    observations = [
        seen(selector, str(number), {"BTC": str(number)}, fingerprint=f"of {selector}") for selector in ACCOUNTS
    ]
    return check(at or NOON + timedelta(seconds=number), *observations, BTC=str(number))


def numbers(history: History) -> list[int]:
    """Those of the checks that are there, in order of time; each of them whole."""
    with history.reader(OURS) as reader:
        series = reader.series()
        points = {one.account.selector: all_points(reader, one.account.selector) for one in series}
        assert sorted(points) in (ACCOUNTS, [])
        totals: dict[str, list[Decimal | None]] = {ACCOUNTS[0]: []}
        totals |= {selector: [point.figures.total for point in found] for selector, found in points.items()}
        assert all(found == totals[ACCOUNTS[0]] for found in totals.values())
        for one in series:
            for point in points[one.account.selector]:
                (held,) = reader.holdings(one, "USD", point) or ()
                assert held.amount == held.price == point.figures.total
    return [int(total) for total in totals[ACCOUNTS[0]] if total is not None]


def test_two_at_once_that_make_the_store(store: dict[str, str]) -> None:
    """Their checks have the same times, too."""

    def record(first: int) -> None:
        history = opened(store)
        for number in range(first, first + 10):
            history.record(OURS, numbered(number, NOON + timedelta(seconds=number % 10)))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(record, (1, 101, 201, 301)))

    found = numbers(opened(store))
    assert sorted(found) == [first + number for first in (1, 101, 201, 301) for number in range(10)]


def test_a_reader_sees_what_was_there_when_it_began(store: dict[str, str]) -> None:
    history = opened(store)
    history.record(OURS, numbered(1))

    with history.reader(OURS) as reader:
        history.record(OURS, numbered(2))
        assert len(all_points(reader, ACCOUNTS[0])) == 1

    assert numbers(history) == [1, 2]


def test_thinning_keeps_no_check_waiting_for_long(store: dict[str, str]) -> None:
    history = opened(store)
    for number in range(1, 30):
        history.record(OURS, numbered(number))

    with ThreadPoolExecutor(2) as pool:
        thinned = pool.submit(history.prune, NOON + timedelta(days=9))
        for number in range(1000, 1010):
            opened(store).record(OURS, numbered(number, NOON + timedelta(days=30, seconds=number)))
        pruned = thinned.result()

    assert pruned.removed == len(ACCOUNTS) * (29 - 2)
    assert numbers(history) == [1, 29, *range(1000, 1010)]


def test_commands_at_once_each_leave_a_point(sandbox: Sandbox, store: dict[str, str]) -> None:
    env = {**sandbox.env, **store}
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda _: run_check("--account", "alpha", "--format", "text", env=env), range(8)))

    assert [(run.returncode, "not-recorded" in run.stdout) for run in runs] == [(0, False)] * 8
    with opened(store).reader(set_of(load_settings(env, NO_KEYS))) as reader:
        assert len(all_points(reader)) == 8


def killed_while_it_records(store: dict[str, str], first: int, seconds: float) -> list[int]:
    """Which checks a process says it has recorded, that is killed after so long."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            history = opened(store)
            for number in range(first, first + 10_000):
                history.record(OURS, numbered(number))
                os.write(theirs, b"%d\n" % number)
        finally:
            os._exit(1)
    os.close(theirs)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(ours) as said:
        return [int(line) for line in said]


def require_sound(store: dict[str, str]) -> None:
    """SQLite's own examination of its file."""
    file = Path(store["XDG_STATE_HOME"], "kraken-accounts", "history.sqlite")
    if file.exists():
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def records_while_killed(store: dict[str, str], rounds: int, most: float) -> None:
    chance = random.Random(16)
    history, there = opened(store), 0
    for _ in range(rounds):
        said = killed_while_it_records(store, there + 1, chance.uniform(0, most))
        try:
            found = numbers(history)
        except NothingRecorded:
            found = []
        # The last may have been recorded and not said.
        assert len(found) - len(said) - there in (0, 1)
        assert found == list(range(1, len(found) + 1))
        there = len(found)
    require_sound(store)
    history.record(OURS, numbered(there + 1))
    assert numbers(history) == list(range(1, there + 2))


def test_a_process_that_is_killed_leaves_what_it_has_said(store: dict[str, str]) -> None:
    records_while_killed(store, rounds=5, most=0.1)


@pytest.mark.soak
def test_two_hundred_processes_that_are_killed_leave_what_they_have_said(store: dict[str, str]) -> None:
    records_while_killed(store, rounds=200, most=0.06)


@pytest.mark.soak
def test_one_that_is_killed_while_it_makes_the_store_spoils_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(16)
    for number in range(100):
        home = str(tmp_path / str(number))
        monkeypatch.setenv("XDG_STATE_HOME", home)
        records_while_killed({"XDG_STATE_HOME": home}, rounds=1, most=chance.choice([0.004, 0.02]))


@pytest.mark.soak
def test_thinning_that_is_killed_can_be_done_again(store: dict[str, str]) -> None:
    history = opened(store)
    for number in range(1, 200):
        history.record(OURS, numbered(number))
    chance = random.Random(16)
    for _ in range(50):
        child = os.fork()
        if child == 0:
            try:
                opened(store).prune(NOON + timedelta(days=9))
            finally:
                os._exit(1)
        time.sleep(chance.uniform(0, 0.05))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        require_sound(store)

    history.prune(NOON + timedelta(days=9))

    assert numbers(history) == [1, 199]
