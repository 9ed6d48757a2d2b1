"""A file that was found, and not named: opened only if nobody else can have put it there or written into it.

Whoever writes a `.env` into the folder in which this program is started says where keys are sent. So the file and
its folder must be the user's own, or root's, who may do anything anyway; and nobody else may write to either.
"""

from __future__ import annotations

import errno
import os
import shlex
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ..errors import ConfigurationError
from ..ownership import is_ours, name_of, others_may_write

_LINKS = 8  # that lead from one to the next
# A folder need not be readable to be looked at, where the system knows the difference.
_FOLDER = os.O_DIRECTORY | os.O_CLOEXEC | getattr(os, "O_PATH", os.O_RDONLY)
_Danger = tuple[str, str]  # who else may have had a hand in it, and what to do about it
_FILE = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def open_found(path: Path, harm: str = "say where keys are sent", option: str = "--env-file") -> int:
    """A descriptor of the file, which the checks were made of, so that it cannot be another one since.

    A link is followed, as those who manage configurations use them: its folder has to be as safe as the file's.

    Args:
        harm: what somebody else could do by it.
        option: that names such a file.

    Raises:
        ConfigurationError: somebody else could have written the file.
        OSError: it cannot be opened.
    """
    return _opened(path, partial(_refuse, path, harm=harm, option=option))[0]


def open_to_change(path: Path) -> tuple[int, Path]:
    """The same for a file that is to be replaced, and where it really lies: links stay, and lead to the new one.

    Raises:
        ConfigurationError: somebody else owns it or the way to it, or may write to either.
        OSError: it cannot be opened.
    """
    file, at = _opened(path, partial(_refuse_to_change, path))
    owner = os.fstat(file).st_uid
    if owner != os.geteuid():
        os.close(file)
        _refuse_to_change(path, (f"{name_of(owner)} owns it", f"Run this as {name_of(owner)}"))
    return file, at


def require_own_folder(path: Path) -> None:
    """Make sure that nobody else can put another file in the place of one that this user makes.

    Raises:
        ConfigurationError: somebody else can.
        OSError: there is no such folder, or it cannot be looked at.
    """
    folder = os.open(path.parent, _FOLDER)
    try:
        _refuse_to_change(path, _danger_of_folder(folder, path.parent, os.geteuid()))
    finally:
        os.close(folder)


def _opened(path: Path, refuse: Callable[[_Danger | None], None]) -> tuple[int, Path]:
    at = path
    for _ in range(_LINKS):
        folder = os.open(at.parent, _FOLDER)
        try:
            try:
                file = os.open(at.name, _FILE, dir_fd=folder)
            except OSError as error:
                if error.errno != errno.ELOOP:
                    raise
                link = os.stat(at.name, dir_fd=folder, follow_symlinks=False)
                refuse(_danger_of_folder(folder, at.parent, link.st_uid))
                at = at.parent / os.readlink(at.name, dir_fd=folder)
                continue
            try:
                refuse(_danger_of_file(file, at))
                refuse(_danger_of_folder(folder, at.parent, os.fstat(file).st_uid))
            except BaseException:
                os.close(file)
                raise
            return file, at
        finally:
            os.close(folder)
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def _refuse(path: Path, danger: _Danger | None, *, harm: str, option: str) -> None:
    if danger is not None:
        what, remedy = danger
        raise ConfigurationError(
            f"{path}: is not believed, since {what} and could {harm}; nothing was sent. "
            f"{remedy}, or name the file with {option} {shlex.quote(str(path))}"
        )


def _refuse_to_change(path: Path, danger: _Danger | None) -> None:
    if danger is not None:
        what, remedy = danger
        raise ConfigurationError(f"{path}: is not changed, since {what}; nothing was written. {remedy}")


def _danger_of_file(file: int, path: Path) -> _Danger | None:
    """Who else may have written the file, and what to do about it; None if nobody."""
    status = os.fstat(file)
    if not is_ours(status.st_uid):
        return (
            f"{name_of(status.st_uid)} owns it",
            f"Copy it to a file of your own (chown {name_of(os.geteuid())} {shlex.quote(str(path))})",
        )
    if others_may_write(file, status):
        return (
            f"others may write it (mode {stat.S_IMODE(status.st_mode):o})",
            f"chmod go-w {shlex.quote(str(path))}",
        )
    return None


def _danger_of_folder(folder: int, path: Path, owner: int) -> _Danger | None:
    """Who else may have put a file of that owner into the folder, and what to do about it; None if nobody."""
    status = os.fstat(folder)
    if not is_ours(status.st_uid):
        return f"{name_of(status.st_uid)} owns its folder", "Move it to a folder of your own"
    # In a folder with the sticky bit nobody else can replace a file of one's own.
    sticky = status.st_mode & stat.S_ISVTX and owner == os.geteuid()
    if not sticky and others_may_write(folder, status):
        return (
            f"others may write to its folder (mode {stat.S_IMODE(status.st_mode):o})",
            f"chmod go-w {shlex.quote(str(path))}",
        )
    return None
