"""An audit as rich tables: the findings worst first, the keys, and what keeps each account apart."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import JustifyMethod, RenderableType

from ..kraken.permissions import REQUIRED
from ..report.audit import AccountAudit, AuditReport
from .interface import Format, View
from .layout import STYLES, Canvas
from .phrases import Detail, Phrases, sentence

_KEY_COLUMNS: dict[str, JustifyMethod] = {
    "Account": "left",
    "Key": "left",
    "Needed": "right",
    "Extra": "right",
    "Forbidden": "right",
    "Expires": "left",
    "From": "left",
}


class AuditTableFormat(Format[AuditReport]):
    """Three tables, for a terminal or a log."""

    def render(self, report: AuditReport, view: View) -> str:
        canvas = Canvas(view)
        return canvas.draw(_blocks(canvas, Phrases(report.check, view.encoding), report))


def _blocks(canvas: Canvas, phrases: Phrases, report: AuditReport) -> Iterator[RenderableType]:
    yield from map(canvas.line, phrases.heading())
    yield canvas.boxed("FINDINGS, WORST FIRST", _findings(canvas, phrases, report))
    yield canvas.listing(
        "KEYS", _KEY_COLUMNS, (tuple(map(phrases.fit, _key(account))) for account in report.accounts)
    )
    yield canvas.boxed("SEPARATION", _separation(canvas, phrases, report))


def _findings(canvas: Canvas, phrases: Phrases, report: AuditReport) -> Iterator[RenderableType]:
    for account, finding in report.all_findings():
        label = "all accounts" if account is None else account.account.label
        details = [
            Detail("What", phrases.fit(sentence(finding.message))),
            Detail("Do", phrases.fit(finding.remedy)),
        ]
        yield canvas.row(
            f"{finding.severity.upper()} {finding.code}: {label}", STYLES[finding.severity] or "bold", details
        )
    if not report.all_findings():
        yield canvas.row("Nothing was found.")


def _key(account: AccountAudit) -> tuple[str, ...]:
    key, review = account.report.key_info, account.permissions
    label = account.report.account.label
    if key is None or review is None:
        return (label, account.report.api_key or "none", "unknown", "?", "?", "?", "?")
    return (
        label,
        account.report.api_key or "none",
        f"{len(review.required)} of {len(REQUIRED)}",
        str(len(review.superfluous)),
        str(len(review.forbidden)),
        f"{key.valid_until:%Y-%m-%d}" if key.valid_until else "never",
        f"{len(key.ip_allowlist)} allowed" if key.ip_allowlist else "anywhere",
    )


def _separation(canvas: Canvas, phrases: Phrases, report: AuditReport) -> Iterator[RenderableType]:
    for account in report.accounts:
        details = [
            Detail(f"{phrases.mark(guarantee.verified)} {guarantee.name}", phrases.fit(sentence(guarantee.how)))
            for guarantee in account.separation
        ]
        yield canvas.row(account.report.account.label, "bold", details)


FORMAT = AuditTableFormat()
