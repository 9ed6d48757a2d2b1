"""A statement as CSV (RFC 4180): a header, and a row for each account and each of its periods.

An empty field is unknown. All accounts together have `all` for their type, and no user.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from ..history.performance import Performance
from ..history.statement import AccountStatement, Statement
from .csv_cells import cell, flag
from .history_json import figures
from .interface import Format, View
from .serialization import time

# Columns are only ever added, at the end; none is renamed, moved or dropped.
COLUMNS = (
    "generated_at",
    "demo",
    "account_type",
    "user_id",
    "label",
    "period",
    "since",
    "until",
    "quote",
    "start",
    "start_at",
    "deposits",
    "withdrawals",
    "fees",
    "rewards",
    "gain",
    "end",
    "end_at",
    "unexplained",
    "return_percent",
    "complete",
    "notes",
)
_WHOLE = "all"


class HistoryCsvFormat(Format[Statement]):
    """Lines end with CR LF, and whatever has a comma, a quote or a line break is quoted.

    What a spreadsheet would calculate begins with an apostrophe, see `cell`.
    """

    def render(self, report: Statement, view: View) -> str:
        table = io.StringIO(newline="")
        writer = csv.DictWriter(table, COLUMNS)
        writer.writeheader()
        for row in rows(report):
            writer.writerow({column: value and cell(value, view.encoding) for column, value in row.items()})
        return table.getvalue()


def rows(statement: Statement) -> Iterator[dict[str, str | None]]:
    """One for each account and all together, with those of its periods below."""
    for one in (*statement.accounts, statement.all):
        notes = " ".join(dict.fromkeys(caveat.code.value for caveat in one.caveats))
        yield _row(statement, one, one.overall, _WHOLE, notes)
        for period in one.periods:
            yield _row(statement, one, period, statement.by.value, "")


def _row(
    statement: Statement, one: AccountStatement, found: Performance, period: str, notes: str
) -> dict[str, str | None]:
    whose = one.account
    return {
        "generated_at": time(statement.generated_at),
        "demo": flag(statement.demo),
        "account_type": "all" if whose is None else whose.account_type.value,
        "user_id": None if whose is None else whose.user_id,
        "label": one.label,
        "period": period,
        "since": time(found.span.start),
        "until": time(found.span.end),
        "quote": statement.quote,
        **figures(found),
        "complete": flag(found.complete),
        "notes": notes,
    }


FORMAT = HistoryCsvFormat()
