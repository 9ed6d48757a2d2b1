"""`kraken-accounts config`: which config.toml is in force, and where each value comes from."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .check import check
from .configuration import OPTIONS, Configuration, Refused, configuration_of
from .options import CONTEXT_SETTINGS, VERSION

if TYPE_CHECKING:
    from ..config import Settings
    from ..config.toml_file import TomlFile

_OF_THE_ENVIRONMENT = {"color": "NO_COLOR"}


@click.command(context_settings=CONTEXT_SETTINGS)
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Take this file instead of the config.toml beside the keys, or the user's own.",
)
@click.option(
    "--env-file",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Take the accounts of this file instead of a `.env`.",
)
@click.option("--check", "only_judge", is_flag=True, help="Only judge FILE, or the file in force.")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@VERSION
def config(path: Path | None, env_file: Path | None, only_judge: bool, file: Path | None) -> int:
    """Print the config.toml in force, each value with its origin.

    Values are those of `check`, with the file and the line, the environment or the default that they come
    from. What is printed can be used as a config.toml.

    \b
    Exit codes: 0 the file is in order, or there is none; 2 it is not.
    """
    if file is not None and (path is not None or not only_judge):
        raise click.UsageError("FILE goes with --check, and then without --config")
    configuration = configuration_of(file or path, env_file)
    if only_judge and env_file is not None:
        _settings(env_file, configuration)
    if only_judge:
        click.echo(_judgement(configuration, of_accounts=env_file is not None))
    else:
        click.echo("\n".join(_lines(configuration, _settings(env_file, configuration))))
    return 0


def _settings(env_file: Path | None, configuration: Configuration) -> Settings:
    from ..config import ConfigurationError, load_settings

    try:
        return load_settings(os.environ, env_file, configuration.config)
    except ConfigurationError as error:
        raise Refused(str(error)) from error


def _judgement(configuration: Configuration, *, of_accounts: bool) -> str:
    """That it is in order; and whether that was held against the accounts that there are."""
    if configuration.file is None:
        return "There is no config.toml: all values are defaults."
    counts = (
        (len(configuration.options), "default"),
        (len(configuration.config.accounts), "account"),
        (len(configuration.config.acceptances), "acceptance"),
    )
    found = ", ".join(f"{count} {what}{'' if count == 1 else 's'}" for count, what in counts)
    beside = ""
    if configuration.config.accounts and not of_accounts:
        beside = " Whether these accounts are there, --env-file PATH looks up."
    return f"{configuration.file.path}: is in order ({found}).{beside}"


# --- as it is in force --------------------------------------------------------------------------------------


def _lines(configuration: Configuration, settings: Settings) -> Iterator[str]:
    from ..config import KRAKEN_URL

    file = configuration.file
    yield f"# config.toml: {'none' if file is None else file.path}"
    yield f"# keys: {settings.env_file or 'the environment'}"
    yield f"# exchange: {settings.url} ({'default' if settings.url == KRAKEN_URL else 'KRAKEN_API_URL'})"
    defaults = _defaults()
    for name in OPTIONS:
        yield from _option(name, configuration, defaults)
    if file is None:
        return
    for label, entry in file.values.get("accounts", {}).items():
        yield from ("", f"[accounts.{_key(label)}]")
        yield from _entries(file, entry, "accounts", label)
    today = datetime.now(UTC).date()
    for number, entry in enumerate(file.values.get("accept", ())):
        yield from ("", "[[accept]]" if entry.get("until", today) >= today else "[[accept]]  # is over")
        yield from _entries(file, entry, "accept", number)


def _defaults() -> Mapping[str, Any]:
    """Of the options of a check, by name."""
    context = click.Context(check)
    return {
        option.removeprefix("--"): parameter.get_default(context)
        for parameter in check.params
        for option in parameter.opts
    }


def _option(name: str, configuration: Configuration, defaults: Mapping[str, Any]) -> Iterator[str]:
    variable = _OF_THE_ENVIRONMENT.get(name)
    if configuration.file is not None and name in configuration.options:
        yield _line(name, configuration.options[name], _origin(configuration.file, name))
    elif variable is not None and os.environ.get(variable):
        yield _line(name, "never", f"{variable} in the environment")
    elif isinstance(default := defaults.get(name), str | int | float):
        yield _line(name, default, "default")
    else:
        yield f"# {name} is not set"


def _entries(file: TomlFile, entry: Mapping[str, Any], *where: str | int) -> Iterator[str]:
    for name, value in entry.items():
        yield _line(name, value, _origin(file, *where, name))


def _origin(file: TomlFile, *where: str | int) -> str:
    return file.at(*where).replace(", line ", ":")


def _line(name: str, value: Any, origin: str) -> str:
    return f"{name} = {_literal(value)}  # {origin}"


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() else json.dumps(name)


def _literal(value: Any) -> str:
    """As TOML writes it."""
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)
