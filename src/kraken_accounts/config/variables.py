"""Names and values of the variables: a value is hidden as soon as it is read, and knows where that was."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import ConfigurationError
from .secret import Secret

MASTER_PREFIX = "KRAKEN_MASTER"
USER_PREFIX = "KRAKEN_USER_"
URL = "KRAKEN_API_URL"
PAIR = ("API_KEY", "API_SECRET")
IN_FILE = "_FILE"  # behind the name of a key or a secret: the file that holds it
FIELDS = (*PAIR, "API_OTP", "NONCE_UNIT", "USER_ID", "IIBAN", *(f"{half}{IN_FILE}" for half in PAIR))
VARIABLE = re.compile(rf"(KRAKEN_MASTER|KRAKEN_USER_[A-Z0-9_]+)_({'|'.join(FIELDS)})")
LONGEST = 8192  # characters of a value, or of a line in a file; a key with its secret has 144

ENVIRONMENT = "in the environment"
_USER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
# What people leave in a sample file. Kraken's keys are base64, which has no `<`, `_`, `-` or space.
_BRACKETED = re.compile(r"<.*>")
_PLACEHOLDER = re.compile(
    r"<.*>|\[.*\]|\{.*\}|\.{3,}|…|x{3,}|changeme|none|null|todo"
    r"|(your|paste|insert|enter|change|replace|put|add|my)[ _-].*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Setting:
    """A variable that is set.

    Attributes:
        place: where it was read, ``in the environment`` for instance; empty for sample accounts.
        mistake: why it must not be used, in one sentence that names it; None if nothing is known against it.
        exposed: the file that holds the value, where others may read or change that.
    """

    name: str
    value: Secret
    place: str
    mistake: str | None = None
    exposed: Path | None = None

    @property
    def is_path(self) -> bool:
        """Whether the value is the path of the file that holds what is meant."""
        return self.name.endswith(IN_FILE)

    def __str__(self) -> str:
        return f"{self.name} {self.place}" if self.place else self.name


@dataclass(frozen=True, slots=True)
class Source:
    """The variables of one place.

    Attributes:
        place: as of its settings.
        values: None for what is there but empty, or only a placeholder.
    """

    place: str
    values: Mapping[str, Secret | None]

    def get(self, name: str) -> Setting | None:
        """The variable, if it is set to anything."""
        value = self.values.get(name)
        return None if value is None else Setting(name, value, self.place)

    def half(self, name: str) -> Setting | None:
        """A key or a secret, or the path of the file that holds it; with a mistake where both are set."""
        plain, in_file = self.get(name), self.get(f"{name}{IN_FILE}")
        if plain is not None and in_file is not None:
            return replace(plain, mistake=f"{plain} and {in_file.name} are both set; keep one of them")
        return plain or in_file


def read_environment(environ: Mapping[str, str], place: str = ENVIRONMENT) -> Source:
    """The variables of this program, and those that look like them.

    Raises:
        ConfigurationError: a value is so long that it cannot be one.
    """
    values = {}
    for name, value in environ.items():
        if is_ours(name):
            if len(value) > LONGEST:
                shown = name if VARIABLE.fullmatch(name) or name == URL else f"a name that begins with {name[:7]}"
                raise ConfigurationError(f"{shown} {place}: is longer than {LONGEST} characters, so it is no key")
            values[name] = hidden(name, value)
    return Source(place, values)


def is_ours(name: str) -> bool:
    """Whether a name looks as if it were meant for this program, or for another one that deals with Kraken."""
    return name[:7].upper() == "KRAKEN_"


def hidden(name: str, value: str) -> Secret | None:
    """A value without the white space and quotes that a paste brings along; None if that leaves nothing to use."""
    trimmed = value.strip().strip("'\"").strip()
    return None if not trimmed or _is_placeholder(name, trimmed) else Secret(trimmed)


def _is_placeholder(name: str, value: str) -> bool:
    """What Kraken made, or a URL, may be one by its words; what a person chose, a user id, only by brackets."""
    worded = name == URL or name.endswith(("_API_KEY", "_API_SECRET", "_IIBAN"))
    return bool((_PLACEHOLDER if worded else _BRACKETED).fullmatch(value))


def is_user_id(text: str) -> bool:
    """Whether a user may be called so: nobody else is master."""
    return bool(_USER_ID.fullmatch(text)) and text.lower() != "master"


def as_name(user_id: str) -> str:
    """The NAME that a user id spells."""
    return re.sub(r"[^A-Z0-9]", "_", user_id.upper())


def default_id(name: str) -> str:
    """The user id of a NAME that has no _USER_ID."""
    return name.lower()
