"""What a format is given and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

Reported_contra = TypeVar("Reported_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class View:
    """Where a report will be seen, and how much of it.

    Attributes:
        assets: also what each account holds.
        activity: also its open orders and positions.
        width: columns of the terminal; None where there is none, as in a pipe, a file or a log.
        color: whether ANSI colours are welcome.
        encoding: of the place where it will be seen; what that lacks is written in other characters.
    """

    assets: bool = False
    activity: bool = False
    width: int | None = None
    color: bool = False
    encoding: str = "utf-8"


class Format(Protocol[Reported_contra]):
    """One way to show a report."""

    def render(self, report: Reported_contra, view: View) -> str:
        """The whole of the output, with its last line ended."""
