"""Runs over the sample accounts, and what they find of whose account is whose and who is there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kraken_accounts import MultiAccountBrokerManager, Report, Status
from kraken_accounts.config import load_settings
from kraken_accounts.report.findings import Code

from ..running import NO_KEYS

ALPHA, BRAVO = "KRAKEN_USER_ALPHA", "KRAKEN_USER_BRAVO"


def swapped(env: Mapping[str, str]) -> dict[str, str]:
    """The same variables, with the keys of two users in each other's place."""
    pairs = {
        f"{one}_API_{half}": f"{other}_API_{half}"
        for one, other in ((ALPHA, BRAVO), (BRAVO, ALPHA))
        for half in ("KEY", "SECRET")
    }
    return {**env, **{name: env[other] for name, other in pairs.items()}}


def checked(env: Mapping[str, str], *names: str, **more: Any) -> Report:
    """What the library finds, which remembers as the command does."""
    settings = load_settings(env, NO_KEYS)
    with MultiAccountBrokerManager(settings.select(names) if names else settings, **more) as manager:
        return manager.check()


def codes(report: Report) -> dict[str, list[str]]:
    """Of the findings about whose account is whose, by account; of the run under ``""``."""
    told = (Code.ACCOUNT_CHANGED, Code.ACCOUNT_VANISHED, Code.ACCOUNT_NEW, Code.NOT_REMEMBERED, Code.SAME_ACCOUNT)
    by_owner = {"": report.findings, **{a.account.selector: a.findings for a in report.accounts}}
    found: dict[str, list[str]] = {
        owner: [str(f.code) for f in findings if f.code in told] for owner, findings in by_owner.items()
    }
    return {owner: listed for owner, listed in found.items() if listed}


def statuses(report: Report) -> dict[str, Status]:
    return {account.account.selector: account.status for account in report.accounts}


def without(env: Mapping[str, str], *prefixes: str) -> dict[str, str]:
    """The variables less those of some accounts."""
    return {name: value for name, value in env.items() if not name.startswith(prefixes)}


def memory_of(folder: Path) -> Path:
    """The one file in which a test's runs remember."""
    (path,) = folder.rglob("accounts-*.json")
    return path
