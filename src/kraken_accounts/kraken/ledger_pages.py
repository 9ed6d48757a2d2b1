"""Reads a ledger between two times, page by page, so that nothing of it is lost or believed to be known.

Kraken gives the newest entries first and, for the next page, leaves out as many as it is told. Entries that come
meanwhile would move all others: so each window has an end that stays, its pages overlap by an entry, and an entry
is known by its id. Only what lies after the oldest entry of a full page counts as read, since others of the same
time may be on the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ..spans import Span
from .errors import KrakenError, UnexpectedAnswer
from .ledger import PAGE, BookEntry, LedgerPage

Ask = Callable[[int, int, int], LedgerPage]
"""Asks for a page by start, end and offset, see `AccountReader.get_ledger_page`."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class LedgerRead:
    """What was read of a ledger.

    Attributes:
        entries: each once.
        spans: the times of which all entries are among them.
        failure: what ended it early; None where all was read, or as many pages as were allowed.
    """

    entries: tuple[BookEntry, ...] = ()
    spans: tuple[Span, ...] = ()
    failure: KrakenError | None = None


def read_ledger(ask: Ask, wanted: Sequence[Span], may_ask: Callable[[], bool]) -> LedgerRead:
    """Read all between some times, the latest first, for as long as that may go on.

    What was read before a failure is kept.

    Args:
        may_ask: asked before each page.
    """
    entries: dict[str, BookEntry] = {}
    spans: list[Span] = []
    failure = None
    try:
        for span in sorted(wanted, key=lambda span: span.end, reverse=True):
            window = _Window(span)
            try:
                while window.left and may_ask():
                    window.read_page(ask)
            finally:
                entries |= window.seen
                spans.append(Span(window.read_from, span.end))
            if window.left:
                break
    except KrakenError as error:
        failure = error
    return LedgerRead(tuple(entries.values()), tuple(span for span in spans if span.start < span.end), failure)


@dataclass(slots=True)
class _Window:
    """All between two times, from the end on.

    Attributes:
        seen: what was read, by id.
        oldest: the time of the oldest of these.
        offset: of the next page.
        left: whether there is more.
    """

    span: Span
    seen: dict[str, BookEntry] = field(default_factory=dict)
    oldest: datetime | None = None
    offset: int = 0
    left: bool = True

    @property
    def read_from(self) -> datetime:
        """All of the window that is after this time was read."""
        if not self.left:
            return self.span.start
        return self.span.end if self.oldest is None else min(self.oldest, self.span.end)

    def read_page(self, ask: Ask) -> None:
        """Raises:
        KrakenError: there is no answer, or none that can be a page of this window.
        """
        # A second more at both ends: whether Kraken means a time to be in it or not, it is.
        start = (self.span.start - _EPOCH) // _SECOND - 1
        end = (self.span.end - _EPOCH) // _SECOND + 1
        page = ask(start, end, self.offset)
        fresh = [entry for entry in page.entries if entry.id not in self.seen]
        self._require_next(page, fresh, start, end)
        more = len(page.entries) >= PAGE or (
            page.count is not None and page.count > self.offset + len(page.entries)
        )
        if more and not fresh:
            raise UnexpectedAnswer("the pages of Kraken's ledger repeat, and more are said to come")
        self.seen |= {entry.id: entry for entry in fresh}
        self.oldest = min((entry.at for entry in fresh), default=self.oldest)
        self.offset += max(len(page.entries) - 1, 0)
        self.left = more

    def _require_next(self, page: LedgerPage, fresh: Sequence[BookEntry], start: int, end: int) -> None:
        """Make sure that a page is of this window, and follows on what was seen of it.

        Raises:
            UnexpectedAnswer: it does not.
        """
        for entry in page.entries:
            if not start <= (entry.at - _EPOCH) // _SECOND <= end:
                raise UnexpectedAnswer(
                    f"Kraken's ledger has an entry of {entry.at:%Y-%m-%d %H:%M:%S} UTC, a time that it was not "
                    "asked for"
                )
            if self.seen.get(entry.id, entry) != entry:
                raise UnexpectedAnswer(f"Kraken tells its ledger entry {entry.id} in two ways")
        if self.seen and len(fresh) == len(page.entries):
            raise UnexpectedAnswer("the pages of Kraken's ledger do not join")
        if self.oldest is not None and any(entry.at > self.oldest for entry in fresh):
            raise UnexpectedAnswer("the pages of Kraken's ledger are not in the order of time")
