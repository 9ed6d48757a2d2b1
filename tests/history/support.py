"""Checks that never were, for histories that are as they would have left them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from kraken_accounts import Account
from kraken_accounts.history.model import Figures, Observation, Parts, Point, Snapshot
from kraken_accounts.history.reading import Reader
from kraken_accounts.history.store import History

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OURS = "a set of accounts"
NO_PARTS = Parts()
ALPHA, FINGERPRINT = "alpha", "0123456789ab"


def seen(
    selector: str = ALPHA,
    total: str | None = "100",
    holdings: Mapping[str, str] | None = None,
    *,
    fingerprint: str | None = FINGERPRINT,
    status: str = "trading",
    since: datetime | None = None,
    whole: bool = True,
    parts: Parts = NO_PARTS,
) -> Observation:
    """What a check found of an account; holdings are unknown where the total is."""
    amount = None if total is None else Decimal(total)
    known = amount is not None
    held = {asset: Decimal(units) for asset, units in (holdings or {}).items()} if known else None
    figures = Figures(status, amount, parts, ("spot",) if known else (), known, known and whole)
    return Observation(Account.called(selector), fingerprint, figures, since, held)


def check(at: datetime, *observations: Observation, quote: str = "USD", **prices: str) -> Snapshot:
    return Snapshot(at, quote, observations, {asset: Decimal(price) for asset, price in prices.items()})


def after(**more: float) -> datetime:
    """So long after noon."""
    return NOON + timedelta(**more)


def points_of(history: History, selector: str = ALPHA, quote: str = "USD", whose: str = OURS) -> list[Point]:
    """All of the Kraken account that was found last under that name."""
    with history.reader(whose) as reader:
        return all_points(reader, selector, quote)


def all_points(reader: Reader, selector: str = ALPHA, quote: str = "USD") -> list[Point]:
    series = next(one for one in reader.series() if one.account.selector == selector)
    return reader.points(series, quote, datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))


def totals(points: list[Point]) -> list[str | None]:
    return [None if point.figures.total is None else str(point.figures.total) for point in points]


def held_at(history: History, at: datetime, selector: str = ALPHA) -> dict[str, str] | None:
    """The amounts at the point of that time."""
    with history.reader(OURS) as reader:
        series = next(one for one in reader.series() if one.account.selector == selector)
        point = next(one for one in all_points(reader, selector) if one.at == at)
        found = reader.holdings(series, "USD", point)
    return None if found is None else {held.asset: str(held.amount) for held in found}
