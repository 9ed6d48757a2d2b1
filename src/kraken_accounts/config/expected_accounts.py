"""Accounts with what config.toml says of them; and the line to write where a key has another name than usual."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ..accounts import MASTER, Account, AccountType
from .expectations import NOTHING_EXPECTED, Config, Expectation, require_known_labels
from .model import AccountSettings, SetupProblem, unset
from .variables import MASTER_PREFIX, USER_PREFIX, VARIABLE, Setting, Source, as_name

_OTHER_KEY = re.compile(r"(KRAKEN(?:_[A-Z0-9]+)*)_API_KEY")
_OF_A_USER = re.compile(r"KRAKEN_US[A-Z]*(_|$)")


def as_expected(accounts: Sequence[AccountSettings], config: Config) -> tuple[AccountSettings, ...]:
    """The accounts, each with what is expected of it; one that is disabled has a row even without variables.

    Raises:
        ConfigurationError: something is said of an account that is not there.
    """
    labels = [account.account.selector for account in accounts]
    require_known_labels(config, labels)
    missing = [
        unset(Account(AccountType.USER, label), one.prefix or USER_PREFIX + as_name(label))
        for label, one in config.accounts.items()
        if label not in labels
    ]
    expected = (
        _as_expected(account, config.accounts.get(account.account.selector, NOTHING_EXPECTED))
        for account in (*accounts, *missing)
    )
    return tuple(sorted(expected, key=lambda settings: settings.account.sort_key))


def _as_expected(settings: AccountSettings, expectation: Expectation) -> AccountSettings:
    if expectation.disabled is None:
        return replace(settings, expectation=expectation)
    return replace(
        settings,
        expectation=expectation,
        credentials=None,
        problem=SetupProblem.DISABLED,
        reason=f"it is disabled: {expectation.disabled}",
    )


def with_hint(
    accounts: Sequence[AccountSettings], sources: Sequence[Source], owners: Mapping[str, str]
) -> list[AccountSettings]:
    """The accounts; a master without a key gets the line to write if a key is there by another common name."""
    key = next((key for source in sources for key in _other_keys(source, owners)), None)
    is_meant = key is not None and MASTER.selector not in owners.values()
    return [
        replace(settings, hint=_hint(key))
        if key is not None and is_meant and _is_master_without_key(settings)
        else settings
        for settings in accounts
    ]


def _is_master_without_key(settings: AccountSettings) -> bool:
    return settings.account == MASTER and settings.problem is SetupProblem.NOT_CONFIGURED


def _other_keys(source: Source, owners: Mapping[str, str]) -> Iterator[Setting]:
    """Keys with their secret whose names are nobody's, nor look like a user's."""
    for name in source.values:
        match = _OTHER_KEY.fullmatch(name)
        if match is None or VARIABLE.fullmatch(name) or match[1] in owners or _OF_A_USER.match(match[1]):
            continue
        key, secret = source.get(name), source.get(f"{match[1]}_API_SECRET")
        if key is not None and secret is not None:
            yield key


def _hint(key: Setting) -> str:
    prefix = key.name.removesuffix("_API_KEY")
    return "\n".join(
        (
            f"If {key} is the master's, write into config.toml:",
            "[accounts.master]",
            f'variables = "{prefix}"',
            f"Or rename {prefix}_API_KEY and {prefix}_API_SECRET to {MASTER_PREFIX}_API_KEY and "
            f"{MASTER_PREFIX}_API_SECRET.",
        )
    )
