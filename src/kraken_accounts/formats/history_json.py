"""A statement for programs: JSON, schema 1. Amounts are decimal strings; null is unknown."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .. import money
from ..history.model import Held
from ..history.performance import Performance
from ..history.statement import AccountStatement, Statement
from .interface import Format, View
from .json import document
from .serialization import cents, time

SCHEMA = 1
_PERCENT_PLACES = 4


class HistoryJsonFormat(Format[Statement]):
    """One object; fields are only ever added to a schema, never renamed or dropped."""

    def render(self, report: Statement, view: View) -> str:  # noqa: ARG002 - JSON always says everything
        return document(
            {
                "schema": SCHEMA,
                "demo": report.demo,
                "generated_at": time(report.generated_at),
                "quote": report.quote,
                "since": time(report.span.start),
                "until": time(report.span.end),
                "by": report.by.value,
                "accounts": [_account(one) for one in report.accounts],
                "all": _fields(report.all),
            }
        )


def percent(rate: Decimal | None) -> str | None:
    """A rate in percent: "1.2345"."""
    return None if rate is None else money.plain(round(100 * rate, _PERCENT_PLACES))


def figures(found: Performance) -> dict[str, Any]:
    """Those of one span, by their names in all formats for programs."""
    return {
        "start": cents(found.start),
        "start_at": None if found.began is None else time(found.began),
        "deposits": cents(found.deposits),
        "withdrawals": cents(found.withdrawals),
        "fees": cents(found.fees),
        "rewards": cents(found.rewards),
        "gain": cents(found.gain),
        "end": cents(found.end),
        "end_at": None if found.ended is None else time(found.ended),
        "unexplained": cents(found.unexplained),
        "return_percent": percent(found.rate),
        "complete": found.complete,
    }


def _account(one: AccountStatement) -> dict[str, Any]:
    whose = one.account
    return {
        "account_type": None if whose is None else whose.account_type.value,
        "user_id": None if whose is None else whose.user_id,
        "label": one.label,
        **_fields(one),
        "covers": list(one.covers),
        "holdings": None if one.holdings is None else [_held(held) for held in one.holdings],
    }


def _fields(one: AccountStatement) -> dict[str, Any]:
    return {
        **figures(one.overall),
        "notes": [{"code": caveat.code.value, "message": caveat.message} for caveat in one.caveats],
        "flows": [{"at": time(flow.at), "amount": cents(flow.amount)} for flow in one.flows],
        "days": [
            {"day": day.isoformat(), "total": None if worth is None else cents(worth.amount)}
            for day, worth in one.days.items()
        ],
        "periods": [
            {"since": time(period.span.start), "until": time(period.span.end), **figures(period)}
            for period in one.periods
        ],
    }


def _held(held: Held) -> dict[str, Any]:
    return {
        "asset": held.asset,
        "amount": money.plain(held.amount),
        "price": None if held.price is None else money.plain(held.price),
        "value": None if held.value is None else money.plain(held.value),
    }


FORMAT = HistoryJsonFormat()
