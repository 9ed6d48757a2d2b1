"""What could not be learned is not a loss: a total that hangs on it is compared with nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kraken_accounts import MultiAccountBrokerManager, Report, Status
from kraken_accounts.config import Settings, demo_settings
from kraken_accounts.report.changes import PreviousRun
from kraken_accounts.report.differences import Change
from kraken_accounts.report.exit_code import ExitCode
from kraken_accounts.report.model import AccountReport
from kraken_accounts.storage import Storage
from kraken_sandbox import Exchange, Fault, FaultKind, SandboxServer

from ..conftest import Sandbox
from ..formats.reports import NOW, account, report
from ..running import check
from ..support import open_account, sample_key, variables


def of(found: Report, selector: str) -> AccountReport:
    return next(one for one in found.accounts if one.account.selector == selector)


# --- which totals are whole -----------------------------------------------------------------------------


class Bourse:
    """A simulated exchange, and checks of its accounts."""

    def __init__(self, exchange: Exchange, url: str) -> None:
        self.exchange = exchange
        self._values = variables(url)
        self._url = url

    def open(self, name: str, balances: Mapping[str, str]) -> None:
        open_account(self.exchange, name, balances)
        self._values |= variables(self._url, name)

    def answer_balances(self, name: str, balances: Mapping[str, str]) -> None:
        """Codes that this exchange itself does not list, as Kraken has had them."""
        result = {code: {"balance": amount} for code, amount in balances.items()}
        text = json.dumps({"error": [], "result": result})
        self.exchange.faults.add(
            Fault(FaultKind.BODY, endpoint="BalanceEx", key=sample_key(name), text=text, times=None)
        )

    def silence(self, endpoint: str) -> None:
        self.exchange.faults.add(Fault(FaultKind.HTML, endpoint=endpoint, status=404, times=None))

    def check(self, **questions: Any) -> Report:
        return self.manager().check(**questions)

    def manager(self) -> MultiAccountBrokerManager:
        return MultiAccountBrokerManager(demo_settings(self._values))

    def check_with_tokenized_silent(self, endpoint: str) -> Report:
        """Kraken stops answering when all but the questions about tokenized equities are answered."""

        def stop(done: int, total: int) -> None:
            if done == total:
                self.silence(endpoint)

        return self.check(progress=stop)


@pytest.fixture
def bourse() -> Iterator[Bourse]:
    exchange = Exchange()
    with SandboxServer(exchange) as server:
        yield Bourse(exchange, server.url)


@pytest.mark.parametrize("endpoint", ["Ticker", "AssetPairs"])
def test_of_the_quote_currency_alone_needs_no_market(bourse: Bourse, endpoint: str) -> None:
    bourse.open("master", {"ZUSD": "100", "USD.HOLD": "1", "KFEE": "5"})
    bourse.open("zoe", {"ZUSD": "100", "XXBT": "1"})
    bourse.open("new", {})
    bourse.silence(endpoint)

    found = bourse.check()
    in_euro = bourse.check(quote="EUR")

    assert [(a.account.selector, str(a.total), a.complete, a.whole) for a in found.accounts] == [
        ("master", "101.00", True, True),
        ("new", "0.00", True, True),
        ("zoe", "100.00", False, False),
    ]
    assert (found.totals.whole, of(in_euro, "master").whole, of(in_euro, "new").whole) == (False, False, True)
    (missing,) = [finding for finding in found.findings if finding.code == "public-data-missing"]
    assert missing.severity == "warning"
    assert missing.remedy.endswith("not compared meanwhile, nor remembered: USER (zoe).")


def test_no_total_hangs_on_the_status(bourse: Bourse) -> None:
    bourse.open("zoe", {"XXBT": "1"})
    bourse.silence("Ticker")
    bourse.exchange.faults.add(Fault(FaultKind.HTML, endpoint="SystemStatus", status=403, times=None))

    status, prices = (finding for finding in bourse.check().findings if finding.code == "public-data-missing")

    assert (status.message.partition(" could")[0], prices.message.partition(" could")[0]) == (
        "Kraken's status",
        "Kraken's prices",
    )
    assert "Totals" not in status.remedy
    assert prices.remedy.endswith("nor remembered: USER (zoe).")


@pytest.mark.parametrize(
    ("endpoint", "whole"), [("Ticker", False), ("AssetPairs", False), ("Assets", False), ("Time", True)]
)
def test_an_answer_that_is_missing_concerns_only_those_who_hold_what_it_is_about(
    bourse: Bourse, endpoint: str, whole: bool
) -> None:
    bourse.open("master", {"ZUSD": "100", "AAPLx": "2"})
    bourse.open("zoe", {"ZUSD": "100", "XXBT": "1", "XRT": "5"})

    found = bourse.check_with_tokenized_silent(endpoint)

    assert (of(found, "master").whole, of(found, "zoe").whole, found.totals.whole) == (whole, True, whole)
    assert all(one.status is Status.TRADING for one in found.accounts)
    # That there is no market for what could not be asked for is not said.
    codes = [finding.code for finding in of(found, "master").findings]
    assert ("unpriced-assets" in codes, "unpriced-assets" in [f.code for f in of(found, "zoe").findings]) == (
        False,
        True,
    )


def test_a_code_that_no_listing_has_is_no_unanswered_question(bourse: Bourse) -> None:
    bourse.open("master", {})
    bourse.open("zoe", {"XRT": "75"})
    bourse.answer_balances("master", {"ZUSD": "100", "NEVERHEARDOF": "3"})

    found = bourse.check()

    master, zoe = found.accounts
    assert (str(master.total), master.complete, master.whole) == ("100.00", False, True)
    assert (zoe.total, zoe.complete, zoe.whole) == (None, False, False)  # what is unknown is not whole


def test_a_code_that_may_be_in_a_listing_that_is_missing_is_one(bourse: Bourse) -> None:
    bourse.open("master", {})
    bourse.answer_balances("master", {"ZUSD": "100", "NEVERHEARDOF": "3"})

    found = bourse.check_with_tokenized_silent("Assets")

    assert (str(of(found, "master").total), of(found, "master").whole) == ("100.00", False)


def test_a_listing_of_tokenized_equities_that_lacks_a_code_is_asked_for_anew(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    env = {**sandbox.env, "XDG_CACHE_HOME": str(tmp_path)}
    check("--account", "master", "--format", "json", env=env)
    kept = {path: json.loads(path.read_text()) for path in tmp_path.rglob("*.json")}
    for path, content in kept.items():
        if "AAPLx" in content["assets"]:
            del content["assets"]["AAPLx"]
            path.write_text(json.dumps(content))
        else:
            path.unlink()

    again = json.loads(check("--account", "master", "--format", "json", env=env).stdout)

    assert again["accounts"][0]["total"] == "65180.47"


def test_a_new_code_costs_nobody_else_the_listing_that_was_kept(sandbox: Sandbox, tmp_path: Path) -> None:
    env = {**sandbox.env, "XDG_CACHE_HOME": str(tmp_path)}
    check(env=env)
    text = json.dumps({"error": [], "result": {"ZUSD": {"balance": "5"}, "NEVERHEARDOF": {"balance": "3"}}})
    bravo = sandbox.env["KRAKEN_USER_BRAVO_API_KEY"]
    sandbox.exchange.faults.add(Fault(FaultKind.BODY, endpoint="BalanceEx", key=bravo, text=text))
    sandbox.exchange.faults.add(Fault(FaultKind.HTML, endpoint="Assets", status=404, times=None))

    shown = json.loads(check("--format", "json", env=env).stdout)

    found = [(one["user_id"], one["total"], one["whole"]) for one in shown["accounts"]]
    assert found[:3] == [(None, "65180.47", True), ("alpha", "6911.95", True), ("bravo", "5.00", False)]
    (missing,) = [finding for finding in shown["findings"] if finding["code"] == "public-data-missing"]
    assert missing["remedy"].endswith(": USER (bravo).")


# --- what becomes of them -------------------------------------------------------------------------------


def test_one_failure_of_the_ticker_is_no_loss_and_no_gain(sandbox: Sandbox, tmp_path: Path) -> None:
    env = {**sandbox.env, "XDG_STATE_HOME": str(tmp_path)}
    accounts = ("--account", "alpha", "--account", "bravo", "--since-last", "--min-total", "alpha=6000")

    def run() -> Any:
        return json.loads(check(*accounts, "--format", "json", env=env).stdout)

    first = run()
    sandbox.exchange.faults.add(Fault(FaultKind.ERROR, endpoint="Ticker", text="EGeneral:Unknown method"))
    second = run()
    # alpha has 0.8 ETH: at 3160.25 instead of 3150.25, that is 8.00 more.
    sandbox.exchange.set_ticker("XETHZUSD", bid="3160.20", ask="3160.30", last="3160.25")
    third = run()

    alpha = second["accounts"][0]
    assert (alpha["total"], alpha["complete"], alpha["whole"]) == ("2400.00", False, False)
    assert alpha["change"] == {
        "previous_status": "trading",
        "since": first["generated_at"],
        "first": False,
        "previous_total": "6911.95",
        "amount": None,
        "percent": None,
        "asked": None,
        "far": False,
        "deposits": None,
        "withdrawals": None,
    }
    assert [finding["code"] for finding in alpha["findings"]] == ["minimum-not-checked"]
    assert (second["change"]["amount"], second["totals"]["whole"], second["exit_code"]) == (None, False, 1)
    assert alpha["status"] == "trading"
    alpha, bravo = third["accounts"]
    assert (alpha["change"]["previous_total"], alpha["change"]["amount"]) == ("6911.95", "8.00")
    assert (bravo["change"]["previous_total"], bravo["change"]["amount"]) == ("6771.85", "0.00")
    assert alpha["change"]["since"] == third["change"]["since"] == first["generated_at"]
    assert (third["change"]["previous_total"], third["change"]["amount"]) == ("13683.80", "8.00")
    assert alpha["findings"] == []


def test_no_monitor_gets_a_part_of_a_total(sandbox: Sandbox) -> None:
    sandbox.exchange.faults.add(
        Fault(FaultKind.ERROR, endpoint="Ticker", text="EGeneral:Unknown method", times=None)
    )
    accounts = ("--account", "alpha", "--account", "charlie")

    nagios = check(*accounts, "--format", "nagios", env=sandbox.env).stdout
    prometheus = check(*accounts, "--format", "prometheus", env=sandbox.env).stdout

    assert " total=U 'USER (alpha)'=U 'USER (charlie)'=U\n" in nagios
    assert "kraken_accounts_account_value{" not in prometheus
    assert "kraken_accounts_value{" not in prometheus
    assert 'kraken_accounts_account_value_complete{account="alpha",account_type="user"} 0.0\n' in prometheus


def test_an_audit_compares_no_part_of_a_total_with_krakens_figure(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "100", "XXBT": "1"})
    bourse.silence("Ticker")

    found = bourse.manager().audit()

    codes = [finding.code for _, finding in found.all_findings()]
    assert "public-data-missing" in codes
    assert "balance-mismatch" not in codes
    assert found.exit_code is ExitCode.ATTENTION


# --- from run to run ------------------------------------------------------------------------------------


class Memory:
    """Runs of the same accounts, an hour apart, each remembered for the next."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._at = NOW

    @property
    def previous(self) -> PreviousRun:
        return PreviousRun(Storage(self.folder), Settings("https://api.kraken.com", ()))

    def run(self, *accounts: AccountReport) -> Report:
        self._at += timedelta(hours=1)
        now = replace(report(*accounts), generated_at=self._at)
        compared = self.previous.compare(now)
        assert self.previous.remember(now)
        return compared


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path)


def part(user_id: str | None, total: str = "1.00", status: Status = Status.TRADING) -> AccountReport:
    """A total that hangs on an unanswered question."""
    return account(user_id, total, status, complete=False, whole=False)


def amounts(found: Report) -> list[str | None]:
    """What changed, for each account and in all."""
    changes = [*(one.change for one in found.accounts), found.change]
    return [None if change is None or change.amount is None else str(change.amount) for change in changes]


def test_the_last_whole_total_is_compared_with_however_long_ago(memory: Memory) -> None:
    memory.run(account("a", "100.00"), account("b", "50.00"))
    memory.run(part("a"), account("b", "60.00"))
    memory.run(account("a", None, Status.UNREACHABLE), account("b", "60.00"))

    found = memory.run(account("a", "103.00"), account("b", "60.00"))

    assert amounts(found) == ["3.00", "0.00", "3.00"]
    a, b = (one.change for one in found.accounts)
    assert a is not None and b is not None
    assert (a.since, b.since) == (NOW + timedelta(hours=1), NOW + timedelta(hours=3))
    assert a.previous_status == "unreachable"
    assert found.changed_since == NOW + timedelta(hours=1)


def test_a_first_run_that_is_not_whole_leaves_nothing_to_compare_with(memory: Memory) -> None:
    memory.run(part("a"))

    second = memory.run(account("a", "100.00"))
    third = memory.run(account("a", "101.00"))

    assert (amounts(second), second.accounts[0].change and second.accounts[0].change.first) == (
        [None, None],
        False,
    )
    assert amounts(third) == ["1.00", "1.00"]


def test_less_of_a_debt_is_a_gain_in_percent_too(memory: Memory) -> None:
    memory.run(account("a", "-100.00"))

    change = memory.run(account("a", "-50.00")).accounts[0].change
    assert change is not None
    assert (change.amount, change.percent) == (Decimal(50), Decimal(50))


def test_a_change_of_status_is_told_whatever_the_total_is(memory: Memory) -> None:
    memory.run(account("a", "100.00"))

    found = memory.run(part("a", status=Status.READ_ONLY))

    change = found.accounts[0].change
    assert change is not None
    assert (change.previous_status, change.previous_total, change.amount) == ("trading", Decimal(100), None)


@pytest.mark.parametrize(
    "other",
    [
        part("b"),
        account("b", None, Status.REJECTED),
        account("b", None, Status.MISCONFIGURED),
        account("b", "50.00", Status.CONFLICT),
    ],
    ids=lambda other: f"{other.status} {other.total}",
)
def test_the_sum_is_compared_only_if_every_account_in_it_is_whole(memory: Memory, other: AccountReport) -> None:
    memory.run(account(None, "100.00"), account("b", "50.00"))

    found = memory.run(account(None, "101.00"), other)

    assert amounts(found)[0] == "1.00"
    assert (amounts(found)[-1], found.totals.whole) == (None, False)


def test_the_sum_is_never_compared_with_one_of_other_accounts(memory: Memory) -> None:
    memory.run(account(None, "100.00"), account("gone", "7.00"))

    with_another = memory.run(account(None, "101.00"), account("new", "50.00"))
    again = memory.run(account(None, "103.00"), account("new", "50.00"))
    only_one = memory.run(account("new", "51.00"))

    assert amounts(with_another) == ["1.00", None, None]
    assert amounts(again) == ["2.00", "0.00", "2.00"]
    assert amounts(only_one) == ["1.00", "1.00"]


def test_an_account_without_a_key_is_no_part_of_the_sum(memory: Memory) -> None:
    unset = account(None, None, Status.NOT_CONFIGURED)
    memory.run(unset, account("a", "100.00"))

    assert amounts(memory.run(unset, account("a", "101.00"))) == [None, "1.00", "1.00"]


def test_a_sum_of_nothing_is_not_whole() -> None:
    totals = report(account(None, None, Status.NOT_CONFIGURED)).totals

    assert (totals.all, totals.complete, totals.whole) == (None, False, False)


def test_totals_in_another_currency_are_no_earlier_ones(memory: Memory) -> None:
    memory.run(account("a", "100.00"))
    in_euro = replace(report(account("a", "92.00")), quote="EUR")
    compared = memory.previous.compare(in_euro)
    memory.previous.remember(in_euro)

    assert compared.accounts[0].change == Change(first=True)
    assert amounts(memory.run(account("a", "101.00"))) == ["1.00", "1.00"]


def test_of_two_runs_at_once_the_whole_total_stays(memory: Memory) -> None:
    memory.run(account("a", "100.00"))
    slow = replace(report(part("a")), generated_at=NOW + timedelta(hours=2))
    memory.previous.compare(slow)  # and meanwhile another run comes and goes
    memory.run(account("a", "101.00"))
    memory.previous.remember(slow)

    assert amounts(memory.run(account("a", "103.00"))) == ["2.00", "2.00"]


def test_what_an_earlier_version_has_left_is_still_known(memory: Memory) -> None:
    memory.run(account("a", "100.00"), account("b", None, Status.ERROR))
    (path,) = memory.folder.glob("previous-*.json")
    left = json.loads(path.read_text())
    for entry in left["accounts"].values():
        del entry["total_at"]
    path.write_text(json.dumps(left))

    found = memory.run(account("a", "103.00"), account("b", "5.00"))

    assert amounts(found) == ["3.00", None, None]
    assert found.changed_since == NOW + timedelta(hours=1)
