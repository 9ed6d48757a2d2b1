"""From JSON back to the report: what another run has written, on another host, and nothing else.

Anybody may have written such a file, or spoilt it. So a report is believed only if it says of itself exactly what
this program would say of it: what was read is written once more and compared, sums, exit code and all.
"""

from __future__ import annotations

import re
from typing import Any

from ..accounts import MASTER, Account, AccountType
from ..kraken.key_info import KeyInfo
from ..kraken.orders import OpenPosition, Order
from ..kraken.prices import Basis, NoPrice, Price
from ..kraken.public import Notice, SystemStatus
from ..kraken.valuation import Holding
from ..report.findings import Accepted, Code, Finding, Severity
from ..report.known import Standing
from ..report.model import AccountReport, Part, Report
from ..report.verdict import Status, TradingEvidence, Verdict
from ..shard import Shard
from .json import SCHEMA, report_fields
from .json_activity import read_activity
from .json_agreement import compare
from .json_differences import read_change, read_change_in_all, read_gains
from .json_fields import (
    Fields,
    NotAReport,
    amount,
    count,
    day,
    decoded,
    duration,
    entries,
    flag,
    known,
    lines,
    shown,
    text,
    texts,
    time,
)
from .json_wallets import read_coverage, read_earn, read_part, read_wallets

__all__ = ["NotAReport", "read_report"]

_FINGERPRINT = re.compile(r"[0-9a-f]{12}")


def read_report(text: bytes) -> Report:
    """The report that `--format json` of a check, or of `combine`, has written.

    Fields that a later version has added are passed over.

    Raises:
        NotAReport: it is something else, of another schema, cut off, or at odds with itself.
    """
    document = decoded(text)
    if not isinstance(document, dict) or "schema" not in document:
        raise NotAReport("is not the report of a check in JSON; make it with --format json")
    if document["schema"] != SCHEMA or isinstance(document["schema"], bool):
        raise NotAReport(f"is of schema {shown(document['schema'])}, and this version reads schema {SCHEMA}")
    if "clock_skew_seconds" in document:
        raise NotAReport("is the report of an audit; combine takes those of `check`")
    report = _report(Fields(document, ""))
    compare(report_fields(report), document)
    return report


def _report(fields: Fields) -> Report:
    exchange = fields.object("exchange")
    change, changed_since = read_change_in_all(fields)
    accounts = fields.several("accounts", _account)
    if len({account.account for account in accounts}) != len(accounts):
        raise NotAReport("has one account twice")
    return Report(
        demo=fields.get("demo", flag),
        url=exchange.get("url", text),
        generated_at=fields.get("generated_at", time),
        duration=fields.get("duration_seconds", duration),
        quote=fields.get("quote", text),
        system_status=_system_status(exchange),
        accounts=accounts,
        findings=fields.several("findings", _finding),
        change=change,
        changed_since=changed_since,
        shard=_shard(fields.optional_object("shard")),
        parts=fields.several_or_none("parts", _part),
        with_wallets=read_coverage(fields).earn is not None,
        gains=read_gains(fields),
    )


def _shard(fields: Fields | None) -> Shard | None:
    if fields is None:
        return None
    index, of = fields.get("index", count), fields.get("of", count)
    try:
        return Shard(index, of)
    except ValueError as error:
        raise NotAReport(f"says of its shard: {error}") from None


def _part(fields: Fields) -> Part:
    return Part(
        name=fields.get("name", text),
        shard=_shard(fields.optional_object("shard")),
        generated_at=fields.get("generated_at", time),
        accounts=fields.get("accounts", count),
    )


def _system_status(exchange: Fields) -> SystemStatus | None:
    status = exchange.optional("status", text)
    if status is None:
        return None
    return SystemStatus(
        status,
        exchange.get("upcoming_maintenance", _notices),
        exchange.get("emergency", _notices),
    )


def _notices(value: Any) -> tuple[Notice, ...]:
    notices = entries(value)
    if not all(isinstance(notice, dict) for notice in notices):
        raise ValueError("list of notices")
    return tuple(Notice({lines(name): lines(said) for name, said in notice.items()}) for notice in notices)


def _finding(fields: Fields) -> Finding:
    accepted = fields.optional_object("accepted")
    return Finding(
        code=fields.get("code", _code),
        severity=fields.get("severity", lambda value: known(Severity, value, "severity")),
        message=fields.get("message", lines),
        remedy=fields.get("remedy", lines),
        accepted=None if accepted is None else _accepted(accepted),
    )


def _accepted(fields: Fields) -> Accepted:
    return Accepted(fields.get("reason", text), fields.optional("until", day))


def _account(fields: Fields) -> AccountReport:
    user_id = fields.optional("user_id", _user_id)
    permissions = fields.optional("permissions", texts)
    priced = fields.several_or_none("assets", _priced)
    unpriced = fields.several_or_none("unpriced", _unpriced)
    activity = fields.optional_object("activity")
    return AccountReport(
        account=MASTER if user_id is None else Account(AccountType.USER, user_id),
        verdict=Verdict(
            fields.get("status", _status),
            fields.optional("reason", lines),
            fields.optional("remedy", lines),
            fields.optional("evidence", lambda value: known(TradingEvidence, value, "evidence of trading")),
        ),
        total=fields.optional("total", amount),
        complete=fields.get("complete", flag),
        whole=fields.get("whole", flag),
        holdings=None if priced is None else (*priced, *(unpriced or ())),
        fee_credits=fields.optional("fee_credits", amount),
        # A report says no more of a key.
        key_info=None if permissions is None else KeyInfo(permissions, None, None, None, ()),
        api_key=fields.optional("api_key", text),
        open_orders=fields.several_or_none("open_orders", _order),
        open_positions=fields.several_or_none("open_positions", _position),
        findings=fields.several("findings", _finding),
        account_fingerprint=fields.optional("account_fingerprint", fingerprint),
        change=read_change(fields),
        standing=_standing(fields),
        expected=fields.optional("expected", _status),
        activity=None if activity is None else read_activity(activity),
        coverage=read_coverage(fields),
        wallets=read_wallets(fields),
        earn=read_earn(fields),
        equity=fields.optional("equity", amount),
        gains=read_gains(fields),
    )


def _standing(fields: Fields) -> Standing | None:
    since, checks = fields.optional("since", time), fields.optional("checks", count)
    if since is None or not checks:
        return None
    return Standing(since, checks)


def _user_id(value: Any) -> str:
    user_id = text(value)
    if user_id.lower() == MASTER.selector:
        raise ValueError("id of a user")
    return user_id


def _priced(fields: Fields) -> Holding:
    basis = fields.get("price_basis", lambda value: known(Basis, value, "basis of a price"))
    return _holding(fields, Price(fields.get("price", amount), basis))


def _unpriced(fields: Fields) -> Holding:
    return _holding(fields, NoPrice(fields.get("reason", text)))


def _holding(fields: Fields, unit: Price | NoPrice) -> Holding:
    return Holding(
        asset=fields.get("asset", text),
        codes=fields.get("codes", texts),
        amount=fields.get("amount", amount),
        available=fields.optional("available", amount),
        unit=unit,
        credit=read_part(fields, "credit"),
        staked=read_part(fields, "staked"),
        earn=read_part(fields, "earn"),
    )


def _order(fields: Fields) -> Order:
    return Order(
        order_id=fields.get("id", text),
        pair=fields.get("pair", text),
        side=fields.get("side", text),
        order_type=fields.get("type", text),
        status="open",
        volume=fields.get("volume", amount),
        executed=fields.get("executed", amount),
        price=fields.optional("price", amount),
        opened_at=fields.optional("opened_at", time),
        client_order_id=fields.optional("client_order_id", text),
        price_relative=fields.optional("price_relative", text),
    )


def _position(fields: Fields) -> OpenPosition:
    return OpenPosition(
        position_id=fields.get("id", text),
        pair=fields.get("pair", text),
        side=fields.get("side", text),
        volume=fields.get("volume", amount),
        closed=fields.get("closed", amount),
        cost=fields.get("cost", amount),
        profit=fields.optional("profit", amount),
    )


def _status(value: Any) -> Status:
    return known(Status, value, "status")


def _code(value: Any) -> Code:
    return known(Code, value, "code of a finding")


def fingerprint(value: Any) -> str:
    if not isinstance(value, str) or not _FINGERPRINT.fullmatch(value):
        raise ValueError("fingerprint of an account")
    return value
