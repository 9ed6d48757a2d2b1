"""A statement as lines for logs, mails and grep: each has the time and whose it is, and none is wrapped."""

from __future__ import annotations

from collections.abc import Iterator

from ..history.performance import Performance
from ..history.statement import Statement
from .history_phrases import HistoryPhrases
from .history_table import shown_accounts
from .interface import Format, View
from .phrases import ALL_ACCOUNTS
from .serialization import time
from .sparkline import sparkline


class HistoryTextFormat(Format[Statement]):
    """`TIME USER (bravo): gain +$12.30, return +1.20 %, …`."""

    def render(self, report: Statement, view: View) -> str:
        now = time(report.generated_at)
        return "".join(f"{now} {whose}: {line}\n" for whose, line in _lines(report, view))


def _lines(statement: Statement, view: View) -> Iterator[tuple[str, str]]:
    """Each with whose it is."""
    phrases = HistoryPhrases(statement, view.encoding)
    for line in phrases.headings():
        yield ALL_ACCOUNTS, line
    for one in shown_accounts(statement):
        label = ALL_ACCOUNTS if one.account is None else one.label
        yield label, _figures(one.overall, phrases)
        days = [None if worth is None else worth.amount for worth in one.days.values()]
        if trend := sparkline(days, view.encoding).rstrip():
            yield label, f"Total by day: {trend}"
        for sentence in phrases.caveats(one):
            yield label, f"Note: {sentence}"
        if view.periods:
            for name, period in phrases.periods(one):
                yield label, f"{name}: {_figures(period, phrases)}"


def _figures(found: Performance, phrases: HistoryPhrases) -> str:
    unexplained = f", unexplained {phrases.difference(found.unexplained)}" if found.unexplained else ""
    return (
        f"gain {phrases.difference(found.gain)}, return {phrases.rate(found.rate)}, start "
        f"{phrases.amount(found.start)}, paid in {phrases.amount(found.deposits)}, paid out "
        f"{phrases.amount(found.withdrawals)}, fees {phrases.amount(found.fees)}, rewards "
        f"{phrases.amount(found.rewards)}{unexplained}, end {phrases.amount(found.end)}"
    )


FORMAT = HistoryTextFormat()
