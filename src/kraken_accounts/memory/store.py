"""The accounts as they are kept from run to run."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from ..accounts import Account
from ..config import Settings
from ..report.known import Expected
from ..storage import Storage
from .entry import MemoryEntry, read_entry
from .fields import Damaged
from .file import DAMAGED, MemoryFile


@dataclass(frozen=True, slots=True)
class Kept:
    """What was read.

    Attributes:
        entries: by selector.
        trouble: why that is not all there should be; None if it is.
        may_be_replaced: False where what could not be read may still be good.
    """

    entries: Mapping[str, MemoryEntry]
    trouble: str | None = None
    may_be_replaced: bool = True

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
            return Kept({}, content.trouble, content.may_be_replaced)
        accounts = content.fields.get("accounts")
        if not isinstance(accounts, dict):
            return Kept({}, DAMAGED)
        entries, damaged = {}, 0
        for selector, fields in accounts.items():
            try:
                entries[selector] = read_entry(selector, fields)
            except Damaged:
                damaged += 1
        whose = f"{damaged} of {len(accounts)} account{'s' if len(accounts) > 1 else ''}"
        return Kept(entries, f"the file was damaged for {whose}, of which it begins anew" if damaged else None)

    def write(self, entries: Mapping[str, MemoryEntry]) -> str | None:
        """Leave this for the next run; why that could not be done, or None."""
        return self._file.write({"accounts": {selector: entry.fields() for selector, entry in entries.items()}})
