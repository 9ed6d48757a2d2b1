"""The report for programs: JSON, schema 1. Amounts are decimal strings; null is unknown."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from .. import money
from ..kraken.orders import OpenPosition, Order
from ..kraken.public import Notice
from ..kraken.valuation import Holding
from ..report import AccountReport, Finding, Report
from .interface import Format, View

SCHEMA = 1


class JsonFormat(Format[Report]):
    """One object; fields are only ever added to a schema, never renamed or dropped."""

    def render(self, report: Report, view: View) -> str:  # noqa: ARG002 - JSON always says everything
        return json.dumps(_report(report), indent=2, ensure_ascii=True) + "\n"


def _report(report: Report) -> dict[str, Any]:
    status = report.system_status
    totals = report.totals
    return {
        "schema": SCHEMA,
        "demo": report.demo,
        "generated_at": time(report.generated_at),
        "quote": report.quote,
        "ok": report.ok,
        "exit_code": int(report.exit_code),
        "exchange": {
            "name": "kraken",
            "status": status.status if status else None,
            "upcoming_maintenance": _notices(status.upcoming_maintenance if status else ()),
            "emergency": _notices(status.emergency if status else ()),
            "unknown": list(report.trouble),
        },
        "accounts": [_account(account) for account in report.accounts],
        "totals": {
            "master": _cents(totals.master),
            "users": {user: _cents(total) for user, total in totals.users.items()},
            "all": _cents(totals.all),
            "complete": totals.complete,
        },
        "findings": [finding(found) for found in report.findings],
    }


def _account(account: AccountReport) -> dict[str, Any]:
    key = account.key_info
    return {
        "account_type": account.account.account_type.value,
        "user_id": account.account.user_id,
        "label": account.account.label,
        "broker": "kraken",
        "status": account.status.value,
        "trading": account.trading,
        "reason": account.verdict.reason,
        "remedy": account.verdict.remedy,
        "total": _cents(account.total),
        "complete": account.complete,
        "assets": None if account.holdings is None else [_holding(held) | _worth(held) for held in account.priced],
        "unpriced": None if account.holdings is None else [_holding(held) for held in account.unpriced],
        "fee_credits": money.plain(account.fee_credits),
        "permissions": None if key is None else list(key.permissions),
        "api_key": account.api_key,
        "open_orders": None if account.open_orders is None else [_order(order) for order in account.open_orders],
        "open_positions": (
            None
            if account.open_positions is None
            else [_position(position) for position in account.open_positions]
        ),
        "findings": [finding(found) for found in account.findings],
    }


def _holding(held: Holding) -> dict[str, Any]:
    return {
        "asset": held.asset,
        "codes": list(held.codes),
        "amount": money.plain(held.amount),
        "available": money.plain(held.available),
    }


def _worth(held: Holding) -> dict[str, str]:
    return {
        name: money.plain(amount)
        for name, amount in (("price", held.price), ("value", held.value))
        if amount is not None
    }


def _order(order: Order) -> dict[str, Any]:
    return {
        "id": order.order_id,
        "pair": order.pair,
        "side": order.side,
        "type": order.order_type,
        "client_order_id": order.client_order_id,
        "volume": money.plain(order.volume),
        "executed": money.plain(order.executed),
        "price": None if order.price is None else money.plain(order.price),
        "opened_at": None if order.opened_at is None else time(order.opened_at),
    }


def _position(position: OpenPosition) -> dict[str, Any]:
    return {
        "id": position.position_id,
        "pair": position.pair,
        "side": position.side,
        "volume": money.plain(position.volume),
        "closed": money.plain(position.closed),
        "cost": money.plain(position.cost),
    }


def finding(found: Finding) -> dict[str, str]:
    """One finding, as every report in JSON has it."""
    return {
        "code": found.code,
        "severity": found.severity.value,
        "message": found.message,
        "remedy": found.remedy,
    }


def _notices(notices: Iterable[Notice]) -> list[dict[str, str]]:
    return [dict(notice.fields) for notice in notices]


def _cents(total: Decimal | None) -> str | None:
    """A total as it was rounded, its cents included: "13580.10"."""
    return None if total is None else f"{total:f}"


def time(moment: datetime) -> str:
    """A time in UTC, as every report in JSON has it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


FORMAT = JsonFormat()
