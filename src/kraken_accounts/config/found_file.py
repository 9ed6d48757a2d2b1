"""A file that was found, and not named: opened only if nobody else can have put it there or written into it.

Whoever writes a `.env` into the folder in which this program is started says where keys are sent. So the file and
its folder must be the user's own, or root's, who may do anything anyway; and nobody else may write to either.
"""

from __future__ import annotations

import errno
import os
import shlex
import stat
from pathlib import Path

from ..errors import ConfigurationError
from ..ownership import is_ours, name_of, others_may_write

_LINKS = 8  # that lead from one to the next
# A folder need not be readable to be looked at, where the system knows the difference.
_FOLDER = os.O_DIRECTORY | os.O_CLOEXEC | getattr(os, "O_PATH", os.O_RDONLY)
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
                _refuse(path, _danger_of_folder(folder, at.parent, link.st_uid), harm, option)
                at = at.parent / os.readlink(at.name, dir_fd=folder)
                continue
            try:
                danger = _danger_of_file(file, at) or _danger_of_folder(folder, at.parent, os.fstat(file).st_uid)
                _refuse(path, danger, harm, option)
            except BaseException:
                os.close(file)
                raise
            return file
        finally:
            os.close(folder)
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def _refuse(path: Path, danger: tuple[str, str] | None, harm: str, option: str) -> None:
    if danger is not None:
        what, remedy = danger
        raise ConfigurationError(
            f"{path}: is not believed, since {what} and could {harm}; nothing was sent. "
            f"{remedy}, or name the file with {option} {shlex.quote(str(path))}"
        )


def _danger_of_file(file: int, path: Path) -> tuple[str, str] | None:
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


def _danger_of_folder(folder: int, path: Path, owner: int) -> tuple[str, str] | None:
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
