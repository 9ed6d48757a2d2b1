"""The report as rich tables, for a terminal; without one it has no colours, and nothing is ever cut off."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping

from rich import box
from rich.console import Console, Group, JustifyMethod, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..report import Report, Severity
from .interface import View
from .words import STATUS_TITLE, SUMMARY_TITLE, Detail, Words

_WIDTH_WITHOUT_TERMINAL = 80
_WIDEST = 110  # columns beyond which lines of words are hard to read
_FRAME = 4  # columns that a box takes
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
# Colours that can be read on a dark and on a light terminal, which yellow cannot.
_STYLES = {Severity.CRITICAL: "bold red", Severity.WARNING: "magenta", Severity.INFO: ""}


class TableFormat:
    """Two tables: who is trading, and how much is there; more of them on demand."""

    def render(self, report: Report, view: View) -> str:
        shapes = _Shapes(Words(report, view.encoding))
        blocks = list(shapes.blocks(report, view))
        console = Console(
            file=io.StringIO(),
            width=max(min(view.width or _WIDTH_WITHOUT_TERMINAL, _WIDEST), shapes.least_width),
            force_terminal=view.color,
            color_system="standard" if view.color else None,
            no_color=not view.color,
            legacy_windows=False,
            markup=False,
            emoji=False,
            highlight=False,
            _environ={},
        )
        with console.capture() as capture:
            for block in blocks:
                console.print(block)
        return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


class _Shapes:
    """Turns words into what rich draws.

    Attributes:
        least_width: how many columns it takes so that nothing is broken that must stay whole.
    """

    def __init__(self, words: Words) -> None:
        self.least_width = 0
        self._words = words
        self._box = box.ROUNDED if words.rich_characters else box.ASCII
        self._rule = box.SIMPLE_HEAD if words.rich_characters else box.ASCII2
        self._measuring = Console(file=io.StringIO(), width=10_000, legacy_windows=False, _environ={})

    def blocks(self, report: Report, view: View) -> Iterator[RenderableType]:
        for line in self._words.heading():
            yield self._whole(line, "bold", frame=0)
        yield self._boxed(STATUS_TITLE, self._statuses(report))
        yield self._boxed(SUMMARY_TITLE, map(self._total, self._words.summary()))
        for account in report.accounts:
            label = account.account.label
            if view.assets:
                rows = None if account.holdings is None else map(self._words.holding, account.holdings)
                yield self._listing(f"ASSETS OF {label}", _ASSET_COLUMNS, rows)
            if view.activity:
                rows = None if account.open_orders is None else map(self._words.order, account.open_orders)
                yield self._listing(f"OPEN ORDERS OF {label}", _ORDER_COLUMNS, rows)
                rows = (
                    None if account.open_positions is None else map(self._words.position, account.open_positions)
                )
                yield self._listing(f"OPEN POSITIONS OF {label}", _POSITION_COLUMNS, rows)

    def _total(self, line: str) -> Text:
        return self._whole(line, "" if line.startswith(" ") else "bold")

    def _boxed(self, title: str, rows: Iterable[RenderableType]) -> Table:
        table = Table(title=title, title_style="bold", box=self._box, show_header=False, expand=True)
        table.add_column()
        for row in rows:
            table.add_row(row)
        return table

    def _statuses(self, report: Report) -> Iterator[RenderableType]:
        for account in report.accounts:
            line = self._whole(self._words.status(account), "green" if account.trading else "bold red")
            details = list(self._words.details(account))
            yield Group(line, Padding(self._grid(details), (0, 0, 0, 3))) if details else line
        if details := list(self._words.findings_of_the_run()):
            yield self._grid(details)

    def _grid(self, details: Iterable[Detail]) -> Table:
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        for detail in details:
            style = _STYLES[detail.severity] if detail.severity and detail.label != "Do" else ""
            grid.add_row(Text(f"{detail.label}:", style=style or "bold"), Text(detail.text, style=style))
        return grid

    def _listing(
        self, title: str, columns: Mapping[str, JustifyMethod], rows: Iterable[tuple[str, ...]] | None
    ) -> RenderableType:
        """A table of whatever an account has several of; one line where that is nothing, or unknown."""
        table = Table(title=title, title_style="bold", title_justify="left", box=self._rule, pad_edge=False)
        for column, justify in columns.items():
            table.add_column(column, justify=justify, no_wrap=True)
        for row in rows or ():
            table.add_row(*row)
        if not table.row_count:
            return self._whole(f"\n{title}: {'unknown' if rows is None else 'none'}", "bold", frame=0)
        options = self._measuring.options
        self.least_width = max(self.least_width, Measurement.get(self._measuring, options, table).maximum)
        return Group("", table)

    def _whole(self, line: str, style: str = "", frame: int = _FRAME) -> Text:
        """A line that is never wrapped or cut."""
        text = Text(line, style=style, no_wrap=True, overflow="ignore")
        self.least_width = max(self.least_width, text.cell_len + frame)
        return text


FORMAT = TableFormat()
