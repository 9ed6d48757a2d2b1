"""Where it is kept: one file for each set of accounts, that is for one source of keys and one exchange.

Two sets of one user know nothing of each other. A file that is damaged, somebody else's, of a later version or not
to be written stops no check: what is missing from it is said, and nothing is made of it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..config import Settings
from ..storage import Storage, name_for
from .entry import Damaged, MemoryEntry, read_entry

_VERSION = 1
_PORTS = {"https": 443, "http": 80}


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


class MemoryStore:
    """The memory of one set of accounts.

    Args:
        storage: the folder.
        settings: the accounts.
    """

    def __init__(self, storage: Storage, settings: Settings) -> None:
        self._storage = storage
        self._name = f"accounts-{set_of(settings)}.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs from changing it between `read` and `write`."""
        with self._storage.locked(self._name):
            yield

    def read(self) -> Kept:
        """What earlier runs have left."""
        try:
            content = self._storage.load(self._name)
        except OSError as error:
            return Kept({}, f"it cannot be read ({_words(error)})", may_be_replaced=False)
        except ValueError:
            return Kept({}, _DAMAGED)
        if content is None:
            return Kept({})
        if isinstance(content, dict) and content.get("version") not in (None, _VERSION):
            return Kept({}, "a later version of this program has written it", may_be_replaced=False)
        accounts = content.get("accounts") if isinstance(content, dict) else None
        if not isinstance(accounts, dict) or "version" not in content:
            return Kept({}, _DAMAGED)
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
        accounts = {selector: entry.fields() for selector, entry in entries.items()}
        try:
            self._storage.save(self._name, {"version": _VERSION, "accounts": accounts})
        except OSError as error:
            return f"it cannot be written ({_words(error)})"
        return None


_DAMAGED = "the file was damaged, and begins anew"


def set_of(settings: Settings) -> str:
    """What stands for a set of accounts, and does not show it: one source of keys, and one exchange."""
    return name_for(_source(settings), _exchange(settings.url))


def _source(settings: Settings) -> str:
    if settings.env_file is not None:
        return str(settings.env_file.resolve())
    return "pipe" if settings.from_pipe else "environment"


def _exchange(url: str) -> str:
    """One exchange, however its address is spelt."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or _PORTS.get(parts.scheme)}"


def _words(error: OSError) -> str:
    known = error.strerror or os.strerror(error.errno or errno.EIO)
    return f"{error.filename}: {known}" if error.filename else known
