"""What a configuration comes to: the accounts, their keys, and which account is meant by an id."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path

from ..accounts import MASTER, Account, AccountType
from ..errors import ConfigurationError
from ..shard import Shard
from .expectations import NOTHING_EXPECTED, Acceptance, Expectation
from .secret import ApiKey, Secret
from .variables import MASTER_PREFIX, USER_PREFIX, as_name, default_id

NONCE_UNITS = ("ms", "us", "ns")

_NAMES_SHOWN = 20  # accounts that a refusal lists


class SetupProblem(Enum):
    """Why an account is not asked at all."""

    NOT_CONFIGURED = "not-configured"
    MISCONFIGURED = "misconfigured"
    SHARED_KEY = "shared-key"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signs one account's requests.

    Attributes:
        nonce_unit: what the key's nonces count: ``ms``, ``us`` or ``ns`` since 1970.
    """

    api_key: ApiKey
    api_secret: Secret
    otp: Secret | None = None
    nonce_unit: str = "ms"


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """One account as it is configured.

    Attributes:
        prefix: how its variables begin, ``KRAKEN_USER_DAIVON`` for instance.
        credentials: None where the account must not be asked; `problem` and `reason` then say why.
        reason: one sentence for the operator that names the variables concerned.
        api_key: the key, wherever one is set, usable or not.
        iiban: the internal number of the Kraken account that the key must open, in capitals and without spaces;
            None where the operator has named none.
        place: where its key was read, ``in the environment`` for instance; empty without one.
        exposed: the files of its own that hold its key or its secret, and that others may read or change.
        expectation: what the operator has said of it in config.toml.
        hint: where no key is set but variables are that may well be meant: the line to write.
        env_file: the `.env` into which its key belongs, where it has none; None too where nobody knows which.
        option: what has to stand behind a command that is to read that; empty where it finds it.
    """

    account: Account
    prefix: str
    credentials: Credentials | None = None
    problem: SetupProblem | None = None
    reason: str | None = None
    api_key: ApiKey | None = None
    iiban: Secret | None = None
    place: str = ""
    exposed: tuple[Path, ...] = ()
    expectation: Expectation = NOTHING_EXPECTED
    hint: str | None = None
    env_file: Path | None = None
    option: str = ""

    def usable_credentials(self) -> Credentials:
        """The credentials of an account that may be asked.

        Raises:
            ConfigurationError: it must not be; the message says why.
        """
        if self.credentials is None:
            raise ConfigurationError(f"{self.account.label} cannot be asked: {self.reason}")
        return self.credentials


@dataclass(frozen=True, slots=True)
class Settings:
    """All that the environment and a file say.

    Attributes:
        url: base URL of the exchange, without a path.
        accounts: the master first, then the users by id.
        env_file: the file that was read; None without one, or where a pipe was read.
        env_file_is_private: False where group or others may read or write that file.
        notes: which variables are ignored and why, a whole sentence each, with the place and the variable.
        demo: whether these are sample accounts, with no real funds.
        left_out: the configured accounts that a selection has left out, or that are in other parts.
        part: which part of the accounts this is; None for all of them.
        selectors: the names and patterns by which accounts were asked for; none where all are here.
        source: where the keys come from, for what runs remember of them: ``environment``, ``pipe``, or a file by
            the path by which it is named. A link may lead to another file after each deployment.
        acceptances: which findings are accepted.
        counting: the names of the variables that count, each with its place, ``in the environment`` for instance.
        passed_over: likewise those that do not, since the same one is set elsewhere too, and wins there.
    """

    url: str
    accounts: tuple[AccountSettings, ...]
    env_file: Path | None = None
    env_file_is_private: bool = True
    notes: tuple[str, ...] = ()
    demo: bool = False
    left_out: tuple[Account, ...] = ()
    part: Shard | None = None
    selectors: tuple[str, ...] = ()
    source: str = "environment"
    acceptances: tuple[Acceptance, ...] = ()
    counting: tuple[tuple[str, str], ...] = ()
    passed_over: tuple[tuple[str, str], ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether these are all accounts that are configured, and not some or a part of them."""
        return not self.selectors and self.part is None

    @property
    def users(self) -> tuple[AccountSettings, ...]:
        """The accounts of users, by id."""
        return tuple(account for account in self.accounts if account.account.user_id is not None)

    def select(self, selectors: Iterable[str]) -> Settings:
        """The same settings for the named accounts only; for none named, all.

        Args:
            selectors: ``master`` or user ids, in any case, or patterns such as ``investor_*`` that match them
                (``*``, ``?`` and ``[abc]`` as in a shell).

        Raises:
            ConfigurationError: no account is called so, or matches.
        """
        wanted = list(dict.fromkeys(selectors))
        if not wanted:
            return self
        known = [settings.account.selector for settings in self.accounts]
        meant: set[str] = set()
        for selector in wanted:
            # A name as it stands comes first: it may look like a pattern, or differ from another in its case.
            pattern = selector.casefold()
            found = {selector} & set(known) or {
                name for name in known if pattern == name.casefold() or fnmatchcase(name.casefold(), pattern)
            }
            if not found:
                nowhere = self.env_file is None and not any(account.credentials for account in self.accounts)
                missing = "; no .env was found, name it with --env-file" if nowhere else ""
                raise ConfigurationError(
                    f"there is no account {selector!r}; {self._instead_of(selector.casefold())}{missing}"
                )
            meant |= found
        chosen = [a for a in self.accounts if a.account.selector in meant]
        others = [a.account for a in self.accounts if a.account.selector not in meant and a.credentials]
        return replace(self, accounts=tuple(chosen), left_out=tuple(others), selectors=tuple(wanted))

    def shard(self, index: int, of: int) -> Settings:
        """The same settings for one of several parts of these accounts only, which may be none of them.

        Args:
            index: which part, counted from 1.
            of: how many parts there are.

        Raises:
            ConfigurationError: no account at all has a key; then a part without accounts would look like all well.
            ValueError: there is no such part.
        """
        part = Shard(index, of)
        if all(settings.problem is SetupProblem.NOT_CONFIGURED for settings in self.accounts):
            nowhere = "; no .env was found, name it with --env-file" if self.env_file is None else ""
            raise ConfigurationError(
                f"--shard {index}/{of}: no account has a key, so there is nothing to share out{nowhere}"
            )
        others = (a.account for a in self.accounts if not part.has(a.account) and a.credentials)
        return replace(
            self,
            accounts=tuple(a for a in self.accounts if part.has(a.account)),
            left_out=(*self.left_out, *others),
            part=part,
        )

    def find(self, account_type: AccountType, user_id: str | None = None) -> AccountSettings:
        """The settings of one account; of a user by the exact id, since an order must never reach another.

        Raises:
            ConfigurationError: no account has that id.
        """
        account = Account(account_type, user_id)
        for settings in self.accounts:
            if settings.account == account:
                return settings
        if user_id is None:
            return unset(MASTER, MASTER_PREFIX)
        prefix = USER_PREFIX + as_name(user_id)
        variables = [f"{prefix}_API_KEY", f"{prefix}_API_SECRET"]
        if default_id(as_name(user_id)) != user_id:
            variables.append(f"{prefix}_USER_ID={user_id}")
        instead = self._instead_of(user_id)
        raise ConfigurationError(
            f"there is no user {user_id!r}; {instead}{'' if instead.endswith('?') else '.'} "
            f"Set {', '.join(variables[:-1])} and {variables[-1]} to add it"
        )

    def _instead_of(self, selector: str) -> str:
        """The accounts whose names are near to one that is not there; without any, what accounts there are."""
        names = {settings.account.selector: settings.prefix for settings in self.accounts}
        near = difflib.get_close_matches(selector, names, 3)
        first = re.split(r"[^A-Za-z0-9]", selector)[0]
        if first in names and first not in near:
            near.append(first)
        if near:
            return f"did you mean {' or '.join(f'{name!r} ({names[name]})' for name in near)}?"
        listed = ", ".join(list(names)[:_NAMES_SHOWN])
        more = len(names) - _NAMES_SHOWN
        return f"the accounts are: {listed}{f' and {more} more' if more > 0 else ''}"


def unset(account: Account, prefix: str) -> AccountSettings:
    """An account without a key."""
    reason = f"{prefix}_API_KEY and {prefix}_API_SECRET are not filled in"
    return AccountSettings(account, prefix, None, SetupProblem.NOT_CONFIGURED, reason)
