"""What a format is given and what it gives back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from ..report.news import News

FLEET = 20
"""How many accounts it takes for the tables of a fleet, unless told otherwise."""


class Sort(StrEnum):
    """What accounts are listed by."""

    NAME = "name"
    TOTAL = "total"
    STATUS = "status"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class View:
    """Where a report will be seen, and how much of it.

    Attributes:
        assets: also what each account holds.
        activity: also its open orders and positions.
        fleet: whether tables group what needs doing by its cause, and take a line an account; None leaves that to
            the number of accounts.
        sort: in which order formats for people list the accounts.
        only_problems: whether formats for people leave the accounts that are fine out of their lists.
        periods: also what was made in each day, week or month.
        width: columns of the terminal; None where there is none, as in a pipe, a file or a log.
        color: whether ANSI colours are welcome.
        encoding: of the place where it will be seen; what that lacks is written in other characters.
        news: what is new to those who will see it, which is all that formats for people show then; None for the
            whole report.
    """

    assets: bool = False
    activity: bool = False
    fleet: bool | None = None
    sort: Sort = Sort.NAME
    only_problems: bool = False
    periods: bool = False
    width: int | None = None
    color: bool = False
    encoding: str = "utf-8"
    news: tuple[News, ...] | None = None


class Outcome(Protocol):
    """Any report: of a check, or of an audit."""

    @property
    def exit_code(self) -> int:
        """What the process ends with."""


Reported = TypeVar("Reported", bound=Outcome)


class Format(ABC, Generic[Reported]):
    """One way to show a report.

    Attributes:
        is_state: whether somebody reads it each time to see how things are, so that it is the same with news or
            without.
    """

    is_state = False

    @abstractmethod
    def render(self, report: Reported, view: View) -> str:
        """The whole of the output, with its last line ended."""

    def exit_code(self, report: Reported) -> int:
        """What the process ends with: the report's own code, where the format has none of its own."""
        return int(report.exit_code)

    def refusal(self, message: str, view: View) -> tuple[str, int] | None:  # noqa: ARG002 - most have no words for it
        """What to write, and what the process ends with, when the configuration cannot be used.

        None where the format has nothing to say without a report.

        Args:
            message: why it cannot be used, one sentence.
        """
        return None
