"""The file that a command changes, and the accounts as that file and the environment have them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...files import as_named
from ...invocation import option_for
from ..configuration import Refused, configuration_of
from .basics import refusals
from .talk import say

if TYPE_CHECKING:
    from ...accounts import Account
    from ...config import AccountSettings, Settings
    from ...config.env_writing import Copies
    from ...config.secret import ApiKey
    from ...memory.register import Register


class Target:
    """A `.env` that is to be changed, whether it is there yet or not.

    Args:
        env_file: the file that the operator has named; None for the one that a check would read.
        config: the config.toml that the operator has named; None for the one that a check would read.

    Raises:
        Refused: there is none that could be changed, or config.toml cannot be used.
    """

    def __init__(self, env_file: Path | None, config: Path | None) -> None:
        from ...config.env_writing import WritableEnvFile, env_file_to_change

        self.named = env_file is not None
        with refusals():
            path, make_folder = (env_file, False) if env_file is not None else env_file_to_change()
        # By the links by which the folder was entered, as a check remembers it.
        self.path = path if self.named else as_named(path, os.environ.get("PWD", ""))
        self.file = WritableEnvFile(self.path, make_folder=make_folder)
        self.configuration = configuration_of(config, env_file)

    @property
    def quote(self) -> str:
        """The currency of totals."""
        return str(self.configuration.options.get("quote", "USD"))

    @property
    def config_path(self) -> Path:
        """The config.toml that is read, or would be."""
        from ...config.toml_file import NAME

        file = self.configuration.file
        return self.path.absolute().parent / NAME if file is None else file.path

    @property
    def option(self) -> str:
        """What has to stand behind a command that is to read this file."""
        return option_for(self.path) if self.named else ""

    def settings(self, content: bytes, *, heeds_config: bool = True) -> Settings:
        """The accounts, were this its content.

        Args:
            heeds_config: whether to go by config.toml, which may still speak of accounts that are not in it.

        Raises:
            ConfigurationError: it cannot be understood, or must not be believed.
        """
        from ...config import NO_CONFIG
        from ...config.loading import settings_with

        config = self.configuration.config if heeds_config else NO_CONFIG
        return settings_with(os.environ, self.path, content, named=self.named, config=config)

    def register(self, settings: Settings) -> Register:
        """What is remembered of them."""
        from ...memory.register import Register
        from ...storage import Storage

        return Register(Storage.state(), settings)

    def has(self, account: AccountSettings) -> bool:
        """Whether the key of an account stands in this file."""
        from ...config.loading import place_of

        return account.place == place_of(self.path)

    def require_in_file(self, account: AccountSettings) -> None:
        """Make sure that it is this file that an account's key is in.

        Raises:
            Refused: it is elsewhere; the message says how keys are changed there.
        """
        if account.place and not self.has(account):
            raise Refused(f"{account.account.label}: {from_elsewhere(account)}")

    def files_of(self, content: bytes, prefix: str) -> list[str]:
        """The variables of an account in this file that name a file with a key or a secret."""
        from ...config.env_file import parsed
        from ...config.variables import IN_FILE, PAIR
        from ...errors import sealed

        values = sealed(parsed, content, self.path)
        return [name for half in PAIR if values.get(name := f"{prefix}_{half}{IN_FILE}") is not None]

    def mentions(self, account: Account) -> Iterator[str]:
        """Where config.toml speaks of an account by its name."""
        config = self.configuration.config
        if (said := config.accounts.get(account.selector)) is not None:
            yield said.origin
        for one in config.acceptances:
            if account.selector in (one.accounts or ()):
                yield one.origin


def from_elsewhere(account: AccountSettings) -> str:
    """That a key comes from where this program does not write, and how it is changed there."""
    from ...config.variables import IN_FILE

    return (
        f"its key is {account.place}, which this command does not change: change it where it is set. systemd "
        f"hands secrets over with LoadCredential=, and Docker mounts them: {account.prefix}_API_KEY{IN_FILE} and "
        f"{account.prefix}_API_SECRET{IN_FILE} name such files. Or name another .env with --env-file PATH"
    )


def told_of_copies(copies: Copies, gone: ApiKey | None = None) -> None:
    """Say where the file lies as it was, and was before that: whoever was killed could not say it.

    Args:
        gone: the key that is in none but these.
    """
    if copies.newest is not None:
        what = "keys and all" if gone is None else f"with the private key of {gone}"
        where = copies.newest.absolute()
        say(f"The file as it was, {what}, lies in {where}: delete that once all is well.")
    if copies.older:
        names = ", ".join(path.name for path in copies.older)
        say(f"Older copies lie beside it, with keys in them: {names}.")
    if copies.deleted:
        names = ", ".join(path.name for path in copies.deleted)
        say(f"Older ones than these were deleted: {names}.")


def told_of_git(*paths: Path) -> None:
    """Say of which files with keys git would take along."""
    from ...config.git_exposure import GitExposure, git_exposure

    for path in paths:
        if git_exposure(path) in (GitExposure.TRACKED, GitExposure.UNTRACKED):
            click.echo(f"WARNING: git does not ignore {path}: add it to .gitignore.", err=True)
