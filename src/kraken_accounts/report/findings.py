"""A finding: something to know beside a status. What is looked for, and how, is in `rules`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from .verdict import Status


class Severity(StrEnum):
    """Of one finding, worst first."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Code(StrEnum):
    """Of one finding; an audit also has one for each status that an account should not have, by its name."""

    WITHDRAW_ENABLED = "withdraw-enabled"
    SHARED_KEY = "shared-key"
    SAME_ACCOUNT = "same-account"
    ACCOUNT_CHANGED = "account-changed"
    ACCOUNT_VANISHED = "account-vanished"
    KEY_EXPIRED = "key-expired"
    BELOW_MINIMUM = "below-minimum"
    MINIMUM_NOT_CHECKED = "minimum-not-checked"
    PART_MISSING = "part-missing"
    PART_OUTDATED = "part-outdated"
    PART_OVERLAP = "part-overlap"
    CERTIFICATE_NOT_TRUSTED = "certificate-not-trusted"
    ENV_FILE_IN_GIT = "env-file-in-git"
    WITHDRAW_ADDRESS_ENABLED = "withdraw-address-enabled"
    MISSING_PERMISSION = "missing-permission"
    KEY_EXPIRES_SOON = "key-expires-soon"
    NONCE_WINDOW = "nonce-window"
    ENV_FILE_PERMISSIONS = "env-file-permissions"
    IGNORED_VARIABLE = "ignored-variable"
    PUBLIC_DATA_MISSING = "public-data-missing"
    IDLE = "idle"
    NEVER_TRADED = "never-traded"
    ACTIVITY_UNKNOWN = "activity-unknown"
    WALLETS_UNKNOWN = "wallets-unknown"
    EMERGENCY = "emergency"
    UPCOMING_MAINTENANCE = "upcoming-maintenance"
    NOT_REMEMBERED = "not-remembered"
    NOT_RECORDED = "not-recorded"
    HISTORY_UNKNOWN = "history-unknown"
    LEDGER_INCOMPLETE = "ledger-incomplete"
    LEDGER_CHANGED = "ledger-changed"
    BALANCE_MISMATCH = "balance-mismatch"
    CLOCK_SKEW = "clock-skew"
    ORDER_PROBE_FAILED = "order-probe-failed"
    NOT_EXAMINED = "not-examined"
    OTHER_EXCHANGE = "other-exchange"
    NO_IP_ALLOWLIST = "no-ip-allowlist"
    UNPRICED_ASSETS = "unpriced-assets"
    SUPERFLUOUS_PERMISSION = "superfluous-permission"
    ACCOUNT_NEW = "account-new"
    NOT_AS_EXPECTED = "not-as-expected"
    ACCEPTANCE_UNUSED = "acceptance-unused"


@dataclass(frozen=True, slots=True)
class Accepted:
    """That the operator knows of a finding and lives with it.

    Attributes:
        until: the last day, in UTC; None for ever.
    """

    reason: str
    until: date | None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to know about an account, or about the whole run, and what to do about it.

    Attributes:
        accepted: by whom it concerns, for a time; None where it is not.
        about: which of several of its code this one is, in words that stay the same as long as it does; nothing
            where there is one of its code.
    """

    code: Code | Status
    severity: Severity
    message: str
    remedy: str
    accepted: Accepted | None = None
    about: tuple[str, ...] = ()

    @property
    def counts_as(self) -> Severity:
        """What it weighs, for exit codes and alarms: once accepted it is information, whatever it is."""
        return self.severity if self.accepted is None else Severity.INFO


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The same, by what they weigh; those of one weight stay in their order."""
    return tuple(sorted(findings, key=lambda finding: rank(finding.counts_as)))


def rank(severity: Severity) -> int:
    """0 for the worst."""
    return list(Severity).index(severity)
