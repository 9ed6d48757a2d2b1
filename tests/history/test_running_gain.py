"""`check --gain`: what each account has gained in the running day and month, on a clock that is set."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from kraken_accounts import MultiAccountBrokerManager, Report, RunningGain, open_history
from kraken_accounts.config import load_settings
from kraken_accounts.formats import View, load
from kraken_accounts.formats.json_reader import read_report
from kraken_accounts.kraken.clock import keep_time_with
from kraken_sandbox import (
    Exchange,
    PastEntry,
    SandboxServer,
    SettableClock,
    SimulatedAccount,
    SimulatedHolding,
    SimulatedKey,
)
from kraken_sandbox.accounts import TRADE_PERMISSIONS

from ..conftest import Sandbox
from ..running import NO_KEYS, check
from ..support import sample_key, sample_secret, variables


class Month:
    """An exchange in the middle of a month, with two accounts that have dollars; its clock is set, and so is ours.

    Attributes:
        clock: of both.
    """

    def __init__(self, exchange: Exchange, url: str, clock: SettableClock) -> None:
        self.clock = clock
        self.exchange = exchange
        self._settings = load_settings(variables(url, "master", "alpha"), NO_KEYS)
        for name in ("master", "alpha"):
            holdings = {"ZUSD": SimulatedHolding(Decimal(1000)), "ZEUR": SimulatedHolding(Decimal(100))}
            exchange.add_account(SimulatedAccount(name, f"AA00 SAMPLE {name}", holdings, "pro"))
            exchange.add_key(name, SimulatedKey(sample_key(name), sample_secret(name)))

    def at(self, day: int, hour: int = 12, month: int = 11) -> None:
        """Let it be that time, with a new price of the euro: a dollar, and a cent more a day."""
        self.clock.set(datetime(2026, month, day, hour, tzinfo=UTC).timestamp())
        price = Decimal(1) + Decimal(day) / 100 + Decimal(hour) / 10_000
        self.exchange.set_ticker("ZEURZUSD", bid=price, ask=price + Decimal("0.00001"), last=price)

    def pay(self, name: str, amount: int) -> None:
        kind = "deposit" if amount > 0 else "withdrawal"
        self.exchange.book(name, PastEntry(kind, "ZUSD", Decimal(amount), self.clock()))

    def check(self, *names: str, **more: Any) -> Report:
        settings = self._settings.select(names) if names else self._settings
        with MultiAccountBrokerManager(settings, history=open_history()) as manager:
            return manager.check(gain=True, **more)


@pytest.fixture
def month() -> Iterator[Month]:
    clock = SettableClock(lambda: 0.0, start=datetime(2026, 10, 1, tzinfo=UTC).timestamp())
    exchange = Exchange(clock=clock)
    with SandboxServer(exchange) as server:
        keep_time_with(server.url, clock)
        yield Month(exchange, server.url, clock)
        keep_time_with(server.url, time.time)


def noon(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def told(gain: RunningGain) -> tuple[object, ...]:
    """Since when, what was paid in and out, what was gained, and whether that is complete."""
    figures = (None if one is None else str(one) for one in (gain.deposits, gain.withdrawals, gain.gain))
    return (gain.since, *figures, gain.complete)


UNKNOWN = (None, None, None, None, False)


class TestGain:
    """Each account has 1000 dollars and 100 euros, which gain a dollar a day."""

    def test_of_the_day_and_the_month(self, month: Month) -> None:
        month.at(10)
        month.check()
        month.at(19, 20)
        month.check()
        month.at(20, 9)
        month.pay("alpha", 500)
        month.at(20, 12)

        report = month.check()

        master, alpha = (one.gains for one in report.accounts)
        assert master is not None and alpha is not None and report.gains is not None
        # 1000 + 120.12 now; 1000 + 119.20 at eight in the evening before, 1000 + 110.12 on the tenth.
        assert told(master.day) == (noon(19, 20), "0.00", "0.00", "0.92", True)
        assert told(master.month) == (noon(10), "0.00", "0.00", "10.00", False)
        assert told(alpha.day) == (noon(19, 20), "500.00", "0.00", "0.92", True)
        assert told(alpha.month) == (noon(10), "500.00", "0.00", "10.00", False)
        assert told(report.gains.day) == (noon(19, 20), "500.00", "0.00", "1.84", True)
        assert told(report.gains.month) == (noon(10), "500.00", "0.00", "20.00", False)

    def test_of_a_month_that_the_history_has_from_its_beginning_is_complete(self, month: Month) -> None:
        month.at(31, 20, month=10)
        month.check()
        for day in range(1, 20):
            month.at(day)
            month.check()

        report = month.check()

        assert report.gains is not None
        (gains, _) = (one.gains for one in report.accounts)
        assert gains is not None
        assert told(gains.month)[0] == datetime(2026, 10, 31, 20, tzinfo=UTC)
        assert gains.month.complete
        assert report.gains.month.complete

    def test_what_one_sends_to_another_came_and_went_in_no_sum(self, month: Month) -> None:
        month.at(19, 20)
        month.check()
        month.at(20, 9)
        month.pay("master", -200)
        month.pay("alpha", 200)
        month.at(20, 12)

        report = month.check(since=noon(20))

        master, alpha = (one.gains for one in report.accounts)
        assert master is not None and alpha is not None and report.gains is not None
        assert told(master.day) == (noon(19, 20), "0.00", "200.00", "0.92", True)
        assert told(alpha.day) == (noon(19, 20), "200.00", "0.00", "0.92", True)
        assert told(report.gains.day) == (noon(19, 20), "0.00", "0.00", "1.84", True)

    def test_a_change_since_then_names_the_same(self, month: Month) -> None:
        month.at(19, 20)
        month.check()
        month.at(20, 9)
        month.pay("master", -200)
        month.pay("alpha", 200)
        month.pay("alpha", 50)
        month.at(20, 12)

        report = month.check(since=noon(20, 0))

        changes = [report.change, *(one.change for one in report.accounts)]
        assert [
            None if one is None else (str(one.amount), str(one.deposits), str(one.withdrawals)) for one in changes
        ] == [
            ("51.84", "50.00", "0.00"),
            ("-199.08", "0.00", "200.00"),
            ("250.92", "250.00", "0.00"),
        ]

    def test_is_unknown_in_the_first_check(self, month: Month) -> None:
        month.at(20)

        report = month.check()

        assert report.gains is not None
        (gains, _) = (one.gains for one in report.accounts)
        assert gains is not None
        assert [told(one) for one in (gains.day, gains.month, report.gains.day)] == [UNKNOWN] * 3

    def test_is_unknown_where_the_ledger_may_not_be_read(self, month: Month) -> None:
        month.exchange.replace_key(sample_key("alpha"), permissions=TRADE_PERMISSIONS - {"query-ledger"})
        month.at(19, 20)
        month.check()
        month.at(20)

        report = month.check()

        master, alpha = (one.gains for one in report.accounts)
        assert master is not None and alpha is not None and report.gains is not None
        assert told(master.day)[3] == "0.92"
        assert told(alpha.day) == (noon(19, 20), None, None, None, False)
        assert told(report.gains.day) == UNKNOWN

    def test_is_unknown_where_the_total_is(self, month: Month) -> None:
        month.at(19, 20)
        month.check()
        month.at(20)
        month.exchange.revoke_key(sample_key("alpha"))

        report = month.check()

        master, alpha = (one.gains for one in report.accounts)
        assert master is not None and alpha is not None and report.gains is not None
        assert told(master.day)[3] == "0.92"
        assert told(alpha.day) == told(report.gains.day) == UNKNOWN

    def test_begins_with_the_day_and_the_month(self, month: Month) -> None:
        month.at(30, 20)
        month.check()
        month.at(1, 1, month=12)

        (gains, _) = (one.gains for one in month.check().accounts)

        assert gains is not None
        assert gains.day == gains.month
        assert (gains.day.since, gains.day.complete) == (noon(30, 20), True)

    def test_of_some_accounts_is_of_these(self, month: Month) -> None:
        month.at(19, 20)
        month.check()
        month.at(20)

        report = month.check("alpha")

        assert report.gains is not None
        assert told(report.gains.day) == (noon(19, 20), "0.00", "0.00", "0.92", True)

    def test_is_not_there_unless_asked_for(self, sandbox: Sandbox) -> None:
        report = json.loads(check("--ledger", "--format", "json", env=sandbox.env).stdout)

        assert report["gains"] is None
        assert {row["gains"] for row in report["accounts"]} == {None}

    def test_is_told_to_programs(self, month: Month) -> None:
        month.at(19, 20)
        month.check()
        month.at(20)
        month.exchange.revoke_key(sample_key("alpha"))
        report = month.check()

        document = load("json").render(report, View())
        metrics = load("prometheus").render(report, View())

        assert read_report(document.encode()).gains == report.gains
        master, alpha = (row["gains"] for row in json.loads(document)["accounts"])
        assert master["day"] == {
            "since": "2026-11-19T20:00:00Z",
            "deposits": "0.00",
            "withdrawals": "0.00",
            "gain": "0.92",
            "complete": True,
        }
        assert alpha["day"] == dict.fromkeys(("since", "deposits", "withdrawals", "gain")) | {"complete": False}
        labels = 'account="master",account_type="master"'
        lines = [line.removeprefix("kraken_accounts_") for line in metrics.splitlines() if 'period="day"' in line]
        assert lines == [
            f'account_gain{{{labels},currency="USD",period="day"}} 0.92',
            f'account_deposits{{{labels},currency="USD",period="day"}} 0.0',
            f'account_withdrawals{{{labels},currency="USD",period="day"}} 0.0',
            f'account_gain_complete{{{labels},period="day"}} 1.0',
            'account_gain_complete{account="alpha",account_type="user",period="day"} 0.0',
            f'account_gain_since_timestamp_seconds{{{labels},period="day"}} 1.7951184e+09',
            'gain_complete{period="day"} 0.0',
        ]
