"""An audit as tables: the findings worst first, the keys, and what keeps each account apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..kraken.permissions import CREATE_ORDERS, REQUIRED
from ..report.audit import AccountAudit, AuditReport
from ..report.findings import Code, Severity
from .arrangement import fine_and_not_listed, is_fleet, listed
from .fleet_table import group_rows, status_row
from .groups import Concern, grouped
from .interface import Format, View
from .item_lists import ItemList, Justify
from .layout import STYLES, Block, Canvas, Row, TextTable
from .phrases import STATUS_TITLE, Detail, Phrases, acceptance, kind_of, sentence

_FINDINGS_TITLE = "FINDINGS, WORST FIRST"
_SEPARATION_TITLE = "SEPARATION"
_KEY_COLUMNS: dict[str, Justify] = {
    "Account": "left",
    "Key": "left",
    "Needed": "right",
    "Extra": "right",
    "Forbidden": "right",
    "Expires": "left",
    "From": "left",
}
_NOTHING = Row("Nothing was found.")


class AuditTableFormat(Format[AuditReport]):
    """Three tables, for a terminal or a log, and one more where accounts are not trading."""

    def render(self, report: AuditReport, view: View) -> str:
        return Canvas(view).draw(_blocks(report, view))


def _blocks(report: AuditReport, view: View) -> Iterator[Block]:
    phrases = Phrases(report.check, view.encoding)
    accounts = listed(report.accounts, view)
    yield from phrases.heading()
    ailing = [one.report for one in accounts if not (one.report.is_as_expected or one.report.is_disabled)]
    statuses = [TextTable(STATUS_TITLE, [status_row(phrases, one, view) for one in ailing])] if ailing else []
    if is_fleet(report.accounts, view):
        findings = list(group_rows(grouped(_concerns(report)), phrases))
        yield TextTable(_FINDINGS_TITLE, findings or [_NOTHING])
        yield from statuses
        yield TextTable(_SEPARATION_TITLE, list(_separation_of_a_fleet(phrases, report)))
        yield _keys(phrases, accounts)
    else:
        yield TextTable(_FINDINGS_TITLE, list(_findings(phrases, report)) or [_NOTHING])
        yield from statuses
        yield _keys(phrases, accounts)
        yield TextTable(_SEPARATION_TITLE, [_separation(phrases, account) for account in accounts])
    if left_out := fine_and_not_listed(report.accounts, view):
        yield left_out


def _findings(phrases: Phrases, report: AuditReport) -> Iterator[Row]:
    for account, finding in report.all_findings():
        label = "all accounts" if account is None else account.account.label
        details = (
            Detail("What", phrases.fit(f"{sentence(finding.message)}{acceptance(finding.accepted)}")),
            Detail("Do", phrases.fit(finding.remedy)),
        )
        heading = f"{kind_of(finding)} {finding.code}: {label}"
        yield Row(heading, style=STYLES[finding.counts_as] or "bold", details=details)


def _concerns(report: AuditReport) -> Iterator[Concern]:
    for account, finding in report.all_findings():
        yield Concern(
            None if account is None else account.account,
            f"{kind_of(finding)} {finding.code}",
            finding.counts_as,
            f"{sentence(finding.message)}{acceptance(finding.accepted)}",
            finding.remedy,
        )


def _keys(phrases: Phrases, accounts: Sequence[AccountAudit]) -> ItemList:
    rows = [tuple(map(phrases.fit, _key(account))) for account in accounts]
    sentences = [
        f"{label}: key {key}, needed {needed}, extra {extra}, forbidden {forbidden}, expires {expires}, {source}"
        for label, key, needed, extra, forbidden, expires, source in rows
    ]
    return ItemList("KEYS", _KEY_COLUMNS, rows, sentences)


def _key(account: AccountAudit) -> tuple[str, ...]:
    key, review = account.report.key_info, account.permissions
    label = account.report.account.label
    if key is None or review is None:
        return (label, account.report.api_key or "none", "unknown", "?", "?", "?", "?")
    # Of a key that may only look, and lacks nothing, since fills or config.toml say that it is to do no more.
    lacks = any(finding.code is Code.MISSING_PERMISSION for finding in account.findings)
    needed = REQUIRED if CREATE_ORDERS in key.permissions or lacks else review.required
    return (
        label,
        account.report.api_key or "none",
        f"{len(review.required)} of {len(needed)}",
        str(len(review.superfluous)),
        str(len(review.forbidden)),
        f"{key.valid_until:%Y-%m-%d}" if key.valid_until else "never",
        f"{len(key.ip_allowlist)} allowed" if key.ip_allowlist else "anywhere",
    )


def _separation(phrases: Phrases, account: AccountAudit) -> Row:
    details = tuple(
        Detail(f"{phrases.mark(guarantee.verified)} {guarantee.name}", phrases.fit(sentence(guarantee.how)))
        for guarantee in account.separation
    )
    return Row(account.report.account.label, style="bold", details=details)


def _separation_of_a_fleet(phrases: Phrases, report: AuditReport) -> Iterator[Row]:
    """How many accounts are separate in every way, and which are not, in what and why."""
    apart = [one for one in report.accounts if one.separation and not list(_doubts(one))]
    names = ", ".join(dict.fromkeys(one.name for account in report.accounts for one in account.separation))
    if apart:
        yield Row(f"{phrases.mark(True)} {len(apart)} of {len(report.accounts)} accounts: {names}", wraps=True)
    yield from group_rows(
        grouped(
            Concern(
                account.report.account,
                f"{phrases.mark(verified)} {names}",
                Severity.WARNING if verified is None else None,
                sentence(how),
                "",
            )
            for account in report.accounts
            for names, verified, how in _doubts(account)
        ),
        phrases,
    )


def _doubts(account: AccountAudit) -> Iterator[tuple[str, bool | None, str]]:
    """In what an account is not known to be separate, whether it is known not to be, and why."""
    names: dict[tuple[bool | None, str], list[str]] = {}
    for guarantee in account.separation:
        if not guarantee.verified:
            names.setdefault((guarantee.verified, guarantee.how), []).append(guarantee.name)
    return ((", ".join(which), verified, how) for (verified, how), which in names.items())


FORMAT = AuditTableFormat()
