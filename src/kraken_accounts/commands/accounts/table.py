"""The accounts that are known, as a table; loaded only where one is drawn."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from ...formats import View
from ...formats.layout import Canvas, Column, Row, TextTable
from ...formats.phrases import Detail
from ...memory.register import Listed
from ...text import fit
from .basics import NOT_CONFIGURED

_COLUMNS = (
    Column("Key", 0, left=True),
    Column("IIBAN", 0, left=True),
    Column("Last seen (UTC)", 0, left=True),
    Column("Then", 0, left=True),
    # Behind the others. They say themselves what they are, and so may stand below the line.
    Column("Since when", 2, left=True, stays=True),
    Column("Variables", 1, left=True, stays=True),
    Column("Read", 3, left=True, stays=True),
)
_GAP = 2  # columns between two of them


def table_of(rows: Sequence[Listed], view: View) -> str:
    """A line for each account; where there is no room for what has to stand side by side, some lines each."""
    place = _common_place(rows)
    lines = [tuple(fit(cell, view.encoding) for cell in _cells(row, place)) for row in rows]
    above = [] if place is None else [fit(f"Keys are {place}", view.encoding)]
    if view.width is None or _least_width(lines) <= view.width:
        beside = [Row(cells[0], cells[1:]) for cells in lines]
        return Canvas(view).draw([*above, TextTable("ACCOUNTS", beside, "Account", _COLUMNS, framed=False)])
    titles = [one.title for one in _COLUMNS]
    below = [
        Row(cells[0], details=tuple(Detail(*pair) for pair in zip(titles, cells[1:], strict=True) if pair[1]))
        for cells in lines
    ]
    return Canvas(view).draw([*above, TextTable("ACCOUNTS", below, framed=False)])


def _common_place(rows: Sequence[Listed]) -> str | None:
    """Where all keys are read; None where there are none, or not in one place."""
    places = {row.settings.place for row in rows if row.settings is not None and row.settings.place}
    return places.pop() if len(places) == 1 else None


def _least_width(lines: Sequence[tuple[str, ...]]) -> int:
    """Of the columns that never stand below a line."""
    titles = ("Account", *(one.title for one in _COLUMNS if not one.stays))
    columns = zip(titles, *(cells[: len(titles)] for cells in lines), strict=True)
    return sum(max(map(cell_len, column)) for column in columns) + _GAP * (len(titles) - 1)


def _cells(row: Listed, common_place: str | None) -> tuple[str, ...]:
    """Of the account and of each column; its place only where that is another than the common one."""
    entry, place = row.entry, NOT_CONFIGURED if row.settings is None else row.settings.place
    ending = "unknown" if row.identity is None else f"…{row.identity.last_four}"
    return (
        row.account.label,
        row.api_key or "none",
        f"{ending} (named)" if row.pinned is not None else ending,
        "never" if entry is None else f"{entry.last_seen:%Y-%m-%d %H:%M}",
        "" if entry is None else entry.earlier.status,
        "" if entry is None else f"known since {entry.first_seen:%Y-%m-%d}",
        f"{row.prefix}_…",
        "" if place == common_place else place,
    )
