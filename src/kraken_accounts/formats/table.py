"""The report as rich tables, for a terminal; without one it has no colours, and nothing is ever cut off."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import JustifyMethod, RenderableType

from ..report.model import AccountReport, Report
from .interface import Format, View
from .layout import Canvas
from .phrases import NO_ACCOUNTS, STATUS_TITLE, SUMMARY_TITLE, Words

_ASSET_COLUMNS: dict[str, JustifyMethod] = {
    "Asset": "left",
    "Amount": "right",
    "On hold": "right",
    "Price": "right",
    "Value": "right",
    "Held as": "left",
}
_ORDER_COLUMNS: dict[str, JustifyMethod] = {
    "Order": "left",
    "What": "left",
    "Volume": "right",
    "Price": "right",
    "Opened (UTC)": "left",
}
_POSITION_COLUMNS: dict[str, JustifyMethod] = {
    "Position": "left",
    "What": "left",
    "Volume": "right",
    "Closed": "right",
    "Cost": "right",
}


class TableFormat(Format[Report]):
    """Two tables: who is trading, and how much is there; more of them on demand."""

    def render(self, report: Report, view: View) -> str:
        canvas = Canvas(view)
        return canvas.draw(_blocks(canvas, Words(report, view.encoding), report, view))


def _blocks(canvas: Canvas, words: Words, report: Report, view: View) -> Iterator[RenderableType]:
    yield from map(canvas.line, words.heading())
    yield canvas.boxed(STATUS_TITLE, _statuses(canvas, words, report))
    yield canvas.boxed(
        SUMMARY_TITLE,
        (canvas.sum(line.text, line.missing, "" if line.text[0] == " " else "bold") for line in words.summary()),
    )
    if changes := list(words.changes()):
        yield canvas.boxed(words.changes_title(), map(canvas.row, changes))
    for account in report.accounts:
        if view.assets:
            rows = None if account.holdings is None else map(words.holding, account.holdings)
            yield canvas.listing(f"ASSETS OF {account.account.label}", _ASSET_COLUMNS, rows)
        if view.activity:
            yield from _activity(canvas, words, account)


def _statuses(canvas: Canvas, words: Words, report: Report) -> Iterator[RenderableType]:
    if not report.accounts:
        yield canvas.row(NO_ACCOUNTS)
    for account in report.accounts:
        style = "green" if account.trading else "bold red"
        yield canvas.row(words.status(account), style, list(words.details(account)))
    if details := [*words.findings_of_the_run(), *words.information_lines()]:
        yield canvas.details(details)


def _activity(canvas: Canvas, words: Words, account: AccountReport) -> Iterator[RenderableType]:
    orders = None if account.open_orders is None else map(words.order, account.open_orders)
    yield canvas.listing(f"OPEN ORDERS OF {account.account.label}", _ORDER_COLUMNS, orders)
    positions = None if account.open_positions is None else map(words.position, account.open_positions)
    yield canvas.listing(f"OPEN POSITIONS OF {account.account.label}", _POSITION_COLUMNS, positions)


FORMAT = TableFormat()
