"""Whether a key that nobody has used here yet may be taken: what speaks against it, by what a check finds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..accounts import Account
from ..config import READ_ONLY, AccountSettings
from ..kraken import permissions
from ..kraken.key_info import KeyInfo
from .findings import Code
from .known import Changed, Identity
from .model import AccountReport
from .verdict import SAME_ACCOUNT_REMEDY, Status, lacking

_ANOTHER_ACCOUNT = "If keys were mixed up, take the right one; if this account is meant, insist on it."
_IN_CONFLICT = (
    "both are in conflict: neither counts as trading, the sum over all accounts leaves them out, and each check "
    "ends with code 1"
)
_COMES_OF: Mapping[Code | Status, str] = {
    Code.WITHDRAW_ENABLED: "whoever gets hold of it can take the money away, and each check calls that critical",
    Code.SAME_ACCOUNT: _IN_CONFLICT,
}


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a key should not be taken.

    Attributes:
        remedy: what to do about it.
        may_be_overruled: whether the operator may insist.
        comes_of_it: what follows if the operator does.
        certain: whether it is known, and not only unknown that it is otherwise.
    """

    message: str
    remedy: str = ""
    may_be_overruled: bool = True
    comes_of_it: str = ""
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Predecessor:
    """The key that another one is to replace.

    Attributes:
        opens: its Kraken account; None where neither an earlier check nor Kraken tells.
        permissions: what it may do, by Kraken's names; None where Kraken does not tell.
    """

    opens: Identity | None
    permissions: tuple[str, ...] | None


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
        elif (comes_of_it := _COMES_OF.get(finding.code)) is not None:
            yield Objection(finding.message, finding.remedy, comes_of_it=comes_of_it)
    if changed is not None:
        pinned = settings.iiban is not None
        yield Objection(
            changed.message,
            changed.remedy if pinned else _ANOTHER_ACCOUNT,
            not pinned,
            f"this Kraken account is taken for that of {found.account.label} from now on",
        )
    elif known_owner is not None and not any(one.code is Code.SAME_ACCOUNT for one in found.findings):
        yield Objection(
            f"the key opens the Kraken account that is known as that of {known_owner.label}",
            SAME_ACCOUNT_REMEDY,
            comes_of_it=f"as long as {known_owner.label} has a key of it, {_IN_CONFLICT}",
        )


def objections_to_exchange(key: KeyInfo, settings: AccountSettings, before: Predecessor) -> Iterator[Objection]:
    """What speaks against a key in the place of another: that of the same account, it should be no less.

    Args:
        key: the new one.
        settings: of its account, with it.
    """
    opens = Identity.of(key.iban)
    if opens is None:
        yield Objection("Kraken does not tell which account the new key opens", certain=False)
    elif before.opens is None:
        yield Objection("which account the old key opens is not known", certain=False)
    elif before.opens != opens:
        yield Objection(
            f"the old key opens another Kraken account, ending in {before.opens.last_four}", certain=False
        )
    to_look_only = settings.expectation.expected == READ_ONLY
    if before.permissions is None:
        message, lost = "the key lacks “{}”", lacking(key, to_look_only=to_look_only)
    else:
        message, lost = (
            "the key may do less than the old one: not “{}”",
            _lost(key, before.permissions, to_look_only),
        )
    if lost:
        names = permissions.labels(lost)
        if_meant = "" if to_look_only else " If it is to look only from now on, add --monitor."
        yield Objection(
            message.format(names),
            f"Switch that on for the new key at {permissions.SETTINGS_PAGE}, and give it once more.{if_meant}",
            comes_of_it="whoever uses the key is refused that: a bot its orders, or this check an answer",
        )


def _lost(key: KeyInfo, before: tuple[str, ...], to_look_only: bool) -> tuple[str, ...]:
    """What the old key might do and the new one may not, of what is of use to a bot or to this check."""
    of_use = permissions.OF_A_MONITOR if to_look_only else (*permissions.REQUIRED, *permissions.USEFUL)
    return tuple(name for name in of_use if name in before and name not in key.permissions)
