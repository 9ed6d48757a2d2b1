"""A bot and any number of runs of this program use one key at once, over real HTTP: nobody shuts anybody out."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import krakenex
import pytest
from requests import Response
from requests.adapters import HTTPAdapter

from kraken_accounts import AccountType, KrakenBroker
from kraken_accounts.config import load_settings
from kraken_accounts.kraken import nonce
from kraken_accounts.kraken.nonce import NonceLane, lane_of
from kraken_accounts.shared_number import HeldElsewhere, SharedNumber
from kraken_accounts.storage import Storage
from kraken_sandbox.accounts import TIERS, Tier

from ..conftest import Sandbox
from ..running import environment

INVALID_NONCE = "EAPI:Invalid nonce"
LIMIT = 60  # seconds


class LongWay(HTTPAdapter):
    """A network on which a signed request is 50 ms under way before it arrives."""

    def send(self, *arguments: Any, **options: Any) -> Response:
        time.sleep(0.05)
        return super().send(*arguments, **options)


class Bot:
    """Plain krakenex, which counts milliseconds, calling with alpha's key from a thread of its own.

    Attributes:
        refusals: the errors of each of its calls so far.
    """

    def __init__(self, sandbox: Sandbox, period: float) -> None:
        self.refusals: list[list[str]] = []
        self.api = krakenex.API(
            sandbox.env["KRAKEN_USER_ALPHA_API_KEY"], sandbox.env["KRAKEN_USER_ALPHA_API_SECRET"]
        )
        self.api.uri = sandbox.url
        self._period = period

    def call(self) -> list[str]:
        errors: list[str] = self.api.query_private("Balance")["error"]
        return errors

    @contextmanager
    def calling(self) -> Iterator[None]:
        stop = threading.Event()

        def run() -> None:
            while not stop.wait(self._period * random.uniform(0.8, 1.2)):
                self.refusals.append(self.call())

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(LIMIT)


@pytest.fixture
def busy(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox without a limit of calls, which would otherwise be spent in an instant."""
    monkeypatch.setitem(TIERS, "none", Tier(maximum=1e9, decay=1e9))
    for account in sandbox.exchange.state.accounts.values():
        account.tier = "none"
    return sandbox


def look(sandbox: Sandbox) -> None:
    """The two private calls of a check."""
    with KrakenBroker(AccountType.USER, "alpha", settings=load_settings(sandbox.env)) as broker:
        broker.get_key_info()
        broker.get_balances()


FIFTY_CHECKS = """
import json, os
from kraken_accounts import MultiAccountBrokerManager
from kraken_accounts.config import load_settings

manager = MultiAccountBrokerManager(load_settings(os.environ).select(["alpha"]))
accounts = [manager.check().accounts[0] for _ in range(50)]
print(json.dumps([[account.status.value, str(account.total)] for account in accounts]))
"""


@pytest.mark.soak
def test_eight_processes_of_fifty_checks_and_a_bot_in_full_flight(busy: Sandbox) -> None:
    bot = Bot(busy, period=0.05)
    env = environment(busy.env)  # one home for all of them

    with bot.calling():
        processes = [
            subprocess.Popen([sys.executable, "-c", FIFTY_CHECKS], env=env, stdout=subprocess.PIPE)
            for _ in range(8)
        ]
        answers = [json.loads(process.communicate(timeout=150)[0]) for process in processes]

    assert answers == [[["trading", "6911.95"]] * 50] * 8
    assert bot.call() == []  # it goes on working
    assert any(errors == [] for errors in bot.refusals)


@pytest.mark.soak
class TestYielding:
    """A bot that calls about once a second, and 200 checks meanwhile."""

    def refused(self, sandbox: Sandbox) -> tuple[int, int]:
        """How many of the bot's calls were refused, of how many."""
        bot = Bot(sandbox, period=1.0)
        bot.api.session.mount(sandbox.url, LongWay())
        with bot.calling():
            checks = 0
            while checks < 200 or len(bot.refusals) < 5:
                checks += 1
                look(sandbox)
                time.sleep(random.uniform(0, 0.05))  # so that a check begins at any moment of the bot's second
        return sum(INVALID_NONCE in errors for errors in bot.refusals), len(bot.refusals)

    def test_the_bot_sees_nothing_of_it(self, busy: Sandbox) -> None:
        refused, calls = self.refused(busy)

        assert calls >= 5
        assert refused == 0

    def test_without_yielding_it_would(self, busy: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(nonce, "TRAIL", 0.0)

        refused, calls = self.refused(busy)

        assert calls >= 5
        assert refused > 0


NOW = 1_795_342_230_123_456_789


class TestAcrossProcesses:
    """What one process has used as a nonce, no other uses again; two objects here stand for two processes."""

    def test_a_nonce_goes_on_from_the_last_of_another_process(self, tmp_path: Path) -> None:
        first, second = (NonceLane("ms") for _ in range(2))
        nonces = []
        for lane in (first, second):
            lane.share(SharedNumber(tmp_path / "nonce"))
        for lane in (first, second, second, first):
            with lane.turn(LIMIT):
                nonces.append(lane.next(NOW))

        assert nonces == [1_795_342_229_823 + n for n in range(4)]

    def test_a_held_number_is_waited_for_and_not_for_ever(self, tmp_path: Path) -> None:
        ours, theirs = SharedNumber(tmp_path / "nonce"), SharedNumber(tmp_path / "nonce")
        ours.acquire(LIMIT)
        with pytest.raises(HeldElsewhere) as refusal:
            theirs.acquire(0.05)
        ours.release()
        theirs.acquire(LIMIT)
        theirs.release()

        assert refusal.value.process_id == os.getpid()

    def test_a_process_that_dies_leaves_no_lock(self, tmp_path: Path) -> None:
        program = (
            "import sys, time; from pathlib import Path; from kraken_accounts.shared_number import SharedNumber\n"
            "SharedNumber(Path(sys.argv[1])).acquire(9); print('held', flush=True); time.sleep(60)"
        )
        path = tmp_path / "nonce"
        with subprocess.Popen(
            [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, env=environment()
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"held\n"
            process.kill()
            process.wait(LIMIT)

            SharedNumber(path).acquire(1)

    @pytest.mark.parametrize("content", [b"", b"not a number", b"-5", b"\xff" * 20, b"9" * 20, b"1" * 400])
    def test_a_corrupt_file_is_no_number(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "nonce").write_bytes(content)
        lane = NonceLane("ms")
        lane.share(SharedNumber(tmp_path / "nonce"))

        with lane.turn(LIMIT):
            assert lane.next(NOW) == 1_795_342_229_823

    def test_the_nonces_of_another_unit_are_not_gone_on_from(self, tmp_path: Path) -> None:
        """Or a key once counted in nanoseconds would be driven out of its bot's reach for good."""
        for unit, expected in (("ns", 1_795_342_229_823_456_789), ("ms", 1_795_342_229_823)):
            lane = NonceLane(unit)
            lane.share(SharedNumber(tmp_path / "nonce"))
            with lane.turn(LIMIT):
                assert lane.next(NOW) == expected

    def test_without_a_place_to_write_it_works_within_the_process(self) -> None:
        lane = lane_of("SMPL-nowhere-to-write", "ms", Storage(Path("/proc/self/nowhere")))

        with lane.turn(LIMIT):
            first = lane.next(NOW)
        with lane.turn(LIMIT):
            assert lane.next(NOW) > first

    def test_the_file_is_named_by_a_hash_and_is_its_owners_alone(self, tmp_path: Path) -> None:
        lane = lane_of("ONLY-used-in-this-test", "ms", Storage(tmp_path))

        with lane.turn(LIMIT):
            last = lane.next(NOW)

        (path,) = tmp_path.iterdir()
        assert path.name.startswith("nonce-")
        assert "used" not in path.name
        assert path.stat().st_mode & 0o077 == 0
        assert path.read_text().split() == [f"{last:020d}", f"{os.getpid():020d}"]


def test_a_conflict_that_stays_is_explained(busy: Sandbox) -> None:
    busy.exchange.state.keys[busy.env["KRAKEN_USER_ALPHA_API_KEY"]].highest_nonce = time.time_ns()

    with pytest.raises(Exception, match="a newer nonce of this key came first") as error:
        look(busy)

    assert "Another program shares this key, or this machine's clock is behind" in getattr(
        error.value, "remedy", ""
    )
    nonces = [int(request.nonce or 0) for request in busy.exchange.requests]
    assert nonces == sorted(set(nonces))
    assert max(nonces) <= time.time_ns() // 1_000_000 + 1
