"""A number that the processes of one user share, such as the last nonce of a key: one of them has it at a time."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path

from . import file_lock
from .files import open_private

_log = logging.getLogger(__name__)

_DIGITS = 20  # of an unsigned 64-bit number


class HeldElsewhere(Exception):
    """Another process held a shared number all the time.

    Attributes:
        process_id: of the holder; None where it left none.
    """

    def __init__(self, process_id: int | None) -> None:
        super().__init__(process_id)
        self.process_id = process_id


class SharedNumber:
    """A whole number in a file that one process holds at a time; if the file cannot be had, all hold it.

    The number is written in one piece of a fixed length, so it is the old one or the new one at any moment. Behind
    it stands who holds it.

    Args:
        path: the file.
        folder_is_private: whether its folder is known to be nobody else's.
    """

    def __init__(self, path: Path, *, folder_is_private: bool = False) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._folder_is_private = folder_is_private

    def acquire(self, seconds: float) -> None:
        """Take it, until `release`; not for use by two threads at once.

        Raises:
            HeldElsewhere: another process held it for so many seconds.
        """
        descriptor = self._open()
        if descriptor is None:
            return
        try:
            file_lock.acquire(descriptor, seconds)
        except TimeoutError:
            holder = _number_at(descriptor, _DIGITS + 1)
            os.close(descriptor)
            raise HeldElsewhere(holder) from None
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        self._write(os.getpid(), _DIGITS + 1)

    def release(self) -> None:
        """Let others have it."""
        descriptor = self._descriptor
        if descriptor is not None:
            file_lock.release(descriptor)
            with suppress(OSError):
                # Not before: what is interrupted until here must be there to be released again.
                self._descriptor = None
                os.close(descriptor)

    def forget(self) -> None:
        """In a child process: what the parent holds is the parent's."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    @property
    def holder(self) -> int | None:
        """The process id of whoever holds it, or did last; None where that is this process, or is not known."""
        descriptor = self._open()
        if descriptor is None:
            return None
        holder = _number_at(descriptor, _DIGITS + 1)
        os.close(descriptor)
        return None if holder == os.getpid() else holder

    @property
    def value(self) -> int | None:
        """The number as the last holder left it; None where it is not held, or there is none."""
        return None if self._descriptor is None else _number_at(self._descriptor, 0)

    @value.setter
    def value(self, number: int) -> None:
        self._write(number, 0)

    def _write(self, number: int, offset: int) -> None:
        if self._descriptor is not None:
            try:
                os.pwrite(self._descriptor, f"{number:0{_DIGITS}d}\n".encode(), offset)
            except OSError as error:
                _log.debug("%s: cannot be written: %s", self._path, error)

    def _open(self) -> int | None:
        try:
            descriptor = open_private(
                self._path, os.O_RDWR | os.O_CREAT, folder_is_private=self._folder_is_private
            )
        except OSError as error:
            self._folder_is_private = False
            _log.debug("%s: cannot be opened: %s", self._path, error)
            return None
        self._folder_is_private = True
        return descriptor


def _number_at(descriptor: int, offset: int) -> int | None:
    try:
        return int(os.pread(descriptor, _DIGITS, offset))
    except (OSError, ValueError):
        return None
