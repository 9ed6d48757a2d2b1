"""config.toml on the command line: what it says of options is their default, and what is given there wins."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from ..durations import LIMIT
from ..formats import NAMES, Sort
from .options import COLORS, MOST_CHECKS_TO_WAIT, VIEWS, Duration, Seconds

if TYPE_CHECKING:
    from ..config import Config
    from ..config.toml_file import TomlFile

_TABLES = ("accounts", "accept")
_VARIABLE = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]{0,63}")
_TICKER = re.compile(r"[A-Za-z0-9.]{1,20}")
_NAMES_OF_VARIABLES = ("notify", "ping")  # where the command line has the URLs themselves


class Refused(click.ClickException):
    """Wrong usage or configuration: one sentence on standard error."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Kind:
    """What the value of an option may be.

    Attributes:
        fits: whether it is such a value.
        what: which that is, in words.
        choices: the words that it may be; none where it may be others.
    """

    fits: Callable[[Any], bool]
    what: str
    choices: tuple[str, ...] = ()


def _choice(*choices: str) -> Kind:
    return Kind(lambda value: isinstance(value, str) and value in choices, f"one of {', '.join(choices)}", choices)


def _whole(least: int, most: int) -> Kind:
    return Kind(
        lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most,
        f"a whole number from {least} to {most}",
    )


def _matching(pattern: re.Pattern[str], what: str) -> Kind:
    return Kind(lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None, what)


def _is_seconds(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    try:
        Seconds().convert(value, None, None)
    except click.BadParameter:
        return False
    return True


def _is_duration(value: Any) -> bool:
    try:
        Duration().convert(value, None, None)
    except click.BadParameter:
        return False
    return isinstance(value, str)


_SECONDS = Kind(_is_seconds, "a number of seconds above 0 and at most 86400")
_DURATION = Kind(_is_duration, LIMIT)
_FLAG = Kind(lambda value: isinstance(value, bool), "true or false, without quotes")
_VARIABLES = Kind(
    lambda value: (
        isinstance(value, list) and all(isinstance(one, str) and _VARIABLE.fullmatch(one) for one in value)
    ),
    'a list of names of environment variables: ["$MY_URL"]',
)

_VARIABLE_OF_ONE = Kind(
    lambda value: _VARIABLES.fits(value) and len(value) == 1, 'the name of one environment variable: ["$MY_URL"]'
)

OPTIONS: Mapping[str, Kind] = {
    "quote": _matching(_TICKER, 'a currency such as "EUR"'),
    "timeout": _SECONDS,
    "deadline": _SECONDS,
    "workers": _whole(1, 256),
    "format": _choice(*NAMES),
    "view": _choice(*VIEWS),
    "sort": _choice(*Sort),
    "color": _choice(*COLORS),
    "assets": _FLAG,
    "activity": _FLAG,
    "idle-after": _DURATION,
    "wallets": _FLAG,
    "quiet": _FLAG,
    "since-last": _FLAG,
    "news": _FLAG,
    "remind": _DURATION,
    "after": _whole(1, MOST_CHECKS_TO_WAIT),
    "record": _FLAG,
    "ledger": _FLAG,
    "gain": _FLAG,
    "notify": _VARIABLES,
    "notify-amounts": _FLAG,
    "ping": _VARIABLE_OF_ONE,
}


@dataclass(frozen=True, slots=True)
class Configuration:
    """A config.toml that has been judged.

    Attributes:
        config: what it says of accounts and of findings.
        file: None where there is none.
        options: its defaults, by the name of the option without dashes. `notify` and `ping` are lists of names of
            environment variables, each with its `$`.
    """

    config: Config
    file: TomlFile | None = None
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def defaults_of(self, command: click.Command) -> dict[str, Any]:
        """The defaults of a command, by parameter; what only another command can do is left to its own default."""
        found = {}
        for parameter in command.params:
            name = next((option.removeprefix("--") for option in parameter.opts if option.startswith("--")), "")
            if name not in self.options or name in _NAMES_OF_VARIABLES or parameter.name is None:
                continue
            value = self.options[name]
            if not isinstance(parameter.type, click.Choice) or value in parameter.type.choices:
                found[parameter.name] = value
        return found


class ConfiguredCommand(click.Command):
    """A command with an option `--config`, whose parameter is the `Configuration`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options, and once they are in order the file; then again, with the defaults that it has."""
        rest = super().parse_args(ctx, list(args))
        if ctx.resilient_parsing:
            return rest
        configuration = configuration_of(ctx.params["config"], ctx.params["env_file"], demo=ctx.params["demo"])
        if defaults := configuration.defaults_of(self):
            ctx.default_map = defaults
            ctx.params.clear()
            rest = super().parse_args(ctx, list(args))
        ctx.params["config"] = configuration
        return rest


def configuration_of(path: Path | None, env_file: Path | None = None, *, demo: bool = False) -> Configuration:
    """What a file says, or the one that is found where none is named; a demo reads only one that is named.

    Args:
        env_file: the file with the keys, where one is named.

    Raises:
        Refused: the file cannot be used; the message names it, the line, and what may be meant.
    """
    from ..config import NO_CONFIG, ConfigurationError
    from ..config.toml_file import find_config_file, read_toml_file

    try:
        if path is not None:
            return judged(read_toml_file(path, named=True))
        found = None if demo else find_config_file(env_file)
        return Configuration(NO_CONFIG) if found is None else judged(read_toml_file(found, named=False))
    except ConfigurationError as error:
        raise Refused(str(error)) from error


def judged(file: TomlFile) -> Configuration:
    """What the file says.

    Raises:
        ConfigurationError: something in it is unknown, or not as it should be.
    """
    from ..config.expectations import read_config
    from ..config.toml_file import nearest, shown
    from ..report.acceptance import codes

    file.require_known(file.values, (*OPTIONS, *_TABLES))
    options = {name: value for name, value in file.values.items() if name not in _TABLES}
    for name, value in options.items():
        kind = OPTIONS[name]
        if not kind.fits(value):
            hint = f"; {nearest(value, kind.choices)}" if kind.choices and isinstance(value, str) else ""
            raise file.refused(f"{name} is {shown(value)}, and should be {kind.what}{hint}", name)
    if options.get("sort") == Sort.CHANGE and not options.get("since-last"):
        raise file.refused('sort = "change" needs since-last = true: without it no change is known', "sort")
    for name in ("ledger", "gain"):
        if options.get(name) and not options.get("record", True):
            raise file.refused(
                f"{name} = true needs record = true: what came and went is kept in the history", name
            )
    return Configuration(read_config(file, codes(), options.get("quote", "USD")), file, options)
