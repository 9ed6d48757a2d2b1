"""What accounts have made, in every format but the page, which has tests of its own."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from jsonschema import Draft202012Validator

from kraken_accounts.formats import View, load
from kraken_accounts.formats.sparkline import sparkline
from kraken_accounts.history.caveats import CaveatCode
from kraken_accounts.history.model import Held
from kraken_accounts.history.periods import By
from kraken_accounts.history.statement import Statement

from ..history.worlds import World, day
from ..running import REPOSITORY
from .statements import idle, statement, trader
from .test_json_schema import closed

SCHEMA: dict[str, Any] = json.loads((REPOSITORY / "docs" / "history-1.schema.json").read_text(encoding="utf-8"))
THREE = statement([trader(), idle(), World("bravo")])


def shown(name: str, of: Statement = THREE, **view: Any) -> str:
    text = load(f"history_{name}").render(of, View(**view))
    assert isinstance(text, str)
    return text


# --- for people -----------------------------------------------------------------------------------------


def test_table_has_a_line_an_account_with_how_it_went() -> None:
    assert shown("table") == (
        """\
Since 2026-01-01 00:00 UTC · until 2026-01-04 00:00 UTC · amounts in USD
                                                    GAIN
╭───────────────────────────────────────────────────────────────────────────────────────────────────────────╮
│ Account            Start  Paid in  Paid out     Fees  Rewards      Gain  Unexplained         End   Return │
├───────────────────────────────────────────────────────────────────────────────────────────────────────────┤
│ MASTER        $31,000.00  $500.00   $100.00    $1.59    $6.06  +$300.47               $31,700.47  +0.98 % │
│    ▁▅█▆                                                                                                   │
│ USER (alpha)     $100.00    $0.00     $0.00    $0.00    $0.00     $0.00      -$25.00      $75.00   0.00 % │
│    ██ ▁                                                                                                   │
│    Note: There is no whole total between 2026-01-02 00:00 UTC and 2026-01-04 00:00 UTC.                   │
│    Note: Its balances have changed by -25 USD (-$25.00) between 2026-01-02 00:00 UTC and 2026-01-04 00:00 │
│          UTC, and no entry of its ledger tells of that.                                                   │
│ USER (bravo)     unknown  unknown   unknown  unknown  unknown   unknown                  unknown  unknown │
│    Note: No check has found a whole total in this time.                                                   │
│ ALL           $31,100.00  $500.00   $100.00    $1.59    $6.06  +$300.47      -$25.00  $31,775.47  +0.98 % │
│    ▁▆ █                                                                                                   │
│    Note: USER (bravo) is not in it: no two whole totals are known in this time.                           │
│    Note: USER (alpha) has no whole total on some days.                                                    │
╰───────────────────────────────────────────────────────────────────────────────────────────────────────────╯
"""
    )


def test_periods_are_listed_on_demand() -> None:
    found = shown("table", statement([trader()]), periods=True)

    assert found.endswith(
        """
MASTER BY DAY
Day              Start  Paid in  Paid out   Fees  Rewards      Gain         End   Return
────────────────────────────────────────────────────────────────────────────────────────
2026-01-01  $31,000.00    $0.00     $0.00  $0.00    $0.00  +$500.00  $31,500.00  +1.61 %
2026-01-02  $31,500.00  $500.00     $0.00  $1.59    $0.00    -$1.59  $31,998.41   0.00 %
2026-01-03  $31,998.41    $0.00   $100.00  $0.00    $6.06  -$197.94  $31,700.47  -0.62 %
"""
    )


def test_a_narrow_terminal_loses_columns_and_no_phrase() -> None:
    found = shown("table", width=60)

    assert all(len(line) <= 60 for line in found.splitlines())
    assert "│ MASTER        $500.00  +$300.47               +0.98 %    │" in found


def test_signs_that_an_encoding_lacks_become_others() -> None:
    found = shown("table", encoding="ascii")

    assert found.isascii()
    assert "|    _=#*" in found
    assert "Since 2026-01-01 00:00 UTC - until 2026-01-04 00:00 UTC - amounts in USD" in found


def test_a_demo_says_so_in_all_of_them() -> None:
    demo = statement([trader()], demo=True)

    assert shown("table", demo).startswith("DEMO: sample accounts on a simulated exchange, no real funds\n")
    assert "ALL ACCOUNTS: DEMO: sample accounts on a simulated exchange, no real funds\n" in shown("text", demo)
    assert json.loads(shown("json", demo))["demo"] is True
    assert {row["demo"] for row in csv.DictReader(io.StringIO(shown("csv", demo)))} == {"true"}
    assert "DEMO: sample accounts on a simulated exchange, no real funds" in shown("html", demo)


def test_text_has_the_time_and_whose_it_is_on_each_line() -> None:
    assert shown("text", statement([trader()], by=By.MONTH), periods=True) == (
        """\
2026-01-04T00:00:00Z ALL ACCOUNTS: Since 2026-01-01 00:00 UTC · until 2026-01-04 00:00 UTC · amounts in USD
2026-01-04T00:00:00Z MASTER: gain +$300.47, return +0.98 %, start $31,000.00, paid in $500.00, paid """
        """out $100.00, fees $1.59, rewards $6.06, end $31,700.47
2026-01-04T00:00:00Z MASTER: Total by day: ▁▅█▆
2026-01-04T00:00:00Z MASTER: 2026-01-01 to 01-03: gain +$300.47, return +0.98 %, start $31,000.00, paid in """
        """$500.00, paid out $100.00, fees $1.59, rewards $6.06, end $31,700.47
"""
    )


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ([], ""),
        ([None, None], ""),
        (["5"], "▅"),
        (["5", "5", "5"], "▅▅▅"),
        (["0", "7", "14"], "▁▅█"),
        (["-3", None, "-1"], "▁ █"),
        ([str(number) for number in range(48)], "▁▁▁▂▂▂▃▃▃▄▄▄▅▅▅▆▆▆▇▇▇███"),
    ],
)
def test_a_sparkline_goes_from_the_least_to_the_greatest(amounts: list[str | None], expected: str) -> None:
    found = [None if amount is None else Decimal(amount) for amount in amounts]

    assert sparkline(found, "utf-8") == expected


# --- for programs ---------------------------------------------------------------------------------------


def faults(document: Any) -> list[str]:
    validator = Draft202012Validator(closed(SCHEMA))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


@pytest.mark.parametrize("by", list(By))
def test_json_satisfies_its_schema_and_has_no_float(by: By) -> None:
    text = shown("json", statement([trader(), idle(), World("bravo")], by=by))

    document = json.loads(text, parse_float=lambda number: pytest.fail(f"a float: {number}"))

    assert faults(document) == []


def test_the_schema_knows_every_note_and_lets_no_slip_through() -> None:
    assert SCHEMA["$defs"]["note"]["enum"] == [code.value for code in CaveatCode]
    document = json.loads(shown("json"))
    for slip in ({"gain": 300.47}, {"gain": "300,47"}, {"complete": None}, {"start": "+1"}):
        assert faults({**document, "all": {**document["all"], **slip}})


def test_json_adds_up() -> None:
    document = json.loads(shown("json"))

    for found in (*document["accounts"][:2], document["all"]):
        start, deposits, withdrawals, gain, unexplained, end = (
            Decimal(found[name]) for name in ("start", "deposits", "withdrawals", "gain", "unexplained", "end")
        )
        assert start + deposits - withdrawals + gain + unexplained == end
    assert document["accounts"][0] | {"notes": 0, "flows": 0, "days": 0, "periods": 0, "holdings": 0} == {
        "account_type": "master",
        "user_id": None,
        "label": "MASTER",
        "start": "31000.00",
        "start_at": "2026-01-01T00:00:00Z",
        "deposits": "500.00",
        "withdrawals": "100.00",
        "fees": "1.59",
        "rewards": "6.06",
        "gain": "300.47",
        "end": "31700.47",
        "end_at": "2026-01-04T00:00:00Z",
        "unexplained": "0.00",
        "return_percent": "0.9783",
        "complete": True,
        "notes": 0,
        "flows": 0,
        "days": 0,
        "periods": 0,
        "covers": ["spot"],
        "holdings": 0,
    }


def test_csv_has_a_row_for_each_account_and_each_period() -> None:
    rows = list(csv.DictReader(io.StringIO(shown("csv"), newline="")))

    assert [(row["label"], row["period"]) for row in rows[:5]] == [
        ("MASTER", "all"),
        ("MASTER", "day"),
        ("MASTER", "day"),
        ("MASTER", "day"),
        ("USER (alpha)", "all"),
    ]
    assert rows[0]["gain"] == "300.47"
    assert rows[4]["notes"] == "gap unexplained"
    assert (rows[8]["label"], rows[8]["gain"], rows[8]["complete"]) == ("USER (bravo)", "", "false")
    assert (rows[-1]["account_type"], rows[-1]["label"]) == ("all", "ALL")


def test_csv_calculates_nothing() -> None:
    found = shown("csv", statement([trader("=1+1")]))

    assert "USER (=1+1)" in found
    assert next(csv.DictReader(io.StringIO(found)))["user_id"] == "'=1+1"


# --- for spreadsheets -----------------------------------------------------------------------------------


def workbook(of: Statement) -> openpyxl.Workbook:
    content: Any = load("history_xlsx").render(of, View())
    return openpyxl.load_workbook(io.BytesIO(content))


def test_a_workbook_has_the_same_figures_as_numbers() -> None:
    accounts, periods, holdings = workbook(THREE).worksheets

    rows = [list(row) for row in accounts.iter_rows(values_only=True)]
    assert rows[2] == [
        "Account",
        "Start",
        "Paid in",
        "Paid out",
        "Fees",
        "Rewards",
        "Gained",
        "Unexplained",
        "End",
        "Return",
    ]
    assert rows[3][:9] == ["MASTER", 31000, 500, 100, 1.59, 6.06, 300.47, 0, 31700.47]
    assert rows[5] == ["USER (bravo)", *[None] * 9]
    assert accounts["B4"].number_format == "#,##0.00"
    assert accounts["J4"].number_format == "0.00%"
    assert [row[:2] for row in periods.iter_rows(values_only=True, max_row=3)] == [
        ("Account", "Day"),
        ("MASTER", "2026-01-01"),
        ("MASTER", "2026-01-02"),
    ]
    assert list(holdings.iter_rows(values_only=True))[1] == ("MASTER", "BTC", 0.51, 61000.5, 31110.255)


def test_a_workbook_calculates_and_follows_nothing() -> None:
    names = ("=1+1", "https://example.com", "@SUM(1)", "123")
    held = tuple(Held(name, Decimal(1), Decimal(1)) for name in names)

    *_, holdings = workbook(statement([trader("=cmd")], held=held)).worksheets

    cells = [row[1] for row in holdings.iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == [*names]
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.hyperlink for cell in cells)


def test_a_workbook_of_bitcoins_has_their_decimals() -> None:
    accounts, *_ = workbook(statement([trader()], quote="BTC")).worksheets

    assert accounts["B4"].number_format == "#,##0.00000000"


def test_a_week_and_a_month_are_named_by_their_days() -> None:
    world = trader()
    world.check(day(40))

    months = shown("text", statement([world], until=day(45), by=By.MONTH), periods=True)
    weeks = shown("text", statement([world], until=day(10), by=By.WEEK), periods=True)

    assert "MASTER: 2026-01: gain" in months
    assert "MASTER: 2026-02-01 to 02-14: gain" in months
    assert "MASTER: 2026-01-01 to 01-04: gain" in weeks
    assert "MASTER: 2026-01-05 to 01-10: gain" in weeks
