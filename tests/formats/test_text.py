"""Text for logs and grep: whose a line is stands in the line."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from kraken_accounts.formats import View, load
from kraken_accounts.report.findings import Code
from kraken_accounts.report.model import Report
from kraken_accounts.report.verdict import Status

from ..conftest import Sandbox
from ..running import NO_KEYS, check
from .reports import ANYWHERE, EXPIRES, WITHDRAW, account, report

AT = "2026-11-22T10:00:00Z"


def rendered(of: Report, encoding: str = "utf-8") -> str:
    """Its lines, each of which begins with the time of the report, without that."""
    return without_time(load("text").render(of, View(encoding=encoding)), AT)


def without_time(text: str, at: str = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ") -> str:
    lines = text.splitlines()
    assert all(re.match(f"{at} (MASTER|USER \\([^)]+\\)|ALL ACCOUNTS): .", line) for line in lines)
    return "".join(f"{line.partition(' ')[2]}\n" for line in lines)


class TestCommand:
    def test_names_the_account_in_each_of_its_lines(self, sandbox: Sandbox) -> None:
        run = check("--format", "text", "--account", "charlie", "--account", "delta", env=sandbox.env)

        lines = without_time(run.stdout).splitlines()
        assert [line for line in lines if line.startswith("USER (charlie): ")] == [
            "USER (charlie): ❌ USER (charlie) is NOT trading on Kraken",
            "USER (charlie): Why: The key may look, but may not create orders.",
            "USER (charlie): Do: If a bot trades this account with another key, run with --activity, which sees "
            "its fills; if this key is the bot's, give it “Orders and trades: Create & modify orders, Cancel & "
            "close orders” at https://www.kraken.com/u/security/api.",
            "USER (charlie):    charlie: $1,833.88",
            "USER (charlie):       KRAKEN: $1,833.88",
            "USER (charlie):       spot balance: available $1,833.88, in orders $0.00, in Earn unknown, "
            "in all $1,833.88",
        ]
        assert [line.partition(": ")[2][:22] for line in lines if line.startswith("USER (delta): ")] == [
            "❌ USER (delta) is NOT ",
            "Why: KRAKEN_USER_DELTA",
            "Do: 1. Sign in to the ",
            "2. Give it these permi",
            "3. Withdraw Funds: NEV",
            f"4. Put it into {NO_KEYS}"[:22],
            "5. Run: python check_m",
            "   delta: unknown",
            "      KRAKEN: unknown",
        ]

    def test_names_the_account_where_a_line_says_only_how_much_it_is(self, sandbox: Sandbox) -> None:
        text = without_time(check("--format", "text", env=sandbox.env).stdout)

        assert text.partition("ALL ACCOUNTS: SUMMARY\n")[2] == (
            "MASTER: 🔷 MASTER TOTAL: $65,180.47 (incomplete: without 75 XRT)\n"
            "MASTER:    KRAKEN: $65,180.47 (incomplete: without 75 XRT)\n"
            "MASTER:    spot balance: available $48,253.18, in orders $2,907.25, in Earn at least $14,020.04, "
            "in all $65,180.47\n"
            "ALL ACCOUNTS: 🔷 USER TOTALS:\n"
            "USER (alpha):    alpha: $6,911.95\n"
            "USER (alpha):       KRAKEN: $6,911.95\n"
            "USER (alpha):       spot balance: available $5,966.88, in orders $945.08, in Earn unknown, "
            "in all $6,911.95\n"
            "USER (bravo):    bravo: $6,771.85\n"
            "USER (bravo):       KRAKEN: $6,771.85\n"
            "USER (bravo):       spot balance: available $6,771.85, in orders $0.00, in Earn unknown, "
            "in all $6,771.85\n"
            "USER (charlie):    charlie: $1,833.88\n"
            "USER (charlie):       KRAKEN: $1,833.88\n"
            "USER (charlie):       spot balance: available $1,833.88, in orders $0.00, in Earn unknown, "
            "in all $1,833.88\n"
            "USER (delta):    delta: unknown\n"
            "USER (delta):       KRAKEN: unknown\n"
            "ALL ACCOUNTS: 🔷 ALL ACCOUNTS: $80,698.15 (incomplete: without delta; only part of MASTER)\n"
            "ALL ACCOUNTS:    spot balance: available $62,825.79, in orders $3,852.33, "
            "in Earn at least $14,020.04, in all $80,698.15\n"
        )

    def test_answers_when_an_account_stopped_trading(self, sandbox: Sandbox) -> None:
        arguments = ("--format", "text", "--account", "alpha", "--account", "bravo")
        log = check(*arguments, env=sandbox.env).stdout
        sandbox.exchange.set_system_status("maintenance")
        log += check(*arguments, env=sandbox.env).stdout

        found = [line for line in log.splitlines() if "bravo" in line and "trading on Kraken" in line]
        before, after = (re.fullmatch(r"(\S+)Z USER \(bravo\): (.*)", line) for line in found)
        assert before is not None and after is not None
        assert before[2] == "✅ USER (bravo) is trading on Kraken"
        assert after[2] == "❌ USER (bravo) is NOT trading on Kraken"
        assert before[1] <= after[1]

    def test_says_why_something_has_no_price(self, sandbox: Sandbox) -> None:
        run = check("--format", "text", "--account", "master", "--assets", env=sandbox.env)

        assert (
            " MASTER:    BTC 0.57 (on hold: 0), price $64,250.10, value $36,622.56, held as XBT.F XXBT\n"
            in run.stdout
        )
        assert (
            " MASTER:    XRT 75 (on hold: 0), no price (Kraken has no market for it), value unknown, held as XRT\n"
            in run.stdout
        )

    @pytest.mark.parametrize("name", ["text", "table"])
    def test_says_why_a_total_is_unknown_that_has_nothing_with_a_price(self, sandbox: Sandbox, name: str) -> None:
        run = check("--format", name, "--account", "alpha", "--quote", "XRT", env=sandbox.env)

        assert "alpha: unknown" in run.stdout
        assert "INFO: USER (alpha): Not in the total, because there is no price" in run.stdout
        assert "[unpriced-assets]" in run.stdout


class TestLines:
    @pytest.mark.parametrize("status", sorted({*Status} - {Status.TRADING, Status.DISABLED}))
    def test_of_every_status(self, status: Status) -> None:
        text = rendered(report(account("a", None, status, "so it is", remedy="1. Do this.\n2. Do that.")))

        assert (
            "USER (a): ❌ USER (a) is NOT trading on Kraken\n"
            "USER (a): Why: So it is.\n"
            "USER (a): Do: 1. Do this.\n"
            "USER (a): 2. Do that.\n"
        ) in text

    def test_of_one_that_is_disabled(self) -> None:
        text = rendered(report(account("a", None, Status.DISABLED, "it is disabled: paused", remedy="Do that.")))

        assert (
            "USER (a): ❔ USER (a) is not checked\n"
            "USER (a): Why: It is disabled: paused.\n"
            "USER (a): Do: Do that.\n"
        ) in text
        assert "0 of 0 accounts trading, 1 disabled" in text
        assert "   a: not checked\n" in text

    def test_of_findings(self) -> None:
        text = rendered(report(account("a", "1.00", Status.TRADING, None, WITHDRAW, EXPIRES)))

        assert (
            "USER (a): ✅ USER (a) is trading on Kraken\n"
            "USER (a): CRITICAL: The key may withdraw funds. [withdraw-enabled]\n"
            "USER (a): Do: Switch it off.\n"
            "USER (a): WARNING: The key expires on 2026-11-30. [key-expires-soon]\n"
            "USER (a): Do: Create a new key.\n"
        ) in text

    def test_of_what_concerns_all(self) -> None:
        text = rendered(
            report(
                account("a"),
                account("b", "1.00", Status.TRADING, None, ANYWHERE),
                account("c", "1.00", Status.TRADING, None, ANYWHERE),
                findings=(EXPIRES, ANYWHERE),
            )
        )

        assert (
            "USER (c): ✅ USER (c) is trading on Kraken\n"
            "ALL ACCOUNTS: WARNING: The key expires on 2026-11-30. [key-expires-soon]\n"
            "ALL ACCOUNTS: Do: Create a new key.\n"
            "ALL ACCOUNTS: INFO: The key may be used from any address. [no-ip-allowlist]\n"
            "ALL ACCOUNTS: INFO: USER (b), USER (c): The key may be used from any address. [no-ip-allowlist]\n"
        ) in text

    def test_of_a_question_the_mark_stays(self) -> None:
        slip = replace(EXPIRES, code=Code.IGNORED_VARIABLE, message="KRAKEN_X is ignored: did you mean KRAKEN_Y?")

        assert "WARNING: KRAKEN_X is ignored: did you mean KRAKEN_Y? [ignored-variable]\n" in rendered(
            report(account("a"), findings=(slip,))
        )

    def test_of_information_about_500_accounts(self) -> None:
        text = rendered(report(*(account(f"u{n:03}", "1.00", Status.TRADING, None, ANYWHERE) for n in range(500))))

        (line,) = [line for line in text.splitlines() if "INFO" in line]
        assert line.startswith("ALL ACCOUNTS: INFO: USER (u000), USER (u001), ")
        assert line.endswith("USER (u019) and 480 more: The key may be used from any address. [no-ip-allowlist]")

    def test_of_500_accounts_that_are_fine(self) -> None:
        text = rendered(report(*(account(f"user{n:03}") for n in range(500))))

        status, _, summary = text.partition("SUMMARY\n")
        assert [line for line in status.splitlines() if "user" in line] == [
            f"USER (user{n:03}): ✅ USER (user{n:03}) is trading on Kraken" for n in range(500)
        ]
        assert summary.splitlines()[1:-2] == [
            f"USER (user{n:03}): {line}"
            for n in range(500)
            for line in (
                f"   user{n:03}: $100.00",
                "      KRAKEN: $100.00",
                "      spot balance: available $0.00, in orders $0.00, in Earn unknown, in all $100.00",
            )
        ]

    def test_do_without_what_an_encoding_lacks(self) -> None:
        text = rendered(report(account("a", None, Status.ERROR, "Kraken says “EGeneral:…”")), "ascii")

        assert '[FAIL] USER (a) is NOT trading on Kraken\nUSER (a): Why: Kraken says "EGeneral:...".\n' in text
        assert text.isascii()


def test_words_that_are_empty_take_no_line_of_another_account_away() -> None:
    """As a report may have them that came from another host."""
    silent = replace(WITHDRAW, message="", remedy="")
    of = report(account("bravo", "1.00", Status.ERROR, "it is broken", silent, remedy=""), findings=(silent,))

    lines = rendered(of).splitlines()

    assert "USER (bravo): Do:" in lines
    assert "ALL ACCOUNTS: Do:" in lines
    assert "USER (bravo):    bravo: $1.00" in lines
