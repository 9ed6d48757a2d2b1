"""The words and figures of a statement for people, which all formats for people share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import groupby

from .. import money
from ..history.performance import Performance
from ..history.periods import By
from ..history.statement import AccountStatement, Statement
from ..spans import Span
from ..text import fit
from .phrases import DEMO, sentence

UNKNOWN = "unknown"
COVERED = {"spot": "the spot wallet", "earn": "what is in Earn", "margin": "open margin positions"}
_PLACES = 2  # of a percentage


class HistoryPhrases:
    """Says what a statement says, in characters that an encoding has."""

    def __init__(self, statement: Statement, encoding: str = "utf-8") -> None:
        self._statement = statement
        self._encoding = encoding

    def fit(self, text: str) -> str:
        """The text without any character that the encoding lacks."""
        return fit(text, self._encoding)

    def headings(self) -> Iterator[str]:
        """What stands above it: whether it is a demo, and of which time it is."""
        if self._statement.demo:
            yield DEMO
        yield self.fit(f"Since {self.since()} · until {self.until()} · amounts in {self._statement.quote}")

    def since(self) -> str:
        return f"{self._statement.span.start:%Y-%m-%d %H:%M} UTC"

    def until(self) -> str:
        return f"{self._statement.span.end:%Y-%m-%d %H:%M} UTC"

    def amount(self, amount: Decimal | None) -> str:
        return UNKNOWN if amount is None else money.formatted(amount, self._statement.quote, self._encoding)

    def difference(self, amount: Decimal | None) -> str:
        """With its sign."""
        return f"+{self.amount(amount)}" if amount is not None and amount > 0 else self.amount(amount)

    def rate(self, rate: Decimal | None) -> str:
        """In percent, with its sign."""
        if rate is None:
            return UNKNOWN
        percent = round(100 * rate, _PLACES)
        return f"{'+' if percent > 0 else ''}{percent if percent else abs(percent):f} %"

    def period(self, performance: Performance) -> str:
        """A day, the days of a week, or a month; with the days of it, where it is a part."""
        start, end = performance.span.start, performance.span.end - timedelta(microseconds=1)
        if self._statement.by is By.DAY:
            return f"{start:%Y-%m-%d}"
        if self._statement.by is By.MONTH and start.day == 1 and (end + timedelta(days=1)).day == 1:
            return f"{start:%Y-%m}"
        return f"{start:%Y-%m-%d} to {end:%m-%d}"

    def periods(self, account: AccountStatement) -> Iterator[tuple[str, Performance]]:
        """Each with its name; several in a row of which nothing is known are one."""
        for is_known, several in groupby(account.periods, key=_is_known):
            found = list(several)
            if is_known or len(found) == 1:
                yield from ((self.period(one), one) for one in found)
                continue
            span = Span(found[0].span.start, found[-1].span.end)
            last = span.end - timedelta(microseconds=1)
            yield f"{span.start:%Y-%m-%d} to {last:%Y-%m-%d}", Performance(span)

    def caveats(self, account: AccountStatement) -> Iterator[str]:
        """A sentence each."""
        for caveat in account.caveats:
            yield self.fit(sentence(caveat.message))

    def covers(self, account: AccountStatement) -> str:
        """What its totals count."""
        return " and ".join(COVERED.get(one, one) for one in account.covers) or UNKNOWN


def _is_known(found: Performance) -> bool:
    """Whether there is any figure in it."""
    return found.start is not None or found.end is not None
