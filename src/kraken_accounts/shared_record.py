"""A few values that the processes of one user share and change in turns, such as how often Kraken may be asked."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import file_lock
from .files import open_private

_log = logging.getLogger(__name__)

_LARGEST = 1 << 12  # bytes
_PATIENCE = 1.0  # seconds to wait for a process that changes it; that takes microseconds


class SharedRecord:
    """A small JSON object in a file; where that cannot be had, an object of this process alone.

    It is written in place, and whoever ends in the middle of that leaves something unreadable, which counts as
    nothing. A file that fails later, for it is gone, another process keeps it, or the disk is full, is left alone
    from then on: this process goes on with what it knew last.

    Attributes:
        path: the file; None for an object of this process.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._own: dict[str, Any] = {}
        self._has_failed = False
        self._lock = threading.Lock()

    def after_fork(self) -> None:
        """In a child process: no thread of the parent is changing it here."""
        self._lock = threading.Lock()

    @contextmanager
    def changing(self) -> Iterator[dict[str, Any]]:
        """The values, to be read and changed while nobody else does; empty where nothing is known."""
        with self._lock:
            descriptor = None if self._has_failed else self._open()
            if descriptor is None:
                self._has_failed = True
                yield self._own
                return
            try:
                self._own = values = _values_in(descriptor)
                before = json.dumps(values)
                yield values
                after = json.dumps(values)
                if after != before:
                    self._write(descriptor, after.encode())
            finally:
                file_lock.release(descriptor)
                os.close(descriptor)

    def _open(self) -> int | None:
        """The file, locked; None where it cannot be had."""
        if self.path is None:
            return None
        try:
            descriptor = open_private(self.path, os.O_RDWR | os.O_CREAT)
        except OSError as error:
            _log.debug("%s: cannot be opened: %s", self.path, error)
            return None
        try:
            file_lock.acquire(descriptor, _PATIENCE)
        except TimeoutError as error:
            _log.debug("%s: %s", self.path, error)
            os.close(descriptor)
            return None
        return descriptor

    def _write(self, descriptor: int, content: bytes) -> None:
        try:
            os.pwrite(descriptor, content, 0)
            os.ftruncate(descriptor, len(content))
        except OSError as error:
            self._has_failed = True
            _log.debug("%s: cannot be written: %s", self.path, error)


def _values_in(descriptor: int) -> dict[str, Any]:
    try:
        values = json.loads(os.pread(descriptor, _LARGEST, 0) or b"{}")
    except (OSError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}
