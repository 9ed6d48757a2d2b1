"""The tables of a report on many accounts: what needs doing by its cause, the totals, and a line an account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..report.findings import Finding, Severity
from ..report.model import AccountReport, Report
from .activity import activity_in_short
from .groups import Concern, Group, grouped, names_of
from .interface import View
from .layout import STYLES, Block, Column, Row, TextTable
from .phrases import (
    ALL_ACCOUNTS,
    SAID_BY_TOTALS,
    STATUS_TITLE,
    SUMMARY_TITLE,
    Detail,
    Phrases,
    acceptance,
    is_said_by_the_heading,
    is_to_do,
    kind_of,
    sentence,
)
from .summary import Sum, Summary

ACCOUNTS_TITLE = "ACCOUNTS"
_WIDE = 110  # columns of a terminal that has room for more than a phrase before the columns

AMOUNTS = (Column("In orders", 4), Column("Available", 3), Column("Change", 2))
_COLUMNS = (
    Column("Total", 0),
    Column("Available", 3),
    Column("In orders", 4),
    Column("Change", 2),
    Column("What is wrong", 1, left=True),
    Column("Activity", 5, left=True),
)


def fleet_blocks(
    report: Report, phrases: Phrases, summary: Summary, accounts: Sequence[AccountReport], left_out: str
) -> Iterator[Block]:
    """Those tables.

    Args:
        accounts: those to list, in order.
        left_out: how many are not listed; empty if none.
    """
    rows = list(group_rows(grouped(_concerns(report, phrases)), phrases))
    yield TextTable(STATUS_TITLE, rows or [Row("Nothing needs doing.")])
    yield TextTable(SUMMARY_TITLE, list(map(sum_row, summary.lines_of_a_fleet())), "Total", AMOUNTS)
    if report.change is not None:
        yield TextTable(summary.changes_title(), list(_changes(summary)) or [Row("No status has changed.")])
    rows = [_row(account, phrases, summary, report.quote) for account in accounts]
    if left_out:
        rows.append(Row(left_out, wraps=True))
    yield TextTable(ACCOUNTS_TITLE, rows, "Account", _COLUMNS, framed=False)


def group_rows(groups: Iterable[Group], phrases: Phrases) -> Iterator[Row]:
    """A row for each group: its accounts, what it is, and what to do about it."""
    for group in groups:
        details = [Detail("What", phrases.fit("\n".join(group.whats())))]
        if remedy := group.what_to_do():
            details.append(Detail("Do", phrases.fit(remedy)))
        style = STYLES[group.severity or Severity.CRITICAL]
        yield Row(phrases.fit(group.title()), style=style, details=tuple(details), wraps=True)


def sum_row(line: Sum) -> Row:
    """A line of the summary."""
    style = "" if line.text.startswith(" ") else "bold"
    return Row(line.text, line.beside, style, note=line.missing, wraps=line.explains)


def _concerns(report: Report, phrases: Phrases) -> Iterator[Concern]:
    """What there is to know of the accounts and of the run."""
    for account in report.accounts:
        if account.is_disabled:
            reason = sentence(account.verdict.reason or account.status)
            yield Concern(account.account, f"{phrases.mark(None)} NOT checked", Severity.INFO, reason, "")
        elif not account.is_as_expected:
            heading = f"{phrases.mark(False)} NOT trading, {account.status}"
            what, remedy = sentence(account.verdict.reason or account.status), account.verdict.remedy or ""
            yield Concern(account.account, heading, None, what, remedy)
    findings: list[tuple[AccountReport | None, Finding]]
    findings = [(None, finding) for finding in report.findings if not is_said_by_the_heading(finding)]
    findings += [(account, finding) for account in report.accounts for finding in account.findings]
    for whose, finding in findings:
        information = finding.counts_as is Severity.INFO
        if whose is not None and not (information or is_to_do(whose, finding)):
            continue
        if whose is not None and finding.code in SAID_BY_TOTALS and whose.total is not None:
            continue
        yield Concern(
            None if whose is None else whose.account,
            f"{kind_of(finding)} {finding.code}",
            finding.counts_as,
            f"{sentence(finding.message)}{acceptance(finding.accepted)}",
            "" if information else finding.remedy,
        )


def status_row(phrases: Phrases, account: AccountReport, view: View) -> Row:
    """Whether an account is trading and, where it is not, since when: below where there is no room behind."""
    style = style_of(account)
    if view.width is None or view.width >= _WIDE:
        return Row(phrases.status_since(account), style=style)
    return Row(phrases.status(account), style=style, note=phrases.since(account))


def style_of(account: AccountReport) -> str:
    """In which colour stands whether it does what it should."""
    return "" if account.is_disabled else "green" if account.is_as_expected else "bold red"


def _changes(summary: Summary) -> Iterator[Row]:
    """Of statuses; how totals have changed stands beside them."""
    for moved, accounts in summary.changes_of_status().items():
        yield Row(f"{moved}: {names_of(accounts)}", wraps=True)
    for whose, paid in summary.payments():
        yield Row(f"{whose}: {paid}", wraps=True)
    if bases := summary.other_bases():
        yield Row(f"{ALL_ACCOUNTS}: {bases}", wraps=True)
    if far := summary.far_base():
        yield Row(far, wraps=True)


def _row(account: AccountReport, phrases: Phrases, summary: Summary, quote: str) -> Row:
    in_orders, available, change = summary.beside(account)
    wrong = ", ".join(filter(None, (phrases.what_is_wrong(account), summary.left_out(account))))
    style = style_of(account)
    if account.is_as_expected:
        worst = next((finding.counts_as for finding in account.findings), Severity.INFO)
        style = STYLES[worst] or style
    activity = activity_in_short(account, quote, phrases.encoding)
    cells = (summary.total(account), available, in_orders, change, wrong, activity)
    return Row(phrases.status(account), cells, style, note=phrases.since(account))
