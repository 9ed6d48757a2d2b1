"""The full examination of each key: what it may do, how it is guarded, and whether the accounts are separate.

What a check has found, and what the answers to more questions add to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from ..config import Settings
from ..config.git_exposure import GitExposure
from . import permission_review
from .answers import AccountAnswers
from .exit_code import ExitCode, exit_code
from .findings import Finding, rank, worst_first
from .model import AccountReport, Report, statuses_that_count
from .permission_review import PermissionReview
from .rules import judge
from .rules.evidence import AccountAuditEvidence, RunAuditEvidence
from .separation import Guarantee, separation


@dataclass(frozen=True, slots=True)
class AccountAudit:
    """All that was found out about one account.

    Attributes:
        report: what a check finds.
        findings: all of them, worst first.
        permissions: None if Kraken did not say what the key may do.
        equivalent_balance: Kraken's own figure, in the quote currency; None if unknown.
    """

    report: AccountReport
    findings: tuple[Finding, ...]
    permissions: PermissionReview | None
    separation: tuple[Guarantee, ...]
    equivalent_balance: Decimal | None

    def failed(self, reason: str) -> AccountAudit:
        """What is left of it where something in it is not what it should be: the findings."""
        return AccountAudit(self.report.failed(reason), self.findings, None, (), None)


@dataclass(frozen=True, slots=True)
class AuditReport:
    """One audit.

    Attributes:
        check: the same run as a check reports it.
        findings: about the run as a whole.
        clock_skew: how far this machine's clock is ahead of Kraken's; None if unknown.
    """

    check: Report
    accounts: tuple[AccountAudit, ...]
    findings: tuple[Finding, ...]
    clock_skew: timedelta | None

    @property
    def exit_code(self) -> ExitCode:
        """`OK` only if every account trades and nothing is worse than information."""
        return exit_code(
            statuses_that_count(account.report for account in self.accounts),
            {finding.counts_as for _, finding in self.all_findings()},
            warnings_matter=True,
            is_part=self.check.shard is not None,
        )

    @property
    def ok(self) -> bool:
        return self.exit_code is ExitCode.OK

    def of(self, accounts: Iterable[AccountAudit]) -> AuditReport:
        """The same run with other audits of its accounts."""
        accounts = tuple(accounts)
        return replace(self, check=self.check.of(account.report for account in accounts), accounts=accounts)

    def all_findings(self) -> list[tuple[AccountReport | None, Finding]]:
        """Each with the account that it is about, None for the run as a whole; worst first."""
        found: list[tuple[AccountReport | None, Finding]] = [(None, finding) for finding in self.findings]
        found += [(account.report, finding) for account in self.accounts for finding in account.findings]
        return sorted(found, key=lambda pair: rank(pair[1].counts_as))

    @property
    def speaks_up(self) -> bool:
        """Whether anything is worse than information."""
        return not self.ok


def build_audit(
    check: Report,
    answers: Sequence[AccountAnswers],
    clock_skew: timedelta | None,
    exposure: GitExposure,
    settings: Settings,
) -> AuditReport:
    """What the answers mean.

    Args:
        check: what they mean to a check; its accounts are those of `answers`, in the same order.
        clock_skew: how far this machine's clock is ahead of Kraken's; None if unknown.
        settings: what was examined, and what was left out.
    """
    guarantees = separation(check.accounts, answers, settings.left_out)
    evidence = RunAuditEvidence(check, answers, clock_skew, exposure, str(settings.env_file))
    return AuditReport(
        check=check,
        accounts=tuple(
            _account_audit(report, answer, own, check.quote)
            for report, answer, own in zip(check.accounts, answers, guarantees, strict=True)
        ),
        findings=worst_first((*check.findings, *judge(evidence))),
        clock_skew=clock_skew,
    )


def _account_audit(
    report: AccountReport, answers: AccountAnswers, guarantees: tuple[Guarantee, ...], quote: str
) -> AccountAudit:
    key, figure = report.key_info, answers.equivalent_balance
    review = None if key is None else permission_review.review(key.permissions)
    evidence = AccountAuditEvidence(answers, report, review, guarantees[-1], quote)
    return AccountAudit(
        report=report,
        findings=worst_first((*report.findings, *judge(evidence))),
        permissions=review,
        separation=guarantees,
        equivalent_balance=figure if isinstance(figure, Decimal) else None,
    )
