"""Where it is kept: files for each set of accounts, that is for one source of keys and one exchange.

Two sets of one user know nothing of each other. A file that is damaged, somebody else's, of a later version or not
to be written stops no check: what is missing from it is said, and nothing is made of it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ..config import Settings
from ..storage import Storage, name_for

DAMAGED = "the file was damaged, and begins anew"

_VERSION = 1
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Content:
    """What was read.

    Attributes:
        fields: None where there was nothing.
        trouble: why that is not all there should be; None if it is.
        may_be_replaced: False where what could not be read may still be good.
    """

    fields: Mapping[str, Any] | None = field(default=None)
    trouble: str | None = None
    may_be_replaced: bool = True


class MemoryFile:
    """One file of one set of accounts.

    Args:
        storage: the folder.
        settings: the accounts.
        kind: what is in it; its name begins so.
    """

    def __init__(self, storage: Storage, settings: Settings, kind: str) -> None:
        self._storage = storage
        self._name = f"{kind}-{set_of(settings)}.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs from changing it between `read` and `write`."""
        with self._storage.locked(self._name):
            yield

    def read(self) -> Content:
        """What earlier runs have left."""
        try:
            content = self._storage.load(self._name)
        except OSError as error:
            return Content(None, f"it cannot be read ({_words(error)})", may_be_replaced=False)
        except ValueError:
            return Content(None, DAMAGED)
        if content is None:
            return Content()
        if isinstance(content, dict) and content.get("version") not in (None, _VERSION):
            return Content(None, "a later version of this program has written it", may_be_replaced=False)
        if not isinstance(content, dict) or "version" not in content:
            return Content(None, DAMAGED)
        return Content(content)

    def write(self, fields: Mapping[str, Any]) -> str | None:
        """Leave this for the next run; why that could not be done, or None."""
        try:
            self._storage.save(self._name, {"version": _VERSION, **fields})
        except OSError as error:
            return f"it cannot be written ({_words(error)})"
        return None


def set_of(settings: Settings) -> str:
    """What stands for a set of accounts, and does not show it: one source of keys, and one exchange."""
    return name_for(settings.source, _exchange(settings.url))


def _exchange(url: str) -> str:
    """One exchange, however its address is spelt."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or _PORTS.get(parts.scheme)}"


def _words(error: OSError) -> str:
    known = error.strerror or os.strerror(error.errno or errno.EIO)
    return f"{error.filename}: {known}" if error.filename else known
