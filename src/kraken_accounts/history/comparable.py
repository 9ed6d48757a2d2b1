"""Which wallets the totals of a time are compared by: one check may count what is in Earn, and another not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from .. import money
from .model import Parts, Point

SPOT = ("spot",)
EARN = "earn"
SPOT_AND_EARN = (*SPOT, EARN)


def wallets_compared(points: Collection[Point]) -> tuple[str, ...]:
    """The wallets that as much as can be of the time is compared by; of what can be compared as long, the more.

    Args:
        points: at least one.
    """
    kinds = {point.figures.covers for point in points}
    earliest, latest = min(point.at for point in points), max(points, key=lambda point: point.at)
    if kinds != {SPOT, SPOT_AND_EARN} or any(as_covering(point, SPOT) is None for point in points):
        return latest.figures.covers
    wider = [point.at for point in points if point.figures.covers == SPOT_AND_EARN]
    lasted = max(wider) - min(wider)
    return SPOT_AND_EARN if lasted and 2 * lasted >= latest.at - earliest else SPOT


def as_covering(point: Point, covers: tuple[str, ...]) -> Point | None:
    """The point as it would be if its check had counted these wallets; None where nobody knows."""
    figures = point.figures
    if figures.covers == covers:
        return point
    if (figures.covers, covers) != (SPOT_AND_EARN, SPOT) or figures.total is None or figures.parts.earn is None:
        return None
    total = money.EXACT.subtract(figures.total, figures.parts.earn)
    parts = Parts(figures.parts.available, figures.parts.in_orders)
    return Point(point.at, replace(figures, total=total, covers=covers, parts=parts))
