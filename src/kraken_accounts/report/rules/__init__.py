"""The rules: what is looked for beside a status, by a check and by an audit alike, in one list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, get_args

from ..findings import Code, Finding, Severity
from ..verdict import Status
from . import accounts, activity, keys, ledgers, parts, remembered, run, wallets
from .evidence import (
    AcceptanceEvidence,
    AccountAuditEvidence,
    AccountEvidence,
    CombinedEvidence,
    Evidence,
    HistoryEvidence,
    LedgerEvidence,
    LookBackEvidence,
    MemoryEvidence,
    RosterEvidence,
    RunAuditEvidence,
    RunEvidence,
)
from .rule import Rule

# Findings of one severity are told in this order.
RULES: tuple[Rule[Any], ...] = (
    # Of an account.
    Rule(Code.BELOW_MINIMUM, Severity.CRITICAL, AccountEvidence, accounts.below_minimum),
    Rule(Code.MINIMUM_NOT_CHECKED, Severity.CRITICAL, AccountEvidence, accounts.minimum_not_checked),
    Rule(Code.SHARED_KEY, Severity.CRITICAL, AccountEvidence, accounts.shared_key),
    Rule(Code.SAME_ACCOUNT, Severity.CRITICAL, AccountEvidence, accounts.same_account),
    Rule(Code.SAME_ACCOUNT, Severity.CRITICAL, AccountAuditEvidence, accounts.same_orders),
    Rule(Code.ACCOUNT_CHANGED, Severity.CRITICAL, AccountEvidence, remembered.account_changed),
    Rule(Code.WITHDRAW_ENABLED, Severity.CRITICAL, AccountEvidence, keys.may_withdraw),
    Rule(Code.KEY_EXPIRED, Severity.CRITICAL, AccountEvidence, keys.expired),
    Rule(Code.KEY_EXPIRES_SOON, Severity.WARNING, AccountEvidence, keys.expires_soon),
    Rule(Code.WITHDRAW_ADDRESS_ENABLED, Severity.WARNING, AccountEvidence, keys.may_change_addresses),
    Rule(Code.MISSING_PERMISSION, Severity.WARNING, AccountEvidence, keys.lacks_permission),
    Rule(Code.NONCE_WINDOW, Severity.WARNING, AccountEvidence, keys.has_nonce_window),
    Rule(Code.NOT_AS_EXPECTED, Severity.WARNING, AccountEvidence, activity.not_as_expected),
    Rule(Code.IDLE, Severity.WARNING, AccountEvidence, activity.idle),
    Rule(Code.NEVER_TRADED, Severity.WARNING, AccountEvidence, activity.never_traded),
    Rule(Code.ACTIVITY_UNKNOWN, Severity.WARNING, AccountEvidence, activity.activity_unknown),
    Rule(Code.WALLETS_UNKNOWN, Severity.WARNING, AccountEvidence, wallets.wallets_unknown),
    Rule(Code.BALANCE_MISMATCH, Severity.WARNING, AccountAuditEvidence, accounts.balance_mismatch),
    Rule(Code.NOT_EXAMINED, Severity.WARNING, AccountAuditEvidence, accounts.figure_unknown),
    Rule(Code.ORDER_PROBE_FAILED, Severity.WARNING, AccountAuditEvidence, accounts.order_probe_failed),
    *(
        Rule(status, Severity.WARNING, AccountAuditEvidence, partial(accounts.not_trading, status))
        # One that may only look does what it is meant for, as one does that is disabled, and one in conflict has a
        # critical finding.
        for status in Status
        if status not in (Status.TRADING, Status.READ_ONLY, Status.DISABLED, Status.CONFLICT)
    ),
    Rule(Code.LEDGER_INCOMPLETE, Severity.WARNING, AccountEvidence, ledgers.failed),
    Rule(Code.LEDGER_INCOMPLETE, Severity.INFO, AccountEvidence, ledgers.behind),
    Rule(Code.NO_IP_ALLOWLIST, Severity.INFO, AccountEvidence, keys.works_anywhere),
    Rule(Code.UNPRICED_ASSETS, Severity.INFO, AccountEvidence, accounts.unpriced_assets),
    Rule(Code.SUPERFLUOUS_PERMISSION, Severity.INFO, AccountAuditEvidence, keys.may_do_more),
    Rule(Code.ACCOUNT_NEW, Severity.INFO, AccountEvidence, remembered.account_new),
    # Of the run.
    Rule(Code.ACCOUNT_VANISHED, Severity.CRITICAL, RosterEvidence, remembered.account_vanished),
    Rule(Code.PART_MISSING, Severity.CRITICAL, CombinedEvidence, parts.missing),
    Rule(Code.PART_OUTDATED, Severity.CRITICAL, CombinedEvidence, parts.outdated),
    Rule(Code.PART_OVERLAP, Severity.CRITICAL, CombinedEvidence, parts.namesakes),
    Rule(Code.CERTIFICATE_NOT_TRUSTED, Severity.CRITICAL, RunEvidence, run.distrusted),
    Rule(Code.CERTIFICATE_NOT_TRUSTED, Severity.CRITICAL, RunAuditEvidence, run.distrusted_in_audit),
    Rule(Code.ENV_FILE_IN_GIT, Severity.CRITICAL, RunAuditEvidence, run.tracked_by_git),
    Rule(Code.PART_OUTDATED, Severity.WARNING, CombinedEvidence, parts.all_outdated),
    Rule(Code.PART_OVERLAP, Severity.WARNING, CombinedEvidence, parts.overlapping),
    Rule(Code.ENV_FILE_PERMISSIONS, Severity.WARNING, RunEvidence, run.env_file_open_to_others),
    Rule(Code.IGNORED_VARIABLE, Severity.WARNING, RunEvidence, run.ignored_variables),
    Rule(Code.PUBLIC_DATA_MISSING, Severity.WARNING, RunEvidence, run.public_data_missing),
    Rule(Code.EMERGENCY, Severity.WARNING, RunEvidence, run.emergency),
    Rule(Code.UPCOMING_MAINTENANCE, Severity.WARNING, RunEvidence, run.upcoming_maintenance),
    Rule(Code.ENV_FILE_IN_GIT, Severity.WARNING, RunAuditEvidence, run.not_ignored_by_git),
    Rule(Code.NOT_EXAMINED, Severity.WARNING, RunAuditEvidence, run.unknown_to_git),
    Rule(Code.CLOCK_SKEW, Severity.WARNING, RunAuditEvidence, run.clock_skew),
    Rule(Code.NOT_REMEMBERED, Severity.WARNING, MemoryEvidence, run.not_remembered),
    Rule(Code.NOT_REMEMBERED, Severity.WARNING, RosterEvidence, remembered.not_known),
    Rule(Code.NOT_RECORDED, Severity.WARNING, HistoryEvidence, remembered.not_recorded),
    Rule(Code.HISTORY_UNKNOWN, Severity.WARNING, LookBackEvidence, remembered.history_unknown),
    Rule(Code.LEDGER_INCOMPLETE, Severity.WARNING, LedgerEvidence, ledgers.unplanned),
    Rule(Code.LEDGER_CHANGED, Severity.WARNING, LedgerEvidence, ledgers.changed),
    Rule(Code.OTHER_EXCHANGE, Severity.INFO, RunEvidence, run.other_exchange),
    Rule(Code.ACCEPTANCE_UNUSED, Severity.INFO, AcceptanceEvidence, run.unused_acceptances),
)


_RULES_FOR: dict[type[object], tuple[Rule[Any], ...]] = {
    kind: tuple(rule for rule in RULES if issubclass(kind, rule.needs)) for kind in get_args(Evidence)
}


def judge(evidence: Evidence) -> Iterator[Finding]:
    """What all rules find in it; those that need what was not asked say nothing."""
    for rule in _RULES_FOR[type(evidence)]:
        yield from rule.judge(evidence)


def not_kept(why: str) -> Finding:
    """Of a run whose accounts the next one will not know."""
    (finding,) = judge(RosterEvidence((), {}, why, None))
    return finding


def not_remembered() -> Finding:
    """Of a run that the next one cannot be compared with."""
    (finding,) = judge(MemoryEvidence(remembered=False))
    return finding


def not_recorded(trouble: str, remedy: str) -> Finding:
    """Of a run that left no point in the history."""
    (finding,) = judge(HistoryEvidence(trouble, remedy))
    return finding


def history_unknown(trouble: str, remedy: str) -> Finding:
    """Of a run that could not look back into the history."""
    (finding,) = judge(LookBackEvidence(trouble, remedy))
    return finding


def ledgers_read(contradicted: Sequence[str]) -> tuple[Finding, ...]:
    """Of a run that has read ledgers, and kept what they say."""
    return tuple(judge(LedgerEvidence(contradicted)))


def ledgers_not_asked(trouble: str, remedy: str) -> Finding:
    """Of a run that could not ask for them."""
    (finding,) = judge(LedgerEvidence(trouble=trouble, remedy=remedy))
    return finding
