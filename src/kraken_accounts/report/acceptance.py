"""Which findings the operator has accepted: they are shown, and weigh nothing until the day has passed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase

from ..accounts import Account
from ..config import Acceptance, Settings
from .audit import AuditReport
from .findings import Accepted, Code, Finding, Severity, worst_first
from .model import AccountReport, Report
from .rules import RULES, judge
from .rules.evidence import AcceptanceEvidence, AccountEvidence, RunEvidence
from .verdict import Status

# What a check looks for each time, whatever its options.
_ALWAYS_LOOKED_FOR = {rule.code for rule in RULES if rule.needs in (AccountEvidence, RunEvidence)}
_ONLY_IF_ASKED = {Code.ACTIVITY_UNKNOWN, Code.WALLETS_UNKNOWN, Code.BELOW_MINIMUM, Code.MINIMUM_NOT_CHECKED}
# One without a key has nothing that could be found.
_EXAMINED = (Status.TRADING, Status.READ_ONLY, Status.NOT_CONFIGURED)


def codes() -> dict[str, bool]:
    """What can be accepted: the codes of all findings, and whether one of that code may be critical."""
    return {
        code.value: any(rule.severity is Severity.CRITICAL for rule in RULES if rule.code is code) for code in Code
    }


def with_acceptances(report: Report, settings: Settings) -> Report:
    """The report of a check, its findings accepted as the settings say; the last thing that is done to it."""
    entries, today = settings.acceptances, report.generated_at.date()
    if not entries:
        return report
    checked = _accepted_in(report, entries, today)
    unused = _unused(entries, report.accounts, _owned(report), settings, _ALWAYS_LOOKED_FOR - _ONLY_IF_ASKED)
    return replace(checked, findings=worst_first((*checked.findings, *judge(AcceptanceEvidence(unused)))))


def with_acceptances_in_audit(audit: AuditReport, settings: Settings) -> AuditReport:
    """The same of an audit."""
    entries, today = settings.acceptances, audit.check.generated_at.date()
    if not entries:
        return audit
    owned = [(None if one is None else one.account, finding) for one, finding in audit.all_findings()]
    unused = _unused(entries, audit.check.accounts, owned, settings, set(Code) - _ONLY_IF_ASKED)
    check = _accepted_in(audit.check, entries, today)
    return replace(
        audit,
        check=check,
        accounts=tuple(
            replace(one, report=row, findings=_accepted(one.findings, row.account, entries, today))
            for one, row in zip(audit.accounts, check.accounts, strict=True)
        ),
        findings=worst_first(
            (*_accepted(audit.findings, None, entries, today), *judge(AcceptanceEvidence(unused)))
        ),
    )


def _accepted_in(report: Report, entries: Sequence[Acceptance], today: date) -> Report:
    return replace(
        report,
        accounts=tuple(
            replace(row, findings=_accepted(row.findings, row.account, entries, today)) for row in report.accounts
        ),
        findings=_accepted(report.findings, None, entries, today),
    )


def _accepted(
    findings: Iterable[Finding], account: Account | None, entries: Sequence[Acceptance], today: date
) -> tuple[Finding, ...]:
    """The findings about an account, or about the run (None), worst first."""

    def judged(finding: Finding) -> Finding:
        valid = (one for one in entries if _is_valid(one, finding, today) and _matches(one, account, finding))
        entry = next(valid, None)
        return finding if entry is None else replace(finding, accepted=Accepted(entry.reason, entry.until))

    return worst_first(map(judged, findings))


def _is_valid(entry: Acceptance, finding: Finding, today: date) -> bool:
    """Whether it still holds; nothing critical is accepted without an end."""
    if entry.until is None:
        return finding.severity is not Severity.CRITICAL
    return today <= entry.until


def _matches(entry: Acceptance, account: Account | None, finding: Finding) -> bool:
    return entry.code == finding.code and _concerns(entry, account)


def _concerns(entry: Acceptance, account: Account | None) -> bool:
    if entry.accounts is None:
        return True
    if account is None:
        return False
    name = account.selector.casefold()
    return any(fnmatchcase(name, pattern.casefold()) for pattern in entry.accounts)


def _owned(report: Report) -> list[tuple[Account | None, Finding]]:
    of_accounts = [(row.account, finding) for row in report.accounts for finding in row.findings]
    return [*((None, finding) for finding in report.findings), *of_accounts]


def _unused(
    entries: Iterable[Acceptance],
    accounts: Sequence[AccountReport],
    found: Collection[tuple[Account | None, Finding]],
    settings: Settings,
    looked_for: Collection[str],
) -> list[Acceptance]:
    """Those that match nothing any more, as far as that can be told: where all that they concern was examined.

    Args:
        looked_for: the codes that this run would have found.
    """
    if settings.selectors or settings.part is not None:
        return []
    return [
        entry
        for entry in entries
        if entry.code in looked_for
        and not any(_matches(entry, account, finding) for account, finding in found)
        and all(row.status in _EXAMINED for row in accounts if _concerns(entry, row.account))
    ]
