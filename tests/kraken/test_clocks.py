"""This machine's clock against Kraken's: no nonce of the future, whatever either of them says."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from pathlib import Path

import pytest

from kraken_accounts import AccountType, KrakenBroker, MultiAccountBrokerManager, OrderRefused
from kraken_accounts.config import load_settings
from kraken_accounts.kraken.clock import ExchangeClock, keep_time_with
from kraken_accounts.kraken.errors import ClockAhead, Unreachable
from kraken_accounts.kraken.nonce import lane_of
from kraken_accounts.storage import Storage, name_for
from kraken_sandbox.faults import Fault, FaultKind

from ..conftest import Sandbox
from ..running import check
from ..support import LIMIT


def set_exchange_clock(sandbox: Sandbox, seconds: float) -> None:
    """Let Kraken's clock be so far ahead of this machine's."""
    sandbox.exchange.clock.set(time.time() + seconds)


def statuses(sandbox: Sandbox, *options: str) -> tuple[dict[str, str], int]:
    run = check("--account", "master", "--account", "alpha", "--format", "json", *options, env=sandbox.env)
    return {account["label"]: account["status"] for account in json.loads(run.stdout)["accounts"]}, run.returncode


TRADING = {"MASTER": "trading", "USER (alpha)": "trading"}


@pytest.mark.parametrize("ahead", [-3, 0, 1, 3, 4, 60], ids=lambda ahead: f"machine {-ahead} s ahead")
def test_no_nonce_outruns_krakens_clock(sandbox: Sandbox, ahead: int) -> None:
    set_exchange_clock(sandbox, ahead)

    found, code = statuses(sandbox)

    assert (found, code) == (TRADING, 0)
    signed = [request for request in sandbox.exchange.requests if request.key]
    assert len(signed) == 4
    for request in signed:
        assert int(request.nonce or 0) <= request.time * 1000
        assert int(request.nonce or 0) > (request.time - 4) * 1000  # not so old that a bot is always newer


@pytest.mark.parametrize("seconds", [7, 3600, 14 * 365 * 86400])
def test_a_machine_far_ahead_sends_nothing_with_a_key(sandbox: Sandbox, seconds: int) -> None:
    set_exchange_clock(sandbox, -seconds)

    run = check("--account", "alpha", "--format", "json", env=sandbox.env)

    (account,) = json.loads(run.stdout)["accounts"]
    assert account["status"] == "clock-ahead"
    assert account["reason"] in {
        f"this machine's clock is {told} s ahead of Kraken's, so nothing was sent with a key"
        for told in (seconds - 1, seconds, seconds + 1)
    }
    assert account["remedy"].startswith("Set the clock by NTP and run again")
    assert run.returncode == 1
    assert [request for request in sandbox.exchange.requests if request.key] == []


def test_the_date_of_an_error_page_will_do(sandbox: Sandbox) -> None:
    for endpoint in ("SystemStatus", "Ticker", "Assets", "AssetPairs", "Time"):
        sandbox.exchange.faults.add(Fault(FaultKind.HTML, endpoint=endpoint, status=503, times=None))
    set_exchange_clock(sandbox, 3)

    check("--account", "alpha", "--format", "json", "--deadline", "5", env=sandbox.env)

    signed = [request for request in sandbox.exchange.requests if request.key]
    assert [request.endpoint for request in signed] == ["GetApiKeyInfo", "BalanceEx"]


def test_where_no_public_endpoint_answers_no_key_is_used(sandbox: Sandbox) -> None:
    for endpoint in ("SystemStatus", "Ticker", "Assets", "AssetPairs", "Time"):
        sandbox.exchange.faults.add(Fault(FaultKind.DROP, endpoint=endpoint, times=None))

    found, code = statuses(sandbox)

    assert (found, code) == (dict.fromkeys(TRADING, "unreachable"), 3)
    assert [request for request in sandbox.exchange.requests if request.key] == []


def test_only_one_answer_is_needed_for_all_accounts(sandbox: Sandbox) -> None:
    """The time costs no request of its own: Kraken's status has it."""
    assert statuses(sandbox) == (TRADING, 0)
    assert "Time" not in sandbox.endpoints()


@pytest.mark.parametrize(
    ("kept", "believed"),
    [
        pytest.param(timedelta(minutes=2), True, id="two minutes ahead"),
        pytest.param(timedelta(minutes=10), False, id="ten minutes ahead"),
        pytest.param(timedelta(days=5000), False, id="years ahead"),
    ],
)
def test_a_kept_nonce_is_believed_for_minutes(
    sandbox: Sandbox, tmp_path: Path, kept: timedelta, believed: bool
) -> None:
    key = sandbox.env["KRAKEN_USER_ALPHA_API_KEY"]
    folder = tmp_path / "kraken-accounts"
    folder.mkdir(mode=0o700)
    nonce = round((datetime.now(UTC) + kept).timestamp() * 1000)
    (folder / f"nonce-{name_for(key)}").write_text(f"{nonce:020d}")

    run = check("--account", "alpha", env={**sandbox.env, "XDG_STATE_HOME": str(tmp_path)})

    assert run.returncode == 0
    used = [int(request.nonce or 0) for request in sandbox.exchange.requests if request.key]
    assert used == [nonce + 1, nonce + 2] if believed else max(used) <= time.time() * 1000


def test_a_kept_lockout_never_lasts_longer_than_kraken_locks_out(sandbox: Sandbox, tmp_path: Path) -> None:
    key = sandbox.env["KRAKEN_USER_ALPHA_API_KEY"]
    state = Storage(tmp_path / "kraken-accounts")
    for minutes, asked in ((14, False), (16, True), (99 * 1440, True)):
        sandbox.exchange.faults.clear()
        state.write(
            f"lockout-{name_for(key)}.json",
            {"until": (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()},
        )
        before = len(sandbox.exchange.requests)
        check("--account", "alpha", env={**sandbox.env, "XDG_STATE_HOME": str(tmp_path)})
        assert any(request.key for request in sandbox.exchange.requests[before:]) == asked


# --- what dates tell ------------------------------------------------------------------------------------

KRAKEN = 1_795_342_230.0


def told(
    ahead: float, *moments: float, under_way: float = 0.05, now: Callable[[], float] | None = None
) -> ExchangeClock:
    """A machine so far ahead of Kraken, after answers at these moments of Kraken's clock."""
    clock = ExchangeClock(now or (lambda: KRAKEN + ahead))
    for moment in moments:
        date = formatdate(int(moment), usegmt=True)
        clock.learn(date, moment + ahead + under_way / 2, under_way)
    return clock


@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.6, 0.99])
@pytest.mark.parametrize("ahead", [-1.2, 0.0, 1.2])
def test_what_one_date_cannot_tell_counts_as_right(ahead: float, fraction: float) -> None:
    clock = told(ahead, KRAKEN + fraction)

    assert clock.nanoseconds() == round((KRAKEN + ahead) * 1e9)


@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.6, 0.99])
@pytest.mark.parametrize("ahead", [-3600.0, -2.7, 2.7, 3.5, 4.3])
def test_from_there_on_krakens_clock_counts_and_is_never_outrun(ahead: float, fraction: float) -> None:
    clock = told(ahead, KRAKEN + fraction)

    assert (KRAKEN - 1.1) * 1e9 < clock.nanoseconds() <= KRAKEN * 1e9


@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.6, 0.99])
@pytest.mark.parametrize("ahead", [5.7, 60.0, 1e9])
def test_too_far_ahead(ahead: float, fraction: float) -> None:
    with pytest.raises(ClockAhead) as refusal:
        told(ahead, KRAKEN + fraction).nanoseconds()

    assert abs(refusal.value.seconds - ahead) <= 1


def test_many_dates_tell_more_than_one() -> None:
    clock = told(3.0, *(KRAKEN + n / 10 for n in range(20)))

    ahead = clock.ahead
    assert ahead is not None
    assert abs(ahead.total_seconds() - 3.0) < 0.1


@pytest.mark.parametrize("ahead", [0.0, 4.0, 8.0])
def test_after_a_slow_answer_a_nonce_is_rather_too_old_than_of_the_future(ahead: float) -> None:
    clock = told(ahead, KRAKEN + 0.5, under_way=20)

    assert clock.known
    assert clock.nanoseconds() <= KRAKEN * 1e9

    clock.learn(formatdate(int(KRAKEN), usegmt=True), KRAKEN + ahead, 0.05)  # the next answer tells more
    if ahead < 5:
        assert KRAKEN * 1e9 - 2e9 < clock.nanoseconds() <= (KRAKEN + min(ahead, 2)) * 1e9


def test_a_clock_that_was_set_anew_is_compared_anew() -> None:
    set_by = [0.0]
    clock = told(0.0, KRAKEN, now=lambda: time.monotonic() + set_by[0])
    known_before = clock.known
    set_by[0] = 3600.0

    assert (known_before, clock.known, clock.ahead) == (True, False, None)


def test_a_clock_that_is_set_while_a_question_is_under_way_is_not_believed() -> None:
    ahead = [0.0]
    clock = ExchangeClock(lambda: time.time() + ahead[0])
    date = formatdate(usegmt=True)
    ahead[0] = 3600.0
    clock.learn(date, clock.now(), 0.05)

    with pytest.raises(ClockAhead):
        clock.nanoseconds()


def test_a_clock_that_is_set_while_a_request_waits_for_its_turn(
    trading_floor: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = [0.0]
    clock = ExchangeClock(lambda: time.time() + ahead[0])
    for module in ("client", "transport"):
        monkeypatch.setattr(f"kraken_accounts.kraken.{module}.clock_of", lambda _: clock)
    key = trading_floor.env["KRAKEN_USER_ALPHA_API_KEY"]
    broker = KrakenBroker(AccountType.USER, "alpha", settings=load_settings(trading_floor.env))
    with broker, ThreadPoolExecutor(1) as thread:
        broker.get_balances()
        asked = len(trading_floor.exchange.requests)
        with lane_of(key, "ms").turn(LIMIT):
            waiting = thread.submit(broker.get_balances)
            time.sleep(0.2)
            ahead[0] = 3600.0
        failure = waiting.exception(LIMIT)

    assert isinstance(failure, ClockAhead)
    assert [request.endpoint for request in trading_floor.exchange.requests[asked:]] == ["Time"]


def test_that_one_has_no_time_left_does_not_fail_the_others(trading_floor: Sandbox) -> None:
    trading_floor.exchange.faults.add(Fault(FaultKind.LATENCY, endpoint="Time", seconds=1))
    settings = load_settings(trading_floor.env)
    hasty = KrakenBroker(AccountType.USER, "alpha", settings=settings, timeout=0.3)
    patient = KrakenBroker(AccountType.MASTER, settings=settings, timeout=LIMIT)
    with hasty, patient, ThreadPoolExecutor(1) as thread:
        failing = thread.submit(hasty.cancel_order, "OAAAAA-BBBBB-CCCCCC")
        while "Time" not in trading_floor.endpoints() and not failing.done():
            time.sleep(0.005)
        with pytest.raises(OrderRefused):  # it got as far as that
            patient.cancel_order("OAAAAA-BBBBB-CCCCCC")

    assert isinstance(failing.exception(LIMIT), Unreachable)


@pytest.mark.parametrize(
    "date", ["Tue, 24 Nov 2026 20:14:50 GMT", "Tue, 24 Nov 2026 20:14:50 -0000", "Tue Nov 24 20:14:50 2026"]
)
def test_a_date_is_in_utc_wherever_this_machine_is(date: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 11, 24, 20, 14, 50, tzinfo=UTC).timestamp()
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        clock = ExchangeClock(lambda: now)
        clock.learn(date, now, 0)
    finally:
        monkeypatch.undo()
        time.tzset()

    assert clock.nanoseconds() == round(now * 1e9)


@pytest.mark.parametrize("date", [None, "", "yesterday", "Tue, 99 Nov 2026 25:00:00 GMT"])
def test_a_date_that_is_none_tells_nothing(date: str | None) -> None:
    clock = ExchangeClock(lambda: KRAKEN)
    clock.learn(date, KRAKEN, 0)

    assert not clock.known


def test_a_clock_that_is_set_while_a_question_is_under_way_tells_nothing_false() -> None:
    clock = ExchangeClock(lambda: KRAKEN + 3600)
    clock.learn(formatdate(int(KRAKEN), usegmt=True), KRAKEN + 3600, 0.05)

    with pytest.raises(ClockAhead) as refusal:
        clock.nanoseconds()
    assert abs(refusal.value.seconds - 3600) <= 1


def test_whoever_keeps_time_with_an_exchange_is_neither_ahead_nor_behind(sandbox: Sandbox) -> None:
    """For a simulated one, whose time is another: a month ago, and then a week later at once."""
    set_exchange_clock(sandbox, -30 * 86_400)
    keep_time_with(sandbox.url, sandbox.exchange.clock)
    with MultiAccountBrokerManager(load_settings(sandbox.env), remember=False) as manager:
        first = manager.check()
        sandbox.exchange.clock.advance(days=7)
        second = manager.check()

    for report, days in ((first, 30), (second, 23)):
        assert report.accounts[0].trading
        assert abs(datetime.now(UTC) - report.generated_at - timedelta(days=days)) < timedelta(minutes=1)
