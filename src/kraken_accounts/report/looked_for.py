"""What a report has looked for: what it does not have is over only if it would have it, were it there."""

from __future__ import annotations

from ..kraken import permissions
from .audit import AccountAudit, AuditReport
from .findings import Code
from .model import AccountReport, Report
from .rules.activity import FILLS, POSITIONS
from .rules.run import SINCE_LAST
from .rules.wallets import MARGIN
from .verdict import Status

# What Kraken says of a key, and a setting that is held against it.
_OF_THE_KEY = {
    Code.WITHDRAW_ENABLED,
    Code.WITHDRAW_ADDRESS_ENABLED,
    Code.KEY_EXPIRED,
    Code.KEY_EXPIRES_SOON,
    Code.MISSING_PERMISSION,
    Code.NONCE_WINDOW,
    Code.NOT_AS_EXPECTED,
}
# What is no better for being called something else.
_BECOMES = {Code.BELOW_MINIMUM: Code.MINIMUM_NOT_CHECKED, Code.KEY_EXPIRES_SOON: Code.KEY_EXPIRED}
_OF_THE_EXCHANGE = {
    Code.PUBLIC_DATA_MISSING,
    Code.EMERGENCY,
    Code.UPCOMING_MAINTENANCE,
    Code.CERTIFICATE_NOT_TRUSTED,
}
_OF_FILLS = {Code.IDLE, Code.NEVER_TRADED}
_TO_SEE_FILLS = permissions.label(permissions.QUERY_FILLS)
_OF_THE_SETTINGS = {Code.ENV_FILE_PERMISSIONS, Code.IGNORED_VARIABLE}


class LookedFor:
    """Judges a report by what it knows.

    Args:
        report: of a check, or of an audit, which looks for more.
        is_whole: whether it is of all accounts that are configured.
    """

    def __init__(self, report: Report | AuditReport, *, is_whole: bool) -> None:
        self._audit = report if isinstance(report, AuditReport) else None
        self._check = report.check if isinstance(report, AuditReport) else report
        self._is_whole = is_whole
        self._audited = {} if self._audit is None else {one.report.account: one for one in self._audit.accounts}

    def status_of(self, before: Status) -> bool:
        """Whether an account that does what it should is known not to be as it was.

        Two keys of one account show only where both have answered, and a key that opens another account than
        before only as long as the one before is remembered.
        """
        return before is not Status.CONFLICT or (self._tells_accounts_apart() and self._remembers())

    def of_account(self, code: Code, about: str, row: AccountReport) -> bool:
        """Whether a finding about an account would be there."""
        if code in _OF_FILLS or about in (FILLS, _TO_SEE_FILLS):
            return _has_seen_fills(code, row)
        if (other := _BECOMES.get(code)) and any(finding.code == other for finding in row.findings):
            return False
        if code in _OF_THE_KEY:
            return row.key_info is not None
        if code is Code.SHARED_KEY:
            return True
        if code is Code.SAME_ACCOUNT:
            return self._tells_accounts_apart() and row.account_fingerprint is not None
        if code is Code.ACCOUNT_CHANGED:
            return row.account_fingerprint is not None and self._remembers()
        if code in (Code.BELOW_MINIMUM, Code.MINIMUM_NOT_CHECKED):
            return row.minimum is not None
        if code is Code.ACTIVITY_UNKNOWN:
            return (row.open_positions if about == POSITIONS else row.open_orders) is not None
        if code is Code.WALLETS_UNKNOWN:
            return (row.coverage.margin if about == MARGIN else row.coverage.earn) is True
        audited = self._audited.get(row.account)
        return audited is not None and _of_an_audit(code, audited)

    def of_the_run(self, code: Code, about: str) -> bool:
        """Whether a finding about no single account would be there."""
        if code in _OF_THE_SETTINGS:
            return True
        if code in _OF_THE_EXCHANGE:
            return self._check.system_status is not None
        if code is Code.ACCOUNT_VANISHED:
            return self._is_whole and self._remembers()
        if code is Code.NOT_REMEMBERED:
            return self._check.change is not None if about == SINCE_LAST else True
        if code is Code.HISTORY_UNKNOWN:
            return self._check.looks_back
        if self._audit is None:
            return False
        if code is Code.CLOCK_SKEW:
            return self._audit.clock_skew is not None
        if code is Code.ENV_FILE_IN_GIT:
            return not any(finding.code == Code.NOT_EXAMINED for finding in self._audit.findings)
        return code is Code.NOT_EXAMINED

    def _tells_accounts_apart(self) -> bool:
        """Whether Kraken has answered each key that there is."""
        rows = (row for row in self._check.accounts if row.api_key is not None and not row.is_disabled)
        return self._is_whole and all(row.key_info is not None for row in rows)

    def _remembers(self) -> bool:
        """Whether it knows what earlier runs have found."""
        return not any(
            finding.code == Code.NOT_REMEMBERED and not finding.about for finding in self._check.findings
        )


def _has_seen_fills(code: Code, row: AccountReport) -> bool:
    """Whether it was asked for its fills, and told them; a key that may see them by now is enough to be right."""
    if row.activity is None:
        return False
    if code is Code.MISSING_PERMISSION:
        return row.key_info is not None
    return row.activity.fills is not None and (code not in _OF_FILLS or row.idle_after is not None)


def _of_an_audit(code: Code, audited: AccountAudit) -> bool:
    if code is Code.ORDER_PROBE_FAILED:
        return audited.is_probed
    if code is Code.BALANCE_MISMATCH:
        return audited.equivalent_balance is not None and audited.report.whole
    return code is Code.NOT_EXAMINED and audited.equivalent_balance is not None
