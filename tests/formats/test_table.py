"""Tables: phrases that can be searched for, and columns beside them that give way before a phrase does."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from rich.cells import cell_len

from kraken_accounts.formats import View, load
from kraken_accounts.kraken.valuation import Holding
from kraken_accounts.report.model import AccountReport, Report
from kraken_accounts.report.verdict import Status

from ..conftest import Sandbox
from ..running import NO_KEYS, check_on_terminal
from .reports import EXPIRES, FIRST, WITHDRAW, YESTERDAY, account, changed, holding, report

BOXES = "│╭╮╰╯├┤"


def shown(of: Report, width: int | None = None, *, assets: bool = False) -> str:
    return load("table").render(of, View(width=width, assets=assets))


def on_hold(held: Holding, amount: str | None) -> Holding:
    """The same with so much of it in orders; None: nobody knows."""
    return replace(held, available=None if amount is None else held.amount - Decimal(amount))


HELD = (on_hold(holding("BTC", "0.5", "60000"), "0.1"), holding("USD", "1234.50", "1"))
TEN = holding("USD", "10", "1")
TWO = report(
    account(None, "31234.50", holdings=HELD, change=changed("31000.00", "234.50", "0.756")),
    account(
        "bravo", "10.00", Status.READ_ONLY, "it may only look", change=FIRST, holdings=(holding("USD", "10", "1"),)
    ),
    change=changed("31000.00", "244.50", None),
    changed_since=YESTERDAY,
)


class TestColumns:
    def test_stand_beside_the_phrases_with_amounts_on_the_right(self) -> None:
        assert shown(TWO) == (
            "Kraken is online · 1 of 2 accounts trading · 2026-11-22 10:00:00 UTC\n"
            "                                 TRADING STATUS\n"
            "╭──────────────────────────────────────────────────────────────────────────────╮\n"
            "│ Account                                        Total  What is wrong          │\n"
            "├──────────────────────────────────────────────────────────────────────────────┤\n"
            "│ ✅ MASTER is trading on Kraken            $31,234.50                         │\n"
            "│ ❌ USER (bravo) is NOT trading on Kraken      $10.00  read-only              │\n"
            "│    Why: It may only look.                                                    │\n"
            "│    Do:  Mend it.                                                             │\n"
            "╰──────────────────────────────────────────────────────────────────────────────╯\n"
            "                                    SUMMARY\n"
            "╭──────────────────────────────────────────────────────────────────────────────╮\n"
            "│ Total                        In orders   Available              Change       │\n"
            "├──────────────────────────────────────────────────────────────────────────────┤\n"
            "│ 🔷 MASTER TOTAL: $31,234.50  $6,000.00  $25,234.50  +$234.50 (+0.76 %)       │\n"
            "│    KRAKEN: $31,234.50                                                        │\n"
            "│    spot balance: available $25,234.50, in orders $6,000.00, in Earn unknown, │\n"
            "│       in all $31,234.50                                                      │\n"
            "│ 🔷 USER TOTALS:                                                              │\n"
            "│    bravo: $10.00                 $0.00      $10.00           first run       │\n"
            "│       KRAKEN: $10.00                                                         │\n"
            "│       spot balance: available $10.00, in orders $0.00, in Earn unknown, in   │\n"
            "│          all $10.00                                                          │\n"
            "│ 🔷 ALL ACCOUNTS: $31,244.50  $6,000.00  $25,244.50            +$244.50       │\n"
            "│    spot balance: available $25,244.50, in orders $6,000.00, in Earn unknown, │\n"
            "│       in all $31,244.50                                                      │\n"
            "╰──────────────────────────────────────────────────────────────────────────────╯\n"
            "                     CHANGES SINCE 2026-11-21 10:00:00 UTC\n"
            "╭──────────────────────────────────────────────────────────────────────────────╮\n"
            "│ MASTER: +$234.50 (+0.76 %)                                                   │\n"
            "│ USER (bravo): first run                                                      │\n"
            "│ ALL ACCOUNTS: +$244.50                                                       │\n"
            "╰──────────────────────────────────────────────────────────────────────────────╯\n"
        )

    def test_of_the_change_is_there_only_where_it_was_asked_for(self) -> None:
        assert "Change" not in shown(report(account(None), account("a")))

    def test_name_the_worst_and_how_much_more_there_is(self) -> None:
        table = shown(report(account("a", "1.00", Status.REJECTED, None, WITHDRAW, EXPIRES)))

        assert re.search(r"❌ USER \(a\) is NOT trading on Kraken +\$1\.00  rejected \+2 ", table)

    @pytest.mark.parametrize(
        ("held", "in_orders", "available"),
        [
            ((), "$0.00", "$0.00"),
            (
                (on_hold(holding("USD", "5", "1"), None),),
                "unknown",
                "unknown",
            ),  # there is no BalanceEx
            ((on_hold(holding("XRT", "75"), "75"), holding("USD", "0.001", "1")), "unknown", "$0.00"),
            ((holding("XRT", "75"), on_hold(holding("USD", "5", "1"), "2")), "$2.00", "$3.00"),
            ((on_hold(holding("USD", "-5", "1"), "0"),), "$0.00", "-$5.00"),
        ],
    )
    def test_say_unknown_and_never_zero_for_it(
        self, held: tuple[Holding, ...], in_orders: str, available: str
    ) -> None:
        table = shown(report(account("a", "5.00", holdings=held)))

        assert re.search(rf"│    a: \$5\.00 +{re.escape(in_orders)} +{re.escape(available)} ", table)

    def test_of_an_account_that_did_not_answer_are_unknown(self) -> None:
        assert re.search(r"a: unknown +unknown +unknown ", shown(report(account("a", None, Status.UNREACHABLE))))

    def test_add_up_to_the_cent(self) -> None:
        half = account("a", "0.01", holdings=(holding("BTC", "0.000001", "6000"),))  # 0.006 each

        table = shown(report(half, replace(half, account=account("b").account)))

        assert re.search(r"ALL ACCOUNTS: \$0\.02 +\$0\.00 +\$0\.02 ", table)


PHRASES = (
    "✅ MASTER is trading on Kraken",
    "❌ USER (bravo) is NOT trading on Kraken",
    "🔷 MASTER TOTAL: $31,234.50",
    "   KRAKEN: $31,234.50",
    "🔷 USER TOTALS:",
    "   bravo: $10.00",
    "      KRAKEN: $10.00",
)


class TestWidth:
    @pytest.mark.parametrize("width", [30, 40, 46, 60, 79, 80, 120, 200])
    def test_leaves_phrases_whole_and_wraps_nothing(self, width: int) -> None:
        lines = shown(TWO, width).splitlines()

        for phrase in PHRASES:
            assert any(phrase in line for line in lines), phrase
        wider = [line for line in lines if cell_len(line) > width]
        assert (
            all(line.strip() in PHRASES or line.strip() in map(str.strip, PHRASES) for line in wider) or width < 40
        )
        assert "…" not in "".join(lines)

    def test_takes_the_columns_before_it_takes_the_boxes(self) -> None:
        assert "In orders" in shown(TWO, 80)
        at_60 = shown(TWO, 60)
        assert "In orders" not in at_60
        assert "Available" not in at_60  # what has changed was asked for, so it stays longer
        assert "+$234.50 (+0.76 %)" in at_60
        assert "│ ❌ USER (bravo) is NOT trading on Kraken" in at_60
        assert not set(BOXES) & set(shown(TWO, 40))

    def test_without_boxes_breaks_lines_between_words(self) -> None:
        long = account(
            "a", None, Status.ERROR, "Kraken answered what nobody expects", remedy="Look at https://a.example/b"
        )

        assert shown(report(long), 30).splitlines()[4:12] == [
            "TRADING STATUS",
            "❌ USER (a) is NOT trading on Kraken",
            "   Why: Kraken answered what",
            "      nobody expects.",
            "   Do: Look at",
            "      https://a.example/b",
            "",
            "SUMMARY",
        ]

    def test_gives_up_boxes_before_it_breaks_a_word(self) -> None:
        url = "https://www.kraken.com/u/security/api"
        of = report(account("a", None, Status.ERROR, "so it is", remedy=f"Look at {url}"))

        for width, fleet in itertools.product(range(30, 80), (False, True)):
            lines = load("table").render(of, View(width=width, fleet=fleet)).splitlines()
            assert any(line.strip(f"{BOXES} ").endswith(url) for line in lines), width
            assert (not set(BOXES) & set("".join(lines))) is (width < 41), width

    def test_in_a_box_breaks_no_name_however_long(self) -> None:
        name = "n" * 120
        accounts = (account(name, None, Status.ERROR), account("b", "1.00"))

        for fleet in (False, True):
            table = load("table").render(report(*accounts), View(fleet=fleet))
            assert all(name in table for _ in accounts)
            assert f"{name})" in table
            assert not fleet or f"❌ NOT trading, error: {name} " in " ".join(table.replace("│", "").split())

    def test_lists_in_sentences_what_has_no_room_as_a_table(self) -> None:
        of = report(account("a", "1.00", holdings=HELD))

        assert "Asset  Amount  On hold       Price       Value  Held as\n" in shown(of, 80, assets=True)
        assert (
            "ASSETS OF USER (a)\n"
            "   BTC 0.5 (on hold: 0.1), price\n"
            "      $60,000.00, value $30,000.00, held\n"
            "      as BTC\n"
        ) in shown(of, 40, assets=True)

    def test_of_a_pipe_has_room_for_all_columns(self) -> None:
        name = "n" * 70
        table = shown(report(account(name, "1.00", Status.REJECTED, holdings=HELD, change=FIRST), change=FIRST))

        assert re.search(rf"│ ❌ USER \({name}\) is NOT trading on Kraken  +\$1\.00  rejected", table)
        assert re.search(rf"│    {name}: \$1\.00 +\$6,000\.00 +\$25,234\.50 +first run ", table)

    def test_on_a_terminal_of_40_columns_nothing_but_phrases_is_wider(self, sandbox: Sandbox) -> None:
        sandbox.exchange.state.accounts["charlie"].trades.clear()

        lines = check_on_terminal("--assets", "--activity", "--no-color", columns=40, env=sandbox.env)[
            0
        ].splitlines()

        assert "❌ USER (charlie) is NOT trading on Kraken" in lines
        wider = {line for line in lines if cell_len(line) > 40 and str(NO_KEYS) not in line}
        assert wider <= {"❌ USER (charlie) is NOT trading on Kraken"}


def test_colours_can_be_read_on_light_and_dark() -> None:
    table = load("table").render(
        report(account("a", "1.00", Status.TRADING, None, WITHDRAW, EXPIRES)), View(color=True)
    )

    assert set(re.findall(r"\x1b\[([0-9;]+)m", table)) <= {"0", "1", "32", "1;31", "35"}


def test_accounts_are_sums_of_what_they_count() -> None:
    twice: AccountReport = account("b", "5.00", Status.CONFLICT, holdings=(holding("USD", "5", "1"),))

    table = shown(report(account("a", "5.00", holdings=(holding("USD", "5", "1"),)), twice))

    assert re.search(r"ALL ACCOUNTS: \$5\.00 +\$0\.00 +\$5\.00 ", table)
