"""The report for programs: JSON, schema 1. Amounts are decimal strings; null is unknown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .. import money
from ..kraken.orders import OpenPosition, Order
from ..kraken.prices import NoPrice
from ..kraken.public import Notice
from ..kraken.valuation import Holding
from ..report.activity import Activity
from ..report.amounts import amounts_of
from ..report.findings import Accepted, Code, Finding
from ..report.model import AccountReport, Report
from ..shard import Shard
from . import json_differences, json_wallets
from .interface import Format, View
from .serialization import cents, seconds, time

if TYPE_CHECKING:
    from ..report.news import News

SCHEMA = 1


class JsonFormat(Format[Report]):
    """One object; fields are only ever added to a schema, never renamed or dropped."""

    def render(self, report: Report, view: View) -> str:
        news = {} if view.news is None else {"news": list(map(_news, view.news))}
        return document({**report_fields(report), **news})


def document(fields: Mapping[str, Any]) -> str:
    """A JSON object, a line for each field and for each entry of a list: for grep and diff, and quick to write."""
    lines = []
    for name, value in fields.items():
        shown = json.dumps(value)
        if isinstance(value, list) and value:
            shown = "[\n    " + ",\n    ".join(map(json.dumps, value)) + "\n  ]"
        lines.append(f"  {json.dumps(name)}: {shown}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def report_fields(report: Report) -> dict[str, Any]:
    """The whole of a report as JSON has it."""
    status = report.system_status
    totals = report.totals
    return {
        "schema": SCHEMA,
        "demo": report.demo,
        "generated_at": time(report.generated_at),
        "duration_seconds": seconds(report.duration),
        "quote": report.quote,
        "ok": report.ok,
        "exit_code": int(report.exit_code),
        "shard": shard(report.shard),
        "parts": (
            None
            if report.parts is None
            else [
                {
                    "name": part.name,
                    "shard": shard(part.shard),
                    "generated_at": time(part.generated_at),
                    "accounts": part.accounts,
                }
                for part in report.parts
            ]
        ),
        "exchange": {
            "name": "kraken",
            "url": report.url,
            "status": status.status if status else None,
            "upcoming_maintenance": _notices(status.upcoming_maintenance if status else ()),
            "emergency": _notices(status.emergency if status else ()),
            "unknown": [found.message for found in report.findings if found.code is Code.PUBLIC_DATA_MISSING],
        },
        "accounts": [_account(account, report.quote) for account in report.accounts],
        "totals": {
            "master": cents(totals.master),
            "users": {user: cents(total) for user, total in totals.users.items()},
            "all": cents(totals.all),
            "complete": totals.complete,
            "whole": totals.whole,
        },
        **json_wallets.of_totals(totals),
        "findings": [finding(found) for found in report.findings],
        **json_differences.of_all(report.change, report.changed_since, report.gains),
    }


def _account(account: AccountReport, quote: str) -> dict[str, Any]:
    key = account.key_info
    return {
        "account_type": account.account.account_type.value,
        "user_id": account.account.user_id,
        "label": account.account.label,
        "broker": "kraken",
        "status": account.status.value,
        "trading": account.trading,
        "expected": None if account.expected is None else account.expected.value,
        "reason": account.verdict.reason,
        "remedy": account.verdict.remedy,
        "total": cents(account.total),
        "complete": account.complete,
        "whole": account.whole,
        **json_wallets.of_account(account),
        "assets": None if account.holdings is None else list(map(_holding, account.priced)),
        "unpriced": None if account.holdings is None else list(map(_holding, account.unpriced)),
        "fee_credits": None if account.fee_credits is None else money.plain(account.fee_credits),
        "permissions": None if key is None else list(key.permissions),
        "api_key": account.api_key,
        "account_fingerprint": account.account_fingerprint,
        "open_orders": None if account.open_orders is None else [_order(order) for order in account.open_orders],
        "open_positions": (
            None
            if account.open_positions is None
            else [_position(position) for position in account.open_positions]
        ),
        "evidence": None if account.verdict.evidence is None else account.verdict.evidence.value,
        "activity": None if account.activity is None else _activity(account, account.activity, quote),
        "findings": [finding(found) for found in account.findings],
        **standing(account),
        **json_differences.of_account(account.change, account.gains),
    }


def _holding(held: Holding) -> dict[str, Any]:
    """An amount of one asset, with its worth or the reason why that is unknown."""
    return {
        "asset": held.asset,
        "codes": list(held.codes),
        "amount": money.plain(held.amount),
        "available": None if held.available is None else money.plain(held.available),
        **({"credit": money.plain(held.credit)} if held.credit else {}),
        **json_wallets.of_holding(held),
        **_worth(held),
    }


def _worth(held: Holding) -> dict[str, str]:
    if isinstance(held.unit, NoPrice):
        return {"reason": held.unit.reason}
    return {
        "price": money.plain(held.unit.amount),
        "price_basis": held.unit.basis.value,
        "value": money.plain(held.unit.value_of(held.amount)),
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
        "price_relative": order.price_relative,
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
        "profit": None if position.profit is None else money.plain(position.profit),
    }


def _activity(account: AccountReport, activity: Activity, quote: str) -> dict[str, Any]:
    last = activity.last_fill
    return {
        "as_of": time(activity.as_of),
        "last_fill": (
            None
            if last is None
            else {
                "time": time(last.time),
                "pair": last.pair,
                "side": last.side,
                "volume": money.plain(last.volume),
                "price": money.plain(last.price),
            }
        ),
        "fills_24h": activity.fills,
        "fills_24h_complete": activity.fills_complete,
        "volume_24h": cents(activity.volume),
        "volume_24h_complete": activity.volume_complete,
        "open_orders": activity.open_orders,
        "oldest_order_at": None if activity.oldest_order_at is None else time(activity.oldest_order_at),
        "value_in_orders": cents(amounts_of(account, quote).in_orders),
        "positions_profit": cents(activity.positions_profit),
    }


def shard(part: Shard | None) -> dict[str, int] | None:
    """Which part of the accounts a report is of, as every report in JSON has it."""
    return None if part is None else {"index": part.index, "of": part.of}


def standing(account: AccountReport) -> dict[str, str | int | None]:
    """Since when an account has its status, as every report in JSON has it."""
    known = account.standing
    return {
        "since": None if known is None else time(known.since),
        "checks": None if known is None else known.checks,
    }


def finding(found: Finding) -> dict[str, Any]:
    """One finding, as every report in JSON has it."""
    return {
        "code": found.code,
        "severity": found.severity.value,
        "message": found.message,
        "remedy": found.remedy,
        "accepted": None if found.accepted is None else _accepted(found.accepted),
    }


def _accepted(accepted: Accepted) -> dict[str, str | None]:
    return {
        "reason": accepted.reason,
        "until": None if accepted.until is None else accepted.until.isoformat(),
    }


def _news(item: News) -> dict[str, Any]:
    return {
        "kind": item.kind.value,
        "account": None if item.account is None else item.account.label,
        "status": item.status,
        "code": item.code,
        "severity": item.severity,
        "message": item.message,
        "remedy": item.remedy,
        "since": None if item.since is None else time(item.since),
        "after_seconds": None if item.lasted is None else int(item.lasted.total_seconds()),
        "before": item.before,
        "accepted": None if item.accepted is None else _accepted(item.accepted),
    }


def _notices(notices: Iterable[Notice]) -> list[dict[str, str]]:
    return [dict(notice.fields) for notice in notices]


FORMAT = JsonFormat()
