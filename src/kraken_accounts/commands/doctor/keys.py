"""Each account's key: whether it may be asked at all, and what its nonces prove. One request a key, at most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ...deadline import Deadline
from ...invocation import to_run
from .findings import Condition, Line
from .settings import Patient

if TYPE_CHECKING:
    from ...accounts import Account
    from ...config import AccountSettings, Settings
    from ...report.known import Standing


def look_at_keys(patient: Patient, timeout: float, deadline: Deadline) -> Iterator[Line]:
    """The accounts, the master first, then the users by id."""
    from ...fleet.key_nonces import nonces_of
    from ...storage import Storage
    from .nonces import lines_of

    if patient.settings is None:
        yield Line(Condition.UNKNOWN, "no key is known, since the accounts cannot be read")
        return
    accounts = patient.settings.accounts
    if (why := _why_nobody_is_asked(patient)) is not None:
        for settings in accounts:
            if settings.credentials is None:
                yield _not_usable(settings)
            else:
                yield Line(Condition.UNKNOWN, f"{_head(settings)}: not asked, {why}")
        return
    conflicts = _earlier_conflicts(patient.settings)
    found = nonces_of(accounts, patient.settings.url, timeout=timeout, deadline=deadline, state=Storage.state())
    for settings, nonce in zip(accounts, found, strict=True):
        if nonce is None:
            yield _not_usable(settings)
        else:
            for line in lines_of(nonce, settings.prefix, conflicts.get(settings.account)):
                yield Line(line.condition, f"{_head(settings)}: {line.text}", line.remedy)


def _why_nobody_is_asked(patient: Patient) -> str | None:
    if patient.configuration is None:
        return "since nobody knows which accounts config.toml disables"
    if not patient.is_reachable:
        return "since Kraken does not even answer without a key"
    return None


def _earlier_conflicts(settings: Settings) -> Mapping[Account, Standing]:
    """Since when, and how often in a row, checks have met refused nonces; as far as is remembered."""
    from ...memory.register import Register
    from ...report.verdict import Status
    from ...storage import Storage

    rows, _ = Register(Storage.state(), settings).listed()
    return {
        row.account: row.entry.earlier.standing
        for row in rows
        if row.entry is not None and row.entry.earlier.status == Status.NONCE_CONFLICT
    }


def _not_usable(settings: AccountSettings) -> Line:
    from ...config import SetupProblem

    text = f"{_head(settings)}: not asked: {settings.reason}"
    if settings.problem is SetupProblem.DISABLED:
        return Line(Condition.NOTE, text)
    if settings.problem is SetupProblem.NOT_CONFIGURED:
        add = f"{to_run('accounts', 'add', settings.account.selector)}{settings.option}"
        return Line(Condition.WRONG, text, settings.hint or f"{add} says how a key is made, and puts it there.")
    return Line(Condition.WRONG, text, "Correct the variables that are named.")


def _head(settings: AccountSettings) -> str:
    key = "" if settings.api_key is None else f" {settings.api_key}"
    return f"{settings.account.label}{key}"
