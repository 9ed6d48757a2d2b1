"""The accounts as they are kept from run to run."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from ..accounts import Account
from ..config import Settings
from ..report.known import Expected
from ..storage import Storage
from .entry import MemoryEntry, read_entry
from .fields import Damaged, time_of
from .file import DAMAGED, MemoryFile


@dataclass(frozen=True, slots=True)
class Kept:
    """What was read.

    Attributes:
        entries: by selector.
        trouble: why nothing could be read that may still be good; None if that is not so.
        damage: what is missing for good; None if nothing is.
        begun_anew: when a run has found such damage, and nobody has since said that all is right (UTC).
    """

    entries: Mapping[str, MemoryEntry]
    trouble: str | None = None
    damage: str | None = None
    begun_anew: datetime | None = None

    @property
    def problem(self) -> str | None:
        """Why that is not all there should be; None if it is."""
        return self.trouble or self.damage

    @property
    def expected(self) -> Mapping[Account, Expected]:
        """The Kraken accounts that were found behind the labels."""
        return {
            entry.account: Expected(entry.identity, entry.identified)
            for entry in self.entries.values()
            if entry.identity is not None
        }


class MemoryStore:
    """The memory of one set of accounts.

    Args:
        storage: the folder.
        settings: the accounts.
    """

    def __init__(self, storage: Storage, settings: Settings) -> None:
        self._file = MemoryFile(storage, settings, "accounts")

    def locked(self) -> AbstractContextManager[None]:
        """Keep other runs from changing it between `read` and `write`."""
        return self._file.locked()

    def read(self) -> Kept:
        """What earlier runs have left."""
        content = self._file.read()
        if content.fields is None:
            return Kept({}, damage=content.trouble) if content.may_be_replaced else Kept({}, content.trouble)
        accounts, begun_anew = content.fields.get("accounts"), content.fields.get("begun_anew")
        if not isinstance(accounts, dict):
            return Kept({}, damage=DAMAGED)
        entries, damaged = {}, 0
        for selector, fields in accounts.items():
            try:
                entries[selector] = read_entry(selector, fields)
            except Damaged:
                damaged += 1
        if damaged:
            whose = f"{damaged} of {len(accounts)} account{'s' if len(accounts) > 1 else ''}"
            return Kept(entries, damage=f"the file was damaged for {whose}, of which it begins anew")
        try:
            return Kept(entries, begun_anew=None if begun_anew is None else time_of(begun_anew))
        except Damaged:
            return Kept(entries, damage=DAMAGED)

    def write(self, entries: Mapping[str, MemoryEntry], begun_anew: datetime | None) -> str | None:
        """Leave this for the next run; why that could not be done, or None."""
        return self._file.write(
            {
                "begun_anew": None if begun_anew is None else begun_anew.isoformat(),
                "accounts": {selector: entry.fields() for selector, entry in entries.items()},
            }
        )
