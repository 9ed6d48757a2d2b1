"""Whatever goes wrong with an account or with Kraken: true answers or an honest "unknown", in time, for everybody.

The tables are in `catalogue`. For a private endpoint each row strikes an account of its own, all in one run, which
shows at once that none is in another's way. For a public endpoint each row is a run of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kraken_accounts import Status
from kraken_accounts.report import ExitCode, Finding
from kraken_accounts.sandbox import Fault

from .. import running
from .catalogue import DEADLINE, GRACE, PERMISSION_DENIED, TIMEOUT, public_faults, result, rows
from .catalogue import HOSTILE as HOSTILE_TEXT
from .floor import (
    BYSTANDER,
    ITS_DOLLARS,
    ITS_TOTAL,
    Floor,
    assert_fit_to_be_read,
    assert_unknown_is_no_zero,
    audit_in_every_format,
    in_time,
    of,
    open_floor,
    shown_by_every_format,
)

HOSTILE = json.dumps(HOSTILE_TEXT)
CHECKED = ("GetApiKeyInfo", "BalanceEx", "OpenOrders", "OpenPositions")


def struck_floor(floor: Floor, endpoint: str) -> dict[str, str]:
    """Open an account for each row and let the row's fault strike it; which account stands for which row."""
    names = {}
    for number, row in enumerate(rows(endpoint)):
        name = f"u{number}"
        floor.open(name)
        floor.strike(name, endpoint, row.fault)
        names[name] = row.what
    return names


def expected_statuses(endpoint: str) -> dict[str, Status]:
    """By the row: what goes wrong with open orders or positions is no matter of the status."""
    listed = endpoint.startswith("Open")
    return {row.what: Status.TRADING if listed else row.status for row in rows(endpoint)}


def troubled(endpoint: str) -> set[str]:
    """The rows in which the answer is none, or refused though the key may ask."""
    return {row.what for row in rows(endpoint) if row.status is not Status.TRADING} | {PERMISSION_DENIED}


def codes(findings: Iterable[Finding]) -> set[str]:
    return {finding.code for finding in findings}


# --- private endpoints: an account a fault --------------------------------------------------------------


@pytest.mark.parametrize("endpoint", CHECKED)
def test_a_check_of_accounts_that_go_wrong(tmp_path: Path, endpoint: str) -> None:
    with open_floor(tmp_path) as floor:
        names = struck_floor(floor, endpoint)
        with in_time():
            report = floor.manager().check(activity=endpoint.startswith("Open"))

    struck = {names[a.account.selector]: a for a in report.accounts if a.account.selector in names}
    assert {what: account.status for what, account in struck.items()} == expected_statuses(endpoint)
    unknown = {what for what, account in struck.items() if "activity-unknown" in codes(account.findings)}
    assert unknown == (troubled(endpoint) if endpoint.startswith("Open") else set())
    bystander = of(report, BYSTANDER)
    assert (bystander.status, str(bystander.total), bystander.complete) == (Status.TRADING, ITS_TOTAL, True)
    assert report.exit_code is ExitCode.ATTENTION  # there is no master
    assert report.speaks_up
    for account in report.accounts:
        assert account.trading or (account.verdict.reason and account.verdict.remedy)
    shown = list(shown_by_every_format(report))
    for name, text in shown:
        assert_fit_to_be_read(name, text)
        assert floor.leaks.in_text(text) == set()
    assert_unknown_is_no_zero(report, shown)


@pytest.mark.parametrize("endpoint", ["GetApiKeyInfo", "BalanceEx", "OpenOrders", "TradeBalance"])
def test_an_audit_of_accounts_that_go_wrong(tmp_path: Path, endpoint: str) -> None:
    with open_floor(tmp_path) as floor:
        names = struck_floor(floor, endpoint)
        with in_time():
            report = floor.manager().audit()

    statuses = {names[a.account.selector]: a.status for a in report.check.accounts if a.account.selector in names}
    assert statuses == expected_statuses(endpoint)
    audits = {audit.report.account.selector: audit for audit in report.accounts}
    # Kraken does not say which accounts the others' keys open: then nobody can be told apart from them.
    expected = {True, None} if endpoint == "GetApiKeyInfo" else {True}
    assert {guarantee.verified for guarantee in audits[BYSTANDER].separation} == expected
    for name, text in audit_in_every_format(report):
        assert_fit_to_be_read(name, text)
        assert floor.leaks.in_text(text) == set()


# --- public endpoints: a run a fault --------------------------------------------------------------------

# What a check says then of an account that is well: its status, and its total.
WITHOUT = {
    "SystemStatus": (Status.ERROR, ITS_TOTAL),
    "Assets": (Status.TRADING, None),
    "AssetPairs": (Status.TRADING, ITS_DOLLARS),
    "Ticker": (Status.TRADING, ITS_DOLLARS),
}


@pytest.mark.parametrize("endpoint", WITHOUT)
def test_a_check_without_public_data(tmp_path: Path, endpoint: str) -> None:
    status, total = WITHOUT[endpoint]

    def run(numbered: tuple[int, tuple[str, Fault]]) -> tuple[str, tuple[Status, str | None]]:
        number, (what, fault) = numbered
        folder = tmp_path / str(number)
        folder.mkdir()
        with open_floor(folder) as floor:
            floor.strike_all(endpoint, fault)
            with in_time():
                report = floor.manager().check()
            account = of(report, BYSTANDER)
            shown = list(shown_by_every_format(report))
            for name, text in shown:
                assert_fit_to_be_read(name, text)
                assert floor.leaks.in_text(text) == set()
            assert_unknown_is_no_zero(report, shown)
            assert codes(report.findings) >= {"public-data-missing"}
            assert account.whole == report.totals.whole == (endpoint == "SystemStatus")
            # The amounts are there all the same.
            assert {held.codes for held in account.holdings or ()} == {("XXBT",), ("ZUSD",)}
        return what, (account.status, None if account.total is None else str(account.total))

    with ThreadPoolExecutor(8) as runs:
        found = dict(runs.map(run, enumerate(public_faults())))
    assert found == {what: (status, total) for what, _ in public_faults()}


def test_an_audit_without_krakens_time(tmp_path: Path) -> None:
    def run(numbered: tuple[int, tuple[str, Fault]]) -> tuple[str, list[str]]:
        number, (what, fault) = numbered
        folder = tmp_path / str(number)
        folder.mkdir()
        with open_floor(folder) as floor:
            floor.strike_all("Time", fault)
            with in_time():
                report = floor.manager().audit()
            for name, text in audit_in_every_format(report):
                assert_fit_to_be_read(name, text)
        assert of(report.check, BYSTANDER).trading
        assert report.clock_skew is None
        return what, [finding.code for finding in report.findings if finding.code != "other-exchange"]

    with ThreadPoolExecutor(8) as runs:
        found = dict(runs.map(run, enumerate(public_faults())))
    assert found == {what: ["not-examined"] for what, _ in public_faults()}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("maintenance", Status.EXCHANGE_RESTRICTED),
        ("cancel_only", Status.EXCHANGE_RESTRICTED),
        ("post_only", Status.EXCHANGE_RESTRICTED),
        ("limit_only", Status.EXCHANGE_RESTRICTED),
        ("quantum_mode", Status.ERROR),
        ("\x1b[2Jonline", Status.ERROR),
        (HOSTILE_TEXT, Status.ERROR),
    ],
    ids=repr,
)
def test_what_kraken_says_of_itself(tmp_path: Path, status: str, expected: Status) -> None:
    notices = [
        {HOSTILE_TEXT: HOSTILE_TEXT, "when": [HOSTILE_TEXT, [HOSTILE_TEXT] * 50] * 50},
        HOSTILE_TEXT,
        None,
        17,
    ] * 10
    answer = json.dumps({"status": status, "upcoming_maintenance": notices, "emergency": notices})
    with open_floor(tmp_path) as floor:
        floor.strike_all("SystemStatus", result(answer))
        report = floor.manager().check()

    assert (of(report, BYSTANDER).status, str(of(report, BYSTANDER).total)) == (expected, ITS_TOTAL)
    for name, text in shown_by_every_format(report):
        assert_fit_to_be_read(name, text)


@pytest.mark.parametrize(
    ("endpoint", "answer", "total"),
    [
        # Kraken's names for things can be anything; what they are worth stays what it is.
        ("Assets", f'{{"ZUSD":{{"altname":"USD","decimals":4}},"XXBT":{{"altname":{HOSTILE},"decimals":10}}}}', 1),
        ("Assets", '{"ZUSD":{"altname":"USD","decimals":4}}', 0),
        ("Assets", '{"ZUSD":{"altname":"USD","decimals":"4"}}', None),
        ("Assets", '{"ZUSD":{"altname":"USD","decimals":-1}}', None),
        ("Assets", '{"ZUSD":{"altname":null,"decimals":4}}', None),
        ("Assets", '{"ZUSD":[]}', None),
        ("AssetPairs", f'{{{HOSTILE}:{{"base":{HOSTILE},"quote":{HOSTILE}}}}}', 0),
        ("AssetPairs", "{}", 0),
        ("AssetPairs", '{"XXBTZUSD":{"base":"XXBT"}}', 0),
        ("AssetPairs", '{"XXBTZUSD":{"base":1,"quote":2}}', 0),
        ("AssetPairs", '{"XXBTZUSD":"XXBT/ZUSD"}', 0),
        ("Ticker", '{"XXBTZUSD":{"a":["64250.20"],"b":["64250.00"],"c":["1"]}}', 1),
        ("Ticker", '{"XXBTZUSD":{"a":["0"],"b":["NaN"],"c":["64250.10"]}}', 1),
        ("Ticker", '{"XXBTZUSD":{"a":"64250.20","b":{},"c":64250.10}}', 0),
        ("Ticker", '{"XXBTZUSD":{"a":["-1"],"b":["-1"],"c":["-1"]}}', 0),
        ("Ticker", '{"XXBTZUSD":{"a":["1e400"],"b":["Infinity"],"c":[]}}', 0),
        ("Ticker", '{"XXBTZUSD":{}}', 0),
        ("Ticker", "{}", 0),
        ("Ticker", '{"XXBTZUSD":null}', 0),
    ],
)
def test_public_data_that_is_wrong_or_unusual(
    tmp_path: Path, endpoint: str, answer: str, total: int | None
) -> None:
    """The total is the whole (1), only what has a price, and said to be incomplete (0), or unknown (None)."""
    with open_floor(tmp_path) as floor:
        floor.strike_all(endpoint, result(answer))
        report = floor.manager().check()

    account = of(report, BYSTANDER)
    expected = {1: (ITS_TOTAL, True), 0: (ITS_DOLLARS, False), None: ("None", False)}[total]
    assert account.trading
    assert (str(account.total), account.complete) == expected
    for name, text in shown_by_every_format(report):
        assert_fit_to_be_read(name, text)


# --- the real command -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "endpoint", "name"),
    [
        ("check", "GetApiKeyInfo", "table"),
        ("check", "BalanceEx", "json"),
        ("check", "GetApiKeyInfo", "nagios"),
        ("audit", "BalanceEx", "json"),
    ],
)
def test_the_command_when_accounts_go_wrong(tmp_path: Path, command: str, endpoint: str, name: str) -> None:
    limits = ("--timeout", str(TIMEOUT), "--deadline", str(DEADLINE), "--workers", "128")
    homes = {"XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    run = running.check if command == "check" else running.audit
    with open_floor(tmp_path) as floor:
        names = struck_floor(floor, endpoint)
        with in_time(DEADLINE + GRACE):  # a second more, to start an interpreter
            ended = run("--env-file", floor.env_file, "--format", name, "-v", *limits, env=homes)

    assert ended.returncode == (2 if name == "nagios" else 1)
    assert_fit_to_be_read(name, ended.stdout)
    if name == "json":
        accounts = json.loads(ended.stdout)["accounts"]
        found = {names[a["user_id"]]: a["status"] for a in accounts if a["user_id"] in names}
        assert found == {row.what: row.status for row in rows(endpoint)}
    for line in ended.stderr.splitlines():
        assert_fit_to_be_read("log", f"{line}\n")
    assert "Traceback" not in ended.stderr
    assert floor.leaks.in_text(ended.stdout + ended.stderr) == set()
    assert floor.leaks.in_folder(tmp_path / "state") == {}
    assert floor.leaks.in_folder(tmp_path / "cache") == {}
