"""What differs from what earlier runs have found: whose account it is, who is there, and what was forgotten."""

from __future__ import annotations

from collections.abc import Iterator

from ...accounts import named
from ...invocation import to_run
from .evidence import AccountEvidence, HistoryEvidence, LookBackEvidence, RosterEvidence
from .rule import Found

BEGUN_ANEW = "damaged"
"""Of several findings of that code, the one that what is remembered was damaged."""
_MOST_TOLD_APART = 5  # accounts


def account_changed(account: AccountEvidence) -> Iterator[Found]:
    if account.changed is not None:
        yield account.changed.message, account.changed.remedy, (account.changed.found.fingerprint,)


def account_new(account: AccountEvidence) -> Iterator[Found]:
    if account.is_new:
        yield (
            "this account was not checked before; it is watched from now on",
            "Nothing to mend, if it was added on purpose.",
        )


def account_vanished(run: RosterEvidence) -> Iterator[Found]:
    """Accounts that nobody looks at any more; very many of them have one cause."""
    if len(run.vanished) > _MOST_TOLD_APART:
        accounts = [gone.account for gone in run.vanished]
        yield (
            f"{len(accounts)} accounts were checked before and are not configured any more: {named(accounts)}",
            f"Put their lines back; or end the watch over each: {to_run('accounts', 'forget', 'LABEL')}",
            tuple(account.label for account in accounts),
        )
        return
    for gone in run.vanished:
        heir = None if gone.identity is None else run.openers.get(gone.identity.fingerprint)
        renamed = "" if heir is None else f"; the key of {heir.label} opens the same Kraken account"
        yield (
            f"{gone.account.label} is not configured any more; it was checked before, at "
            f"{gone.seen:%Y-%m-%d %H:%M} UTC last ({gone.status}){renamed}",
            "Put its lines back, or end the watch over it: " + to_run("accounts", "forget", gone.account.selector),
            (gone.account.label,),
        )


def not_known(run: RosterEvidence) -> Iterator[Found]:
    """That nothing is remembered: an alarm that cannot look is worth a word, and what it did not see another."""
    if run.trouble is not None:
        yield (
            f"what runs remember of the accounts is not known, so one that changes may not show: {run.trouble}",
            "Make the state directory readable and writable for the user who runs this; -v shows where it is. See "
            f"with {to_run('accounts')} that each is still the right one, and none is missing.",
        )
    if run.begun_anew is not None:
        yield (
            f"what runs remember of the accounts was damaged, and begins anew at {run.begun_anew:%Y-%m-%d %H:%M} "
            "UTC: the account that each key opened then was taken for the right one, and one that was gone is not "
            "missed",
            f"See with {to_run('accounts')} that each is the right one, and none is missing; then say so: "
            + to_run("accounts", "accept", "--all"),
            (BEGUN_ANEW,),
        )


def not_recorded(history: HistoryEvidence) -> Iterator[Found]:
    """That the history has a gap here, which must not look as if nobody had checked."""
    yield f"this check could not be recorded: {history.trouble}", history.remedy


def history_unknown(history: LookBackEvidence) -> Iterator[Found]:
    """That nothing is said of earlier, which must not look as if there were nothing to say."""
    yield f"what the history has of earlier is not known: {history.trouble}", history.remedy
