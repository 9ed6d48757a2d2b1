"""A terminal with somebody in front of it, who reads what it shows before typing."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from .running import LIMIT, environment

# Whoever leads a session and opens a terminal that is nobody's gets it for its own, and so its signals.
_AS_ITS_OWN = """
import os, sys
os.setsid()
os.close(os.open(os.ttyname(0), os.O_RDWR))
os.execv(sys.argv[1], sys.argv[1:])
"""


class Terminal:
    """A command on a terminal of its own, whose keys reach it as signals too.

    Attributes:
        process: the command.
        shown: all that the terminal has shown.
    """

    def __init__(
        self,
        *command: str | Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | str = "/",
        columns: int = 200,
    ) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        self.shown = ""
        self._read_so_far = 0
        self.process = subprocess.Popen(
            [sys.executable, "-c", _AS_ITS_OWN, sys.executable, *map(str, command)],
            env=environment({"TERM": "xterm-256color", **(env or {})}),
            cwd=cwd,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def wait_for(self, text: str) -> None:
        """Go on once the terminal shows a text behind the one that was waited for before."""
        ends = time.monotonic() + LIMIT
        while (at := self.shown.find(text, self._read_so_far)) < 0:
            assert time.monotonic() < ends and self._read(), f"{text!r} is not in {self.shown!r}"
        self._read_so_far = at + len(text)

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def interrupt(self, sign: str) -> int:
        """Type Ctrl-C or Ctrl-D until it has ended, as one may come just before it reads; the exit code."""
        ends = time.monotonic() + LIMIT
        while self.process.poll() is None and time.monotonic() < ends:
            self.type(sign)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.5)
        return self.ended()

    def ended(self) -> int:
        """The exit code, once it has shown all."""
        while self._read():
            pass
        return self.process.wait(LIMIT)

    def echoes(self) -> bool:
        """Whether it would show what is typed."""
        return bool(termios.tcgetattr(self._ours)[3] & termios.ECHO)

    def _read(self) -> bool:
        if not select.select([self._ours], [], [], LIMIT)[0]:
            return False
        try:
            piece = os.read(self._ours, 65536)
        except OSError:
            return False  # how Linux says that nobody has the terminal open any more
        self.shown += piece.decode(errors="replace").replace("\r\n", "\n")
        return bool(piece)
