"""The three streams that a process begins with, made safe: none that is closed, full or unread ends a run."""

from __future__ import annotations

import fcntl
import io
import os
import re
import select
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

_PATIENCE = 1000  # milliseconds to wait for a reader of standard error, once
_STANDARD = range(3)
_MOST_LINKS = 40  # that lead from one to the next

_closed: set[int] = set()


def protect() -> None:
    """Make standard error lose what it cannot take, and let nothing get the number of a stream that is closed."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) in _STANDARD:
        _closed.add(descriptor)
    os.close(descriptor)
    if sys.stderr is None or sys.stderr is sys.__stderr__:
        encoding = "utf-8" if sys.stderr is None else sys.stderr.encoding
        sys.stderr = io.TextIOWrapper(
            io.BufferedWriter(_Talk(2)), encoding=encoding, errors="backslashreplace", line_buffering=True
        )


def settle() -> None:
    """Leave nothing in standard output that the interpreter would fail to write, with an exit code of its own."""
    if sys.stdout is not None:
        try:
            sys.stdout.flush()
        except OSError:
            silence(sys.stdout.fileno())


def silence(descriptor: int) -> None:
    """Let a stream lead nowhere from now on."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def descriptor_of(path: Path) -> int | None:
    """The stream of this process that a path stands for, as /dev/fd/3 does; None if it is another file.

    Raises:
        OSError: it cannot be told.
    """
    folders = {os.path.realpath(folder) for folder in ("/proc/self/fd", "/proc/thread-self/fd", "/dev/fd")}
    for _ in range(_MOST_LINKS):
        folder = os.path.realpath(path.parent)
        if folder in folders:
            return int(path.name) if re.fullmatch("[0-9]{1,9}", path.name) else None
        path = Path(folder, path.name)
        if not path.is_symlink():
            return None
        path = Path(folder, path.readlink())
    return None


def is_writable(descriptor: int) -> bool:
    """Whether a stream was open when the process began, or is since, and not only for reading."""
    try:
        mode = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE
    except OSError:
        return False
    return descriptor not in _closed and mode != os.O_RDONLY


class _Talk(io.RawIOBase):
    """What is written to a descriptor, and lost where that takes nothing."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        mode = os.fstat(descriptor).st_mode
        self._has_reader = stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
        self._patience = _PATIENCE

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        with suppress(OSError):
            if not self._has_reader:
                return os.write(self._descriptor, data)
            poll = select.poll()
            poll.register(self._descriptor, select.POLLOUT)
            if poll.poll(self._patience):
                return os.write(self._descriptor, data[: select.PIPE_BUF])
            self._patience = 0  # the reader does not read: nobody waits for it twice
        return len(data)
