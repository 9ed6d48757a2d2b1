"""An alarm that is off when it cannot look is none: exit codes, minimums, silence, and whose exchange it is."""

from __future__ import annotations

import csv
import io
import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import trustme

from kraken_accounts import ConfigurationError, MultiAccountBrokerManager, Status
from kraken_accounts.assessment import build_report
from kraken_accounts.audit import AccountAudit, AuditReport
from kraken_accounts.credentials import demo_settings, load_settings
from kraken_accounts.formats import NAMES, View, load
from kraken_accounts.kraken.assets import Assets
from kraken_accounts.kraken.errors import CertificateNotTrusted, ClockAhead, KeyBusy, KrakenError
from kraken_accounts.kraken.public import SystemStatus
from kraken_accounts.report import AccountAnswers, ExitCode, Finding, MarketAnswers, Report, Severity
from kraken_accounts.sandbox import Fault, FaultKind, Holding

from .conftest import Sandbox
from .formats.reports import ANYWHERE, EXPIRES, NOW, WITHDRAW, account, report
from .running import audit, check, check_on_terminal
from .support import ScriptedServer, http_response, open_account, variables

# --- exit codes: every status beside every finding ------------------------------------------------------

FINDINGS = {"none": (), "info": (ANYWHERE,), "warning": (EXPIRES,), "critical": (WITHDRAW, EXPIRES)}
DOWN = (Status.UNREACHABLE, Status.EXCHANGE_RESTRICTED)
UNASKED = (Status.NOT_CONFIGURED, Status.MISCONFIGURED)


def expected(first: Status, second: Status) -> tuple[int, int, int, int]:
    """What a check of two accounts ends with by the worst finding: none, info, warning, critical."""
    if {first, second} <= {*UNASKED}:
        return (2, 2, 2, 2)
    if {first, second} <= {*DOWN, *UNASKED}:
        return (3, 3, 3, 1)
    return (0, 0, 0, 1) if first is second is Status.TRADING else (1, 1, 1, 1)


def as_audit(checked: Report) -> AuditReport:
    """What an audit makes of it that has found nothing more."""
    audits = tuple(AccountAudit(one, one.findings, None, (), None) for one in checked.accounts)
    return AuditReport(checked, audits, checked.findings, None)


@pytest.mark.parametrize("place", ["account", "run"])
@pytest.mark.parametrize("worst", FINDINGS)
def test_what_a_run_ends_with(worst: str, place: str) -> None:
    found = FINDINGS[worst]
    for first, second in product(Status, Status):
        of_accounts, of_the_run = (found, ()) if place == "account" else ((), found)
        checked = report(
            account(None, "1.00", first, None, *of_accounts), account("a", "1.00", second), findings=of_the_run
        )
        code = expected(first, second)[list(FINDINGS).index(worst)]

        assert checked.exit_code == code, (first, second)
        assert checked.speaks_up == (code != 0 or worst == "warning"), (first, second)
        # A warning is enough for an audit, and for nothing else.
        assert as_audit(checked).exit_code == (1 if code == 0 and worst == "warning" else code), (first, second)
        assert as_audit(checked).ok == (as_audit(checked).exit_code == 0)
        nagios = {0: 1 if worst == "warning" else 0, 1: 2, 2: 2, 3: 3}[code]
        assert load("nagios").exit_code(checked) == nagios, (first, second)


def test_an_audits_own_critical_finding_outranks_that_kraken_is_down() -> None:
    down = report(account(None, None, Status.UNREACHABLE))

    assert as_audit(down).exit_code is ExitCode.KRAKEN_DOWN
    assert replace(as_audit(down), findings=(WITHDRAW,)).exit_code is ExitCode.ATTENTION


# --- trouble that is not Kraken's -----------------------------------------------------------------------


def assessed(
    folder: Path, key_info: KrakenError, system_status: SystemStatus | KrakenError | None = None
) -> Report:
    """A run in which the master's key is answered so."""
    path = folder / ".env"
    path.write_text("KRAKEN_MASTER_API_KEY=SMPL-not-a-real-key\nKRAKEN_MASTER_API_SECRET=c2FtcGxl\n")
    path.chmod(0o600)
    settings = load_settings({}, path)
    return build_report(
        settings,
        [AccountAnswers(settings.accounts[0], key_info)],
        MarketAnswers(system_status or SystemStatus("online"), Assets()),
        quote="USD",
        minimums={},
        now=NOW,
        duration=NOW - NOW,
    )


@pytest.mark.parametrize(
    ("error", "status"),
    [(KeyBusy(4711), Status.BUSY), (ClockAhead(60), Status.CLOCK_AHEAD)],
    ids=["busy", "clock"],
)
def test_what_is_not_krakens_fault_is_never_exit_code_3(
    tmp_path: Path, error: KrakenError, status: Status
) -> None:
    found = assessed(tmp_path, error)

    assert found.accounts[0].status is status
    assert (found.exit_code, as_audit(found).exit_code, load("nagios").exit_code(found)) == (1, 1, 2)
    assert "4711" in str(found.accounts[0].verdict.reason) or status is Status.CLOCK_AHEAD


@pytest.mark.parametrize("where", ["key", "market"])
def test_a_certificate_that_is_not_trusted_is_critical_wherever_it_was_met(tmp_path: Path, where: str) -> None:
    distrust = CertificateNotTrusted("the certificate of api.kraken.com is not trusted (self-signed)")
    elsewhere = KeyBusy()
    found = assessed(tmp_path, distrust if where == "key" else elsewhere, distrust if where == "market" else None)

    (critical,) = [finding for finding in found.findings if finding.severity is Severity.CRITICAL]
    assert (critical.code, critical.message) == ("certificate-not-trusted", distrust.reason)
    assert found.exit_code is ExitCode.ATTENTION


@pytest.mark.parametrize(
    ("command", "name", "code"), [(check, "text", 1), (check, "nagios", 2), (audit, "json", 1)]
)
def test_somebody_in_krakens_place(command: Callable[..., Any], name: str, code: int) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with ScriptedServer(http_response("{}"), ssl_context=context) as server:
        run = command("--format", name, env=variables(server.url, "master", "zoe"))

    assert run.returncode == code
    assert "certificate-not-trusted" in run.stdout
    assert server.requests == []


# --- minimums -------------------------------------------------------------------------------------------


def findings_of(shown: Any, label: str = "USER (alpha)") -> list[tuple[str, str]]:
    (found,) = [one for one in shown["accounts"] if one["label"] == label]
    return [(finding["code"], finding["message"]) for finding in found["findings"] if "minimum" in finding["code"]]


UNKNOWN = ("minimum-not-checked", "the total is unknown, so nobody knows whether it is below the minimum of $1.00")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"KRAKEN_USER_ALPHA_API_KEY": "", "KRAKEN_USER_ALPHA_API_SECRET": ""}, "not-configured"),
        ({"KRAKEN_USER_ALPHA_API_SECRET": ""}, "misconfigured"),
        ({"KRAKEN_USER_ALPHA_API_SECRET": "c2FtcGxlIG9mIGEgd3Jvbmcgc2VjcmV0"}, "rejected"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_minimum_of_an_account_that_cannot_be_asked(
    sandbox: Sandbox, changes: dict[str, str], status: str
) -> None:
    run = check(
        *("--account", "alpha", "--account", "master", "--min-total", "alpha=1", "--format", "json"),
        env={**sandbox.env, **changes},
    )

    shown = json.loads(run.stdout)
    assert [one["status"] for one in shown["accounts"]] == ["trading", status]
    assert findings_of(shown) == [UNKNOWN]
    assert run.returncode == 1


def test_a_minimum_while_kraken_is_down_is_an_alarm(sandbox: Sandbox) -> None:
    sandbox.exchange.faults.add(Fault(FaultKind.HTML, status=503, times=None))
    options = ("--account", "alpha", "--timeout", "1")

    assert check(*options, env=sandbox.env).returncode == 3
    run = check(*options, "--min-total", "user=*=1", "--format", "json", env=sandbox.env)

    assert findings_of(json.loads(run.stdout)) == [UNKNOWN]
    assert run.returncode == 1


def test_a_minimum_during_maintenance_is_held_against_the_total(sandbox: Sandbox) -> None:
    sandbox.exchange.set_system_status("maintenance")
    options = ("--account", "alpha", "--format", "json")

    enough = check(*options, "--min-total", "alpha=6911.95", env=sandbox.env)
    below = check(*options, "--min-total", "alpha=6911.96", env=sandbox.env)

    assert (enough.returncode, findings_of(json.loads(enough.stdout))) == (3, [])
    assert (below.returncode, findings_of(json.loads(below.stdout))) == (
        1,
        [("below-minimum", "$6,911.95 is below the minimum of $6,911.96")],
    )


def minimum_of(sandbox: Sandbox, holdings: Mapping[str, str], minimum: str) -> list[tuple[str, str]]:
    """What is said of the minimum of an account with these amounts, none of which is a credit line."""
    open_account(sandbox.exchange, "zoe").balances.update(
        {code: Holding(Decimal(amount)) for code, amount in holdings.items()}
    )
    manager = MultiAccountBrokerManager(demo_settings(variables(sandbox.url, "zoe")))
    found = manager.check(minimums={"zoe": Decimal(minimum)}).accounts[1]
    return [(finding.code, finding.message) for finding in found.findings if "minimum" in finding.code]


@pytest.mark.parametrize(
    ("holdings", "minimum", "said"),
    [
        ({"ZUSD": "100"}, "100", []),
        ({"ZUSD": "100"}, "100.01", [("below-minimum", "$100.00 is below the minimum of $100.01")]),
        # What is known is enough, and what has no price can only add to it.
        ({"ZUSD": "100", "XRT": "75"}, "100", []),
        (
            {"ZUSD": "100", "XRT": "75"},
            "100.01",
            [
                (
                    "minimum-not-checked",
                    "$100.00 is below the minimum of $100.01, but that is without 75 XRT",
                )
            ],
        ),
        # Unless it is owed: then nobody knows how much it takes away.
        (
            {"ZUSD": "100", "XRT": "-75"},
            "50",
            [
                (
                    "minimum-not-checked",
                    "nobody knows whether the total is below the minimum of $50.00, for it is without -75 XRT",
                )
            ],
        ),
        ({"XRT": "75"}, "1", [UNKNOWN]),
        ({}, "0", []),
        ({}, "1", [("below-minimum", "$0.00 is below the minimum of $1.00")]),
    ],
    ids=str,
)
def test_a_minimum(
    sandbox: Sandbox, holdings: Mapping[str, str], minimum: str, said: list[tuple[str, str]]
) -> None:
    assert minimum_of(sandbox, holdings, minimum) == said


def test_a_minimum_that_is_surely_reached_needs_no_prices(sandbox: Sandbox) -> None:
    sandbox.exchange.faults.add(Fault(FaultKind.HTML, endpoint="Ticker", status=404, times=None))

    assert minimum_of(sandbox, {"ZUSD": "100", "XXBT": "1"}, "100") == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("--account", "master", "--min-total", "alpha=1"),
        ("--account", "master", "--min-total", "user=*=1"),
        ("--account", "alpha", "--min-total", "master=1"),
    ],
    ids=" ".join,
)
def test_a_minimum_of_nobody_who_is_asked_is_wrong_usage(sandbox: Sandbox, arguments: tuple[str, ...]) -> None:
    run = check(*arguments, env=sandbox.env)

    assert (run.returncode, run.stdout) == (2, "")
    assert "there is no such account among those that are asked" in run.stderr
    assert sandbox.endpoints() == []


def test_a_minimum_of_nobody_is_refused_by_the_library_too(sandbox: Sandbox) -> None:
    manager = MultiAccountBrokerManager(demo_settings(variables(sandbox.url, "master")))

    with pytest.raises(ConfigurationError, match="'zoe'"):
        manager.check(minimums={"zoe": Decimal(1)})
    assert sandbox.endpoints() == []


# --- silence --------------------------------------------------------------------------------------------


class TestQuiet:
    well = ("-q", "--account", "alpha")

    def expiring(self, sandbox: Sandbox) -> None:
        sandbox.exchange.replace_key(sandbox.env["KRAKEN_USER_ALPHA_API_KEY"], nonce_window=7)

    def test_a_warning_breaks_it(self, sandbox: Sandbox) -> None:
        self.expiring(sandbox)

        run = check(*self.well, env=sandbox.env)

        assert run.returncode == 0
        assert "[nonce-window]" in run.stdout

    def test_a_misspelt_account_breaks_it(self, sandbox: Sandbox, tmp_path: Path) -> None:
        env_file = sandbox.env_file(tmp_path, KRAKEN_USR_ZOE_API_KEY="SMPL", KRAKEN_USER_ZOE_API_KY="SMPL")

        run = check(*self.well, "--env-file", env_file)

        assert run.returncode == 0
        assert "[ignored-variable]" in run.stdout
        assert run.stderr == ""

    def test_information_does_not(self, sandbox: Sandbox) -> None:
        sandbox.exchange.replace_key(sandbox.env["KRAKEN_USER_ALPHA_API_KEY"], ip_allowlist=())

        run = check(*self.well, env=sandbox.env)

        assert (run.returncode, run.stdout, run.stderr) == (0, "", "")

    @pytest.mark.parametrize("name", NAMES)
    def test_standard_output_by_name_is_as_quiet(self, sandbox: Sandbox, name: str) -> None:
        well = check(*self.well, "-o", "-", "--format", name, env=sandbox.env)
        self.expiring(sandbox)
        warned = check(*self.well, "-o", "-", "--format", name, env=sandbox.env)

        assert (well.returncode, well.stdout, well.stderr) == (0, "", "")
        assert warned.returncode == (1 if name == "nagios" else 0)
        assert "nonce-window" in warned.stdout


# --- everything there is to know ------------------------------------------------------------------------


@pytest.mark.parametrize("endpoint", ["OpenOrders", "OpenPositions"])
@pytest.mark.parametrize(
    "error",
    [
        "EService:Unavailable",
        "EGeneral:Temporary lockout",
        "EAPI:Rate limit exceeded",
        "EGeneral:Permission denied",
    ],
)
def test_activity_that_does_not_come_changes_no_status(sandbox: Sandbox, endpoint: str, error: str) -> None:
    sandbox.exchange.faults.add(Fault(FaultKind.ERROR, endpoint=endpoint, text=error, times=None))

    run = check("--account", "alpha", "--activity", "--format", "json", env=sandbox.env)

    shown = json.loads(run.stdout)
    (alpha,) = shown["accounts"]
    assert (alpha["status"], alpha["total"], shown["exit_code"], run.returncode) == ("trading", "6911.95", 0, 0)
    (finding,) = alpha["findings"]
    assert (finding["code"], finding["severity"]) == ("activity-unknown", "warning")
    assert error in finding["message"]
    what = "open_orders" if endpoint == "OpenOrders" else "open_positions"
    assert alpha[what] is None


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
        place: {severity: f"{severity.value}-of-{place}" for severity in Severity} for place in ("account", "run")
    }
    found = {
        place: tuple(Finding(code, severity, f"it is {code}", "Do it.") for severity, code in of.items())
        for place, of in codes.items()
    }
    shown = report(account("a", "1.00", Status.TRADING, None, *found["account"]), findings=found["run"])

    text = load(name).render(as_audit(shown) if name.startswith("audit") else shown, View())

    for code in (code for of in codes.values() for code in of.values()):
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

HERE = "http://127.0.0.1:8111"
HEADLINE = f"OTHER EXCHANGE: {HERE}, not https://api.kraken.com"


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("table", HEADLINE),
        ("text", HEADLINE),
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
