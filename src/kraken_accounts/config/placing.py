"""How the variables of an account that is new, or has a new name, are called."""

from __future__ import annotations

from ..accounts import Account
from .model import Settings
from .secret import Secret
from .variables import MASTER_PREFIX, USER_PREFIX, as_name, default_id


def prefix_for(settings: Settings, account: Account) -> str:
    """How the variables of an account begin, or would: those of nobody else do."""
    taken = {one.prefix: one.account for one in settings.accounts}
    for prefix, owner in taken.items():
        if owner == account:
            return prefix
    if account.user_id is None:
        return MASTER_PREFIX
    prefix, number = USER_PREFIX + as_name(account.user_id), 1
    while prefix in taken:
        number += 1
        prefix = f"{USER_PREFIX}{as_name(account.user_id)}_{number}"
    return prefix


def user_id_for(prefix: str, account: Account) -> Secret | None:
    """What `_USER_ID` has to say; None where the beginning of the variables says it already."""
    if account.user_id is None or default_id(prefix.removeprefix(USER_PREFIX)) == account.user_id:
        return None
    return Secret(account.user_id)
