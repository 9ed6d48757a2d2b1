"""Reads from a store what figures are made from: for each account, the points of a span, and its ledger."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from ..accounts import Account
from ..kraken.ledger_types import Meaning
from ..spans import Span
from .comparable import as_covering, wallets_compared
from .ledger_model import ValuedEntry
from .matching import UNDER_WAY
from .model import Held, Point, Series
from .performance import is_near
from .reading import Reader
from .track import Track

_A_DAY = timedelta(days=1)
_SAME_CHECK = timedelta()


class TrackReader:
    """One account in a store.

    Args:
        series: of the Kraken account that was found last under its name; the others that ever were.
        quote: the currency of all totals.
    """

    def __init__(self, reader: Reader, account: Account, series: list[Series], quote: str) -> None:
        self._reader = reader
        self._account = account
        self._series = series
        self._quote = quote

    def track(self, span: Span, boundaries: Iterable[datetime]) -> Track:
        """What it has in a span.

        Args:
            boundaries: the times at which figures begin or end.
        """
        if not self._series:
            return Track(self._account, (), (), None, _Nothing())
        reader, series, quote = self._reader, self._series[0], self._quote
        found = {point.at: point for point in self._points(span, boundaries)}
        known, others = reader.ledger.coverage(series), self._others(span)
        if not found:
            return Track(self._account, (), (), known, _Nothing(), others=others)
        covers = wallets_compared(found.values())
        found |= {point.at: point for point in self._in_their_place(found.values(), covers)}
        compared = _comparable(found, covers)
        start, last = min(compared), max(compared)
        entries = reader.ledger.valued(series, quote, start - UNDER_WAY, last + UNDER_WAY)
        found |= {point.at: point for point in self._around(entries) if start <= point.at <= last}
        compared = _comparable(found, covers)
        # What is in Earn is among the amounts that such a check has found, and nobody knows which.
        blurred = {at for at, point in compared.items() if point != found[at] and found[at].figures.parts.earn}
        return Track(
            self._account,
            [compared[at] for at in sorted(compared)],
            entries,
            known,
            Found(reader, series, quote, blurred),
            uncovered=max((at for at in found if at < start), default=None),
            reduced=max((at for at, point in compared.items() if point != found[at]), default=None),
            others=others,
        )

    def holdings(self, point: Point) -> tuple[Held, ...] | None:
        """What it held at one of the points, in Earn too where that was asked."""
        return self._reader.holdings(self._series[0], self._quote, point)

    def _points(self, span: Span, boundaries: Iterable[datetime]) -> Iterator[Point]:
        """The last whole one of each day, and the nearest ones to each boundary that is not the end of a day."""
        reader, series, quote = self._reader, self._series[0], self._quote
        closings = reader.closings(series, quote, (span.start - _A_DAY).date(), span.end.date())
        found = [point for point in closings if point.at <= span.end]
        yield from found
        days = {point.at.date() for point in found}
        for boundary in boundaries:
            at_midnight = boundary.date() > (boundary - timedelta(microseconds=1)).date()
            if not (at_midnight and (boundary - _A_DAY).date() in days):
                before = reader.last_until(series, quote, boundary)
                if before is not None and is_near(before.at, boundary):
                    yield before
                after = reader.first_from(series, quote, boundary)
                if after is not None and after.at <= span.end:
                    yield after

    def _in_their_place(self, points: Iterable[Point], covers: tuple[str, ...]) -> Iterator[Point]:
        """For the last points of days that cannot be compared, the last ones of those days that can."""
        for point in points:
            if as_covering(point, covers) is None:
                other = self._reader.last_until(self._series[0], self._quote, point.at, covers=covers)
                if other is not None and other.at.date() == point.at.date():
                    yield other

    def _around(self, entries: Iterable[ValuedEntry]) -> Iterator[Point]:
        """The points next to each flow, so that its size weighs no return but that of the time between them."""
        reader, series, quote = self._reader, self._series[0], self._quote
        first = last = None
        for at in (v.entry.at for v in entries if v.entry.meaning in (Meaning.FLOW, Meaning.INTERNAL)):
            if first is not None and last is not None and first.at <= at <= last.at:
                continue  # between the same two as the one before it
            first, last = reader.last_until(series, quote, at), reader.first_from(series, quote, at)
            yield from (point for point in (first, last) if point is not None)

    def _others(self, span: Span) -> Span | None:
        """When another Kraken account was found under its name, in the span."""
        last = max((one.last_at for one in self._series[1:]), default=None)
        return None if last is None or last <= span.start else Span(span.start, last)


def _comparable(points: Mapping[datetime, Point], covers: tuple[str, ...]) -> dict[datetime, Point]:
    return {at: same for at, point in points.items() if (same := as_covering(point, covers)) is not None}


class Found:
    """What the checks of an account have found.

    Args:
        blurred: the points of which nobody knows the amounts that their totals count.
    """

    def __init__(self, reader: Reader, series: Series, quote: str, blurred: Collection[datetime]) -> None:
        self._reader = reader
        self._series = series
        self._quote = quote
        self._blurred = blurred
        self._held: dict[datetime, tuple[Held, ...] | None] = {}

    def amounts(self, point: Point) -> Mapping[str, Decimal] | None:
        held = None if point.at in self._blurred else self._at(point)
        return None if held is None else {one.asset: one.amount for one in held}

    def price(self, asset: str, point: Point) -> Decimal | None:
        for one in self._at(point) or ():
            if one.asset == asset:
                return one.price
        near = self._reader.price_near(asset, self._quote, point.at, _SAME_CHECK)
        return None if near is None else near.price

    def _at(self, point: Point) -> tuple[Held, ...] | None:
        if point.at not in self._held:
            self._held[point.at] = self._reader.holdings(self._series, self._quote, point)
        return self._held[point.at]


class _Nothing:
    def amounts(self, point: Point) -> Mapping[str, Decimal] | None:  # noqa: ARG002
        return None

    def price(self, asset: str, point: Point) -> Decimal | None:  # noqa: ARG002
        return None
