"""The report as lines for logs, mails and grep: each has the time and whose it is, and none is wrapped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..report.model import AccountReport, Report
from .activity import activity_in_short
from .arrangement import fine_and_not_listed, listed
from .interface import Format, View
from .item_lists import ItemLists
from .phrases import ALL_ACCOUNTS, NO_ACCOUNTS, STATUS_TITLE, SUMMARY_TITLE, Detail, Phrases
from .serialization import time
from .summary import Summary

if TYPE_CHECKING:
    from ..report.news import News


class TextFormat(Format[Report]):
    """The same lines as the tables of a few accounts, without boxes: `TIME USER (bravo): ✅ USER (bravo) is …`."""

    def render(self, report: Report, view: View) -> str:
        now = time(report.generated_at)
        lines = _lines(report, view) if view.news is None else _news(report, view.news, view.encoding)
        return "".join(f"{now} {whose}: {line}\n" for whose, line in lines)


def _lines(report: Report, view: View) -> Iterator[tuple[str, str]]:
    """Each with whose it is."""
    phrases, summary = Phrases(report, view.encoding), Summary(report, view.encoding)
    listings = ItemLists(report.quote, view.encoding)
    accounts = listed(report.accounts, view)
    for line in phrases.heading():
        yield ALL_ACCOUNTS, line
    yield ALL_ACCOUNTS, STATUS_TITLE
    if not report.accounts:
        yield ALL_ACCOUNTS, NO_ACCOUNTS
    for account in accounts:
        label = account.account.label
        yield label, phrases.status_since(account)
        for detail in (*_activity(account, report.quote, view.encoding), *phrases.details(account)):
            yield from _detail(label, detail)
    for detail in (*phrases.findings_of_the_run(), *phrases.information_lines()):
        yield from _detail(ALL_ACCOUNTS, detail)
    if left_out := fine_and_not_listed(report.accounts, view):
        yield ALL_ACCOUNTS, left_out
    yield ALL_ACCOUNTS, SUMMARY_TITLE
    for one in summary.lines(accounts):
        yield one.owner, f"{one.text} {one.missing}".rstrip()
    changes = list(summary.changes(accounts))
    if changes:
        yield ALL_ACCOUNTS, summary.changes_title()
    for whose, change in changes:
        yield whose, f"Change: {change}"
    for account in accounts:
        label = account.account.label
        for listing in listings.of(account, view):
            yield label, listing.title if listing.rows else f"{listing.title}: {listing.none}"
            for sentence in listing.sentences:
                yield label, f"   {sentence}"


def _activity(account: AccountReport, quote: str, encoding: str) -> Iterator[Detail]:
    if said := activity_in_short(account, quote, encoding):
        yield Detail("Activity", said)


def _news(report: Report, news: Sequence[News], encoding: str) -> Iterator[tuple[str, str]]:
    """Nothing but what is new; what concerns several accounts is said of all."""
    from .news import NO_NEWS, NewsInWords

    for line in Phrases(report, encoding).heading():
        yield ALL_ACCOUNTS, line
    pieces = list(NewsInWords(report.generated_at, encoding).pieces(news))
    if not pieces:
        yield ALL_ACCOUNTS, NO_NEWS
    for piece in pieces:
        if piece.title != piece.owner:
            yield piece.owner, piece.title
        for detail in piece.details:
            yield from _detail(piece.owner, detail)


def _detail(whose: str, detail: Detail) -> Iterator[tuple[str, str]]:
    first, *more = detail.text.splitlines() or [""]  # words of another host's report may be none
    yield whose, f"{detail.label}: {first}".rstrip()
    yield from ((whose, line) for line in more)


FORMAT = TextFormat()
