"""What rich draws for all tables: boxes and listings that are never cut off, with or without a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence

from rich import box
from rich.console import Console, Group, JustifyMethod, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..report.findings import Severity
from .interface import View
from .phrases import Detail, rich_characters

_WIDTH_WITHOUT_TERMINAL = 80
_WIDEST = 110  # columns beyond which lines of words are hard to read
_FRAME = 4  # columns that a box takes
_INDENT = 3
# Colours that can be read on a dark and on a light terminal, which yellow cannot.
STYLES = {Severity.CRITICAL: "bold red", Severity.WARNING: "magenta", Severity.INFO: ""}


class Canvas:
    """Makes the parts of a report and draws them; it widens until nothing is broken that must stay whole."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._width = min(view.width or _WIDTH_WITHOUT_TERMINAL, _WIDEST)
        self._least_width = 0
        fancy = rich_characters(view.encoding)
        self._box = box.ROUNDED if fancy else box.ASCII
        self._rule = box.SIMPLE_HEAD if fancy else box.ASCII2
        self._measuring = _console(width=10_000)

    def draw(self, blocks: Iterable[RenderableType]) -> str:
        """The parts, one below the other."""
        blocks = list(blocks)
        console = _console(max(self._width, self._least_width), color=self._view.color)
        with console.capture() as capture:
            for block in blocks:
                console.print(block)
        return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())

    def line(self, text: str, style: str = "bold") -> Text:
        """A line outside of any box."""
        return self._whole(text, style, 0)

    def row(self, text: str, style: str = "", details: Sequence[Detail] = ()) -> RenderableType:
        """A line of a box, with what stands below it."""
        line = self._whole(text, style, _FRAME)
        return Group(line, Padding(self.details(details), (0, 0, 0, _INDENT))) if details else line

    def sum(self, text: str, note: str, style: str = "") -> RenderableType:
        """A line of a box that must stay whole, with a note behind it, or below it where there is no room."""
        both = f"{text} {note}".rstrip()
        if not note or Text(both).cell_len + _FRAME <= self._width:
            return self.row(both, style)
        indent = len(text) - len(text.lstrip()) + _INDENT
        return Group(self.row(text, style), Padding(Text(note, style=style, overflow="fold"), (0, 0, 0, indent)))

    def details(self, details: Iterable[Detail]) -> Table:
        """Lines that begin with a label and wrap behind it."""
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        for detail in details:
            style = STYLES[detail.severity] if detail.severity and detail.label != "Do" else ""
            grid.add_row(Text(f"{detail.label}:", style=style or "bold"), Text(detail.text, style=style))
        return grid

    def boxed(self, title: str, rows: Iterable[RenderableType]) -> Table:
        """A box around rows."""
        table = Table(title=_title(title), box=self._box, show_header=False, expand=True)
        table.add_column()
        for row in rows:
            table.add_row(row)
        return table

    def listing(
        self, title: str, columns: Mapping[str, JustifyMethod], rows: Iterable[tuple[str, ...]] | None
    ) -> RenderableType:
        """A table of whatever there are several of; one line where that is nothing, or unknown (None)."""
        table = Table(title=_title(title), title_justify="left", box=self._rule, pad_edge=False)
        for column, justify in columns.items():
            table.add_column(Text(column), justify=justify, no_wrap=True)
        for row in rows or ():
            table.add_row(*map(Text, row))
        if not table.row_count:
            return self.line(f"\n{title}: {'unknown' if rows is None else 'none'}")
        options = self._measuring.options
        self._least_width = max(self._least_width, Measurement.get(self._measuring, options, table).maximum)
        return Group("", table)

    def _whole(self, text: str, style: str, frame: int) -> Text:
        """A line that is never wrapped or cut."""
        line = Text(text, style=style, no_wrap=True, overflow="ignore")
        self._least_width = max(self._least_width, line.cell_len + frame)
        return line


def _title(text: str) -> Text:
    """A title as it is: a string would be read as markup."""
    return Text(text, style="bold")


def _console(width: int, *, color: bool = False) -> Console:
    """A console of that width which knows nothing of the terminal, and takes no text for more than text."""
    return Console(
        file=io.StringIO(),
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )
