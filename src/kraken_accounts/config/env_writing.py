"""Replaces a `.env` whole or not at all, keeps copies of what was there, and only where nobody else has a hand."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from .. import file_lock
from ..errors import ConfigurationError, sealed
from ..files import remove_unfinished, replace_file, require_private_folder
from ..signals import undone_if_ended
from .env_file import content_of, find_env_file, user_config_folder
from .found_file import open_to_change, require_own_folder

PATIENCE = 10.0  # seconds to wait for another one that writes; that takes milliseconds
MOST_COPIES = 3  # that stay
_MODE = 0o600


class ChangedMeanwhile(Exception):
    """Somebody else has changed the file since it was read."""


def env_file_to_change() -> tuple[Path, bool]:
    """The `.env` that a check would read, and whether its folder may be made; the user's own, where there is none.

    Raises:
        ConfigurationError: nobody knows where that would lie.
    """
    found = find_env_file()
    if found is not None:
        return found, False
    folder = user_config_folder()
    if folder is None:
        raise ConfigurationError(
            "no .env was found, nor is a home of this user known: name one with --env-file PATH"
        )
    return folder / ".env", True


@dataclass(frozen=True, slots=True)
class Copies:
    """Copies of what a `.env` was before that lie beside it, each readable for its owner only.

    Attributes:
        newest: as it was just before; None where it was empty, or not there.
        older: the newest last.
        deleted: those that were too many: each has secrets in it, which are of no use to anybody any more.
    """

    newest: Path | None
    older: tuple[Path, ...]
    deleted: tuple[Path, ...]


class WritableEnvFile:
    """A `.env` that is read, changed and replaced.

    Args:
        path: where it is, or will be.
        make_folder: whether to make its folder, too.
    """

    def __init__(self, path: Path, *, make_folder: bool = False) -> None:
        self.path = path
        self._make_folder = make_folder

    def read(self) -> bytes:
        """Its content; nothing where there is none yet.

        Raises:
            ConfigurationError: it cannot be read, or somebody else has a hand in it.
        """
        return self._read()[0]

    def replace(self, before: bytes, after: bytes) -> Copies:
        """Put this content in the place of what was read, and keep a copy of that.

        Raises:
            ChangedMeanwhile: that is not what it has any more; nothing was written.
            ConfigurationError: it cannot be written, or must not be; it is as it was.
        """
        try:
            if self._make_folder:
                require_private_folder(self.path.absolute().parent, make=True)
            place = self._read()[1]
            with self._locked(place.absolute().parent):
                if self._read() != (before, place):
                    raise ChangedMeanwhile
                remove_unfinished(place)
                older = _older_copies(place)
                newest: Path | None = sealed(_replaced, place, before, after)
                return _not_too_many(newest, older)
        except OSError as error:
            at = f"{error.filename}: " if error.filename else ""
            raise ConfigurationError(
                f"{self.path}: cannot be written ({at}{error.strerror or error}); it is as it was"
            ) from None

    def _read(self) -> tuple[bytes, Path]:
        try:
            descriptor, place = open_to_change(self.path)
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return b"", self._place_of_new_file()
        except OSError as error:
            raise self._unreadable(error) from None
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ConfigurationError(f"{self.path}: is not a file, so keys cannot be written into it")
            return sealed(partial(content_of, is_pipe=False), descriptor, self.path), place
        except OSError as error:
            raise self._unreadable(error) from None
        finally:
            os.close(descriptor)

    def _place_of_new_file(self) -> Path:
        """Where it will be, if it may be there."""
        if not self.path.name:
            raise ConfigurationError("no file is named: --env-file PATH")
        if self.path.is_symlink():
            raise ConfigurationError(
                f"{self.path}: is a link to a file that does not exist; make that, or name it"
            )
        try:
            require_own_folder(self.path)
        except FileNotFoundError:
            if not self._make_folder:
                raise ConfigurationError(f"{self.path}: its folder does not exist") from None
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"{self.path}: cannot be written there ({error})") from None
        return self.path

    @contextmanager
    def _locked(self, where: Path) -> Iterator[None]:
        """Keep others who change it so from doing it meanwhile; by its folder, since the file is replaced."""
        folder = os.open(where, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            try:
                file_lock.acquire(folder, PATIENCE)
            except TimeoutError as error:
                raise ConfigurationError(f"{self.path}: is being changed by somebody else ({error})") from None
            try:
                yield
            finally:
                file_lock.release(folder)
        finally:
            os.close(folder)

    def _unreadable(self, error: OSError) -> ConfigurationError:
        return ConfigurationError(f"{self.path}: cannot be read ({error.strerror}); nothing was written")


# --- what sees the content: runs sealed -----------------------------------------------------------------


def _replaced(place: Path, before: bytes, after: bytes) -> Path | None:
    if not before:
        replace_file(place, after, mode=_MODE)
        return None
    copy = _name_of_copy(place)
    with undone_if_ended(partial(copy.unlink, missing_ok=True)):
        try:
            replace_file(copy, before, mode=_MODE)
            replace_file(place, after, mode=_MODE)
        except BaseException:
            with suppress(OSError):
                copy.unlink(missing_ok=True)
            raise
    return copy


# --- copies ---------------------------------------------------------------------------------------------


def _older_copies(place: Path) -> list[Path]:
    """Those that there are, the newest last."""
    pattern = re.compile(rf"{re.escape(place.name)}\.(\d{{4}}-\d\d-\d\dT\d{{6}}Z)(?:-(\d+))?")
    found = {path: match for path in place.parent.iterdir() if (match := pattern.fullmatch(path.name))}
    return sorted(found, key=lambda path: (found[path][1], int(found[path][2] or 1)))


def _not_too_many(newest: Path | None, older: list[Path]) -> Copies:
    """Those that stay. One that is to be deleted and cannot be undoes nothing: it is named with them."""
    deleted = []
    for copy in older[: -(MOST_COPIES - 1)]:
        with suppress(OSError):
            copy.unlink(missing_ok=True)
            deleted.append(copy)
    return Copies(newest, tuple(path for path in older if path not in deleted), tuple(deleted))


def _name_of_copy(place: Path) -> Path:
    """With the time, so that copies are listed in their order; one that is free."""
    dated = place.with_name(f"{place.name}.{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}")
    copy, number = dated, 1
    while os.path.lexists(copy):
        number += 1
        copy = dated.with_name(f"{dated.name}-{number}")
    return copy
