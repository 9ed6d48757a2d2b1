"""Whatever goes wrong with an account or with Kraken: true answers or an honest "unknown", in time, for everybody.

The tables are in `catalogue`. For a private endpoint each row strikes an account of its own, all in one run, which
shows at once that none is in another's way. For a public endpoint each row is a run of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

from kraken_accounts import Status
from kraken_accounts.report.exit_code import ExitCode
from kraken_accounts.report.findings import Finding
from kraken_accounts.report.model import Report
from kraken_sandbox import Fault

from .. import running
from ..support import mostly_soak
from .catalogue import ANSWERS, DEADLINE, GRACE, PERMISSION_DENIED, TIMEOUT, public_faults, result, rows
from .floor import (
    BYSTANDER,
    ENCODINGS,
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
from .hostile import AMOUNTS
from .hostile import HOSTILE as HOSTILE_TEXT

pytestmark = pytest.mark.long

HOSTILE = json.dumps(HOSTILE_TEXT)
ACTIVITY = ("TradesHistory", "OpenOrders", "OpenPositions")
CHECKED = ("GetApiKeyInfo", "BalanceEx", *ACTIVITY)


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
    """By the row: what goes wrong with fills, open orders or positions is no matter of the status."""
    listed = endpoint in ACTIVITY
    return {row.what: Status.TRADING if listed else row.status for row in rows(endpoint)}


def troubled(endpoint: str) -> set[str]:
    """The rows in which the answer is none, or refused though the key may ask."""
    return {row.what for row in rows(endpoint) if row.status is not Status.TRADING} | {PERMISSION_DENIED}


def codes(findings: Iterable[Finding]) -> set[str]:
    return {finding.code for finding in findings}


@pytest.fixture(params=[False, pytest.param(True, marks=pytest.mark.soak)], ids=["some", "all"])
def whole(request: pytest.FixtureRequest) -> bool:
    """Whether each row meets each endpoint and each encoding, or one of them: then the next row meets the next."""
    return bool(request.param)


# --- private endpoints: an account a fault --------------------------------------------------------------


@pytest.mark.parametrize("endpoint", mostly_soak(CHECKED, 2))
def test_a_check_of_accounts_that_go_wrong(tmp_path: Path, endpoint: str, whole: bool) -> None:
    with open_floor(tmp_path) as floor:
        names = struck_floor(floor, endpoint)
        activity = endpoint in ACTIVITY
        with in_time():
            # A question of activity that had no time is not asked again: a busy machine gets more of it.
            report = floor.manager(timeout=3 * TIMEOUT if activity else TIMEOUT).check(activity=activity)

    struck = {names[a.account.selector]: a for a in report.accounts if a.account.selector in names}
    assert {what: account.status for what, account in struck.items()} == expected_statuses(endpoint)
    unknown = {what for what, account in struck.items() if "activity-unknown" in codes(account.findings)}
    assert unknown == (troubled(endpoint) if endpoint in ACTIVITY else set())
    bystander = of(report, BYSTANDER)
    assert (bystander.status, str(bystander.total), bystander.complete) == (Status.TRADING, ITS_TOTAL, True)
    assert report.exit_code is ExitCode.ATTENTION  # there is no master
    assert report.speaks_up
    for account in report.accounts:
        assert account.trading or (account.verdict.reason and account.verdict.remedy)
    encodings = ENCODINGS if whole else [ENCODINGS[CHECKED.index(endpoint) % 2]]
    shown = list(shown_by_every_format(report, encodings))
    for name, text in shown:
        assert_fit_to_be_read(name, text)
        assert floor.leaks.in_text(text) == set()
    assert_unknown_is_no_zero(report, shown)


# What of the rows is told: amounts, and answers that are only unusual.
TOLD = {
    "Earn/Allocations": {f"amount {value[:40]}" for value in AMOUNTS if not value.strip('"').startswith("-")}
    | {text[:120] for text, status in ANSWERS["Earn/Allocations"].items() if status is Status.TRADING},
    "TradeBalance": {f"amount {value[:40]}" for value in AMOUNTS},
}


@pytest.mark.parametrize("endpoint", mostly_soak(TOLD))
def test_a_check_of_wallets_that_go_wrong(tmp_path: Path, endpoint: str, whole: bool) -> None:
    """Nothing of it touches the status, or what is told of the rest."""
    with open_floor(tmp_path) as floor:
        names = struck_floor(floor, endpoint)
        with in_time():
            report = floor.manager().check(wallets=True)

    struck = {names[a.account.selector]: a for a in report.accounts if a.account.selector in names}
    assert {what: account.status for what, account in struck.items()} == expected_statuses(endpoint)
    wallet = "margin" if endpoint == "TradeBalance" else "earn"
    told = {what for what, account in struck.items() if getattr(account.coverage, wallet)}
    assert told == TOLD[endpoint]
    for what, account in struck.items():
        assert account.wallets.spot == Decimal(ITS_TOTAL), what
        assert account.coverage.spot is True, what
        if what not in told:
            assert (getattr(account.wallets, "margin_profit" if wallet == "margin" else "earn")) is None, what
            assert not account.complete, what
            assert "wallets-unknown" in codes(account.findings), what
            assert account.whole is (wallet == "margin"), what
    bystander = of(report, BYSTANDER)
    assert (bystander.status, str(bystander.total), bystander.complete) == (Status.TRADING, ITS_TOTAL, True)
    encodings = ENCODINGS if whole else [ENCODINGS[[*TOLD].index(endpoint)]]
    for name, text in shown_by_every_format(report, encodings):
        assert_fit_to_be_read(name, text)
        assert floor.leaks.in_text(text) == set()


@pytest.mark.parametrize("endpoint", mostly_soak(("GetApiKeyInfo", "BalanceEx", "OpenOrders", "TradeBalance")))
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


@pytest.mark.parametrize("endpoint", mostly_soak(WITHOUT, 2))
def test_a_check_without_public_data(tmp_path: Path, endpoint: str, whole: bool) -> None:
    status, total = WITHOUT[endpoint]
    turn = [*WITHOUT].index(endpoint)
    numbered_faults = list(enumerate(public_faults()))[0 if whole else turn :: 1 if whole else len(WITHOUT)]

    def run(numbered: tuple[int, tuple[str, Fault]]) -> tuple[str, tuple[Status, str | None]]:
        number, (what, fault) = numbered
        folder = tmp_path / str(number)
        folder.mkdir()
        with open_floor(folder) as floor:
            floor.strike_all(endpoint, fault)
            with in_time():
                report = floor.manager().check()
            account = of(report, BYSTANDER)
            # In one encoding, and in the other where the next of these faults strikes.
            shown = list(shown_by_every_format(report, [ENCODINGS[numbered_faults.index(numbered) % 2]]))
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
        found = dict(runs.map(run, numbered_faults))
    assert found == {what: (status, total) for _, (what, _) in numbered_faults}


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


BY_THE_EURO = "16262.53"  # 200 + 0.25 * 59216.7 EUR * 1.085, where the pair with the dollar gives no price


@pytest.mark.parametrize(
    ("endpoint", "entries", "total"),
    [
        # Kraken's names for things can be anything; what they are worth stays what it is.
        ("Assets", f'{{"XXBT":{{"altname":{HOSTILE},"decimals":10}}}}', ITS_TOTAL),
        ("Assets", '{"ZUSD":{"altname":"USD","decimals":"4"}}', None),
        ("Assets", '{"ZUSD":{"altname":"USD","decimals":-1}}', None),
        ("Assets", '{"ZUSD":{"altname":null,"decimals":4}}', None),
        ("Assets", '{"ZUSD":[]}', None),
        ("AssetPairs", f'{{{HOSTILE}:{{"base":{HOSTILE},"quote":{HOSTILE},"status":{HOSTILE}}}}}', ITS_TOTAL),
        ("AssetPairs", f'{{"XXBTZUSD":{{"base":"XXBT","quote":"ZUSD","status":{HOSTILE}}}}}', BY_THE_EURO),
        ("AssetPairs", '{"XXBTZUSD":{"base":"XXBT","quote":"ZUSD"}}', ITS_TOTAL),
        ("AssetPairs", '{"XXBTZUSD":{"base":"XXBT","quote":"ZUSD","status":["online"]}}', BY_THE_EURO),
        ("AssetPairs", '{"XXBTZUSD":{"base":"XXBT"}}', ITS_DOLLARS),
        ("AssetPairs", '{"XXBTZUSD":{"base":1,"quote":2}}', ITS_DOLLARS),
        ("AssetPairs", '{"XXBTZUSD":"XXBT/ZUSD"}', ITS_DOLLARS),
        ("Ticker", '{"XXBTZUSD":{"a":["64250.20"],"b":["64250.00"],"c":["1"]}}', ITS_TOTAL),
        ("Ticker", '{"XXBTZUSD":{"a":["0"],"b":["NaN"],"c":["64250.10"]}}', BY_THE_EURO),
        ("Ticker", '{"XXBTZUSD":{"a":"64250.20","b":{},"c":64250.10}}', BY_THE_EURO),
        ("Ticker", '{"XXBTZUSD":{"a":["-1"],"b":["-1"],"c":["-1"]}}', BY_THE_EURO),
        ("Ticker", '{"XXBTZUSD":{"a":["1e400"],"b":["Infinity"],"c":[]}}', BY_THE_EURO),
        ("Ticker", '{"XXBTZUSD":{}}', BY_THE_EURO),
        ("Ticker", '{"XXBTZUSD":null}', ITS_DOLLARS),
    ],
)
def test_public_data_of_which_a_part_is_wrong_or_unusual(
    tmp_path: Path, endpoint: str, entries: str, total: str | None
) -> None:
    with open_floor(tmp_path) as floor:
        floor.strike_all(endpoint, result(json.dumps(floor.public(endpoint) | json.loads(entries))))
        report = floor.manager().check()

    account = of(report, BYSTANDER)
    assert account.trading
    complete = total not in (None, ITS_DOLLARS)
    assert (account.total and str(account.total), account.complete, account.whole) == (total, complete, complete)
    for name, text in shown_by_every_format(report):
        assert_fit_to_be_read(name, text)


ZEROS = {"a": ["0.00000", "0", "0.000"], "b": ["0.00000", "0", "0.000"], "c": ["64250.10", "1"]}


@pytest.mark.parametrize(
    ("endpoint", "answer", "trouble"),
    [
        ("Assets", "{}", "assets could not be learned: its list of assets is empty, which cannot be"),
        (
            "Assets",
            '{"XXBT":{"altname":"XBT","decimals":10}}',
            "assets could not be learned: its list of assets is without USD, which cannot be",
        ),
        (
            "Assets",
            '{"ZUSD":{"altname":"USD","decimals":4}}',
            "assets could not be learned: its list of assets is without BTC, which cannot be",
        ),
        (
            "Assets",
            '{"ZUSD":{"altname":"USD","decimals":4},"XXBT":{"altname":"XBT","decimals":10}}',
            "pairs could not be learned: its lists of assets and of pairs do not fit together",
        ),
        ("AssetPairs", "{}", "pairs could not be learned: its list of pairs is empty, which cannot be"),
        (
            "AssetPairs",
            f'{{{HOSTILE}:{{"base":{HOSTILE},"quote":{HOSTILE}}}}}',
            "pairs could not be learned: its lists of assets and of pairs do not fit together",
        ),
        (
            "AssetPairs",
            '{"XXBTZUSD":{"base":"XXBT","quote":"ZUSD"}}',
            "pairs could not be learned: its lists of assets and of pairs do not fit together",
        ),
        (
            "Ticker",
            "{}",
            "prices could not be learned: it told those of 0 out of 146 open markets, which cannot be all",
        ),
        (
            "Ticker",
            '{"XXBTZUSD":{"a":["64250.20"],"b":["64250.00"]}}',
            "prices could not be learned: it told those of 1 out of 146 open markets, which cannot be all",
        ),
        (
            "Ticker",
            None,
            "prices could not be learned: it told those of 0 out of 146 open markets, which cannot be all",
        ),
    ],
)
def test_public_data_that_cannot_be_all_is_trouble_and_never_kept(
    tmp_path: Path, endpoint: str, answer: str | None, trouble: str
) -> None:
    with open_floor(tmp_path) as floor:
        useless = json.dumps(dict.fromkeys(floor.public(endpoint), ZEROS)) if answer is None else answer
        floor.strike_all(endpoint, result(useless))
        report = floor.manager().check()
        floor.exchange.faults.clear()
        again = floor.manager().check()

    account = of(report, BYSTANDER)
    # Without the list of assets nobody knows what a dollar is.
    total = None if trouble.startswith("assets") else Decimal(ITS_DOLLARS)
    assert (account.status, account.total, account.whole) == (Status.TRADING, total, False)
    assert {held.codes for held in account.holdings or ()} == {("XXBT",), ("ZUSD",)}
    assert _missing(report) == [f"Kraken's {trouble}"]
    assert (str(of(again, BYSTANDER).total), _missing(again)) == (ITS_TOTAL, [])
    for name, text in shown_by_every_format(report):
        assert_fit_to_be_read(name, text)


# --- the real command -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "endpoint", "name"),
    mostly_soak(
        (
            ("check", "GetApiKeyInfo", "table"),
            ("check", "BalanceEx", "json"),
            ("check", "GetApiKeyInfo", "nagios"),
            ("audit", "BalanceEx", "json"),
        )
    ),
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


def _missing(report: Report) -> list[str]:
    return [finding.message for finding in report.findings if finding.code == "public-data-missing"]
