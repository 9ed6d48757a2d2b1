"""What Kraken tells of a key that is there already. A check asks, which leaves one that is locked out alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .basics import Failed, NotReached

if TYPE_CHECKING:
    from ...accounts import Account
    from ...config import AccountSettings, Settings
    from ...report.admission import Predecessor
    from ...report.known import Identity
    from ...report.model import AccountReport
    from .target import Target


def opened_by(account: Account, settings: Settings) -> Identity:
    """The Kraken account that its key opens now.

    Raises:
        Failed, NotReached: Kraken does not tell.
    """
    from ...report.known import Identity
    from ...report.verdict import Status

    found = _asked(account, settings)
    identity = None if found.key_info is None else Identity.of(found.key_info.iban)
    if identity is not None:
        return identity
    why = "Kraken does not tell which account its key opens"
    if found.key_info is None and found.verdict.reason is not None:
        why = found.verdict.reason
    kind = NotReached if found.status is Status.UNREACHABLE else Failed
    raise kind(f"{account.label}: {why}; nothing was changed")


def predecessor(target: Target, old: AccountSettings) -> Predecessor:
    """What is known of the key that is to be exchanged, which may not work any more."""
    from ...report.admission import Predecessor
    from ...report.known import Identity

    settings = target.settings(target.file.read())
    opens, may = target.register(settings).find(old.account.selector).identity, None
    if old.credentials is not None and (key := _asked(old.account, settings).key_info) is not None:
        opens, may = opens or Identity.of(key.iban), key.permissions
    return Predecessor(opens, may)


def _asked(account: Account, settings: Settings) -> AccountReport:
    from ...fleet.multi_account_broker_manager import MultiAccountBrokerManager

    with MultiAccountBrokerManager(settings.select([account.selector]), remember=False) as manager:
        (found,) = manager.check().accounts
    return found
