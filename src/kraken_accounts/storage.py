"""Files that runs leave for later ones: each is whole or absent, and no run ever depends on one.

State (locks, lockouts, the totals of the previous run) lies in the user's state directory, what can be had again
in the user's cache directory. A file that is missing, corrupt or cannot be written changes nothing but what would
have been read from it; so does a folder in which somebody else has a hand, since nothing in it can be believed.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import file_lock
from .files import identity_of, open_private, replace_file, require_private_folder
from .shared_number import SharedNumber
from .shared_record import SharedRecord

_log = logging.getLogger(__name__)

_APPLICATION = "kraken-accounts"
_LARGEST_FILE = 32 << 20  # bytes
PATIENCE = 5.0  # seconds to wait for another run that writes the same file; tests have less of them


class Storage:
    """A folder of small JSON files. One that somebody else owns or may write is not used.

    Args:
        folder: where they lie; None to keep nothing at all.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._refused = False
        self._private: tuple[int, ...] | None = None  # the folder that was found to be nobody else's

    @property
    def folder(self) -> Path | None:
        """Where they lie; None if nothing is kept, or nobody knows of a folder of this user."""
        return self._folder

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
            return _content(folder / name)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as error:
            _log.debug("%s: cannot be read: %s", folder / name, error)
            return None

    def load(self, name: str) -> Any:
        """The content of a file that somebody relies on; None if there is none.

        Raises:
            OSError: it cannot be read, or somebody else has a hand in it or in the folder.
            ValueError: it is damaged.
        """
        folder = self._folder_to_rely_on()
        try:
            return _content(folder / name)
        except FileNotFoundError:
            return None
        except RecursionError:
            raise ValueError("nested too deeply") from None

    def save(self, name: str, content: Any) -> None:
        """Put a file that somebody relies on in the place of an earlier one, in one step.

        Raises:
            OSError: that cannot be done; what was there before still is.
        """
        replace_file(self._folder_to_rely_on(make=True) / name, json.dumps(content).encode(), mode=0o600)

    def private_file(self, name: str, *, make: bool) -> Path:
        """The place of a file that somebody else than this class reads and writes, and nobody but this user.

        Args:
            make: it and its folder, empty, where there is none.

        Raises:
            FileNotFoundError: there is none.
            OSError: it cannot be used, or somebody else has a hand in it or in the folder.
        """
        path = self._folder_to_rely_on(make=make) / name
        os.close(open_private(path, os.O_RDWR | (os.O_CREAT if make else 0), folder_is_private=True))
        return path

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
        if folder is None:
            return None
        return SharedNumber(folder / f"{kind}-{name_for(owner)}", folder_is_private=self._private is not None)

    def shared_record(self, kind: str, owner: str) -> SharedRecord:
        """The values of that kind which all processes share for one owner, whose name the file does not show."""
        folder = self._usable()
        return SharedRecord(None if folder is None else folder / f"{kind}-{name_for(owner)}")

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Keep other runs from changing a file meanwhile; where that cannot be had, go on without."""
        folder = self._usable()
        descriptor = None
        try:
            if folder is not None:
                try:
                    descriptor = open_private(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT)
                    file_lock.acquire(descriptor, PATIENCE)
                except OSError as error:
                    _log.debug("%s: cannot be locked: %s", folder / f"{name}.lock", error)
            yield
        finally:
            if descriptor is not None:
                file_lock.release(descriptor)
                os.close(descriptor)

    def _folder_to_rely_on(self, *, make: bool = False) -> Path:
        """The folder.

        Raises:
            OSError: there is none that can be used.
        """
        if self._folder is None:
            raise FileNotFoundError(errno.ENOENT, "no state directory of this user is known")
        require_private_folder(self._folder, make=make)
        return self._folder

    def _usable(self) -> Path | None:
        """The folder; None if there is none that can be used, which is said once."""
        if self._folder is not None:
            found = identity_of(self._folder)
            if found is not None and found == self._private:
                return self._folder
            try:
                require_private_folder(self._folder)
                self._private = found
            except OSError as error:
                if not self._refused:
                    _log.debug("nothing is kept between runs: %s: %s", error.filename, error.strerror)
                self._refused = True
                return None
        return self._folder


NOTHING_KEPT = Storage(None)


def name_for(*parts: str) -> str:
    """A file name that stands for these texts without showing them."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _content(path: Path) -> Any:
    with os.fdopen(open_private(path, os.O_RDONLY, folder_is_private=True), "rb") as file:
        return json.loads(file.read(_LARGEST_FILE))


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
