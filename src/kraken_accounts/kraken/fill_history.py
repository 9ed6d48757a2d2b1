"""What several answers tell together of an account's fills: the last one, and those of the last 24 hours.

One answer has fifty fills. Who has asked before asks since the last known one; where some fills of the last
24 hours were on no page, since 24 hours ago, so that Kraken's count is theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .errors import NotListedAnyMore, UnexpectedAnswer
from .fills import Fill, FillsPage

DAY = timedelta(hours=24)
MOST_KEPT = 500
"""Fills of an account; of more than that, only the newest are known one by one."""

# Fills of two markets may be listed in another order than they happened in.
_OVERLAP = timedelta(minutes=1)
_FUTURE = timedelta(minutes=1)  # more than both clocks and what rounds them can be apart


@dataclass(frozen=True, slots=True)
class FillHistory:
    """What is known of the fills of an account.

    Attributes:
        asked_at: when Kraken was asked last, by Kraken's clock (UTC).
        last: the newest fill; None where there has never been one.
        recent: the known ones of the 24 hours before `asked_at`, the newest first.
        whole_since: from when on none is missing from these; None for the very beginning.
        counted: how many there were in these 24 hours, where Kraken has counted what is not known one by one.
    """

    asked_at: datetime
    last: Fill | None
    recent: tuple[Fill, ...]
    whole_since: datetime | None
    counted: int | None = None

    @property
    def count(self) -> int:
        """How many there were in the 24 hours before `asked_at`, at least."""
        return len(self.recent) if self.counted is None else self.counted

    @property
    def is_exact(self) -> bool:
        """Whether that is how many there were."""
        return self.counted is not None or self._is_whole

    @property
    def all_known(self) -> bool:
        """Whether each of them is known."""
        return self.is_exact and self.count == len(self.recent)

    def seen_from(self, moment: datetime) -> FillHistory:
        """The same, where the key may see only what came later."""
        if moment <= _a_day_before(self.asked_at):
            return self
        return replace(self, whole_since=max(moment, self.whole_since or moment), counted=None)

    @property
    def _is_whole(self) -> bool:
        return self.whole_since is None or self.whole_since <= _a_day_before(self.asked_at)


def brought_up_to_date(
    known: FillHistory | None, now: datetime, ask: Callable[[datetime | None], FillsPage]
) -> FillHistory:
    """What is known once Kraken has been asked once more.

    Args:
        known: what earlier answers have told; None if nothing is known.
        now: by Kraken's clock (UTC).
        ask: gives the newest fills since a time in whole seconds, that second itself excluded; or since ever.

    Raises:
        UnexpectedAnswer: a fill is of the future.
        NotListedAnyMore: Kraken does not list the last known fill any more; to know more, ask again without it.
    """
    if known is None or known.last is None or max(known.last.time, known.asked_at) > now + _FUTURE:
        page = _believed(ask(None), now)
        newest = page.fills[0] if page.fills else None
        return _history(now, newest, page.fills, None if page.whole else page.fills[-1].time)
    start = _since(known, known.last, now)
    page = _believed(ask(start), now)
    return _joined(known, known.last, page, start, now)


def _since(known: FillHistory, last: Fill, now: datetime) -> datetime:
    """From when on to ask: from the last known one, unless that would leave fills of the day uncounted."""
    start = last.time - _OVERLAP
    if known.whole_since is not None and known.whole_since > _a_day_before(now):
        start = min(start, _a_day_before(now))
    return start.replace(microsecond=0)


def _believed(page: FillsPage, now: datetime) -> FillsPage:
    if page.fills and page.fills[0].time > now + _FUTURE:
        newest = page.fills[0]
        raise UnexpectedAnswer(f"trade {newest.fill_id} is of the future: {newest.time:%Y-%m-%d %H:%M:%S} UTC")
    return page


def _joined(known: FillHistory, last: Fill, page: FillsPage, start: datetime, now: datetime) -> FillHistory:
    listed = {fill.fill_id for fill in page.fills}
    if page.whole and last.fill_id not in listed:
        raise NotListedAnyMore(f"Kraken does not list trade {last.fill_id} any more, which was the last one")
    before = [fill for fill in known.recent if fill.time <= start]
    # What is on no page any more has been too long ago for one; or, where the page has all, was taken back.
    others = [f for f in known.recent if f.time > start and f.fill_id not in listed and not page.whole]
    none_missing = page.whole or last.fill_id in listed or len(listed) + len(others) == page.count
    counted = None
    if page.count is not None and page.is_consistent and start >= _a_day_before(now):
        counted = page.count + sum(fill.time > _a_day_before(now) for fill in before)
    return _history(
        now,
        page.fills[0],
        (*page.fills, *others, *before),
        known.whole_since if none_missing else page.fills[-1].time,
        counted,
    )


def _history(
    now: datetime,
    last: Fill | None,
    fills: Iterable[Fill],
    whole_since: datetime | None,
    counted: int | None = None,
) -> FillHistory:
    of_the_day = (fill for fill in fills if fill.time > _a_day_before(now))
    recent = tuple(sorted(of_the_day, key=lambda fill: fill.time, reverse=True))
    known = FillHistory(now, last, recent, whole_since, counted)
    if len(recent) > MOST_KEPT:
        kept = recent[:MOST_KEPT]
        return FillHistory(now, last, kept, kept[-1].time, known.count if known.is_exact else None)
    return known


def _a_day_before(now: datetime) -> datetime:
    """In whole seconds, as Kraken is asked."""
    return now.replace(microsecond=0) - DAY
