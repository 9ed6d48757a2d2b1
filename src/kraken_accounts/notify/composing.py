"""What news says to somebody who is not looking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..formats.groups import names_of
from ..formats.news import NewsInWords, Piece, without_repetition
from ..formats.phrases import Detail, Phrases, headlines
from ..formats.summary import Summary
from ..report.audit import AuditReport
from ..report.findings import Severity, rank
from ..report.model import Report
from ..report.news import News, NewsKind
from ..text import printable
from .message import LONGEST_BODY, LONGEST_TITLE, Message

_PROGRAM = "kraken-accounts"
_ENCODING = "utf-8"
_LONGEST_LINE = 300  # characters
_RESERVED = 40  # characters that are left for saying how much more there is
_NEW_FINDINGS = (NewsKind.CAME, NewsKind.WORSE)

# Behind the name of an account, or the number of them.
_OF_ACCOUNTS = {
    NewsKind.BROKEN: "NOT trading",
    NewsKind.CHANGED: "in other trouble",
    NewsKind.REMINDER: "still NOT trading",
    NewsKind.RECOVERED: "recovered",
    NewsKind.WENT: "not checked any more",
}
# Behind the number of findings.
_OF_FINDINGS = {NewsKind.EASED: "eased", NewsKind.REMINDER: "still there", NewsKind.WENT: "gone"}


def compose(report: Report | AuditReport, news: Sequence[News], *, amounts: bool) -> Message | None:
    """The message that news is worth; None where there is none.

    Args:
        report: what the news is of.
        amounts: whether it may say how much there is.
    """
    if not news:
        return None
    check = report.check if isinstance(report, AuditReport) else report
    pieces = list(NewsInWords(check.generated_at, _ENCODING, amounts=amounts).pieces(news))
    above = [*headlines(check), f"{check.generated_at:%Y-%m-%d %H:%M} UTC"]
    if amounts:
        above.append(f"Total: {Summary(check, _ENCODING).in_all_in_words()}")
    return Message(_title(check, news), _body(above, pieces), _worst(pieces))


def _title(check: Report, news: Sequence[News]) -> str:
    """What has happened to whom, and how many accounts are trading now."""
    demo = "DEMO, " if check.demo else ""
    what = [*_of_accounts(news), *_of_findings(without_repetition(news))] or [item.message for item in news]
    return printable(f"{_PROGRAM}: {demo}{', '.join(what)}; {Phrases(check, _ENCODING).trading()}", LONGEST_TITLE)


def _of_accounts(news: Sequence[News]) -> Iterator[str]:
    for kind, words in _OF_ACCOUNTS.items():
        accounts = {item.account for item in news if item.kind is kind and item.code is None}
        if accounts:
            yield f"{names_of(accounts) if len(accounts) == 1 else len(accounts)} {words}"


def _of_findings(news: Sequence[News]) -> Iterator[str]:
    for severity, what in ((Severity.CRITICAL, "critical finding"), (Severity.WARNING, "warning")):
        if new := sum(item.kind in _NEW_FINDINGS and item.severity is severity for item in news):
            yield _counted(new, what)
    for kind, words in _OF_FINDINGS.items():
        if count := sum(item.kind is kind and item.code is not None for item in news):
            yield f"{_counted(count, 'finding')} {words}"


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"


def _worst(pieces: Iterable[Piece]) -> Severity:
    """An account that is not trading is critical."""
    return min((piece.severity or Severity.CRITICAL for piece in pieces), key=rank, default=Severity.INFO)


def _body(above: Iterable[str], pieces: Sequence[Piece]) -> str:
    """A block for each thing; of what does not fit, how much there is."""
    body = "\n".join(above)
    for at, piece in enumerate(pieces):
        longer = f"{body}\n\n{_block(piece)}"
        if len(longer) > LONGEST_BODY - _RESERVED:
            return f"{body}\n\n… and {len(pieces) - at} more."
        body = longer
    return body


def _block(piece: Piece) -> str:
    return "\n".join((printable(piece.title, _LONGEST_LINE), *map(_line, piece.details)))


def _line(detail: Detail) -> str:
    return f"{detail.label}: {printable(detail.text, _LONGEST_LINE)}"
