"""An audit for programs: JSON, schema 1. Null is unknown, or could not be verified."""

from __future__ import annotations

import json
from typing import Any

from .. import money
from ..report.audit import AccountAudit, AuditReport
from .interface import Format, View
from .json import SCHEMA, finding, shard, standing
from .json_wallets import coverage_fields
from .serialization import cents, time


class AuditJsonFormat(Format[AuditReport]):
    """One object; fields are only ever added to a schema, never renamed or dropped."""

    def render(self, report: AuditReport, view: View) -> str:  # noqa: ARG002 - JSON always says everything
        return json.dumps(_audit(report), indent=2, ensure_ascii=True) + "\n"


def _audit(report: AuditReport) -> dict[str, Any]:
    skew = report.clock_skew
    return {
        "schema": SCHEMA,
        "demo": report.check.demo,
        "generated_at": time(report.check.generated_at),
        "exchange": {"name": "kraken", "url": report.check.url},
        "quote": report.check.quote,
        "ok": report.ok,
        "exit_code": int(report.exit_code),
        "shard": shard(report.check.shard),
        "clock_skew_seconds": None if skew is None else round(skew.total_seconds()),
        "accounts": [_account(account) for account in report.accounts],
        "findings": [
            {"account": None if account is None else account.account.label, **finding(found)}
            for account, found in report.all_findings()
        ],
    }


def _account(account: AccountAudit) -> dict[str, Any]:
    report, key, review = account.report, account.report.key_info, account.permissions
    equivalent = account.equivalent_balance
    return {
        "account_type": report.account.account_type.value,
        "user_id": report.account.user_id,
        "label": report.account.label,
        "status": report.status.value,
        **standing(report),
        "reason": report.verdict.reason,
        "remedy": report.verdict.remedy,
        "api_key": report.api_key,
        "permissions": None
        if review is None
        else {
            "required": list(review.required),
            "missing": list(review.missing),
            "superfluous": list(review.superfluous),
            "forbidden": list(review.forbidden),
        },
        "expires_at": None if key is None or key.valid_until is None else time(key.valid_until),
        "ip_allowlist": None if key is None else list(key.ip_allowlist),
        "nonce_window": None if key is None or key.nonce_window is None else money.plain(key.nonce_window),
        "total": cents(report.total),
        "whole": report.whole,
        "coverage": coverage_fields(report.coverage),
        "equivalent_balance": None if equivalent is None else money.plain(equivalent),
        "separation": {
            guarantee.name.replace(" ", "_"): {"verified": guarantee.verified, "how": guarantee.how}
            for guarantee in account.separation
        },
    }


FORMAT = AuditJsonFormat()
