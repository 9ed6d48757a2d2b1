"""The report as tables, for a terminal, a pipe or a log, where nothing is ever cut off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..report.findings import Severity
from ..report.model import AccountReport, Report
from .activity import activity_in_short
from .arrangement import fine_and_not_listed, is_fleet, listed
from .fleet_table import AMOUNTS, fleet_blocks, status_row, sum_row
from .interface import Format, View
from .item_lists import ItemLists
from .layout import STYLES, Block, Canvas, Column, Row, TextTable
from .phrases import NO_ACCOUNTS, STATUS_TITLE, SUMMARY_TITLE, Phrases
from .summary import Summary

if TYPE_CHECKING:
    from ..report.news import News

_STATUS_COLUMNS = (
    Column("Activity", 3, left=True, stays=True),
    Column("Total", 2),
    Column("What is wrong", 1, left=True),
)


class TableFormat(Format[Report]):
    """Two tables: who is trading, and how much is there; more of them on demand, and others for a fleet."""

    def render(self, report: Report, view: View) -> str:
        return Canvas(view).draw(_blocks(report, view))


def _blocks(report: Report, view: View) -> Iterator[Block]:
    if view.news is not None:
        yield from _news(report, view.news, view)
        return
    phrases, summary = Phrases(report, view.encoding), Summary(report, view.encoding)
    accounts = listed(report.accounts, view)
    yield from phrases.heading()
    if is_fleet(report.accounts, view):
        yield from fleet_blocks(report, phrases, summary, accounts, fine_and_not_listed(report.accounts, view))
    else:
        yield from _full(report, view, phrases, summary, accounts)
    listings = ItemLists(report.quote, view.encoding)
    for account in accounts:
        yield from listings.of(account, view)


def _news(report: Report, news: Sequence[News], view: View) -> Iterator[Block]:
    """Nothing but what is new."""
    from ..report.news import NewsKind
    from .news import NEWS_TITLE, NO_NEWS, NewsInWords

    yield from Phrases(report, view.encoding).heading()
    pieces = NewsInWords(report.generated_at, view.encoding).pieces(news)
    rows = []
    for piece in pieces:
        style = "green" if piece.kind is NewsKind.RECOVERED else STYLES[piece.severity or Severity.CRITICAL]
        rows.append(Row(piece.title, style=style, details=piece.details, wraps=True))
    yield TextTable(NEWS_TITLE, rows or [Row(NO_NEWS)])


def _full(
    report: Report, view: View, phrases: Phrases, summary: Summary, accounts: Sequence[AccountReport]
) -> Iterator[Block]:
    rows = [
        replace(
            status_row(phrases, account, view),
            cells=(
                activity_in_short(account, report.quote, view.encoding),
                summary.total(account),
                phrases.what_is_wrong(account),
            ),
            details=tuple(phrases.details(account)),
        )
        for account in accounts
    ]
    if not report.accounts:
        rows.append(Row(NO_ACCOUNTS))
    if left_out := fine_and_not_listed(report.accounts, view):
        rows.append(Row(left_out, wraps=True))
    if details := (*phrases.findings_of_the_run(), *phrases.information_lines()):
        rows.append(Row("", details=details))
    yield TextTable(STATUS_TITLE, rows, "Account", _STATUS_COLUMNS)
    yield TextTable(SUMMARY_TITLE, list(map(sum_row, summary.lines(accounts))), "Total", AMOUNTS)
    wraps = view.width is not None  # a terminal would break it anywhere
    if changes := [Row(f"{whose}: {change}", wraps=wraps) for whose, change in summary.changes(accounts)]:
        yield TextTable(summary.changes_title(), changes)


FORMAT = TableFormat()
