"""What a doctor has found: lines in sections, each of which stands by itself, and how they are written."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from ...text import fit, printable, signs

_log = logging.getLogger(__name__)

_LONGEST = 2000  # characters of a line


class Condition(Enum):
    """How it is."""

    FINE = "fine"
    NOTE = "note"
    UNKNOWN = "unknown"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was found.

    Attributes:
        remedy: what to do about it; empty where there is nothing to do.
    """

    condition: Condition
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Lines about one thing."""

    title: str
    lines: tuple[Line, ...]


def examined(title: str, look: Callable[[], Iterable[Line]]) -> Section:
    """What looking brought to light; a defect in that is a line too, below what was found before it."""
    lines = []
    try:
        for line in look():
            lines.append(line)
    except Exception as error:  # noqa: BLE001 - a part that fails must not cost the others
        _log.debug("the defect", exc_info=True)
        # An ImportError names the module; the words of others may hold anything.
        is_missing = isinstance(error, ImportError)
        why = printable(str(error)) if is_missing else f"a defect of kraken-accounts ({type(error).__name__})"
        remedy = "Install kraken-accounts anew." if is_missing else "-v shows where."
        lines.append(Line(Condition.UNKNOWN, f"the rest could not be looked at: {why}", remedy))
    return Section(title, tuple(lines))


def needing_attention(sections: Iterable[Section]) -> int:
    """How many lines are wrong, or unknown."""
    return sum(
        line.condition in (Condition.WRONG, Condition.UNKNOWN) for section in sections for line in section.lines
    )


def written(first: str, sections: Iterable[Section], last: str, *, width: int | None, encoding: str) -> str:
    """The sections as text. Words are never broken, nor anything cut off.

    Args:
        first, last: what stands before and after them.
        width: columns of the terminal; None where there is none, and each line is one.
        encoding: whose characters to use.
    """
    fine, wrong, unknown, _ = signs(encoding)
    shown = {Condition.FINE: fine, Condition.NOTE: "-", Condition.UNKNOWN: unknown, Condition.WRONG: wrong}
    # The signs that are no letters are two columns wide.
    columns = {sign: len(sign) if sign.isascii() else 2 for sign in shown.values()}
    margin = max(columns.values()) + 1
    lines = [*_wrapped("", first, 0, width)]
    for section in sections:
        lines += ["", section.title]
        for line in section.lines:
            sign = shown[line.condition]
            first = sign + " " * (margin - columns[sign])
            lines += _wrapped(first, line.text, margin, width)
            if line.remedy:
                lines += _wrapped(f"{' ' * margin}Do: ", line.remedy, margin + 4, width)
    lines += ["", last]
    return "".join(f"{fit(line, encoding)}\n" for line in lines)


def _wrapped(first: str, text: str, indent: int, width: int | None) -> Iterator[str]:
    """A sentence on as many lines as it takes.

    Args:
        first: what stands before it, in as many columns as further lines are indented by.
    """
    line, taken, begun = first, indent, False
    for word in printable(text, _LONGEST).split(" "):
        if begun and width is not None and taken + 1 + len(word) > width:
            yield line
            line, taken, begun = " " * indent, indent, False
        line += f" {word}" if begun else word
        taken += len(word) + begun
        begun = True
    yield line
