"""Which files and variables are read, from where, and what overrides what: names, never values."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...run_variables import NOTIFY, PING, STORE
from ..configuration import Configuration, Refused, configuration_of
from .findings import Condition, Line

if TYPE_CHECKING:
    from ...config import Settings

_NAMES_SHOWN = 30
_FOLDERS = ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")


@dataclass
class Patient:
    """What is examined, and what came to light of it so far.

    Attributes:
        env_file, config: the files that the command line names.
        configuration: None as long as config.toml was not read, or could not be.
        settings: None as long as the accounts were not read, or could not be.
        is_reachable: whether the exchange has answered without a key.
    """

    env_file: Path | None
    config: Path | None
    configuration: Configuration | None = None
    settings: Settings | None = None
    is_reachable: bool = False


def look_at_settings(patient: Patient) -> Iterator[Line]:
    """What is read; `patient` has it afterwards."""
    yield from _config_file(patient)
    yield from _env_file(patient)
    yield from _variables_of_runs()


def _config_file(patient: Patient) -> Iterator[Line]:
    from ...config.env_file import user_config_folder
    from ...config.toml_file import NAME

    try:
        patient.configuration = configuration_of(patient.config)
    except Refused as refusal:
        yield Line(
            Condition.WRONG, f"{NAME}: {refusal.message}", "Mend it; every command that reads it ends with 2."
        )
        return
    file = patient.configuration.file
    if file is None:
        folder = user_config_folder()
        place = (
            "of nobody: no folder of this user is known" if folder is None else f"{folder / NAME} would be read"
        )
        yield Line(Condition.NOTE, f"{NAME}: none, so all values are defaults; {place}")
        return
    how = "the user's own" if patient.config is None else "named by --config"
    sets = ", ".join(file.values) or "nothing"
    yield Line(Condition.FINE, f"{NAME}: {file.path}, {how}; it sets {sets}")


def _env_file(patient: Patient) -> Iterator[Line]:
    from ...config import NO_CONFIG, ConfigurationError, load_settings

    config = NO_CONFIG if patient.configuration is None else patient.configuration.config
    try:
        settings = load_settings(os.environ, patient.env_file, config)
    except ConfigurationError as refusal:
        yield Line(Condition.WRONG, f"accounts: {refusal}", "Mend it; no command uses a key until then.")
        yield from _names("variables set", "in the environment", _ours_in_the_environment())
        return
    patient.settings = settings
    named = patient.env_file is not None
    if settings.source == "pipe":
        yield Line(Condition.FINE, "keys: through a pipe, by --env-file; they win over the environment")
    elif settings.env_file is None:
        yield Line(Condition.NOTE, f".env: none was found; looked for {', '.join(map(str, _env_files()))}")
    elif named:
        yield Line(
            Condition.FINE, f".env: {_whole(settings.env_file)}, by --env-file; it wins over the environment"
        )
    else:
        yield Line(
            Condition.FINE, f".env: {_whole(settings.env_file)}, which was found; the environment wins over it"
        )
    if not settings.env_file_is_private and settings.env_file is not None:
        yield Line(
            Condition.WRONG,
            f"{_whole(settings.env_file)}: group or others may read or write it",
            f"chmod 600 {_whole(settings.env_file)}",
        )
    for other in _env_files():
        if _is_there(other) and not _is_same(other, settings.env_file):
            yield Line(Condition.NOTE, f"{other}: is there too, and not read")
    yield from _by_place("variables that count", settings.counting)
    yield from _by_place("set elsewhere too, where they win, and so passed over", settings.passed_over)
    for note in settings.notes:
        yield Line(Condition.WRONG, note, "Correct it, or take it out.")


def _variables_of_runs() -> Iterator[Line]:
    names = [name for name in (NOTIFY, PING, STORE, *_FOLDERS, "NO_COLOR") if os.environ.get(name)]
    if names:
        yield from _names("of a run", "in the environment", names)


def _ours_in_the_environment() -> Sequence[str]:
    from ...config.variables import is_ours

    return [name for name, value in os.environ.items() if is_ours(name) and value.strip()]


def _by_place(what: str, variables: Sequence[tuple[str, str]]) -> Iterator[Line]:
    for place in dict.fromkeys(place for _, place in variables):
        yield from _names(what, place, [name for name, where in variables if where == place])


def _names(what: str, place: str, names: Iterable[str]) -> Iterator[Line]:
    names = sorted(names)
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    if names:
        yield Line(Condition.NOTE, f"{what}, {place}: {', '.join(names[:_NAMES_SHOWN])}{more}")


def _env_files() -> list[Path]:
    """Where a `.env` is looked for, in that order."""
    from ...config.env_file import CHECKOUT, user_config_folder

    folders = [Path.cwd(), CHECKOUT if (CHECKOUT / "check_master_user_balances.py").is_file() else None]
    return list(dict.fromkeys(f / ".env" for f in (*folders, user_config_folder()) if f is not None))


def _is_there(path: Path) -> bool:
    from ...config.env_file import may_be_file

    return may_be_file(path)


def _is_same(path: Path, read: Path | None) -> bool:
    try:
        return read is not None and path.samefile(read)
    except OSError:
        return False


def _whole(path: Path) -> Path:
    return path.absolute()
