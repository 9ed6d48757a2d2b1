"""Behind an exchange that lets an address ask only so often: all are right as soon as can be, or it is said."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kraken_accounts import AddressLimited, MultiAccountBrokerManager, OrderRefused, Report, Status
from kraken_accounts.config import load_settings
from kraken_accounts.kraken.pace import pace_of
from kraken_accounts.storage import Storage
from kraken_sandbox import Exchange, Fault, FaultKind, SandboxServer
from kraken_sandbox.throttle import AddressThrottle, Refusal

from ..running import REPOSITORY, check
from ..support import mostly_soak, open_account, sample_key, variables

pytestmark = pytest.mark.long

ACCOUNTS = 40
RATE = 60  # requests a second
BURST = 20
MOST_REFUSED = 64


class Throttled:
    """A simulated exchange of many accounts, and the `.env` of their keys.

    Attributes:
        folder: has the `.env`, and is the home of the commands that are run.
    """

    def __init__(self, exchange: Exchange, url: str, folder: Path) -> None:
        self.exchange = exchange
        self.url = url
        self.folder = folder
        self.names = ["master", *(f"user{number}" for number in range(1, ACCOUNTS))]
        for name in self.names:
            open_account(exchange, name, {"ZUSD": "100"})
        lines = [f"{name}={value}" for name, value in variables(url, *self.names).items()]
        (folder / ".env").write_text("\n".join(lines))
        (folder / ".env").chmod(0o600)

    def let_through(self, rate: float, burst: int, form: Refusal = Refusal.HTTP_429) -> AddressThrottle:
        self.exchange.throttle = throttle = AddressThrottle(rate, burst, form)
        return throttle

    def manager(self, **limits: float) -> MultiAccountBrokerManager:
        return MultiAccountBrokerManager(load_settings({}, self.folder / ".env"), **limits)  # type: ignore[arg-type]

    def strike(self, name: str, text: str, times: int | None = 1, endpoint: str = "BalanceEx") -> None:
        self.exchange.faults.add(
            Fault(FaultKind.ERROR, key=sample_key(name), endpoint=endpoint, text=text, times=times)
        )


@pytest.fixture
def throttled(tmp_path: Path) -> Iterator[Throttled]:
    exchange = Exchange()
    with SandboxServer(exchange) as server:
        yield Throttled(exchange, server.url, tmp_path)


def statuses(report: Report) -> Counter[Status]:
    return Counter(account.status for account in report.accounts)


@pytest.mark.soak
def test_what_accounts_do_is_learned_too(throttled: Throttled) -> None:
    throttled.let_through(2 * RATE, BURST)

    report = throttled.manager().check(activity=True)

    assert statuses(report) == {Status.TRADING: ACCOUNTS}
    assert [account.activity and account.activity.fills for account in report.accounts] == [0] * ACCOUNTS


@pytest.mark.parametrize("form", mostly_soak(Refusal, 2))
def test_every_account_is_right_whatever_a_refusal_looks_like(throttled: Throttled, form: Refusal) -> None:
    throttle = throttled.let_through(RATE, BURST, form)

    report = throttled.manager().check()

    assert statuses(report) == {Status.TRADING: ACCOUNTS}
    assert str(report.totals.all) == "4000.00"
    assert report.findings[0].code == "other-exchange"
    assert throttle.refused <= MOST_REFUSED + ACCOUNTS // 10


def test_the_next_run_begins_with_what_was_learned(throttled: Throttled) -> None:
    environment = {"XDG_STATE_HOME": str(throttled.folder / "state")}
    for _ in range(2):
        throttle = throttled.let_through(RATE / 2, BURST)
        run = check(env=environment, cwd=throttled.folder)
        assert run.returncode == 0, run.stdout

    began = throttle.requests[0].time
    at_once = [request for request in throttle.requests if request.time < began + 0.25]
    assert len(at_once) <= RATE / 2 * 0.25 * 1.5 + 1  # without that, all that may be under way


def test_runs_at_the_same_time_share_the_pace(throttled: Throttled) -> None:
    environment = {"XDG_STATE_HOME": str(throttled.folder / "state")}
    throttle = throttled.let_through(RATE, BURST)
    with ThreadPoolExecutor() as pool:
        runs = [pool.submit(check, env=environment, cwd=throttled.folder) for _ in range(2)]
        codes = [run.result().returncode for run in runs]

    assert codes == [0, 0]
    assert throttle.refused <= 2 * MOST_REFUSED


def test_accounts_that_have_no_turn_in_time_say_how_long_all_take(throttled: Throttled) -> None:
    throttled.let_through(10, 10)

    run = check("--format", "json", "--deadline", "3", cwd=throttled.folder)

    shown = json.loads(run.stdout)
    found = Counter(account["status"] for account in shown["accounts"])
    assert found.keys() == {"trading", "throttled"}
    assert run.returncode == shown["exit_code"] == 1  # not 3: Kraken is there
    late = next(account for account in shown["accounts"] if account["status"] == "throttled")
    assert late["reason"].startswith("Kraken lets this address ask about ")
    assert late["remedy"].startswith(f"All {ACCOUNTS} accounts take about ")
    assert late["remedy"].endswith(" s: raise --deadline, or spread them over hosts with --shard.")
    assert late["total"] is None


def test_where_the_address_is_shut_out_nobody_waits_in_vain(throttled: Throttled) -> None:
    throttled.let_through(0.001, 1, Refusal.HTTP_429_RETRY_AFTER)

    report = throttled.manager(deadline=20).check()

    assert statuses(report)[Status.THROTTLED] >= ACCOUNTS - 1
    assert report.duration.total_seconds() < 10
    reasons = {account.verdict.reason for account in report.accounts if account.status is Status.THROTTLED}
    assert any(reason and reason.startswith("Kraken refuses this address") for reason in reasons)


@pytest.mark.parametrize("text", mostly_soak(("EGeneral:Too many requests", "EService:Throttled: 1795342230")))
def test_one_account_that_is_refused_keeps_no_other_waiting(throttled: Throttled, text: str) -> None:
    throttled.strike("user1", text, times=None)

    report = throttled.manager(deadline=4).check()

    expected = Status.THROTTLED if "Too many" in text else Status.RATE_LIMITED
    assert statuses(report) == {Status.TRADING: ACCOUNTS - 1, expected: 1}
    assert pace_of(throttled.url, Storage.state()).rate is None


@pytest.mark.parametrize("text", ["EGeneral:Too many requests", "EService:Throttled: 1795342230"])
def test_one_account_that_was_refused_once_is_asked_again(throttled: Throttled, text: str) -> None:
    throttled.strike("user1", text)

    assert statuses(throttled.manager().check()) == {Status.TRADING: ACCOUNTS}


@pytest.mark.soak
def test_the_benchmark_of_the_pace_has_every_account_right() -> None:
    benchmark = [sys.executable, str(REPOSITORY / "benchmarks" / "pace.py"), "--small"]
    run = subprocess.run(benchmark, capture_output=True, text=True, timeout=120, check=True)

    rows = [line.strip("| ").split(" | ") for line in run.stdout.splitlines()[2:]]
    assert [row[2] for row in rows] == [f"`{form}`" for form in Refusal]
    assert {row[-1] for row in rows} == {"all"}


def test_keys_that_are_throttled_for_long_stop_nobody_else(throttled: Throttled) -> None:
    """Two of them are no proof that the address is."""
    for name in ("user1", "user2"):
        throttled.strike(
            name, f"EService:Throttled: {time.time() + 3600:.0f}", times=None, endpoint="GetApiKeyInfo"
        )

    report = throttled.manager(deadline=20).check()

    assert statuses(report) == {Status.TRADING: ACCOUNTS - 2, Status.RATE_LIMITED: 2}
    assert pace_of(throttled.url, Storage.state()).rate is None


def test_keys_that_are_refused_whatever_the_pace_slow_nobody_down_for_long(throttled: Throttled) -> None:
    """Else each run would begin more slowly than the one before, until it has no time for the others."""
    for name in ("user1", "user2"):
        throttled.strike(name, "EGeneral:Too many requests", times=None, endpoint="GetApiKeyInfo")

    report = throttled.manager(deadline=6).check()

    assert statuses(report) == {Status.TRADING: ACCOUNTS - 2, Status.THROTTLED: 2}
    assert pace_of(throttled.url, Storage.state()).rate is None


def test_one_endpoint_that_refuses_keeps_nobody_waiting(throttled: Throttled) -> None:
    throttled.exchange.faults.add(Fault(FaultKind.HTML, endpoint="Ticker", status=429, times=None))

    report = throttled.manager(deadline=4).check()

    assert statuses(report) == {Status.TRADING: ACCOUNTS}
    assert pace_of(throttled.url, Storage.state()).rate is None


@pytest.mark.soak
def test_where_nothing_answers_what_was_learned_hides_no_outage(throttled: Throttled) -> None:
    environment = {"XDG_STATE_HOME": str(throttled.folder / "state")}
    throttled.let_through(10, 20)
    check("--deadline", "1", env=environment, cwd=throttled.folder)
    (known,) = (throttled.folder / "state" / "kraken-accounts").glob("pace-*")
    assert json.loads(known.read_bytes())["rate"]
    throttled.exchange.throttle = None
    throttled.exchange.faults.add(Fault(FaultKind.LATENCY, times=None, seconds=30))

    run = check("--format", "json", "--deadline", "3", env=environment, cwd=throttled.folder)

    found = Counter(account["status"] for account in json.loads(run.stdout)["accounts"])
    assert found == {"unreachable": ACCOUNTS}
    assert run.returncode == 3


def test_one_key_that_gets_no_answer_is_not_called_throttled(throttled: Throttled) -> None:
    pace = pace_of(throttled.url, Storage.state())
    for _ in range(300):
        pace.taken()
    pace.refused(pace.now(), None)
    throttled.exchange.faults.add(Fault(FaultKind.LATENCY, key=sample_key("user1"), times=None, seconds=30))

    report = throttled.manager(deadline=4).check()

    assert statuses(report) == {Status.TRADING: ACCOUNTS - 1, Status.UNREACHABLE: 1}


def test_where_kraken_says_for_how_long_it_refuses_the_remedy_does(throttled: Throttled) -> None:
    throttled.let_through(0.001, 1, Refusal.HTTP_429_RETRY_AFTER)

    report = throttled.manager(deadline=20).check()

    remedies = {str(a.verdict.remedy) for a in report.accounts if "refuses this" in str(a.verdict.reason)}
    assert remedies
    assert all("Ask again after " in remedy and "--deadline" not in remedy for remedy in remedies)


def test_an_order_of_one_key_that_is_refused_keeps_no_other_waiting(throttled: Throttled) -> None:
    with throttled.manager(timeout=2).add_user_broker("user1") as broker:
        broker.get_balances()
        throttled.strike("user1", "EGeneral:Too many requests", endpoint="CancelOrder")
        with pytest.raises(AddressLimited):
            broker.cancel_order("OSAMPL-EORDE-RTXIDS")

    assert pace_of(throttled.url, Storage.state()).rate is None


def test_a_keys_own_counter_is_its_own_affair(throttled: Throttled) -> None:
    for name in ("user1", "user2"):
        throttled.strike(name, "EAPI:Rate limit exceeded", times=None)

    report = throttled.manager().check()

    assert statuses(report) == {Status.TRADING: ACCOUNTS - 2, Status.RATE_LIMITED: 2}
    asked = Counter(request.key for request in throttled.exchange.requests if request.endpoint == "BalanceEx")
    assert asked[sample_key("user1")] == 1
    assert pace_of(throttled.url, Storage.state()).rate is None


def test_an_order_is_neither_held_up_nor_sent_again(throttled: Throttled) -> None:
    broker = throttled.manager(timeout=2).add_user_broker("user1")
    broker.get_balances()  # so that no other question takes what is let through
    throttle = throttled.let_through(0.001, 1)

    with pytest.raises(OrderRefused, match="Unknown order"):
        broker.cancel_order("OSAMPL-EORDE-RTXIDS")
    for _ in range(2):
        with pytest.raises(AddressLimited) as refused:
            broker.cancel_order("OSAMPL-EORDE-RTXIDS")
        assert not refused.value.uncertain

    assert (throttle.allowed, throttle.refused) == (1, 2)


@pytest.mark.soak
def test_what_is_kept_of_the_pace_is_no_more_than_a_hint(throttled: Throttled) -> None:
    state = throttled.folder / "state" / "kraken-accounts"
    throttled.let_through(RATE, BURST)
    environment = {"XDG_STATE_HOME": str(throttled.folder / "state")}
    check(env=environment, cwd=throttled.folder)
    (kept,) = state.glob("pace-*")
    throttled.exchange.throttle = None
    for content in (b"", b"{", b"[]", b'{"rate": 1e-9}', b'{"rate": "fast"}', b"\xff" * 5000, b'{"until": 1e11}'):
        kept.write_bytes(content)

        assert check(env=environment, cwd=throttled.folder).returncode == 0
