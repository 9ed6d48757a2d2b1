"""Everything there is to know is a finding in every format; and whose exchange it is stands before all else."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kraken_accounts import Status
from kraken_accounts.config import demo_settings, load_settings
from kraken_accounts.formats import NAMES, View, load
from kraken_accounts.kraken import permissions
from kraken_accounts.kraken.assets import Assets
from kraken_accounts.kraken.key_info import KeyInfo
from kraken_accounts.kraken.public import SystemStatus
from kraken_accounts.report.answers import AccountAnswers, MarketAnswers
from kraken_accounts.report.assessment import build_report
from kraken_accounts.report.findings import Code, Finding, Severity
from kraken_accounts.report.model import Report
from kraken_sandbox import Fault, FaultKind

from ..conftest import Sandbox
from ..formats.reports import NOW, account, as_audit, report
from ..running import audit, check, check_on_terminal
from ..support import mostly_soak, variables

# --- everything there is to know ------------------------------------------------------------------------


@pytest.mark.parametrize("endpoint", ["OpenOrders", "OpenPositions"])
@pytest.mark.parametrize(
    "error",
    mostly_soak(
        (
            "EService:Unavailable",
            "EGeneral:Temporary lockout",
            "EAPI:Rate limit exceeded",
            "EGeneral:Permission denied",
        ),
        2,
    ),
)
def test_activity_that_does_not_come_changes_no_status(sandbox: Sandbox, endpoint: str, error: str) -> None:
    sandbox.exchange.faults.add(Fault(FaultKind.ERROR, endpoint=endpoint, text=error, times=None))

    run = check("--account", "alpha", "--activity", "--format", "json", env=sandbox.env)

    shown = json.loads(run.stdout)
    (alpha,) = shown["accounts"]
    assert (alpha["status"], alpha["total"], shown["exit_code"], run.returncode) == ("trading", "6911.95", 0, 0)
    for finding in alpha["findings"]:
        assert (finding["code"], finding["severity"]) == ("activity-unknown", "warning")
        assert error in finding["message"]
    what = "open_orders" if endpoint == "OpenOrders" else "open_positions"
    assert alpha[what] is None
    # Where Kraken asks for a pause, what would come next is not asked, and is not known either.
    asks_for_a_pause = "lockout" in error or "Rate limit" in error
    asked = [request.endpoint for request in sandbox.exchange.requests].count("OpenPositions")
    if endpoint == "OpenOrders":
        assert (asked, len(alpha["findings"])) == ((0, 2) if asks_for_a_pause else (1, 1))
    else:
        assert len(alpha["findings"]) == 1


def test_a_lockout_at_any_question_is_remembered(sandbox: Sandbox, tmp_path: Path) -> None:
    env = {**sandbox.env, "XDG_STATE_HOME": str(tmp_path)}
    sandbox.exchange.faults.add(Fault(FaultKind.ERROR, endpoint="TradeBalance", text="EGeneral:Temporary lockout"))
    audit("--account", "alpha", env=env)

    shown = json.loads(check("--account", "alpha", "--format", "json", env=env).stdout)

    assert shown["accounts"][0]["status"] == "locked-out"


def test_a_key_that_may_not_list_orders_is_told_once(sandbox: Sandbox) -> None:
    key = sandbox.exchange.state.keys[sandbox.env["KRAKEN_USER_ALPHA_API_KEY"]].api_key
    sandbox.exchange.replace_key(key.key, permissions=key.permissions - {"query-open-trades"})

    run = check("--account", "alpha", "--activity", "--format", "json", env=sandbox.env)

    (alpha,) = json.loads(run.stdout)["accounts"]
    assert [finding["code"] for finding in alpha["findings"]] == ["missing-permission"]


def test_a_key_that_is_locked_out_while_orders_are_listed_is_left_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    env = {**sandbox.env, "XDG_STATE_HOME": str(tmp_path)}
    sandbox.exchange.faults.add(
        Fault(FaultKind.ERROR, endpoint="OpenOrders", text="EGeneral:Temporary lockout", times=None)
    )
    check("--account", "alpha", "--activity", env=env)
    asked = sandbox.endpoints().count("GetApiKeyInfo")

    (alpha,) = json.loads(check("--account", "alpha", "--format", "json", env=env).stdout)["accounts"]

    assert alpha["status"] == "locked-out"
    assert sandbox.endpoints().count("GetApiKeyInfo") == asked


@pytest.mark.parametrize("name", ["audit_table", "audit_json", *NAMES])
def test_every_format_shows_every_finding(name: str) -> None:
    """Of an account and of the run, of each severity."""
    codes = {
        "account": (Code.WITHDRAW_ENABLED, Code.NONCE_WINDOW, Code.NO_IP_ALLOWLIST),
        "run": (Code.CERTIFICATE_NOT_TRUSTED, Code.EMERGENCY, Code.SUPERFLUOUS_PERMISSION),
    }
    found = {
        place: tuple(
            Finding(code, severity, f"it is {code}", "Do it.") for code, severity in zip(of, Severity, strict=True)
        )
        for place, of in codes.items()
    }
    shown = report(account("a", "1.00", Status.TRADING, None, *found["account"]), findings=found["run"])

    text = load(name).render(as_audit(shown) if name.startswith("audit") else shown, View())

    for code in (code for of in codes.values() for code in of):
        assert code in text, code


def test_krakens_notice_of_an_emergency_is_a_finding(sandbox: Sandbox) -> None:
    sandbox.exchange.set_system_status("online", emergency=[{"title": "DOT is late"}])

    for run in (
        check("--account", "alpha", "--format", "json", env=sandbox.env),
        audit("--account", "alpha", "--format", "json", env=sandbox.env),
    ):
        codes = {finding["code"]: finding["message"] for finding in json.loads(run.stdout)["findings"]}
        assert codes["emergency"] == "Kraken says: title DOT is late"


# --- whose exchange it is -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "codes", "status"),
    [
        (timedelta(days=14, seconds=1), [], Status.TRADING),
        (timedelta(days=14), ["key-expires-soon"], Status.TRADING),
        (timedelta(seconds=1), ["key-expires-soon"], Status.TRADING),
        (timedelta(), ["key-expired"], Status.REJECTED),
    ],
    ids=str,
)
def test_a_key_expires_to_the_second(left: timedelta, codes: list[str], status: Status) -> None:
    settings = demo_settings(variables("http://127.0.0.1:1", "master"))
    key = KeyInfo(permissions.REQUIRED, None, NOW + left, None, ("127.0.0.1",))
    (found,) = build_report(
        settings,
        [AccountAnswers(settings.accounts[0], key, {})],
        MarketAnswers(SystemStatus("online"), Assets()),
        quote="USD",
        minimums={},
        now=NOW,
        duration=timedelta(),
    ).accounts

    assert ([finding.code for finding in found.findings], found.status) == (codes, status)


HERE = "http://127.0.0.1:8111"
HEADLINE = f"OTHER EXCHANGE: {HERE}, not https://api.kraken.com"


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("table", HEADLINE),
        ("text", f"2026-11-22T10:00:00Z ALL ACCOUNTS: {HEADLINE}\n"),
        ("prometheus", f"# {HEADLINE}\n"),
        ("nagios", f"KRAKEN OK - {HEADLINE}; 1 of 1 account trading"),
        ("audit_table", HEADLINE),
    ],
)
def test_another_exchange_is_named_before_all_else(name: str, begins: str) -> None:
    other = report(account(None), url=HERE)
    own = report(account(None))

    def shown(of: Report) -> str:
        return load(name).render(as_audit(of) if name.startswith("audit") else of, View())

    assert shown(other).startswith(begins)
    assert "OTHER EXCHANGE" not in shown(own)
    assert "OTHER EXCHANGE" not in shown(replace(other, demo=True))  # which is headed as a demo


def test_programs_learn_which_exchange_it_is() -> None:
    other = report(account(None), url=HERE)

    assert json.loads(load("json").render(other, View()))["exchange"]["url"] == HERE
    assert json.loads(load("audit_json").render(as_audit(other), View()))["exchange"]["url"] == HERE
    (row,) = csv.DictReader(io.StringIO(load("csv").render(other, View()), newline=""))
    assert row["exchange_url"] == HERE
    assert f'kraken_accounts_exchange_info{{url="{HERE}"}} 1.0\n' in load("prometheus").render(other, View())


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("https://api.kraken.com", False),
        ("https://API.Kraken.com", False),
        ("https://api.kraken.com:443", False),
        ("https://api.kraken.com:8443", True),
        ("https://api.kraken.com.example", True),
        ("http://127.0.0.1:8111", True),
    ],
)
def test_krakens_own_address_is_known_however_it_is_spelt(tmp_path: Path, url: str, other: bool) -> None:
    settings = replace(load_settings({"KRAKEN_API_URL": url}, _empty(tmp_path)), notes=())
    found = build_report(
        settings,
        [],
        MarketAnswers(None, Assets()),
        quote="USD",
        minimums={},
        now=NOW,
        duration=NOW - NOW,
    )

    assert [finding.code for finding in found.findings] == (["other-exchange"] if other else [])
    assert found.other_exchange == (url if other else None)


def test_a_sandbox_left_in_the_settings_is_seen_at_once(sandbox: Sandbox) -> None:
    shown, code = check_on_terminal("--account", "alpha", columns=80, env=sandbox.env)

    assert f"OTHER EXCHANGE: {sandbox.url}, not https://api.kraken.com" in shown
    assert code == 0


def test_the_demo_is_no_other_exchange() -> None:
    demo = json.loads(check("--demo", "--format", "json").stdout)

    assert demo["exchange"]["url"].startswith("http://127.0.0.1:")
    assert demo["findings"] == []


def _empty(folder: Path) -> Path:
    path = folder / "empty.env"
    path.touch(mode=0o600)
    return path
