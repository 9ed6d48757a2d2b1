"""`accounts add` and `accounts rotate`: a key comes into the file once Kraken has said what it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...invocation import to_run
from ..configuration import Refused
from ..options import CONTEXT_SETTINGS
from .basics import FILE_TO_CHANGE, LABEL, NO_USER_ID, YES, Failed, Names, NotReached, refusals
from .group import accounts
from .talk import agreed, key_and_secret, somebody_is_there
from .target import Target, from_elsewhere, told_of_copies, told_of_git
from .trial import Trial, tried
from .watched import opened_by

if TYPE_CHECKING:
    from ...accounts import Account
    from ...config import AccountSettings, Settings
    from ...config.pasting import Pasted
    from ...report.known import Identity

_MOST_TRIALS = 5  # where others change the file meanwhile

# More words than these are refused below, and not by click, which would repeat them.
_SETTINGS = {**CONTEXT_SETTINGS, "allow_extra_args": True}
_MONITOR = click.option("--monitor", is_flag=True, help="The key is to look only, and never to trade.")
_FORCE = click.option(
    "--force",
    is_flag=True,
    help="Take it though it may withdraw, or opens another account than it should. One key is never taken for two "
    "accounts.",
)


@accounts.command(context_settings=_SETTINGS)
@click.argument("user_id", required=False, metavar="[USER_ID|master]")
@_MONITOR
@_FORCE
@YES
@FILE_TO_CHANGE
@click.pass_obj
def add(parent: Names, user_id: str | None, monitor: bool, force: bool, yes: bool, env_file: Path | None) -> int:
    """Put the key of an account that has none into the `.env`, once Kraken has said what it is.

    Key and private key are asked for and not shown; or they come through a pipe, the key on the first line and the
    private key on the second. Nothing is written when anything fails.
    """
    _require_no_key_on_the_command_line()
    target = Target(env_file or parent[0], parent[1])
    with refusals():
        settings = target.settings(target.file.read())
        _require_file_to_count(target, settings)
        account = _new(settings, user_id)
    _tell_how(target, settings, account, monitor)
    pasted = key_and_secret()
    with refusals():
        trial = _taken(target, account, pasted, monitor=monitor, force=force, yes=yes)
    _tell_next(target, trial, monitor)
    return 0


@accounts.command(context_settings=_SETTINGS)
@LABEL
@_MONITOR
@_FORCE
@YES
@FILE_TO_CHANGE
@click.pass_obj
def rotate(parent: Names, label: str, monitor: bool, force: bool, yes: bool, env_file: Path | None) -> int:
    """Exchange the key of LABEL for a new one that opens the same Kraken account.

    Key and private key are asked for and not shown; or they come through a pipe, the key on the first line and the
    private key on the second. Nothing is written when anything fails.
    """
    _require_no_key_on_the_command_line()
    target = Target(env_file or parent[0], parent[1])
    with refusals():
        content = target.file.read()
        settings = target.settings(content)
        old = _configured(target, settings, label)
        if names := target.files_of(content, old.prefix):
            raise Refused(f"{old.account.label}: {names[0]} names the file with its key: change what is in that")
    _tell_how(target, settings, old.account, monitor)
    pasted = key_and_secret()
    if old.api_key is not None and pasted.key.reveal() == old.api_key.reveal():
        raise Refused(f"{old.account.label}: {old.api_key} is the key that is there already; nothing was written")
    with refusals():
        trial = _taken(target, old.account, pasted, monitor=monitor, force=force, yes=yes, old=old)
    if old.api_key is not None:
        from ...kraken.permissions import SETTINGS_PAGE

        click.echo(
            f"Give the new key to whoever else uses the old one, and then delete that, {old.api_key}, at Kraken: "
            f"{SETTINGS_PAGE}",
            err=True,
        )
    _tell_next(target, trial, monitor)
    return 0


def _require_no_key_on_the_command_line() -> None:
    if click.get_current_context().args:
        raise click.UsageError(
            "a key never goes on the command line, where others and the shell's history see it: it is asked for. "
            "If this was one, delete it at Kraken and make another"
        )


# --- whose key ------------------------------------------------------------------------------------------


def _require_file_to_count(target: Target, settings: Settings) -> None:
    """Refuse to begin a file where all keys come from elsewhere: who reads them there would not find it."""
    if target.named or any(target.has(one) for one in settings.accounts):
        return
    elsewhere = next((one for one in settings.accounts if one.place), None)
    if elsewhere is not None:
        raise Refused(f"no file has keys here; {elsewhere.account.label}: {from_elsewhere(elsewhere)}")


def _new(settings: Settings, label: str | None) -> Account:
    """The account of that name, which has no key yet."""
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
            f"{to_run('accounts', 'rotate', row.account.selector)} exchanges it"
        )
    if row is not None:
        return row.account
    if label.casefold() == MASTER.selector:
        return MASTER
    if not is_user_id(label):
        raise Refused(NO_USER_ID)
    return Account(AccountType.USER, label)


def _configured(target: Target, settings: Settings, label: str) -> AccountSettings:
    """The account of that name, whose key is in the file."""
    from ...config import SetupProblem

    found = target.register(settings).find(label)
    row = found.settings
    if row is None or row.problem is SetupProblem.NOT_CONFIGURED:
        raise Refused(f"{found.account.label} has no key: {to_run('accounts', 'add', found.account.selector)}")
    target.require_in_file(row)
    return row


# --- what is said and asked -----------------------------------------------------------------------------


def _tell_how(target: Target, settings: Settings, account: Account, monitor: bool) -> None:
    """Where and how the key is made; and who else than Kraken gets it, before it is typed."""
    from ...config import KRAKEN_URL
    from ...kraken import permissions
    from ...report.verdict import steps_at_kraken

    wanted: Sequence[str] = permissions.OF_A_MONITOR if monitor else permissions.REQUIRED
    click.echo(f"A key for {account.label}, to be kept in {target.path}:", err=True)
    for step in steps_at_kraken(account, wanted):
        click.echo(step, err=True)
    click.echo("4. Leave its nonce window at 0, and restrict it to the addresses of your machines.", err=True)
    if settings.url != KRAKEN_URL:
        click.echo(f"OTHER EXCHANGE: {settings.url} is asked about it, not {KRAKEN_URL}", err=True)


def _taken(
    target: Target,
    account: Account,
    pasted: Pasted,
    *,
    monitor: bool,
    force: bool,
    yes: bool,
    old: AccountSettings | None = None,
) -> Trial:
    """The key, tried and written; tried once more where somebody else has changed the file meanwhile.

    Raises:
        ConfigurationError: the file cannot be used.
        Failed, NotReached: it was not taken.
    """
    from ...config.env_writing import ChangedMeanwhile

    before_it = None if old is None else _opened_by_old(target, old)
    for _ in range(_MOST_TRIALS):
        trial = tried(target, account, pasted, monitor=monitor)
        trial.show()
        doubt = None if old is None else _doubt(trial, before_it)
        _require_it_may_be_taken(trial, account, doubt, force=force)
        if somebody_is_there() and not agreed(f"Write it into {target.path}?", yes):
            raise Failed(f"{account.label}: nothing was written")
        try:
            copies = target.file.replace(trial.before, trial.after)
        except ChangedMeanwhile:
            click.echo(f"{target.path} has been changed meanwhile: once more.", err=True)
            continue
        click.echo(f"{account.label}: its key {trial.found.api_key} is in {target.path}.", err=True)
        told_of_copies(copies)
        told_of_git(target.path, *copies[-1:])
        _accept(trial, account)
        return trial
    raise Failed(f"{account.label}: {target.path} is changed again and again by others; nothing was written")


def _opened_by_old(target: Target, old: AccountSettings) -> Identity | None:
    """The Kraken account of the old key: as it is known, else as Kraken tells it; None if neither does."""
    settings = target.settings(target.file.read())
    known = target.register(settings).find(old.account.selector).identity
    if known is not None or old.credentials is None:
        return known
    try:
        return opened_by(old.account, settings)
    except Failed:
        return None


def _doubt(trial: Trial, before_it: Identity | None) -> str | None:
    """Why the new key may open another account than the old one; None if it does not."""
    if trial.opens is None:
        return "Kraken does not tell which account the new key opens"
    if before_it is None:
        return "which account the old key opens is not known"
    if before_it != trial.opens:
        return f"the old key opens another Kraken account, ending in {before_it.last_four}"
    return None


def _require_it_may_be_taken(trial: Trial, account: Account, doubt: str | None, *, force: bool) -> None:
    from ...config import SetupProblem
    from ...report.verdict import Status

    if trial.settings.problem is not None:
        kind: type[click.ClickException] = Refused
        if trial.settings.problem is SetupProblem.DISABLED:
            kind = Failed
        raise kind(f"{account.label}: nothing was written")
    if trial.found.key_info is None:
        kind = NotReached if trial.found.status is Status.UNREACHABLE else Failed
        raise kind(f"{account.label}: nothing was written")
    if not all(objection.may_be_overruled for objection in trial.objections):
        raise Failed(f"{account.label}: nothing was written")
    if doubt is not None:
        click.echo(f"NOT SURE: {doubt}.", err=True)
    if (trial.objections or doubt) and not force:
        raise Failed(f"{account.label}: nothing was written; --force takes it all the same")


def _accept(trial: Trial, account: Account) -> None:
    """Take the account that it opens for its own, where the operator has insisted on another one than is known."""
    entry = trial.register.find(account.selector).entry
    if entry is None or entry.identity is None or trial.opens in (None, entry.identity) or trial.settings.iiban:
        return
    if trial.opens is not None:
        trial.register.accept(account, trial.opens, datetime.now(UTC))
        ending = trial.opens.last_four
        click.echo(f"{account.label}: its Kraken account is the one ending in {ending} from now on.", err=True)


def _tell_next(target: Target, trial: Trial, monitor: bool) -> None:
    selector = trial.found.account.selector
    activity = ["--activity"] if monitor else []
    click.echo(f"Next: {to_run('check', '--account', selector, *activity)}{target.option}", err=True)
    if monitor and trial.settings.expectation.origin == "":
        click.echo(
            f'Where nobody trades it, say so in config.toml: expected = "read-only" under [accounts.{selector}]',
            err=True,
        )
