"""An alarm that is off when it cannot look is none: exit codes, minimums, and silence."""

from __future__ import annotations

import json
import os
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
from kraken_accounts.config import demo_settings, load_settings
from kraken_accounts.formats import NAMES, load
from kraken_accounts.kraken.assets import Assets
from kraken_accounts.kraken.errors import CertificateNotTrusted, ClockAhead, KeyBusy, KrakenError
from kraken_accounts.kraken.public import SystemStatus
from kraken_accounts.report.answers import AccountAnswers, MarketAnswers
from kraken_accounts.report.assessment import build_report
from kraken_accounts.report.exit_code import ExitCode
from kraken_accounts.report.findings import Severity
from kraken_accounts.report.model import Report
from kraken_accounts.storage import Storage
from kraken_sandbox import Fault, FaultKind, SimulatedHolding

from ..conftest import Sandbox
from ..formats.reports import ANYWHERE, EXPIRES, NOW, WITHDRAW, account, as_audit, report
from ..running import audit, check
from ..support import LIMIT, ScriptedServer, http_response, mostly_soak, open_account, variables

# --- exit codes: every status beside every finding ------------------------------------------------------

FINDINGS = {"none": (), "info": (ANYWHERE,), "warning": (EXPIRES,), "critical": (WITHDRAW, EXPIRES)}
DOWN = (Status.UNREACHABLE, Status.EXCHANGE_RESTRICTED)
UNASKED = (Status.NOT_CONFIGURED, Status.MISCONFIGURED)


def expected(first: Status, second: Status) -> tuple[int, int, int, int]:
    """What a check of two accounts ends with by the worst finding: none, info, warning, critical."""
    first, second = (first, second) if first is not Status.DISABLED else (second, first)
    if second is Status.DISABLED:  # which counts for nothing
        return (2, 2, 2, 2) if first is second else expected(first, first)
    if {first, second} <= {*UNASKED}:
        return (2, 2, 2, 2)
    if {first, second} <= {*DOWN, *UNASKED}:
        return (3, 3, 3, 1)
    return (0, 0, 0, 1) if first is second is Status.TRADING else (1, 1, 1, 1)


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


@pytest.mark.parametrize(
    ("command", "name", "code"), mostly_soak(((check, "text", 1), (check, "nagios", 2), (audit, "json", 1)))
)
def test_a_key_that_another_program_holds_until_the_end(
    sandbox: Sandbox, command: Callable[..., Any], name: str, code: int
) -> None:
    held = Storage.state().shared_number("nonce", sandbox.env["KRAKEN_USER_ALPHA_API_KEY"])
    assert held is not None
    held.acquire(LIMIT)
    try:
        run = command(
            *("--account", "alpha", "--deadline", "2", "--format", name),
            env={**sandbox.env, "XDG_STATE_HOME": os.environ["XDG_STATE_HOME"]},
        )
    finally:
        held.release()

    assert f"process {os.getpid()} held this key all the time" in run.stdout.lower()
    assert run.returncode == code


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


def test_a_minimum_is_that_of_the_account_that_it_names(sandbox: Sandbox) -> None:
    for selector in ("master", "alpha"):
        manager = MultiAccountBrokerManager(demo_settings(sandbox.env))
        found = manager.check(minimums={selector: Decimal(10**9)})

        alarmed = {
            account.account.selector
            for account in found.accounts
            for finding in account.findings
            if "minimum" in finding.code
        }
        assert alarmed == {selector}


def minimum_of(sandbox: Sandbox, holdings: Mapping[str, str], minimum: str) -> list[tuple[str, str]]:
    """What is said of the minimum of an account with these amounts, none of which is a credit line."""
    open_account(sandbox.exchange, "zoe").balances.update(
        {code: SimulatedHolding(Decimal(amount)) for code, amount in holdings.items()}
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
