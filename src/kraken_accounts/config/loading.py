"""From the environment and a file to the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ..errors import sealed
from ..files import as_named
from ..invocation import option_for
from ..text import LONGEST_PATH, printable
from .building import build_accounts
from .env_file import EnvFile, find_env_file, parsed, read_env_file, user_config_folder
from .expectations import NO_CONFIG, Config
from .expected_accounts import as_expected, with_hint
from .misspellings import misspellings, odd_names
from .model import Settings, SetupProblem
from .precedence import choose
from .variables import Source, read_environment

_NO_FILE = EnvFile(None, True, {})


def load_settings(
    environ: Mapping[str, str], env_file: Path | None = None, config: Config = NO_CONFIG
) -> Settings:
    """Read the accounts and their keys from the environment and a file.

    Args:
        environ: the environment, usually ``os.environ``.
        env_file: the file (or pipe) to read, which then wins over the environment; without one, `.env` in the
            working directory, else the `.env` beside check_master_user_balances.py (cron starts elsewhere), else
            ``$XDG_CONFIG_HOME/kraken-accounts/.env``, else none. Over such a file the environment wins, and it is
            refused where somebody else could have written it.
        config: what is expected of the accounts, how their variables begin, and what is accepted.

    Raises:
        ConfigurationError: the file cannot be read or understood, or must not be believed; a line of it would
            change how a key of the environment is used; the URL is one to which keys must not be sent; or
            `config` speaks of an account that is not there. Nothing has been sent then.
    """
    try:
        environment = sealed(read_environment, environ)
        here = environ.get("PWD", "")
    finally:
        del environ  # no traceback leads to it
    path = env_file if env_file is not None else find_env_file()
    found = _NO_FILE if path is None else read_env_file(path, named=env_file is not None)
    return _together(environment, path, found, env_file is not None, config, here)


def settings_with(
    environ: Mapping[str, str], path: Path, content: bytes, *, named: bool, config: Config = NO_CONFIG
) -> Settings:
    """The settings as they would be if a file had this content.

    Args:
        environ, config: as for `load_settings`.
        named: whether the operator has named the file, and it was not only found.

    Raises:
        ConfigurationError: as `load_settings`.
    """
    try:
        environment = sealed(read_environment, environ)
        values = sealed(parsed, content, path)
        here = environ.get("PWD", "")
    finally:
        del environ, content
    return _together(environment, path, EnvFile(path, True, values), named, config, here)


def demo_settings(values: Mapping[str, str]) -> Settings:
    """The settings of sample accounts, from these variables alone: no file is read."""
    try:
        samples = sealed(read_environment, values, "")
    finally:
        del values
    settings: Settings = sealed(_settings, samples, Source("", {}), False, NO_CONFIG)
    return replace(settings, notes=(), demo=True)


def _together(
    environment: Source, path: Path | None, found: EnvFile, named: bool, config: Config, here: str
) -> Settings:
    file = Source("" if path is None else place_of(path), found.values)
    settings: Settings = sealed(_settings, environment, file, named, config)
    fillable = _fillable(path, found, here)
    option = option_for(fillable) if named and fillable is not None else ""
    return replace(
        settings,
        accounts=tuple(
            replace(one, env_file=fillable, option=option) if one.problem is SetupProblem.NOT_CONFIGURED else one
            for one in settings.accounts
        ),
        env_file=found.path,
        env_file_is_private=found.is_private,
        source=_source(path, found, here),
    )


def _fillable(path: Path | None, found: EnvFile, here: str) -> Path | None:
    """The file into which a key belongs: the one into which `accounts add` puts it. None for a pipe."""
    if path is None:
        folder = user_config_folder()
        return None if folder is None else folder / ".env"
    return None if found.path is None else as_named(path, here)


def _source(path: Path | None, found: EnvFile, here: str) -> str:
    if path is None:
        return "environment"
    return "pipe" if found.path is None else str(as_named(path, here))


def place_of(path: Path) -> str:
    """What settings of a file have for their place."""
    return f"in {printable(str(path.absolute()), LONGEST_PATH)}"


def _settings(environment: Source, file: Source, file_wins: bool, config: Config) -> Settings:
    chosen = choose(environment, file, file_wins=file_wins, owners=config.owners)
    accounts = build_accounts(chosen.configured, odd_names(environment) | odd_names(file), config.owners)
    misspelt = {account.prefix for account in accounts} - chosen.configured.keys()
    taken = {*environment.values, *file.values}
    notes = (
        *chosen.notes,
        *misspellings(environment, misspelt, config.owners, taken),
        *misspellings(file, misspelt, config.owners, taken),
    )
    expected = as_expected(with_hint(accounts, (environment, file), config.owners), config)
    return Settings(
        chosen.url,
        expected,
        notes=notes,
        acceptances=config.acceptances,
        counting=chosen.counting,
        passed_over=chosen.passed_over,
    )
