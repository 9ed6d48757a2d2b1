"""`accounts add` and `accounts rotate`: a key comes into the file once Kraken has said what it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...invocation import to_run
from ..configuration import Refused
from ..options import CONTEXT_SETTINGS
from .asking import predecessor
from .basics import FILE_TO_CHANGE, LABEL, YES, Failed, Names, NotReached, refusals
from .group import accounts
from .talk import agreed, key_and_secret, say, somebody_is_there
from .target import Target, told_of_copies, told_of_git
from .trial import Trial, tried
from .whose import account_with_key, account_without_key, require_file_to_count

if TYPE_CHECKING:
    from ...accounts import Account
    from ...config import AccountSettings, Settings
    from ...config.pasting import Pasted

_MOST_TRIALS = 5  # where others change the file meanwhile
_WHOLE = {"API key": 56, "private key": 88}  # characters of Kraken's

# More words than these are refused below, and not by click, which would repeat them.
_SETTINGS = {**CONTEXT_SETTINGS, "allow_extra_args": True}
_MONITOR = click.option("--monitor", is_flag=True, help="The key is to look only, and never to trade.")
_OTP = click.option(
    "--otp", is_flag=True, help="The key has a two-factor password: it is asked for as well, or comes last."
)
_NEVER = "What comes of it is said before. A key that another account has already is never taken."


@accounts.command(context_settings=_SETTINGS)
@click.argument("user_id", required=False, metavar="[USER_ID|master]")
@_MONITOR
@_OTP
@click.option(
    "--force",
    is_flag=True,
    help=f"Take it though it may withdraw, or opens an account that it should not. {_NEVER}",
)
@YES
@FILE_TO_CHANGE
@click.pass_obj
def add(
    parent: Names, user_id: str | None, monitor: bool, otp: bool, force: bool, yes: bool, env_file: Path | None
) -> int:
    """Put the key of an account that has none into the `.env`.

    Kraken is asked first what the key is. Key and private key are asked for and not shown; or they come through a
    pipe, the key on the first line and the private key on the second. Nothing is written when anything fails.
    """
    _require_no_key_on_the_command_line()
    target = Target(env_file or parent[0], parent[1])
    with refusals():
        settings = target.settings(target.file.read())
        require_file_to_count(target, settings)
        account = account_without_key(target, settings, user_id)
    _tell_how(target, settings, account, monitor)
    pasted = key_and_secret(with_otp=otp)
    with refusals():
        trial = _taken(target, account, pasted, monitor=monitor, force=force, yes=yes)
    _tell_next(target, trial, monitor)
    return 0


@accounts.command(context_settings=_SETTINGS)
@LABEL
@_MONITOR
@_OTP
@click.option(
    "--force",
    is_flag=True,
    help="Take it though it may withdraw, or may do less than the old one, or opens another account, or nobody "
    f"knows which. {_NEVER}",
)
@YES
@FILE_TO_CHANGE
@click.pass_obj
def rotate(
    parent: Names, label: str, monitor: bool, otp: bool, force: bool, yes: bool, env_file: Path | None
) -> int:
    """Exchange the key of LABEL for a new one.

    It has to open the same Kraken account, and may do no less. Key and private key are asked for and not shown; or
    they come through a pipe, the key on the first line and the private key on the second. Nothing is written when
    anything fails.
    """
    _require_no_key_on_the_command_line()
    target = Target(env_file or parent[0], parent[1])
    with refusals():
        content = target.file.read()
        settings = target.settings(content)
        old = account_with_key(target, settings, content, label)
    _tell_how(target, settings, old.account, monitor)
    pasted = key_and_secret(with_otp=otp)
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


# --- what is said and asked -----------------------------------------------------------------------------


def _tell_how(target: Target, settings: Settings, account: Account, monitor: bool) -> None:
    """Where and how a key is made, if somebody is there to do it; and who else than Kraken gets it."""
    from ...config import KRAKEN_URL
    from ...kraken import permissions
    from ...report.verdict import steps_at_kraken

    wanted: Sequence[str] = permissions.OF_A_MONITOR if monitor else permissions.REQUIRED
    if somebody_is_there():
        say(f"A key for {account.label}, to be kept in {target.path}:")
        for step in steps_at_kraken(account, wanted):
            say(step)
        say("4. Leave its nonce window at 0, and restrict it to the addresses of your machines.")
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

    # Asked once, and only about a key that works.
    before_it = None if old is None else cache(partial(predecessor, target, old))
    for _ in range(_MOST_TRIALS):
        trial = tried(target, account, pasted, monitor=monitor, old=before_it)
        trial.show()
        _tell_of_lengths(trial, pasted)
        _require_it_may_be_taken(trial, account, force=force)
        if somebody_is_there() and not agreed(f"Write it into {target.path}?", yes):
            raise Failed(f"{account.label}: nothing was written")
        try:
            copies = target.file.replace(trial.before, trial.after)
        except ChangedMeanwhile:
            click.echo(f"{target.path} has been changed meanwhile: once more.", err=True)
            continue
        click.echo(f"{account.label}: its key {trial.found.api_key} is in {target.path}.", err=True)
        told_of_copies(copies, None if old is None else old.api_key)
        told_of_git(target.path, *filter(None, [copies.newest]))
        _accept(trial, account)
        return trial
    raise Failed(f"{account.label}: {target.path} is changed again and again by others; nothing was written")


def _tell_of_lengths(trial: Trial, pasted: Pasted) -> None:
    """Say of what Kraken refuses that it cannot be whole."""
    from ...report.verdict import Status

    if trial.found.status is not Status.REJECTED:
        return
    for (what, whole), given in zip(_WHOLE.items(), (pasted.key, pasted.secret), strict=True):
        if (length := len(given.reveal())) != whole:
            click.echo(f"The {what} that was given has {length} characters; Kraken's have {whole}.", err=True)


def _require_it_may_be_taken(trial: Trial, account: Account, *, force: bool) -> None:
    from ...config import SetupProblem
    from ...report.verdict import Status

    nothing = f"{account.label}: nothing was written"
    if trial.settings.problem is SetupProblem.DISABLED:
        raise Failed(nothing)
    if trial.settings.problem is SetupProblem.SHARED_KEY:
        raise Refused(
            f"{nothing}; one key is never taken for two accounts{', with --force neither' if force else ''}"
        )
    if trial.settings.problem is not None:
        raise Refused(nothing)
    if trial.found.status is Status.UNREACHABLE and trial.found.key_info is None:
        raise NotReached(nothing)
    if not all(objection.may_be_overruled for objection in trial.objections):
        raise Failed(f"{nothing}{'; --force does not help against that' if force else ''}")
    if trial.objections and not force:
        raise Failed(f"{nothing}; --force takes it all the same")


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
    from ...config.expectations import heading_of

    selector = trial.found.account.selector
    activity = ["--activity"] if monitor else []
    click.echo(f"Next: {to_run('check', '--account', selector, *activity)}{target.option}", err=True)
    if monitor and trial.settings.expectation.origin == "":
        say(
            "An account that a bot trades with another key is trading by its fills, as --activity and audit see. "
            f'Where nobody trades it, say so in {target.config_path}: expected = "read-only" under '
            f"{heading_of(selector)}"
        )
