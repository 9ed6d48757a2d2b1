"""The report as lines of plain text, for logs, mails and grep: never wrapped, and each says whose it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..report.model import Report
from .interface import Format, View
from .phrases import ALL_ACCOUNTS, NO_ACCOUNTS, STATUS_TITLE, SUMMARY_TITLE, Detail, Words

_ASSET = "{0} {1} (on hold: {2}), {3}, value {4}, held as {5}"
_ORDER = "{1} {2}, price {3}, opened {4} UTC, {0}"
_POSITION = "{1} {2}, {3} closed, cost {4}, {0}"


class TextFormat(Format[Report]):
    """The same lines as the table, without boxes."""

    def render(self, report: Report, view: View) -> str:
        return "".join(f"{line}\n" for line in self._lines(report, view))

    def _lines(self, report: Report, view: View) -> Iterator[str]:
        words = Words(report, view.encoding)
        yield from words.heading()
        yield ""
        yield STATUS_TITLE
        if not report.accounts:
            yield NO_ACCOUNTS
        for account in report.accounts:
            yield words.status(account)
            for detail in words.details(account):
                yield from self._detail(f"   {account.account.label}", detail)
        for detail in words.findings_of_the_run():
            yield from self._detail(ALL_ACCOUNTS, detail)
        for detail in words.information_lines():
            yield f"   {detail.label}: {detail.text}"
        yield ""
        yield SUMMARY_TITLE
        for line in words.summary():
            yield " ".join(filter(None, (line.text, line.missing, line.owner and f"[{line.owner}]")))
        if changes := list(words.changes()):
            yield ""
            yield words.changes_title()
            yield from changes
        for account in report.accounts:
            label = account.account.label
            if view.assets:
                rows = None if account.holdings is None else map(words.holding_in_words, account.holdings)
                yield from self._listing(f"ASSETS OF {label}", rows, f"{label}: {_ASSET}")
            if view.activity:
                rows = None if account.open_orders is None else map(words.order, account.open_orders)
                yield from self._listing(f"OPEN ORDERS OF {label}", rows, f"{label}: {_ORDER}")
                rows = None if account.open_positions is None else map(words.position, account.open_positions)
                yield from self._listing(f"OPEN POSITIONS OF {label}", rows, f"{label}: {_POSITION}")

    def _detail(self, whose: str, detail: Detail) -> Iterator[str]:
        first, *more = detail.text.splitlines()
        yield f"{whose}: {detail.label}: {first}"
        yield from (f"{whose}: {line}" for line in more)

    def _listing(self, title: str, rows: Iterable[tuple[str, ...]] | None, line: str) -> Iterator[str]:
        """Whatever an account has several of, a line each."""
        lines = [f"   {line.format(*row)}" for row in rows or ()]
        yield ""
        yield title if lines else f"{title}: {'unknown' if rows is None else 'none'}"
        yield from lines


FORMAT = TextFormat()
