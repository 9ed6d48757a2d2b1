"""Looks back from a check: at how it was at an earlier time, and at what this day and month have brought."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import localcontext

from .. import money
from ..accounts import Account
from ..config import Settings
from ..memory.file import set_of
from ..report.changes import Paid, Past, compared
from ..report.differences import Gains, RunningGain
from ..report.model import Report, in_sum
from ..report.verdict import Status
from ..spans import Span
from .answering import OpenedBooks, open_books
from .database import StoreTrouble
from .identity import one_of
from .model import Point
from .moments import from_stored, to_stored
from .performance import AccountBooks
from .reading import Reader
from .recording import done_with_store
from .store import History
from .together import Together
from .track import total_of

_Books = AccountBooks | Together


@dataclass(frozen=True, slots=True)
class LookedBack:
    """What the history says of a report, whose points it has.

    Attributes:
        past: how the accounts were at the time that was asked for, by selector.
        paid_in_all: what all of them were paid and have paid since then; None if unknown.
        gains: of the running day and month, by selector; empty unless asked for.
        gains_in_all: of all accounts together; None unless asked for.
    """

    past: Mapping[str, Past]
    paid_in_all: Paid | None
    gains: Mapping[str, Gains]
    gains_in_all: Gains | None


def with_history(
    history: History, report: Report, settings: Settings, asked: datetime | None, *, gains: bool
) -> Report | StoreTrouble:
    """The report with what the history tells beside it, or why that is not known.

    Args:
        report: of a check that the history has.
        asked: the time to look back to (UTC); None for none.
        gains: whether to look at the running day and month.
    """

    def read() -> LookedBack:
        with history.reader(set_of(settings)) as reader:
            return look_back(reader, report, asked, gains=gains)

    found = done_with_store(read)
    if isinstance(found, StoreTrouble):
        return found
    if asked is not None:
        report = compared(report, found.past, asked, found.paid_in_all)
    accounts = (replace(one, gains=found.gains.get(one.account.selector)) for one in report.accounts)
    return replace(report, accounts=tuple(accounts), gains=found.gains_in_all)


def look_back(reader: Reader, report: Report, asked: datetime | None, *, gains: bool) -> LookedBack:
    """What a store has to say of the report of a check that it has the points of.

    Args:
        asked: the time to look back to (UTC); None for none.
        gains: whether to look at the running day and month.
    """
    # No sum of amounts is ever rounded.
    with localcontext(money.EXACT):
        return _Look(reader, report, asked, gains).back()


class _Look:
    def __init__(self, reader: Reader, report: Report, asked: datetime | None, gains: bool) -> None:
        self._reader = reader
        self._report = report
        self._asks_gains = gains
        # Of this very check, as the store has its time.
        self._now = from_stored(to_stored(report.generated_at))
        today = self._now.replace(hour=0, minute=0, second=0, microsecond=0)
        self._running_spans = (Span(today, self._now), Span(today.replace(day=1), self._now))
        self._bases: dict[Account, Point] = {} if asked is None else dict(self._points_at(asked))

    def back(self) -> LookedBack:
        boundaries = {
            account.account: [*begins, self._now]
            for account in self._report.accounts
            if account.whole and in_sum(account) and (begins := [*self._begins_of(account.account)])
        }
        opened = open_books(self._reader, boundaries, self._report.quote)
        books = {one.track.account: one for one in opened.books}
        past = {account.selector: self._past(base, books.get(account)) for account, base in self._bases.items()}
        asked = (one for one in self._report.accounts if one.status is not Status.NOT_CONFIGURED)
        accounts = [one.account for one in asked if not one.is_disabled] if self._asks_gains else []
        return LookedBack(
            past,
            self._paid_in_all(opened),
            {account.selector: self._gains(books.get(account)) for account in accounts},
            self._gains(opened.together if self._report.totals.whole else None) if self._asks_gains else None,
        )

    def _begins_of(self, account: Account) -> Iterator[datetime]:
        """The times at which figures of it begin."""
        if account in self._bases:
            yield self._bases[account].at
        if self._asks_gains:
            yield from (span.start for span in self._running_spans)

    def _points_at(self, asked: datetime) -> Iterator[tuple[Account, Point]]:
        """The last whole ones until then, of the same Kraken accounts and of the same wallets."""
        series, covers = self._reader.series(), ("spot", "earn") if self._report.with_wallets else ("spot",)
        for account in self._report.accounts:
            known = [one for one in series if one.account == account.account]
            whose = one_of(known, account.account_fingerprint)
            if whose is None:
                continue
            point = self._reader.last_until(whose, self._report.quote, asked, covers=covers)
            if point is not None:
                yield account.account, point

    def _past(self, base: Point, books: AccountBooks | None) -> Past:
        paid = None if books is None else self._paid(books, base.at)
        total = money.rounded(total_of(base), self._report.quote)  # the store has no zeros at the end
        return Past(base.figures.status, base.at, total, base.at, paid)

    def _paid_in_all(self, opened: OpenedBooks) -> Paid | None:
        """Known only where all are compared with one and the same check."""
        bases = {self._bases[a].at if (a := one.track.account) in self._bases else None for one in opened.books}
        base = bases.pop() if len(bases) == 1 and self._report.totals.whole else None
        return None if base is None else self._paid(opened.together, base)

    def _paid(self, books: _Books, since: datetime) -> Paid | None:
        found = books.performance(Span(since, self._now))
        if found.began != since or found.ended != self._now or found.deposits is None or found.withdrawals is None:
            return None
        return found.deposits, found.withdrawals

    def _gains(self, books: _Books | None) -> Gains:
        """Of nobody where a total of this check is not known."""
        return Gains() if books is None else Gains(*(self._running(books, span) for span in self._running_spans))

    def _running(self, books: _Books, span: Span) -> RunningGain:
        found = books.performance(span)
        if found.ended != self._now:
            return RunningGain()
        return RunningGain(found.began, found.deposits, found.withdrawals, found.gain, found.complete)
