"""Files that runs leave for later ones: each is whole or absent, and no run ever depends on one.

State (locks, lockouts, the totals of the previous run) lies in the user's state directory, what can be had again
in the user's cache directory. A file that is missing, corrupt or cannot be written changes nothing but what would
have been read from it; so does a folder in which somebody else has a hand, since nothing in it can be believed.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .files import open_private, replace_file, require_private_folder

_log = logging.getLogger(__name__)

_APPLICATION = "kraken-accounts"
_LARGEST_FILE = 32 << 20  # bytes
_DIGITS = 20  # of an unsigned 64-bit number
_POLL = 0.005  # seconds
_PATIENCE = 5.0  # seconds to wait for another run that writes the same file


class Storage:
    """A folder of small JSON files. One that somebody else owns or may write is not used.

    Args:
        folder: where they lie; None to keep nothing at all.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._refused = False

    @classmethod
    def state(cls) -> Storage:
        """The user's state directory, $XDG_STATE_HOME/kraken-accounts for instance."""
        return cls(_user_folder("user_state_path"))

    @classmethod
    def cache(cls) -> Storage:
        """The user's cache directory, $XDG_CACHE_HOME/kraken-accounts for instance."""
        return cls(_user_folder("user_cache_path"))

    def read(self, name: str) -> Any:
        """The content of a file; None if there is none, or none that can be read."""
        if (folder := self._usable()) is None:
            return None
        try:
            with os.fdopen(open_private(folder / name, os.O_RDONLY), "rb") as file:
                return json.loads(file.read(_LARGEST_FILE))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as error:
            _log.debug("%s: cannot be read: %s", folder / name, error)
            return None

    def write(self, name: str, content: Any) -> bool:
        """Put a file in the place of an earlier one, in one step; False if that cannot be done."""
        if (folder := self._usable()) is None:
            return False
        try:
            require_private_folder(folder, make=True)
            replace_file(folder / name, json.dumps(content).encode(), mode=0o600)
        except OSError as error:
            _log.debug("%s: cannot be written: %s", folder / name, error)
            return False
        return True

    def remove(self, name: str) -> None:
        """Make sure that there is no such file."""
        if (folder := self._usable()) is not None:
            try:
                (folder / name).unlink(missing_ok=True)
            except OSError as error:
                _log.debug("%s: cannot be removed: %s", folder / name, error)

    def shared_number(self, kind: str, owner: str) -> SharedNumber | None:
        """The number of that kind which all processes share for one owner, whose name the file does not show."""
        folder = self._usable()
        return None if folder is None else SharedNumber(folder / f"{kind}-{name_for(owner)}")

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Keep other runs from changing a file meanwhile; where that cannot be had, go on without.

        The lock is the operating system's, so a process that dies leaves none behind.
        """
        if (folder := self._usable()) is None:
            yield
            return
        from filelock import FileLock, Timeout

        path = folder / f"{name}.lock"
        lock = FileLock(path, timeout=_PATIENCE)
        try:
            os.close(open_private(path, os.O_RDWR | os.O_CREAT))
            lock.acquire()
        except (OSError, Timeout) as error:
            _log.debug("%s: cannot be locked: %s", path, error)
        try:
            yield
        finally:
            lock.release()

    def _usable(self) -> Path | None:
        """The folder; None if there is none that can be used, which is said once."""
        if self._folder is not None:
            try:
                require_private_folder(self._folder)
            except OSError as error:
                if not self._refused:
                    _log.debug("nothing is kept between runs: %s: %s", error.filename, error.strerror)
                self._refused = True
                return None
        return self._folder


class Held(Exception):
    """Another process held a shared number all the time.

    Attributes:
        process_id: of the holder; None where it left none.
    """

    def __init__(self, process_id: int | None) -> None:
        super().__init__(process_id)
        self.process_id = process_id


class SharedNumber:
    """A whole number in a file that one process holds at a time; if the file cannot be had, all hold it.

    The lock is the operating system's, so a process that dies leaves none behind; the number is written in one
    piece of a fixed length, so it is the old one or the new one at any moment. Behind it stands who holds it.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def hold(self, seconds: float) -> None:
        """Take it, until `let_go`; not for use by two threads at once.

        Raises:
            Held: another process held it for so many seconds.
        """
        descriptor = self._open()
        if descriptor is None:
            return
        try:
            _lock(descriptor, seconds)
        except TimeoutError:
            holder = _number_at(descriptor, _DIGITS + 1)
            os.close(descriptor)
            raise Held(holder) from None
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        self._write(os.getpid(), _DIGITS + 1)

    def let_go(self) -> None:
        """Let others have it."""
        descriptor = self._descriptor
        if descriptor is not None:
            # Said, and not left to the closing: a process that was forked meanwhile has it open too.
            with suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_UN)
            with suppress(OSError):
                # Not before: what is interrupted until here must be there to be let go again.
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
            return open_private(self._path, os.O_RDWR | os.O_CREAT)
        except OSError as error:
            _log.debug("%s: cannot be opened: %s", self._path, error)
            return None


NOTHING_KEPT = Storage(None)


def name_for(*parts: str) -> str:
    """A file name that stands for these texts without showing them."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _number_at(descriptor: int, offset: int) -> int | None:
    try:
        return int(os.pread(descriptor, _DIGITS, offset))
    except (OSError, ValueError):
        return None


def _lock(descriptor: int, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > ends:
                raise TimeoutError from None
            time.sleep(random.uniform(0.5, 1.5) * _POLL)  # noqa: S311
        except OSError:
            return  # a file system without locks: this process goes on alone
        else:
            return


def _user_folder(kind: str) -> Path | None:
    import platformdirs

    try:
        folder: Path = getattr(platformdirs, kind)(_APPLICATION)
    except (OSError, RuntimeError, KeyError):
        return None  # nobody's home is known: not even the system knows this user
    if not folder.is_absolute():
        _log.debug("nothing is kept between runs: %s: is no absolute path", folder)
        return None
    return folder
