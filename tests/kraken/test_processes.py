"""One key in several threads and processes: forks, stopped processes, slow answers, and a bound on every wait."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from kraken_accounts import AccountType, KrakenBroker
from kraken_accounts.config import load_settings
from kraken_accounts.kraken.errors import KeyBusy, KrakenError, Unreachable
from kraken_accounts.storage import Storage
from kraken_sandbox import SimulatedKey
from kraken_sandbox.accounts import TIERS, Tier
from kraken_sandbox.faults import Fault, FaultKind

from ..conftest import Sandbox
from ..support import LIMIT, ScriptedServer, in_pieces, never, sample_key, sample_secret, trickle


def broker_of(floor: Sandbox, timeout: float = LIMIT) -> KrakenBroker:
    return KrakenBroker(AccountType.USER, "alpha", settings=load_settings(floor.env), timeout=timeout)


_names = itertools.count()


@pytest.fixture
def own_key(trading_floor: Sandbox) -> str:
    """A key of alpha that no other test has used: a process remembers for good where its last nonce lies."""
    name = f"process-{next(_names)}"
    trading_floor.exchange.add_key("alpha", SimulatedKey(sample_key(name), sample_secret(name)))
    trading_floor.env |= {
        "KRAKEN_USER_ALPHA_API_KEY": sample_key(name),
        "KRAKEN_USER_ALPHA_API_SECRET": sample_secret(name),
    }
    return sample_key(name)


def in_child(work: Callable[[], object]) -> int:
    """The exit code of a forked process that does this: 0 if it could."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -1


def wait_for(happened: Callable[[], bool]) -> None:
    ends = time.monotonic() + LIMIT
    while not happened():
        assert time.monotonic() < ends
        time.sleep(0.005)


class TestForks:
    def test_a_child_opens_a_connection_of_its_own(self, trading_floor: Sandbox) -> None:
        with broker_of(trading_floor) as broker:
            broker.get_balances()
            assert in_child(broker.get_balances) == 0
            broker.get_balances()

        mine, childs, mine_again = [
            request.connection for request in trading_floor.exchange.requests if request.endpoint == "BalanceEx"
        ]
        assert childs != mine
        assert mine_again == mine  # the child has not ended it

    def test_a_fork_beside_a_request_leaves_nothing_locked(self, trading_floor: Sandbox) -> None:
        """Neither the parent's lock on the key, nor any lock of its threads, keeps the child waiting."""
        trading_floor.exchange.faults.add(Fault(FaultKind.LATENCY, endpoint="OpenOrders", seconds=2))
        with broker_of(trading_floor) as broker, ThreadPoolExecutor(1) as thread:
            broker.get_balances()
            slow = thread.submit(broker.get_open_orders)
            wait_for(lambda: "OpenOrders" in trading_floor.endpoints())
            began = time.monotonic()
            code = in_child(broker.get_balances)
            took = time.monotonic() - began
            slow.result(LIMIT)

        assert code == 0
        assert took < 2

    def test_a_child_does_not_keep_the_key_of_a_dead_parent(self, trading_floor: Sandbox, own_key: str) -> None:
        """The lock belongs to an open file, which a forked child has too."""
        program = (
            "import os, sys, threading, time\n"
            "from kraken_accounts.storage import Storage\n"
            "from kraken_accounts.kraken.nonce import lane_of\n"
            "lane = lane_of(sys.argv[1], 'ms', Storage.state())\n"
            "with lane.turn(5):\n"
            "    if os.fork() == 0:\n"
            "        print('child', os.getpid(), flush=True); time.sleep(60); os._exit(0)\n"
            "    time.sleep(60)\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", program, own_key], stdout=subprocess.PIPE, env={**os.environ}, text=True
        ) as parent:
            assert parent.stdout is not None
            child = int(parent.stdout.readline().split()[1])
            try:
                parent.kill()
                parent.wait(LIMIT)
                with broker_of(trading_floor, timeout=3) as broker:
                    broker.get_balances()
            finally:
                os.kill(child, signal.SIGKILL)

    def test_many_forks_beside_busy_threads(self, trading_floor: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(TIERS, "pro", Tier(maximum=1e9, decay=1e9))
        stop = threading.Event()
        with broker_of(trading_floor) as broker, ThreadPoolExecutor(3) as threads:

            def busy() -> None:
                while not stop.is_set():
                    broker.get_balances()

            running = [threads.submit(busy) for _ in range(3)]
            codes = [in_child(broker.get_open_orders) for _ in range(5)]
            stop.set()
            for one in running:
                one.result(LIMIT)

        assert codes == [0] * 5


@contextmanager
def stopped_holder(key: str) -> Iterator[int]:
    """A process that has the key and is stopped, as by Ctrl-Z."""
    program = (
        "import sys, time; from kraken_accounts.storage import Storage\n"
        "Storage.state().shared_number('nonce', sys.argv[1]).acquire(5); print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, key], stdout=subprocess.PIPE, env={**os.environ}
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        process.send_signal(signal.SIGSTOP)
        try:
            yield process.pid
        finally:
            process.kill()


class TestBounds:
    """`timeout` bounds a call as a whole."""

    def test_behind_a_stopped_process(self, trading_floor: Sandbox, own_key: str) -> None:
        with (
            stopped_holder(own_key) as holder,
            broker_of(trading_floor, timeout=1) as broker,
            pytest.raises(KeyBusy) as refusal,
        ):
            began = time.monotonic()
            try:
                broker.cancel_order("OAAAAA-BBBBB-CCCCCC")
            finally:
                took = time.monotonic() - began

        assert refusal.value.process_id == holder
        assert refusal.value.reason == f"process {holder} held this key all the time, so nothing was sent"
        assert not refusal.value.uncertain
        assert 0.9 < took < 4
        assert "CancelOrder" not in trading_floor.endpoints()

    def test_another_thread_that_waits_for_the_same_process_is_not_blamed(
        self, trading_floor: Sandbox, own_key: str
    ) -> None:
        with (
            stopped_holder(own_key) as holder,
            broker_of(trading_floor, timeout=3) as broker,
            broker_of(trading_floor, timeout=1) as hasty,
            ThreadPoolExecutor(1) as thread,
        ):
            waiting = thread.submit(broker.get_balances)
            time.sleep(0.3)
            with pytest.raises(KeyBusy) as refusal:
                hasty.get_balances()
            failure = waiting.exception(LIMIT)

        assert refusal.value.process_id == holder
        assert isinstance(failure, KeyBusy)

    def test_a_slow_answer_to_another_question_does_not_hold_an_order_up(
        self, trading_floor: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """After a while a request has arrived, so that the next one cannot overtake it."""
        monkeypatch.setattr("kraken_accounts.kraken.client.ARRIVED_AFTER", 0.2)
        trading_floor.exchange.faults.add(Fault(FaultKind.LATENCY, endpoint="BalanceEx", seconds=2))
        with (
            broker_of(trading_floor) as checker,
            broker_of(trading_floor, timeout=3) as broker,
            ThreadPoolExecutor(1) as thread,
        ):
            slow = thread.submit(checker.get_balances)
            wait_for(lambda: "BalanceEx" in trading_floor.endpoints())
            with pytest.raises(KrakenError, match="EOrder:Unknown order"):
                broker.cancel_order("OAAAAA-BBBBB-CCCCCC")
            first_to_end = not slow.done()
            slow.result(LIMIT)

        assert first_to_end
        nonces = [int(request.nonce or 0) for request in trading_floor.exchange.requests if request.key]
        assert nonces == sorted(nonces)

    @pytest.mark.parametrize(
        "answer",
        [never, in_pieces(b"HTTP/1.1 200 OK\r\n", never), trickle(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"z", 0.05)],
        ids=["no answer", "half a head", "a drop at a time"],
    )
    def test_behind_a_proxy_that_hangs(self, answer: object, monkeypatch: pytest.MonkeyPatch) -> None:
        with ScriptedServer(answer) as proxy:  # type: ignore[arg-type]
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            monkeypatch.delenv("NO_PROXY", raising=False)
            settings = load_settings(
                {
                    "KRAKEN_API_URL": "https://api.kraken.test",
                    "KRAKEN_MASTER_API_KEY": "SMPL-not-a-real-key",
                    "KRAKEN_MASTER_API_SECRET": "U01QTC1ub3QtYS1yZWFsLXNlY3JldA==",
                }
            )
            began = time.monotonic()
            with (
                KrakenBroker(AccountType.MASTER, settings=settings, timeout=1) as broker,
                pytest.raises(Unreachable) as refusal,
            ):
                broker.cancel_order("OAAAAA-BBBBB-CCCCCC")
            took = time.monotonic() - began

        assert refusal.value.reason == "the proxy on the way to api.kraken.test does not answer"
        assert not refusal.value.uncertain
        assert took < 4

    def test_a_handshake_that_does_not_end(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            settings = load_settings(
                {
                    "KRAKEN_API_URL": f"https://127.0.0.1:{silent.getsockname()[1]}",
                    "KRAKEN_MASTER_API_KEY": "SMPL-not-a-real-key",
                    "KRAKEN_MASTER_API_SECRET": "U01QTC1ub3QtYS1yZWFsLXNlY3JldA==",
                }
            )
            began = time.monotonic()
            with (
                KrakenBroker(AccountType.MASTER, settings=settings, timeout=0.5) as broker,
                pytest.raises(Unreachable, match="did not answer in time"),
            ):
                broker.get_balances()
            assert time.monotonic() - began < 2

    def test_reads_that_are_asked_again_stay_within_it(self, trading_floor: Sandbox) -> None:
        trading_floor.exchange.faults.add(Fault(FaultKind.LATENCY, endpoint="BalanceEx", seconds=30, times=None))
        began = time.monotonic()
        with broker_of(trading_floor, timeout=0.6) as broker, pytest.raises(Unreachable):
            broker.get_balances()

        assert time.monotonic() - began < 2


def test_the_holder_of_a_key_is_named_by_the_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    state = Storage(tmp_path_factory.mktemp("state"))
    first, second = (state.shared_number("nonce", "SMPL-key") for _ in range(2))
    assert first is not None
    assert second is not None
    first.acquire(1)
    first.value = 42
    first.release()
    second.acquire(1)

    assert second.value == 42
    second.release()
