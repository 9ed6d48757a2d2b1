"""`accounts remove` and `accounts rename`: an account leaves the file, or gets another name in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...invocation import to_run
from ..configuration import Refused
from ..histories import history_of_user
from ..options import CONTEXT_SETTINGS
from .basics import FILE_TO_CHANGE, LABEL, NO_USER_ID, YES, Failed, Names, refusals
from .group import accounts
from .talk import agreed, require_somebody_to_ask
from .target import Target, told_of_copies

if TYPE_CHECKING:
    from ...accounts import Account
    from ...config import AccountSettings, Settings
    from ...config.env_writing import Copies
    from ...config.secret import Secret


@accounts.command(context_settings=CONTEXT_SETTINGS)
@LABEL
@YES
@FILE_TO_CHANGE
@click.pass_obj
def remove(parent: Names, label: str, yes: bool, env_file: Path | None) -> int:
    """Take LABEL out of the `.env`, and end the watch over it. What is at Kraken stays there."""
    target = Target(env_file or parent[0], parent[1])
    with refusals():
        content = target.file.read()
        settings = target.settings(content)
        row = _configured(target, settings, label)
        owner = row.account.label
        files = target.files_of(content, row.prefix)
        click.echo(f"{owner}: its lines, {row.prefix}_…, are to leave {target.path}.", err=True)
        click.echo("What checks remember of it will be forgotten; what is in the history stays.", err=True)
        _tell_of_mentions(target, row.account)
        require_somebody_to_ask(yes)
        if not agreed(f"Remove {owner}?", yes):
            return 1
        copies = _written(target, content, row.prefix, dict.fromkeys(_variables_of(row.prefix)))
        click.echo(f"{owner} is removed from {target.path}.", err=True)
        told_of_copies(copies, row.api_key)
        _tell_of_files(files)
        _tell_of_kraken(row)
        register = target.register(settings)
        if register.find(row.account.selector).entry is None:
            return 0
        return _remembered(partial(register.forget, row.account), f"{owner} is forgotten.")


@accounts.command(context_settings=CONTEXT_SETTINGS)
@click.argument("old")
@click.argument("new")
@YES
@FILE_TO_CHANGE
@click.pass_obj
def rename(parent: Names, old: str, new: str, yes: bool, env_file: Path | None) -> int:
    """Call the user OLD NEW from now on. The key stays, and so does what checks know of the account."""
    from ...accounts import Account, AccountType
    from ...config.placing import user_id_for

    target = Target(env_file or parent[0], parent[1])
    with refusals():
        content = target.file.read()
        settings = target.settings(content)
        row = _configured(target, settings, old)
        _require_free(target, settings, row, new)
        account = Account(AccountType.USER, new)
        values = {f"{row.prefix}_USER_ID": user_id_for(row.prefix, account)}
        _tell_of_mentions(target, row.account)
        require_somebody_to_ask(yes)
        if not agreed(f"Call {row.account.label} {account.label} from now on, in {target.path}?", yes):
            return 1
        copies = _written(target, content, row.prefix, values, account)
        click.echo(f"{row.account.label} is {account.label} from now on, in {target.path}.", err=True)
        told_of_copies(copies)
        register = target.register(settings)
        code = 0
        if register.find(row.account.selector).entry is not None:
            goes_on = "What checks remember of it goes on under the new name."
            code = _remembered(partial(register.rename, row.account, account), goes_on)
        _rename_in_history(settings, row.account, account)
    click.echo("What --since-last and --news have to compare with begins anew.", err=True)
    return code


def _configured(target: Target, settings: Settings, label: str) -> AccountSettings:
    """The account of that name, whose lines are in the file."""
    found = target.register(settings).find(label)
    row = found.settings
    if row is None:
        raise Refused(
            f"{found.account.label} is not configured; to end the watch over it: "
            + to_run("accounts", "forget", found.account.selector)
            + target.option
        )
    target.require_in_file(row)
    return row


def _require_free(target: Target, settings: Settings, row: AccountSettings, new: str) -> None:
    """Make sure that a user may be called so, and nobody else is, or was."""
    from ...config.variables import is_user_id

    if row.account.user_id is None:
        raise Refused("the master has no other name")
    if row.expectation.prefix is not None:
        raise Refused(f"{row.account.label} has its name from {row.expectation.origin}: change it there")
    if not is_user_id(new):
        raise Refused(NO_USER_ID)
    for other in target.register(settings).listed()[0]:
        same = other.account.selector.casefold() == new.casefold()
        if same and (other.account != row.account or other.account.selector == new):
            raise Refused(f"there is an account {other.account.selector!r} already; nothing was changed")


def _variables_of(prefix: str) -> list[str]:
    from ...config.variables import FIELDS

    return [f"{prefix}_{field}" for field in FIELDS]


def _written(
    target: Target, before: bytes, prefix: str, values: dict[str, Secret | None], to: Account | None = None
) -> Copies:
    """The file with these values, in the place of what was read; the copies of what it was before.

    Args:
        to: the account that is to be in it by a new name.
    """
    from ...config.env_text import changed
    from ...config.env_writing import ChangedMeanwhile
    from ...errors import sealed

    after: bytes = sealed(changed, before, prefix, values)
    if to is not None and all(one.account != to for one in target.settings(after, heeds_config=False).accounts):
        raise Refused(f"{prefix}_USER_ID is set in the environment too, and counts: change it there first")
    if after == before:
        raise Refused(f"{target.path}: has no line of it; nothing was changed")
    try:
        return target.file.replace(before, after)
    except ChangedMeanwhile:
        raise Failed(f"{target.path} has been changed by somebody else meanwhile; nothing was written") from None


def _remembered(change: Callable[[], None], done: str) -> int:
    """Have runs remember it so; the exit code. The file has been changed, whatever comes of this."""
    from ...errors import ConfigurationError

    try:
        change()
    except ConfigurationError as error:
        click.echo(f"What checks remember of it is as it was: {error}", err=True)
        return Failed.exit_code
    click.echo(done, err=True)
    return 0


# --- what is elsewhere ----------------------------------------------------------------------------------


def _tell_of_kraken(row: AccountSettings) -> None:
    from ...kraken.permissions import SETTINGS_PAGE

    if row.api_key is not None:
        click.echo(
            f"Its key {row.api_key} still works: delete it at Kraken, if nobody else uses it: {SETTINGS_PAGE}",
            err=True,
        )


def _tell_of_files(variables: list[str]) -> None:
    if variables:
        click.echo(f"The files that {' and '.join(variables)} named are still there.", err=True)


def _tell_of_mentions(target: Target, account: Account) -> None:
    for origin in target.mentions(account):
        click.echo(
            f"WARNING: {origin} speaks of {account.selector!r}. After this, until you change it there, every "
            "check of all accounts is refused, and so are these commands.",
            err=True,
        )


def _rename_in_history(settings: Settings, account: Account, to: Account) -> None:
    from ...history.database import StoreTrouble
    from ...memory.file import set_of

    try:
        if history_of_user(os.environ).rename(set_of(settings), account.selector, to.selector):
            click.echo("So does its history.", err=True)
    except StoreTrouble as trouble:
        click.echo(
            f"Its history stays under {account.selector!r}: {trouble}. {trouble.remedy}",
            err=True,
        )
