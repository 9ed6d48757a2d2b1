"""What is wrong in a report: accounts that are not as they should be, and findings that weigh."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from .audit import AuditReport
from .findings import Code, Finding, Severity
from .model import AccountReport, Report
from .news import News, NewsKind
from .told import Subject, Told
from .verdict import Status

MAY_PASS: frozenset[Status | Code] = frozenset(
    {
        Status.EXCHANGE_RESTRICTED,
        Status.RATE_LIMITED,
        Status.THROTTLED,
        Status.NONCE_CONFLICT,
        Status.UNREACHABLE,
        Status.BUSY,
        Status.ERROR,
        Code.PUBLIC_DATA_MISSING,
        Code.ACTIVITY_UNKNOWN,
        Code.MINIMUM_NOT_CHECKED,
        Code.NOT_EXAMINED,
    }
)
"""The troubles that may pass by themselves."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong now; a finding may be about several things at once.

    Attributes:
        since, checks: of a status, as the accounts' memory has them; None where nothing is known of that.
    """

    subjects: tuple[Subject, ...]
    word: Status | Severity
    message: str
    remedy: str
    since: datetime | None = None
    checks: int | None = None

    def item(self, kind: NewsKind, since: datetime, before: Told | None = None) -> News:
        account, code = self.subjects[0].account, self.subjects[0].code
        return News(
            kind,
            account,
            self.word if isinstance(self.word, Status) else None,
            code,
            self.word if isinstance(self.word, Severity) else None,
            self.message,
            self.remedy,
            since,
            before=None if before is None or before.word == self.word else before.word,
        )

    @property
    def may_pass(self) -> bool:
        return (self.word if isinstance(self.word, Status) else self.subjects[0].code) in MAY_PASS


def owned(report: Report | AuditReport) -> Iterator[tuple[AccountReport | None, Finding]]:
    """All findings, each with the account that it is about; None for the run as a whole."""
    if isinstance(report, AuditReport):
        yield from report.all_findings()
        return
    yield from ((None, finding) for finding in report.findings)
    yield from ((row, finding) for row in report.accounts for finding in row.findings)


def troubles_of(report: Report | AuditReport) -> Iterator[Trouble]:
    """All of them: statuses first, then findings."""
    yield from _statuses(report.check if isinstance(report, AuditReport) else report)
    yield from _findings(report)


def _statuses(report: Report) -> Iterator[Trouble]:
    for row in report.accounts:
        if not (row.is_as_expected or row.is_disabled):
            yield Trouble(
                (Subject(row.account),),
                row.status,
                row.verdict.reason or "",
                row.verdict.remedy or "",
                None if row.standing is None else row.standing.since,
                None if row.standing is None else row.standing.checks,
            )


def _findings(report: Report | AuditReport) -> Iterator[Trouble]:
    """Those that weigh; that an account is not trading is no finding here, but its status."""
    for whose, finding in owned(report):
        if finding.counts_as is not Severity.INFO and (subjects := subjects_of(whose, finding)):
            yield Trouble(subjects, finding.severity, finding.message, finding.remedy)


def subjects_of(whose: AccountReport | None, finding: Finding) -> tuple[Subject, ...]:
    code = finding.code
    if not isinstance(code, Code):
        return ()
    account = None if whose is None else whose.account
    return tuple(Subject(account, code, about) for about in finding.about or ("",))
