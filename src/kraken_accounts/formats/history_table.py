"""A statement as tables: a line an account, with how it went, and on demand one a day, week or month."""

from __future__ import annotations

from collections.abc import Iterator

from ..history.performance import Performance
from ..history.statement import AccountStatement, Statement
from .history_phrases import HistoryPhrases
from .interface import Format, View
from .layout import Block, Canvas, Column, Row, TextTable
from .phrases import Detail
from .sparkline import sparkline

_COLUMNS = (
    Column("Start", 7),
    Column("Paid in", 4),
    Column("Paid out", 5),
    Column("Fees", 9),
    Column("Rewards", 8),
    Column("Gain", 1),
    Column("Unexplained", 2),
    Column("End", 6),
    Column("Return", 3),
)
_TITLE = "GAIN"


class HistoryTableFormat(Format[Statement]):
    """For a terminal, a pipe or a log."""

    def render(self, report: Statement, view: View) -> str:
        return Canvas(view).draw(_blocks(report, view))


def _blocks(statement: Statement, view: View) -> Iterator[Block]:
    phrases = HistoryPhrases(statement, view.encoding)
    yield from phrases.headings()
    shown = shown_accounts(statement)
    rows = [_account(one, phrases, view) for one in shown]
    yield TextTable(_TITLE, rows, "Account", _COLUMNS, names_what_gives_way=True)
    if view.periods:
        for one in shown:
            rows = [Row(name, _cells(period, phrases)) for name, period in phrases.periods(one)]
            title = f"{one.label} BY {statement.by.upper()}"
            yield TextTable(title, rows, statement.by.capitalize(), _COLUMNS, framed=False)


def shown_accounts(statement: Statement) -> list[AccountStatement]:
    """Each account, and all of them where that says more."""
    together = [statement.all] if len(statement.accounts) > 1 else []
    return [*statement.accounts, *together]


def _account(one: AccountStatement, phrases: HistoryPhrases, view: View) -> Row:
    trend = sparkline([None if worth is None else worth.amount for worth in one.days.values()], view.encoding)
    details = tuple(Detail("Note", sentence) for sentence in phrases.caveats(one))
    return Row(one.label, _cells(one.overall, phrases), details=details, note=trend)


def _cells(found: Performance, phrases: HistoryPhrases) -> tuple[str, ...]:
    return (
        phrases.amount(found.start),
        phrases.amount(found.deposits),
        phrases.amount(found.withdrawals),
        phrases.amount(found.fees),
        phrases.amount(found.rewards),
        phrases.difference(found.gain),
        phrases.difference(found.unexplained) if found.unexplained else "",
        phrases.amount(found.end),
        phrases.rate(found.rate),
    )


FORMAT = HistoryTableFormat()
