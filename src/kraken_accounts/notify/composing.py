"""What a report says to somebody who is not looking at it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from ..formats.groups import Concern, Group, grouped, names_of
from ..formats.phrases import headlines, is_said_by_the_heading, is_to_do, sentence
from ..formats.summary import Summary
from ..report.audit import AuditReport
from ..report.findings import Code, Finding, Severity
from ..report.model import AccountReport, Report
from ..text import printable
from .message import LONGEST_BODY, LONGEST_TITLE, Message

_PROGRAM = "kraken-accounts"
_LONGEST_WHAT = 300  # characters of what is wrong, and as many of what to do
_RESERVED = 40  # characters that are left for saying how much more there is

# The findings that tell amounts, in words that tell none.
_WITHOUT_AMOUNTS = {
    Code.BELOW_MINIMUM: "the total is below the minimum",
    Code.MINIMUM_NOT_CHECKED: "nobody knows whether the total is below the minimum",
    Code.BALANCE_MISMATCH: "the total is more than 1 % apart from Kraken's own figure",
}


def compose(report: Report | AuditReport, *, amounts: bool) -> Message | None:
    """The message that a report is worth; None where nothing is worse than information.

    Args:
        amounts: whether it may say how much there is.
    """
    if not report.speaks_up:
        return None
    check = report.check if isinstance(report, AuditReport) else report
    groups = grouped(_concerns(report, check, amounts=amounts))
    above = [*headlines(check), f"{check.generated_at:%Y-%m-%d %H:%M} UTC"]
    if amounts:
        above.append(f"Total: {Summary(check, 'utf-8').in_all_in_words()}")
    return Message(_title(check, groups), _body(above, groups), _worst(groups))


def _title(check: Report, groups: Sequence[Group]) -> str:
    """How many accounts are not trading; where all are, how many findings there are of the worst kind."""
    demo = "DEMO, " if check.demo else ""
    down = sum(not account.trading for account in check.accounts)
    if down:
        what = f"{down} of {_counted(len(check.accounts), 'account')} not trading"
    elif groups:
        worst = _worst(groups)
        count = sum(
            len(cause.accounts) for group in groups if group.severity is worst for cause in group.causes.values()
        )
        what = _counted(count, "critical finding" if worst is Severity.CRITICAL else "warning")
    else:
        what = "no account is configured"
    return printable(f"{_PROGRAM}: {demo}{what}", LONGEST_TITLE)


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"


def _worst(groups: Iterable[Group]) -> Severity:
    """Of an account that is not trading it is critical; nothing at all is configured where there are no groups."""
    first = next(iter(groups), None)
    return Severity.CRITICAL if first is None or first.severity is None else first.severity


def _body(above: Iterable[str], groups: Sequence[Group]) -> str:
    """A block for each thing that is wrong, worst first; of what does not fit, how much there is."""
    body = "\n".join(above)
    for at, group in enumerate(groups):
        longer = f"{body}\n\n{_block(group)}"
        if len(longer) > LONGEST_BODY - _RESERVED:
            return f"{body}\n\n… and {len(groups) - at} more."
        body = longer
    return body


def _block(group: Group) -> str:
    causes = list(group.causes.values())
    whose = printable(names_of(chain.from_iterable(cause.accounts for cause in causes)), _LONGEST_WHAT)
    more = f" And {len(causes) - 1} more causes of this kind." if len(causes) > 1 else ""
    lines = [f"{whose}: {group.heading}. {printable(causes[0].what, _LONGEST_WHAT)}{more}"]
    if group.remedy:
        first, *steps = group.remedy.splitlines()
        more = f" And {len(steps)} more steps, which the report has." if steps else ""
        lines.append(f"Do: {printable(first, _LONGEST_WHAT)}{more}")
    return "\n".join(lines)


def _concerns(report: Report | AuditReport, check: Report, *, amounts: bool) -> Iterator[Concern]:
    """What is worse than information, each thing once."""
    for account in check.accounts:
        if not account.trading:
            what, remedy = sentence(account.verdict.reason or account.status), account.verdict.remedy or ""
            yield Concern(account.account, account.status, None, what, remedy)
    for whose, finding in _findings(report):
        if whose is None:
            is_wanted = finding.severity is not Severity.INFO and not is_said_by_the_heading(finding)
        else:
            # An audit has a finding of each status that an account should not have, too.
            is_wanted = is_to_do(whose, finding) and finding.code != whose.status
        if is_wanted:
            words = finding.message
            if not amounts and isinstance(finding.code, Code):
                words = _WITHOUT_AMOUNTS.get(finding.code, words)
            heading = f"{finding.severity.upper()} {finding.code}"
            account_of_it = None if whose is None else whose.account
            yield Concern(account_of_it, heading, finding.severity, sentence(words), finding.remedy)


def _findings(report: Report | AuditReport) -> Iterator[tuple[AccountReport | None, Finding]]:
    """Each with the account that it is about, None for the run as a whole."""
    if isinstance(report, AuditReport):
        yield from report.all_findings()
        return
    yield from ((None, finding) for finding in report.findings)
    yield from ((account, finding) for account in report.accounts for finding in account.findings)
