"""Names that look like a variable of ours and mean nothing: a typing error would leave an account unwatched."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Sequence

from ..run_variables import NOTIFY, PING, STORE
from .variables import ENVIRONMENT, FIELDS, IN_FILE, MASTER_PREFIX, URL, USER_PREFIX, VARIABLE, Source, as_name

_ODD_KEY = re.compile(r"KRAKEN_USER_([A-Za-z0-9_.-]{1,64})_API_(?:KEY|SECRET)(?:_FILE)?")
_PLAIN_FIELDS = tuple(field for field in FIELDS if not field.endswith(IN_FILE))
_MASTERS_OWN = tuple(f"{MASTER_PREFIX}_{field}" for field in FIELDS if field != "USER_ID")
_OURS = re.compile(rf"{MASTER_PREFIX}_|{USER_PREFIX}", re.IGNORECASE)
_OF_A_RUN = (NOTIFY, PING, STORE)
_OF_OTHER_PROGRAMS = ("KRAKEN_API_KEY", "KRAKEN_API_SECRET")
_SPELT = re.compile(r"[A-Z0-9_]+")


def odd_names(source: Source) -> set[str]:
    """What stands where the NAME of a user's key should, and is none."""
    matches = (match for match in map(_ODD_KEY.fullmatch, source.values) if match)
    return {match[1] for match in matches if not VARIABLE.fullmatch(match[0])}


def misspellings(
    source: Source, shown: Collection[str], owners: Collection[str], taken: Collection[str]
) -> Iterator[str]:
    """A sentence for each name of a source that is ignored.

    A name is compared with the fields and with the master's variables and never with other names, so the time that
    this takes grows as their number does, not as its square.

    Args:
        shown: the beginnings of variables that have a row in the report for being misspelt, and need no sentence.
        owners: the unusual beginnings of variables that count all the same.
        taken: all names that are there, of this source or another.
    """
    counted = {f"{prefix}_{field}" for prefix in owners for field in FIELDS}
    for name in source.values:
        if name in counted:
            continue
        if name == f"{MASTER_PREFIX}_USER_ID":
            yield f"{name} {source.place} is ignored: the master has no user id"
        elif name in _OF_A_RUN:
            if source.place != ENVIRONMENT:
                yield f"{name} {source.place} is ignored: it counts in the environment only"
        elif (
            name != URL
            and not VARIABLE.fullmatch(name)
            and (words := _misspelling(name, source.place, shown, taken))
        ):
            yield words


def _misspelling(name: str, place: str, shown: Collection[str], taken: Collection[str]) -> str | None:
    if odd := _ODD_KEY.fullmatch(name):
        if USER_PREFIX + as_name(odd[1]) in shown:
            return None
        return f"{name} {place} is ignored: did you mean {USER_PREFIX}{as_name(odd[1])}{name[odd.end(1) :]}?"
    if VARIABLE.fullmatch(name.upper()) or name.upper() == URL:
        return f"{name} {place} is ignored: did you mean {name.upper()}?"
    if glued := VARIABLE.match(name) or re.match(URL, name):
        # What follows may be the value itself, so it is not shown.
        return f"a name that begins with {glued[0]} {place} is ignored: is the = missing behind it?"
    ours = _OURS.match(name)
    if not _SPELT.fullmatch(name):
        what = "names have A-Z, 0-9 and _ only"
        return f"a name that begins with {ours[0]} {place} is ignored: {what}" if ours else None
    meant = _meant(name)
    if meant in taken and not name.startswith(USER_PREFIX) and meant is not None:
        # To write over the variable of another user would be worse than none.
        prefix = name.partition("_API_")[0]
        return (
            f"{name} {place} is ignored: {meant} is there as well; if it is of another account, write "
            f'variables = "{prefix}" under [accounts.LABEL] in config.toml'
        )
    if meant:
        return f"{name} {place} is ignored: did you mean {meant}?"
    return f"{name} {place} is ignored: no variable is called so" if ours else None


def _meant(name: str) -> str | None:
    """The variable that a name is nearest to, if it is near to any."""
    _, kind, *words = name.split("_")
    if kind in ("USERS", "USR", "USRE", "UESR", "SUER", "USER"):
        return _users_variable(words)
    if kind.startswith("USER"):
        return _users_variable([kind.removeprefix("USER"), *words])  # the _ behind USER is missing
    if name in _OF_OTHER_PROGRAMS:
        return None
    return next(iter(difflib.get_close_matches(name, (*_MASTERS_OWN, URL, *_OF_A_RUN), 1, 0.85)), None)


def _users_variable(words: Sequence[str]) -> str | None:
    """The variable of a user whose NAME and field are these words, if the field is near to one."""
    if words and f"_{words[-1]}" == IN_FILE:
        plain = _users_variable(words[:-1])
        in_file = None if plain is None else f"{plain}{IN_FILE}"
        return in_file if in_file is not None and VARIABLE.fullmatch(in_file) else None
    for count in (2, 1, 3):
        name, field = "_".join(words[:-count]), "_".join(words[-count:])
        near = difflib.get_close_matches(field, _PLAIN_FIELDS, 1, 0.8) if name else []
        if near:
            return f"{USER_PREFIX}{name}_{near[0]}"
    return None
