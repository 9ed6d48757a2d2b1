"""Whose key a new one is to be, and whether it is this command that puts it where it is to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ...invocation import to_run
from ..configuration import Refused
from .basics import NO_USER_ID
from .talk import somebody_is_there
from .target import Target, from_elsewhere

if TYPE_CHECKING:
    from ...accounts import Account
    from ...config import AccountSettings, Settings


def require_file_to_count(target: Target, settings: Settings) -> None:
    """Refuse to begin a file where all keys come from elsewhere: who reads them there would not find it.

    Raises:
        Refused: that is so.
    """
    if target.named or any(target.has(one) for one in settings.accounts):
        return
    elsewhere = next((one for one in settings.accounts if one.place), None)
    if elsewhere is not None:
        raise Refused(f"no file has keys here; {elsewhere.account.label}: {from_elsewhere(elsewhere)}")


def account_without_key(target: Target, settings: Settings, label: str | None) -> Account:
    """The account of that name, which has no key yet; who is there is asked for a name, if there is none.

    Raises:
        Refused: it has one, or nobody may be called so.
        click.UsageError: there is neither a name nor anybody to be asked.
    """
    from ...accounts import MASTER, Account, AccountType
    from ...config import SetupProblem
    from ...config.variables import is_user_id

    if label is None:
        if not somebody_is_there():
            raise click.UsageError("say whose key it is: a user id, or master")
        label = str(click.prompt("Whose key is it? A user id, or master", err=True))
    row = next((one for one in settings.accounts if one.account.selector.casefold() == label.casefold()), None)
    if row is not None and row.problem is SetupProblem.DISABLED:
        raise Refused(f"{row.account.label}: {row.reason}; take `disabled` away first: {row.expectation.origin}")
    if row is not None and row.problem is not SetupProblem.NOT_CONFIGURED:
        key = "" if row.api_key is None else f" ({row.api_key})"
        raise Refused(
            f"{row.account.label} has a key already{key}; "
            f"{to_run('accounts', 'rotate', row.account.selector)}{target.option} exchanges it"
        )
    if row is not None:
        return row.account
    if label.casefold() == MASTER.selector:
        return MASTER
    if not is_user_id(label):
        raise Refused(NO_USER_ID)
    return Account(AccountType.USER, label)


def account_with_key(target: Target, settings: Settings, content: bytes, label: str) -> AccountSettings:
    """The account of that name, whose key is in the file itself.

    Raises:
        Refused: it has none, or it lies elsewhere.
        ConfigurationError: no account is called so.
    """
    from ...config import SetupProblem

    found = target.register(settings).find(label)
    row = found.settings
    if row is None or row.problem is SetupProblem.NOT_CONFIGURED:
        raise Refused(
            f"{found.account.label} has no key: {to_run('accounts', 'add', found.account.selector)}{target.option}"
        )
    target.require_in_file(row)
    if names := target.files_of(content, row.prefix):
        raise Refused(f"{row.account.label}: {names[0]} names the file with its key: change what is in that")
    return row
