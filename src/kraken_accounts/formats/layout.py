"""How tables for people are drawn: columns give way before phrases do, and nothing is ever cut off."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.constrain import Constrain
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from ..report.findings import Severity
from ..text import rich_characters
from .interface import View
from .item_lists import ItemList
from .phrases import Detail

_WIDTH_WITHOUT_TERMINAL = 80
_WIDEST = 110  # columns beyond which lines of words are hard to read
_NO_LIMIT = 1_000_000  # columns; nothing is wrapped or cut at the edge of a console of that width
_FRAME = 4  # columns that a box takes
_GAP = 2  # columns between two of a table
_INDENT = 3
_NOTES = "; "  # between several notes
# Colours that can be read on a dark and on a light terminal, which yellow cannot.
STYLES = {Severity.CRITICAL: "bold red", Severity.WARNING: "magenta", Severity.INFO: ""}


@dataclass(frozen=True, slots=True)
class Column:
    """A column beside the phrases of a table.

    Attributes:
        gives_way: the column with the highest number goes first where there is no room for all of them.
        left: whether it holds words; amounts stand on the right.
        stays: whether what it says stands below its row, as a note, where there is no room for it.
    """

    title: str
    gives_way: int
    left: bool = False
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table.

    Attributes:
        phrase: what stands in the first column; never broken, so that it can be searched for.
        cells: of the other columns; none of them if it has nothing to say there.
        details: what stands below it.
        note: what stands behind it, or below where there is no room.
        wraps: whether the phrase is a sentence, which may be broken like any other.
    """

    phrase: str
    cells: tuple[str, ...] = ()
    style: str = ""
    details: tuple[Detail, ...] = ()
    note: str = ""
    wraps: bool = False


@dataclass(frozen=True, slots=True)
class TextTable:
    """Lines with a title above them, and columns beside their phrases.

    Attributes:
        first: what is above the phrases.
        framed: whether a box goes around it where there is room for one.
        names_what_gives_way: whether `below` it is to be said which columns had no room.
    """

    title: str
    rows: Sequence[Row]
    first: str = ""
    columns: Sequence[Column] = ()
    framed: bool = True
    names_what_gives_way: bool = False
    below: str = ""


Block = str | TextTable | ItemList
"""A part of a report; text is a heading, a line of its own."""


class Canvas:
    """Draws the parts of a report for one place.

    On a terminal, columns give way where there is no room for them, and so do all boxes where one would break a
    phrase. Without one there is room for whatever there is.
    """

    def __init__(self, view: View) -> None:
        self._limit = view.width or _NO_LIMIT
        self._width = min(view.width or _WIDTH_WITHOUT_TERMINAL, _WIDEST)
        self._color = view.color
        fancy = rich_characters(view.encoding)
        self._box = box.ROUNDED if fancy else box.ASCII
        self._line = "─" if fancy else "-"
        self._console = _console(_NO_LIMIT, color=view.color)

    def draw(self, blocks: Iterable[Block]) -> str:
        """The parts, one below the other."""
        blocks = list(blocks)
        tables = [block for block in blocks if isinstance(block, TextTable)]
        framed = all(_least_width(table, self._limit) + _FRAME <= self._limit for table in tables)
        with self._console.capture() as capture:
            below_a_list = False
            for block in blocks:
                if below_a_list and isinstance(block, TextTable) and framed and block.framed:
                    self._console.print("")
                self._console.print(self._drawn(block, framed=framed))
                below_a_list = isinstance(block, ItemList)
        return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())

    def _drawn(self, block: Block, *, framed: bool) -> RenderableType:
        if isinstance(block, TextTable):
            table = self._without_what_has_no_room(block, _FRAME if framed and block.framed else 0)
            drawn = self._boxed(table) if framed and block.framed else self._plain(table)
            return Group(drawn, *_wrapped(table.below, "", self._limit)) if table.below else drawn
        if isinstance(block, ItemList):
            return self._item_list(block)
        # A log has it whole, however long it is.
        return Group(*_wrapped(block, "bold", self._limit))

    # --- tables -----------------------------------------------------------------------------------------

    def _without_what_has_no_room(self, table: TextTable, frame: int) -> TextTable:
        """The table with the columns that there is room for, and that say anything at all."""
        kept = [at for at in range(len(table.columns)) if any(row.cells and row.cells[at] for row in table.rows)]
        said, widths, below = [*kept], _widths(table), []
        while kept and widths[0] + sum(_GAP + widths[1 + at] for at in kept) + frame > self._limit:
            gone = max(kept, key=lambda at: table.columns[at].gives_way)
            kept.remove(gone)
            below += [gone] if table.columns[gone].stays else []
        left_out = ", ".join(table.columns[at].title for at in said if at not in kept)
        return replace(
            table,
            below=f"No room for: {left_out}" if left_out and table.names_what_gives_way else table.below,
            columns=[table.columns[at] for at in kept],
            rows=[
                replace(
                    row,
                    cells=tuple(row.cells[at] for at in kept if row.cells),
                    note=_NOTES.join(filter(None, (row.note, *(row.cells[at] for at in below if row.cells)))),
                )
                for row in table.rows
            ],
        )

    def _boxed(self, table: TextTable) -> RenderableType:
        widths = _widths(table)
        width = max(self._width, _width_of(widths) + _FRAME, _least_width(table, self._limit) + _FRAME)
        title = Text(table.title, style="bold")
        drawn = RichTable(title=title, box=self._box, width=width, show_header=bool(table.columns))
        drawn.add_column(_whole(_aligned(table, widths, _header(table)), "bold"))
        for row in table.rows:
            drawn.add_row(Group(*self._row(row, _aligned(table, widths, row), width - _FRAME)))
        return drawn

    def _plain(self, table: TextTable) -> RenderableType:
        """Without a box: where that would break a phrase, and for a list that is as long as there are accounts."""
        widths = _widths(table)
        lines: list[RenderableType] = ["", _whole(table.title, "bold")]
        if table.columns:
            lines.append(_whole(_aligned(table, widths, _header(table)), "bold"))
            lines.append(self._line * _width_of(widths))
        for row in table.rows:
            lines += self._row(row, _aligned(table, widths, row), max(self._width, _width_of(widths)))
        return Group(*lines)

    def _row(self, row: Row, line: str, room: int) -> Iterator[RenderableType]:
        noted = f"{line}{' ' * (_GAP if row.cells else 1)}{row.note}"
        if row.wraps:
            yield from _wrapped(line, row.style, room)
        elif row.note and cell_len(noted) <= room:
            yield _whole(noted, row.style)
        elif line:
            yield _whole(line, row.style)
            if row.note:
                indent = len(line) - len(line.lstrip()) + _INDENT
                yield from _wrapped(" " * indent + row.note, row.style, room)
        yield from self._details(row.details, _INDENT if line else 0, room)

    def _details(self, details: Sequence[Detail], indent: int, room: int) -> Iterator[RenderableType]:
        """Lines that begin with a label and wrap behind it; where there is little room, below it."""
        if not details:
            return
        if room < _WIDTH_WITHOUT_TERMINAL - _FRAME:
            for detail in details:
                label, style = f"{detail.label}: ", _style_of(detail)
                for line in detail.text.splitlines():
                    yield from _wrapped(f"{' ' * indent}{label}{line}", style, room)
                    label = ""
            return
        grid = RichTable.grid(padding=(0, 1, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        for detail in details:
            style = _style_of(detail)
            grid.add_row(Text(f"{detail.label}:", style=style or "bold"), Text(detail.text, style=style))
        yield Constrain(Padding(grid, (0, 0, 0, indent)), min(room, _WIDEST - _FRAME))

    # --- lists and words ------------------------------------------------------------------------------

    def _item_list(self, items: ItemList) -> RenderableType:
        """A table of whatever there are several of, or a sentence each; one line where that is nothing."""
        if not items.rows:
            return Group("", *_wrapped(f"{items.title}: {items.none}", "bold", self._limit))
        first, *others = items.columns
        columns = [Column(title, 0, left=items.columns[title] == "left") for title in others]
        rows = [Row(cells[0], cells[1:]) for cells in items.rows]
        table = TextTable(items.title, rows, first, columns)
        if _width_of(_widths(table)) <= self._limit:
            return self._plain(table)
        lines = (line for said in items.sentences for line in _wrapped(f"   {said}", "", self._limit))
        return Group("", _whole(items.title, "bold"), *lines)


def _wrapped(text: str, style: str, room: int) -> Iterator[Text]:
    """A sentence on as many lines as it takes; a word is never broken, and begins further left if it has to."""
    indent = len(text) - len(text.lstrip())
    line = " " * indent
    for word in text.split():
        longer = f"{line} {word}" if line.strip() else f"{line}{word}"
        if line.strip() and cell_len(longer) > room:
            yield _whole(line, style)
            longer = " " * max(min(indent + _INDENT, room - cell_len(word)), 0) + word
        line = longer
    yield _whole(line, style)


def _widths(table: TextTable) -> list[int]:
    """Of the phrases that have cells beside them, and of each column."""
    cells = [(row.phrase, *row.cells) for row in (_header(table), *table.rows) if row.cells]
    return [max(map(cell_len, column)) for column in zip(*cells, strict=True)] or [0]


def _width_of(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _least_width(table: TextTable, limit: int) -> int:
    """What the widest thing takes that must not be broken: a phrase or a word (of details in a small place)."""
    whole = [row.phrase for row in table.rows if not row.wraps]
    whole += (word for row in table.rows for word in row.note.split())
    whole += (word for row in table.rows if row.wraps for word in row.phrase.split())
    if limit < _WIDTH_WITHOUT_TERMINAL:
        whole += (word for row in table.rows for detail in row.details for word in detail.text.split())
    return max(map(cell_len, whole), default=0)


def _header(table: TextTable) -> Row:
    return Row(table.first, tuple(column.title for column in table.columns))


def _aligned(table: TextTable, widths: Sequence[int], row: Row) -> str:
    """The phrase and its cells, each cell below the title of its column."""
    if not row.cells:
        return row.phrase
    line = row.phrase + " " * (widths[0] - cell_len(row.phrase))
    for column, width, cell in zip(table.columns, widths[1:], row.cells, strict=True):
        space = " " * (width - cell_len(cell))
        line += " " * _GAP + (f"{cell}{space}" if column.left else f"{space}{cell}")
    return line.rstrip()


def _whole(text: str, style: str = "") -> Text:
    """A line that is never wrapped or cut."""
    return Text(text, style=style, no_wrap=True, overflow="ignore")


def _style_of(detail: Detail) -> str:
    return STYLES[detail.severity] if detail.severity and detail.label != "Do" else ""


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
