"""CSV through the front door, and of reports that are hard to put into a table."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from kraken_accounts.formats import View, load
from kraken_accounts.kraken.public import SystemStatus
from kraken_accounts.report.differences import Change
from kraken_accounts.report.model import Report
from kraken_accounts.report.verdict import Status

from ..conftest import Sandbox
from ..running import check
from .reports import ANYWHERE, EXPIRES, FIRST, WITHDRAW, YESTERDAY, account, changed, report

HEADER = (
    "generated_at,demo,exchange_status,account_type,user_id,label,status,trading,quote,total,complete,"
    "critical,warning,info,findings,reason,remedy,"
    "changed_since,previous_status,previous_total,change_amount,change_percent,"
    "whole,exchange_url,run_critical,run_warning,run_info,run_findings,since,checks,"
    "expected,accepted,run_accepted,evidence,last_fill_at,last_fill_pair,last_fill_side,last_fill_volume,"
    "last_fill_price,fills_24h,fills_24h_complete,volume_24h,volume_24h_complete,open_orders,oldest_order_at,"
    "positions_profit,coverage,not_learned,spot,earn,margin_profit,equity,available,in_orders,in_earn,"
    "previous_total_at,change_deposits,change_withdrawals,open_positions,earn_entries\r\n"
)


def rendered(of: Report, encoding: str = "utf-8") -> str:
    return load("csv").render(of, View(encoding=encoding))


def rows(text: str) -> list[dict[str, str]]:
    """The rows as a reader has them who is strict about quotes."""
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


class TestCommand:
    def test_has_a_row_an_account(self, sandbox: Sandbox) -> None:
        run = check("--format", "csv", env=sandbox.env)

        assert run.returncode == 1
        assert run.stderr == ""
        found = [
            (row["label"], row["status"], row["trading"], row["total"], row["complete"])
            for row in rows(run.stdout)
        ]
        assert found == [
            ("MASTER", "trading", "true", "65180.47", "false"),
            ("USER (alpha)", "trading", "true", "6911.95", "true"),
            ("USER (bravo)", "trading", "true", "6771.85", "true"),
            ("USER (charlie)", "read-only", "false", "1833.88", "true"),
            ("USER (delta)", "not-configured", "false", "", "false"),
        ]

    def test_ends_each_line_with_cr_lf_in_a_file_too(self, sandbox: Sandbox, tmp_path: Path) -> None:
        check("--format", "csv", "--output", tmp_path / "report.csv", env=sandbox.env)

        content = (tmp_path / "report.csv").read_bytes()
        assert content.startswith(HEADER.encode())
        assert content.count(b"\n") == content.count(b"\r\n") == 6  # and no line break inside a remedy

    def test_is_marked_as_a_demo(self) -> None:
        assert {row["demo"] for row in rows(check("--demo", "--format", "csv").stdout)} == {"true"}


class TestRows:
    def test_of_an_account_that_is_fine(self) -> None:
        assert rendered(report(account("alpha", "1234.50"))) == (
            f"{HEADER}2026-11-22T10:00:00Z,false,online,user,alpha,USER (alpha),trading,true,USD,1234.50,true,"
            "0,0,0,,,,,,,,,true,https://api.kraken.com,0,0,0,,,,,," + "," * 13 + ",,,,,,,0.00,0.00,,,,,,\r\n"
        )

    def test_of_the_master_in_trouble(self) -> None:
        master = account(None, None, Status.REJECTED, "the key is wrong", WITHDRAW, EXPIRES, ANYWHERE, ANYWHERE)

        assert rendered(report(master, system_status=None)) == (
            f"{HEADER}2026-11-22T10:00:00Z,false,,master,,MASTER,rejected,false,USD,,false,1,1,2,"
            "withdraw-enabled key-expires-soon no-ip-allowlist no-ip-allowlist,the key is wrong,Mend it.,,,,,,"
            "false,https://api.kraken.com,0,0,0,,,,,," + "," * 13 + ",,,,,,,,,,,,,,\r\n"
        )

    def test_say_of_each_account_what_there_is_to_know_of_the_run(self) -> None:
        several = rows(rendered(report(account(None), account("a"), findings=(WITHDRAW, EXPIRES, EXPIRES))))

        assert [
            (row["run_critical"], row["run_warning"], row["run_info"], row["run_findings"]) for row in several
        ] == [("1", "2", "0", "withdraw-enabled key-expires-soon key-expires-soon")] * 2
        assert {row["findings"] for row in several} == {""}

    def test_of_a_total_that_is_not_whole(self) -> None:
        (row,) = rows(rendered(report(account("a", "5.00", complete=False, whole=False))))

        assert (row["total"], row["complete"], row["whole"]) == ("5.00", "false", "false")

    def test_of_another_exchange(self) -> None:
        (row,) = rows(rendered(report(account("a"), url="http://127.0.0.1:8111")))

        assert row["exchange_url"] == "http://127.0.0.1:8111"

    @pytest.mark.parametrize("status", Status)
    def test_of_every_status(self, status: Status) -> None:
        (row,) = rows(rendered(report(account("alpha", "1.00", status))))

        assert (row["status"], row["trading"]) == (status.value, "true" if status is Status.TRADING else "false")

    def test_of_names_with_commas_quotes_and_line_breaks(self) -> None:
        odd = 'O"Neil, the 2nd;\r\nand his "bot"'

        text = rendered(report(account(odd, "1.00", Status.ERROR, f"{odd} said ,\"'")))

        assert '"O""Neil, the 2nd;\r\nand his ""bot"""' in text
        (row,) = rows(text)
        assert row["user_id"] == odd
        assert row["reason"] == 'O"Neil, the 2nd; and his "bot" said ,"\''

    def test_of_a_remedy_in_steps(self) -> None:
        (row,) = rows(rendered(report(account("a", None, Status.ERROR, remedy="1. First.\n2. Second."))))

        assert row["remedy"] == "1. First. 2. Second."

    def test_are_quoted_right_where_curly_quotes_have_to_become_straight_ones(self) -> None:
        text = rendered(report(account("a", None, Status.ERROR, "Kraken says “EGeneral:…”")), encoding="ascii")

        assert text.isascii()
        assert '"Kraken says ""EGeneral:..."""' in text
        assert rows(text)[0]["reason"] == 'Kraken says "EGeneral:..."'

    def test_of_500_accounts(self) -> None:
        many = rows(rendered(report(*(account(f"user{n}", f"{n}.00") for n in range(500)))))

        assert [row["total"] for row in many] == [f"{n}.00" for n in range(500)]

    def test_keep_every_digit(self) -> None:
        (row,) = rows(rendered(report(account("a", "123456789012345678.90"), quote="BTC")))

        assert (row["total"], row["quote"]) == ("123456789012345678.90", "BTC")


def of_changes(row: dict[str, str]) -> list[str]:
    return list(row.values())[17:22]


class TestChanges:
    def test_since_the_previous_run(self) -> None:
        alpha = account("alpha", "112.00", change=changed("100.00", "12.00", "12.0"))
        bravo = account("bravo", None, Status.REJECTED, change=Change(False, "trading", None))

        one, other = rows(rendered(report(alpha, bravo, changed_since=YESTERDAY)))

        assert of_changes(one) == ["2026-11-21T10:00:00Z", "trading", "100.00", "12.00", "12"]
        assert of_changes(other) == ["2026-11-21T10:00:00Z", "trading", "", "", ""]

    def test_in_a_first_run(self) -> None:
        (row,) = rows(rendered(report(account("alpha", change=FIRST))))

        assert of_changes(row) == ["", "", "", "", ""]

    def test_are_empty_where_nobody_asked(self) -> None:
        (row,) = rows(rendered(replace(report(account("alpha")), changed_since=YESTERDAY)))

        assert of_changes(row) == ["", "", "", "", ""]


class TestSpreadsheets:
    """A cell is never a formula, whoever wrote what stands in it."""

    @pytest.mark.parametrize(
        "text",
        ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "－1+1", "-bot"],
    )
    def test_take_no_column_for_a_formula(self, text: str) -> None:
        (row,) = rows(
            rendered(
                report(
                    account(text, "1.00", Status.ERROR, text, remedy=text, change=Change(False, text)),
                    system_status=SystemStatus(text),
                    quote=text,
                )
            )
        )

        for column in ("user_id", "exchange_status", "quote", "previous_status"):
            assert row[column] == f"'{text}", column
        for column in ("reason", "remedy"):
            assert row[column] == f"'{' '.join(text.split())}", column

    @pytest.mark.parametrize("amount", ["-2.50", "-0.00000001", "0.00", "12.00"])
    def test_get_numbers_as_numbers(self, amount: str) -> None:
        (row,) = rows(rendered(report(account("a", amount, change=changed("0.00", amount, amount)))))

        assert (row["total"], row["change_amount"]) == (amount, amount)
        assert not row["change_percent"].startswith("'")

    def test_take_words_and_times_as_they_are(self) -> None:
        text = rendered(report(account("a=b", "1.00", Status.ERROR, "1 - 1 = 0")))

        assert "'" not in text
