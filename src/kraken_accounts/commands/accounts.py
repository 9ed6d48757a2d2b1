"""`kraken-accounts accounts`: which accounts are known, and what to do about one that has changed or gone."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..formats import View
from .configuration import Refused, configuration_of
from .options import CONFIG, CONTEXT_SETTINGS, VERSION

if TYPE_CHECKING:
    from datetime import datetime

    from ..accounts import Account
    from ..config import Settings
    from ..memory.register import Listed, Register
    from ..report.known import Identity

_FORMATS = ("table", "json")
_NOT_CONFIGURED = "not configured any more"
_ENV_FILE = click.option(
    "--env-file",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The file or pipe with the keys, as for check: each source of keys has accounts of its own.",
)
_YES = click.option("--yes", is_flag=True, help="Do it without asking.")
_LABEL = click.argument("label")
_Source = tuple[Path | None, Path | None]  # the file with the keys and config.toml, where they are named


class _Failed(click.ClickException):
    """Kraken did not tell what it was asked."""

    exit_code = 1


class _Unreachable(click.ClickException):
    """Nor did it answer at all."""

    exit_code = 3


@click.group(context_settings=CONTEXT_SETTINGS, invoke_without_command=True)
@_ENV_FILE
@CONFIG
@click.option(
    "--format",
    "format_name",
    type=click.Choice(_FORMATS),
    default=_FORMATS[0],
    show_default=True,
    help="For whom.",
)
@VERSION
@click.pass_context
def accounts(ctx: click.Context, env_file: Path | None, config: Path | None, format_name: str) -> int:
    """List the accounts that are known: whose key opens which Kraken account, since when, and how the last check
    found it. Asks Kraken nothing.

    Exit codes: 0 done; 1 not done; 2 wrong usage or configuration; 3 Kraken could not be reached.
    """
    ctx.obj = env_file, config
    if ctx.invoked_subcommand is None:
        _list(ctx.obj, format_name)
    return 0


@accounts.command(context_settings=CONTEXT_SETTINGS)
@_LABEL
@_YES
@_ENV_FILE
@CONFIG
@click.pass_obj
def accept(parent: _Source, label: str, yes: bool, env_file: Path | None, config: Path | None) -> int:
    """Take the Kraken account that the key of LABEL opens now for its own. Kraken is asked which one that is."""
    from datetime import UTC, datetime

    settings, register = _register((env_file or parent[0], config or parent[1]))
    with _refusals():
        found = register.find(label)
        owner = found.account.label
        if found.settings is None:
            raise Refused(f"{owner} is {_NOT_CONFIGURED}: put its lines back, or forget it")
        if found.pinned is not None:
            raise Refused(f"{owner}: {found.prefix}_IIBAN names its Kraken account, and wins: change that instead")
        if found.entry is None:
            raise Refused(
                f"{owner} was not checked yet with these keys ({found.settings.place}): its first check takes the "
                "account that its key opens"
            )
        found.settings.usable_credentials()
        _require_somebody_to_ask(yes)
        opens = _opened_by(found.account, settings)
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
        if not _agreed(f"Take it for the account of {owner} from now on?", yes):
            return 1
        register.accept(found.account, opens, datetime.now(UTC))
    click.echo(f"{owner}: its Kraken account is the one ending in {opens.last_four} from now on.", err=True)
    return 0


@accounts.command(context_settings=CONTEXT_SETTINGS)
@_LABEL
@_YES
@_ENV_FILE
@CONFIG
@click.pass_obj
def forget(parent: _Source, label: str, yes: bool, env_file: Path | None, config: Path | None) -> int:
    """End the watch over LABEL: nobody misses it any more.

    One that is configured begins anew with its next check.
    """
    _, register = _register((env_file or parent[0], config or parent[1]))
    with _refusals():
        found = register.find(label)
        owner = found.account.label
        if found.entry is None:
            click.echo(f"{owner}: nothing is known of it, so there is nothing to forget.", err=True)
            return 0
        _require_somebody_to_ask(yes)
        ends = "in no known account" if found.identity is None else f"in {found.identity.last_four}"
        click.echo(
            f"{owner}: Kraken account ending {ends}, checked from {found.entry.first_seen:%Y-%m-%d} to "
            f"{found.entry.last_seen:%Y-%m-%d}, then {found.entry.earlier.status}.",
            err=True,
        )
        if not _agreed(f"Forget {owner}?", yes):
            return 1
        register.forget(found.account)
    click.echo(f"{owner} is forgotten.", err=True)
    return 0


# --- what is known --------------------------------------------------------------------------------------


def _list(source: _Source, format_name: str) -> None:
    from .output import OutputError, has_color, open_output

    settings, register = _register(source)
    rows, trouble = register.listed()
    try:
        target = open_output(None)
        view = View(width=target.width, color=has_color(target, "auto", os.environ), encoding=target.encoding)
        if format_name == "json":
            target.write(_as_json(settings, rows, trouble))
        else:
            target.write(_as_table(rows, view))
            if trouble is not None:
                click.echo(f"What runs remember of the accounts is not whole: {trouble}.", err=True)
    except OutputError as error:
        raise Refused(str(error)) from error


def _as_table(rows: Sequence[Listed], view: View) -> str:
    from ..formats.item_lists import ItemList
    from ..formats.layout import Canvas
    from ..formats.phrases import fit

    titles = ("Account", "Variables", "Read", "Key", "IIBAN", "First seen", "Last seen (UTC)", "Then")
    cells = [tuple(fit(cell, view.encoding) for cell in _cells(row)) for row in rows]
    sentences = [", ".join(f"{title}: {cell}" for title, cell in zip(titles, row, strict=True)) for row in cells]
    return Canvas(view).draw([ItemList("ACCOUNTS", dict.fromkeys(titles, "left"), cells, sentences)])


def _cells(row: Listed) -> tuple[str, ...]:
    entry = row.entry
    ending = "unknown" if row.identity is None else f"…{row.identity.last_four}"
    return (
        row.account.label,
        f"{row.prefix}_…",
        _place(row),
        row.api_key or "none",
        f"{ending} (named)" if row.pinned is not None else ending,
        "never" if entry is None else f"{entry.first_seen:%Y-%m-%d %H:%M}",
        "never" if entry is None else f"{entry.last_seen:%Y-%m-%d %H:%M}",
        "-" if entry is None else entry.earlier.status,
    )


def _as_json(settings: Settings, rows: Sequence[Listed], trouble: str | None) -> str:
    return (
        json.dumps({"url": settings.url, "trouble": trouble, "accounts": list(map(_fields, rows))}, indent=2)
        + "\n"
    )


def _fields(row: Listed) -> dict[str, Any]:
    from ..formats.serialization import time

    entry = row.entry
    return {
        "account_type": row.account.account_type.value,
        "user_id": row.account.user_id,
        "label": row.account.label,
        "variables": row.prefix,
        "configured": row.settings is not None,
        "place": _place(row),
        "api_key": row.api_key,
        "iiban_last_four": None if row.identity is None else row.identity.last_four,
        "iiban_named": row.pinned is not None,
        "known_since": None if entry is None or entry.identified is None else time(entry.identified),
        "first_seen": None if entry is None else time(entry.first_seen),
        "last_seen": None if entry is None else time(entry.last_seen),
        "status": None if entry is None else entry.earlier.status,
    }


def _place(row: Listed) -> str:
    if row.settings is None:
        return _NOT_CONFIGURED
    return row.settings.place or "no key"


# --- what is changed ------------------------------------------------------------------------------------


def _register(source: _Source) -> tuple[Settings, Register]:
    """The accounts that are configured, and what is remembered of them."""
    from ..config import load_settings
    from ..memory.register import Register
    from ..storage import Storage

    env_file, config = source
    with _refusals():
        settings = load_settings(os.environ, env_file, configuration_of(config, env_file).config)
    return settings, Register(Storage.state(), settings)


@contextmanager
def _refusals() -> Iterator[None]:
    """Words in place of a `ConfigurationError`."""
    from ..config import ConfigurationError

    try:
        yield
    except ConfigurationError as error:
        raise Refused(str(error)) from error


def _opened_by(account: Account, settings: Settings) -> Identity:
    """The Kraken account that a key opens now. A check asks, which leaves a key that is locked out alone."""
    from ..fleet.multi_account_broker_manager import MultiAccountBrokerManager
    from ..report.known import Identity
    from ..report.verdict import Status

    with MultiAccountBrokerManager(settings.select([account.selector]), remember=False) as manager:
        (found,) = manager.check().accounts
    identity = None if found.key_info is None else Identity.of(found.key_info.iban)
    if identity is not None:
        return identity
    why = "Kraken does not tell which account its key opens"
    if found.key_info is None and found.verdict.reason is not None:
        why = found.verdict.reason
    kind = _Unreachable if found.status is Status.UNREACHABLE else _Failed
    raise kind(f"{account.label}: {why}; nothing was changed")


def _require_somebody_to_ask(yes: bool) -> None:
    if not yes and not (sys.stdin is not None and sys.stdin.isatty()):
        raise Refused("nobody can be asked here, so nothing was changed: add --yes")


def _agreed(question: str, yes: bool) -> bool:
    if yes or click.confirm(question, err=True):
        return True
    click.echo("Nothing was changed.", err=True)
    return False


def _since(moment: datetime | None) -> str:
    return "" if moment is None else f"known since {moment:%Y-%m-%d %H:%M} UTC"
