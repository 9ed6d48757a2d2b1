"""Makes the statement: what a store has of the accounts that are asked for, and what comes of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import localcontext

from .. import money
from ..accounts import Account
from ..kraken.ledger_types import Meaning
from ..spans import Span
from .model import Series
from .own_transfers import own_transfers
from .performance import AccountBooks
from .periods import By, periods
from .reading import Reader
from .statement import Statement, account_statement
from .together import Leg, Together
from .track import Track
from .tracking import TrackReader


class TwoCurrencies(Exception):
    """Totals of several currencies do not add up: one has to be chosen.

    Attributes:
        quotes: those that there are.
    """

    def __init__(self, quotes: Collection[str]) -> None:
        super().__init__(", ".join(sorted(quotes)))
        self.quotes = tuple(sorted(quotes))


def quote_of(reader: Reader, wanted: str | None) -> str | None:
    """The currency of the totals; None if there are no points in it.

    Args:
        wanted: by its common ticker, in any case; None for the only one that there is.

    Raises:
        TwoCurrencies: there are several, and none is wanted.
    """
    quotes = reader.quotes()
    if wanted is not None:
        return next((quote for quote in quotes if quote.casefold() == wanted.casefold()), None)
    if len(quotes) > 1:
        raise TwoCurrencies(quotes)
    return next(iter(quotes), None)


def make_statement(
    reader: Reader,
    accounts: Sequence[Account],
    quote: str,
    span: Span,
    by: By,
    *,
    demo: bool,
    now: datetime,
) -> Statement:
    """What these accounts have made.

    Args:
        accounts: in the order in which they are to be told.
        now: when that is asked (UTC).
    """
    # No sum of amounts is ever rounded.
    with localcontext(money.EXACT):
        return _made(reader, accounts, quote, span, by, demo, now)


def _made(
    reader: Reader, accounts: Sequence[Account], quote: str, span: Span, by: By, demo: bool, now: datetime
) -> Statement:
    ends = [*dict.fromkeys(end for period in periods(span, by) for end in (period.start, period.end))]
    opened = open_books(reader, dict.fromkeys(accounts, ends), quote)
    statements = []
    for there, books in zip(opened.readers, opened.books, strict=True):
        last = books.last_of(span)
        held = None if last is None else there.holdings(books.track.points[last])
        statements.append(account_statement(books, span, by, quote, held))
    return Statement(demo, now, quote, span, by, tuple(statements), opened.together.statement(span, by))


@dataclass(frozen=True, slots=True)
class OpenedBooks:
    """The books of several accounts, in the order in which they were asked for.

    Attributes:
        readers: what each was read by.
        together: all of them as one.
    """

    readers: Sequence[TrackReader]
    books: Sequence[AccountBooks]
    together: Together


def open_books(reader: Reader, boundaries: Mapping[Account, Sequence[datetime]], quote: str) -> OpenedBooks:
    """Read what a store has of these accounts.

    Args:
        boundaries: of each account the times at which its figures begin or end, at least one.
    """
    series = reader.series()
    readers = [TrackReader(reader, account, _of(series, account), quote) for account in boundaries]
    tracks = [
        there.track(Span(min(ends), max(ends)), ends)
        for there, ends in zip(readers, boundaries.values(), strict=True)
    ]
    transfers = _transfers(tracks)
    books = []
    for track, ends in zip(tracks, boundaries.values(), strict=True):
        selector = track.account.selector
        own = frozenset(id_ for pair in transfers for whose, id_ in pair if whose == selector)
        books.append(AccountBooks(replace(track, own=own), quote, ends))
    return OpenedBooks(readers, books, Together(books, transfers))


def _of(series: Iterable[Series], account: Account) -> list[Series]:
    return [one for one in series if one.account == account]


def _transfers(tracks: Iterable[Track]) -> list[tuple[Leg, Leg]]:
    """Those between two of these accounts."""
    flows = {
        track.account.selector: [v.entry for v in track.entries if v.entry.meaning is Meaning.FLOW]
        for track in tracks
    }
    owners = {id(entry): selector for selector, entries in flows.items() for entry in entries}
    return [
        ((owners[id(one.sent)], one.sent.id), (owners[id(one.received)], one.received.id))
        for one in own_transfers(flows)
    ]
