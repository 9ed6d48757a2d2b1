"""The accounts that are known, for whoever wants to see them, take another one, or end the watch over one."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ..accounts import Account
from ..config import AccountSettings, ConfigurationError, Settings
from ..kraken.key_info import KeyInfo
from ..report.known import Changed, Identity, Known
from ..storage import Storage
from .entry import MemoryEntry
from .store import Kept, MemoryStore


@dataclass(frozen=True, slots=True)
class Listed:
    """An account that is configured, or was.

    Attributes:
        settings: None if it is not configured any more.
        entry: None if it was not checked yet.
    """

    account: Account
    settings: AccountSettings | None
    entry: MemoryEntry | None

    @property
    def prefix(self) -> str:
        """How its variables begin, or began."""
        return self.settings.prefix if self.settings is not None else self.entry.prefix if self.entry else ""

    @property
    def api_key(self) -> str | None:
        """The beginning of its key; None without one."""
        if self.settings is not None:
            return None if self.settings.api_key is None else str(self.settings.api_key)
        return None if self.entry is None else self.entry.api_key

    @property
    def pinned(self) -> Identity | None:
        """The Kraken account that the operator has named; None without one."""
        iiban = None if self.settings is None else self.settings.iiban
        return None if iiban is None else Identity.of(iiban.reveal())

    @property
    def identity(self) -> Identity | None:
        """The Kraken account that its key should open: the one that the operator has named, or that was found."""
        return self.pinned or (None if self.entry is None else self.entry.identity)


class Register:
    """What is remembered of one set of accounts.

    Args:
        storage: where.
        settings: the accounts.
    """

    def __init__(self, storage: Storage, settings: Settings) -> None:
        self._store = MemoryStore(storage, settings)
        self._settings = settings

    def listed(self) -> tuple[list[Listed], str | None]:
        """The accounts, the master first, then the users by id; and why that is not all that is known, if so."""
        kept = self._store.read()
        configured = {one.account.selector: one for one in self._settings.accounts}
        rows = [Listed(one.account, one, kept.entries.get(one.account.selector)) for one in configured.values()]
        rows += [Listed(e.account, None, e) for selector, e in kept.entries.items() if selector not in configured]
        return sorted(rows, key=lambda row: row.account.sort_key), kept.problem or _older(kept.begun_anew)

    def begun_anew(self) -> datetime | None:
        """Since when all that is known is known, for it was damaged (UTC); None if that is not so, or was seen to.

        Raises:
            ConfigurationError: nobody knows.
        """
        return self._to_change().begun_anew

    def find(self, label: str) -> Listed:
        """The account that is called so, in any case.

        Raises:
            ConfigurationError: none is.
        """
        rows = {row.account.selector: row for row in self.listed()[0]}
        if label in rows:
            return rows[label]
        found = [row for name, row in rows.items() if name.casefold() == label.casefold()]
        if len(found) == 1:
            return found[0]
        near = difflib.get_close_matches(label.casefold(), rows, 3)
        others = (
            f"known are: {', '.join(rows)}. Each source of keys has its own: name it with --env-file, as for check"
        )
        instead = f"did you mean {' or '.join(map(repr, near))}?" if near else others
        raise ConfigurationError(f"there is no account {label!r}; {instead}")

    def owner_of(self, identity: Identity, other_than: Account) -> Account | None:
        """Whose account that is known to be, beside this one's."""
        for row in self.listed()[0]:
            if row.account != other_than and row.identity == identity:
                return row.account
        return None

    def changed(self, settings: AccountSettings, key_info: KeyInfo | None) -> Changed | None:
        """What is wrong with the account that a key opens; None if nothing, or if Kraken is silent about it."""
        return Known(expected=self._store.read().expected).changed(settings, key_info)

    def accept(self, account: Account, identity: Identity, now: datetime) -> None:
        """Take this Kraken account for the account's from now on.

        Raises:
            ConfigurationError: that cannot be remembered.
        """
        with self._store.locked():
            kept = self._to_change()
            entry = kept.entries.get(account.selector)
            if entry is None:
                raise ConfigurationError(f"{account.label} is not known any more: another run has forgotten it")
            accepted = replace(entry, identity=identity, identified=now)
            self._write({**kept.entries, account.selector: accepted}, kept.begun_anew)

    def accept_all(self) -> None:
        """Take all for right that is known since it was damaged.

        Raises:
            ConfigurationError: that cannot be remembered.
        """
        with self._store.locked():
            self._write(self._to_change().entries, None)

    def rename(self, account: Account, to: Account) -> None:
        """Know it by another name.

        Raises:
            ConfigurationError: that cannot be remembered, or another account has that name.
        """
        with self._store.locked():
            kept = self._to_change()
            entries = dict(kept.entries)
            entry = entries.pop(account.selector, None)
            if entry is None:
                raise ConfigurationError(f"{account.label} is not known any more: another run has forgotten it")
            if to.selector in entries:
                raise ConfigurationError(f"{to.label} is known already, as another account")
            self._write({**entries, to.selector: replace(entry, account=to)}, kept.begun_anew)

    def forget(self, account: Account) -> None:
        """Know nothing of it any more.

        Raises:
            ConfigurationError: that cannot be remembered.
        """
        with self._store.locked():
            kept = self._to_change()
            others = {selector: entry for selector, entry in kept.entries.items() if selector != account.selector}
            self._write(others, kept.begun_anew)

    def _to_change(self) -> Kept:
        kept = self._store.read()
        if kept.problem is not None:
            raise ConfigurationError(f"what runs remember of the accounts is not whole: {kept.problem}")
        return kept

    def _write(self, entries: Mapping[str, MemoryEntry], begun_anew: datetime | None) -> None:
        if (why := self._store.write(entries, begun_anew)) is not None:
            raise ConfigurationError(f"nothing was changed: {why}")


def _older(begun_anew: datetime | None) -> str | None:
    return None if begun_anew is None else f"it was damaged, and begins anew at {begun_anew:%Y-%m-%d %H:%M} UTC"
