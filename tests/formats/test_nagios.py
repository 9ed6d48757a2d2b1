"""The plugin's line and its exit code: through the front door, and of reports in every kind of trouble."""

from __future__ import annotations

import re
import shlex
import socket
from pathlib import Path

import pytest

from kraken_accounts.cli import main
from kraken_accounts.fleet.multi_account_broker_manager import MultiAccountBrokerManager
from kraken_accounts.formats import View, load
from kraken_accounts.report.findings import Code, Finding, Severity
from kraken_accounts.report.model import Report
from kraken_accounts.report.verdict import Status

from ..conftest import Sandbox
from ..running import audit, check
from .reports import ANYWHERE, EXPIRES, WITHDRAW, account, report

NAGIOS = load("nagios")
OK, WARNING, CRITICAL, UNKNOWN = range(4)


def rendered(of: Report, encoding: str = "utf-8") -> str:
    return NAGIOS.render(of, View(encoding=encoding))


def text_of(of: Report) -> str:
    """The line, less its performance data."""
    line, separator, _ = rendered(of).partition(" | ")
    assert separator
    return line


def figures(line: str) -> dict[str, str]:
    """The performance data of a line, taken apart as Nagios takes it apart."""
    assert line.count("|") == 1
    return dict(figure.rsplit("=", 1) for figure in shlex.split(line.partition("|")[2]))


def other(url: str) -> str:
    """How another exchange than Kraken's own is named."""
    return f"OTHER EXCHANGE: {url}, not https://api.kraken.com"


def code_and_word(of: Report) -> tuple[int, str]:
    return NAGIOS.exit_code(of), rendered(of).split()[1]


class TestCommand:
    def test_is_one_line_when_all_is_well(self, sandbox: Sandbox) -> None:
        run = check("--format", "nagios", "--account", "alpha", env=sandbox.env)

        assert (run.returncode, run.stderr) == (OK, "")
        assert re.fullmatch(
            r"KRAKEN OK - OTHER EXCHANGE: http://127\.0\.0\.1:\d+, not https://api\.kraken\.com; "
            r"1 of 1 account trading, total \$6,911\.95 \(spot balance\) \| "
            r"trading=1;;;0;1 critical=0;;;0 warning=0;;;0 time=\d+\.\d+s;;;0 "
            r"total=6911\.95 'USER \(alpha\)'=6911\.95\n",
            run.stdout,
        )

    def test_names_the_accounts_and_why_when_something_is_wrong(self, sandbox: Sandbox) -> None:
        run = check("--format", "nagios", env=sandbox.env)

        assert run.returncode == CRITICAL
        assert run.stdout.startswith(
            f"KRAKEN CRITICAL - {other(sandbox.url)}; 3 of 5 accounts trading, "
            "total $80,698.15 (spot balance, incomplete); "
            "USER (bravo): The key may withdraw funds. [withdraw-enabled]; "
            "USER (charlie): read-only: The key may look, but may not create orders; "
            "USER (delta): not-configured: KRAKEN_USER_DELTA_API_KEY and KRAKEN_USER_DELTA_API_SECRET are "
            "not filled in; MASTER: Not in the total, because there is no price that could be had: "
            "75 XRT (Kraken has no market for it). [unpriced-assets]; "
            "USER (bravo), USER (charlie): The key may be used from any address. [no-ip-allowlist]"
            " | trading=3;;;0;5 critical=1;;;0 warning=1;;;0 time="
        )
        assert run.stdout.endswith(
            " total=80698.15 'MASTER'=65180.47 'USER (alpha)'=6911.95 'USER (bravo)'=6771.85 "
            "'USER (charlie)'=1833.88 'USER (delta)'=U\n"
        )

    def test_says_so_when_it_is_a_demo(self) -> None:
        run = check("--demo", "--format", "nagios", "--account", "alpha")

        assert run.returncode == OK
        assert run.stdout.startswith(
            "KRAKEN OK - DEMO: sample accounts on a simulated exchange, no real funds; 1 of 1 account trading, "
        )

    def test_does_not_know_when_kraken_cannot_be_reached(self, sandbox: Sandbox) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            url = f"http://127.0.0.1:{server.getsockname()[1]}"

        run = check("--format", "nagios", env={**sandbox.env, "KRAKEN_API_URL": url})

        assert run.returncode == UNKNOWN
        assert run.stdout.startswith(
            f"KRAKEN UNKNOWN - {other(url)}; 0 of 5 accounts trading, total unknown; "
            "MASTER, USER (alpha), USER (bravo) and 1 more: unreachable: 127.0.0.1:"
        )
        assert " total=U 'MASTER'=U " in run.stdout

    def test_is_critical_when_nothing_is_configured(self) -> None:
        run = check("--format", "nagios")

        assert run.returncode == CRITICAL
        assert run.stdout.startswith(
            "KRAKEN CRITICAL - 0 of 1 account trading, total unknown; MASTER: not-configured: KRAKEN_MASTER_"
        )

    def test_warns_of_an_env_file_that_others_may_read(self, sandbox: Sandbox, tmp_path: Path) -> None:
        env_file = sandbox.env_file(tmp_path)
        env_file.chmod(0o644)

        run = check("--format", "nagios", "--account", "alpha", "--env-file", env_file)

        assert run.returncode == WARNING
        assert run.stdout.startswith(
            f"KRAKEN WARNING - {other(sandbox.url)}; 1 of 1 account trading, total $6,911.95 (spot balance); "
            "ALL ACCOUNTS: "
        )
        assert "may be read or changed by other users of this machine. [env-file-permissions] | " in run.stdout


class TestState:
    @pytest.mark.parametrize("status", Status)
    def test_of_every_status(self, status: Status) -> None:
        both = report(account(None), account("alpha", None, status))

        well = status in (Status.TRADING, Status.DISABLED)
        expected = (OK, "OK") if well else (CRITICAL, "CRITICAL")
        assert code_and_word(both) == expected

    @pytest.mark.parametrize("status", [Status.UNREACHABLE, Status.EXCHANGE_RESTRICTED])
    def test_is_unknown_when_kraken_is_down_for_all(self, status: Status) -> None:
        down = report(account(None, None, status), account("a", None, status))

        assert code_and_word(down) == (UNKNOWN, "UNKNOWN")

    @pytest.mark.parametrize(
        ("finding", "expected"),
        [
            (WITHDRAW, (CRITICAL, "CRITICAL")),
            (EXPIRES, (WARNING, "WARNING")),
            (ANYWHERE, (OK, "OK")),
        ],
        ids=lambda value: value.code if isinstance(value, Finding) else "",
    )
    def test_of_findings(self, finding: Finding, expected: tuple[int, str]) -> None:
        of_an_account = report(account(None, "1.00", Status.TRADING, None, finding))
        of_the_run = report(account(None), findings=(finding,))

        assert code_and_word(of_an_account) == code_and_word(of_the_run) == expected

    def test_is_a_warning_when_kraken_left_something_open(self) -> None:
        missing = Finding(
            Code.PUBLIC_DATA_MISSING, Severity.WARNING, "Kraken's prices | are missing", "Run again."
        )

        assert code_and_word(report(account(None), findings=(missing,))) == (WARNING, "WARNING")
        assert text_of(report(account(None), findings=(missing,))).endswith(
            "; ALL ACCOUNTS: Kraken's prices / are missing. [public-data-missing]"
        )

    @pytest.mark.parametrize("status", [Status.UNREACHABLE, Status.EXCHANGE_RESTRICTED])
    def test_is_critical_when_kraken_is_down_and_a_finding_is_critical(self, status: Status) -> None:
        down = report(account(None, None, status, None, WITHDRAW), account("a", None, status))
        impostor = report(account(None, None, status), findings=(WITHDRAW,))

        assert code_and_word(down) == code_and_word(impostor) == (CRITICAL, "CRITICAL")

    def test_is_critical_without_any_account(self) -> None:
        assert code_and_word(report()) == (CRITICAL, "CRITICAL")


class TestText:
    def test_of_a_report_that_is_fine(self) -> None:
        three = report(account(None, "12345.67"), account("a", "1234.50"), account("b", "0.00"))

        assert rendered(three) == (
            "KRAKEN OK - 3 of 3 accounts trading, total $13,580.17 (spot balance) | trading=3;;;0;3 "
            "critical=0;;;0 warning=0;;;0 time=1.25s;;;0 total=13580.17 'MASTER'=12345.67 "
            "'USER (a)'=1234.50 'USER (b)'=0.00\n"
        )

    def test_names_the_worst_first(self) -> None:
        mixed = report(
            account("a", "1.00", Status.TRADING, None, EXPIRES),
            account("b", "1.00", Status.TRADING, None, WITHDRAW),
            account("c", None, Status.LOCKED_OUT, "until 10:15"),
        )

        assert text_of(mixed) == (
            "KRAKEN CRITICAL - 2 of 3 accounts trading, total $2.00 (spot balance, incomplete); "
            "USER (b): The key may withdraw funds. [withdraw-enabled]; "
            "USER (c): locked-out: Until 10:15; "
            "USER (a): The key expires on 2026-11-30. [key-expires-soon]"
        )

    def test_says_once_what_several_have_in_common(self) -> None:
        down = report(*(account(f"u{n}", None, Status.UNREACHABLE, "no answer in time") for n in range(500)))

        assert text_of(down) == (
            "KRAKEN UNKNOWN - 0 of 500 accounts trading, total unknown; "
            "USER (u0), USER (u1), USER (u2) and 497 more: unreachable: No answer in time"
        )

    def test_is_bounded_and_says_how_much_it_leaves_out(self) -> None:
        many = report(*(account(f"u{n}", None, Status.ERROR, f"trouble {n} {'x' * 300}") for n in range(500)))

        line = rendered(many)
        text, _, _ = line.partition(" | ")
        assert len(text) <= 820
        assert len(line) <= 4001
        assert text.startswith("KRAKEN CRITICAL - 0 of 500 accounts trading, total unknown; USER (u0): error: ")
        assert re.search(r"x…; and 49\d more$", text)
        assert list(figures(line))[:6] == ["trading", "critical", "warning", "time", "total", "USER (u0)"]

    @pytest.mark.parametrize("separator", ["|", "\n", "\r\n", "\t", "\x1b[31m", "\u2028", "\u202e", "\x00"])
    def test_has_nothing_in_it_that_nagios_or_a_terminal_would_obey(self, separator: str) -> None:
        line = rendered(report(account("a", None, Status.ERROR, f"one{separator}CRITICAL{separator}two")))

        assert line.count("\n") == 1 and line.endswith("\n")
        assert line.count("|") == 1
        assert separator == "\n" or separator == "|" or separator not in line
        assert "CRITICAL" in line.partition(" | ")[0]

    def test_does_without_what_an_encoding_lacks(self) -> None:
        line = rendered(report(account("a", "1.00", Status.ERROR, "Kraken says “no”"), quote="EUR"), "ascii")

        assert 'total 1.00 EUR (spot balance); USER (a): error: Kraken says "no" | ' in line


class TestPerformanceData:
    def test_counts(self) -> None:
        mixed = report(
            account(None, "1.00", Status.TRADING, None, EXPIRES, WITHDRAW, ANYWHERE),
            account("a", None, Status.ERROR),
            findings=(EXPIRES,),
        )

        found = figures(rendered(mixed))

        assert (found["trading"], found["critical"], found["warning"]) == ("1;;;0;2", "1;;;0", "2;;;0")

    def test_keeps_every_digit(self) -> None:
        total = "12345678901234567890.12"

        assert figures(rendered(report(account(None, total))))["MASTER"] == total

    def test_has_u_for_unknown(self) -> None:
        found = figures(rendered(report(account(None, None, Status.ERROR), account("a", "-1.50"))))

        assert (found["MASTER"], found["USER (a)"], found["total"]) == ("U", "-1.50", "U")

    def test_has_u_for_a_part_of_a_total(self) -> None:
        part = account(None, "1.00", complete=False, whole=False)
        found = figures(rendered(report(part, account("a", "5.00"))))

        assert (found["MASTER"], found["USER (a)"], found["total"]) == ("U", "5.00", "U")

    def test_counts_on_without_an_account_that_has_no_key(self) -> None:
        found = figures(rendered(report(account(None, None, Status.NOT_CONFIGURED), account("a", "5.00"))))

        assert (found["MASTER"], found["total"]) == ("U", "5.00")

    def test_keeps_to_labels_that_nagios_can_read(self) -> None:
        found = figures(rendered(report(account("o'neil=x|y, \n2nd", "1.00"))))

        assert found["USER (o_neil_x/y, 2nd)"] == "1.00"

    def test_of_500_accounts_is_as_many_as_fit(self) -> None:
        line = rendered(report(*(account(f"user{n:03}", "12345.67") for n in range(500))))

        found = list(figures(line))
        assert 3950 < len(line) <= 4001
        assert found[5:] == [f"USER (user{n:03})" for n in range(len(found) - 5)]


class TestSlips:
    """Whatever keeps a check from being made is UNKNOWN, and whoever reads the line hears why."""

    @pytest.mark.parametrize(
        ("arguments", "why"),
        [
            (["--format", "nagios", "--tmeout", "3"], "No such option '--tmeout'"),
            (["--tmeout", "3", "--format=nagios"], "No such option '--tmeout'"),
            (["--format", "json", "--format", "nagios", "--timeout", "soon"], "Invalid value for '--timeout'"),
            (["--format", "nagios", "unexpected"], "Got unexpected extra argument"),
            (["--format", "nagios", "--account", "nobody"], "there is no account 'nobody'"),
            (["--format", "nagios", "--demo", "--env-file", "x"], "--demo takes sample accounts"),
            (["--format", "nagios", "-o", "/no/such/folder/report"], "/no/such/folder/report: there is no folder"),
            (["--format", "nagios", "-o", "/dev/full"], "/dev/full: cannot be written (No space left on device)"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else "",
    )
    def test_are_unknown(self, sandbox: Sandbox, arguments: list[str], why: str) -> None:
        run = check(*arguments, env=sandbox.env)

        assert run.returncode == UNKNOWN
        assert run.stdout.startswith(f"KRAKEN UNKNOWN - {why}")
        assert run.stdout.count("\n") == 1

    @pytest.mark.parametrize(
        "arguments",
        [["--bogus"], ["--format", "nagios", "--format", "text", "--bogus"], ["--format"]],
        ids=" ".join,
    )
    def test_of_whoever_did_not_ask_for_a_plugin_are_none(self, arguments: list[str]) -> None:
        run = check(*arguments)

        assert (run.returncode, run.stdout) == (2, "")

    def test_are_unknown_in_an_audit_too_which_has_no_such_format(self) -> None:
        run = audit("--format", "nagios")

        assert run.returncode == UNKNOWN
        assert run.stdout.startswith("KRAKEN UNKNOWN - Invalid value for '--format': 'nagios' is not one of ")

    @pytest.mark.parametrize(
        ("failure", "code", "said"),
        [
            (ZeroDivisionError, UNKNOWN, "kraken-accounts failed on a defect of its own (ZeroDivisionError)"),
            (MemoryError, UNKNOWN, "kraken-accounts failed on a defect of its own (MemoryError)"),
            (OSError(28, "No space left on device"), UNKNOWN, "cannot write or read what is needed (No space"),
            (KeyboardInterrupt, 130, None),
        ],
        ids=["defect", "memory", "system", "interrupt"],
    )
    def test_of_the_program_itself_are_unknown_too(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        failure: BaseException | type[BaseException],
        code: int,
        said: str | None,
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise failure

        monkeypatch.setattr(MultiAccountBrokerManager, "check", fail)

        with pytest.raises(SystemExit) as end:
            main(["check", "--demo", "--format", "nagios"])

        assert end.value.code == code
        shown = capsys.readouterr().out
        assert shown == "" if said is None else shown.startswith(f"KRAKEN UNKNOWN - {said}")


class TestRefusal:
    def test_is_unknown(self) -> None:
        said = NAGIOS.refusal("/etc/env: does not exist;\nname | the file", View())

        assert said == ("KRAKEN UNKNOWN - /etc/env: does not exist; name / the file\n", UNKNOWN)

    @pytest.mark.parametrize("name", ["table", "text", "json", "csv", "prometheus"])
    def test_is_nobody_elses_business(self, name: str) -> None:
        assert load(name).refusal("it does not exist", View()) is None
