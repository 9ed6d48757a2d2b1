"""The full examination through the front door: each finding provoked and not, in the words an operator reads."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kraken_accounts.config import load_settings
from kraken_accounts.config.git_exposure import GitExposure
from kraken_accounts.kraken.assets import Assets
from kraken_accounts.report.answers import AccountAnswers, MarketAnswers
from kraken_accounts.report.assessment import build_report
from kraken_accounts.report.audit import build_audit
from kraken_sandbox import Fault, FaultKind, SimulatedHolding, SimulatedKey

from ..conftest import Sandbox
from ..running import audit, audit_on_terminal, check, check_on_terminal
from ..support import sample_key, sample_secret

DAY = 24 * 3600
NOW = int(time.time())
REQUIRED = frozenset({"query-funds", "query-open-trades", "modify-trades", "close-trades"})
COMPARE = (
    "Compare --assets with the balances that Kraken's website shows; "
    "unpriced assets, and what Kraken's figure leaves out of Earn, are the usual causes."
)
EDIT = "Edit the key at https://www.kraken.com/u/security/api and "


def report_of(run: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """What it says in JSON, less that the sandbox is not Kraken."""
    report: dict[str, Any] = json.loads(run.stdout)
    assert report["exit_code"] == run.returncode
    assert run.stderr == ""
    of_accounts = [finding for account in report["accounts"] for finding in account.get("findings", ())]
    assert {finding.pop("accepted") for finding in (*report["findings"], *of_accounts)} <= {None}
    report["findings"] = [finding for finding in report["findings"] if finding["code"] != "other-exchange"]
    return report


def words_of(table: str) -> str:
    """What a table says, without its boxes and on one line."""
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", table).split())


def sentence(words: str) -> str:
    """As tables write it; names such as a file's keep their small letters."""
    return f"{words[:1].upper()}{words[1:]}." if words.partition(" ")[0].isalpha() else f"{words}."


def day(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


def minute(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"


# --- what an operator, Kraken or the machine may do -----------------------------------------------------

# Something that happens before the audit of alpha, whose `.env` lies in the folder.
Circumstance = Callable[[Sandbox, Path], object]


def alpha_key(sandbox: Sandbox) -> str:
    return sandbox.env["KRAKEN_USER_ALPHA_API_KEY"]


def key_with(**changes: Any) -> Circumstance:
    """The key of alpha is set up like this at Kraken."""
    return lambda sandbox, _: sandbox.exchange.replace_key(alpha_key(sandbox), **changes)


def allowed(*permissions: str) -> Circumstance:
    """The key of alpha has these permissions beside those that trading takes."""
    return key_with(permissions=REQUIRED | set(permissions))


def answers(endpoint: str, result: dict[str, Any]) -> Circumstance:
    """Kraken answers so."""
    text = json.dumps({"error": [], "result": result})
    return lambda sandbox, _: sandbox.exchange.faults.add(
        Fault(FaultKind.BODY, endpoint=endpoint, text=text, times=None)
    )


def refuses(endpoint: str, error: str) -> Circumstance:
    """Kraken refuses, in its own words."""
    return lambda sandbox, _: sandbox.exchange.faults.add(
        Fault(FaultKind.ERROR, endpoint=endpoint, text=error, times=None)
    )


def kraken_clock(seconds: int) -> Circumstance:
    """Kraken's clock is ahead of this machine's by so much."""
    return lambda sandbox, _: setattr(sandbox.exchange.state, "clock", lambda: time.time() + seconds)


def holds(code: str, amount: str) -> Circumstance:
    """alpha also has this."""
    return lambda sandbox, _: sandbox.exchange.state.accounts["alpha"].balances.update(
        {code: SimulatedHolding(Decimal(amount))}
    )


def announces(*maintenance: dict[str, Any]) -> Circumstance:
    """Kraken is online and announces this."""
    return lambda sandbox, _: sandbox.exchange.set_system_status("online", upcoming_maintenance=list(maintenance))


def env_file_mode(mode: int) -> Circumstance:
    return lambda _, folder: (folder / ".env").chmod(mode)


def in_git(*commands: str, ignored: str = "") -> Circumstance:
    """The folder of `.env` is a git repository that ignores these files."""

    def prepare(_: Sandbox, folder: Path) -> None:
        (folder / ".gitignore").write_text(ignored)
        for command in ("init --quiet", *commands):
            subprocess.run(["git", *command.split()], cwd=folder, check=True)

    return prepare


def nothing(sandbox: Sandbox, folder: Path) -> None:
    """All is as it should be."""


# --- every finding --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Provoked:
    """A finding, what brings it about, and what it says.

    Attributes:
        of: the account that it is about; None for the run as a whole.
        in_check: whether `check`, which asks less, reports it too.
        options: of the audit.
    """

    code: str
    severity: str
    cause: Circumstance
    message: str
    remedy: str
    of: str | None = "USER (alpha)"
    in_check: bool = True
    options: tuple[str, ...] = ()


PROVOKED = [
    Provoked(
        "withdraw-enabled",
        "critical",
        allowed("withdraw-funds"),
        "the key may withdraw funds",
        f"{EDIT}switch off “Funds: Withdraw”.",
    ),
    Provoked(
        "key-expired",
        "critical",
        answers("GetApiKeyInfo", {"permissions": sorted(REQUIRED), "validUntil": str(NOW - DAY), "iban": "AA00"}),
        f"the key expired on {day(NOW - DAY)}",
        "Create a new key at https://www.kraken.com/u/security/api and put it into .env.",
    ),
    Provoked(
        "key-expires-soon",
        "warning",
        key_with(valid_until=NOW + 13 * DAY),
        f"the key expires on {minute(NOW + 13 * DAY)} UTC",
        "Create a new key at https://www.kraken.com/u/security/api and put it into .env.",
    ),
    Provoked(
        "withdraw-address-enabled",
        "warning",
        allowed("add-withdraw-address"),
        "the key may change withdrawal addresses (Add withdrawal addresses)",
        f"{EDIT}switch off “Add withdrawal addresses”.",
    ),
    Provoked(
        "withdraw-address-enabled",
        "warning",
        allowed("update-withdraw-address"),
        "the key may change withdrawal addresses (Update withdrawal addresses)",
        f"{EDIT}switch off “Update withdrawal addresses”.",
    ),
    Provoked(
        "missing-permission",
        "warning",
        key_with(permissions=REQUIRED - {"close-trades"}),
        "the key lacks “Orders and trades: Cancel & close orders”",
        f"{EDIT}switch on “Orders and trades: Cancel & close orders”.",
    ),
    Provoked(
        "missing-permission",
        "warning",
        key_with(permissions=frozenset({"query-ledger"})),
        "the key lacks “Funds: Query; Orders and trades: Query open orders & trades, Create & modify orders, "
        "Cancel & close orders”",
        f"{EDIT}switch on “Funds: Query; Orders and trades: Query open orders & trades, Create & modify orders, "
        "Cancel & close orders”.",
    ),
    Provoked(
        "nonce-window",
        "warning",
        key_with(nonce_window=5000),
        "the key has a nonce window of 5000: late requests are let in, and orders can be duplicated",
        f"{EDIT}set its nonce window to 0.",
    ),
    Provoked(
        "no-ip-allowlist",
        "info",
        key_with(ip_allowlist=()),
        "the key may be used from any address",
        f"{EDIT}restrict it to the addresses of the machines that use it.",
    ),
    Provoked(
        "superfluous-permission",
        "info",
        allowed("earn-funds", "add-funds", "export-data"),
        "the key may do what neither this check nor trading needs: “Funds: Deposit, Earn; Data: Export data”",
        f"{EDIT}switch off “Funds: Deposit, Earn; Data: Export data”.",
        in_check=False,
    ),
    Provoked(
        "unpriced-assets",
        "info",
        holds("XRT", "75"),
        "not in the total, because there is no price that could be had: 75 XRT (Kraken has no market for it)",
        "Nothing to mend; value these by other means.",
    ),
    Provoked(
        "balance-mismatch",
        "warning",
        answers("TradeBalance", {"eb": "6842.0000"}),  # 1.01 % less than 6911.95
        "the spot balance of $6,911.95 is more than 1 % apart from Kraken's own figure, $6,842.00",
        COMPARE,
        in_check=False,
    ),
    Provoked(
        "balance-mismatch",
        "warning",
        answers("TradeBalance", {"eb": "6982.0000"}),  # 1.01 % more
        "the spot balance of $6,911.95 is more than 1 % apart from Kraken's own figure, $6,982.00",
        COMPARE,
        in_check=False,
    ),
    Provoked(
        "order-probe-failed",
        "warning",
        refuses("AddOrder", "EOrder:Trading agreement required"),
        "Kraken did not validate an order of this account: Kraken says “EOrder:Trading agreement required”",
        "Mend what Kraken names: it would refuse an order of the bot for the same cause.",
        in_check=False,
        options=("--probe-orders",),
    ),
    Provoked(
        "order-probe-failed",
        "warning",
        refuses("AddOrder", "EGeneral:Permission denied"),
        "Kraken did not validate an order of this account: Kraken says “EGeneral:Permission denied”: "
        "the key may not do this",
        "Give the key the missing permission at https://www.kraken.com/u/security/api.",
        in_check=False,
        options=("--probe-orders",),
    ),
    Provoked(
        "env-file-permissions",
        "warning",
        env_file_mode(0o640),
        ".env holds keys and may be read or changed by other users of this machine",
        "chmod 600 .env",
        of=None,
    ),
    Provoked(
        "env-file-in-git",
        "critical",
        in_git("add .env"),
        "git tracks .env: everyone who gets the repository gets the keys",
        "git rm --cached .env, add it to .gitignore, and replace every key in it.",
        of=None,
        in_check=False,
    ),
    Provoked(
        "env-file-in-git",
        "warning",
        in_git(),
        "git does not ignore .env: the next “git add” would take the keys along",
        "Add .env to .gitignore.",
        of=None,
        in_check=False,
    ),
    Provoked(
        "upcoming-maintenance",
        "warning",
        announces({"name": "Spot Engine Update", "start_time": "2026-12-01T10:00:00Z"}),
        "Kraken announces maintenance: name Spot Engine Update, start_time 2026-12-01T10:00:00Z",
        "Expect accounts not to trade meanwhile; see https://status.kraken.com.",
        of=None,
    ),
]


# Not by their messages: some say what time it is, and who runs the tests side by side must agree on their names.
@pytest.mark.parametrize("case", PROVOKED, ids=lambda case: case.code)
def test_a_finding(sandbox: Sandbox, tmp_path: Path, case: Provoked) -> None:
    sandbox.env_file(tmp_path)
    case.cause(sandbox, tmp_path)

    as_json = audit("--account", "alpha", "--format", "json", *case.options, cwd=tmp_path)
    as_table = audit("--account", "alpha", *case.options, cwd=tmp_path)
    checked = check("--account", "alpha", "--format", "json", cwd=tmp_path)

    finding = {"code": case.code, "severity": case.severity, "message": case.message, "remedy": case.remedy}
    assert {"account": case.of, **finding} in report_of(as_json)["findings"]
    assert (
        f"{case.severity.upper()} {case.code}: {case.of or 'all accounts'} "
        f"What: {sentence(case.message)} Do: {case.remedy}"
    ) in words_of(as_table.stdout)
    assert as_json.returncode == as_table.returncode
    # Only what is no worse than information leaves the exit code 0.
    assert (as_json.returncode == 0) == (case.severity == "info")
    report = report_of(checked)
    found = report["findings"] if case.of is None else report["accounts"][0]["findings"]
    assert (finding in found) == case.in_check


@pytest.mark.parametrize(
    ("code", "circumstance", "instead"),
    [
        pytest.param("withdraw-enabled", allowed(), [], id="withdraw-enabled: what trading takes and no more"),
        pytest.param(
            "key-expired",
            key_with(valid_until=NOW + DAY),
            ["key-expires-soon"],
            id="key-expired: tomorrow",
        ),
        pytest.param(
            "key-expires-soon", key_with(valid_until=NOW + 15 * DAY), [], id="key-expires-soon: in 15 days"
        ),
        pytest.param("key-expires-soon", key_with(valid_until=0), [], id="key-expires-soon: never"),
        pytest.param("withdraw-address-enabled", allowed(), [], id="withdraw-address-enabled: neither of them"),
        pytest.param("missing-permission", allowed(), [], id="missing-permission: the four that it takes"),
        pytest.param("nonce-window", key_with(nonce_window=0), [], id="nonce-window: of 0"),
        pytest.param(
            "no-ip-allowlist", key_with(ip_allowlist=("127.0.0.0/8",)), [], id="no-ip-allowlist: one network"
        ),
        pytest.param(
            "superfluous-permission",
            allowed("query-closed-trades", "query-ledger", "create-ws-token"),
            [],
            id="superfluous-permission: what a bot may need",
        ),
        pytest.param(
            "superfluous-permission",
            allowed("withdraw-funds"),
            ["withdraw-enabled"],
            id="superfluous-permission: what is worse has a finding of its own",
        ),
        pytest.param("unpriced-assets", holds("SOL", "1"), [], id="unpriced-assets: with a price"),
        pytest.param("unpriced-assets", holds("KFEE", "1250"), [], id="unpriced-assets: fee credits are no money"),
        pytest.param("unpriced-assets", holds("XRT", "0"), [], id="unpriced-assets: nothing of it"),
        pytest.param(
            "balance-mismatch",
            answers("TradeBalance", {"eb": "6843.0000"}),
            [],
            id="balance-mismatch: 0.998 % less than $6,911.95",
        ),
        pytest.param("order-probe-failed", nothing, [], id="order-probe-failed: Kraken validates it"),
        pytest.param("env-file-permissions", env_file_mode(0o400), [], id="env-file-permissions: only the owner"),
        pytest.param("env-file-in-git", in_git(ignored=".env\n"), [], id="env-file-in-git: ignored"),
        pytest.param("env-file-in-git", nothing, [], id="env-file-in-git: in no repository"),
        pytest.param("clock-skew", kraken_clock(-3), [], id="clock-skew: 3 s ahead of Kraken's"),
        pytest.param("clock-skew", kraken_clock(4), [], id="clock-skew: 4 s behind Kraken's"),
        pytest.param("upcoming-maintenance", announces(), [], id="upcoming-maintenance: none"),
    ],
)
def test_no_finding(
    sandbox: Sandbox, tmp_path: Path, code: str, circumstance: Circumstance, instead: list[str]
) -> None:
    sandbox.env_file(tmp_path)
    circumstance(sandbox, tmp_path)

    run = audit("--account", "alpha", "--probe-orders", "--format", "json", cwd=tmp_path)

    assert code in {case.code for case in PROVOKED} | {"clock-skew"}
    assert [finding["code"] for finding in report_of(run)["findings"]] == instead
    assert (run.returncode == 0) == (not instead)


def test_a_clock_that_is_behind(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.env_file(tmp_path)
    kraken_clock(60)(sandbox, tmp_path)

    run = audit("--account", "alpha", "--format", "json", cwd=tmp_path)

    report = report_of(run)
    skew = report["clock_skew_seconds"]
    assert abs(skew + 60) <= 1  # Kraken tells its time to the second
    assert report["findings"] == [
        {
            "account": None,
            "code": "clock-skew",
            "severity": "warning",
            "message": f"this machine's clock is {-skew} s behind Kraken's",
            "remedy": "Set the clock by NTP: nonces and expiry dates go by it.",
        }
    ]
    assert run.returncode == 1


def test_a_clock_that_is_ahead(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.env_file(tmp_path)
    kraken_clock(-60)(sandbox, tmp_path)

    run = audit("--account", "alpha", "--format", "json", cwd=tmp_path)

    report = report_of(run)
    assert abs(report["clock_skew_seconds"] - 60) <= 1
    assert {finding["code"] for finding in report["findings"]} == {"clock-skew", "clock-ahead"}
    assert report["accounts"][0]["status"] == "clock-ahead"
    assert [request for request in sandbox.exchange.requests if request.key] == []
    assert run.returncode == 1


@pytest.mark.parametrize(
    ("endpoint", "account", "what"),
    [
        ("TradeBalance", "USER (alpha)", "Kraken's own figure for the total could not be learned"),
    ],
)
def test_what_could_not_be_examined_is_no_all_clear(
    sandbox: Sandbox, endpoint: str, account: str | None, what: str
) -> None:
    refuses(endpoint, "EService:Busy")(sandbox, Path())

    run = audit("--account", "alpha", "--format", "json", env=sandbox.env)

    assert report_of(run)["findings"] == [
        {
            "account": account,
            "code": "not-examined",
            "severity": "warning",
            "message": f"{what}: Kraken says “EService:Busy”",
            "remedy": "Run the audit again: what was not examined is not proven.",
        }
    ]
    assert run.returncode == 1


def test_a_check_claims_no_lack_of_prices_that_it_could_not_ask_for(sandbox: Sandbox) -> None:
    refuses("AssetPairs", "EService:Busy")(sandbox, Path())

    (account,) = report_of(check("--account", "alpha", "--format", "json", env=sandbox.env))["accounts"]

    # alpha has 2400 USD, which are worth what they are.
    assert (account["total"], account["complete"], account["whole"]) == ("2400.00", False, False)
    assert account["findings"] == []


def test_dust_is_no_mismatch(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.env_file(tmp_path)
    sandbox.exchange.state.accounts["alpha"].balances = {"ZUSD": SimulatedHolding(Decimal("1.50"))}
    sandbox.exchange.state.accounts["alpha"].open_orders = {}
    answers("TradeBalance", {"eb": "0.6000"})(sandbox, tmp_path)

    assert report_of(audit("--account", "alpha", "--format", "json", cwd=tmp_path))["findings"] == []


@pytest.mark.parametrize(("figure", "codes"), [("202.0200", []), ("202.0300", ["balance-mismatch"])])
def test_a_mismatch_is_more_than_a_hundredth_of_the_larger_figure(
    sandbox: Sandbox, tmp_path: Path, figure: str, codes: list[str]
) -> None:
    sandbox.env_file(tmp_path)
    sandbox.exchange.state.accounts["alpha"].balances = {"ZUSD": SimulatedHolding(Decimal(200))}
    sandbox.exchange.state.accounts["alpha"].open_orders = {}
    answers("TradeBalance", {"eb": figure})(sandbox, tmp_path)

    found = report_of(audit("--account", "alpha", "--format", "json", cwd=tmp_path))["findings"]
    assert [finding["code"] for finding in found] == codes


def test_a_mismatch_is_found_in_any_currency(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.env_file(tmp_path)
    answers("TradeBalance", {"eb": "0.2000"})(sandbox, tmp_path)

    run = audit("--account", "alpha", "--quote", "BTC", "--format", "json", cwd=tmp_path)

    (finding,) = report_of(run)["findings"]
    assert finding["message"] == (
        "the spot balance of 0.10757803 BTC is more than 1 % apart from Kraken's own figure, 0.20000000 BTC"
    )
    (asked,) = [request for request in sandbox.exchange.requests if request.endpoint == "TradeBalance"]
    assert asked.parameters == {"asset": "XBT"}


class TestAllIsWell:
    def test_an_account_as_it_should_be(self, sandbox: Sandbox) -> None:
        run = audit("--account", "alpha", env=sandbox.env)

        assert (run.returncode, run.stderr) == (0, "")
        assert (
            f"FINDINGS, WORST FIRST INFO other-exchange: all accounts What: {sandbox.url} was asked, not "
            "https://api.kraken.com. Do: Take KRAKEN_API_URL away where Kraken itself is meant. KEYS"
        ) in words_of(run.stdout)
        assert re.search(
            r"USER \(alpha\)  ALPH…  4 of 4      0          0  \d{4}-\d\d-\d\d  2 allowed", run.stdout
        )

    def test_a_check_has_nothing_to_say_about_it(self, sandbox: Sandbox) -> None:
        (account,) = report_of(check("--account", "alpha", "--format", "json", env=sandbox.env))["accounts"]

        assert account["findings"] == []

    def test_four_questions_an_account(self, sandbox: Sandbox) -> None:
        audit("--account", "alpha", env=sandbox.env)

        private = Counter(request.endpoint for request in sandbox.exchange.requests if request.key)
        assert private == {"GetApiKeyInfo": 1, "BalanceEx": 1, "OpenOrders": 1, "TradeBalance": 1}


def test_the_worst_comes_first(sandbox: Sandbox) -> None:
    run = audit("--format", "json", env=sandbox.env)

    found = [(f["severity"], f["code"], f["account"]) for f in report_of(run)["findings"]]
    assert found == [
        ("critical", "withdraw-enabled", "USER (bravo)"),
        ("warning", "missing-permission", "USER (charlie)"),
        ("warning", "not-configured", "USER (delta)"),
        ("info", "unpriced-assets", "MASTER"),
        ("info", "no-ip-allowlist", "USER (bravo)"),
        ("info", "no-ip-allowlist", "USER (charlie)"),
    ]
    table = audit(env=sandbox.env).stdout
    assert re.findall(r"(CRITICAL|WARNING|INFO) ((?!other-exchange)\S+): (.*?) *│\n", table) == [
        (severity.upper(), code, account) for severity, code, account in found
    ]


class TestAKeyThatMayOnlyLook:
    """It may be a monitor's: that a bot trades, --activity sees; that nobody does, config.toml says."""

    KEY = frozenset({"query-funds", "query-open-trades", "query-closed-trades"})
    TRADING = "Orders and trades: Create & modify orders, Cancel & close orders"

    def audited(self, sandbox: Sandbox, label: str, *options: str | Path) -> tuple[int, list[dict[str, str]]]:
        run = audit("--account", label, "--format", "json", *options, env=sandbox.env)
        return run.returncode, [one for one in report_of(run)["findings"] if one["code"] == "missing-permission"]

    def test_is_told_of_with_what_may_be_meant(self, sandbox: Sandbox) -> None:
        key_with(permissions=self.KEY)(sandbox, Path())

        code, (found,) = self.audited(sandbox, "alpha")

        assert (code, found["message"]) == (1, f"the key lacks “{self.TRADING}”")
        assert found["remedy"] == (
            "If it is the bot's, edit it at https://www.kraken.com/u/security/api and switch on "
            f"“{self.TRADING}”. If a bot trades the account with another key, a check with --activity sees that. "
            'If nobody trades it, say so in config.toml: expected = "read-only".'
        )

    def test_that_sees_no_fills_should(self, sandbox: Sandbox) -> None:
        key_with(permissions=self.KEY - {"query-closed-trades"})(sandbox, Path())

        _, (found,) = self.audited(sandbox, "alpha")

        assert (
            "If a bot trades the account with another key, let this one see that: switch on “Orders and trades: "
            "Query closed orders & trades”." in found["remedy"]
        )
        assert sandbox.endpoints().count("TradesHistory") == 0

    def test_is_right_where_that_is_expected(self, sandbox: Sandbox, tmp_path: Path) -> None:
        key_with(permissions=self.KEY)(sandbox, Path())
        (config := tmp_path / "config.toml").write_text('[accounts.alpha]\nexpected = "read-only"\n')

        assert self.audited(sandbox, "alpha", "--config", config) == (0, [])
        assert sandbox.endpoints().count("TradesHistory") == 0


def test_an_account_that_is_not_trading_is_a_finding(sandbox: Sandbox) -> None:
    sandbox.exchange.revoke_key(alpha_key(sandbox))

    run = audit("--account", "alpha", "--format", "json", env=sandbox.env)

    assert report_of(run)["findings"] == [
        {
            "account": "USER (alpha)",
            "code": "rejected",
            "severity": "warning",
            "message": "the account is not trading: Kraken says “EAPI:Invalid key”: the key is wrong, "
            "was deleted or has expired",
            "remedy": "Check that the key was pasted whole, still exists, has not expired and allows "
            "this machine's address, at https://www.kraken.com/u/security/api.",
        }
    ]
    assert run.returncode == 1


def test_the_review_of_a_key(sandbox: Sandbox) -> None:
    sandbox.exchange.replace_key(
        alpha_key(sandbox),
        permissions=frozenset({"query-funds", "modify-trades", "earn-funds", "withdraw-funds", "query-ledger"}),
        nonce_window=7,
        valid_until=NOW + 100 * DAY,
    )

    (account,) = report_of(audit("--account", "alpha", "--format", "json", env=sandbox.env))["accounts"]

    assert account["api_key"] == "ALPH…"
    assert account["permissions"] == {
        "required": ["query-funds", "modify-trades"],
        "missing": ["query-open-trades", "close-trades"],
        "superfluous": ["earn-funds"],
        "forbidden": ["withdraw-funds"],
    }
    assert account["ip_allowlist"] == ["127.0.0.1", "::1"]
    assert account["nonce_window"] == "7"
    assert account["expires_at"] == f"{datetime.fromtimestamp(NOW + 100 * DAY, UTC):%Y-%m-%dT%H:%M:%SZ}"


# --- in red ---------------------------------------------------------------------------------------------


class TestInRed:
    """A key that may withdraw catches the eye on a terminal."""

    RED = "\x1b[1;31m"

    def test_in_a_check(self, sandbox: Sandbox) -> None:
        shown, code = check_on_terminal("--account", "bravo", columns=80, env=sandbox.env)

        assert f"{self.RED}CRITICAL:\x1b[0m {self.RED}The key may withdraw funds. [withdraw-enabled] " in shown
        assert code == 1

    def test_in_an_audit(self, sandbox: Sandbox) -> None:
        shown, code = audit_on_terminal("--account", "bravo", columns=80, env=sandbox.env)

        assert f"{self.RED}CRITICAL withdraw-enabled: USER (bravo)\x1b[0m" in shown
        assert code == 1

    @pytest.mark.parametrize("command", [check, audit])
    def test_but_not_in_a_pipe(
        self, sandbox: Sandbox, command: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        run = command("--account", "bravo", env=sandbox.env)

        assert "CRITICAL" in run.stdout
        assert "\x1b" not in run.stdout


# --- accounts that are not separate ---------------------------------------------------------------------


SHARED_KEY = {
    "code": "shared-key",
    "severity": "critical",
    "message": "KRAKEN_USER_ALPHA_API_KEY and KRAKEN_USER_BRAVO_API_KEY hold the same API key (ALPH…)",
    "remedy": "Give each account a key of its own, made while signed in to that account.",
}
SAME_ACCOUNT = {
    "code": "same-account",
    "severity": "critical",
    "message": "the keys of USER (alpha) and USER (bravo) open one and the same Kraken account",
    "remedy": "Orders of these accounts mix. Sign in to each account on its own and create its key there, then "
    "replace it.",
}


def one_key_twice(sandbox: Sandbox) -> dict[str, str]:
    """The variables, with the key of alpha pasted for bravo too."""
    return sandbox.env | {
        f"KRAKEN_USER_BRAVO_{part}": sandbox.env[f"KRAKEN_USER_ALPHA_{part}"] for part in ("API_KEY", "API_SECRET")
    }


def another_key_to(account: str, sandbox: Sandbox) -> dict[str, str]:
    """The variables, with a second key of that account where bravo's key should be."""
    settings = sandbox.exchange.state.keys[sandbox.env["KRAKEN_USER_ALPHA_API_KEY"]].api_key
    sandbox.exchange.add_key(
        account, SimulatedKey(sample_key("second"), sample_secret("second"), ip_allowlist=settings.ip_allowlist)
    )
    return sandbox.env | {
        "KRAKEN_USER_BRAVO_API_KEY": sample_key("second"),
        "KRAKEN_USER_BRAVO_API_SECRET": sample_secret("second"),
    }


class TestOneKeyPastedTwice:
    def test_both_accounts_are_in_conflict_and_the_others_are_not(self, sandbox: Sandbox) -> None:
        run = check("--format", "json", env=one_key_twice(sandbox))

        report = report_of(run)
        accounts = {account["user_id"] or "master": account for account in report["accounts"]}
        assert {name: account["status"] for name, account in accounts.items()} == {
            "master": "trading",
            "alpha": "conflict",
            "bravo": "conflict",
            "charlie": "read-only",
            "delta": "not-configured",
        }
        for name in ("alpha", "bravo"):
            assert accounts[name]["findings"] == [SHARED_KEY]
            assert accounts[name]["reason"] == f"{SHARED_KEY['message']}; it was not sent"
            assert accounts[name]["remedy"] == SHARED_KEY["remedy"]
        assert report["totals"] == {
            "master": "65180.47",
            "users": {"alpha": None, "bravo": None, "charlie": "1833.88", "delta": None},
            "all": "67014.35",
            "complete": False,
            "whole": False,
        }
        assert run.returncode == 1

    @pytest.mark.parametrize("command", [check, audit])
    def test_the_key_is_never_sent(
        self, sandbox: Sandbox, command: Callable[..., subprocess.CompletedProcess[str]]
    ) -> None:
        command(env=one_key_twice(sandbox))

        used = {request.key for request in sandbox.exchange.requests} - {None}
        assert used == {sandbox.env["KRAKEN_MASTER_API_KEY"], sandbox.env["KRAKEN_USER_CHARLIE_API_KEY"]}

    def test_nor_when_only_one_of_them_is_asked_for(self, sandbox: Sandbox) -> None:
        run = audit("--account", "alpha", "--probe-orders", "--format", "json", env=one_key_twice(sandbox))

        assert report_of(run)["findings"] == [{"account": "USER (alpha)", **SHARED_KEY}]
        assert sandbox.endpoints() == []

    def test_what_an_audit_says(self, sandbox: Sandbox) -> None:
        run = audit("--format", "json", env=one_key_twice(sandbox))

        report = report_of(run)
        assert report["findings"][:2] == [
            {"account": "USER (alpha)", **SHARED_KEY},
            {"account": "USER (bravo)", **SHARED_KEY},
        ]
        assert [account["status"] for account in report["accounts"]][1:3] == ["conflict", "conflict"]

    def test_the_words_of_a_check(self, sandbox: Sandbox) -> None:
        run = check(env=one_key_twice(sandbox))

        assert (
            "❌ USER (alpha) is NOT trading on Kraken unknown conflict "
            "Why: KRAKEN_USER_ALPHA_API_KEY and KRAKEN_USER_BRAVO_API_KEY hold the same API key (ALPH…); "
            "it was not sent. "
            "Do: Give each account a key of its own, made while signed in to that account. "
            "❌ USER (bravo) is NOT trading on Kraken"
        ) in words_of(run.stdout)
        assert (
            "🔷 ALL ACCOUNTS: $67,014.35 $2,907.25 $50,087.06 "
            "(incomplete: without alpha, bravo, delta; only part of MASTER)"
        ) in words_of(run.stdout)


class TestTwoKeysOfOneAccount:
    def test_both_accounts_are_in_conflict_and_the_others_are_not(self, sandbox: Sandbox) -> None:
        run = check("--format", "json", env=another_key_to("alpha", sandbox))

        report = report_of(run)
        accounts = {account["user_id"] or "master": account for account in report["accounts"]}
        assert {name: account["status"] for name, account in accounts.items()} == {
            "master": "trading",
            "alpha": "conflict",
            "bravo": "conflict",
            "charlie": "read-only",
            "delta": "not-configured",
        }
        for name in ("alpha", "bravo"):
            assert accounts[name]["findings"] == [SAME_ACCOUNT]
            assert accounts[name]["reason"] == SAME_ACCOUNT["message"]
            assert accounts[name]["remedy"] == SAME_ACCOUNT["remedy"]
        # One and the same money under two names is counted neither once nor twice.
        assert report["totals"] == {
            "master": "65180.47",
            "users": {"alpha": "6911.95", "bravo": "6911.95", "charlie": "1833.88", "delta": None},
            "all": "67014.35",
            "complete": False,
            "whole": False,
        }
        assert run.returncode == 1

    def test_a_user_with_a_key_of_the_master(self, sandbox: Sandbox) -> None:
        run = check("--format", "json", env=another_key_to("master", sandbox))

        report = report_of(run)
        assert [account["status"] for account in report["accounts"][:3]] == ["conflict", "trading", "conflict"]
        message = "the keys of MASTER and USER (bravo) open one and the same Kraken account"
        assert report["accounts"][0]["reason"] == report["accounts"][2]["reason"] == message
        assert report["totals"]["all"] == "8745.83"  # alpha and charlie: 6911.95 + 1833.88

    def test_what_an_audit_says(self, sandbox: Sandbox) -> None:
        run = audit("--format", "json", env=another_key_to("alpha", sandbox))

        report = report_of(run)
        assert report["findings"][:2] == [
            {"account": "USER (alpha)", **SAME_ACCOUNT},
            {"account": "USER (bravo)", **SAME_ACCOUNT},
        ]
        assert run.returncode == 1

    def test_the_words_of_a_check(self, sandbox: Sandbox) -> None:
        run = check(env=another_key_to("alpha", sandbox))

        assert (
            "❌ USER (alpha) is NOT trading on Kraken $6,911.95 conflict "
            "Why: The keys of USER (alpha) and USER (bravo) open one and the same Kraken account. "
            "Do: Orders of these accounts mix. Sign in to each account on its own and create its key there, then "
            "replace it. ❌ USER (bravo) is NOT trading on Kraken"
        ) in words_of(run.stdout)

    def test_it_shows_in_the_orders_where_kraken_does_not_tell_the_iiban(self, sandbox: Sandbox) -> None:
        sandbox.exchange.state.accounts["alpha"].iban = ""

        report = report_of(audit("--format", "json", env=another_key_to("alpha", sandbox)))

        message = (
            "one of its open orders is listed under another account too: both keys open one and the same Kraken "
            "account"
        )
        assert report["findings"][:2] == [
            {"account": "USER (alpha)", **SAME_ACCOUNT, "message": message},
            {"account": "USER (bravo)", **SAME_ACCOUNT, "message": message},
        ]
        for account in report["accounts"][1:3]:
            assert account["separation"]["own_balance"]["verified"] is None
            assert account["separation"]["own_orders"]["verified"] is False


# --- the four guarantees --------------------------------------------------------------------------------


OWN_KEY = (True, "Kraken accepts its key ALPH…, which no other account here has")
OWN_CONNECTION = (True, "asked over a session that no other account used")
OWN_BALANCE = (True, "its internal number at Kraken (IIBAN) is no other account's here")
OWN_ORDERS = (True, "1 open order, listed under no other account")
NOT_SET = (None, "KRAKEN_USER_ALPHA_API_KEY and KRAKEN_USER_ALPHA_API_SECRET are not filled in")
NO_SUCH_KEY = (None, "Kraken says “EAPI:Invalid key”: the key is wrong, was deleted or has expired")
SHARED = (False, SHARED_KEY["message"])
SAME = (False, SAME_ACCOUNT["message"])

Guarantees = tuple[tuple[bool | None, str], ...]


class TestGuarantees:
    """Own credentials, own connection, own balance, own orders: what was verified for alpha, and how."""

    def of_alpha(self, env: dict[str, str], *options: str) -> Guarantees:
        report = report_of(audit("--format", "json", *options, env=env))
        (alpha,) = [account for account in report["accounts"] if account["user_id"] == "alpha"]
        assert list(alpha["separation"]) == ["own_credentials", "own_connection", "own_balance", "own_orders"]
        in_json = tuple((entry["verified"], entry["how"]) for entry in alpha["separation"].values())
        table = words_of(audit(*options, env=env).stdout)
        for name, (verified, how) in zip(alpha["separation"], in_json, strict=True):
            mark = {True: "✅", False: "❌", None: "❔"}[verified]
            assert f"{mark} {name.replace('_', ' ')}: {sentence(how)}" in table
        return in_json

    def test_verified(self, sandbox: Sandbox) -> None:
        assert self.of_alpha(sandbox.env) == (OWN_KEY, OWN_CONNECTION, OWN_BALANCE, OWN_ORDERS)

    def test_verified_with_an_order(self, sandbox: Sandbox) -> None:
        proven = (True, f"{OWN_ORDERS[1]}; Kraken validated an order through it")

        assert self.of_alpha(sandbox.env, "--probe-orders") == (OWN_KEY, OWN_CONNECTION, OWN_BALANCE, proven)

    def test_unverified_beside_accounts_that_were_left_out(self, sandbox: Sandbox) -> None:
        unseen = (
            None,
            "it could not be compared with MASTER, USER (bravo), USER (charlie): not asked, or no answer",
        )

        assert self.of_alpha(sandbox.env, "--account", "alpha") == (OWN_KEY, OWN_CONNECTION, unseen, unseen)

    def test_broken_by_one_key_pasted_twice(self, sandbox: Sandbox) -> None:
        not_sent = (None, f"{SHARED_KEY['message']}; it was not sent")

        assert self.of_alpha(one_key_twice(sandbox)) == (SHARED, (None, "it was not asked"), not_sent, not_sent)

    def test_broken_by_two_keys_of_one_account(self, sandbox: Sandbox) -> None:
        mixed = (False, "one of its open orders is listed under another account too")

        assert self.of_alpha(another_key_to("alpha", sandbox)) == (OWN_KEY, OWN_CONNECTION, SAME, mixed)

    def test_broken_by_two_keys_of_one_account_without_orders(self, sandbox: Sandbox) -> None:
        sandbox.exchange.state.accounts["alpha"].open_orders.clear()

        assert self.of_alpha(another_key_to("alpha", sandbox)) == (OWN_KEY, OWN_CONNECTION, SAME, SAME)

    def test_not_verifiable_without_a_key(self, sandbox: Sandbox) -> None:
        env = sandbox.env | {"KRAKEN_USER_ALPHA_API_KEY": "", "KRAKEN_USER_ALPHA_API_SECRET": ""}

        assert self.of_alpha(env) == (NOT_SET, (None, "it was not asked"), NOT_SET, NOT_SET)

    def test_not_verifiable_with_a_key_that_kraken_does_not_know(self, sandbox: Sandbox) -> None:
        sandbox.exchange.revoke_key(alpha_key(sandbox))

        assert self.of_alpha(sandbox.env) == (NO_SUCH_KEY, OWN_CONNECTION, NO_SUCH_KEY, NO_SUCH_KEY)

    def test_not_verifiable_where_kraken_does_not_tell_the_iiban(self, sandbox: Sandbox) -> None:
        sandbox.exchange.state.accounts["alpha"].iban = ""
        silent = (None, "Kraken did not tell the account's internal number (IIBAN)")

        assert self.of_alpha(sandbox.env) == (OWN_KEY, OWN_CONNECTION, silent, silent)

    def test_not_verifiable_where_orders_cannot_be_listed(self, sandbox: Sandbox) -> None:
        sandbox.exchange.replace_key(alpha_key(sandbox), permissions=REQUIRED - {"query-open-trades"})
        unlisted = (None, "its open orders could not be listed")

        assert self.of_alpha(sandbox.env) == (OWN_KEY, OWN_CONNECTION, OWN_BALANCE, unlisted)

    def test_a_session_that_served_two_accounts(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """No command can bring it about, so here it is told as data: that is how a defect would show."""
        settings = load_settings({}, sandbox.env_file(tmp_path))
        one_session = object()
        answers = [AccountAnswers(account, session=one_session) for account in settings.accounts]
        checked = build_report(
            settings,
            answers,
            MarketAnswers(None, Assets()),
            quote="USD",
            minimums={},
            now=datetime.now(UTC),
            duration=timedelta(),
        )

        report = build_audit(checked, answers, None, GitExposure.NONE, settings)

        own_connections = [account.separation[1] for account in report.accounts]
        assert {(own.name, own.verified, own.how) for own in own_connections} == {
            ("own connection", False, "its session served another account too")
        }


# --- the order that is only validated -------------------------------------------------------------------


class TestProbeOfOrders:
    def test_one_for_each_account_that_may_create_orders(self, sandbox: Sandbox) -> None:
        before = {name: list(account.orders()) for name, account in sandbox.exchange.state.accounts.items()}

        audit("--probe-orders", env=sandbox.env)

        probes = [request for request in sandbox.exchange.requests if request.endpoint == "AddOrder"]
        # charlie may only look, and delta has no key.
        assert Counter(request.key for request in probes) == {
            sandbox.env[f"KRAKEN_{account}_API_KEY"]: 1 for account in ("MASTER", "USER_ALPHA", "USER_BRAVO")
        }
        assert {request.parameters["validate"] for request in probes} == {"true"}
        assert {
            name: list(account.orders()) for name, account in sandbox.exchange.state.accounts.items()
        } == before

    def test_it_is_a_small_limit_order_far_below_the_market(self, sandbox: Sandbox) -> None:
        audit("--probe-orders", "--account", "alpha", env=sandbox.env)

        (probe,) = [request for request in sandbox.exchange.requests if request.endpoint == "AddOrder"]
        assert probe.parameters.pop("cl_ord_id")
        assert probe.parameters == {
            "pair": "XXBTZUSD",
            "type": "buy",
            "ordertype": "limit",
            "volume": "0.0005",
            "price": "1000",
            "validate": "true",
        }

    def test_none_without_the_option(self, sandbox: Sandbox) -> None:
        audit(env=sandbox.env)

        assert "AddOrder" not in sandbox.endpoints()

    @pytest.mark.parametrize("fault", [FaultKind.LOST, FaultKind.TRUNCATE, FaultKind.DROP])
    def test_it_is_sent_once_even_if_the_answer_is_lost(self, sandbox: Sandbox, fault: FaultKind) -> None:
        sandbox.exchange.faults.add(Fault(fault, endpoint="AddOrder"))

        run = audit("--probe-orders", "--account", "alpha", "--format", "json", env=sandbox.env)

        (finding,) = report_of(run)["findings"]
        assert finding["code"] == "order-probe-failed"
        assert "broke the connection off" in finding["message"]
        assert finding["remedy"] == "Check the network and https://status.kraken.com, then run again."
        assert sandbox.endpoints().count("AddOrder") == 1


# --- exit codes -----------------------------------------------------------------------------------------


class TestExitCodes:
    def test_0_nothing_is_worse_than_information(self, sandbox: Sandbox) -> None:
        run = audit("--account", "master", "--account", "alpha", env=sandbox.env)

        assert "INFO unpriced-assets: MASTER" in run.stdout
        assert run.returncode == 0

    def test_1_a_warning_though_every_account_is_trading(self, sandbox: Sandbox) -> None:
        sandbox.exchange.replace_key(alpha_key(sandbox), nonce_window=1)

        assert audit("--account", "alpha", env=sandbox.env).returncode == 1
        assert check("--account", "alpha", env=sandbox.env).returncode == 0

    def test_2_nothing_is_configured(self, tmp_path: Path) -> None:
        run = audit("--format", "json", cwd=tmp_path)

        assert run.returncode == 2
        (finding,) = report_of(run)["findings"]
        assert (finding["account"], finding["code"]) == ("MASTER", "not-configured")

    def test_2_wrong_usage(self, sandbox: Sandbox) -> None:
        run = audit("--account", "nobody", env=sandbox.env)

        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr == (
            "Error: there is no account 'nobody'; the accounts are: master, alpha, bravo, charlie, delta\n"
        )
        assert sandbox.endpoints() == []

    def test_3_kraken_cannot_be_reached(self, sandbox: Sandbox) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            closed = f"http://127.0.0.1:{server.getsockname()[1]}"

        run = audit("--account", "alpha", "--format", "json", env={**sandbox.env, "KRAKEN_API_URL": closed})

        assert run.returncode == 3
        market, finding = report_of(run)["findings"]
        assert market["code"] == "public-data-missing"
        assert finding["code"] == "unreachable"
        assert finding["message"].endswith("(Connection refused)")

    @pytest.mark.parametrize("mode", ["maintenance", "cancel_only", "post_only", "limit_only"])
    def test_3_kraken_is_restricted(self, sandbox: Sandbox, mode: str) -> None:
        sandbox.exchange.set_system_status(mode)

        run = audit("--account", "alpha", "--format", "json", env=sandbox.env)

        assert run.returncode == 3
        assert report_of(run)["findings"] == [
            {
                "account": "USER (alpha)",
                "code": "exchange-restricted",
                "severity": "warning",
                "message": f"the account is not trading: Kraken's status is “{mode}”",
                "remedy": "Nothing to mend on this side: wait until https://status.kraken.com says online.",
            }
        ]


def test_no_secret_is_shown(sandbox: Sandbox) -> None:
    for run in (audit("--verbose", env=sandbox.env), audit("--verbose", "--format", "json", env=sandbox.env)):
        for variable, value in sandbox.env.items():
            if variable.endswith(("_KEY", "_SECRET")) and not value.startswith("<"):
                assert value not in run.stdout + run.stderr


def test_the_sample_accounts(sandbox: Sandbox) -> None:
    """--demo needs no keys and says that it is one."""
    demo = audit("--demo", "--probe-orders")

    assert demo.returncode == 1
    assert demo.stdout.startswith("DEMO: sample accounts on a simulated exchange, no real funds\n")
    assert "CRITICAL withdraw-enabled: USER (bravo)" in demo.stdout
    assert sandbox.endpoints() == []
    assert json.loads(audit("--demo", "--format", "json").stdout)["demo"] is True
