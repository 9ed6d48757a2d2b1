"""The least that the total of each account should be: what a run is given, else what config.toml says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType

from ..config import AccountSettings, ConfigurationError

NO_MINIMUMS: Mapping[str, Decimal] = MappingProxyType({})


def refuse_those_of_nobody(given: Mapping[str, Decimal], accounts: Iterable[AccountSettings]) -> None:
    """Minimums are of accounts that are asked: nobody would look at another's.

    Raises:
        ConfigurationError: one is not.
    """
    if nobody := sorted(given.keys() - {settings.account.selector for settings in accounts}):
        raise ConfigurationError(f"a minimum is set for {nobody[0]!r}, but no account of that name is asked")


def minimum_of_each(
    accounts: Iterable[AccountSettings], given: Mapping[str, Decimal], quotes: Collection[str]
) -> Mapping[str, Decimal]:
    """By the selector of each account that is asked: the one given, else that of config.toml if in this currency.

    Args:
        given: in the quote currency of the run, by selector.
        quotes: the names of that currency.
    """
    found = {}
    for settings in accounts:
        name, expectation = settings.account.selector, settings.expectation
        minimum = expectation.min_total if expectation.quote.upper() in quotes else None
        minimum = given.get(name, minimum)
        if minimum is not None and expectation.disabled is None:
            found[name] = minimum
    return found
