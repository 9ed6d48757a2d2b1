"""Files that nobody else can have had a hand in, and files that are replaced in one step."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from .ownership import is_ours, name_of, others_may_write
from .signals import undone_if_ended

_MOST_LINKS = 40  # that lead from one to the next


def open_private(path: Path, flags: int, mode: int = 0o600, *, folder_is_private: bool = False) -> int:
    """A descriptor of a regular file, in a folder into which only this user and root can have put it.

    No link is followed to it, and no pipe waited for. With `os.O_CREAT` its folder is made, too, if it is missing.

    Args:
        flags, mode: as for `os.open`.
        folder_is_private: whether that is known, so that the way there need not be looked at once more.

    Raises:
        OSError: it cannot be opened, or somebody else owns or may write the file or the way to it.
    """
    if not folder_is_private:
        require_private_folder(path.parent, make=bool(flags & os.O_CREAT))
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, mode)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "is no regular file", str(path))
        if reason := _why_unsafe(path, descriptor, status):
            raise PermissionError(errno.EPERM, reason, str(path))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def as_named(path: Path, here: str) -> Path:
    """The absolute path, with the links by which the working directory was entered.

    Args:
        here: what the shell calls the working directory (PWD), which need not be right; empty if it is not known.
    """
    try:
        is_here = Path(here).is_absolute() and Path(here).samefile(".")
    except (OSError, ValueError):
        is_here = False
    return Path(here, path) if is_here else path.absolute()


def identity_of(folder: Path) -> tuple[int, ...] | None:
    """What tells whether a folder is still the one that it was, with the same owner and mode; None without one.

    Where that is so, and nobody else could have put another in its place before, nobody else has.
    """
    try:
        status = os.stat(folder)  # noqa: PTH116 - each account asks for it: a path's own takes twice as long
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_uid, status.st_gid, status.st_mode


def require_private_folder(folder: Path, *, make: bool = False) -> None:
    """Make sure that nobody but this user and root can put files into a folder, or another folder in its place.

    Args:
        folder: absolute; one that is not there is nobody else's.
        make: it, and what is missing of the way there, for this user alone.

    Raises:
        OSError: somebody else can, or the folder cannot be made.
    """
    try:
        for place, status, leads_on in _way_to(folder):
            # Where the sticky bit is set, as on /tmp, others may add files, but not replace this user's.
            if leads_on and status.st_mode & stat.S_ISVTX and is_ours(status.st_uid):
                continue
            if reason := _why_unsafe(place, place, status):
                raise PermissionError(errno.EPERM, reason, place)
    except FileNotFoundError:
        if make:
            _make(folder)
            require_private_folder(folder)


def replace_file(path: Path, content: bytes, mode: int | None = None) -> None:
    """Put a file in the place of another in one step, so that a reader finds the old one or the new one.

    Args:
        mode: its permissions. Without them it keeps those of the file that was there, and its owner, group and
            extended attributes as far as that is allowed; a new file has the usual ones.

    Raises:
        OSError: it cannot be written; what was there before still is.
    """
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    with undone_if_ended(partial(new.unlink, missing_ok=True)):
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                if mode is None:
                    _make_alike(path, file.fileno())
                else:
                    os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            new.replace(path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise


def remove_unfinished(path: Path) -> None:
    """Remove what a `replace_file` that was killed has left, of a file or of one whose name goes on from its name.

    Only while nobody else can be replacing one of them.

    Raises:
        OSError: one cannot be removed.
    """
    pattern = re.compile(rf"\.{re.escape(path.name)}(\..*)?\.[0-9a-f]{{16}}\.tmp")
    for left in path.parent.iterdir():
        if pattern.fullmatch(left.name) and left.lstat().st_uid == os.geteuid():
            left.unlink(missing_ok=True)


def _why_unsafe(place: Path | str, opened: str | int, status: os.stat_result) -> str | None:
    """Why somebody else may have had a hand in it; None if nobody."""
    if not is_ours(status.st_uid):
        return f"is not used, since it belongs to {name_of(status.st_uid)}"
    if not stat.S_ISLNK(status.st_mode) and others_may_write(opened, status):
        mode = f"{stat.S_IMODE(status.st_mode):o}"
        return f"is not used, since others may write to it (mode {mode}): chmod go-w {place}"
    return None


def _way_to(folder: Path) -> Iterator[tuple[str, os.stat_result, bool]]:
    """Every folder and every link that a path leads through, from the root on, and whether it leads on from there.

    Each account asks for it several times: with texts in place of paths, that takes a third of the time.

    Raises:
        FileNotFoundError: the rest of it is not there.
        OSError: it cannot be followed.
    """
    at, todo, links = folder.anchor, list(reversed(folder.parts[1:])), 0
    yield at, os.lstat(at), bool(todo)
    while todo:
        part = todo.pop()
        if part == "..":
            at = str(Path(at).parent)
            continue
        at = f"{at.rstrip('/')}/{part}"
        status = os.lstat(at)
        is_link = stat.S_ISLNK(status.st_mode)
        yield at, status, bool(todo) or is_link
        if not is_link:
            continue
        links += 1
        if links > _MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(folder))
        target = Path(at).readlink()
        at = target.anchor if target.is_absolute() else str(Path(at).parent)
        todo += reversed(target.parts[1:] if target.is_absolute() else target.parts)


def _make(folder: Path) -> None:
    if not folder.parent.exists():
        _make(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)


def _make_alike(old: Path, new: int) -> None:
    """Give an open file the permissions of another, and as much of what else it has as is allowed."""
    try:
        status = old.stat()
    except FileNotFoundError:
        os.fchmod(new, 0o666 & ~_umask())
        return
    for owner, group in ((status.st_uid, -1), (-1, status.st_gid)):
        with suppress(OSError):
            os.fchown(new, owner, group)
    os.fchmod(new, status.st_mode & 0o777)
    with suppress(OSError, AttributeError):  # not every system has them, and not every file system
        for name in os.listxattr(old):
            with suppress(OSError):
                os.setxattr(new, name, os.getxattr(old, name))


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
