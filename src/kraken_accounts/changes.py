"""What is different from the previous run: totals and statuses are remembered from run to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Any

from . import money
from .credentials import Settings
from .kraken import wire
from .kraken.errors import UnexpectedAnswer
from .report import AccountReport, Change, Report, Status
from .storage import Storage, name_for

_PERCENT = Context(prec=28)


@dataclass(frozen=True, slots=True)
class _Past:
    """One account as an earlier run left it."""

    status: str
    total: Decimal | None
    at: datetime


class PreviousRun:
    """What the previous run of the same accounts, in the same quote currency, has left.

    Args:
        storage: where it is remembered.
        settings: the accounts.
    """

    def __init__(self, storage: Storage, settings: Settings) -> None:
        self._storage = storage
        self._settings = settings

    def compare(self, report: Report) -> Report:
        """The report with what changed since then, for each account and in all."""
        past = self._load(report.quote)
        changes = {
            account.account: _change(account, past.get(account.account.selector)) for account in report.accounts
        }
        known = [
            (previous.total, account.total)
            for account in report.accounts
            if (previous := past.get(account.account.selector)) is not None
            and previous.total is not None
            and account.total is not None
            and account.status is not Status.CONFLICT
        ]
        before, after = money.total(b for b, _ in known), money.total(a for _, a in known)
        times = [past[a.account.selector].at for a in report.accounts if a.account.selector in past]
        return replace(
            report,
            accounts=tuple(replace(account, change=changes[account.account]) for account in report.accounts),
            change=_difference(before, after) if known else Change(first=not times),
            changed_since=min(times, default=None),
        )

    def remember(self, report: Report) -> bool:
        """Leave this run for the next one; False if that cannot be done."""
        name = self._file(report.quote)
        with self._storage.locked(name):
            kept = self._storage.read(name)
            accounts = (
                dict(kept["accounts"]) if isinstance(kept, dict) and isinstance(kept.get("accounts"), dict) else {}
            )
            for account in report.accounts:
                accounts[account.account.selector] = {
                    "status": account.status.value,
                    "total": None if account.total is None else str(account.total),
                    "at": report.generated_at.isoformat(),
                }
            return self._storage.write(name, {"accounts": accounts})

    def _load(self, quote: str) -> Mapping[str, _Past]:
        kept = self._storage.read(self._file(quote))
        accounts = kept.get("accounts") if isinstance(kept, dict) else None
        found = {}
        for selector, entry in accounts.items() if isinstance(accounts, dict) else ():
            past = _past(entry)
            if past is not None:
                found[selector] = past
        return found

    def _file(self, quote: str) -> str:
        source = str(self._settings.env_file.resolve()) if self._settings.env_file else ""
        return f"previous-{name_for(source, self._settings.url, quote)}.json"


def _past(entry: Any) -> _Past | None:
    try:
        total = None if entry["total"] is None else wire.amount(entry["total"], "the previous total")
        at = datetime.fromisoformat(entry["at"]).astimezone(UTC)
        status = Status(entry["status"]).value
    except (KeyError, TypeError, ValueError, OverflowError, UnexpectedAnswer):
        return None
    return _Past(status, total, at)


def _change(account: AccountReport, past: _Past | None) -> Change:
    if past is None:
        return Change(first=True)
    if past.total is None or account.total is None:
        return Change(first=False, previous_status=past.status, previous_total=past.total)
    return replace(_difference(past.total, account.total), previous_status=past.status)


def _difference(before: Decimal, after: Decimal) -> Change:
    amount = money.EXACT.subtract(after, before)
    percent = _PERCENT.divide(money.EXACT.multiply(Decimal(100), amount), before.copy_abs()) if before else None
    return Change(first=False, previous_total=before, amount=amount, percent=percent)
