"""Which accounts a format for people lists, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TypeVar

from ..report.audit import AccountAudit
from ..report.findings import Finding, Severity, rank
from ..report.model import AccountReport
from ..report.verdict import Status
from .interface import FLEET, Sort, View

Listed = TypeVar("Listed", AccountReport, AccountAudit)

_FINE = rank(Severity.INFO)


def is_fleet(accounts: Sequence[object], view: View) -> bool:
    """Whether tables are to be those of a fleet."""
    return len(accounts) >= FLEET if view.fleet is None else view.fleet


def listed(accounts: Iterable[Listed], view: View) -> list[Listed]:
    """The accounts to list, in order; what is alike stays as it was: the master, then users by id."""
    kept = [account for account in accounts if not (view.only_problems and is_fine(account))]
    if view.sort is Sort.TOTAL:
        return sorted(kept, key=lambda one: _greatest_first(_report(one).total))
    if view.sort is Sort.STATUS:
        return sorted(kept, key=lambda one: (_worst(one), list(Status).index(_report(one).status)))
    if view.sort is Sort.CHANGE:
        return sorted(kept, key=lambda one: _least_first(_amount_of_change(_report(one))))
    return kept


def is_fine(account: Listed) -> bool:
    """Whether nothing is to do: it does what it should, its total is known, and no finding weighs."""
    return _worst(account) >= _FINE and _report(account).total is not None


def fine_and_not_listed(accounts: Sequence[Listed], view: View) -> str:
    """How many accounts the view leaves out; empty if none."""
    count = len(accounts) - len(listed(accounts, view))
    if not count:
        return ""
    return f"{count} account{'s are' if count > 1 else ' is'} fine and not listed."


def _report(account: AccountReport | AccountAudit) -> AccountReport:
    return account.report if isinstance(account, AccountAudit) else account


def _worst(account: AccountReport | AccountAudit) -> int:
    """As the rank of a severity; not to trade is worse than any."""
    findings: Sequence[Finding] = account.findings
    if not (_report(account).is_as_expected or _report(account).is_disabled):
        return -1
    return min((rank(finding.counts_as) for finding in findings), default=_FINE)


def _amount_of_change(account: AccountReport) -> Decimal | None:
    return None if account.change is None else account.change.amount


def _greatest_first(amount: Decimal | None) -> tuple[bool, Decimal]:
    return (amount is None, -(amount or Decimal(0)))


def _least_first(amount: Decimal | None) -> tuple[bool, Decimal]:
    return (amount is None, amount or Decimal(0))
