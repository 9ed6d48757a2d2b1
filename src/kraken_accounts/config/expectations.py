"""What the operator has said of accounts and of findings: what is expected, what is accepted until when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..accounts import MASTER
from ..durations import LIMIT, parse_limit
from ..errors import ConfigurationError
from .toml_file import TomlFile, nearest, shown
from .variables import MASTER_PREFIX, USER_PREFIX, as_name

READ_ONLY = "read-only"
NEVER_IDLE = timedelta()

OF_AN_ACCOUNT = ("expected", "disabled", "min-total", "idle-after", "variables")
OF_AN_ACCEPTANCE = ("code", "accounts", "reason", "until")

_ABSURD = Decimal("1e30")  # in any currency
_LONGEST = 200  # characters of a reason
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
_PATTERN = re.compile(r"[A-Za-z0-9_.@*?\[\]!-]{1,64}")
_PREFIX = re.compile(r"KRAKEN(_[A-Z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Expectation:
    """Of one account.

    Attributes:
        expected: `READ_ONLY` where its key should look and never trade; None where it should trade.
        disabled: why it is not to be asked; None where it is.
        min_total: the least that its total should be, in `quote`; None for no such thing.
        quote: the quote currency of the file that says so, as it is written there.
        prefix: how its variables begin, where that is not as usual.
        idle_after: how long it may be without a fill; `NEVER_IDLE` for ever, None where nothing is said.
        origin: the file and the line that say so; empty where nobody says anything.
    """

    expected: str | None = None
    disabled: str | None = None
    min_total: Decimal | None = None
    quote: str = "USD"
    prefix: str | None = None
    idle_after: timedelta | None = None
    origin: str = ""


NOTHING_EXPECTED = Expectation()


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A finding that the operator knows of and lives with.

    Attributes:
        accounts: patterns of account names (``*``, ``?`` and ``[abc]`` as in a shell); None for all accounts, and
            for findings about the run as a whole.
        until: the last day, in UTC; None for ever, which nothing critical is accepted for.
        origin: the file and the line that say so.
    """

    code: str
    reason: str
    accounts: tuple[str, ...] | None = None
    until: date | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """What a config.toml says of accounts and findings.

    Attributes:
        path: of the file; None without one.
        accounts: by label: ``master``, or a user id.
    """

    path: Path | None = None
    accounts: Mapping[str, Expectation] = field(default_factory=lambda: MappingProxyType({}))
    acceptances: tuple[Acceptance, ...] = ()

    @property
    def owners(self) -> Mapping[str, str]:
        """Whose variables begin unusually: the label by the beginning."""
        return {one.prefix: label for label, one in self.accounts.items() if one.prefix is not None}


NO_CONFIG = Config()


def heading_of(label: str) -> str:
    """How the table of an account is headed in config.toml."""
    return f"[accounts.{label}]" if re.fullmatch("[A-Za-z0-9_-]+", label) else f'[accounts."{label}"]'


def read_config(file: TomlFile, codes: Mapping[str, bool], quote: str) -> Config:
    """What a file says of accounts and of findings.

    Args:
        codes: of all findings, and whether one of that code may be critical.
        quote: the quote currency of the file.

    Raises:
        ConfigurationError: something in it is unknown or not as it should be; the message names file and line.
    """
    accounts = {
        label: _expectation(file, label, entry, quote)
        for label, entry in _table(file, file.values.get("accounts", {}), "accounts").items()
    }
    _refuse_one_prefix_for_two(file, accounts)
    entries = file.values.get("accept", [])
    if not isinstance(entries, list):
        raise file.refused("is written with two brackets: [[accept]]", "accept")
    return Config(
        file.path, accounts, tuple(_acceptance(file, number, one, codes) for number, one in enumerate(entries))
    )


def _table(file: TomlFile, value: Any, *where: str | int) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise file.refused(f"{where[-1]} is {shown(value)}, and should be a table", *where)
    return value


def _expectation(file: TomlFile, label: str, value: Any, quote: str) -> Expectation:
    where = ("accounts", label)
    entry = _table(file, value, *where)
    if not _LABEL.fullmatch(label):
        raise file.refused("is no account: [accounts.LABEL] has `master` or a user id", *where)
    file.require_known(entry, OF_AN_ACCOUNT, *where)
    expected = entry.get("expected")
    if expected not in (None, READ_ONLY):
        raise file.refused(
            f'expected is {shown(expected)}; the one thing known is "{READ_ONLY}"', *where, "expected"
        )
    prefix = entry.get("variables")
    if prefix is not None and not (isinstance(prefix, str) and _PREFIX.fullmatch(prefix)):
        raise file.refused(
            'variables is how the names of its variables begin, before _API_KEY: "KRAKEN_PLATFORM" for instance',
            *where,
            "variables",
        )
    return Expectation(
        expected=expected,
        disabled=_words(file, entry, *where, "disabled"),
        min_total=_minimum(file, entry, *where, "min-total"),
        quote=quote,
        prefix=prefix,
        idle_after=_idle_after(file, entry, expected, *where, "idle-after"),
        origin=file.at(*where),
    )


def _words(file: TomlFile, entry: Mapping[str, Any], *where: str | int) -> str | None:
    """A reason: words on one line."""
    value = entry.get(str(where[-1]))
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > _LONGEST:
        raise file.refused(f"{where[-1]} is the reason in words, on one line of at most {_LONGEST}", *where)
    return value.strip()


def _minimum(file: TomlFile, entry: Mapping[str, Any], *where: str | int) -> Decimal | None:
    value = entry.get(str(where[-1]))
    if value is None:
        return None
    try:
        minimum = Decimal(value) if isinstance(value, str | int | Decimal) else None
    except InvalidOperation:
        minimum = None
    if minimum is None or isinstance(value, bool) or not minimum.is_finite() or not 0 <= minimum < _ABSURD:
        raise file.refused(f'min-total is {shown(value)}, which is no amount such as "250.50"', *where)
    return minimum


def _idle_after(
    file: TomlFile, entry: Mapping[str, Any], expected: str | None, *where: str | int
) -> timedelta | None:
    value = entry.get(str(where[-1]))
    if value is None:
        return None
    try:
        limit = parse_limit(value if isinstance(value, str) else "") or NEVER_IDLE
    except ValueError:
        raise file.refused(f"{where[-1]} is {shown(value)}, and should be {LIMIT}", *where) from None
    if limit and expected == READ_ONLY:
        raise file.refused(
            f'{where[-1]} wants the account to trade, and expected = "{READ_ONLY}" wants it not to: take one away',
            *where,
        )
    return limit


def _refuse_one_prefix_for_two(file: TomlFile, accounts: Mapping[str, Expectation]) -> None:
    """One key would count for two accounts."""
    owners: dict[str, str] = {}
    for label, one in {MASTER.selector: NOTHING_EXPECTED, **accounts}.items():
        usual = MASTER_PREFIX if label == MASTER.selector else USER_PREFIX + as_name(label)
        prefix = one.prefix or usual
        other = owners.setdefault(prefix, label)
        if other != label:
            blamed = label if one.prefix else other
            raise file.refused(
                f"{other} and {label} cannot both have the variables that begin with {prefix}",
                *("accounts", blamed, "variables"),
            )


def _acceptance(file: TomlFile, number: int, value: Any, codes: Mapping[str, bool]) -> Acceptance:
    where = ("accept", number)
    entry = _table(file, value, *where)
    file.require_known(entry, OF_AN_ACCEPTANCE, *where)
    code = entry.get("code")
    if not isinstance(code, str) or code not in codes:
        what = "the code of a finding is missing" if code is None else f"{shown(code)} is no code of a finding"
        raise file.refused(f"{what}; {nearest(str(code), codes)}", *where, "code")
    reason = _words(file, entry, *where, "reason")
    if reason is None:
        raise file.refused(f"a reason is missing: why is {code} accepted?", *where)
    until = entry.get("until")
    if until is not None and (not isinstance(until, date) or isinstance(until, datetime)):
        raise file.refused(
            f"until is {shown(until)}, and should be a date without quotes: 2027-01-31", *where, "until"
        )
    if until is None and codes[code]:
        raise file.refused(
            f"{code} may be critical, which is accepted for a time only: until = 2027-01-31", *where, "code"
        )
    return Acceptance(code, reason, _patterns(file, entry, *where, "accounts"), until, file.at(*where))


def _patterns(file: TomlFile, entry: Mapping[str, Any], *where: str | int) -> tuple[str, ...] | None:
    value = entry.get("accounts")
    if value is None:
        return None
    if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
        raise file.refused('accounts is a list of names or patterns: ["charlie", "investor_*"]', *where)
    for number, one in enumerate(value):
        if not _PATTERN.fullmatch(one):
            raise file.refused(f"{shown(one)} is no name of an account, nor a pattern", *where, number)
    return tuple(value)


def require_known_labels(config: Config, labels: Iterable[str]) -> None:
    """Make sure that nothing is said of an account that is not there: a typing error would go unseen.

    An account that is disabled, or whose variables are named, needs none of them: it has a row in any case.

    Raises:
        ConfigurationError: something is; the message names the nearest account.
    """
    known = set(labels)
    in_any_case = {label.lower() for label in (MASTER.selector, *known)}
    for label, one in config.accounts.items():
        has_a_row = label.lower() not in in_any_case and (one.disabled is not None or one.prefix is not None)
        if label not in known and not has_a_row:
            raise ConfigurationError(f"{one.origin}: there is no account {label!r}; {nearest(label, known)}")
