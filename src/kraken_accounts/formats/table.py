"""The report as rich tables, for a terminal; without one it has no colours, and nothing is ever cut off."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import JustifyMethod, RenderableType

from ..report.model import AccountReport, Report
from .interface import Format, View
from .layout import Canvas
from .phrases import STATUS_TITLE, SUMMARY_TITLE, Phrases

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
        return canvas.draw(_blocks(canvas, Phrases(report, view.encoding), report, view))


def _blocks(canvas: Canvas, phrases: Phrases, report: Report, view: View) -> Iterator[RenderableType]:
    yield from map(canvas.line, phrases.heading())
    yield canvas.boxed(STATUS_TITLE, _statuses(canvas, phrases, report))
    yield canvas.boxed(
        SUMMARY_TITLE,
        (canvas.sum(line.text, line.missing, "" if line.text[0] == " " else "bold") for line in phrases.summary()),
    )
    if changes := list(phrases.changes()):
        yield canvas.boxed(phrases.changes_title(), map(canvas.row, changes))
    for account in report.accounts:
        if view.assets:
            rows = None if account.holdings is None else map(phrases.holding, account.holdings)
            yield canvas.listing(f"ASSETS OF {account.account.label}", _ASSET_COLUMNS, rows)
        if view.activity:
            yield from _activity(canvas, phrases, account)


def _statuses(canvas: Canvas, phrases: Phrases, report: Report) -> Iterator[RenderableType]:
    for account in report.accounts:
        style = "green" if account.trading else "bold red"
        yield canvas.row(phrases.status(account), style, list(phrases.details(account)))
    if details := [*phrases.findings_of_the_run(), *phrases.information_lines()]:
        yield canvas.details(details)


def _activity(canvas: Canvas, phrases: Phrases, account: AccountReport) -> Iterator[RenderableType]:
    orders = None if account.open_orders is None else map(phrases.order, account.open_orders)
    yield canvas.listing(f"OPEN ORDERS OF {account.account.label}", _ORDER_COLUMNS, orders)
    positions = None if account.open_positions is None else map(phrases.position, account.open_positions)
    yield canvas.listing(f"OPEN POSITIONS OF {account.account.label}", _POSITION_COLUMNS, positions)


FORMAT = TableFormat()
