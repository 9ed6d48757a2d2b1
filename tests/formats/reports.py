"""Reports made by hand, for situations that no exchange brings about in a hurry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from kraken_accounts.accounts import MASTER, Account, AccountType
from kraken_accounts.config import KRAKEN_URL
from kraken_accounts.kraken.key_info import KeyInfo
from kraken_accounts.kraken.prices import Basis, NoPrice, Price
from kraken_accounts.kraken.public import SystemStatus
from kraken_accounts.kraken.valuation import Holding
from kraken_accounts.report.activity import Activity, LastFill
from kraken_accounts.report.audit import AccountAudit, AuditReport
from kraken_accounts.report.differences import Change
from kraken_accounts.report.findings import Code, Finding, Severity
from kraken_accounts.report.model import AccountReport, Report
from kraken_accounts.report.verdict import Status, Verdict

NOW = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)
KEY = KeyInfo(("query-funds",), "AA00 SAMPLE", None, None, ())

WITHDRAW = Finding(Code("withdraw-enabled"), Severity.CRITICAL, "the key may withdraw funds", "Switch it off.")
EXPIRES = Finding(Code("key-expires-soon"), Severity.WARNING, "the key expires on 2026-11-30", "Create a new key.")
ANYWHERE = Finding(Code("no-ip-allowlist"), Severity.INFO, "the key may be used from any address", "Restrict it.")


def holding(asset: str, amount: str, price: str | None = None) -> Holding:
    """Of one code, all of it available; without a price because there is no market."""
    unit = NoPrice("Kraken has no market for it") if price is None else Price(Decimal(price), Basis.MID)
    return Holding(asset, (asset,), Decimal(amount), Decimal(amount), unit)


def account(
    user_id: str | None = None,
    total: str | None = "100.00",
    status: Status = Status.TRADING,
    reason: str | None = None,
    *findings: Finding,
    remedy: str = "Mend it.",
    change: Change | None = None,
    holdings: tuple[Holding, ...] = (),
    **more: Any,
) -> AccountReport:
    """A user's, or the master's; its total in dollars (None: unknown); with a reason where it is not trading."""
    fine = status is Status.TRADING
    verdict = Verdict(status) if fine else Verdict(status, reason or f"it is {status}", remedy)
    known = {
        "account": MASTER if user_id is None else Account(AccountType.USER, user_id),
        "verdict": verdict,
        "total": None if total is None else Decimal(total),
        "complete": total is not None,
        "whole": total is not None,
        "holdings": None if total is None else holdings,
        "fee_credits": Decimal(0),
        "key_info": None if total is None else KEY,
        "api_key": "SMPL…",
        "open_orders": None,
        "open_positions": None,
        "findings": findings,
        "change": change,
    }
    return AccountReport(**{**known, **more})


def activity(ago: timedelta | None = timedelta(minutes=14), **changes: Any) -> Activity:
    """Of an account whose last fill was so long ago (None: never), unless something of it is otherwise."""
    volume, price = Decimal("0.01"), Decimal("64250.1")
    known = {
        "as_of": NOW,
        "last_fill": None if ago is None else LastFill(NOW - ago, "BTC/USD", "buy", volume, price),
        "fills": 41,
        "fills_complete": True,
        "volume": Decimal("12345.67"),
        "volume_complete": True,
        "open_orders": 3,
        "oldest_order_at": NOW - timedelta(days=9),
        "positions_profit": Decimal("0.00"),
    }
    return Activity(**{**known, **changes})


def report(*accounts: AccountReport, **more: Any) -> Report:
    """Of a run that took a second and a quarter, in dollars, while Kraken was online."""
    known: Mapping[str, Any] = {
        "demo": False,
        "url": KRAKEN_URL,
        "generated_at": NOW,
        "duration": timedelta(seconds=1.25),
        "quote": "USD",
        "system_status": SystemStatus("online"),
        "accounts": accounts,
    }
    return Report(**{**known, **more})


def as_audit(checked: Report) -> AuditReport:
    """What an audit makes of it that has found nothing more."""
    audits = tuple(AccountAudit(one, one.findings, None, (), None) for one in checked.accounts)
    return AuditReport(checked, audits, checked.findings, None)


def changed(before: str, amount: str, percent: str | None, status: Status = Status.TRADING) -> Change:
    """What is different from an earlier run with that total and status."""
    return Change(
        first=False,
        previous_status=status.value,
        previous_total=Decimal(before),
        since=YESTERDAY,
        amount=Decimal(amount),
        percent=None if percent is None else Decimal(percent),
    )


FIRST = Change(first=True)
