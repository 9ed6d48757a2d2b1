"""What to do about an account that has changed, or gone: take it, or end the watch over it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...invocation import option_for, to_run
from ..configuration import Refused
from ..labels import complete_label
from ..options import CONFIG, CONTEXT_SETTINGS
from .asking import opened_by
from .basics import ENV_FILE, LABEL, NOT_CONFIGURED, YES, Names, refusals, registered
from .group import accounts
from .talk import agreed, require_somebody_to_ask

if TYPE_CHECKING:
    from ...memory.register import Listed, Register


@accounts.command(context_settings=CONTEXT_SETTINGS)
@click.argument("label", required=False, shell_complete=complete_label)
@click.option("--all", "all_of_them", is_flag=True, help="Take all for right that is known since it was damaged.")
@YES
@ENV_FILE
@CONFIG
@click.pass_obj
def accept(
    parent: Names, label: str | None, all_of_them: bool, yes: bool, env_file: Path | None, config: Path | None
) -> int:
    """Take the account that the key of LABEL opens now for its own. Kraken is asked which one that is.

    With --all: what runs remember was damaged, and you have seen with `kraken-accounts accounts` that it is right
    as it is now.
    """
    from datetime import UTC, datetime

    if (label is None) != all_of_them:
        raise click.UsageError("Name one account, or --all.")
    settings, register = registered(env_file or parent[0], config or parent[1])
    if label is None:
        return _accept_all(register, yes)
    with refusals():
        found = register.find(label)
        owner = found.account.label
        if found.settings is None:
            raise Refused(f"{owner} is {NOT_CONFIGURED}: put its lines back, or forget it")
        if found.pinned is not None:
            raise Refused(f"{owner}: {found.prefix}_IIBAN names its Kraken account, and wins: change that instead")
        if found.entry is None:
            raise Refused(
                f"{owner} was not checked yet with these keys ({found.settings.place}): its first check takes the "
                "account that its key opens"
            )
        found.settings.usable_credentials()
        require_somebody_to_ask(yes)
        opens = opened_by(found.account, settings)
        if found.identity == opens:
            click.echo(f"{owner}: its key opens the account that is known, ending in {opens.last_four}.", err=True)
            return 0
        before = "no account was known until now"
        if found.identity is not None:
            before = (
                f"until now it was the one ending in {found.identity.last_four}, {_since(found.entry.identified)}"
            )
        other = register.owner_of(opens, found.account)
        whose = "" if other is None else f", which is known as that of {other.label}"
        click.echo(
            f"{owner}: its key {found.api_key} opens the Kraken account ending in {opens.last_four}{whose}; "
            f"{before}.",
            err=True,
        )
        if not agreed(f"Take it for the account of {owner} from now on?", yes):
            return 1
        register.accept(found.account, opens, datetime.now(UTC))
    click.echo(f"{owner}: its Kraken account is the one ending in {opens.last_four} from now on.", err=True)
    return 0


def _accept_all(register: Register, yes: bool) -> int:
    with refusals():
        since = register.begun_anew()
        if since is None:
            click.echo(
                "What runs remember of the accounts is whole: there is nothing to take for right.", err=True
            )
            return 0
        require_somebody_to_ask(yes)
        for row in register.listed()[0]:
            ends = "unknown" if row.identity is None else f"ending in {row.identity.last_four}"
            click.echo(f"{row.account.label}: Kraken account {ends}", err=True)
        if not agreed("Is each of them the right one, and none missing?", yes):
            return 1
        register.accept_all()
    click.echo(f"What is known since {since:%Y-%m-%d %H:%M} UTC is taken for right.", err=True)
    return 0


@accounts.command(context_settings=CONTEXT_SETTINGS)
@LABEL
@YES
@ENV_FILE
@CONFIG
@click.pass_obj
def forget(parent: Names, label: str, yes: bool, env_file: Path | None, config: Path | None) -> int:
    """End the watch over LABEL: nobody misses it any more.

    One that is still configured begins anew with its next check; `remove` takes it out of the `.env`, too.
    """
    _, register = registered(env_file or parent[0], config or parent[1])
    with refusals():
        found = register.find(label)
        owner = found.account.label
        if found.entry is None:
            click.echo(f"{owner}: nothing is known of it, so there is nothing to forget.", err=True)
            return 0
        require_somebody_to_ask(yes)
        ends = "in no known account" if found.identity is None else f"in {found.identity.last_four}"
        click.echo(
            f"{owner}: Kraken account ending {ends}, checked from {found.entry.first_seen:%Y-%m-%d} to "
            f"{found.entry.last_seen:%Y-%m-%d}, then {found.entry.earlier.status}.",
            err=True,
        )
        _tell_that_it_is_configured(found, env_file or parent[0])
        if not agreed(f"Forget {owner}?", yes):
            return 1
        register.forget(found.account)
    click.echo(f"{owner} is forgotten.", err=True)
    return 0


def _tell_that_it_is_configured(found: Listed, env_file: Path | None) -> None:
    if found.settings is None:
        return
    option = "" if env_file is None else option_for(env_file)
    where = f" ({found.settings.place})" if found.settings.place else ""
    click.echo(
        f"{found.account.label} is still configured{where}: its next check begins anew, with what its key opens "
        f"then. {to_run('accounts', 'remove', found.account.selector)}{option} takes it out.",
        err=True,
    )


def _since(moment: datetime | None) -> str:
    return "" if moment is None else f"known since {moment:%Y-%m-%d %H:%M} UTC"
