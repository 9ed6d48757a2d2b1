"""The report as CSV (RFC 4180): a header and a row an account. An empty field is unknown, or was not asked for."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable

from .. import money
from ..kraken.earn_counting import EarnEntry
from ..report.activity import Activity
from ..report.amounts import amounts_of
from ..report.differences import Change
from ..report.findings import Finding, Severity
from ..report.model import AccountReport, Report
from .csv_cells import cell, flag
from .interface import Format, View
from .serialization import cents, time
from .wallets import UNKNOWN

# Columns are only ever added, at the end; none is renamed, moved or dropped.
COLUMNS = (
    "generated_at",
    "demo",
    "exchange_status",
    "account_type",
    "user_id",
    "label",
    "status",
    "trading",
    "quote",
    "total",
    "complete",
    "critical",
    "warning",
    "info",
    "findings",
    "reason",
    "remedy",
    "changed_since",
    "previous_status",
    "previous_total",
    "change_amount",
    "change_percent",
    "whole",
    "exchange_url",
    "run_critical",
    "run_warning",
    "run_info",
    "run_findings",
    "since",
    "checks",
    "expected",
    "accepted",
    "run_accepted",
    "evidence",
    "last_fill_at",
    "last_fill_pair",
    "last_fill_side",
    "last_fill_volume",
    "last_fill_price",
    "fills_24h",
    "fills_24h_complete",
    "volume_24h",
    "volume_24h_complete",
    "open_orders",
    "oldest_order_at",
    "positions_profit",
    "coverage",
    "not_learned",
    "spot",
    "earn",
    "margin_profit",
    "equity",
    "available",
    "in_orders",
    "in_earn",
    "previous_total_at",
    "change_deposits",
    "change_withdrawals",
    "open_positions",
    "earn_entries",
)


class CsvFormat(Format[Report]):
    """Lines end with CR LF, and whatever has a comma, a quote or a line break is quoted.

    What a spreadsheet would calculate begins with an apostrophe, see `cell`.
    """

    def render(self, report: Report, view: View) -> str:
        table = io.StringIO(newline="")
        writer = csv.DictWriter(table, COLUMNS)
        writer.writeheader()
        for account in report.accounts:
            row = _row(report, account)
            writer.writerow({column: value and cell(value, view.encoding) for column, value in row.items()})
        return table.getvalue()


def _row(report: Report, account: AccountReport) -> dict[str, str | None]:
    severities = Counter(finding.severity for finding in account.findings if finding.accepted is None)
    of_the_run = Counter(finding.severity for finding in report.findings if finding.accepted is None)
    change, status = account.change, report.system_status
    return {
        "generated_at": time(report.generated_at),
        "demo": flag(report.demo),
        "exchange_status": status.status if status else None,
        "account_type": account.account.account_type.value,
        "user_id": account.account.user_id,
        "label": account.account.label,
        "status": account.status.value,
        "trading": flag(account.trading),
        "quote": report.quote,
        "total": cents(account.total),
        "complete": flag(account.complete),
        **{severity.value: str(severities[severity]) for severity in Severity},
        "findings": _codes(account.findings, accepted=False),
        "reason": _one_line(account.verdict.reason),
        "remedy": _one_line(account.verdict.remedy),
        "changed_since": None if change is None or report.changed_since is None else time(report.changed_since),
        "previous_status": None if change is None else change.previous_status,
        "previous_total": None if change is None else cents(change.previous_total),
        "change_amount": None if change is None else cents(change.amount),
        "change_percent": None if change is None or change.percent is None else money.plain(change.percent),
        "whole": flag(account.whole),
        "exchange_url": report.url,
        **{f"run_{severity.value}": str(of_the_run[severity]) for severity in Severity},
        "since": None if account.standing is None else time(account.standing.since),
        "checks": None if account.standing is None else str(account.standing.checks),
        "run_findings": _codes(report.findings, accepted=False),
        "expected": None if account.expected is None else account.expected.value,
        "accepted": _codes(account.findings, accepted=True),
        "run_accepted": _codes(report.findings, accepted=True),
        "evidence": None if account.verdict.evidence is None else account.verdict.evidence.value,
        **({} if account.activity is None else _activity(account.activity)),
        **_where_it_is(account, report.quote),
        "open_positions": None if account.open_positions is None else str(len(account.open_positions)),
        "earn_entries": None if account.earn is None else "; ".join(map(_in_earn, account.earn)),
        **({} if change is None else _counted_from(change)),
    }


def _counted_from(change: Change) -> dict[str, str | None]:
    return {
        "previous_total_at": None if change.since is None else time(change.since),
        "change_deposits": cents(change.deposits),
        "change_withdrawals": cents(change.withdrawals),
    }


def _activity(activity: Activity) -> dict[str, str | None]:
    last, oldest = activity.last_fill, activity.oldest_order_at
    return {
        "last_fill_at": None if last is None else time(last.time),
        "last_fill_pair": None if last is None else last.pair,
        "last_fill_side": None if last is None else last.side,
        "last_fill_volume": None if last is None else money.plain(last.volume),
        "last_fill_price": None if last is None else money.plain(last.price),
        "fills_24h": None if activity.fills is None else str(activity.fills),
        "fills_24h_complete": flag(activity.fills_complete),
        "volume_24h": cents(activity.volume),
        "volume_24h_complete": flag(activity.volume_complete),
        "open_orders": None if activity.open_orders is None else str(activity.open_orders),
        "oldest_order_at": None if oldest is None else time(oldest),
        "positions_profit": cents(activity.positions_profit),
    }


def _where_it_is(account: AccountReport, quote: str) -> dict[str, str | None]:
    """Of which wallets the total is, which were asked in vain, and what is in each and free to use."""
    covered = {wallet: getattr(account.coverage, wallet) for wallet in ("spot", "earn", "margin")}
    amounts, wallets = amounts_of(account, quote), account.wallets
    return {
        "coverage": " ".join(wallet for wallet, known in covered.items() if known),
        "not_learned": " ".join(wallet for wallet, known in covered.items() if known is False),
        "spot": cents(wallets.spot),
        "earn": cents(wallets.earn),
        "margin_profit": cents(wallets.margin_profit),
        "equity": None if account.equity is None else money.plain(account.equity),
        "available": cents(amounts.available),
        "in_orders": cents(amounts.in_orders),
        "in_earn": cents(amounts.in_earn) if account.coverage.earn else None,
    }


def _in_earn(entry: EarnEntry) -> str:
    """Asset, amount, state, until when (`-` without an end), where it is counted, in the words of JSON."""
    no_date = "unknown" if entry.has_end else "-"
    until = no_date if entry.until is None else time(entry.until)
    return (
        f"{entry.asset} {money.plain(entry.amount)} {entry.state or UNKNOWN} {until} {entry.counted_in or UNKNOWN}"
    )


def _codes(findings: Iterable[Finding], *, accepted: bool) -> str:
    """Of those that are accepted, or of the others."""
    return " ".join(finding.code for finding in findings if (finding.accepted is not None) is accepted)


def _one_line(text: str | None) -> str | None:
    return None if text is None else " ".join(text.split())


FORMAT = CsvFormat()
