"""What the history still needs of each account's ledger: all since the account's first point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..spans import Span, left_open
from .identity import one_of

AGAIN = timedelta(minutes=3)
"""So much of what is known is asked for again: Kraken may have booked something there since. It is more than what
`recording` takes for known after the question."""


@dataclass(frozen=True, slots=True)
class LedgerNeed:
    """Of one Kraken account.

    Attributes:
        series_id: of its history in the store.
        fingerprint: of it; None where Kraken has never told it.
        last_at: when it was checked last (UTC).
        since: when it was checked first (UTC): nobody asks for what was before.
        known: the times of which all entries are in the store.
        has_equities: whether it has ever held one.
    """

    series_id: int
    fingerprint: str | None
    last_at: datetime
    since: datetime
    known: tuple[Span, ...]
    has_equities: bool = False

    def wanted(self, until: datetime) -> tuple[Span, ...]:
        """What is to be read now: what is not known, and the last of what is."""
        believed = [Span(span.start, min(span.end, until) - AGAIN) for span in self.known]
        return left_open(Span(self.since, until), believed)

    def missing(self, until: datetime, read: Sequence[Span] = ()) -> tuple[Span, ...]:
        """What is not known, once these spans were read too."""
        return left_open(Span(self.since, until), (*self.known, *read))


@dataclass(frozen=True, slots=True)
class LedgerPlan:
    """Of all accounts.

    Attributes:
        needs: of each Kraken account that was found under a name, by the selector of that.
    """

    needs: Mapping[str, Sequence[LedgerNeed]] = field(default_factory=dict)

    def of(self, selector: str, fingerprint: str | None) -> LedgerNeed | None:
        """Of the account that is found under a name now; None if the history has nothing of it yet."""
        return one_of(self.needs.get(selector, ()), fingerprint)
