"""`check --since` through the front door: what has changed since a time."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kraken_accounts import MultiAccountBrokerManager, open_history
from kraken_accounts.config import load_settings
from kraken_accounts.history.model import Observation
from kraken_accounts.memory.file import set_of
from kraken_sandbox import (
    PastEntry,
)

from ..conftest import Sandbox
from ..running import NO_KEYS, check
from .floor import Floor, ago, deposits
from .support import check as snapshot
from .support import seen

SAMPLES = {"master": "65180.47", "alpha": "6911.95", "bravo": "6771.85", "charlie": "1833.88"}
"""What they have, in dollars."""

ALPHA = ("--account", "alpha")


@pytest.fixture
def env(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The sample accounts but for the one without a key, with a state directory of this test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    keys = {name: value for name, value in sandbox.env.items() if "DELTA" not in name}
    return {**keys, "XDG_STATE_HOME": str(tmp_path / "state")}


def recorded(env: Mapping[str, str], ago: timedelta, quote: str = "USD", **totals: str) -> datetime:
    """Have a check in the history, so long ago: when that was."""
    return kept(env, ago, *(point(name, total) for name, total in totals.items()), quote=quote)


def kept(env: Mapping[str, str], ago: timedelta, *points: Observation, quote: str = "USD") -> datetime:
    at = datetime.now(UTC).replace(microsecond=0) - ago
    open_history().record(set_of(load_settings(env, NO_KEYS)), snapshot(at, *points, quote=quote))
    return at


def point(name: str, total: str | None, *covers: str, **more: Any) -> Observation:
    found = seen(name, total, fingerprint=more.pop("fingerprint", None), **more)
    return replace(found, figures=replace(found.figures, covers=covers)) if covers else found


def shown(*arguments: str, env: Mapping[str, str]) -> list[str]:
    """The lines about changes, without their times."""
    run = check("--format", "text", *arguments, env=env)
    assert (run.stderr, run.returncode in (0, 1)) == ("", True)
    lines = [line.partition("Z ")[2] for line in run.stdout.splitlines()]
    return [line.replace(": Change: ", ": ") for line in lines if "Change: " in line or "CHANGES" in line]


def as_json(*arguments: str, env: Mapping[str, str]) -> Any:
    run = check("--format", "json", *arguments, env=env)
    assert (run.stderr, run.returncode in (0, 1)) == ("", True)
    return json.loads(run.stdout)


def utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


class TestSince:
    def test_compares_with_the_last_point_until_then(self, env: dict[str, str]) -> None:
        recorded(env, hours(30), alpha="1.00")
        base = recorded(env, hours(25), **SAMPLES | {"alpha": "6900.00", "bravo": "6771.85"})
        recorded(env, hours(23), alpha="2.00")

        assert shown("--since", "24h", env=env) == [
            f"ALL ACCOUNTS: CHANGES SINCE {utc(base)}, DEPOSITS AND WITHDRAWALS INCLUDED",
            "MASTER: no change; deposits and withdrawals unknown",
            "USER (alpha): +$11.95 (+0.17 %); deposits and withdrawals unknown",
            "USER (bravo): no change; deposits and withdrawals unknown",
            "USER (charlie): trading → read-only; same total; deposits and withdrawals unknown",
            "ALL ACCOUNTS: +$11.95 (+0.01 %); deposits and withdrawals unknown",
        ]

    @pytest.mark.parametrize("since", ["1d", "24h", "1440m"])
    def test_takes_what_history_takes(self, env: dict[str, str], since: str) -> None:
        recorded(env, hours(25), alpha="6900.00")

        assert shown(*ALPHA, "--since", since, env=env)[1].startswith("USER (alpha): +$11.95 (+0.17 %)")

    def test_a_day_begins_at_midnight(self, env: dict[str, str]) -> None:
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        since_midnight = datetime.now(UTC) - today
        recorded(env, since_midnight + hours(1), alpha="6900.00")
        recorded(env, since_midnight / 2, alpha="1.00")

        found = as_json(*ALPHA, "--since", f"{today:%Y-%m-%d}", env=env)

        (row,) = found["accounts"]
        assert (row["change"]["asked"], row["change"]["previous_total"]) == (
            f"{today:%Y-%m-%dT%H:%M:%SZ}",
            "6900.00",
        )

    def test_is_told_by_programs_formats(self, env: dict[str, str]) -> None:
        base = recorded(env, hours(25), alpha="6900.00")
        stamp = f"{base:%Y-%m-%dT%H:%M:%SZ}"

        document = as_json(*ALPHA, "--since", "24h", env=env)
        row = next(csv.DictReader(io.StringIO(check(*ALPHA, "--since", "24h", "--format", "csv", env=env).stdout)))
        metrics = check(*ALPHA, "--since", "24h", "--format", "prometheus", env=env).stdout

        change = document["accounts"][0]["change"]
        asked = datetime.fromisoformat(change.pop("asked"))
        assert timedelta() <= datetime.now(UTC) - hours(24) - asked < timedelta(minutes=1)
        assert change.pop("percent").startswith("0.1731")
        assert change == {
            "previous_status": "trading",
            "since": stamp,
            "first": False,
            "previous_total": "6900.00",
            "amount": "11.95",
            "far": False,
            "deposits": None,
            "withdrawals": None,
        }
        assert (document["change"]["since"], document["change"]["amount"]) == (stamp, "11.95")
        names = ("changed_since", "previous_total_at", "previous_status", "previous_total", "change_amount")
        assert [row[name] for name in names] == [stamp, stamp, "trading", "6900.00", "11.95"]
        assert (row["change_deposits"], row["change_withdrawals"]) == ("", "")
        assert re.search(r'account_value_change\{account="alpha".*\} 11\.95\n', metrics)

    def test_stands_in_the_column_of_the_table(self, env: dict[str, str]) -> None:
        recorded(env, hours(25), alpha="6900.00")

        lines = check(*ALPHA, "--since", "24h", env=env).stdout.splitlines()

        assert re.search(r"alpha: \$6,911\.95 +\$945\.08 +\$5,966\.88 +\+\$11\.95 \(\+0\.17 %\)", "\n".join(lines))

    def test_can_be_sorted_by(self, env: dict[str, str]) -> None:
        recorded(env, hours(25), **SAMPLES | {"alpha": "6900.00", "charlie": "1900.00"})

        run = check("--since", "24h", "--sort", "change", "--view", "fleet", env=env)

        names = re.findall(r"USER \((\w+)\) is ", run.stdout)
        assert run.stderr == ""
        assert names[0] == "charlie"

    def test_passes_over_what_is_not_alike(self, env: dict[str, str]) -> None:
        """Another currency, other wallets, a total that is not whole, and one of another set of accounts."""
        base = recorded(env, hours(29), alpha="6900.00")
        recorded(env, hours(27), "EUR", alpha="1.00")
        kept(env, hours(26), point("alpha", "2.00", "spot", "earn"))
        kept(env, hours(25.5), point("alpha", "3.00", whole=False))
        recorded({**env, "KRAKEN_API_URL": "http://127.0.0.1:1"}, hours(25), alpha="4.00")

        assert shown(*ALPHA, "--since", "24h", env=env) == [
            f"ALL ACCOUNTS: CHANGES SINCE {utc(base)}, DEPOSITS AND WITHDRAWALS INCLUDED",
            "USER (alpha): +$11.95 (+0.17 %); deposits and withdrawals unknown",
        ]

    def test_compares_totals_that_count_earn_with_such(self, env: dict[str, str]) -> None:
        recorded(env, hours(25), alpha="1.00")
        kept(env, hours(30), point("alpha", "6900.00", "spot", "earn"))

        assert "+$11.95 (+0.17 %)" in shown(*ALPHA, "--since", "24h", "--wallets", env=env)[1]

    def test_says_that_there_is_no_point(self, env: dict[str, str]) -> None:
        recorded(env, hours(2), **SAMPLES)
        base = recorded(env, hours(25), master="65180.47")

        assert shown("--since", "24h", env=env) == [
            f"ALL ACCOUNTS: CHANGES SINCE {utc(base)}, DEPOSITS AND WITHDRAWALS INCLUDED",
            "MASTER: no change; deposits and withdrawals unknown",
            "USER (alpha): no earlier total",
            "USER (bravo): no earlier total",
            "USER (charlie): no earlier total",
            "ALL ACCOUNTS: unknown (no earlier total of USER (alpha), USER (bravo), USER (charlie))",
        ]

    def test_is_nothing_in_the_first_check(self, env: dict[str, str]) -> None:
        found = as_json("--since", "24h", env=env)

        assert shown("--since", "24h", env=env)[0] == "ALL ACCOUNTS: CHANGES"
        assert {row["change"]["first"] for row in found["accounts"]} == {True}
        assert (found["change"]["since"], found["change"]["first"]) == (None, True)
        assert "history-unknown" not in str(found)

    @pytest.mark.parametrize(
        ("since", "age", "is_far"),
        [
            ("24h", 29, False),
            ("24h", 31, True),
            ("1h", 1.2, False),
            ("1h", 2, True),
            ("30d", 743, False),
            ("30d", 745, True),
        ],
    )
    def test_says_that_no_point_is_nearer(self, env: dict[str, str], since: str, age: float, is_far: bool) -> None:
        base = recorded(env, hours(age), alpha="6900.00")

        _, line = shown(*ALPHA, "--since", since, env=env)

        far = f", since {utc(base)}: no whole total is nearer" if is_far else ""
        assert line == f"USER (alpha): +$11.95 (+0.17 %){far}; deposits and withdrawals unknown"
        fleet = check(*ALPHA, "--since", since, "--view", "fleet", env=env).stdout
        assert ("No whole total of some accounts is nearer to" in fleet) is is_far

    def test_another_kraken_account_of_the_same_name_is_not_compared(self, env: dict[str, str]) -> None:
        kept(env, hours(25), point("alpha", "6900.00", fingerprint="0123456789ab"))

        assert "USER (alpha): no earlier total" in shown(*ALPHA, "--since", "24h", env=env)

    def test_a_total_that_is_unknown_is_compared_with_nothing(self, env: dict[str, str], sandbox: Sandbox) -> None:
        recorded(env, hours(25), alpha="6900.00")
        sandbox.exchange.revoke_key(env["KRAKEN_USER_ALPHA_API_KEY"])

        assert shown(*ALPHA, "--since", "24h", env=env)[1] == (
            "USER (alpha): trading → rejected; total unknown, was $6,900.00"
        )

    def test_moves_nobody_elses_base(self, env: dict[str, str]) -> None:
        recorded(env, hours(25), alpha="6900.00")
        check(*ALPHA, "--since-last", env=env)
        check(*ALPHA, "--since", "24h", env=env)

        assert shown(*ALPHA, "--since-last", env=env)[1] == "USER (alpha): no change"


class TestPayments:
    """What was paid in or out is no gain, and is named where it is known."""

    def opened(self, floor: Floor, *past: PastEntry, before: str) -> None:
        """Alpha, with 100 dollars, which had so many 25 hours ago."""
        begin = PastEntry("deposit", "ZUSD", Decimal(1), ago(days=40))
        floor.open(begin, *past)
        whose, at = set_of(load_settings(floor.env, NO_KEYS)), datetime.now(UTC).replace(microsecond=0) - hours(25)
        floor.history.record(whose, snapshot(at, point("alpha", before, holdings={"USD": before}), USD="1"))

    def paid(self, amount: int, **time: float) -> PastEntry:
        kind = "deposit" if amount > 0 else "withdrawal"
        return PastEntry(kind, "ZUSD", Decimal(amount), ago(**time))

    def changes(self, floor: Floor) -> list[str]:
        floor.check()
        run = check("--ledger", "--since", "24h", "--format", "text", env=floor.env)
        return [line.partition("Z ")[2] for line in run.stdout.splitlines() if "Change: " in line]

    def test_are_named(self, floor: Floor) -> None:
        self.opened(floor, self.paid(60, hours=3), self.paid(-5, hours=2), before="45")

        assert self.changes(floor)[1] == "USER (alpha): Change: +$55.00 (deposits $60.00, withdrawals $5.00)"

    def test_have_lines_of_their_own_beside_a_column(self, floor: Floor) -> None:
        self.opened(floor, self.paid(60, hours=3), self.paid(-5, hours=2), before="45")
        floor.check()

        fleet = check("--ledger", "--since", "24h", "--view", "fleet", env=floor.env).stdout

        assert re.search(r"\n. USER \(alpha\): deposits \$60\.00, withdrawals \$5\.00 ", fleet)
        assert re.search(r"USER \(alpha\) is trading on Kraken +\$100\.00 .* \+\$55\.00(\s|$)", fleet)
        assert "(deposits" not in fleet

    def test_are_named_where_nothing_is_left_of_them(self, floor: Floor) -> None:
        self.opened(floor, self.paid(60, hours=3), self.paid(-60, hours=2), before="100")

        assert self.changes(floor)[1] == "USER (alpha): Change: no change (deposits $60.00, withdrawals $60.00)"

    def test_are_not_spoken_of_where_there_were_none(self, floor: Floor) -> None:
        self.opened(floor, before="80")

        assert self.changes(floor)[1] == "USER (alpha): Change: +$20.00 (+25.00 %)"

    def test_are_not_known_where_the_ledger_is_not(self, floor: Floor) -> None:
        floor.open(*deposits(40, hours=2))
        floor.checked(datetime.now(UTC) - hours(25))

        report = json.loads(check("--since", "24h", "--format", "json", env=floor.env).stdout)

        change = next(row["change"] for row in report["accounts"] if row["user_id"] == "alpha")
        assert (change["amount"], change["deposits"], change["withdrawals"]) == ("0.00", None, None)


class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (
                ("--since", "24h", "--since-last"),
                "--since and --since-last count changes from different times: choose one",
            ),
            (("--since", "soon"), "'soon' is no such time: write 7d, a day as in 2026-11-01, month or year"),
            (("--since", "2999-01-01"), "2999-01-01 is not over yet, and there is nothing to tell of what comes"),
            (("--since", "0h"), "'0h' is no such time"),
            (("--sort", "change"), "--sort change needs --since-last or --since: without it no change is known"),
            (("--gain", "--no-record"), "--gain needs a history: leave --no-record away"),
            (("--gain", "--demo"), "--gain needs a history: sample accounts leave none"),
        ],
    )
    def test_before_anybody_is_asked(
        self, env: dict[str, str], sandbox: Sandbox, arguments: tuple[str, ...], said: str
    ) -> None:
        run = check(*arguments, env={} if "--demo" in arguments else env)

        assert (run.returncode, run.stdout, sandbox.endpoints()) == (2, "", [])
        assert said in " ".join(run.stderr.split())

    def test_a_time_on_the_command_line_outranks_the_file(self, env: dict[str, str], tmp_path: Path) -> None:
        file = tmp_path / "config.toml"
        file.write_text("since-last = true\n")
        file.chmod(0o600)
        recorded(env, hours(25), alpha="6900.00")

        assert "+$11.95" in shown(*ALPHA, "--since", "24h", "--config", str(file), env=env)[1]

    def test_of_the_library(self, env: dict[str, str]) -> None:
        with MultiAccountBrokerManager(load_settings(env, NO_KEYS)) as manager:
            with pytest.raises(ValueError, match="goes without since_last"):
                manager.check(since=datetime.now(UTC), since_last=True)
            with pytest.raises(ValueError, match="with its zone"):
                manager.check(since=datetime(2026, 11, 1))  # noqa: DTZ001


class TestWithoutAHistory:
    """The check goes on, and says that nothing is known of earlier."""

    def unknown(self, *arguments: str, env: Mapping[str, str]) -> tuple[str, str]:
        run = check(*ALPHA, "--since", "24h", "--format", "json", *arguments, env=env)
        report = json.loads(run.stdout)
        (found,) = [one for one in report["findings"] if one["code"] == "history-unknown"]
        assert (run.returncode, run.stderr, found["severity"]) == (0, "", "warning")
        assert report["change"] is report["accounts"][0]["change"] is None
        assert report["accounts"][0]["total"] == "6911.95"
        assert found["message"].startswith("what the history has of earlier is not known: ")
        return found["message"].partition(": ")[2], found["remedy"]

    def test_where_it_is_left_out(self, env: dict[str, str]) -> None:
        message, remedy = self.unknown("--no-record", env=env)

        assert message == "this run has none"
        assert remedy.startswith("Leave --no-record away")

    def test_of_a_demo(self) -> None:
        run = check("--demo", "--since", "24h", "--format", "text")

        assert run.stderr == ""
        assert "What the history has of earlier is not known: this run has none. [history-unknown]" in run.stdout

    def test_that_is_damaged(self, env: dict[str, str]) -> None:
        recorded(env, hours(25), alpha="6900.00")
        file = Path(env["XDG_STATE_HOME"], "kraken-accounts", "history.sqlite")
        file.write_bytes(b"no database at all" * 1000)

        assert self.unknown(env=env)[0] == f"{file}: is damaged"

    def test_of_a_later_version(self, env: dict[str, str]) -> None:
        recorded(env, hours(25), alpha="6900.00")
        file = Path(env["XDG_STATE_HOME"], "kraken-accounts", "history.sqlite")
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA user_version = 99")

        assert "version" in self.unknown(env=env)[0]

    def test_is_news_when_it_comes_and_when_it_is_over(self, env: dict[str, str]) -> None:
        command = (*ALPHA, "--since", "24h", "--news", "--format", "json")
        file = Path(env["XDG_STATE_HOME"], "kraken-accounts", "history.sqlite")
        recorded(env, hours(25), alpha="6900.00")
        check(*command, env=env)
        whole = file.read_bytes()
        file.write_bytes(b"no database at all" * 1000)
        came = json.loads(check(*command, env=env).stdout)["news"]
        file.write_bytes(whole)

        went = json.loads(check(*command, env=env).stdout)["news"]

        assert [(one["kind"], one["code"]) for one in came] == [
            ("came", "not-recorded"),
            ("came", "history-unknown"),
        ]
        assert ("went", "history-unknown") in [(one["kind"], one["code"]) for one in went]
