"""A statement as a workbook for spreadsheets: a sheet of the accounts, one of their periods, one of holdings.

Amounts are the numbers that a spreadsheet has, shown to the cents of their currency. All else is text: nothing in
it is ever calculated or followed.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .. import money
from ..history.performance import Performance
from ..history.statement import AccountStatement, Statement
from .history_phrases import HistoryPhrases
from .history_table import shown_accounts
from .interface import View

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format as CellFormat

_FIGURES = ("Start", "Paid in", "Paid out", "Fees", "Rewards", "Gained", "Unexplained", "End", "Return")
_AMOUNTS = ("start", "deposits", "withdrawals", "fees", "rewards", "gain", "unexplained", "end")
_WIDE, _NARROW = 22, 14  # characters


class HistoryXlsxFormat:
    """Office Open XML: https://ecma-international.org/publications-and-standards/standards/ecma-376/."""

    def render(self, report: Statement, view: View) -> bytes:  # noqa: ARG002 - it looks the same everywhere
        from xlsxwriter import Workbook

        file = io.BytesIO()
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        with Workbook(file, options) as workbook:
            workbook.set_properties({"created": report.generated_at.replace(tzinfo=None)})
            _Sheets(workbook, report).write()
        return file.getvalue()

    def exit_code(self, report: Statement) -> int:
        return report.exit_code


class _Sheets:
    def __init__(self, workbook: Workbook, statement: Statement) -> None:
        self._workbook = workbook
        self._statement = statement
        self._phrases = HistoryPhrases(statement)
        places = money.decimal_places(statement.quote)
        digits = f"#,##0{'.' if places else ''}{'0' * places}"
        self._amount = workbook.add_format({"num_format": digits})
        self._percent = workbook.add_format({"num_format": "0.00%"})
        self._plain = workbook.add_format({"num_format": "#,##0.##########"})
        self._title = workbook.add_format({"bold": True, "bottom": 1, "align": "right"})
        self._name = workbook.add_format({"bold": True, "bottom": 1})
        self._bold = workbook.add_format({"bold": True})

    def write(self) -> None:
        shown = shown_accounts(self._statement)
        self._write_accounts(shown)
        self._write_periods(shown)
        self._write_holdings(self._statement.accounts)

    def _write_accounts(self, shown: Sequence[AccountStatement]) -> None:
        sheet = self._workbook.add_worksheet("Accounts")
        row = 0
        for line in self._phrases.headings():
            sheet.write_string(row, 0, line, self._bold if row == 0 else None)
            row += 1
        row += 1
        self._head(sheet, row, "Account", _FIGURES)
        for one in shown:
            row += 1
            sheet.write_string(row, 0, one.label)
            self._figures(sheet, row, 1, one.overall)
        row += 2
        for one in shown:
            for sentence in self._phrases.caveats(one):
                sheet.write_string(row, 0, f"{one.label}: {sentence}")
                row += 1
        sheet.set_column(0, 0, _WIDE)
        sheet.set_column(1, len(_FIGURES), _NARROW)

    def _write_periods(self, shown: Sequence[AccountStatement]) -> None:
        by = self._statement.by.capitalize()
        sheet = self._workbook.add_worksheet(f"By {by.lower()}")
        self._head(sheet, 0, "Account", (by, *_FIGURES))
        row = 0
        for one in shown:
            for period in one.periods:
                row += 1
                sheet.write_string(row, 0, one.label)
                sheet.write_string(row, 1, self._phrases.period(period))
                self._figures(sheet, row, 2, period)
        sheet.freeze_panes(1, 2)
        sheet.set_column(0, 1, _WIDE)
        sheet.set_column(2, len(_FIGURES) + 1, _NARROW)

    def _write_holdings(self, accounts: Sequence[AccountStatement]) -> None:
        sheet = self._workbook.add_worksheet("Held at the end")
        self._head(sheet, 0, "Account", ("Asset", "Amount", "Price", "Value"))
        row = 0
        for one in accounts:
            for held in one.holdings or ():
                row += 1
                sheet.write_string(row, 0, one.label)
                sheet.write_string(row, 1, held.asset)
                self._number(sheet, row, 2, held.amount, self._plain)
                self._number(sheet, row, 3, held.price, self._plain)
                self._number(sheet, row, 4, held.value, self._amount)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 4, _WIDE)

    def _head(self, sheet: Any, row: int, first: str, others: Sequence[str]) -> None:
        sheet.write_string(row, 0, first, self._name)
        for column, title in enumerate(others, 1):
            sheet.write_string(row, column, title, self._title)

    def _figures(self, sheet: Any, row: int, column: int, found: Performance) -> None:
        for name in _AMOUNTS:
            self._number(sheet, row, column, getattr(found, name), self._amount)
            column += 1
        self._number(sheet, row, column, found.rate, self._percent)

    def _number(self, sheet: Any, row: int, column: int, amount: Decimal | None, how: CellFormat) -> None:
        """An empty cell is unknown."""
        if amount is not None:
            sheet.write_number(row, column, amount, how)


FORMAT = HistoryXlsxFormat()
