"""What the history has of one account in a span, as figures are made from it: plain data, whatever kept it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from ..accounts import Account
from ..spans import Span
from .ledger_model import LedgerCoverage, ValuedEntry
from .model import Point


class Look(Protocol):
    """What the check of a point found beside the total."""

    def amounts(self, point: Point) -> Mapping[str, Decimal] | None:
        """How much of each asset the account held, by common ticker; None if unknown."""

    def price(self, asset: str, point: Point) -> Decimal | None:
        """Of one unit, in the quote currency; None if there was none."""


@dataclass(frozen=True, slots=True)
class Track:
    """One account between two times.

    Attributes:
        points: those with a whole total, the earliest first, which all cover the same wallets: at least the last
            of each day, and the nearest ones before the span and around each flow.
        entries: of its ledger, from before the first point on, the earliest first.
        known: of which times all entries are there; None where the ledger was never asked for.
        own: the ids of entries that are one side of a transfer between two of the operator's own accounts.
        uncovered: until when its totals covered other wallets than those of the points; None if they never did.
        reduced: the last of the points of which what is in Earn was taken, so that all cover the same wallets;
            None if none is.
        others: when another Kraken account was found under its name; its points are none of these.
    """

    account: Account
    points: Sequence[Point]
    entries: Sequence[ValuedEntry]
    known: LedgerCoverage | None
    look: Look
    own: frozenset[str] = frozenset()
    uncovered: datetime | None = None
    reduced: datetime | None = None
    others: Span | None = None
    covers: tuple[str, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        if self.points:
            object.__setattr__(self, "covers", self.points[-1].figures.covers)


def total_of(point: Point) -> Decimal:
    """The total of a whole point.

    Raises:
        ValueError: it has none, so it is no whole one.
    """
    if point.figures.total is None:
        raise ValueError("a point without a total")
    return point.figures.total
