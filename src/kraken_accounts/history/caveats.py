"""What figures do not cover, in words: nothing is left out of them, or put into them, in silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from .. import money
from ..spans import Span
from ..text import printable
from .intervals import Interval
from .ledger_model import ValuedEntry
from .matching import UNDER_WAY
from .performance import AccountBooks, is_near

_A_DAY = timedelta(days=1)
_MOST = 3  # of one kind that are told one by one
_LONGEST = 60  # characters of a name that somebody else has given


class CaveatCode(StrEnum):
    """What it is, for programs."""

    NO_POINTS = "no-points"
    ONE_POINT = "one-point"
    BEGINS_LATER = "begins-later"
    ENDS_EARLIER = "ends-earlier"
    GAP = "gap"
    OTHER_WALLETS = "other-wallets"
    OTHER_ACCOUNT = "other-account"
    INCOMPLETE_TOTAL = "incomplete-total"
    LEDGER_UNKNOWN = "ledger-unknown"
    FLOW_WITHOUT_WORTH = "flow-without-worth"
    NOT_COUNTED = "not-counted"
    UNKNOWN_TYPE = "unknown-type"
    UNEXPLAINED = "unexplained"
    FEES_UNKNOWN = "fees-unknown"
    REWARDS_UNKNOWN = "rewards-unknown"
    MISSING_ACCOUNT = "missing-account"
    OWN_TRANSFERS = "own-transfers"


@dataclass(frozen=True, slots=True)
class Caveat:
    """One of them; `message` is a part of a sentence that begins with the account."""

    code: CaveatCode
    message: str


def caveats(books: AccountBooks, span: Span, quote: str) -> tuple[Caveat, ...]:
    """Those of an account's figures over a span."""
    return tuple(_caveats(books, span, quote))


def moment(at: datetime) -> str:
    """A time for people."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def gaps(books: AccountBooks, first: int, last: int) -> list[Span]:
    """The times between two points with whole days of UTC without any."""
    times = [point.at for point in books.track.points[first : last + 1]]
    return [Span(before, after) for before, after in pairwise(times) if after.date() - before.date() > _A_DAY]


def _caveats(books: AccountBooks, span: Span, quote: str) -> Iterator[Caveat]:
    track = books.track
    if track.others is not None:
        yield Caveat(
            CaveatCode.OTHER_ACCOUNT,
            f"until {moment(track.others.end)} its name was that of another Kraken account, which is not counted",
        )
    if track.uncovered is not None:
        yield Caveat(
            CaveatCode.OTHER_WALLETS,
            f"until {moment(track.uncovered)} its totals covered other wallets than later, and are not compared",
        )
    if track.reduced is not None:
        yield Caveat(
            CaveatCode.OTHER_WALLETS,
            f"some of its totals, the last one of {moment(track.reduced)}, count what is in Earn and others do "
            "not: compared is the spot balance alone",
        )
    ends = books.ends_of(span)
    if ends is None:
        yield _too_few_points(books, span)
        return
    first, last = ends
    points = track.points
    if points[first].at > span.start:
        yield Caveat(CaveatCode.BEGINS_LATER, f"its first whole total since then is of {moment(points[first].at)}")
    if not is_near(points[last].at, span.end):
        yield Caveat(CaveatCode.ENDS_EARLIER, f"its last whole total is of {moment(points[last].at)}")
    yield from _gaps(gaps(books, first, last))
    for index, when in ((first, "first"), (last, "last")):
        if not points[index].figures.complete:
            yield Caveat(
                CaveatCode.INCOMPLETE_TOTAL, f"its {when} total leaves out what has no price, or was not told"
            )
    yield from _of_the_ledger(books, first, last, quote)


def _too_few_points(books: AccountBooks, span: Span) -> Caveat:
    last = books.last_of(span)
    if last is None:
        return Caveat(CaveatCode.NO_POINTS, "no check has found a whole total in this time")
    at = books.track.points[last].at
    return Caveat(CaveatCode.ONE_POINT, f"there is one whole total in this time, of {moment(at)}; it takes two")


def _gaps(found: Sequence[Span]) -> Iterator[Caveat]:
    for gap in found[:_MOST]:
        yield Caveat(CaveatCode.GAP, f"there is no whole total between {moment(gap.start)} and {moment(gap.end)}")
    if len(found) > _MOST:
        yield Caveat(CaveatCode.GAP, f"there are {len(found) - _MOST} more gaps of a day or more")


def _of_the_ledger(books: AccountBooks, first: int, last: int, quote: str) -> Iterator[Caveat]:
    points, known = books.track.points, books.track.known
    if known is None or not known.spans:
        yield Caveat(
            CaveatCode.LEDGER_UNKNOWN,
            "its ledger was not read, so nobody knows what was paid in or out, or gained; "
            "its key needs the permission Query ledger entries",
        )
        return
    if not known.covers(points[first].at, points[last].at - UNDER_WAY):
        read = " and ".join(f"from {moment(span.start)} to {moment(span.end)}" for span in known.spans[-_MOST:])
        yield Caveat(CaveatCode.LEDGER_UNKNOWN, f"of its ledger only what is {read} was read so far")
    within = books.between(first, last)
    yield from _entries(
        CaveatCode.FLOW_WITHOUT_WORTH, "of which nobody knows what it was worth", [s.without_worth for s in within]
    )
    yield from _entries(
        CaveatCode.NOT_COUNTED, "which has no price and is in no total", [s.not_counted for s in within]
    )
    if unknown := sorted({name for interval in within for name in interval.unknown_types}):
        names = ", ".join(printable(name, _LONGEST) for name in unknown[:_MOST])
        yield Caveat(
            CaveatCode.UNKNOWN_TYPE,
            f"its ledger has entries of unknown types ({names}), which are counted as unexplained",
        )
    yield from _differences(books, [one for one in within if one.unexplained and one.differences], quote)
    if any(interval.fees_unknown for interval in within):
        yield Caveat(CaveatCode.FEES_UNKNOWN, "nobody knows what some of its fees were worth")
    if any(interval.rewards_unknown for interval in within):
        yield Caveat(CaveatCode.REWARDS_UNKNOWN, "nobody knows what some of its rewards were worth")


def _entries(code: CaveatCode, what: str, found: Iterable[Sequence[ValuedEntry]]) -> Iterator[Caveat]:
    entries = [valued.entry for of_step in found for valued in of_step]
    for entry in entries[:_MOST]:
        way = "came in" if entry.amount > 0 else "went out"
        amount, asset = money.plain(entry.amount.copy_abs()), printable(entry.asset, _LONGEST)
        yield Caveat(code, f"{amount} {asset} {way} at {moment(entry.at)}, {what}")
    if len(entries) > _MOST:
        yield Caveat(code, f"{len(entries) - _MOST} more came in or went out, {what}")


def _differences(books: AccountBooks, found: Sequence[Interval], quote: str) -> Iterator[Caveat]:
    points = books.track.points
    for interval in found[:_MOST]:
        before, after = points[interval.index - 1].at, points[interval.index].at
        amounts = ", ".join(_signed(amount, asset) for asset, amount in sorted(interval.differences.items()))
        yield Caveat(
            CaveatCode.UNEXPLAINED,
            f"its balances have changed by {amounts} ({money.formatted(interval.unexplained, quote)}) between "
            f"{moment(before)} and {moment(after)}, and no entry of its ledger tells of that",
        )
    if len(found) > _MOST:
        worth = money.total(interval.unexplained for interval in found[_MOST:])
        yield Caveat(
            CaveatCode.UNEXPLAINED,
            f"{len(found) - _MOST} more such changes come to {money.formatted(worth, quote)}",
        )


def _signed(amount: Decimal, asset: str) -> str:
    return f"{'+' if amount > 0 else ''}{money.plain(amount)} {printable(asset, _LONGEST)}"
