"""Whether a key that nobody has used here yet may be taken: what speaks against it, by what a check finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..accounts import Account
from ..config import AccountSettings
from .findings import Code
from .known import Changed
from .model import AccountReport
from .verdict import SAME_ACCOUNT_REMEDY

_ANOTHER_ACCOUNT = "If keys were mixed up, take the right one; if this account is meant, insist on it."
_AGAINST_IT = (Code.WITHDRAW_ENABLED, Code.SAME_ACCOUNT)


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a key should not be taken.

    Attributes:
        remedy: what to do about it.
        may_be_overruled: whether the operator may insist.
    """

    message: str
    remedy: str
    may_be_overruled: bool


def objections(
    found: AccountReport, settings: AccountSettings, changed: Changed | None, known_owner: Account | None
) -> Iterator[Objection]:
    """All that speaks against a key.

    Args:
        found: what a check finds with it in its place, among all accounts.
        settings: of its account, with it.
        changed: that it opens another account than it should; None if not, or if that is unknown.
        known_owner: whose account that is known to be which it opens, beside this one's.
    """
    verdict = found.verdict
    if found.key_info is None:
        yield Objection(verdict.reason or "Kraken does not accept it", verdict.remedy or "", False)
        return
    for finding in found.findings:
        if finding.code is Code.KEY_EXPIRED:
            yield Objection(finding.message, finding.remedy, False)
        elif finding.code in _AGAINST_IT:
            yield Objection(finding.message, finding.remedy, True)
    if changed is not None:
        pinned = settings.iiban is not None
        yield Objection(changed.message, changed.remedy if pinned else _ANOTHER_ACCOUNT, not pinned)
    elif known_owner is not None and not any(one.code is Code.SAME_ACCOUNT for one in found.findings):
        yield Objection(
            f"the key opens the Kraken account that is known as that of {known_owner.label}",
            SAME_ACCOUNT_REMEDY,
            True,
        )
