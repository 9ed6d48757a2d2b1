"""Which of two sources counts, variable by variable; no file may redirect a key that is not in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..accounts import MASTER
from ..errors import ConfigurationError
from .url import base_url
from .variables import MASTER_PREFIX, PAIR, URL, VARIABLE, Setting, Source

_USES = ("API_OTP", "NONCE_UNIT", "USER_ID", "IIBAN")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What counts.

    Attributes:
        configured: of each account that has a row what is set, by the beginning of its variables.
        url: base URL of the exchange.
        notes: which half of a pair is ignored, a sentence each.
        counting: the names of the variables that count, each with its place.
        passed_over: likewise those that would, if the other source had not the same ones.
    """

    configured: Mapping[str, Mapping[str, Setting]]
    url: str
    notes: tuple[str, ...]
    counting: tuple[tuple[str, str], ...]
    passed_over: tuple[tuple[str, str], ...]


def choose(environment: Source, file: Source, *, file_wins: bool, owners: Mapping[str, str]) -> Chosen:
    """Bring the environment and a file together.

    A variable counts as its winner has it, if the winner sets it to anything, else as the other does. Key and
    secret are one: the source that has both gives both, or the paths of the files that hold them. How a key is
    used, a file says only of the keys in it.

    Args:
        file_wins: for a file that the operator has named; one that was only found gives way to the environment.
        owners: whose variables begin unusually: the label of the account by the beginning.

    Raises:
        ConfigurationError: the file says how or where a key of the environment is used, or the URL is none to
            which keys may be sent.
    """
    winner, other = (file, environment) if file_wins else (environment, file)
    prefixes = {
        match[1]: None for source in (winner, other) for match in map(VARIABLE.fullmatch, source.values) if match
    }
    configured = {}
    notes: list[str] = []
    masters = _prefix_of_the_master(owners)
    if MASTER_PREFIX in prefixes and MASTER_PREFIX not in (masters, *owners):
        del prefixes[MASTER_PREFIX]
        notes.append(f"variables that begin with {MASTER_PREFIX} are ignored: the master's begin with {masters}")
    foreign: list[Setting] = []  # keys and secrets that are not in the file
    for prefix in {masters: None, **prefixes, **dict.fromkeys(owners)}:
        pair, ignored = _pair(prefix, winner, other)
        notes += ignored
        fields = dict(pair)
        outside = [setting for setting in pair.values() if setting.place == environment.place]
        for name in _USES:
            chosen = winner.get(f"{prefix}_{name}") or other.get(f"{prefix}_{name}")
            if chosen is not None:
                _refuse_from_elsewhere(chosen, environment, outside, "how {} is used")
                fields[name] = chosen
        foreign += outside
        configured[prefix] = fields
    url = winner.get(URL) or other.get(URL)
    checked = base_url(url)
    if url is not None:
        _refuse_from_elsewhere(url, environment, foreign, "where {} is sent")
    chosen_ones = [setting for fields in configured.values() for setting in fields.values()]
    counting = {one.name: one.place for one in (*chosen_ones, *([url] if url else []))}
    passed_over = _passed_over(counting, winner, other)
    return Chosen(configured, checked, tuple(notes), tuple(counting.items()), passed_over)


def _passed_over(counting: Mapping[str, str], *sources: Source) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, source.place)
        for source in sources
        for name, value in source.values.items()
        if value is not None and name in counting and counting[name] != source.place
    )


def _prefix_of_the_master(owners: Mapping[str, str]) -> str:
    return next((prefix for prefix, label in owners.items() if label == MASTER.selector), MASTER_PREFIX)


def _pair(prefix: str, winner: Source, other: Source) -> tuple[dict[str, Setting], list[str]]:
    """Key and secret of an account, as far as they are set, and a note of each half that is of no use."""
    halves = [
        {name: setting for name in PAIR if (setting := source.half(f"{prefix}_{name}"))}
        for source in (winner, other)
    ]
    first, second = halves
    whole = next((half for half in halves if len(half) == len(PAIR)), None)
    if whole is None:
        return {**second, **first}, []
    return whole, list(_ignored(first if whole is second else second, whole))


def _ignored(half: Mapping[str, Setting], whole: Mapping[str, Setting]) -> Iterator[str]:
    if len(half) == 1:
        (setting,) = half.values()
        (missing,) = (whole[name] for name in PAIR if name not in half)
        yield f"{setting} is ignored: {missing.name} is not there too, so both count as they are {missing.place}"


def _refuse_from_elsewhere(chosen: Setting, environment: Source, keys: list[Setting], what: str) -> None:
    """Refuse a line of a file that concerns keys outside of it, unless the environment says the same."""
    if not keys or chosen.place == environment.place:
        return
    own = environment.get(chosen.name)
    if own is None or own.value != chosen.value:
        raise ConfigurationError(
            f"{chosen} would change {what.format(keys[0])}; nothing was sent. A file says so only of the keys "
            f"in it: set {chosen.name} in the environment, or move the key into the file"
        )
