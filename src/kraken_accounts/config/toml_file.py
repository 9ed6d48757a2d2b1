"""A TOML file that people write: where in it each thing stands, and nothing in it that belongs elsewhere."""

from __future__ import annotations

import difflib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError, sealed
from ..text import printable
from .env_file import find_env_file, holds_keys, may_be_file, user_config_folder
from .found_file import open_found

NAME = "config.toml"
_LARGEST = 1 << 20  # bytes
_SHOWN = 24  # characters of a value in a refusal
_HEADER = re.compile(r"\s*\[\[?[^\[\]]+\]\]?\s*(#.*)?")
# Kraken's keys and private keys, and the tokens of messengers.
_LONG = re.compile(r"[A-Za-z0-9+/=_-]{32,}")
# How tomllib begins to say that a key or a table is there already.
_TWICE = re.compile(r"Cannot (overwrite a value|declare )")
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{32,}")
_URL_WELCOME = ("reason", "disabled")  # people refer to a page there

Where = tuple[str | int, ...]
"""What leads to a value: ``("accept", 0, "until")`` to a line of the first of these tables."""


@dataclass(frozen=True, slots=True)
class TomlFile:
    """What a file says.

    Attributes:
        values: as tomllib reads them, with Decimals in place of floats.
        lines: on which line each key and table stands, as far as that can be told, counted from 1.
    """

    path: Path
    values: Mapping[str, Any]
    lines: Mapping[Where, int]

    def at(self, *where: str | int) -> str:
        """The file, and the line on which a key stands or the table around it."""
        for end in range(len(where), 0, -1):
            if where[:end] in self.lines:
                return f"{self.path}, line {self.lines[where[:end]]}"
        return str(self.path)

    def refused(self, message: str, *where: str | int) -> ConfigurationError:
        """That something in it cannot be used; the message names the file and the line."""
        return ConfigurationError(f"{self.at(*where)}: {message}")

    def require_known(self, names: Iterable[str], known: Iterable[str], *table: str | int) -> None:
        """Make sure that a table has no other keys than these.

        Raises:
            ConfigurationError: it has one; the message names the nearest that is known.
        """
        known = list(known)
        for name in names:
            if name in known:
                continue
            if name.upper().startswith("KRAKEN_"):
                message = "variables belong into .env or the environment, not into this file"
            else:
                message = f"there is no key {shown(name)} here; {nearest(name, known)}"
            raise self.refused(message, *table, name)


def nearest(name: str, known: Iterable[str]) -> str:
    """Which of these may be meant; all of them if none is near."""
    known = sorted(known)
    near = difflib.get_close_matches(name.lower(), known, 1, 0.6)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"


def shown(value: object) -> str:
    """A short, safe picture of a value."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    text = printable(str(value), _SHOWN)
    return f'"{text}"' if isinstance(value, str) else text


def find_config_file(env_file: Path | None = None) -> Path | None:
    """The one beside the `.env` that holds the keys, else the user's own, in $XDG_CONFIG_HOME/kraken-accounts.

    One of the working directory counts only there: others call their files so, too.

    Args:
        env_file: the file with the keys, where one is named; else it is the one that would be found.

    Raises:
        ConfigurationError: the file with the keys cannot be read or understood, or it must not be believed.
    """
    is_named = env_file is not None
    keys = env_file if is_named else find_env_file()
    if keys is not None and may_be_file(keys.parent / NAME) and holds_keys(keys, named=is_named):
        return (keys.parent / NAME).absolute()
    folder = user_config_folder()
    return folder / NAME if folder is not None and may_be_file(folder / NAME) else None


def read_toml_file(path: Path, *, named: bool) -> TomlFile:
    """What a file says.

    Args:
        named: whether the operator has named it; one that was only found must be the user's own.

    Raises:
        ConfigurationError: it cannot be read or understood, must not be believed, or holds what looks like a
            secret or a URL.
    """
    try:
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
        file = os.open(path, flags) if named else open_found(path, "switch alarms off", "--config")
    except (FileNotFoundError, NotADirectoryError, ValueError):
        what = "does not exist" if named else "is a link to a file that does not exist"
        raise ConfigurationError(f"{path}: {what}; name the file with --config PATH") from None
    except OSError as error:
        raise _unreadable(path, error) from None
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise ConfigurationError(f"{path}: is not a file; name the file with --config PATH")
        with os.fdopen(os.dup(file), "rb") as content:
            read: TomlFile = sealed(_parsed, content.read(_LARGEST + 1), path)
    except OSError as error:
        raise _unreadable(path, error) from None
    finally:
        os.close(file)
    return read


def _unreadable(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"{path}: cannot be read ({error.strerror}); make it readable for the user who runs this"
    )


# --- what sees the text: runs sealed, for a key may have been pasted into it --------------------------------


def _parsed(raw: bytes, path: Path) -> TomlFile:
    import tomllib

    if len(raw) > _LARGEST:
        raise ConfigurationError(f"{path}: is larger than {_LARGEST >> 20} MiB, so it is no {NAME}")
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    try:
        values = tomllib.loads(text, parse_float=_decimal)
    except (ValueError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        place = f"{path}, line {line[1]}" if line else f"{path}"
        if _TWICE.match(str(error)):
            raise ConfigurationError(f"{place}: the file has this already, further up; keep one") from None
        raise ConfigurationError(f'{place}: is not TOML, which reads: name = "value"') from None
    file = TomlFile(path, values, dict(_lines(text)))
    for where, value in _leaves(values, ()):
        _refuse_what_is_secret(file, where, value)
    return file


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("not a number") from None


def _lines(text: str) -> Iterator[tuple[Where, int]]:
    """Where the keys and tables stand; only a value of several lines could be taken for more of them."""
    import tomllib

    table: Where = ()
    counted: dict[Where, int] = {}
    seen: set[Where] = set()
    for number, line in enumerate(text.split("\n"), 1):
        header = _HEADER.fullmatch(line)
        source = line if header else f"{line.partition('=')[0]} = 0"
        if not header and "=" not in line:
            continue
        try:
            where = _path(tomllib.loads(source))
        except (ValueError, RecursionError):
            continue
        if header and line.lstrip().startswith("[["):
            counted[where] = counted.get(where, -1) + 1
            table = where = (*where, counted[where])
        elif header:
            table = where
        else:
            where = (*table, *where)
        # A line with dots stands for the tables that it names, too.
        for end in range(1, len(where) + 1):
            if where[:end] not in seen:
                seen.add(where[:end])
                yield where[:end], number


def _path(nested: Any) -> Where:
    """The one key of each table within the other."""
    path: list[str | int] = []
    while isinstance(nested, dict | list) and nested:
        if isinstance(nested, list):
            nested = nested[0]
            continue
        ((name, nested),) = nested.items()
        path.append(name)
    return tuple(path)


def _leaves(value: Any, where: Where) -> Iterator[tuple[Where, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*where, name), name
            yield from _leaves(inner, (*where, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, (*where, number))
    else:
        yield where, value


def _refuse_what_is_secret(file: TomlFile, where: Where, value: Any) -> None:
    """Nothing of it is shown."""
    if not isinstance(value, str):
        return
    if any(map(_may_be_secret, _LONG.findall(value))):
        raise file.refused(
            "holds what looks like a key or a secret, which this file never has; put it into .env, and "
            "replace it at Kraken if others have seen this file",
            *where,
        )
    if "://" in value and not any(name in _URL_WELCOME for name in where):
        raise file.refused(
            'holds a URL, which this file never has: put it into a variable and write its name, as in "$MY_URL"; '
            "which exchange is asked, KRAKEN_API_URL says",
            *where,
        )


def _may_be_secret(text: str) -> bool:
    mixed = all(re.search(kind, text) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
    return mixed or _HEXADECIMAL.fullmatch(text) is not None
