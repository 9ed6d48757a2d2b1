"""What is different from the previous run, whose totals and statuses are remembered, or from an earlier time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from typing import Any

from .. import money
from ..config import Settings
from ..kraken import wire
from ..kraken.errors import UnexpectedAnswer
from ..storage import Storage, name_for
from .differences import Change
from .model import AccountReport, Report, Totals, in_sum
from .verdict import Status

Paid = tuple[Decimal, Decimal]
"""In and out, both positive."""

_PERCENT = Context(prec=28)
_MUCH = timedelta(days=1)
_PART = 4  # of the time that was asked for


@dataclass(frozen=True, slots=True)
class Past:
    """One account as earlier runs left it.

    Attributes:
        status: of the last run, or of the one that is looked back to, and `at` its time.
        total: the last whole one, and `total_at` its time; None if there was none.
        paid: what was paid in and out since then, both positive; None where that is unknown, or not looked for.
    """

    status: str
    at: datetime
    total: Decimal | None
    total_at: datetime | None
    paid: Paid | None = None

    def entry(self) -> dict[str, str | None]:
        """As it is kept."""
        return {
            "status": self.status,
            "at": self.at.isoformat(),
            "total": None if self.total is None else str(self.total),
            "total_at": None if self.total_at is None else self.total_at.isoformat(),
        }


class PreviousRun:
    """What the previous run of the same accounts, asked for alike and in the same quote currency, has left.

    A run over some accounts, or a part of them, has a memory of its own: it moves nobody else's base. So has one
    that also asked what is in Earn: its totals are others.

    Args:
        storage: where it is remembered.
        settings: the accounts.
    """

    def __init__(self, storage: Storage, settings: Settings) -> None:
        self._storage = storage
        self._settings = settings

    def compare(self, report: Report) -> Report:
        """The report with what changed since then, for each account and in all."""
        return compared(report, self._load(report))

    def remember(self, report: Report) -> bool:
        """Leave this run for the next one; False if that cannot be done.

        A total that is not whole leaves the last whole one where it is.
        """
        name = self._file(report)
        with self._storage.locked(name):
            kept = self._storage.read(name)
            accounts = (
                dict(kept["accounts"]) if isinstance(kept, dict) and isinstance(kept.get("accounts"), dict) else {}
            )
            for account in report.accounts:
                selector, at = account.account.selector, report.generated_at
                before = _past(accounts.get(selector))
                now = Past(account.status.value, at, account.total, at)
                if not account.whole:
                    now = replace(
                        now, total=before.total if before else None, total_at=before.total_at if before else None
                    )
                accounts[selector] = now.entry()
            return self._storage.write(name, {"accounts": accounts})

    def _load(self, report: Report) -> Mapping[str, Past]:
        kept = self._storage.read(self._file(report))
        accounts = kept.get("accounts") if isinstance(kept, dict) else None
        found = {}
        for selector, entry in accounts.items() if isinstance(accounts, dict) else ():
            past = _past(entry)
            if past is not None:
                found[selector] = past
        return found

    def _file(self, report: Report) -> str:
        some = sorted({selector.casefold() for selector in self._settings.selectors})
        if self._settings.part is not None:
            some.append(str(self._settings.part))
        if report.with_wallets:
            some += ["", "wallets"]  # as no selector is called
        return f"previous-{name_for(self._settings.source, self._settings.url, report.quote, *some)}.json"


def _past(entry: Any) -> Past | None:
    try:
        total = None if entry["total"] is None else wire.amount(entry["total"], "the previous total")
        at = datetime.fromisoformat(entry["at"]).astimezone(UTC)
        # Earlier versions kept the totals of the last run only.
        total_at = datetime.fromisoformat(entry.get("total_at") or entry["at"]).astimezone(UTC)
        status = Status(entry["status"]).value
    except (KeyError, TypeError, ValueError, OverflowError, UnexpectedAnswer):
        return None
    return Past(status, at, total, None if total is None else total_at)


def compared(
    report: Report, past: Mapping[str, Past], asked: datetime | None = None, paid_in_all: Paid | None = None
) -> Report:
    """The report with what changed since an earlier run or time, for each account and in all.

    Each total is compared with an earlier whole one of the same account, however long ago that was; one that is
    not whole is compared with nothing. The sum is compared only if it is whole, and each account in it has an
    earlier total: never two sums over different accounts.

    Args:
        past: of the accounts that are known from then, by selector.
        asked: the time that the user wants to look back to (UTC); None for the previous run.
        paid_in_all: what all these accounts were paid and have paid since then; None if unknown.
    """
    accounts = tuple(
        replace(account, change=_change(account, past.get(account.account.selector), asked, report.generated_at))
        for account in report.accounts
    )
    earlier = [past[a.account.selector] for a in accounts if a.account.selector in past]
    return replace(
        report,
        accounts=accounts,
        change=_with_payments(change_in_all(accounts, report.totals), paid_in_all),
        changed_since=min((one.total_at or one.at for one in earlier), default=None),
    )


def _change(account: AccountReport, past: Past | None, asked: datetime | None, now: datetime) -> Change:
    if past is None:
        return Change(first=True, asked=asked)
    change = Change(first=False, previous_total=past.total)
    if past.total is not None and account.total is not None and account.whole:
        change = _difference(past.total, account.total)
    far = asked is not None and past.total_at is not None and _is_far(past.total_at, asked, now)
    change = replace(change, previous_status=past.status, since=past.total_at, asked=asked, far=far)
    return _with_payments(change, past.paid)


def _with_payments(change: Change, paid: Paid | None) -> Change:
    """With what of a difference is no gain; where none is known, there is nothing to tell apart."""
    if paid is None or change.amount is None:
        return change
    deposits, withdrawals = paid
    return replace(change, deposits=deposits, withdrawals=withdrawals)


def _is_far(base: datetime, asked: datetime, now: datetime) -> bool:
    """Whether a base is so much older than it should be that a reader would not take it for that."""
    return asked - base > min(_MUCH, (now - asked) / _PART)


def change_in_all(accounts: Sequence[AccountReport], totals: Totals) -> Change:
    """Of the sum, from the accounts with their changes."""
    changes = [account.change for account in accounts if account.change is not None]
    asked = min((one.asked for one in changes if one.asked is not None), default=None)
    earlier = [None if a.change is None else a.change.previous_total for a in accounts if in_sum(a)]
    known = [total for total in earlier if total is not None]
    change = Change(first=all(one.first for one in changes))
    if totals.whole and totals.all is not None and len(known) == len(earlier):
        change = _difference(money.total(known), totals.all)
    return replace(change, asked=asked, far=any(one.far for one in changes))


def _difference(before: Decimal, after: Decimal) -> Change:
    amount = money.EXACT.subtract(after, before)
    percent = _PERCENT.divide(money.EXACT.multiply(Decimal(100), amount), before.copy_abs()) if before else None
    return Change(first=False, previous_total=before, amount=amount, percent=percent)
